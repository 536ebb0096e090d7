package gpuasset_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/stretchr/testify/require"
)

func TestScheduleFigures(t *testing.T) {
	d := deal(t)
	d.Amortisation, d.TenorMonths, d.OriginationFee = gpuasset.EqualPrincipal, 24, 0
	s, err := d.Schedule(gpuasset.Course{})
	require.NoError(t, err)
	require.InDelta(t, 12.5/12, s.WAL(), 1e-6, "equal parts after 1 to 24 months")
	back, err := s.Return()
	require.NoError(t, err)
	require.InDelta(t, math.Pow(1.0125, 12)-1, back.Rate, 1e-9)
	require.True(t, back.Complete)
	moic, err := s.MOIC()
	require.NoError(t, err)
	require.InDelta(t, 1+0.0125*12.5, moic, 1e-9)

	points := s.LTV(func(day gpuasset.Date) float64 {
		if day.Before(gpuasset.NewDate(2027, 3, 1)) {
			return 20e6
		}
		return 0
	})
	require.Len(t, points, 25)
	require.Equal(t, 0.8, points[0].LTV)
	require.InDelta(t, 0.4+0.8/24, points[11].LTV, 1e-9)
	require.True(t, math.IsInf(points[12].LTV, 1), "owed on nothing")
	require.Zero(t, points[24].LTV, "nothing owed")

	rate, ok := gpuasset.AdvanceRate(d.Principal, gpuasset.Whole(20_000_000))
	require.True(t, ok)
	require.Equal(t, 0.8, rate)
}
