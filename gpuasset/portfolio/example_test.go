package portfolio_test

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
)

// Both NAVs and the bridge between them.
func ExamplePortfolio_Value() {
	p := portfolio.Portfolio{
		Cash: gpuasset.Whole(100),
		SPs: []portfolio.SP{{ID: "SP1", Positions: []portfolio.Position{
			{Deal: "healthy", Outstanding: gpuasset.Whole(700), Accrued: gpuasset.Whole(7), Stage: credit.Stage1},
			{Deal: "late", Outstanding: gpuasset.Whole(200), Accrued: gpuasset.Whole(3), Stage: credit.Stage2},
		}}},
		Shares: shares(1000),
	}
	v, err := p.Value(portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.Bps(2000), gpuasset.Bps(6000)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("Deposit NAV  ", v.Deposit)
	for _, step := range v.Bridge {
		fmt.Println("  less", step.Amount, step.Kind, step.Name)
	}
	fmt.Println("Unstaking NAV", v.Unstaking)
	fmt.Printf("haircut %.2f %%, %.0f days at 12 %% a year to earn it back\n", 100*v.Haircut(), v.BreakEvenDays(.12))
	// Output:
	// Deposit NAV   1010
	//   less 7 accrued interest left out healthy
	//   less 3 accrued interest left out late
	//   less 40 haircut of the stage late
	// Unstaking NAV 960
	// haircut 4.95 %, 164 days at 12 % a year to earn it back
}
