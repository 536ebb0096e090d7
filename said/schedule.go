package said

import (
	"errors"
	"fmt"
	"time"
)

// ErrSchedule: a schedule's own figures make no sense, such as a negative cooldown. Correct them.
var ErrSchedule = errors.New("said: invalid schedule")

// day is 24 hours, the day of the cycles. Calendar schedules count calendar days in UTC.
const day = 24 * time.Hour

const (
	cycle  = 30 * day
	window = 7 * day
)

// Fill says who is paid first when the liquidity of a settlement does not cover all requests due.
type Fill uint8

const (
	// FIFO pays requests in their order, the last one in part; the rest waits for the next settlement.
	FIFO Fill = iota
	// ProRata pays the same fraction of every request due; the rest rolls over to the next settlement.
	ProRata
)

// String returns "FIFO" or "pro rata".
func (f Fill) String() string {
	switch f {
	case FIFO:
		return "FIFO"
	case ProRata:
		return "pro rata"
	}
	return fmt.Sprintf("Fill(%d)", uint8(f))
}

// Schedule says when a request to unstake is settled. GAIB's sources disagree on the rule, so none of the schedules here
// is the rule: the caller picks one. Times are read in UTC, whatever their location, and cut to whole seconds, the
// resolution of a block; results are in UTC.
type Schedule interface {
	// Settlement returns when a request made at the given time is due: the earliest time at which it can be paid.
	Settlement(requested time.Time) time.Time
	// Cutoff returns the first second after the given time at which a request would be due later than one made then.
	Cutoff(requested time.Time) time.Time
	// Next returns the first time after the given one at which the queue is settled. What a settlement leaves
	// unpaid waits until then.
	Next(settled time.Time) time.Time
	// Fill returns who is paid first when liquidity is short.
	Fill() Fill
	// Check returns an error that wraps ErrSchedule if the schedule's own figures make no sense.
	Check() error
	// String returns a name for people.
	String() string
}

// Wait returns the time from a request to its settlement.
func Wait(s Schedule, requested time.Time) time.Duration {
	return s.Settlement(requested).Sub(requested)
}

// WaitDays returns the days from a request to its settlement, rounded up.
func WaitDays(s Schedule, requested time.Time) int {
	return int((Wait(s, requested) + day - 1) / day)
}

// Monthly pools the requests of a calendar month (UTC) and settles them, oldest first, at 00:00 UTC of the first day of
// the month that is so many months later. A value below 1 is refused by Check and otherwise read as 1.
type Monthly int

const (
	// NextMonth settles the requests of month M on the first day of M+1.
	NextMonth Monthly = 1
	// MonthAfterNext settles the requests of month M on the first day of M+2: liquidity is sourced in M+1. The wait is 29
	// to 62 days.
	MonthAfterNext Monthly = 2
)

// Settlement returns the first day of the month in which the requests of this month are settled.
func (m Monthly) Settlement(requested time.Time) time.Time {
	return monthStart(requested, max(1, int(m)))
}

// Cutoff returns the first day of the next month.
func (m Monthly) Cutoff(requested time.Time) time.Time { return monthStart(requested, 1) }

// Next returns the first day of the next month: there is a settlement every month.
func (m Monthly) Next(settled time.Time) time.Time { return monthStart(settled, 1) }

// Fill returns FIFO.
func (m Monthly) Fill() Fill { return FIFO }

// Check refuses values outside of 1 to 1200 months.
func (m Monthly) Check() error {
	if m < 1 || m > 1200 {
		return fmt.Errorf("%w: %d months; use NextMonth or MonthAfterNext", ErrSchedule, int(m))
	}
	return nil
}

// String names the rule.
func (m Monthly) String() string {
	switch m {
	case NextMonth:
		return "first day of the next month"
	case MonthAfterNext:
		return "first day of the month after next"
	}
	return fmt.Sprintf("first day of the month, %d months on", int(m))
}

// monthStart returns 00:00 UTC of the first day of the month that is the given number of months after t's.
func monthStart(t time.Time, months int) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
}

// ThirtyDayCycle settles, oldest first, at the end of 30-day cycles counted from Genesis. A cycle begins with its first
// second and ends before the next one's; times before Genesis fall into cycles counted backwards from it. Whether a
// request is settled at the end of its own cycle or of the next one is not published: NextCycle chooses.
type ThirtyDayCycle struct {
	Genesis   time.Time // start of a cycle
	NextCycle bool      // false: due at the end of the request's own cycle (1 second to 30 days); true: 30 days later
}

// Settlement returns the end of the request's cycle, or of the one after it.
func (c ThirtyDayCycle) Settlement(requested time.Time) time.Time {
	end := cycleStart(c.Genesis, requested, 1)
	if c.NextCycle {
		return end.Add(cycle)
	}
	return end
}

// Cutoff returns the end of the cycle.
func (c ThirtyDayCycle) Cutoff(requested time.Time) time.Time {
	return cycleStart(c.Genesis, requested, 1)
}

// Next returns the end of the cycle.
func (c ThirtyDayCycle) Next(settled time.Time) time.Time { return cycleStart(c.Genesis, settled, 1) }

// Fill returns FIFO.
func (c ThirtyDayCycle) Fill() Fill { return FIFO }

// Check refuses a zero Genesis.
func (c ThirtyDayCycle) Check() error { return checkGenesis(c.Genesis) }

// String names the rule.
func (c ThirtyDayCycle) String() string {
	if c.NextCycle {
		return "end of the next 30-day cycle"
	}
	return "end of the 30-day cycle"
}

// WindowProRata takes the requests of the first 7 days of each 30-day cycle counted from Genesis and settles them pro
// rata at the end of that cycle; a request made later in the cycle counts in the next one. What is left unpaid rolls over
// to the end of the next cycle. That payment falls on the end of the cycle is assumed.
type WindowProRata struct {
	Genesis time.Time // start of a cycle and of its window
}

// Settlement returns the end of the cycle whose window takes the request: 23 to 53 days on.
func (w WindowProRata) Settlement(requested time.Time) time.Time {
	if w.open(requested) {
		return cycleStart(w.Genesis, requested, 1)
	}
	return cycleStart(w.Genesis, requested, 2)
}

// Cutoff returns the end of the window that takes the request.
func (w WindowProRata) Cutoff(requested time.Time) time.Time {
	if w.open(requested) {
		return cycleStart(w.Genesis, requested, 0).Add(window)
	}
	return cycleStart(w.Genesis, requested, 1).Add(window)
}

// Next returns the end of the cycle.
func (w WindowProRata) Next(settled time.Time) time.Time { return cycleStart(w.Genesis, settled, 1) }

// Fill returns ProRata.
func (w WindowProRata) Fill() Fill { return ProRata }

// Check refuses a zero Genesis.
func (w WindowProRata) Check() error { return checkGenesis(w.Genesis) }

// String names the rule.
func (w WindowProRata) String() string { return "7-day window of each 30-day cycle, pro rata" }

func (w WindowProRata) open(t time.Time) bool {
	return t.Unix() < cycleStart(w.Genesis, t, 0).Add(window).Unix()
}

// Cooldown settles each request, oldest first, a fixed time after it was made. What liquidity does not cover stays due
// and is paid as soon as there is more. A negative Duration is refused by Check and otherwise read as 0.
type Cooldown struct {
	Duration time.Duration
}

// Settlement returns the time of the request plus the cooldown.
func (c Cooldown) Settlement(requested time.Time) time.Time {
	return seconds(requested.Unix()).Add(max(0, c.Duration.Truncate(time.Second)))
}

// Cutoff returns the next second: every request has its own date.
func (c Cooldown) Cutoff(requested time.Time) time.Time { return seconds(requested.Unix() + 1) }

// Next returns the next second: the queue can be settled at any time.
func (c Cooldown) Next(settled time.Time) time.Time { return seconds(settled.Unix() + 1) }

// Fill returns FIFO.
func (c Cooldown) Fill() Fill { return FIFO }

// Check refuses a negative Duration and one with fractions of a second.
func (c Cooldown) Check() error {
	if c.Duration < 0 || c.Duration%time.Second != 0 {
		return fmt.Errorf("%w: cooldown of %s; use whole seconds, zero or more", ErrSchedule, c.Duration)
	}
	return nil
}

// String names the rule.
func (c Cooldown) String() string {
	if c.Duration%day == 0 {
		return fmt.Sprintf("cooldown of %d days", c.Duration/day)
	}
	return "cooldown of " + c.Duration.String()
}

// cycleStart returns the start of the 30-day cycle that t falls into, or of one the given number of cycles later. It
// counts in seconds, since a time.Duration ends at 292 years.
func cycleStart(genesis, t time.Time, later int64) time.Time {
	const length = int64(cycle / time.Second)
	elapsed := t.Unix() - genesis.Unix()
	number := elapsed / length
	if elapsed%length < 0 {
		number--
	}
	return seconds(genesis.Unix() + (number+later)*length)
}

func seconds(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

func checkGenesis(genesis time.Time) error {
	if genesis.IsZero() {
		return fmt.Errorf("%w: Genesis is not set; give the start of a cycle", ErrSchedule)
	}
	return nil
}
