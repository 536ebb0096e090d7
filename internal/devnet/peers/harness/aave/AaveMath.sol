// SPDX-License-Identifier: AGPL-3.0
pragma solidity ^0.8.10;

import {MathUtils} from "@aave/core-v3/contracts/protocol/libraries/math/MathUtils.sol";
import {PercentageMath} from "@aave/core-v3/contracts/protocol/libraries/math/PercentageMath.sol";
import {WadRayMath} from "@aave/core-v3/contracts/protocol/libraries/math/WadRayMath.sol";

/// The arithmetic of Aave v3.0 as external functions.
contract AaveMath {
    function wadMul(uint256 x, uint256 y) external pure returns (uint256) {
        return WadRayMath.wadMul(x, y);
    }

    function wadDiv(uint256 x, uint256 y) external pure returns (uint256) {
        return WadRayMath.wadDiv(x, y);
    }

    function rayMul(uint256 x, uint256 y) external pure returns (uint256) {
        return WadRayMath.rayMul(x, y);
    }

    function rayDiv(uint256 x, uint256 y) external pure returns (uint256) {
        return WadRayMath.rayDiv(x, y);
    }

    function rayToWad(uint256 x) external pure returns (uint256) {
        return WadRayMath.rayToWad(x);
    }

    function wadToRay(uint256 x) external pure returns (uint256) {
        return WadRayMath.wadToRay(x);
    }

    function percentMul(uint256 x, uint256 y) external pure returns (uint256) {
        return PercentageMath.percentMul(x, y);
    }

    function percentDiv(uint256 x, uint256 y) external pure returns (uint256) {
        return PercentageMath.percentDiv(x, y);
    }

    function linearInterest(uint256 rate, uint40 from) external view returns (uint256) {
        return MathUtils.calculateLinearInterest(rate, from);
    }

    function compoundedInterest(uint256 rate, uint40 from, uint256 to) external pure returns (uint256) {
        return MathUtils.calculateCompoundedInterest(rate, from, to);
    }
}
