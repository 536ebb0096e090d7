package economics

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrNoHours: no GPU-hour is sold, so no price and no utilisation breaks even.
	ErrNoHours = errors.New("economics: no GPU-hours are sold in that month")
	// ErrSeries: a series is empty, of the wrong length or not of finite numbers. The text says which.
	ErrSeries = errors.New("economics: bad series")
)

// MaxMonths is the largest number of months that [Operation.Months] computes.
const MaxMonths = 1200

// Operation is a running cluster: with the sheet of its GPUs and the index that prices what is not reserved.
type Operation struct {
	Cluster *gpuasset.Cluster
	Model   *gpuasset.Model
	Spot    *gpuasset.Index // nil if nothing is let at spot prices
}

// Of returns the cluster of an id with its model and index. It fails with [gpuasset.ErrReference].
func Of(doc *gpuasset.Document, cluster string) (Operation, error) {
	c, ok := doc.Cluster(cluster)
	if !ok {
		return Operation{}, fmt.Errorf("economics: %w: there is no cluster %.64q", gpuasset.ErrReference, cluster)
	}
	model, ok := doc.Model(c.Model)
	if !ok {
		return Operation{}, fmt.Errorf("economics: %w: there is no model %.64q", gpuasset.ErrReference, c.Model)
	}
	o := Operation{Cluster: c, Model: model}
	if c.SpotIndex != "" {
		if o.Spot, ok = doc.Index(c.SpotIndex); !ok {
			return Operation{}, fmt.Errorf("economics: %w: there is no index %.64q", gpuasset.ErrReference, c.SpotIndex)
		}
	}
	return o, nil
}

// Month is what a cluster earns and spends in a month, in units of the currency.
type Month struct {
	Start           gpuasset.Date
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
// It fails with [gpuasset.ErrNoPrice] if the index starts later, and with [gpuasset.ErrReference] if cluster or model are nil.
func (o Operation) Month(start gpuasset.Date) (Month, error) {
	return o.Between(start, start.AddMonths(1))
}

// Between returns the economics from start to the day before end, as Month does, for months that do not end on the day they began: from
// the 31st of January to the 28th of February, and from there to the 31st of March. Monthly costs count once.
func (o Operation) Between(start, end gpuasset.Date) (m Month, err error) {
	if err := o.between(&m, start, end); err != nil {
		return Month{}, err
	}
	return m, nil
}

// between sets m to the economics of Between.
func (o *Operation) between(m *Month, start, end gpuasset.Date) error {
	c := o.Cluster
	if c == nil || o.Model == nil {
		return fmt.Errorf("economics: %w: an operation has a cluster and a model", gpuasset.ErrReference)
	}
	hours := 24 * float64(daycount.Days(start.Time(), end.Time()))
	gpus := float64(c.GPUs)
	*m = Month{Start: start, Available: gpus * hours}
	free := m.Available
	for i := range c.Reservations {
		r := &c.Reservations[i]
		held := o.Held(r, start, end)
		free -= held
		paid := held * max(r.TakeOrPay, r.Utilisation).Float64()
		m.ReservedHours += paid
		m.ReservedRevenue += paid * r.Price.Float64()
	}
	if o.Spot != nil && c.SpotUtilisation > 0 {
		price, extrapolated, err := o.Spot.Price(start)
		if err != nil {
			return err
		}
		m.SpotHours = max(free, 0) * c.SpotUtilisation.Float64() // rounding of shares may leave less than nothing
		m.SpotPrice, m.Extrapolated = price.Float64(), extrapolated
		m.SpotRevenue = m.SpotHours * m.SpotPrice
	}
	gross := m.ReservedRevenue + m.SpotRevenue
	m.PlatformFee = gross * c.PlatformFee.Float64()
	m.EnergyKWh = gpus * float64(o.Model.BoardPowerW+c.OtherWatts) / 1000 * c.Load.Float64() * c.PUE.Float64() * hours
	m.Energy = m.EnergyKWh * c.Tariff.Float64()
	for i := range c.MonthlyCosts {
		m.Opex += c.MonthlyCosts[i].PerMonth.Float64()
	}
	m.EBITDA = gross - m.PlatformFee - m.Energy - m.Opex
	return nil
}

// Held returns the GPU-hours that a reservation of the cluster holds from start to the day before end: GPUs * share * hours covered.
func (o Operation) Held(r *gpuasset.Reservation, start, end gpuasset.Date) float64 {
	if start.Before(r.Start) {
		start = r.Start
	}
	if r.End.Before(end) {
		end = r.End
	}
	if !start.Before(end) {
		return 0
	}
	return float64(o.Cluster.GPUs) * r.Share.Float64() * 24 * float64(daycount.Days(start.Time(), end.Time()))
}

// Months returns a number of months in a row, each from start plus so many months to the day before the next, at most [MaxMonths];
// [ErrSeries] otherwise.
func (o Operation) Months(start gpuasset.Date, count int) ([]Month, error) {
	if count < 0 || count > MaxMonths {
		return nil, fmt.Errorf("%w: %d months, at most %d", ErrSeries, count, MaxMonths)
	}
	return o.appendMonths(make([]Month, 0, count), start, count)
}

func (o Operation) appendMonths(months []Month, start gpuasset.Date, count int) ([]Month, error) {
	from := start
	for i := range count {
		to := start.AddMonths(i + 1)
		months = append(months, Month{})
		if err := o.between(&months[i], from, to); err != nil {
			return nil, err
		}
		from = to
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
