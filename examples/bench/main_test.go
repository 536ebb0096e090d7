package main

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// withNode starts the script, or skips the test if it cannot run; with GAIB_PEERS=required that is a failure.
func withNode(t *testing.T) *peers {
	t.Helper()
	folder, err := home()
	require.NoError(t, err)
	if err := installed(folder); (errors.Is(err, errNode) || errors.Is(err, errPackages)) && os.Getenv("GAIB_PEERS") != "required" {
		t.Skip(err)
	} else {
		require.NoError(t, err)
	}
	node, err := start(t.Context(), folder, io.Discard)
	require.NoError(t, err)
	t.Cleanup(node.close)
	return node
}

// Both sides give the same results, whatever the cases are drawn from.
func TestSame(t *testing.T) {
	node := withNode(t)
	for seed := range uint64(5) {
		sides, err := compare(node, seed)
		require.NoError(t, err)
		require.Len(t, sides, 3)
		for _, s := range sides {
			require.GreaterOrEqual(t, s.count, 200)
		}
		require.Equal(t, "equal to the last digit", sides[0].agree())
		require.Contains(t, sides[1].agree(), "equal within one part in a million, at most ")
	}
}

// One digit more in any case of a side is noticed, and so are all its answers.
func TestDifference(t *testing.T) {
	node := withNode(t)
	sides, err := compare(node, 1)
	require.NoError(t, err)
	for _, s := range sides {
		ours, err := s.ours(3)
		require.NoError(t, err)
		require.NoError(t, s.same(ours, ours))
		require.Error(t, s.same(ours, ours[1:]))
		for i := range ours {
			theirs := append([]string(nil), ours...)
			theirs[i] = "1" + theirs[i]
			require.Error(t, s.same(ours, theirs), "%s: answer %d", s.peer, i)
		}
	}
}

func TestNear(t *testing.T) {
	n := near{limit: *big.NewRat(1, 1_000_000)}
	require.NoError(t, n.compare("0", "0"))
	require.NoError(t, n.compare("1000000", "1000001"))
	require.NoError(t, n.compare("2000000", "1999999"))
	require.Zero(t, n.worst.Cmp(big.NewRat(1, 1_000_000)))
	for _, pair := range [][2]string{{"999999", "1000000"}, {"1000000", "999998"}, {"0", "1"}, {"1", "0"}, {"1", ""}, {"NaN", "1"}, {"5", "-5"}} {
		require.Error(t, n.compare(pair[0], pair[1]), pair)
	}
}

// The whole program, with turns too short to judge anything by.
func TestTable(t *testing.T) {
	withNode(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-turns", "1", "-turn", "1us"}, &out, io.Discard))
	folder, err := home()
	require.NoError(t, err)
	recorded, err := os.ReadFile(filepath.Join(folder, "testdata", "side-by-side.txt"))
	require.NoError(t, err)
	require.Equal(t, labels(string(recorded)), labels(out.String()), "record the table again: go run ./examples/bench -record")
	require.Equal(t, 7, strings.Count(out.String(), "x\n"))
}

// labels is a table without its first line and its figures.
func labels(table string) (lines []string) {
	for _, line := range strings.Split(table, "\n")[1:] {
		lines = append(lines, line[:min(len(line), 44)])
	}
	return lines
}

func TestRefused(t *testing.T) {
	for _, args := range [][]string{{"now"}, {"-turns", "0"}, {"-turns", "10001"}, {"-turn", "0s"}, {"-turn", "2m"}, {"-seed", "-1"}} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
}

// What is missing is told apart: Node, the packages, or only the right versions of them.
func TestInstalled(t *testing.T) {
	folder := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	}
	t.Setenv("PATH", folder)
	require.ErrorIs(t, installed(folder), errNode)
	require.ErrorIs(t, run(t.Context(), nil, io.Discard, io.Discard), errNode)
	put("node", "#!/bin/sh\n")
	put("node.exe", "")
	put("package-lock.json", `{"packages":{"":{"version":""},"node_modules/a":{"version":"1.2.3"}}}`)
	require.ErrorIs(t, installed(folder), errPackages)
	put("node_modules/.package-lock.json", `{"packages":{"node_modules/a":{"version":"1.2.4"}}}`)
	require.ErrorIs(t, installed(folder), errPackages)
	put("node_modules/.package-lock.json", `{"packages":{"node_modules/a":{"version":"1.2.3"},"node_modules/b":{"version":"1.0.0"}}}`)
	require.NoError(t, installed(folder))
	put("node_modules/.package-lock.json", `{`)
	require.Error(t, installed(folder))
}
