package peers

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/devnet"
)

func TestLoad(t *testing.T) {
	_, err := Load("NoSuchContract")
	require.ErrorIs(t, err, ErrNotBuilt)
	require.ErrorContains(t, err, "npm run build")
	_, err = Load("../package")
	require.ErrorIs(t, err, ErrNotBuilt, "nothing outside of the build folder is read")

	_, err = Parse("A", []byte(`{"name":`))
	require.ErrorContains(t, err, "build it again")
	_, err = Parse("A", []byte(`{"name":"B","abi":[]}`))
	require.ErrorContains(t, err, "build it again")
}

func TestLink(t *testing.T) {
	hole := strings.Repeat("_", 40)
	a, err := Parse("A", []byte(`{"name":"A","abi":[],"bytecode":"0x60`+hole+`61`+hole+`62",
		"linkReferences":{"x.sol":{"X":[{"start":1,"length":20}]},"y.sol":{"Y":[{"start":22,"length":20}]}}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"X", "Y"}, a.Libraries())
	_, err = a.Code()
	require.ErrorContains(t, err, "link X, Y first")

	x, y := common.HexToAddress("0x11"), common.HexToAddress("0x22")
	half, err := a.Link(map[string]common.Address{"X": x, "Unused": y})
	require.NoError(t, err)
	require.Equal(t, []string{"Y"}, half.Libraries())
	whole, err := half.Link(map[string]common.Address{"Y": y})
	require.NoError(t, err)
	code, err := whole.Code()
	require.NoError(t, err)
	require.Equal(t, "60"+hex.EncodeToString(x[:])+"61"+hex.EncodeToString(y[:])+"62", hex.EncodeToString(code))
	require.Equal(t, []string{"X", "Y"}, a.Libraries(), "the contract that was linked stays as it was")

	damaged, err := Parse("A", []byte(`{"name":"A","abi":[],"bytecode":"0x60","linkReferences":{"x.sol":{"X":[{"start":1,"length":20}]}}}`))
	require.NoError(t, err)
	_, err = damaged.Link(map[string]common.Address{"X": x})
	require.ErrorContains(t, err, "outside of its code")
}

func TestCodeArguments(t *testing.T) {
	token := Require(t, "MockERC20")[0]
	_, err := token.Code("only a name")
	require.ErrorContains(t, err, "constructor of MockERC20")
}

// Everything that was built can be loaded, has code and fits into a contract, but for one contract that is shipped in a
// form larger than a chain takes.
func TestEverythingBuilt(t *testing.T) {
	Require(t, "Morpho")
	files, err := filepath.Glob("build/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 70)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		artifact, err := Load(name)
		require.NoError(t, err)
		require.NotEmpty(t, artifact.code, name)
		require.Equal(t, name != "ActionAddRemoveLiqV3", artifact.DeployedSize <= params.MaxCodeSize, name)
	}
}

// The sizes of what is compiled here with the deployed contracts' settings.
func TestCompiledSizes(t *testing.T) {
	for name, size := range map[string]int{
		"Morpho": 15582, "AdaptiveCurveIrm": 2282, "MetaMorpho": 18414, "MetaMorphoFactory": 21467, "Permit2": 9197,
	} {
		require.Equal(t, size, Require(t, name)[0].DeployedSize, name)
	}
}

func TestDeployOnChain(t *testing.T) {
	token := Require(t, "MockERC20")[0]
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	at, err := token.Deploy(t.Context(), chain, chain.Accounts().Alice, "Token", "TKN", uint8(6))
	require.NoError(t, err)
	input, err := token.ABI().Pack("decimals")
	require.NoError(t, err)
	output, err := OnChain(t.Context(), chain).Call(alice, at, input)
	require.NoError(t, err)
	require.Equal(t, byte(6), output[31])

	_, err = OnChain(t.Context(), chain).Send(alice, at, input)
	require.ErrorContains(t, err, "give its account to OnChain")
}

// skips runs Require where it must not fail a test and reports whether it skipped it.
func skips(t *testing.T, name string) (skipped bool) {
	t.Run("probe", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		Require(t, name)
	})
	return skipped
}

func TestRequireSkips(t *testing.T) {
	if os.Getenv(Environment) == "required" {
		t.Setenv(Environment, "")
	}
	require.True(t, skips(t, "NoSuchContract"))
}

// failer is a test that notes how it ended.
type failer struct {
	testing.TB
	fatal bool
}

func (f *failer) Helper()           {}
func (f *failer) Skip(...any)       { panic("skipped") }
func (f *failer) Fatal(args ...any) { f.fatal = true; panic("fatal") }

func TestRequireFails(t *testing.T) {
	t.Setenv(Environment, "required")
	f := &failer{TB: t}
	require.PanicsWithValue(t, "fatal", func() { Require(f, "NoSuchContract") })
	require.True(t, f.fatal)
}
