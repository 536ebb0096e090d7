package credit_test

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
)

func ExampleDecide() {
	measures := credit.Statements{Debt: 60, Equity: 100, CurrentAssets: 30, CurrentLiabilities: 20, Revenue: 200, COGS: 30, FreeCashFlow: 55, ConversionBase: 50}.Measures()
	measures[credit.DSCR], measures[credit.PUE], measures[credit.ManagementYears], measures[credit.UnderwriterYears] = 1.3, 1.25, 12, 3
	decision, err := credit.Decide(credit.Policy{
		Rules:    credit.Published(),
		Weights:  credit.Scores{Sovereign: .1, Industry: .1, Company: .2, Management: .2, Financial: .2, Securitisation: .2}, // the committee's
		MinScore: 60, MinMOIC: 1.2, OnOpen: credit.Decline,
	}, credit.Application{
		Measures: measures, MOIC: 1.25,
		Scores:   credit.Scores{Sovereign: 70, Industry: 60, Company: 65, Management: 80, Financial: 60, Securitisation: 75},
		Criteria: credit.Criteria{PerfectedSecurity: true, MonthlySurveillance: true, DelinquencyThresholds: true, OvercollateralCompliance: true, UnderwriterHistory: true, MonitoringData: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, score %.1f\n", decision.Outcome, decision.Score)
	for _, reason := range decision.Reasons() {
		fmt.Println(reason.Test, "is", reason.Text)
	}
	// Output:
	// senior review, score 69.0
	// DSCR is 1.3, want > 1.35
}

func ExampleRecover() {
	recovery, err := credit.Recover(gpuasset.Whole(80), gpuasset.Whole(5), []credit.Claim{
		{Holder: "senior", Rank: 0, Principal: gpuasset.Whole(60), Interest: gpuasset.Whole(3)},
		{Holder: "junior", Rank: 1, Principal: gpuasset.Whole(20), Interest: gpuasset.Whole(2)},
	}, credit.BySeniority)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, paid := range recovery.Paid {
		fmt.Println(paid.Holder, "principal", paid.Principal, "interest", paid.Interest)
	}
	// Output:
	// senior principal 60 interest 3
	// junior principal 10 interest 2
}
