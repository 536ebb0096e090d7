// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// The two functions of Pendle's gauge controller that a market calls. It pays nothing.
contract MockGaugeController {
    address public immutable pendle;

    constructor(address pendle_) {
        pendle = pendle_;
    }

    function redeemMarketReward() external {}
}
