package pendle_test

import (
	"math"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/pendle"
)

// ln(1.1) is the pool's implied rate: 10 % a year, so PT is 1/1.1 of its asset and YT 1/11.
func TestImpliedAPY(t *testing.T) {
	apy, err := pendle.ImpliedAPY(pool().LastLnImpliedRate)
	require.NoError(t, err)
	require.InDelta(t, 0.10, apy.Value, 1e-15)
	_, err = pendle.ImpliedAPY(uint256.Int{0, 0, 0, 1 << 62})
	require.ErrorIs(t, err, yield.ErrRange)
}

func TestLongYield(t *testing.T) {
	m := pool()
	l, err := m.LongYield(m.LastLnImpliedRate, 0, now)
	require.NoError(t, err)
	require.InDelta(t, 1.0/11, l.Price, 1e-15)
	require.InDelta(t, 11, l.Leverage, 1e-12)
	require.InDelta(t, 0.10, l.Matches.Value, 1e-13)
	require.InDelta(t, 1.0/11, l.Recovers.Value, 1e-13)
	// Tomorrow's price of YT is 1 - 1.1^(-364/365).
	require.InDelta(t, 1-(1-math.Pow(1.1, -364.0/365))*11, l.Decay, 1e-12)

	l, err = m.LongYield(m.LastLnImpliedRate, 0.03, now)
	require.NoError(t, err)
	// 0.97 g = 0.97 + (1/11)(1 + g) has g + 1 = 0.97 / (0.97 - 1/11).
	require.InDelta(t, 0.97/(0.97-1.0/11)-1, l.Matches.Value, 1e-13)
	require.InDelta(t, 1.0/11/0.97, l.Recovers.Value, 1e-13)
	for _, c := range []struct{ apy, want float64 }{
		{0.20, 0.20*0.97*11 - 1}, {0, -1}, {-0.5, -1}, {l.Recovers.Value, 0},
	} {
		got, err := l.Return(c.apy)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 1e-12)
	}

	for _, fee := range []float64{-0.1, 1, math.NaN(), math.Inf(1)} {
		_, err = m.LongYield(m.LastLnImpliedRate, fee, now)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	for _, apy := range []float64{-1, -2, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err = l.Return(apy)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	_, err = m.LongYield(uint256.Int{}, 0, now)
	require.ErrorIs(t, err, yield.ErrInput)
	_, err = m.LongYield(wad(10), 0.5, now)
	require.ErrorIs(t, err, yield.ErrRange)
	_, err = m.LongYield(m.LastLnImpliedRate, 0, expiry)
	require.ErrorIs(t, err, pendle.ErrMature)
}

func TestFixedYield(t *testing.T) {
	m := pool()
	small, err := m.FixedYield(wad(1), now)
	require.NoError(t, err)
	require.InDelta(t, 0.10, small.Implied.Value, 1e-12)
	// The fee takes e^0.002 off the exchange rate: 1.1 / e^0.002 - 1, less the impact of one part in a million.
	require.InDelta(t, 1.1/math.Exp(0.002)-1, small.APY.Value, 1e-6)
	large, err := m.FixedYield(wad(300_000), now)
	require.NoError(t, err)
	require.Less(t, large.APY.Value, small.APY.Value)
	require.Less(t, large.After.Value, large.Implied.Value)
	require.Equal(t, pool(), m)
	_, err = m.FixedYield(wad(1), expiry)
	require.ErrorIs(t, err, pendle.ErrMature)
	_, err = m.FixedYield(uint256.Int{}, now)
	require.Error(t, err)
}

func TestLPYield(t *testing.T) {
	m := pool()
	// 1,000,000 PT at 1/1.1 are 909,090.9 of asset beside 1,995,000: fees of 100 SY a week on 2,765,800.87 SY.
	l, err := m.LPYield(0.08, wad(100), 7, 0.02, now)
	require.NoError(t, err)
	weight := (1e6 / 1.1) / (1e6/1.1 + 1.9e6*1.05)
	require.InDelta(t, weight, l.PTWeight, 1e-12)
	require.InDelta(t, weight*0.10, l.Fixed, 1e-12)
	require.InDelta(t, (1-weight)*0.08, l.Underlying, 1e-12)
	require.InDelta(t, 100*365.0/7/(1e6/1.1/1.05+1.9e6), l.Fees, 1e-12)
	require.InDelta(t, l.Fixed+l.Underlying+l.Fees+0.02, l.Total(), 1e-15)
	for _, bad := range [][3]float64{{-1, 7, 0}, {0.1, 0, 0}, {0.1, -1, 0}, {math.NaN(), 7, 0}, {0.1, math.NaN(), 0}, {0.1, 7, math.NaN()}, {0.1, math.Inf(1), 0}} {
		_, err = m.LPYield(bad[0], wad(100), bad[1], bad[2], now)
		require.ErrorIs(t, err, yield.ErrInput)
	}
	_, err = m.LPYield(0.08, wad(100), 7, 0, expiry+1)
	require.ErrorIs(t, err, pendle.ErrMature)
}

func TestRoll(t *testing.T) {
	m, next := pool(), pool()
	next.Expiry += pendle.Year / 2
	r, err := m.Roll(wad(1000), next, now)
	require.NoError(t, err)
	require.Equal(t, pool(), m)
	require.Greater(t, r.Given.Value, 0.10, "selling pays the fee")
	require.Less(t, r.Taken.Value, 0.10)
	require.False(t, r.Bought.SY.Gt(&r.Sold.SY))
	// After maturity PT is redeemed at par.
	later := uint64(expiry + 3600)
	next.Expiry = later + pendle.Year
	r, err = m.Roll(wad(1050), next, later)
	require.NoError(t, err)
	require.Equal(t, wad(1000), r.Sold.SY)
	require.InDelta(t, 0.10, r.Taken.Value, 0.003)
	_, err = m.Roll(wad(1), pool(), now)
	require.ErrorIs(t, err, yield.ErrInput)
}
