package economics_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/stretchr/testify/require"
)

// The figures are those of the single functions, also in memory that another deal has used.
func TestValuer(t *testing.T) {
	doc := sample(t)
	o, err := economics.Of(doc, "cluster-1")
	require.NoError(t, err)
	worth := economics.StraightLine{Life: 5, Residual: .1}
	var v economics.Valuer
	for _, change := range []func(*gpuasset.Deal, *gpuasset.Course){
		func(*gpuasset.Deal, *gpuasset.Course) {},
		func(d *gpuasset.Deal, c *gpuasset.Course) {
			d.TenorMonths, d.PaymentMonths = 18, 3
			c.Early = []gpuasset.Draw{{Date: gpuasset.NewDate(2026, 12, 5), Amount: gpuasset.Whole(1_000_000)}}
		},
		func(d *gpuasset.Deal, _ *gpuasset.Course) {
			d.Amortisation, d.DayCount = gpuasset.Bullet, gpuasset.Act365
		},
	} {
		d := sample(t).Deals[0]
		var course gpuasset.Course
		change(&d, &course)
		got, err := v.Value(o, &d, course, worth, .15)
		require.NoError(t, err)

		schedule, err := d.Schedule(course)
		require.NoError(t, err)
		require.Equal(t, schedule.Payments, got.Schedule.Payments)
		months, err := o.Months(d.Closing, d.TenorMonths)
		require.NoError(t, err)
		require.Equal(t, months, got.Months)
		monthly := make([]float64, len(months))
		for i := range months {
			monthly[i] = months[i].EBITDA
		}
		cash, err := economics.PerPeriod(monthly, d.PaymentMonths)
		require.NoError(t, err)
		want, err := economics.DSCR(cash, schedule.Service())
		require.NoError(t, err)
		require.Equal(t, want, got.Coverage)
		llcr, err := economics.LLCR(cash, .15*float64(d.PaymentMonths)/12, 16e6)
		require.NoError(t, err)
		require.Equal(t, llcr, got.LLCR)
		ltv := schedule.LTV(func(day gpuasset.Date) float64 {
			return 25e6 * worth.Remaining(day.Time().Sub(doc.Clusters[0].Vintage.Time()).Hours()/24/365)
		})
		for i, point := range ltv[1:] {
			require.InDelta(t, point.LTV, got.LTV[i], 1e-12)
			require.LessOrEqual(t, got.LTV[i], got.MaxLTV)
		}
		require.Equal(t, schedule.WAL(), got.WAL)
		moic, err := schedule.MOIC()
		require.NoError(t, err)
		require.Equal(t, moic, got.MOIC)
		npv, err := cashflow.XNPV(.15, schedule.Flows(), d.DayCount.Convention())
		require.NoError(t, err)
		require.InEpsilon(t, npv, got.NPV, 1e-12)
	}

	d := &doc.Deals[0]
	// What the deal yields is the rate at which nothing is left.
	schedule, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	yield, err := schedule.Return()
	require.NoError(t, err)
	got, err := v.Value(o, d, gpuasset.Course{}, worth, yield.Rate)
	require.NoError(t, err)
	require.InDelta(t, 0, got.NPV, 1e-3)
	got, err = v.Value(o, d, gpuasset.Course{}, economics.StraightLine{}, .1)
	require.NoError(t, err)
	require.True(t, math.IsInf(got.MaxLTV, 1), "worth nothing")

	d.Cluster = "another"
	_, err = v.Value(o, d, gpuasset.Course{}, worth, .1)
	require.ErrorIs(t, err, gpuasset.ErrReference)
	d.Cluster = "cluster-1"
	d.TenorMonths = 0
	_, err = v.Value(o, d, gpuasset.Course{}, worth, .1)
	var located *gpuasset.PathError
	require.ErrorAs(t, err, &located)
}

// A valuation allocates nothing once the memory is there.
func TestValuerAllocations(t *testing.T) {
	doc := sample(t)
	o, err := economics.Of(doc, "cluster-1")
	require.NoError(t, err)
	var v economics.Valuer
	var worth economics.Depreciation = economics.StraightLine{Life: 5}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := v.Value(o, &doc.Deals[0], gpuasset.Course{}, worth, .15); err != nil {
			t.Fatal(err)
		}
	}))
}
