package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// started reads what the program says until it names its address.
func started(t *testing.T, out io.Reader) (url string, rest *bufio.Scanner) {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "The wallet is at "); found {
			return after, lines
		}
	}
	t.Fatalf("it did not start: %v", lines.Err())
	return "", nil
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, in)
		in.Close()
	}()
	url, rest := started(t, out)
	require.True(t, strings.HasPrefix(url, "http://127.0.0.1:"), url)
	response, err := http.Get(url)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	cancel()
	said := ""
	for rest.Scan() {
		said = rest.Text()
	}
	require.Equal(t, "Stopped.", said)
	require.NoError(t, <-ended)
	_, err = http.Get(url)
	require.Error(t, err, "the port is free again")
	// Of the library and the wallet no goroutine is left but this one; those of go-ethereum that end later are not looked at.
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if !strings.Contains(stack, "wallet.TestRun") {
			require.NotRegexp(t, `gaib-go/gaib/(examples/wallet|internal/stream|internal/devnet)|gaib-go/gaib\.|main\.\(\*`, stack)
		}
	}
}

func TestArguments(t *testing.T) {
	for args, want := range map[string]string{
		"-addr 0.0.0.0:0":       "not a loopback address",
		"-addr 192.168.1.9:80":  "not a loopback address",
		"-addr example.com:80":  "not a loopback address",
		"-addr :8080":           "not a loopback address",
		"-addr 127.0.0.1":       "missing port",
		"-addr 127.0.0.1:99999": "invalid port",
		"-nonsense":             "not defined",
	} {
		require.ErrorContains(t, run(t.Context(), strings.Fields(args), io.Discard), want, args)
	}
}

// The program itself, as a process, ends well on the signal of Ctrl-C.
func TestSignal(t *testing.T) {
	if os.Getenv("WALLET_MAIN") != "" {
		os.Args = []string{"wallet", "-addr", "127.0.0.1:0"}
		main()
		os.Exit(0)
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSignal$")
	command.Env = append(os.Environ(), "WALLET_MAIN=1")
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	url, rest := started(t, out)
	// A connection that is open and idle does not hold it up.
	response, err := http.Get(url)
	require.NoError(t, err)
	response.Body.Close()
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	said := ""
	for rest.Scan() {
		said = rest.Text()
	}
	require.Equal(t, "Stopped.", said)
	require.NoError(t, command.Wait())
}

// until waits for something that other goroutines bring about.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !met(); time.Sleep(20 * time.Millisecond) {
		require.False(t, time.Now().After(end), "in vain: %s", what)
	}
}
