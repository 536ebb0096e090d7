// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// The published formula of Morpho's oracle over a vault and two feeds a side. A leg that is absent is one.
contract OracleFormula {
    struct Side {
        uint256 decimals;
        uint256 sample;
        uint256 feed1Decimals;
        uint256 feed2Decimals;
    }

    function scale(Side memory base, Side memory quote) public pure returns (uint256) {
        uint256 exponent = 36 + quote.decimals + quote.feed1Decimals + quote.feed2Decimals - base.decimals
            - base.feed1Decimals - base.feed2Decimals;
        return 10 ** exponent * quote.sample / base.sample;
    }

    function price(uint256 factor, uint256[3] memory base, uint256[3] memory quote) external pure returns (uint256) {
        return Math.mulDiv(factor, product(base), product(quote));
    }

    function product(uint256[3] memory legs) private pure returns (uint256) {
        for (uint256 i = 1; i < 3; ++i) {
            require(int256(legs[i]) >= 0, "negative answer");
        }
        return legs[0] * legs[1] * legs[2];
    }
}
