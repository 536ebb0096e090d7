package daycount_test

import (
	"fmt"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
)

func ExampleConvention_Years() {
	start, end := daycount.Date(2026, time.January, 15), daycount.Date(2026, time.July, 15)
	for _, c := range []daycount.Convention{daycount.Act365F, daycount.Act360, daycount.Thirty360, daycount.YearGregorian} {
		fmt.Printf("%-10s %.6f\n", c, c.Years(start, end))
	}
	// Output:
	// ACT/365F   0.495890
	// ACT/360    0.502778
	// 30/360     0.500000
	// 365.2425 d 0.495561
}

func ExamplePlan_Periods() {
	plan := daycount.Plan{
		Start:  daycount.Date(2026, time.January, 20),
		End:    daycount.Date(2026, time.October, 31),
		Months: 3, MonthEnd: daycount.LastDay,
	}
	periods, err := plan.Periods()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range periods {
		fmt.Println(p.Start.Format(time.DateOnly), p.End.Format(time.DateOnly), p.Regular)
	}
	// Output:
	// 2026-01-20 2026-01-31 false
	// 2026-01-31 2026-04-30 true
	// 2026-04-30 2026-07-31 true
	// 2026-07-31 2026-10-31 true
}
