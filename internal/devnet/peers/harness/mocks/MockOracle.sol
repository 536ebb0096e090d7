// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A lending market's oracle whose price anybody may set.
contract MockOracle {
    uint256 public price;

    constructor(uint256 price_) {
        price = price_;
    }

    function setPrice(uint256 price_) external {
        price = price_;
    }
}
