package yield

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
)

// Valuation is the worth of a portfolio at one time, before the flow of that time: a positive Flow is money added, a
// negative one money taken out. The Flow of the last valuation counts as made after the end.
type Valuation struct {
	Time  time.Time
	Value float64
	Flow  float64
}

// checkValuations requires two valuations or more, in order of time, all finite.
func checkValuations(figure string, v []Valuation) error {
	if len(v) < 2 {
		return &TooFewError{figure, len(v), 2}
	}
	for i, point := range v {
		if !finite(point.Value) || !finite(point.Flow) {
			return fmt.Errorf("%w: valuation %d is %v with a flow of %v", ErrInput, i, point.Value, point.Flow)
		}
		if i > 0 && !point.Time.After(v[i-1].Time) {
			return fmt.Errorf("%w: valuation %d is not later than the one before it; sort by time and join equal times", ErrInput, i)
		}
	}
	return nil
}

// TimeWeighted returns the time-weighted return of the whole time, which flows do not affect: the product of
// value / (value before + flow before), less 1. It judges the vault. It returns ErrInput for valuations out of order or a
// period that starts with nothing, and a [*TooFewError] for fewer than two.
func TimeWeighted(valuations []Valuation) (float64, error) {
	if err := checkValuations("a time-weighted return", valuations); err != nil {
		return 0, err
	}
	growth := 1.0
	for i, end := range valuations[1:] {
		start := valuations[i].Value + valuations[i].Flow
		if start <= 0 {
			return 0, fmt.Errorf("%w: period %d starts with %v", ErrInput, i, start)
		}
		growth *= end.Value / start
	}
	return inRange(growth - 1)
}

// ModifiedDietz returns the modified Dietz return of the whole time:
//
//	(V1 - V0 - sum F) / (V0 + sum F*w),  w = time left / whole time
//
// The values between are not used. It fails like TimeWeighted, and with ErrInput if the average capital is not above 0.
func ModifiedDietz(valuations []Valuation) (float64, error) {
	if err := checkValuations("a modified Dietz return", valuations); err != nil {
		return 0, err
	}
	first, last := valuations[0], valuations[len(valuations)-1]
	whole := daycount.Year365.Years(first.Time, last.Time)
	flows, capital := 0.0, first.Value
	for _, v := range valuations[:len(valuations)-1] {
		flows += v.Flow
		capital += v.Flow * daycount.Year365.Years(v.Time, last.Time) / whole
	}
	if capital <= 0 {
		return 0, fmt.Errorf("%w: the average capital is %v", ErrInput, capital)
	}
	return inRange((last.Value - first.Value - flows) / capital)
}

// MoneyWeighted returns the money-weighted return per year, the internal rate of return of what the holder put in and has
// at the end. It judges the holder's timing. The values between are not used. It fails like TimeWeighted and with the
// errors of [cashflow.XIRR].
func MoneyWeighted(valuations []Valuation, days daycount.DayCount, choice cashflow.Choice) (cashflow.Return, error) {
	if err := checkValuations("a money-weighted return", valuations); err != nil {
		return cashflow.Return{}, err
	}
	flows := make([]cashflow.Flow, len(valuations))
	for i, v := range valuations {
		flows[i] = cashflow.Flow{Time: v.Time, Amount: -v.Flow}
	}
	flows[0].Amount -= valuations[0].Value
	flows[len(flows)-1].Amount = valuations[len(valuations)-1].Value
	return cashflow.XIRR(flows, days, choice)
}

// MinReturns is the number of returns below which the figures of this file refuse to annualise.
const MinReturns = 12

// moments returns mean and sample standard deviation (n-1), and checks that there are enough returns to annualise them.
func moments(figure string, returns []float64, perYear float64) (mean, deviation float64, err error) {
	if len(returns) < MinReturns {
		return 0, 0, &TooFewError{figure, len(returns), MinReturns}
	}
	if !finite(perYear) || perYear <= 0 {
		return 0, 0, fmt.Errorf("%w: %v returns a year", ErrInput, perYear)
	}
	// Welford's method: sums of squares would cancel.
	squares := 0.0
	for i, r := range returns {
		if !finite(r) {
			return 0, 0, fmt.Errorf("%w: return %d is %v", ErrInput, i, r)
		}
		delta := r - mean
		mean += delta / float64(i+1)
		squares += delta * (r - mean)
	}
	if !finite(mean) || !finite(squares) {
		return 0, 0, ErrRange
	}
	return mean, math.Sqrt(squares / float64(len(returns)-1)), nil
}

// Volatility returns the annualised standard deviation of returns: sample deviation (n-1) * sqrt(perYear). It returns a
// [*TooFewError] for fewer than MinReturns and ErrInput for numbers that are not finite.
func Volatility(returns []float64, perYear float64) (float64, error) {
	_, deviation, err := moments("volatility", returns, perYear)
	if err != nil {
		return 0, err
	}
	return inRange(deviation * math.Sqrt(perYear))
}

// Sharpe returns the annualised Sharpe ratio: (mean return - risk-free return) / deviation * sqrt(perYear), riskFree being
// per period like the returns. It returns ErrRange if the returns do not vary, and fails like Volatility.
func Sharpe(returns []float64, riskFree, perYear float64) (float64, error) {
	mean, deviation, err := moments("a Sharpe ratio", returns, perYear)
	if err != nil {
		return 0, err
	}
	return ratio(mean-riskFree, deviation, perYear)
}

// Sortino returns the annualised Sortino ratio: (mean return - target) / downside deviation * sqrt(perYear), the downside
// deviation being the root of the mean over all returns of min(0, return - target) squared. It returns ErrRange if no
// return is below the target, and fails like Volatility.
func Sortino(returns []float64, target, perYear float64) (float64, error) {
	mean, _, err := moments("a Sortino ratio", returns, perYear)
	if err != nil {
		return 0, err
	}
	squares := 0.0
	for _, r := range returns {
		short := min(0, r-target)
		squares += short * short
	}
	return ratio(mean-target, math.Sqrt(squares/float64(len(returns))), perYear)
}

func ratio(excess, deviation, perYear float64) (float64, error) {
	if deviation == 0 {
		return 0, fmt.Errorf("%w: the returns have no deviation to divide by", ErrRange)
	}
	return inRange(excess / deviation * math.Sqrt(perYear))
}

// Drawdown is the deepest fall of a value from a peak.
type Drawdown struct {
	Depth     float64 // 1 - trough/peak, 0 if the value never fell
	Peak      time.Time
	Trough    time.Time
	Recovered time.Time // when the value was back at the peak's; zero if it has not been
}

// MaxDrawdown returns the deepest drawdown of the side's NAV, the earliest of equal ones. A series that never fell has a
// Depth of 0 and no times.
func (s Series) MaxDrawdown(side Side) Drawdown {
	var worst Drawdown
	var level, peak NAV // the peak of worst, the highest NAV so far
	var top time.Time
	for _, sample := range s.samples {
		now := sample.side(side)
		if worst.Depth > 0 && worst.Recovered.IsZero() && !now.Lt(level.side(side)) {
			worst.Recovered = sample.Time
		}
		if top.IsZero() || now.Gt(peak.side(side)) {
			peak, top = sample.NAV, sample.Time
			continue
		}
		if depth := -change(peak.side(side), now); depth > worst.Depth {
			worst = Drawdown{Depth: depth, Peak: top, Trough: sample.Time}
			level = peak
		}
	}
	return worst
}

// Calmar returns the annual return from the first step to the last over the depth of the deepest drawdown. It returns
// ErrRange if there was no drawdown, a [*TooFewError] for fewer than MinReturns steps.
func (s Series) Calmar(side Side) (float64, error) {
	if n := len(s.stepsOf(side)); n < MinReturns {
		return 0, &TooFewError{"a Calmar ratio", n, MinReturns}
	}
	r, err := s.SinceFirstStep(side, APY())
	if err != nil {
		return 0, err
	}
	depth := s.MaxDrawdown(side).Depth
	if depth == 0 {
		return 0, fmt.Errorf("%w: there was no drawdown to divide by", ErrRange)
	}
	return inRange(r.Value / depth)
}
