package lending

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// The reference model: the definitions in math/big, sharing no code with the package.

var bigWad = new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)

func floorDiv(x, d *big.Int) *big.Int { return new(big.Int).Div(x, d) }

func ceilDiv(x, d *big.Int) *big.Int {
	return new(big.Int).Neg(new(big.Int).Div(new(big.Int).Neg(x), d))
}

func bigRatio(r Ratio) *big.Int { return new(big.Int).SetUint64(uint64(r)) }

// leg is a collateral or a debt in math/big.
type leg struct {
	amount, mantissa, scale *big.Int
	ltv, threshold          *big.Int
}

func legOf(amount uint256.Int, price Price, ltv, threshold Ratio) leg {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(price.Decimals)), nil)
	return leg{amount.ToBig(), price.Mantissa.ToBig(), scale, bigRatio(ltv), bigRatio(threshold)}
}

func (l leg) worth(round func(x, d *big.Int) *big.Int) *big.Int {
	return round(new(big.Int).Mul(l.amount, l.mantissa), l.scale)
}

// legs is an account in math/big; change one of a copy and ask for its model.
type legs struct{ collaterals, debts []leg }

func legsOf(a Account) (l legs) {
	for _, c := range a.Collaterals {
		l.collaterals = append(l.collaterals, legOf(c.Amount, c.Price, c.LTV, c.LiquidationThreshold))
	}
	for _, d := range a.Debts {
		l.debts = append(l.debts, legOf(d.Amount, d.Price, 0, 0))
	}
	return l
}

type model struct{ collateral, debt, weighted, capacity *big.Int }

func modelOf(a Account) model { return legsOf(a).model() }

func (l legs) model() model {
	m := model{new(big.Int), new(big.Int), new(big.Int), new(big.Int)}
	for _, c := range l.collaterals {
		v := c.worth(floorDiv)
		m.collateral.Add(m.collateral, v)
		m.weighted.Add(m.weighted, new(big.Int).Mul(v, c.threshold))
		m.capacity.Add(m.capacity, new(big.Int).Mul(v, c.ltv))
	}
	m.capacity.Div(m.capacity, bigWad)
	for _, d := range l.debts {
		m.debt.Add(m.debt, d.worth(ceilDiv))
	}
	return m
}

// holds reports whether weighted / (debt * 1e18) >= health / 1e18.
func (m model) holds(health Ratio) bool {
	return m.weighted.Cmp(new(big.Int).Mul(m.debt, bigRatio(health))) >= 0
}

// factor is x * 1e18 / d as a Factor's text would hold it.
func (m model) factor(x, d *big.Int, round func(x, d *big.Int) *big.Int) Factor {
	if d.Sign() == 0 {
		return Factor{Infinite: true}
	}
	return Factor{Wad: *uint256.MustFromBig(round(new(big.Int).Mul(x, bigWad), d))}
}

// drawAccount returns an account of one to three collaterals and debts. Its debts are brought near its liquidation
// limit, so that healthy and unhealthy ones are as frequent; tiny amounts, at which rounding decides, are frequent too.
func drawAccount(rng *rand.Rand) Account {
	draw := func(bits int) uint256.Int {
		v := uint256.Int{rng.Uint64(), rng.Uint64()}
		v.Rsh(&v, uint(128-1-rng.IntN(bits)))
		return v
	}
	amountBits := 10 + rng.IntN(70)
	price := func() Price { return Price{draw(60), uint8(rng.IntN(25))} }
	var a Account
	for range 1 + rng.IntN(3) {
		lt := Ratio(rng.Uint64N(1e18 + 1))
		a.Collaterals = append(a.Collaterals, Collateral{
			Amount: draw(amountBits), Price: price(), LiquidationThreshold: lt, LTV: Ratio(rng.Uint64N(uint64(lt) + 1)), Bonus: Ratio(rng.Uint64N(3e17)),
		})
	}
	limit := floorDiv(modelOf(a).weighted, bigWad)
	count := 1 + rng.IntN(3)
	for range count {
		d := Debt{Amount: draw(amountBits), Price: price()}
		share := floorDiv(limit, big.NewInt(int64(count)))
		if d.Price.Mantissa.IsZero() || share.Sign() == 0 || rng.IntN(8) == 0 {
			a.Debts = append(a.Debts, d)
			continue
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Price.Decimals)), nil)
		amount := floorDiv(new(big.Int).Mul(share, scale), d.Price.Mantissa.ToBig())
		amount = floorDiv(new(big.Int).Mul(amount, big.NewInt(970+rng.Int64N(50))), big.NewInt(1000))
		d.Amount = *uint256.MustFromBig(amount)
		a.Debts = append(a.Debts, d)
	}
	return a
}

func TestPublishedHealth(t *testing.T) {
	// 1,000 USDC (94.5 %) and WETH for 2,000 (94 %), all under a base threshold of 94.5 %, against 2,000 borrowed:
	// 1.3348. Source: Macaron, Health Factor, example of a credit account.
	price := Price{u(1), 0}
	v, err := Account{
		Collaterals: []Collateral{
			{Amount: u(1000), Price: price, LiquidationThreshold: 893_025_000_000_000_000},
			{Amount: u(2000), Price: price, LiquidationThreshold: 888_300_000_000_000_000},
		},
		Debts: []Debt{{Amount: u(2000), Price: price}},
	}.Value()
	require.NoError(t, err)
	require.Equal(t, "1.3348125", v.Health().String())
	ltv, err := v.LTV()
	require.NoError(t, err)
	require.Equal(t, "0.666666666666666667", ltv.String())
	ratio, err := v.CollateralRatio()
	require.NoError(t, err)
	require.Equal(t, "1.5", ratio.String())
	require.Equal(t, u(2669), v.Limit())
	require.False(t, v.Liquidatable())
}

func checkValue(t testing.TB, a Account) {
	t.Helper()
	v, err := a.Value()
	m := modelOf(a)
	if err != nil {
		// Only a number beyond 256 bits may stop a well-formed account; the capacity and rounding-up have more to carry
		// than weighted has.
		require.ErrorIs(t, err, ErrOverflow)
		require.Positive(t, m.largest(a).BitLen()-256, "%+v", a)
		return
	}
	require.Equal(t, m.collateral.String(), v.Collateral.Dec())
	require.Equal(t, m.debt.String(), v.Debt.Dec())
	require.Equal(t, m.weighted.String(), v.Weighted.Dec())
	require.Equal(t, m.capacity.String(), v.Capacity.Dec())
	require.Equal(t, m.holds(One), !v.Liquidatable())
	health := v.Health()
	require.Equal(t, m.holds(One), health.Cmp(One) >= 0)
	want := Factor{Infinite: true}
	if m.debt.Sign() > 0 {
		want = Factor{Wad: *uint256.MustFromBig(floorDiv(m.weighted, m.debt))}
	}
	require.Equal(t, want, health)
	if ltv, err := v.LTV(); err == nil {
		want := Factor{}
		if m.debt.Sign() > 0 {
			want = m.factor(m.debt, m.collateral, ceilDiv)
		}
		require.Equal(t, want, ltv)
	}
	if ratio, err := v.CollateralRatio(); err == nil {
		require.Equal(t, m.factor(m.collateral, m.debt, floorDiv), ratio)
	}
	free := new(big.Int).Sub(m.capacity, m.debt)
	if free.Sign() < 0 {
		free.SetInt64(0)
	}
	available := v.Available()
	require.Equal(t, free.String(), available.Dec())
}

// largest is an upper bound of the numbers that valuing the account meets.
func (m model) largest(a Account) *big.Int {
	out := new(big.Int).Set(m.debt)
	more := func(x *big.Int) {
		if x.Cmp(out) > 0 {
			out = x
		}
	}
	more(m.weighted)
	more(m.collateral) // larger where a threshold is zero
	l := legsOf(a)
	for _, c := range l.collaterals {
		more(new(big.Int).Mul(c.amount, c.mantissa))
	}
	for _, d := range l.debts {
		more(new(big.Int).Add(d.scale, new(big.Int).Mul(d.amount, d.mantissa)))
	}
	return out
}

func TestAccountValue(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	healthy := 0
	for range 5000 {
		a := drawAccount(rng)
		checkValue(t, a)
		if modelOf(a).holds(One) {
			healthy++
		}
	}
	require.InDelta(t, 2500, healthy, 1000, "the sample must meet both sides of the edge")
}

func FuzzAccount(f *testing.F) {
	f.Add([]byte{1, 2, 3}, []byte{4}, []byte{5, 6}, []byte{7, 8, 9, 10}, uint8(18), uint8(6), uint64(86e16))
	f.Add(maxInt.Bytes(), []byte{1}, maxInt.Bytes(), []byte{1}, uint8(0), uint8(77), uint64(1))
	f.Fuzz(func(t *testing.T, amount, price, debt, debtPrice []byte, decimals, debtDecimals uint8, threshold uint64) {
		word := func(raw []byte) (v uint256.Int) { v.SetBytes(raw[max(0, len(raw)-32):]); return v }
		a := Account{
			Collaterals: []Collateral{
				{Amount: word(amount), Price: Price{word(price), decimals % 78}, LiquidationThreshold: Ratio(threshold % (1e18 + 1))},
				{Amount: u(1e18), Price: Price{u(3), 1}, LiquidationThreshold: One, LTV: One},
			},
			Debts: []Debt{{Amount: word(debt), Price: Price{word(debtPrice), debtDecimals % 78}}},
		}
		checkValue(t, a)
		checkLimits(t, a, 0, 0, Bps(10500), Bps(50))
	})
}

func TestAccountErrors(t *testing.T) {
	good := Collateral{Amount: u(1), Price: Price{u(1), 0}, LTV: 1, LiquidationThreshold: 2, Bonus: 3}
	with := func(change func(c *Collateral)) Account {
		c := good
		change(&c)
		return Account{Collaterals: []Collateral{good, c}}
	}
	for _, c := range []struct {
		name    string
		account Account
		side    Side
		index   int
		cause   error
	}{
		{"threshold above one", with(func(c *Collateral) { c.LiquidationThreshold = One + 1 }), CollateralSide, 1, ErrRatio},
		{"LTV above threshold", with(func(c *Collateral) { c.LTV = 3 }), CollateralSide, 1, ErrRatio},
		{"bonus above one", with(func(c *Collateral) { c.Bonus = One + 1 }), CollateralSide, 1, ErrRatio},
		{"decimals", with(func(c *Collateral) { c.Price.Decimals = 78 }), CollateralSide, 1, ErrDecimals},
		{"value overflows", with(func(c *Collateral) { c.Amount, c.Price.Mantissa = maxInt, u(2) }), CollateralSide, 1, ErrOverflow},
		{"weighted overflows", with(func(c *Collateral) { c.Amount = maxInt }), CollateralSide, 1, ErrOverflow},
		{"debt overflows", Account{Debts: []Debt{{maxInt, Price{u(1), 0}}, {u(1), Price{u(1), 0}}}}, DebtSide, 1, ErrOverflow},
		{"debt decimals", Account{Debts: []Debt{{u(1), Price{u(1), 255}}}}, DebtSide, 0, ErrDecimals},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.account.Value()
			var leg *LegError
			require.True(t, errors.As(err, &leg))
			require.ErrorIs(t, err, c.cause)
			require.Equal(t, c.side, leg.Side)
			require.Equal(t, c.index, leg.Index)
		})
	}
	v, err := Account{}.Value()
	require.NoError(t, err)
	require.Equal(t, Factor{Infinite: true}, v.Health())
	ltv, err := v.LTV()
	require.NoError(t, err)
	require.Equal(t, Factor{}, ltv)
	v, err = Account{Debts: []Debt{{u(1), Price{u(1), 0}}}}.Value()
	require.NoError(t, err)
	require.Equal(t, Factor{}, v.Health())
	require.True(t, v.Liquidatable())
	ltv, err = v.LTV()
	require.NoError(t, err)
	require.Equal(t, Factor{Infinite: true}, ltv)
}

var benchAccount = Account{
	Collaterals: []Collateral{
		{Amount: n("1200000000000000000000"), Price: Price{u(105_514_847), 18}, LTV: Bps(7000), LiquidationThreshold: Bps(7700)},
		{Amount: n("3000000000000000000"), Price: Price{u(310_012_345_678), 18}, LTV: Bps(8000), LiquidationThreshold: Bps(8250)},
		{Amount: u(150_000_000), Price: Price{u(9_712_345_678_901), 8}, LTV: Bps(7300), LiquidationThreshold: Bps(7800)},
	},
	Debts: []Debt{
		{Amount: u(90_000_000_000), Price: Price{u(99_990_000), 6}},
		{Amount: n("5000000000000000000000"), Price: Price{u(100_010_000), 18}},
	},
}

func TestAccountAllocations(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(100, func() {
		v, err := benchAccount.Value()
		if f := v.Health(); err != nil || f.Infinite {
			t.Fatal(err)
		}
	}))
}

func BenchmarkAccountHealth5Legs(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		v, err := benchAccount.Value()
		if f := v.Health(); err != nil || f.Infinite {
			b.Fatal(err)
		}
	}
}
