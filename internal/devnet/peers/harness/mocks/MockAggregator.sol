// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A price feed of the aggregator kind whose answer anybody may set.
contract MockAggregator {
    uint8 public immutable decimals;
    int256 public latestAnswer;
    uint80 public latestRound;
    uint256 public latestTimestamp;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    constructor(uint8 decimals_, int256 answer) {
        decimals = decimals_;
        set(answer);
    }

    function set(int256 answer) public {
        latestAnswer = answer;
        latestRound++;
        latestTimestamp = block.timestamp;
        emit AnswerUpdated(answer, latestRound, block.timestamp);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (latestRound, latestAnswer, latestTimestamp, latestTimestamp, latestRound);
    }
}
