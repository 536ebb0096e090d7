package gen

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gaib-go/gaib/internal/abigen/abifile"
)

// ErrStale is wrapped by what Job.Check returns for a Go file that is not what its .abi files give.
var ErrStale = errors.New("generated code is stale")

// Job is what one command line of abigen asks for.
type Job struct {
	Dir   string // folder that Out and Files are relative to
	Pkg   string
	Out   string
	Files []string
	Check bool // compare only
}

// ParseJob returns the job of a command line that runs in dir. What flag says of a bad one goes to stderr.
func ParseJob(dir string, args []string, stderr io.Writer) (Job, error) {
	j := Job{Dir: dir}
	flags := flag.NewFlagSet("abigen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&j.Pkg, "pkg", "", "name of the Go package")
	flags.StringVar(&j.Out, "out", "", "Go file to write")
	flags.BoolVar(&j.Check, "check", false, "write nothing; fail if the Go file is not what would be written")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: abigen -pkg name -out file.go [-check] a.abi [b.abi ...]")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return j, err
	}
	j.Files = flags.Args()
	if j.Pkg == "" || j.Out == "" || len(j.Files) == 0 {
		return j, errors.New("abigen: -pkg, -out and at least one .abi file are needed; abigen -h lists the flags")
	}
	return j, nil
}

// Run writes the job's Go file or, with Check, compares it.
func (j Job) Run() error {
	source, err := j.generate()
	if err != nil {
		return err
	}
	if !j.Check {
		return os.WriteFile(j.Path(j.Out), source, 0o644)
	}
	have, err := os.ReadFile(j.Path(j.Out))
	if err != nil {
		return fmt.Errorf("abigen: %w", err)
	}
	if !bytes.Equal(have, source) {
		return fmt.Errorf("abigen: %w: %s differs from what %v give: run go generate", ErrStale, j.Path(j.Out), j.Files)
	}
	return nil
}

func (j Job) generate() ([]byte, error) {
	var sources []Source
	for _, name := range j.Files {
		text, err := os.ReadFile(j.Path(name))
		if err != nil {
			return nil, fmt.Errorf("abigen: %w", err)
		}
		sources = append(sources, Source{Name: name, Text: text})
	}
	return Generate(j.Pkg, sources...)
}

// Path returns the path of a file that the command line names.
func (j Job) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(j.Dir, name)
}

// Binding is a generated type and what it was generated from.
type Binding struct {
	GoName string
	Item   *abifile.Item
}

// Bindings returns the types that the job generates for functions, events and errors, in the order of its files.
func (j Job) Bindings() ([]Binding, error) {
	g := newGenerator()
	var out []Binding
	for _, name := range j.Files {
		text, err := os.ReadFile(j.Path(name))
		if err != nil {
			return nil, fmt.Errorf("abigen: %w", err)
		}
		c, err := abifile.Parse(name, text)
		if err != nil {
			return nil, err
		}
		goNames, err := g.claimAll(c)
		if err != nil {
			return nil, err
		}
		for i, it := range c.Items {
			out = append(out, Binding{goNames[i], it})
		}
	}
	return out, nil
}

// FindJobs returns the jobs of all go:generate lines under root that run abigen, and the .abi files that are there, as
// paths that start with root. Folders that the go tool leaves out (testdata, and names that start with a dot or _) and
// node_modules are left out here too.
func FindJobs(root string) (jobs []Job, abiFiles []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (name == "testdata" || name == "node_modules" || name[0] == '.' || name[0] == '_') {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(name) {
		case ".abi":
			abiFiles = append(abiFiles, path)
		case ".go":
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			found, err := jobsOf(filepath.Dir(path), string(text))
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			jobs = append(jobs, found...)
		}
		return nil
	})
	return jobs, abiFiles, err
}

// jobsOf returns the jobs of the go:generate lines in the text of a Go file that stands in dir.
func jobsOf(dir, text string) ([]Job, error) {
	var jobs []Job
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 4 || words[0] != "//go:generate" || words[1] != "go" || words[2] != "run" ||
			(words[3] != "abigen" && !strings.HasSuffix(words[3], "/abigen")) {
			continue
		}
		j, err := ParseJob(dir, words[4:], io.Discard)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}
