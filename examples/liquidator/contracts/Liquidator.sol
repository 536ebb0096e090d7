// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

interface IERC20 {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
}

struct MarketParams {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

interface ILending {
    function liquidate(
        MarketParams calldata marketParams,
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256, uint256);
    function flashLoan(address token, uint256 assets, bytes calldata data) external;
    function setAuthorizationWithSig(Authorization calldata authorization, Signature calldata signature) external;
    function supplyCollateral(MarketParams calldata, uint256 assets, address onBehalf, bytes calldata data) external;
    function borrow(MarketParams calldata, uint256 assets, uint256 shares, address onBehalf, address receiver)
        external
        returns (uint256, uint256);
}

interface IPool {
    function sell(uint256 amount, uint256 least) external returns (uint256);
}

struct Authorization {
    address authorizer;
    address authorized;
    bool isAuthorized;
    uint256 nonce;
    uint256 deadline;
}

struct Signature {
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @title Liquidates with borrowed money: a flash loan pays the debt, the sale of the collateral pays the flash loan.
/// @dev Only its owner can start it, what it earns goes to the owner, and it reverts unless it earns what is asked for.
contract Liquidator {
    address public immutable owner;
    ILending public immutable lending;
    IPool public immutable pool;

    constructor(ILending lending_, IPool pool_) {
        (owner, lending, pool) = (msg.sender, lending_, pool_);
    }

    struct Order {
        MarketParams market;
        address borrower;
        uint256 repaidShares;
        uint256 seizedAssets;
    }

    /// @param most the loan tokens to borrow, at least what the liquidation costs
    /// @param least what the owner must be left with, in loan tokens
    function liquidate(Order calldata order, uint256 most, uint256 least) external {
        require(msg.sender == owner, "not the owner");
        lending.flashLoan(order.market.loanToken, most, abi.encode(order));
        IERC20 loan = IERC20(order.market.loanToken);
        uint256 earned = loan.balanceOf(address(this));
        require(earned >= least, "not worth it");
        require(loan.transfer(owner, earned), "transfer");
    }

    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external {
        require(msg.sender == address(lending), "not the lender");
        Order memory order = abi.decode(data, (Order));
        // Enough for the liquidation, and again for the flash loan itself.
        IERC20(order.market.loanToken).approve(address(lending), 2 * assets);
        (uint256 seized,) =
            lending.liquidate(order.market, order.borrower, order.seizedAssets, order.repaidShares, "");
        IERC20(order.market.collateralToken).approve(address(pool), seized);
        pool.sell(seized, 0);
    }
}

/// @title A pool of two tokens at x * y = k, with a fee on what comes in: somewhere to sell collateral on the embedded chain.
contract Pool {
    IERC20 public immutable base;
    IERC20 public immutable quote;
    uint256 public immutable feePpm;

    constructor(IERC20 base_, IERC20 quote_, uint256 feePpm_) {
        (base, quote, feePpm) = (base_, quote_, feePpm_);
    }

    function reserves() public view returns (uint256, uint256) {
        return (base.balanceOf(address(this)), quote.balanceOf(address(this)));
    }

    /// @notice What a sale of the base token pays.
    function quoteSale(uint256 amount) public view returns (uint256) {
        (uint256 x, uint256 y) = reserves();
        uint256 after_ = amount * (1e6 - feePpm);
        return y * after_ / (x * 1e6 + after_);
    }

    function sell(uint256 amount, uint256 least) external returns (uint256 paid) {
        paid = quoteSale(amount);
        require(paid >= least, "price moved");
        require(base.transferFrom(msg.sender, address(this), amount), "base");
        require(quote.transfer(msg.sender, paid), "quote");
    }
}

/// @title Opens positions of many accounts in one transaction, out of its own collateral, each by the account's signature.
contract Opener {
    struct Opening {
        Authorization authorization;
        Signature signature;
        uint256 collateral;
        uint256 debt;
    }

    function open(ILending lending, MarketParams calldata market, Opening[] calldata openings) external {
        IERC20(market.collateralToken).approve(address(lending), type(uint256).max);
        for (uint256 i = 0; i < openings.length; i++) {
            Opening calldata o = openings[i];
            address account = o.authorization.authorizer;
            lending.setAuthorizationWithSig(o.authorization, o.signature);
            lending.supplyCollateral(market, o.collateral, account, "");
            lending.borrow(market, o.debt, 0, account, account);
        }
    }
}
