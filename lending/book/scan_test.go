package book

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// columns returns positions as the float columns of a scan.
func columns(positions []Position) (shares, collateral []float64) {
	for i := range positions {
		shares = append(shares, positions[i].Shares.Float64())
		collateral = append(collateral, positions[i].Collateral.Float64())
	}
	return shares, collateral
}

// TestScanAtTheEdge compares a filtered scan with asking for every row, in 200 markets of 1,000 positions at the edge.
func TestScanAtTheEdge(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	asked, found := 0, 0
	for range 200 {
		m := drawMarket(rng)
		positions := make([]Position, 1000)
		for i := range positions {
			positions[i] = drawEdge(rng, &m)
			if i%2 == 0 {
				positions[i].Shares.Rsh(&positions[i].Shares, uint(1+rng.IntN(4)))
			}
		}
		f, err := m.Filter()
		require.NoError(t, err)
		shares, collateral := columns(positions)
		got, err := Scan(nil, shares, collateral, f, func(row int) bool {
			asked++
			liquidatable, err := m.Liquidatable(positions[row])
			require.NoError(t, err)
			return liquidatable
		})
		require.NoError(t, err)
		var want []int
		for i := range positions {
			if oracle(&m, &positions[i]) {
				want = append(want, i)
			}
		}
		require.Equal(t, want, got, "%+v", m)
		found += len(got)
	}
	require.Greater(t, found, 20_000)
	require.Less(t, asked, 180_000, "the filter must leave some out")
}

func TestScanEdges(t *testing.T) {
	all := func(int) bool { return true }
	_, err := Scan(nil, make([]float64, 2), make([]float64, 1), Filter{}, all)
	require.ErrorIs(t, err, ErrColumns)
	nan := math.NaN()
	got, err := Scan([]int{7}, []float64{1, 1, nan, 1, 1}, []float64{10, 2, 10, nan, 3}, Filter{Debt: 1, Limit: 1, Slack: 1}, all)
	require.NoError(t, err)
	require.Equal(t, []int{7, 1, 2, 3}, got)
	got, err = Scan(nil, []float64{1}, []float64{1e300}, Filter{Debt: nan, Limit: 1}, all)
	require.NoError(t, err)
	require.Equal(t, []int{0}, got)
}

func BenchmarkScan(b *testing.B) {
	const size = 1_000_000
	rng := rand.New(rand.NewPCG(4, 4))
	m := benchMarket()
	positions := make([]Position, size)
	for i := range positions {
		positions[i] = benchPosition(rng, &m, 0.3, 0.99)
	}
	shares, collateral := columns(positions)
	f, err := m.Filter()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		got, err := Scan(nil, shares, collateral, f, func(row int) bool {
			liquidatable, err := m.Liquidatable(positions[row])
			return err != nil || liquidatable
		})
		if err != nil || len(got) != 0 {
			b.Fatal(len(got), err)
		}
	}
	b.ReportMetric(size*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpositions/s")
}
