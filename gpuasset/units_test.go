package gpuasset_test

import (
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

func money(t testing.TB, text string) gpuasset.Money {
	t.Helper()
	m, err := gpuasset.ParseMoney(text)
	require.NoError(t, err)
	return m
}

func TestMoney(t *testing.T) {
	for _, text := range []string{"0", "1", "0.000001", "1250.5", "1000000000000000000000000"} {
		require.Equal(t, text, money(t, text).String())
	}
	for _, text := range []string{"", ".", "1.", ".5", "+1", "-1", "1e3", "1,000", " 1", "1 ", "0x1", "1.0000001", "١"} {
		_, err := gpuasset.ParseMoney(text)
		require.ErrorIs(t, err, gpuasset.ErrAmount, text)
	}
	most := money(t, "1000000000000000000000000")
	require.NoError(t, most.Check())
	require.ErrorIs(t, most.Add(gpuasset.Units(1)).Check(), gpuasset.ErrTooMuch)
	require.Equal(t, money(t, "5"), gpuasset.Whole(5))
	require.Equal(t, money(t, "18446744073709551615"), gpuasset.Whole(math.MaxUint64))
	require.Equal(t, money(t, "0.000005"), gpuasset.Units(5))

	seven, half := gpuasset.Units(7), gpuasset.One/2
	require.Equal(t, gpuasset.Units(3), seven.MulDown(half))
	require.Equal(t, gpuasset.Units(4), seven.MulUp(half))
	require.Equal(t, gpuasset.Units(4), seven.MulHalfUp(half), "a tie goes up")
	require.Equal(t, gpuasset.Units(3), gpuasset.Units(5).MulHalfUp(half))
	require.True(t, gpuasset.Units(3).SubFloor(seven).IsZero())
	require.Equal(t, gpuasset.Units(4), seven.SubFloor(gpuasset.Units(3)))
	require.Equal(t, gpuasset.Units(3), seven.Min(gpuasset.Units(3)))
}

func TestFromFloat(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 0.0000004: "0", 0.0000005: "0.000001", 1250.5: "1250.5", 1e12: "1000000000000"} {
		got, err := gpuasset.FromFloat(value)
		require.NoError(t, err)
		require.Equal(t, want, got.String())
		require.InEpsilon(t, value+1, got.Float64()+1, 1e-6)
	}
	for _, value := range []float64{-1, math.NaN(), math.Inf(-1)} {
		_, err := gpuasset.FromFloat(value)
		require.ErrorIs(t, err, gpuasset.ErrAmount)
	}
	_, err := gpuasset.FromFloat(math.Inf(1))
	require.ErrorIs(t, err, gpuasset.ErrTooMuch)
}

func TestRatioAndDate(t *testing.T) {
	r, err := gpuasset.ParseRatio("0.125")
	require.NoError(t, err)
	require.Equal(t, gpuasset.Bps(1250), r)
	require.Equal(t, "0.125", r.String())
	require.Equal(t, 0.125, r.Float64())

	d, err := gpuasset.ParseDate("2026-01-31")
	require.NoError(t, err)
	require.Equal(t, "2026-02-28", d.AddMonths(1).String())
	require.Equal(t, d, gpuasset.DateOf(time.Date(2026, 2, 1, 1, 0, 0, 0, time.FixedZone("", 7200))))
	require.True(t, gpuasset.Date{}.IsZero())
	require.ErrorIs(t, gpuasset.Date{}.Check(), gpuasset.ErrDate)
}

// Months are added as package daycount does it, and to the same time.
func TestAddMonths(t *testing.T) {
	for day := gpuasset.NewDate(1968, 1, 1); day.Before(gpuasset.NewDate(2201, 1, 1)); day = gpuasset.DateOf(day.Time().AddDate(0, 0, 17)) {
		for _, months := range []int{-1300, -13, -1, 0, 1, 2, 11, 36, 1200} {
			require.True(t, daycount.AddMonths(day.Time(), months, daycount.SameDay) == day.AddMonths(months).Time(), "%s and %d months", day, months)
		}
	}
	require.True(t, gpuasset.NewDate(2024, 1, 31).AddMonths(1) == gpuasset.NewDate(2024, 2, 29))
	require.True(t, gpuasset.Date{}.AddMonths(0) == gpuasset.Date{})
}
