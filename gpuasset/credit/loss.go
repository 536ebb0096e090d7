package credit

import (
	"fmt"
	"math"
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
