package daycount_test

import (
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// Fractions as published. The ISDA paper is the comparison of ACT/ACT methods (mktc1198.pdf and its correction of 1999,
// ACT-ACT-ISDA-1999.pdf), whose examples QuantLib (test-suite/daycounters.cpp at 2a13d45) and Strata (DayCountTest at
// 0af75e6, actAct_isdaTestCase) both carry.
func TestConventions(t *testing.T) {
	for _, c := range []struct {
		convention daycount.DayCount
		cases      string
	}{
		{daycount.ActActISDA, `
			2003-11-01 2004-05-01 61/365+121/366; 1999-02-01 1999-07-01 150/365; 1999-07-01 2000-07-01 184/365+182/366;
			2002-08-15 2003-07-15 334/365; 2003-07-15 2004-01-15 170/365+14/366; 1999-07-30 2000-01-30 155/365+29/366;
			2000-01-30 2000-06-30 152/366; 1999-11-30 2000-04-30 32/365+120/366;
		`},
		{daycount.ActActAFB, `
			2003-11-01 2004-05-01 182/366; 1999-02-01 1999-07-01 150/365; 1999-07-01 2000-07-01 366/366;
			2002-08-15 2003-07-15 334/365; 2003-07-15 2004-01-15 184/365; 1999-07-30 2000-01-30 184/365;
			2000-01-30 2000-06-30 152/366; 1999-11-30 2000-04-30 152/366;
		`},
		// Strata, DayCountTest.data_yearFraction.
		{daycount.ActActISDA, `
			2011-12-28 2012-02-28 4/365+58/366; 2011-12-28 2012-02-29 4/365+59/366; 2011-12-28 2012-03-01 4/365+60/366;
			2011-12-28 2016-02-28 4/365+58/366+4; 2011-12-28 2016-02-29 4/365+59/366+4;
			2011-12-28 2016-03-01 4/365+60/366+4; 2012-02-29 2012-03-29 29/366; 2012-02-29 2012-03-28 28/366;
			2012-03-01 2012-03-28 27/366;
		`},
		{daycount.ActActAFB, `
			2011-12-28 2012-02-28 62/365; 2011-12-28 2012-02-29 63/365; 2011-12-28 2012-03-01 64/366;
			2011-12-28 2016-02-28 62/365+4; 2011-12-28 2016-02-29 63/365+4; 2011-12-28 2016-03-01 64/366+4;
			2012-02-28 2012-03-28 29/366; 2012-02-29 2012-03-28 28/366; 2012-03-01 2012-03-28 27/365;
		`},
		// Strata, DayCountTest.data_ACTACTAFB; the first two are the example of the French specification.
		{daycount.ActActAFB, `
			1994-02-10 1997-06-30 140/365+3; 1994-02-10 1994-06-30 140/365;
			2004-02-10 2005-02-10 1; 2004-02-28 2005-02-28 1; 2004-02-29 2005-02-28 365/366; 2004-03-01 2005-03-01 1;
			2003-02-28 2005-02-27 1+364/365; 2003-02-28 2005-02-28 2; 2003-02-28 2005-03-01 2+1/365;
			2003-02-28 2008-02-27 4+364/365; 2003-02-28 2008-02-28 5; 2003-02-28 2008-02-29 5; 2003-02-28 2008-03-01 5+1/365;
			2004-02-28 2005-02-27 365/366; 2004-02-28 2005-03-01 1+2/366; 2004-02-28 2008-02-27 3+365/366;
			2004-02-28 2008-02-28 4; 2004-02-28 2008-02-29 4+1/365; 2004-02-28 2008-03-01 4+2/366;
			2004-02-29 2005-03-01 1+1/366; 2004-02-29 2008-02-27 3+364/366; 2004-02-29 2008-02-28 3+365/366;
			2004-02-29 2008-02-29 4; 2004-02-29 2008-03-01 4+1/366; 2004-03-01 2005-02-28 364/365;
			2004-03-01 2008-02-27 3+363/365; 2004-03-01 2008-02-28 3+364/365; 2004-03-01 2008-02-29 3+364/365;
			2004-03-01 2008-03-01 4; 2003-03-01 2005-02-27 1+363/365; 2003-03-01 2005-02-28 1+364/365; 2003-03-01 2005-03-01 2;
			2003-03-01 2008-02-27 4+363/365; 2003-03-01 2008-02-28 4+364/365; 2003-03-01 2008-02-29 5; 2003-03-01 2008-03-01 5;
			2004-02-28 2006-03-01 2+2/366; 2004-02-29 2006-03-01 2+1/366; 2004-03-01 2006-03-01 2; 2005-02-28 2007-03-01 2+1/365;
			2005-03-01 2007-03-01 2; 2004-02-27 2008-02-28 4+1/365; 2006-02-27 2008-02-28 2+1/365; 2006-02-28 2008-02-28 2;
			2006-03-01 2008-02-28 1+364/365; 2006-02-27 2008-02-29 2+1/365; 2006-02-28 2008-02-29 2; 2006-03-01 2008-02-29 1+364/365;
		`},
		{daycount.Act360, `
			2011-12-28 2012-02-28 62/360; 2011-12-28 2012-02-29 63/360; 2011-12-28 2012-03-01 64/360;
			2011-12-28 2016-02-28 1523/360; 2011-12-28 2016-03-01 1525/360; 2012-02-28 2012-03-28 29/360;
		`},
		{daycount.Act365F, `
			2011-12-28 2012-02-28 62/365; 2011-12-28 2012-02-29 63/365; 2011-12-28 2012-03-01 64/365;
			2011-12-28 2016-02-28 1523/365; 2011-12-28 2016-03-01 1525/365; 2012-02-28 2012-03-28 29/365;
		`},
		{daycount.YearJulian, `
			2011-12-28 2012-02-28 62/365.25; 2011-12-28 2016-03-01 1525/365.25; 2012-02-28 2012-03-28 29/365.25;
		`},
		{daycount.NL365, `
			2011-12-28 2012-02-28 62/365; 2011-12-28 2012-02-29 62/365; 2011-12-28 2012-03-01 63/365;
			2011-12-28 2016-02-28 1522/365; 2011-12-28 2016-02-29 1522/365; 2011-12-28 2016-03-01 1523/365;
			2012-02-28 2012-03-28 28/365; 2012-02-29 2012-03-28 28/365; 2012-03-01 2012-03-28 27/365; 2011-12-01 2012-12-01 1;
		`},
		// Strata, DayCountTest.data_30E360ISDA: (days)/360 with the 30ths written out.
		{daycount.ThirtyE360ISDA{}, `
			2011-12-28 2012-02-28 60/360; 2011-12-28 2012-02-29 62/360; 2011-12-28 2012-03-01 63/360;
			2012-02-29 2012-03-28 28/360; 2011-02-28 2012-02-28 358/360; 2011-02-28 2012-02-29 1; 2012-02-29 2016-02-29 4;
			2012-05-29 2013-08-31 451/360; 2012-05-31 2013-08-31 450/360;
		`},
		// By hand: 2024 is a leap year, so both protocol years count 366 days; 31,622,400 s / 31,556,952 s and / 31,536,000 s.
		{daycount.Year365, `2024-01-01 2025-01-01 366/365; 2025-01-01 2026-01-01 1;`},
		{daycount.YearGregorian, `2024-01-01 2025-01-01 31622400/31556952; 1600-01-01 2000-01-01 400;`},
	} {
		table(t, c.cases, func(start, end time.Time, want float64) {
			require.InDelta(t, want, c.convention.Years(start, end), 1e-14, "%s: %s to %s", c.convention, start, end)
			require.InDelta(t, -want, c.convention.Years(end, start), 1e-14, "%s: %s to %s", c.convention, end, start)
			require.Zero(t, c.convention.Years(start, start), "%s at %s", c.convention, start)
		})
	}
}

// YEARFRAC as spreadsheets give it: the table of PhpSpreadsheet (tests/data/Calculation/DateTime/YEARFRAC.php at 1861412).
func TestBasis(t *testing.T) {
	for basis, cases := range []string{`
			2007-01-01 2007-01-10 0.025; 2007-01-10 2007-01-01 0.025; 2007-01-01 2007-12-31 1; 2007-01-01 2008-07-01 1.5;
			2007-01-01 2007-01-31 0.083333333; 2007-01-01 2007-02-01 0.083333333; 2007-01-01 2007-02-28 0.158333333;
			2007-01-31 2007-02-01 0.002777778; 2007-01-31 2007-03-01 0.086111111; 2007-01-31 2007-03-31 0.166666667;
			2008-01-01 2008-09-01 0.666666667; 2007-02-01 2008-04-01 1.166666667; 1960-12-19 2008-06-28 47.525;
			1982-12-07 2008-06-28 25.558333333;
		`, `
			2007-01-01 2007-01-10 0.024657534; 2007-01-01 2007-12-31 0.997260274; 2007-01-01 2008-07-01 1.496580027;
			2007-01-01 2007-01-31 0.082191781; 2007-01-01 2007-02-01 0.084931507; 2007-01-01 2007-02-28 0.15890411;
			2007-01-31 2007-02-01 0.002739726; 2007-01-31 2007-03-01 0.079452055; 2007-01-31 2007-03-31 0.161643836;
			2008-01-01 2008-09-01 0.666666667; 2007-02-01 2008-04-01 1.162790698; 1960-12-19 2008-06-28 47.521622528;
			1982-12-07 2008-06-28 25.557189211; 1960-01-01 1960-03-01 0.163934426; 1961-01-01 1961-03-01 0.161643836;
			1963-03-01 1963-01-01 0.161643836; 1960-01-01 1961-02-01 1.086183311; 1961-01-01 1962-02-01 1.084931507;
			1963-01-01 1964-02-01 1.083447332; 1963-01-01 1964-03-01 1.162790698; 2020-02-28 2021-01-01 0.841530055;
			2020-03-28 2021-01-01 0.764383562; 2023-04-28 2024-03-01 0.841530055; 2023-04-28 2024-02-29 0.838797814;
			2023-04-28 2024-02-28 0.838356164; 2023-04-28 2024-01-28 0.753424658; 2022-04-28 2023-01-28 0.753424658;
			2020-01-01 2021-01-01 1; 2020-02-28 2021-02-27 0.99726776; 2022-04-28 2023-05-28 1.082191781;
			2022-04-27 2023-04-28 1.002739726; 2024-04-27 2024-05-28 0.084699454; 2023-04-27 2023-05-28 0.084931507;
			2023-04-27 2025-05-28 2.085766423;
		`, `
			2007-01-01 2007-01-10 0.025; 2007-01-01 2007-12-31 1.011111111; 2007-01-01 2008-07-01 1.519444444;
			2007-01-31 2007-03-01 0.080555556; 2008-01-01 2008-09-01 0.677777778; 2007-02-01 2008-04-01 1.180555556;
			1960-12-19 2008-06-28 48.216666667; 1982-12-07 2008-06-28 25.930555556;
		`, `
			2007-01-01 2007-01-10 0.024657534; 2007-01-01 2007-12-31 0.997260274; 2007-01-01 2008-07-01 1.498630137;
			2007-01-31 2007-03-01 0.079452055; 2008-01-01 2008-09-01 0.668493151; 2007-02-01 2008-04-01 1.164383562;
			1960-12-19 2008-06-28 47.556164384; 1982-12-07 2008-06-28 25.575342466;
		`, `
			2007-01-01 2007-01-10 0.025; 2007-01-01 2007-12-31 0.997222222; 2007-01-01 2008-07-01 1.5;
			2007-01-01 2007-01-31 0.080555556; 2007-01-31 2007-03-01 0.086111111; 2007-01-31 2007-03-31 0.166666667;
			2008-01-01 2008-09-01 0.666666667; 1960-12-19 2008-06-28 47.525; 1982-12-07 2008-06-28 25.558333333;
		`} {
		convention, err := daycount.Basis(basis)
		require.NoError(t, err)
		table(t, cases, func(start, end time.Time, want float64) {
			require.InDelta(t, want, math.Abs(convention.Years(start, end)), 6e-10, "basis %d: %s to %s", basis, start, end)
		})
	}
	for _, basis := range []int{-1, 5} {
		_, err := daycount.Basis(basis)
		require.ErrorIs(t, err, daycount.ErrBasis)
	}
}

func TestICMA(t *testing.T) {
	for _, c := range []struct {
		anchor string
		months int
		rule   daycount.MonthEnd
		cases  string
	}{
		// The examples of the ISDA paper, see above: regular, short first, long first, short last and long last period.
		{"2003-11-01", 6, daycount.SameDay, `2003-11-01 2004-05-01 1/2; 2003-11-01 2004-04-30 181/364;`},
		{"1999-07-01", 12, daycount.SameDay, `1999-02-01 1999-07-01 150/365; 1999-07-01 2000-07-01 1;`},
		{"2003-07-15", 6, daycount.SameDay, `2002-08-15 2003-07-15 181/362+153/368; 2003-07-15 2004-01-15 1/2;`},
		{"1999-07-30", 6, daycount.SameDay, `1999-07-30 2000-01-30 1/2; 2000-01-30 2000-06-30 152/364;`},
		{"1999-11-30", 3, daycount.LastDay, `1999-11-30 2000-04-30 91/364+61/368;`},
		// Strata, DayCountTest.test_actActIcma_*: stubs that begin or end within notional periods.
		{"2012-02-29", 3, daycount.LastDay, `
			2011-10-01 2011-11-12 42/364; 2011-10-01 2012-01-12 60/364+43/364;
			2011-07-01 2011-08-12 42/368; 2011-07-01 2011-11-12 61/368+73/364;
		`},
		{"2012-02-29", 3, daycount.SameDay, `
			2011-10-01 2011-11-12 42/368; 2011-10-01 2012-01-12 59/368+44/368;
			2012-02-29 2012-04-01 32/360; 2012-02-29 2012-06-01 90/360+3/368;
		`},
		{"2011-08-31", 3, daycount.LastDay, `2011-08-31 2011-11-12 73/364; 2011-08-31 2012-01-12 91/364+43/364;`},
		// QuantLib, testActualActualWithSchedule: long first coupon of 17 January to 31 August 2017, half-yearly at month ends.
		{"2026-02-28", 6, daycount.LastDay, `2017-01-17 2017-08-31 42/362+1/2; 2017-01-17 2017-01-29 12/362;`},
	} {
		icma, err := daycount.NewICMA(date(t, c.anchor), c.months, c.rule)
		require.NoError(t, err)
		table(t, c.cases, func(start, end time.Time, want float64) {
			require.InDelta(t, want, icma.Years(start, end), 1e-15, "%s every %d months: %s to %s", c.anchor, c.months, start, end)
			require.InDelta(t, -want, icma.Years(end, start), 1e-15)
		})
	}
	for _, months := range []int{-1, 0, 1201} {
		_, err := daycount.NewICMA(date(t, "2024-01-01"), months, daycount.SameDay)
		require.ErrorIs(t, err, daycount.ErrMonths)
	}
}

// Whole regular periods are exactly their share of a year wherever they lie, and a coupon date starts its period.
func TestICMACoupons(t *testing.T) {
	icma, err := daycount.NewICMA(date(t, "2024-08-31"), 6, daycount.LastDay)
	require.NoError(t, err)
	previous, next := icma.Coupons(date(t, "2024-02-29"))
	require.Equal(t, date(t, "2024-02-29"), previous)
	require.Equal(t, date(t, "2024-08-31"), next)
	previous, next = icma.Coupons(date(t, "2024-02-28"))
	require.Equal(t, date(t, "2023-08-31"), previous)
	require.Equal(t, date(t, "2024-02-29"), next)
	require.Equal(t, 1000.0, icma.Years(date(t, "1024-02-29"), date(t, "2024-02-29")))
	// The zero value has monthly periods from the first of the month.
	require.InDelta(t, 10.0/31/12, daycount.ICMA{}.Years(date(t, "2024-01-02"), date(t, "2024-01-12")), 1e-15)
}

// The date is the day in UTC; the time of day counts in the conventions that count seconds.
func TestDatesAreUTC(t *testing.T) {
	tokyo := time.FixedZone("", 9*3600)
	start := time.Date(2026, 8, 1, 1, 30, 0, 0, tokyo) // 31 July, 16:30 UTC
	end := time.Date(2026, 8, 31, 23, 59, 59, 0, time.UTC)
	require.Equal(t, 31, daycount.Days(start, end))
	require.Equal(t, 31.0/360, daycount.Act360.Years(start, end))
	require.Equal(t, 30.0/360, daycount.ThirtyE360.Years(start, end))
	require.InDelta(t, (31*86400+7*3600+29*60+59)/31536000.0, daycount.Year365.Years(start, end), 1e-16)
	require.InDelta(t, 0.5/31556952, daycount.YearGregorian.Years(end, end.Add(time.Second/2)), 1e-20)
	require.Equal(t, 1, daycount.Days(date(t, "1969-12-31").Add(time.Hour), date(t, "1970-01-01")))
	require.Equal(t, date(t, "2026-07-31"), daycount.Midnight(start))
	require.Equal(t, daycount.Act365F.Years(start, end), daycount.Convention(200).Years(start, end))
}

func TestNames(t *testing.T) {
	var names []string
	for c := range daycount.YearJulian + 1 {
		names = append(names, c.String())
	}
	require.Equal(t, []string{"ACT/365F", "ACT/360", "NL/365", "ACT/ACT ISDA", "ACT/ACT AFB", "ACT/ACT YEARFRAC",
		"30/360", "30E/360", "30/360 US", "365 d", "365.2425 d", "365.25 d"}, names)
	require.Equal(t, "30E/360 ISDA", daycount.ThirtyE360ISDA{}.String())
	require.Equal(t, "ACT/ACT ICMA", daycount.ICMA{}.String())
	require.Equal(t, "backward forward", daycount.Backward.String()+" "+daycount.Forward.String())
	require.Equal(t, "short stub, long stub", daycount.ShortStub.String()+", "+daycount.LongStub.String())
	require.Equal(t, "same day of the month, last day of the month", daycount.SameDay.String()+", "+daycount.LastDay.String())
}

// Every convention is antisymmetric, grows with the end date and stays near the calendar's year, on random dates of two
// thousand years.
func FuzzYears(f *testing.F) {
	f.Add(int64(0), int64(365))
	f.Add(int64(-719162), int64(2932896))
	f.Add(int64(19782), int64(0)) // 29 February 2024
	f.Fuzz(func(t *testing.T, from, days int64) {
		from, days = from%730_000, days%730_000
		start := time.Unix(from*86400, 0)
		end := time.Unix((from+days)*86400, 0)
		icma, err := daycount.NewICMA(time.Unix(days*86400, 0), int(1+(from&63)), daycount.MonthEnd(days&1))
		require.NoError(t, err)
		conventions := []daycount.DayCount{icma, daycount.ThirtyE360ISDA{Maturity: end}}
		for c := range daycount.YearJulian + 1 {
			conventions = append(conventions, c)
		}
		for _, c := range conventions {
			years := c.Years(start, end)
			require.Equal(t, -years, c.Years(end, start), c)
			require.InDelta(t, float64(days)/365.25, years, 0.02+math.Abs(float64(days))*1e-4, c)
			if days >= 0 {
				require.GreaterOrEqual(t, c.Years(start, end.AddDate(0, 0, 1)), years-2.5/360, c) // 30/360 steps back at 1 March
			}
		}
	})
}

func BenchmarkYears(b *testing.B) {
	start, end := date(b, "2024-02-29"), date(b, "2031-11-17")
	icma, err := daycount.NewICMA(date(b, "2020-08-31"), 6, daycount.LastDay)
	require.NoError(b, err)
	for _, c := range []daycount.DayCount{daycount.Act365F, daycount.Thirty360US, daycount.ActActISDA, icma, daycount.Year365} {
		b.Run(c.String(), func(b *testing.B) {
			for b.Loop() {
				c.Years(start, end)
			}
		})
	}
}

func TestYearsAllocateNothing(t *testing.T) {
	start, end := date(t, "2024-02-29"), date(t, "2031-11-17")
	for c := range daycount.YearJulian + 1 {
		require.Zero(t, testing.AllocsPerRun(100, func() { c.Years(start, end) }), c)
	}
}
