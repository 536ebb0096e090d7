package live

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/devnet"
)

func (w *world) code(at common.Address) []byte {
	w.t.Helper()
	var code hexutil.Bytes
	require.NoError(w.t, w.chain.Client().CallContext(w.ctx, &code, "eth_getCode", at, "latest"))
	return code
}

// functions returns the functions of a binding that are in an ABI, and those that are not.
func functions(items []gaib.Item, compiled *devnet.Artifact) (present, missing []gaib.Item) {
	for _, item := range items {
		if item.Kind != codec.Function {
			continue
		}
		if _, err := compiled.ABI.MethodById(item.Selector[:]); err == nil {
			present = append(present, item)
		} else {
			missing = append(missing, item)
		}
	}
	return present, missing
}

func TestProbeOfEveryContract(t *testing.T) {
	w := newWorld(t)
	at := devnet.Addresses()
	for _, c := range []struct {
		bound          gaib.Bound
		artifact       string
		proxy          gaib.ProxyKind
		implementation common.Address
		beacon         common.Address
	}{
		{w.token, "AID", gaib.ERC1967Proxy, at.AIDImplementation, common.Address{}},
		{w.vault, "StakedAID", gaib.NoProxy, at.SAID, common.Address{}},
		{w.minter, "Minter", gaib.NoProxy, at.Minter, common.Address{}},
		{w.redeemer, "Redeemer", gaib.BeaconProxy, at.RedeemerImplementation, at.RedeemerBeacon},
		{w.migration, "AIDAlphaMigration", gaib.NoProxy, at.Migration, common.Address{}},
		{aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC), "AIDollarAlpha", gaib.NoProxy, at.AIDaUSDC, common.Address{}},
		{aid.NewAlphaVault(w.deployment, gaib.AlphaUSDT), "AIDollarAlpha", gaib.NoProxy, at.AIDaUSDT, common.Address{}},
		{w.vesting, "GAIBVesting", gaib.ERC1967Proxy, at.VestingImplementation, common.Address{}},
	} {
		report, err := gaib.Probe(w.ctx, w.client, c.bound)
		require.NoError(t, err)
		name := report.Name
		present, missing := functions(c.bound.Items(), artifact(t, c.artifact))
		require.Empty(t, missing, name)
		require.Empty(t, report.Missing(), name)
		require.Len(t, report.Functions, len(present), name)
		require.Equal(t, c.bound.Contract().Name(), name)
		require.Equal(t, c.bound.Contract().Address(), report.Address, name)
		require.EqualValues(t, 1, report.ChainID, name)
		require.Equal(t, w.chain.Head().Hash(), report.Block.Hash, name)
		require.Equal(t, c.proxy, report.Proxy, name)
		require.Equal(t, c.implementation, report.Code, name)
		require.Equal(t, c.beacon, report.Beacon, name)
		require.False(t, report.Upgraded, name)
		code := w.code(c.implementation)
		require.Equal(t, crypto.Keccak256Hash(code), report.CodeHash, name)
		require.Equal(t, len(code), report.CodeSize, name)
		// What the address book records is what is found.
		entry := c.bound.Contract().Entry()
		require.Equal(t, entry.Proxy, report.Proxy, name)
		require.Equal(t, entry.Beacon, report.Beacon, name)
	}
}

func TestProbeSeesUpgrades(t *testing.T) {
	w := newWorld(t)
	at := devnet.Addresses()
	deploy := func(name string) common.Address {
		where, _, err := w.chain.Deploy(w.ctx, w.who.Manager, artifact(t, name).Bytecode)
		require.NoError(t, err)
		return where
	}
	beacon := w.oracle("UpgradeableBeacon", at.RedeemerBeacon)

	// The same code at another address is an upgrade: what is recorded is the address.
	same := deploy("Redeemer")
	beacon.send(w.who.Manager, "upgradeTo", same)
	report, err := gaib.Probe(w.ctx, w.client, w.redeemer)
	require.NoError(t, err)
	require.True(t, report.Upgraded)
	require.Equal(t, same, report.Code)
	require.Equal(t, at.RedeemerBeacon, report.Beacon)
	require.Empty(t, report.Missing())
	require.Equal(t, crypto.Keccak256Hash(w.code(at.RedeemerImplementation)), report.CodeHash)

	// A deployment that records the new implementation takes it for what it knows.
	entry := w.redeemer.Contract().Entry()
	entry.Implementation = same
	report, err = gaib.Probe(w.ctx, w.client, aid.NewRedeemer(w.deployment.With(gaib.Redeemer, entry)))
	require.NoError(t, err)
	require.False(t, report.Upgraded)

	// An upgrade to code without the functions of the binding: exactly those are missing.
	other := deploy("GAIBVesting")
	beacon.send(w.who.Manager, "upgradeTo", other)
	report, err = gaib.Probe(w.ctx, w.client, w.redeemer)
	require.NoError(t, err)
	require.True(t, report.Upgraded)
	_, missing := functions(contract.RedeemerItems(), artifact(t, "GAIBVesting"))
	require.NotEmpty(t, missing)
	require.Equal(t, missing, report.Missing())

	// AID upgrades itself.
	next := deploy("AID")
	w.aidOracle().send(w.who.Manager, "upgradeToAndCall", next, []byte{})
	report, err = gaib.Probe(w.ctx, w.client, w.token)
	require.NoError(t, err)
	require.True(t, report.Upgraded)
	require.Equal(t, next, report.Code)
	logs, err := collect(gaib.Logs(w.ctx, w.client, 1, gaib.Latest, w.token.Upgrades()))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	require.Equal(t, &contract.TokenUpgradedEvent{Implementation: next}, logs[0].Event)
	require.Equal(t, w.chain.Head().Hash(), logs[0].BlockHash)
}

func TestProbeOfTheWrongPlace(t *testing.T) {
	w := newWorld(t)
	// The minter's address under the redeemer's name, and the other way round.
	swapped := w.deployment.With(gaib.Redeemer, gaib.Entry{Address: w.minter.Contract().Address(), Evidence: gaib.Reported})
	report, err := gaib.Probe(w.ctx, w.client, aid.NewRedeemer(swapped))
	require.NoError(t, err)
	_, missing := functions(contract.RedeemerItems(), artifact(t, "Minter"))
	require.Equal(t, missing, report.Missing())
	require.Less(t, len(missing), len(report.Functions), "aid() and isWhitelisted are of both")

	empty := w.deployment.With(gaib.Redeemer, gaib.Entry{Address: common.Address{1}, Evidence: gaib.Reported})
	_, err = gaib.Probe(w.ctx, w.client, aid.NewRedeemer(empty))
	require.ErrorIs(t, err, gaib.ErrNoCode)
	base, _ := gaib.On(8453)
	_, err = gaib.Probe(w.ctx, w.client, aid.NewToken(base))
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = gaib.Probe(w.ctx, w.client, aid.NewRedeemer(base))
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
}
