package credit

import (
	"errors"
	"fmt"
	"math"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrOrder: a report is for an earlier day than the last one. Sort them.
	ErrOrder = errors.New("credit: report out of order")
	// ErrTwice: there is a report for that day already.
	ErrTwice = errors.New("credit: report given twice")
)

// Delinquency is the state of a loan's payments.
type Delinquency uint8

// States by days past due.
const (
	Current Delinquency = iota
	Late30
	Late60
	Late90
	Defaulted
)

// String names the state.
func (d Delinquency) String() string {
	return [...]string{"current", "30 days late", "60 days late", "90 days late", "default"}[min(d, Defaulted)]
}

// DayLimits are the days past due from which on a state counts. They are policy: GAIB has not published its own.
type DayLimits struct{ Late30, Late60, Late90, Default int }

// State returns the state of a payment so many days past due.
func (l DayLimits) State(days int) Delinquency {
	state := Current
	for i, limit := range []int{l.Late30, l.Late60, l.Late90, l.Default} {
		if days >= limit {
			state = Late30 + Delinquency(i)
		}
	}
	return state
}

func (l DayLimits) check() error {
	if l.Late30 < 1 || l.Late60 <= l.Late30 || l.Late90 <= l.Late60 || l.Default <= l.Late90 {
		return fmt.Errorf("%w: day limits %+v must rise from 1 on", ErrInput, l)
	}
	return nil
}

// Stage is the stage of IFRS 9 impairment.
type Stage uint8

// Stages: losses of twelve months, of the whole life, and credit-impaired.
const (
	Stage1 Stage = 1 + iota
	Stage2
	Stage3
)

// StageOf returns stage 3 from 90 days past due on, stage 2 from 30 days on or if the risk has increased significantly, else stage 1:
// the rebuttable presumptions of IFRS 9 B5.5.19 and B5.5.37.
func StageOf(daysPastDue int, increased bool) Stage {
	switch {
	case daysPastDue >= 90:
		return Stage3
	case daysPastDue >= 30 || increased:
		return Stage2
	}
	return Stage1
}

// Report is a deal's monthly surveillance report.
type Report struct {
	Date        gpuasset.Date
	DaysPastDue int
	CashFlow    float64 // available for debt service in the month
	Service     float64 // due in the month; 0 if nothing is
	Balance     gpuasset.Money
	Collateral  gpuasset.Money // value of the GPUs and contracts pledged
	PUE         float64        // 0 if not reported
	Increased   bool           // the credit risk has increased significantly
}

// Action is what a trigger does to the waterfall.
type Action string

// Actions of triggers.
const (
	CashTrap          Action = "cash trap"
	TurboSenior       Action = "turbo senior"
	StopJunior        Action = "stop junior"
	EarlyAmortisation Action = "early amortisation"
)

// Trigger acts when a figure falls below a limit: overcollateralisation (collateral / balance - 1) or DSCR.
type Trigger struct {
	Figure Figure
	Below  float64
	Action Action
}

// Figure is what a test or trigger looks at.
type Figure string

// Figures of a report.
const (
	FigureDSCR           Figure = "DSCR"
	FigureLTV            Figure = "LTV"
	FigureOvercollateral Figure = "overcollateralisation"
	FigurePUE            Figure = "PUE"
	FigureInterval       Figure = "days since the last report"
)

// Test is a covenant and how it came out.
type Test struct {
	Figure Figure
	Value  float64
	Limit  float64
	Passed bool
}

// Status is what a report says about a deal.
type Status struct {
	State    Delinquency
	Stage    Stage
	Tests    []Test
	Triggers []Trigger // that act
}

// Breaches returns the tests that were not passed.
func (s Status) Breaches() []Test {
	var failed []Test
	for _, test := range s.Tests {
		if !test.Passed {
			failed = append(failed, test)
		}
	}
	return failed
}

// Monitor takes the reports of one deal in order.
type Monitor struct {
	covenants gpuasset.Covenants
	limits    DayLimits
	triggers  []Trigger
	last      gpuasset.Date
}

// NewMonitor returns a monitor for a deal that closed on a day. It fails with [ErrInput] for limits that do not rise, a trigger that is
// not on DSCR or overcollateralisation, and a day that is none.
func NewMonitor(closing gpuasset.Date, covenants gpuasset.Covenants, limits DayLimits, triggers ...Trigger) (*Monitor, error) {
	if err := limits.check(); err != nil {
		return nil, err
	}
	if err := closing.Check(); err != nil {
		return nil, fmt.Errorf("%w: closing: %w", ErrInput, err)
	}
	for _, t := range triggers {
		if t.Figure != FigureDSCR && t.Figure != FigureOvercollateral || !finite(t.Below) {
			return nil, fmt.Errorf("%w: trigger on %q below %v", ErrInput, t.Figure, t.Below)
		}
	}
	return &Monitor{covenants, limits, triggers, closing}, nil
}

// Add takes the next report and returns what it says: the covenants tested, the state of payments, the stage and the triggers that act.
// A covenant of zero is none. DSCR is not tested where nothing is due, LTV and overcollateralisation not where nothing is owed. It
// fails with [ErrOrder], [ErrTwice] and [ErrInput], and then the report is not taken.
func (m *Monitor) Add(r Report) (Status, error) {
	if err := r.Date.Check(); err != nil {
		return Status{}, fmt.Errorf("%w: date: %w", ErrInput, err)
	}
	switch {
	case r.Date == m.last:
		return Status{}, fmt.Errorf("%w: %s", ErrTwice, r.Date)
	case r.Date.Before(m.last):
		return Status{}, fmt.Errorf("%w: %s after %s", ErrOrder, r.Date, m.last)
	case r.DaysPastDue < 0 || !finite(r.CashFlow) || !(r.Service >= 0) || !finite(r.Service) || !(r.PUE >= 0) || !finite(r.PUE):
		return Status{}, fmt.Errorf("%w: report of %s", ErrInput, r.Date)
	}
	s := Status{State: m.limits.State(r.DaysPastDue), Stage: StageOf(r.DaysPastDue, r.Increased)}
	dscr, over := math.Inf(1), math.Inf(1)
	if r.Service > 0 {
		dscr = r.CashFlow / r.Service
		s.atLeast(FigureDSCR, dscr, m.covenants.MinDSCR)
	}
	if !r.Balance.IsZero() {
		over = r.Collateral.Float64()/r.Balance.Float64() - 1
		s.atLeast(FigureOvercollateral, over, m.covenants.MinOvercollateral)
		s.atMost(FigureLTV, 1/(1+over), m.covenants.MaxLTV.Float64())
	}
	if r.PUE > 0 {
		s.atMost(FigurePUE, r.PUE, m.covenants.MaxPUE.Float64())
	}
	s.atMost(FigureInterval, float64(daycount.Days(m.last.Time(), r.Date.Time())), float64(m.covenants.SurveillanceEveryDays))
	for _, t := range m.triggers {
		if t.Figure == FigureDSCR && dscr < t.Below || t.Figure == FigureOvercollateral && over < t.Below {
			s.Triggers = append(s.Triggers, t)
		}
	}
	m.last = r.Date
	return s, nil
}

func (s *Status) atLeast(figure Figure, value float64, limit gpuasset.Ratio) {
	if limit > 0 {
		s.Tests = append(s.Tests, Test{figure, value, limit.Float64(), value >= limit.Float64()})
	}
}

func (s *Status) atMost(figure Figure, value, limit float64) {
	if limit > 0 {
		s.Tests = append(s.Tests, Test{figure, value, limit, value <= limit})
	}
}
