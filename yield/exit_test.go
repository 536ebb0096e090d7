package yield_test

import (
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/stretchr/testify/require"
)

// firstOf settles on the first day of the month so many months on: what one of said's schedules does.
type firstOf int

func (m firstOf) Settlement(requested time.Time) time.Time {
	return time.Date(requested.Year(), requested.Month()+time.Month(m), 1, 0, 0, 0, 0, time.UTC)
}

// after settles a fixed time after the request, also before it.
type after time.Duration

func (d after) Settlement(requested time.Time) time.Time { return requested.Add(time.Duration(d)) }

func TestNetOfExit(t *testing.T) {
	s := monthly(t)
	// Deposited at 1 on 20 December, requested on 20 January at 1.01, paid on 1 March at 1.025149495: 71 days.
	trip, err := s.NetOfExit(date("2025-12-20"), date("2026-01-20"), firstOf(2), yield.AtSettlement, 0)
	require.NoError(t, err)
	require.InDelta(t, 0.025149495, trip.Total, 1e-15)
	require.InDelta(t, math.Pow(1.025149495, 365.0/71)-1, trip.Net.Value, 1e-14)
	require.InDelta(t, math.Pow(1.01, 365.0/31)-1, trip.Headline.Value, 1e-14)
	require.InDelta(t, 0.005, trip.Haircut, 1e-15)
	require.Equal(t, date("2026-03-01"), trip.Settled)
	require.Equal(t, 40*yield.Day, trip.Wait())

	// Priced at the request it gets 1.00495, after the same wait; a fee of 1 % comes off.
	trip, err = s.NetOfExit(date("2025-12-20"), date("2026-01-20"), firstOf(2), yield.AtRequest, 0.01)
	require.NoError(t, err)
	require.InDelta(t, 1.00495*0.99-1, trip.Total, 1e-15)
	require.InDelta(t, math.Pow(1.00495*0.99, 365.0/71)-1, trip.Net.Value, 1e-14)
	require.Negative(t, trip.Net.Value)

	for name, c := range map[string]struct {
		deposited, requested string
		exit                 yield.Exit
		pricing              yield.Pricing
		fee                  float64
		err                  error
	}{
		"same day":         {"2026-01-20", "2026-01-20", firstOf(1), yield.AtSettlement, 0, yield.ErrInput},
		"before the start": {"2025-12-01", "2026-01-20", firstOf(1), yield.AtSettlement, 0, yield.ErrNoSample},
		"priced later":     {"2025-12-20", "2026-03-10", firstOf(1), yield.AtSettlement, 0, yield.ErrNoSampleYet},
		"asked later":      {"2025-12-20", "2026-03-21", firstOf(1), yield.AtRequest, 0, yield.ErrNoSampleYet},
		"paid before":      {"2025-12-20", "2026-01-20", after(-time.Second), yield.AtRequest, 0, yield.ErrInput},
		"all as fee":       {"2025-12-20", "2026-01-20", firstOf(1), yield.AtRequest, 1, yield.ErrInput},
		"no exit":          {"2025-12-20", "2026-01-20", nil, yield.AtRequest, 0, yield.ErrInput},
		"fee NaN":          {"2025-12-20", "2026-01-20", firstOf(1), yield.AtRequest, math.NaN(), yield.ErrInput},
	} {
		_, err := s.NetOfExit(date(c.deposited), date(c.requested), c.exit, c.pricing, c.fee)
		require.ErrorIs(t, err, c.err, name)
	}
	// The request may be priced though its payment is yet to come.
	_, err = s.NetOfExit(date("2025-12-20"), date("2026-03-20"), firstOf(2), yield.AtRequest, 0)
	require.NoError(t, err)
}

func TestBreakEven(t *testing.T) {
	nav := yield.NAV{Deposit: wad("1"), Unstaking: wad("0.995")}
	// mpmath: ln(1/0.995) / ln(1.12) * 365 * 86400 s = 16.1 days.
	held, err := yield.BreakEven(nav, 0.12, 40*yield.Day, yield.AtSettlement)
	require.NoError(t, err)
	require.InDelta(t, 1394841.19593439, held.Seconds(), 1e-6)
	withWait, err := yield.BreakEven(nav, 0.12, 40*yield.Day, yield.AtRequest)
	require.NoError(t, err)
	require.InDelta(t, 40*86400, (withWait - held).Seconds(), 1e-6)

	for _, y := range []float64{0.12, 0, -0.5} {
		held, err = yield.BreakEven(yield.NAV{Deposit: wad("1.05"), Unstaking: wad("1.05")}, y, 0, yield.AtRequest)
		require.NoError(t, err)
		require.Zero(t, held)
	}
	for _, y := range []float64{0, -0.1} {
		_, err = yield.BreakEven(nav, y, 0, yield.AtSettlement)
		require.ErrorIs(t, err, yield.ErrNever)
	}
	for _, y := range []float64{-1, math.NaN(), math.Inf(1)} {
		_, err = yield.BreakEven(nav, y, 0, yield.AtSettlement)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	_, err = yield.BreakEven(nav, 0.1, -1, yield.AtSettlement)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.BreakEven(nav, 1e-9, 0, yield.AtSettlement)
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.BreakEven(yield.NAV{}, 0.1, 0, yield.AtSettlement)
	require.ErrorIs(t, err, yield.ErrNAVZero)
}

func TestProject(t *testing.T) {
	now := date("2026-01-15")
	nav := yield.NAV{Deposit: wad("1.04"), Unstaking: wad("1.0348")} // a haircut of 0.5 %
	// Steps on 1 February, March, April and May, each for the days since the one before: 106 days in all.
	p, err := yield.Project(now, nav, date("2026-03-20"), firstOf(2), yield.AtSettlement, yield.Scenario{Name: "base", Rate: 0.12})
	require.NoError(t, err)
	require.Len(t, p.Points, 5)
	require.Equal(t, yield.Point{Time: now, Deposit: 1.04, Unstaking: 1.0348}, p.Points[0])
	for i, days := range []float64{17, 45, 76, 106} {
		require.InDelta(t, 1.04*math.Pow(1.12, days/365), p.Points[i+1].Deposit, 1e-14)
		require.InDelta(t, 0.995*p.Points[i+1].Deposit, p.Points[i+1].Unstaking, 1e-14)
	}
	require.Equal(t, date("2026-05-01"), p.Points[4].Time)
	paid := 0.995 * math.Pow(1.12, 106.0/365)
	require.InDelta(t, paid, p.Paid, 1e-14)
	require.InDelta(t, paid-1, p.Total, 1e-14)
	require.InDelta(t, math.Pow(paid, 365.0/106)-1, p.Net.Value, 1e-13)
	// At the request on 20 March the last step, of 1 March, was for 45 days of the 64.
	require.InDelta(t, math.Pow(1.12, 45.0/64)-1, p.Headline.Value, 1e-14)
	require.InDelta(t, 0.005, p.Haircut, 1e-14)
	require.InDelta(t, 1000*paid, p.Value(wad("1000")), 1e-10)

	// Nothing earned and no haircut: the principal comes back, less the fee.
	par := yield.NAV{Deposit: wad("1.04"), Unstaking: wad("1.04")}
	p, err = yield.Project(now, par, date("2026-03-20"), firstOf(2), yield.AtSettlement, yield.Scenario{ExitFee: 0.002})
	require.NoError(t, err)
	require.InDelta(t, 0.998, p.Paid, 1e-15)
	require.Zero(t, p.Headline.Value)

	// A mark-down before the payment hits it if it is priced there, and not if it was priced at the request. A realised
	// loss lowers both NAVs.
	stress := yield.Scenario{MarkDowns: []yield.MarkDown{{Month: 3, Loss: 0.1}, {Month: 4, Loss: 0.05, Realised: true}}, Delay: 20 * yield.Day}
	p, err = yield.Project(now, par, date("2026-03-20"), firstOf(2), yield.AtSettlement, stress)
	require.NoError(t, err)
	require.InDelta(t, 0.9*0.95, p.Paid, 1e-15)
	require.InDelta(t, 0.1, p.Haircut, 1e-15)
	require.InDelta(t, 1.04, p.Points[3].Deposit, 1e-15)
	require.InDelta(t, 0.936, p.Points[3].Unstaking, 1e-15)
	require.InDelta(t, 0.988, p.Points[4].Deposit, 1e-15)
	require.Equal(t, date("2026-05-21"), p.Settled)
	p, err = yield.Project(now, par, date("2026-03-20"), firstOf(2), yield.AtRequest, stress)
	require.NoError(t, err)
	require.InDelta(t, 1, p.Paid, 1e-15)

	// No step before the payment: nothing moves.
	p, err = yield.Project(now, nav, date("2026-01-20"), after(yield.Day), yield.AtSettlement, yield.Scenario{Rate: 0.12})
	require.NoError(t, err)
	require.Len(t, p.Points, 1)
	require.InDelta(t, 0.995, p.Paid, 1e-15)

	for name, c := range map[string]struct {
		nav       yield.NAV
		requested string
		exit      yield.Exit
		scenario  yield.Scenario
		err       error
	}{
		"no NAV":        {yield.NAV{}, "2026-03-20", firstOf(2), yield.Scenario{}, yield.ErrNAVZero},
		"past":          {nav, "2026-01-15", firstOf(2), yield.Scenario{}, yield.ErrInput},
		"paid before":   {nav, "2026-03-20", after(-yield.Day), yield.Scenario{}, yield.ErrInput},
		"negative wait": {nav, "2026-03-20", firstOf(2), yield.Scenario{Delay: -1}, yield.ErrInput},
		"no exit":       {nav, "2026-03-20", nil, yield.Scenario{}, yield.ErrInput},
		"rate":          {nav, "2026-03-20", firstOf(2), yield.Scenario{Rate: -1}, yield.ErrInput},
		"rate NaN":      {nav, "2026-03-20", firstOf(2), yield.Scenario{Rate: math.NaN()}, yield.ErrInput},
		"fee":           {nav, "2026-03-20", firstOf(2), yield.Scenario{ExitFee: 1}, yield.ErrInput},
		"loss of all":   {nav, "2026-03-20", firstOf(2), yield.Scenario{MarkDowns: []yield.MarkDown{{Month: 1, Loss: 1}}}, yield.ErrInput},
		"month 0":       {nav, "2026-03-20", firstOf(2), yield.Scenario{MarkDowns: []yield.MarkDown{{Loss: 0.1}}}, yield.ErrInput},
		"too long":      {nav, "2126-03-20", firstOf(2), yield.Scenario{}, yield.ErrInput},
		"overflow":      {nav, "2120-03-20", firstOf(2), yield.Scenario{Rate: 1e300}, yield.ErrRange},
	} {
		_, err := yield.Project(now, c.nav, date(c.requested), c.exit, yield.AtSettlement, c.scenario)
		require.ErrorIs(t, err, c.err, name)
	}
}

func BenchmarkProject(b *testing.B) {
	nav := yield.NAV{Deposit: wad("1.04"), Unstaking: wad("1.0348")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := yield.Project(date("2026-01-15"), nav, date("2026-07-14"), firstOf(2), yield.AtSettlement, yield.Scenario{Rate: 0.12}); err != nil {
			b.Fatal(err)
		}
	}
}

// The yield since the last step comes with the next one: on 1 April 31 days of it, though the deposit is of 20 March.
func TestForecast(t *testing.T) {
	nav := yield.NAV{Deposit: wad("1.04"), Unstaking: wad("1.0348")}
	scenario := yield.Scenario{Rate: 0.12, LastStep: date("2026-03-01")}
	f, err := yield.NewForecast(date("2026-03-20"), nav, date("2026-05-31"), scenario)
	require.NoError(t, err)
	require.Len(t, f, 3)
	require.Equal(t, date("2026-03-20"), f[0].Time)
	require.InDelta(t, 1.04*math.Pow(1.12, 31.0/365), f.At(date("2026-04-30")).Deposit, 1e-14)
	require.InDelta(t, 1.0348*math.Pow(1.12, 61.0/365), f.At(date("2027-01-01")).Unstaking, 1e-14)
	require.Equal(t, f[0], f.At(date("2020-01-01")))
	require.Zero(t, yield.Forecast{}.At(date("2026-03-20")))

	p, err := yield.Project(date("2026-03-20"), nav, date("2026-04-15"), firstOf(1), yield.AtSettlement, scenario)
	require.NoError(t, err)
	require.InDelta(t, 0.995*math.Pow(1.12, 61.0/365), p.Paid, 1e-14)

	scenario.LastStep = date("2026-03-21")
	_, err = yield.NewForecast(date("2026-03-20"), nav, date("2026-05-31"), scenario)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.NewForecast(date("2026-03-20"), nav, date("2026-02-01"), yield.Scenario{})
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.NewForecast(date("2026-03-20"), nav, date("2226-05-01"), yield.Scenario{})
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.NewForecast(date("2026-03-20"), nav, date("2100-05-01"), yield.Scenario{Rate: 1e9})
	require.ErrorIs(t, err, yield.ErrRange)
}
