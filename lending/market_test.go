package lending

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// TestIncentiveTable is the table of Morpho's enabled LLTVs: incentive factor to the last digit, the LTV above which a
// full seizure leaves bad debt, and the largest step.
func TestIncentiveTable(t *testing.T) {
	for _, row := range []struct {
		lltv    Ratio
		factor  Ratio
		badDebt string // 1/factor in percent, two decimals
		step    string // percent, one decimal
	}{
		{Bps(3850), 1_150_000_000_000_000_000, "86.96", "55.7"},
		{Bps(6250), 1_126_760_563_380_281_690, "88.75", "29.6"},
		{Bps(7700), 1_074_113_856_068_743_286, "93.10", "17.3"},
		{Bps(8600), 1_043_841_336_116_910_229, "95.80", "10.2"},
		{Bps(9150), 1_026_167_265_264_238_070, "97.45", "6.1"},
		{Bps(9450), 1_016_776_817_488_561_260, "98.35", "3.9"},
		{Bps(9650), 1_010_611_419_909_044_972, "98.95", "2.5"},
		{Bps(9800), 1_006_036_217_303_822_937, "99.40", "1.4"},
	} {
		factor, err := MorphoIncentive(row.lltv)
		require.NoError(t, err)
		require.Equal(t, row.factor, factor, "%s", row.lltv)
		step, err := LargestStep(row.lltv, factor-One)
		require.NoError(t, err)
		require.Equal(t, row.step, strconv.FormatFloat(step.Float64()*100, 'f', 1, 64), "%s", row.lltv)
		v, err := LiquidationViable(factor-One, 0, NAV{u(1), u(1)}, Exit{})
		require.NoError(t, err)
		require.Equal(t, row.badDebt, strconv.FormatFloat(100-v.BreakEven.Float64()*100, 'f', 2, 64), "%s", row.lltv)
	}
	for lltv, want := range map[Ratio]Ratio{0: 1_150_000_000_000_000_000, One: One} {
		factor, err := MorphoIncentive(lltv)
		require.NoError(t, err)
		require.Equal(t, want, factor)
	}
	_, err := MorphoIncentive(One + 1)
	require.ErrorIs(t, err, ErrRatio)
	_, err = LargestStep(One+1, 0)
	require.ErrorIs(t, err, ErrRatio)
	_, err = LargestStep(0, One+1)
	require.ErrorIs(t, err, ErrRatio)
	step, err := LargestStep(Bps(9900), Bps(200))
	require.NoError(t, err)
	require.Zero(t, step)
}

// TestLargestStepIsTheEdge puts a large position at its limit and moves the price by the step, and by a little more.
func TestLargestStepIsTheEdge(t *testing.T) {
	for _, lltv := range []Ratio{Bps(3850), Bps(7700), Bps(8600), Bps(9450), Bps(9800)} {
		factor, err := MorphoIncentive(lltv)
		require.NoError(t, err)
		m := Market{Price: Price{n("1000000000000000000000000000000000000"), 36}, LLTV: lltv, Bonus: factor - One}
		p := Position{Collateral: n("1000000000000000000000000000000")}
		p.Debt, err = m.Limit(p)
		require.NoError(t, err)
		step, err := LargestStep(lltv, m.Bonus)
		require.NoError(t, err)
		for _, more := range []Ratio{0, 1e6} {
			moved := m
			moved.Price, err = m.Price.Times(One - step - more)
			require.NoError(t, err)
			liquidatable, err := moved.Liquidatable(p)
			require.NoError(t, err)
			require.True(t, liquidatable)
			l, err := moved.Liquidate(p, p.Debt)
			require.NoError(t, err)
			require.Equal(t, more > 0, !l.BadDebt.IsZero(), "%s, step %s + %d", lltv, step, more)
		}
	}
}

func drawMarket(rng *rand.Rand) (Market, Position) {
	draw := func(bits int) uint256.Int {
		v := uint256.Int{rng.Uint64(), rng.Uint64()}
		v.Rsh(&v, uint(128-1-rng.IntN(bits)))
		return v
	}
	m := Market{Price: Price{draw(80), uint8(rng.IntN(37))}, LLTV: Ratio(rng.Uint64N(1e18 + 1)), Bonus: Ratio(rng.Uint64N(2e17))}
	p := Position{Collateral: draw(90)}
	value := legOf(p.Collateral, m.Price, 0, 0).worth(floorDiv)
	limit := floorDiv(value.Mul(value, bigRatio(m.LLTV)), bigWad)
	// Around the limit to the unit, or at 50 % to 150 % of it.
	if rng.IntN(2) == 0 {
		limit.Add(limit, big.NewInt(int64(rng.IntN(5))-2))
	} else {
		limit = floorDiv(limit.Mul(limit, big.NewInt(500+rng.Int64N(1000))), big.NewInt(1000))
	}
	if limit.Sign() > 0 {
		p.Debt = *uint256.MustFromBig(limit)
	}
	return m, p
}

// checkMarket compares the market's rule with the definition and with the account's, and a liquidation with the
// contract's steps.
func checkMarket(t testing.TB, m Market, p Position, repay uint256.Int) {
	t.Helper()
	scale := legOf(p.Collateral, m.Price, 0, 0).scale
	price := m.Price.Mantissa.ToBig()
	collateral, debt := p.Collateral.ToBig(), p.Debt.ToBig()
	value := floorDiv(new(big.Int).Mul(collateral, price), scale)
	limit := floorDiv(new(big.Int).Mul(value, bigRatio(m.LLTV)), bigWad)

	got, err := m.Limit(p)
	if err != nil {
		require.ErrorIs(t, err, ErrOverflow)
		product := new(big.Int).Mul(collateral, price)
		require.True(t, product.BitLen() > 256 || value.Mul(value, bigRatio(m.LLTV)).BitLen() > 256)
		return
	}
	require.Equal(t, limit.String(), got.Dec())
	liquidatable, err := m.Liquidatable(p)
	require.NoError(t, err)
	require.Equal(t, debt.Cmp(limit) > 0, liquidatable)
	health, err := m.Health(p)
	require.NoError(t, err)
	require.Equal(t, liquidatable, health.Cmp(One) < 0)
	if v, err := m.Account(p).Value(); err == nil {
		require.Equal(t, health, v.Health())
		require.Equal(t, liquidatable, v.Liquidatable())
	}

	l, err := m.Liquidate(p, repay)
	if err != nil {
		require.ErrorIs(t, err, ErrOverflow)
		return
	}
	factor := bigRatio(One + m.Bonus)
	repaid, seized := repay.ToBig(), new(big.Int).Set(collateral)
	if repaid.Cmp(debt) > 0 {
		repaid.Set(debt)
	}
	if price.Sign() > 0 {
		seized = floorDiv(new(big.Int).Mul(floorDiv(new(big.Int).Mul(repaid, factor), bigWad), scale), price)
	} else if repaid.Sign() == 0 {
		seized.SetInt64(0)
	}
	if seized.Cmp(collateral) > 0 || price.Sign() == 0 {
		if repaid.Sign() > 0 {
			seized.Set(collateral)
		}
		quoted := ceilDiv(new(big.Int).Mul(collateral, price), scale)
		full := ceilDiv(quoted.Mul(quoted, bigWad), factor)
		require.LessOrEqual(t, full.Cmp(repaid), 0, "seizing all must not ask for more than was offered")
		repaid = full
	}
	bad := new(big.Int)
	if seized.Cmp(collateral) == 0 {
		bad.Sub(debt, repaid)
	}
	require.Equal(t, repaid.String(), l.Repaid.Dec())
	require.Equal(t, seized.String(), l.Seized.Dec())
	require.Equal(t, bad.String(), l.BadDebt.Dec())
}

func TestMarket(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 20_000 {
		m, p := drawMarket(rng)
		repay := p.Debt
		if rng.IntN(2) == 0 {
			repay.Rsh(&repay, uint(rng.IntN(20)))
		}
		checkMarket(t, m, p, repay)
	}
}

func FuzzMarket(f *testing.F) {
	f.Add([]byte{1, 0, 0}, []byte{1, 0}, []byte{3}, []byte{200}, uint8(1), uint64(86e16), uint64(4e16))
	f.Add(maxInt.Bytes(), maxInt.Bytes(), []byte{1}, maxInt.Bytes(), uint8(77), uint64(1), uint64(0))
	f.Fuzz(func(t *testing.T, collateral, debt, price, repay []byte, decimals uint8, lltv, bonus uint64) {
		word := func(raw []byte) (v uint256.Int) { v.SetBytes(raw[max(0, len(raw)-32):]); return v }
		m := Market{Price{word(price), decimals % 78}, Ratio(lltv % (1e18 + 1)), Ratio(bonus % (1e18 + 1))}
		checkMarket(t, m, Position{word(collateral), word(debt)}, word(repay))
	})
}

func TestMarketErrors(t *testing.T) {
	p := Position{Collateral: u(1), Debt: u(1)}
	for _, c := range []struct {
		market Market
		cause  error
	}{
		{Market{Price: Price{u(1), 0}, LLTV: One + 1}, ErrRatio},
		{Market{Price: Price{u(1), 0}, Bonus: One + 1}, ErrRatio},
		{Market{Price: Price{u(1), 78}}, ErrDecimals},
	} {
		_, err := c.market.Limit(p)
		require.ErrorIs(t, err, c.cause)
		_, err = c.market.Health(p)
		require.ErrorIs(t, err, c.cause)
		_, err = c.market.Liquidate(p, p.Debt)
		require.ErrorIs(t, err, c.cause)
	}
	health, err := Market{Price: Price{u(1), 0}}.Health(Position{Collateral: u(1)})
	require.NoError(t, err)
	require.True(t, health.Infinite)
}

func TestMarketAllocations(t *testing.T) {
	m, p := benchMarket()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		f, err := m.Health(p)
		l, err2 := m.Liquidate(p, p.Debt)
		if err != nil || err2 != nil || f.Infinite || l.Seized.IsZero() {
			t.Fatal(err, err2)
		}
	}))
}

func benchMarket() (Market, Position) {
	return Market{Price: Price{n("1055148472560343600000000"), 36}, LLTV: Bps(8600), Bonus: 43_841_336_116_910_229},
		Position{Collateral: n("2500000000000000000000"), Debt: u(2_301_000_000)}
}

func BenchmarkMarketHealth(b *testing.B) {
	m, p := benchMarket()
	b.ReportAllocs()
	for b.Loop() {
		if f, err := m.Health(p); err != nil || f.Infinite {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarketLiquidate(b *testing.B) {
	m, p := benchMarket()
	b.ReportAllocs()
	for b.Loop() {
		if l, err := m.Liquidate(p, p.Debt); err != nil || l.Seized.IsZero() {
			b.Fatal(err)
		}
	}
}
