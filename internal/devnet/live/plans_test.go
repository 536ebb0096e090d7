package live

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/said"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

// signatures returns the functions that a plan calls.
func signatures(plan gaib.Plan) []string {
	called := make([]string, len(plan))
	for i, call := range plan {
		called[i] = call.Item().Signature
	}
	return called
}

const (
	approve = "approve(address,uint256)"
	mint    = "mint(address,uint256,address)"
)

// previewAlike holds what a node without eth_simulateV1 previews against what one with it did.
func (w *world) previewAlike(from devnet.Account, plan gaib.Plan, want gaib.Preview, tokens []gaib.ERC20) {
	w.t.Helper()
	old := &counter{inner: w.chain.Client(), before: func(method string, _ []any) error {
		if method == "eth_simulateV1" {
			return errors.New("the method eth_simulateV1 does not exist/is not available")
		}
		return nil
	}}
	got, err := plan.Simulate(w.ctx, old, from.Address, tokens...)
	require.NoError(w.t, err)
	require.Equal(w.t, []string{"eth_chainId", "eth_simulateV1", "eth_call"}, old.asked())
	require.Equal(w.t, want.Changes, got.Changes)
	require.Equal(w.t, want.Allowances, got.Allowances)
	require.Len(w.t, got.Steps, len(plan))
	for i, step := range got.Steps {
		require.Equal(w.t, len(want.Steps[i].Data), len(step.Data))
		require.Equal(w.t, common.Bytes2Hex(want.Steps[i].Data), common.Bytes2Hex(step.Data))
		require.InEpsilon(w.t, want.Steps[i].GasUsed, step.GasUsed, 0.5)
	}
	limits, err := plan.Transactions(w.ctx, old, from.Address)
	require.NoError(w.t, err)
	for i, tx := range limits {
		require.Greater(w.t, tx.Gas, want.Steps[i].GasUsed)
	}
}

// carryOutAsPreviewed carries a plan out and holds what it changed against what its simulation said it would change.
func (w *world) carryOutAsPreviewed(from devnet.Account, plan gaib.Plan, tokens ...gaib.ERC20) []gaib.Receipt {
	w.t.Helper()
	preview, err := plan.Simulate(w.ctx, w.client, from.Address)
	require.NoError(w.t, err)
	require.Len(w.t, preview.Steps, len(plan))
	w.previewAlike(from, plan, preview, tokens)
	before := make([]uint256.Int, len(tokens))
	for i, token := range tokens {
		before[i] = read(w, token.BalanceOf(from.Address))
	}
	receipts := w.carryOut(from, plan)
	changed := 0
	for i, token := range tokens {
		after := read(w, token.BalanceOf(from.Address))
		var want gaib.Change
		for _, change := range preview.Changes {
			if change.Token == token.Address() {
				want = change
			}
		}
		if before[i].Eq(&after) {
			require.Equal(w.t, gaib.Change{}, want, token.Unit().Symbol)
			continue
		}
		changed++
		if after.Lt(&before[i]) {
			require.Equal(w.t, gaib.Change{Token: token.Address(), Amount: minus(before[i], after), Decrease: true}, want)
		} else {
			require.Equal(w.t, gaib.Change{Token: token.Address(), Amount: minus(after, before[i])}, want)
		}
	}
	require.Len(w.t, preview.Changes, changed)
	for i, receipt := range receipts {
		require.Len(w.t, preview.Steps[i].Logs, len(receipt.Logs))
		for j, log := range receipt.Logs {
			require.Equal(w.t, log.Address, preview.Steps[i].Logs[j].Address)
			require.Equal(w.t, log.Topics, preview.Steps[i].Logs[j].Topics)
			require.EqualValues(w.t, log.Data, preview.Steps[i].Logs[j].Data)
		}
	}
	return receipts
}

func TestPlanStakeAndUnstake(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice
	books := manager.NewVault(w.vault)
	require.NoError(t, w.mine(w.who.Manager, books.MarkDown(aidUnits(300_000))))

	amount := aidUnits(1000)
	for _, step := range []struct {
		name    string
		allowed uint256.Int
		calls   []string
	}{
		{"nothing approved", u(0), []string{approve, "deposit(uint256,address)"}},
		{"a unit too little approved", minus(amount, u(1)), []string{approve, "deposit(uint256,address)"}},
		{"exactly approved", amount, []string{"deposit(uint256,address)"}},
		{"more approved", plus(amount, u(1)), []string{"deposit(uint256,address)"}},
	} {
		require.NoError(t, w.mine(alice, w.token.Approve(w.vault.Address(), step.allowed)))
		state := read(w, books.State())
		_, shares, err := state.Deposit(amount)
		require.NoError(t, err)
		have := read(w, w.vault.BalanceOf(alice.Address))
		w.client.asked()
		plan, err := w.vault.PlanStake(w.ctx, w.client, alice.Address, amount)
		require.NoError(t, err, step.name)
		require.Equal(t, []string{"eth_call"}, w.client.asked(), "a plan is made in one request")
		require.Equal(t, step.calls, signatures(plan), step.name)
		require.Contains(t, plan.Describe(), said.Unit().Format(shares))
		w.carryOutAsPreviewed(alice, plan, w.token.ERC20, w.vault.ERC20, w.usdc)
		requireAmount(t, shares, minus(read(w, w.vault.BalanceOf(alice.Address)), have), step.name)
		left := read(w, w.token.Allowance(alice.Address, w.vault.Address()))
		if len(plan) == 2 {
			require.True(t, left.IsZero(), "an approval is of exactly the amount")
		}
	}

	// Refused before anything is sent.
	_, err := w.vault.PlanStake(w.ctx, w.client, alice.Address, aidUnits(1_000_000))
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	require.Equal(t, &gaib.ERC20InsufficientBalanceError{Sender: alice.Address, Balance: aidUnits(6000), Needed: aidUnits(1_000_000)}, short)
	_, err = w.vault.PlanStake(w.ctx, w.client, alice.Address, u(1))
	require.ErrorIs(t, err, said.ErrZeroAmount, "one base unit of AID buys no share")
	_, err = w.vault.PlanStake(w.ctx, w.client, common.Address{}, amount)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)

	shares := read(w, w.vault.BalanceOf(alice.Address))
	_, err = w.vault.PlanUnstake(w.ctx, w.client, alice.Address, plus(shares, u(1)))
	require.ErrorAs(t, err, &short)
	require.Equal(t, &gaib.ERC20InsufficientBalanceError{Sender: alice.Address, Balance: shares, Needed: plus(shares, u(1))}, short)
	_, err = w.vault.PlanUnstake(w.ctx, w.client, alice.Address, uint256.Int{})
	require.ErrorIs(t, err, said.ErrZeroAmount)
	plan, err := w.vault.PlanUnstake(w.ctx, w.client, alice.Address, minus(shares, u(1)))
	require.NoError(t, err)
	require.Equal(t, []string{"unstake(uint256)"}, signatures(plan))
	receipts := w.carryOutAsPreviewed(alice, plan, w.token.ERC20, w.vault.ERC20)
	request := read(w, w.vault.PendingUnstake(alice.Address))
	require.Equal(t, w.chain.Now(), request.Time)
	state := read(w, books.State())
	worth, err := state.ConvertToAssetsWithLoss(minus(shares, u(1)))
	require.NoError(t, err)
	requireAmount(t, worth, request.Pending, "pending")
	require.Contains(t, plan.Describe(), aid.Unit().Format(worth))
	logs := receipts[0].Decode(w.vault.Requests(), w.vault.Transfers())
	require.Len(t, logs, 2)
	require.Equal(t, &saidcontract.VaultUnstakeRequestedEvent{User: alice.Address, Shares: minus(shares, u(1)), Assets: worth}, logs[1].Event)

	_, err = w.vault.PlanUnstake(w.ctx, w.client, alice.Address, u(1))
	require.ErrorIs(t, err, said.ErrUnstakePending)

	// A paused vault takes nothing.
	w.vaultOracle().send(w.who.Manager, "pause")
	_, err = w.vault.PlanStake(w.ctx, w.client, alice.Address, amount)
	var full *gaib.ERC4626ExceededMaxDepositError
	require.ErrorAs(t, err, &full)
	require.Equal(t, &gaib.ERC4626ExceededMaxDepositError{Receiver: alice.Address, Assets: amount}, full)
}

func TestPlanMintResetsTheAllowanceOfUSDT(t *testing.T) {
	w := newWorld(t)
	alice, spender := w.who.Alice, w.minter.Contract().Address()
	amount := usdUnits(500)
	for _, step := range []struct {
		coin    gaib.ERC20
		allowed uint256.Int
		calls   []string
	}{
		{w.usdc, u(0), []string{approve, mint}},
		{w.usdc, u(1), []string{approve, mint}},
		{w.usdc, amount, []string{mint}},
		{w.usdt, u(0), []string{approve, mint}},
		{w.usdt, u(1), []string{approve, approve, mint}},
		{w.usdt, minus(amount, u(1)), []string{approve, approve, mint}},
		{w.usdt, amount, []string{mint}},
	} {
		what := id("%s with %s approved", step.coin.Unit().Symbol, step.allowed.Dec())
		if now := read(w, step.coin.Allowance(alice.Address, spender)); !now.IsZero() {
			require.NoError(t, w.mine(alice, step.coin.Approve(spender, uint256.Int{})))
		}
		require.NoError(t, w.mine(alice, step.coin.Approve(spender, step.allowed)))
		w.client.asked()
		plan, err := w.minter.PlanMint(w.ctx, w.client, alice.Address, step.coin, amount)
		require.NoError(t, err, what)
		require.Equal(t, []string{"eth_call"}, w.client.asked())
		require.Equal(t, step.calls, signatures(plan), what)
		before := read(w, w.token.BalanceOf(alice.Address))
		w.carryOutAsPreviewed(alice, plan, step.coin, w.token.ERC20)
		requireAmount(t, plus(before, aidUnits(500)), read(w, w.token.BalanceOf(alice.Address)), what)
	}

	// Without the reset USDT refuses.
	require.NoError(t, w.mine(alice, w.usdt.Approve(spender, u(1))))
	require.Error(t, w.mine(alice, w.usdt.Approve(spender, u(2))))

	_, err := w.minter.PlanMint(w.ctx, w.client, w.who.Carol.Address, w.usdc, amount)
	var unlisted *contract.MinterNotWhitelistedError
	require.ErrorAs(t, err, &unlisted)
	require.Equal(t, w.who.Carol.Address, unlisted.Account)
	_, err = w.minter.PlanMint(w.ctx, w.client, alice.Address, w.token.ERC20, aidUnits(1))
	var unsupported *contract.MinterUnsupportedStablecoinError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, w.token.Address(), unsupported.Stablecoin)
	_, err = w.minter.PlanMint(w.ctx, w.client, alice.Address, w.usdc, usdUnits(10_000_000))
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	_, err = w.minter.PlanMint(w.ctx, w.client, alice.Address, w.usdc, uint256.Int{})
	require.ErrorIs(t, err, aid.ErrZeroAmount)
}

func TestPlanRedeem(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice
	quote, err := w.redeemer.Quote(w.ctx, w.client, aidUnits(1000))
	require.NoError(t, err)
	plan, err := w.redeemer.PlanRedeem(w.ctx, w.client, alice.Address, aidUnits(1000))
	require.NoError(t, err)
	require.Equal(t, []string{"redeem(uint256,address)"}, signatures(plan), "the redeemer burns; it needs no approval")
	before := read(w, w.usdc.BalanceOf(alice.Address))
	w.carryOutAsPreviewed(alice, plan, w.usdc, w.token.ERC20)
	requireAmount(t, quote.Out, minus(read(w, w.usdc.BalanceOf(alice.Address)), before), "USDC received")
	requireAmount(t, usdUnits(999), quote.Out, "1,000 AID less ten basis points")

	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, w.who.Carol.Address, aidUnits(1))
	var unlisted *contract.RedeemerNotWhitelistedError
	require.ErrorAs(t, err, &unlisted)
	require.Equal(t, w.who.Carol.Address, unlisted.Account)
	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, alice.Address, aidUnits(20_000))
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, w.who.Whale.Address, aidUnits(500_000))
	require.ErrorIs(t, err, aid.LimitFloat)
	w.redeemerOracle().send(w.who.Manager, "setRedeemLimitPerDay", ptr(aidUnits(1001)).ToBig())
	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, alice.Address, plus(aidUnits(1), u(1)))
	require.ErrorIs(t, err, aid.LimitDaily)
	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, alice.Address, aidUnits(1))
	require.NoError(t, err)
	_, err = w.redeemer.PlanRedeem(w.ctx, w.client, alice.Address, uint256.Int{})
	require.ErrorIs(t, err, aid.ErrZeroAmount)

	// A redeemer that pays in a coin the library does not know of is not quoted.
	at := devnet.Addresses()
	other, _, err := w.chain.Deploy(w.ctx, w.who.Manager, append(append([]byte{}, artifact(t, "BeaconProxy").Bytecode...),
		w.oracle("BeaconProxy", common.Address{}).pack("", at.RedeemerBeacon, w.redeemerOracle().pack("initialize",
			w.token.Address(), w.usdt.Address(), w.who.Manager.Address, big.NewInt(1), big.NewInt(1)))...))
	require.NoError(t, err)
	_, err = w.on(w.deployment.With(gaib.Redeemer, gaib.Entry{Address: other, Evidence: gaib.Reported})).redeemer.Quote(w.ctx, w.client, aidUnits(1))
	require.ErrorIs(t, err, aid.ErrStablecoin)
}

func TestPlanMigrate(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name gaib.Name
		from devnet.Account
	}{{gaib.AlphaUSDC, w.who.Alice}, {gaib.AlphaUSDT, w.who.Carol}} {
		vault := aid.NewAlphaVault(w.deployment, c.name)
		spender := w.migration.Contract().Address()
		amount := usdUnits(1234)
		for _, step := range []struct {
			allowed uint256.Int
			calls   []string
		}{
			{u(0), []string{approve, "migrate(address,uint256)"}},
			{u(7), []string{approve, "migrate(address,uint256)"}},
			{amount, []string{"migrate(address,uint256)"}},
		} {
			require.NoError(t, w.mine(c.from, vault.Approve(spender, step.allowed)))
			plan, err := w.migration.PlanMigrate(w.ctx, w.client, c.from.Address, vault, amount)
			require.NoError(t, err)
			require.Equal(t, step.calls, signatures(plan))
			before := read(w, w.token.BalanceOf(c.from.Address))
			receipts := w.carryOutAsPreviewed(c.from, plan, vault.ERC20, w.token.ERC20)
			requireAmount(t, plus(before, aidUnits(1234)), read(w, w.token.BalanceOf(c.from.Address)), "AID")
			logs := receipts[len(receipts)-1].Decode(w.migration.Migrations())
			require.Len(t, logs, 1)
			require.Equal(t, &contract.MigrationMigrationCompletedEvent{User: c.from.Address, AidAlpha: vault.Address(), Amount: amount}, logs[0].Event)
		}
		_, err := w.migration.PlanMigrate(w.ctx, w.client, w.who.Bob.Address, vault, u(1))
		var short *gaib.ERC20InsufficientBalanceError
		require.ErrorAs(t, err, &short)
		_, err = w.migration.PlanMigrate(w.ctx, w.client, c.from.Address, vault, uint256.Int{})
		var zero *contract.MigrationZeroAmountError
		require.ErrorAs(t, err, &zero)
	}
	// A vault that the migrator does not take, here one that is deployed beside the two it knows.
	at, _, err := w.chain.Deploy(w.ctx, w.who.Manager, append(append([]byte{}, artifact(t, "AIDollarAlpha").Bytecode...),
		w.oracle("AIDollarAlpha", common.Address{}).pack("", w.usdc.Address(), "x", "x", w.who.Manager.Address, big.NewInt(5))...))
	require.NoError(t, err)
	other := aid.NewAlphaVault(w.deployment.With(gaib.AlphaUSDC, gaib.Entry{Address: at, Evidence: gaib.Confirmed}), gaib.AlphaUSDC)
	requireAmount(t, u(5), read(w, other.Room()), "room")
	_, err = w.migration.PlanMigrate(w.ctx, w.client, w.who.Alice.Address, other, u(1))
	var unsupported *contract.MigrationUnsupportedAIDaTokenError
	require.ErrorAs(t, err, &unsupported)
	require.Equal(t, at, unsupported.Token)
}

func TestPlansAreOfOneChainAndNotEmpty(t *testing.T) {
	w := newWorld(t)
	base, ok := gaib.On(8453)
	require.True(t, ok)
	here := w.token.Approve(w.who.Bob.Address, u(1))
	there := gaib.NewERC20(base.Contract(gaib.AID), aid.Unit()).Approve(w.who.Bob.Address, u(1))
	for name, c := range map[string]struct {
		plan gaib.Plan
		want error
	}{
		"two chains":  {gaib.Plan{here, there}, gaib.ErrWrongChain},
		"other chain": {gaib.Plan{there}, gaib.ErrWrongChain},
		"nobody":      {gaib.Plan{here, {}}, gaib.ErrZeroAddress},
		"empty":       {gaib.Plan{}, gaib.ErrEmptyPlan},
	} {
		_, err := c.plan.Simulate(w.ctx, w.client, w.who.Alice.Address)
		require.ErrorIs(t, err, c.want, name)
		_, err = c.plan.Transactions(w.ctx, w.client, w.who.Alice.Address)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := gaib.Plan{here}.Transactions(w.ctx, w.client, common.Address{})
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	require.True(t, strings.HasPrefix(gaib.Plan{here}.Describe(), "Approve 0.000000000000000001 AID"), gaib.Plan{here}.Describe())
}
