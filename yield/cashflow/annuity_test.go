package cashflow_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// Published examples: Microsoft's documentation of PMT, PV, FV, NPER, RATE, IPMT, PPMT and MIRR (ms), and the tests of
// numpy-financial at f47e8af (np), whose Decimal results give more digits.
func TestAnnuities(t *testing.T) {
	const end, begin = cashflow.End, cashflow.Begin
	rate := func(periods int, payment, present, future float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) {
			r, err := cashflow.Rate(periods, payment, present, future, when, cashflow.Choice{})
			return r.Rate, err
		}
	}
	pay := func(rate, periods, present, future float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) { return cashflow.Payment(rate, periods, present, future, when) }
	}
	present := func(rate, periods, payment, future float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) { return cashflow.PresentValue(rate, periods, payment, future, when) }
	}
	future := func(rate, periods, payment, present float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) { return cashflow.FutureValue(rate, periods, payment, present, when) }
	}
	nper := func(rate, payment, present, future float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) { return cashflow.Periods(rate, payment, present, future, when) }
	}
	interest := func(rate float64, period, periods int, present float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) {
			i, _, err := cashflow.Split(rate, period, periods, present, 0, when)
			return i, err
		}
	}
	principal := func(rate float64, period, periods int, present float64, when cashflow.When) func() (float64, error) {
		return func() (float64, error) {
			_, p, err := cashflow.Split(rate, period, periods, present, 0, when)
			return p, err
		}
	}
	mirr := func(finance, reinvest float64, amounts ...float64) func() (float64, error) {
		return func() (float64, error) { return cashflow.MIRR(amounts, finance, reinvest) }
	}
	for _, c := range []struct {
		name      string
		value     func() (float64, error)
		want      float64
		precision float64
	}{
		{"ms PMT", pay(0.08/12, 10, 10000, 0, end), -1037.03, 0.005},
		{"np PMT", pay(0.08/12, 60, 15000, 0, end), -304.1459143262052370338701494, 1e-11},
		{"np PMT, no interest", pay(0, 60, 15000, 0, end), -250, 0},
		{"np PMT, 80 %", pay(0.8, 3, 20000, 0, end), -19311.25827814569536423841060, 1e-10},
		{"np PMT, 30 %", pay(0.3, 12, 2000, 0, end), -626.9081401700757748402586600, 1e-11},
		{"np PMT, no interest", pay(0, 12, 2000, 0, end), -166.6666666666666666666666667, 1e-12},
		{"ms PV", present(0.08/12, 240, 500, 0, end), -59777.15, 0.005},
		{"np PV", present(0.07, 20, 12000, 0, end), -127128.1709461939327295222005, 1e-9},
		{"ms FV", future(0.06/12, 10, -200, -500, begin), 2581.40, 0.005},
		{"np FV", future(0.075, 20, -2000, 0, end), 86609.36267304300040536731624, 1e-9},
		{"ms NPER", nper(0.12/12, -100, -1000, 10000, end), 60.0821229, 5e-8},
		{"ms NPER, in advance", nper(0.12/12, -100, -1000, 10000, begin), 59.67, 0.005},
		{"ms NPER, in the past", nper(0.12/12, -100, -1000, 0, end), -9.57859404, 5e-9},
		{"np NPER", nper(0.075, -2000, 0, 100000, end), 21.5449442, 5e-8},
		{"np NPER, in advance", nper(0.075, -2000, 0, 100000, begin), 20.76156441, 5e-9},
		{"np NPER, no interest", nper(0, -2000, 0, 100000, end), 50, 0},
		{"np NPER, no interest", nper(0, -100, 1000, 0, end), 10, 0},
		{"np NPER, no payment", nper(0.1, 0, -500, 1500, end), 11.52670461, 5e-9},
		{"ms RATE", rate(48, -200, 8000, 0, end), 0.00770147, 5e-9},
		// numpy stops at 0.11069085371427; this is (20/7)^(1/10) - 1 with mpmath.
		{"np RATE", rate(10, 0, -3500, 10000, end), 0.110690853710752806254, 1e-15},
		{"np RATE, loss", rate(2, 0, -593.06, 214.07, end), -0.39920185, 5e-9},
		{"np RATE, loss", rate(2, 0, -4725.38, 4509.97, end), -0.02305873, 5e-9},
		{"np RATE, loss", rate(2, 0, -662.05, 224.11, end), -0.41818459, 5e-9},
		{"np RATE, gain", rate(2, 0, -428.78, 686.29, end), 0.26513414, 5e-9},
		{"unioffice RATE", rate(24, -1000, -10000, 100000, end), 0.06517891177, 5e-12},
		{"unioffice RATE, in advance", rate(24, -1000, -10000, 100000, begin), 0.06323958, 5e-9},
		{"ms IPMT", interest(0.1/12, 1, 36, 8000, end), -66.6666667, 5e-8},
		{"ms IPMT", interest(0.1, 3, 3, 8000, end), -292.45, 0.005},
		{"np IPMT", interest(0.1/12, 2, 24, 2000, end), -16.03647345, 5e-9},
		{"np IPMT", interest(0.1/12, 4, 24, 2000, end), -14.76028842, 5e-9},
		{"np IPMT, in advance", interest(0.001988079518355057, 1, 360, 300000, begin), 0, 0},
		{"np IPMT, in advance", interest(0.001988079518355057, 2, 360, 300000, begin), -594.107158, 5e-7},
		{"np IPMT, in advance", interest(0.001988079518355057, 3, 360, 300000, begin), -592.971592, 5e-7},
		{"ms PPMT", principal(0.08, 10, 10, 200000, end), -27598.0534, 1e-4},
		{"np PPMT", principal(0.1/12, 1, 60, 55000, end), -710.2541257864217612489830917, 1e-10},
		{"np PPMT, in advance", principal(0.1/12, 1, 60, 55000, begin), -1158.929712, 5e-7},
		{"np PPMT, in advance", principal(0.08/12, 1, 60, 15000, begin), -302.131703, 5e-7},
		{"np PPMT", principal(0.1/12, 3, 24, 2000, end), -76.88882405, 5e-9},
		{"ms MIRR", mirr(0.10, 0.12, -120000, 39000, 30000, 21000, 37000, 46000), 0.126094, 5e-7},
		{"ms MIRR, three years", mirr(0.10, 0.12, -120000, 39000, 30000, 21000), -0.0480446, 1e-7},
		{"ms MIRR, 14 %", mirr(0.10, 0.14, -120000, 39000, 30000, 21000, 37000, 46000), 0.134759, 5e-7},
		{"np MIRR", mirr(0.08, 0.055, -4500, -800, 800, 800, 600, 600, 800, 800, 700, 3000), 0.0666, 5e-5},
		{"np MIRR", mirr(0.05, 0.06, 100, 200, -50, 300, -200), 0.3428, 5e-5},
		{"np MIRR", mirr(0.05, 0.08, -4500, -800, 800, 800, 600), -0.1784449, 5e-8},
		{"np MIRR", mirr(0.10, 0.12, 100, 200, -50, 300, -200), 0.44435295, 5e-9},
	} {
		value, err := c.value()
		require.NoError(t, err, c.name)
		require.InDelta(t, c.want, value, c.precision, c.name)
	}
}

// Near a rate of 0 nothing cancels: the value moves smoothly through the linear case, and the functions invert each other.
func TestAnnuitiesNearZero(t *testing.T) {
	for _, rate := range []float64{-0.5, -1e-3, -1e-9, -1e-15, 0, 1e-300, 1e-15, 1e-12, 1e-9, 1e-6, 0.01, 0.5} {
		for _, when := range []cashflow.When{cashflow.End, cashflow.Begin} {
			payment, err := cashflow.Payment(rate, 360, 1e6, -2e5, when)
			require.NoError(t, err)
			present, err := cashflow.PresentValue(rate, 360, payment, -2e5, when)
			require.NoError(t, err)
			// At -50 % the future value counts 2^360 times as much as the present one.
			require.InDelta(t, 1e6, present, 1e-8+1e-15*math.Exp(-360*math.Log1p(rate))*2e5, "rate %v", rate)
			if math.Abs(rate) < 1e-6 {
				// By hand: to first order the payments of 800,000 in 360 parts shift by about rate * 180 periods of 1,000,000 / 360.
				require.InDelta(t, -8e5/360, payment, 1e6*math.Abs(rate)+1e-9, "rate %v", rate)
			}
			if math.Abs(rate) < 0.1 {
				periods, err := cashflow.Periods(rate, payment, 1e6, -2e5, when)
				require.NoError(t, err)
				require.InDelta(t, 360, periods, 1e-8, "rate %v", rate)
			}
		}
	}
	// 10^6 periods overflow (1+rate)^n, but not the annuity: a perpetuity of 1 at 10 % is worth 10.
	value, err := cashflow.PresentValue(0.1, 1e6, -1, 0, cashflow.End)
	require.NoError(t, err)
	require.InDelta(t, 10, value, 1e-12)
	value, err = cashflow.Payment(0.1, 1e6, -10, 0, cashflow.End)
	require.NoError(t, err)
	require.InDelta(t, 1, value, 1e-12)
}

// Interest and principal add up to the payment, and the principal to the loan.
func TestSplitAddsUp(t *testing.T) {
	for _, when := range []cashflow.When{cashflow.End, cashflow.Begin} {
		payment, err := cashflow.Payment(0.0075, 360, 125000, 0, when)
		require.NoError(t, err)
		total := 0.0
		for period := 1; period <= 360; period++ {
			interest, principal, err := cashflow.Split(0.0075, period, 360, 125000, 0, when)
			require.NoError(t, err)
			require.InDelta(t, payment, interest+principal, 1e-9)
			total += principal
		}
		require.InDelta(t, -125000, total, 1e-6)
	}
}

func TestAnnuityErrors(t *testing.T) {
	nan := math.NaN()
	for name, f := range map[string]func() (float64, error){
		"rate -1":          func() (float64, error) { return cashflow.FutureValue(-1, 1, 1, 1, cashflow.End) },
		"rate NaN":         func() (float64, error) { return cashflow.PresentValue(nan, 1, 1, 1, cashflow.End) },
		"negative periods": func() (float64, error) { return cashflow.Payment(0.1, -1, 1, 1, cashflow.End) },
		"no periods":       func() (float64, error) { return cashflow.Payment(0.1, 0, 1, 1, cashflow.End) },
		"infinite periods": func() (float64, error) { return cashflow.FutureValue(0.1, math.Inf(1), 1, 1, cashflow.End) },
		"payment NaN":      func() (float64, error) { return cashflow.Periods(0.1, nan, 1, 1, cashflow.End) },
		"NPV at -100 %":    func() (float64, error) { return cashflow.NPV(-1, []float64{1}) },
		"NPV of NaN":       func() (float64, error) { return cashflow.NPV(0, []float64{nan}) },
		"XNPV of Inf": func() (float64, error) {
			return cashflow.XNPV(0, []cashflow.Flow{{Amount: math.Inf(1)}}, daycount.Act365F)
		},
		"MIRR rate":   func() (float64, error) { return cashflow.MIRR([]float64{-1, 1}, -1, 0) },
		"MIRR rate 2": func() (float64, error) { return cashflow.MIRR([]float64{-1, 1}, 0, nan) },
		"MIRR of NaN": func() (float64, error) { return cashflow.MIRR([]float64{-1, nan}, 0, 0) },
		"MOIC of NaN": func() (float64, error) { return cashflow.MOIC([]float64{-1, nan}) },
		"Payback NaN": func() (float64, error) { return cashflow.Payback(0, []float64{-1, nan}) },
		"Rate periods": func() (float64, error) {
			r, err := cashflow.Rate(0, 1, 1, 1, cashflow.End, cashflow.Choice{})
			return r.Rate, err
		},
		"Split period": func() (float64, error) { i, _, err := cashflow.Split(0.1, 0, 10, 1, 0, cashflow.End); return i, err },
	} {
		_, err := f()
		require.ErrorIs(t, err, cashflow.ErrInput, name)
	}
	_, err := cashflow.FutureValue(1, 1e6, 1, 1, cashflow.End)
	require.ErrorIs(t, err, cashflow.ErrRange)
	_, err = cashflow.NPV(-0.999999, []float64{1: 1e300, 2: 1e300})
	require.ErrorIs(t, err, cashflow.ErrRange)
	// np test_rate_with_infeasible_solution: a loan is not repaid by further withdrawals.
	_, err = cashflow.Rate(12, 400, 10000, 5000, cashflow.End, cashflow.Choice{})
	require.ErrorIs(t, err, cashflow.ErrSameSign)
	// The payment of 50 is less than the interest of 100.
	_, err = cashflow.Periods(0.1, -50, 1000, 0, cashflow.End)
	require.ErrorIs(t, err, cashflow.ErrNoRoot)
	_, err = cashflow.Periods(0, 0, 1000, 0, cashflow.End)
	require.ErrorIs(t, err, cashflow.ErrNoRoot)
	// np test_mirr, last case: nothing is paid.
	_, err = cashflow.MIRR([]float64{39000, 30000, 21000, 37000, 46000}, 0.1, 0.12)
	require.ErrorIs(t, err, cashflow.ErrSameSign)
	_, err = cashflow.MOIC([]float64{1})
	require.ErrorIs(t, err, cashflow.ErrEmpty)
}

func TestMultiples(t *testing.T) {
	moic, err := cashflow.MOIC([]float64{-100, -50, 120, 180})
	require.NoError(t, err)
	require.Equal(t, 2.0, moic)

	for _, c := range []struct {
		name    string
		rate    float64
		amounts []float64
		want    float64
	}{
		// By hand: -1000 + 300*3 leaves 100 of 300 for the fourth period.
		{"plain", 0, []float64{-1000, 300, 300, 300, 300}, 3 + 1.0/3},
		{"exact", 0, []float64{-900, 300, 300, 300, 300}, 3},
		// At 100 %: -100 + 120/2 + 80/4 + 160/8 = 0.
		{"discounted", 1, []float64{-100, 120, 80, 160}, 3},
		{"falls again", 0, []float64{-100, 150, -100, 100}, 2.5},
		{"rounding is zero", 0, []float64{-0.3, 0.1, 0.2}, 2},
		{"nothing paid", 0, []float64{1, 2}, 0},
		{"empty", 0, nil, 0},
	} {
		periods, err := cashflow.Payback(c.rate, c.amounts)
		require.NoError(t, err, c.name)
		require.InDelta(t, c.want, periods, 1e-12, c.name)
	}
	_, err = cashflow.Payback(0, []float64{-100, 99})
	require.ErrorIs(t, err, cashflow.ErrNoRoot)

	list := flows(t, "2025-01-01 -100; 2026-01-01 60; 2027-01-01 44; 2028-01-01 10")
	at, err := cashflow.XPayback(0, list, daycount.Act365F)
	require.NoError(t, err)
	require.Equal(t, date("2027-01-01"), at)
	// At 10 %: -100 + 54.5 + 36.4 + 7.5 is below zero.
	_, err = cashflow.XPayback(0.1, list, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrNoRoot)
	list[0], list[1] = list[1], list[0]
	_, err = cashflow.XPayback(0, list, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = cashflow.XPayback(0, nil, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrEmpty)
}
