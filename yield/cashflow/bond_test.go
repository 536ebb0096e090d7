package cashflow_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// Microsoft's documentation of PRICE and YIELD (basis 0), and unioffice's tests of the same bonds in the other bases.
func TestBondPriceAndYield(t *testing.T) {
	for _, c := range []struct {
		basis        daycount.DayCount
		price, yield float64
	}{
		{daycount.Thirty360US, 94.6343616213, 0.06500000688},
		{nil, 94.6354492078, 0.0650018206},
		{daycount.Act360, 94.6024171768, 0.06495005528},
		{daycount.Act365F, 94.6435945482, 0.06501459236},
		{daycount.ThirtyE360, 94.6343616213, 0.06500000688},
	} {
		bond := cashflow.Bond{Maturity: date("2017-11-15"), Coupon: 0.0575, PerYear: 2, Redemption: 100, MonthEnd: daycount.LastDay, Days: c.basis}
		price, err := bond.Price(date("2008-02-15"), 0.065)
		require.NoError(t, err)
		require.InDelta(t, c.price, price, 1e-10, "%v", c.basis) // the source cuts the digits off
		bond.Maturity = date("2016-11-15")
		yield, err := bond.Yield(date("2008-02-15"), 95.04287)
		require.NoError(t, err)
		require.InDelta(t, c.yield, yield, 5e-11, "%v", c.basis)
	}
}

// Microsoft's documentation of DURATION and MDURATION; of COUPPCD, COUPNCD and COUPNUM; by hand for the rest.
func TestBondFigures(t *testing.T) {
	bond := cashflow.Bond{Maturity: date("2016-01-01"), Coupon: 0.08, PerYear: 2, Redemption: 100}
	s, err := bond.Sensitivity(date("2008-01-01"), 0.09)
	require.NoError(t, err)
	require.InDelta(t, 5.993774955545185, s.Macaulay, 1e-13)
	require.InDelta(t, 5.735669813918838, s.Modified, 1e-13)
	require.InDelta(t, s.Modified*s.Value/10000, s.DV01(), 1e-15)

	bond.Maturity = date("2011-11-15")
	previous, next, count, err := bond.Coupons(date("2011-01-25"))
	require.NoError(t, err)
	require.Equal(t, date("2010-11-15"), previous)
	require.Equal(t, date("2011-05-15"), next)
	require.Equal(t, 2, count)
	bond.Maturity = date("2008-11-15")
	_, _, count, err = bond.Coupons(date("2007-01-25"))
	require.NoError(t, err)
	require.Equal(t, 4, count)

	// COUPDAYBS is 71 of COUPDAYS 181 for the first of these: a coupon of 4 has accrued 4*71/181.
	bond.Maturity = date("2011-11-15")
	accrued, err := bond.Accrued(date("2011-01-25"))
	require.NoError(t, err)
	require.InDelta(t, 4*71.0/181, accrued, 1e-14)
	bond.Days = daycount.Thirty360US // 70 of 180 days
	accrued, err = bond.Accrued(date("2011-01-25"))
	require.NoError(t, err)
	require.InDelta(t, 4*70.0/180, accrued, 1e-14)

	list, err := bond.Flows(date("2011-01-25"))
	require.NoError(t, err)
	require.Equal(t, []cashflow.Flow{{Time: date("2011-05-15"), Amount: 4}, {Time: date("2011-11-15"), Amount: 104}}, list)

	// A zero-coupon bond of 10 years: everything is a function of its one payment.
	zero := cashflow.Bond{Maturity: date("2036-01-01"), PerYear: 1, Redemption: 100}
	s, err = zero.Sensitivity(date("2026-01-01"), 0.05)
	require.NoError(t, err)
	require.InDelta(t, 100/math.Pow(1.05, 10), s.Value, 1e-12)
	require.InDelta(t, 10, s.Macaulay, 1e-13)
	require.InDelta(t, 10/1.05, s.Modified, 1e-13)
	require.InDelta(t, 110/1.05/1.05, s.Convexity, 1e-12)

	// In the last period interest is simple: 104 half a period before maturity, at 6 % a year: 104/(1+0.03/2) - 2.
	bond = cashflow.Bond{Maturity: date("2026-07-01"), Coupon: 0.08, PerYear: 2, Redemption: 100, Days: daycount.Thirty360}
	price, err := bond.Price(date("2026-04-01"), 0.06)
	require.NoError(t, err)
	require.InDelta(t, 104/1.015-2, price, 1e-13)
	yield, err := bond.Yield(date("2026-04-01"), price)
	require.NoError(t, err)
	require.InDelta(t, 0.06, yield, 1e-14)
}

// At par the yield is the coupon; price and yield invert each other; duration and convexity are the derivatives of the
// price.
func TestBondProperties(t *testing.T) {
	settlement := date("2026-03-15")
	for _, perYear := range []int{1, 2, 3, 4, 6, 12} {
		for _, basis := range []daycount.DayCount{nil, daycount.Thirty360, daycount.Act360, daycount.Act365F, daycount.ActActISDA} {
			bond := cashflow.Bond{Maturity: date("2033-03-15"), Coupon: 0.07, PerYear: perYear, Redemption: 100, Days: basis}
			if basis == nil {
				price, err := bond.Price(settlement, 0.07)
				require.NoError(t, err)
				require.InDelta(t, 100, price, 1e-12)
			}
			bond.Maturity = date("2033-05-20")
			for _, yield := range []float64{-0.5, -0.01, 0, 1e-9, 0.05, 0.2, 3} {
				price, err := bond.Price(settlement, yield)
				require.NoError(t, err)
				back, err := bond.Yield(settlement, price)
				require.NoError(t, err)
				require.InDelta(t, yield, back, 1e-12, "%d a year, %v", perYear, basis)
				s, err := bond.Sensitivity(settlement, yield)
				require.NoError(t, err)
				const h = 1e-5
				up, err := bond.Price(settlement, yield+h)
				require.NoError(t, err)
				down, err := bond.Price(settlement, yield-h)
				require.NoError(t, err)
				require.InEpsilon(t, -(up-down)/(2*h)/s.Value, s.Modified, 1e-6)
				require.InEpsilon(t, (up-2*price+down)/(h*h)/s.Value, s.Convexity, 1e-3)
			}
		}
	}
}

func TestMeasure(t *testing.T) {
	// By hand: 50 now and 110 in a year of 365 days at 10 % are worth 150; two thirds of it a year away.
	list := flows(t, "2025-06-01 -1000; 2026-01-01 50; 2027-01-01 110")
	s, err := cashflow.Measure(0.1, date("2026-01-01"), list, daycount.Act365F)
	require.NoError(t, err)
	require.InDelta(t, 150, s.Value, 1e-12)
	require.InDelta(t, 2.0/3, s.Macaulay, 1e-15)
	require.InDelta(t, 2.0/3/1.1, s.Modified, 1e-15)
	require.InDelta(t, 2*2.0/3/1.21, s.Convexity, 1e-14)

	_, err = cashflow.Measure(0.1, date("2028-01-01"), list, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrEmpty)
	_, err = cashflow.Measure(-1, date("2026-01-01"), list, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = cashflow.Measure(0, date("2026-01-01"), flows(t, "2026-01-01 1; 2027-01-01 -1"), daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = cashflow.Measure(0, date("2026-01-01"), []cashflow.Flow{{Time: date("2026-01-01"), Amount: math.NaN()}}, daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = cashflow.Measure(-0.999, date("2026-01-01"), flows(t, "9026-01-01 1"), daycount.Act365F)
	require.ErrorIs(t, err, cashflow.ErrRange)
}

func TestBondErrors(t *testing.T) {
	settlement := date("2026-01-01")
	good := cashflow.Bond{Maturity: date("2030-01-01"), Coupon: 0.05, PerYear: 2, Redemption: 100}
	for name, change := range map[string]func(*cashflow.Bond){
		"no frequency":  func(b *cashflow.Bond) { b.PerYear = 0 },
		"odd frequency": func(b *cashflow.Bond) { b.PerYear = 5 },
		"coupon":        func(b *cashflow.Bond) { b.Coupon = -0.01 },
		"coupon NaN":    func(b *cashflow.Bond) { b.Coupon = math.NaN() },
		"redemption":    func(b *cashflow.Bond) { b.Redemption = 0 },
		"matured":       func(b *cashflow.Bond) { b.Maturity = settlement },
		"too long":      func(b *cashflow.Bond) { b.Maturity, b.PerYear = date("9999-01-01"), 12 },
	} {
		bond := good
		change(&bond)
		_, err := bond.Price(settlement, 0.05)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
		_, err = bond.Yield(settlement, 100)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
		_, err = bond.Accrued(settlement)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
		_, err = bond.Sensitivity(settlement, 0.05)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
		_, err = bond.Flows(settlement)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
		_, _, _, err = bond.Coupons(settlement)
		require.ErrorIs(t, err, cashflow.ErrBond, name)
	}
	_, err := good.Price(settlement, -2)
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = good.Sensitivity(settlement, math.NaN())
	require.ErrorIs(t, err, cashflow.ErrInput)
	_, err = good.Price(date("2029-12-01"), math.Inf(1))
	require.ErrorIs(t, err, cashflow.ErrInput)
	for _, price := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err = good.Yield(settlement, price)
		require.ErrorIs(t, err, cashflow.ErrInput)
	}
}
