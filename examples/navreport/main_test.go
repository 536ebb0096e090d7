package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/yield"
)

var record = flag.Bool("record", false, "write testdata/report.txt instead of comparing with it")

// The report of the shipped samples is told the same every time.
func TestShipped(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(nil, &out, &out))
	if *record {
		require.NoError(t, os.WriteFile("testdata/report.txt", out.Bytes(), 0o644))
	}
	want, err := os.ReadFile("testdata/report.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
	// The public figures come back out: the vendors' APY, and net and gross yield of February at a fee of 20 %.
	require.Regexp(t, `30 days, vendors .* 10\.83 %`, out.String())
	require.Regexp(t, `2026-03-01 +203,095 +40,619 +162,476`, out.String()) // 17,476,214 * 1.022690 * 0.1185 * 28/365
}

func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	var out bytes.Buffer
	require.NoError(t, run([]string{"-csv", "testdata/markdown.csv", "-o", path, "-supply", "1000", "-fee", "0.1"}, &out, &out))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	page := string(data)
	require.Equal(t, 3, strings.Count(page, "<svg"))
	// By hand: 1 - 0.98/1.00495 is 2.48 %, and the NAV was back on May 1st; 1000 shares that gain 0.0101 make 10, of 11.2.
	for _, text := range []string{"2.48 %, 2026-02-01 to 2026-03-01, recovered 2026-05-01", "<td>2026-03-01</td><td>11</td><td>1</td><td>10</td><td>0</td>", "3.93%", "testdata/markdown.csv", "4 of 12 returns"} {
		require.Contains(t, page, text)
	}
	require.NotContains(t, page, "<script")
	// Both NAVs by window: over 30 days 1.04/1.030301 and 1.02/0.99 in 30 days.
	require.Regexp(t, `30 days +2026-04-01 to 2026-05-01 +12\.08 % +43\.79 %`, out.String())
}

func TestBadInput(t *testing.T) {
	head := "time,deposit,unstaking\n"
	for name, c := range map[string]struct{ csv, want string }{
		"empty":      {"", "no heading"},
		"column":     {"time,deposit\n2026-01-01,1\n", `no column "unstaking"`},
		"time":       {head + "yesterday,1,1\n", `line 2: time "yesterday"`},
		"number":     {head + "2026-01-01,one,1\n", "line 2: deposit"},
		"negative":   {head + "2026-01-01,1,-1\n", "line 2: unstaking"},
		"short":      {head + "2026-01-01,1\n", "wrong number of fields"},
		"no rows":    {head, "too few observations"},
		"inverted":   {head + "2026-01-01,1,2\n", yield.ErrNAVInverted.Error()},
		"zero":       {head + "2026-01-01,0,0\n", yield.ErrNAVZero.Error()},
		"two at one": {head + "2026-01-01,1,1\n2026-01-01,2,1\n", yield.ErrConflict.Error()},
		"no steps":   {head + "2026-01-01,1,1\n2026-02-01,1,1\n", "no yield can be told"},
		"one step":   {head + "2026-01-01,1,1\n2026-02-01,1.1,1\n", "no yield can be told"},
	} {
		path := filepath.Join(t.TempDir(), "bad.csv")
		require.NoError(t, os.WriteFile(path, []byte(c.csv), 0o600))
		var out bytes.Buffer
		require.ErrorContains(t, run([]string{"-csv", path}, &out, &out), c.want, name)
	}
	var out bytes.Buffer
	require.ErrorIs(t, run([]string{"-csv", "nowhere.csv"}, &out, &out), os.ErrNotExist)
	require.ErrorContains(t, run([]string{"-fee", "1"}, &out, &out), "-fee")
	require.ErrorContains(t, run([]string{"-fee", "NaN"}, &out, &out), "-fee")
	require.ErrorContains(t, run([]string{"-supply", "many"}, &out, &out), "-supply")
	require.Error(t, run([]string{"-nonsense"}, &out, &out))
}
