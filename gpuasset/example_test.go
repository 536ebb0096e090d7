package gpuasset_test

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
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
	cluster, err := doc.Operation(deal.Cluster)
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
	coverage, err := gpuasset.DSCR(cashFlow, schedule.Service())
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

func ExampleParse_error() {
	_, err := gpuasset.Parse([]byte(`{"version": 1, "label": "mine", "currency": "USD", "deals": [{"principal": 5}]}`))
	fmt.Println(err)
	// Output: gpuasset: deals[0].principal: wrong type: want a text in quotes, got a number
}

func ExampleRevenueShare_Distribute() {
	// 30 % of the revenue until 1.2 times the investment is back, then 10 % without end.
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.Bps(12000), Share: gpuasset.Bps(3000)}, {Share: gpuasset.Bps(1000)}}}
	paid, err := terms.Distribute(gpuasset.Whole(100), []gpuasset.Money{gpuasset.Whole(300), gpuasset.Whole(200)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range paid {
		fmt.Println("investor", p.Investor, "operator", p.Operator, "so far", p.Cumulative)
	}
	// Output:
	// investor 90 operator 210 so far 90
	// investor 40 operator 160 so far 130
}
