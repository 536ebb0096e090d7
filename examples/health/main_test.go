package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// The picture is the same every time. GAIB_RECORD=1 writes what it should be.
func TestPicture(t *testing.T) {
	const golden = "testdata/alice.txt"
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, &progress))
	require.Empty(t, progress.String())
	if os.Getenv("GAIB_RECORD") != "" {
		require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

func TestFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "health.svg")
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-json", "-svg", path}, &out, io.Discard))
	drawn, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, text := range []string{"<svg", "as the market decides", "at the Unstaking NAV", "liquidation", "prefers-color-scheme:dark"} {
		require.Contains(t, string(drawn), text)
	}
	var got struct {
		Collateral     string
		Debt           string
		Liquidatable   bool
		Distance       float64
		OraclePriceGap float64
		LiquidatorActs bool
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "60000", got.Collateral)
	require.False(t, got.Liquidatable)
	require.InDelta(t, 0.152, got.Distance, 0.001)
	require.InDelta(t, 0.0403, got.OraclePriceGap, 0.0005)
	require.True(t, got.LiquidatorActs)
	require.Error(t, run(t.Context(), []string{"-svg", t.TempDir()}, io.Discard, io.Discard), "a folder")
}

// Any account in any market of a node: one without debt, one that can be liquidated, one that only lends.
func TestRemote(t *testing.T) {
	chain, err := devnet.New()
	require.NoError(t, err)
	defer chain.Close()
	s, err := demo(t.Context(), chain)
	require.NoError(t, err)
	url, err := chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	protocol, _ := s.deployment.Entry(morpho.NameMorpho)
	args := func(account string, more ...string) []string {
		return append([]string{"-rpc", url, "-morpho", protocol.Address.Hex(), "-market", s.pair.ID().Hex(), "-account", account}, more...)
	}
	shown := func(account string) string {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), args(account), &out, io.Discard))
		return out.String()
	}
	who := chain.Accounts()
	embedded, err := os.ReadFile("testdata/alice.txt")
	require.NoError(t, err)
	require.Equal(t, string(embedded), shown(who.Alice.Address.Hex()))
	require.Contains(t, shown(who.Bob.Address.Hex()), "without debt it cannot be liquidated")
	require.Contains(t, shown(who.Whale.Address.Hex()), "USDC lent in this market at")

	// AID at 0.7 USDC: below the debt.
	oracle, err := devnet.LoadArtifact("MarketOracle")
	require.NoError(t, err)
	input, err := oracle.ABI.Pack("set", uint8(1), uint256.NewInt(7e17).ToBig())
	require.NoError(t, err)
	_, err = chain.Send(t.Context(), who.Manager, s.pair.Params().Oracle, nil, input)
	require.NoError(t, err)
	text := shown(who.Alice.Address.Hex())
	require.Contains(t, text, "it can be liquidated now")
	require.Contains(t, text, "borrow 0.00 USDC more or take out 0.00 sAID")
	require.NotContains(t, text, "liquidation begins")

	// All collateral is seized: what is left is nothing, of the position and of the debt.
	position, err := s.pair.Position(who.Alice.Address).Call(t.Context(), chain.Client(), gaib.Latest)
	require.NoError(t, err)
	for _, call := range []gaib.Call{
		s.pair.Loan().Approve(protocol.Address, *new(uint256.Int).SetAllOne()),
		gaib.NewCall(s.pair.Protocol().Contract(), contract.MorphoAccrueInterest{MarketParams: contract.MorphoMarketParams{
			LoanToken: s.pair.Params().LoanToken, CollateralToken: s.pair.Params().CollateralToken, Oracle: s.pair.Params().Oracle, Irm: s.pair.Params().IRM,
			Lltv: *uint256.NewInt(uint64(s.pair.Params().LLTV))}}, ""),
		s.pair.Liquidate(who.Alice.Address, position.Collateral, uint256.Int{}, nil),
	} {
		_, err := chain.Send(t.Context(), who.Bob, call.To, nil, call.Data)
		require.NoError(t, err)
	}
	require.Contains(t, shown(who.Alice.Address.Hex()), "without debt it cannot be liquidated")

	for _, bad := range [][]string{
		args("0x12"), {"-rpc", url, "-account", who.Bob.Address.Hex()}, {"-rpc", "http://127.0.0.1:1", "-account", who.Bob.Address.Hex()},
		{"-rpc", url, "-morpho", "0x1", "-account", who.Bob.Address.Hex()}, {"-nonsense"}, {"word"}, args(who.Bob.Address.Hex(), "-required", "-1"),
	} {
		require.Error(t, run(t.Context(), bad, io.Discard, io.Discard), bad)
	}
}
