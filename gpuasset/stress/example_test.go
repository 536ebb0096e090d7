package stress_test

import (
	"context"
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/holiman/uint256"
)

// From a rental price to both NAVs: shock, break and simulate the sample. Every assumption is made up.
func Example() {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	if err != nil {
		fmt.Println(err)
		return
	}
	day := gpuasset.NewDate(2026, 6, 20)
	base, err := portfolio.FromDocument(doc, day, portfolio.Given{})
	if err != nil {
		fmt.Println(err)
		return
	}
	base.Cash = gpuasset.Whole(4_000_000)
	base.Shares.Supply = *new(uint256.Int).Mul(uint256.NewInt(20_000_000), uint256.NewInt(1e18))
	book, err := stress.NewBook(doc, base, portfolio.Given{}, stress.Assumptions{
		Day:           day,
		Depreciation:  economics.SpotWire().Vintages,
		Liquidation:   economics.Liquidation{Factor: 0.65, Cost: 0.05, Rate: 0.1, Days: 30},
		Elasticity:    0.5, // half of a fall of rents reaches the price of GPUs
		Hazard:        0.03,
		DefaultMonths: 3,
		LookAhead:     36,
		ReviewDSCR:    1.1,
		WriteDown:     true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rental := range []float64{0, -0.2, -0.4} {
		r, err := book.Apply(stress.Shock{Rental: rental})
		if err != nil {
			fmt.Println(err)
			return
		}
		deposit, unstaking := r.Markdown(book.Base())
		fmt.Printf("rental %+.0f %%: DSCR at least %.2f, stage %d, Deposit NAV down %.1f %%, Unstaking NAV down %.1f %%\n",
			100*rental, r.Deals[0].MinDSCR, r.Deals[0].Stage, 100*deposit, 100*unstaking)
	}
	found, err := book.Reverse(stress.Shock{Rental: -1}, 1, stress.DSCRBelow("deal-1", 0.9))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("DSCR falls below 0.9 when rents fall by %.1f %%\n", 100*found.Size)
	losses, err := book.Simulate(context.Background(), stress.Simulation{Paths: 2000, Seed: 1,
		Prices: stress.Process{Volatility: 0.4, Reversion: 0.5, LongRun: 0.9, Common: 1}, PriceCorrelation: 0.3})
	if err != nil {
		fmt.Println(err)
		return
	}
	mean, _ := losses.Mean()
	shortfall, err := losses.ES(0.99)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := losses.Markdown(0.05)
	fmt.Printf("mean loss %.2fM, the worst 1 %% of paths %.2fM, more than 5 %% of the NAV lost on %.1f %% of paths\n", mean/1e6, shortfall/1e6, 100*p)
	// Output:
	// rental +0 %: DSCR at least 0.99, stage 2, Deposit NAV down 0.0 %, Unstaking NAV down 0.0 %
	// rental -20 %: DSCR at least 0.73, stage 3, Deposit NAV down 14.4 %, Unstaking NAV down 13.9 %
	// rental -40 %: DSCR at least 0.47, stage 3, Deposit NAV down 23.1 %, Unstaking NAV down 22.6 %
	// DSCR falls below 0.9 when rents fall by 6.7 %
	// mean loss 0.01M, the worst 1 % of paths 0.94M, more than 5 % of the NAV lost on 0.4 % of paths
}
