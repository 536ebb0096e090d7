package devnet

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The committed artifacts are what the sources compile to.
func TestArtifactsAreCurrent(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not on this machine: the artifacts cannot be compiled again")
	}
	if _, err := os.Stat("contracts/node_modules/solc"); err != nil {
		t.Skip("the compiler is not installed: run npm ci in internal/devnet/contracts")
	}
	dir := t.TempDir()
	output, err := exec.CommandContext(t.Context(), node, "contracts/build.mjs", dir).CombinedOutput()
	require.NoError(t, err, "%s", output)
	fresh, err := os.ReadDir(dir)
	require.NoError(t, err)
	committed, err := os.ReadDir("contracts/artifacts")
	require.NoError(t, err)
	require.Len(t, committed, len(fresh))
	for _, file := range fresh {
		want, err := os.ReadFile(filepath.Join(dir, file.Name()))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("contracts/artifacts", file.Name()))
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "%s is not what its source compiles to: run go generate", file.Name())
	}
}

func TestArtifacts(t *testing.T) {
	entries, err := os.ReadDir("contracts/artifacts")
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".json")
		artifact, err := LoadArtifact(name)
		require.NoError(t, err)
		require.Equal(t, name, artifact.Contract)
		require.NotEmpty(t, artifact.Bytecode)
		require.LessOrEqual(t, len(artifact.Runtime), 24_576, "%s is over the size limit of EIP-170", name)
		require.NotEmpty(t, artifact.Source)
		require.True(t, strings.HasPrefix(artifact.Compiler, "0.8.22+"))
	}
	_, err = LoadArtifact("Nothing")
	require.ErrorContains(t, err, `no contract "Nothing"`)

	vault, err := LoadArtifact("StakedAID")
	require.NoError(t, err)
	require.Contains(t, vault.Storage, StorageSlot{Label: "unrealizedLoss", Slot: 8, Offset: 0, Type: "uint256"})
}
