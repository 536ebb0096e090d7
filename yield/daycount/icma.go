package daycount

import (
	"errors"
	"fmt"
	"time"
)

// ErrMonths: the length of an interest period is not a number of months from 1 to 1200.
var ErrMonths = errors.New("daycount: a regular period needs 1 to 1200 months, such as 1, 3, 6 or 12")

const maxMonths = 1200

// ICMA is ACT/ACT (ICMA, formerly ISMA; 2006 ISDA Definitions 4.16(c)): in every regular coupon period the days / (days of
// the period x periods a year), summed over the periods that the dates touch. A whole regular period is exactly its share
// of a year. Coupon dates reach infinitely far before and after the anchor, so stubs of any length are covered by
// notional periods.
type ICMA struct {
	anchor time.Time
	months int
	rule   MonthEnd
}

// NewICMA returns the ACT/ACT (ICMA) of coupons every so many months, of which anchor is a regular date. It returns
// ErrMonths unless months is 1 to 1200.
func NewICMA(anchor time.Time, months int, rule MonthEnd) (ICMA, error) {
	if months < 1 || months > maxMonths {
		return ICMA{}, fmt.Errorf("%w: got %d", ErrMonths, months)
	}
	return ICMA{Midnight(anchor), months, rule}, nil
}

// Years returns the years from start to end, negative if end is earlier.
func (c ICMA) Years(start, end time.Time) float64 {
	if dayNumber(end) < dayNumber(start) {
		return -c.Years(end, start)
	}
	c.months = max(1, c.months) // the zero value has monthly periods
	first, last := c.period(start), c.period(end)
	share := float64(c.months) / 12
	if first == last {
		return share * float64(Days(start, end)) / float64(c.length(first))
	}
	head := float64(Days(start, c.date(first+1))) / float64(c.length(first))
	tail := float64(Days(c.date(last), end)) / float64(c.length(last))
	return share * (float64(last-first-1) + head + tail)
}

// Coupons returns the last regular coupon date on or before t and the first one after it.
func (c ICMA) Coupons(t time.Time) (previous, next time.Time) {
	c.months = max(1, c.months)
	number := c.period(t)
	return c.date(number), c.date(number + 1)
}

// String returns "ACT/ACT ICMA".
func (c ICMA) String() string { return "ACT/ACT ICMA" }

// date returns the regular date that is number periods after the anchor.
func (c ICMA) date(number int) time.Time { return AddMonths(c.anchor, number*c.months, c.rule) }

func (c ICMA) length(number int) int { return Days(c.date(number), c.date(number+1)) }

// period returns the number of the period that contains t; its start is counted in, its end is not.
func (c ICMA) period(t time.Time) int {
	number := floorDiv(monthNumber(t)-monthNumber(c.anchor), c.months)
	// The regular date of t's own month may lie after t; the next one lies in a later month.
	if dayNumber(c.date(number)) > dayNumber(t) {
		number--
	}
	return number
}
