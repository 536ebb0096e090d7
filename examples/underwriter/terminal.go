package main

import (
	"fmt"
	"io"
	"math"

	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/stress"
)

const width = 100

// summary prints what matters, for a terminal.
func (a *analysis) summary(out io.Writer) error {
	for i := range a.Deals {
		if err := a.Deals[i].summary(out, a.Currency); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\nPortfolio on %s, %s\n", a.Day, a.Currency)
	for _, one := range []struct {
		when   string
		result *stress.Result
	}{{"now", a.Base}, {"rents 40 % lower", a.Shocked}} {
		v := one.result.Valuation
		fmt.Fprintf(out, "  %s: Deposit NAV %s\n", one.when, money(v.Deposit.Float64()))
		for _, step := range bridge(v) {
			fmt.Fprintf(out, "    %12s  %s\n", signed(step.Amount), step.Name)
		}
		fmt.Fprintf(out, "    Unstaking NAV %s, haircut %s\n", money(v.Unstaking.Float64()), percent(v.Haircut()))
	}
	fmt.Fprintf(out, "  HHI by borrower %.0f, average rate %s, %.2f years to maturity\n", a.Borrowers.HHI, percent(a.Averages.Rate), a.Averages.Years)
	mean, _ := a.Losses.Mean()
	fmt.Fprintf(out, "  losses on %d paths: %d lose anything, mean %s, 99 %% VaR %s, expected shortfall %s\n", a.Paths, len(a.losing()), money(mean), money(a.VaR), money(a.ES))
	if len(a.Swings) > 0 {
		text, err := tornado("Unstaking NAV", a.Swings, unstaking(a.Base), chart.Thousands).Terminal(width)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s", text)
	}
	return nil
}

func (d *dealAnalysis) summary(out io.Writer, currency string) error {
	fmt.Fprintf(out, "\nDeal %s: %s %s of %s at %s to %s, %s, on %d %s\n", d.Deal.ID, currency, money(d.Deal.Principal.Float64()), d.Deal.Kind,
		percent(d.Deal.Rate.Float64()), d.Deal.Maturity(), d.Deal.Amortisation, d.Cluster.GPUs, d.Cluster.Model)
	fmt.Fprintf(out, "  %s\n", d.Decision.Outcome)
	for _, reason := range d.Decision.Reasons() {
		fmt.Fprintf(out, "    %s: %s\n", reason.Test, reason.Text)
	}
	for _, line := range d.figures() {
		fmt.Fprintf(out, "  %-34s %s\n", line.Name, line.Value)
	}
	if len(d.Swings) == 0 {
		return nil
	}
	text, err := tornado("Minimum DSCR", d.Swings, d.Result.MinDSCR, ratio).Terminal(width)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s", text)
	return err
}

// figure is a name and its value in words.
type figure struct{ Name, Value string }

// figures are the key figures of a deal.
func (d *dealAnalysis) figures() []figure {
	reverse := "none up to 95 % breaks it"
	if d.Result.MinDSCR < 1 {
		reverse = "it is broken without one"
	} else if d.Reverse > 0 {
		reverse = percent(d.Reverse)
	}
	payback := "not within the tenor"
	if !math.IsInf(d.Payback, 1) {
		payback = fmt.Sprintf("%.1f months", d.Payback)
	}
	irr := percent(d.IRR.Rate)
	if d.IRR.Multiple {
		irr += fmt.Sprintf(", one of %d roots", len(d.IRR.Roots))
	}
	figures := []figure{
		{"Minimum DSCR", fmt.Sprintf("%.2f, period to %s", d.Result.MinDSCR, d.Result.MinAt)},
		{"Average DSCR", fmt.Sprintf("%.2f", d.Result.AverageDSCR)},
		{"LLCR", fmt.Sprintf("%.2f", d.LLCR)},
		{"Advance rate", percent(d.Advance)},
		{"Highest loan-to-value", percent(d.Result.MaxLTV)},
		{"Break-even price per GPU-hour", fmt.Sprintf("%.3f, at %.3f today", d.BreakEven, d.First.Gross()/(d.First.ReservedHours+d.First.SpotHours))},
		{"Break-even utilisation", fmt.Sprintf("%s, at %s today", percent(d.Busy), percent((d.First.ReservedHours+d.First.SpotHours)/d.First.Available))},
		{"Payback of the cluster", payback},
		{"Lender's IRR and MOIC", fmt.Sprintf("%s, %.3f", irr, d.MOIC)},
		{"Weighted average life", fmt.Sprintf("%.2f years", d.WAL)},
		{"Fall of rent that breaks DSCR 1", reverse},
		{"IFRS 9 stage, expected loss", fmt.Sprintf("%d, %s", d.Result.Stage, money(d.Result.Expected))},
	}
	if d.Lump > 0 {
		figures = append(figures, figure{"Due in one sum at maturity", fmt.Sprintf("%s, of which %s can be refinanced", money(d.Lump), money(d.Refinanced))})
	}
	return figures
}

// step is one line of the bridge, signed.
type step struct {
	Name   string
	Amount float64
}

// bridge adds the steps of one kind up, in order.
func bridge(v *portfolio.Valuation) []step {
	var out []step
	place := map[portfolio.Kind]int{}
	for _, one := range v.Bridge {
		at, seen := place[one.Kind]
		if !seen {
			at = len(out)
			place[one.Kind] = at
			out = append(out, step{Name: string(one.Kind)})
		}
		amount := one.Amount.Float64()
		if !one.Up {
			amount = -amount
		}
		out[at].Amount += amount
	}
	return out
}

func money(x float64) string { return chart.Thousands(x) }

func signed(x float64) string {
	if x < 0 {
		return "-" + money(-x)
	}
	return "+" + money(x)
}

func ratio(x float64) string { return fmt.Sprintf("%.2f", x) }

func percent(x float64) string {
	if math.IsInf(x, 0) {
		return "infinite"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}
