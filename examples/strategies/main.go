// Command strategies asks what an amount of AID earns in a time, by every way there is, and then does the best one that can
// be done on the embedded chain, to see whether it comes out as projected.
//
//	go run ./examples/strategies                                  10,000 AID for a year, up to 2x
//	go run ./examples/strategies -horizon 180 -leverage 1
//	go run ./examples/strategies -o charts                        and write the charts as SVG
//
// The chain has sAID with both NAVs and a lending market for it. It has no exchange and no Pendle: the DEX is a quote and the
// Pendle market a value with the contract's arithmetic, so what needs them is ranked and not carried out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "strategies:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, failure io.Writer) error {
	flags := flag.NewFlagSet("strategies", flag.ContinueOnError)
	flags.SetOutput(failure)
	amount := flags.String("amount", "10000", "AID, at most the 10,000 that the embedded chain's Alice has")
	horizon := flags.Int("horizon", 365, "days until all of it is to be back")
	leverage := flags.Float64("leverage", 2, "assets over own money that a loop may have")
	folder := flags.String("o", "", "write the charts as SVG into this folder")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *horizon < 1 || *horizon > 3650 {
		return fmt.Errorf("-horizon %d: use 1 to 3650 days", *horizon)
	}
	sum, err := aid.Parse(*amount)
	if err != nil {
		return fmt.Errorf("-amount: %w", err)
	}
	w, err := newWorld(ctx, out, sum)
	if err != nil {
		return err
	}
	defer w.chain.Close()
	market, err := w.market(ctx)
	if err != nil {
		return err
	}
	ask := strategy.Ask{Amount: yield.Float(w.amount, 18), Horizon: time.Duration(*horizon) * yield.Day, MaxLeverage: *leverage}
	compared, err := strategy.Compare(ask, market)
	if err != nil {
		return err
	}
	show(out, compared)
	if err := allocate(out, compared); err != nil {
		return err
	}
	charts := []picture{{"value", valueChart(compared)}, {"worst", worstChart(compared)}}
	for _, c := range charts {
		text, err := c.Terminal(90)
		if err != nil {
			return err
		}
		fmt.Fprint(out, "\n"+text)
	}

	for _, r := range compared.Ranked {
		do, ok := w.executable(r)
		if !ok {
			continue
		}
		fmt.Fprintf(out, "\nThe best that can be carried out here: %s\n", r.Strategy)
		for _, part := range r.Expected.Parts {
			fmt.Fprintf(out, "  %11.2f AID  %s: %s\n", part.AID, part.Name, part.Why)
		}
		fmt.Fprintln(out, "\nCarried out, month by month")
		final, err := do(ctx, r)
		if err != nil {
			return err
		}
		if err := w.judge(r, ask.Horizon, final); err != nil {
			return err
		}
		charts = append(charts, picture{"outcome", w.outcomeChart(r)})
		break
	}
	if *folder == "" {
		return nil
	}
	for _, c := range charts {
		svg, err := c.SVG()
		if err != nil {
			return err
		}
		path := filepath.Join(*folder, c.name+".svg")
		if err := os.WriteFile(path, svg, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(out, "written to", path)
	}
	return nil
}

// bound is by which part of its assets a projection may miss here in a year. It takes the haircut to stay a part of the NAV,
// while the loss behind it stays an amount, and the lending rate to stay, which moves a little between two balances of the
// market.
const bound = 0.0015

// judge holds the outcome against the projection.
func (w *world) judge(r strategy.Result, horizon time.Duration, final float64) error {
	miss := final - r.Expected.Final
	part := 1e4 * miss / yield.Float(w.amount, 18)
	allowed := 1e4 * bound * r.Expected.Leverage * horizon.Hours() / 24 / 365
	fmt.Fprintf(w.out, "\nProjected %.4f AID, got %.4f: %+.4f, %+.2f basis points of the amount; up to %.2f are allowed for\n", r.Expected.Final, final, miss, part, allowed)
	if math.Abs(part) > allowed {
		return fmt.Errorf("the projection of %s missed by %.2f basis points", r.Strategy, part)
	}
	return nil
}
