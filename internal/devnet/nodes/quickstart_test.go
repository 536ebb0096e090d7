package nodes_test

import (
	"fmt"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/nodes"
	"github.com/gaib-go/gaib/said"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

const feeBps = 2000 // the protocol's share of the yield, as deployed

// quickstart takes Alice's 100,000 USDC into AID, into sAID, through a yield and a mark-down, and back through a queue that is
// paid in two parts. Every amount is held against the arithmetic of the contracts as package said has it, and the first ones
// against mainnet's recorded state.
func (w *world) quickstart() {
	alice := w.who.Alice
	supply, nav, whale := w.token.TotalSupply(), w.vault.NAV(), w.vault.Position(w.who.Whale.Address)
	head := w.block("latest")
	header, err := gaib.Read(w.Context(), w.client, gaib.Latest, supply, nav, whale)
	require.NoError(w, err)
	require.Equal(w, uint64(head.Number), header.Number)
	require.Equal(w, "19945311770392801054623255", dec(supply.Value()))
	require.Equal(w, "1055148472560343645", dec(nav.Value().Deposit))
	require.Equal(w, "1055148472560343645", dec(nav.Value().Unstaking))
	require.Equal(w, "1000000000000000000000000", dec(whale.Value().Shares))
	require.Equal(w, "1055148472560343645000000", dec(whale.Value().Exit))
	first := header.Number + 1

	// Mint.
	state := read(w, w.books.State())
	in, usdIn := amount(100_000, 18), amount(100_000, 6)
	usdBefore, aidBefore := read(w, w.usdc.BalanceOf(alice.Address)), read(w, w.token.BalanceOf(alice.Address))
	plan, err := w.minter.PlanMint(w.Context(), w.client, alice.Address, w.usdc, usdIn)
	require.NoError(w, err)
	require.Equal(w, "Approve 100,000 USDC for Minter; mint 100,000 AID for 100,000 USDC", plan.Describe())
	w.foreseen(plan, alice, w.usdc, w.token.ERC20)
	w.same(in, minus(read(w, w.token.BalanceOf(alice.Address)), aidBefore), "minted")
	w.same(usdIn, minus(usdBefore, read(w, w.usdc.BalanceOf(alice.Address))), "paid")

	// Stake.
	state, shares, err := state.Deposit(in)
	require.NoError(w, err)
	plan, err = w.vault.PlanStake(w.Context(), w.client, alice.Address, in)
	require.NoError(w, err)
	w.foreseen(plan, alice, w.token.ERC20, w.vault.ERC20)
	w.same(shares, read(w, w.vault.BalanceOf(alice.Address)), "sAID")
	w.sameBooks(state)

	// A yield, then a mark-down that parts the two NAVs.
	gross, loss := amount(123_457, 18), amount(222_853, 18)
	state, fee, err := state.AccrueYield(gross, feeBps)
	require.NoError(w, err)
	require.False(w, fee.IsZero())
	w.travelTo(w.now().AddDate(0, 1, 0))
	w.carryOut(w.who.Manager, gaib.Plan{w.books.AccrueYield(gross)})
	w.sameBooks(state)
	state, err = state.MarkDown(loss)
	require.NoError(w, err)
	w.carryOut(w.who.Manager, gaib.Plan{w.books.MarkDown(loss)})
	navs := w.sameBooks(state)
	require.True(w, navs.Unstaking.Lt(&navs.Deposit))

	// Into the queue.
	plan, err = w.vault.PlanUnstake(w.Context(), w.client, alice.Address, shares)
	require.NoError(w, err)
	w.carryOut(alice, plan)
	asked := w.now()
	var queue said.Queue
	queue, state, request, err := queue.Unstake(state, alice.Address, shares, asked)
	require.NoError(w, err)
	worth, err := queue.Owed(state, request)
	require.NoError(w, err)
	pending := read(w, w.vault.PendingUnstake(alice.Address))
	w.same(worth, pending.Pending, "pending")
	require.Equal(w, asked, pending.Time.UTC())
	_, err = w.vault.PlanUnstake(w.Context(), w.client, alice.Address, u(1))
	require.ErrorIs(w, err, said.ErrUnstakePending)

	// Paid in two parts, on the days of the rule where time can be moved.
	var liquidity, out uint256.Int
	date := said.MonthAfterNext.Settlement(asked)
	for i, set := range []uint256.Int{amount(40_000, 18), amount(80_000, 18)} {
		w.travelTo(date)
		w.carryOut(w.who.Manager, gaib.Plan{w.books.FundQueueFromIdle(set)})
		if w.node.Kind == nodes.Anvil {
			require.WithinDuration(w, date, w.now(), time.Hour)
		}
		date = said.MonthAfterNext.Next(date)
		want, err := queue.Settle(state, plus(liquidity, set), 10)
		require.NoError(w, err)
		require.Len(w, want.Payments, 1)
		receipts := w.carryOut(w.who.Carol, gaib.Plan{w.vault.ProcessUnstakeQueue(10)})
		logs := receipts[0].Decode(w.vault.Payments())
		require.Len(w, logs, 1)
		paid := logs[0].Event.(*saidcontract.VaultUnstakeProcessedEvent)
		w.same(want.Payments[0].Assets, paid.Assets, "AID paid")
		w.same(want.Payments[0].Shares, paid.Shares, "sAID burned")
		w.same(want.Payments[0].Remaining, paid.RemainingAssets, "AID left in the queue")
		require.Equal(w, i == 1, paid.RemainingAssets.IsZero())
		queue, state, liquidity = want.Queue, want.State, want.Liquidity
		out = plus(out, paid.Assets)
		w.sameBooks(state)
	}
	// Each of the two payments rounds the shares it burns, so that a base unit may stay in the vault.
	rest := minus(worth, out)
	require.True(w, rest.LtUint64(2), "all of it is paid, at the NAV of the mark-down: %s of %s", out.Dec(), worth.Dec())

	// Back to USDC.
	quote, err := w.redeemer.Quote(w.Context(), w.client, out)
	require.NoError(w, err)
	// 10 basis points in AID, rounded as the contract does, then 18 decimals down to 6.
	left := minus(out, *new(uint256.Int).Div(new(uint256.Int).Mul(&out, uint256.NewInt(10)), uint256.NewInt(10_000)))
	w.same(*left.Div(&left, uint256.NewInt(1e12)), quote.Out, "quoted")
	usdBefore = read(w, w.usdc.BalanceOf(alice.Address))
	plan, err = w.redeemer.PlanRedeem(w.Context(), w.client, alice.Address, out)
	require.NoError(w, err)
	w.foreseen(plan, alice, w.usdc, w.token.ERC20)
	w.same(quote.Out, minus(read(w, w.usdc.BalanceOf(alice.Address)), usdBefore), "USDC received")

	// The history, from events alone.
	var history []string
	for block, err := range gaib.Logs(w.Context(), w.client, first, gaib.Latest, w.minter.Mints(), w.vault.Deposits(), w.vault.Requests(), w.vault.Payments(), w.redeemer.Redemptions()) {
		require.NoError(w, err)
		for _, log := range block.Logs {
			require.NoError(w, log.Err)
			switch event := log.Event.(type) {
			case *contract.MinterMintedEvent:
				history = append(history, "minted "+dec(event.AidAmount))
			case *gaib.ERC4626DepositEvent:
				history = append(history, fmt.Sprintf("staked %s for %s", dec(event.Assets), dec(event.Shares)))
			case *saidcontract.VaultUnstakeRequestedEvent:
				history = append(history, "asked "+dec(event.Shares))
			case *saidcontract.VaultUnstakeProcessedEvent:
				history = append(history, "paid "+dec(event.Assets))
			case *contract.RedeemerRedeemedEvent:
				history = append(history, "redeemed "+dec(event.StablecoinAmount))
			}
		}
	}
	require.Equal(w, []string{
		"minted 100000000000000000000000", "staked 100000000000000000000000 for " + dec(shares), "asked " + dec(shares),
		"paid 40000000000000000000000", "paid " + dec(minus(out, amount(40_000, 18))), "redeemed " + dec(quote.Out),
	}, history)
}

func dec(n uint256.Int) string { return n.Dec() }

// foreseen simulates a plan, carries it out, and holds what it changed, by the balances of the sender, against what was
// foreseen.
func (w *world) foreseen(plan gaib.Plan, from devnet.Account, tokens ...gaib.ERC20) {
	w.Helper()
	preview, err := plan.Simulate(w.Context(), w.client, from.Address)
	require.NoError(w, err, plan.Describe())
	before := w.balances(from, tokens...)
	w.carryOut(from, plan)
	after := w.balances(from, tokens...)
	changes := 0
	for i, token := range tokens {
		change := gaib.Change{Token: token.Address(), Amount: minus(after[i], before[i])}
		if after[i].Lt(&before[i]) {
			change.Amount, change.Decrease = minus(before[i], after[i]), true
		}
		if !change.Amount.IsZero() {
			changes++
			require.Contains(w, preview.Changes, change, plan.Describe())
		}
	}
	require.Positive(w, changes)
	require.Len(w, preview.Changes, changes)
}

func (w *world) balances(of devnet.Account, tokens ...gaib.ERC20) (balances []uint256.Int) {
	w.Helper()
	for _, token := range tokens {
		balances = append(balances, read(w, token.BalanceOf(of.Address)))
	}
	return balances
}

// sameBooks holds the vault's books and NAVs, read at one block, against the arithmetic's.
func (w *world) sameBooks(want said.State) said.NAV {
	w.Helper()
	books, nav := w.books.State(), w.vault.NAV()
	_, err := gaib.Read(w.Context(), w.client, gaib.Latest, books, nav)
	require.NoError(w, err)
	navs, err := want.NAV()
	require.NoError(w, err)
	got := books.Value()
	w.same(want.TotalAssets, got.TotalAssets, "total assets")
	w.same(want.UnrealizedLoss, got.UnrealizedLoss, "unrealised loss")
	w.same(want.TotalSupply, got.TotalSupply, "total supply")
	w.same(navs.Deposit, nav.Value().Deposit, "Deposit NAV")
	w.same(navs.Unstaking, nav.Value().Unstaking, "Unstaking NAV")
	return navs
}

// probe finds every function of the bindings in the deployed code, behind whichever proxy.
func (w *world) probe() {
	d := w.deployment
	for _, c := range []struct {
		bound gaib.Bound
		proxy string
	}{
		{w.token, "ERC-1967 proxy"}, {w.vault, "no proxy"}, {w.minter, "no proxy"}, {w.redeemer, "beacon proxy"}, {aid.NewMigration(d), "no proxy"},
		{aid.NewAlphaVault(d, gaib.AlphaUSDC), "no proxy"}, {aid.NewAlphaVault(d, gaib.AlphaUSDT), "no proxy"}, {aid.NewVesting(d), "ERC-1967 proxy"},
	} {
		found, err := gaib.Probe(w.Context(), w.client, c.bound)
		require.NoError(w, err)
		require.Equal(w, c.proxy, found.Proxy.String(), c.bound.Contract().Name())
		require.NotEmpty(w, found.Functions)
		require.Empty(w, found.Missing(), c.bound.Contract().Name())
	}
	_, err := gaib.Probe(w.Context(), w.client, aid.NewToken(d.With(gaib.AID, gaib.Entry{Address: w.who.Alice.Address})))
	require.ErrorIs(w, err, gaib.ErrNoCode)
}
