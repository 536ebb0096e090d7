package economics_test

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

// From a document to coverage: is the cash flow of the cluster enough for the debt? In the sample it is not, once the reservation has
// ended.
func Example() {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	if err != nil {
		fmt.Println(err)
		return
	}
	deal := &doc.Deals[0]
	schedule, err := deal.Schedule(gpuasset.Course{})
	if err != nil {
		fmt.Println(err)
		return
	}
	cluster, err := economics.Of(doc, deal.Cluster)
	if err != nil {
		fmt.Println(err)
		return
	}
	months, err := cluster.Months(deal.Closing, deal.TenorMonths)
	if err != nil {
		fmt.Println(err)
		return
	}
	var cashFlow []float64
	for _, month := range months {
		cashFlow = append(cashFlow, month.CFADS(0, 0, 0))
	}
	coverage, err := economics.DSCR(cashFlow, schedule.Service())
	if err != nil {
		fmt.Println(err)
		return
	}
	yield, err := schedule.Return()
	if err != nil {
		fmt.Println(err)
		return
	}
	first := schedule.Payments[0]
	fmt.Printf("first payment %s: interest %s, principal %s\n", first.Due, first.Interest, first.Principal)
	fmt.Printf("DSCR at least %.2f (month %d), %.2f on average\n", coverage.Min, coverage.MinAt+1, coverage.Average)
	fmt.Printf("lender earns %.2f %% a year, principal is out for %.2f years\n", 100*yield.Rate, schedule.WAL())
	// Output:
	// first payment 2026-04-01: interest 200000, principal 354645.256067
	// DSCR at least 0.99 (month 36), 1.32 on average
	// lender earns 16.90 % a year, principal is out for 1.65 years
}
