package yield_test

import (
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// Published conversions over a number of years of the rate's own day count.
func TestRateOver(t *testing.T) {
	for _, c := range []struct {
		source    string
		value     float64
		from      yield.Compounding
		years     float64
		to        yield.Compounding
		want      float64
		precision float64
	}{
		// Haug, "Option Pricing Formulas", p. 181-182, as QuantLib's test-suite/interestrates.cpp (2a13d45) cites it.
		{"Haug", 0.08, yield.Quarterly, 1, yield.Continuous, 0.0792, 5e-5},
		{"Haug", 0.12, yield.Continuous, 1, yield.Annual, 0.1275, 5e-5},
		{"Haug", 0.08, yield.Quarterly, 1, yield.Annual, 0.0824, 5e-5},
		{"Haug", 0.07, yield.Quarterly, 1, yield.SemiAnnual, 0.0706, 5e-5},
		// QuantLib, same file: one period of a compounded rate is simple.
		{"QuantLib", 0.01, yield.Annual, 1, yield.Simple, 0.01, 1e-15},
		{"QuantLib", 0.02, yield.Simple, 1, yield.Annual, 0.02, 1e-15},
		{"QuantLib", 0.03, yield.SemiAnnual, 0.5, yield.Simple, 0.03, 1e-15},
		{"QuantLib", 0.04, yield.Simple, 0.5, yield.SemiAnnual, 0.04, 1e-15},
		{"QuantLib", 0.05, 3, 1.0 / 3, yield.Simple, 0.05, 1e-15},
		{"QuantLib", 0.06, yield.Simple, 1.0 / 3, 3, 0.06, 1e-15},
		{"QuantLib", 0.05, yield.Quarterly, 0.25, yield.Simple, 0.05, 1e-15},
		{"QuantLib", 0.07, 6, 1.0 / 6, yield.Simple, 0.07, 1e-15},
		{"QuantLib", 0.1, yield.Simple, 1.0 / 12, yield.Monthly, 0.1, 1e-15},
		// Microsoft's documentation of EFFECT and NOMINAL.
		{"EFFECT", 0.0525, yield.Quarterly, 1, yield.Annual, 0.053543, 5e-7},
		{"NOMINAL", 0.053543, yield.Annual, 1, yield.Quarterly, 0.05250032, 5e-9},
		// mpmath, 30 digits: a bill of 324 days at a bank discount of 8 % in years of 365 days, 0.08*324/360*365/324 a year.
		{"mpmath", 0.08 * 365 / 360, yield.Discount, 324.0 / 365, yield.BondEquivalent, 0.0857968152815883417, 1e-15},
		{"mpmath", 0.0857968152815883417, yield.BondEquivalent, 324.0 / 365, yield.Discount, 0.08 * 365 / 360, 1e-15},
		// By definition simple up to half a year, and over a year (1 + 0.1/2)^2.
		{"by hand", 0.1, yield.BondEquivalent, 0.25, yield.Simple, 0.1, 1e-15},
		{"by hand", 0.1, yield.BondEquivalent, 1, yield.Simple, 0.1025, 1e-15},
		// mpmath: 10 % a year as Morpho's wad per second, 3170979198, continuous; and compounded each second.
		{"mpmath", 0.00000000317097919837 * 31536000, yield.Continuous, 1, yield.Annual, 0.105170918075422523599, 1e-15},
		{"mpmath", 0.00000000317097919837 * 31536000, yield.EverySecond, 1, yield.Annual, 0.105170917900198824390, 1e-14},
	} {
		r, err := yield.Rate{Value: c.value, Convention: yield.Convention{Compounding: c.from}}.Over(c.years, c.to)
		require.NoError(t, err, "%+v", c)
		require.InDelta(t, c.want, r.Value, c.precision, "%+v", c)
		require.Equal(t, c.to, r.Compounding)
	}
}

// Microsoft's documented examples of securities, as conversions between dates; digits beyond the documentation from
// unioffice's tests, which cut them off.
func TestRateConvert(t *testing.T) {
	bankDiscount := yield.Convention{Compounding: yield.Discount, Days: daycount.Act360}
	bill := [2]string{"2008-03-31", "2008-06-01"}
	for _, c := range []struct {
		source    string
		rate      yield.Rate
		dates     [2]string
		to        yield.Convention
		want      float64
		precision float64
	}{
		{"TBILLEQ", yield.Rate{Value: 0.0914, Convention: bankDiscount}, bill, yield.Convention{Compounding: yield.BondEquivalent, Days: daycount.Act365F}, 0.09415149356, 1e-11},
		// TBILLPRICE gives 98.45 at a discount of 9 %, TBILLYIELD 9.141696292 % of that price.
		{"TBILLYIELD", yield.Rate{Value: 0.09, Convention: bankDiscount}, bill, yield.Convention{Compounding: yield.Simple, Days: daycount.Act360}, 0.09141696292, 1e-11},
	} {
		start, end := date(c.dates[0]), date(c.dates[1])
		r, err := c.rate.Convert(c.to, start, end)
		require.NoError(t, err, c.source)
		require.InDelta(t, c.want, r.Value, c.precision, c.source)
		require.Equal(t, c.to, r.Convention)
	}
	for _, c := range []struct {
		source     string
		rate       yield.Rate
		start, end string
		want       float64 // growth
		precision  float64
	}{
		{"TBILLPRICE 98.45", yield.Rate{Value: 0.09, Convention: bankDiscount}, "2008-03-31", "2008-06-01", 100 / 98.45, 1e-15},
		{"RECEIVED 1014584.654", yield.Rate{Value: 0.0575, Convention: bankDiscount}, "2008-02-15", "2008-05-15", 1.0145846544, 5e-11},
		{"PRICEDISC 99.79583333", yield.Rate{Value: 0.0525, Convention: bankDiscount}, "2008-02-16", "2008-03-01", 100 / 99.79583333, 5e-11},
		{"INTRATE 0.05768", yield.Rate{Value: 0.05768, Convention: yield.Convention{Compounding: yield.Simple, Days: daycount.Act360}}, "2008-02-15", "2008-05-15", 1.01442, 1e-15},
		{"YIELDDISC 0.05282257198", yield.Rate{Value: 0.05282257198, Convention: yield.Convention{Compounding: yield.Simple, Days: daycount.Act360}}, "2008-02-16", "2008-03-01", 100 / 99.795, 5e-13},
		{"DISC 0.052420213", yield.Rate{Value: 0.052420213, Convention: yield.Convention{Compounding: yield.Discount, Days: daycount.ActActYearFrac}}, "2007-01-25", "2007-06-15", 100 / 97.975, 5e-10},
	} {
		growth, err := c.rate.Growth(date(c.start), date(c.end))
		require.NoError(t, err, c.source)
		require.InDelta(t, c.want, growth, c.precision, c.source)
	}
	// RRI: 10000 grows to 11000 in 96 periods at 0.0009933.
	r, err := yield.FromLogGrowth(math.Log(1.1), 96, yield.APY())
	require.NoError(t, err)
	require.InDelta(t, 0.00099330737, r.Value, 1e-11)
}

func TestRateText(t *testing.T) {
	r := yield.Rate{Value: 0.1083, Convention: yield.APY()}
	require.Equal(t, "10.83% (annual, 365 d)", r.String())
	require.InDelta(t, 10.83, r.Percent(), 1e-12)
	names := ""
	for _, c := range []yield.Compounding{yield.Annual, yield.SemiAnnual, yield.Quarterly, yield.Monthly, yield.Daily, yield.EverySecond,
		yield.Continuous, yield.Simple, yield.Discount, yield.BondEquivalent, 52} {
		names += c.String() + "; "
	}
	require.Equal(t, "annual; semi-annual; quarterly; monthly; daily; every second; continuous; simple; discount; bond equivalent; 52 a year; ", names)
	require.Equal(t, "simple, ACT/360", yield.Convention{Compounding: yield.Simple, Days: daycount.Act360}.String())
	require.Equal(t, "deposit unstaking", yield.Deposit.String()+" "+yield.Unstaking.String())
	require.Equal(t, "at settlement at request", yield.AtSettlement.String()+" "+yield.AtRequest.String())
}

func TestRateErrors(t *testing.T) {
	for name, c := range map[string]struct {
		value float64
		c     yield.Compounding
		years float64
	}{
		"all lost":           {-1, yield.Annual, 1},
		"more than all lost": {-12.1, yield.Monthly, 1},
		"simple, all lost":   {-2, yield.Simple, 0.5},
		"discount of all":    {1, yield.Discount, 1},
		"bond, all lost":     {-2, yield.BondEquivalent, 0.75},
		"bond, twice minus":  {-6, yield.BondEquivalent, 1},
		"bond, two years":    {0.05, yield.BondEquivalent, 2},
		"no compounding":     {0.05, 0, 1},
		"unknown":            {0.05, -9, 1},
		"NaN":                {math.NaN(), yield.Annual, 1},
		"Inf":                {math.Inf(1), yield.Continuous, 1},
		"negative time":      {0.05, yield.Annual, -1},
		"endless":            {0.05, yield.Annual, math.Inf(1)},
	} {
		r := yield.Rate{Value: c.value, Convention: yield.Convention{Compounding: c.c}}
		_, err := r.LogGrowth(c.years)
		require.ErrorIs(t, err, yield.ErrInput, name)
		_, err = r.Over(c.years, yield.Annual)
		require.ErrorIs(t, err, yield.ErrInput, name)
	}
	for _, c := range []yield.Compounding{0, -9, yield.BondEquivalent} {
		_, err := yield.FromLogGrowth(0.1, 2, yield.Convention{Compounding: c})
		require.ErrorIs(t, err, yield.ErrInput)
	}
	_, err := yield.FromLogGrowth(0.1, 0, yield.APY())
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.FromLogGrowth(1e6, 1, yield.APY())
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.FromLogGrowth(-40, 1, yield.APY()) // 1 - 4e-18 of everything is lost
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.Rate{Value: 1000, Convention: yield.Convention{Compounding: yield.Continuous}}.Growth(date("2026-01-01"), date("2027-01-01"))
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.Rate{Value: 0.1, Convention: yield.APY()}.Convert(yield.APY(), date("2026-01-02"), date("2026-01-01"))
	require.ErrorIs(t, err, yield.ErrInput)
}

// Conversions there and back return the rate, also where it is tiny or huge.
func FuzzRate(f *testing.F) {
	f.Add(0.05, 0.25, uint8(0), uint8(7))
	f.Add(1e-300, 1.0, uint8(3), uint8(6))
	f.Add(1e15, 0.9, uint8(9), uint8(1))
	f.Add(-0.999999, 3.0, uint8(0), uint8(8))
	all := []yield.Compounding{yield.Annual, yield.SemiAnnual, yield.Quarterly, yield.Monthly, yield.Daily, yield.EverySecond,
		yield.Continuous, yield.Simple, yield.Discount, yield.BondEquivalent}
	f.Fuzz(func(t *testing.T, value, years float64, from, to uint8) {
		r := yield.Rate{Value: value, Convention: yield.Convention{Compounding: all[int(from)%len(all)]}}
		log, err := r.LogGrowth(years)
		if err != nil {
			require.ErrorIs(t, err, yield.ErrInput)
			return
		}
		other, err := r.Over(years, all[int(to)%len(all)])
		if err != nil {
			require.True(t, errors.Is(err, yield.ErrInput) || errors.Is(err, yield.ErrRange), err)
			return
		}
		require.False(t, math.IsNaN(other.Value) || math.IsInf(other.Value, 0))
		if years < 1e-6 || years > 1e6 || math.Abs(log) < 1e-290 || math.Abs(log) > 30 {
			return // below, a rate of the other convention may be denormal or round to -100 %
		}
		require.Equal(t, log > 0, other.Value > 0, "%v becomes %v", r, other)
		back, err := other.LogGrowth(years)
		require.NoError(t, err)
		// Near a total loss of a period a float64 next to the bound is all there is: the error of the logarithm grows with
		// 1/growth of the period.
		periods := 1.0
		if other.Compounding > 0 {
			periods = float64(other.Compounding) * years
		}
		tolerance := 1e-15 * max(1, periods) * math.Exp(math.Abs(log)/periods)
		require.InDelta(t, log, back, math.Abs(log)*1e-12+tolerance, "%v becomes %v over %v", r, other, years)
	})
}

func TestPerSecond(t *testing.T) {
	// 10 % a year as floor(1e17 / 31,536,000): the rest of the division is lost, as it is on chain.
	p, err := yield.PerSecondFromAPR(*uint256.NewInt(1e17), daycount.Seconds365, yield.Wad)
	require.NoError(t, err)
	require.Equal(t, "3170979198", p.Value.Dec())
	apr, err := p.APR(daycount.Seconds365)
	require.NoError(t, err)
	require.Equal(t, "99999999988128000", apr.Dec()) // 3170979198 * 31536000
	ray, err := p.In(yield.Ray)
	require.NoError(t, err)
	require.Equal(t, "3170979198000000000", ray.Value.Dec())
	back, err := ray.In(yield.Wad)
	require.NoError(t, err)
	require.Equal(t, p, back)
	same, err := p.In(yield.Wad)
	require.NoError(t, err)
	require.Equal(t, p, same)
	odd := yield.PerSecond{Value: *uint256.NewInt(1_999_999_999), Unit: yield.Ray}
	down, err := odd.In(yield.Wad)
	require.NoError(t, err)
	require.Equal(t, uint64(1), down.Value.Uint64())

	rate, err := p.Rate(daycount.Seconds365, yield.Convention{Compounding: yield.Continuous})
	require.NoError(t, err)
	require.InDelta(t, 0.099999999988128, rate.Value, 1e-17)
	gregorian, err := ray.Rate(daycount.SecondsGregorian, yield.Convention{Compounding: yield.Continuous, Days: daycount.YearGregorian})
	require.NoError(t, err)
	require.InDelta(t, 3170979198e-18*31556952, gregorian.Value, 1e-16)

	huge := yield.PerSecond{Unit: yield.Wad}
	huge.Value.SetAllOne()
	_, err = huge.APR(2)
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = huge.Rate(2, yield.APY())
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = huge.In(yield.Ray)
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = yield.PerSecond{}.APR(1)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.PerSecond{}.In(yield.Ray)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = p.In(9)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.PerSecondFromAPR(apr, 0, yield.Wad)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = yield.PerSecondFromAPR(apr, 1, 6)
	require.ErrorIs(t, err, yield.ErrInput)
}

// Float is the float64 nearest to the fraction, or its neighbour: compared with math/big.
func FuzzFloat(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint64(0), uint64(0), uint8(18))
	f.Add(uint64(1), uint64(0), uint64(0), uint64(1)<<63, uint8(0))
	f.Add(^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0), uint8(66))
	f.Add(uint64(1)<<10|1, uint64(1)<<53, uint64(0), uint64(0), uint8(27))
	f.Fuzz(func(t *testing.T, a, b, c, d uint64, decimals uint8) {
		x, decimals := uint256.Int{a, b, c, d}, decimals%67
		fraction := new(big.Rat).SetFrac(x.ToBig(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil))
		want, _ := fraction.Float64()
		got := yield.Float(x, decimals)
		units := 1.0
		if decimals > 22 {
			units = 2
		}
		require.LessOrEqual(t, math.Abs(got-want), units*(math.Nextafter(want, math.Inf(1))-want))
	})
}

func TestHotPathsAllocateNothing(t *testing.T) {
	x := *uint256.NewInt(1).Lsh(uint256.NewInt(12345), 100)
	r := yield.Rate{Value: 0.05, Convention: yield.APY()}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		yield.Float(x, 18)
		if _, err := r.Over(0.25, yield.Simple); err != nil {
			t.Fatal(err)
		}
	}))
}

func BenchmarkFloat(b *testing.B) {
	x := *uint256.NewInt(1).Lsh(uint256.NewInt(12345), 100)
	for b.Loop() {
		yield.Float(x, 18)
	}
}

func BenchmarkRateOver(b *testing.B) {
	r := yield.Rate{Value: 0.05, Convention: yield.APY()}
	for b.Loop() {
		if _, err := r.Over(0.25, yield.Simple); err != nil {
			b.Fatal(err)
		}
	}
}
