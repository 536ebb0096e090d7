// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {AccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/AccessControlEnumerable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title AIDa, the receipt vault of the pre-deposit phase: one share is one unit of the stablecoin.
/// @dev The external interface is that of the verified deployed vaults. Like their USD1 variant this one puts
/// the coins to no use: earn, unearn and claimProfit revert.
contract AIDollarAlpha is ERC4626, ERC20Permit, AccessControlEnumerable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 public constant MANAGER_ROLE = keccak256("MANAGER_ROLE");

    uint256 public totalDeposit;
    uint256 public maxDepositLimit;
    uint256 public claimedProfit;
    bool public withdrawEnabled;

    event WithdrawToggled(bool enabled);
    event ProfitClaimed(uint256 amount);
    event MaxDepositLimitSet(uint256 oldLimit, uint256 newLimit);

    constructor(IERC20 asset_, string memory name_, string memory symbol_, address admin, uint256 limit)
        ERC20(name_, symbol_)
        ERC20Permit(name_)
        ERC4626(asset_)
    {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(MANAGER_ROLE, admin);
        _setMaxDepositLimit(limit);
    }

    function decimals() public view override(ERC20, ERC4626) returns (uint8) {
        return super.decimals();
    }

    function totalAssets() public view override returns (uint256) {
        return totalDeposit;
    }

    /// @dev The limit is checked here and, as in the deployed vaults, not told by maxDeposit.
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256) {
        require(totalAssets() + assets <= maxDepositLimit, "Deposit exceeds limit");
        return super.deposit(assets, receiver);
    }

    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256) {
        require(totalAssets() + previewMint(shares) <= maxDepositLimit, "Mint exceeds limit");
        return super.mint(shares, receiver);
    }

    function withdraw(uint256 assets, address receiver, address owner)
        public
        override
        nonReentrant
        returns (uint256)
    {
        require(withdrawEnabled, "Withdraw is disabled");
        return super.withdraw(assets, receiver, owner);
    }

    function redeem(uint256 shares, address receiver, address owner) public override nonReentrant returns (uint256) {
        require(withdrawEnabled, "Withdraw is disabled");
        return super.redeem(shares, receiver, owner);
    }

    function toggleWithdraw() external onlyRole(DEFAULT_ADMIN_ROLE) {
        withdrawEnabled = !withdrawEnabled;
        emit WithdrawToggled(withdrawEnabled);
    }

    function setMaxDepositLimit(uint256 newLimit) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setMaxDepositLimit(newLimit);
    }

    function sweep(address token, uint256 amount) external onlyRole(DEFAULT_ADMIN_ROLE) {
        IERC20(token).safeTransfer(msg.sender, amount);
    }

    function execute(address to, bytes calldata data)
        external
        payable
        onlyRole(DEFAULT_ADMIN_ROLE)
        returns (bool, bytes memory)
    {
        return (true, Address.functionCallWithValue(to, data, msg.value));
    }

    function earn(uint256) external onlyRole(DEFAULT_ADMIN_ROLE) {
        revert("Not implemented");
    }

    function unearn(uint256) external onlyRole(DEFAULT_ADMIN_ROLE) {
        revert("Not implemented");
    }

    function claimProfit() external onlyRole(DEFAULT_ADMIN_ROLE) {
        revert("Not implemented");
    }

    /// @notice 0x1626ba7e when a holder of MANAGER_ROLE signed `hash`, 0xffffffff otherwise.
    function isValidateSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        return hasRole(MANAGER_ROLE, ECDSA.recover(hash, signature)) ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        super._deposit(caller, receiver, assets, shares);
        totalDeposit += assets;
    }

    function _withdraw(address caller, address receiver, address owner, uint256 assets, uint256 shares)
        internal
        override
    {
        totalDeposit -= assets;
        super._withdraw(caller, receiver, owner, assets, shares);
    }

    function _setMaxDepositLimit(uint256 newLimit) private {
        emit MaxDepositLimitSet(maxDepositLimit, newLimit);
        maxDepositLimit = newLimit;
    }
}
