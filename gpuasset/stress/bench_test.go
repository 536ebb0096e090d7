package stress_test

import (
	"testing"

	"github.com/gaib-go/gaib/gpuasset/stress"
)

// A deal of 36 months from its tables: cash, coverage, late payments, stage, losses.
func BenchmarkDeal(b *testing.B) {
	book := book(b, sample(b), assumptions())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Apply(stress.Shock{Rental: -0.4}); err != nil {
			b.Fatal(err)
		}
	}
}

// A portfolio of 1,000 deals, with lines, bridge and both NAVs.
func BenchmarkPortfolio1000(b *testing.B) {
	book := book(b, many(b, 1000), assumptions())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Apply(stress.Shock{Rental: -0.4}); err != nil {
			b.Fatal(err)
		}
	}
}

func simulation(paths int) stress.Simulation {
	return stress.Simulation{Paths: paths, Seed: 7, Workers: 1, Prices: stress.Process{Volatility: 0.4, Reversion: 0.5, LongRun: 0.8, Common: 0.8},
		Correlation: 0.2, PriceCorrelation: 0.5}
}

// The whole: 1,000 deals of 36 months on 10,000 paths, on one core.
func BenchmarkSimulate10000(b *testing.B) {
	book := book(b, many(b, 1000), assumptions())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Simulate(b.Context(), simulation(10_000)); err != nil {
			b.Fatal(err)
		}
	}
}

// The same with equity, hybrids and debt by thirds, on fewer paths.
func BenchmarkSimulateShares(b *testing.B) {
	book := book(b, share(many(b, 1000), 0), assumptions())
	b.ReportAllocs()
	const paths = 200
	for b.Loop() {
		if _, err := book.Simulate(b.Context(), simulation(paths)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/paths/1000, "ns/deal-path")
}

// 1,000 deals of 36 months; ns/op over 1,000 deals is the time of a deal on a path.
func BenchmarkSimulate(b *testing.B) {
	book := book(b, many(b, 1000), assumptions())
	b.ReportAllocs()
	const paths = 200
	for b.Loop() {
		if _, err := book.Simulate(b.Context(), simulation(paths)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/paths/1000, "ns/deal-path")
}
