package contracts

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// contracts.json is what Liquidator.sol compiles to, byte for byte.
func TestBuilt(t *testing.T) {
	if _, err := os.Stat("../../../internal/devnet/contracts/node_modules/solc"); err != nil {
		t.Skip("the compiler is not installed: npm --prefix internal/devnet/contracts ci --ignore-scripts")
	}
	path := filepath.Join(t.TempDir(), "built.json")
	output, err := exec.CommandContext(t.Context(), "node", "build.mjs", path).CombinedOutput()
	require.NoError(t, err, string(output))
	fresh, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(fresh), string(built))
}

func TestCode(t *testing.T) {
	_, err := Code("Pool")
	require.ErrorContains(t, err, "constructor of Pool")
	_, err = Code("Nothing")
	require.ErrorContains(t, err, `no contract "Nothing"`)
	code, err := Code("Opener")
	require.NoError(t, err)
	require.NotEmpty(t, code)
}
