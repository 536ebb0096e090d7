package lending

import (
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Market is an isolated market: one collateral asset, one loan asset, one threshold up to which can be borrowed and
// beyond which is liquidated.
type Market struct {
	Price Price // of the collateral in the loan asset
	LLTV  Ratio // liquidation loan-to-value, at most 1
	Bonus Ratio // liquidation incentive above the debt repaid, at most 1; the liquidation incentive factor is 1 + Bonus
}

// Position is a borrower in a [Market].
type Position struct {
	Collateral uint256.Int // base units of the collateral asset
	Debt       uint256.Int // base units of the loan asset, interest included
}

// MorphoIncentive returns the liquidation incentive factor of a Morpho market, min(1.15, 1 / (1 - 0.3 * (1 - lltv))),
// each step rounded down at the 18th decimal; the bonus is what it is above [One]. It fails with [ErrRatio] if lltv is
// above one. Source: Morpho Blue, Morpho.sol _liquidationIncentiveFactor.
func MorphoIncentive(lltv Ratio) (Ratio, error) {
	if lltv > One {
		return 0, ErrRatio
	}
	const cursor, most = 300_000_000_000_000_000, 1_150_000_000_000_000_000
	var reduced, factor uint256.Int
	one := uint256.Int{wad}
	if err := fixed.CheckedMulDivDown(&reduced, &uint256.Int{cursor}, &uint256.Int{uint64(One - lltv)}, &one); err != nil {
		return 0, err
	}
	reduced.Sub(&one, &reduced)
	if err := fixed.CheckedMulDivDown(&factor, &one, &one, &reduced); err != nil {
		return 0, err
	}
	return Ratio(min(factor.Uint64(), most)), nil
}

// LargestStep returns the largest fall of the collateral's price, or of its NAV, in a single update, that a position at
// its limit survives without bad debt: 1 - lltv * (1 + bonus), rounded down at the 18th decimal, or zero. After a
// larger one, seizing all collateral does not repay the debt. It fails with [ErrRatio] if lltv or bonus is above one.
func LargestStep(lltv, bonus Ratio) (Ratio, error) {
	if lltv > One || bonus > One {
		return 0, ErrRatio
	}
	var skipped uint256.Int
	factor := One + bonus
	if err := fixed.CheckedMulDivUp(&skipped, &uint256.Int{uint64(lltv)}, &uint256.Int{uint64(factor)}, &uint256.Int{wad}); err != nil {
		return 0, err
	}
	return One - min(One, Ratio(skipped.Uint64())), nil
}

// Account returns the position as an account of one collateral and one debt, valued in the loan asset, for the
// functions that are stated on accounts.
func (m Market) Account(p Position) Account {
	return Account{
		Collaterals: []Collateral{{Amount: p.Collateral, Price: m.Price, LTV: m.LLTV, LiquidationThreshold: m.LLTV, Bonus: m.Bonus}},
		Debts:       []Debt{{Amount: p.Debt, Price: Price{Mantissa: uint256.Int{1}}}},
	}
}

// Limit returns the most debt with which the position is healthy, floor(floor(collateral * price) * LLTV), checked-256.
// It allocates nothing. It fails with [ErrRatio], [ErrDecimals] and [ErrOverflow]. Source: Morpho Blue, Morpho.sol
// _isHealthy.
func (m Market) Limit(p Position) (limit uint256.Int, err error) {
	if err := m.check(); err != nil {
		return limit, err
	}
	if err := m.Price.value(&limit, &p.Collateral, fixed.CheckedMulDivDown); err != nil {
		return limit, err
	}
	err = fixed.CheckedMulDivDown(&limit, &limit, &uint256.Int{uint64(m.LLTV)}, &uint256.Int{wad})
	return limit, err
}

// Liquidatable reports whether the debt is above [Market.Limit], and fails as it does. It allocates nothing.
func (m Market) Liquidatable(p Position) (bool, error) {
	limit, err := m.Limit(p)
	return err == nil && limit.Lt(&p.Debt), err
}

// Health returns the health factor, floor(floor(collateral * price) * LLTV / debt) with 18 decimals, Infinite without
// debt. It is below one exactly where the position is liquidatable. It fails with [ErrRatio], [ErrDecimals] and
// [ErrOverflow]. It allocates nothing.
func (m Market) Health(p Position) (f Factor, err error) {
	if err := m.check(); err != nil {
		return f, err
	}
	if p.Debt.IsZero() {
		return Factor{Infinite: true}, nil
	}
	if err := m.Price.value(&f.Wad, &p.Collateral, fixed.CheckedMulDivDown); err != nil {
		return Factor{}, err
	}
	if err := fixed.CheckedMulDivDown(&f.Wad, &f.Wad, &uint256.Int{uint64(m.LLTV)}, &p.Debt); err != nil {
		return Factor{}, err
	}
	return f, nil
}

// Liquidation is what changes hands when a position is liquidated.
type Liquidation struct {
	Repaid  uint256.Int // base units of the loan asset, by the liquidator
	Seized  uint256.Int // base units of the collateral asset, to the liquidator before a protocol fee
	BadDebt uint256.Int // base units of the loan asset: debt that is left when no collateral is
}

// Liquidate returns the liquidation in which debt is repaid: seized = floor(floor(repaid * (1 + Bonus)) / price). If
// that is more than the collateral, all of it is seized and repaid is ceil(ceil(collateral * price) / (1 + Bonus)).
// Debt that is left when the collateral is gone is BadDebt. Whether the position can be liquidated and how much of it
// at once is not looked at, see [Costs.Best]. It fails with [ErrRatio], [ErrDecimals], [ErrOverflow]. Source: Morpho
// Blue, Morpho.sol liquidate, with debt in assets instead of shares; a protocol's own package has its rounding to the
// last unit.
func (m Market) Liquidate(p Position, repay uint256.Int) (l Liquidation, err error) {
	if err := m.check(); err != nil {
		return l, err
	}
	factor := uint256.Int{uint64(One + m.Bonus)}
	if repay.Gt(&p.Debt) {
		repay = p.Debt
	}
	worthless := m.Price.Mantissa.IsZero()
	if !worthless {
		var reward uint256.Int
		if err := fixed.CheckedMulDivDown(&reward, &repay, &factor, &uint256.Int{wad}); err != nil {
			return l, err
		}
		if l.Seized, err = m.Price.Amount(reward); err != nil {
			return Liquidation{}, err
		}
		l.Repaid = repay
	}
	if l.Seized.Gt(&p.Collateral) || worthless && !repay.IsZero() {
		l.Seized = p.Collateral
		if l.Repaid, err = m.repaidByAll(p.Collateral); err != nil {
			return Liquidation{}, err
		}
	}
	if l.Seized.Eq(&p.Collateral) {
		l.BadDebt.Sub(&p.Debt, &l.Repaid)
	}
	return l, nil
}

// repaidByAll returns the debt that is repaid when this collateral is seized, rounded up in both steps.
func (m *Market) repaidByAll(collateral uint256.Int) (uint256.Int, error) {
	repaid, err := m.Price.ValueUp(collateral)
	if err != nil {
		return repaid, err
	}
	err = fixed.CheckedMulDivUp(&repaid, &repaid, &uint256.Int{wad}, &uint256.Int{uint64(One + m.Bonus)})
	return repaid, err
}

func (m *Market) check() error {
	if m.LLTV > One || m.Bonus > One {
		return ErrRatio
	}
	return nil
}
