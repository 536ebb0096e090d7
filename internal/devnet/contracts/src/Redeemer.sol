// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {OwnableUpgradeable} from "@openzeppelin/contracts-upgradeable/access/OwnableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAID} from "./IAID.sol";

/// @title Pays a stablecoin for AID, less a fee, within a daily limit and its own float.
/// @dev The getters are known from readers of the deployed contract; `redeem`, its event, its errors and every
/// setter are assumed. The fee is rounded up and the payout down. A day is the UTC day: unix time / 86400.
contract Redeemer is OwnableUpgradeable {
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;

    IAID public aid;
    IERC20 public stablecoin;
    uint256 public redemptionFeeBps;
    uint256 public redeemLimitPerDay;
    mapping(uint256 day => uint256) public dailyRedeemed;
    mapping(address account => bool) public isWhitelisted;

    event Redeemed(
        address indexed caller,
        address indexed receiver,
        uint256 aidAmount,
        uint256 stablecoinAmount,
        uint256 fee
    );
    event WhitelistSet(address indexed account, bool whitelisted);
    event RedemptionFeeSet(uint256 feeBps);
    event RedeemLimitSet(uint256 limitPerDay);

    error NotWhitelisted(address account);
    error ZeroAmount();
    error DailyLimitExceeded(uint256 requested, uint256 remaining);
    error InsufficientLiquidity(uint256 requested, uint256 available);
    error InvalidFee(uint256 feeBps);

    constructor() {
        _disableInitializers();
    }

    function initialize(IAID aid_, IERC20 stablecoin_, address owner_, uint256 feeBps, uint256 limitPerDay)
        external
        initializer
    {
        __Ownable_init(owner_);
        aid = aid_;
        stablecoin = stablecoin_;
        _setFee(feeBps);
        _setLimit(limitPerDay);
    }

    /// @notice Burns `amount` AID of the caller and pays its value, less the fee, to `receiver`.
    function redeem(uint256 amount, address receiver) external returns (uint256 stablecoinAmount) {
        if (!isWhitelisted[msg.sender]) revert NotWhitelisted(msg.sender);
        if (amount == 0) revert ZeroAmount();

        uint256 day = block.timestamp / 1 days;
        uint256 used = dailyRedeemed[day];
        uint256 remaining = redeemLimitPerDay > used ? redeemLimitPerDay - used : 0;
        if (amount > remaining) revert DailyLimitExceeded(amount, remaining);
        dailyRedeemed[day] = used + amount;

        uint256 fee = Math.mulDiv(amount, redemptionFeeBps, BPS, Math.Rounding.Ceil);
        stablecoinAmount = (amount - fee) / 10 ** (18 - IERC20Metadata(address(stablecoin)).decimals());
        uint256 available = stablecoin.balanceOf(address(this));
        if (stablecoinAmount > available) revert InsufficientLiquidity(stablecoinAmount, available);

        aid.burn(msg.sender, amount);
        stablecoin.safeTransfer(receiver, stablecoinAmount);
        emit Redeemed(msg.sender, receiver, amount, stablecoinAmount, fee);
    }

    function setWhitelisted(address account, bool whitelisted) external onlyOwner {
        isWhitelisted[account] = whitelisted;
        emit WhitelistSet(account, whitelisted);
    }

    function setRedemptionFeeBps(uint256 feeBps) external onlyOwner {
        _setFee(feeBps);
    }

    function setRedeemLimitPerDay(uint256 limitPerDay) external onlyOwner {
        _setLimit(limitPerDay);
    }

    function _setFee(uint256 feeBps) private {
        if (feeBps > BPS) revert InvalidFee(feeBps);
        redemptionFeeBps = feeBps;
        emit RedemptionFeeSet(feeBps);
    }

    function _setLimit(uint256 limitPerDay) private {
        redeemLimitPerDay = limitPerDay;
        emit RedeemLimitSet(limitPerDay);
    }
}
