package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
)

var record = flag.Bool("record", false, "write testdata/story.txt instead of comparing with it")

// The whole is told the same every time: it is deterministic, to the block.
func TestStory(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, &out))
	if *record {
		require.NoError(t, os.WriteFile("testdata/story.txt", out.Bytes(), 0o644))
	}
	want, err := os.ReadFile("testdata/story.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

// Without leverage the stake is carried out; with a short horizon nothing can be.
func TestAsks(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-leverage", "1", "-horizon", "180", "-amount", "2500.5", "-o", folder}, &out, &out))
	require.Contains(t, out.String(), "The best that can be carried out here: stake, exit by queue")
	require.NotContains(t, out.String(), "loop")
	projected := regexp.MustCompile(`Projected ([0-9.]+) AID, got ([0-9.]+)`).FindStringSubmatch(out.String())
	require.Len(t, projected, 3)
	require.NotEqual(t, projected[1], projected[2], "two computations, not one")
	for _, name := range []string{"value", "worst", "outcome"} {
		data, err := os.ReadFile(filepath.Join(folder, name+".svg"))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(data), "<svg "))
	}

	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-horizon", "20"}, &out, &out))
	require.NotContains(t, out.String(), "can be carried out here")
	require.Regexp(t, `stake, exit by queue +left out: .* pays on 2027-01-01 at the earliest`, out.String())
}

// Many rounds, and one that begins near the limit: at a health of 1.188 the collateral of 42,410 AID may fall to a health of
// 1.094, by 3,364; that is paid as 3,410 or so after the haircut and two steps of the NAV, and the debt is 27,380 then.
func TestRounds(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-leverage", "4", "-horizon", "560"}, &out, &out))
	require.Regexp(t, `2027-05-31  health 1\.188\d+, debt 30688`, out.String())
	require.Regexp(t, `2027-07-01  health 1\.25\d+, debt 273[78]\d`, out.String())
	require.Equal(t, 6, strings.Count(out.String(), "the queue pays"))
}

// A projection that misses is an error.
func TestJudge(t *testing.T) {
	w := &world{out: &bytes.Buffer{}}
	w.amount.SetUint64(100e18 / 10)
	r := strategy.Result{Strategy: strategy.Stake{}, Expected: strategy.Path{Final: 11, Leverage: 2}}
	const year = 365 * yield.Day // 15 basis points for each of two times the amount
	require.NoError(t, w.judge(r, year, 11.029))
	require.ErrorContains(t, w.judge(r, year, 11.031), "missed by 31.00 basis points")
	require.Error(t, w.judge(r, year/2, 11.029))
	require.Error(t, w.judge(r, year, 10.969))
}

func TestBadInput(t *testing.T) {
	for _, args := range [][]string{{"-horizon", "0"}, {"-horizon", "4000"}, {"-amount", "many"}, {"-nonsense"}} {
		var out bytes.Buffer
		require.Error(t, run(t.Context(), args, &out, &out), args)
	}
	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-amount", "0"}, &out, &out), strategy.ErrInput)
	require.ErrorIs(t, run(t.Context(), []string{"-leverage", "0.5"}, &out, &out), strategy.ErrInput)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, run(t.Context(), []string{"-amount", "10001"}, &out, &out), &short)
}
