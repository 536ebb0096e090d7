package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

var (
	// errNode: there is no Node to run the packages.
	errNode = errors.New("this needs Node.js: install version 20 or later, so that `node` and `npm` are found")
	// errPackages: the packages are not installed.
	errPackages = errors.New("the packages are not installed: run `npm ci` in examples/bench")
)

// home returns the folder of this program's source, where the packages and the script are.
func home() (string, error) {
	_, source, _, _ := runtime.Caller(0)
	folder := filepath.Dir(source)
	if _, err := os.Stat(filepath.Join(folder, "package.json")); err != nil {
		return "", fmt.Errorf("the source of this program has moved: run it from its repository with `go run ./examples/bench`: %w", err)
	}
	return folder, nil
}

// installed returns errNode or errPackages if the script cannot run. Packages of other versions than the lock file's count as
// missing.
func installed(folder string) error {
	if _, err := exec.LookPath("node"); err != nil {
		return errNode
	}
	var wanted, found struct {
		Packages map[string]struct{ Version string }
	}
	for name, lock := range map[string]any{"package-lock.json": &wanted, "node_modules/.package-lock.json": &found} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, fs.ErrNotExist) {
			return errPackages
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, lock); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, want := range wanted.Packages {
		if name != "" && found.Packages[name] != want {
			return errPackages
		}
	}
	return nil
}

// install installs the packages if they are missing, and says so.
func install(ctx context.Context, folder string, errs io.Writer) error {
	err := installed(folder)
	if !errors.Is(err, errPackages) {
		return err
	}
	fmt.Fprintln(errs, "installing the packages to compare with: npm ci in examples/bench")
	command := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	command.Dir, command.Stdout, command.Stderr = folder, errs, errs
	if err := command.Run(); errors.Is(err, exec.ErrNotFound) {
		return errNode
	} else if err != nil {
		return fmt.Errorf("npm ci: %w; look at its output above, and whether the registry can be reached", err)
	}
	return nil
}

// peers is bench.mjs under Node: it answers each line with a line of JSON.
type peers struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	version string
}

func start(ctx context.Context, folder string, errs io.Writer) (*peers, error) {
	n := &peers{command: exec.CommandContext(ctx, "node", filepath.Join(folder, "bench.mjs"))}
	n.command.Stderr = errs
	var err error
	if n.in, err = n.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := n.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	n.out = bufio.NewReader(out)
	if err := n.command.Start(); err != nil {
		return nil, err
	}
	if err := n.ask("version", &n.version); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

func (n *peers) ask(line string, answer any) error {
	if _, err := fmt.Fprintln(n.in, line); err != nil {
		return fmt.Errorf("the packages under Node gave up; look at the output above: %w", err)
	}
	reply, err := n.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("the packages under Node gave up; look at the output above: %w", err)
	}
	return json.Unmarshal(reply, answer)
}

// time returns how many nanoseconds one case of the work takes, the mean of passes over all cases for as long as a turn.
func (n *peers) time(work string, turn int64) (float64, error) {
	var reply string
	if err := n.ask("time "+work+" "+strconv.FormatInt(turn, 10), &reply); err != nil {
		return 0, err
	}
	return strconv.ParseFloat(reply, 64)
}

func (n *peers) close() {
	n.in.Close()
	_ = n.command.Wait() // its answers are in already
}

// versions returns the versions of the packages that the folder asks for, by name.
func versions(folder string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return nil, err
	}
	var file struct{ Dependencies map[string]string }
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	return file.Dependencies, nil
}
