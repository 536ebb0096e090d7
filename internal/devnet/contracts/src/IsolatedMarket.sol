// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

/// @notice What makes a market; the hash of the five words is its id.
struct MarketParams {
    address loanToken;
    address collateralToken;
    address oracle;
    address irm;
    uint256 lltv;
}

/// @notice The totals of a market. Interest is in them up to lastUpdate.
struct Market {
    uint128 totalSupplyAssets;
    uint128 totalSupplyShares;
    uint128 totalBorrowAssets;
    uint128 totalBorrowShares;
    uint128 lastUpdate;
    uint128 fee;
}

/// @notice What an account has in a market.
struct Position {
    uint256 supplyShares;
    uint128 borrowShares;
    uint128 collateral;
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

/// @notice What a liquidation moves.
struct Liquidation {
    uint256 seizedAssets;
    uint256 repaidAssets;
    uint256 repaidShares;
    uint256 badAssets;
    uint256 badShares;
}

interface IRateModel {
    function borrowRate(MarketParams memory marketParams, Market memory market) external returns (uint256);
}

interface IPriceOracle {
    function price() external view returns (uint256);
}

/// @notice What a caller that passes data must answer.
interface IMarketCallbacks {
    function onMorphoSupply(uint256 assets, bytes calldata data) external;
    function onMorphoRepay(uint256 assets, bytes calldata data) external;
    function onMorphoSupplyCollateral(uint256 assets, bytes calldata data) external;
    function onMorphoLiquidate(uint256 repaidAssets, bytes calldata data) external;
    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external;
}

/// @title Lending of one token against one other per market, with the interface of Morpho Blue.
/// @dev Written here from the protocol's interface and formulas. A test runs it beside the original: selectors, events,
/// revert texts, rounding, market ids and storage layout are the same. It is for development chains only.
contract IsolatedMarket {
    uint256 private constant WAD = 1e18;
    uint256 private constant PRICE_SCALE = 1e36;
    uint256 private constant VIRTUAL_SHARES = 1e6;
    uint256 private constant VIRTUAL_ASSETS = 1;
    uint256 private constant MAX_FEE = 0.25e18;
    uint256 private constant CURSOR = 0.3e18;
    uint256 private constant MAX_INCENTIVE = 1.15e18;
    bytes32 private constant DOMAIN_TYPE = keccak256("EIP712Domain(uint256 chainId,address verifyingContract)");
    bytes32 private constant AUTHORIZATION_TYPE = keccak256(
        "Authorization(address authorizer,address authorized,bool isAuthorized,uint256 nonce,uint256 deadline)"
    );

    bytes32 public immutable DOMAIN_SEPARATOR;

    address public owner;
    address public feeRecipient;
    mapping(bytes32 id => mapping(address account => Position)) public position;
    mapping(bytes32 id => Market) public market;
    mapping(address irm => bool) public isIrmEnabled;
    mapping(uint256 lltv => bool) public isLltvEnabled;
    mapping(address authorizer => mapping(address authorized => bool)) public isAuthorized;
    mapping(address authorizer => uint256) public nonce;
    mapping(bytes32 id => MarketParams) public idToMarketParams;

    event SetOwner(address indexed newOwner);
    event SetFee(bytes32 indexed id, uint256 newFee);
    event SetFeeRecipient(address indexed newFeeRecipient);
    event EnableIrm(address indexed irm);
    event EnableLltv(uint256 lltv);
    event CreateMarket(bytes32 indexed id, MarketParams marketParams);
    event Supply(
        bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets, uint256 shares
    );
    event Withdraw(
        bytes32 indexed id,
        address caller,
        address indexed onBehalf,
        address indexed receiver,
        uint256 assets,
        uint256 shares
    );
    event Borrow(
        bytes32 indexed id,
        address caller,
        address indexed onBehalf,
        address indexed receiver,
        uint256 assets,
        uint256 shares
    );
    event Repay(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets, uint256 shares);
    event SupplyCollateral(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets);
    event WithdrawCollateral(
        bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver, uint256 assets
    );
    event Liquidate(
        bytes32 indexed id,
        address indexed caller,
        address indexed borrower,
        uint256 repaidAssets,
        uint256 repaidShares,
        uint256 seizedAssets,
        uint256 badDebtAssets,
        uint256 badDebtShares
    );
    event FlashLoan(address indexed caller, address indexed token, uint256 assets);
    event SetAuthorization(
        address indexed caller, address indexed authorizer, address indexed authorized, bool newIsAuthorized
    );
    event IncrementNonce(address indexed caller, address indexed authorizer, uint256 usedNonce);
    event AccrueInterest(bytes32 indexed id, uint256 prevBorrowRate, uint256 interest, uint256 feeShares);

    constructor(address newOwner) {
        require(newOwner != address(0), "zero address");
        DOMAIN_SEPARATOR = keccak256(abi.encode(DOMAIN_TYPE, block.chainid, address(this)));
        owner = newOwner;
        emit SetOwner(newOwner);
    }

    modifier onlyOwner() {
        require(msg.sender == owner, "not owner");
        _;
    }

    // The owner's calls.

    function setOwner(address newOwner) external onlyOwner {
        require(owner != newOwner, "already set");
        owner = newOwner;
        emit SetOwner(newOwner);
    }

    function enableIrm(address irm) external onlyOwner {
        require(!isIrmEnabled[irm], "already set");
        isIrmEnabled[irm] = true;
        emit EnableIrm(irm);
    }

    function enableLltv(uint256 lltv) external onlyOwner {
        require(!isLltvEnabled[lltv], "already set");
        require(lltv < WAD, "max LLTV exceeded");
        isLltvEnabled[lltv] = true;
        emit EnableLltv(lltv);
    }

    function setFee(MarketParams memory marketParams, uint256 newFee) external onlyOwner {
        (bytes32 id, Market storage m) = _created(marketParams);
        require(m.fee != newFee, "already set");
        require(newFee <= MAX_FEE, "max fee exceeded");
        _accrue(marketParams, id, m);
        m.fee = uint128(newFee);
        emit SetFee(id, newFee);
    }

    function setFeeRecipient(address newFeeRecipient) external onlyOwner {
        require(feeRecipient != newFeeRecipient, "already set");
        feeRecipient = newFeeRecipient;
        emit SetFeeRecipient(newFeeRecipient);
    }

    // Everybody's calls.

    function createMarket(MarketParams memory marketParams) external {
        bytes32 id = keccak256(abi.encode(marketParams));
        Market storage m = market[id];
        require(isIrmEnabled[marketParams.irm], "IRM not enabled");
        require(isLltvEnabled[marketParams.lltv], "LLTV not enabled");
        require(m.lastUpdate == 0, "market already created");
        m.lastUpdate = uint128(block.timestamp);
        idToMarketParams[id] = marketParams;
        emit CreateMarket(id, marketParams);
        // Gives a rate model that keeps state its first look at the market.
        if (marketParams.irm != address(0)) IRateModel(marketParams.irm).borrowRate(marketParams, m);
    }

    function accrueInterest(MarketParams memory marketParams) external {
        (bytes32 id, Market storage m) = _created(marketParams);
        _accrue(marketParams, id, m);
    }

    function supply(
        MarketParams memory marketParams,
        uint256 assets,
        uint256 shares,
        address onBehalf,
        bytes calldata data
    ) external returns (uint256, uint256) {
        (bytes32 id, Market storage m) = _created(marketParams);
        _checkAmounts(assets, shares, onBehalf);
        _accrue(marketParams, id, m);
        if (assets != 0) shares = _sharesDown(assets, m.totalSupplyAssets, m.totalSupplyShares);
        else assets = _assetsUp(shares, m.totalSupplyAssets, m.totalSupplyShares);

        position[id][onBehalf].supplyShares += shares;
        m.totalSupplyShares += _to128(shares);
        m.totalSupplyAssets += _to128(assets);
        emit Supply(id, msg.sender, onBehalf, assets, shares);
        if (data.length > 0) IMarketCallbacks(msg.sender).onMorphoSupply(assets, data);
        _take(marketParams.loanToken, assets);
        return (assets, shares);
    }

    function withdraw(
        MarketParams memory marketParams,
        uint256 assets,
        uint256 shares,
        address onBehalf,
        address receiver
    ) external returns (uint256, uint256) {
        (bytes32 id, Market storage m) = _created(marketParams);
        _checkAmounts(assets, shares, receiver);
        _checkAuthorized(onBehalf);
        _accrue(marketParams, id, m);
        if (assets != 0) shares = _sharesUp(assets, m.totalSupplyAssets, m.totalSupplyShares);
        else assets = _assetsDown(shares, m.totalSupplyAssets, m.totalSupplyShares);

        position[id][onBehalf].supplyShares -= shares;
        m.totalSupplyShares -= _to128(shares);
        m.totalSupplyAssets -= _to128(assets);
        _checkLiquidity(m);
        emit Withdraw(id, msg.sender, onBehalf, receiver, assets, shares);
        _give(marketParams.loanToken, receiver, assets);
        return (assets, shares);
    }

    function borrow(
        MarketParams memory marketParams,
        uint256 assets,
        uint256 shares,
        address onBehalf,
        address receiver
    ) external returns (uint256, uint256) {
        (bytes32 id, Market storage m) = _created(marketParams);
        _checkAmounts(assets, shares, receiver);
        _checkAuthorized(onBehalf);
        _accrue(marketParams, id, m);
        if (assets != 0) shares = _sharesUp(assets, m.totalBorrowAssets, m.totalBorrowShares);
        else assets = _assetsDown(shares, m.totalBorrowAssets, m.totalBorrowShares);

        position[id][onBehalf].borrowShares += _to128(shares);
        m.totalBorrowShares += _to128(shares);
        m.totalBorrowAssets += _to128(assets);
        require(_healthy(marketParams, m, position[id][onBehalf]), "insufficient collateral");
        _checkLiquidity(m);
        emit Borrow(id, msg.sender, onBehalf, receiver, assets, shares);
        _give(marketParams.loanToken, receiver, assets);
        return (assets, shares);
    }

    function repay(
        MarketParams memory marketParams,
        uint256 assets,
        uint256 shares,
        address onBehalf,
        bytes calldata data
    ) external returns (uint256, uint256) {
        (bytes32 id, Market storage m) = _created(marketParams);
        _checkAmounts(assets, shares, onBehalf);
        _accrue(marketParams, id, m);
        if (assets != 0) shares = _sharesDown(assets, m.totalBorrowAssets, m.totalBorrowShares);
        else assets = _assetsUp(shares, m.totalBorrowAssets, m.totalBorrowShares);

        _reduceDebt(m, position[id][onBehalf], assets, shares);
        emit Repay(id, msg.sender, onBehalf, assets, shares);
        if (data.length > 0) IMarketCallbacks(msg.sender).onMorphoRepay(assets, data);
        _take(marketParams.loanToken, assets);
        return (assets, shares);
    }

    function supplyCollateral(MarketParams memory marketParams, uint256 assets, address onBehalf, bytes calldata data)
        external
    {
        (bytes32 id,) = _created(marketParams);
        require(assets != 0, "zero assets");
        require(onBehalf != address(0), "zero address");
        // Collateral earns nothing, so interest need not be up to date.
        position[id][onBehalf].collateral += _to128(assets);
        emit SupplyCollateral(id, msg.sender, onBehalf, assets);
        if (data.length > 0) IMarketCallbacks(msg.sender).onMorphoSupplyCollateral(assets, data);
        _take(marketParams.collateralToken, assets);
    }

    function withdrawCollateral(MarketParams memory marketParams, uint256 assets, address onBehalf, address receiver)
        external
    {
        (bytes32 id, Market storage m) = _created(marketParams);
        require(assets != 0, "zero assets");
        require(receiver != address(0), "zero address");
        _checkAuthorized(onBehalf);
        _accrue(marketParams, id, m);
        position[id][onBehalf].collateral -= _to128(assets);
        require(_healthy(marketParams, m, position[id][onBehalf]), "insufficient collateral");
        emit WithdrawCollateral(id, msg.sender, onBehalf, receiver, assets);
        _give(marketParams.collateralToken, receiver, assets);
    }

    function liquidate(
        MarketParams memory marketParams,
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256, uint256) {
        (bytes32 id, Market storage m) = _created(marketParams);
        require((seizedAssets == 0) != (repaidShares == 0), "inconsistent input");
        _accrue(marketParams, id, m);
        Liquidation memory l = _liquidation(marketParams, m, position[id][borrower], seizedAssets, repaidShares);
        _settle(m, position[id][borrower], l);
        emit Liquidate(
            id, msg.sender, borrower, l.repaidAssets, l.repaidShares, l.seizedAssets, l.badAssets, l.badShares
        );
        _give(marketParams.collateralToken, msg.sender, l.seizedAssets);
        if (data.length > 0) IMarketCallbacks(msg.sender).onMorphoLiquidate(l.repaidAssets, data);
        _take(marketParams.loanToken, l.repaidAssets);
        return (l.seizedAssets, l.repaidAssets);
    }

    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        require(assets != 0, "zero assets");
        emit FlashLoan(msg.sender, token, assets);
        _give(token, msg.sender, assets);
        IMarketCallbacks(msg.sender).onMorphoFlashLoan(assets, data);
        _take(token, assets);
    }

    function setAuthorization(address authorized, bool newIsAuthorized) external {
        require(isAuthorized[msg.sender][authorized] != newIsAuthorized, "already set");
        _authorize(msg.sender, authorized, newIsAuthorized);
    }

    function setAuthorizationWithSig(Authorization memory authorization, Signature calldata signature) external {
        require(block.timestamp <= authorization.deadline, "signature expired");
        require(nonce[authorization.authorizer]++ == authorization.nonce, "invalid nonce");
        bytes32 content = keccak256(abi.encode(AUTHORIZATION_TYPE, authorization));
        bytes32 digest = keccak256(bytes.concat(hex"1901", DOMAIN_SEPARATOR, content));
        address signer = ecrecover(digest, signature.v, signature.r, signature.s);
        require(signer != address(0) && signer == authorization.authorizer, "invalid signature");
        emit IncrementNonce(msg.sender, authorization.authorizer, authorization.nonce);
        _authorize(authorization.authorizer, authorization.authorized, authorization.isAuthorized);
    }

    /// @notice Raw storage, slot by slot.
    function extSloads(bytes32[] calldata slots) external view returns (bytes32[] memory res) {
        res = new bytes32[](slots.length);
        for (uint256 i = 0; i < slots.length; i++) {
            bytes32 slot = slots[i];
            bytes32 word;
            assembly ("memory-safe") {
                word := sload(slot)
            }
            res[i] = word;
        }
    }

    // The market's rules.

    function _created(MarketParams memory marketParams) private view returns (bytes32 id, Market storage m) {
        id = keccak256(abi.encode(marketParams));
        m = market[id];
        require(m.lastUpdate != 0, "market not created");
    }

    function _checkAmounts(uint256 assets, uint256 shares, address party) private pure {
        require((assets == 0) != (shares == 0), "inconsistent input");
        require(party != address(0), "zero address");
    }

    function _checkAuthorized(address onBehalf) private view {
        require(msg.sender == onBehalf || isAuthorized[onBehalf][msg.sender], "unauthorized");
    }

    function _checkLiquidity(Market storage m) private view {
        require(m.totalBorrowAssets <= m.totalSupplyAssets, "insufficient liquidity");
    }

    function _authorize(address authorizer, address authorized, bool value) private {
        isAuthorized[authorizer][authorized] = value;
        emit SetAuthorization(msg.sender, authorizer, authorized, value);
    }

    function _accrue(MarketParams memory marketParams, bytes32 id, Market storage m) private {
        uint256 elapsed = block.timestamp - m.lastUpdate;
        if (elapsed == 0) return;
        if (marketParams.irm != address(0)) {
            uint256 rate = IRateModel(marketParams.irm).borrowRate(marketParams, m);
            uint256 interest = _mulDivDown(m.totalBorrowAssets, _compound(rate, elapsed), WAD);
            m.totalBorrowAssets += _to128(interest);
            m.totalSupplyAssets += _to128(interest);
            uint256 feeShares;
            if (m.fee != 0) {
                uint256 fee = _mulDivDown(interest, m.fee, WAD);
                // The fee is already in the total; its shares are priced without it.
                feeShares = _sharesDown(fee, m.totalSupplyAssets - fee, m.totalSupplyShares);
                position[id][feeRecipient].supplyShares += feeShares;
                m.totalSupplyShares += _to128(feeShares);
            }
            emit AccrueInterest(id, rate, interest, feeShares);
        }
        m.lastUpdate = uint128(block.timestamp);
    }

    function _healthy(MarketParams memory marketParams, Market storage m, Position storage p)
        private
        view
        returns (bool)
    {
        // Without debt the oracle is not asked, so that a broken one cannot hold collateral back.
        return p.borrowShares == 0 || _covered(marketParams, m, p, IPriceOracle(marketParams.oracle).price());
    }

    function _covered(MarketParams memory marketParams, Market storage m, Position storage p, uint256 price)
        private
        view
        returns (bool)
    {
        uint256 debt = _assetsUp(p.borrowShares, m.totalBorrowAssets, m.totalBorrowShares);
        uint256 value = _mulDivDown(p.collateral, price, PRICE_SCALE);
        return _mulDivDown(value, marketParams.lltv, WAD) >= debt;
    }

    /// @dev What a liquidation moves, from the one amount that is given.
    function _liquidation(
        MarketParams memory marketParams,
        Market storage m,
        Position storage p,
        uint256 seized,
        uint256 shares
    ) private view returns (Liquidation memory l) {
        uint256 price = IPriceOracle(marketParams.oracle).price();
        require(!_covered(marketParams, m, p, price), "position is healthy");
        uint256 incentive = _mulDivDown(WAD, WAD, WAD - _mulDivDown(CURSOR, WAD - marketParams.lltv, WAD));
        if (incentive > MAX_INCENTIVE) incentive = MAX_INCENTIVE;
        if (seized != 0) {
            uint256 repaid = _mulDivUp(_mulDivUp(seized, price, PRICE_SCALE), WAD, incentive);
            shares = _sharesUp(repaid, m.totalBorrowAssets, m.totalBorrowShares);
        } else {
            uint256 repaid = _assetsDown(shares, m.totalBorrowAssets, m.totalBorrowShares);
            seized = _mulDivDown(_mulDivDown(repaid, incentive, WAD), PRICE_SCALE, price);
        }
        l.seizedAssets = seized;
        l.repaidShares = shares;
        l.repaidAssets = _assetsUp(shares, m.totalBorrowAssets, m.totalBorrowShares);
    }

    /// @dev Debt that no collateral stands behind any more is the suppliers' loss.
    function _settle(Market storage m, Position storage p, Liquidation memory l) private {
        _reduceDebt(m, p, l.repaidAssets, l.repaidShares);
        p.collateral -= _to128(l.seizedAssets);
        if (p.collateral != 0) return;
        l.badShares = p.borrowShares;
        uint256 owed = _assetsUp(l.badShares, m.totalBorrowAssets, m.totalBorrowShares);
        l.badAssets = owed > m.totalBorrowAssets ? m.totalBorrowAssets : owed;
        m.totalBorrowAssets -= uint128(l.badAssets);
        m.totalSupplyAssets -= uint128(l.badAssets);
        m.totalBorrowShares -= uint128(l.badShares);
        p.borrowShares = 0;
    }

    function _reduceDebt(Market storage m, Position storage p, uint256 assets, uint256 shares) private {
        p.borrowShares -= _to128(shares);
        m.totalBorrowShares -= _to128(shares);
        // Rounded up, the assets can be one more than the total.
        m.totalBorrowAssets = assets > m.totalBorrowAssets ? 0 : uint128(m.totalBorrowAssets - assets);
    }

    // Tokens. A token that returns nothing is taken at its word.

    function _give(address token, address to, uint256 amount) private {
        require(token.code.length > 0, "no code");
        (bool done, bytes memory answer) = token.call(abi.encodeWithSignature("transfer(address,uint256)", to, amount));
        require(done, "transfer reverted");
        require(answer.length == 0 || abi.decode(answer, (bool)), "transfer returned false");
    }

    function _take(address token, uint256 amount) private {
        require(token.code.length > 0, "no code");
        (bool done, bytes memory answer) = token.call(
            abi.encodeWithSignature("transferFrom(address,address,uint256)", msg.sender, address(this), amount)
        );
        require(done, "transferFrom reverted");
        require(answer.length == 0 || abi.decode(answer, (bool)), "transferFrom returned false");
    }

    // Arithmetic. Products overflow at 256 bits, as the protocol's do.

    function _mulDivDown(uint256 x, uint256 y, uint256 d) private pure returns (uint256) {
        return x * y / d;
    }

    function _mulDivUp(uint256 x, uint256 y, uint256 d) private pure returns (uint256) {
        return (x * y + (d - 1)) / d;
    }

    /// @dev e^(rate*time) - 1 by its first three terms.
    function _compound(uint256 rate, uint256 time) private pure returns (uint256) {
        uint256 first = rate * time;
        uint256 second = _mulDivDown(first, first, 2 * WAD);
        return first + second + _mulDivDown(second, first, 3 * WAD);
    }

    function _sharesDown(uint256 assets, uint256 totalAssets, uint256 totalShares) private pure returns (uint256) {
        return _mulDivDown(assets, totalShares + VIRTUAL_SHARES, totalAssets + VIRTUAL_ASSETS);
    }

    function _sharesUp(uint256 assets, uint256 totalAssets, uint256 totalShares) private pure returns (uint256) {
        return _mulDivUp(assets, totalShares + VIRTUAL_SHARES, totalAssets + VIRTUAL_ASSETS);
    }

    function _assetsDown(uint256 shares, uint256 totalAssets, uint256 totalShares) private pure returns (uint256) {
        return _mulDivDown(shares, totalAssets + VIRTUAL_ASSETS, totalShares + VIRTUAL_SHARES);
    }

    function _assetsUp(uint256 shares, uint256 totalAssets, uint256 totalShares) private pure returns (uint256) {
        return _mulDivUp(shares, totalAssets + VIRTUAL_ASSETS, totalShares + VIRTUAL_SHARES);
    }

    function _to128(uint256 x) private pure returns (uint128) {
        require(x <= type(uint128).max, "max uint128 exceeded");
        return uint128(x);
    }
}
