package daycount_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// row writes the dates of periods, with a * before the end of a stub.
func row(periods []daycount.Period) string {
	var text strings.Builder
	text.WriteString(periods[0].Start.Format(time.DateOnly))
	for i, p := range periods {
		if i > 0 && !p.Start.Equal(periods[i-1].End) {
			text.WriteString(" gap")
		}
		text.WriteByte(' ')
		if !p.Regular {
			text.WriteByte('*')
		}
		text.WriteString(p.End.Format(time.DateOnly))
	}
	return text.String()
}

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name string
		plan daycount.Plan
		want string
	}{
		// QuantLib, test-suite/schedule.cpp at 2a13d45, the unadjusted schedules.
		{"testEomAdjustment", daycount.Plan{Start: date(t, "2024-02-29"), End: date(t, "2025-02-28"), Months: 1, MonthEnd: daycount.LastDay},
			"2024-02-29 2024-03-31 2024-04-30 2024-05-31 2024-06-30 2024-07-31 2024-08-31 2024-09-30 2024-10-31 2024-11-30 2024-12-31 2025-01-31 2025-02-28"},
		{"testForwardDatesWithEomAdjustment", daycount.Plan{Start: date(t, "1996-08-31"), End: date(t, "1997-09-15"), Months: 6, Roll: daycount.Forward, MonthEnd: daycount.LastDay},
			"1996-08-31 1997-02-28 1997-08-31 *1997-09-15"},
		{"testBackwardDatesWithEomAdjustment", daycount.Plan{Start: date(t, "1996-08-22"), End: date(t, "1997-08-31"), Months: 6, MonthEnd: daycount.LastDay},
			"1996-08-22 *1996-08-31 1997-02-28 1997-08-31"},
		{"testEffectiveDateWithEomAdjustment", daycount.Plan{Start: date(t, "2023-01-16"), End: date(t, "2023-03-16"), First: date(t, "2023-01-31"), Months: 1, Roll: daycount.Forward, MonthEnd: daycount.LastDay},
			"2023-01-16 *2023-01-31 2023-02-28 *2023-03-16"},
		// By hand.
		{"long stub at the start", daycount.Plan{Start: date(t, "2026-01-20"), End: date(t, "2026-12-15"), Months: 3, Stub: daycount.LongStub},
			"2026-01-20 *2026-06-15 2026-09-15 2026-12-15"},
		{"long stub at the end", daycount.Plan{Start: date(t, "2026-01-20"), End: date(t, "2026-12-15"), Months: 3, Roll: daycount.Forward, Stub: daycount.LongStub},
			"2026-01-20 2026-04-20 2026-07-20 *2026-12-15"},
		{"the 31st comes back", daycount.Plan{Start: date(t, "2026-01-31"), End: date(t, "2026-05-31"), Months: 1, Roll: daycount.Forward},
			"2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"},
		{"shorter than a period", daycount.Plan{Start: date(t, "2026-01-31"), End: date(t, "2026-02-10"), Months: 1, Stub: daycount.LongStub},
			"2026-01-31 *2026-02-10"},
		{"one regular period", daycount.Plan{Start: date(t, "2026-01-31"), End: date(t, "2026-07-31"), Months: 6},
			"2026-01-31 2026-07-31"},
		{"first and last given", daycount.Plan{Start: date(t, "2026-01-05"), First: date(t, "2026-03-01"), Last: date(t, "2026-09-01"), End: date(t, "2026-10-15"), Months: 3},
			"2026-01-05 *2026-03-01 2026-06-01 2026-09-01 *2026-10-15"},
		{"regular last period given", daycount.Plan{Start: date(t, "2026-03-01"), Last: date(t, "2026-09-01"), End: date(t, "2026-12-01"), Months: 3},
			"2026-03-01 2026-06-01 2026-09-01 2026-12-01"},
		{"first is the end", daycount.Plan{Start: date(t, "2026-03-01"), First: date(t, "2026-04-15"), End: date(t, "2026-04-15"), Months: 3},
			"2026-03-01 *2026-04-15"},
		{"last is the start", daycount.Plan{Start: date(t, "2026-03-01"), Last: date(t, "2026-03-01"), End: date(t, "2026-04-15"), Months: 3},
			"2026-03-01 *2026-04-15"},
		{"first is last", daycount.Plan{Start: date(t, "2026-03-01"), First: date(t, "2026-03-20"), Last: date(t, "2026-03-20"), End: date(t, "2026-06-20"), Months: 3},
			"2026-03-01 *2026-03-20 2026-06-20"},
	} {
		periods, err := c.plan.Periods()
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, row(periods), c.name)
	}
}

func TestPlanErrors(t *testing.T) {
	good := daycount.Plan{Start: date(t, "2026-01-01"), End: date(t, "2026-12-31"), Months: 3}
	for name, c := range map[string]struct {
		change func(*daycount.Plan)
		err    error
	}{
		"no months":       {func(p *daycount.Plan) { p.Months = 0 }, daycount.ErrMonths},
		"negative months": {func(p *daycount.Plan) { p.Months = -3 }, daycount.ErrMonths},
		"huge months":     {func(p *daycount.Plan) { p.Months = 1 << 30 }, daycount.ErrMonths},
		"empty":           {func(p *daycount.Plan) { p.End = p.Start.Add(time.Hour) }, daycount.ErrPlan},
		"reversed":        {func(p *daycount.Plan) { p.Start, p.End = p.End, p.Start }, daycount.ErrPlan},
		"first at start":  {func(p *daycount.Plan) { p.First = p.Start }, daycount.ErrPlan},
		"first past end":  {func(p *daycount.Plan) { p.First = p.End.AddDate(0, 0, 1) }, daycount.ErrPlan},
		"last at end":     {func(p *daycount.Plan) { p.Last = p.End }, daycount.ErrPlan},
		"last before":     {func(p *daycount.Plan) { p.Last = p.Start.AddDate(0, 0, -1) }, daycount.ErrPlan},
		"last and first":  {func(p *daycount.Plan) { p.First, p.Last = date(t, "2026-06-01"), date(t, "2026-03-01") }, daycount.ErrPlan},
		"first off beat":  {func(p *daycount.Plan) { p.First = date(t, "2026-05-05") }, daycount.ErrPlan},
		"last off beat":   {func(p *daycount.Plan) { p.Last, p.Roll = date(t, "2026-05-05"), daycount.Forward }, daycount.ErrPlan},
		"too many":        {func(p *daycount.Plan) { p.End, p.Months = date(t, "9999-01-01"), 1 }, daycount.ErrPlan},
	} {
		plan := good
		c.change(&plan)
		_, err := plan.Periods()
		require.ErrorIs(t, err, c.err, name)
	}
}

// The day count of a plan measures its regular periods as equal parts of a year.
func TestPlanICMA(t *testing.T) {
	for name, plan := range map[string]daycount.Plan{
		"backward": {Start: date(t, "2025-01-07"), End: date(t, "2028-08-31"), Months: 6, MonthEnd: daycount.LastDay},
		"forward":  {Start: date(t, "2025-01-31"), End: date(t, "2028-08-15"), Months: 6, Roll: daycount.Forward},
		"first":    {Start: date(t, "2025-01-07"), First: date(t, "2025-02-28"), End: date(t, "2028-08-15"), Months: 6, Roll: daycount.Forward, MonthEnd: daycount.LastDay},
		"last":     {Start: date(t, "2025-01-07"), Last: date(t, "2028-02-29"), End: date(t, "2028-08-15"), Months: 6, MonthEnd: daycount.LastDay},
	} {
		icma, err := plan.ICMA()
		require.NoError(t, err, name)
		periods, err := plan.Periods()
		require.NoError(t, err, name)
		regular := 0
		for _, p := range periods {
			if p.Regular {
				require.Equal(t, 0.5, icma.Years(p.Start, p.End), name)
				regular++
			}
		}
		require.GreaterOrEqual(t, regular, 6, name)
	}
}

func TestCalendar(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		rule   daycount.MonthEnd
		want   string
	}{
		{"2026-01-31", 1, daycount.SameDay, "2026-02-28"},
		{"2028-01-31", 1, daycount.SameDay, "2028-02-29"},
		{"2100-01-30", 1, daycount.SameDay, "2100-02-28"},
		{"2026-02-28", 1, daycount.SameDay, "2026-03-28"},
		{"2026-02-28", 1, daycount.LastDay, "2026-03-31"},
		{"2028-02-28", 1, daycount.LastDay, "2028-03-28"},
		{"2026-03-31", -1, daycount.LastDay, "2026-02-28"},
		{"2026-12-15", 1, daycount.SameDay, "2027-01-15"},
		{"2026-01-15", -13, daycount.SameDay, "2024-12-15"},
		{"2024-02-29", 12, daycount.SameDay, "2025-02-28"},
	} {
		require.Equal(t, date(t, c.want), daycount.AddMonths(date(t, c.from), c.months, c.rule), "%+v", c)
	}
	for year, leap := range map[int]bool{1900: false, 2000: true, 2023: false, 2024: true, 2100: false, 0: true, -4: true} {
		require.Equal(t, leap, daycount.IsLeap(year), year)
	}
	require.True(t, daycount.IsMonthEnd(date(t, "2024-02-29")))
	require.False(t, daycount.IsMonthEnd(date(t, "2024-02-28")))
	require.Equal(t, 29, daycount.DaysInMonth(2024, time.February))
	require.Equal(t, 31, daycount.DaysInMonth(2024, 13))
}

// Whatever the dates and options, the periods run from Start to End without gap and keep their order, or the plan is
// refused with a known error.
func FuzzPlan(f *testing.F) {
	f.Add(int64(20000), int64(900), 6, int64(0), int64(0), uint8(0))
	f.Add(int64(20000), int64(900), 1, int64(59), int64(800), uint8(7))
	f.Fuzz(func(t *testing.T, from, days int64, months int, first, last int64, flags uint8) {
		at := func(d int64) time.Time { return time.Unix((from%500_000+d%500_000)*86400, 0).UTC() }
		plan := daycount.Plan{Start: at(0), End: at(days), Months: months,
			Roll: daycount.Roll(flags & 1), Stub: daycount.Stub(flags >> 1 & 1), MonthEnd: daycount.MonthEnd(flags >> 2 & 1)}
		if flags&8 != 0 {
			plan.First = at(first)
		}
		if flags&16 != 0 {
			plan.Last = at(last)
		}
		periods, err := plan.Periods()
		if err != nil {
			require.True(t, errors.Is(err, daycount.ErrPlan) || errors.Is(err, daycount.ErrMonths), err)
			return
		}
		require.LessOrEqual(t, len(periods), daycount.MaxPeriods)
		require.Equal(t, plan.Start, periods[0].Start)
		require.Equal(t, plan.End, periods[len(periods)-1].End)
		require.NotContains(t, row(periods), "gap")
		for _, p := range periods {
			require.True(t, p.End.After(p.Start))
		}
	})
}
