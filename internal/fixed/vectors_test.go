package fixed

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// recorded are the operations whose answers were recorded from the contracts' bytecode, by the name of their file.
// The recorder is TestFixedVectors of internal/devnet/peers.
func recorded() map[string]func(z *uint256.Int, x []uint256.Int) error {
	two := func(f func(z, x, y *uint256.Int) error) func(*uint256.Int, []uint256.Int) error {
		return func(z *uint256.Int, x []uint256.Int) error { return f(z, &x[0], &x[1]) }
	}
	three := func(f func(z, x, y, d *uint256.Int) error) func(*uint256.Int, []uint256.Int) error {
		return func(z *uint256.Int, x []uint256.Int) error { return f(z, &x[0], &x[1], &x[2]) }
	}
	return map[string]func(z *uint256.Int, x []uint256.Int) error{
		"CheckedMulDivDown": three(CheckedMulDivDown),
		"CheckedMulDivUp":   three(CheckedMulDivUp),
		"Exp":               func(z *uint256.Int, x []uint256.Int) error { return Exp(z, &x[0]) },
		"Ln":                func(z *uint256.Int, x []uint256.Int) error { return Ln(z, &x[0]) },
		"MulDivDown":        three(MulDivDown),
		"MulDivUp":          three(MulDivUp),
		"PercentDiv":        two(PercentDiv),
		"PercentMul":        two(PercentMul),
		"RPow":              func(z *uint256.Int, x []uint256.Int) error { return RPow(z, &x[0], x[1].Uint64(), &x[2]) },
		"RayDiv":            two(RayDiv),
		"RayMul":            two(RayMul),
		"WDivDown":          two(WDivDown),
		"WDivUp":            two(WDivUp),
		"WExp":              func(z *uint256.Int, x []uint256.Int) error { WExp(z, &x[0]); return nil },
		"WMulDown":          two(WMulDown),
		"WTaylorCompounded": two(WTaylorCompounded),
		"WadDiv":            two(WadDiv),
		"WadMul":            two(WadMul),
	}
}

// The contracts' own answers: the same number, or an error where the contract reverts.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt.gz")
	require.NoError(t, err)
	operations := recorded()
	require.Len(t, files, len(operations), "a file of vectors without an operation, or the reverse")
	for name, run := range operations {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(filepath.Join("testdata", name+".txt.gz"))
			require.NoError(t, err)
			defer file.Close()
			packed, err := gzip.NewReader(file)
			require.NoError(t, err)
			lines, numbers := bufio.NewScanner(packed), 0
			for cases := 0; ; cases++ {
				if !lines.Scan() {
					require.NoError(t, lines.Err())
					require.GreaterOrEqual(t, cases-1, 500)
					break
				}
				if strings.HasPrefix(lines.Text(), "#") {
					continue
				}
				fields := strings.Fields(lines.Text())
				operands := make([]uint256.Int, len(fields)-1)
				for i := range operands {
					require.NoError(t, operands[i].SetFromDecimal(fields[i]))
				}
				var got uint256.Int
				err := run(&got, operands)
				want := fields[len(fields)-1]
				if want == "revert" {
					require.Error(t, err, lines.Text())
					continue
				}
				require.NoError(t, err, lines.Text())
				require.Equal(t, want, got.Dec(), lines.Text())
				numbers++
			}
			require.Greater(t, numbers, 100, "too few cases give a number to prove anything")
		})
	}
}
