package lending

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLeverageAnalytics(t *testing.T) {
	health, err := HealthAtLeverage(0.8, 5)
	require.NoError(t, err)
	require.InDelta(t, 1, health, 1e-15) // at leverage 1/(1-LT) the health is 1
	health, err = HealthAtLeverage(0.92, 4)
	require.NoError(t, err)
	require.InDelta(t, 0.92*4/3, health, 1e-15)
	health, err = HealthAtLeverage(0.8, 1)
	require.NoError(t, err)
	require.True(t, math.IsInf(health, 1))
	leverage, err := LeverageForHealth(0.8, 1.05)
	require.NoError(t, err)
	require.InDelta(t, 4.2, leverage, 1e-12)
	_, err = LeverageForHealth(0.8, 0.8)
	require.ErrorIs(t, err, ErrUnbounded)
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		_, err = HealthAtLeverage(bad, 2)
		require.ErrorIs(t, err, ErrFloat)
		_, err = HealthAtLeverage(0.8, bad)
		require.ErrorIs(t, err, ErrFloat)
		_, err = LeverageForHealth(bad, 2)
		require.ErrorIs(t, err, ErrFloat)
	}
	_, err = LeverageForHealth(0.8, math.NaN())
	require.ErrorIs(t, err, ErrFloat)
}

func TestTimeToLiquidation(t *testing.T) {
	health := func(wad uint64) Factor { return Factor{Wad: u(wad)} }
	// Debt doubles each year, collateral stands still, health 4: two years.
	c, err := TimeToLiquidation(health(4e18), 0, 1)
	require.NoError(t, err)
	require.InDelta(t, 2, c.Years, 1e-12)
	// Grown step by step, the two legs meet there.
	c, err = TimeToLiquidation(health(1_100_000_000_000_000_000), 0.08, 0.12)
	require.NoError(t, err)
	require.InDelta(t, math.Pow(1.12, c.Years), 1.1*math.Pow(1.08, c.Years), 1e-12)
	for _, c := range []struct {
		health         Factor
		supply, borrow float64
		want           CarryTime
	}{
		{Factor{Infinite: true}, 0, 1, CarryTime{Never: true}},
		{health(2e18), 0.1, 0.1, CarryTime{Never: true}},
		{health(2e18), 0.2, 0.1, CarryTime{Never: true}},
		{health(1e18), 0.2, 0.1, CarryTime{Never: true}},
		{health(1e18 - 1), 0.2, 0.1, CarryTime{}},
		{health(1e18), 0, 0.1, CarryTime{}},
	} {
		got, err := TimeToLiquidation(c.health, c.supply, c.borrow)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1} {
		_, err := TimeToLiquidation(health(2e18), bad, 0.1)
		require.ErrorIs(t, err, ErrFloat)
		_, err = TimeToLiquidation(health(2e18), 0.1, bad)
		require.ErrorIs(t, err, ErrFloat)
	}
}
