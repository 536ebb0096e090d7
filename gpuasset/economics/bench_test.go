package economics_test

import (
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

// A deal of 36 months from its terms: schedule to the base unit, cash flows of the cluster, coverage, LTV, average life, multiple, net present
// value. Package stress keeps what of this does not change, and values the deal anew in less.
func BenchmarkValuation36(b *testing.B) {
	doc := sample(b)
	deal := &doc.Deals[0]
	o, err := economics.Of(doc, deal.Cluster)
	if err != nil {
		b.Fatal(err)
	}
	worth := economics.StraightLine{Life: 5}
	var v economics.Valuer
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Value(o, deal, gpuasset.Course{}, worth, 0.15); err != nil {
			b.Fatal(err)
		}
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
