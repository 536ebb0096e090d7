package strategy

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/stretchr/testify/require"
)

func rats(values ...float64) []*big.Rat {
	var all []*big.Rat
	for _, v := range values {
		all = append(all, new(big.Rat).SetFloat64(v))
	}
	return all
}

func TestMaximise(t *testing.T) {
	for _, c := range []struct {
		name          string
		gains         []float64
		rows          [][]float64
		limits        []float64
		x, price      []float64
		value         float64
		wantUnbounded bool
	}{
		// Textbook: Hillier and Lieberman, Wyndor Glass: Z = 36 at (2, 6), shadow prices 0, 3/2, 1.
		{name: "Wyndor Glass", gains: []float64{3, 5}, rows: [][]float64{{1, 0}, {0, 2}, {3, 2}}, limits: []float64{4, 12, 18}, x: []float64{2, 6}, price: []float64{0, 1.5, 1}, value: 36},
		// Textbook: Chvatal, Linear Programming, chapter 2: 13 at (2, 0, 1).
		{name: "Chvatal", gains: []float64{5, 4, 3}, rows: [][]float64{{2, 3, 1}, {4, 1, 2}, {3, 4, 2}}, limits: []float64{5, 11, 8}, x: []float64{2, 0, 1}, price: []float64{1, 0, 1}, value: 13},
		// Beale's example cycles under the largest-coefficient rule: 1/20 at (1/25, 0, 1, 0). Scaled to whole numbers.
		{name: "Beale", gains: []float64{75, -15000, 2, -600}, rows: [][]float64{{25, -6000, -4, 900}, {50, -9000, -2, 300}, {0, 0, 1, 0}}, limits: []float64{0, 0, 1}, x: []float64{0.04, 0, 1, 0}, value: 5},
		{name: "nothing to gain", gains: []float64{-1, 0}, rows: [][]float64{{1, 1}}, limits: []float64{1}, x: []float64{0, 0}, price: []float64{0}},
		{name: "nothing at all"},
		{name: "no limit", gains: []float64{1}, wantUnbounded: true},
		{name: "limit on another", gains: []float64{0, 1}, rows: [][]float64{{1, 0}}, limits: []float64{1}, wantUnbounded: true},
		{name: "NaN", gains: []float64{math.NaN()}, wantUnbounded: true},
	} {
		x, price, err := maximise(c.gains, c.rows, c.limits)
		if c.wantUnbounded {
			require.ErrorIs(t, err, ErrInput, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		value := new(big.Rat)
		for i, gain := range rats(c.gains...) {
			value.Add(value, gain.Mul(gain, x[i]))
			f, _ := x[i].Float64()
			require.Equal(t, c.x[i], f, c.name)
		}
		f, _ := value.Float64()
		require.Equal(t, c.value, f, c.name)
		for i := range c.price {
			f, _ := price[i].Float64()
			require.Equal(t, c.price[i], f, c.name)
		}
	}
}

// brute returns the largest gain over all corners: each choice of n of the constraints, x >= 0 included, as equations.
func brute(gains []float64, rows [][]float64, limits []float64) *big.Rat {
	n, m := len(gains), len(rows)
	line := func(k int) ([]*big.Rat, *big.Rat) {
		if k < m {
			return rats(rows[k]...), new(big.Rat).SetFloat64(limits[k])
		}
		unit := make([]float64, n)
		unit[k-m] = 1
		return rats(unit...), new(big.Rat)
	}
	best := new(big.Rat) // of x = 0
	chosen := make([]int, n)
	var try func(at, from int)
	try = func(at, from int) {
		if at == n {
			if x := corner(chosen, line); x != nil && feasible(x, rows, limits) {
				value := new(big.Rat)
				for i, gain := range rats(gains...) {
					value.Add(value, gain.Mul(gain, x[i]))
				}
				if value.Cmp(best) > 0 {
					best = value
				}
			}
			return
		}
		for k := from; k < m+n; k++ {
			chosen[at] = k
			try(at+1, k+1)
		}
	}
	try(0, 0)
	return best
}

// corner solves the chosen equations by elimination; nil if they have not one solution.
func corner(chosen []int, line func(int) ([]*big.Rat, *big.Rat)) []*big.Rat {
	n := len(chosen)
	a := make([][]*big.Rat, n)
	for i, k := range chosen {
		row, limit := line(k)
		a[i] = append(row, limit)
	}
	for col := range n {
		pivot := col
		for pivot < n && a[pivot][col].Sign() == 0 {
			pivot++
		}
		if pivot == n {
			return nil
		}
		a[col], a[pivot] = a[pivot], a[col]
		for i := range n {
			if i == col || a[i][col].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Quo(a[i][col], a[col][col])
			for j := range n + 1 {
				a[i][j] = new(big.Rat).Sub(a[i][j], new(big.Rat).Mul(f, a[col][j]))
			}
		}
	}
	x := make([]*big.Rat, n)
	for i := range n {
		x[i] = new(big.Rat).Quo(a[i][n], a[i][i])
	}
	return x
}

func feasible(x []*big.Rat, rows [][]float64, limits []float64) bool {
	for _, v := range x {
		if v.Sign() < 0 {
			return false
		}
	}
	for i, row := range rows {
		sum := new(big.Rat)
		for j, a := range rats(row...) {
			sum.Add(sum, a.Mul(a, x[j]))
		}
		if sum.Cmp(new(big.Rat).SetFloat64(limits[i])) > 0 {
			return false
		}
	}
	return true
}

// The simplex method finds the best corner, exactly, and its prices prove it: the limits at their prices are worth the gain.
func TestMaximiseAgainstBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		n, m := 1+random.IntN(4), 1+random.IntN(5)
		gains, limits := make([]float64, n), make([]float64, m+1)
		rows := make([][]float64, m+1)
		for i := range gains {
			gains[i] = math.Round(random.NormFloat64()*8) / 8
		}
		for i := range rows {
			rows[i] = make([]float64, n)
			for j := range rows[i] {
				if rows[i][j] = math.Round(random.NormFloat64()*4) / 4; i == m {
					rows[i][j] = 1 // the whole is limited
				}
			}
			limits[i] = float64(random.IntN(5)) / 4 // often 0: degenerate
		}
		x, prices, err := maximise(gains, rows, limits)
		require.NoError(t, err)
		require.True(t, feasible(x, rows, limits))
		value, worth := new(big.Rat), new(big.Rat)
		for i, gain := range rats(gains...) {
			value.Add(value, gain.Mul(gain, x[i]))
		}
		for i, limit := range rats(limits...) {
			require.GreaterOrEqual(t, prices[i].Sign(), 0)
			worth.Add(worth, limit.Mul(limit, prices[i]))
		}
		require.Zero(t, value.Cmp(brute(gains, rows, limits)), "%v %v %v", gains, rows, limits)
		require.Zero(t, value.Cmp(worth), "duality")
	}
}

// fixed is a strategy with results that are given.
type fixed struct {
	name     string
	gain     float64
	loss     float64 // in the only shock
	leverage float64
	exit     time.Duration
	venue    string
}

func (f fixed) String() string { return f.name }

func (f fixed) Project(r Run) (Path, error) {
	p := Path{Asset: SAID, Venue: f.venue, Leverage: f.leverage, Left: r.End.Add(-f.exit), Done: r.End, Capacity: math.Inf(1), Final: r.Amount * (1 + f.gain)}
	if r.Scenario.Name == "shock" {
		p.Final = r.Amount * (1 - f.loss)
	}
	p.Parts = []Part{{"all", p.Final - r.Amount, "given"}}
	p.Worth = []Worth{{r.Start, r.Amount}, {r.End, p.Final}}
	return r.finish(p, 0), nil
}

type monthly struct{}

func (monthly) Settlement(t time.Time) time.Time { return t.Add(30 * yield.Day) }

func compared(t *testing.T, strategies ...Strategy) Comparison {
	nav := yield.NAV{}
	nav.Deposit.SetUint64(1e18)
	nav.Unstaking.SetUint64(1e18)
	series, err := yield.NewSeries([]yield.Sample{{Time: time.Unix(1.7e9, 0), NAV: nav}})
	require.NoError(t, err)
	expected := Scenario{Scenario: yield.Scenario{Name: "expected", Rate: 0}}
	shock := expected
	shock.Name = "shock"
	c, err := Compare(Ask{Amount: 1000, Horizon: 365 * yield.Day, Expected: &expected, Shocks: []Scenario{shock}}, Market{NAV: series, Exit: monthly{}}, strategies...)
	require.NoError(t, err)
	require.Empty(t, c.LeftOut)
	return c
}

// Two strategies, by hand: the loop earns 20 % and can lose 40 %, the stake earns 8 % and can lose 5 %.
func TestAllocate(t *testing.T) {
	stake := fixed{"stake", 0.08, 0.05, 1, 45 * yield.Day, ""}
	loop := fixed{"loop", 0.20, 0.40, 3, 0, "Morpho"}
	c := compared(t, Hold{}, stake, loop)

	weights := func(a Allocation) map[string]float64 {
		w := map[string]float64{}
		for _, share := range a.Mix {
			w[share.Strategy.String()] = share.Weight
		}
		return w
	}
	a, err := Allocate(c, NoCaps())
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"loop": 1}, weights(a))
	require.InDelta(t, 200, a.Profit, 1e-9)
	require.InDelta(t, 0.20, a.NetOfExit.Value, 1e-12)
	require.InDelta(t, 0.40, a.MaxLoss, 1e-12)
	require.Equal(t, "shock", a.WorstIn)
	require.Equal(t, 3.0, a.Leverage)
	require.Zero(t, a.Held)

	// At most 12 % lost, all invested: w*0.4 + (1-w)*0.05 = 0.12 at w = 0.2. A point more of loss moves 1/0.35 into the loop.
	caps := NoCaps()
	caps.MaxLoss = 0.12
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.InDelta(t, 0.2, weights(a)["loop"], 1e-12)
	require.InDelta(t, 0.8, weights(a)["stake"], 1e-12)
	require.InDelta(t, 0.12, a.MaxLoss, 1e-12)
	require.InDelta(t, 0.2*200+0.8*80, a.Profit, 1e-9)
	require.Equal(t, 45*yield.Day, a.Slowest)
	prices := map[string]float64{}
	for _, b := range a.Binding {
		prices[b.Cap] = b.Price
	}
	require.InDelta(t, 0.12/0.35, prices["loss in shock"], 1e-12)
	require.Len(t, prices, 2)

	// A loss of at most 2 %: per unit of loss the stake earns 1.6, the loop 0.5. 40 % staked, the rest held.
	caps.MaxLoss = 0.02
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.InDelta(t, 0.4, weights(a)["stake"], 1e-12)
	require.InDelta(t, 0.6, a.Held, 1e-12)

	// Leverage of 2 is half a loop of 3; at most 30 % may be slow; at most 25 % at Morpho; at most a tenth in one strategy.
	caps = NoCaps()
	caps.Leverage = 2
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"loop": 0.5, "stake": 0.5}, weights(a))
	caps.ExitTime, caps.Slow = 7*yield.Day, 0.3
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.InDelta(t, 0.3, weights(a)["stake"], 1e-15)
	require.InDelta(t, 0.2, a.Held, 1e-12)
	caps.Venue = 0.25
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.InDelta(t, 0.25, weights(a)["loop"], 1e-15)
	caps.Strategy = 0.1
	a, err = Allocate(c, caps)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"loop": 0.1, "stake": 0.1}, weights(a))

	// The zero value allows what loses nothing and can leave at once.
	a, err = Allocate(c, Caps{})
	require.NoError(t, err)
	require.Empty(t, a.Mix)
	require.Equal(t, 1.0, a.Held)
	require.Zero(t, a.Profit)

	for name, change := range map[string]func(*Caps){
		"loss": func(c *Caps) { c.MaxLoss = -0.1 }, "slow": func(c *Caps) { c.Slow = 2 }, "venue": func(c *Caps) { c.Venue = math.NaN() },
		"leverage": func(c *Caps) { c.Leverage = 0.5 }, "NaN leverage": func(c *Caps) { c.Leverage = math.NaN() }, "exit": func(c *Caps) { c.ExitTime = -1 },
	} {
		caps := NoCaps()
		change(&caps)
		_, err := Allocate(c, caps)
		require.ErrorIs(t, err, ErrInput, name)
	}
	_, err = Allocate(Comparison{}, NoCaps())
	require.ErrorIs(t, err, ErrInput)
}

// Mixes can be compared and allocated like any other strategy.
func TestAllocateMixes(t *testing.T) {
	mix := Mix{{fixed{"a", 0.1, 0.1, 2, 0, "X"}, 0.5}, {fixed{"b", 0.2, 0.1, 1, 0, "Y"}, 0.5}}
	caps := NoCaps()
	caps.Venue = 0.6
	a, err := Allocate(compared(t, mix), caps)
	require.NoError(t, err)
	require.InDelta(t, 0.6, a.Mix[0].Weight, 1e-15)
	require.InDelta(t, 90, a.Profit, 1e-9)
}
