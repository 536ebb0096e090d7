package credit_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/stretchr/testify/require"
)

func good() (credit.Policy, credit.Application) {
	return credit.Policy{
			Rules:    credit.Published(),
			Weights:  credit.Scores{Sovereign: .1, Industry: .1, Company: .2, Management: .2, Financial: .2, Securitisation: .2},
			MinScore: 60, MinMOIC: 1.2, OnOpen: credit.Decline,
		}, credit.Application{
			Measures: credit.Measures{credit.DebtToEquity: .64, credit.CurrentRatio: 1.21, credit.DSCR: 1.36, credit.PUE: 1.49, credit.COGSToRevenue: .19,
				credit.FCFConversion: 1.01, credit.GrossMargin: .81, credit.ManagementYears: 10, credit.UnderwriterYears: 2},
			Scores: credit.Scores{Sovereign: 50, Industry: 60, Company: 70, Management: 80, Financial: 90, Securitisation: 40},
			MOIC:   1.2, Criteria: credit.Criteria{PerfectedSecurity: true, MonthlySurveillance: true, DelinquencyThresholds: true, OvercollateralCompliance: true, UnderwriterHistory: true, MonitoringData: true},
		}
}

func TestApprove(t *testing.T) {
	policy, application := good()
	d, err := credit.Decide(policy, application)
	require.NoError(t, err)
	require.Equal(t, credit.Approve, d.Outcome)
	require.InDelta(t, 5+6+14+16+18+8, d.Score, 1e-9)
	require.Empty(t, d.Reasons())
	require.Len(t, d.Findings, 9+3)
}

// The published limits themselves: at the limit a strict rule fails, and one figure at a time sends the deal to senior review.
func TestPublishedThresholds(t *testing.T) {
	for metric, limit := range map[credit.Metric]float64{credit.DebtToEquity: .65, credit.CurrentRatio: 1.2, credit.DSCR: 1.35, credit.PUE: 1.5,
		credit.COGSToRevenue: .25, credit.FCFConversion: 1, credit.GrossMargin: .8, credit.UnderwriterYears: 1.99} {
		policy, application := good()
		application.Measures[metric] = limit
		d, err := credit.Decide(policy, application)
		require.NoError(t, err)
		require.Equal(t, credit.SeniorReview, d.Outcome, metric)
		require.Len(t, d.Reasons(), 1)
		require.Equal(t, string(metric), d.Reasons()[0].Test)
		delete(application.Measures, metric)
		d, err = credit.Decide(policy, application)
		require.NoError(t, err)
		require.Equal(t, credit.SeniorReview, d.Outcome, "%s is not known", metric)
	}
}

func TestDecideReasons(t *testing.T) {
	policy, application := good()
	application.Measures[credit.ManagementYears] = 9
	d, err := credit.Decide(policy, application)
	require.NoError(t, err)
	require.Equal(t, credit.Approve, d.Outcome, "ten years are preferred, not asked for")
	require.Len(t, d.Reasons(), 1)

	application.MOIC, application.Scores.Financial = 1.1, 40 // score 57
	d, err = credit.Decide(policy, application)
	require.NoError(t, err)
	require.Equal(t, credit.SeniorReview, d.Outcome)
	require.Len(t, d.Reasons(), 3)

	application.Criteria.PerfectedSecurity, application.Criteria.MonitoringData = false, false
	d, err = credit.Decide(policy, application)
	require.NoError(t, err)
	require.Equal(t, credit.Decline, d.Outcome)
	require.Len(t, d.Reasons(), 5, "every reason, not the first")
	require.Equal(t, "decline", d.Outcome.String())
}

func TestDecideRefuses(t *testing.T) {
	for name, change := range map[string]func(*credit.Policy, *credit.Application){
		"no rules":        func(p *credit.Policy, _ *credit.Application) { p.Rules = nil },
		"weights":         func(p *credit.Policy, _ *credit.Application) { p.Weights.Company = .3 },
		"negative weight": func(p *credit.Policy, _ *credit.Application) { p.Weights.Company, p.Weights.Industry = -.1, .4 },
		"score":           func(_ *credit.Policy, a *credit.Application) { a.Scores.Company = math.NaN() },
		"measure":         func(_ *credit.Policy, a *credit.Application) { a.Measures[credit.PUE] = math.NaN() },
		"multiple":        func(_ *credit.Policy, a *credit.Application) { a.MOIC = math.NaN() },
		"limit":           func(p *credit.Policy, _ *credit.Application) { p.Rules[0].Limit = math.Inf(1) },
	} {
		policy, application := good()
		change(&policy, &application)
		_, err := credit.Decide(policy, application)
		require.ErrorIs(t, err, credit.ErrInput, name)
	}
}

func TestStatements(t *testing.T) {
	m := credit.Statements{Debt: 60, Equity: 100, CurrentAssets: 30, CurrentLiabilities: 20, Revenue: 200, COGS: 30, FreeCashFlow: 55, ConversionBase: 50}.Measures()
	require.Equal(t, credit.Measures{credit.DebtToEquity: .6, credit.CurrentRatio: 1.5, credit.COGSToRevenue: .15, credit.GrossMargin: .85, credit.FCFConversion: 1.1}, m)
	m = credit.Statements{Debt: 1}.Measures()
	require.True(t, math.IsInf(m[credit.DebtToEquity], 1), "debt without equity fails, it is not unknown")
	require.Len(t, m, 1)
}
