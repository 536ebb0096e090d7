package lending

import (
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Collateral is one asset that backs an account's debts.
type Collateral struct {
	Amount               uint256.Int // base units of the asset
	Price                Price       // into the account's currency
	LTV                  Ratio       // share of the value that can be borrowed against, at most LiquidationThreshold
	LiquidationThreshold Ratio       // share of the value up to which debt is safe, at most 1
	Bonus                Ratio       // what a liquidator gets above the debt repaid, at most 1: 0.05e18 for 5 %
}

// Debt is one asset that an account owes, interest included.
type Debt struct {
	Amount uint256.Int // base units of the asset
	Price  Price       // into the account's currency
}

// Account is many collaterals against many debts, all valued in one currency. Each price is a price of its own: where
// an asset is held twice, or both held and owed, the functions that move one price move that leg only.
type Account struct {
	Collaterals []Collateral
	Debts       []Debt
}

// Valuation is an account in one currency, in base units of it.
type Valuation struct {
	Collateral uint256.Int // sum of the collaterals' values, each rounded down
	Debt       uint256.Int // sum of the debts' values, each rounded up
	Weighted   uint256.Int // sum of collateral value * LiquidationThreshold, times 1e18
	Capacity   uint256.Int // floor(sum of collateral value * LTV): the most debt that can be opened
}

// Value returns the account's valuation: collateral rounded down, debt rounded up, checked-256. It allocates nothing.
// It fails with a [*LegError] of [ErrOverflow], [ErrDecimals] or [ErrRatio].
func (a Account) Value() (v Valuation, err error) {
	var value, product, capacity uint256.Int
	for i := range a.Collaterals {
		c := &a.Collaterals[i]
		if err := c.check(); err != nil {
			return Valuation{}, &LegError{CollateralSide, i, err}
		}
		err := c.Price.value(&value, &c.Amount, fixed.CheckedMulDivDown)
		if err == nil {
			err = fixed.Add(&v.Collateral, &v.Collateral, &value)
		}
		if err == nil {
			err = addProduct(&v.Weighted, &product, &value, c.LiquidationThreshold)
		}
		if err == nil {
			err = addProduct(&capacity, &product, &value, c.LTV)
		}
		if err != nil {
			return Valuation{}, &LegError{CollateralSide, i, err}
		}
	}
	v.Capacity.Div(&capacity, &uint256.Int{wad})
	for i := range a.Debts {
		d := &a.Debts[i]
		err := d.Price.value(&value, &d.Amount, fixed.CheckedMulDivUp)
		if err == nil {
			err = fixed.Add(&v.Debt, &v.Debt, &value)
		}
		if err != nil {
			return Valuation{}, &LegError{DebtSide, i, err}
		}
	}
	return v, nil
}

func (c *Collateral) check() error {
	if c.LiquidationThreshold > One || c.LTV > c.LiquidationThreshold || c.Bonus > One {
		return ErrRatio
	}
	return nil
}

// addProduct adds value * ratio to sum; product is scratch space.
func addProduct(sum, product, value *uint256.Int, ratio Ratio) error {
	if err := fixed.Mul(product, value, &uint256.Int{uint64(ratio)}); err != nil {
		return err
	}
	return fixed.Add(sum, sum, product)
}

// Limit returns the liquidation limit, floor(Weighted / 1e18): the most debt with which the account is healthy.
func (v Valuation) Limit() (limit uint256.Int) {
	limit.Div(&v.Weighted, &uint256.Int{wad})
	return limit
}

// Liquidatable reports whether the debt is above the liquidation limit, which is a health factor below one.
func (v Valuation) Liquidatable() bool {
	limit := v.Limit()
	return limit.Lt(&v.Debt)
}

// Health returns the health factor, floor(sum(value * LiquidationThreshold) / debt) with 18 decimals, Infinite without
// debt.
func (v Valuation) Health() Factor {
	if v.Debt.IsZero() {
		return Factor{Infinite: true}
	}
	var f Factor
	f.Wad.Div(&v.Weighted, &v.Debt)
	return f
}

// LTV returns the loan-to-value, ceil(debt * 1e18 / collateral): zero without debt, Infinite if there is debt and the
// collateral is worth nothing. It fails with [ErrOverflow] if the quotient needs more than 256 bits.
func (v Valuation) LTV() (Factor, error) {
	return quotient(&v.Debt, &v.Collateral, fixed.MulDivUp)
}

// CollateralRatio returns floor(collateral * 1e18 / debt), Infinite without debt. It fails with [ErrOverflow] if the
// quotient needs more than 256 bits.
func (v Valuation) CollateralRatio() (Factor, error) {
	if v.Debt.IsZero() {
		return Factor{Infinite: true}, nil
	}
	return quotient(&v.Collateral, &v.Debt, fixed.MulDivDown)
}

// quotient returns x/d with 18 decimals; 0/0 is zero.
func quotient(x, d *uint256.Int, round mulDiv) (f Factor, err error) {
	if d.IsZero() {
		return Factor{Infinite: !x.IsZero()}, nil
	}
	err = round(&f.Wad, x, &uint256.Int{wad}, d)
	return f, err
}

// Available returns the value that can still be borrowed, Capacity - Debt, or zero.
func (v Valuation) Available() uint256.Int { return surplus(&v.Capacity, &v.Debt) }

// holds reports whether the health factor is at least health: Weighted >= Debt * health.
func (v *Valuation) holds(health Ratio) bool {
	var need uint256.Int
	if fixed.Mul(&need, &v.Debt, &uint256.Int{uint64(health)}) != nil {
		return false
	}
	return !v.Weighted.Lt(&need)
}
