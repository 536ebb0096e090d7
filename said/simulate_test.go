package said_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gaib-go/gaib/said"
	"github.com/stretchr/testify/require"
)

// par is a vault in which a share is worth one AID: A + 1 = S + 1.
var par = said.State{TotalAssets: u(1000), TotalSupply: u(1000)}

func paidAt(payments []said.Payment) (out []string) {
	for _, p := range payments {
		out = append(out, p.Time.Format("2006-01-02")+" "+string('a'+rune(p.User[19]))+" "+p.Assets.Dec())
	}
	return out
}

func TestSimulateFIFO(t *testing.T) {
	q := queueOf(t, said.FixAtSettlement,
		said.Request{User: user(0), Time: at("2026-01-10T00:00:00Z"), Shares: u(100)},
		said.Request{User: user(1), Time: at("2026-01-31T23:59:59Z"), Shares: u(200)},
		said.Request{User: user(2), Time: at("2026-02-01T00:00:00Z"), Shares: u(50)},
	)
	// January's requests are due on 1 March, February's on 1 April. 120 AID come in February, 100 in March, 500 in June.
	s, err := said.Simulate(par, q, said.MonthAfterNext,
		said.Event{Time: at("2026-06-10T00:00:00Z"), Liquidity: u(500)},
		said.Event{Time: at("2026-02-20T00:00:00Z"), Liquidity: u(120)},
		said.Event{Time: at("2026-03-20T00:00:00Z"), Liquidity: u(100)},
	)
	require.NoError(t, err)
	require.Equal(t, []string{
		"2026-03-01 a 100", "2026-03-01 b 20", // 120: all of a, 20 of b's 200
		"2026-04-01 b 100", // c is due but behind b
		"2026-07-01 b 80", "2026-07-01 c 50",
	}, paidAt(s.Payments))
	require.Equal(t, u(370), s.Liquidity) // 500 - 130
	require.Zero(t, s.Queue.Len())
	require.Equal(t, said.State{TotalAssets: u(650), TotalSupply: u(650)}, s.State)
}

func TestSimulateProRata(t *testing.T) {
	// Windows open on 1 November and 1 December; b comes too late for the first.
	q := queueOf(t, said.FixAtSettlement,
		said.Request{User: user(0), Time: at("2025-11-02T00:00:00Z"), Shares: u(100)},
		said.Request{User: user(1), Time: at("2025-11-09T00:00:00Z"), Shares: u(300)},
		said.Request{User: user(2), Time: at("2025-11-03T00:00:00Z"), Shares: u(200)},
	)
	s, err := said.Simulate(par, q, said.WindowProRata{Genesis: genesis},
		said.Event{Time: at("2025-12-01T00:00:00Z"), Liquidity: u(90)},
		said.Event{Time: at("2025-12-15T00:00:00Z"), Liquidity: u(170)},
	)
	require.NoError(t, err)
	require.Equal(t, []string{
		"2025-12-01 a 30", "2025-12-01 c 60", // 90 on 300
		// 70 + 140 + 300 are left, 170 come: a third of each, the dust of 23.33, 46.67, 100 to the first.
		"2025-12-31 a 24", "2025-12-31 c 46", "2025-12-31 b 100",
	}, paidAt(s.Payments))
	require.True(t, s.Liquidity.IsZero())
	require.Equal(t, 3, s.Queue.Len())
}

// TestSimulateNAV: half of the assets are marked down while the queue waits. A request fixed at settlement gets half, one
// fixed at request its amount.
func TestSimulateNAV(t *testing.T) {
	events := []said.Event{
		{Time: at("2026-01-05T00:00:00Z"), Change: func(s said.State) (said.State, error) { return s.MarkDown(u(500)) }},
		{Time: at("2026-01-05T00:00:00Z"), Liquidity: u(1000)},
	}
	cooldown := said.Cooldown{Duration: 7 * 24 * time.Hour}
	for _, c := range []struct {
		fixing said.Fixing
		want   string
	}{
		// floor(100 * 501/1001) = 50.
		{said.FixAtSettlement, "2026-01-08 a 50"},
		{said.FixAtRequest, "2026-01-08 a 100"},
	} {
		q, state, _, err := queueOf(t, c.fixing).Unstake(par, user(0), u(100), at("2026-01-01T00:00:00Z"))
		require.NoError(t, err)
		s, err := said.Simulate(state, q, cooldown, events...)
		require.NoError(t, err)
		require.Equal(t, []string{c.want}, paidAt(s.Payments))
	}
}

// TestSimulateCooldown: what is due and unpaid is paid as soon as liquidity comes; events behind the queue still count.
func TestSimulateCooldown(t *testing.T) {
	q := queueOf(t, said.FixAtSettlement, said.Request{User: user(0), Time: at("2026-01-01T00:00:00Z"), Shares: u(100)})
	s, err := said.Simulate(par, q, said.Cooldown{Duration: 24 * time.Hour},
		said.Event{Time: at("2026-01-20T10:00:00Z"), Liquidity: u(70)},
		said.Event{Time: at("2026-01-10T10:00:00Z"), Liquidity: u(40)},
		said.Event{Time: at("2026-03-10T10:00:00Z"), Liquidity: u(5)},
	)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-01-10 a 40", "2026-01-20 a 60"}, paidAt(s.Payments))
	require.Equal(t, at("2026-01-20T10:00:00Z"), s.Payments[1].Time)
	require.Equal(t, u(15), s.Liquidity)

	s, err = said.Simulate(par, q, said.MonthAfterNext)
	require.NoError(t, err)
	require.Empty(t, s.Payments)
	require.Equal(t, 1, s.Queue.Len())
}

// stuck is a schedule whose Next never moves on.
type stuck struct{ said.Cooldown }

func (stuck) Next(time.Time) time.Time { return time.Time{} }

func TestSimulateBounds(t *testing.T) {
	q := queueOf(t, said.FixAtSettlement, said.Request{User: user(0), Time: genesis, Shares: u(100)})
	_, err := said.Simulate(par, q, said.Monthly(0))
	require.ErrorIs(t, err, said.ErrSchedule)
	_, err = said.Simulate(par, q, said.NextMonth, make([]said.Event, said.MaxSimulation)...)
	require.ErrorIs(t, err, said.ErrSimulationTooLarge)

	failed := errors.New("no NAV")
	_, err = said.Simulate(par, q, said.NextMonth, said.Event{Time: genesis, Change: func(said.State) (said.State, error) { return said.State{}, failed }})
	require.ErrorIs(t, err, failed)
	_, err = said.Simulate(par, q, said.NextMonth, said.Event{Time: genesis, Liquidity: maxInt}, said.Event{Time: genesis, Liquidity: maxInt})
	require.ErrorContains(t, err, "overflow")

	s, err := said.Simulate(par, q, stuck{}, said.Event{Time: genesis.Add(time.Hour), Liquidity: u(100)})
	require.NoError(t, err)
	require.Len(t, s.Payments, 1)
}

// TestSimulateConserves pays a large queue out of many events and loses nothing.
func TestSimulateConserves(t *testing.T) {
	var requests []said.Request
	var events []said.Event
	for i := range 1000 {
		requests = append(requests, said.Request{User: user(i), Time: genesis.Add(time.Duration(i) * 5 * time.Hour), Shares: u(1e6 + uint64(i))})
		events = append(events, said.Event{Time: genesis.Add(time.Duration(i) * 13 * time.Hour), Liquidity: u(9e5)})
	}
	state := said.State{TotalAssets: u(2e9), TotalSupply: u(2e9), UnrealizedLoss: u(3e8)}
	for _, schedule := range schedules {
		s, err := said.Simulate(state, queueOf(t, said.FixAtSettlement, requests...), schedule, events...)
		require.NoError(t, err)
		sum := s.Liquidity
		last := time.Time{}
		for _, p := range s.Payments {
			sum.Add(&sum, &p.Assets)
			require.False(t, p.Time.Before(last))
			last = p.Time
			i := int(p.User[18])<<8 | int(p.User[19])
			require.False(t, p.Time.Before(schedule.Settlement(requests[i].Time)), "paid before it was due")
		}
		require.Equal(t, u(1000*9e5), sum, schedule)
	}
}
