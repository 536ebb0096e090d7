package gpuasset

import (
	"errors"
	"fmt"
	"math"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrNoHours: no GPU-hour is sold, so no price and no utilisation breaks even.
	ErrNoHours = errors.New("gpuasset: no GPU-hours are sold in that month")
	// ErrSeries: a series is empty, of the wrong length or not of finite numbers. The text says which.
	ErrSeries = errors.New("gpuasset: bad series")
)

// MaxMonths is the largest number of months that [Operation.Months] computes.
const MaxMonths = 1200

// Operation is a running cluster: with the sheet of its GPUs and the index that prices what is not reserved.
type Operation struct {
	Cluster *Cluster
	Model   *Model
	Spot    *Index // nil if nothing is let at spot prices
}

// Operation returns the cluster of an id with its model and index. It fails with [ErrReference].
func (d *Document) Operation(cluster string) (Operation, error) {
	c, ok := d.Cluster(cluster)
	if !ok {
		return Operation{}, fmt.Errorf("gpuasset: %w: there is no cluster %.64q", ErrReference, cluster)
	}
	model, ok := d.Model(c.Model)
	if !ok {
		return Operation{}, fmt.Errorf("gpuasset: %w: there is no model %.64q", ErrReference, c.Model)
	}
	o := Operation{Cluster: c, Model: model}
	if c.SpotIndex != "" {
		if o.Spot, ok = d.Index(c.SpotIndex); !ok {
			return Operation{}, fmt.Errorf("gpuasset: %w: there is no index %.64q", ErrReference, c.SpotIndex)
		}
	}
	return o, nil
}

// Month is what a cluster earns and spends in a month, in units of the currency.
type Month struct {
	Start           Date
	Available       float64 // GPU-hours of the month
	ReservedHours   float64 // GPU-hours paid for under reservations
	SpotHours       float64 // GPU-hours let at the spot price
	SpotPrice       float64
	Extrapolated    bool // the spot price is the last one known
	ReservedRevenue float64
	SpotRevenue     float64
	PlatformFee     float64
	EnergyKWh       float64
	Energy          float64
	Opex            float64
	EBITDA          float64
}

// Month returns the economics of the month from start to the same day of the next:
//
//	reserved = GPUs * share * hours covered * max(take-or-pay, utilisation) * price, summed over reservations
//	spot     = (GPU-hours - those reserved) * spot utilisation * index price of the first day
//	energy   = GPUs * (board + other power) * load * PUE * hours * tariff
//	EBITDA   = (reserved + spot) * (1 - platform fee) - energy - monthly costs
//
// It fails with [ErrNoPrice] if the index starts later, and with [ErrReference] if cluster or model are nil.
func (o Operation) Month(start Date) (Month, error) {
	c := o.Cluster
	if c == nil || o.Model == nil {
		return Month{}, fmt.Errorf("gpuasset: %w: an operation has a cluster and a model", ErrReference)
	}
	end := start.AddMonths(1)
	hours := 24 * float64(daycount.Days(start.at, end.at))
	gpus := float64(c.GPUs)
	m := Month{Start: start, Available: gpus * hours}
	free := m.Available
	for i := range c.Reservations {
		r := &c.Reservations[i]
		from, to := start, end
		if from.Before(r.Start) {
			from = r.Start
		}
		if r.End.Before(to) {
			to = r.End
		}
		if !from.Before(to) {
			continue
		}
		held := gpus * r.Share.Float64() * 24 * float64(daycount.Days(from.at, to.at))
		free -= held
		paid := held * max(r.TakeOrPay, r.Utilisation).Float64()
		m.ReservedHours += paid
		m.ReservedRevenue += paid * r.Price.Float64()
	}
	if o.Spot != nil && c.SpotUtilisation > 0 {
		price, extrapolated, err := o.Spot.Price(start)
		if err != nil {
			return Month{}, err
		}
		m.SpotHours = max(free, 0) * c.SpotUtilisation.Float64() // rounding of shares may leave less than nothing
		m.SpotPrice, m.Extrapolated = price.Float64(), extrapolated
		m.SpotRevenue = m.SpotHours * m.SpotPrice
	}
	m.PlatformFee = m.Gross() * c.PlatformFee.Float64()
	m.EnergyKWh = gpus * float64(o.Model.BoardPowerW+c.OtherWatts) / 1000 * c.Load.Float64() * c.PUE.Float64() * hours
	m.Energy = m.EnergyKWh * c.Tariff.Float64()
	for i := range c.MonthlyCosts {
		m.Opex += c.MonthlyCosts[i].PerMonth.Float64()
	}
	m.EBITDA = m.Gross() - m.PlatformFee - m.Energy - m.Opex
	return m, nil
}

// Months returns a number of months in a row, at most [MaxMonths]; [ErrSeries] otherwise.
func (o Operation) Months(start Date, count int) ([]Month, error) {
	if count < 0 || count > MaxMonths {
		return nil, fmt.Errorf("%w: %d months, at most %d", ErrSeries, count, MaxMonths)
	}
	months := make([]Month, count)
	for i := range months {
		var err error
		if months[i], err = o.Month(start.AddMonths(i)); err != nil {
			return nil, err
		}
	}
	return months, nil
}

// Gross returns the revenue before the platform fee.
func (m Month) Gross() float64 { return m.ReservedRevenue + m.SpotRevenue }

// CFADS returns the cash flow available for debt service: EBITDA - tax - capital expenditure - reserve top-up.
func (m Month) CFADS(tax, capex, reserve float64) float64 { return m.EBITDA - tax - capex - reserve }

// need is the gross revenue at which CFADS without deductions is dscr times the debt service, for a fee that is a share of revenue.
func (m Month) need(service, dscr float64) (float64, error) {
	gross := m.Gross()
	if gross <= 0 || m.PlatformFee >= gross {
		return 0, ErrNoHours
	}
	return (dscr*service + m.Opex + m.Energy) / (1 - m.PlatformFee/gross), nil
}

// BreakEvenPrice returns the average price of all GPU-hours sold at which EBITDA is dscr times the debt service:
// (dscr*service + opex + energy) / (hours sold * (1 - fee)). It fails with [ErrNoHours].
func (m Month) BreakEvenPrice(service, dscr float64) (float64, error) {
	need, err := m.need(service, dscr)
	if err != nil {
		return 0, err
	}
	return need / (m.ReservedHours + m.SpotHours), nil
}

// BreakEvenUtilisation returns the share of all GPU-hours that must be sold at the month's average price for EBITDA to be dscr times
// the debt service; above 1 it cannot be reached. Energy is taken as it is. It fails with [ErrNoHours].
func (m Month) BreakEvenUtilisation(service, dscr float64) (float64, error) {
	need, err := m.need(service, dscr)
	if err != nil {
		return 0, err
	}
	return need / (m.Gross() / (m.ReservedHours + m.SpotHours)) / m.Available, nil
}

// Payback returns the months until EBITDA has paid back the cost; within the last month it is spread evenly. It fails like
// [cashflow.Payback], so with cashflow.ErrNoRoot if the months given do not suffice.
func Payback(cost float64, months []Month) (float64, error) {
	flows := make([]float64, 0, len(months)+1)
	flows = append(flows, -cost)
	for i := range months {
		flows = append(flows, months[i].EBITDA)
	}
	return cashflow.Payback(0, flows)
}

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
	out := Coverage{Periods: make([]float64, len(service)), Min: math.Inf(1)}
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

// Service returns the debt service of every period, in units of the currency.
func (s *Schedule) Service() []float64 {
	service := make([]float64, len(s.Payments))
	for i := range s.Payments {
		service[i] = s.Payments[i].Service().Float64()
	}
	return service
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
