package pendle

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// SwapExactSYForPT buys PT for an amount of SY as the router does with that guess, and returns the market's trade. What the
// trade's SY is less than the amount is not given back. It fails as [Market.SwapSYForExactPT] does, and with the
// *gaib.RevertString "Slippage: APPROX_EXHAUSTED" and its kin when the router's search ends without a result.
// Source: router V4, ActionSimple without an off-chain guess and ActionSwapPTV3 with one, without limit orders.
func (m *Market) SwapExactSYForPT(sy uint256.Int, guess Guess, now uint64) (Trade, error) {
	var c calc
	curve := c.curve(m, now)
	pt := c.ptForSY(m, &curve, sy, guess, now)
	if c.err != nil {
		return Trade{}, c.err
	}
	return m.SwapSYForExactPT(pt, now)
}

// SwapExactSYForYT buys YT for an amount of SY as the router does with that guess: it sells as much PT to the market,
// mints PT and YT of the proceeds and the SY, and pays the PT back. It returns the YT, which may be a little more than
// the PT sold, and the market's trade. It fails as [Market.SwapExactPTForSY] and [Market.SwapExactSYForPT] do.
// Source: router V4, ActionSimple and ActionSwapYTV3, without limit orders.
func (m *Market) SwapExactSYForYT(sy uint256.Int, guess Guess, now uint64) (yt uint256.Int, trade Trade, err error) {
	var c calc
	curve := c.curve(m, now)
	pt := c.ytForSY(m, &curve, sy, guess, now)
	if c.err != nil {
		return zero, Trade{}, c.err
	}
	trade, err = m.sell(pt, now, func(trade Trade) error {
		var c calc
		paid := c.uadd(trade.SY, sy)
		if c.err == nil && paid.IsZero() {
			c.fail(&contract.YCNoFloatingSyError{})
		}
		if yt = c.syToAsset(m.PYIndex, paid); c.err == nil && yt.Lt(&pt) {
			c.requires("Slippage: INSUFFICIENT_PT_REPAY")
		}
		return c.err
	})
	if err != nil {
		return zero, Trade{}, err
	}
	return yt, trade, nil
}

// SwapExactYTForSY sells YT as the router does: it buys as much PT from the market, redeems both, and pays the market of
// the proceeds. It returns the SY that is left, rounded down, and the market's trade. It fails as
// [Market.SwapSYForExactPT] does, and with *gaib.PanicError if the YT is worth less than the trade costs.
// Source: router V4, ActionSwapYTV3 and ActionCallbackV3.
func (m *Market) SwapExactYTForSY(yt uint256.Int, now uint64) (sy uint256.Int, trade Trade, err error) {
	trade, err = m.buy(yt, now, func(trade Trade) error {
		var c calc
		repaid := c.syToAssetUp(m.PYIndex, trade.SY)
		sy = c.assetToSY(m.PYIndex, c.usub(yt, repaid))
		return c.err
	})
	if err != nil {
		return zero, Trade{}, err
	}
	return sy, trade, nil
}

// AddLiquiditySingleSY adds liquidity with SY alone as the router does with that guess: it buys PT for a part of it and
// adds both. The market must have liquidity already. It fails as [Market.SwapExactSYForPT] and [Market.AddLiquidity] do.
// Source: router V4, ActionSimple and ActionAddRemoveLiqV3, without limit orders.
func (m *Market) AddLiquiditySingleSY(sy uint256.Int, guess Guess, now uint64) (Liquidity, Trade, error) {
	if m.TotalLP.IsZero() {
		return Liquidity{}, Trade{}, &gaib.RevertString{Text: "no existing lp"}
	}
	var c calc
	curve := c.curve(m, now)
	pt := c.ptToAdd(m, &curve, sy, guess, now)
	if c.err != nil {
		return Liquidity{}, Trade{}, c.err
	}
	after := *m
	trade, err := after.SwapSYForExactPT(pt, now)
	if err != nil {
		return Liquidity{}, Trade{}, err
	}
	left := c.usub(sy, trade.SY)
	if c.err != nil {
		return Liquidity{}, Trade{}, c.err
	}
	added, err := after.AddLiquidity(left, pt, zero, now)
	if err != nil {
		return Liquidity{}, Trade{}, err
	}
	*m = after
	return added, trade, nil
}

// RemoveLiquiditySingleSY burns LP and turns its PT into SY: by a sale to the market, or after maturity by redemption. It
// returns all the SY and the trade, which is empty after maturity. It fails as [Market.RemoveLiquidity] and
// [Market.SwapExactPTForSY] do. Source: router V4, ActionAddRemoveLiqV3.
func (m *Market) RemoveLiquiditySingleSY(lp uint256.Int, now uint64) (uint256.Int, Trade, error) {
	after := *m
	removed, err := after.RemoveLiquidity(lp)
	if err != nil {
		return zero, Trade{}, err
	}
	var trade Trade
	var proceeds uint256.Int
	if m.Expired(now) {
		proceeds, err = after.RedeemPY(removed.PT)
	} else {
		trade, err = after.SwapExactPTForSY(removed.PT, now)
		proceeds = trade.SY
	}
	if err != nil {
		return zero, Trade{}, err
	}
	var c calc
	sy := c.uadd(removed.SY, proceeds)
	if c.err != nil {
		return zero, Trade{}, c.err
	}
	*m = after
	return sy, trade, nil
}

// MostPTForSY returns the most PT that an amount of SY buys, to the base unit: the price of PT rises with every unit
// bought, so the amount is found by secant and halving, within three trials
// of [Curve.Buy] for each bit of the market's size. It is the guess for the
// router, see [Exactly]. It fails with *contract.MarketZeroAmountsInputError on no SY
// and *contract.MarketZeroAmountsOutputError if the SY buys nothing. Its trade's SY is
// what the PT costs.
func (curve *Curve) MostPTForSY(sy uint256.Int) (Trade, error) {
	pt, err := curve.most(sy, curve.totalPT, ptFill(curve))
	if err != nil {
		return Trade{}, err
	}
	return curve.Buy(pt)
}

// MostYTForSY returns the most YT that an amount of SY pays for, as [Curve.MostPTForSY] does for PT. Its trade is the
// sale of the PT.
func (curve *Curve) MostYTForSY(sy uint256.Int) (yt uint256.Int, trade Trade, err error) {
	if yt, err = curve.most(sy, curve.totalAsset, ytFill(curve)); err != nil {
		return zero, Trade{}, err
	}
	trade, err = curve.Sell(yt)
	return yt, trade, err
}

// most returns the largest amount up to a limit whose cost is at most sy; a cost that fails counts as too high, because
// trades fail from some size on. Of three trials one is on the line between the two ends, one goes twice as far as the
// last slope says, so that both ends close in, and one is the middle, which bounds their number.
func (curve *Curve) most(sy, limit uint256.Int, cost fill) (uint256.Int, error) {
	if sy.IsZero() {
		return zero, &contract.MarketZeroAmountsInputError{}
	}
	low, lowCost := zero, zero // what the SY pays for
	high, highCost := limit, zero
	high.Add(&high, &single) // what it does not
	known := false           // the cost of high
	var step, rise uint256.Int
	for trial := 0; ; trial++ {
		var width, guess uint256.Int
		if !width.Sub(&high, &low).Gt(&single) {
			break
		}
		var c calc
		switch left := c.usub(sy, lowCost); {
		case trial == 0:
			guess = c.syToAsset(curve.index, sy) // one asset buys at least one PT or YT
		case trial%3 == 0 && known:
			guess = c.udiv(c.umul(left, width), c.usub(highCost, lowCost))
		case trial%3 == 1 && !rise.IsZero():
			guess = c.udiv(c.umul(c.umul(two, left), step), rise)
		default:
			guess.Rsh(&width, 1)
		}
		if c.err != nil {
			guess.Rsh(&width, 1)
		}
		if guess.IsZero() {
			guess = single
		}
		if !guess.Lt(&width) {
			guess.Sub(&width, &single)
		}
		moved := guess
		guess.Add(&guess, &low)
		c = calc{}
		if price := cost(&c, guess); c.err != nil || price.Gt(&sy) {
			high, highCost, known = guess, price, c.err == nil
		} else {
			step = moved
			rise.Sub(&price, &lowCost)
			low, lowCost = guess, price
		}
	}
	if low.IsZero() {
		return zero, &contract.MarketZeroAmountsOutputError{}
	}
	return low, nil
}
