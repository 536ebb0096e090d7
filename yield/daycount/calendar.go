package daycount

import "time"

// Date returns 00:00 UTC of the given day. Months and days out of range roll over, as in time.Date.
func Date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Midnight returns 00:00 UTC of the day in UTC that t falls on.
func Midnight(t time.Time) time.Time {
	return Date(t.UTC().Date())
}

// Days returns the number of days from start to end, both taken as dates in UTC; negative if end is earlier.
func Days(start, end time.Time) int {
	return dayNumber(end) - dayNumber(start)
}

// IsLeap reports whether the year has a 29 February in the Gregorian calendar.
func IsLeap(year int) bool {
	return year%4 == 0 && (year%100 != 0 || year%400 == 0)
}

// DaysInMonth returns the number of days of the month: 28 to 31. A month out of range counts into the next or an earlier
// year.
func DaysInMonth(year int, month time.Month) int {
	return Date(year, month+1, 0).Day()
}

// IsMonthEnd reports whether t falls on the last day of its month in UTC.
func IsMonthEnd(t time.Time) bool {
	year, month, day := t.UTC().Date()
	return day == DaysInMonth(year, month)
}

// MonthEnd says where a date lands that is moved by months.
type MonthEnd uint8

const (
	// SameDay keeps the day of the month, or takes the last day of a month that is shorter: 31 January, 28 February; and
	// from 28 February 28 March.
	SameDay MonthEnd = iota
	// LastDay does the same, but from the last day of a month goes to the last day: 28 February, 31 March.
	LastDay
)

// String names the rule.
func (m MonthEnd) String() string {
	if m == LastDay {
		return "last day of the month"
	}
	return "same day of the month"
}

// AddMonths returns the date that is the given number of months after t, before it if negative, by the rule. To make a
// row of dates count every one from the same anchor: steps lose the 31st.
func AddMonths(t time.Time, months int, rule MonthEnd) time.Time {
	year, month, day := t.UTC().Date()
	last := DaysInMonth(year, month+time.Month(months))
	if day > last || rule == LastDay && day == DaysInMonth(year, month) {
		day = last
	}
	return Date(year, month+time.Month(months), day)
}

const daySeconds = 86_400

// dayNumber counts the days from 1 January 1970.
func dayNumber(t time.Time) int {
	seconds := t.Unix()
	days := seconds / daySeconds
	if seconds%daySeconds < 0 {
		days--
	}
	return int(days)
}

// monthNumber counts the months from January of the year 0.
func monthNumber(t time.Time) int {
	year, month, _ := t.UTC().Date()
	return year*12 + int(month) - 1
}

// leapDays counts the 29 Februaries of the years before the given one, up to a constant that cancels in differences.
func leapDays(year int) int {
	y := year - 1
	return floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func yearDays(year int) int {
	if IsLeap(year) {
		return 366
	}
	return 365
}
