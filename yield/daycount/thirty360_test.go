package daycount_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

func date(t testing.TB, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.DateOnly, text)
	require.NoError(t, err)
	return parsed
}

// table reads rows of "start end value" that end with a semicolon. A value is a number or a sum of fractions, as the
// sources write them: "4/365+58/366".
func table(t testing.TB, text string, row func(start, end time.Time, want float64)) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";") {
		fields := strings.Fields(line)
		require.Len(t, fields, 3, line)
		want := 0.0
		for term := range strings.SplitSeq(fields[2], "+") {
			numerator, denominator, fraction := strings.Cut(term, "/")
			value, err := strconv.ParseFloat(numerator, 64)
			require.NoError(t, err)
			if fraction {
				divisor, err := strconv.ParseFloat(denominator, 64)
				require.NoError(t, err)
				value /= divisor
			}
			want += value
		}
		row(date(t, fields[0]), date(t, fields[1]), want)
	}
}

// The examples of ISDA's spreadsheet "30/360 day count conventions" (isda.org, 22 December 2008: examples 1 to 3) as
// QuantLib's test suite holds them (test-suite/daycounters.cpp at 2a13d45, testThirty360_*); 30/360 US from the same
// suite, after the rules of 30/360 US in Wikipedia's "Day count convention".
func TestThirty360(t *testing.T) {
	type days interface {
		daycount.DayCount
		Days(start, end time.Time) int
	}
	for _, c := range []struct {
		convention days
		cases      string
	}{
		{daycount.Thirty360, `
			2006-08-20 2007-02-20 180; 2007-02-20 2007-08-20 180; 2007-08-20 2008-02-20 180;
			2008-02-20 2008-08-20 180; 2008-08-20 2009-02-20 180; 2009-02-20 2009-08-20 180;
			2006-08-31 2007-02-28 178; 2007-02-28 2007-08-31 183; 2007-08-31 2008-02-29 179;
			2008-02-29 2008-08-31 182; 2008-08-31 2009-02-28 178; 2009-02-28 2009-08-31 183;
			2006-01-31 2006-02-28 28; 2006-01-30 2006-02-28 28; 2006-02-28 2006-03-03 5;
			2006-02-14 2006-02-28 14; 2006-09-30 2006-10-31 30; 2006-10-31 2006-11-28 28;
			2007-08-31 2008-02-28 178; 2008-02-28 2008-08-28 180; 2008-02-28 2008-08-30 182;
			2008-02-28 2008-08-31 183; 2007-02-26 2008-02-28 362; 2007-02-26 2008-02-29 363;
			2008-02-29 2009-02-28 359; 2008-02-28 2008-03-30 32; 2008-02-28 2008-03-31 33;
		`},
		{daycount.ThirtyE360, `
			2006-08-20 2007-02-20 180; 2007-02-20 2007-08-20 180; 2007-08-20 2008-02-20 180;
			2008-02-20 2008-08-20 180; 2008-08-20 2009-02-20 180; 2009-02-20 2009-08-20 180;
			2006-02-28 2006-08-31 182; 2006-08-31 2007-02-28 178; 2007-02-28 2007-08-31 182;
			2007-08-31 2008-02-29 179; 2008-02-29 2008-08-31 181; 2008-08-31 2009-02-28 178;
			2009-02-28 2009-08-31 182; 2009-08-31 2010-02-28 178; 2010-02-28 2010-08-31 182;
			2010-08-31 2011-02-28 178; 2011-02-28 2011-08-31 182; 2011-08-31 2012-02-29 179;
			2006-01-31 2006-02-28 28; 2006-01-30 2006-02-28 28; 2006-02-28 2006-03-03 5;
			2006-02-14 2006-02-28 14; 2006-09-30 2006-10-31 30; 2006-10-31 2006-11-28 28;
			2007-08-31 2008-02-28 178; 2008-02-28 2008-08-28 180; 2008-02-28 2008-08-30 182;
			2008-02-28 2008-08-31 182; 2007-02-26 2008-02-28 362; 2007-02-26 2008-02-29 363;
			2008-02-29 2009-02-28 359; 2008-02-28 2008-03-30 32; 2008-02-28 2008-03-31 32;
		`},
		{daycount.Thirty360US, `
			2006-08-20 2007-02-20 180; 2007-02-20 2007-08-20 180; 2007-08-20 2008-02-20 180;
			2008-02-20 2008-08-20 180; 2008-08-20 2009-02-20 180; 2009-02-20 2009-08-20 180;
			2006-08-31 2007-02-28 178; 2007-02-28 2007-08-31 180; 2007-08-31 2008-02-29 179;
			2008-02-29 2008-08-31 180; 2008-08-31 2009-02-28 178; 2009-02-28 2009-08-31 180;
			2006-01-31 2006-02-28 28; 2006-01-30 2006-02-28 28; 2006-02-28 2006-03-03 3;
			2006-02-14 2006-02-28 14; 2006-09-30 2006-10-31 30; 2006-10-31 2006-11-28 28;
			2007-08-31 2008-02-28 178; 2008-02-28 2008-08-28 180; 2008-02-28 2008-08-30 182;
			2008-02-28 2008-08-31 183; 2007-02-26 2008-02-28 362; 2007-02-26 2008-02-29 363;
			2008-02-29 2009-02-28 360; 2008-02-28 2008-03-30 32; 2008-02-28 2008-03-31 33;
		`},
		{daycount.ThirtyE360ISDA{Maturity: date(t, "2009-08-20")}, `
			2006-08-20 2007-02-20 180; 2007-02-20 2007-08-20 180; 2007-08-20 2008-02-20 180;
			2008-02-20 2008-08-20 180; 2008-08-20 2009-02-20 180; 2009-02-20 2009-08-20 180;
		`},
		{daycount.ThirtyE360ISDA{Maturity: date(t, "2012-02-29")}, `
			2006-02-28 2006-08-31 180; 2006-08-31 2007-02-28 180; 2007-02-28 2007-08-31 180;
			2007-08-31 2008-02-29 180; 2008-02-29 2008-08-31 180; 2008-08-31 2009-02-28 180;
			2009-02-28 2009-08-31 180; 2009-08-31 2010-02-28 180; 2010-02-28 2010-08-31 180;
			2010-08-31 2011-02-28 180; 2011-02-28 2011-08-31 180; 2011-08-31 2012-02-29 179;
		`},
		{daycount.ThirtyE360ISDA{Maturity: date(t, "2008-02-29")}, `
			2006-01-31 2006-02-28 30; 2006-01-30 2006-02-28 30; 2006-02-28 2006-03-03 3;
			2006-02-14 2006-02-28 16; 2006-09-30 2006-10-31 30; 2006-10-31 2006-11-28 28;
			2007-08-31 2008-02-28 178; 2008-02-28 2008-08-28 180; 2008-02-28 2008-08-30 182;
			2008-02-28 2008-08-31 182; 2007-02-28 2008-02-28 358; 2007-02-28 2008-02-29 359;
			2008-02-29 2009-02-28 360; 2008-02-29 2008-03-30 30; 2008-02-29 2008-03-31 30;
		`},
	} {
		table(t, c.cases, func(start, end time.Time, want float64) {
			require.EqualValues(t, want, c.convention.Days(start, end), "%s: %s to %s", c.convention, start, end)
			require.Equal(t, want/360, c.convention.Years(start, end), "%s: %s to %s", c.convention, start, end)
			require.Equal(t, -want/360, c.convention.Years(end, start), "%s: %s to %s", c.convention, end, start)
		})
	}
}
