// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IAID} from "./IAID.sol";

/// @title sAID: an ERC-4626 share of the financing portfolio, entered at one NAV and left at another.
/// @dev The deployed vault's source is not public. Known are its ERC-4626 reads, convertToAssetsWithLoss,
/// getUnstakeRequest, unstake and processUnstakeQueue; the books, the queue's rules, its events and every call
/// of the owner are assumed.
///
/// Books: A = totalAssets (an accounting figure, not the balance: most AID is out in the portfolio),
/// L = unrealizedLoss <= A, S = totalSupply. With the virtual share and asset of OpenZeppelin's ERC-4626:
///   Deposit NAV of s shares   = floor(s * (A + 1) / (S + 1))       convertToAssets
///   Unstaking NAV of s shares = floor(s * (A - L + 1) / (S + 1))   convertToAssetsWithLoss
/// Every AID held here is either idle or in queueLiquidity, the part set aside to pay the queue.
contract StakedAID is ERC4626, Ownable, Pausable {
    using Math for uint256;
    using SafeERC20 for IERC20;

    struct Request {
        uint256 requestTime; // zero: no request is pending
        uint256 shares; // escrowed here; zero when the amount is fixed at request
        uint256 assets; // owed; zero when the amount is fixed at settlement
    }

    uint256 private constant BPS = 10_000;
    bytes32 private constant DENIED_ADDRESS_ROLE = keccak256("DENIED_ADDRESS_ROLE");

    /// @notice Whether a request's amount is fixed when it is made (true) or when it is paid (false).
    bool public immutable fixAtRequest;

    uint256 public protocolFeeBps;
    uint256 public accruedFees;
    uint256 public unrealizedLoss;
    uint256 public queueLiquidity;

    uint256 private _assets;
    mapping(address user => Request) private _requests;
    mapping(uint256 index => address user) private _queue;
    uint256 private _head;
    uint256 private _tail;

    event UnstakeRequested(address indexed user, uint256 shares, uint256 assets);
    event UnstakeProcessed(address indexed user, uint256 shares, uint256 assets, uint256 remainingAssets);
    event UnstakeSkipped(address indexed user);
    event QueueFunded(uint256 assets, uint256 queueLiquidity);
    event Deployed(address indexed to, uint256 assets);
    event NavUpdated(uint256 depositNav, uint256 unstakingNav);
    event ProtocolFeeSet(uint256 feeBps);

    error ZeroAmount();
    error UnstakeAlreadyPending(address user);
    error InsufficientIdle(uint256 requested, uint256 available);
    error LossExceedsAssets(uint256 loss, uint256 available);
    error ExceedsUnrealizedLoss(uint256 amount, uint256 unrealizedLoss);
    error InvalidFee(uint256 feeBps);

    constructor(IERC20 aid, address owner_, uint256 feeBps, bool fixAtRequest_)
        ERC20("Staked AI Dollar", "sAID")
        ERC4626(aid)
        Ownable(owner_)
    {
        fixAtRequest = fixAtRequest_;
        _setFee(feeBps);
    }

    // Reads.

    function totalAssets() public view override returns (uint256) {
        return _assets;
    }

    /// @notice AID for `shares` at the Unstaking NAV, rounded down.
    function convertToAssetsWithLoss(uint256 shares) public view returns (uint256 assets) {
        return shares.mulDiv(_assets - unrealizedLoss + 1, totalSupply() + 1);
    }

    function maxDeposit(address) public view override returns (uint256) {
        return paused() ? 0 : type(uint256).max;
    }

    function maxMint(address) public view override returns (uint256) {
        return paused() ? 0 : type(uint256).max;
    }

    function maxWithdraw(address) public view override returns (uint256) {
        return 0;
    }

    function maxRedeem(address) public view override returns (uint256) {
        return 0;
    }

    /// @notice When `user` asked and how much AID is pending: the amount owed, or the escrowed shares' value now.
    function getUnstakeRequest(address user) external view returns (uint256 requestTime, uint256 pendingAssets) {
        Request storage request = _requests[user];
        return (request.requestTime, _pendingAssets(request));
    }

    /// @notice Shares of `user` in escrow; zero when the amount was fixed at request.
    function pendingShares(address user) external view returns (uint256) {
        return _requests[user].shares;
    }

    function queueLength() public view returns (uint256) {
        return _tail - _head;
    }

    /// @notice The requester at `position` of the queue, zero being the next to be paid; the zero address past the end.
    function queueAt(uint256 position) external view returns (address user) {
        return position < queueLength() ? _queue[_head + position] : address(0);
    }

    /// @notice AID held here that is neither out in the portfolio nor set aside for the queue.
    function idleAssets() public view returns (uint256) {
        return IERC20(asset()).balanceOf(address(this)) - queueLiquidity;
    }

    // Staking.

    function deposit(uint256 assets, address receiver) public override whenNotPaused returns (uint256) {
        return super.deposit(assets, receiver);
    }

    function mint(uint256 shares, address receiver) public override whenNotPaused returns (uint256) {
        return super.mint(shares, receiver);
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        super._deposit(caller, receiver, assets, shares);
        _assets += assets;
    }

    // The queue.

    /// @notice Takes `shares` of the caller into the queue. One request per address at a time.
    function unstake(uint256 shares) external whenNotPaused {
        if (shares == 0) revert ZeroAmount();
        Request storage request = _requests[msg.sender];
        if (request.requestTime != 0) revert UnstakeAlreadyPending(msg.sender);

        uint256 assets = convertToAssetsWithLoss(shares);
        request.requestTime = block.timestamp;
        _queue[_tail++] = msg.sender;
        if (fixAtRequest) {
            request.assets = assets;
            _settle(msg.sender, shares, assets);
        } else {
            request.shares = shares;
            _transfer(msg.sender, address(this), shares);
        }
        emit UnstakeRequested(msg.sender, shares, assets);
    }

    /// @notice Pays up to `maxIterations` requests from the head of the queue, out of queueLiquidity.
    /// @dev Callable by anyone. The last one may be paid in part and then keeps its place. A requester on AID's
    /// deny list cannot be paid and moves behind the others, so that it does not hold them up.
    function processUnstakeQueue(uint256 maxIterations) external {
        uint256 visits = Math.min(maxIterations, queueLength());
        for (; visits > 0 && queueLiquidity > 0; --visits) {
            address user = _queue[_head];
            if (IAID(asset()).hasRole(DENIED_ADDRESS_ROLE, user)) {
                delete _queue[_head++];
                _queue[_tail++] = user;
                emit UnstakeSkipped(user);
            } else {
                _pay(user);
            }
        }
    }

    function _pay(address user) private {
        Request storage request = _requests[user];
        uint256 liquidity = queueLiquidity;
        uint256 shares;
        uint256 assets;
        if (fixAtRequest) {
            assets = Math.min(request.assets, liquidity);
            request.assets -= assets;
        } else {
            shares = request.shares;
            assets = convertToAssetsWithLoss(shares);
            if (assets > liquidity) {
                assets = liquidity;
                // No more than the request has: its shares are worth more than this.
                shares = liquidity.mulDiv(totalSupply() + 1, _assets - unrealizedLoss + 1, Math.Rounding.Ceil);
            }
            request.shares -= shares;
            _settle(address(this), shares, assets);
        }
        queueLiquidity = liquidity - assets;
        uint256 remaining = _pendingAssets(request);
        if (request.shares == 0 && request.assets == 0) {
            delete _requests[user];
            delete _queue[_head++];
        }
        IERC20(asset()).safeTransfer(user, assets);
        emit UnstakeProcessed(user, shares, assets, remaining);
    }

    /// @dev Takes `shares` that leave with `assets` out of the books. Who leaves at the Unstaking NAV leaves the
    /// difference to the Deposit NAV behind, which takes that much off the unrealised loss.
    function _settle(address holder, uint256 shares, uint256 assets) private {
        uint256 value = convertToAssets(shares);
        uint256 lossTaken = value > assets ? Math.min(unrealizedLoss, value - assets) : 0;
        _assets -= assets + lossTaken;
        unrealizedLoss -= lossTaken;
        _burn(holder, shares);
    }

    function _pendingAssets(Request storage request) private view returns (uint256) {
        return fixAtRequest ? request.assets : convertToAssetsWithLoss(request.shares);
    }

    // The owner: liquidity.

    /// @notice Takes `assets` AID of the owner and sets them aside for the queue.
    function fundQueue(uint256 assets) external onlyOwner {
        IERC20(asset()).safeTransferFrom(msg.sender, address(this), assets);
        _addLiquidity(assets);
    }

    /// @notice Sets `assets` of the idle AID aside for the queue.
    function fundQueueFromIdle(uint256 assets) external onlyOwner {
        _takeIdle(assets);
        _addLiquidity(assets);
    }

    /// @notice Sends idle AID out to the financing portfolio. The books do not change.
    function deploy(address to, uint256 assets) external onlyOwner {
        _takeIdle(assets);
        IERC20(asset()).safeTransfer(to, assets);
        emit Deployed(to, assets);
    }

    function _takeIdle(uint256 assets) private view {
        uint256 idle = idleAssets();
        if (assets > idle) revert InsufficientIdle(assets, idle);
    }

    function _addLiquidity(uint256 assets) private {
        queueLiquidity += assets;
        emit QueueFunded(assets, queueLiquidity);
    }

    // The owner: NAV.

    /// @notice Books `gross` yield less the protocol's fee (rounded down).
    function accrueYield(uint256 gross) external onlyOwner {
        uint256 fee = gross.mulDiv(protocolFeeBps, BPS);
        accruedFees += fee;
        _assets += gross - fee;
        _navUpdated();
    }

    /// @notice Books an unrealised loss: it lowers the Unstaking NAV only.
    function markDown(uint256 loss) external onlyOwner {
        uint256 available = _assets - unrealizedLoss;
        if (loss > available) revert LossExceedsAssets(loss, available);
        unrealizedLoss += loss;
        _navUpdated();
    }

    /// @notice Takes back part of the unrealised loss.
    function markUp(uint256 gain) external onlyOwner {
        _takeLoss(gain);
        _navUpdated();
    }

    /// @notice Makes part of the unrealised loss final: it now lowers the Deposit NAV as well.
    function realizeLoss(uint256 loss) external onlyOwner {
        _takeLoss(loss);
        _assets -= loss;
        _navUpdated();
    }

    function setProtocolFeeBps(uint256 feeBps) external onlyOwner {
        _setFee(feeBps);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function _takeLoss(uint256 amount) private {
        if (amount > unrealizedLoss) revert ExceedsUnrealizedLoss(amount, unrealizedLoss);
        unrealizedLoss -= amount;
    }

    function _navUpdated() private {
        emit NavUpdated(convertToAssets(1e18), convertToAssetsWithLoss(1e18));
    }

    function _setFee(uint256 feeBps) private {
        if (feeBps > BPS) revert InvalidFee(feeBps);
        protocolFeeBps = feeBps;
        emit ProtocolFeeSet(feeBps);
    }
}
