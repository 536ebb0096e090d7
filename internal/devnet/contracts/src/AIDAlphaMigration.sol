// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IAID} from "./IAID.sol";

/// @title Turns AIDa receipts into AID, one to one and one way.
/// @dev The external interface is that of the verified deployed contract. The list of supported vaults is set
/// once, here by the constructor.
contract AIDAlphaMigration is Ownable2Step {
    IAID public immutable aid;
    uint8 public immutable aidDecimals;

    mapping(address token => bool) public supportedAIDa;
    mapping(address token => uint8) public aidAlphaDecimals;

    /// @param amount in units of the AIDa token, not of AID
    event MigrationCompleted(address indexed user, address indexed aidAlpha, uint256 indexed amount);

    error ZeroAmount();
    error UnsupportedAIDaToken(address token);
    error AIDaTransferFailed();

    constructor(address aid_, address owner_, address[] memory tokens) Ownable(owner_) {
        aid = IAID(aid_);
        aidDecimals = IERC20Metadata(aid_).decimals();
        for (uint256 i = 0; i < tokens.length; ++i) {
            supportedAIDa[tokens[i]] = true;
            aidAlphaDecimals[tokens[i]] = IERC20Metadata(tokens[i]).decimals();
        }
    }

    /// @notice Takes `amount` of `aidAlpha` from the caller and mints the same value of AID to the caller. Digits
    /// beyond AID's decimals are dropped.
    function migrate(address aidAlpha, uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        if (!supportedAIDa[aidAlpha]) revert UnsupportedAIDaToken(aidAlpha);
        if (!IERC20(aidAlpha).transferFrom(msg.sender, address(this), amount)) revert AIDaTransferFailed();

        uint8 decimals = aidAlphaDecimals[aidAlpha];
        uint256 minted = decimals <= aidDecimals
            ? amount * 10 ** (aidDecimals - decimals)
            : amount / 10 ** (decimals - aidDecimals);
        aid.mint(msg.sender, minted);
        emit MigrationCompleted(msg.sender, aidAlpha, amount);
    }

    function isSupportedAIDa(address token) external view returns (bool) {
        return supportedAIDa[token];
    }

    function getAIDaDecimals(address token) external view returns (uint8) {
        if (!supportedAIDa[token]) revert UnsupportedAIDaToken(token);
        return aidAlphaDecimals[token];
    }

    function sweep(address token, uint256 amount) external onlyOwner {
        if (!IERC20(token).transfer(msg.sender, amount)) revert AIDaTransferFailed();
    }
}
