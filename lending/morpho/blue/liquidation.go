package blue

import (
	"math/bits"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

// Liquidation is what a liquidation moves.
type Liquidation struct {
	SeizedAssets  uint256.Int // base units of the collateral token, to the liquidator
	RepaidShares  uint256.Int // of the borrower's debt
	RepaidAssets  uint256.Int // base units of the loan token, from the liquidator
	BadDebtAssets uint256.Int // base units of the loan token that the lenders lose
	BadDebtShares uint256.Int // of the borrower's debt, forgiven
}

// LiquidationOutcome is what a liquidation leaves.
type LiquidationOutcome struct {
	Market      Market
	Position    Position // the borrower's
	Liquidation Liquidation
	Accrual     Accrual
}

const maxIncentive = 1_150_000_000_000_000_000

// incentive returns min(1.15, 1 / (1 - 0.3 * (1 - lltv))). The steps are the contract's, in words of 64 bits.
func incentive(lltv lending.Ratio) (lending.Ratio, error) {
	if lltv > wad {
		return 0, panicked(panicArithmetic)
	}
	// floor(0.3e18 * x / 1e18) is floor(3x/10); the divisor is at least 0.7e18, so the quotient fits one word.
	divisor := wad - uint64(wad-lltv)*3/10
	high, low := bits.Mul64(wad, wad)
	factor, _ := bits.Div64(high, low, divisor)
	return lending.Ratio(min(factor, maxIncentive)), nil
}

// QuoteSeized returns what seizing collateral takes at an oracle price: RepaidShares = toSharesUp(wDivUp(mulDivUp(seized,
// price, 1e36), incentive)), RepaidAssets = toAssetsUp of them. Whether the position has that much and may be liquidated is
// not looked at, and no bad debt is told: see [Market.Liquidate]. Interest must have been accrued. It allocates nothing.
// It reverts where the contract would. Source: Morpho Blue, Morpho.sol liquidate.
func (m *Market) QuoteSeized(seized, price *uint256.Int) (l Liquidation, err error) {
	if err := m.quoteSeized(&l, seized, price); err != nil {
		return Liquidation{}, err
	}
	return l, nil
}

// QuoteRepaid returns what repaying debt shares gives at an oracle price: SeizedAssets = mulDivDown(wMulDown(toAssetsDown(
// shares), incentive), 1e36, price), RepaidAssets = toAssetsUp(shares). Otherwise it is as [Market.QuoteSeized].
func (m *Market) QuoteRepaid(shares, price *uint256.Int) (l Liquidation, err error) {
	if err := m.quoteRepaid(&l, shares, price); err != nil {
		return Liquidation{}, err
	}
	return l, nil
}

func (m *Market) quoteSeized(l *Liquidation, seized, price *uint256.Int) error {
	factor, err := m.quotable()
	if err != nil {
		return err
	}
	l.SeizedAssets = *seized
	z := &l.RepaidShares
	if err := scaledUp(z, seized, price); err != nil {
		return revert(err)
	}
	if err := fixed.CheckedMulDivUp(z, z, &one, &uint256.Int{uint64(factor)}); err != nil {
		return revert(err)
	}
	var assets, shares uint256.Int
	virtual(&assets, &shares, &m.TotalBorrowAssets, &m.TotalBorrowShares)
	if err := fixed.CheckedMulDivUp(z, z, &shares, &assets); err != nil {
		return revert(err)
	}
	if err := fixed.CheckedMulDivUp(&l.RepaidAssets, z, &assets, &shares); err != nil {
		return revert(err)
	}
	return nil
}

func (m *Market) quoteRepaid(l *Liquidation, repaid, price *uint256.Int) error {
	factor, err := m.quotable()
	if err != nil {
		return err
	}
	l.RepaidShares = *repaid
	z := &l.SeizedAssets
	var assets, shares uint256.Int
	virtual(&assets, &shares, &m.TotalBorrowAssets, &m.TotalBorrowShares)
	if err := fixed.CheckedMulDivDown(z, repaid, &assets, &shares); err != nil {
		return revert(err)
	}
	if err := partDown(z, z, uint64(factor)); err != nil {
		return revert(err)
	}
	if err := fixed.CheckedMulDivDown(z, z, &priceScale, price); err != nil {
		return revert(err)
	}
	if err := fixed.CheckedMulDivUp(&l.RepaidAssets, repaid, &assets, &shares); err != nil {
		return revert(err)
	}
	return nil
}

func (m *Market) quotable() (lending.Ratio, error) {
	if !fits(&m.TotalBorrowAssets) || !fits(&m.TotalBorrowShares) {
		return 0, ErrState
	}
	return incentive(m.LLTV)
}

// Liquidate returns what a liquidation at an oracle price leaves. Give seized collateral or repaid debt shares, the other
// zero. Debt that is left when no collateral is is forgiven, and taken off the supply: bad debt = min(borrows,
// toAssetsUp(shares left)). It reverts if the position is healthy, and if it has less than what is taken.
// Source: Morpho Blue, Morpho.sol liquidate.
func (m Market) Liquidate(p Position, seized, repaidShares, price uint256.Int, now uint64) (LiquidationOutcome, error) {
	o, err := m.begin(&p, &Amount{Assets: seized, Shares: repaidShares}, now)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	t, after := &o.Market, &o.Position
	h, err := t.Health(after, &price)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	if h.Healthy() {
		return LiquidationOutcome{}, fail(textHealthy)
	}
	var l Liquidation
	if seized.IsZero() {
		err = t.quoteRepaid(&l, &repaidShares, &price)
	} else {
		err = t.quoteSeized(&l, &seized, &price)
	}
	if err != nil {
		return LiquidationOutcome{}, err
	}
	if err := sub128(&after.BorrowShares, &l.RepaidShares); err != nil {
		return LiquidationOutcome{}, err
	}
	if err := sub128(&t.TotalBorrowShares, &l.RepaidShares); err != nil {
		return LiquidationOutcome{}, err
	}
	floorSub(&t.TotalBorrowAssets, &l.RepaidAssets)
	if err := sub128(&after.Collateral, &l.SeizedAssets); err != nil {
		return LiquidationOutcome{}, err
	}
	if after.Collateral.IsZero() {
		if err := t.writeOff(after, &l); err != nil {
			return LiquidationOutcome{}, err
		}
	}
	return LiquidationOutcome{Market: *t, Position: *after, Liquidation: l, Accrual: o.Accrual}, nil
}

// writeOff forgives the debt of a position without collateral.
func (m *Market) writeOff(p *Position, l *Liquidation) error {
	l.BadDebtShares = p.BorrowShares
	if err := toAssetsUp(&l.BadDebtAssets, &p.BorrowShares, &m.TotalBorrowAssets, &m.TotalBorrowShares); err != nil {
		return revert(err)
	}
	if l.BadDebtAssets.Gt(&m.TotalBorrowAssets) {
		l.BadDebtAssets = m.TotalBorrowAssets
	}
	m.TotalBorrowAssets.Sub(&m.TotalBorrowAssets, &l.BadDebtAssets)
	if err := sub128(&m.TotalSupplyAssets, &l.BadDebtAssets); err != nil {
		return err
	}
	if err := sub128(&m.TotalBorrowShares, &l.BadDebtShares); err != nil {
		return err
	}
	p.BorrowShares.Clear()
	return nil
}

// FullLiquidation returns the largest liquidation of a position at an oracle price: all debt shares are repaid where the
// collateral covers them with the incentive, else all collateral is seized; where there is none, one share is repaid, and
// the rest is written off. Give its SeizedAssets to the contract if
// seized is true, else its RepaidShares; the other as zero. Interest must have been accrued. It fails as
// [Market.Liquidate] does.
func (m Market) FullLiquidation(p Position, price uint256.Int) (l Liquidation, seized bool, err error) {
	if h, err := m.Health(&p, &price); err != nil {
		return l, false, err
	} else if h.Healthy() {
		return l, false, fail(textHealthy)
	}
	var none uint256.Int
	if p.Collateral.IsZero() {
		o, err := m.Liquidate(p, none, uint256.Int{1}, price, m.LastUpdate) // one share, and the rest is written off
		return o.Liquidation, false, err
	}
	if !price.IsZero() {
		all, err := m.QuoteRepaid(&p.BorrowShares, &price)
		if err == nil && !all.SeizedAssets.Gt(&p.Collateral) {
			o, err := m.Liquidate(p, none, p.BorrowShares, price, m.LastUpdate)
			return o.Liquidation, false, err
		}
	}
	o, err := m.Liquidate(p, p.Collateral, none, price, m.LastUpdate)
	return o.Liquidation, true, err
}
