package gpuasset_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/stretchr/testify/require"
)

func TestIndexPrice(t *testing.T) {
	x, ok := sample(t).Index("sample-h100")
	require.True(t, ok)
	for _, test := range []struct {
		date, price  string
		extrapolated bool
	}{
		{"2024-10-01", "2.99", false},
		{"2025-10-01", "1.7", false},
		{"2025-12-15", "2.022847", false}, // 1.7 + 0.65 * 75/151 = 2.0228476...
		{"2026-03-01", "2.35", false},
		{"2030-01-01", "2.35", true},
	} {
		day, err := gpuasset.ParseDate(test.date)
		require.NoError(t, err)
		price, extrapolated, err := x.Price(day)
		require.NoError(t, err)
		require.Equal(t, test.price, price.String(), test.date)
		require.Equal(t, test.extrapolated, extrapolated, test.date)
	}
	_, _, err := x.Price(gpuasset.NewDate(2024, 9, 30))
	require.ErrorIs(t, err, gpuasset.ErrNoPrice)
}

func TestDepreciation(t *testing.T) {
	for _, test := range []struct {
		method      gpuasset.Depreciation
		years, want float64
	}{
		{gpuasset.StraightLine{Life: 5}, 2, 0.6},
		{gpuasset.StraightLine{Life: 5, Residual: 0.1}, 9, 0.1},
		{gpuasset.Declining{PerYear: 0.2}, 2, 0.64},
		// Sum of the years' digits over 5 years writes 5/15, 4/15, 3/15, 2/15, 1/15 off.
		{gpuasset.SumOfYears{Life: 5}, 1, 10.0 / 15},
		{gpuasset.SumOfYears{Life: 5}, 2, 6.0 / 15},
		{gpuasset.SumOfYears{Life: 5}, 5, 0},
		{gpuasset.SumOfYears{Life: 5}, 0.5, 12.5 / 15},
		{gpuasset.ImpliedDecay(8, 2, 2), 1, 0.5},
		{gpuasset.SpotWire().Vintages, 0, 1},
		{gpuasset.SpotWire().Vintages, 1, 0.78},
		{gpuasset.SpotWire().Vintages, 1.5, 0.69},
		{gpuasset.SpotWire().Vintages, 40, 0.35},
		{gpuasset.Vintages{0.9}, 3, 0.9},
		{gpuasset.Vintages{}, 3, 0},
		{gpuasset.SpotWire().Vintages, math.NaN(), 1},
		{gpuasset.SpotWire().Vintages, -1, 1},
		{gpuasset.StraightLine{Residual: .2}, 1, .2},
		{gpuasset.SumOfYears{}, 1, 0},
	} {
		require.InDelta(t, test.want, test.method.Remaining(test.years), 1e-12, "%#v at %v", test.method, test.years)
	}
}

func TestLiquidationValue(t *testing.T) {
	grid := gpuasset.SpotWire()
	auction := grid.Channels[2]
	value := gpuasset.MarketValue(100, 20_000, grid.Vintages, 2, grid.Condition[1], auction)
	require.InDelta(t, 100*20_000*.60*.85*.65, value, 1e-6)
	sale := gpuasset.Liquidation{Factor: 0.9, Cost: 0.05, Rate: 0.1, Days: 365}
	require.InDelta(t, value*0.9*0.95/1.1, sale.OrderlyValue(value), 1e-6)
}

func TestCatalogue(t *testing.T) {
	watts := map[string]int{}
	for _, model := range gpuasset.Models() {
		require.NotContains(t, watts, model.ID)
		watts[model.ID] = model.BoardPowerW
		require.NotEmpty(t, model.Source)
	}
	// Published board power: A100 0.4 kW, H100 and H200 0.7, B200 1.0.
	require.Subset(t, watts, map[string]int{"A100": 400, "H100": 700, "H200": 700, "B200": 1000})
	for _, id := range []string{"B300", "GB200", "GB300"} {
		require.Contains(t, watts, id)
	}
}
