// SPDX-License-Identifier: MIT
pragma solidity ^0.8.22;

import {OFT} from "@layerzerolabs/oft-evm/contracts/OFT.sol";
import {OFTAdapter} from "@layerzerolabs/oft-evm/contracts/OFTAdapter.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// A token that exists on several chains and that anybody may mint.
contract TestOFT is OFT {
    constructor(string memory name_, string memory symbol_, address endpoint, address owner_)
        OFT(name_, symbol_, endpoint, owner_)
        Ownable(owner_)
    {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Locks an existing token on one chain while it is on another.
contract TestOFTAdapter is OFTAdapter {
    constructor(address token_, address endpoint, address owner_) OFTAdapter(token_, endpoint, owner_) Ownable(owner_) {}
}
