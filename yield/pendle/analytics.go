package pendle

import (
	"errors"
	"fmt"
	"math"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield"
)

// ErrMature: the market has matured, so there is no time left to earn in. Redeem its PT.
var ErrMature = errors.New("pendle: the market has matured; redeem its PT")

// Analytics are float64: chain numbers come in through yield.Float alone, and none goes back. Yields are APY over years of
// 365 days.

// ImpliedAPY returns the yield that a ln implied rate stands for, e^rate - 1. It fails with [yield.ErrRange] beyond a
// float64.
func ImpliedAPY(lnRate uint256.Int) (yield.Rate, error) {
	return yield.FromLogGrowth(yield.Float(lnRate, 18), 1, yield.APY())
}

// years returns the time to maturity.
func (m *Market) years(now uint64) (float64, error) {
	if m.Expired(now) {
		return 0, ErrMature
	}
	return float64(m.Expiry-now) / Year, nil
}

// growth returns the yield by which paid grows to received until maturity.
func (m *Market) growth(paid, received float64, now uint64) (yield.Rate, error) {
	years, err := m.years(now)
	if err != nil {
		return yield.Rate{}, err
	}
	if !(paid > 0) || !(received > 0) {
		return yield.Rate{}, fmt.Errorf("%w: %g paid for %g; take a larger size", yield.ErrInput, paid, received)
	}
	return yield.FromLogGrowth(math.Log(received/paid), years, yield.APY())
}

// FixedYield is what PT bought with an amount of SY yields until maturity, in its asset.
type FixedYield struct {
	Trade   Trade
	Implied yield.Rate // before the trade, without fee and impact
	APY     yield.Rate // of the trade: (PT / asset paid)^(1/years) - 1
	After   yield.Rate // implied once the trade has moved the market
}

// FixedYield returns the yield to maturity of the most PT that an amount of SY buys, with its fee and price impact. It
// takes the asset at the SY's present rate; getting out of the SY may cost more. It fails with [ErrMature], and as
// [Curve.MostPTForSY] and [Market.SwapSYForExactPT] do.
func (m *Market) FixedYield(sy uint256.Int, now uint64) (FixedYield, error) {
	if m.Expired(now) {
		return FixedYield{}, ErrMature
	}
	curve, err := m.Curve(now)
	if err != nil {
		return FixedYield{}, err
	}
	best, err := curve.MostPTForSY(sy)
	if err != nil {
		return FixedYield{}, err
	}
	after := *m
	var f FixedYield
	if f.Trade, err = after.SwapSYForExactPT(best.PT, now); err != nil {
		return FixedYield{}, err
	}
	if f.Implied, err = ImpliedAPY(m.LastLnImpliedRate); err != nil {
		return FixedYield{}, err
	}
	if f.After, err = ImpliedAPY(after.LastLnImpliedRate); err != nil {
		return FixedYield{}, err
	}
	paid := yield.Float(f.Trade.SY, 18) * yield.Float(m.SYRate, 18)
	f.APY, err = m.growth(paid, yield.Float(f.Trade.PT, 18), now)
	return f, err
}

// LongYield is what YT costs and what it takes to earn on it, at one price.
type LongYield struct {
	Price    float64    // of YT in its asset, 1 - e^(-rate * years)
	Leverage float64    // asset whose yield one asset buys, 1 / Price
	Decay    float64    // what YT loses in value in the next day at an unchanged implied rate, of its price
	Matches  yield.Rate // underlying yield at which YT, after the fee, does as well as holding the underlying
	Recovers yield.Rate // underlying yield at which the income, after the fee, is what the YT cost
	years    float64
	fee      float64
}

// LongYield returns the analysis of YT at a ln implied rate; fee is the yield token's on interest, 0.03 for 3 %. Without
// a fee Matches is the implied APY. A rate that no underlying yield can reach is [yield.ErrRange]. It fails with
// [ErrMature], and with [yield.ErrInput] if the fee is not in [0, 1) or the rate is zero.
func (m *Market) LongYield(lnRate uint256.Int, fee float64, now uint64) (LongYield, error) {
	years, err := m.years(now)
	if err != nil {
		return LongYield{}, err
	}
	if !(fee >= 0 && fee < 1) {
		return LongYield{}, fmt.Errorf("%w: a fee of %g; give a fraction from 0 to below 1", yield.ErrInput, fee)
	}
	rate := yield.Float(lnRate, 18)
	if rate == 0 {
		return LongYield{}, fmt.Errorf("%w: at an implied rate of zero YT costs nothing; give another rate", yield.ErrInput)
	}
	l := LongYield{Price: -math.Expm1(-rate * years), years: years, fee: fee}
	l.Leverage = 1 / l.Price
	tomorrow := math.Max(0, years-1.0/365)
	l.Decay = 1 + math.Expm1(-rate*tomorrow)/l.Price
	if kept := 1 - fee; l.Price >= kept {
		return LongYield{}, fmt.Errorf("%w: YT costs %g of the asset, more than the fee leaves of any yield", yield.ErrRange, l.Price)
	} else if l.Matches, err = yield.FromLogGrowth(-math.Log1p(-l.Price/kept), years, yield.APY()); err != nil {
		return LongYield{}, err
	}
	l.Recovers, err = yield.FromLogGrowth(math.Log1p(l.Price/(1-fee)), years, yield.APY())
	return l, err
}

// Return returns the profit of YT held to maturity as a fraction of its price, if the underlying yields so much (an APY,
// 0.12 for 12 %) and the interest stays in the SY: ((1+apy)^years - 1)(1 - fee) / price - 1, at least -1, because YT does
// not pay for a loss. It fails with [yield.ErrInput] at or below -100 %.
func (l LongYield) Return(apy float64) (float64, error) {
	if !(apy > -1) || math.IsInf(apy, 0) {
		return 0, fmt.Errorf("%w: an underlying yield of %g; give one above -1", yield.ErrInput, apy)
	}
	income := math.Max(0, math.Expm1(l.years*math.Log1p(apy)))
	value := income*(1-l.fee)/l.Price - 1
	if math.IsInf(value, 0) {
		return 0, yield.ErrRange
	}
	return value, nil
}

// LPYield is what a pool's LP earns in a year, by source, as fractions of its value.
type LPYield struct {
	PTWeight   float64 // share of PT in the pool's value
	Fixed      float64 // PTWeight * implied APY
	Underlying float64 // (1 - PTWeight) * underlying APY
	Fees       float64 // what swaps leave to LPs
	Incentives float64 // rewards, at the caller's prices
}

// Total returns the sum of the parts.
func (l LPYield) Total() float64 { return l.Fixed + l.Underlying + l.Fees + l.Incentives }

// LPYield returns the parts of a pool's yield at its present composition and implied rate. underlying is an APY; fees is
// what swaps have left to liquidity providers in the last so many days, in SY (the Fee less the Reserve of each, see
// Swaps of package pool), taken to go on; incentives is a yearly fraction. It fails with [ErrMature], as [Market.Rates] does, and
// with [yield.ErrInput] on numbers that are not finite or no days.
func (m *Market) LPYield(underlying float64, fees uint256.Int, days, incentives float64, now uint64) (LPYield, error) {
	if m.Expired(now) {
		return LPYield{}, ErrMature
	}
	if !(underlying > -1) || !(days > 0) || math.IsInf(underlying+days+incentives, 0) || math.IsNaN(incentives) {
		return LPYield{}, fmt.Errorf("%w: underlying yield %g, %g days of fees, incentives %g; give finite ones", yield.ErrInput, underlying, days, incentives)
	}
	rates, err := m.Rates(m.LastLnImpliedRate, now)
	if err != nil {
		return LPYield{}, err
	}
	implied, err := ImpliedAPY(m.LastLnImpliedRate)
	if err != nil {
		return LPYield{}, err
	}
	pt, sy := yield.Float(m.TotalPT, 18)*yield.Float(rates.PTToSY, 18), yield.Float(m.TotalSY, 18)
	l := LPYield{PTWeight: pt / (pt + sy), Incentives: incentives}
	l.Fixed = l.PTWeight * implied.Value
	l.Underlying = (1 - l.PTWeight) * underlying
	l.Fees = yield.Float(fees, 18) / (pt + sy) * 365 / days
	return l, nil
}

// Roll is PT of one maturity turned into PT of a later one of the same SY.
type Roll struct {
	Sold, Bought Trade
	Given        yield.Rate // to the first maturity, of the PT at what it was sold for
	Taken        yield.Rate // to the second maturity, of the PT bought
}

// Roll returns what an amount of PT becomes in a market of a later maturity of the same SY: sold here, the SY spent there,
// after maturity redeemed here. It changes neither market. It fails as [Market.SwapExactPTForSY], [Market.RedeemPY] and
// [Curve.MostPTForSY] do, and with [yield.ErrInput] if the other market does not mature later.
func (m *Market) Roll(pt uint256.Int, next Market, now uint64) (Roll, error) {
	if next.Expiry <= m.Expiry {
		return Roll{}, fmt.Errorf("%w: the next market matures at %d, this one at %d; give a later one", yield.ErrInput, next.Expiry, m.Expiry)
	}
	var r Roll
	var err error
	here := *m
	if here.Expired(now) {
		r.Sold.PT = pt
		r.Sold.SY, err = here.RedeemPY(pt)
	} else if r.Sold, err = here.SwapExactPTForSY(pt, now); err == nil {
		r.Given, err = m.growth(yield.Float(r.Sold.SY, 18)*yield.Float(m.SYRate, 18), yield.Float(pt, 18), now)
	}
	if err != nil {
		return Roll{}, err
	}
	bought, err := next.FixedYield(r.Sold.SY, now)
	if err != nil {
		return Roll{}, err
	}
	r.Bought, r.Taken = bought.Trade, bought.APY
	return r, nil
}
