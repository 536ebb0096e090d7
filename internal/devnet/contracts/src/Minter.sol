// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IAID} from "./IAID.sol";

/// @title Mints AID one to one against an accepted stablecoin, for whitelisted callers.
/// @dev The whole write interface is assumed: the deployed Minter's ABI is not public. The coins stay here.
contract Minter is Ownable {
    using SafeERC20 for IERC20;

    IAID public immutable aid;

    mapping(address account => bool) public isWhitelisted;
    mapping(address stablecoin => bool) public supportedStablecoin;

    event Minted(
        address indexed caller,
        address indexed receiver,
        address indexed stablecoin,
        uint256 amount,
        uint256 aidAmount
    );
    event WhitelistSet(address indexed account, bool whitelisted);
    event StablecoinSet(address indexed stablecoin, bool supported);

    error NotWhitelisted(address account);
    error UnsupportedStablecoin(address stablecoin);
    error ZeroAmount();

    constructor(IAID aid_, address owner_) Ownable(owner_) {
        aid = aid_;
    }

    /// @notice Takes `amount` of `stablecoin` from the caller and mints the same value of AID to `receiver`.
    function mint(address stablecoin, uint256 amount, address receiver) external returns (uint256 aidAmount) {
        if (!isWhitelisted[msg.sender]) revert NotWhitelisted(msg.sender);
        if (!supportedStablecoin[stablecoin]) revert UnsupportedStablecoin(stablecoin);
        if (amount == 0) revert ZeroAmount();
        aidAmount = amount * 10 ** (18 - IERC20Metadata(stablecoin).decimals());
        IERC20(stablecoin).safeTransferFrom(msg.sender, address(this), amount);
        aid.mint(receiver, aidAmount);
        emit Minted(msg.sender, receiver, stablecoin, amount, aidAmount);
    }

    function setWhitelisted(address account, bool whitelisted) external onlyOwner {
        isWhitelisted[account] = whitelisted;
        emit WhitelistSet(account, whitelisted);
    }

    function setSupportedStablecoin(address stablecoin, bool supported) external onlyOwner {
        if (supported && IERC20Metadata(stablecoin).decimals() > 18) revert UnsupportedStablecoin(stablecoin);
        supportedStablecoin[stablecoin] = supported;
        emit StablecoinSet(stablecoin, supported);
    }
}
