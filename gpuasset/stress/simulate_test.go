package stress_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os/exec"
	"regexp"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

func hash(losses []float64) string {
	sum := sha256.New()
	var word [8]byte
	for _, loss := range losses {
		binary.LittleEndian.PutUint64(word[:], math.Float64bits(loss))
		sum.Write(word[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// The same bits with any number of workers, and on any architecture: the hash is checked in.
func TestSameBits(t *testing.T) {
	assume := assumptions()
	assume.Elasticity = 0.7
	assume.Refinance = 0.5
	doc := many(t, 40)
	doc.Deals[7].Amortisation, doc.Deals[8].PaymentMonths = gpuasset.InterestOnly, 3
	b := book(t, doc, assume)
	var first *stress.Distribution
	for _, workers := range []int{1, 2, 7, 0} {
		s := simulation(1000)
		s.Workers = workers
		d, err := b.Simulate(t.Context(), s)
		require.NoError(t, err)
		if first == nil {
			first = d
		}
		require.Equal(t, first.Losses, d.Losses, "%d workers", workers)
		require.Equal(t, first.Deals, d.Deals, "%d workers", workers)
		require.Equal(t, first.Defaults, d.Defaults, "%d workers", workers)
	}
	mean, _ := first.Mean()
	require.Positive(t, mean)
	require.Equal(t, "9d7288e301820468", hash(first.Losses))
	s := simulation(1000)
	s.Seed++
	other, err := b.Simulate(t.Context(), s)
	require.NoError(t, err)
	require.NotEqual(t, first.Losses, other.Losses)
	// A path does not depend on how many there are.
	s = simulation(10)
	few, err := b.Simulate(t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, first.Losses[:10], few.Losses)
}

// Compiled for a processor that has fused multiply-add, the package uses none.
func TestNothingFused(t *testing.T) {
	build := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-S", ".")
	build.Env = append(build.Environ(), "GOARCH=arm64", "GOOS=linux", "CGO_ENABLED=0")
	listing, err := build.CombinedOutput()
	require.NoError(t, err, "%.2000s", listing)
	require.Contains(t, string(listing), "FMULD", "a listing of the instructions")
	require.Empty(t, regexp.MustCompile(`.*\sFN?M(ADD|SUB)[SD]\s.*`).FindAllString(string(listing), -1))
}

// plain is a book in which nothing happens but defaults by hazard: a reservation pays for everything, prices stand still.
func plain(t *testing.T, count int, hazard float64) (*stress.Book, *gpuasset.Document, stress.Assumptions) {
	t.Helper()
	doc := many(t, count)
	for i := range doc.Clusters {
		doc.Clusters[i].Reservations[0].End = gpuasset.NewDate(2040, 1, 1)
		doc.Clusters[i].Reservations[0].Share = gpuasset.One
		doc.Deals[i].Principal = gpuasset.Whole(16_000_000)
		doc.Deals[i].Protection = gpuasset.Protection{}
	}
	assume := assumptions()
	assume.Hazard = hazard
	return book(t, doc, assume), doc, assume
}

// Without any randomness in prices the mean loss is the expected one, and so is the probability of default.
func TestSimulationAgainstClosedForm(t *testing.T) {
	b, doc, _ := plain(t, 1, 0.1)
	const paths = 40_000
	d, err := b.Simulate(t.Context(), stress.Simulation{Paths: paths, Seed: 3, Shock: stress.Shock{Residual: -.6}})
	require.NoError(t, err)
	pd := 1 - math.Exp(-.1*3)
	require.InDelta(t, pd, d.Deals[0].Default, 4*math.Sqrt(pd*(1-pd)/paths))
	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{})
	require.NoError(t, err)
	var want, least float64
	for i := range schedule.Payments {
		ead := schedule.Payments[i].Opening.Float64()
		if i == 0 {
			ead = 16e6
		}
		age := schedule.Payments[i].Start.Time().Sub(doc.Clusters[0].Vintage.Time()).Hours() / 24 / 365
		lost := max(0, ead-25e6*(1-.9*age/5)*.4*.85*.95/math.Pow(1.1, 90.0/365)) * math.Pow(1.15, -float64(i)/12)
		want += (math.Exp(-.1*float64(i)/12) - math.Exp(-.1*float64(i+1)/12)) * lost
		least = max(least, lost)
	}
	mean, standard := d.Mean()
	require.Positive(t, want)
	require.InDelta(t, want, mean, 4*standard)
	require.Less(t, standard, want/50)
	worst, err := d.VaR(0.9999)
	require.NoError(t, err)
	require.InDelta(t, least, worst, 1e-3*least)
	require.InDelta(t, mean, d.Deals[0].Mean, 1e-6*mean)
}

// The share of a large pool that defaults follows Vasicek's distribution: P(share <= x) = Phi((sqrt(1-rho) Phi^-1(x) - Phi^-1(PD)) / sqrt(rho)).
func TestSimulationAgainstVasicek(t *testing.T) {
	b, _, _ := plain(t, 400, 0.05)
	const paths, rho = 4000, 0.25
	d, err := b.Simulate(t.Context(), stress.Simulation{Paths: paths, Seed: 4, Correlation: rho, Shock: stress.Shock{Residual: -1}})
	require.NoError(t, err)
	pd := 1 - math.Exp(-.05*3)
	phi := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	inverse := func(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }
	for _, share := range []float64{0.02, 0.1, 0.2, 0.4} {
		want := phi((math.Sqrt(1-rho)*inverse(share) - inverse(pd)) / math.Sqrt(rho))
		within := 0
		for _, defaults := range d.Defaults {
			if float64(defaults) <= share*400 {
				within++
			}
		}
		// Four standard errors, and what a pool of 400 is less even than an endless one.
		require.InDelta(t, want, float64(within)/paths, 4*math.Sqrt(want*(1-want)/paths)+0.015, "share %v", share)
	}
}

// Prices that are low when defaults are many cost more in the tail than prices that do not care.
func TestPriceCorrelation(t *testing.T) {
	b, _, _ := plain(t, 60, 0.05)
	es := map[float64]float64{}
	for _, correlation := range []float64{-0.9, 0, 0.9} {
		s := stress.Simulation{Paths: 4000, Seed: 5, Correlation: 0.3, PriceCorrelation: correlation, Prices: stress.Process{Volatility: 0.5, Common: 1}}
		d, err := b.Simulate(t.Context(), s)
		require.NoError(t, err)
		es[correlation], err = d.ES(0.99)
		require.NoError(t, err)
	}
	require.Greater(t, es[0.9], 1.2*es[0])
	require.Greater(t, es[0], 1.2*es[-0.9])
}

// An SP with creditors of its own loses what it was worth to the vault, and no more.
func TestSimulationKeepsSPsApart(t *testing.T) {
	doc := many(t, 2)
	assume := assumptions()
	base, err := portfolio.FromDocument(doc, assume.Day, portfolio.Given{})
	require.NoError(t, err)
	base.Shares.Supply = *whole18(1)
	base.SPs[0].Claims = gpuasset.Whole(9_000_000) // of 10,000,000
	b, err := stress.NewBook(doc, base, portfolio.Given{}, assume)
	require.NoError(t, err)
	d, err := b.Simulate(t.Context(), stress.Simulation{Paths: 20, Seed: 1, Shock: stress.Shock{Residual: -1, Defaulted: []string{"deal-0"}, Default: -1}})
	require.NoError(t, err)
	for _, loss := range d.Losses {
		require.InDelta(t, 1e6, loss, 1e-6)
	}
	require.Equal(t, 1.0, d.Deals[0].Default)
	require.Zero(t, d.Deals[1].Default)
}

// A deal that is in default today loses what it loses on every path; one that is written down has lost it already. A deal has a hazard of its own.
func TestSimulationOfDefaults(t *testing.T) {
	doc := many(t, 2)
	for _, write := range []bool{false, true} {
		assume := assumptions()
		assume.WriteDown = write
		assume.Hazards = map[string]float64{"deal-1": 5}
		base, err := portfolio.FromDocument(doc, assume.Day, portfolio.Given{})
		require.NoError(t, err)
		base.Shares.Supply = *whole18(1)
		base.SPs[0].Positions[0].Stage = credit.Stage3
		b, err := stress.NewBook(doc, base, portfolio.Given{}, assume)
		require.NoError(t, err)
		shock := stress.Shock{Residual: -.7}
		r, err := b.Apply(shock)
		require.NoError(t, err)
		require.Positive(t, r.Deals[0].Loss)
		d, err := b.Simulate(t.Context(), stress.Simulation{Paths: 500, Seed: 1, Shock: shock})
		require.NoError(t, err)
		require.Equal(t, 1.0, d.Deals[0].Default)
		require.Greater(t, d.Deals[1].Default, 0.99, "a hazard of 5 a year")
		want := r.Deals[0].Loss
		if write {
			want = 0
		}
		require.InDelta(t, want, d.Deals[0].Mean, 1e-6)
	}
}

func TestSimulationRefuses(t *testing.T) {
	b := book(t, sample(t), assumptions())
	for name, change := range map[string]func(*stress.Simulation){
		"no paths":          func(s *stress.Simulation) { s.Paths = 0 },
		"too many paths":    func(s *stress.Simulation) { s.Paths = stress.MaxPaths + 1 },
		"workers":           func(s *stress.Simulation) { s.Workers = -1 },
		"correlation":       func(s *stress.Simulation) { s.Correlation = 1 },
		"correlation NaN":   func(s *stress.Simulation) { s.Correlation = math.NaN() },
		"price correlation": func(s *stress.Simulation) { s.PriceCorrelation = 1.1 },
		"volatility":        func(s *stress.Simulation) { s.Prices.Volatility = -1 },
		"long run":          func(s *stress.Simulation) { s.Prices.LongRun = 0 },
		"common":            func(s *stress.Simulation) { s.Prices.Common = math.NaN() },
		"index":             func(s *stress.Simulation) { s.Indices = map[string]stress.Process{"other": {}} },
		"process of index":  func(s *stress.Simulation) { s.Indices = map[string]stress.Process{"sample-h100": {Volatility: -1}} },
		"shock":             func(s *stress.Simulation) { s.Shock.Rental = -2 },
		"deal":              func(s *stress.Simulation) { s.Shock.Defaulted = []string{"other"} },
	} {
		s := simulation(10)
		change(&s)
		_, err := b.Simulate(t.Context(), s)
		require.ErrorIs(t, err, stress.ErrInput, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Simulate(ctx, simulation(10))
	require.ErrorIs(t, err, context.Canceled)
}
