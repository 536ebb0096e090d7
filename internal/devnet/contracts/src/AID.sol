// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts-upgradeable/proxy/utils/UUPSUpgradeable.sol";
import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {ERC20PermitUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";

/// @title AID, the AI Dollar: an ERC-20 with permit, roles, a deny list and a pause.
/// @dev Modelled on the public facts, not on the deployed source, which is not public. `burn(address,uint256)`
/// and who may pause are assumed. A pause stops issuance (mint, burn and both bridge calls), never an ordinary
/// transfer; only the deny list stops a transfer.
contract AID is ERC20PermitUpgradeable, AccessControlUpgradeable, PausableUpgradeable, UUPSUpgradeable {
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    bytes32 public constant BRIDGE_MINTER_ROLE = keccak256("BRIDGE_MINTER_ROLE");
    bytes32 public constant DENY_LIST_GUARD_ROLE = keccak256("DENY_LIST_GUARD_ROLE");
    bytes32 public constant DENIED_ADDRESS_ROLE = keccak256("DENIED_ADDRESS_ROLE");

    event AddedToDenyList(address[] accounts);
    event RemovedFromDenyList(address[] accounts);

    error AddressDenied(address account);

    constructor() {
        _disableInitializers();
    }

    function initialize(string calldata name_, string calldata symbol_, address admin) external initializer {
        __ERC20_init(name_, symbol_);
        __ERC20Permit_init(name_);
        __AccessControl_init();
        __Pausable_init();
        __UUPSUpgradeable_init();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    function mint(address to, uint256 amount) external onlyRole(MINTER_ROLE) whenNotPaused {
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external onlyRole(MINTER_ROLE) whenNotPaused {
        _burn(from, amount);
    }

    function bridgeMint(address to, uint256 amount) external onlyRole(BRIDGE_MINTER_ROLE) whenNotPaused {
        _mint(to, amount);
    }

    function bridgeBurn(address from, uint256 amount) external onlyRole(BRIDGE_MINTER_ROLE) whenNotPaused {
        _burn(from, amount);
    }

    function addToDenyList(address[] calldata accounts) external onlyRole(DENY_LIST_GUARD_ROLE) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            _grantRole(DENIED_ADDRESS_ROLE, accounts[i]);
        }
        emit AddedToDenyList(accounts);
    }

    function removeFromDenyList(address[] calldata accounts) external onlyRole(DENY_LIST_GUARD_ROLE) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            _revokeRole(DENIED_ADDRESS_ROLE, accounts[i]);
        }
        emit RemovedFromDenyList(accounts);
    }

    function pause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _pause();
    }

    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    function _update(address from, address to, uint256 value) internal override(ERC20Upgradeable) {
        if (hasRole(DENIED_ADDRESS_ROLE, from)) revert AddressDenied(from);
        if (hasRole(DENIED_ADDRESS_ROLE, to)) revert AddressDenied(to);
        super._update(from, to, value);
    }

    function _authorizeUpgrade(address) internal override onlyRole(DEFAULT_ADMIN_ROLE) {}
}
