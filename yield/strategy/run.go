package strategy

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/daycount"
)

// Strategy is a way to use AID for a time. The types of this package are strategies; a caller's own need only carry an
// amount through a [Run].
type Strategy interface {
	// String names the strategy and how it is left.
	String() string
	// Project returns what becomes of the run's amount.
	Project(r Run) (Path, error)
}

// Part is one reason why a strategy pays more or less than was put in.
type Part struct {
	Name string
	AID  float64
	Why  string
}

// Worth is the value of a position at a time: what its own way out would pay then, in AID.
type Worth struct {
	Time  time.Time
	Value float64
}

// Path is a strategy carried through a scenario.
type Path struct {
	Asset Asset
	Venue string // that the money is at, beside GAIB; empty for none
	// Headline is the annual rate that would be advertised: of the assets and debts at the start, before the haircut, costs
	// and the way out.
	Headline float64
	Final    float64   // AID that came back
	Left     time.Time // when the way out was begun
	Done     time.Time // when the last AID was back
	Parts    []Part    // sum to Final less the amount
	Worth    []Worth   // from the start to Done, after each step of the NAV
	Liquid   float64   // AID that could be had at once at the start
	Capacity float64   // the largest amount that the venues take, by the strategy's own measure; +Inf where there is none
	Leverage float64   // assets over own money at the start; 1 without debt
	Debt     *Debt     // nil without
	Legs     []Path    // of a mix
}

// Debt is the borrowing side of a loop.
type Debt struct {
	Amount     float64   // at the start
	APY        float64   // of the scenario
	Health     float64   // at the start
	Lowest     float64   // health on the way, until liquidated or repaid
	Distance   float64   // by which part the oracle's price can fall at the start: 1 - 1/Health
	Years      float64   // until interest alone makes it liquidatable, with the expected yield; +Inf for never
	Liquidated time.Time // zero if it was not
	Rounds     int       // of unwinding through the queue
}

// Run is a strategy's surroundings: an amount, a time, a market and what is assumed to happen. Decisions, such as when to
// ask for an exit, are made on the expected scenario: nobody foresees a shock.
type Run struct {
	Amount      float64
	Start, End  time.Time // the horizon
	MaxLeverage float64
	MinHealth   float64
	Market      Market
	Scenario    Scenario

	expected Scenario
	nav      yield.Forecast // of the scenario
	planned  yield.Forecast // of what is expected
}

// MaxHorizon is the longest horizon of an ask: 20 years of 365 days.
const MaxHorizon = 20 * 365 * yield.Day

// reach is how far beyond the horizon's end a payment may fall.
const reach = 10

func newRun(ask Ask, m Market, expected, scenario Scenario) (Run, error) {
	samples := m.NAV.Samples()
	switch {
	case len(samples) == 0:
		return Run{}, fmt.Errorf("%w: the market has no NAVs", ErrInput)
	case m.Exit == nil:
		return Run{}, fmt.Errorf("%w: the market has no exit schedule", ErrInput)
	case !positive(ask.Amount):
		return Run{}, fmt.Errorf("%w: an amount of %v", ErrInput, ask.Amount)
	case ask.Horizon < yield.Day || ask.Horizon > MaxHorizon:
		return Run{}, fmt.Errorf("%w: a horizon of %s; use a day to 20 years", ErrInput, ask.Horizon)
	case !(m.Gas >= 0) || math.IsInf(m.Gas, 1):
		return Run{}, fmt.Errorf("%w: gas of %v", ErrInput, m.Gas)
	case ask.MaxLeverage != 0 && !(ask.MaxLeverage >= 1), math.IsInf(ask.MaxLeverage, 1):
		return Run{}, fmt.Errorf("%w: a maximum leverage of %v; use 1 or more", ErrInput, ask.MaxLeverage)
	case ask.MinHealth != 0 && !(ask.MinHealth > 1), math.IsInf(ask.MinHealth, 1):
		return Run{}, fmt.Errorf("%w: a minimum health of %v; use more than 1", ErrInput, ask.MinHealth)
	}
	for _, s := range []Scenario{expected, scenario} {
		if err := s.check(); err != nil {
			return Run{}, err
		}
	}
	last := samples[len(samples)-1]
	for _, s := range []*Scenario{&expected, &scenario} {
		if s.LastStep.IsZero() {
			s.LastStep = lastStep(m.NAV, last.Time.UTC())
		}
	}
	r := Run{
		Amount: ask.Amount, Start: last.Time.UTC(), End: last.Time.UTC().Add(ask.Horizon), MaxLeverage: max(1, ask.MaxLeverage), MinHealth: ask.MinHealth,
		Market: m, Scenario: scenario, expected: expected,
	}
	if r.MinHealth == 0 {
		r.MinHealth = DefaultHealth
	}
	var err error
	if r.planned, err = yield.NewForecast(r.Start, last.NAV, r.End.AddDate(reach, 0, 0), expected.Scenario); err != nil {
		return Run{}, err
	}
	r.nav, err = yield.NewForecast(r.Start, last.NAV, r.End.AddDate(reach, 0, 0), scenario.Scenario)
	return r, err
}

// lastStep returns when yield was last booked: when the Deposit NAV rose, but not before the first of this month, as that
// month's step is taken to have been made, even if it moved nothing.
func lastStep(series yield.Series, now time.Time) time.Time {
	last := daycount.Date(now.Year(), now.Month(), 1)
	for _, step := range series.Steps() {
		if step.After.Deposit.Gt(&step.Before.Deposit) && step.Time.After(last) {
			last = step.Time
		}
	}
	return last
}

// plan returns the run as it is expected to go.
func (r Run) plan() Run {
	r.Scenario, r.nav = r.expected, r.planned
	return r
}

// NAV returns sAID's NAVs at a time of the run.
func (r Run) NAV(t time.Time) yield.Point { return r.nav.At(t) }

// years returns the years of 365 days from one time to another.
func years(from, to time.Time) float64 { return daycount.Year365.Years(from, to) }

// Queued is shares that left through sAID's queue.
type Queued struct {
	AID   float64
	Paid  time.Time
	Parts []Part // from the shares' value at the Deposit NAV of the request to AID
}

// Queue returns what the queue pays for shares requested at a time: the Unstaking NAV of the day that prices it, less the
// exit fee.
func (r Run) Queue(shares float64, requested time.Time) (Queued, error) {
	paid := r.Market.Exit.Settlement(requested).UTC().Add(r.Scenario.Delay)
	if paid.Before(requested) {
		return Queued{}, fmt.Errorf("%w: the exit schedule pays %s for a request of %s", ErrInput, paid.Format(time.DateOnly), requested.Format(time.DateOnly))
	}
	if last := r.End.AddDate(reach, 0, 0); paid.After(last) {
		return Queued{}, fmt.Errorf("%w: the queue pays on %s, more than %d years after the horizon", ErrInput, paid.Format(time.DateOnly), reach)
	}
	priced := paid
	if r.Market.Pricing == yield.AtRequest {
		priced = requested
	}
	asked, nav := r.NAV(requested), r.NAV(priced)
	q := Queued{AID: shares * nav.Unstaking * (1 - r.Scenario.ExitFee), Paid: paid}
	q.Parts = []Part{
		{partAccrual, shares * (nav.Deposit - asked.Deposit), fmt.Sprintf("while queued for %s", days(paid.Sub(requested)))},
		{partHaircut, -shares * (nav.Deposit - nav.Unstaking), fmt.Sprintf("Unstaking NAV %.6f below Deposit NAV %.6f, %s", nav.Unstaking, nav.Deposit, r.Market.Pricing)},
		{partFee, -shares * nav.Unstaking * r.Scenario.ExitFee, "exit fee"},
	}
	return q, nil
}

// Sell returns what the DEX pays for shares at a time: today's quote, moved with the Unstaking NAV, less the scenario's drop
// for any time after the start.
func (r Run) Sell(shares float64, at time.Time) (float64, error) {
	if r.Market.DEX == nil {
		return 0, fmt.Errorf("%w: a DEX", ErrNoVenue)
	}
	if shares == 0 {
		return 0, nil
	}
	quote, err := trade(r.Market.DEX.Sell, shares)
	if err != nil {
		return 0, err
	}
	if !at.After(r.Start) {
		return quote, nil
	}
	return quote * (r.NAV(at).Unstaking / r.NAV(r.Start).Unstaking) * (1 - r.Scenario.PriceDrop), nil
}

// trade asks for a quote and refuses nonsense.
func trade(ask Trade, in float64) (float64, error) {
	if ask == nil {
		return 0, fmt.Errorf("%w: a quote", ErrNoVenue)
	}
	out, err := ask(in)
	if err != nil {
		return 0, err
	}
	if !positive(out) {
		return 0, fmt.Errorf("%w: a quote of %v for %v", ErrInput, out, in)
	}
	return out, nil
}

// latest returns the last day, counted back from the end of the horizon, on which a way out may begin to be done by then as
// far as is expected. A way out that begins earlier is taken to be done no later.
func (r Run) latest(name string, from time.Time, done func(plan Run, begun time.Time) (time.Time, error)) (time.Time, error) {
	plan := r.plan()
	earliest, err := done(plan, from)
	if err != nil {
		return time.Time{}, err
	}
	if earliest.After(r.End) {
		return time.Time{}, &HorizonError{name, r.End, earliest}
	}
	for begun := r.End; begun.After(from); begun = begun.Add(-yield.Day) {
		paid, err := done(plan, begun)
		if err != nil {
			return time.Time{}, err
		}
		if !paid.After(r.End) {
			return begun, nil
		}
	}
	return from, nil
}

// steps returns the times of NAV steps after from and not after to.
func (r Run) steps(from, to time.Time) []time.Time {
	var times []time.Time
	for _, point := range r.nav {
		if point.Time.After(from) && !point.Time.After(to) {
			times = append(times, point.Time)
		}
	}
	return times
}

// trace values a position at its start, at each step of the NAV and at given times.
func (r Run) trace(to time.Time, value func(time.Time) float64, also ...time.Time) []Worth {
	times := append(r.steps(r.Start, to), also...)
	times = append(times, r.Start, to)
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	worth := make([]Worth, len(times))
	for i, t := range times {
		worth[i] = Worth{t, value(t)}
	}
	return worth
}

const (
	partAccrual     = "NAV accrual"
	partHaircut     = "haircut"
	partFee         = "exit fee"
	partPrice       = "market price"
	partLeverage    = "leverage"
	partLiquidation = "liquidation"
	partSwaps       = "swaps and flash loans"
	partNetwork     = "network costs"
	partTerms       = "fixed yield"
	partPremium     = "premium"
	partLP          = "pool"
)

// finish adds the transactions' costs, joins parts of one name and leaves out those that are nothing.
func (r Run) finish(p Path, transactions int) Path {
	if r.Market.Gas > 0 && transactions > 0 {
		cost := r.Market.Gas * float64(transactions)
		p.Final -= cost
		p.Parts = append(p.Parts, Part{partNetwork, -cost, fmt.Sprintf("%d transactions", transactions)})
		for i := range p.Worth { // the way in is paid first, the way out last, and both lower what one has
			p.Worth[i].Value -= cost
		}
	}
	p.Parts = join(p.Parts)
	if p.Leverage == 0 {
		p.Leverage = 1
	}
	return p
}

func join(parts []Part) []Part {
	var joined []Part
	for _, part := range parts {
		if part.AID == 0 {
			continue
		}
		i := slices.IndexFunc(joined, func(other Part) bool { return other.Name == part.Name })
		switch {
		case i < 0:
			joined = append(joined, part)
		default:
			joined[i].AID += part.AID
			if joined[i].Why != part.Why {
				joined[i].Why += "; " + part.Why
			}
		}
	}
	return joined
}

func days(d time.Duration) string { return fmt.Sprintf("%.0f days", d.Hours()/24) }
