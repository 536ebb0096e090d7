package lending

import (
	"slices"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Reach says whether a liquidation price exists.
type Reach uint8

const (
	// Reachable: the account is healthy on one side of the price and can be liquidated on the other.
	Reachable Reach = iota
	// Never: the account cannot be liquidated by this asset alone, at any price of it.
	Never
	// Always: the account can be liquidated at any price of this asset; its own price cannot save it.
	Always
)

// String returns what the value means.
func (r Reach) String() string {
	switch r {
	case Reachable:
		return "reachable"
	case Never:
		return "cannot be liquidated by this asset alone"
	}
	return "liquidatable at any price of this asset"
}

// LiquidationPrice is the edge of health in one asset's price, exact to one unit of the mantissa. Price is zero unless
// Reach is [Reachable].
type LiquidationPrice struct {
	Price Price
	Reach Reach
}

// CollateralLiquidationPrice returns the lowest price of collateral i at which the account is healthy, all else
// unchanged: P_i = (debt - sum_{j<>i} value_j LT_j) / (amount_i LT_i), rounded up. One unit of the mantissa below it,
// the account can be liquidated. It fails with [ErrIndex], [ErrOverflow] and as [Account.Value] does.
func (a Account) CollateralLiquidationPrice(i int) (LiquidationPrice, error) {
	v, rest, err := a.without(i)
	if err != nil {
		return LiquidationPrice{}, err
	}
	c := a.Collaterals[i]
	value, ok, err := c.valueFor(&v, &rest, One)
	switch {
	case err != nil:
		return LiquidationPrice{}, err
	case value.IsZero() && ok:
		return LiquidationPrice{Reach: Never}, nil
	case !ok || c.Amount.IsZero():
		return LiquidationPrice{Reach: Always}, nil
	}
	price := c.Price
	err = fixed.CheckedMulDivUp(&price.Mantissa, &value, &scales[price.Decimals], &c.Amount)
	if err != nil {
		return LiquidationPrice{}, &LegError{CollateralSide, i, err}
	}
	return LiquidationPrice{Price: price}, nil
}

// DebtLiquidationPrice returns the highest price of debt i at which the account is healthy, all else unchanged: P_i =
// (limit - sum_{j<>i} value_j) / amount_i, rounded down. One unit of the mantissa above it, the account can be
// liquidated. It fails with [ErrIndex], [ErrOverflow] and as [Account.Value] does.
func (a Account) DebtLiquidationPrice(i int) (LiquidationPrice, error) {
	v, others, err := a.otherDebts(i)
	if err != nil {
		return LiquidationPrice{}, err
	}
	d := a.Debts[i]
	room := v.Limit()
	if room.Lt(&others) {
		return LiquidationPrice{Reach: Always}, nil
	}
	if d.Amount.IsZero() {
		return LiquidationPrice{Reach: Never}, nil
	}
	room.Sub(&room, &others)
	price := d.Price
	err = fixed.CheckedMulDivDown(&price.Mantissa, &room, &scales[price.Decimals], &d.Amount)
	if err != nil {
		return LiquidationPrice{}, &LegError{DebtSide, i, err}
	}
	return LiquidationPrice{Price: price}, nil
}

// Distance returns how far all collateral prices can fall together with the account still healthy, in 1e-18 of each
// price, exactly: each price moved as by [Price.Times]. Without rounding it is 1 - 1/HF. It is [One] if no fall makes
// the account liquidatable. It fails with [ErrLiquidatable] if it can be liquidated already, and as [Account.Value]
// does.
func (a Account) Distance() (Ratio, error) {
	v, err := a.Value()
	if err != nil {
		return 0, err
	}
	if v.Liquidatable() {
		return 0, ErrLiquidatable
	}
	moved := Account{Collaterals: slices.Clone(a.Collaterals), Debts: a.Debts}
	// healthy at high, liquidatable below low.
	low, high := Ratio(0), One
	for low < high {
		factor := low + (high-low)/2
		v, err := moved.at(a, factor)
		if err != nil {
			return 0, err
		}
		if v.Liquidatable() {
			low = factor + 1
		} else {
			high = factor
		}
	}
	return One - high, nil
}

// at returns the valuation of the account original with all collateral prices moved by factor; a is a copy of original
// that it may write to.
func (a Account) at(original Account, factor Ratio) (Valuation, error) {
	for i := range a.Collaterals {
		price, err := original.Collaterals[i].Price.Times(factor)
		if err != nil {
			return Valuation{}, &LegError{CollateralSide, i, err}
		}
		a.Collaterals[i].Price = price
	}
	return a.Value()
}

// MaxBorrow returns the most base units of debt i that can be borrowed on top, so that the debt is at most the capacity
// (the sum of value * LTV); zero if it is there already. It fails with [ErrIndex], [ErrPrice] if the debt's price is
// zero, and as [Account.Value] does.
func (a Account) MaxBorrow(i int) (uint256.Int, error) {
	v, others, err := a.otherDebts(i)
	if err != nil {
		return uint256.Int{}, err
	}
	d := &a.Debts[i]
	most, err := d.amountWithin(&v.Capacity, &others)
	if err != nil || most.Lt(&d.Amount) {
		return uint256.Int{}, legError(DebtSide, i, err)
	}
	most.Sub(&most, &d.Amount)
	return most, nil
}

// MaxWithdraw returns the most base units of collateral i that can be taken out with the health factor still at least
// health: amount_i - (health * debt - sum_{j<>i} value_j LT_j) / (LT_i * price_i), what stays rounded up. It is zero if
// the health is below that already, and everything if no debt needs this collateral. Capacity to borrow is not looked
// at. It fails with [ErrIndex], [ErrOverflow] and as [Account.Value] does.
func (a Account) MaxWithdraw(i int, health Ratio) (uint256.Int, error) {
	v, rest, err := a.without(i)
	if err != nil {
		return uint256.Int{}, err
	}
	c := &a.Collaterals[i]
	value, ok, err := c.valueFor(&v, &rest, health)
	if err != nil || !ok {
		return uint256.Int{}, err
	}
	if value.IsZero() {
		return c.Amount, nil
	}
	if c.Price.Mantissa.IsZero() {
		return uint256.Int{}, nil
	}
	stay, err := c.Price.AmountUp(value)
	if err != nil || stay.Gt(&c.Amount) {
		return uint256.Int{}, legError(CollateralSide, i, err)
	}
	stay.Sub(&c.Amount, &stay)
	return stay, nil
}

// Repay returns the fewest base units of debt i that must be repaid for the health factor to be at least health:
// amount_i - (sum(value LT)/health - sum_{j<>i} value_j) / price_i, rounded up; zero if it is there already. It fails
// with [ErrUnreachable] if the other debts alone are too many, with [ErrIndex] and as [Account.Value] does.
func (a Account) Repay(i int, health Ratio) (uint256.Int, error) {
	v, others, err := a.otherDebts(i)
	if err != nil {
		return uint256.Int{}, err
	}
	if v.holds(health) {
		return uint256.Int{}, nil
	}
	var room uint256.Int
	room.Div(&v.Weighted, &uint256.Int{uint64(health)})
	if room.Lt(&others) {
		return uint256.Int{}, ErrUnreachable
	}
	d := &a.Debts[i]
	keep, err := d.amountWithin(&room, &others)
	if err != nil {
		return uint256.Int{}, &LegError{DebtSide, i, err}
	}
	keep.Sub(&d.Amount, &keep)
	return keep, nil
}

// Deleveraging is a repayment out of the account's own collateral.
type Deleveraging struct {
	Repay uint256.Int // base units of the debt
	Sell  uint256.Int // base units of the collateral
}

// Deleverage returns how much of debt j to repay by selling collateral i, losing slippage of its value, for the health
// factor to be at least health: repaid value x = (health*debt - sum(value LT)) / (health - LT_i/(1-slippage)), rounded
// up, and the collateral that pays for it, rounded up. The result reaches health, and a base unit less of the debt does
// not. It is zero if the health is there already. It fails with [ErrUnreachable] if no amount that the collateral can
// pay for is enough, with [ErrRatio] if slippage is one or more, with [ErrIndex], [ErrPrice] if either price is zero,
// and as [Account.Value] does.
func (a Account) Deleverage(i, j int, health, slippage Ratio) (Deleveraging, error) {
	if err := a.index(CollateralSide, i); err != nil {
		return Deleveraging{}, err
	}
	if err := a.index(DebtSide, j); err != nil {
		return Deleveraging{}, err
	}
	if slippage >= One {
		return Deleveraging{}, ErrRatio
	}
	v, err := a.Value()
	if err != nil || v.holds(health) {
		return Deleveraging{}, err
	}
	c, d := a.Collaterals[i], a.Debts[j]
	kept := (One - slippage).wad()
	// The most that the collateral pays for, each step rounded down, so that the way back, rounded up, stays within it.
	most, err := c.Price.Value(c.Amount)
	if err == nil {
		err = fixed.CheckedMulDivDown(&most, &most, &kept, &uint256.Int{wad})
	}
	if err != nil {
		return Deleveraging{}, &LegError{CollateralSide, i, err}
	}
	if most, err = d.Price.Amount(most); err != nil {
		return Deleveraging{}, &LegError{DebtSide, j, err}
	}
	if most.Gt(&d.Amount) {
		most = d.Amount
	}
	after := Account{Collaterals: slices.Clone(a.Collaterals), Debts: slices.Clone(a.Debts)}
	// try reports whether repaying x reaches health, and what is sold for it.
	try := func(x *uint256.Int) (sell uint256.Int, ok bool, err error) {
		value, err := d.Price.ValueUp(*x)
		if err == nil {
			err = fixed.CheckedMulDivUp(&value, &value, &uint256.Int{wad}, &kept)
		}
		if err != nil {
			return sell, false, err
		}
		if sell, err = c.Price.AmountUp(value); err != nil {
			return sell, false, err
		}
		after.Collaterals[i].Amount.Sub(&c.Amount, &sell)
		after.Debts[j].Amount.Sub(&d.Amount, x)
		v, err := after.Value()
		return sell, v.holds(health), err
	}
	sell, ok, err := try(&most)
	if err != nil {
		return Deleveraging{}, err
	}
	if !ok {
		return Deleveraging{}, ErrUnreachable
	}
	// low does not reach health, high does; with high goes what is sold.
	low, high := uint256.Int{}, most
	for {
		var middle uint256.Int
		middle.Sub(&high, &low)
		if middle.LtUint64(2) {
			return Deleveraging{Repay: high, Sell: sell}, nil
		}
		middle.Rsh(&middle, 1)
		middle.Add(&middle, &low)
		sold, ok, err := try(&middle)
		if err != nil {
			return Deleveraging{}, err
		}
		if ok {
			high, sell = middle, sold
		} else {
			low = middle
		}
	}
}

// Leverage returns the most debt value that can be drawn against equity of the given value, everything borrowed being
// added to the collateral, with the health factor at least health: floor(equity * threshold / (health - threshold)).
// The leverage is then (equity + debt) / equity. It fails with [ErrUnbounded] if health is not above threshold, and
// with [ErrOverflow].
func Leverage(equity uint256.Int, threshold, health Ratio) (debt uint256.Int, err error) {
	if health <= threshold {
		return debt, ErrUnbounded
	}
	err = fixed.CheckedMulDivDown(&debt, &equity, &uint256.Int{uint64(threshold)}, &uint256.Int{uint64(health - threshold)})
	return debt, err
}

// without returns the account's valuation, and Weighted without collateral i.
func (a Account) without(i int) (v Valuation, rest uint256.Int, err error) {
	if err := a.index(CollateralSide, i); err != nil {
		return v, rest, err
	}
	if v, err = a.Value(); err != nil {
		return v, rest, err
	}
	one := Account{Collaterals: a.Collaterals[i : i+1]}
	own, err := one.Value()
	rest.Sub(&v.Weighted, &own.Weighted)
	return v, rest, err
}

// valueFor returns the lowest value of the collateral with which the account has the health, given Weighted of the
// others; ok is false if no value has.
func (c *Collateral) valueFor(v *Valuation, rest *uint256.Int, health Ratio) (value uint256.Int, ok bool, err error) {
	var need uint256.Int
	if err := fixed.Mul(&need, &v.Debt, &uint256.Int{uint64(health)}); err != nil {
		return value, false, err
	}
	if !need.Gt(rest) {
		return value, true, nil
	}
	if c.LiquidationThreshold == 0 {
		return value, false, nil
	}
	need.Sub(&need, rest)
	err = fixed.MulDivUp(&value, &need, &uint256.Int{1}, &uint256.Int{uint64(c.LiquidationThreshold)})
	return value, true, err
}

// otherDebts returns the account's valuation, and the value of all debts but i.
func (a Account) otherDebts(i int) (v Valuation, others uint256.Int, err error) {
	if err := a.index(DebtSide, i); err != nil {
		return v, others, err
	}
	if v, err = a.Value(); err != nil {
		return v, others, err
	}
	own, err := a.Debts[i].Price.ValueUp(a.Debts[i].Amount)
	others.Sub(&v.Debt, &own)
	return v, others, err
}

// amountWithin returns the largest amount of the debt's asset that, with others, is worth at most limit; zero if others
// are above it.
func (d *Debt) amountWithin(limit, others *uint256.Int) (amount uint256.Int, err error) {
	return d.Price.Amount(surplus(limit, others))
}

func (a Account) index(side Side, i int) error {
	n := len(a.Collaterals)
	if side == DebtSide {
		n = len(a.Debts)
	}
	if i < 0 || i >= n {
		return &LegError{side, i, ErrIndex}
	}
	return nil
}

// legError returns err as an error of the leg, or nil.
func legError(side Side, i int, err error) error {
	if err == nil {
		return nil
	}
	return &LegError{side, i, err}
}
