package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/examples/underwriter/deals"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/gaib-go/gaib/yield/cashflow"
)

func simulation(paths int, seed uint64) stress.Simulation {
	return stress.Simulation{
		Paths: paths, Seed: seed, Prices: stress.Process{Volatility: 0.35, Reversion: 0.5, LongRun: 0.9, Common: 0.7},
		Correlation: 0.2, PriceCorrelation: 0.3,
	}
}

// dealAnalysis is what an underwriter wants to know of a deal.
type dealAnalysis struct {
	Deal    *gpuasset.Deal
	Cluster *gpuasset.Cluster
	Path    []stress.Point
	Result  stress.Deal
	Periods []period
	Lump    float64 // principal due in one sum at maturity
	// Refinanced is what of it can be refinanced.
	Refinanced float64
	First      economics.Month
	BreakEven  float64 // rental price of the first month at a DSCR of 1
	Busy       float64 // utilisation at a DSCR of 1
	Payback    float64 // months, +Inf if not within the tenor
	LLCR       float64
	WAL        float64
	IRR        cashflow.Return
	MOIC       float64
	Advance    float64
	Swings     []swing
	Reverse    float64 // fall of the rental price that breaks a DSCR of 1; 0 if none up to 95 % does
	Decision   credit.Decision
}

// period ends on the day that a payment falls due. Principal due in one sum at maturity is not part of its service: it is refinanced, or not.
type period struct {
	End           gpuasset.Date
	Cash, Service float64
}

// DSCR is the period's coverage.
func (p period) DSCR() float64 { return p.Cash / p.Service }

// swing is a result at both ends of one input.
type swing struct {
	Name      string
	Low, High float64
}

// analysis is that of all deals together.
type analysis struct {
	Label       string
	Currency    string
	Day         gpuasset.Date
	Deals       []dealAnalysis
	Base        *stress.Result
	Shocked     *stress.Result // with rents 40 % lower
	Swings      []swing        // of the Unstaking NAV
	Losses      *stress.Distribution
	VaR, ES     float64 // at 99 %
	Paths       int
	Borrowers   portfolio.Concentration
	Locations   portfolio.Concentration
	Averages    portfolio.Averages
	Assumptions []deals.Assumption
}

var errEquity = errors.New("equity alone has no debt service to underwrite; it is valued beside other deals")

// analyse does all of it; say is told what is being done.
func analyse(ctx context.Context, doc *gpuasset.Document, day gpuasset.Date, applicant *applicant, paths int, say func(format string, args ...any)) (*analysis, error) {
	schedules := map[string]*gpuasset.Schedule{}
	for i := range doc.Deals {
		deal := &doc.Deals[i]
		if deal.Kind == gpuasset.Equity {
			continue
		}
		schedule, err := scheduleOf(doc, deal)
		if err != nil {
			return nil, fmt.Errorf("deal %s: %w", deal.ID, err)
		}
		schedules[deal.ID] = schedule
	}
	if len(schedules) == 0 {
		return nil, errEquity
	}
	given := portfolio.Given{Schedules: schedules, ShareRate: deals.ShareRate}
	base, err := portfolio.FromDocument(doc, day, given)
	if err != nil {
		return nil, err
	}
	var principal gpuasset.Money
	for _, p := range base.Positions() {
		principal = principal.Add(p.Outstanding)
	}
	if principal.IsZero() {
		return nil, fmt.Errorf("nothing is outstanding on %s", day)
	}
	// A share for every unit of the currency, so that NAVs per share read as percentages of par.
	shares := principal.Base()
	base.Shares.Supply.Mul(&shares, tenToThe12())
	terms, words := deals.Assume(day)
	words = append(words, deals.Assumption{Name: "Simulation", Value: "rental prices: volatility 35 % a year, reverting at 0.5 a year to 90 % of today's path; correlation of indices 0.7, of credits 0.2, of credit and prices 0.3"})
	if slices.ContainsFunc(doc.Deals, func(d gpuasset.Deal) bool { return d.RevenueShare != nil }) {
		words = append(words, deals.Assumption{Name: "Revenue shares", Value: fmt.Sprintf("expected distributions discounted at %.0f %% a year", 100*deals.ShareRate.Float64())})
	}
	book, err := stress.NewBook(doc, base, given, terms)
	if err != nil {
		return nil, err
	}
	a := &analysis{
		Label: doc.Label, Currency: doc.Currency, Day: day, Base: book.Base(), Paths: paths, Assumptions: words,
		Borrowers: portfolio.Concentrate(base.Positions(), portfolio.ByBorrower), Locations: portfolio.Concentrate(base.Positions(), portfolio.ByLocation),
		Averages: portfolio.Average(base.Positions(), day),
	}
	for i := range doc.Deals {
		deal := &doc.Deals[i]
		say("[%d/%d] deal %s", i+1, len(doc.Deals), deal.ID)
		if deal.Kind == gpuasset.Equity {
			say("  equity: valued in the portfolio, no debt service to underwrite")
			continue
		}
		if _, there := book.Base().Deal(deal.ID); !there || schedules[deal.ID].Balance(day).IsZero() {
			continue // repaid, or not yet drawn
		}
		one, err := analyseDeal(doc, deal, schedules[deal.ID], book, day, applicant)
		if err != nil {
			return nil, fmt.Errorf("deal %s: %w", deal.ID, err)
		}
		a.Deals = append(a.Deals, one)
	}
	if a.Shocked, err = book.Apply(stress.Shock{Rental: -0.4}); err != nil {
		return nil, err
	}
	if a.Swings, err = swings(book, unstaking); err != nil {
		return nil, err
	}
	say("simulating %d paths of rental prices and defaults", paths)
	if a.Losses, err = book.Simulate(ctx, simulation(paths, 1)); err != nil {
		return nil, err
	}
	if a.VaR, err = a.Losses.VaR(0.99); err != nil {
		return nil, err
	}
	a.ES, err = a.Losses.ES(0.99)
	return a, err
}

// scheduleOf is the schedule of the terms; a sculpted deal follows the cash of its cluster.
func scheduleOf(doc *gpuasset.Document, deal *gpuasset.Deal) (*gpuasset.Schedule, error) {
	var course gpuasset.Course
	if deal.Amortisation == gpuasset.Sculpted {
		operation, err := economics.Of(doc, deal.Cluster)
		if err != nil {
			return nil, err
		}
		months, err := operation.Months(deal.Closing, deal.TenorMonths)
		if err != nil {
			return nil, err
		}
		cash := make([]float64, len(months))
		for i := range months {
			cash[i] = months[i].EBITDA
		}
		periods, err := economics.PerPeriod(cash, deal.PaymentMonths)
		if err != nil {
			return nil, err
		}
		for _, amount := range periods {
			flow, err := gpuasset.FromFloat(max(amount, 0))
			if err != nil {
				return nil, err
			}
			course.CashFlow = append(course.CashFlow, flow)
		}
	}
	return deal.Schedule(course)
}

func analyseDeal(doc *gpuasset.Document, deal *gpuasset.Deal, schedule *gpuasset.Schedule, book *stress.Book, day gpuasset.Date, applicant *applicant) (dealAnalysis, error) {
	d := dealAnalysis{Deal: deal}
	d.Cluster, _ = doc.Cluster(deal.Cluster)
	result, _ := book.Base().Deal(deal.ID)
	d.Result = *result
	var err error
	if d.Path, err = book.Path(deal.ID, stress.Shock{}); err != nil {
		return d, err
	}
	operation, err := economics.Of(doc, deal.Cluster)
	if err != nil {
		return d, err
	}
	months, err := operation.Months(day, len(d.Path))
	if err != nil {
		return d, err
	}
	if len(d.Path) == 0 {
		return d, errors.New("no payment is left")
	}
	d.First = months[0]
	cash, sum := make([]float64, len(d.Path)), 0.0
	for i, p := range d.Path {
		cash[i] = p.Cash
		sum += p.Cash
		service := p.Service
		if i == len(d.Path)-1 {
			d.Lump, d.Refinanced = lump(deal, schedule), p.Extended
			service -= d.Lump
		}
		if service > 0 {
			d.Periods = append(d.Periods, period{p.Date, sum, service})
			sum = 0
		}
	}
	if len(d.Periods) == 0 {
		return d, errors.New("no debt service is left")
	}
	if d.BreakEven, err = d.First.BreakEvenPrice(d.Periods[0].Service/float64(deal.PaymentMonths), 1); err != nil {
		return d, err
	}
	if d.Busy, err = d.First.BreakEvenUtilisation(d.Periods[0].Service/float64(deal.PaymentMonths), 1); err != nil {
		return d, err
	}
	cost := d.Cluster.Cost()
	if d.Payback, err = economics.Payback(cost.Float64(), months); errors.Is(err, cashflow.ErrNoRoot) {
		d.Payback, err = math.Inf(1), nil
	}
	if err != nil {
		return d, err
	}
	if d.LLCR, err = economics.LLCR(cash, deal.Rate.Float64()/12, schedule.Balance(day).Float64()); err != nil {
		return d, err
	}
	d.WAL = schedule.WAL()
	if d.IRR, err = schedule.Return(); err != nil {
		return d, err
	}
	if d.MOIC, err = schedule.MOIC(); err != nil {
		return d, err
	}
	d.Advance, _ = gpuasset.AdvanceRate(deal.Principal, cost)
	if d.Swings, err = swings(book, func(r *stress.Result) float64 {
		one, _ := r.Deal(deal.ID)
		return one.MinDSCR
	}); err != nil {
		return d, err
	}
	broken, err := book.Reverse(stress.Shock{Rental: -1}, 0.95, stress.DSCRBelow(deal.ID, 1))
	if err == nil {
		d.Reverse = broken.Size
	} else if !errors.Is(err, stress.ErrHolds) {
		return d, err
	}
	d.Decision, err = applicant.decide(&d, months[:min(12, len(months))])
	return d, err
}

// lump is the principal that falls due in one sum at maturity, beside the regular payment.
func lump(deal *gpuasset.Deal, schedule *gpuasset.Schedule) float64 {
	last := schedule.Payments[len(schedule.Payments)-1].Principal
	switch deal.Amortisation {
	case gpuasset.Balloon:
		return last.Min(deal.Balloon).Float64()
	case gpuasset.InterestOnly, gpuasset.Bullet:
		return last.Float64()
	}
	return 0
}

func unstaking(r *stress.Result) float64 { return r.Valuation.Unstaking.Float64() }

// swings is what inputs do to a result, those left out that do nothing.
func swings(book *stress.Book, result func(*stress.Result) float64) ([]swing, error) {
	base := result(book.Base())
	var out []swing
	for _, one := range []struct {
		name      string
		low, high stress.Shock
	}{
		{"rental price -20 / +20 %", stress.Shock{Rental: -.2}, stress.Shock{Rental: .2}},
		{"utilisation -10 / +10 points", stress.Shock{Utilisation: -.1}, stress.Shock{Utilisation: .1}},
		{"electricity +50 / -50 %", stress.Shock{Tariff: .5}, stress.Shock{Tariff: -.5}},
		{"a fifth of reserved revenue lost", stress.Shock{Offtake: .2}, stress.Shock{}},
		{"two months without revenue", stress.Shock{Delay: 2}, stress.Shock{}},
		{"GPU values -30 / +30 %", stress.Shock{Residual: -.3}, stress.Shock{Residual: .3}},
		{"default rate x2 / x0.5", stress.Shock{Default: 1}, stress.Shock{Default: -.5}},
	} {
		low, err := book.Apply(one.low)
		if err != nil {
			return nil, err
		}
		high, err := book.Apply(one.high)
		if err != nil {
			return nil, err
		}
		if s := (swing{one.name, result(low), result(high)}); s.Low != base || s.High != base {
			out = append(out, s)
		}
	}
	return out, nil
}
