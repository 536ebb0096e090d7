package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/peers"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// timeless drops the lines that differ between runs.
func timeless(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "timing:") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// The run is the same every time, timings aside. GAIB_RECORD=1 writes what it should be.
func TestRun(t *testing.T) {
	const golden = "testdata/run.txt"
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out, &progress))
	require.Empty(t, progress.String(), "no progress where there is no terminal")
	require.Equal(t, 2, strings.Count(out.String(), "timing:"))
	if os.Getenv("GAIB_RECORD") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(timeless(out.String())), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), timeless(out.String()))
}

// The same on the real Morpho Blue: the same borrowers are taken by the same routes.
func TestRunMorpho(t *testing.T) {
	artifacts := peers.Require(t, "Morpho", "AdaptiveCurveIrm")
	genuine := func(ctx context.Context, chain *devnet.Chain) (at common.Address, params blue.Params, err error) {
		owner := chain.Accounts().Manager
		if at, err = artifacts[0].Deploy(ctx, chain, owner, owner.Address); err != nil {
			return at, params, err
		}
		params = blue.Params{LoanToken: devnet.Addresses().USDC, CollateralToken: devnet.Addresses().SAID, LLTV: lltv}
		if params.IRM, err = artifacts[1].Deploy(ctx, chain, owner, at); err != nil {
			return at, params, err
		}
		oracle, err := peers.OfDevnet("MarketOracle")
		if err != nil {
			return at, params, err
		}
		const depositNAV = 1
		if params.Oracle, err = oracle.Deploy(ctx, chain, owner, owner.Address, params.CollateralToken, uint8(6), uint8(depositNAV), uint256.NewInt(1e18).ToBig()); err != nil {
			return at, params, err
		}
		protocol := morpho.New(gaib.Mainnet().With(morpho.NameMorpho, gaib.Entry{Address: at, Evidence: gaib.Confirmed}))
		for _, call := range []gaib.Call{
			gaib.NewCall(protocol.Contract(), contract.MorphoEnableIrm{Irm: params.IRM}, ""),
			gaib.NewCall(protocol.Contract(), contract.MorphoEnableLltv{Lltv: *uint256.NewInt(uint64(lltv))}, ""),
			protocol.CreateMarket(params),
		} {
			if _, err := chain.Send(ctx, owner, call.To, nil, call.Data); err != nil {
				return at, params, err
			}
		}
		return at, params, nil
	}
	var out bytes.Buffer
	teller := &teller{out: &out, progress: newProgress(io.Discard)}
	require.NoError(t, embedded(t.Context(), settings{eth: "3000", required: 0.12}, teller, genuine))
	taken := func(text string) (all []string) {
		for line := range strings.Lines(text) {
			if fields := strings.Fields(line); len(fields) > 2 && (fields[0] == string(flash) || fields[0] == string(own)) && strings.HasPrefix(fields[1], "0x") {
				all = append(all, fields[0]+" "+fields[1])
			}
		}
		return all
	}
	want, err := os.ReadFile("testdata/run.txt")
	require.NoError(t, err)
	require.Equal(t, taken(string(want)), taken(out.String()))
	require.Equal(t, 13, len(taken(out.String())))
	require.Equal(t, 19, teller.summary.Checks)
}

// Read-only on a node of somebody else's: the same decisions, and nothing sent.
func TestRemote(t *testing.T) {
	w, err := newWorld(t.Context(), standIn, func(string) {})
	require.NoError(t, err)
	defer w.chain.Close()
	require.NoError(t, w.peg(988e15)(t.Context()))
	url, err := w.chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	height := w.chain.Head().Number.Uint64()
	var nonce uint64
	count := func() uint64 {
		var text string
		require.NoError(t, w.chain.Client().CallContext(t.Context(), &text, "eth_getTransactionCount", w.bot.address, "pending"))
		n, err := strconv.ParseUint(text, 0, 64)
		require.NoError(t, err)
		return n
	}
	nonce = count()

	args := []string{"-rpc", url, "-morpho", w.protocol.Hex(), "-market", w.pair.ID().Hex(), "-from", strconv.FormatUint(w.created, 10), "-blocks", "1"}
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), append(args, "-depth", "126000"), &out, io.Discard))
	require.Contains(t, out.String(), "2000 borrowers owe 529,130")
	require.Contains(t, out.String(), "would take 2")
	require.Contains(t, out.String(), "  flash 0x")
	require.Contains(t, out.String(), "nothing was sent")
	require.Equal(t, height, w.chain.Head().Number.Uint64())
	require.Equal(t, nonce, count())

	// Without a pool and at a required return that no queue gives there is no way to do it.
	out.Reset()
	require.NoError(t, run(t.Context(), append(args, "-required", "9"), &out, io.Discard))
	require.NotContains(t, out.String(), "would take")
	require.Contains(t, out.String(), "waiting for the exit costs more than the bonus")

	// A flash fee of the whole bonus ends the flash route.
	out.Reset()
	require.NoError(t, run(t.Context(), append(args, "-depth", "126000", "-flash-fee", "500"), &out, io.Discard))
	require.NotContains(t, out.String(), "  flash 0x")

	out.Reset()
	require.NoError(t, run(t.Context(), append(args, "-json"), &out, io.Discard))
	var got summary
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, 1, got.Blocks)
	require.Equal(t, 2000, got.Borrowers)
	require.Positive(t, got.Found)
	require.Zero(t, got.Taken)

	for _, bad := range [][]string{
		{"-rpc", url, "-morpho", "0x12", "-market", w.pair.ID().Hex()},
		{"-rpc", url, "-morpho", w.protocol.Hex(), "-market", "0x12"},
		{"-rpc", url, "-morpho", w.protocol.Hex(), "-market", common.Hash{1}.Hex()},
		{"-rpc", "http://127.0.0.1:1", "-market", w.pair.ID().Hex()},
		append(args, "-depth", "much"), append(args, "-eth", "-1"), {"-flash-fee", "10001"}, {"-nonsense"}, {"word"},
	} {
		require.Error(t, run(t.Context(), bad, io.Discard, io.Discard), bad)
	}
}
