package peers

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/aave"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

// tally counts what a differential run met.
type tally struct{ equal, reverts int }

func (n tally) log(t *testing.T, revision core.Revision, family string) {
	t.Helper()
	t.Logf("aave %s %s: %d equal, %d both revert, 0 mismatches", revision, family, n.equal, n.reverts)
}

// action is one call on the pool and what the Go value does for it.
type action struct {
	name     string
	from     common.Address
	call     gaib.Function
	simulate func(core.State) (core.State, error)
}

// sameRevert checks that a simulated error is what the contract reverted with.
func sameRevert(t testing.TB, revision core.Revision, simulated, mined error, hint any) {
	t.Helper()
	var want *core.RevertError
	require.ErrorAs(t, simulated, &want, hint)
	var got *RevertError
	require.ErrorAs(t, mined, &got, hint)
	decoded := gaib.DecodeRevert(got.Data, aave.DecodeError)
	if want.Code != "" {
		var typed *core.RevertError
		require.ErrorAs(t, decoded, &typed, "%v: chain says %v, Go says %v", hint, decoded, simulated)
		require.Equal(t, want.Code, typed.Code, hint)
		require.ErrorIs(t, typed, want.Err, hint)
		return
	}
	if errors.Is(simulated, core.ErrCash) {
		var text *gaib.RevertString
		require.ErrorAs(t, decoded, &text, hint)
		require.Equal(t, "balance", text.Text, "the token's own words")
		return
	}
	require.True(t, core.Arithmetic(simulated), "%v: %v", hint, simulated)
	var panicked *gaib.PanicError
	require.True(t, len(got.Data) == 0 || errors.As(decoded, &panicked), "%v: Go says %v, chain says %v", hint, simulated, decoded)
}

// actions returns one random action on a state.
func (c chance) action(r *aaveRig, s core.State, kind int) action {
	id := c.IntN(aaveReserves)
	for range 12 { // mostly where there is something to take
		if kind == 1 && s.Account.Balances[id].Supplied.IsZero() || kind == 3 && s.Account.Balances[id].Debt.IsZero() || s.Market.Reserves[id].Config.Paused {
			id = c.IntN(aaveReserves)
		}
	}
	balance := s.Account.Balance(id)
	reserve := &s.Market.Reserves[id]
	asset := r.assets[id]
	scaled := func(x, index uint256.Int) (out uint256.Int) {
		out.Mul(&x, &index)
		return *out.Div(&out, uint256.MustFromDecimal("1000000000000000000000000000"))
	}
	switch kind {
	case 0:
		amount := c.amount(c.about(1e18 * c.Float64()))
		if amount == core.Max() {
			amount = c.upTo(120) // more than the purse holds would be the token's revert
		}
		return action{"supply", aaveUser, contract.PoolSupply{Asset: asset, Amount: amount, OnBehalfOf: aaveUser},
			func(s core.State) (core.State, error) { return s.Supply(id, amount) }}
	case 1:
		amount := c.amount(scaled(balance.Supplied, reserve.LiquidityIndex))
		return action{"withdraw", aaveUser, contract.PoolWithdraw{Asset: asset, Amount: amount, To: aaveUser},
			func(s core.State) (core.State, error) { s, _, err := s.Withdraw(id, amount); return s, err }}
	case 2:
		amount := c.amount(c.borrowable(s, id))
		return action{"borrow", aaveUser, contract.PoolBorrow{Asset: asset, Amount: amount, InterestRateMode: u(2), OnBehalfOf: aaveUser},
			func(s core.State) (core.State, error) { return s.Borrow(id, amount) }}
	case 3:
		amount := c.amount(scaled(balance.Debt, reserve.DebtIndex))
		return action{"repay", aaveUser, contract.PoolRepay{Asset: asset, Amount: amount, InterestRateMode: u(2), OnBehalfOf: aaveUser},
			func(s core.State) (core.State, error) { s, _, err := s.Repay(id, amount); return s, err }}
	case 4:
		on := c.one(2)
		return action{"collateral", aaveUser, contract.PoolSetUserUseReserveAsCollateral{Asset: asset, UseAsCollateral: on},
			func(s core.State) (core.State, error) { return s.SetCollateral(id, on) }}
	case 5:
		category := uint8(c.IntN(3))
		return action{"eMode", aaveUser, contract.PoolSetUserEMode{CategoryId: category},
			func(s core.State) (core.State, error) { return s.SetEMode(category) }}
	}
	l := core.Liquidation{Collateral: c.IntN(aaveReserves), Debt: c.IntN(aaveReserves), ReceiveAToken: c.one(3)}
	for range 20 { // mostly what is owed, for what is used
		if !s.Account.Config.Collateral(l.Collateral) || s.Account.Balances[l.Collateral].Supplied.IsZero() {
			l.Collateral = c.IntN(aaveReserves)
		}
		if !s.Account.Config.Borrowing(l.Debt) {
			l.Debt = c.IntN(aaveReserves)
		}
	}
	l.Cover = c.amount(scaled(s.Account.Balance(l.Debt).Debt, s.Market.Reserves[l.Debt].DebtIndex))
	if c.one(3) {
		l.Cover = core.Max()
	}
	slot := slotOf(slotNumber(52), aaveLiquidator)
	held := part(r.get(r.supplied[l.Collateral], slot), 0, 120)
	return action{"liquidate", aaveLiquidator,
		contract.PoolLiquidationCall{CollateralAsset: r.assets[l.Collateral], DebtAsset: r.assets[l.Debt], User: aaveUser, DebtToCover: l.Cover, ReceiveAToken: l.ReceiveAToken},
		func(s core.State) (core.State, error) {
			next, out, err := s.Liquidate(l)
			if err == nil && l.ReceiveAToken {
				now := part(r.get(r.supplied[l.Collateral], slot), 0, 120)
				require.Equal(r.t, now.Sub(&now, &held), &out.Scaled, "the liquidator's aTokens")
			}
			return next, err
		}}
}

// borrowable is about what the account can borrow, to be near the edge.
func (c chance) borrowable(s core.State, id int) uint256.Int {
	d, err := s.Data()
	if err != nil {
		return c.upTo(80)
	}
	available, err := d.Available(s.Market.Revision)
	r := &s.Market.Reserves[id]
	if err != nil || r.Price.IsZero() {
		return c.upTo(80)
	}
	var unit uint256.Int
	unit.Exp(uint256.NewInt(10), uint256.NewInt(uint64(r.Config.Decimals)))
	available.Mul(&available, &unit)
	return *available.Div(&available, &r.Price)
}

// suits reports whether an action has a chance: whether there is something to liquidate, or to borrow against.
func (c chance) suits(s core.State, name string) bool {
	if name != "liquidate" && name != "borrow" {
		return true
	}
	d, err := s.Data()
	if err != nil {
		return false
	}
	if name == "liquidate" {
		return d.Health.Cmp(lending.One) < 0
	}
	available, err := d.Available(s.Market.Revision)
	return err == nil && !available.IsZero()
}

// play runs an action on both sides from one state and compares everything that it can change.
// What the pool reverted with is returned too.
func (r *aaveRig) play(before core.State, do action, n *tally) (next core.State, mined error) {
	r.t.Helper()
	input, err := do.call.Encode()
	require.NoError(r.t, err)
	_, mined = r.evm.Send(do.from, r.pool, input)
	next, err = do.simulate(before)
	hint := []any{do.name, do.call, before}
	if mined != nil || err != nil {
		require.Error(r.t, err, "only the chain reverts: %v; %v", mined, hint)
		require.Error(r.t, mined, "only Go reverts: %v; %v", err, hint)
		sameRevert(r.t, r.revision, err, mined, hint)
		n.reverts++
		return before, mined
	}
	got := r.fetch(before)
	require.Equal(r.t, got.Market.Reserves, next.Market.Reserves, hint)
	require.Equal(r.t, got.Account, complete(next.Account, before.Market), hint)
	n.equal++
	return next, nil
}

// complete gives an account a balance for every reserve, as the rig reads them.
func complete(a core.Account, m core.Market) core.Account {
	out := core.Account{Config: a.Config, EMode: a.EMode}
	for i := range m.Reserves {
		out.Balances = append(out.Balances, a.Balance(i))
	}
	return out
}

var aaveRevisions = []core.Revision{core.V30, core.V37}

// Every action from random whole states, on the real pool.
func TestAaveStates(t *testing.T) {
	names := []string{"supply", "withdraw", "borrow", "repay", "collateral", "eMode", "liquidate"}
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			c := chance{rand.New(rand.NewPCG(30, uint64(revision)))}
			curves := c.curves(24)
			for kind, name := range names {
				runs := 5_000
				if name == "liquidate" {
					runs = 50_000
				}
				if testing.Short() {
					runs /= 50
				}
				var n tally
				for range runs {
					before := c.state(revision, curves)
					for range 6 {
						if c.suits(before, name) {
							break
						}
						before = c.state(revision, curves)
					}
					r.store(&before)
					r.play(before, c.action(r, before, kind), &n)
				}
				require.Greater(t, n.equal, runs/8, "too few succeed to prove anything")
				n.log(t, revision, name)
			}
		})
	}
}
