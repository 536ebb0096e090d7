package credit

import (
	"fmt"
	"math"

	"github.com/gaib-go/gaib/gpuasset"
)

// Exposure is one period of a deal's life.
type Exposure struct {
	Years float64 // from now to the end of the period
	PD    float64 // marginal: of a default within the period
	LGD   float64 // loss given default, share of EAD
	EAD   float64 // exposure at default
}

// MarginalPD returns the probability of a default between two times at a constant hazard a year: e^(-hazard*from) - e^(-hazard*to).
func MarginalPD(hazard, from, to float64) float64 {
	return math.Exp(-hazard*from) - math.Exp(-hazard*to)
}

// LGD returns the loss given default, max(0, 1 - (value + insured + reserve + guarantee) / ead), where value is what the collateral
// fetches after delay and cost. It is 0 if nothing is exposed.
func LGD(ead, value, insured, reserve, guarantee float64) float64 {
	if ead <= 0 {
		return 0
	}
	return max(0, 1-(value+insured+reserve+guarantee)/ead)
}

// ExpectedLoss returns the expected credit loss: in stages 1 and 2 the sum of PD * LGD * EAD / (1 + rate)^Years, in stage 1 of the periods
// that end within a year, in stage 2 of all; in stage 3, where default is a fact, LGD * EAD / (1 + rate)^Years of the first period. Rate
// is the effective interest rate. It fails with [ErrInput] for numbers out of range, periods out of order, PDs above 1 in sum and no
// periods.
func ExpectedLoss(stage Stage, rate float64, periods []Exposure) (float64, error) {
	if len(periods) == 0 || !(rate > -1) || !finite(rate) || stage < Stage1 || stage > Stage3 {
		return 0, fmt.Errorf("%w: %d periods, rate %v, stage %d", ErrInput, len(periods), rate, stage)
	}
	var loss, total, before float64
	for i, p := range periods {
		total += p.PD
		if !(p.PD >= 0) || !(total <= 1+1e-9) || !(p.LGD >= 0 && p.LGD <= 1) || !(p.EAD >= 0) || !finite(p.EAD) || !(p.Years >= before) || !finite(p.Years) {
			return 0, fmt.Errorf("%w: period %d is %+v", ErrInput, i, p)
		}
		before = p.Years
		value := p.LGD * p.EAD * math.Pow(1+rate, -p.Years)
		switch {
		case stage == Stage3 && i == 0:
			loss = value
		case stage == Stage2 || stage == Stage1 && p.Years <= 1:
			loss += p.PD * value
		}
	}
	return loss, nil
}

// WriteOff is the share of a nominal that is written off from a number of days past due on.
type WriteOff struct {
	Days  int
	Share gpuasset.Ratio
}

// WriteOffs is a table of write-offs, the days rising. It is policy: GAIB has not published one.
type WriteOffs []WriteOff

// Check returns [ErrInput] unless days and shares rise, from 1 day on and up to all of it.
func (w WriteOffs) Check() error {
	for i, group := range w {
		if group.Days < 1 || group.Share > gpuasset.One || i > 0 && (group.Days <= w[i-1].Days || group.Share < w[i-1].Share) {
			return fmt.Errorf("%w: write-off %d of %s from %d days on; days and shares must rise", ErrInput, i, group.Share, group.Days)
		}
	}
	return nil
}

// Value returns what a nominal is carried at so many days past due: nominal * (1 - share), rounded down, with the share of the last group
// whose days are reached.
func (w WriteOffs) Value(nominal gpuasset.Money, daysPastDue int) gpuasset.Money {
	var share gpuasset.Ratio
	for _, group := range w {
		if daysPastDue >= group.Days {
			share = group.Share
		}
	}
	return nominal.MulDown(gpuasset.One - min(share, gpuasset.One))
}

// PoolLoss is the loss of a large pool of equal loans as a share of its exposure.
type PoolLoss struct {
	Expected    float64 // PD * LGD
	Quantile    float64 // not exceeded with the probability asked for
	Unexpected  float64 // Quantile - Expected
	Conditional float64 // PD given the factor at that quantile
}

// Vasicek returns the loss of a large homogeneous pool under one normal factor at a probability q: LGD * Phi((Phi^-1(PD) + sqrt(rho) *
// Phi^-1(q)) / sqrt(1 - rho)). Source: Vasicek, The distribution of loan portfolio value (2002); it is the formula of the Basel capital
// requirements at q = 0.999. It fails with [ErrInput] for a PD, LGD or correlation outside 0 to 1, a correlation of 1, and a
// q that is not between 0 and 1.
func Vasicek(pd, lgd, correlation, q float64) (PoolLoss, error) {
	if !(pd >= 0 && pd <= 1) || !(lgd >= 0 && lgd <= 1) || !(correlation >= 0 && correlation < 1) || !(q > 0 && q < 1) {
		return PoolLoss{}, fmt.Errorf("%w: PD %v, LGD %v, correlation %v, probability %v", ErrInput, pd, lgd, correlation, q)
	}
	quantile := func(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }
	z := (quantile(pd) + math.Sqrt(correlation)*quantile(q)) / math.Sqrt(1-correlation)
	p := PoolLoss{Expected: pd * lgd, Conditional: math.Erfc(-z/math.Sqrt2) / 2}
	p.Quantile = lgd * p.Conditional
	p.Unexpected = p.Quantile - p.Expected
	return p, nil
}
