// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {IRateModel, Market, MarketParams} from "./IsolatedMarket.sol";

/// @title A borrow rate that moves until 90 % of what is supplied is borrowed, with the interface and the numbers of
/// Morpho's AdaptiveCurveIrm.
/// @dev Written here from the interface and the formulas. Rates are per second with 18 decimals; divisions truncate
/// towards zero. A test runs it beside the original.
contract AdaptiveRate is IRateModel {
    int256 private constant WAD = 1e18;
    int256 private constant YEAR = 365 days;
    int256 private constant TARGET = 0.9e18;
    int256 private constant STEEPNESS = 4e18;
    int256 private constant SPEED = 50e18 / YEAR;
    int256 private constant FIRST_RATE = 0.04e18 / YEAR;
    int256 private constant LOWEST_RATE = 0.001e18 / YEAR;
    int256 private constant HIGHEST_RATE = 2e18 / YEAR;

    int256 private constant LN2 = 693147180559945309;
    int256 private constant EXP_ZERO_BELOW = -41446531673892822312; // ln(1e-18)
    int256 private constant EXP_CAPPED_FROM = 93859467695000404319;
    int256 private constant EXP_CAP = 57716089161558943949701069502944508345128422502756744429568;

    address public immutable MORPHO;

    /// @notice The rate at 90 % as of the market's last update; 0 for a market never seen.
    mapping(bytes32 id => int256) public rateAtTarget;

    event BorrowRateUpdate(bytes32 indexed id, uint256 avgBorrowRate, uint256 rateAtTarget);

    constructor(address morpho) {
        require(morpho != address(0), "zero address");
        MORPHO = morpho;
    }

    /// @notice The average rate since the market's last update. Only the lending contract may call it.
    function borrowRate(MarketParams memory marketParams, Market memory market) external returns (uint256) {
        require(msg.sender == MORPHO, "not Morpho");
        bytes32 id = keccak256(abi.encode(marketParams));
        (uint256 average, int256 atTarget) = _rates(id, market);
        rateAtTarget[id] = atTarget;
        emit BorrowRateUpdate(id, average, uint256(atTarget));
        return average;
    }

    /// @notice What borrowRate would return now.
    function borrowRateView(MarketParams memory marketParams, Market memory market) external view returns (uint256) {
        (uint256 average,) = _rates(keccak256(abi.encode(marketParams)), market);
        return average;
    }

    function _rates(bytes32 id, Market memory market) private view returns (uint256, int256) {
        int256 deviation = _deviation(market);
        int256 from = rateAtTarget[id];
        if (from == 0) return (_onCurve(FIRST_RATE, deviation), FIRST_RATE);
        int256 move = _mul(SPEED, deviation) * int256(block.timestamp - market.lastUpdate);
        if (move == 0) return (_onCurve(from, deviation), from);
        int256 to = _moved(from, move);
        // The trapezoidal rule on two halves of the interval.
        int256 average = (from + to + 2 * _moved(from, move / 2)) / 4;
        return (_onCurve(average, deviation), to);
    }

    /// @dev -1 when nothing is borrowed, 0 at the target, 1 when everything is.
    function _deviation(Market memory market) private pure returns (int256) {
        int256 used = 0;
        if (market.totalSupplyAssets > 0) {
            used = int256(uint256(market.totalBorrowAssets) * uint256(WAD) / market.totalSupplyAssets);
        }
        return _div(used - TARGET, used > TARGET ? WAD - TARGET : TARGET);
    }

    /// @dev A quarter of the rate at deviation -1, four times the rate at 1, a straight line on both sides of 0.
    function _onCurve(int256 atTarget, int256 deviation) private pure returns (uint256) {
        int256 slope = deviation < 0 ? WAD - _div(WAD, STEEPNESS) : STEEPNESS - WAD;
        return uint256(_mul(_mul(slope, deviation) + WAD, atTarget));
    }

    function _moved(int256 rate, int256 move) private pure returns (int256) {
        int256 moved = _mul(rate, _exp(move));
        if (moved < LOWEST_RATE) return LOWEST_RATE;
        return moved > HIGHEST_RATE ? HIGHEST_RATE : moved;
    }

    /// @dev 2^q * (1 + r + r^2/2) with x = q*ln(2) + r and q rounded to the nearest.
    function _exp(int256 x) private pure returns (int256) {
        if (x < EXP_ZERO_BELOW) return 0;
        if (x >= EXP_CAPPED_FROM) return EXP_CAP;
        int256 q = (x < 0 ? x - LN2 / 2 : x + LN2 / 2) / LN2;
        int256 r = x - q * LN2;
        int256 mantissa = WAD + r + r * r / WAD / 2;
        return q < 0 ? mantissa >> uint256(-q) : mantissa << uint256(q);
    }

    function _mul(int256 x, int256 y) private pure returns (int256) {
        return x * y / WAD;
    }

    function _div(int256 x, int256 y) private pure returns (int256) {
        return x * WAD / y;
    }
}
