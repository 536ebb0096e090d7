// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity >=0.8.0;

import {FixedPointMathLib} from "solmate/src/utils/FixedPointMathLib.sol";

/// The fixed-point power that Maker introduced, as an external function.
contract SolmateMath {
    function rpow(uint256 x, uint256 n, uint256 base) external pure returns (uint256) {
        return FixedPointMathLib.rpow(x, n, base);
    }
}
