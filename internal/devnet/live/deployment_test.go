package live

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
)

// ownDeployment returns mainnet's contracts as a deployment of another chain, made from nothing.
func ownDeployment(chainID uint64, evidence gaib.Evidence) gaib.Deployment {
	at := devnet.Addresses()
	d := gaib.NewDeployment(chainID, "devnet")
	for name, entry := range map[gaib.Name]gaib.Entry{
		gaib.AID: {Address: at.AID}, gaib.SAID: {Address: at.SAID}, gaib.Minter: {Address: at.Minter}, gaib.Redeemer: {Address: at.Redeemer},
		gaib.USDC: {Address: at.USDC}, gaib.USDT: {Address: at.USDT}, gaib.Vesting: {Address: at.Vesting}, gaib.Migration: {Address: at.Migration},
		gaib.AlphaUSDC: {Address: at.AIDaUSDC},
	} {
		entry.Evidence = evidence
		d = d.With(name, entry)
	}
	return d
}

// A development chain takes assumed calls without being asked to; a whole life goes through on it.
func TestDeploymentOnADevelopmentChain(t *testing.T) {
	for _, chainID := range []uint64{31337, 1337} {
		w := newWorld(t, devnet.WithChainID(chainID)).on(ownDeployment(chainID, gaib.Assumed))
		alice := w.who.Alice
		plan, err := w.minter.PlanMint(w.ctx, w.client, alice.Address, w.usdc, usdUnits(100))
		require.NoError(t, err)
		w.carryOutAsPreviewed(alice, plan, w.usdc, w.token.ERC20)
		plan, err = w.vault.PlanStake(w.ctx, w.client, alice.Address, aidUnits(100))
		require.NoError(t, err)
		receipts := w.carryOutAsPreviewed(alice, plan, w.token.ERC20, w.vault.ERC20)
		shares := read(w, w.vault.BalanceOf(alice.Address))
		logs := receipts[1].Decode(w.vault.Deposits())
		require.Len(t, logs, 1)
		require.Equal(t, &gaib.ERC4626DepositEvent{Sender: alice.Address, Owner: alice.Address, Assets: aidUnits(100), Shares: shares}, logs[0].Event)
		plan, err = w.vault.PlanUnstake(w.ctx, w.client, alice.Address, shares)
		require.NoError(t, err)
		w.carryOutAsPreviewed(alice, plan, w.vault.ERC20)
		report, err := gaib.Probe(w.ctx, w.client, w.redeemer)
		require.NoError(t, err)
		require.Equal(t, chainID, report.ChainID)
		require.False(t, report.Upgraded, "nothing is recorded")
		require.Equal(t, gaib.BeaconProxy, report.Proxy)
		id, err := gaib.ChainID(w.ctx, w.client)
		require.NoError(t, err)
		require.Equal(t, chainID, id)
	}
}

// The same contracts of a deployment of another chain than the node's are not read, simulated, sent or probed.
func TestWrongChain(t *testing.T) {
	w := newWorld(t, devnet.WithChainID(31337))
	right := w.on(ownDeployment(31337, gaib.Confirmed))
	wrong := w.on(gaib.Mainnet().AllowAssumed())
	alice := w.who.Alice.Address
	for name, use := range map[string]func(w *world) error{
		"read":   func(w *world) error { _, err := w.token.TotalSupply().Call(w.ctx, w.client, gaib.Latest); return err },
		"nav":    func(w *world) error { _, err := w.vault.NAV().Call(w.ctx, w.client, gaib.Latest); return err },
		"stake":  func(w *world) error { _, err := w.vault.PlanStake(w.ctx, w.client, alice, aidUnits(1)); return err },
		"redeem": func(w *world) error { _, err := w.redeemer.PlanRedeem(w.ctx, w.client, alice, aidUnits(1)); return err },
		"simulate": func(w *world) error {
			_, err := gaib.Plan{w.token.Approve(alice, u(1))}.Simulate(w.ctx, w.client, alice)
			return err
		},
		"prepare": func(w *world) error {
			_, err := gaib.Plan{w.token.Approve(alice, u(1))}.Transactions(w.ctx, w.client, alice)
			return err
		},
		"probe": func(w *world) error { _, err := gaib.Probe(w.ctx, w.client, w.token); return err },
		"logs": func(w *world) error {
			_, err := collect(gaib.Logs(w.ctx, w.client, 0, gaib.Latest, w.token.Transfers()))
			return err
		},
	} {
		require.NoError(t, use(right), name)
		require.ErrorIs(t, use(wrong), gaib.ErrWrongChain, name)
	}
	_, err := gaib.Read(w.ctx, w.client, gaib.Latest, right.token.TotalSupply(), wrong.token.TotalSupply())
	require.ErrorIs(t, err, gaib.ErrWrongChain)
}

// On Ethereum what is assumed is refused until it is allowed, or proven by a probe.
func TestUnverifiedOnEthereum(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice.Address
	strict := w.on(gaib.Mainnet())

	// What is more than assumed works.
	for _, query := range []gaib.Reader{strict.token.TotalSupply(), strict.vault.NAV(), strict.vault.PendingUnstake(alice), strict.redeemer.FeeBps(),
		strict.migration.Supports(alice), strict.token.HasRole(aid.MinterRole, alice)} {
		_, err := gaib.Read(w.ctx, w.client, gaib.Latest, query)
		require.NoError(t, err)
	}
	_, err := strict.vault.PlanStake(w.ctx, w.client, alice, aidUnits(1))
	require.NoError(t, err)

	type use struct {
		name string
		bind gaib.Bound
		do   func(w *world) error
	}
	uses := []use{
		{"mint", strict.minter, func(w *world) error {
			_, err := w.minter.PlanMint(w.ctx, w.client, alice, w.usdc, usdUnits(1))
			return err
		}},
		{"redeem", strict.redeemer, func(w *world) error {
			_, err := w.redeemer.PlanRedeem(w.ctx, w.client, alice, aidUnits(1))
			return err
		}},
		{"deny list", strict.token, func(w *world) error {
			_, err := w.token.IsDenied(alice).Call(w.ctx, w.client, gaib.Latest)
			return err
		}},
		{"pause", strict.token, func(w *world) error { _, err := w.token.Paused().Call(w.ctx, w.client, gaib.Latest); return err }},
		{"permit", strict.token, func(w *world) error {
			_, err := w.token.Permit(w.ctx, w.client, alice, alice, u(1), w.chain.Now())
			return err
		}},
		{"vesting, whose address is assumed", strict.vesting, func(w *world) error {
			_, err := w.vesting.Vested(alice).Call(w.ctx, w.client, gaib.Latest)
			return err
		}},
	}
	for _, c := range uses {
		err := c.do(strict)
		require.ErrorIs(t, err, gaib.ErrUnverified, c.name)
		var call *gaib.CallError
		require.ErrorAs(t, err, &call, c.name)
		require.Equal(t, c.bind.Contract().Name(), call.Contract, c.name)
		require.NoError(t, c.do(w.on(gaib.Mainnet().AllowAssumed())), c.name)

		report, err := gaib.Probe(w.ctx, w.client, c.bind)
		require.NoError(t, err)
		trusting := strict.deployment.Trust(report)
		require.NoError(t, c.do(w.on(trusting)), c.name)
		require.ErrorIs(t, c.do(strict), gaib.ErrUnverified, "%s: Trust changes a copy", c.name)
		for _, other := range uses {
			if other.bind.Contract().Address() != c.bind.Contract().Address() {
				require.ErrorIs(t, other.do(w.on(trusting)), gaib.ErrUnverified, "%s trusts %s", other.name, c.name)
			}
		}
	}
	require.ErrorIs(t, gaib.Plan{strict.token.AddToDenyList(alice)}.Err(), gaib.ErrUnverified)
}

// Trust covers what the probe found, where it found it, and nothing else.
func TestTrustIsOfWhatWasFound(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice.Address
	// A minter without mint: its address is that of the redeemer, which has aid and isWhitelisted too.
	entry := gaib.Entry{Address: w.redeemer.Contract().Address(), Evidence: gaib.Reported}
	odd := gaib.Mainnet().With(gaib.Minter, entry)
	report, err := gaib.Probe(w.ctx, w.client, aid.NewMinter(odd))
	require.NoError(t, err)
	trusting := aid.NewMinter(odd.Trust(report))
	listed, err := trusting.IsWhitelisted(alice).Call(w.ctx, w.client, gaib.Latest)
	require.NoError(t, err)
	require.True(t, listed)
	require.ErrorIs(t, trusting.Mint(w.usdc, u(1), alice).Err(), gaib.ErrUnverified)
	_, err = trusting.Supports(alice).Call(w.ctx, w.client, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrUnverified)

	// Not of the contract once it is another one.
	moved := odd.Trust(report).With(gaib.Minter, gaib.Entry{Address: w.vault.Address(), Evidence: gaib.Reported})
	require.ErrorIs(t, gaib.NewCall(moved.Contract(gaib.Minter), contract.MinterIsWhitelisted{Account: alice}, "").Err(), gaib.ErrUnverified)
	// Not on another chain.
	base, _ := gaib.On(8453)
	elsewhere := base.With(gaib.Minter, entry).Trust(report)
	require.ErrorIs(t, gaib.NewCall(elsewhere.Contract(gaib.Minter), contract.MinterIsWhitelisted{Account: alice}, "").Err(), gaib.ErrUnverified)

	// sAID of a deployment whose entry says nothing of its evidence is assumed as a whole.
	silent := said.NewVault(gaib.Mainnet().With(gaib.SAID, gaib.Entry{Address: w.vault.Address()}))
	_, err = silent.NAV().Call(w.ctx, w.client, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrUnverified)
}
