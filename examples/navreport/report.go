package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/daycount"
)

// table is rows of text under a heading.
type table struct {
	Title, Note string
	Head        []string
	Rows        [][]string
}

// report is everything that is told.
type report struct {
	Source string
	From   time.Time
	To     time.Time
	NAV    yield.NAV
	Tables []table
	navs   chart.Lines
	rates  chart.Bars
	split  chart.Columns
}

// measure computes the report.
func measure(source string, samples []sample, supply uint256.Int, fee float64) (*report, error) {
	plain := make([]yield.Sample, len(samples))
	for i, s := range samples {
		plain[i] = s.Sample
	}
	series, err := yield.NewSeries(plain)
	if err != nil {
		return nil, err
	}
	ordered := series.Samples()
	last := ordered[len(ordered)-1]
	r := &report{Source: source, From: ordered[0].Time, To: last.Time, NAV: last.NAV}
	r.steps(series, samples)
	if err := r.yields(series, last.Time); err != nil {
		return nil, err
	}
	r.risk(series)
	if err := r.fees(series, supply, fee); err != nil {
		return nil, err
	}
	if err := r.exits(series, last); err != nil {
		return nil, err
	}
	r.navs = navChart(ordered)
	return r, nil
}

func navChart(samples []yield.Sample) chart.Lines {
	deposit, unstaking := chart.Line{Name: "Deposit NAV", Step: true}, chart.Line{Name: "Unstaking NAV", Step: true, Dashed: true}
	for _, s := range samples {
		deposit.X, deposit.Y = append(deposit.X, chart.At(s.Time)), append(deposit.Y, yield.Float(s.Deposit, 18))
		unstaking.X, unstaking.Y = append(unstaking.X, chart.At(s.Time)), append(unstaking.Y, yield.Float(s.Unstaking, 18))
	}
	return chart.Lines{
		Title: "NAV of sAID", X: chart.Axis{Times: true},
		Y:     chart.Axis{Label: "AID per sAID", Format: func(x float64) string { return fmt.Sprintf("%.3f", x) }},
		Lines: []chart.Line{deposit, unstaking},
	}
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// steps lists where the NAVs moved, and on what ground.
func (r *report) steps(series yield.Series, samples []sample) {
	basis := func(t time.Time) string {
		i := slices.IndexFunc(samples, func(s sample) bool { return s.Time.Equal(t) })
		return samples[i].Basis
	}
	t := table{Title: "Steps", Head: []string{"until", "Deposit NAV", "Unstaking NAV", "haircut", "return", "basis"}}
	for _, step := range series.Steps() {
		gain := yield.Float(step.After.Deposit, 18)/yield.Float(step.Before.Deposit, 18) - 1
		t.Rows = append(t.Rows, []string{date(step.Time), said.Format(step.After.Deposit), said.Format(step.After.Unstaking), step.After.Haircut().String(), percent(gain), basis(step.Time)})
	}
	r.Tables = append(r.Tables, t)
}

// yields tells one history in the conventions that are used for it.
func (r *report) yields(series yield.Series, now time.Time) error {
	whole, err := series.SinceFirstStep(yield.Deposit, yield.APY())
	if err != nil {
		return fmt.Errorf("no yield can be told: %w", err)
	}
	conventions := []struct {
		name string
		yield.Convention
	}{
		{"effective annual, years of 365 days (APY)", yield.APY()},
		{"effective annual, ACT/ACT", yield.Convention{Compounding: yield.Annual, Days: daycount.ActActISDA}},
		{"monthly compounding", yield.Convention{Compounding: yield.Monthly}},
		{"simple, years of 365 days (APR)", yield.Convention{Compounding: yield.Simple}},
		{"simple, ACT/360 (money market)", yield.Convention{Compounding: yield.Simple, Days: daycount.Act360}},
		{"continuous", yield.Convention{Compounding: yield.Continuous}},
		{"discount, ACT/360 (as a bill)", yield.Convention{Compounding: yield.Discount, Days: daycount.Act360}},
		{"bond equivalent", yield.Convention{Compounding: yield.BondEquivalent}},
	}
	t := table{
		Title: "One return, many numbers", Head: []string{"convention", "since the first step", "last step"},
		Note: fmt.Sprintf("Deposit NAV, %s to %s, %d steps: %s in all.", date(whole.Start), date(whole.End), whole.Steps, percent(whole.Total)),
	}
	for _, c := range conventions {
		row := []string{c.name}
		for _, window := range []time.Duration{whole.End.Sub(whole.Start), time.Second} {
			realised, err := series.Realised(window, yield.Deposit, c.Convention)
			if err != nil { // a bond equivalent has no meaning beyond a year
				row = append(row, "none")
				continue
			}
			row = append(row, percent(realised.Value))
		}
		t.Rows = append(t.Rows, row)
	}
	r.Tables = append(r.Tables, t)

	r.rates = chart.Bars{Title: "Yield by window, effective annual", Axis: chart.Axis{Format: chart.Percent}, Series: []chart.Values{{Name: "Deposit NAV"}, {Name: "Unstaking NAV"}}}
	w := table{Title: "Yield by window", Note: "Whole periods only, from step to step. The vendors' formula cuts periods as it comes.", Head: []string{"window", "measured", "Deposit NAV", "Unstaking NAV"}}
	for _, days := range []int{30, 90, 180} {
		window := time.Duration(days) * yield.Day
		deposit, err := series.Realised(window, yield.Deposit, yield.APY())
		if err != nil {
			w.Rows = append(w.Rows, []string{fmt.Sprintf("%d days", days), "too few steps", "", ""})
			continue
		}
		exit := []string{"too few steps", ""}
		shown := 0.0
		if unstaking, err := series.Realised(window, yield.Unstaking, yield.APY()); err == nil {
			exit[0], shown = percent(unstaking.Value), unstaking.Value
		}
		w.Rows = append(w.Rows, []string{fmt.Sprintf("%d days", days), date(deposit.Start) + " to " + date(deposit.End), percent(deposit.Value), exit[0]})
		r.rates.Labels = append(r.rates.Labels, fmt.Sprintf("%d days", days))
		r.rates.Series[0].Values = append(r.rates.Series[0].Values, deposit.Value)
		r.rates.Series[1].Values = append(r.rates.Series[1].Values, shown)
	}
	if vendor, err := series.Vendor(now, 30*yield.Day); err == nil {
		w.Rows = append(w.Rows, []string{"30 days, vendors", date(vendor.Start) + " to " + date(vendor.End), percent(vendor.Value), ""})
	}
	r.Tables = append(r.Tables, w)
	return nil
}

// risk tells what was lost, and what there is too little history for.
func (r *report) risk(series yield.Series) {
	t := table{Title: "Risk", Head: []string{"", "Deposit NAV", "Unstaking NAV"}}
	figure := func(name string, of func(yield.Side) (string, error)) {
		row := []string{name}
		for _, side := range []yield.Side{yield.Deposit, yield.Unstaking} {
			value, err := of(side)
			var few *yield.TooFewError
			switch {
			case errors.As(err, &few):
				value = fmt.Sprintf("%d of %d returns", few.Have, few.Need)
			case err != nil:
				value = "none"
			}
			row = append(row, value)
		}
		t.Rows = append(t.Rows, row)
	}
	figure("deepest drawdown", func(side yield.Side) (string, error) {
		d := series.MaxDrawdown(side)
		switch {
		case d.Depth == 0:
			return "never fell", nil
		case d.Recovered.IsZero():
			return fmt.Sprintf("%s, %s to %s", percent(d.Depth), date(d.Peak), date(d.Trough)), nil
		}
		return fmt.Sprintf("%s, %s to %s, recovered %s", percent(d.Depth), date(d.Peak), date(d.Trough), date(d.Recovered)), nil
	})
	figure("volatility a year", func(side yield.Side) (string, error) {
		v, err := yield.Volatility(series.Returns(side), 12)
		return percent(v), err
	})
	figure("Calmar ratio", func(side yield.Side) (string, error) {
		v, err := series.Calmar(side)
		return fmt.Sprintf("%.2f", v), err
	})
	r.Tables = append(r.Tables, t)
}

// fees splits what each period earned.
func (r *report) fees(series yield.Series, supply uint256.Int, fee float64) error {
	if !(fee >= 0 && fee < 1) {
		return fmt.Errorf("-fee %v: use a fraction from 0 to below 1", fee)
	}
	wad := *uint256.NewInt(uint64(fee * 1e18))
	t := table{
		Title: "Who got the yield", Head: []string{"until", "gross", "protocol", "holders", "loss"},
		Note: fmt.Sprintf("AID, for %s at a fee of %s of the gross yield.", said.Unit().Format(supply), percent(fee)),
	}
	r.split = chart.Columns{Title: "Yield of each period", Axis: chart.Axis{Label: "AID", Format: chart.Thousands}, Series: []chart.Values{{Name: "holders"}, {Name: "protocol"}}}
	whole := func(x uint256.Int) string { return chart.Thousands(yield.Float(x, aid.Unit().Decimals)) }
	for _, step := range series.Steps() {
		income, err := yield.PeriodIncome(supply, step.Before.Deposit, step.After.Deposit, wad)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, []string{date(step.Time), whole(income.Gross), whole(income.Fee), whole(income.Net), whole(income.Loss)})
		r.split.Labels = append(r.split.Labels, step.Time.Format("Jan 2006"))
		r.split.Series[0].Values = append(r.split.Series[0].Values, yield.Float(income.Net, 18)-yield.Float(income.Loss, 18))
		r.split.Series[1].Values = append(r.split.Series[1].Values, yield.Float(income.Fee, 18))
	}
	r.Tables = append(r.Tables, t)
	return nil
}

// exits tells what is left of the headline for one who enters now.
func (r *report) exits(series yield.Series, last yield.Sample) error {
	realised, err := series.SinceFirstStep(yield.Deposit, yield.APY())
	if err != nil {
		return err
	}
	t := table{
		Title: "Net of exit", Head: []string{"held for", "scenario", "paid on", "headline", "net of exit"},
		Note: "A deposit now, asked back through the queue; requests of month M are paid on the first day of M+2, at the NAV of that day. The scenarios are assumptions.",
	}
	for _, days := range []int{30, 180, 365} {
		for _, s := range []yield.Scenario{
			{Name: "as before", Rate: realised.Value, LastStep: realised.End},
			{Name: "3 % marked down in month 1", Rate: realised.Value, LastStep: realised.End, MarkDowns: []yield.MarkDown{{Month: 1, Loss: 0.03}}},
		} {
			p, err := yield.Project(last.Time, last.NAV, last.Time.Add(time.Duration(days)*yield.Day), said.MonthAfterNext, yield.AtSettlement, s)
			if err != nil {
				return err
			}
			t.Rows = append(t.Rows, []string{fmt.Sprintf("%d days", days), s.Name, date(p.Settled), percent(p.Headline.Value), percent(p.Net.Value)})
		}
	}
	r.Tables = append(r.Tables, t)
	return nil
}

// text writes the report for a terminal.
func (r *report) text(out io.Writer) error {
	fmt.Fprintf(out, "sAID from %s to %s\n%s\n", date(r.From), date(r.To), r.Source)
	fmt.Fprintf(out, "Deposit NAV %s, Unstaking NAV %s, haircut %s\n\n", said.Format(r.NAV.Deposit), said.Format(r.NAV.Unstaking), r.NAV.Haircut())
	picture, err := r.navs.Terminal(90)
	if err != nil {
		return err
	}
	fmt.Fprint(out, picture)
	for _, t := range r.Tables {
		fmt.Fprintf(out, "\n%s\n", t.Title)
		if t.Note != "" {
			fmt.Fprintln(out, t.Note)
		}
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
		for _, row := range append([][]string{t.Head}, t.Rows...) {
			fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(b.String()) {
			fmt.Fprintln(out, strings.TrimRight(line, " \n"))
		}
	}
	return nil
}
