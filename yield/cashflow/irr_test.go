package cashflow_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// flows reads "date amount" pairs that end with semicolons.
func flows(t testing.TB, text string) []cashflow.Flow {
	t.Helper()
	var list []cashflow.Flow
	for pair := range strings.SplitSeq(text, ";") {
		day, amount, ok := strings.Cut(strings.TrimSpace(pair), " ")
		require.True(t, ok, pair)
		value, err := strconv.ParseFloat(amount, 64)
		require.NoError(t, err)
		list = append(list, cashflow.Flow{Time: date(day), Amount: value})
	}
	return list
}

const microsoft = "2008-01-01 -10000; 2008-03-01 2750; 2008-10-30 4250; 2009-02-15 3250; 2009-04-01 2750"

func TestXNPV(t *testing.T) {
	// Microsoft's documentation of XNPV.
	value, err := cashflow.XNPV(0.09, flows(t, microsoft), daycount.Act365F)
	require.NoError(t, err)
	require.InDelta(t, 2086.6476020315, value, 1e-9)
	// pyxirr, tests/test_scheduled.rs at 5f31a85: unsorted flows.
	value, err = cashflow.XNPV(0.1, flows(t, "2015-06-11 -1000; 2015-07-21 -9000; 2018-06-10 20000; 2015-10-17 -3000"), daycount.Act365F)
	require.NoError(t, err)
	require.InDelta(t, 2218.42566365675, value, 1e-9)
}

func TestNPV(t *testing.T) {
	// numpy-financial, TestNpv, which prints 122.89; the digits after are by hand: -15000 + 1500/1.05 + ... + 6000/1.05^5.
	value, err := cashflow.NPV(0.05, []float64{-15000, 1500, 2500, 3500, 4500, 6000})
	require.NoError(t, err)
	require.InDelta(t, 122.89, value, 0.005)
	// By hand: -100 + 60/0.5 + 10/0.25 at -50 %.
	value, err = cashflow.NPV(-0.5, []float64{-100, 60, 10})
	require.NoError(t, err)
	require.Equal(t, 60.0, value)
	value, err = cashflow.NPV(0.05, nil)
	require.NoError(t, err)
	require.Zero(t, value)
}

func TestXIRR(t *testing.T) {
	for _, c := range []struct {
		name  string
		flows string
		days  daycount.DayCount
		want  float64
	}{
		// Microsoft's documentation of XIRR prints 0.373362535; 0.37336253351 is the value to more digits (unioffice's tests).
		{"Microsoft", microsoft, daycount.Act365F, 0.37336253351},
		{"Microsoft, no day count", microsoft, nil, 0.37336253351},
		// pyxirr, tests/test_scheduled.rs at 5f31a85.
		{"unsorted", "2015-06-11 -1000; 2015-07-21 -9000; 2018-06-10 20000; 2015-10-17 -3000", daycount.Act365F, 0.16353715844},
		{"near -1", "2021-06-09 -134.09; 2021-08-11 40.86", daycount.Act365F, -0.9989769231734277},
		{"nearer -1", "2020-03-05 -18480; 2020-03-16 13120", daycount.Act365F, -0.9999884228170087},
		{"zero flows", "2021-12-31 0; 2022-12-31 0; 2023-12-31 -100; 2024-12-31 10; 2025-12-31 0; 2026-12-31 10; 2027-12-31 10; 2028-12-31 10; 2029-12-31 200; 2030-12-31 0", daycount.Act365F, 0.175680730580782},
		// MathWorks' documentation of xirr, by day count, as pyxirr's tests hold it.
		{"MathWorks SIA", mathworks, daycount.Thirty360US, 0.100675477282743},
		{"MathWorks ACT/360", mathworks, daycount.Act360, 0.0991988898057063},
		{"MathWorks ACT/365", mathworks, daycount.Act365F, 0.10064378342638},
		{"MathWorks 30/360", mathworks, daycount.Thirty360, 0.100675477282743},
		{"MathWorks 30E/360", mathworks, daycount.ThirtyE360, 0.100675477282743},
		{"MathWorks ACT/ACT", mathworks, daycount.ActActISDA, 0.100739648987346},
		// Computed with mpmath, 40 digits, from a scan of z = ln(1+rate) in steps of 0.01.
		{"mpmath", "2020-06-09 -4671; 2021-01-18 3983; 2025-07-27 663; 2026-06-05 2886; 2027-10-18 4969; 2027-10-26 -597; 2028-03-13 4834", daycount.Act365F, 0.3741337921759154},
		{"mpmath, borrower", "2021-08-19 4479; 2022-12-12 133; 2024-02-21 1128; 2027-08-19 3360; 2027-09-29 -3840", daycount.Act365F, -0.3381249668094056},
	} {
		r, err := cashflow.XIRR(flows(t, c.flows), c.days, cashflow.Choice{})
		require.NoError(t, err, c.name)
		require.InEpsilon(t, c.want, r.Rate, 5e-11, c.name)
		require.InEpsilon(t, math.Log1p(c.want), r.LogRate, 5e-11, c.name)
		require.Equal(t, []float64{r.Rate}, r.Roots, c.name)
		require.False(t, r.Multiple, c.name)
		require.True(t, r.Complete, c.name)
	}
}

const mathworks = "2007-01-12 -10000; 2008-02-14 2500; 2008-03-03 2000; 2008-06-14 3000; 2008-12-01 4000"

// polynomial multiplies out the product of (1 - x/r.x) over rates r, x = 1/(1+rate): its amounts have exactly these rates of
// return. All products here are exact in a float64.
func polynomial(rates ...float64) []float64 {
	amounts := []float64{-1}
	for _, rate := range rates {
		next := make([]float64, len(amounts)+1)
		for i, a := range amounts {
			next[i] += a
			next[i+1] -= a * (1 + rate)
		}
		amounts = next
	}
	return amounts
}

func TestIRR(t *testing.T) {
	for _, c := range []struct {
		name    string
		amounts []float64
		choice  cashflow.Choice
		want    float64
		roots   []float64
	}{
		// The cases of numpy-financial's TestIrr (f47e8af), where it prints a few digits of one root; all positive roots of
		// the polynomials with mpmath's polyroots, 40 digits.
		{"numpy 1", []float64{-150000, 15000, 25000, 35000, 45000, 60000}, cashflow.Choice{}, 0.0524328888594141, []float64{0.0524328888594141}},
		{"numpy 2", []float64{-100, 0, 0, 74}, cashflow.Choice{}, -0.09549583034897252, []float64{-0.09549583034897252}},
		{"numpy 3", []float64{-100, 39, 59, 55, 20}, cashflow.Choice{}, 0.2809484211599611, []float64{0.2809484211599611}},
		{"numpy 4", []float64{-100, 100, 0, -7}, cashflow.Choice{}, -0.08329966618493269, []float64{-0.6788943736323865, -0.08329966618493269}},
		{"numpy 5", []float64{-100, 100, 0, 7}, cashflow.Choice{}, 0.06205848562992946, []float64{0.06205848562992946}},
		{"numpy 6", []float64{-5, 10.5, 1, -8, 1}, cashflow.Choice{Policy: cashflow.NearestToGuess, Guess: 0.1}, 0.08859833852775535, []float64{-0.8702012474847412, 0.08859833852775535, 0.7095595276861836}},
		{"numpy 7", []float64{-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1}, cashflow.Choice{}, 1.004269848720558, []float64{-0.9997912604283284, 1.004269848720558}},
		// By hand.
		{"minus 80 %", []float64{-100, 20}, cashflow.Choice{}, -0.8, []float64{-0.8}},
		{"nothing gained", []float64{-100, 50, 50}, cashflow.Choice{}, 0, []float64{0}},
		{"ten and twenty", []float64{-100, 230, -132}, cashflow.Choice{Policy: cashflow.Lowest}, 0.1, []float64{0.1, 0.2}},
		{"ten and twenty", []float64{-100, 230, -132}, cashflow.Choice{Policy: cashflow.Highest}, 0.2, []float64{0.1, 0.2}},
		{"ten and twenty", []float64{-100, 230, -132}, cashflow.Choice{Policy: cashflow.NearestToGuess, Guess: 0.14}, 0.1, []float64{0.1, 0.2}},
		{"ten and twenty", []float64{-100, 230, -132}, cashflow.Choice{Policy: cashflow.NearestToGuess, Guess: 0.16}, 0.2, []float64{0.1, 0.2}},
		// The value rises through 0.1 and falls through 0.2: an investor's rate is the second.
		{"ten and twenty", []float64{-100, 230, -132}, cashflow.Choice{}, 0.2, []float64{0.1, 0.2}},
		{"touches zero", []float64{1, -3, 2.25}, cashflow.Choice{}, 0.5, []float64{0.5}},
		// By hand: a gain of 0.75 on an average capital of 4/3 over 3 periods is ln(1.5625)/3 = 0.149 a period, near ln(1.25).
		{"near modified Dietz", []float64{-1, 7.25, -15.5, 10}, cashflow.Choice{}, 0.25, []float64{0.25, 1, 3}},
		// The average capital is below zero: the root nearest to a rate of 0 that the value falls through, of -0.5 and 3.
		{"no modified Dietz", []float64{-1, 5.75, -7.625, 2.5}, cashflow.Choice{}, -0.5, []float64{-0.5, 0.25, 3}},
		// The oil-pump problem of the textbooks: 1600 = 10000/1.25 - 10000/1.25² = 10000/5 - 10000/5².
		{"oil pump", []float64{-1600, 10000, -10000}, cashflow.Choice{Policy: cashflow.Lowest}, 0.25, []float64{0.25, 4}},
		{"nine roots", polynomial(15, 7, 3, 1, 0, -0.5, -0.75, -0.875, -0.9375), cashflow.Choice{Policy: cashflow.Highest}, 15,
			[]float64{-0.9375, -0.875, -0.75, -0.5, 0, 1, 3, 7, 15}},
		{"close roots", polynomial(0.125, 0.125+1.0/256, 0.125+1.0/128), cashflow.Choice{Policy: cashflow.Lowest}, 0.125,
			[]float64{0.125, 0.12890625, 0.1328125}},
	} {
		r, err := cashflow.IRR(c.amounts, c.choice)
		require.NoError(t, err, c.name)
		require.InDelta(t, c.want, r.Rate, 1e-9, c.name)
		require.InDeltaSlice(t, c.roots, r.Roots, 1e-9, c.name)
		require.Equal(t, len(c.roots) > 1, r.Multiple, c.name)
		require.True(t, r.Complete, c.name)
	}
}

func TestRootErrors(t *testing.T) {
	for name, c := range map[string]struct {
		amounts []float64
		err     error
	}{
		"none":       {nil, cashflow.ErrEmpty},
		"zeros":      {[]float64{0, 0, 0}, cashflow.ErrEmpty},
		"one":        {[]float64{-100}, cashflow.ErrSameSign},
		"paid only":  {[]float64{-100, 0, -5}, cashflow.ErrSameSign},
		"received":   {[]float64{100, 5}, cashflow.ErrSameSign},
		"no root":    {[]float64{-100, 100, -100}, cashflow.ErrNoRoot},
		"crossed":    {[]float64{-1, 1e-9, -1}, cashflow.ErrNoRoot},
		"NaN":        {[]float64{-100, math.NaN()}, cashflow.ErrInput},
		"infinite":   {[]float64{math.Inf(-1), 100}, cashflow.ErrInput},
		"too far":    {[]float64{-1e300, 1e10}, cashflow.ErrRange},
		"far but ok": {[]float64{-1e270, 1e10}, cashflow.ErrRateRange},
	} {
		_, err := cashflow.IRR(c.amounts, cashflow.Choice{})
		require.ErrorIs(t, err, c.err, name)
		var root *cashflow.RootError
		require.Equal(t, !errors.Is(err, cashflow.ErrInput) && !errors.Is(err, cashflow.ErrEmpty) && !errors.Is(err, cashflow.ErrRange),
			errors.As(err, &root), name)
	}
	_, err := cashflow.IRR([]float64{-1, 2}, cashflow.Choice{Policy: cashflow.NearestToGuess, Guess: -1})
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = cashflow.XIRR(nil, daycount.Act365F, cashflow.Choice{})
	require.ErrorIs(t, err, cashflow.ErrEmpty)

	// -100 + 100x - 100x² has its maximum relative to the sum of its parts at x = 1: (100 - 200)/300.
	var root *cashflow.RootError
	_, err = cashflow.IRR([]float64{-100, 100, -100}, cashflow.Choice{})
	require.ErrorAs(t, err, &root)
	require.InDelta(t, 0, root.LogRate, 1e-6)
	require.InDelta(t, -1.0/3, root.Miss, 1e-12)
	require.ErrorContains(t, err, "nearest")

	// Twice the money in a second is a rate of 2^31,536,000: its logarithm is 31,536,000 * ln 2.
	_, err = cashflow.XIRR([]cashflow.Flow{{Time: date("2026-01-01"), Amount: -1}, {Time: date("2026-01-01").Add(time.Second), Amount: 2}},
		daycount.Year365, cashflow.Choice{})
	require.ErrorIs(t, err, cashflow.ErrRateRange)
	require.ErrorAs(t, err, &root)
	require.InEpsilon(t, 31536000*math.Ln2, root.LogRate, 1e-12)
}

// A flow of zero, the order, the unit and a shift in time change nothing; duplicates are added.
func TestXIRRInvariances(t *testing.T) {
	base, err := cashflow.XIRR(flows(t, microsoft), daycount.Act365F, cashflow.Choice{})
	require.NoError(t, err)
	for name, text := range map[string]string{
		"zero":      microsoft + "; 2010-01-01 0; 2007-01-01 0",
		"order":     "2009-04-01 2750; 2008-10-30 4250; 2008-01-01 -10000; 2009-02-15 3250; 2008-03-01 2750",
		"duplicate": "2008-01-01 -4000; 2008-01-01 -6000; 2008-03-01 2750; 2008-10-30 4250; 2009-02-15 3000; 2009-02-15 250; 2009-04-01 2750",
		"unit":      "2008-01-01 -10000e18; 2008-03-01 2750e18; 2008-10-30 4250e18; 2009-02-15 3250e18; 2009-04-01 2750e18",
		"sign":      "2008-01-01 10000; 2008-03-01 -2750; 2008-10-30 -4250; 2009-02-15 -3250; 2009-04-01 -2750",
	} {
		r, err := cashflow.XIRR(flows(t, text), daycount.Act365F, cashflow.Choice{})
		require.NoError(t, err, name)
		require.InDelta(t, base.Rate, r.Rate, 1e-13, name)
	}
}

// Flows centuries apart keep their precision: 100 growing at 1 % for 1,000 years of 365 days.
func TestXIRRCenturies(t *testing.T) {
	start := date("1000-01-01")
	r, err := cashflow.XIRR([]cashflow.Flow{{Time: start, Amount: -100}, {Time: start.AddDate(0, 0, 365_000), Amount: 100 * math.Pow(1.01, 1000)}},
		daycount.Act365F, cashflow.Choice{})
	require.NoError(t, err)
	require.InDelta(t, 0.01, r.Rate, 1e-14)
}

// More changes of sign than the chain of derivatives takes: the answer says that it may be incomplete, and is right.
func TestXIRRManyChanges(t *testing.T) {
	list := trades(200, 1)
	r, err := cashflow.XIRR(list, daycount.Act365F, cashflow.Choice{})
	require.NoError(t, err)
	require.False(t, r.Complete)
	// Each pair earns 3 % in 730 hours, one twelfth of 365 days; dates cut the hours, so the rate is near 1.03^12 - 1.
	require.InDelta(t, math.Pow(1.03, 12)-1, r.Rate, 0.02)
	requireRoots(t, list, r)
}

// requireRoots asserts that the value at every root is 0 to 1e-9 of the sum of the absolute present values.
func requireRoots(t testing.TB, list []cashflow.Flow, r cashflow.Return) {
	t.Helper()
	require.NotEmpty(t, r.Roots)
	require.Contains(t, r.Roots, r.Rate)
	require.True(t, r.Multiple || len(r.Roots) == 1)
	start := list[0].Time
	for _, f := range list {
		if f.Time.Before(start) {
			start = f.Time
		}
	}
	for _, rate := range append(r.Roots, math.NaN()) {
		z := math.Log1p(rate)
		if math.IsNaN(rate) {
			z = r.LogRate // the chosen root, without the rounding of 1+rate near -1
		}
		require.False(t, math.IsInf(z, 0) || math.IsNaN(z))
		sum, absolute := present(list, start, z)
		tolerance := 1e-9
		if !math.IsNaN(rate) { // the rate is rounded to 2^-53, which near -1 moves its logarithm; times are below 200 years
			tolerance += 200 * 0x1p-52 / (1 + rate)
		}
		require.LessOrEqual(t, math.Abs(sum), tolerance*absolute, "rate %v of %v", rate, list)
	}
}

// present returns the present value of the flows at z = ln(1+rate) and the sum of its parts' absolute values, both scaled
// so that the largest part is 1 and nothing overflows.
func present(list []cashflow.Flow, start time.Time, z float64) (sum, absolute float64) {
	log := func(f cashflow.Flow) float64 {
		return math.Log(math.Abs(f.Amount)) - z*daycount.Act365F.Years(start, f.Time)
	}
	largest := math.Inf(-1)
	for _, f := range list {
		if f.Amount != 0 {
			largest = max(largest, log(f))
		}
	}
	for _, f := range list {
		if f.Amount != 0 {
			part := math.Copysign(math.Exp(log(f)-largest), f.Amount)
			sum += part
			absolute += math.Abs(part)
		}
	}
	return sum, absolute
}

// requireComplete asserts that no plain search sees more changes of sign than there are roots.
func requireComplete(t testing.TB, list []cashflow.Flow, r cashflow.Return) {
	t.Helper()
	start := list[0].Time
	for _, f := range list {
		if f.Time.Before(start) {
			start = f.Time
		}
	}
	changes, before := 0, 0.0
	for z := -30.0; z <= 30; z += 0.05 {
		sum, absolute := present(list, start, z)
		if math.Abs(sum) > 1e-9*absolute {
			if before != 0 && (sum > 0) != (before > 0) {
				changes++
			}
			before = sum
		}
	}
	require.LessOrEqual(t, changes, len(r.Roots), "%v", list)
}

// Any finite flows give roots at which they are worth nothing, or a typed error; one change of sign always has its root.
func FuzzXIRR(f *testing.F) {
	f.Add([]byte{0, 0, 0, 156, 0, 200, 1, 100, 0, 200, 2, 160}, uint8(0))
	f.Add([]byte{0, 0, 0, 1, 0, 1, 0, 255, 255, 255, 255, 127}, uint8(1))
	f.Add([]byte("0123456789abcdef0123456789abcdef"), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, policy uint8) {
		var list []cashflow.Flow
		for ; len(data) >= 4 && len(list) < 200; data = data[4:] {
			days := binary.LittleEndian.Uint16(data)
			mantissa, exponent := float64(int8(data[2])), int(int8(data[3]))/4
			list = append(list, cashflow.Flow{Time: date("1990-01-01").AddDate(0, 0, int(days)), Amount: math.Ldexp(mantissa, exponent)})
		}
		r, err := cashflow.XIRR(list, daycount.Act365F, cashflow.Choice{Policy: cashflow.Policy(policy % 4), Guess: 0.1})
		if err == nil {
			requireRoots(t, list, r)
		}
		var root *cashflow.RootError
		if r.Complete || errors.As(err, &root) && root.Complete {
			requireComplete(t, list, r)
		}
		if err == nil {
			return
		}
		if root != nil {
			require.False(t, math.IsNaN(root.LogRate) || math.IsInf(root.LogRate, 0) || math.IsNaN(root.Miss))
			require.LessOrEqual(t, math.Abs(root.Miss), 1.0)
			return
		}
		require.ErrorIs(t, err, cashflow.ErrEmpty)
	})
}

// Any float64s, also denormal and huge ones, give a finite rate or a documented error.
func FuzzIRR(f *testing.F) {
	f.Add(-100.0, 230.0, -132.0, 0.0, 1.0)
	f.Add(-math.MaxFloat64, math.MaxFloat64, math.SmallestNonzeroFloat64, -1e-300, 1e300)
	f.Add(-1.0, 4.0, -6.0, 4.0, -1.0)
	f.Fuzz(func(t *testing.T, a, b, c, d, e float64) {
		amounts := []float64{a, b, c, d, e}
		r, err := cashflow.IRR(amounts, cashflow.Choice{})
		if err != nil {
			known := false
			for _, target := range []error{cashflow.ErrEmpty, cashflow.ErrInput, cashflow.ErrRange, cashflow.ErrSameSign, cashflow.ErrNoRoot, cashflow.ErrRateRange} {
				known = known || errors.Is(err, target)
			}
			require.True(t, known, err)
			return
		}
		for _, rate := range append(r.Roots, r.Rate) {
			require.False(t, math.IsNaN(rate) || math.IsInf(rate, 0) || rate <= -1)
		}
		require.True(t, r.Complete)
	})
}
