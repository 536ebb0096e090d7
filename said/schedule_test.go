package said_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gaib-go/gaib/said"
	"github.com/stretchr/testify/require"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

var (
	genesis   = at("2025-11-01T00:00:00Z")
	schedules = []said.Schedule{
		said.NextMonth, said.MonthAfterNext, said.Monthly(14),
		said.ThirtyDayCycle{Genesis: genesis}, said.ThirtyDayCycle{Genesis: genesis, NextCycle: true},
		said.WindowProRata{Genesis: genesis},
		said.Cooldown{}, said.Cooldown{Duration: 7 * 24 * time.Hour},
	}
)

func TestScheduleDates(t *testing.T) {
	cycles := said.ThirtyDayCycle{Genesis: genesis}
	next := said.ThirtyDayCycle{Genesis: genesis, NextCycle: true}
	windows := said.WindowProRata{Genesis: genesis}
	for _, c := range []struct {
		schedule                      said.Schedule
		requested, settlement, cutoff string
		days                          int
	}{
		// July and August have 31 days each: the longest wait, 62 days.
		{said.MonthAfterNext, "2026-07-01T00:00:00Z", "2026-09-01T00:00:00Z", "2026-08-01T00:00:00Z", 62},
		// The last second of January in a common year: 28 days of February and that second.
		{said.MonthAfterNext, "2026-01-31T23:59:59Z", "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", 29},
		// In the leap year 2028 February has 29 days.
		{said.MonthAfterNext, "2028-01-31T23:59:59Z", "2028-03-01T00:00:00Z", "2028-02-01T00:00:00Z", 30},
		{said.MonthAfterNext, "2028-02-29T12:00:00Z", "2028-04-01T00:00:00Z", "2028-03-01T00:00:00Z", 32},
		// 2100 is no leap year.
		{said.NextMonth, "2100-02-28T00:00:00Z", "2100-03-01T00:00:00Z", "2100-03-01T00:00:00Z", 1},
		// Over the end of the year.
		{said.MonthAfterNext, "2026-11-15T00:00:00Z", "2027-01-01T00:00:00Z", "2026-12-01T00:00:00Z", 47},
		{said.MonthAfterNext, "2026-12-31T23:59:59Z", "2027-02-01T00:00:00Z", "2027-01-01T00:00:00Z", 32},
		{said.NextMonth, "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 1},
		{said.Monthly(14), "2026-12-05T00:00:00Z", "2028-02-01T00:00:00Z", "2027-01-01T00:00:00Z", 423},
		// 01:30 in Tokyo on 1 August is 16:30 UTC on 31 July; 20:00 in New York on 31 July is 00:00 UTC on 1 August.
		{said.MonthAfterNext, "2026-08-01T01:30:00+09:00", "2026-09-01T00:00:00Z", "2026-08-01T00:00:00Z", 32},
		{said.MonthAfterNext, "2026-07-31T20:00:00-04:00", "2026-10-01T00:00:00Z", "2026-09-01T00:00:00Z", 61},

		// From 1 November 30 days make 1 December, then 31 December, then 30 January.
		{cycles, "2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z", 30},
		{cycles, "2025-11-30T23:59:59Z", "2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z", 1},
		{cycles, "2025-12-01T00:00:00Z", "2025-12-31T00:00:00Z", "2025-12-31T00:00:00Z", 30},
		{cycles, "2025-12-01T08:00:00+09:00", "2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z", 1},
		{next, "2025-11-30T23:59:59Z", "2025-12-31T00:00:00Z", "2025-12-01T00:00:00Z", 31},
		// Before the genesis: the cycle of 2 October to 1 November.
		{cycles, "2025-10-31T23:59:59Z", "2025-11-01T00:00:00Z", "2025-11-01T00:00:00Z", 1},
		{cycles, "2025-10-02T00:00:00Z", "2025-11-01T00:00:00Z", "2025-11-01T00:00:00Z", 30},
		// 400 years are 146,097 days: 4,869 cycles and 27 days, so 3 days are left. A time.Duration would overflow.
		{cycles, "2425-11-01T00:00:00Z", "2425-11-04T00:00:00Z", "2425-11-04T00:00:00Z", 3},

		// The window of 1 to 8 November, then that of 1 to 8 December.
		{windows, "2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", "2025-11-08T00:00:00Z", 30},
		{windows, "2025-11-07T23:59:59Z", "2025-12-01T00:00:00Z", "2025-11-08T00:00:00Z", 24},
		{windows, "2025-11-08T00:00:00Z", "2025-12-31T00:00:00Z", "2025-12-08T00:00:00Z", 53},
		{windows, "2025-11-30T23:59:59Z", "2025-12-31T00:00:00Z", "2025-12-08T00:00:00Z", 31},
		{windows, "2025-10-31T23:59:59Z", "2025-12-01T00:00:00Z", "2025-11-08T00:00:00Z", 31},

		{said.Cooldown{Duration: 14 * 24 * time.Hour}, "2028-02-20T10:00:00+02:00", "2028-03-05T08:00:00Z", "2028-02-20T08:00:01Z", 14},
		{said.Cooldown{}, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", 0},
	} {
		requested := at(c.requested)
		require.Equal(t, at(c.settlement), c.schedule.Settlement(requested).UTC(), "%s at %s", c.schedule, c.requested)
		require.Equal(t, time.UTC, c.schedule.Settlement(requested).Location())
		require.Equal(t, at(c.cutoff), c.schedule.Cutoff(requested).UTC(), "%s at %s", c.schedule, c.requested)
		require.Equal(t, c.days, said.WaitDays(c.schedule, requested), "%s at %s", c.schedule, c.requested)
	}
}

// TestScheduleProperties holds every schedule to the interface's words at random times, written in random zones.
func TestScheduleProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range schedules {
		require.NoError(t, s.Check(), s)
		for range 2000 {
			requested := genesis.Add(time.Duration(rng.Int64N(int64(20*365*24*time.Hour))) - 10*365*24*time.Hour).Truncate(time.Second)
			zone := time.FixedZone("", (rng.IntN(27)-12)*3600)
			settlement, cutoff := s.Settlement(requested), s.Cutoff(requested)
			require.Equal(t, settlement, s.Settlement(requested.In(zone)), "%s: zones", s)
			require.Equal(t, cutoff, s.Cutoff(requested.In(zone)), "%s: zones", s)
			require.Equal(t, settlement, s.Settlement(requested.Add(999*time.Millisecond)), "%s: whole seconds", s)
			require.False(t, settlement.Before(requested), "%s: settled before it was requested", s)

			require.True(t, cutoff.After(requested))
			require.True(t, s.Settlement(cutoff).After(settlement), "%s: cutoff too early, %s", s, requested)
			if _, own := s.(said.Cooldown); !own {
				require.Equal(t, settlement, s.Settlement(cutoff.Add(-time.Second)), "%s: cutoff too late, %s", s, requested)
			}
			// Settlement dates are dates at which the queue is settled, and Next gives the first of them.
			require.Equal(t, settlement, s.Next(settlement.Add(-time.Second)))
			following := s.Next(settlement)
			require.True(t, following.After(settlement))
			require.Equal(t, following, s.Next(following.Add(-time.Second)))
			// A later request is never due earlier.
			later := requested.Add(time.Duration(rng.Int64N(int64(100 * 24 * time.Hour))))
			require.False(t, s.Settlement(later).Before(settlement))
		}
	}
}

func TestScheduleNames(t *testing.T) {
	names := map[string]bool{}
	for _, s := range schedules {
		require.NotEmpty(t, s.String())
		require.False(t, names[s.String()], "two schedules are called %q", s)
		names[s.String()] = true
	}
	require.Equal(t, "first day of the month after next", said.MonthAfterNext.String())
	require.Equal(t, "cooldown of 7 days", said.Cooldown{Duration: 7 * 24 * time.Hour}.String())
	require.Equal(t, "cooldown of 1h30m0s", said.Cooldown{Duration: 90 * time.Minute}.String())
	require.Equal(t, said.FIFO, said.MonthAfterNext.Fill())
	require.Equal(t, said.FIFO, said.ThirtyDayCycle{}.Fill())
	require.Equal(t, said.FIFO, said.Cooldown{}.Fill())
	require.Equal(t, said.ProRata, said.WindowProRata{}.Fill())
	require.Equal(t, "FIFO pro rata Fill(9)", said.FIFO.String()+" "+said.ProRata.String()+" "+said.Fill(9).String())
}

func TestScheduleCheck(t *testing.T) {
	for _, s := range []said.Schedule{
		said.Monthly(0), said.Monthly(-3), said.Monthly(1201), said.ThirtyDayCycle{}, said.WindowProRata{},
		said.Cooldown{Duration: -time.Second}, said.Cooldown{Duration: time.Millisecond},
	} {
		require.ErrorIs(t, s.Check(), said.ErrSchedule, s)
		// Even so nothing is due before it is requested.
		require.False(t, s.Settlement(genesis).Before(genesis))
	}
}
