package gpuasset_test

import (
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
