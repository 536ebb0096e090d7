package yield_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// wad reads a decimal number with up to 18 decimals.
func wad(text string) uint256.Int {
	var whole, fraction uint256.Int
	point := slices.Index([]byte(text), '.')
	digits := ""
	if point >= 0 {
		text, digits = text[:point], text[point+1:]
	}
	for len(digits) < 18 {
		digits += "0"
	}
	if whole.SetFromDecimal(text) != nil || fraction.SetFromDecimal(digits) != nil {
		panic(text)
	}
	whole.Mul(&whole, uint256.NewInt(1e18))
	return *whole.Add(&whole, &fraction)
}

func sample(day, deposit, unstaking string) yield.Sample {
	return yield.Sample{Time: date(day), NAV: yield.NAV{Deposit: wad(deposit), Unstaking: wad(unstaking)}}
}

// monthly has 1 % on each first of a month and a haircut of 0.5 %. Samples come daily around the steps, out of order.
func monthly(t testing.TB) yield.Series {
	t.Helper()
	s, err := yield.NewSeries([]yield.Sample{
		sample("2026-03-01", "1.030301", "1.025149495"),
		sample("2025-12-15", "1", "0.995"),
		sample("2025-12-31", "1", "0.995"),
		sample("2026-01-01", "1.01", "1.00495"),
		sample("2026-01-31", "1.01", "1.00495"),
		sample("2026-02-01", "1.0201", "1.0149995"),
		sample("2026-02-01", "1.0201", "1.0149995"),
		sample("2026-02-28", "1.0201", "1.0149995"),
		sample("2026-03-20", "1.030301", "1.025149495"),
	})
	require.NoError(t, err)
	return s
}

func TestSeriesSteps(t *testing.T) {
	s := monthly(t)
	require.Len(t, s.Samples(), 8)
	steps := s.Steps()
	require.Len(t, steps, 3)
	require.Equal(t, date("2025-12-31"), steps[0].Since)
	require.Equal(t, date("2026-01-01"), steps[0].Time)
	require.Equal(t, wad("1"), steps[0].Before.Deposit)
	require.Equal(t, wad("1.00495"), steps[0].After.Unstaking)
	require.InDeltaSlice(t, []float64{0.01, 0.01, 0.01}, s.Returns(yield.Deposit), 1e-16)
	require.InDeltaSlice(t, []float64{0.01, 0.01, 0.01}, s.Returns(yield.Unstaking), 1e-16)

	for day, want := range map[string]string{
		"2025-12-15": "1", "2026-01-15": "1.01", "2026-02-28": "1.0201", "2026-03-01": "1.030301", "2030-01-01": "1.030301",
	} {
		nav, err := s.At(date(day))
		require.NoError(t, err)
		require.Equal(t, wad(want), nav.Deposit, day)
		require.InDelta(t, 0.5, nav.Haircut().Percent(), 1e-13, day)
	}
	_, err := s.At(date("2025-12-15").Add(-time.Second))
	require.ErrorIs(t, err, yield.ErrNoSample)
	_, err = yield.Series{}.At(date("2026-01-01"))
	require.ErrorIs(t, err, yield.ErrNoSample)

	// What is given out is a copy.
	s.Samples()[0].Deposit.Clear()
	s.Steps()[0].Before.Deposit.Clear()
	require.InDelta(t, 0.01, s.Returns(yield.Deposit)[0], 1e-16)
}

// The expected rates are powers computed with mpmath, 30 digits.
func TestRealised(t *testing.T) {
	s := monthly(t)
	// 30 days before the step of 1 March is 30 January: the latest step before that is of 1 January, 59 days.
	r, err := s.Realised(30*yield.Day, yield.Deposit, yield.APY())
	require.NoError(t, err)
	require.InDelta(t, 0.131013646688221346757, r.Value, 1e-15) // 1.0201^(365/59) - 1
	require.InDelta(t, 0.0201, r.Total, 1e-16)
	require.Equal(t, date("2026-01-01"), r.Start)
	require.Equal(t, date("2026-03-01"), r.End)
	require.Equal(t, 2, r.Steps)
	require.InDelta(t, 59.0/30, r.Coverage, 1e-15)
	require.True(t, r.OnSteps)
	require.Zero(t, r.Losses)
	require.Equal(t, "13.10% (annual, 365 d)", r.String())

	// 28 days are exactly from 1 February: 1 % in 28 days, simple: 0.01*365/28.
	r, err = s.Realised(28*yield.Day, yield.Unstaking, yield.Convention{Compounding: yield.Simple})
	require.NoError(t, err)
	require.InDelta(t, 0.01*365/28, r.Value, 1e-15)
	require.Equal(t, yield.Unstaking, r.Side)
	require.Equal(t, 1.0, r.Coverage)

	r, err = s.SinceFirstStep(yield.Deposit, yield.APY())
	require.NoError(t, err)
	require.InDelta(t, 0.131013646688221346757, r.Value, 1e-15)

	// Steps reach back 59 days, no more.
	_, err = s.Realised(59*yield.Day, yield.Deposit, yield.APY())
	require.NoError(t, err)
	var few *yield.TooFewError
	_, err = s.Realised(60*yield.Day, yield.Deposit, yield.APY())
	require.ErrorAs(t, err, &few)
	require.ErrorIs(t, err, yield.ErrTooFew)
	_, err = s.Realised(0, yield.Deposit, yield.APY())
	require.ErrorIs(t, err, yield.ErrInput)
}

// A window between steps reads what it happens to cut; the result says so.
func TestVendorAndBetween(t *testing.T) {
	s := monthly(t)
	for day, c := range map[string]struct {
		want  float64
		steps int
	}{
		"2026-02-20": {0.128788888803154408975, 1}, // 1.01^(365.25/30) - 1
		"2026-01-30": {0.128788888803154408975, 1},
		"2026-03-02": {0.274164355485460089043, 2}, // both of 1 February and 1 March: 1.0201^(365.25/30) - 1
		"2026-04-15": {0, 0},
	} {
		r, err := s.Vendor(date(day), 30*yield.Day)
		require.NoError(t, err, day)
		require.InDelta(t, c.want, r.Value, 1e-14, day)
		require.Equal(t, c.steps, r.Steps, day)
		require.False(t, r.OnSteps, day)
		require.Equal(t, "annual, 365.25 d", r.Convention.String())
	}
	r, err := s.Between(date("2026-01-01"), date("2026-02-01"), yield.Deposit, yield.Convention{Compounding: yield.Continuous, Days: daycount.Act360})
	require.NoError(t, err)
	require.True(t, r.OnSteps)
	require.InDelta(t, math.Log(1.01)*360/31, r.Value, 1e-15)
	for _, dates := range [][2]string{{"2026-01-01", "2026-02-02"}, {"2026-01-02", "2026-02-01"}} {
		r, err = s.Between(date(dates[0]), date(dates[1]), yield.Deposit, yield.APY())
		require.NoError(t, err)
		require.False(t, r.OnSteps)
		require.Equal(t, 1, r.Steps)
	}
	_, err = s.Between(date("2025-01-01"), date("2026-02-01"), yield.Deposit, yield.APY())
	require.ErrorIs(t, err, yield.ErrNoSample)
	_, err = s.Between(date("2026-02-01"), date("2026-02-01"), yield.Deposit, yield.APY())
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = s.Between(date("2026-02-01"), date("2025-02-01"), yield.Deposit, yield.APY())
	require.ErrorIs(t, err, yield.ErrNoSample)
}

// Losses are kept, not cut off, and a mark-down moves one side only.
func TestSeriesLosses(t *testing.T) {
	s, err := yield.NewSeries([]yield.Sample{
		sample("2026-01-01", "1", "1"), sample("2026-02-01", "1.01", "1.01"), sample("2026-03-01", "1.01", "0.909"),
		sample("2026-04-01", "0.909", "0.909"), sample("2026-05-01", "1.01", "0.96"), sample("2026-06-01", "1.02", "1.02"),
	})
	require.NoError(t, err)
	require.Len(t, s.Steps(), 5)
	require.InDeltaSlice(t, []float64{0.01, -0.1, 1.01/0.909 - 1, 1.02/1.01 - 1}, s.Returns(yield.Deposit), 1e-15)
	require.InDeltaSlice(t, []float64{0.01, -0.1, 0.96/0.909 - 1, 0.0625}, s.Returns(yield.Unstaking), 1e-15)
	r, err := s.SinceFirstStep(yield.Deposit, yield.APY())
	require.NoError(t, err)
	require.Equal(t, 1, r.Losses)
	require.Equal(t, 3, r.Steps)
	r, err = s.Between(date("2026-02-01"), date("2026-04-01"), yield.Deposit, yield.APY())
	require.NoError(t, err)
	require.InDelta(t, math.Pow(0.9, 365.0/59)-1, r.Value, 1e-14)
	require.Equal(t, 1, r.Losses)

	d := s.MaxDrawdown(yield.Deposit)
	require.InDelta(t, 0.1, d.Depth, 1e-16)
	require.Equal(t, []time.Time{date("2026-02-01"), date("2026-04-01"), date("2026-05-01")}, []time.Time{d.Peak, d.Trough, d.Recovered})
	d = s.MaxDrawdown(yield.Unstaking)
	require.Equal(t, []time.Time{date("2026-02-01"), date("2026-03-01"), date("2026-06-01")}, []time.Time{d.Peak, d.Trough, d.Recovered})
	require.Equal(t, yield.Drawdown{}, monthly(t).MaxDrawdown(yield.Deposit))

	// The second fall is deeper and has not recovered.
	s, err = yield.NewSeries([]yield.Sample{
		sample("2026-01-01", "1", "1"), sample("2026-02-01", "0.9", "0.9"), sample("2026-03-01", "2", "2"), sample("2026-04-01", "1.5", "1.5"),
		sample("2026-05-01", "1.99", "1.99"),
	})
	require.NoError(t, err)
	require.Equal(t, yield.Drawdown{Depth: 0.25, Peak: date("2026-03-01"), Trough: date("2026-04-01")}, s.MaxDrawdown(yield.Deposit))
}

func TestSeriesErrors(t *testing.T) {
	for name, c := range map[string]struct {
		samples []yield.Sample
		err     error
	}{
		"empty":        {nil, yield.ErrTooFew},
		"zero NAV":     {[]yield.Sample{sample("2026-01-01", "0", "0")}, yield.ErrNAVZero},
		"zero exit":    {[]yield.Sample{sample("2026-01-01", "1", "0")}, yield.ErrNAVZero},
		"inverted":     {[]yield.Sample{sample("2026-01-01", "1", "1"), sample("2026-02-01", "1", "1.000000000000000001")}, yield.ErrNAVInverted},
		"inconsistent": {[]yield.Sample{sample("2026-01-01", "1", "1"), sample("2026-01-01", "1.01", "1")}, yield.ErrConflict},
	} {
		_, err := yield.NewSeries(c.samples)
		require.ErrorIs(t, err, c.err, name)
	}
	var at *yield.SeriesError
	_, err := yield.NewSeries([]yield.Sample{sample("2026-01-01", "1", "1"), sample("2026-02-01", "1", "2")})
	require.ErrorAs(t, err, &at)
	require.Equal(t, date("2026-02-01"), at.Time)
	require.ErrorContains(t, err, "2026-02-01T00:00:00Z")

	flat, err := yield.NewSeries([]yield.Sample{sample("2026-01-01", "1", "1"), sample("2026-02-01", "1.01", "1"), sample("2026-03-01", "1.01", "1.01")})
	require.NoError(t, err)
	for _, side := range []yield.Side{yield.Deposit, yield.Unstaking} { // each side has one step of its own
		_, err = flat.Realised(yield.Day, side, yield.APY())
		require.ErrorIs(t, err, yield.ErrTooFew)
		_, err = flat.SinceFirstStep(side, yield.APY())
		require.ErrorIs(t, err, yield.ErrTooFew)
	}
}

func TestPeriodIncome(t *testing.T) {
	// By hand: 18,440,000 shares and a rise of 0.0093 make 171,492 net, at a fee of 20 % 214,365 gross, 42,873 fee.
	income, err := yield.PeriodIncome(wad("18440000"), wad("1.05"), wad("1.0593"), wad("0.2"))
	require.NoError(t, err)
	require.Equal(t, yield.Income{Net: wad("171492"), Gross: wad("214365"), Fee: wad("42873")}, income)
	// 7 wei of net at 20 % are 8.75 gross: rounded down, and the fee is what is left.
	income, err = yield.PeriodIncome(wad("7"), wad("1"), *uint256.NewInt(1e18 + 1), wad("0.2"))
	require.NoError(t, err)
	require.Equal(t, yield.Income{Net: *uint256.NewInt(7), Gross: *uint256.NewInt(8), Fee: *uint256.NewInt(1)}, income)
	// A loss of 1.5 wei is 2, and pays no fee.
	income, err = yield.PeriodIncome(wad("1.5"), *uint256.NewInt(1e18 + 1), wad("1"), wad("0.2"))
	require.NoError(t, err)
	require.Equal(t, yield.Income{Loss: *uint256.NewInt(2)}, income)

	_, err = yield.PeriodIncome(wad("1"), wad("1"), wad("2"), wad("1"))
	require.ErrorIs(t, err, yield.ErrInput)
	var huge uint256.Int
	huge.SetAllOne()
	_, err = yield.PeriodIncome(huge, wad("1"), huge, wad("0"))
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.PeriodIncome(huge, huge, wad("1"), wad("0"))
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.PeriodIncome(huge, wad("1"), wad("2"), wad("0.2"))
	require.ErrorIs(t, err, yield.ErrRange)
}

func TestGrossReturn(t *testing.T) {
	// The figures that DefiLlama's adapter gives for February 2026: net 11.85 % of gross 14.82 %, with two decimals each.
	gross, err := yield.GrossReturn(0.1185, 0.2)
	require.NoError(t, err)
	require.InDelta(t, 0.1482, gross, 1e-4)
	net, err := yield.NetReturn(gross, 0.2)
	require.NoError(t, err)
	require.InDelta(t, 0.1185, net, 1e-16)
	for _, loss := range []float64{0, -0.1} { // a loss pays no fee
		gross, err = yield.GrossReturn(loss, 0.2)
		require.NoError(t, err)
		require.Equal(t, loss, gross)
		net, err = yield.NetReturn(loss, 0.2)
		require.NoError(t, err)
		require.Equal(t, loss, net)
	}
	for _, fee := range []float64{1, -0.1, math.NaN()} {
		_, err = yield.GrossReturn(0.1, fee)
		require.ErrorIs(t, err, yield.ErrInput)
		_, err = yield.NetReturn(0.1, fee)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	_, err = yield.GrossReturn(math.MaxFloat64, 0.9)
	require.ErrorIs(t, err, yield.ErrRange)
}

// Whatever the samples, a series is made whose parts fit together, or refused with a typed error.
func FuzzSeries(f *testing.F) {
	f.Add([]byte{0, 100, 5, 31, 101, 5, 62, 102, 4, 90, 99, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		var samples []yield.Sample
		for ; len(data) >= 3; data = data[3:] {
			nav := yield.NAV{Deposit: *uint256.NewInt(uint64(data[1]) * 1e16)}
			nav.Unstaking.Sub(&nav.Deposit, uint256.NewInt(uint64(data[2])*1e15))
			samples = append(samples, yield.Sample{Time: date("2026-01-01").AddDate(0, 0, int(data[0])), NAV: nav})
		}
		s, err := yield.NewSeries(samples)
		if err != nil {
			var at *yield.SeriesError
			require.True(t, len(samples) == 0 || errors.As(err, &at), err)
			return
		}
		for _, side := range []yield.Side{yield.Deposit, yield.Unstaking} {
			growth := 1.0
			for _, r := range s.Returns(side) {
				require.NotZero(t, r)
				growth *= 1 + r
			}
			list := s.Samples()
			first, last := list[0].Deposit, list[len(list)-1].Deposit
			if side == yield.Unstaking {
				first, last = list[0].Unstaking, list[len(list)-1].Unstaking
			}
			require.InEpsilon(t, yield.Float(last, 18)/yield.Float(first, 18), growth, 1e-9)
			if r, err := s.Realised(30*yield.Day, side, yield.APY()); err == nil {
				require.False(t, math.IsNaN(r.Value))
				require.GreaterOrEqual(t, r.End.Sub(r.Start), 30*yield.Day)
				require.Equal(t, r.Total > 0, r.Value > 0)
			}
			d := s.MaxDrawdown(side)
			require.True(t, d.Depth >= 0 && d.Depth < 1)
			require.Equal(t, d.Depth > 0, d.Trough.After(d.Peak))
		}
	})
}

func BenchmarkRealised(b *testing.B) {
	s := monthly(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Realised(30*yield.Day, yield.Deposit, yield.APY()); err != nil {
			b.Fatal(err)
		}
	}
}
