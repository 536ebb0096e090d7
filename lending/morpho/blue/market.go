package blue

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

const (
	wad           = 1_000_000_000_000_000_000
	virtualShares = 1_000_000
	virtualAssets = 1
	maxFee        = 250_000_000_000_000_000
)

// priceScale is 10^36, one of the oracle's price.
var priceScale = uint256.Int{scale0, scale1}

// Market is the state of one market. It is a value: an operation returns the state after it, or the revert that the
// contract would give, and needs no chain. The zero value is a market that has not been created.
//
// Token transfers, callbacks and who may act for whom are not part of it. Where an operation accrues interest and the
// market has a fee, Accrual.FeeShares go to the fee recipient's position, which the caller adds if it holds it.
type Market struct {
	TotalSupplyAssets uint256.Int   // base units of the loan token, below 2^128
	TotalSupplyShares uint256.Int   // below 2^128
	TotalBorrowAssets uint256.Int   // base units of the loan token, below 2^128
	TotalBorrowShares uint256.Int   // below 2^128
	LastUpdate        uint64        // Unix seconds of the last accrual; zero where the market has not been created
	Fee               lending.Ratio // part of the interest that the fee recipient gets, at most a quarter
	LLTV              lending.Ratio
	Model             RateModel
	Rate              uint64 // of the model, a second with 18 decimals
}

// Position is one account in a market. The zero value is an account without a position.
type Position struct {
	SupplyShares uint256.Int
	BorrowShares uint256.Int // below 2^128
	Collateral   uint256.Int // base units of the collateral token, below 2^128
}

// Amount is how much of an operation: exactly one of its fields, the other zero. What an operation returns has both.
type Amount struct {
	Assets uint256.Int // base units of the loan token
	Shares uint256.Int
}

// Outcome is what an operation leaves.
type Outcome struct {
	Market   Market
	Position Position
	Amount   Amount // assets moved and shares made or burned
	Accrual  Accrual
}

// Create returns the market after its creation at a time in Unix seconds. The adaptive curve starts at its initial
// rate. It reverts if the market exists or now is zero. Source: Morpho Blue, Morpho.sol createMarket.
func (m Market) Create(now uint64) (Market, error) {
	if m.LastUpdate != 0 {
		return Market{}, fail("market already created")
	}
	created := Market{LLTV: m.LLTV, Model: m.Model, Rate: m.Rate, LastUpdate: now}
	if m.Model == AdaptiveCurve {
		created.Rate = initialRate
	}
	return created, nil
}

// Supply returns what lending an amount leaves: shares rounded down, assets up. Source: Morpho Blue, Morpho.sol supply.
func (m Market) Supply(p Position, amount Amount, now uint64) (Outcome, error) {
	o, err := m.begin(&p, &amount, now)
	if err != nil {
		return Outcome{}, err
	}
	t := &o.Market
	if err := o.Amount.fill(&t.TotalSupplyAssets, &t.TotalSupplyShares, false); err != nil {
		return Outcome{}, err
	}
	if err := fixed.Add(&o.Position.SupplyShares, &o.Position.SupplyShares, &o.Amount.Shares); err != nil {
		return Outcome{}, revert(err)
	}
	if err := add128(&t.TotalSupplyShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	if err := add128(&t.TotalSupplyAssets, &o.Amount.Assets); err != nil {
		return Outcome{}, err
	}
	return o, nil
}

// Withdraw returns what taking an amount of the assets lent leaves: shares rounded up, assets down. It reverts if more
// would be borrowed than is supplied. Source: Morpho Blue, Morpho.sol withdraw.
func (m Market) Withdraw(p Position, amount Amount, now uint64) (Outcome, error) {
	o, err := m.begin(&p, &amount, now)
	if err != nil {
		return Outcome{}, err
	}
	t := &o.Market
	if err := o.Amount.fill(&t.TotalSupplyAssets, &t.TotalSupplyShares, true); err != nil {
		return Outcome{}, err
	}
	if err := fixed.Sub(&o.Position.SupplyShares, &o.Position.SupplyShares, &o.Amount.Shares); err != nil {
		return Outcome{}, revert(err)
	}
	if err := sub128(&t.TotalSupplyShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	if err := sub128(&t.TotalSupplyAssets, &o.Amount.Assets); err != nil {
		return Outcome{}, err
	}
	if t.TotalBorrowAssets.Gt(&t.TotalSupplyAssets) {
		return Outcome{}, fail(textLiquidity)
	}
	return o, nil
}

// Borrow returns what borrowing an amount at an oracle price leaves: shares rounded up, assets down. It reverts if the
// position would be unhealthy or more would be borrowed than is supplied. Source: Morpho Blue, Morpho.sol borrow.
func (m Market) Borrow(p Position, amount Amount, price uint256.Int, now uint64) (Outcome, error) {
	o, err := m.begin(&p, &amount, now)
	if err != nil {
		return Outcome{}, err
	}
	t := &o.Market
	if err := o.Amount.fill(&t.TotalBorrowAssets, &t.TotalBorrowShares, true); err != nil {
		return Outcome{}, err
	}
	if err := add128(&o.Position.BorrowShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	if err := add128(&t.TotalBorrowShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	if err := add128(&t.TotalBorrowAssets, &o.Amount.Assets); err != nil {
		return Outcome{}, err
	}
	if err := t.requireHealthy(&o.Position, &price); err != nil {
		return Outcome{}, err
	}
	if t.TotalBorrowAssets.Gt(&t.TotalSupplyAssets) {
		return Outcome{}, fail(textLiquidity)
	}
	return o, nil
}

// Repay returns what paying back an amount leaves: shares rounded down, assets up. To leave no debt give all of the
// position's shares. The assets may exceed the total borrowed by one, which then is zero. Source: Morpho Blue,
// Morpho.sol repay.
func (m Market) Repay(p Position, amount Amount, now uint64) (Outcome, error) {
	o, err := m.begin(&p, &amount, now)
	if err != nil {
		return Outcome{}, err
	}
	t := &o.Market
	if err := o.Amount.fill(&t.TotalBorrowAssets, &t.TotalBorrowShares, false); err != nil {
		return Outcome{}, err
	}
	if err := sub128(&o.Position.BorrowShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	if err := sub128(&t.TotalBorrowShares, &o.Amount.Shares); err != nil {
		return Outcome{}, err
	}
	floorSub(&t.TotalBorrowAssets, &o.Amount.Assets)
	return o, nil
}

// SupplyCollateral returns the position with collateral added. It accrues nothing. Source: Morpho Blue, Morpho.sol
// supplyCollateral.
func (m Market) SupplyCollateral(p Position, assets uint256.Int) (Position, error) {
	switch {
	case m.LastUpdate == 0:
		return Position{}, fail(textNotCreated)
	case assets.IsZero():
		return Position{}, fail(textZeroAssets)
	case !fits(&p.Collateral):
		return Position{}, ErrState
	}
	if err := add128(&p.Collateral, &assets); err != nil {
		return Position{}, err
	}
	return p, nil
}

// WithdrawCollateral returns what taking collateral at an oracle price leaves; the price is not looked at if there is no
// debt. It reverts if the position would be unhealthy. Source: Morpho Blue, Morpho.sol withdrawCollateral.
func (m Market) WithdrawCollateral(p Position, assets, price uint256.Int, now uint64) (Outcome, error) {
	if m.LastUpdate == 0 {
		return Outcome{}, fail(textNotCreated)
	}
	if assets.IsZero() {
		return Outcome{}, fail(textZeroAssets)
	}
	o, err := m.accrued(&p, now)
	if err != nil {
		return Outcome{}, err
	}
	if err := sub128(&o.Position.Collateral, &assets); err != nil {
		return Outcome{}, err
	}
	if err := o.Market.requireHealthy(&o.Position, &price); err != nil {
		return Outcome{}, err
	}
	return o, nil
}

// SetFee returns the market with another fee, interest accrued at the one before. It reverts if the fee is the present
// one or above a quarter. Source: Morpho Blue, Morpho.sol setFee.
func (m Market) SetFee(fee lending.Ratio, now uint64) (Outcome, error) {
	switch {
	case m.LastUpdate == 0:
		return Outcome{}, fail(textNotCreated)
	case fee == m.Fee:
		return Outcome{}, fail(textAlreadySet)
	case fee > maxFee:
		return Outcome{}, fail(textMaxFee)
	}
	o, err := m.accrued(&Position{}, now)
	if err != nil {
		return Outcome{}, err
	}
	o.Market.Fee = fee
	return o, nil
}

// SupplyAssets returns what the position has lent, with interest up to the market's last accrual: toAssetsDown.
func (m Market) SupplyAssets(p Position) (assets uint256.Int, err error) {
	if err := m.check(&p); err != nil {
		return assets, err
	}
	if err := toAssetsDown(&assets, &p.SupplyShares, &m.TotalSupplyAssets, &m.TotalSupplyShares); err != nil {
		return uint256.Int{}, revert(err)
	}
	return assets, nil
}

// SupplyAssetsUp returns what the position has lent, rounded up: toAssetsUp, as a vault counts against its cap.
func (m Market) SupplyAssetsUp(p Position) (assets uint256.Int, err error) {
	if err := m.check(&p); err != nil {
		return assets, err
	}
	if err := toAssetsUp(&assets, &p.SupplyShares, &m.TotalSupplyAssets, &m.TotalSupplyShares); err != nil {
		return uint256.Int{}, revert(err)
	}
	return assets, nil
}

// BorrowAssets returns what the position owes, with interest up to the market's last accrual: toAssetsUp.
func (m Market) BorrowAssets(p Position) (assets uint256.Int, err error) {
	if err := m.check(&p); err != nil {
		return assets, err
	}
	if err := toAssetsUp(&assets, &p.BorrowShares, &m.TotalBorrowAssets, &m.TotalBorrowShares); err != nil {
		return uint256.Int{}, revert(err)
	}
	return assets, nil
}

// Liquidity returns what can be borrowed or withdrawn of the market now: supply less borrows, or zero.
func (m Market) Liquidity() uint256.Int {
	left := m.TotalSupplyAssets
	floorSub(&left, &m.TotalBorrowAssets)
	return left
}

// MaxWithdraw returns the most assets that [Market.Withdraw] gives the position now, and the Amount to ask for: all
// shares where the market's liquidity pays them, else assets. Interest must have been accrued.
func (m Market) MaxWithdraw(p Position) (uint256.Int, Amount, error) {
	assets, err := m.SupplyAssets(p)
	if err != nil {
		return uint256.Int{}, Amount{}, err
	}
	liquidity := m.Liquidity()
	if assets.Gt(&liquidity) {
		return liquidity, Amount{Assets: liquidity}, nil
	}
	return assets, Amount{Shares: p.SupplyShares}, nil
}

// check refuses what the contract cannot hold.
func (m *Market) check(p *Position) error {
	if !fits(&m.TotalSupplyAssets) || !fits(&m.TotalSupplyShares) || !fits(&m.TotalBorrowAssets) || !fits(&m.TotalBorrowShares) ||
		!fits(&p.BorrowShares) || !fits(&p.Collateral) {
		return ErrState
	}
	return nil
}

// begin does what supply, withdraw, borrow and repay begin with.
func (m *Market) begin(p *Position, amount *Amount, now uint64) (Outcome, error) {
	if m.LastUpdate == 0 {
		return Outcome{}, fail(textNotCreated)
	}
	if amount.Assets.IsZero() == amount.Shares.IsZero() {
		return Outcome{}, fail(textInconsistent)
	}
	o, err := m.accrued(p, now)
	o.Amount = *amount
	return o, err
}

func (m *Market) accrued(p *Position, now uint64) (Outcome, error) {
	if err := m.check(p); err != nil {
		return Outcome{}, err
	}
	o := Outcome{Market: *m, Position: *p}
	err := o.Market.accrue(&o.Accrual, now)
	return o, err
}

// fill computes the field that is zero from the other one; shares are rounded up and assets down, or the
// other way round.
func (a *Amount) fill(totalAssets, totalShares *uint256.Int, sharesUp bool) (err error) {
	switch {
	case !a.Assets.IsZero() && sharesUp:
		err = toSharesUp(&a.Shares, &a.Assets, totalAssets, totalShares)
	case !a.Assets.IsZero():
		err = toSharesDown(&a.Shares, &a.Assets, totalAssets, totalShares)
	case sharesUp:
		err = toAssetsDown(&a.Assets, &a.Shares, totalAssets, totalShares)
	default:
		err = toAssetsUp(&a.Assets, &a.Shares, totalAssets, totalShares)
	}
	if err != nil {
		return revert(err)
	}
	return nil
}

// The four conversions are assets * (totalShares + 10^6) / (totalAssets + 1) and the inverse. The totals are below 2^128.

func toSharesDown(z, assets, totalAssets, totalShares *uint256.Int) error {
	var a, s uint256.Int
	virtual(&a, &s, totalAssets, totalShares)
	return fixed.CheckedMulDivDown(z, assets, &s, &a)
}

func toSharesUp(z, assets, totalAssets, totalShares *uint256.Int) error {
	var a, s uint256.Int
	virtual(&a, &s, totalAssets, totalShares)
	return fixed.CheckedMulDivUp(z, assets, &s, &a)
}

func toAssetsDown(z, shares, totalAssets, totalShares *uint256.Int) error {
	var a, s uint256.Int
	virtual(&a, &s, totalAssets, totalShares)
	return fixed.CheckedMulDivDown(z, shares, &a, &s)
}

func toAssetsUp(z, shares, totalAssets, totalShares *uint256.Int) error {
	var a, s uint256.Int
	virtual(&a, &s, totalAssets, totalShares)
	return fixed.CheckedMulDivUp(z, shares, &a, &s)
}

// virtual sets a and s to the totals with the virtual amounts added.
func virtual(a, s, totalAssets, totalShares *uint256.Int) {
	a.AddUint64(totalAssets, virtualAssets)
	s.AddUint64(totalShares, virtualShares)
}

func fits(x *uint256.Int) bool { return x[2]|x[3] == 0 }

// add128 adds x to a uint128, in the contract's two checks.
func add128(total, x *uint256.Int) error {
	if !fits(x) {
		return fail(textUint128)
	}
	var sum uint256.Int
	sum.Add(total, x)
	if !fits(&sum) {
		return panicked(panicArithmetic)
	}
	*total = sum
	return nil
}

// sub128 takes x off a uint128, in the contract's two checks.
func sub128(total, x *uint256.Int) error {
	if !fits(x) {
		return fail(textUint128)
	}
	if x.Gt(total) {
		return panicked(panicArithmetic)
	}
	total.Sub(total, x)
	return nil
}

// floorSub takes x off total, down to zero.
func floorSub(total, x *uint256.Int) {
	if x.Gt(total) {
		total.Clear()
		return
	}
	total.Sub(total, x)
}
