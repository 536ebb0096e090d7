package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/abigen/gen"
)

// Every .abi file of the repository is named by a go:generate line, and every line gives the Go file that stands there.
func TestGeneratedCodeIsCurrent(t *testing.T) {
	jobs, abiFiles, err := gen.FindJobs("../..")
	require.NoError(t, err)
	used := map[string]bool{}
	var stale []error
	for _, j := range jobs {
		j.Check = true
		stale = append(stale, j.Run())
		for _, name := range j.Files {
			used[j.Path(name)] = true
		}
	}
	require.NoError(t, errors.Join(stale...))
	for _, name := range abiFiles {
		require.True(t, used[name], "no go:generate line names %s", name)
	}
	require.NotEmpty(t, used)
}

func TestFindJobs(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	write("a/token.abi", "contract Token\nfunction f() @assumed\n")
	write("a/doc.go", "package a\n\n//go:generate stringer -type X\n"+
		"//go:generate go run ../internal/abigen -pkg a -out token_gen.go token.abi\n")
	write("a/testdata/bad.abi", "?")
	write(".git/worse.abi", "?")
	write("b/lost.abi", "contract Lost\n")

	jobs, files, err := gen.FindJobs(root)
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(root, "a", "token.abi"), filepath.Join(root, "b", "lost.abi")}, files)
	require.Equal(t, []gen.Job{{Dir: filepath.Join(root, "a"), Pkg: "a", Out: "token_gen.go", Files: []string{"token.abi"}}}, jobs)

	// A job is current once it has run, and stale after a change on either side.
	check := jobs[0]
	check.Check = true
	require.ErrorIs(t, check.Run(), os.ErrNotExist)
	require.NoError(t, jobs[0].Run())
	require.NoError(t, check.Run())
	write("a/token.abi", "contract Token\nfunction f() @confirmed\n")
	require.ErrorIs(t, check.Run(), gen.ErrStale)
	require.NoError(t, jobs[0].Run())
	require.NoError(t, check.Run())
	write("a/token_gen.go", "package a\n")
	require.ErrorIs(t, check.Run(), gen.ErrStale)

	write("b/doc.go", "package b\n\n//go:generate go run ../internal/abigen -out lost_gen.go lost.abi\n")
	_, _, err = gen.FindJobs(root)
	require.ErrorContains(t, err, "-pkg")
	require.ErrorContains(t, err, "doc.go")
}
