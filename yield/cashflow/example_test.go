package cashflow_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
)

func ExampleXIRR() {
	flows := []cashflow.Flow{
		{Time: daycount.Date(2026, time.January, 10), Amount: -100_000},
		{Time: daycount.Date(2026, time.July, 10), Amount: 4_500},
		{Time: daycount.Date(2027, time.January, 10), Amount: 104_500},
	}
	r, err := cashflow.XIRR(flows, daycount.Act365F, cashflow.Choice{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f%% a year, the only rate: %t\n", 100*r.Rate, r.Complete && !r.Multiple)
	// Output: 9.2042% a year, the only rate: true
}

func ExampleIRR_multiple() {
	// Buy, take profit, pay to clean up: worth nothing at 10 % and at 20 %.
	r, err := cashflow.IRR([]float64{-100, 230, -132}, cashflow.Choice{Policy: cashflow.Lowest})
	fmt.Printf("%.2f of %.2f %v\n", r.Rate, r.Roots, err)

	_, err = cashflow.IRR([]float64{-100, 100, -100}, cashflow.Choice{})
	var root *cashflow.RootError
	fmt.Println(errors.As(err, &root), errors.Is(err, cashflow.ErrNoRoot))
	// Output:
	// 0.10 of [0.10 0.20] <nil>
	// true true
}

func ExamplePayment() {
	payment, err := cashflow.Payment(0.12/12, 24, 1_000_000, 0, cashflow.End)
	fmt.Printf("%.2f %v\n", payment, err)
	// Output: -47073.47 <nil>
}

func ExampleBond_Yield() {
	bill := cashflow.Bond{Maturity: daycount.Date(2031, time.May, 15), Coupon: 0.04, PerYear: 2, Redemption: 100}
	yield, err := bill.Yield(daycount.Date(2026, time.August, 3), 98.5)
	fmt.Printf("%.3f%% %v\n", 100*yield, err)
	// Output: 4.350% <nil>
}
