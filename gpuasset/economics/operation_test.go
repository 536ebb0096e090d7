package economics_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/stretchr/testify/require"
)

func sample(t testing.TB) *gpuasset.Document {
	t.Helper()
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	return doc
}

// Published: five years of energy for 1,024 H100 at 70 %, PUE 1.2 and 0.08 a kWh cost 2.11M.
func TestPublishedEnergy(t *testing.T) {
	doc := sample(t)
	c := &doc.Clusters[0]
	c.GPUs, c.Load, c.PUE, c.OtherWatts = 1024, gpuasset.Bps(7000), gpuasset.Bps(12000), 0
	o, err := economics.Of(doc, "cluster-1")
	require.NoError(t, err)
	months, err := o.Months(gpuasset.NewDate(2026, 1, 1), 60)
	require.NoError(t, err)
	var energy float64
	for _, m := range months {
		energy += m.Energy
	}
	require.InDelta(t, 2.11e6, energy, 0.005e6)
}

// Worked by hand for April 2026: 30 days, 768 GPUs.
func TestMonth(t *testing.T) {
	o, err := economics.Of(sample(t), "cluster-1")
	require.NoError(t, err)
	m, err := o.Month(gpuasset.NewDate(2026, 4, 1))
	require.NoError(t, err)
	require.Equal(t, 552_960.0, m.Available)                        // 768 * 720
	require.InDelta(t, 398_131.2, m.ReservedHours, 1e-6)            // * 0.8 * 0.9
	require.InDelta(t, 836_075.52, m.ReservedRevenue, 1e-6)         // * 2.1
	require.InDelta(t, 66_355.2, m.SpotHours, 1e-6)                 // * 0.2 * 0.6
	require.InDelta(t, 155_934.72, m.SpotRevenue, 1e-6)             // * 2.35
	require.InDelta(t, 19_840.2048, m.PlatformFee, 1e-6)            // 2 %
	require.InDelta(t, 616_896, m.EnergyKWh, 1e-6)                  // 552,960 * 1.275 kW * 0.7 * 1.25
	require.InDelta(t, 49_351.68, m.Energy, 1e-6)                   // * 0.08
	require.Equal(t, 120_000.0, m.Opex)                             // 60 + 30 + 10 + 20
	require.InDelta(t, 802_818.3552, m.EBITDA, 1e-6)                // the sum
	require.InDelta(t, 802_818.3552-6, m.CFADS(1, 2, 3), 1e-6)      // less tax, capex, reserve
	require.True(t, m.Extrapolated, "the last quote is of 1 March") // flagged, not hidden

	// At the break-even price the month's EBITDA is the debt service times the ratio.
	price, err := m.BreakEvenPrice(500_000, 1.2)
	require.NoError(t, err)
	sold := m.ReservedHours + m.SpotHours
	require.InDelta(t, 600_000, sold*price*0.98-m.Energy-m.Opex, 1e-6)
	utilisation, err := m.BreakEvenUtilisation(500_000, 1.2)
	require.NoError(t, err)
	require.InDelta(t, 600_000, utilisation*m.Available*(m.Gross()/sold)*0.98-m.Energy-m.Opex, 1e-6)
	_, err = economics.Month{}.BreakEvenPrice(1, 1)
	require.ErrorIs(t, err, economics.ErrNoHours)

	// The reservation ends on 1 January 2028: a month from 17 December has 15 of its 31 days.
	m, err = o.Month(gpuasset.NewDate(2027, 12, 17))
	require.NoError(t, err)
	require.InDelta(t, 768*0.8*0.9*15*24, m.ReservedHours, 1e-6)
	require.InDelta(t, 768*(31-0.8*15)*24*0.6, m.SpotHours, 1e-6)

	_, err = o.Month(gpuasset.NewDate(2024, 9, 1))
	require.ErrorIs(t, err, gpuasset.ErrNoPrice)
	_, err = economics.Operation{}.Month(gpuasset.NewDate(2026, 1, 1))
	require.ErrorIs(t, err, gpuasset.ErrReference)
	_, err = o.Months(gpuasset.NewDate(2026, 1, 1), economics.MaxMonths+1)
	require.ErrorIs(t, err, economics.ErrSeries)
	_, err = economics.Of(sample(t), "nothing")
	require.ErrorIs(t, err, gpuasset.ErrReference)
}

func TestCoverage(t *testing.T) {
	got, err := economics.DSCR([]float64{150, 120, 500, 130}, []float64{100, 100, 0, 100})
	require.NoError(t, err)
	require.Equal(t, []float64{1.5, 1.2, math.Inf(1), 1.3}, got.Periods)
	require.Equal(t, 1.2, got.Min)
	require.Equal(t, 1, got.MinAt)
	require.InDelta(t, 4.0/3, got.Average, 1e-12)
	for _, bad := range [][2][]float64{{{1}, {1, 2}}, {{1}, {0}}, {{math.NaN()}, {1}}, {{1}, {-1}}, {nil, nil}} {
		_, err := economics.DSCR(bad[0], bad[1])
		require.ErrorIs(t, err, economics.ErrSeries)
	}
	llcr, err := economics.LLCR([]float64{110, 121}, 0.1, 160)
	require.NoError(t, err)
	require.InDelta(t, 200.0/160, llcr, 1e-12)
	_, err = economics.LLCR([]float64{1}, 0.1, 0)
	require.ErrorIs(t, err, economics.ErrSeries)

	quarters, err := economics.PerPeriod([]float64{1, 2, 3, 4, 5, 6}, 3)
	require.NoError(t, err)
	require.Equal(t, []float64{6, 15}, quarters)
	_, err = economics.PerPeriod([]float64{1, 2}, 3)
	require.ErrorIs(t, err, economics.ErrSeries)
}

func TestPayback(t *testing.T) {
	months := []economics.Month{{EBITDA: 40}, {EBITDA: 40}, {EBITDA: 40}}
	got, err := economics.Payback(100, months)
	require.NoError(t, err)
	require.InDelta(t, 2.5, got, 1e-12)
	_, err = economics.Payback(200, months)
	require.ErrorIs(t, err, cashflow.ErrNoRoot)
}

// Months that begin on the 31st leave no day out and count none twice.
func TestMonthsFromThe31st(t *testing.T) {
	o, err := economics.Of(sample(t), "cluster-1")
	require.NoError(t, err)
	months, err := o.Months(gpuasset.NewDate(2026, 1, 31), 12)
	require.NoError(t, err)
	var available float64
	for _, m := range months {
		available += m.Available
	}
	require.Equal(t, 768.0*24*365, available)
	require.Equal(t, 768.0*24*28, months[0].Available)
	require.Equal(t, 768.0*24*31, months[1].Available, "from 28 February to 30 March")
}
