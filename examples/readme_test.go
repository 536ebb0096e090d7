package examples

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/devnet"
)

// What the README shows is what the programs are and print.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	readme := string(data)

	shown := regexp.MustCompile("(?s)<!-- (examples/[a-z]+/main\\.go) -->\n```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	require.GreaterOrEqual(t, len(shown), 4)
	for _, match := range shown {
		source, err := os.ReadFile("../" + match[1])
		require.NoError(t, err)
		_, program, found := strings.Cut(string(source), "\npackage main")
		require.True(t, found)
		require.Equal(t, "package main"+program, match[2], "%s is not what the README shows", match[1])
	}

	parts := regexp.MustCompile("(?s)<!-- (\\S+_test\\.go) -->\n```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	require.NotEmpty(t, parts)
	for _, match := range parts {
		source, err := os.ReadFile("../" + match[1])
		require.NoError(t, err)
		require.Contains(t, strings.ReplaceAll(string(source), "\n\t", "\n"), match[2], "%s does not have what the README shows", match[1])
	}

	chain, err := devnet.New()
	require.NoError(t, err)
	defer chain.Close()
	url, err := chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	runs := regexp.MustCompile("(?s)```console\n\\$ (go run \\./examples/[^\n]*http://127\\.0\\.0\\.1:8545[^\n]*)\n(.*?)```").FindAllStringSubmatch(readme, -1)
	require.GreaterOrEqual(t, len(runs), 4)
	for _, match := range runs {
		t.Run(strings.Fields(match[1])[2], func(t *testing.T) {
			args := strings.Fields(strings.Replace(match[1], "http://127.0.0.1:8545", url, 1))
			args[2] = strings.Replace(args[2], "./examples/", "./", 1)
			var output, failure bytes.Buffer
			command := exec.CommandContext(t.Context(), args[0], args[1:]...)
			command.Stdout, command.Stderr = &output, &failure
			require.NoError(t, command.Run(), failure.String())
			require.Equal(t, match[2], output.String(), "the README shows another output of %s", match[1])
		})
	}
}

// The story is told the same every time: it is deterministic, to the block.
func TestQuickstart(t *testing.T) {
	want, err := os.ReadFile("quickstart/testdata/story.txt")
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), "go", "run", "./quickstart").Output()
	require.NoError(t, err, fmt.Sprint(err))
	require.Equal(t, string(want), string(output))
}
