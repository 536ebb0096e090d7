package yield_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

func ExampleRate_Convert() {
	// A Treasury bill at a bank discount of 9 %, as effective annual yield over years of 365 days.
	bill := yield.Rate{Value: 0.09, Convention: yield.Convention{Compounding: yield.Discount, Days: daycount.Act360}}
	apy, err := bill.Convert(yield.APY(), daycount.Date(2026, time.March, 31), daycount.Date(2026, time.June, 1))
	fmt.Println(bill, "is", apy, err)
	// Output: 9.00% (discount, ACT/360) is 9.63% (annual, 365 d) <nil>
}

// Three monthly steps of 1 %, seen in several ways. The NAVs are made up.
func ExampleSeries_Realised() {
	nav := func(deposit, unstaking uint64) yield.NAV {
		return yield.NAV{Deposit: *uint256.NewInt(deposit), Unstaking: *uint256.NewInt(unstaking)}
	}
	series, err := yield.NewSeries([]yield.Sample{
		{Time: daycount.Date(2025, time.December, 15), NAV: nav(1e18, 0.995e18)},
		{Time: daycount.Date(2026, time.January, 1), NAV: nav(1.01e18, 1.00495e18)},
		{Time: daycount.Date(2026, time.February, 1), NAV: nav(1.0201e18, 1.0149995e18)},
		{Time: daycount.Date(2026, time.March, 1), NAV: nav(1.030301e18, 1.025149495e18)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	realised, _ := series.Realised(30*yield.Day, yield.Deposit, yield.APY())
	fmt.Printf("realised  %v from %s to %s\n", realised, realised.Start.Format(time.DateOnly), realised.End.Format(time.DateOnly))
	vendor, _ := series.Vendor(daycount.Date(2026, time.March, 2), 30*yield.Day)
	fmt.Printf("vendor    %v with %d steps in 30 days\n", vendor, vendor.Steps)
	_, err = yield.Volatility(series.Returns(yield.Deposit), 12)
	fmt.Println(errors.Is(err, yield.ErrTooFew), err)
	// Output:
	// realised  13.10% (annual, 365 d) from 2026-01-01 to 2026-03-01
	// vendor    27.42% (annual, 365.25 d) with 2 steps in 30 days
	// true yield: too few observations for volatility: 3 of 12; take a longer history or the figure per period
}

func ExampleProject() {
	nav := yield.NAV{Deposit: *uint256.NewInt(1.04e18), Unstaking: *uint256.NewInt(1.0348e18)}
	now, requested := daycount.Date(2026, time.January, 15), daycount.Date(2026, time.July, 14)
	for _, scenario := range []yield.Scenario{
		{Name: "base", Rate: 0.12},
		{Name: "stress", Rate: 0.06, MarkDowns: []yield.MarkDown{{Month: 5, Loss: 0.03}}, Delay: 30 * yield.Day},
	} {
		p, err := yield.Project(now, nav, requested, firstOf(2), yield.AtSettlement, scenario)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-7s headline %5.2f%%  net of exit %6.2f%%  paid %s\n", scenario.Name, p.Headline.Percent(), p.Net.Percent(), p.Settled.Format(time.DateOnly))
	}
	// Output:
	// base    headline 11.09%  net of exit  11.11%  paid 2026-09-01
	// stress  headline  5.55%  net of exit   0.83%  paid 2026-10-01
}

func ExampleBreakEven() {
	nav := yield.NAV{Deposit: *uint256.NewInt(1.05e18), Unstaking: *uint256.NewInt(1.04e18)}
	held, err := yield.BreakEven(nav, 0.10, 45*yield.Day, yield.AtRequest)
	fmt.Printf("%.1f days %v\n", held.Hours()/24, err)
	// Output: 81.6 days <nil>
}
