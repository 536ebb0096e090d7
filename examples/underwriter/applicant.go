package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

//go:embed applicant.json
var sampleApplicant []byte

// applicant is what a credit committee knows of a borrower beside the deal, and what it asks for.
type applicant struct {
	Label              string   `json:"label"`
	Debt               float64  `json:"debt"`
	Equity             float64  `json:"equity"`
	CurrentAssets      float64  `json:"current_assets"`
	CurrentLiabilities float64  `json:"current_liabilities"`
	FreeCashFlow       float64  `json:"free_cash_flow"`
	NetIncome          float64  `json:"net_income"`
	ManagementYears    float64  `json:"management_years"`
	UnderwriterYears   float64  `json:"underwriter_years"`
	Scores             scores   `json:"scores"`
	Weights            scores   `json:"weights"`
	MinimumScore       float64  `json:"minimum_score"`
	MinimumMOIC        float64  `json:"minimum_moic"`
	Criteria           []string `json:"criteria"` // of tokenisation, those that are met
}

type scores struct {
	Sovereign      float64 `json:"sovereign"`
	Industry       float64 `json:"industry"`
	Company        float64 `json:"company"`
	Management     float64 `json:"management"`
	Financial      float64 `json:"financial"`
	Securitisation float64 `json:"securitisation"`
}

func parseApplicant(text []byte) (*applicant, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	a := new(applicant)
	if err := decoder.Decode(a); err != nil {
		return nil, fmt.Errorf("applicant: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("applicant: something follows the object")
	}
	for _, name := range a.Criteria {
		if !slices.Contains((credit.Criteria{}).Open(), name) {
			return nil, fmt.Errorf("applicant: criteria: there is no %.80q; there are %q", name, (credit.Criteria{}).Open())
		}
	}
	return a, nil
}

// decide holds a deal to the published thresholds. Without an applicant only the rules that the deal itself answers can pass.
func (a *applicant) decide(d *dealAnalysis, year []economics.Month) (credit.Decision, error) {
	var gross, costs float64
	for _, month := range year {
		gross += month.Gross()
		costs += month.Gross() - month.EBITDA
	}
	measures := credit.Statements{Revenue: gross, COGS: costs}.Measures()
	delete(measures, credit.DebtToEquity)
	policy := credit.Policy{Rules: credit.Published(), Weights: credit.Scores{Company: 1}}
	application := credit.Application{MOIC: d.MOIC}
	if a != nil {
		measures = credit.Statements{Debt: a.Debt, Equity: a.Equity, CurrentAssets: a.CurrentAssets, CurrentLiabilities: a.CurrentLiabilities,
			Revenue: gross, COGS: costs, FreeCashFlow: a.FreeCashFlow, ConversionBase: a.NetIncome}.Measures()
		measures[credit.ManagementYears], measures[credit.UnderwriterYears] = a.ManagementYears, a.UnderwriterYears
		policy.Weights, policy.MinScore, policy.MinMOIC, policy.OnOpen = credit.Scores(a.Weights), a.MinimumScore, a.MinimumMOIC, credit.Decline
		application.Scores = credit.Scores(a.Scores)
		met := func(name string) bool { return slices.Contains(a.Criteria, name) }
		application.Criteria = credit.Criteria{
			PerfectedSecurity: met("perfected security interest"), MonthlySurveillance: met("monthly surveillance reporting"), DelinquencyThresholds: met("defined delinquency thresholds"),
			OvercollateralCompliance: met("overcollateralisation compliance"), UnderwriterHistory: met("two years of origination history"), MonitoringData: met("monitoring data"),
		}
	}
	measures[credit.DSCR], measures[credit.PUE] = d.Result.MinDSCR, d.Cluster.PUE.Float64()
	application.Measures = measures
	decision, err := credit.Decide(policy, application)
	if a == nil {
		// Score, multiple and tokenisation were not asked for.
		decision.Findings = decision.Findings[:len(policy.Rules)]
	}
	return decision, err
}

func tenToThe12() *uint256.Int { return uint256.NewInt(1_000_000_000_000) }
