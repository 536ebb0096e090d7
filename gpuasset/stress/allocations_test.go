package stress

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func one(t *testing.T, change func(*gpuasset.Deal)) *Book {
	t.Helper()
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	change(&doc.Deals[0])
	day := gpuasset.NewDate(2026, 3, 1)
	given := portfolio.Given{ShareRate: gpuasset.Bps(2500)}
	base, err := portfolio.FromDocument(doc, day, given)
	require.NoError(t, err)
	base.Shares.Supply = *uint256.NewInt(1)
	b, err := NewBook(doc, base, given, Assumptions{Day: day, Depreciation: economics.StraightLine{Life: 5}, DefaultMonths: 3, LookAhead: 12,
		Liquidation: economics.Liquidation{Factor: 1}, Elasticity: 0.5, Hazard: 0.05})
	require.NoError(t, err)
	return b
}

// A deal under a shock, and a path of a simulation, allocate nothing.
func TestAllocations(t *testing.T) {
	b := one(t, func(*gpuasset.Deal) {})
	shock := Shock{Rental: -0.3, Residual: -0.7}
	var out Deal
	require.Zero(t, testing.AllocsPerRun(100, func() {
		b.evaluate(&b.deals[0], &shock, &out)
		out.Expected = b.expected(&b.deals[0], &shock, &out)
	}))
	require.Positive(t, out.Expected)
	m, err := b.model(&Simulation{Prices: Process{Volatility: 0.5, Common: 0.5}, Correlation: 0.2})
	require.NoError(t, err)
	w := m.worker(1)
	sums := part{make([]float64, 1), make([]int, 1)}
	path := uint64(0)
	require.Zero(t, testing.AllocsPerRun(100, func() { path++; w.run(path, &sums) }))
	require.Positive(t, sums.defaults[0])
}

// So do a deal and a path with a revenue share.
func TestShareAllocations(t *testing.T) {
	for _, kind := range []gpuasset.Kind{gpuasset.Equity, gpuasset.Hybrid} {
		b := one(t, func(d *gpuasset.Deal) {
			d.Kind, d.RevenueShare = kind, &gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.One / 2, Share: gpuasset.One / 2}, {Share: gpuasset.One / 5}}}
			if kind == gpuasset.Equity {
				d.Rate = 0
			}
		})
		shock := Shock{Rental: -0.3, Residual: -0.7}
		var out Deal
		require.Zero(t, testing.AllocsPerRun(100, func() {
			b.evaluate(&b.deals[0], &shock, &out)
			out.Expected = b.expected(&b.deals[0], &shock, &out)
		}))
		require.Positive(t, out.Share)
		m, err := b.model(&Simulation{Prices: Process{Volatility: 0.5, Common: 0.5}, Correlation: 0.2})
		require.NoError(t, err)
		w := m.worker(1)
		sums := part{make([]float64, 1), make([]int, 1)}
		path := uint64(0)
		require.Zero(t, testing.AllocsPerRun(100, func() { path++; w.run(path, &sums) }))
		require.Positive(t, sums.losses[0])
	}
}

// Moments of the price process: Ornstein-Uhlenbeck has mean m (1 - e^(-kT)) and variance s^2 (1 - e^(-2kT)) / (2k) at T, a random walk s^2 T.
func TestProcess(t *testing.T) {
	b := one(t, func(*gpuasset.Deal) {})
	for _, p := range []Process{{Volatility: 0.4}, {Volatility: 0.6, Reversion: 1.5, LongRun: 0.7, Common: 0.6}} {
		m, err := b.model(&Simulation{Prices: p, Correlation: 0.3, PriceCorrelation: 0.4})
		require.NoError(t, err)
		w := m.worker(9)
		const n = 40_000
		var sum, squares, zs, cross, z2 float64
		for path := range uint64(n) {
			w.key[8], w.key[9], w.key[10] = byte(path), byte(path>>8), byte(path>>16)
			w.random.Seed(w.key)
			z := w.market()
			x := math.Log(w.prices[0][36])
			require.InDelta(t, x/2, math.Log(w.values[0][36]), 1e-12, "elasticity of a half")
			sum, squares, zs, cross, z2 = sum+x, squares+x*x, zs+z, cross+x*z, z2+z*z
		}
		mean, variance := 0.0, p.Volatility*p.Volatility*3
		if k := p.Reversion; k > 0 {
			mean = math.Log(p.LongRun) * (1 - math.Exp(-3*k))
			variance = p.Volatility * p.Volatility * (1 - math.Exp(-6*k)) / (2 * k)
		}
		require.InDelta(t, mean, sum/n, 4*math.Sqrt(variance/n))
		require.InEpsilon(t, variance, squares/n-sum/n*sum/n, 0.03)
		require.InDelta(t, 0, zs/n, 4/math.Sqrt(n))
		require.InEpsilon(t, 1, z2/n, 0.03)
		correlation := (cross/n - sum/n*zs/n) / math.Sqrt(variance)
		if p.Reversion == 0 {
			require.InDelta(t, 0, correlation, 0.03, "nothing in common")
		} else {
			// Cov(X, S) = s_m sqrt(...) summed: sum of a^i * step / sqrt(36), times Common and PriceCorrelation.
			a := math.Exp(-p.Reversion / 12)
			step := p.Volatility * math.Sqrt((1-a*a)/(2*p.Reversion))
			want := 0.4 * 0.6 * step * (1 - math.Pow(a, 36)) / (1 - a) / 6 / math.Sqrt(variance)
			require.InDelta(t, want, correlation, 0.02)
		}
	}
}

// A deal whose payments are safe at the lowest price of a path is not looked at month by month: that changes nothing.
func TestShortcut(t *testing.T) {
	b := one(t, func(d *gpuasset.Deal) {
		d.Protection = gpuasset.Protection{}
		d.Principal = gpuasset.Whole(13_000_000)
	})
	simulation := &Simulation{Prices: Process{Volatility: 0.1}, Correlation: 0.2, Shock: Shock{Residual: -0.8}}
	m, err := b.model(simulation)
	require.NoError(t, err)
	slow, err := b.model(simulation)
	require.NoError(t, err)
	require.InDelta(t, 1, m.deals[0].safe, 0.3)
	slow.deals[0].safe = math.Inf(1)
	fast, all := m.worker(1), slow.worker(1)
	a, z := part{make([]float64, 1), make([]int, 1)}, part{make([]float64, 1), make([]int, 1)}
	skipped, failed := 0, 0
	for path := range uint64(2000) {
		loss, defaults := fast.run(path, &a)
		want, count := all.run(path, &z)
		require.Equal(t, want, loss)
		require.Equal(t, count, defaults)
		if fast.lowest[0] >= m.deals[0].safe {
			skipped++
		}
		failed += defaults
	}
	require.Greater(t, skipped, 200)
	require.Greater(t, failed, 200)
}
