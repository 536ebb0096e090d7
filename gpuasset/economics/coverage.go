package economics

import (
	"fmt"
	"math"

	"github.com/gaib-go/gaib/yield/cashflow"
)

// Coverage is the debt service coverage of a loan.
type Coverage struct {
	Periods []float64 // cash flow / debt service; +Inf where nothing is due
	Min     float64
	MinAt   int     // the first period of the minimum
	Average float64 // mean of the periods in which something is due
}

// DSCR returns cash flow / debt service per period. It fails with [ErrSeries] unless there are as many of both, all finite, service
// not negative and somewhere above zero.
func DSCR(cashFlow, service []float64) (Coverage, error) {
	if len(cashFlow) != len(service) {
		return Coverage{}, fmt.Errorf("%w: %d cash flows, %d periods of debt service", ErrSeries, len(cashFlow), len(service))
	}
	return coverage(make([]float64, len(service)), cashFlow, service)
}

// coverage fills periods, which is as long as the others.
func coverage(periods, cashFlow, service []float64) (Coverage, error) {
	out := Coverage{Periods: periods, Min: math.Inf(1)}
	due := 0
	for i := range service {
		if !finite(cashFlow[i]) || !finite(service[i]) || service[i] < 0 {
			return Coverage{}, fmt.Errorf("%w: period %d has cash flow %v and debt service %v", ErrSeries, i, cashFlow[i], service[i])
		}
		out.Periods[i] = math.Inf(1)
		if service[i] == 0 {
			continue
		}
		ratio := cashFlow[i] / service[i]
		out.Periods[i] = ratio
		out.Average += ratio
		due++
		if ratio < out.Min {
			out.Min, out.MinAt = ratio, i
		}
	}
	if due == 0 {
		return Coverage{}, fmt.Errorf("%w: no debt service", ErrSeries)
	}
	out.Average /= float64(due)
	return out, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// LLCR returns the loan life coverage ratio: present value of the remaining cash flows at the loan's rate per period, the first one
// period away, over the balance. It fails with [ErrSeries] for a balance that is not above zero and like [cashflow.NPV].
func LLCR(cashFlow []float64, rate, balance float64) (float64, error) {
	if !(balance > 0) {
		return 0, fmt.Errorf("%w: balance %v", ErrSeries, balance)
	}
	value, err := cashflow.NPV(rate, cashFlow)
	return value / (1 + rate) / balance, err
}

// PerPeriod adds monthly figures up to periods of so many months. It fails with [ErrSeries] unless the months fill the periods.
func PerPeriod(monthly []float64, months int) ([]float64, error) {
	if months < 1 || len(monthly)%months != 0 {
		return nil, fmt.Errorf("%w: %d months do not fill periods of %d", ErrSeries, len(monthly), months)
	}
	out := make([]float64, len(monthly)/months)
	for i, amount := range monthly {
		out[i/months] += amount
	}
	return out, nil
}
