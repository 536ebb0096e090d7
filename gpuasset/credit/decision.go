package credit

import (
	"errors"
	"fmt"
	"math"
)

// ErrInput: a number is not finite or out of range, weights do not add up to 1, or a policy is incomplete. The text says which.
var ErrInput = errors.New("credit: invalid input")

// Metric is a figure that a rule tests.
type Metric string

// Metrics of the published criteria.
const (
	DebtToEquity     Metric = "debt to equity"
	CurrentRatio     Metric = "current ratio"
	DSCR             Metric = "DSCR"
	PUE              Metric = "PUE"
	COGSToRevenue    Metric = "COGS to revenue"
	FCFConversion    Metric = "free cash flow conversion"
	GrossMargin      Metric = "gross margin"
	ManagementYears  Metric = "years of management record"
	UnderwriterYears Metric = "years of underwriter's origination history"
)

// Measures are the figures of an applicant. What is not in it counts as not known, which fails a rule.
type Measures map[Metric]float64

// Statements are the figures of financial statements that metrics are made of, in one currency.
type Statements struct {
	Debt, Equity                      float64
	CurrentAssets, CurrentLiabilities float64
	Revenue, COGS                     float64
	// FreeCashFlow / ConversionBase is the conversion. GAIB does not say what it divides by; net income is usual where more than 1 is asked.
	FreeCashFlow, ConversionBase float64
}

// Measures returns debt/equity (infinite if there is no equity), current assets/liabilities, COGS/revenue, gross margin
// = 1 - COGS/revenue and free cash flow/base. A quotient by zero, or by a base that is negative, is left out.
func (s Statements) Measures() Measures {
	m := Measures{DebtToEquity: math.Inf(1)}
	if s.Equity > 0 {
		m[DebtToEquity] = s.Debt / s.Equity
	}
	if s.CurrentLiabilities > 0 {
		m[CurrentRatio] = s.CurrentAssets / s.CurrentLiabilities
	}
	if s.Revenue > 0 {
		m[COGSToRevenue] = s.COGS / s.Revenue
		m[GrossMargin] = 1 - s.COGS/s.Revenue
	}
	if s.ConversionBase > 0 {
		m[FCFConversion] = s.FreeCashFlow / s.ConversionBase
	}
	return m
}

// Outcome is a decision. The worst of several counts.
type Outcome uint8

// Outcomes from best to worst.
const (
	Approve Outcome = iota
	SeniorReview
	Decline
)

// String returns "approve", "senior review" or "decline".
func (o Outcome) String() string {
	switch o {
	case Approve:
		return "approve"
	case SeniorReview:
		return "senior review"
	}
	return "decline"
}

// Comparison is how a metric must stand to a limit.
type Comparison uint8

// Comparisons.
const (
	Below Comparison = iota
	Above
	AtLeast
)

// String returns "<", ">" or ">=".
func (c Comparison) String() string { return [...]string{"<", ">", ">="}[min(c, AtLeast)] }

func (c Comparison) holds(value, limit float64) bool {
	switch c {
	case Below:
		return value < limit
	case Above:
		return value > limit
	}
	return value >= limit
}

// Rule is one threshold, and what it means to miss it. OnFail Approve only notes it.
type Rule struct {
	Metric Metric
	Is     Comparison
	Limit  float64
	OnFail Outcome
}

// Published returns the thresholds of GAIB's credit risk analysis criteria (2025) and the underwriter's two years of its
// tokenisation criteria. Whoever misses one goes to senior review; the record of management is "preferred" and only noted. Two of
// them say nearly the same: a gross margin above 80 % is a COGS below 20 % of revenue.
func Published() []Rule {
	return []Rule{
		{DebtToEquity, Below, 0.65, SeniorReview},
		{CurrentRatio, Above, 1.2, SeniorReview},
		{DSCR, Above, 1.35, SeniorReview},
		{PUE, Below, 1.5, SeniorReview},
		{COGSToRevenue, Below, 0.25, SeniorReview},
		{FCFConversion, Above, 1, SeniorReview},
		{GrossMargin, Above, 0.8, SeniorReview},
		{ManagementYears, AtLeast, 10, Approve},
		{UnderwriterYears, AtLeast, 2, SeniorReview},
	}
}

// Scores holds a value for each of the six risks of GAIB's score.
type Scores struct {
	Sovereign, Industry, Company, Management, Financial, Securitisation float64
}

func (s Scores) list() [6]float64 {
	return [6]float64{s.Sovereign, s.Industry, s.Company, s.Management, s.Financial, s.Securitisation}
}

// Weighted returns the sum of score * weight. It fails with [ErrInput] unless scores are finite, weights are 0 to 1 and these add up to 1
// to within 1e-9.
func (s Scores) Weighted(weights Scores) (float64, error) {
	score, total := 0.0, 0.0
	w := weights.list()
	for i, value := range s.list() {
		if !finite(value) || !(w[i] >= 0 && w[i] <= 1) {
			return 0, fmt.Errorf("%w: risk %d has score %v and weight %v", ErrInput, i+1, value, w[i])
		}
		score, total = score+value*w[i], total+w[i]
	}
	if math.Abs(total-1) > 1e-9 {
		return 0, fmt.Errorf("%w: weights add up to %v, not 1", ErrInput, total)
	}
	return score, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Criteria are the published criteria for the tokenisation of a loan.
type Criteria struct {
	PerfectedSecurity        bool // the security interest in the GPUs is perfected
	MonthlySurveillance      bool // the participation agreement has monthly surveillance reporting
	DelinquencyThresholds    bool // it defines them
	OvercollateralCompliance bool // it demands it
	UnderwriterHistory       bool // at least two years of origination
	MonitoringData           bool // the underwriter has them
}

// Open returns what is not met.
func (c Criteria) Open() []string {
	var open []string
	for _, criterion := range []struct {
		met  bool
		name string
	}{
		{c.PerfectedSecurity, "perfected security interest"},
		{c.MonthlySurveillance, "monthly surveillance reporting"},
		{c.DelinquencyThresholds, "defined delinquency thresholds"},
		{c.OvercollateralCompliance, "overcollateralisation compliance"},
		{c.UnderwriterHistory, "two years of origination history"},
		{c.MonitoringData, "monitoring data"},
	} {
		if !criterion.met {
			open = append(open, criterion.name)
		}
	}
	return open
}

// Policy is what a credit committee has set.
type Policy struct {
	Rules    []Rule
	Weights  Scores
	MinScore float64 // below it: senior review, as published
	MinMOIC  float64 // below it: senior review
	OnOpen   Outcome // of a tokenisation criterion that is not met
}

// Application is what is known of a deal.
type Application struct {
	Measures Measures
	Scores   Scores
	MOIC     float64
	Criteria Criteria
}

// Finding is one test and how it came out.
type Finding struct {
	Test    string
	Passed  bool
	Outcome Outcome // that it calls for
	Text    string
}

// Decision is the worst outcome of all findings, with all of them.
type Decision struct {
	Outcome  Outcome
	Score    float64
	Findings []Finding
}

// Reasons returns the findings that did not pass.
func (d Decision) Reasons() []Finding {
	var failed []Finding
	for _, finding := range d.Findings {
		if !finding.Passed {
			failed = append(failed, finding)
		}
	}
	return failed
}

func (d *Decision) add(test string, passed bool, onFail Outcome, format string, args ...any) {
	outcome := Approve
	if !passed {
		outcome = onFail
	}
	d.Findings = append(d.Findings, Finding{test, passed, outcome, fmt.Sprintf(format, args...)})
	d.Outcome = max(d.Outcome, outcome)
}

// Decide holds an application against a policy: every rule, the weighted score, the multiple and every tokenisation criterion. It fails
// with [ErrInput] for a policy without rules, bad scores or weights, and a measure or multiple that is not a number.
func Decide(policy Policy, application Application) (Decision, error) {
	if len(policy.Rules) == 0 {
		return Decision{}, fmt.Errorf("%w: a policy needs rules, such as Published()", ErrInput)
	}
	if math.IsNaN(application.MOIC) || !finite(policy.MinScore) || !finite(policy.MinMOIC) {
		return Decision{}, fmt.Errorf("%w: MOIC %v, minimum %v, minimum score %v", ErrInput, application.MOIC, policy.MinMOIC, policy.MinScore)
	}
	score, err := application.Scores.Weighted(policy.Weights)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Score: score}
	for _, rule := range policy.Rules {
		value, known := application.Measures[rule.Metric]
		switch {
		case math.IsNaN(value) || !finite(rule.Limit):
			return Decision{}, fmt.Errorf("%w: %s is %v, limit %v", ErrInput, rule.Metric, value, rule.Limit)
		case !known:
			d.add(string(rule.Metric), false, rule.OnFail, "not known, want %s %v", rule.Is, rule.Limit)
		default:
			d.add(string(rule.Metric), rule.Is.holds(value, rule.Limit), rule.OnFail, "%.4g, want %s %v", value, rule.Is, rule.Limit)
		}
	}
	d.add("weighted score", score >= policy.MinScore, SeniorReview, "%.4g, want >= %v", score, policy.MinScore)
	d.add("MOIC", application.MOIC >= policy.MinMOIC, SeniorReview, "%.4g, want >= %v", application.MOIC, policy.MinMOIC)
	open := application.Criteria.Open()
	for _, criterion := range open {
		d.add("tokenisation", false, policy.OnOpen, "not met: %s", criterion)
	}
	if len(open) == 0 {
		d.add("tokenisation", true, Approve, "all criteria met")
	}
	return d, nil
}
