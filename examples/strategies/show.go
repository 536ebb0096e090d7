package main

import (
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
)

// show prints the ranking.
func show(out io.Writer, c strategy.Comparison) {
	fmt.Fprintf(out, "\n%s AID for %.0f days, %.2f %% a year expected\n", chart.Thousands(c.Ask.Amount), c.Ask.Horizon.Hours()/24, 100*c.Ask.Expected.Rate)
	fmt.Fprintf(out, "  %-33s %8s %11s %9s  %-22s %8s %9s %7s\n", "", "headline", "net of exit", "worst", "in", "out in", "at once", "points")
	for _, r := range c.Ranked {
		fmt.Fprintf(out, "  %-33s %7.2f%% %10.2f%% %8.2f%%  %-22s %3.0f days %9s %7s\n",
			r.Strategy, r.Headline.Percent(), r.NetOfExit.Percent(), r.Worst.Percent(), r.WorstIn, r.ExitTime.Hours()/24, chart.Thousands(r.Expected.Liquid), millions(r.Points[0].Count))
	}
	for _, left := range c.LeftOut {
		fmt.Fprintf(out, "  %-33s left out: %v\n", left.Strategy, left.Err)
	}
	for _, r := range c.Ranked {
		if debt := r.Expected.Debt; debt != nil {
			fmt.Fprintf(out, "  %s: %.2fx, health %.3f, %.1f %% to liquidation; costs of leaving %.0f AID\n", r.Strategy, r.Expected.Leverage, debt.Health, 100*debt.Distance, r.ExitCost)
		}
	}
}

func millions(x float64) string { return fmt.Sprintf("%.1fM", x/1e6) }

// allocate prints the best mix for somebody careful.
func allocate(out io.Writer, c strategy.Comparison) error {
	caps := strategy.NoCaps()
	caps.MaxLoss, caps.ExitTime, caps.Slow = 0.05, 7*yield.Day, 0.6
	a, err := strategy.Allocate(c, caps)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAt most 5 %% lost in any shock, and 40 %% out within a week: %.2f %% net of exit\n", a.NetOfExit.Percent())
	for _, share := range a.Mix {
		fmt.Fprintf(out, "  %5.1f %%  %s\n", 100*share.Weight, share.Strategy)
	}
	fmt.Fprintf(out, "  %5.1f %%  kept as AID\n", 100*a.Held)
	for _, b := range a.Binding {
		fmt.Fprintf(out, "  limited by %s: a point more earns %.3f points\n", b.Cap, b.Price)
	}
	return nil
}

// picture is a chart with the name of its file.
type picture struct {
	name string
	chart.Lines
}

// line is a path on a chart.
func line(name string, worth []strategy.Worth) chart.Line {
	l := chart.Line{Name: name, Step: true}
	for _, w := range worth {
		l.X, l.Y = append(l.X, chart.At(w.Time)), append(l.Y, w.Value)
	}
	return l
}

func lines(title string, of ...chart.Line) chart.Lines {
	return chart.Lines{Title: title, X: chart.Axis{Times: true}, Y: chart.Axis{Label: "AID", Format: chart.Thousands}, Lines: of}
}

// best leaves one way out of each strategy: the better one.
func best(c strategy.Comparison) []strategy.Result {
	var kept []strategy.Result
	for _, r := range c.Ranked {
		if !slices.ContainsFunc(kept, func(k strategy.Result) bool { return reflect.TypeOf(k.Strategy) == reflect.TypeOf(r.Strategy) }) {
			kept = append(kept, r)
		}
	}
	return kept
}

// valueChart is what each strategy would pay over time.
func valueChart(c strategy.Comparison) chart.Lines {
	var all []chart.Line
	for _, r := range best(c) {
		all = append(all, line(r.Strategy.String(), r.Expected.Worth))
	}
	return lines("Worth by its own way out, as expected", all...)
}

// worstChart is the same in the worst shock of each.
func worstChart(c strategy.Comparison) chart.Lines {
	var all []chart.Line
	for _, r := range best(c) {
		path := r.Expected
		for i, shock := range c.Ask.Shocks {
			if shock.Name == r.WorstIn {
				path = r.Shocked[i]
			}
		}
		l := line(fmt.Sprintf("%s: %s", r.Strategy, r.WorstIn), path.Worth)
		l.Dashed = true
		all = append(all, l)
	}
	return lines("Worth by its own way out, each in its worst shock", all...)
}

// outcomeChart is the projection beside what happened.
func (w *world) outcomeChart(r strategy.Result) chart.Lines {
	projected := line("projected", r.Expected.Worth)
	projected.Dashed = true
	return lines(r.Strategy.String(), projected, line("as it went", w.seen))
}
