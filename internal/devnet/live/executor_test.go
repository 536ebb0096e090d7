package live

import (
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"
)

// The code that a simulation lends to an account is the one that the source compiles to.
func TestLentCode(t *testing.T) {
	text, err := os.ReadFile("../../simulation/executor.hex")
	require.NoError(t, err)
	require.Equal(t, common.Bytes2Hex(artifact(t, "PlanExecutor").Runtime), strings.TrimSpace(string(text)))
}
