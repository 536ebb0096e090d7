package economics_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/stretchr/testify/require"
)

func TestDepreciation(t *testing.T) {
	for _, test := range []struct {
		method      economics.Depreciation
		years, want float64
	}{
		{economics.StraightLine{Life: 5}, 2, 0.6},
		{economics.StraightLine{Life: 5, Residual: 0.1}, 9, 0.1},
		{economics.Declining{PerYear: 0.2}, 2, 0.64},
		// Sum of the years' digits over 5 years writes 5/15, 4/15, 3/15, 2/15, 1/15 off.
		{economics.SumOfYears{Life: 5}, 1, 10.0 / 15},
		{economics.SumOfYears{Life: 5}, 2, 6.0 / 15},
		{economics.SumOfYears{Life: 5}, 5, 0},
		{economics.SumOfYears{Life: 5}, 0.5, 12.5 / 15},
		{economics.ImpliedDecay(8, 2, 2), 1, 0.5},
		{economics.SpotWire().Vintages, 0, 1},
		{economics.SpotWire().Vintages, 1, 0.78},
		{economics.SpotWire().Vintages, 1.5, 0.69},
		{economics.SpotWire().Vintages, 40, 0.35},
		{economics.Vintages{0.9}, 3, 0.9},
		{economics.Vintages{}, 3, 0},
		{economics.SpotWire().Vintages, math.NaN(), 1},
		{economics.SpotWire().Vintages, -1, 1},
		{economics.StraightLine{Residual: .2}, 1, .2},
		{economics.SumOfYears{}, 1, 0},
	} {
		require.InDelta(t, test.want, test.method.Remaining(test.years), 1e-12, "%#v at %v", test.method, test.years)
	}
}

func TestLiquidationValue(t *testing.T) {
	grid := economics.SpotWire()
	auction := grid.Channels[2]
	value := economics.MarketValue(100, 20_000, grid.Vintages, 2, grid.Condition[1], auction)
	require.InDelta(t, 100*20_000*.60*.85*.65, value, 1e-6)
	sale := economics.Liquidation{Factor: 0.9, Cost: 0.05, Rate: 0.1, Days: 365}
	require.InDelta(t, value*0.9*0.95/1.1, sale.OrderlyValue(value), 1e-6)
}
