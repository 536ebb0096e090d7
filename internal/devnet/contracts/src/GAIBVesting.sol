// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable2StepUpgradeable} from "@openzeppelin/contracts-upgradeable/access/Ownable2StepUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts-upgradeable/proxy/utils/UUPSUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {ReentrancyGuardUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/ReentrancyGuardUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Vesting of the GAIB token with a cliff and stepwise releases, one allocation per address.
/// @dev The external interface is that of the verified deployed contract. Assumed: `elapsed` counts from the end
/// of the cliff; which input raises which error; that the tokens are sent here before they are allocated.
contract GAIBVesting is Ownable2StepUpgradeable, PausableUpgradeable, ReentrancyGuardUpgradeable, UUPSUpgradeable {
    using SafeERC20 for IERC20;

    struct Allocation {
        uint64 startEpoch;
        uint64 cliffDuration;
        uint64 vestingInterval;
        uint64 vestingCycles;
        uint256 amount;
        uint256 cliffAmount;
        uint256 claimed;
    }

    IERC20 public GAIB;
    mapping(address user => Allocation) public allocations;

    event AllocationsSet(address[] users, Allocation[] allocations);
    event AllocationsReset(address[] users);
    event AllocationReceiverChanged(address indexed oldReceiver, address indexed newReceiver);
    event AllocationClawedBack(address indexed user, address indexed to, uint256 amount);
    event Claim(address indexed user, uint256 amount);

    error InvalidAllocationAmount();
    error InvalidAllocationsInput();
    error InvalidStartTime();
    error InvalidVestingCycles();
    error InvalidVestingInterval();
    error InvalidZeroInput();
    error NoUserAllocation();
    error NonZeroClaimAmount();
    error NothingToClaim();
    error UserAlreadyHasAllocation(address user);

    constructor() {
        _disableInitializers();
    }

    function initialize(address _GAIB, address _initialOwner) external initializer {
        if (_GAIB == address(0)) revert InvalidZeroInput();
        __Ownable_init(_initialOwner);
        __Ownable2Step_init();
        __Pausable_init();
        __ReentrancyGuard_init();
        __UUPSUpgradeable_init();
        GAIB = IERC20(_GAIB);
    }

    /// @notice What has vested for `_user` so far, claimed or not.
    function vested(address _user) public view returns (uint256) {
        Allocation storage a = allocations[_user];
        uint256 cliffEnd = uint256(a.startEpoch) + a.cliffDuration;
        if (a.amount == 0 || block.timestamp < cliffEnd) return 0;
        uint256 cycles = (block.timestamp - cliffEnd) / a.vestingInterval;
        if (cycles >= a.vestingCycles) return a.amount;
        return a.cliffAmount + cycles * ((a.amount - a.cliffAmount) / a.vestingCycles);
    }

    function claimable(address _user) public view returns (uint256) {
        return vested(_user) - allocations[_user].claimed;
    }

    function claim() external {
        claimFor(msg.sender);
    }

    /// @notice Pays `user` what is claimable. Callable by anyone.
    function claimFor(address user) public nonReentrant whenNotPaused {
        if (allocations[user].amount == 0) revert NoUserAllocation();
        uint256 amount = claimable(user);
        if (amount == 0) revert NothingToClaim();
        allocations[user].claimed += amount;
        GAIB.safeTransfer(user, amount);
        emit Claim(user, amount);
    }

    function setAllocations(address[] calldata _users, Allocation[] calldata _allocations) external onlyOwner {
        if (_users.length == 0 || _users.length != _allocations.length) revert InvalidAllocationsInput();
        for (uint256 i = 0; i < _users.length; ++i) {
            address user = _users[i];
            Allocation calldata a = _allocations[i];
            if (user == address(0)) revert InvalidZeroInput();
            if (allocations[user].amount != 0) revert UserAlreadyHasAllocation(user);
            if (a.startEpoch == 0) revert InvalidStartTime();
            if (a.vestingInterval == 0) revert InvalidVestingInterval();
            if (a.vestingCycles == 0) revert InvalidVestingCycles();
            if (a.amount == 0 || a.cliffAmount > a.amount) revert InvalidAllocationAmount();
            if (a.claimed != 0) revert NonZeroClaimAmount();
            allocations[user] = a;
        }
        emit AllocationsSet(_users, _allocations);
    }

    function clearAllocations(address[] calldata _users) external onlyOwner {
        for (uint256 i = 0; i < _users.length; ++i) {
            if (allocations[_users[i]].amount == 0) revert NoUserAllocation();
            delete allocations[_users[i]];
        }
        emit AllocationsReset(_users);
    }

    function changeReceiver(address oldReceiver, address newReceiver) external onlyOwner {
        if (newReceiver == address(0)) revert InvalidZeroInput();
        if (allocations[oldReceiver].amount == 0) revert NoUserAllocation();
        if (allocations[newReceiver].amount != 0) revert UserAlreadyHasAllocation(newReceiver);
        allocations[newReceiver] = allocations[oldReceiver];
        delete allocations[oldReceiver];
        emit AllocationReceiverChanged(oldReceiver, newReceiver);
    }

    /// @notice Ends the allocation of `user` and sends what was not claimed to `to`.
    function clawback(address user, address to) external onlyOwner nonReentrant {
        if (to == address(0)) revert InvalidZeroInput();
        Allocation storage a = allocations[user];
        if (a.amount == 0) revert NoUserAllocation();
        uint256 amount = a.amount - a.claimed;
        delete allocations[user];
        GAIB.safeTransfer(to, amount);
        emit AllocationClawedBack(user, to, amount);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function _authorizeUpgrade(address) internal override onlyOwner {}
}
