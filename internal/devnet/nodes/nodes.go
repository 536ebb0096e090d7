package nodes

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Kind is a kind of node.
type Kind string

// The nodes that can be started.
const (
	Anvil Kind = "anvil"
	Geth  Kind = "geth"
)

// GethVersion is the version that the install command of this package's manual builds.
const GethVersion = "v1.17.8"

// Environment is the variable that makes Require fail a test instead of skipping it, when its value is "required".
const Environment = "GAIB_NODES"

// ErrNotInstalled says that a node is not in its folder.
var ErrNotInstalled = errors.New("nodes: the node is not installed: see the manual of internal/devnet/nodes")

// startTime is how long a node may take until it listens.
const startTime = 30 * time.Second

// Node is a running node in a process of its own, listening on a free port of this machine only.
type Node struct {
	Kind Kind
	HTTP string // http://host:port
	WS   string // ws://host:port

	stdin  io.Closer
	output *tail
	ended  chan struct{} // closed when the process is gone
}

// Find returns where the node's program is. Error: ErrNotInstalled.
func Find(kind Kind) (string, error) {
	_, source, _, _ := runtime.Caller(0)
	folder := filepath.Dir(source)
	var path string
	switch kind {
	case Anvil:
		path = filepath.Join(folder, "node_modules", "@foundry-rs", "anvil-"+runtime.GOOS+"-"+runtime.GOARCH, "bin", "anvil")
	case Geth:
		path = filepath.Join(folder, "bin", "geth-"+GethVersion)
	default:
		return "", fmt.Errorf("nodes: there is no kind of node %q", kind)
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("%w (%s)", ErrNotInstalled, kind)
	}
	return path, nil
}

// Require returns a fresh node that ends with the test. It skips the test if the node is not installed, and fails it if
// the environment has GAIB_NODES=required or the node does not start.
func Require(t testing.TB, kind Kind) *Node {
	t.Helper()
	node, err := Start(kind, t.TempDir())
	if errors.Is(err, ErrNotInstalled) && os.Getenv(Environment) != "required" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		node.Close()
		if t.Failed() {
			t.Logf("the last words of %s:\n%s", kind, node.output)
		}
	})
	return node
}

func arguments(kind Kind) []string {
	if kind == Anvil {
		return []string{"--port", "0", "--enable-tx-gas-limit"}
	}
	return []string{
		"--dev", "--txpool.nolocals", "--dev.gaslimit", "60000000", "--ipcdisable", "--port", "0", "--authrpc.port", "0",
		"--http", "--http.addr", "127.0.0.1", "--http.port", "0", "--http.api", "eth,net,web3,debug,txpool",
		"--ws", "--ws.addr", "127.0.0.1", "--ws.port", "0", "--ws.api", "eth,net,web3,debug,txpool",
	}
}

// listening finds the address in what a node writes when it is ready.
var listening = map[Kind]*regexp.Regexp{
	Anvil: regexp.MustCompile(`^Listening on (127\.0\.0\.1:\d+)`),
	Geth:  regexp.MustCompile(`WebSocket enabled +url=ws://(127\.0\.0\.1:\d+)`), // the same port as HTTP, a line later
}

// watched runs its arguments as a process that is killed when the shell's input ends: when Close closes it, or
// when the process that started the node is gone, however it ended.
const watched = `"$@" & node=$!; read -r _; kill -9 $node; wait $node`

// Start returns a fresh node that keeps its files, if any, in dir. The caller closes it. Error: ErrNotInstalled.
func Start(kind Kind, dir string) (*Node, error) {
	path, err := Find(kind)
	if err != nil {
		return nil, err
	}
	command := exec.Command("/bin/sh", append([]string{"-c", watched, "sh", path}, arguments(kind)...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir)
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("nodes: %s: %w", kind, err)
	}
	output, words, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("nodes: %s: %w", kind, err)
	}
	command.Stdout, command.Stderr = words, words
	err = command.Start()
	_ = words.Close()
	if err != nil {
		_ = output.Close()
		return nil, fmt.Errorf("nodes: %s: %w", kind, err)
	}
	node := &Node{Kind: kind, stdin: stdin, output: new(tail), ended: make(chan struct{})}
	ready := make(chan string, 1)
	go func() {
		defer close(node.ended)
		lines := bufio.NewScanner(output)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			node.output.add(lines.Text())
			if found := listening[kind].FindStringSubmatch(lines.Text()); found != nil {
				select {
				case ready <- found[1]:
				default:
				}
			}
		}
		// The node has closed its output, or writes what is no text: it is of no use any more.
		_ = stdin.Close()
		_ = output.Close()
		_ = command.Wait()
	}()
	select {
	case address := <-ready:
		node.HTTP, node.WS = "http://"+address, "ws://"+address
		return node, nil
	case <-node.ended:
		return nil, fmt.Errorf("nodes: %s ended before it listened; it wrote:\n%s", kind, node.output)
	case <-time.After(startTime):
		node.Close()
		return nil, fmt.Errorf("nodes: %s did not listen within %s; it wrote:\n%s", kind, startTime, node.output)
	}
}

// Close ends the node's process and waits until it is gone. Closing twice is fine.
func (n *Node) Close() {
	_ = n.stdin.Close()
	<-n.ended
}

// tail keeps the last lines of a node's output.
type tail struct {
	mu    sync.Mutex
	lines []string
}

const tailLines = 40

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = append(t.lines[:0], t.lines[1:]...)
	}
	t.lines = append(t.lines, line)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
