package deals

import (
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
)

// Assumption is what no document says, in words and figures.
type Assumption struct{ Name, Value string }

// ShareRate is what the examples assume as the rate at which the expected distributions of revenue shares are discounted.
const ShareRate gpuasset.Ratio = 25e16

// Assume returns what the examples assume to value and to shock deals, and the same in words. All of it is their choice: GAIB has published
// none.
func Assume(day gpuasset.Date) (stress.Assumptions, []Assumption) {
	grid := economics.SpotWire()
	return stress.Assumptions{
			Day: day, Depreciation: grid.Vintages, Liquidation: economics.Liquidation{Factor: 0.85, Cost: 0.05, Rate: 0.10, Days: 90}, Elasticity: 0.5,
			Hazard: 0.03, DefaultMonths: 3, LookAhead: 12, ReviewDSCR: 1.1, Refinance: 0.5,
			Method: portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.Bps(1000), gpuasset.Bps(4000)}},
		}, []Assumption{
			{"Value of the GPUs", "share of their cost by age in years, 100, 78, 60, 46, 35 % (" + grid.Source + ", " + grid.AsOf.String() + "), times the square root of the relative rental price"},
			{"Liquidation", "85 % of the value, 5 % costs, 90 days, discounted at 10 % a year"},
			{"Default", "3 months late, or 3 % a year for other reasons"},
			{"Stages", "IFRS 9 over the 12 months ahead; a DSCR below 1.1 is a significant increase of risk"},
			{"Haircuts in the Unstaking NAV", "0, 10 and 40 % of principal in stages 1, 2 and 3, beside the loss not realised yet"},
			{"Refinancing at maturity", "principal due in one sum is refinanced up to a loan-to-value of 50 %"},
		}
}
