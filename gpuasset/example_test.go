package gpuasset_test

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
)

func ExampleDeal_Schedule() {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	if err != nil {
		fmt.Println(err)
		return
	}
	schedule, err := doc.Deals[0].Schedule(gpuasset.Course{})
	if err != nil {
		fmt.Println(err)
		return
	}
	first := schedule.Payments[0]
	fmt.Printf("first payment %s: interest %s, principal %s\n", first.Due, first.Interest, first.Principal)
	fmt.Println("all interest:", schedule.Interest())
	// Output:
	// first payment 2026-04-01: interest 200000, principal 354645.256067
	// all interest: 3967229.218416
}

func ExampleParse_error() {
	_, err := gpuasset.Parse([]byte(`{"version": 1, "label": "mine", "currency": "USD", "deals": [{"principal": 5}]}`))
	fmt.Println(err)
	// Output: gpuasset: deals[0].principal: wrong type: want a text in quotes, got a number
}

func ExampleRevenueShare_Distribute() {
	// 30 % of the revenue until 1.2 times the investment is back, then 10 % without end.
	terms := gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpTo: gpuasset.Bps(12000), Share: gpuasset.Bps(3000)}, {Share: gpuasset.Bps(1000)}}}
	paid, err := terms.Distribute(gpuasset.NewDate(2026, 3, 1), gpuasset.Whole(100), gpuasset.Act365, []gpuasset.Takings{
		{Date: gpuasset.NewDate(2026, 4, 1), Revenue: gpuasset.Whole(300)}, {Date: gpuasset.NewDate(2026, 5, 1), Revenue: gpuasset.Whole(200)}})
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
