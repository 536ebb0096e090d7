package economics_test

import (
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

// A deal of 36 months from its terms: schedule to the base unit, cash flows of the cluster, coverage, LTV, average life, multiple. Package
// stress keeps what of this does not change, and values the deal anew in less.
func BenchmarkTermsToRatios(b *testing.B) {
	doc := sample(b)
	deal := &doc.Deals[0]
	o, err := economics.Of(doc, deal.Cluster)
	if err != nil {
		b.Fatal(err)
	}
	worth := economics.StraightLine{Life: 5}
	b.ReportAllocs()
	for b.Loop() {
		schedule, err := deal.Schedule(gpuasset.Course{})
		if err != nil {
			b.Fatal(err)
		}
		months, err := o.Months(deal.Closing, deal.TenorMonths)
		if err != nil {
			b.Fatal(err)
		}
		cash := make([]float64, len(months))
		for i := range months {
			cash[i] = months[i].CFADS(0, 0, 0)
		}
		if _, err := economics.DSCR(cash, schedule.Service()); err != nil {
			b.Fatal(err)
		}
		if _, err := schedule.MOIC(); err != nil {
			b.Fatal(err)
		}
		schedule.WAL()
		schedule.LTV(func(day gpuasset.Date) float64 {
			return 25e6 * worth.Remaining(day.Time().Sub(deal.Closing.Time()).Hours()/8760)
		})
	}
}

func BenchmarkMonths(b *testing.B) {
	doc := sample(b)
	o, err := economics.Of(doc, "cluster-1")
	if err != nil {
		b.Fatal(err)
	}
	start := doc.Deals[0].Closing
	b.ReportAllocs()
	for b.Loop() {
		if _, err := o.Months(start, 36); err != nil {
			b.Fatal(err)
		}
	}
}
