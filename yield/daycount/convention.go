package daycount

import (
	"errors"
	"fmt"
	"time"
)

// Seconds of the years that protocols and vendors annualise with.
const (
	// Seconds365 is the year of 365 days: Morpho, Aave, Compound, Pendle.
	Seconds365 = 31_536_000
	// SecondsGregorian is the year of 365.2425 days: Euler.
	SecondsGregorian = 31_556_952
	// SecondsJulian is the year of 365.25 days: data vendors.
	SecondsJulian = 31_557_600
)

// ErrBasis: a spreadsheet's basis is not one of 0 to 4.
var ErrBasis = errors.New("daycount: unknown basis; use 0 (30/360 US), 1 (actual/actual), 2 (actual/360), 3 (actual/365) or 4 (30E/360)")

// DayCount measures the time between two dates in years.
type DayCount interface {
	// Years returns the years from start to end, negative if end is earlier. It is finite for dates
	// of the years 1 to 9999.
	Years(start, end time.Time) float64
	// String returns the usual name.
	String() string
}

// Convention is a day count that needs two dates only. A value that is none of the constants counts as Act365F.
type Convention uint8

const (
	// Act365F is days / 365: ACT/365 (Fixed), 2006 ISDA Definitions 4.16(d). XNPV and XIRR of spreadsheets.
	Act365F Convention = iota
	// Act360 is days / 360: ACT/360, 2006 ISDA Definitions 4.16(e). Money markets, bank discount.
	Act360
	// NL365 is days other than 29 February / 365; start is not counted, end is.
	NL365
	// ActActISDA is days in leap years / 366 + other days / 365, 2006 ISDA Definitions 4.16(b). Start is counted, end is not.
	ActActISDA
	// ActActAFB counts whole years back from end, then days / 365, or / 366 if the rest contains a 29 February; start is
	// counted, end is not. From 29 February a whole year back is 28 February of a common year; 28 February stays 28
	// February, also where the ISDA's English wording would move it to the 29th of a leap year.
	ActActAFB
	// ActActYearFrac is basis 1 of YEARFRAC. Up to a year: days / 366 if both dates lie in one leap year or a 29 February
	// lies between them, ends included; otherwise / 365. Above: days / average length of all calendar years touched.
	ActActYearFrac
	// Thirty360 is the 30/360 bond basis, 2006 ISDA Definitions 4.16(f): start on the 31st counts as the 30th; end on the
	// 31st too if start then is the 30th.
	Thirty360
	// ThirtyE360 is 30E/360, the Eurobond basis, 2006 ISDA Definitions 4.16(g): the 31st counts as the 30th. Basis 4.
	ThirtyE360
	// Thirty360US is 30/360 US: like Thirty360, but the last day of February counts as the 30th for start, and for end if
	// it does so for start. Basis 0 of YEARFRAC.
	Thirty360US
	// Year365 is seconds / 31,536,000: the year of most on-chain protocols.
	Year365
	// YearGregorian is seconds / 31,556,952: 365.2425 days, the year of Euler.
	YearGregorian
	// YearJulian is seconds / 31,557,600: 365.25 days, the year of data vendors.
	YearJulian
)

// Basis returns the convention that spreadsheets give a number: 0 is Thirty360US, 1 ActActYearFrac, 2 Act360, 3 Act365F,
// 4 ThirtyE360. YEARFRAC is the absolute value of its Years. It returns ErrBasis for other numbers.
func Basis(number int) (Convention, error) {
	switch number {
	case 0:
		return Thirty360US, nil
	case 1:
		return ActActYearFrac, nil
	case 2:
		return Act360, nil
	case 3:
		return Act365F, nil
	case 4:
		return ThirtyE360, nil
	}
	return 0, fmt.Errorf("%w: got %d", ErrBasis, number)
}

// String returns the usual name.
func (c Convention) String() string {
	switch c {
	case Act360:
		return "ACT/360"
	case NL365:
		return "NL/365"
	case ActActISDA:
		return "ACT/ACT ISDA"
	case ActActAFB:
		return "ACT/ACT AFB"
	case ActActYearFrac:
		return "ACT/ACT YEARFRAC"
	case Thirty360:
		return "30/360"
	case ThirtyE360:
		return "30E/360"
	case Thirty360US:
		return "30/360 US"
	case Year365:
		return "365 d"
	case YearGregorian:
		return "365.2425 d"
	case YearJulian:
		return "365.25 d"
	}
	return "ACT/365F"
}

// Days returns the days from start to end that the convention counts, negative if end is earlier: 30 for every month in
// the 30/360 family, no 29 February in NL/365, calendar days in all others.
func (c Convention) Days(start, end time.Time) int {
	if dayNumber(end) < dayNumber(start) {
		return -c.Days(end, start)
	}
	switch c {
	case NL365:
		return Days(start, end) - (leapDaysUpTo(end) - leapDaysUpTo(start))
	case Thirty360, ThirtyE360, Thirty360US:
		return c.days360(start, end)
	}
	return Days(start, end)
}

// Years returns the years from start to end by the convention, negative if end is earlier.
func (c Convention) Years(start, end time.Time) float64 {
	switch c {
	case Year365:
		return seconds(start, end) / Seconds365
	case YearGregorian:
		return seconds(start, end) / SecondsGregorian
	case YearJulian:
		return seconds(start, end) / SecondsJulian
	case Act360, Thirty360, ThirtyE360, Thirty360US:
		return float64(c.Days(start, end)) / 360
	case ActActISDA, ActActAFB, ActActYearFrac:
		switch days := Days(start, end); {
		case days < 0:
			return -c.Years(end, start)
		case days == 0:
			return 0
		case c == ActActISDA:
			return isda(start, end)
		case c == ActActAFB:
			return afb(start, end)
		}
		return yearFrac1(start, end)
	}
	return float64(c.Days(start, end)) / 365
}

// seconds keeps the fraction of a second and does not end at 292 years like a time.Duration.
func seconds(start, end time.Time) float64 {
	return float64(end.Unix()-start.Unix()) + float64(end.Nanosecond()-start.Nanosecond())/1e9
}

// leapDaysUpTo counts the 29 Februaries up to t, t included, up to a constant that cancels in differences.
func leapDaysUpTo(t time.Time) int {
	year, month, day := t.UTC().Date()
	count := leapDays(year)
	if IsLeap(year) && (month > time.February || month == time.February && day == 29) {
		count++
	}
	return count
}

func isda(start, end time.Time) float64 {
	first, last := start.UTC().Year(), end.UTC().Year()
	if first == last {
		return float64(Days(start, end)) / float64(yearDays(first))
	}
	head := float64(Days(start, Date(first+1, time.January, 1))) / float64(yearDays(first))
	tail := float64(Days(Date(last, time.January, 1), end)) / float64(yearDays(last))
	return float64(last-first-1) + head + tail
}

func afb(start, end time.Time) float64 {
	years := end.UTC().Year() - start.UTC().Year()
	rest := AddMonths(end, -12*years, SameDay)
	if dayNumber(rest) < dayNumber(start) {
		years--
		rest = AddMonths(end, -12*years, SameDay)
	}
	denominator := 365.0
	if dayBefore := rest.AddDate(0, 0, -1); dayNumber(rest) > dayNumber(start) &&
		leapDaysUpTo(dayBefore) > leapDaysUpTo(start.AddDate(0, 0, -1)) {
		denominator = 366
	}
	return float64(years) + float64(Days(start, rest))/denominator
}

func yearFrac1(start, end time.Time) float64 {
	days := float64(Days(start, end))
	first, last := start.UTC().Year(), end.UTC().Year()
	if dayNumber(end) > dayNumber(AddMonths(start, 12, SameDay)) {
		total := 365*(last-first+1) + leapDays(last+1) - leapDays(first)
		return days * float64(last-first+1) / float64(total)
	}
	leap := IsLeap(first)
	if first != last {
		leap = leapDaysUpTo(end) > leapDaysUpTo(start.AddDate(0, 0, -1))
	}
	if leap {
		return days / 366
	}
	return days / 365
}

func (c Convention) days360(start, end time.Time) int {
	y1, m1, d1 := start.UTC().Date()
	y2, m2, d2 := end.UTC().Date()
	switch c {
	case ThirtyE360:
		d1, d2 = min(d1, 30), min(d2, 30)
	case Thirty360US:
		if m1 == time.February && IsMonthEnd(start) {
			d1 = 30
			if m2 == time.February && IsMonthEnd(end) {
				d2 = 30
			}
		}
		fallthrough
	default:
		d1 = min(d1, 30)
		if d1 == 30 {
			d2 = min(d2, 30)
		}
	}
	return 360*(y2-y1) + 30*int(m2-m1) + d2 - d1
}

// ThirtyE360ISDA is 30E/360 (ISDA), 2006 ISDA Definitions 4.16(h): the 31st and the last day of February count as the
// 30th; but not the last day of February for end if it is the maturity. Without a Maturity no date is.
type ThirtyE360ISDA struct {
	Maturity time.Time
}

// Days returns the days from start to end, 30 for every month.
func (c ThirtyE360ISDA) Days(start, end time.Time) int {
	switch days := Days(start, end); {
	case days < 0:
		return -c.Days(end, start)
	case days == 0: // the rules below make a day of a maturity in February
		return 0
	}
	y1, m1, d1 := start.UTC().Date()
	y2, m2, d2 := end.UTC().Date()
	if d1 == 31 || m1 == time.February && IsMonthEnd(start) {
		d1 = 30
	}
	maturity := !c.Maturity.IsZero() && dayNumber(end) == dayNumber(c.Maturity)
	if d2 == 31 || m2 == time.February && IsMonthEnd(end) && !maturity {
		d2 = 30
	}
	return 360*(y2-y1) + 30*int(m2-m1) + d2 - d1
}

// Years returns Days / 360.
func (c ThirtyE360ISDA) Years(start, end time.Time) float64 {
	return float64(c.Days(start, end)) / 360
}

// String returns "30E/360 ISDA".
func (c ThirtyE360ISDA) String() string { return "30E/360 ISDA" }
