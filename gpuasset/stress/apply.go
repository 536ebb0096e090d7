package stress

import (
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
)

// maxMonths is the longest tenor that a document allows.
const maxMonths = 36

// Deal is what a shock does to a deal. Amounts are of the whole deal, in units of the currency.
type Deal struct {
	ID          string
	Stage       credit.Stage // the worst of its positions
	MinDSCR     float64      // over the payment periods left; +Inf if nothing falls due
	AverageDSCR float64
	MinAt       gpuasset.Date // end of the first period of the minimum
	MaxLTV      float64       // balance / value of the GPUs; +Inf if something is owed on what is worth nothing
	Late        int           // most months that a payment is late
	Unpaid      bool          // something is left unpaid at maturity
	Short       gpuasset.Date // first payment that is missed; zero if none is
	Loss        float64       // of a default today
	Expected    float64       // expected loss in the deal's stage
	Share       float64       // present value of the distributions of a revenue share
}

// Result is a portfolio under a shock.
type Result struct {
	Shock     Shock
	Deals     []Deal
	Portfolio portfolio.Portfolio // as the shock leaves it, with stages and losses: what Valuation values
	Valuation *portfolio.Valuation
}

// Deal returns the result of a deal, and false if the book does not have it.
func (r *Result) Deal(id string) (*Deal, bool) {
	at := slices.IndexFunc(r.Deals, func(d Deal) bool { return d.ID == id })
	if at < 0 {
		return nil, false
	}
	return &r.Deals[at], true
}

// Markdown returns the falls of both NAVs per share against another result, 1 - this/base; 0 where the base is worth nothing. They
// are the steps that a lending market sees if it prices the shares at one or the other.
func (r *Result) Markdown(base *Result) (deposit, unstaking float64) {
	fall := func(now, before gpuasset.Money) float64 {
		if before.IsZero() {
			return 0
		}
		return 1 - now.Float64()/before.Float64()
	}
	return fall(r.Valuation.Deposit, base.Valuation.Deposit), fall(r.Valuation.Unstaking, base.Valuation.Unstaking)
}

// Apply returns the portfolio under a shock that happens now and stays.
//
//	cash      = part * ((reserved + spot) * (1 - platform fee) - energy - monthly costs - service of more senior deals), per month
//	DSCR      = cash / service, per payment period; principal that may be refinanced at maturity is not service
//	account   = min(reserve, account + max(cash, 0) - service), the reserve first; cash within a period is kept for its end, what is above
//	            the reserve then goes to the borrower
//	value     = cost * depreciation * (1 + residual) * (1 + rental)^elasticity of the GPUs; what an orderly sale brings of it
//	loss      = balance - reserve - part * max(0, orderly value - balance of more senior deals), after first loss and insurance
//	expected  = sum of PD * loss * discount at the deal's rate, of 12 months in stage 1, of all in stage 2; at most the largest
//	            loss; in stage 3 the loss of a default today if that is more
//
// An account below zero is a late payment. The stage is that of [credit.StageOf] for what happens within the look-ahead: late payments
// at 30 days a month, coverage below the review's, what is unpaid at maturity and deals named as defaulted are stage 3, and no position is
// better than it was. The reserve does not count for a loss that follows from missed payments, which have used it up.
//
// The value of a revenue share is that of [economics.Operation.Payouts] under the shock; by how much it falls counts as an expected loss does.
//
// In the NAVs the expected loss is the loss not realised, so only in the Unstaking NAV, other than in stage 3 with WriteDown. It fails
// with [ErrInput] and like [portfolio.Portfolio.Value].
func (b *Book) Apply(shock Shock) (*Result, error) {
	if err := b.check(&shock); err != nil {
		return nil, err
	}
	r := &Result{Shock: shock, Deals: make([]Deal, len(b.deals))}
	for i := range b.deals {
		d := &b.deals[i]
		b.evaluate(d, &shock, &r.Deals[i])
	}
	r.Portfolio = copied(b.portfolio)
	shocked := &r.Portfolio
	bid, err := ratio(1 + shock.Bills)
	if err != nil {
		return nil, err
	}
	for i := range shocked.Bills {
		shocked.Bills[i].Bid = shocked.Bills[i].Bid.MulDown(bid)
	}
	for _, h := range b.holdings {
		r.Deals[h.deal].Stage = max(r.Deals[h.deal].Stage, shocked.SPs[h.sp].Positions[h.at].Stage)
	}
	for i := range b.deals {
		r.Deals[i].Expected = b.expected(&b.deals[i], &shock, &r.Deals[i])
	}
	for _, h := range b.holdings {
		position := &shocked.SPs[h.sp].Positions[h.at]
		d := &r.Deals[h.deal]
		position.Stage = d.Stage
		var fall, lower float64
		if made := &b.deals[h.deal]; made.shared != nil {
			fall, lower = made.fallen(d.Share)
		}
		all, err := gpuasset.FromFloat(h.share * (d.Expected + fall))
		if err != nil {
			return nil, fmt.Errorf("stress: deal %.64q: %w", d.ID, err)
		}
		loss, err := gpuasset.FromFloat(h.share * (d.Expected + lower))
		if err != nil {
			return nil, fmt.Errorf("stress: deal %.64q: %w", d.ID, err)
		}
		loss = loss.Min(position.Outstanding)
		position.ExpectedLoss, position.UnrealisedLoss = loss, loss
		if b.deals[h.deal].shared != nil {
			position.ExpectedLoss = all.Min(position.Outstanding.Add(position.Accrued))
		}
		if position.Stage == credit.Stage3 && b.assume.WriteDown {
			position.Outstanding = position.Outstanding.SubFloor(loss)
			// What the haircut no longer takes off what is written off, so that the Unstaking NAV stays as it was.
			position.UnrealisedLoss = loss.MulUp(b.assume.Method.Haircut[credit.Stage3-1])
		}
	}
	if r.Valuation, err = shocked.Value(b.assume.Method); err != nil {
		return nil, err
	}
	return r, nil
}

func ratio(x float64) (gpuasset.Ratio, error) {
	if !(x >= 0 && x <= 1) {
		return 0, fmt.Errorf("%w: %v, want 0 to 1", ErrInput, x)
	}
	return gpuasset.Ratio(x * 1e18), nil
}

func (b *Book) check(shock *Shock) error {
	if err := shock.check(); err != nil {
		return err
	}
	for _, id := range shock.Defaulted {
		if !slices.ContainsFunc(b.deals, func(d deal) bool { return d.id == id }) {
			return fmt.Errorf("%w: the book has no deal %.64q", ErrInput, id)
		}
	}
	return nil
}

// cash fills the cash of each month: what is fixed, and what comes in at spot prices.
func (d *deal) cash(shock *Shock, fixed, spot *[maxMonths]float64) {
	var paid [8]float64 // more reservations are rare
	rates := d.rates(shock, paid[:0])
	let := min(max(d.utilisation+shock.Utilisation, 0), 1) * (1 + shock.Rental) * d.keep * d.part
	tariff := 1 + shock.Tariff
	for m := range d.months {
		var reserved float64
		if m >= shock.Delay {
			for i, held := range d.held[m*len(rates):][:len(rates)] {
				reserved += float64(held * rates[i])
			}
			spot[m] = float64(let * float64(d.free[m]*d.price[m]))
		} else {
			spot[m] = 0
		}
		fixed[m] = float64(d.part * (float64(reserved*d.keep) - float64(d.energy[m]*tariff) - d.opex - d.prior[m]))
	}
}

// rates appends what each reservation pays per GPU-hour held.
func (d *deal) rates(shock *Shock, rates []float64) []float64 {
	for _, r := range d.reservations {
		use := max(r.takeOrPay, min(max(r.utilisation+shock.Utilisation, 0), 1))
		price := r.price * (1 + float64(shock.Rental*shock.Renegotiated))
		rates = append(rates, float64(use*price)*(1-shock.Offtake))
	}
	return rates
}

// book returns a deal's account after a month: the reserve while it is above zero, what is late while it is below.
func book(x, cash, service, most float64) float64 {
	if cash > 0 {
		x += cash
	}
	x -= service
	if x > most {
		x = most
	}
	return x
}

// most is what the account may hold after a month: the reserve at the end of a period, anything within.
func (d *deal) most(month int) float64 {
	if (month+1)%d.period == 0 {
		return d.reserve
	}
	return math.Inf(1)
}

// refinanced returns what is refinanced at maturity, with GPUs worth so much more or less than in the base case.
func (d *deal) refinanced(limit, worth float64) float64 {
	last := d.months - 1
	room := float64(limit*float64(d.value[last+1]*worth)) - d.senior[last+1]
	return min(d.due[last], max(0, float64(d.part*room)))
}

// worth returns the value of GPUs under a shock over that in the base case.
func (b *Book) worth(shock *Shock) float64 {
	return (1 + shock.Residual) * power(1+shock.Rental, b.assume.Elasticity)
}

// power returns x^y for x >= 0 and y >= 0.
func power(x, y float64) float64 {
	switch {
	case y == 0:
		return 1
	case x < 1e-300:
		return 0
	}
	return exp(float64(y * log(x)))
}

// kept returns what an orderly sale brings of a value.
func (b *Book) kept(shock *Shock) float64 {
	l := b.assume.Liquidation
	years := float64(l.Days+shock.SaleDays) / 365
	return float64(l.Factor*(1-l.Cost)) * exp(float64(-years*log(1+l.Rate)))
}

// loss returns what is lost of a claim on the deal at the end of a number of months, when a sale brings so much of the base value.
func (d *deal) loss(claim float64, months int, brings float64) float64 {
	recovery := float64(d.part * max(0, float64(d.value[months]*brings)-d.senior[months]))
	lost := max(0, claim-recovery)
	lost = max(0, lost-d.first)
	insured := min(d.insured.limit, float64(max(0, lost-d.insured.deductible)*d.insured.share))
	return lost - insured
}

// evaluate fills what does not depend on the positions. It allocates nothing for up to 8 reservations.
func (b *Book) evaluate(d *deal, shock *Shock, out *Deal) {
	*out = Deal{ID: d.id, Stage: credit.Stage1, MinDSCR: math.Inf(1), AverageDSCR: math.Inf(1)}
	worth := b.worth(shock)
	out.MaxLTV = ltv(d.balance[0], float64(d.value[0]*worth))
	out.Loss = d.loss(max(0, d.balance[0]-d.reserve), 0, float64(b.kept(shock)*worth))
	if slices.Contains(shock.Defaulted, d.id) {
		out.Stage = credit.Stage3
	}
	if d.months == 0 {
		return
	}
	if d.shared != nil {
		var rows [maxMonths]flow
		d.flows(shock, &rows)
		out.Share, _ = d.distributed(&rows, nil, d.months, nil)
	}
	var fixed, spot [maxMonths]float64
	d.cash(shock, &fixed, &spot)
	x := d.reserve
	coverage := math.Inf(1) // within the look-ahead
	var period, sum float64
	late, due := 0, 0
	short := 0 // months in a row with something late: the oldest is late by one month less
	for m := range d.months {
		cash := fixed[m] + spot[m]
		period += cash
		if (m+1)%d.period == 0 {
			if service := d.service[m] - d.due[m]; service > 0 {
				dscr := period / service
				sum, due = sum+dscr, due+1
				if dscr < out.MinDSCR {
					out.MinDSCR, out.MinAt = dscr, d.dates[m]
				}
				if m < b.assume.LookAhead {
					coverage = min(coverage, dscr)
				}
			}
			period = 0
		}
		x = book(x, cash, d.service[m], d.most(m))
		if x < 0 && m == d.months-1 {
			x += d.refinanced(b.assume.Refinance, worth)
			out.Unpaid = x < 0
		}
		if x < 0 {
			if out.Short.IsZero() {
				out.Short = d.dates[m]
			}
			out.Late = max(out.Late, short)
			if m < b.assume.LookAhead {
				late = max(late, short)
			}
			short++
		} else {
			short = 0
		}
		out.MaxLTV = max(out.MaxLTV, ltv(d.balance[m+1], float64(d.value[m+1]*worth)))
	}
	if due > 0 {
		out.AverageDSCR = sum / float64(due)
	}
	out.Stage = b.stage(out.Stage, late, coverage)
	if late >= b.assume.DefaultMonths || out.Unpaid && d.months <= b.assume.LookAhead {
		out.Stage = credit.Stage3
	}
	if out.Stage == credit.Stage3 && !out.Short.IsZero() {
		out.Loss = d.loss(d.balance[0], 0, float64(b.kept(shock)*worth))
	}
}

func ltv(balance, value float64) float64 {
	switch {
	case balance == 0:
		return 0
	case value <= 0:
		return math.Inf(1)
	}
	return balance / value
}

// expected returns the expected loss of a deal in the stage of its result.
func (b *Book) expected(d *deal, shock *Shock, r *Deal) float64 {
	brings := float64(b.kept(shock) * b.worth(shock))
	survive, alive := exp(-d.hazard/12), 1.0
	var total, largest float64
	for m := range d.months {
		if r.Stage == credit.Stage1 && m == 12 {
			break
		}
		value := d.loss(max(0, d.balance[m]-d.reserve), m, brings) * d.discount[m]
		total += float64(alive * (1 - survive) * value)
		largest = max(largest, value)
		alive *= survive
	}
	total = min(total*(1+shock.Default), largest)
	if r.Stage == credit.Stage3 {
		return max(total, r.Loss)
	}
	return total
}

// Point is a month of a deal under a shock, in units of the currency.
type Point struct {
	Date     gpuasset.Date
	Cash     float64 // available for debt service
	Service  float64
	Account  float64 // reserve left, or what is late if below zero
	Balance  float64 // by the schedule
	Value    float64 // of the GPUs
	Extended float64 // refinanced at maturity
}

// Path returns the months that a deal has left under a shock, as [Book.Apply] sees them. It fails with [ErrInput] for a deal that the book
// does not have.
func (b *Book) Path(id string, shock Shock) ([]Point, error) {
	if err := b.check(&shock); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(b.deals, func(d deal) bool { return d.id == id })
	if at < 0 {
		return nil, fmt.Errorf("%w: the book has no deal %.64q", ErrInput, id)
	}
	d := &b.deals[at]
	var fixed, spot [maxMonths]float64
	d.cash(&shock, &fixed, &spot)
	worth := b.worth(&shock)
	points := make([]Point, d.months)
	x := d.reserve
	for m := range points {
		p := Point{Date: d.dates[m], Cash: fixed[m] + spot[m], Service: d.service[m], Balance: d.balance[m+1], Value: d.value[m+1] * worth}
		if x = book(x, p.Cash, p.Service, d.most(m)); x < 0 && m == d.months-1 {
			p.Extended = d.refinanced(b.assume.Refinance, worth)
			x += p.Extended
		}
		p.Account = x
		points[m] = p
	}
	return points, nil
}
