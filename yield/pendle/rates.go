package pendle

import "github.com/holiman/uint256"

// Rates are the prices of a market's tokens at one implied rate, wad per token: in units of the asset, taking into
// account that the SY may be worth less than its high-water mark, and in SY.
type Rates struct {
	PTToAsset, YTToAsset, LPToAsset uint256.Int
	PTToSY, YTToSY, LPToSY          uint256.Int
}

// Rates returns the prices at a ln implied rate: [Market.LastLnImpliedRate] for the spot price, or a time-weighted one,
// see [Observations.LnImpliedRate]. PT is e^(-rate * time) of its asset, 1 after maturity; YT is 1 - PT; LP is what the
// pool would hold after a trade to that rate. Each division rounds down. It fails as [Market.Curve] does, and with
// *gaib.PanicError on a market without LP. Source: PendlePYLpOracle, PendlePYOracleLib, PendleLpOracleLib.
func (m *Market) Rates(lnRate uint256.Int, now uint64) (Rates, error) {
	var c calc
	var r Rates
	pt := c.ptToAsset(m, lnRate, now)
	yt := c.usub(one, pt)
	lp := c.lpToAsset(m, lnRate, now)
	// The asset that a claim on one asset is good for: less than one when the SY has lost.
	index := m.SYRate
	if m.SYRate.Lt(&m.PYIndex) {
		index = m.PYIndex
	}
	asset := func(raw uint256.Int) uint256.Int {
		if !m.SYRate.Lt(&m.PYIndex) {
			return raw
		}
		return c.udiv(c.umul(raw, m.SYRate), m.PYIndex)
	}
	r.PTToAsset, r.YTToAsset, r.LPToAsset = asset(pt), asset(yt), asset(lp)
	r.PTToSY, r.YTToSY, r.LPToSY = c.udivDown(pt, index), c.udivDown(yt, index), c.udivDown(lp, index)
	if c.err != nil {
		return Rates{}, c.err
	}
	return r, nil
}

// PTToAsset returns the price of PT in its asset at a ln implied rate, wad, see [Market.Rates]: the one a lending market
// values PT by. Source: PendlePYOracleLib.getPtToAssetRate.
func (m *Market) PTToAsset(lnRate uint256.Int, now uint64) (uint256.Int, error) {
	var c calc
	pt := c.ptToAsset(m, lnRate, now)
	if m.SYRate.Lt(&m.PYIndex) {
		pt = c.udiv(c.umul(pt, m.SYRate), m.PYIndex)
	}
	return pt, c.err
}

func (c *calc) ptToAsset(m *Market, lnRate uint256.Int, now uint64) uint256.Int {
	if m.Expired(now) {
		return one
	}
	return c.udivDown(one, c.toInt(c.rateFromImplied(lnRate, uint256.Int{m.Expiry - now})))
}

// lpToAsset is PendleLpOracleLib._getLpToAssetRateRaw.
func (c *calc) lpToAsset(m *Market, lnRate uint256.Int, now uint64) uint256.Int {
	var total uint256.Int
	if m.Expired(now) {
		total = c.add(m.TotalPT, c.syToAssetSigned(m.PYIndex, m.TotalSY))
	} else {
		curve := c.curve(m, now)
		oracle := c.rateFromImplied(lnRate, curve.timeToExpiry)
		last := c.rateFromImplied(m.LastLnImpliedRate, curve.timeToExpiry)
		hypothetical := c.div(c.add(last, oracle), uint256.Int{2})
		// The trade that would bring the pool to the oracle's rate.
		odds := c.exp(c.mulDown(curve.rateScalar, c.sub(oracle, curve.rateAnchor)))
		size := c.divDown(c.sub(c.mulDown(odds, curve.totalAsset), m.TotalPT), c.add(one, c.divDown(odds, hypothetical)))
		total = c.add(c.sub(curve.totalAsset, c.divDown(size, hypothetical)), c.divDown(c.add(m.TotalPT, size), oracle))
	}
	return c.toInt(c.divDown(total, m.TotalLP))
}
