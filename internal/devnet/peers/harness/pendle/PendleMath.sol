// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.0;

import {LogExpMath} from "@pendle/core-v2/contracts/core/libraries/math/LogExpMath.sol";
import {PMath} from "@pendle/core-v2/contracts/core/libraries/math/PMath.sol";

/// The arithmetic of Pendle v2 as external functions.
contract PendleMath {
    function exp(int256 x) external pure returns (int256) {
        return LogExpMath.exp(x);
    }

    function ln(int256 x) external pure returns (int256) {
        return LogExpMath.ln(x);
    }

    function pow(uint256 x, uint256 y) external pure returns (uint256) {
        return LogExpMath.pow(x, y);
    }

    function mulDown(uint256 x, uint256 y) external pure returns (uint256) {
        return PMath.mulDown(x, y);
    }

    function divDown(uint256 x, uint256 y) external pure returns (uint256) {
        return PMath.divDown(x, y);
    }

    function rawDivUp(uint256 x, uint256 y) external pure returns (uint256) {
        return PMath.rawDivUp(x, y);
    }

    function mulDownSigned(int256 x, int256 y) external pure returns (int256) {
        return PMath.mulDown(x, y);
    }

    function divDownSigned(int256 x, int256 y) external pure returns (int256) {
        return PMath.divDown(x, y);
    }
}
