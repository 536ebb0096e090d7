// Command shock walks one fall of the rental price of GPUs all the way down: rental price, debt service coverage, IFRS 9 stage, both NAVs, a
// signed report on the embedded chain, sAID, the health of those who borrow against it, their liquidation and the debt that is left.
//
//	go run ./examples/shock -rental -40%
//
// The deals are made up and so are the assumptions, which the last lines list; the lending market is this repository's own stand-in for Morpho
// Blue. Every amount of the chain is held against the library's arithmetic: one base unit of difference ends the program with an error.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "shock:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("shock", flag.ContinueOnError)
	flags.SetOutput(errs)
	rental := share(-0.4)
	flags.Var(&rental, "rental", "change of the rental price of GPUs, such as -40%")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if len(flags.Args()) > 0 {
		return fmt.Errorf("unexpected %q; write -rental -40%%", flags.Arg(0))
	}
	w, err := newWalk(ctx, out)
	if err != nil {
		return err
	}
	defer w.chain.Close()
	return w.run(ctx, float64(rental))
}

// share is a fraction that is written in percent.
type share float64

// String returns the share in percent.
func (s *share) String() string { return strconv.FormatFloat(100*float64(*s), 'f', -1, 64) + "%" }

// Set reads "-40%" or "-0.4".
func (s *share) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return fmt.Errorf("%.40q is no number of percent", text)
	}
	if percent {
		value /= 100
	}
	if !(value >= -1 && value <= 1) {
		return fmt.Errorf("%s is outside -100%% to 100%%", text)
	}
	*s = share(value)
	return nil
}
