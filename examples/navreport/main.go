// Command navreport turns samples of sAID's NAVs into a page: steps, yields in every convention, drawdown, and the split of
// the yield between holders and protocol.
//
//	go run ./examples/navreport                          the shipped samples, to the terminal
//	go run ./examples/navreport -o report.html           and to a page
//	go run ./examples/navreport -csv mine.csv -fee 0.2 -supply 17476214
//
// A CSV has the columns time (a date or RFC 3339), deposit and unstaking (AID per sAID), and may have basis and note. Lines
// that begin with # are comments. The shipped samples are made from public figures and say so.
package main

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
)

//go:embed nav.csv
var shipped string

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "navreport:", err)
		os.Exit(1)
	}
}

func run(args []string, out, failure io.Writer) error {
	flags := flag.NewFlagSet("navreport", flag.ContinueOnError)
	flags.SetOutput(failure)
	path := flags.String("csv", "", "file of samples; by default those shipped with the program")
	page := flags.String("o", "", "write the report as an HTML page to this file")
	fee := flags.Float64("fee", 0.20, "the protocol's part of the gross yield")
	supply := flags.String("supply", "17476214", "sAID in existence, for the split of the yield")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	source, text := "samples shipped with the program, made from public figures; not the chain's history", io.Reader(strings.NewReader(shipped))
	if *path != "" {
		file, err := os.Open(*path)
		if err != nil {
			return err
		}
		defer file.Close()
		source, text = *path, file
	}
	samples, err := read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	shares, err := said.Parse(*supply)
	if err != nil {
		return fmt.Errorf("-supply: %w", err)
	}
	r, err := measure(source, samples, shares, *fee)
	if err != nil {
		return err
	}
	if err := r.text(out); err != nil {
		return err
	}
	if *page == "" {
		return nil
	}
	html, err := r.page()
	if err != nil {
		return err
	}
	if err := os.WriteFile(*page, html, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nwritten to %s\n", *page)
	return nil
}

// maxSamples bounds what is read.
const maxSamples = 100_000

// read returns the samples of a CSV.
func read(text io.Reader) ([]sample, error) {
	reader := csv.NewReader(text)
	reader.Comment = '#'
	head, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("no heading: %w", err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[strings.TrimSpace(name)] = i
	}
	for _, name := range []string{"time", "deposit", "unstaking"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("no column %q; the heading needs time, deposit and unstaking", name)
		}
	}
	var samples []sample
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if len(samples) == maxSamples {
			return nil, fmt.Errorf("more than %d samples; keep those where a NAV changes", maxSamples)
		}
		line, _ := reader.FieldPos(0)
		field := func(name string) string {
			if i, ok := column[name]; ok {
				return strings.TrimSpace(record[i])
			}
			return ""
		}
		s := sample{Basis: field("basis"), Note: field("note")}
		if s.Time, err = time.Parse(time.DateOnly, field("time")); err != nil {
			if s.Time, err = time.Parse(time.RFC3339, field("time")); err != nil {
				return nil, fmt.Errorf("line %d: time %q; use 2026-08-01 or 2026-08-01T00:00:00Z", line, field("time"))
			}
		}
		if s.Deposit, err = gaib.ParseUnits(field("deposit"), 18); err != nil {
			return nil, fmt.Errorf("line %d: deposit: %w", line, err)
		}
		if s.Unstaking, err = gaib.ParseUnits(field("unstaking"), 18); err != nil {
			return nil, fmt.Errorf("line %d: unstaking: %w", line, err)
		}
		samples = append(samples, s)
	}
}

// sample is a row of a CSV.
type sample struct {
	yield.Sample
	Basis, Note string
}
