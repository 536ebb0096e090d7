package lending

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func one() *big.Int { return big.NewInt(1) }

// checkLimits asserts of every limit that the reference model holds it at the answer and not one unit beyond, and of
// every refusal that it is due. It returns how many limits had an answer.
func checkLimits(t testing.TB, a Account, i, j int, health, slippage Ratio) (answers int) {
	t.Helper()
	if _, err := a.Value(); err != nil {
		return 0
	}
	m := modelOf(a)
	changed := func(change func(c, d *leg)) model {
		l := legsOf(a)
		change(&l.collaterals[i], &l.debts[j])
		return l.model()
	}
	c, d := legsOf(a).collaterals[i], legsOf(a).debts[j]
	below := func(x *big.Int) *big.Int { return new(big.Int).Sub(x, one()) }
	above := func(x *big.Int) *big.Int { return new(big.Int).Add(x, one()) }
	// A price this high stands for infinity: any held, counted amount is worth more than all debts.
	infinity := new(big.Int).Lsh(one(), 1200)

	atPrice := func(mantissa *big.Int) model { return changed(func(c, _ *leg) { c.mantissa = mantissa }) }
	if p, err := a.CollateralLiquidationPrice(i); err == nil {
		answers++
		switch p.Reach {
		case Never:
			require.True(t, atPrice(new(big.Int)).holds(One))
		case Always:
			require.False(t, atPrice(infinity).holds(One))
		default:
			require.True(t, atPrice(p.Price.Mantissa.ToBig()).holds(One))
			require.False(t, atPrice(below(p.Price.Mantissa.ToBig())).holds(One))
			require.Equal(t, a.Collaterals[i].Price.Decimals, p.Price.Decimals)
		}
	} else {
		require.ErrorIs(t, err, ErrOverflow)
	}

	atDebtPrice := func(mantissa *big.Int) model { return changed(func(_, d *leg) { d.mantissa = mantissa }) }
	if p, err := a.DebtLiquidationPrice(j); err == nil {
		answers++
		switch p.Reach {
		case Never:
			require.True(t, atDebtPrice(infinity).holds(One))
		case Always:
			require.False(t, atDebtPrice(new(big.Int)).holds(One))
		default:
			require.True(t, atDebtPrice(p.Price.Mantissa.ToBig()).holds(One))
			require.False(t, atDebtPrice(above(p.Price.Mantissa.ToBig())).holds(One))
		}
	} else {
		require.ErrorIs(t, err, ErrOverflow)
	}

	fallen := func(fall Ratio) model {
		l := legsOf(a)
		for k := range l.collaterals {
			p := &l.collaterals[k].mantissa
			*p = floorDiv(new(big.Int).Mul(*p, bigRatio(One-fall)), bigWad)
		}
		return l.model()
	}
	if distance, err := a.Distance(); err == nil {
		answers++
		require.True(t, fallen(distance).holds(One))
		require.True(t, distance == One || !fallen(distance+1).holds(One))
	} else if !m.holds(One) {
		require.ErrorIs(t, err, ErrLiquidatable)
	} else {
		require.ErrorIs(t, err, ErrOverflow)
	}

	if more, err := a.MaxBorrow(j); err == nil {
		answers++
		within := func(extra *big.Int) bool {
			after := changed(func(_, d *leg) { d.amount = extra.Add(extra, d.amount) })
			return after.debt.Cmp(after.capacity) <= 0
		}
		require.True(t, more.IsZero() || within(more.ToBig()))
		require.False(t, within(above(more.ToBig())))
	} else if d.mantissa.Sign() == 0 {
		require.ErrorIs(t, err, ErrPrice)
	} else {
		require.ErrorIs(t, err, ErrOverflow)
	}

	if less, err := a.MaxWithdraw(i, health); err == nil {
		answers++
		stays := func(taken *big.Int) bool {
			return changed(func(c, _ *leg) { c.amount = new(big.Int).Sub(c.amount, taken) }).holds(health)
		}
		taken := less.ToBig()
		require.True(t, taken.Sign() == 0 || stays(taken))
		require.True(t, taken.Cmp(c.amount) == 0 || !stays(above(taken)))
	} else {
		require.ErrorIs(t, err, ErrOverflow)
	}

	repaid := func(x *big.Int) model { return changed(func(_, d *leg) { d.amount = new(big.Int).Sub(d.amount, x) }) }
	if x, err := a.Repay(j, health); err == nil {
		answers++
		require.True(t, repaid(x.ToBig()).holds(health))
		require.True(t, x.IsZero() || !repaid(below(x.ToBig())).holds(health))
	} else if !errors.Is(err, ErrOverflow) {
		require.ErrorIs(t, err, ErrUnreachable)
		require.False(t, repaid(d.amount).holds(health))
	}

	// sold is what pays for x after slippage, by the definition.
	sold := func(x *big.Int) *big.Int {
		value := ceilDiv(new(big.Int).Mul(leg{amount: x, mantissa: d.mantissa, scale: d.scale}.worth(ceilDiv), bigWad), bigRatio(One-slippage))
		return ceilDiv(value.Mul(value, c.scale), c.mantissa)
	}
	delevered := func(x *big.Int) model {
		return changed(func(c, d *leg) {
			c.amount = new(big.Int).Sub(c.amount, sold(x))
			d.amount = new(big.Int).Sub(d.amount, x)
		})
	}
	x, err := a.Deleverage(i, j, health, slippage)
	switch {
	case err == nil && x.Repay.IsZero():
		answers++
		require.True(t, m.holds(health))
	case err == nil:
		answers++
		require.Equal(t, sold(x.Repay.ToBig()).String(), x.Sell.Dec())
		require.LessOrEqual(t, x.Sell.ToBig().Cmp(c.amount), 0)
		require.True(t, delevered(x.Repay.ToBig()).holds(health))
		require.False(t, delevered(below(x.Repay.ToBig())).holds(health))
	case errors.Is(err, ErrUnreachable) && c.mantissa.Sign() > 0:
		// The most that the collateral pays for, found by its definition, is not enough.
		low, high := new(big.Int), new(big.Int).Set(d.amount)
		for low.Cmp(high) < 0 {
			middle := new(big.Int).Add(low, high)
			middle.Rsh(middle.Add(middle, one()), 1)
			if sold(middle).Cmp(c.amount) > 0 {
				high = below(middle)
			} else {
				low = middle
			}
		}
		require.False(t, delevered(low).holds(health))
	case !errors.Is(err, ErrOverflow):
		require.ErrorIs(t, err, ErrPrice)
		require.True(t, c.mantissa.Sign() == 0 || d.mantissa.Sign() == 0)
	}
	return answers
}

func TestLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	answers := 0
	for range 4000 {
		a := drawAccount(rng)
		answers += checkLimits(t, a, rng.IntN(len(a.Collaterals)), rng.IntN(len(a.Debts)), One+Ratio(rng.Uint64N(3e17)), Ratio(rng.Uint64N(1e17)))
	}
	require.Greater(t, answers, 20_000, "most limits must have an answer")
}

// TestLimitsByHand has two collaterals worth 1,000 (LT 80 %, LTV 75 %) and 500 (LT 60 %, LTV 50 %) against a debt of
// 900.
func TestLimitsByHand(t *testing.T) {
	price := Price{u(100), 2}
	a := Account{
		Collaterals: []Collateral{
			{Amount: u(1000), Price: price, LTV: Bps(7500), LiquidationThreshold: Bps(8000)},
			{Amount: u(500), Price: price, LTV: Bps(5000), LiquidationThreshold: Bps(6000)},
		},
		Debts: []Debt{{Amount: u(900), Price: price}},
	}
	v, err := a.Value()
	require.NoError(t, err)
	// (800 + 300) / 900
	require.Equal(t, "1.222222222222222222", v.Health().String())
	p, err := a.CollateralLiquidationPrice(0)
	require.NoError(t, err)
	require.Equal(t, LiquidationPrice{Price: Price{u(75), 2}}, p) // (900 - 300) / (1000 * 0.8)
	p, err = a.CollateralLiquidationPrice(1)
	require.NoError(t, err)
	require.Equal(t, LiquidationPrice{Price: Price{u(34), 2}}, p) // 100 / 300 = 0.3333 and 167 is the least value of 60 % that carries 100
	p, err = a.DebtLiquidationPrice(0)
	require.NoError(t, err)
	require.Equal(t, LiquidationPrice{Price: Price{u(122), 2}}, p) // 1100 / 900
	more, err := a.MaxBorrow(0)
	require.NoError(t, err)
	require.Equal(t, u(100), more) // 750 + 250 - 900
	less, err := a.MaxWithdraw(0, One)
	require.NoError(t, err)
	require.Equal(t, u(250), less) // 1000 - (900 - 300)/0.8
	x, err := a.Repay(0, Bps(12500))
	require.NoError(t, err)
	require.Equal(t, u(20), x) // 900 - 1100/1.25
	// x = (1.25*900 - 1100)/(1.25 - 0.8) = 55.6, and the same is sold.
	sale, err := a.Deleverage(0, 0, Bps(12500), 0)
	require.NoError(t, err)
	require.Equal(t, Deleveraging{Repay: u(56), Sell: u(56)}, sale)

	// A third collateral that carries the debt alone makes the first harmless.
	a.Collaterals = append(a.Collaterals, Collateral{Amount: u(2000), Price: price, LiquidationThreshold: Bps(5000)})
	p, err = a.CollateralLiquidationPrice(0)
	require.NoError(t, err)
	require.Equal(t, LiquidationPrice{Reach: Never}, p)
	require.Equal(t, "cannot be liquidated by this asset alone", p.Reach.String())

	debt, err := Leverage(u(1000), Bps(8000), Bps(10500))
	require.NoError(t, err)
	require.Equal(t, u(3200), debt) // 4,200 * 0.8 / 3,200 = 1.05
	_, err = Leverage(u(1000), Bps(8000), Bps(8000))
	require.ErrorIs(t, err, ErrUnbounded)
}

func TestLimitErrors(t *testing.T) {
	a := Account{
		Collaterals: []Collateral{{Amount: u(100), Price: Price{u(1), 0}, LTV: Bps(5000), LiquidationThreshold: Bps(8000)}},
		Debts:       []Debt{{Amount: u(90), Price: Price{u(1), 0}}, {Amount: u(1), Price: Price{}}},
	}
	for _, err := range []error{
		second(a.CollateralLiquidationPrice(1)), second(a.CollateralLiquidationPrice(-1)), second(a.DebtLiquidationPrice(2)),
		second(a.MaxBorrow(2)), second(a.MaxWithdraw(1, One)), second(a.Repay(-1, One)), second(a.Deleverage(1, 0, One, 0)), second(a.Deleverage(0, 2, One, 0)),
	} {
		require.ErrorIs(t, err, ErrIndex)
	}
	require.ErrorIs(t, second(a.Distance()), ErrLiquidatable)
	require.ErrorIs(t, second(a.MaxBorrow(1)), ErrPrice)
	var leg *LegError
	require.ErrorAs(t, second(a.MaxBorrow(1)), &leg)
	require.Equal(t, LegError{DebtSide, 1, ErrPrice}, *leg)
	require.Equal(t, "debt 1: lending: the price is zero; wait for a valid price", leg.Error())
	require.ErrorIs(t, second(a.Repay(1, One)), ErrUnreachable)
	require.ErrorIs(t, second(a.Deleverage(0, 1, One, 0)), ErrPrice)
	require.ErrorIs(t, second(a.Deleverage(0, 0, One, One)), ErrRatio)
	// The sale may cost at most what the collateral has: 90 of debt and 100 of collateral, of which half is lost.
	require.ErrorIs(t, second(a.Deleverage(0, 0, One, Bps(5000))), ErrUnreachable)
	// A wanted health below what is held asks for nothing.
	x, err := a.Deleverage(0, 0, Bps(5000), 0)
	require.NoError(t, err)
	require.Equal(t, Deleveraging{}, x)
}

func second[T any](_ T, err error) error { return err }
