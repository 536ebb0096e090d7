package devnet

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// readVault returns the vault's state on the chain, with an empty queue.
func readVault(g gaib) *vault {
	return &vault{
		assets:       g.said.number("totalAssets"),
		loss:         g.said.number("unrealizedLoss"),
		shares:       g.said.number("totalSupply"),
		liquidity:    g.said.number("queueLiquidity"),
		fees:         g.said.number("accruedFees"),
		fixAtRequest: g.said.call("fixAtRequest")[0].(bool),
		denied:       make(map[string]bool),
		paid:         new(big.Int),
	}
}

// equalBooks demands that the chain's books are the model's, to the wei.
func equalBooks(t *testing.T, g gaib, v *vault, what string) {
	t.Helper()
	got := readVault(g)
	for _, pair := range []struct {
		name      string
		want, got *big.Int
	}{
		{"totalAssets", v.assets, got.assets}, {"unrealizedLoss", v.loss, got.loss}, {"totalSupply", v.shares, got.shares},
		{"queueLiquidity", v.liquidity, got.liquidity}, {"accruedFees", v.fees, got.fees},
		{"queueLength", big.NewInt(int64(len(v.queue))), g.said.number("queueLength")},
	} {
		require.Zero(t, pair.want.Cmp(pair.got), "%s: %s is %s, should be %s", what, pair.name, pair.got, pair.want)
	}
}

// equalPayments demands that a processing paid and skipped what the model did, in its order.
func equalPayments(t *testing.T, g gaib, accounts map[string]Account, receipt *types.Receipt, want []payment) {
	t.Helper()
	paid, skipped := g.said.events(receipt, "UnstakeProcessed"), g.said.events(receipt, "UnstakeSkipped")
	for _, p := range want {
		if p.skipped {
			require.NotEmpty(t, skipped)
			require.Equal(t, accounts[p.user].Address, skipped[0]["user"])
			skipped = skipped[1:]
			continue
		}
		require.NotEmpty(t, paid)
		require.Equal(t, accounts[p.user].Address, paid[0]["user"])
		require.Zero(t, p.shares.Cmp(paid[0]["shares"].(*big.Int)), "shares %s %s", p.shares, paid[0]["shares"])
		require.Zero(t, p.assets.Cmp(paid[0]["assets"].(*big.Int)), "assets %s %s", p.assets, paid[0]["assets"])
		require.Zero(t, p.remaining.Cmp(paid[0]["remainingAssets"].(*big.Int)))
		paid = paid[1:]
	}
	require.Empty(t, paid)
	require.Empty(t, skipped)
}

// Random operations, against the model and the vault's invariants.
func TestVaultRandom(t *testing.T) {
	for name, opts := range map[string][]Option{"settlement": nil, "request": {WithFixAtRequest()}} {
		for seed := range uint64(2) {
			t.Run(name, func(t *testing.T) { vaultRandom(t, seed, opts...) })
		}
	}
}

func vaultRandom(t *testing.T, seed uint64, opts ...Option) {
	chain := newChain(t, opts...)
	g, who := contracts(t, chain), chain.Accounts()
	rng := rand.New(rand.NewPCG(seed, 7))
	users := map[string]Account{"Alice": who.Alice, "Bob": who.Bob, "Whale": who.Whale}
	names := []string{"Alice", "Bob", "Whale"}
	limit := new(big.Int).Lsh(one, 255)
	for _, user := range []Account{who.Alice, who.Bob, who.Whale, who.Manager} {
		g.aid.send(user, "approve", g.said.addr, limit)
	}
	v := readVault(g)
	supply := g.aid.number("totalSupply")
	funded := new(big.Int)

	// amount returns 0 < x <= top, log-uniform, so that single wei come up as often as millions.
	amount := func(top *big.Int) *big.Int {
		if top.Sign() <= 0 {
			return new(big.Int)
		}
		x := new(big.Int).Rsh(top, uint(rng.IntN(top.BitLen())))
		return add(least(new(big.Int).Div(new(big.Int).Mul(x, big.NewInt(rng.Int64N(1000))), big.NewInt(1000)), sub(top, one)), one)
	}
	done := make(map[string]int)
	for range 250 {
		user := names[rng.IntN(len(names))]
		account := users[user]
		net := sub(v.assets, v.loss)
		var what string
		switch op := rng.IntN(12); op {
		case 0, 1:
			assets := amount(least(g.aid.number("balanceOf", account.Address), aidUnits(100_000)))
			if assets.Sign() == 0 {
				continue
			}
			came := assets
			if op == 0 {
				what = "deposit"
				shares := v.toShares(assets)
				require.Zero(t, shares.Cmp(g.said.number("previewDeposit", assets)))
				v.deposit(assets, shares)
				g.said.send(account, "deposit", assets, account.Address)
			} else {
				what = "mint"
				shares := v.toShares(assets) // costs at most assets
				cost := v.mintCost(shares)
				require.Zero(t, cost.Cmp(g.said.number("previewMint", shares)))
				v.deposit(cost, shares)
				came = cost
				g.said.send(account, "mint", shares, account.Address)
			}
			require.Equal(t, add(net, came), sub(v.assets, v.loss), "A - L grows by what came in")
		case 2, 3, 4:
			shares := amount(g.said.number("balanceOf", account.Address))
			if shares.Sign() == 0 {
				continue
			}
			pendingOne := false
			for _, r := range v.queue {
				pendingOne = pendingOne || r.user == user
			}
			if pendingOne {
				what = "second unstake"
				g.said.reverts(account, g.said, "UnstakeAlreadyPending", []any{account.Address}, "unstake", shares)
				break
			}
			what = "unstake"
			before := g.said.number("balanceOf", account.Address)
			assets := v.unstake(user, shares)
			event := g.said.events(g.said.send(account, "unstake", shares), "UnstakeRequested")[0]
			require.Zero(t, assets.Cmp(event["assets"].(*big.Int)))
			require.Zero(t, sub(before, shares).Cmp(g.said.number("balanceOf", account.Address)), "shares leave at once")
		case 5, 6:
			what = "process"
			n := 1 + rng.IntN(4)
			payments := v.process(n)
			balances := make(map[string]*big.Int)
			for name, account := range users {
				balances[name] = g.aid.number("balanceOf", account.Address)
			}
			receipt := g.said.send(who.Carol, "processUnstakeQueue", big.NewInt(int64(n)))
			equalPayments(t, g, users, receipt, payments)
			for _, p := range payments {
				if !p.skipped {
					balances[p.user] = add(balances[p.user], p.assets)
				}
			}
			for name, account := range users {
				require.Zero(t, balances[name].Cmp(g.aid.number("balanceOf", account.Address)), "%s was paid what the events say", name)
			}
		case 7:
			what = "fund"
			assets := amount(least(g.aid.number("balanceOf", who.Manager.Address), aidUnits(20_000)))
			if rng.IntN(2) == 0 {
				assets = amount(least(g.said.number("idleAssets"), aidUnits(20_000)))
				g.said.send(who.Manager, "fundQueueFromIdle", assets)
			} else {
				g.said.send(who.Manager, "fundQueue", assets)
			}
			v.liquidity, funded = add(v.liquidity, assets), add(funded, assets)
		case 8:
			what = "deploy"
			g.said.send(who.Manager, "deploy", who.Portfolio.Address, amount(g.said.number("idleAssets")))
		case 9:
			what = "accrue"
			gross := amount(aidUnits(200_000))
			v.accrue(gross)
			g.said.send(who.Manager, "accrueYield", gross)
		case 10:
			what = "mark down"
			loss := amount(new(big.Int).Div(net, big.NewInt(10)))
			v.loss = add(v.loss, loss)
			g.said.send(who.Manager, "markDown", loss)
			require.Equal(t, sub(net, loss), sub(v.assets, v.loss))
		case 11:
			x := amount(v.loss)
			if x.Sign() == 0 {
				continue
			}
			v.loss = sub(v.loss, x)
			if rng.IntN(2) == 0 {
				what = "mark up"
				g.said.send(who.Manager, "markUp", x)
			} else {
				what = "realise loss"
				v.assets = sub(v.assets, x)
				g.said.send(who.Manager, "realizeLoss", x)
				require.Equal(t, net, sub(v.assets, v.loss), "a realised loss was in the Unstaking NAV before")
			}
		}
		done[what]++
		equalBooks(t, g, v, what)
		for i, r := range v.queue {
			require.Equal(t, users[r.user].Address, g.said.call("queueAt", big.NewInt(int64(i)))[0])
			request := g.said.call("getUnstakeRequest", users[r.user].Address)
			require.Positive(t, request[0].(*big.Int).Sign())
			require.Zero(t, v.pending(r).Cmp(request[1].(*big.Int)))
		}
		entry, exit := g.said.number("convertToAssets", aidUnits(1)), g.said.number("convertToAssetsWithLoss", aidUnits(1))
		require.GreaterOrEqual(t, entry.Cmp(exit), 0, "the Unstaking NAV is above the Deposit NAV")
		require.LessOrEqual(t, v.loss.Cmp(v.assets), 0)
		require.Zero(t, supply.Cmp(g.aid.number("totalSupply")), "the vault neither makes nor destroys AID")
		require.Zero(t, funded.Cmp(add(v.paid, g.said.number("queueLiquidity"))), "what was funded is paid or still there")
		require.Zero(t, g.aid.number("balanceOf", g.said.addr).Cmp(add(g.said.number("idleAssets"), v.liquidity)))
	}
	for _, what := range []string{"deposit", "mint", "unstake", "second unstake", "process", "fund", "deploy", "accrue", "mark down", "mark up", "realise loss"} {
		require.Positive(t, done[what], "the run never did: %s", what)
	}
	require.Positive(t, v.paid.Sign())
}

// A requester on the deny list is passed over and the others are paid.
func TestVaultSkipsDenied(t *testing.T) {
	for name, opts := range map[string][]Option{"settlement": nil, "request": {WithFixAtRequest()}} {
		t.Run(name, func(t *testing.T) {
			chain := newChain(t, opts...)
			g, who := contracts(t, chain), chain.Accounts()
			users := map[string]Account{"Alice": who.Alice, "Bob": who.Bob}
			for _, user := range users {
				g.aid.send(user, "approve", g.said.addr, aidUnits(1000))
				g.said.send(user, "deposit", aidUnits(1000), user.Address)
			}
			v := readVault(g)
			for _, user := range []string{"Alice", "Bob"} {
				shares := g.said.number("balanceOf", users[user].Address)
				v.unstake(user, shares)
				g.said.send(users[user], "unstake", shares)
			}
			g.aid.send(who.Manager, "approve", g.said.addr, aidUnits(5000))
			g.said.send(who.Manager, "fundQueue", aidUnits(5000))
			v.liquidity = aidUnits(5000)

			g.aid.send(who.Manager, "addToDenyList", []common.Address{who.Alice.Address})
			v.denied["Alice"] = true
			for _, n := range []int{100, 100} { // Alice stays, however often it is run
				want := v.process(n)
				receipt := g.said.send(who.Carol, "processUnstakeQueue", big.NewInt(int64(n)))
				equalPayments(t, g, users, receipt, want)
				equalBooks(t, g, v, "process")
			}
			require.Len(t, v.queue, 1)
			require.Equal(t, who.Alice.Address, g.said.call("queueAt", new(big.Int))[0])
			require.Positive(t, g.said.call("getUnstakeRequest", who.Alice.Address)[1].(*big.Int).Sign(), "her claim is kept")

			g.aid.send(who.Manager, "removeFromDenyList", []common.Address{who.Alice.Address})
			v.denied["Alice"] = false
			want := v.process(1)
			equalPayments(t, g, users, g.said.send(who.Carol, "processUnstakeQueue", one), want)
			require.Zero(t, g.said.number("queueLength").Sign())
			require.Equal(t, common.Address{}, g.said.call("queueAt", new(big.Int))[0])
		})
	}
}

// The edges of the books: all value lost on paper, and everybody leaving.
func TestVaultEdges(t *testing.T) {
	for name, opts := range map[string][]Option{"settlement": nil, "request": {WithFixAtRequest()}} {
		t.Run(name, func(t *testing.T) {
			chain := newChain(t, opts...)
			g, who := contracts(t, chain), chain.Accounts()
			users := map[string]Account{"Whale": who.Whale, "Stakers": who.Stakers}
			v := readVault(g)
			funded := new(big.Int)
			fund := func(assets *big.Int) {
				g.said.send(who.Manager, "fundQueue", assets)
				v.liquidity, funded = add(v.liquidity, assets), add(funded, assets)
			}
			unstake := func(user string, shares *big.Int) {
				v.unstake(user, shares)
				g.said.send(users[user], "unstake", shares)
				equalBooks(t, g, v, "unstake")
			}
			process := func() {
				want := v.process(100)
				equalPayments(t, g, users, g.said.send(who.Carol, "processUnstakeQueue", big.NewInt(100)), want)
				equalBooks(t, g, v, "process")
			}
			g.aid.send(who.Manager, "approve", g.said.addr, new(big.Int).Lsh(one, 255))
			for _, holder := range []Account{who.Portfolio, who.Holders} {
				g.aid.send(holder, "transfer", who.Manager.Address, g.aid.number("balanceOf", holder.Address))
			}
			g.said.send(who.Manager, "deploy", who.Manager.Address, g.said.number("idleAssets"))

			// Nothing in the queue, nothing to pay with: no effect.
			process()
			fund(one)
			process()

			// Worth nothing: a request is settled for nothing.
			g.said.send(who.Manager, "markDown", v.assets)
			v.loss = new(big.Int).Set(v.assets)
			require.Zero(t, g.said.number("convertToAssetsWithLoss", aidUnits(1)).Sign())
			unstake("Whale", aidUnits(1))
			require.Zero(t, g.said.call("getUnstakeRequest", who.Whale.Address)[1].(*big.Int).Sign())
			process()
			require.Zero(t, g.said.number("queueLength").Sign())
			require.Zero(t, v.paid.Sign())

			// A tenth stays lost, everybody leaves, in two payments of which the first is a wei short.
			gain := mulDiv(v.loss, big.NewInt(9), big.NewInt(10))
			g.said.send(who.Manager, "markUp", gain)
			v.loss = sub(v.loss, gain)
			unstake("Whale", g.said.number("balanceOf", who.Whale.Address))
			unstake("Stakers", g.said.number("balanceOf", who.Stakers.Address))
			owed := new(big.Int)
			for _, r := range v.queue {
				owed = add(owed, v.pending(r))
			}
			fund(sub(owed, add(v.liquidity, one)))
			process()
			fund(aidUnits(1))
			process()
			require.Zero(t, g.said.number("queueLength").Sign())
			require.Zero(t, g.said.number("totalSupply").Sign())
			require.Zero(t, funded.Cmp(add(v.paid, v.liquidity)))

			// An empty vault can be entered again.
			g.aid.send(who.Bob, "approve", g.said.addr, aidUnits(10))
			shares := v.toShares(aidUnits(10))
			g.said.send(who.Bob, "deposit", aidUnits(10), who.Bob.Address)
			v.deposit(aidUnits(10), shares)
			equalBooks(t, g, v, "deposit")
		})
	}
}
