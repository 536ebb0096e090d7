package peers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/devnet"
)

// ErrNotBuilt says that a contract is not in the build folder.
var ErrNotBuilt = errors.New("peers: the contract was not built: run `npm run build` in internal/devnet/peers")

// Environment is the variable that makes Require fail a test instead of skipping it, when its value is "required".
const Environment = "GAIB_PEERS"

// Artifact is a compiled contract.
type Artifact struct {
	Name string
	// DeployedSize is the length of the runtime code in bytes, by the compiler's account.
	DeployedSize int

	parsed abi.ABI
	code   string                            // hexadecimal, with placeholders where libraries are to be linked
	links  map[string]map[string][]reference // by file and library
}

// reference is a place in the code where a library's address stands, in bytes.
type reference struct {
	Start  int `json:"start"`
	Length int `json:"length"`
}

// Load returns the contract called name, such as "Morpho". It fails with ErrNotBuilt if the build folder lacks it.
func Load(name string) (Artifact, error) {
	_, source, _, _ := runtime.Caller(0)
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(source), "build", filepath.Base(name)+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return Artifact{}, fmt.Errorf("%w (%s)", ErrNotBuilt, name)
	}
	if err != nil {
		return Artifact{}, fmt.Errorf("peers: %s: %w", name, err)
	}
	return Parse(name, raw)
}

// Parse returns a contract from the JSON that the build writes: name, abi, bytecode, linkReferences, deployedSize. It fails
// if raw is not such a file or holds another contract than name.
func Parse(name string, raw []byte) (Artifact, error) {
	var file struct {
		Name         string                            `json:"name"`
		ABI          abi.ABI                           `json:"abi"`
		Bytecode     string                            `json:"bytecode"`
		Links        map[string]map[string][]reference `json:"linkReferences"`
		DeployedSize int                               `json:"deployedSize"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return Artifact{}, fmt.Errorf("peers: %s is not a contract's JSON, build it again: %w", name, err)
	}
	if file.Name != name {
		return Artifact{}, fmt.Errorf("peers: the file of %s holds %q, build it again", name, file.Name)
	}
	return Artifact{
		Name:         file.Name,
		DeployedSize: file.DeployedSize,
		parsed:       file.ABI,
		code:         strings.TrimPrefix(file.Bytecode, "0x"),
		links:        file.Links,
	}, nil
}

// Require returns the contracts of the given names in their order. It skips the test if one was not built, and fails it
// if the environment has GAIB_PEERS=required or the build is damaged.
func Require(t testing.TB, names ...string) []Artifact {
	t.Helper()
	artifacts := make([]Artifact, len(names))
	for i, name := range names {
		artifact, err := Load(name)
		if errors.Is(err, ErrNotBuilt) && os.Getenv(Environment) != "required" {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		artifacts[i] = artifact
	}
	return artifacts
}

// ABI returns the contract's interface as go-ethereum's codec knows it.
func (a Artifact) ABI() abi.ABI { return a.parsed }

// Libraries returns the names of the libraries that are still to be linked, sorted.
func (a Artifact) Libraries() []string {
	var names []string
	for _, libraries := range a.links {
		for name := range libraries {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Link returns the contract with the libraries of the given names at the given addresses. Names that the contract does
// not use are ignored, so that one map serves many contracts. It fails if the build is damaged.
func (a Artifact) Link(libraries map[string]common.Address) (Artifact, error) {
	code := []byte(a.code)
	links := make(map[string]map[string][]reference)
	for file, needed := range a.links {
		for name, references := range needed {
			address, ok := libraries[name]
			if !ok {
				if links[file] == nil {
					links[file] = make(map[string][]reference)
				}
				links[file][name] = references
				continue
			}
			for _, r := range references {
				if r.Length != common.AddressLength || r.Start < 0 || r.Start > len(code)/2-r.Length {
					return Artifact{}, fmt.Errorf("peers: %s links %s outside of its code, build it again", a.Name, name)
				}
				hex.Encode(code[2*r.Start:], address[:])
			}
		}
	}
	a.code, a.links = string(code), links
	return a, nil
}

// Code returns the creation code followed by the constructor's arguments. It fails while a library is not linked or if
// the arguments are not the constructor's.
func (a Artifact) Code(args ...any) ([]byte, error) {
	if missing := a.Libraries(); len(missing) > 0 {
		return nil, fmt.Errorf("peers: %s needs libraries: link %s first", a.Name, strings.Join(missing, ", "))
	}
	code, err := hex.DecodeString(a.code)
	if err != nil {
		return nil, fmt.Errorf("peers: code of %s, build it again: %w", a.Name, err)
	}
	input, err := a.parsed.Pack("", args...)
	if err != nil {
		return nil, fmt.Errorf("peers: constructor of %s: %w", a.Name, err)
	}
	return append(code, input...), nil
}

// Deploy puts the contract on the chain, with the constructor's arguments, and returns its address.
func (a Artifact) Deploy(ctx context.Context, chain *devnet.Chain, from devnet.Account, args ...any) (common.Address, error) {
	code, err := a.Code(args...)
	if err != nil {
		return common.Address{}, err
	}
	address, _, err := chain.Deploy(ctx, from, code)
	if err != nil {
		return common.Address{}, fmt.Errorf("peers: deploying %s: %w", a.Name, err)
	}
	return address, nil
}
