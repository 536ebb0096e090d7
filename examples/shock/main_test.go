package main

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The walk is the same every time, to the last digit.
func TestWalk(t *testing.T) {
	want, err := os.ReadFile("testdata/rental-40.txt")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-rental", "-40%"}, &out, io.Discard))
	require.Equal(t, string(want), out.String())
}

// No shock harms nobody; total loss of the spot rent leaves bad debt.
func TestSizes(t *testing.T) {
	for rental, test := range map[string]struct{ has, lacks string }{
		"0%":    {"bad debt of the lenders: 0 USDC", "liquidated"},
		"+20%":  {"bad debt of the lenders: 0 USDC", "liquidated"},
		"-0.1":  {"bad debt of the lenders: 0 USDC", "stage 1 -> 3"},
		"-100%": {"stage 1 -> 3", "bad debt of the lenders: 0 USDC"},
	} {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), []string{"-rental=" + rental}, &out, io.Discard), rental)
		require.Contains(t, out.String(), test.has, rental)
		require.NotContains(t, out.String(), test.lacks, rental)
		require.Contains(t, out.String(), "equals the library's own arithmetic", rental)
	}
}

func TestRefused(t *testing.T) {
	for _, args := range [][]string{{"-rental", "much"}, {"-rental", "-101%"}, {"-rental", "NaN"}, {"-40%"}, {"down"}} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
}
