// Command underwriter turns a GPU financing deal, or a folder of them, into an underwriting report: a summary on the terminal and one
// HTML file that needs nothing else.
//
//	go run ./examples/underwriter                                       the sample deal
//	go run ./examples/underwriter -deal deal.json -applicant firm.json  one of yours
//	go run ./examples/underwriter -portfolio examples/underwriter/deals a folder of deals, as one portfolio
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/gaib-go/gaib/examples/underwriter/deals"
	"github.com/gaib-go/gaib/gpuasset"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "underwriter:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("underwriter", flag.ContinueOnError)
	flags.SetOutput(progress)
	file := flags.String("deal", "", "JSON document of package gpuasset; the shipped sample if none is given")
	folder := flags.String("portfolio", "", "folder of such documents, taken as one portfolio")
	firm := flags.String("applicant", "", "JSON of what is known of the borrower, in the form of examples/underwriter/applicant.json")
	date := flags.String("date", "", "day of the valuation, such as 2026-08-12; the last closing if none is given")
	page := flags.String("out", "underwriting.html", "file for the report")
	paths := flags.Int("paths", 5000, "paths of the simulation")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return nil
		}
		return err
	}
	if *file != "" && *folder != "" {
		return errors.New("give -deal or -portfolio, not both")
	}
	say := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }

	var firmKnown *applicant
	var err error
	switch {
	case *firm != "":
		text, err := read(*firm)
		if err != nil {
			return err
		}
		if firmKnown, err = parseApplicant(text); err != nil {
			return fmt.Errorf("%s: %w", *firm, err)
		}
	case *file == "" && *folder == "":
		if firmKnown, err = parseApplicant(sampleApplicant); err != nil {
			return err
		}
	}
	doc, err := load(*file, *folder, say)
	if err != nil {
		return err
	}
	if err := deals.Hold(doc); err != nil {
		return err
	}
	if len(doc.Deals) == 0 {
		return errors.New("there is no deal to underwrite")
	}
	day := doc.Deals[0].Closing
	for i := range doc.Deals {
		if closing := doc.Deals[i].Closing; day.Before(closing) {
			day = closing
		}
	}
	if *date != "" {
		if day, err = gpuasset.ParseDate(*date); err != nil {
			return fmt.Errorf("-date: %w", err)
		}
	}
	a, err := analyse(ctx, doc, day, firmKnown, *paths, say)
	if err != nil {
		return err
	}
	html, err := a.page()
	if err != nil {
		return err
	}
	if err := os.WriteFile(*page, html, 0o644); err != nil {
		return err
	}
	if err := a.summary(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe report is in %s\n", *page)
	return nil
}

// load reads the document, or all documents of a folder as one. Every file that is refused is named.
func load(file, folder string, say func(string, ...any)) (*gpuasset.Document, error) {
	switch {
	case folder != "":
		files, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("there is no .json file in %s", folder)
		}
		all := new(gpuasset.Document)
		var refused []error
		for i, name := range files {
			say("[%d/%d] %s", i+1, len(files), filepath.Base(name))
			doc, err := parse(name)
			if err == nil && all.Version == 0 {
				all.Version, all.Currency = doc.Version, doc.Currency
			}
			if err == nil {
				err = deals.Merge(all, doc)
			}
			if err != nil {
				refused = append(refused, fmt.Errorf("%s: %w", filepath.Base(name), err))
			}
		}
		return all, errors.Join(refused...)
	case file != "":
		return parse(file)
	}
	return gpuasset.Parse(gpuasset.SampleCluster())
}

// parse reads a document.
func parse(name string) (*gpuasset.Document, error) {
	text, err := read(name)
	if err != nil {
		return nil, err
	}
	return gpuasset.Parse(text)
}

// read returns a file that is not larger than a document may be.
func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > gpuasset.MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", gpuasset.ErrTooLarge, info.Size(), gpuasset.MaxBytes)
	}
	return os.ReadFile(name)
}
