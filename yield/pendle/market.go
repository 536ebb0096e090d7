package pendle

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// Year is the year of Pendle's rates: 365 days, in seconds.
const Year = 365 * 86400

// MinimumLiquidity is the LP that the first provider leaves in the market for ever.
const MinimumLiquidity = 1000

var (
	year          = uint256.Int{Year}
	maxProportion = uint256.Int{96e16}
	hundred       = uint256.Int{100}
	minLiquidity  = uint256.Int{MinimumLiquidity}
)

// Market is the state of one market as a value: PT and SY of one maturity, their LP, and the indices that turn SY into
// asset. Amounts are base units, rates wad. A copy is independent; a method that fails leaves the market as it was.
type Market struct {
	TotalPT, TotalSY, TotalLP uint256.Int

	ScalarRoot        uint256.Int // how flat the curve is, wad
	Expiry            uint64      // Unix time
	LnFeeRateRoot     uint256.Int // ln of the yearly fee rate, as the router at hand pays it
	ReserveFeePercent uint64      // share of the fee that goes to the treasury, base 100
	LastLnImpliedRate uint256.Int // ln(1 + implied APY) after the last trade

	SYRate  uint256.Int // asset per SY now, the SY's exchangeRate
	PYIndex uint256.Int // its high-water mark, by which PT and YT are minted and redeemed; see [Market.Accrue]
}

// Expired reports whether the market's PT has matured at a time, as the contracts have it: expiry <= now.
func (m *Market) Expired(now uint64) bool { return m.Expiry <= now }

// Accrue takes a new exchange rate of the SY: PYIndex becomes max(PYIndex, rate), so it never falls.
// Source: PendleYieldToken._pyIndexCurrent; it reverts above 2^128 - 1.
func (m *Market) Accrue(rate uint256.Int) error {
	var c calc
	index := rate
	if index.Lt(&m.PYIndex) {
		index = m.PYIndex
	}
	if c.fits(index, 128); c.err != nil {
		return c.err
	}
	m.SYRate, m.PYIndex = rate, index
	return nil
}

// Trade is the outcome of a swap of PT for SY or SY for PT.
type Trade struct {
	PT      uint256.Int // into or out of the market, as asked for
	SY      uint256.Int // out of the market to a seller of PT, into it from a buyer
	Fee     uint256.Int // contained in SY, in SY
	Reserve uint256.Int // of Fee, what goes to the treasury
}

// Curve is what a market's trades of one moment have in common, so that pricing many sizes costs one logarithm each.
type Curve struct {
	totalPT, totalSY uint256.Int
	index            uint256.Int
	reserveFee       uint256.Int
	timeToExpiry     uint256.Int

	rateScalar, totalAsset, rateAnchor, feeRate uint256.Int
}

// Curve returns the market's trade curve at a time. It fails with *contract.MarketExpiredError,
// *contract.MarketRateScalarBelowZeroError, *contract.MarketZeroTotalPtOrTotalAssetError and
// *contract.MarketExchangeRateBelowOneError. Source: MarketMathCore.getMarketPreCompute.
func (m *Market) Curve(now uint64) (Curve, error) {
	var c calc
	curve := c.curve(m, now)
	return curve, c.err
}

func (c *calc) curve(m *Market, now uint64) (curve Curve) {
	if m.Expired(now) {
		c.fail(&contract.MarketExpiredError{})
		return curve
	}
	curve.totalPT, curve.totalSY, curve.index = m.TotalPT, m.TotalSY, m.PYIndex
	curve.reserveFee = uint256.Int{m.ReserveFeePercent}
	curve.timeToExpiry = uint256.Int{m.Expiry - now}
	curve.rateScalar = c.rateScalar(m.ScalarRoot, curve.timeToExpiry)
	curve.totalAsset = c.syToAssetSigned(m.PYIndex, m.TotalSY)
	if c.err == nil && (m.TotalPT.IsZero() || curve.totalAsset.IsZero()) {
		c.fail(&contract.MarketZeroTotalPtOrTotalAssetError{TotalPt: m.TotalPT, TotalAsset: curve.totalAsset})
	}
	curve.rateAnchor = c.rateAnchor(m.TotalPT, m.LastLnImpliedRate, curve.totalAsset, curve.rateScalar, curve.timeToExpiry)
	curve.feeRate = c.rateFromImplied(m.LnFeeRateRoot, curve.timeToExpiry)
	return curve
}

func (c *calc) rateScalar(root, timeToExpiry uint256.Int) uint256.Int {
	scalar := c.mulDiv(root, year, timeToExpiry)
	if c.err == nil && scalar.Sign() <= 0 {
		c.fail(&contract.MarketRateScalarBelowZeroError{RateScalar: scalar})
	}
	return scalar
}

func (c *calc) rateAnchor(totalPT, lnImplied, totalAsset, rateScalar, timeToExpiry uint256.Int) uint256.Int {
	rate := c.atLeastOne(c.rateFromImplied(lnImplied, timeToExpiry))
	proportion := c.divDown(totalPT, c.add(totalPT, totalAsset))
	return c.sub(rate, c.divDown(c.logProportion(proportion), rateScalar))
}

// rateFromImplied is e^(rate * time), PT per asset.
func (c *calc) rateFromImplied(ln, timeToExpiry uint256.Int) uint256.Int {
	return c.exp(c.toInt(c.umulDiv(ln, timeToExpiry, year)))
}

func (c *calc) atLeastOne(rate uint256.Int) uint256.Int {
	if c.err == nil && rate.Slt(&one) {
		c.fail(&contract.MarketExchangeRateBelowOneError{ExchangeRate: rate})
	}
	return rate
}

func (c *calc) logProportion(proportion uint256.Int) uint256.Int {
	if c.err == nil && proportion == one {
		c.fail(&contract.MarketProportionMustNotEqualOneError{})
	}
	return c.ln(c.divDown(proportion, c.sub(one, proportion)))
}

// exchangeRate is PT per asset after ptOut has left the market.
func (c *calc) exchangeRate(totalPT, totalAsset, rateScalar, rateAnchor, ptOut uint256.Int) uint256.Int {
	proportion := c.divDown(c.subNoNeg(totalPT, ptOut), c.add(totalPT, totalAsset))
	if c.err == nil && proportion.Sgt(&maxProportion) {
		c.fail(&contract.MarketProportionTooHighError{Proportion: proportion, MaxProportion: maxProportion})
	}
	return c.atLeastOne(c.add(c.divDown(c.logProportion(proportion), rateScalar), rateAnchor))
}

func (c *calc) lnImpliedRate(totalPT, totalAsset, rateScalar, rateAnchor, timeToExpiry uint256.Int) uint256.Int {
	ln := c.toInt(c.ln(c.exchangeRate(totalPT, totalAsset, rateScalar, rateAnchor, zero)))
	return c.umulDiv(ln, year, timeToExpiry)
}

// trade is MarketMathCore.calcTrade: what goes to the account, negative where it pays.
func (c *calc) trade(curve *Curve, ptOut uint256.Int) (sy, fee, reserve uint256.Int) {
	rate := c.exchangeRate(curve.totalPT, curve.totalAsset, curve.rateScalar, curve.rateAnchor, ptOut)
	asset := c.neg(c.divDown(ptOut, rate))
	feeAsset := curve.feeRate
	if ptOut.Sign() > 0 {
		c.atLeastOne(c.divDown(rate, feeAsset))
		feeAsset = c.mulDown(asset, c.sub(one, feeAsset))
	} else {
		feeAsset = c.neg(c.mulDiv(asset, c.sub(one, feeAsset), feeAsset))
	}
	reserveAsset := c.mulDiv(feeAsset, curve.reserveFee, hundred)
	net := c.sub(asset, feeAsset)
	if negative(net) {
		sy = c.assetToSYUpSigned(curve.index, net)
	} else {
		sy = c.assetToSYSigned(curve.index, net)
	}
	fee = c.assetToSYSigned(curve.index, feeAsset)
	reserve = c.assetToSYSigned(curve.index, reserveAsset)
	return sy, fee, reserve
}

// execute is MarketMathCore.executeTradeCore.
func (c *calc) execute(m *Market, ptOut uint256.Int, now uint64) (sy, fee, reserve uint256.Int) {
	if m.Expired(now) {
		c.fail(&contract.MarketExpiredError{})
	} else if !m.TotalPT.Sgt(&ptOut) {
		c.fail(&contract.MarketInsufficientPtForTradeError{CurrentAmount: m.TotalPT, RequiredAmount: ptOut})
	}
	if c.err != nil {
		return
	}
	curve := c.curve(m, now)
	if c.err != nil {
		return
	}
	sy, fee, reserve = c.trade(&curve, ptOut)
	m.TotalPT = c.subNoNeg(m.TotalPT, ptOut)
	m.TotalSY = c.subNoNeg(m.TotalSY, c.add(sy, reserve))
	totalAsset := c.syToAssetSigned(m.PYIndex, m.TotalSY)
	m.LastLnImpliedRate = c.lnImpliedRate(m.TotalPT, totalAsset, curve.rateScalar, curve.rateAnchor, curve.timeToExpiry)
	if c.err == nil && m.LastLnImpliedRate.IsZero() {
		c.fail(&contract.MarketZeroLnImpliedRateError{})
	}
	return sy, fee, reserve
}

// write is what a market does at the end of a call: its casts to the widths that it stores.
func (c *calc) write(m *Market) {
	c.fits(m.LastLnImpliedRate, 96)
	c.fits(m.TotalPT, 127)
	c.fits(m.TotalSY, 127)
}

// SwapExactPTForSY sells ptIn of PT to the market for SY, rounded down, fee taken off. It fails as the market reverts:
// *contract.MarketExpiredError, *contract.MarketProportionTooHighError (PT above 96 % of the market),
// *contract.MarketExchangeRateBelowOneError, *contract.MarketZeroLnImpliedRateError, *contract.MarketZeroNetLPFeeError
// (a dust trade) and others of that family; *gaib.PanicError, *gaib.RevertString or *gaib.RevertError for its checks of
// arithmetic. Source: PendleMarketV7.swapExactPtForSy, MarketMathCore.
func (m *Market) SwapExactPTForSY(ptIn uint256.Int, now uint64) (Trade, error) {
	return m.sell(ptIn, now, nil)
}

// SwapSYForExactPT buys ptOut of PT from the market for SY, rounded up, fee included. It fails as
// [Market.SwapExactPTForSY] does, and with *contract.MarketInsufficientPtForTradeError.
// Source: PendleMarketV7.swapSyForExactPt, MarketMathCore.
func (m *Market) SwapSYForExactPT(ptOut uint256.Int, now uint64) (Trade, error) {
	return m.buy(ptOut, now, nil)
}

// callback is what the caller of a swap does before the market checks what it has earned.
type callback func(trade Trade) error

func (m *Market) sell(ptIn uint256.Int, now uint64, then callback) (Trade, error) {
	var c calc
	after := *m
	if m.Expired(now) {
		return Trade{}, &contract.MarketExpiredError{}
	}
	sy, fee, reserve := c.execute(&after, c.neg(c.toInt(ptIn)), now)
	trade := Trade{PT: ptIn, SY: c.toInt(sy), Fee: c.toInt(fee), Reserve: c.toInt(reserve)}
	err := m.settle(&c, &after, &trade, then)
	return trade, err
}

func (m *Market) buy(ptOut uint256.Int, now uint64, then callback) (Trade, error) {
	var c calc
	after := *m
	if m.Expired(now) {
		return Trade{}, &contract.MarketExpiredError{}
	}
	sy, fee, reserve := c.execute(&after, c.toInt(ptOut), now)
	trade := Trade{PT: ptOut, SY: c.toInt(c.neg(sy)), Fee: c.toInt(fee), Reserve: c.toInt(reserve)}
	err := m.settle(&c, &after, &trade, then)
	return trade, err
}

func (m *Market) settle(c *calc, after *Market, trade *Trade, then callback) error {
	c.write(after)
	if then != nil && c.err == nil {
		c.err = then(*trade)
	}
	toProviders := c.syToAsset(m.PYIndex, c.usub(trade.Fee, trade.Reserve))
	if c.err == nil && toProviders.IsZero() {
		c.fail(&contract.MarketZeroNetLPFeeError{})
	}
	if c.err != nil {
		*trade = Trade{}
		return c.err
	}
	*m = *after
	return nil
}

// Sell returns the SY that ptIn of PT fetches, without moving the market: the trade of [Market.SwapExactPTForSY] less its
// checks of the state afterwards. Source: MarketMathCore.calcTrade.
func (curve *Curve) Sell(ptIn uint256.Int) (Trade, error) {
	var c calc
	sy, fee, reserve := c.trade(curve, c.neg(c.toInt(ptIn)))
	trade := Trade{PT: ptIn, SY: c.toInt(sy), Fee: fee, Reserve: reserve}
	if c.err != nil {
		return Trade{}, c.err
	}
	return trade, nil
}

// Buy returns the SY that ptOut of PT costs, without moving the market: the trade of [Market.SwapSYForExactPT] less its
// checks of the state afterwards. Source: MarketMathCore.calcTrade.
func (curve *Curve) Buy(ptOut uint256.Int) (Trade, error) {
	var c calc
	sy, fee, reserve := c.trade(curve, c.toInt(ptOut))
	trade := Trade{PT: ptOut, SY: c.toInt(c.neg(sy)), Fee: fee, Reserve: reserve}
	if c.err != nil {
		return Trade{}, c.err
	}
	return trade, nil
}

// Liquidity is the outcome of adding or removing liquidity.
type Liquidity struct {
	LP      uint256.Int // minted to the account, or burned
	Reserve uint256.Int // LP minted to nobody by the first addition
	SY, PT  uint256.Int // used, or given out
}

// AddLiquidity mints LP for as much of both amounts as fits the market's proportion: LP rounds down, the amount that is
// not the limit rounds up. The first addition to an empty market takes all, leaves [MinimumLiquidity] behind and sets the
// implied rate from initialAnchor (wad), which later ones ignore. It fails with *contract.MarketExpiredError,
// *contract.MarketZeroAmountsInputError and *contract.MarketZeroAmountsOutputError.
// Source: PendleMarketV7.mint, MarketMathCore.addLiquidityCore.
func (m *Market) AddLiquidity(sy, pt uint256.Int, initialAnchor uint256.Int, now uint64) (Liquidity, error) {
	var c calc
	if m.Expired(now) {
		return Liquidity{}, &contract.MarketExpiredError{}
	}
	after := *m
	added := c.addLiquidity(&after, c.toInt(sy), c.toInt(pt))
	if c.err == nil && !added.Reserve.IsZero() {
		left := uint256.Int{m.Expiry - now}
		totalAsset := c.syToAssetSigned(m.PYIndex, after.TotalSY)
		scalar := c.rateScalar(m.ScalarRoot, left)
		after.LastLnImpliedRate = c.lnImpliedRate(after.TotalPT, totalAsset, scalar, initialAnchor, left)
	}
	c.write(&after)
	if c.err != nil {
		return Liquidity{}, c.err
	}
	*m = after
	return added, nil
}

func (c *calc) addLiquidity(m *Market, sy, pt uint256.Int) (added Liquidity) {
	if c.err == nil && (sy.IsZero() || pt.IsZero()) {
		c.fail(&contract.MarketZeroAmountsInputError{})
	}
	if c.err != nil {
		return added
	}
	if m.TotalLP.IsZero() {
		product := c.mul(sy, pt)
		if c.err != nil {
			return added
		}
		added.LP.Sqrt(&product)
		added = Liquidity{LP: c.sub(added.LP, minLiquidity), Reserve: minLiquidity, SY: sy, PT: pt}
	} else {
		byPT, bySY := c.div(c.mul(pt, m.TotalLP), m.TotalPT), c.div(c.mul(sy, m.TotalLP), m.TotalSY)
		if byPT.Slt(&bySY) {
			added = Liquidity{LP: byPT, PT: pt, SY: c.rawDivUp(c.mul(m.TotalSY, byPT), m.TotalLP)}
		} else {
			added = Liquidity{LP: bySY, SY: sy, PT: c.rawDivUp(c.mul(m.TotalPT, bySY), m.TotalLP)}
		}
	}
	if c.err == nil && (added.LP.Sign() <= 0 || added.SY.Sign() <= 0 || added.PT.Sign() <= 0) {
		c.fail(&contract.MarketZeroAmountsOutputError{})
	}
	m.TotalSY = c.add(m.TotalSY, added.SY)
	m.TotalPT = c.add(m.TotalPT, added.PT)
	m.TotalLP = c.add(m.TotalLP, c.add(added.LP, added.Reserve))
	return added
}

// RemoveLiquidity burns LP for its share of both sides, rounded down; it works after maturity as well. It fails with
// *contract.MarketZeroAmountsInputError and *contract.MarketZeroAmountsOutputError.
// Source: PendleMarketV7.burn, MarketMathCore.removeLiquidityCore.
func (m *Market) RemoveLiquidity(lp uint256.Int) (Liquidity, error) {
	var c calc
	after := *m
	c.toInt(lp)
	if c.err == nil && lp.IsZero() {
		c.fail(&contract.MarketZeroAmountsInputError{})
	}
	removed := Liquidity{LP: lp, SY: c.div(c.mul(lp, m.TotalSY), m.TotalLP), PT: c.div(c.mul(lp, m.TotalPT), m.TotalLP)}
	if c.err == nil && removed.SY.IsZero() && removed.PT.IsZero() {
		c.fail(&contract.MarketZeroAmountsOutputError{})
	}
	after.TotalLP = c.subNoNeg(m.TotalLP, lp)
	after.TotalPT = c.subNoNeg(m.TotalPT, removed.PT)
	after.TotalSY = c.subNoNeg(m.TotalSY, removed.SY)
	c.write(&after)
	if c.err != nil {
		return Liquidity{}, c.err
	}
	*m = after
	return removed, nil
}
