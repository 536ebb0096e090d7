package gaib_test

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

type fact struct{ Address, Status, Underlying string }

// facts returns the facts file: contracts by chain and name.
func facts(t *testing.T) map[uint64]map[string]fact {
	t.Helper()
	data, err := os.ReadFile("testdata/addresses.json")
	require.NoError(t, err)
	var chains map[string]map[string]fact
	require.NoError(t, json.Unmarshal(data, &chains))
	byID := make(map[uint64]map[string]fact)
	for text, contracts := range chains {
		id, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		byID[id] = contracts
	}
	return byID
}

// factNames are the names that the facts file has for the contracts of a deployment.
var factNames = map[gaib.Name]string{
	gaib.AID: "AID", gaib.SAID: "sAID", gaib.Minter: "AID_Minter", gaib.Redeemer: "AID_Redeemer", gaib.Migration: "AIDAlphaMigration",
	gaib.AlphaUSDC: "AIDollarAlphaUSDC", gaib.AlphaUSDT: "AIDollarAlphaUSDT", gaib.AlphaUSR: "AIDollarAlphaUSR", gaib.AlphaCUSDO: "AIDollarAlphaCUSDO",
	gaib.AlphaUSD1: "AIDollarAlphaUSD1", gaib.GAIB: "GAIB", gaib.Vesting: "GAIBVesting_proxy_candidate",
}

func TestAddressBookIsTheFactsFile(t *testing.T) {
	byID := facts(t)
	require.Len(t, byID, len(gaib.ChainIDs()))
	for _, id := range gaib.ChainIDs() {
		deployment, ok := gaib.On(id)
		require.True(t, ok)
		require.Equal(t, id, deployment.ChainID())
		require.NotEmpty(t, deployment.Chain())
		stated := byID[id]
		for _, name := range deployment.Names() {
			entry, ok := deployment.Entry(name)
			require.True(t, ok)
			if name == gaib.USDC || name == gaib.USDT {
				// The facts file has a stablecoin as the underlying of its pre-deposit vault.
				vault := stated[factNames["Alpha"+name]]
				if vault.Underlying != "" {
					require.Equal(t, common.HexToAddress(vault.Underlying), entry.Address, "%s on %d", name, id)
				}
				continue
			}
			require.Contains(t, stated, factNames[name], "%s on %d", name, id)
			want := stated[factNames[name]]
			require.Equal(t, common.HexToAddress(want.Address), entry.Address, "%s on %d", name, id)
			if want.Underlying != "" {
				require.Equal(t, common.HexToAddress(want.Underlying), entry.Underlying, "%s on %d", name, id)
			}
			if evidence, known := map[string]gaib.Evidence{"CONFIRMED": gaib.Confirmed, "REPORTED": gaib.Reported}[want.Status]; known && name != gaib.Vesting {
				require.Equal(t, evidence, entry.Evidence, "%s on %d", name, id)
			}
		}
		// And nothing of GAIB's that the file states is left out.
		for name, factName := range factNames {
			if _, ok := stated[factName]; ok {
				require.Contains(t, deployment.Names(), name, "chain %d", id)
			}
		}
	}
	main := gaib.Mainnet()
	redeemer, _ := main.Entry(gaib.Redeemer)
	require.Equal(t, common.HexToAddress(byID[1]["AID_Redeemer_implementation"].Address), redeemer.Implementation)
	require.Equal(t, common.HexToAddress(byID[1]["AID_Redeemer_beacon"].Address), redeemer.Beacon)
	require.Equal(t, gaib.BeaconProxy, redeemer.Proxy)
	token, _ := main.Entry(gaib.AID)
	require.Equal(t, common.HexToAddress(byID[1]["AID_implementation_2026_07"].Address), token.Implementation)
	require.Equal(t, gaib.ERC1967Proxy, token.Proxy)
	vesting, _ := main.Entry(gaib.Vesting)
	require.Equal(t, gaib.Assumed, vesting.Evidence, "which proxy serves vesting is a guess")
}

func TestChains(t *testing.T) {
	ids := gaib.ChainIDs()
	require.Equal(t, []uint64{1, 56, 1329, 1514, 8453, 42161}, ids)
	ids[0] = 7
	require.Equal(t, uint64(1), gaib.ChainIDs()[0], "the caller's slice is its own")
	_, ok := gaib.On(137)
	require.False(t, ok)
	require.Equal(t, uint64(1), gaib.Mainnet().ChainID())
}

// One address is the USDC vault on Ethereum and the USD1 vault on BNB Chain.
func TestOneAddressIsAnotherContractElsewhere(t *testing.T) {
	bnb, _ := gaib.On(56)
	here, there := gaib.Mainnet().Contract(gaib.AlphaUSDC), bnb.Contract(gaib.AlphaUSD1)
	require.Equal(t, here.Address(), there.Address())
	require.NotEqual(t, here.ChainID(), there.ChainID())
	require.NotEqual(t, here.Entry().Underlying, there.Entry().Underlying)
	require.ErrorIs(t, bnb.Contract(gaib.AlphaUSDC).Err(), gaib.ErrUnknownContract)
	require.ErrorIs(t, bnb.Contract(gaib.SAID).Err(), gaib.ErrUnknownContract)
}

func TestMissingAndZero(t *testing.T) {
	bnb, _ := gaib.On(56)
	zero := gaib.NewDeployment(1, "").With(gaib.AID, gaib.Entry{Evidence: gaib.Confirmed})
	for _, c := range []struct {
		contract gaib.Contract
		want     error
		text     string
	}{
		{bnb.Contract(gaib.SAID), gaib.ErrUnknownContract, "sAID on BNB Chain (chain 56)"},
		{gaib.Deployment{}.Contract(gaib.AID), gaib.ErrUnknownContract, "AID on chain 0"},
		{zero.Contract(gaib.AID), gaib.ErrZeroAddress, "AID on chain 1"},
	} {
		require.ErrorIs(t, c.contract.Err(), c.want)
		require.ErrorContains(t, c.contract.Err(), c.text)
		require.Zero(t, c.contract.Address())
		query := gaib.NewQuery(c.contract, gaib.ERC20TotalSupply{})
		node := newChain()
		_, err := query.Call(t.Context(), node, gaib.Latest)
		require.ErrorIs(t, err, c.want)
		require.ErrorIs(t, gaib.NewERC20(c.contract, gaib.Unit{}).Transfer(alice, units(1)).Err(), c.want)
	}
}

func TestWithIsACopy(t *testing.T) {
	base := gaib.NewDeployment(1, "x").With("A", gaib.Entry{Address: common.Address{1}})
	other := base.With("A", gaib.Entry{Address: common.Address{2}}).With("B", gaib.Entry{Address: common.Address{3}})
	require.Equal(t, []gaib.Name{"A"}, base.Names())
	entry, _ := base.Entry("A")
	require.Equal(t, common.Address{1}, entry.Address)
	require.Equal(t, []gaib.Name{"A", "B"}, other.Names())

	main := gaib.Mainnet()
	main.With(gaib.AID, gaib.Entry{Address: common.Address{9}})
	require.Equal(t, gaib.Mainnet().Contract(gaib.AID).Address(), main.Contract(gaib.AID).Address())

	allowed := base.AllowAssumed()
	require.NoError(t, call(allowed, "A").Err())
	require.ErrorIs(t, call(base, "A").Err(), gaib.ErrUnverified, "AllowAssumed must not reach the original")
	trusting := base.Trust(found(1, common.Address{1}, gaib.ERC20Transfer{}.Item()))
	require.NoError(t, call(trusting, "A").Err())
	require.ErrorIs(t, call(base, "A").Err(), gaib.ErrUnverified, "Trust must not reach the original")
	more := trusting.Trust(found(1, common.Address{1}, gaib.ERC20Approve{}.Item()))
	token := func(d gaib.Deployment) gaib.ERC20 { return gaib.NewERC20(d.Contract("A"), gaib.Unit{}) }
	require.NoError(t, token(more).Approve(bob, units(1)).Err())
	require.NoError(t, token(more).Transfer(bob, units(1)).Err())
	require.ErrorIs(t, token(trusting).Approve(bob, units(1)).Err(), gaib.ErrUnverified)
}

// call returns a call whose binding is standard, so that only the evidence of the address matters.
func call(deployment gaib.Deployment, name gaib.Name) gaib.Call {
	return gaib.NewERC20(deployment.Contract(name), gaib.Unit{}).Transfer(alice, units(1))
}

func found(chainID uint64, address common.Address, items ...gaib.Item) gaib.ProbeReport {
	report := gaib.ProbeReport{ChainID: chainID, Address: address}
	for _, item := range items {
		report.Functions = append(report.Functions, gaib.FunctionReport{Item: item, Present: true})
	}
	return report
}

func TestUnverified(t *testing.T) {
	transfer := gaib.ERC20Transfer{}.Item()
	on := func(chainID uint64, evidence gaib.Evidence) gaib.Deployment {
		return gaib.NewDeployment(chainID, "").With("T", gaib.Entry{Address: common.Address{1}, Evidence: evidence})
	}
	assumedItem := func(deployment gaib.Deployment) *gaib.Query[bool] {
		return gaib.NewQuery(deployment.Contract("T"), gaib.Regrade(gaib.ERC20Transfer{}, gaib.Assumed))
	}
	for _, public := range []uint64{1, 56, 8453, 42161, 11155111, 0, 1336, 1338, 31336} {
		require.ErrorIs(t, call(on(public, gaib.Assumed), "T").Err(), gaib.ErrUnverified, "assumed address on %d", public)
		for _, evidence := range []gaib.Evidence{gaib.Reported, gaib.Standard, gaib.Confirmed} {
			require.NoError(t, call(on(public, evidence), "T").Err(), "%s address on %d", evidence, public)
		}
		deployment := on(public, gaib.Confirmed)
		chain := newChain()
		chain.ChainID = public
		_, err := assumedItem(deployment).Call(t.Context(), chain, gaib.Latest)
		require.ErrorIs(t, err, gaib.ErrUnverified, "assumed function on %d", public)
		var failed *gaib.CallError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "transfer(address,uint256)", failed.Function)
		require.Equal(t, common.Address{1}, failed.Address)
	}
	for _, private := range []uint64{1337, 31337} {
		require.NoError(t, call(on(private, gaib.Assumed), "T").Err())
	}
	require.NoError(t, call(on(1, gaib.Assumed).AllowAssumed(), "T").Err())

	// A probe's findings count for that address, that chain and that function alone.
	base := on(1, gaib.Assumed)
	require.NoError(t, call(base.Trust(found(1, common.Address{1}, transfer)), "T").Err())
	for name, report := range map[string]gaib.ProbeReport{
		"another chain":    found(56, common.Address{1}, transfer),
		"another address":  found(1, common.Address{2}, transfer),
		"another function": found(1, common.Address{1}, gaib.ERC20Approve{}.Item()),
		"not present":      {ChainID: 1, Address: common.Address{1}, Functions: []gaib.FunctionReport{{Item: transfer}}},
		"nothing":          {},
	} {
		require.ErrorIs(t, call(base.Trust(report), "T").Err(), gaib.ErrUnverified, name)
	}
}

func TestProxyKindText(t *testing.T) {
	require.Equal(t, "no proxy", gaib.NoProxy.String())
	require.Equal(t, "ERC-1967 proxy", gaib.ERC1967Proxy.String())
	require.Equal(t, "beacon proxy", gaib.BeaconProxy.String())
	require.Equal(t, "no proxy", gaib.ProxyKind(99).String())
}
