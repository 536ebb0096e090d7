package gpuasset

import (
	"math"
	"math/bits"

	"github.com/gaib-go/gaib/yield/cashflow"
)

// Service returns the debt service of every period, in units of the currency.
func (s *Schedule) Service() []float64 {
	service := make([]float64, len(s.Payments))
	for i := range s.Payments {
		service[i] = s.Payments[i].serviceFloat()
	}
	return service
}

// LoanToValue is a point of a loan's life.
type LoanToValue struct {
	Date    Date
	Balance Money
	Value   float64
	LTV     float64 // +Inf if something is owed on what is worth nothing, 0 if nothing is owed
}

// LTV returns balance / value at closing, after the draws of that day, and after every payment; value is the collateral's on a day.
func (s *Schedule) LTV(value func(Date) float64) []LoanToValue {
	points := make([]LoanToValue, 0, len(s.Payments)+1)
	add := func(day Date, balance Money) {
		point := LoanToValue{Date: day, Balance: balance, Value: value(day)}
		if !balance.IsZero() {
			point.LTV = math.Inf(1)
			if point.Value > 0 {
				point.LTV = balance.Float64() / point.Value
			}
		}
		points = append(points, point)
	}
	add(s.deal.Closing, s.Balance(s.deal.Closing))
	for i := range s.Payments {
		add(s.Payments[i].Due, s.Payments[i].Closing)
	}
	return points
}

// WAL returns the weighted average life from closing in years: the mean time of principal and prepayments, weighted by amount, in the
// deal's day count; 0 if there is none.
func (s *Schedule) WAL() float64 {
	var weighted, total float64
	for i := range s.Payments {
		amount := s.Payments[i].Principal.Float64()
		weighted, total = weighted+s.years[i]*amount, total+amount
	}
	for _, early := range s.early {
		amount := early.Amount.Float64()
		weighted, total = weighted+s.since(early.Date)*amount, total+amount
	}
	if total == 0 {
		return 0
	}
	return weighted / total
}

// since returns the years from closing to a day.
func (s *Schedule) since(day Date) float64 {
	return s.deal.DayCount.Convention().Years(s.deal.Closing.at, day.at)
}

// NPV returns the value at closing of the lender's flows, those of Flows, at an annual rate above -1: the sum of amount * (1 + rate)^-years in the
// deal's day count, in units of the currency. It is that of [cashflow.XNPV]; NaN for a rate that is not above -1.
func (s *Schedule) NPV(rate float64) (value float64) {
	if !(rate > -1) {
		return math.NaN()
	}
	z := math.Log1p(rate)
	for i := range s.Payments {
		value += s.Payments[i].serviceFloat() * math.Exp(-z*s.years[i])
	}
	for _, early := range s.early {
		value += early.Amount.Add(early.Amount.MulHalfUp(s.deal.Prepayment.Fee)).Float64() * math.Exp(-z*s.since(early.Date))
	}
	missed := s.owed
	for _, draw := range s.draws {
		amount := draw.Amount
		if len(missed) > 0 && draw == missed[0] {
			missed = missed[1:]
		} else {
			amount = amount.SubFloor(amount.MulHalfUp(s.deal.OriginationFee))
		}
		value -= amount.Float64() * math.Exp(-z*s.since(draw.Date))
	}
	return value
}

// Return returns the lender's annual rate of return with all its roots, fees included, by [cashflow.XIRR] in the deal's day count.
func (s *Schedule) Return() (cashflow.Return, error) {
	return cashflow.XIRR(s.Flows(), s.deal.DayCount.Convention(), cashflow.Choice{})
}

// MOIC returns the lender's multiple, received / paid, fees included, by [cashflow.MOIC]. Arrears were not received.
func (s *Schedule) MOIC() (float64, error) {
	var paid, received Money
	for i := range s.Payments {
		p := &s.Payments[i]
		if units, ok := p.service(); ok {
			if sum, over := bits.Add64(received[0], units, 0); over == 0 {
				received[0] = sum
				continue
			}
		}
		received = received.Add(p.Service())
	}
	for _, early := range s.early {
		received = received.Add(early.Amount).Add(early.Amount.MulHalfUp(s.deal.Prepayment.Fee))
	}
	missed := s.owed
	for _, draw := range s.draws {
		if len(missed) > 0 && draw == missed[0] {
			received, missed = received.SubFloor(draw.Amount), missed[1:]
			continue
		}
		paid = paid.Add(draw.Amount.SubFloor(draw.Amount.MulHalfUp(s.deal.OriginationFee)))
	}
	return cashflow.MOIC([]float64{-paid.Float64(), received.Float64()})
}

// AdvanceRate returns principal / cost, and false for a cost of zero.
func AdvanceRate(principal, cost Money) (float64, bool) { return quotient(principal, cost) }
