package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/examples/underwriter/deals"
	"github.com/gaib-go/gaib/gpuasset"
)

// made runs the program and returns what it printed and the page.
func made(t *testing.T, args ...string) (text, page, progress string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	var out, said bytes.Buffer
	require.NoError(t, run(t.Context(), append(args, "-out", file), &out, &said))
	html, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.ReplaceAll(out.String(), file, "report.html"), string(html), said.String()
}

// The summaries are what they were, to the digit.
func TestSummary(t *testing.T) {
	for name, args := range map[string][]string{"sample": nil, "portfolio": {"-portfolio", "deals"}} {
		got, page, progress := made(t, args...)
		want, err := os.ReadFile("testdata/" + name + ".txt")
		require.NoError(t, err)
		require.Equal(t, string(want), got, name)
		for _, outside := range []string{"http://", "https://", "<script", "<link", "src="} {
			require.NotContains(t, strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), outside, "the page needs nothing else")
		}
		require.Contains(t, progress, "simulating 5000 paths")
		if name == "portfolio" {
			require.Contains(t, progress, "[4/4] oslo.json")
			require.Contains(t, progress, "[4/4] deal oslo")
		}
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	good, err := os.ReadFile("deals/oslo.json")
	require.NoError(t, err)
	fails := func(args ...string) error {
		t.Helper()
		err := run(t.Context(), append(args, "-out", filepath.Join(dir, "x.html")), io.Discard, io.Discard)
		require.Error(t, err)
		return err
	}
	require.ErrorContains(t, fails("-deal", "a", "-portfolio", "b"), "not both")
	require.ErrorIs(t, fails("-deal", filepath.Join(dir, "none")), os.ErrNotExist)
	require.ErrorContains(t, fails("-portfolio", dir), "no .json file")
	require.ErrorIs(t, fails("-date", "tomorrow"), gpuasset.ErrDate)
	require.ErrorContains(t, fails("-date", "2020-01-01"), "nothing is outstanding")
	require.ErrorContains(t, fails("-date", "2040-01-01"), "nothing is outstanding")
	require.ErrorContains(t, fails("-applicant", write("firm.txt", `{"depts": 1}`)), "depts")
	require.ErrorContains(t, fails("-applicant", write("firm.txt", `{"criteria": ["trust"]}`)), `"trust"`)
	require.ErrorContains(t, fails("-applicant", write("firm.txt", `{} {}`)), "something follows")
	require.ErrorIs(t, fails("-applicant", write("big", strings.Repeat(" ", gpuasset.MaxBytes+1))), gpuasset.ErrTooLarge)
	require.ErrorIs(t, fails("-deal", write("big", strings.Repeat(" ", gpuasset.MaxBytes+1))), gpuasset.ErrTooLarge)
	require.ErrorContains(t, fails("-deal", write("none.txt", `{"version": 1, "label": "x", "currency": "USD"}`)), "no deal")

	// Every bad file of a folder is named, not the first alone.
	write("a.json", strings.Replace(string(good), `"tenor_months": 36`, `"tenor_months": 0`, 1))
	write("b.json", string(good))
	write("c.json", strings.Replace(string(good), `"H100"`, `"H1000"`, 2))
	write("d.json", strings.Replace(string(good), `"USD"`, `"EUR"`, 1))
	err = fails("-portfolio", dir)
	for _, want := range []string{"a.json: gpuasset: deals[0].tenor_months", "c.json: gpuasset: indices[0].model", "d.json: amounts are in EUR"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "b.json")
	require.NoFileExists(t, filepath.Join(dir, "x.html"))
}

// What the charts show is what the figures say: the same minimum of coverage and the same highest loan-to-value.
func TestPeriods(t *testing.T) {
	doc, err := deals.Sample()
	require.NoError(t, err)
	a, err := analyse(t.Context(), doc, gpuasset.NewDate(2026, 7, 1), nil, 10, func(string, ...any) {})
	require.NoError(t, err)
	lumps := 0
	for _, d := range a.Deals {
		least := d.Periods[0]
		for _, p := range d.Periods {
			if p.DSCR() < least.DSCR() {
				least = p
			}
		}
		require.InDelta(t, d.Result.MinDSCR, least.DSCR(), 1e-9, d.Deal.ID)
		require.Equal(t, d.Result.MinAt, least.End, d.Deal.ID)
		if d.Lump > 0 {
			lumps++
			require.Greater(t, d.Path[len(d.Path)-1].Service, d.Lump)
			require.LessOrEqual(t, d.Refinanced, d.Lump)
		}
	}
	require.Equal(t, 1, lumps, "one deal has a balloon")
}

// A sculpted deal follows the cash of its cluster: the same coverage in every period but the last.
func TestSculpted(t *testing.T) {
	good, err := os.ReadFile("deals/oslo.json")
	require.NoError(t, err)
	text := strings.NewReplacer(`"level"`, `"sculpted", "target_dscr": "1.3"`, `"payment_months": 1`, `"payment_months": 3`, `"4000000"`, `"4400000"`).Replace(string(good))
	doc, err := gpuasset.Parse([]byte(text))
	require.NoError(t, err)
	require.NoError(t, deals.Hold(doc))
	a, err := analyse(t.Context(), doc, doc.Deals[0].Closing, nil, 10, func(string, ...any) {})
	require.NoError(t, err)
	periods := a.Deals[0].Periods
	require.Len(t, periods, 12)
	for _, p := range periods[:11] {
		require.InDelta(t, 1.3, p.DSCR(), 1e-6)
	}
}

func TestEquityIsRefused(t *testing.T) {
	good, err := os.ReadFile("deals/oslo.json")
	require.NoError(t, err)
	text := strings.NewReplacer(`"kind": "debt"`, `"kind": "equity", "revenue_share": {"tiers": [{"share": "0.5"}]}`, `"rate": "0.15"`, `"rate": "0"`).Replace(string(good))
	doc, err := gpuasset.Parse([]byte(text))
	require.NoError(t, err)
	require.NoError(t, deals.Hold(doc))
	_, err = analyse(t.Context(), doc, doc.Deals[0].Closing, nil, 10, func(string, ...any) {})
	require.ErrorIs(t, err, errEquity)
}

// Equity in a portfolio is valued with it, and a hybrid underwritten with its share in the NAVs.
func TestRevenueShares(t *testing.T) {
	dir := t.TempDir()
	for name, change := range map[string][]string{
		"lisbon": {`"kind": "debt"`, `"kind": "equity", "revenue_share": {"tiers": [{"share": "0.5"}]}`, `"rate": "0.18"`, `"rate": "0"`, `"amortisation": "level"`, `"amortisation": "bullet"`},
		"osaka":  {`"kind": "debt"`, `"kind": "hybrid", "revenue_share": {"tiers": [{"share": "0.05"}]}`},
		"oslo":   nil,
	} {
		text, err := os.ReadFile("deals/" + name + ".json")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(strings.NewReplacer(change...).Replace(string(text))), 0o600))
	}
	text, page, progress := made(t, "-portfolio", dir)
	require.Contains(t, page, "expected distributions discounted at 25 % a year")
	require.Contains(t, progress, "equity: valued in the portfolio")
	require.NotContains(t, text, "Deal lisbon", "nothing of it is underwritten")
	require.Contains(t, text, "of hybrid at 14.5 %")
}
