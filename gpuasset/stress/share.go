package stress

import (
	"fmt"
	"math"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

// sharing is the revenue share of a deal, made ready. Amounts are of the whole deal.
type sharing struct {
	waterfall economics.Waterfall // before the first month left
	years     []float64           // of a period, at the month it ends
	factors   []float64           // discount from the day, likewise
	debts     []float64           // service of all debt on the cluster, by month
	base      float64             // value of the distributions without a shock
	total     float64             // that and the service of a hybrid
	out       float64             // of the total, what counts as outstanding
	cost      float64             // of equity, not returned yet
}

// flow is a month of a revenue share: revenue that is fixed and at spot prices, and what goes off before the investor is paid.
type flow struct{ fixed, spot, costs float64 }

// share fills the revenue share of a deal.
func (b *builder) share(d *deal, terms *gpuasset.Deal, others []*gpuasset.Deal, o economics.Operation, schedule *gpuasset.Schedule, first int) error {
	a := &b.book.assume
	rate := b.given.ShareRate.Float64()
	if rate == 0 {
		return fmt.Errorf("%w: a revenue share needs Given.ShareRate", ErrInput)
	}
	if metered := b.given.Takings[terms.ID]; len(metered) > 0 && a.Day.Before(metered[len(metered)-1].Date) {
		return fmt.Errorf("%w: takings of a period that ends on %s, after %s", ErrInput, metered[len(metered)-1].Date, a.Day)
	}
	if err := monotone(terms.RevenueShare, b.given.ShareRate); err != nil {
		return err
	}
	s := &sharing{years: make([]float64, d.months), factors: make([]float64, d.months), debts: make([]float64, d.months)}
	var debts []*gpuasset.Schedule
	start := terms.Closing.AddMonths(terms.TenorMonths - d.months)
	for _, other := range others {
		if other != terms && other.RevenueShare != nil {
			return fmt.Errorf("%w: %.64q shares the revenue of the same cluster; put them into one", ErrInput, other.ID)
		}
		if other.Kind == gpuasset.Equity {
			continue
		}
		debt, err := b.schedule(other)
		if err != nil {
			return err
		}
		debts = append(debts, debt)
		from := start
		for i, day := range d.dates {
			for k := range debt.Payments {
				if p := &debt.Payments[k]; from.Before(p.Due) && !day.Before(p.Due) {
					s.debts[i] += p.Service().Float64()
				}
			}
			from = day
		}
	}
	payouts, err := o.Payouts(terms, debts, b.given.Takings[terms.ID])
	if err != nil {
		return err
	}
	factors, err := economics.Discounts(terms, rate, a.Day)
	if err != nil {
		return err
	}
	principal := terms.Principal.Float64()
	if s.waterfall, err = economics.NewWaterfall(terms.RevenueShare, principal); err != nil {
		return err
	}
	passed := first / terms.PaymentMonths
	for i := range payouts {
		p := &payouts[i]
		if i < passed {
			s.waterfall.Next(p.Revenue, p.Investor, p.Years)
			continue
		}
		if month := (i+1)*terms.PaymentMonths - 1 - first; month < d.months {
			s.years[month], s.factors[month] = p.Years, factors[i]
		}
	}
	s.cost = max(0, principal-s.waterfall.Received())
	d.shared = s
	var rows [maxMonths]flow
	d.flows(&Shock{}, &rows)
	var paid [maxMonths]float64
	s.base, _ = d.distributed(&rows, nil, d.months, &paid)
	s.total = s.base
	if schedule != nil {
		for m, service := range d.service {
			s.total += float64(service * s.factors[m])
		}
		s.out = min(s.total, d.balance[0])
		return nil
	}
	// What is left of value and cost after each period stands for its claim in a default.
	s.out = min(s.total, s.cost)
	d.balance[0] = s.out
	value, factor, cost := s.base, 1.0, s.cost
	for m := range d.months {
		if s.factors[m] > 0 {
			value, cost = max(0, value-float64(paid[m]*s.factors[m])), max(0, cost-paid[m])
			factor = s.factors[m]
		}
		d.balance[m+1] = min(value/factor, cost)
	}
	return nil
}

// monotone holds a revenue share to terms under which less revenue is never worth more.
func monotone(r *gpuasset.RevenueShare, rate gpuasset.Ratio) error {
	until := gpuasset.Ratio(0)
	for i, tier := range r.Tiers {
		switch {
		case tier.UpToIRR > rate:
			return fmt.Errorf("%w: tier %d lasts until a return of %s, and is discounted at %s: the longer it takes the more it would be worth; give a Given.ShareRate of %s or more",
				ErrInput, i, tier.UpToIRR, rate, tier.UpToIRR)
		case tier.UpTo > 0 && until > 0:
			return fmt.Errorf("%w: tier %d ends at a multiple, after one that ends at a return: less revenue could be worth more", ErrInput, i)
		}
		until = max(until, tier.UpToIRR)
	}
	return nil
}

// flows fills revenue after the platform fee and the costs before the investor, by month.
func (d *deal) flows(shock *Shock, rows *[maxMonths]flow) {
	var paid [8]float64
	rates := d.rates(shock, paid[:0])
	let := min(max(d.utilisation+shock.Utilisation, 0), 1) * (1 + shock.Rental) * d.keep
	tariff := 1 + shock.Tariff
	for m := range d.months {
		rows[m] = flow{costs: float64(d.energy[m]*tariff) + d.opex + d.shared.debts[m]}
		if m < shock.Delay {
			continue
		}
		for i, held := range d.held[m*len(rates):][:len(rates)] {
			rows[m].fixed += float64(held * rates[i])
		}
		rows[m].fixed = float64(rows[m].fixed * d.keep)
		rows[m].spot = float64(let * float64(d.free[m]*d.price[m]))
	}
}

// distributed returns the value of what the investor gets in the first months, and its sum; prices are relative, all 1 if nil. It fills
// paid, by month, unless that is nil.
func (d *deal) distributed(rows *[maxMonths]flow, prices []float64, months int, paid *[maxMonths]float64) (value, received float64) {
	w := d.shared.waterfall
	var revenue, room float64
	for m := range months {
		r := &rows[m]
		income := r.spot
		if prices != nil {
			income = float64(r.spot * prices[m])
		}
		income += r.fixed
		revenue, room = revenue+income, room+(income-r.costs)
		if (m+1)%d.period != 0 {
			continue
		}
		got := w.Next(revenue, max(0, room), d.shared.years[m])
		value += float64(got * d.shared.factors[m])
		received += got
		if paid != nil {
			paid[m] = got
		}
		revenue, room = 0, 0
	}
	return value, received
}

// fallen returns by how much the distributions are worth less than without a shock, and by how much that lowers what is outstanding.
func (d *deal) fallen(value float64) (fall, outstanding float64) {
	s := d.shared
	fall = max(0, s.base-value)
	return fall, s.out - min(s.out, max(0, s.total-fall))
}

// participate returns the present value of what the revenue share of a path loses against the base case, other than the debt of a hybrid. A
// default ends the distributions after so many months; equity then has its claim, cost not returned yet, on the GPUs.
func (w *worker) participate(p *path, prices, values []float64, months int, failed bool) float64 {
	value, received := p.distributed(p.flows, prices, months, nil)
	if failed && p.equity {
		claim := max(0, p.shared.cost-received)
		kept := claim - p.deal.loss(max(0, claim-p.reserve), months, float64(w.brings*values[months]))
		if months > 0 {
			kept *= p.discount[months-1]
		}
		value += float64(kept)
	}
	return max(0, p.shared.base-value)
}

// portion returns a position's part of a deal with a revenue share.
func (d *deal) portion(held float64) (float64, bool) {
	if d.shared.total == 0 {
		return 0, held == 0
	}
	part := held / d.shared.total
	return min(part, 1), part <= 1+1e-9+1e-5/d.shared.total && !math.IsNaN(part)
}
