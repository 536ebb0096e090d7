package live

import (
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
)

// away returns a second chain, in the place of Base: it has AID and a pre-deposit vault, and no sAID.
func away(t *testing.T) *world {
	t.Helper()
	known, ok := gaib.On(8453)
	require.True(t, ok)
	deployment := gaib.NewDeployment(8453, known.Chain())
	for _, name := range []gaib.Name{gaib.AID, gaib.AlphaUSDC} {
		entry, ok := known.Entry(name)
		require.True(t, ok)
		deployment = deployment.With(name, entry)
	}
	return newWorld(t, devnet.WithChainID(8453)).on(deployment)
}

// devnetOnly returns the same chain seen through a deployment of what the devnet has.
func (w *world) devnetOnly() *world {
	deployment := gaib.NewDeployment(w.deployment.ChainID(), w.deployment.Chain()).AllowAssumed()
	for _, name := range w.deployment.Names() {
		if entry, _ := w.deployment.Entry(name); name != gaib.AlphaUSR && name != gaib.AlphaCUSDO {
			deployment = deployment.With(name, entry)
		}
	}
	return w.on(deployment)
}

// A portfolio of everybody over two chains is what the contracts say, in one request to each; when one chain is down, it is
// only that one.
func TestPortfolioOverChains(t *testing.T) {
	home, base := newWorld(t).devnetOnly(), away(t)
	require.NoError(t, home.mine(home.who.Alice, home.token.Approve(home.vault.Address(), aidUnits(4000))))
	require.NoError(t, home.mine(home.who.Alice, home.vault.Stake(aidUnits(4000), home.who.Alice.Address)))
	require.NoError(t, home.mine(home.who.Alice, home.vault.Unstake(aidUnits(1200))))
	require.NoError(t, home.mine(home.who.Manager, gaib.NewCall(home.vesting.Contract(), contract.VestingSetAllocations{Users: []common.Address{home.who.Bob.Address},
		Allocations: []contract.VestingAllocation{{StartEpoch: uint64(home.chain.Now().Unix()), VestingInterval: 60, VestingCycles: 1_000_000, Amount: aidUnits(3)}}}, "")))
	require.NoError(t, home.chain.Travel(100*time.Hour))
	require.NoError(t, base.mine(base.who.Whale, base.token.Transfer(base.who.Carol.Address, u(123))))

	var accounts []common.Address
	for _, account := range home.who.All() {
		accounts = append(accounts, account.Address)
	}
	type queries struct {
		held   *gaib.Query[[]aid.Holding]
		staked *gaib.Query[said.Holdings]
		supply *gaib.Query[aid.ChainSupply]
	}
	of := func(w *world) (queries, gaib.ChainRead) {
		q := queries{aid.NewHoldings(w.deployment, accounts, w.usdc, w.usdt), said.NewHoldings(w.deployment, accounts...), w.token.Supply()}
		return q, gaib.ChainRead{Client: w.client, Queries: []gaib.Reader{q.held, q.staked, q.supply}}
	}
	here, readHere := of(home)
	there, readThere := of(base)
	home.client.asked()
	base.client.asked()
	results := gaib.ReadChains(t.Context(), readThere, readHere)
	require.Equal(t, []string{"eth_call"}, home.client.asked())
	require.Equal(t, []string{"eth_call"}, base.client.asked())
	for i, w := range []*world{base, home} {
		require.NoError(t, results[i].Err)
		require.Equal(t, w.deployment.ChainID(), results[i].ChainID)
		require.Equal(t, w.chain.Head().Number.Uint64(), results[i].Header.Number)
	}

	seen := map[gaib.Name]bool{}
	for chain, held := range map[*world][]aid.Holding{home: here.held.Value(), base: there.held.Value()} {
		for i, one := range held {
			require.Equal(t, accounts[i], one.Account)
			require.Len(t, one.Amounts, map[*world]int{home: 6, base: 2}[chain])
			for _, amount := range one.Amounts {
				require.NoError(t, amount.Err)
				entry, _ := chain.deployment.Entry(amount.Name)
				oracle, method := chain.oracle("AID", entry.Address), "balanceOf"
				if amount.Name == gaib.Vesting {
					oracle, method = chain.oracle("GAIBVesting", entry.Address), "claimable"
				}
				requireAmount(t, fromBig(t, oracle.view("latest", method, accounts[i])[0].(*big.Int)), amount.Amount, "%s of %s", amount.Name, accounts[i])
				seen[amount.Name] = seen[amount.Name] || !amount.Amount.IsZero()
			}
		}
	}
	for name, some := range seen {
		require.True(t, some, "nobody has %s, so nothing was compared", name)
	}

	require.False(t, there.staked.Value().Present)
	staked := here.staked.Value()
	require.True(t, staked.Present)
	require.NoError(t, staked.NAV.Err)
	vault := home.vaultOracle()
	for i, one := range staked.Accounts {
		require.NoError(t, one.Err)
		shares := vault.view("latest", "balanceOf", accounts[i])[0].(*big.Int)
		requireAmount(t, fromBig(t, shares), one.Shares, "shares")
		request := vault.view("latest", "getUnstakeRequest", accounts[i])
		requireAmount(t, fromBig(t, request[1].(*big.Int)), one.Request.Pending, "pending")
		require.Equal(t, request[0].(*big.Int).Sign() != 0, one.Request.Active())
	}
	require.True(t, staked.Accounts[0].Request.Active(), "Alice's")

	all, err := aid.Reconcile(here.supply.Value(), there.supply.Value())
	require.NoError(t, err)
	requireAmount(t, fromBig(t, home.aidOracle().view("latest", "totalSupply")[0].(*big.Int)), all.Native, "native")
	requireAmount(t, fromBig(t, base.aidOracle().view("latest", "totalSupply")[0].(*big.Int)), all.Bridged, "bridged")

	down := errors.New("connection refused")
	base.client.before = func(string, []any) error { return down }
	results = gaib.ReadChains(t.Context(), readThere, readHere)
	require.ErrorIs(t, results[0].Err, down)
	require.ErrorIs(t, there.held.Err(), gaib.ErrNotRead)
	require.False(t, there.staked.Value().Present, "which no node has to tell")
	require.Nil(t, there.held.Value(), "nothing old stands for what could not be read")
	require.NoError(t, results[1].Err)
	require.Len(t, here.held.Value(), len(accounts))
	require.Equal(t, uint256.Int{}, there.supply.Value().Total)
}
