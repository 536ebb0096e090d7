// Command bench puts the arithmetic of this library beside that of the protocols' own packages under Node: Morpho's
// @morpho-org/blue-sdk, Aave's @aave/math-utils and Pendle's @pendle/core-v2-offchain-math.
//
//	go run ./examples/bench
//
// It draws cases from a seed, hands them to Node as decimal strings, and compares all results before it takes any time:
// blue-sdk and Pendle's package have to agree to the last digit; math-utils, which rounds otherwise than the contract,
// to one part in a million. Then both sides work through the same cases turn by turn in one thread, and the best turn of
// each counts. Everything that either side can prepare once, such as objects for its inputs, is prepared before. A
// machine that does other work at the time changes the figures, and the ratios less.
//
// It needs Node 20 or later, and installs the packages into its own folder when they are missing. With -record the table
// goes to testdata/side-by-side.txt as well.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errs)
	seed := flags.Uint64("seed", 1, "what the cases are drawn from")
	turns := flags.Int("turns", 100, "how often each side is timed; the best turn counts")
	turn := flags.Duration("turn", 5*time.Millisecond, "how long a turn takes at least")
	record := flags.Bool("record", false, "write the table to testdata/side-by-side.txt")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is not understood; see -help", flags.Arg(0))
	case *turns < 1 || *turns > 10_000:
		return fmt.Errorf("-turns %d: give 1 to 10000", *turns)
	case *turn < time.Microsecond || *turn > time.Minute:
		return fmt.Errorf("-turn %v: give one microsecond to one minute", *turn)
	}

	folder, err := home()
	if err != nil {
		return err
	}
	if err := install(ctx, folder, errs); err != nil {
		return err
	}
	node, err := start(ctx, folder, errs)
	if err != nil {
		return err
	}
	defer node.close()
	sides, err := compare(node, *seed)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	if err := write(&table, node, sides, *turns, *turn); err != nil {
		return err
	}
	if _, err := out.Write(table.Bytes()); err != nil || !*record {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "testdata", "side-by-side.txt"), table.Bytes(), 0o644)
}
