package lending

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLadderByHand: 1,000 of collateral (LT 80 %, bonus 25 %), 100 more (LT 50 %, bonus 0), debt 700.
func TestLadderByHand(t *testing.T) {
	price := Price{u(1000), 3}
	a := Account{
		Collaterals: []Collateral{
			{Amount: u(1000), Price: price, LiquidationThreshold: Bps(8000), Bonus: Bps(2500)},
			{Amount: u(100), Price: price, LiquidationThreshold: Bps(5000)},
		},
		Debts: []Debt{{Amount: u(700), Price: price}},
	}
	before := slices.Clone(a.Collaterals)
	ladder, err := a.Ladder(One, Bps(8000), Bps(5000), 0)
	require.NoError(t, err)
	require.Equal(t, before, a.Collaterals, "the account is not changed")
	health := func(wad uint64) Factor { return Factor{Wad: u(wad)} }
	require.Equal(t, []Shock{
		{PriceFactor: One, Health: health(1_214_285_714_285_714_285)}, // 850/700
		// 680/700; the first repays 800/1.25 = 640, the second the remaining 60.
		{Bps(8000), health(971_428_571_428_571_428), true, u(700), u(860), u(0)},
		// 425/700; 400 + 50 repaid with all of 550, 250 left.
		{Bps(5000), health(607_142_857_142_857_142), true, u(450), u(550), u(250)},
		{PriceFactor: 0, Liquidatable: true, BadDebt: u(700)},
	}, ladder)
	_, err = a.Ladder(One, 18e18)
	require.NoError(t, err)
	a.Collaterals[1].Price = Price{maxInt, 77}
	var leg *LegError
	_, err = a.Ladder(2 * One)
	require.ErrorAs(t, err, &leg)
	require.Equal(t, 1, leg.Index)
	require.ErrorIs(t, err, ErrOverflow)
}

// TestLadderModel compares the closing of random accounts with the definition in math/big.
func TestLadderModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	liquidated := 0
	for range 3000 {
		a := drawAccount(rng)
		factor := Ratio(rng.Uint64N(1_500_000_000_000_000_000))
		ladder, err := a.Ladder(factor)
		require.NoError(t, err)
		l := legsOf(a)
		for i := range l.collaterals {
			p := &l.collaterals[i].mantissa
			*p = floorDiv(new(big.Int).Mul(*p, bigRatio(factor)), bigWad)
		}
		m := l.model()
		s := ladder[0]
		require.Equal(t, !m.holds(One), s.Liquidatable)
		repaid, seized, rest := new(big.Int), new(big.Int), new(big.Int)
		if s.Liquidatable {
			liquidated++
			rest.Set(m.debt)
			for i, c := range l.collaterals {
				value := c.worth(floorDiv)
				withBonus := bigRatio(One + a.Collaterals[i].Bonus)
				repays := floorDiv(new(big.Int).Mul(value, bigWad), withBonus)
				if repays.Cmp(rest) >= 0 {
					repays.Set(rest)
					value = floorDiv(new(big.Int).Mul(repays, withBonus), bigWad)
				}
				repaid.Add(repaid, repays)
				seized.Add(seized, value)
				rest.Sub(rest, repays)
			}
		}
		require.Equal(t, []string{repaid.String(), seized.String(), rest.String()}, []string{s.Repaid.Dec(), s.Seized.Dec(), s.BadDebt.Dec()})
	}
	require.Greater(t, liquidated, 1000)
}

func TestLiquidationsAtRisk(t *testing.T) {
	// Price 1, LLTV 80 %, bonus 25 %: limits 80 each at par, 64 at 0.8, 40 at 0.5.
	m := Market{Price: Price{u(1000), 3}, LLTV: Bps(8000), Bonus: Bps(2500)}
	positions := []Position{
		{Collateral: u(100), Debt: u(80)}, {Collateral: u(100), Debt: u(64)}, {Collateral: u(100), Debt: u(30)}, {Collateral: u(100)}, {Debt: u(5)},
	}
	curve, err := m.LiquidationsAtRisk(slices.Values(positions), One, Bps(8000), Bps(5000))
	require.NoError(t, err)
	require.Equal(t, []AtRisk{
		{One, 1, u(5), u(0), u(5)},
		// 80 for 100 of collateral worth 80: it repays 64, 16 are left.
		{Bps(8000), 2, u(85), u(100), u(21)},
		// 80 and 64, both for all: 40 repaid of each.
		{Bps(5000), 3, u(149), u(200), u(5 + 40 + 24)},
	}, curve)

	_, err = m.LiquidationsAtRisk(slices.Values([]Position{{maxInt, u(1)}}), One)
	require.ErrorIs(t, err, ErrOverflow)
	_, err = m.LiquidationsAtRisk(slices.Values([]Position{{u(0), maxInt}, {u(0), u(1)}}), One)
	require.ErrorIs(t, err, ErrOverflow)
	m.Price.Mantissa = maxInt
	_, err = m.LiquidationsAtRisk(slices.Values(positions), 2*One)
	require.ErrorIs(t, err, ErrOverflow)
	m = Market{LLTV: Bps(8000)}
	curve, err = m.LiquidationsAtRisk(slices.Values(positions), One)
	require.NoError(t, err)
	require.Equal(t, []AtRisk{{One, 4, u(179), u(300), u(179)}}, curve, "at a price of zero all debt is bad")
	_, err = m.LiquidationsAtRisk(func(func(Position) bool) {})
	require.NoError(t, err)
}
