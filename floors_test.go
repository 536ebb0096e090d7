package gaib_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/gaib-go/gaib"

// pure are the rooms of the maths floor: they stand on the standard library, uint256 and each other.
var pure = []string{
	"internal/fixed", "gpuasset", "gpuasset/...", "lending", "lending/book", "yield", "yield/daycount", "yield/cashflow", "yield/strategy",
}

// tools are programs that make code; they are never imported.
var tools = []string{"internal/abigen", "internal/abigen/...", "internal/addressbook", "internal/clearsign"}

// outside is what each floor may import from other modules.
var outside = map[string][]string{
	"pure": {"github.com/holiman/uint256"},
	"chain": {
		"github.com/holiman/uint256", "golang.org/x/sync/errgroup",
		"github.com/ethereum/go-ethereum/common", "github.com/ethereum/go-ethereum/common/hexutil",
		"github.com/ethereum/go-ethereum/crypto/keccak", "github.com/ethereum/go-ethereum/rlp",
	},
}

// sideways are the arrows between rooms of one level; besides them a room may import its sub-rooms' parents.
var sideways = map[string][]string{
	"said":           {"yield"},
	"gpuasset":       {"yield/cashflow", "yield/daycount"},
	"yield/strategy": {"lending"},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, args...)...).Output()
	require.NoError(t, err)
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return packages
		} else {
			require.NoError(t, err)
		}
		packages = append(packages, one)
	}
}

func in(rooms []string, room string) bool {
	return slices.ContainsFunc(rooms, func(pattern string) bool {
		tree, whole := strings.CutSuffix(pattern, "...")
		return room == pattern || whole && strings.HasPrefix(room, tree)
	})
}

// An import never goes up a floor, and sideways only along the arrows of the plan.
func TestFloors(t *testing.T) {
	for _, pkg := range list(t, "./...") {
		room := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		if in(tools, room) {
			continue
		}
		floor := "chain"
		if in(pure, room) {
			floor = "pure"
		}
		for _, imported := range pkg.Imports {
			if !strings.Contains(strings.Split(imported, "/")[0], ".") {
				continue // standard library
			}
			inner, ours := strings.CutPrefix(imported, module)
			if !ours {
				require.Contains(t, outside[floor], imported, "%s is on the %s floor", room, floor)
				continue
			}
			inner = strings.TrimPrefix(inner, "/")
			require.False(t, in(tools, inner), "%s imports the tool %s", room, inner)
			if floor == "pure" {
				require.True(t, in(pure, inner), "%s is pure and imports %s", room, inner)
			}
			require.True(t, allowed(room, inner), "no arrow leads from %q to %q", room, inner)
		}
	}
}

// allowed tells whether a room may import another of this module.
func allowed(from, to string) bool {
	top := func(room string) string { return strings.Split(room, "/")[0] }
	switch {
	case to == "" || strings.HasPrefix(to, "internal/"):
		return !strings.HasPrefix(from, "internal/") || to != "" // mechanisms do not know the face
	case from == "" || strings.HasPrefix(from, "internal/"):
		return false // neither the face nor a mechanism knows a product
	case top(from) == top(to):
		return true // within a product
	}
	return slices.ContainsFunc([]string{from, top(from)}, func(room string) bool {
		return slices.Contains(sideways[room], to)
	})
}

// The weight a program takes on by importing a package.
func TestWeight(t *testing.T) {
	for _, pkg := range list(t, "./...") {
		room := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		if in(tools, room) {
			continue
		}
		for _, dep := range pkg.Deps {
			for _, heavy := range []string{"accounts/abi", "ethclient", "rpc", "core", "crypto/secp256k1", "p2p", "node"} {
				require.False(t, dep == "github.com/ethereum/go-ethereum/"+heavy || strings.HasPrefix(dep, "github.com/ethereum/go-ethereum/"+heavy+"/"),
					"%s pulls in %s", room, dep)
			}
			if in(pure, room) {
				require.NotContains(t, dep, "go-ethereum", room)
			}
		}
	}
}

// The top level is fixed: a new room goes into one of these.
func TestTopLevel(t *testing.T) {
	rooms := []string{"aid", "said", "gpuasset", "lending", "yield", "internal", "examples"}
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") && entry.Name() != "testdata" {
			require.Contains(t, rooms, entry.Name(), "no other folder joins the top level")
		}
	}
}
