package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
)

func TestJSON(t *testing.T) {
	var out, progress bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-json"}, &out, &progress))
	require.Empty(t, progress.String(), "no progress where there is no terminal")
	var got result
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, 1, got.Portfolio.Requests)
	require.Len(t, got.Portfolio.Accounts, 3)
	require.Len(t, got.History, 10)
	require.Equal(t, "100000", got.Yield.Staked)
	require.Greater(t, got.Yield.Headline, got.Yield.Net)
	require.Greater(t, got.Yield.Net, got.Yield.Realised)
	require.Greater(t, got.Checks, 40)
}

func TestRemote(t *testing.T) {
	chain, err := devnet.New(devnet.WithChainID(31337))
	require.NoError(t, err)
	defer chain.Close()
	url, err := chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	whale := chain.Accounts().Whale.Address.Hex()

	var out bytes.Buffer
	err = run(t.Context(), []string{"-rpc", url, "-accounts", whale}, &out, &out)
	require.ErrorContains(t, err, "nothing is known of GAIB on chain 31337")

	write := func(contracts map[gaib.Name]string) string {
		data, err := json.Marshal(map[string]any{"chainId": 31337, "chain": "devnet", "contracts": contracts})
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "book.json")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	at := devnet.Addresses()
	book := write(map[gaib.Name]string{gaib.AID: at.AID.Hex(), gaib.SAID: at.SAID.Hex()})
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-rpc", url, "-deployment", book, "-accounts", whale}, &out, &out))
	require.Contains(t, out.String(), "1,000,000 sAID worth 1,055,148.472560343645 AID to enter")
	require.Contains(t, out.String(), "read in 1 request")
	require.Equal(t, 2, strings.Count(out.String(), "functions  address"), "only what the deployment has is probed")

	// A deployment of AID alone, as on the chains it is bridged to.
	out.Reset()
	require.NoError(t, run(t.Context(), []string{"-rpc", url, "-deployment", write(map[gaib.Name]string{gaib.AID: at.AID.Hex()}), "-accounts", whale}, &out, &out))
	require.Contains(t, out.String(), "sAID is not on this chain")

	require.ErrorIs(t, run(t.Context(), []string{"-rpc", url, "-deployment", book, "-accounts", strings.Replace(whale, "d", "D", 1)}, &out, &out), gaib.ErrChecksum)
	require.ErrorIs(t, run(t.Context(), []string{"-rpc", url, "-deployment", write(map[gaib.Name]string{gaib.AID: "0x12"})}, &out, &out), gaib.ErrAddress)
	require.Error(t, run(t.Context(), []string{"-nonsense"}, &out, &out))
}
