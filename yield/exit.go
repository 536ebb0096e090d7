package yield

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

// ErrNever: the position does not grow, so it never earns its haircut back.
var ErrNever = errors.New("yield: at this rate the haircut is never earned back")

// Exit says when a request to unstake is paid. The schedules of package said satisfy it.
type Exit interface {
	Settlement(requested time.Time) time.Time
}

var errNoExit = fmt.Errorf("%w: no exit; give a schedule", ErrInput)

// Pricing says which Unstaking NAV a request is paid at. GAIB has not settled it.
type Pricing uint8

const (
	// AtSettlement pays the Unstaking NAV of the day of payment: the shares earn, and can lose, while they wait.
	AtSettlement Pricing = iota
	// AtRequest pays the Unstaking NAV of the day of the request.
	AtRequest
)

// String returns "at settlement" or "at request".
func (p Pricing) String() string {
	if p == AtRequest {
		return "at request"
	}
	return "at settlement"
}

// RoundTrip is a position from the deposit to the day its money is back.
type RoundTrip struct {
	Headline  Rate // of the Deposit NAV, from the deposit to the request
	Net       Rate // of what came back, from the deposit to the payment: (paid / Deposit NAV at deposit)^(1/years) - 1
	Total     float64
	Haircut   float64 // of the NAVs that the request is priced at
	Deposited time.Time
	Requested time.Time
	Settled   time.Time
}

// Wait returns the time from request to payment.
func (r RoundTrip) Wait() time.Duration { return r.Settled.Sub(r.Requested) }

// NetOfExit returns the return of a deposit at the Deposit NAV that was requested back at the Unstaking NAV and paid on
// the exit's day, less an exit fee (a fraction; GAIB has published none). Both rates are effective annual ones over years
// of 365 days. It returns ErrInput if the request is not after the deposit, the payment before the request or the fee not
// in [0, 1), and a [*SeriesError] if the series begins after the deposit; or ends before the NAV that prices the request,
// for then only [Project] can tell.
func (s Series) NetOfExit(deposited, requested time.Time, exit Exit, pricing Pricing, fee float64) (RoundTrip, error) {
	if exit == nil {
		return RoundTrip{}, errNoExit
	}
	settled := exit.Settlement(requested)
	if err := checkHolding(deposited, requested, settled, fee); err != nil {
		return RoundTrip{}, err
	}
	entry, err := s.At(deposited)
	if err != nil {
		return RoundTrip{}, err
	}
	asked, err := s.At(requested)
	if err != nil {
		return RoundTrip{}, err
	}
	priced := settled
	if pricing == AtRequest {
		priced = requested
	}
	if s.samples[len(s.samples)-1].Time.Before(priced) {
		return RoundTrip{}, &SeriesError{priced, ErrNoSampleYet}
	}
	paid, err := s.At(priced)
	if err != nil {
		return RoundTrip{}, err
	}
	r := RoundTrip{Haircut: paid.haircut(), Deposited: deposited, Requested: requested, Settled: settled}
	growth := math.Log1p(change(&entry.Deposit, &paid.Unstaking)) + math.Log1p(-fee)
	return r.rates(math.Log1p(change(&entry.Deposit, &asked.Deposit)), growth)
}

func checkHolding(deposited, requested, settled time.Time, fee float64) error {
	switch {
	case !requested.After(deposited):
		return fmt.Errorf("%w: requested %s, not after the deposit %s", ErrInput, requested.UTC().Format(time.RFC3339), deposited.UTC().Format(time.RFC3339))
	case settled.Before(requested):
		return fmt.Errorf("%w: settled %s, before the request %s", ErrInput, settled.UTC().Format(time.RFC3339), requested.UTC().Format(time.RFC3339))
	case !(fee >= 0 && fee < 1):
		return fmt.Errorf("%w: exit fee %v; use 0 or more and below 1", ErrInput, fee)
	}
	return nil
}

// rates fills in the rates for the logarithms of what the Deposit NAV and the holder's money grew by.
func (r RoundTrip) rates(headline, net float64) (RoundTrip, error) {
	var err error
	if r.Headline, err = FromLogGrowth(headline, daycount.Year365.Years(r.Deposited, r.Requested), APY()); err != nil {
		return RoundTrip{}, err
	}
	if r.Net, err = FromLogGrowth(net, daycount.Year365.Years(r.Deposited, r.Settled), APY()); err != nil {
		return RoundTrip{}, err
	}
	r.Total = math.Expm1(net)
	return r, nil
}

// BreakEven returns how long a deposit must be held, from deposit to payment, until it has earned the haircut back:
// ln(Deposit/Unstaking) / ln(1 + yield per year), with a haircut that stays as it is and smooth growth at an effective
// annual yield over years of 365 days. If requests are priced at settlement the wait in the queue counts as holding; if
// they are priced at the request it comes on top. It returns 0 if there is no haircut, a [*NAVError] for NAVs that cannot be,
// ErrInput for a yield of -100 % or below, ErrNever for one of 0 or below, and ErrRange for more than 292 years.
func BreakEven(nav NAV, yield float64, wait time.Duration, pricing Pricing) (time.Duration, error) {
	if err := nav.Check(); err != nil {
		return 0, err
	}
	if !finite(yield) || yield <= -1 || wait < 0 {
		return 0, fmt.Errorf("%w: yield %v with a wait of %s", ErrInput, yield, wait)
	}
	log := -math.Log1p(change(&nav.Deposit, &nav.Unstaking))
	switch {
	case log == 0:
		return 0, nil
	case yield <= 0:
		return 0, ErrNever
	}
	seconds := log / math.Log1p(yield) * daycount.Seconds365
	if pricing == AtRequest {
		seconds += wait.Seconds()
	}
	if seconds > math.MaxInt64/1e9 {
		return 0, fmt.Errorf("%w: %.3g years", ErrRange, seconds/daycount.Seconds365)
	}
	return time.Duration(seconds * 1e9), nil
}

// MarkDown is a loss that a scenario assumes.
type MarkDown struct {
	Month int     // of the projection, from 1: it falls on that month's step
	Loss  float64 // a fraction of the NAV, from 0 to below 1
	// Realised losses lower both NAVs; unrealised ones the Unstaking NAV only, to the end of the projection.
	Realised bool
}

// Scenario is a set of assumptions about the months to come.
type Scenario struct {
	Name      string
	Rate      float64       // effective annual yield of the Deposit NAV net of the protocol's fee, above -1
	MarkDowns []MarkDown    // losses
	LastStep  time.Time     // when the NAV moved last: the yield since then comes with the next step; zero is now
	Delay     time.Duration // added to the wait in the queue: illiquidity
	ExitFee   float64       // a fraction of what is paid, from 0 to below 1
}

// MaxMonths is the longest horizon of [NewForecast] and [Project].
const MaxMonths = 1200

// Point is one step of a forecast, NAVs in AID per sAID.
type Point struct {
	Time               time.Time
	Deposit, Unstaking float64
}

// Projection is a position carried through a scenario.
type Projection struct {
	Scenario Scenario
	// Points reach to the month of the payment.
	Points Forecast
	// Paid is what comes back per AID deposited.
	Paid float64
	RoundTrip
}

// Forecast is the NAVs to come under a scenario: the start, and the NAVs after the monthly step of each first day of a month
// (UTC). Between them NAV is flat.
type Forecast []Point

// NewForecast carries today's NAVs through monthly steps until the month of the given time. On each first day of a month
// the Deposit NAV grows by the scenario's rate over the days since the step before; the haircut of today stays, and
// mark-downs add to it. That steps fall on first days of months is assumed. It returns a [*NAVError], and ErrInput for
// assumptions out of their domain, a last step after now or more than MaxMonths.
func NewForecast(now time.Time, nav NAV, until time.Time, scenario Scenario) (Forecast, error) {
	if err := nav.Check(); err != nil {
		return nil, err
	}
	if err := scenario.check(); err != nil {
		return nil, err
	}
	now, until = now.UTC(), until.UTC()
	months := (until.Year()-now.Year())*12 + int(until.Month()-now.Month())
	if months < 0 || months > MaxMonths {
		return nil, fmt.Errorf("%w: a forecast over %d months; use 0 to %d", ErrInput, months, MaxMonths)
	}
	if scenario.LastStep.After(now) {
		return nil, fmt.Errorf("%w: the last step, %s, is after now, %s", ErrInput, scenario.LastStep.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	points := make(Forecast, 1, months+1)
	points[0] = Point{now, Float(nav.Deposit, 18), Float(nav.Unstaking, 18)}
	since := now
	if !scenario.LastStep.IsZero() {
		since = scenario.LastStep
	}
	log, keep := math.Log1p(scenario.Rate), 1-nav.haircut()
	for month := 1; month <= months; month++ {
		last := points[month-1]
		step := daycount.Date(now.Year(), now.Month()+time.Month(month), 1)
		deposit := last.Deposit * math.Exp(log*daycount.Year365.Years(since, step))
		since = step
		for _, m := range scenario.MarkDowns {
			switch {
			case m.Month != month:
			case m.Realised:
				deposit *= 1 - m.Loss
			default:
				keep *= 1 - m.Loss
			}
		}
		if unstaking := deposit * keep; !finite(deposit) || unstaking <= 0 {
			return nil, fmt.Errorf("%w: NAVs of %v and %v on %s", ErrRange, deposit, unstaking, step.Format(time.DateOnly))
		}
		points = append(points, Point{step, deposit, deposit * keep})
	}
	return points, nil
}

func (s Scenario) check() error {
	switch {
	case s.Delay < 0:
		return fmt.Errorf("%w: delay %s; use 0 or more", ErrInput, s.Delay)
	case !finite(s.Rate) || s.Rate <= -1:
		return fmt.Errorf("%w: rate %v; use one above -1", ErrInput, s.Rate)
	case !(s.ExitFee >= 0 && s.ExitFee < 1):
		return fmt.Errorf("%w: exit fee %v; use 0 or more and below 1", ErrInput, s.ExitFee)
	}
	for _, m := range s.MarkDowns {
		if m.Month < 1 || !(m.Loss >= 0 && m.Loss < 1) {
			return fmt.Errorf("%w: mark-down of %v in month %d; use a loss of 0 or more and below 1, months from 1", ErrInput, m.Loss, m.Month)
		}
	}
	return nil
}

// At returns the NAVs at a time: those of the last point at or before it, the first of an earlier time, and the last of a
// later one. A forecast without points has none: all is zero.
func (f Forecast) At(t time.Time) Point {
	i := sort.Search(len(f), func(i int) bool { return f[i].Time.After(t) })
	if len(f) == 0 {
		return Point{}
	}
	return f[max(i-1, 0)]
}

// Project carries a deposit made now through the steps of a [Forecast] to a request and its payment. The request is made at
// the given time, paid at exit's settlement plus the scenario's delay, and priced by pricing at the last step at or before
// that day. It fails like NewForecast, and with ErrInput for times out of order.
func Project(now time.Time, nav NAV, requested time.Time, exit Exit, pricing Pricing, scenario Scenario) (Projection, error) {
	if err := nav.Check(); err != nil {
		return Projection{}, err
	}
	if exit == nil {
		return Projection{}, errNoExit
	}
	if err := scenario.check(); err != nil {
		return Projection{}, err
	}
	now, requested = now.UTC(), requested.UTC()
	settled := exit.Settlement(requested).Add(scenario.Delay)
	if err := checkHolding(now, requested, settled, scenario.ExitFee); err != nil {
		return Projection{}, err
	}
	points, err := NewForecast(now, nav, settled, scenario)
	if err != nil {
		return Projection{}, err
	}
	p := Projection{Scenario: scenario, Points: points}
	priced := settled
	if pricing == AtRequest {
		priced = requested
	}
	entry, asked, paid := points[0], points.At(requested), points.At(priced)
	p.Paid = paid.Unstaking / entry.Deposit * (1 - scenario.ExitFee)
	if !finite(p.Paid) || p.Paid <= 0 {
		return Projection{}, fmt.Errorf("%w: %v paid per AID", ErrRange, p.Paid)
	}
	p.Haircut = 1 - paid.Unstaking/paid.Deposit
	p.Deposited, p.Requested, p.Settled = now, requested, settled
	trip, err := p.rates(math.Log(asked.Deposit/entry.Deposit), math.Log(p.Paid))
	if err != nil {
		return Projection{}, err
	}
	p.RoundTrip = trip
	return p, nil
}

// Value returns what the projection pays for a deposit, for people; not for a transaction.
func (p Projection) Value(deposit uint256.Int) float64 { return Float(deposit, 18) * p.Paid }
