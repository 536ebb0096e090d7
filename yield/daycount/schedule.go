package daycount

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrPlan: the dates of a plan do not fit together. The text says which.
var ErrPlan = errors.New("daycount: invalid schedule")

// Roll says from which end of the term regular periods are counted.
type Roll uint8

const (
	// Backward counts from the end; what is left over is at the start. The usual rule for bonds and loans.
	Backward Roll = iota
	// Forward counts from the start; what is left over is at the end.
	Forward
)

// String returns "backward" or "forward".
func (r Roll) String() string {
	if r == Forward {
		return "forward"
	}
	return "backward"
}

// Stub says what becomes of the days that fill no regular period.
type Stub uint8

const (
	// ShortStub makes them a period of their own.
	ShortStub Stub = iota
	// LongStub joins them to the regular period beside them.
	LongStub
)

// String returns "short stub" or "long stub".
func (s Stub) String() string {
	if s == LongStub {
		return "long stub"
	}
	return "short stub"
}

// MaxPeriods is the largest number of periods that a [Plan] makes.
const MaxPeriods = 12_000

// Plan says how a term is cut into interest periods.
type Plan struct {
	Start, End time.Time
	Months     int // length of a regular period, 1 to 1200
	Roll       Roll
	Stub       Stub
	MonthEnd   MonthEnd
	// First, if set, is the end of the first period, and Last the start of the last one. Both are regular dates; before
	// First and after Last there is one period each, of any length.
	First, Last time.Time
}

// Period is one interest period: it starts when the one before it ends.
type Period struct {
	Start, End time.Time
	Regular    bool // false for a stub
}

// Periods returns the periods of the plan in order, without gap or overlap, at least one. Every date is counted from the
// anchor, so no 31st is lost on the way. It returns ErrMonths for a length that is no period, and an error that wraps
// ErrPlan if End is not after Start, if First or Last is out of order or no regular date, or if there would be more than
// MaxPeriods.
func (p Plan) Periods() ([]Period, error) {
	start, end := Midnight(p.Start), Midnight(p.End)
	from, to := start, end // the part that regular periods fill
	if !p.First.IsZero() {
		from = Midnight(p.First)
	}
	if !p.Last.IsZero() {
		to = Midnight(p.Last)
	}
	switch {
	case p.Months < 1 || p.Months > maxMonths:
		return nil, fmt.Errorf("%w: got %d", ErrMonths, p.Months)
	case !end.After(start):
		return nil, fmt.Errorf("%w: End %s is not after Start %s", ErrPlan, day(end), day(start))
	case !p.First.IsZero() && (!from.After(start) || from.After(end)):
		return nil, fmt.Errorf("%w: First %s is not between Start %s and End %s", ErrPlan, day(from), day(start), day(end))
	case !p.Last.IsZero() && (to.Before(start) || !to.Before(end)):
		return nil, fmt.Errorf("%w: Last %s is not between Start %s and End %s", ErrPlan, day(to), day(start), day(end))
	case to.Before(from):
		return nil, fmt.Errorf("%w: Last %s is before First %s", ErrPlan, day(to), day(from))
	case (monthNumber(to)-monthNumber(from))/p.Months >= MaxPeriods-2:
		return nil, fmt.Errorf("%w: more than %d periods; take longer periods or a shorter term", ErrPlan, MaxPeriods)
	}

	dates, exact := p.regular(from, to)
	switch {
	case !exact && !p.First.IsZero() && p.Roll == Backward:
		return nil, fmt.Errorf("%w: First %s is no regular date counted back from %s", ErrPlan, day(from), day(to))
	case !exact && !p.Last.IsZero() && p.Roll == Forward:
		return nil, fmt.Errorf("%w: Last %s is no regular date counted from %s", ErrPlan, day(to), day(from))
	}
	stub := -1 // the number of the irregular period between from and to
	if !exact {
		if p.Stub == LongStub && len(dates) > 2 {
			if p.Roll == Backward {
				dates = slices.Delete(dates, 1, 2)
			} else {
				dates = slices.Delete(dates, len(dates)-2, len(dates)-1)
			}
		}
		stub = 0
		if p.Roll == Forward {
			stub = len(dates) - 2
		}
	}
	periods := make([]Period, 0, len(dates)+1)
	if from.After(start) {
		periods = append(periods, Period{start, from, start.Equal(AddMonths(from, -p.Months, p.MonthEnd))})
	}
	for i := range len(dates) - 1 {
		periods = append(periods, Period{dates[i], dates[i+1], i != stub})
	}
	if to.Before(end) {
		periods = append(periods, Period{to, end, end.Equal(AddMonths(to, p.Months, p.MonthEnd))})
	}
	return periods, nil
}

// regular returns from, to and the regular dates between them, in order, and whether they make regular periods only. If
// from and to are one date it is returned alone.
func (p Plan) regular(from, to time.Time) (dates []time.Time, exact bool) {
	if p.Roll == Forward {
		next := from
		for n := 1; next.Before(to); n++ {
			dates = append(dates, next)
			next = AddMonths(from, n*p.Months, p.MonthEnd)
		}
		return append(dates, to), next.Equal(to)
	}
	previous := to
	for n := 1; previous.After(from); n++ {
		dates = append(dates, previous)
		previous = AddMonths(to, -n*p.Months, p.MonthEnd)
	}
	dates = append(dates, from)
	slices.Reverse(dates)
	return dates, previous.Equal(from)
}

// ICMA returns the ACT/ACT (ICMA) whose coupon dates are the plan's regular dates. It returns the errors of [NewICMA].
func (p Plan) ICMA() (ICMA, error) {
	anchor := p.End
	switch {
	case p.Roll == Forward && !p.First.IsZero():
		anchor = p.First
	case p.Roll == Forward:
		anchor = p.Start
	case !p.Last.IsZero():
		anchor = p.Last
	}
	return NewICMA(anchor, p.Months, p.MonthEnd)
}

func day(t time.Time) string { return t.Format(time.DateOnly) }
