package peers

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// morphoWalk is a market of the real contracts beside its value, which operations move, and beside a second value, which only
// follows the events.
type morphoWalk struct {
	t      testing.TB
	evm    *EVM
	morpho *Morpho
	random morphoRandom

	params   contract.MorphoMarketParams
	id       common.Hash
	accounts []common.Address // the last is the fee recipient, which does nothing
	price    uint256.Int

	market    blue.Market
	positions map[common.Address]blue.Position

	followed          blue.Market
	followedPositions map[common.Address]blue.Position
	counts            map[string]int
	steps             int
}

func (w *morphoWalk) call(from common.Address, function gaib.Function) ([]byte, error) {
	input, err := function.Encode()
	require.NoError(w.t, err)
	return w.evm.Send(from, w.morpho.Address, input)
}

// step does one random operation on both and compares.
func (w *morphoWalk) step() {
	r := w.random
	if r.IntN(3) > 0 {
		w.evm.SetTime(w.evm.Time() + []uint64{1, 12, 3600, 86400, 30 * 86400, 400 * 86400}[r.IntN(6)])
	}
	if r.IntN(4) == 0 { // the price moves by up to 30 %
		w.price.MulDivOverflow(&w.price, uint256.NewInt(700+r.Uint64N(600)), uint256.NewInt(1000))
		require.NoError(w.t, w.morpho.SetPrice(w.price.ToBig()))
	}
	now, user := w.evm.Time(), w.accounts[r.IntN(len(w.accounts)-1)]
	m, p := w.market, w.positions[user]
	present, _, err := m.Accrue(now)
	require.NoError(w.t, err)

	var amount blue.Amount
	pick := func(assets, shares uint256.Int) {
		if amount.Assets = r.part(assets); r.IntN(2) == 0 {
			amount = blue.Amount{Shares: r.part(shares)}
		}
	}
	var call gaib.Function
	var after blue.Outcome
	family := morphoFamilies[r.IntN(len(morphoFamilies))]
	if h, err := present.Health(&p, &w.price); err == nil && !h.Healthy() && r.IntN(2) == 0 {
		family = []string{"liquidateSeized", "liquidateRepaid"}[r.IntN(2)]
	} else if r.IntN(3) == 0 {
		family = "borrow"
	}
	if w.steps++; w.steps == 1 { // something to begin with
		family = "supply"
	} else if w.steps < 5 {
		family = "supplyCollateral"
	}
	from := user
	switch family {
	case "accrue":
		call = contract.MorphoAccrueInterest{MarketParams: w.params}
		after.Market, after.Accrual, err = m.Accrue(now)
		after.Position = p
	case "supply":
		pick(r.upTo(80), r.upTo(100))
		call = contract.MorphoSupply{MarketParams: w.params, Assets: amount.Assets, Shares: amount.Shares, OnBehalf: user}
		after, err = m.Supply(p, amount, now)
	case "withdraw":
		assets, _, err2 := present.MaxWithdraw(p)
		require.NoError(w.t, err2)
		pick(assets, p.SupplyShares)
		call = contract.MorphoWithdraw{MarketParams: w.params, Assets: amount.Assets, Shares: amount.Shares, OnBehalf: user, Receiver: user}
		after, err = m.Withdraw(p, amount, now)
	case "borrow":
		most, err2 := present.MaxBorrow(p, w.price)
		require.NoError(w.t, err2)
		pick(most, r.upTo(90))
		call = contract.MorphoBorrow{MarketParams: w.params, Assets: amount.Assets, Shares: amount.Shares, OnBehalf: user, Receiver: user}
		after, err = m.Borrow(p, amount, w.price, now)
	case "repay":
		owed, err2 := present.BorrowAssets(p)
		require.NoError(w.t, err2)
		pick(owed, p.BorrowShares)
		call = contract.MorphoRepay{MarketParams: w.params, Assets: amount.Assets, Shares: amount.Shares, OnBehalf: user}
		after, err = m.Repay(p, amount, now)
	case "supplyCollateral":
		assets := r.upTo(80)
		call = contract.MorphoSupplyCollateral{MarketParams: w.params, Assets: assets, OnBehalf: user}
		after.Market = m
		after.Position, err = m.SupplyCollateral(p, assets)
	case "withdrawCollateral":
		most, err2 := present.MaxWithdrawCollateral(p, w.price)
		require.NoError(w.t, err2)
		assets := r.part(most)
		call = contract.MorphoWithdrawCollateral{MarketParams: w.params, Assets: assets, OnBehalf: user, Receiver: user}
		after, err = m.WithdrawCollateral(p, assets, w.price, now)
	case "liquidateSeized", "liquidateRepaid":
		var seized, shares uint256.Int
		if full, bySeized, err := present.FullLiquidation(p, w.price); err == nil && r.IntN(2) == 0 {
			if bySeized {
				seized = full.SeizedAssets
			} else {
				shares = full.RepaidShares
			}
		} else if family == "liquidateSeized" {
			seized = r.part(p.Collateral)
		} else {
			shares = r.part(p.BorrowShares)
		}
		from = w.accounts[r.IntN(len(w.accounts)-1)]
		call = contract.MorphoLiquidate{MarketParams: w.params, Borrower: user, SeizedAssets: seized, RepaidShares: shares}
		var l blue.LiquidationOutcome
		l, err = m.Liquidate(p, seized, shares, w.price, now)
		after = blue.Outcome{Market: l.Market, Position: l.Position, Accrual: l.Accrual}
		if err == nil && !l.Liquidation.BadDebtShares.IsZero() {
			w.counts["bad debt"]++
		}
	case "setFee":
		fee := lending.Ratio(r.Uint64N(255e15))
		call, from = contract.MorphoSetFee{MarketParams: w.params, NewFee: uint256.Int{uint64(fee)}}, alice
		after, err = m.SetFee(fee, now)
		after.Position = p
	}
	_, mined := w.call(from, call)
	if err != nil || mined != nil {
		var revert *RevertError
		require.ErrorAs(w.t, mined, &revert, "%s: predicted %v", family, err)
		require.Error(w.t, err, "%s: the contract reverted with %v", family, mined)
		require.Equal(w.t, morphoFailure(gaib.DecodeRevert(revert.Data, blue.DecodeError)), morphoFailure(err), family)
		w.counts["both revert"]++
		return
	}
	w.counts[family]++
	w.market = after.Market
	w.positions[user] = after.Position
	fees := w.accounts[len(w.accounts)-1]
	recipient := w.positions[fees]
	recipient.SupplyShares.Add(&recipient.SupplyShares, &after.Accrual.FeeShares)
	w.positions[fees] = recipient
	w.follow(now)
	w.compare(family)
	w.invariants(m, after.Market, family)
}

// follow applies the events of the last transaction.
func (w *morphoWalk) follow(now uint64) {
	for _, log := range w.evm.Logs() {
		event := decodeMorpho(w.t, log)
		if event == nil {
			continue
		}
		var err error
		w.followed, err = w.followed.Apply(event, now)
		require.NoError(w.t, err)
		if who, changes := blue.Changes(event); changes {
			w.followedPositions[who], err = w.followedPositions[who].Apply(event)
			require.NoError(w.t, err)
		}
		if accrued, ok := event.(*contract.MorphoAccrueInterestEvent); ok {
			fees := w.accounts[len(w.accounts)-1]
			p := w.followedPositions[fees]
			p.SupplyShares.Add(&p.SupplyShares, &accrued.FeeShares)
			w.followedPositions[fees] = p
		}
	}
}

type decodable interface {
	Item() gaib.Item
	DecodeLog(topics []common.Hash, data []byte) error
}

func decodeMorpho(t testing.TB, log *types.Log) any {
	t.Helper()
	for _, event := range []decodable{
		&contract.MorphoCreateMarketEvent{}, &contract.MorphoSetFeeEvent{}, &contract.MorphoAccrueInterestEvent{},
		&contract.MorphoSupplyEvent{}, &contract.MorphoWithdrawEvent{}, &contract.MorphoBorrowEvent{}, &contract.MorphoRepayEvent{},
		&contract.MorphoSupplyCollateralEvent{}, &contract.MorphoWithdrawCollateralEvent{}, &contract.MorphoLiquidateEvent{},
		&contract.IrmBorrowRateUpdateEvent{},
	} {
		if event.Item().Topic == log.Topics[0] {
			require.NoError(t, event.DecodeLog(log.Topics, log.Data))
			return event
		}
	}
	return nil
}

// compare reads everything from the contracts.
func (w *morphoWalk) compare(family string) {
	read := func(to common.Address, function gaib.Function) []byte {
		input, err := function.Encode()
		require.NoError(w.t, err)
		output, err := w.evm.Call(alice, to, input)
		require.NoError(w.t, err)
		return output
	}
	raw, err := contract.MorphoMarket{}.DecodeResult(read(w.morpho.Address, contract.MorphoMarket{Id: w.id}))
	require.NoError(w.t, err)
	rate, err := contract.IrmRateAtTarget{}.DecodeResult(read(w.morpho.Params.Irm, contract.IrmRateAtTarget{Id: w.id}))
	require.NoError(w.t, err)
	chain := blue.Market{
		TotalSupplyAssets: raw.TotalSupplyAssets, TotalSupplyShares: raw.TotalSupplyShares,
		TotalBorrowAssets: raw.TotalBorrowAssets, TotalBorrowShares: raw.TotalBorrowShares,
		LastUpdate: raw.LastUpdate.Uint64(), Fee: lending.Ratio(raw.Fee.Uint64()), LLTV: w.market.LLTV, Rate: rate.Uint64(),
	}
	require.Equal(w.t, chain, w.market, family)
	require.Equal(w.t, chain, w.followed, "%s: followed by events", family)
	for _, account := range w.accounts {
		p, err := contract.MorphoPosition{}.DecodeResult(read(w.morpho.Address, contract.MorphoPosition{Id: w.id, User: account}))
		require.NoError(w.t, err)
		position := blue.Position{SupplyShares: p.SupplyShares, BorrowShares: p.BorrowShares, Collateral: p.Collateral}
		require.Equal(w.t, position, w.positions[account], family)
		require.Equal(w.t, position, w.followedPositions[account], "%s: followed by events", family)
	}
}

// invariants are those of the protocol.
func (w *morphoWalk) invariants(before, after blue.Market, family string) {
	require.False(w.t, after.TotalBorrowAssets.Gt(&after.TotalSupplyAssets), "more is borrowed than supplied")
	var supply, borrow, collateral uint256.Int
	for _, p := range w.positions {
		supply.Add(&supply, &p.SupplyShares)
		borrow.Add(&borrow, &p.BorrowShares)
		collateral.Add(&collateral, &p.Collateral)
	}
	require.Equal(w.t, after.TotalSupplyShares, supply, "the positions' supply shares do not add up")
	require.Equal(w.t, after.TotalBorrowShares, borrow, "the positions' debt shares do not add up")
	held := func(token common.Address) *uint256.Int {
		balance, err := w.morpho.at(w.evm.Call, w.morpho.Token, alice, token, "balanceOf", w.morpho.Address)
		require.NoError(w.t, err)
		return uint256.MustFromBig(balance[0].(*big.Int))
	}
	liquidity := after.Liquidity()
	require.False(w.t, held(w.params.LoanToken).Lt(&liquidity), "the contract cannot pay its lenders")
	require.False(w.t, held(w.params.CollateralToken).Lt(&collateral), "the contract cannot pay the collateral out")
	// A supply share never loses value, except by bad debt: A'(S + v) >= A(S' + v), v and 1 being the virtual amounts.
	if family != "liquidateSeized" && family != "liquidateRepaid" {
		worth := func(assets, shares *uint256.Int) *big.Int {
			return new(big.Int).Mul(new(big.Int).Add(assets.ToBig(), big.NewInt(1)), new(big.Int).Add(shares.ToBig(), big.NewInt(1e6)))
		}
		require.GreaterOrEqual(w.t, worth(&after.TotalSupplyAssets, &before.TotalSupplyShares).Cmp(worth(&before.TotalSupplyAssets, &after.TotalSupplyShares)), 0, "%s: a supply share lost value", family)
	}
}

// 1,000 walks of 50 operations of four accounts on the real Morpho and rate model, equal after every step.
func TestMorphoWalks(t *testing.T) {
	Require(t, MorphoContracts()...)
	walks := 1_000
	if testing.Short() {
		walks = 30
	}
	e := newEVM(t)
	m, err := DeployMorpho(e, alice, MorphoConfig{})
	require.NoError(t, err)
	accounts := []common.Address{{1: 1}, {1: 2}, {1: 3}, {1: 0xfe}}
	plenty := new(big.Int).Lsh(big.NewInt(1), 250)
	for _, account := range accounts {
		require.NoError(t, m.Fund(account, plenty, plenty))
	}
	_, err = m.Send(alice, "setFeeRecipient", accounts[3])
	require.NoError(t, err)
	counts, steps := map[string]int{}, 0
	for n := range walks {
		random := newMorphoRandom(uint64(1000 + n))
		lltv := morphoLLTVs[2+random.IntN(8)] - lending.Ratio(n)
		w := &morphoWalk{
			t: t, evm: e, morpho: m, random: random, accounts: accounts, price: *uint256.NewInt(1 + random.Uint64()>>40), counts: counts,
			positions: map[common.Address]blue.Position{}, followedPositions: map[common.Address]blue.Position{},
			params: contract.MorphoMarketParams{LoanToken: m.Params.LoanToken, CollateralToken: m.Params.CollateralToken, Oracle: m.Params.Oracle, Irm: m.Params.Irm, Lltv: uint256.Int{uint64(lltv)}},
		}
		w.price.Lsh(&w.price, 108)
		require.NoError(t, m.SetPrice(w.price.ToBig()))
		w.id = blue.Params{LoanToken: w.params.LoanToken, CollateralToken: w.params.CollateralToken, Oracle: w.params.Oracle, IRM: w.params.Irm, LLTV: lltv}.ID()
		_, err := w.call(alice, contract.MorphoEnableLltv{Lltv: w.params.Lltv})
		if err != nil {
			require.Contains(t, err.Error(), "already set")
		}
		_, err = w.call(alice, contract.MorphoCreateMarket{MarketParams: w.params})
		require.NoError(t, err, fmt.Sprint(lltv))
		w.market, err = blue.Market{LLTV: lltv}.Create(e.Time())
		require.NoError(t, err)
		w.follow(e.Time())
		w.compare("create")
		for range 50 {
			w.step()
		}
		steps += 50
	}
	t.Logf("%d walks, %d operations, equal after each: %v", walks, steps, counts)
	for _, family := range append(morphoFamilies, "bad debt", "both revert") {
		require.Positive(t, counts[family], "no walk came to %s", family)
	}
}
