package credit_test

import (
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/stretchr/testify/require"
)

var limits = credit.DayLimits{Late30: 30, Late60: 60, Late90: 90, Default: 120}

func TestDelinquency(t *testing.T) {
	for days, want := range map[int]credit.Delinquency{0: credit.Current, 29: credit.Current, 30: credit.Late30, 59: credit.Late30, 60: credit.Late60,
		90: credit.Late90, 119: credit.Late90, 120: credit.Defaulted, 9999: credit.Defaulted} {
		require.Equal(t, want, limits.State(days), days)
	}
	for days, want := range map[int]credit.Stage{0: credit.Stage1, 29: credit.Stage1, 30: credit.Stage2, 89: credit.Stage2, 90: credit.Stage3} {
		require.Equal(t, want, credit.StageOf(days, false), days)
	}
	require.Equal(t, credit.Stage2, credit.StageOf(0, true))
	require.Equal(t, credit.Stage3, credit.StageOf(90, true))
	require.Equal(t, "default", credit.Defaulted.String())
}

func TestMonitor(t *testing.T) {
	closing := gpuasset.NewDate(2026, 3, 1)
	covenants := gpuasset.Covenants{MinDSCR: gpuasset.Bps(13500), MaxLTV: gpuasset.Bps(7500), MinOvercollateral: gpuasset.Bps(3000), MaxPUE: gpuasset.Bps(15000), SurveillanceEveryDays: 31}
	m, err := credit.NewMonitor(closing, covenants, limits,
		credit.Trigger{Figure: credit.FigureDSCR, Below: 1.2, Action: credit.CashTrap}, credit.Trigger{Figure: credit.FigureOvercollateral, Below: .2, Action: credit.TurboSenior})
	require.NoError(t, err)
	healthy := credit.Report{Date: gpuasset.NewDate(2026, 4, 1), CashFlow: 150, Service: 100, Balance: gpuasset.Whole(70), Collateral: gpuasset.Whole(100), PUE: 1.3}
	s, err := m.Add(healthy)
	require.NoError(t, err)
	require.Len(t, s.Tests, 5)
	require.Empty(t, s.Breaches())
	require.Empty(t, s.Triggers)
	require.Equal(t, credit.Current, s.State)

	_, err = m.Add(healthy)
	require.ErrorIs(t, err, credit.ErrTwice)
	early := healthy
	early.Date = gpuasset.NewDate(2026, 3, 31)
	_, err = m.Add(early)
	require.ErrorIs(t, err, credit.ErrOrder)
	bad := healthy
	bad.Date, bad.DaysPastDue = gpuasset.NewDate(2026, 5, 1), -1
	_, err = m.Add(bad)
	require.ErrorIs(t, err, credit.ErrInput)

	// 32 days later, DSCR 1.1, 80 owed on 92: LTV 87 %, over-collateral 15 %.
	sick := credit.Report{Date: gpuasset.NewDate(2026, 5, 3), DaysPastDue: 61, CashFlow: 110, Service: 100, Balance: gpuasset.Whole(80), Collateral: gpuasset.Whole(92), PUE: 1.6}
	s, err = m.Add(sick)
	require.NoError(t, err)
	require.Len(t, s.Breaches(), 5)
	require.Len(t, s.Triggers, 2)
	require.Equal(t, credit.Late60, s.State)
	require.Equal(t, credit.Stage2, s.Stage)

	// At its limit a trigger does not act yet.
	edge, err := credit.NewMonitor(closing, gpuasset.Covenants{}, limits,
		credit.Trigger{Figure: credit.FigureDSCR, Below: 1.5, Action: credit.CashTrap}, credit.Trigger{Figure: credit.FigureOvercollateral, Below: .25, Action: credit.TurboSenior})
	require.NoError(t, err)
	s, err = edge.Add(credit.Report{Date: gpuasset.NewDate(2026, 4, 1), CashFlow: 150, Service: 100, Balance: gpuasset.Whole(80), Collateral: gpuasset.Whole(100)})
	require.NoError(t, err)
	require.Empty(t, s.Triggers)
	require.Empty(t, s.Tests, "no covenants, no tests")

	// Nothing due and nothing owed is no breach.
	s, err = m.Add(credit.Report{Date: gpuasset.NewDate(2026, 6, 1)})
	require.NoError(t, err)
	require.Len(t, s.Tests, 1, "only the interval")
	require.Empty(t, s.Breaches())

	_, err = credit.NewMonitor(closing, covenants, credit.DayLimits{Late30: 30, Late60: 30, Late90: 90, Default: 120})
	require.ErrorIs(t, err, credit.ErrInput)
	_, err = credit.NewMonitor(closing, covenants, limits, credit.Trigger{Figure: credit.FigurePUE})
	require.ErrorIs(t, err, credit.ErrInput)
}

func TestExpectedLoss(t *testing.T) {
	periods := []credit.Exposure{{Years: 1, PD: .02, LGD: .4, EAD: 1000}, {Years: 2, PD: .03, LGD: .5, EAD: 500}}
	for stage, want := range map[credit.Stage]float64{
		credit.Stage1: .02 * .4 * 1000 / 1.1,
		credit.Stage2: .02*.4*1000/1.1 + .03*.5*500/1.21,
		credit.Stage3: .4 * 1000 / 1.1,
	} {
		got, err := credit.ExpectedLoss(stage, .1, periods)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-9)
	}
	require.InDelta(t, 0.0951625820, credit.MarginalPD(.1, 0, 1), 1e-9, "1 - e^-0.1")
	require.InDelta(t, .25, credit.LGD(100, 60, 5, 10, 0), 1e-12)
	require.Zero(t, credit.LGD(100, 200, 0, 0, 0))
	for name, bad := range map[string][]credit.Exposure{"none": nil, "order": {{Years: 2}, {Years: 1}}, "PD": {{PD: .6}, {PD: .6}}, "LGD": {{LGD: 2}}, "EAD": {{EAD: -1}}} {
		_, err := credit.ExpectedLoss(credit.Stage2, .1, bad)
		require.ErrorIs(t, err, credit.ErrInput, name)
	}
}
