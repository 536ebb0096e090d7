// SPDX-License-Identifier: GPL-2.0-or-later
pragma solidity ^0.8.20;

import {ExpLib} from "sphere-mezo-solidity-files/domains/morphoIrm/contracts/libraries/adaptive-curve/ExpLib.sol";
import {MathLib} from "sphere-mezo-solidity-files/domains/morphoIrm/contracts/libraries/MathLib.sol";
import {UtilsLib} from "sphere-mezo-solidity-files/domains/morphoIrm/contracts/libraries/UtilsLib.sol";

/// The arithmetic of the adaptive-curve rate model as external functions.
contract IrmMath {
    function wExp(int256 x) external pure returns (int256) {
        return ExpLib.wExp(x);
    }

    function wMulToZero(int256 x, int256 y) external pure returns (int256) {
        return MathLib.wMulToZero(x, y);
    }

    function wDivToZero(int256 x, int256 y) external pure returns (int256) {
        return MathLib.wDivToZero(x, y);
    }

    function bound(int256 x, int256 low, int256 high) external pure returns (int256) {
        return UtilsLib.bound(x, low, high);
    }
}
