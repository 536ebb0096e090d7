package gpuasset

import (
	"math"

	"github.com/gaib-go/gaib/yield/cashflow"
)

// Service returns the debt service of every period, in units of the currency.
func (s *Schedule) Service() []float64 {
	service := make([]float64, len(s.Payments))
	for i := range s.Payments {
		service[i] = s.Payments[i].Service().Float64()
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
	add := func(day Date, amount Money) {
		years := s.deal.DayCount.Convention().Years(s.deal.Closing.at, day.at)
		weighted, total = weighted+years*amount.Float64(), total+amount.Float64()
	}
	for i := range s.Payments {
		add(s.Payments[i].Due, s.Payments[i].Principal)
	}
	for _, early := range s.early {
		add(early.Date, early.Amount)
	}
	if total == 0 {
		return 0
	}
	return weighted / total
}

// Return returns the lender's annual rate of return with all its roots, fees included, by [cashflow.XIRR] in the deal's day count.
func (s *Schedule) Return() (cashflow.Return, error) {
	return cashflow.XIRR(s.Flows(), s.deal.DayCount.Convention(), cashflow.Choice{})
}

// MOIC returns the lender's multiple, received / paid, fees included, by [cashflow.MOIC].
func (s *Schedule) MOIC() (float64, error) {
	flows := s.Flows()
	amounts := make([]float64, len(flows))
	for i := range flows {
		amounts[i] = flows[i].Amount
	}
	return cashflow.MOIC(amounts)
}

// AdvanceRate returns principal / cost, and false for a cost of zero.
func AdvanceRate(principal, cost Money) (float64, bool) { return quotient(principal, cost) }
