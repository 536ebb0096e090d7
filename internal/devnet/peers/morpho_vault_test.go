package peers

import (
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
	"github.com/gaib-go/gaib/lending/morpho/metamorpho"
)

// vaultWalk is a real MetaMorpho over three real markets beside its value.
type vaultWalk struct {
	t      testing.TB
	evm    *EVM
	morpho *Morpho
	code   Artifact
	at     common.Address
	params []contract.MorphoMarketParams
	value  metamorpho.Vault
	shares uint256.Int // of alice, who is the only depositor
	counts map[string]int
}

func (w *vaultWalk) ask(method string, args ...any) uint256.Int {
	w.t.Helper()
	answer, err := w.morpho.at(w.evm.Call, w.code, alice, w.at, method, args...)
	require.NoError(w.t, err)
	return *uint256.MustFromBig(answer[0].(*big.Int))
}

func (w *vaultWalk) compare(family string) {
	w.t.Helper()
	now := w.evm.Time()
	totals, err := w.value.Totals(now)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ask("totalAssets"), totals.Assets, family)
	require.Equal(w.t, w.ask("totalSupply"), w.value.TotalSupply, family)
	require.Equal(w.t, w.ask("lastTotalAssets"), w.value.LastTotalAssets, family)
	require.Equal(w.t, w.ask("balanceOf", alice), w.shares, family)
	most, err := w.value.MaxWithdraw(w.shares, now)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ask("maxWithdraw", alice), most, family)
	room, err := w.value.MaxDeposit(now)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ask("maxDeposit", alice), room, family)
	million := big.NewInt(1_000_000_000)
	shares, err := w.value.ConvertToShares(*uint256.MustFromBig(million), now)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ask("convertToShares", million), shares, family)
	assets, err := w.value.ConvertToAssets(w.shares, now)
	require.NoError(w.t, err)
	require.Equal(w.t, w.ask("convertToAssets", w.shares.ToBig()), assets, family)
	for i, a := range w.value.Markets {
		m, err := w.morpho.Call(alice, "market", a.ID)
		require.NoError(w.t, err)
		got := []*big.Int{a.Market.TotalSupplyAssets.ToBig(), a.Market.TotalSupplyShares.ToBig(), a.Market.TotalBorrowAssets.ToBig(), a.Market.TotalBorrowShares.ToBig()}
		for k := range got {
			require.Zero(w.t, m[k].(*big.Int).Cmp(got[k]), "%s: market %d, total %d", family, i, k)
		}
		p, err := w.morpho.Call(alice, "position", a.ID, w.at)
		require.NoError(w.t, err)
		require.Equal(w.t, *uint256.MustFromBig(p[0].(*big.Int)), a.SupplyShares, family)
	}
}

// do runs a call of the vault on both.
func (w *vaultWalk) do(family string, amount uint256.Int) {
	w.t.Helper()
	args := []any{amount.ToBig(), alice}
	predict, in := w.value.Deposit, true
	switch family {
	case "mint":
		predict = w.value.Mint
	case "withdraw":
		predict, in = w.value.Withdraw, false
	case "redeem":
		predict, in = w.value.Redeem, false
	}
	if !in {
		args = append(args, alice)
	}
	o, err := predict(amount, w.evm.Time())
	output, mined := w.morpho.at(w.evm.Send, w.code, alice, w.at, family, args...)
	if err != nil || mined != nil {
		var revert *RevertError
		require.ErrorAs(w.t, mined, &revert, "%s %s: predicted %v", family, amount.Dec(), err)
		require.Error(w.t, err, "%s %s: the contract reverted with %v", family, amount.Dec(), gaib.DecodeRevert(revert.Data, contract.DecodeMetaMorphoError))
		reason := gaib.DecodeRevert(revert.Data, contract.DecodeMetaMorphoError).Reason
		require.Contains(w.t, err.Error(), reason.Error())
		w.counts[family+" reverts"]++
		return
	}
	w.counts[family]++
	returned := *uint256.MustFromBig(output[0].(*big.Int))
	w.value = o.Vault
	if in {
		w.shares.Add(&w.shares, &o.Shares)
	} else {
		w.shares.Sub(&w.shares, &o.Shares)
	}
	if family == "mint" || family == "redeem" {
		require.Equal(w.t, returned, o.Assets, family)
	} else {
		require.Equal(w.t, returned, o.Shares, family)
	}
	w.compare(family)
}

// 100 walks of 40 operations on a real MetaMorpho over three real markets, with borrowers who take the liquidity.
func TestMetaMorphoWalks(t *testing.T) {
	Require(t, append(MorphoContracts(), "MetaMorpho")...)
	walks := 100
	if testing.Short() {
		walks = 5
	}
	counts := map[string]int{}
	for n := range walks {
		e := newEVM(t)
		e.SetTime(1_700_000_000)
		m, err := DeployMorpho(e, alice, MorphoConfig{LoanDecimals: uint8(6 + 12*(n%2))})
		require.NoError(t, err)
		code, err := Load("MetaMorpho")
		require.NoError(t, err)
		creation, err := code.Code(alice, m.Address, big.NewInt(86400), m.Params.LoanToken, "Vault", "VLT")
		require.NoError(t, err)
		at, err := e.Deploy(alice, creation)
		require.NoError(t, err)
		w := &vaultWalk{t: t, evm: e, morpho: m, code: code, at: at, counts: counts}
		plenty := new(big.Int).Lsh(big.NewInt(1), 200)
		require.NoError(t, m.Fund(alice, plenty, plenty))
		require.NoError(t, m.Fund(bob, plenty, plenty))
		_, err = m.at(e.Send, m.Token, alice, m.Params.LoanToken, "approve", at, new(big.Int).Lsh(big.NewInt(1), 255))
		require.NoError(t, err)
		random := newMorphoRandom(uint64(5000 + n))
		call := func(method string, args ...any) {
			t.Helper()
			_, err := m.at(e.Send, code, alice, at, method, args...)
			require.NoError(t, err)
		}
		fee := lending.Ratio(random.Uint64N(5) * 100e15)
		if fee > 0 {
			call("setFeeRecipient", bob)
			call("setFee", new(big.Int).SetUint64(uint64(fee)))
		}
		offset := uint8(12 - 12*(n%2))
		w.value = metamorpho.Vault{Fee: fee, DecimalsOffset: offset}
		var ids []common.Hash
		for i := range 3 {
			params := m.Params
			if i > 0 {
				params.Lltv = big.NewInt(int64(700e15 + 1e15*i))
				for _, step := range []struct {
					method string
					arg    any
				}{{"enableLltv", params.Lltv}, {"createMarket", params}} {
					_, err := m.Send(alice, step.method, step.arg)
					require.NoError(t, err)
				}
			}
			limit := random.upTo(70)
			limit.AddUint64(&limit, 1e9)
			call("submitCap", params, limit.ToBig())
			w.params = append(w.params, contract.MorphoMarketParams{LoanToken: params.LoanToken, CollateralToken: params.CollateralToken, Oracle: params.Oracle, Irm: params.Irm, Lltv: *uint256.MustFromBig(params.Lltv)})
			created, err := blue.Market{LLTV: lending.Ratio(params.Lltv.Uint64())}.Create(e.Time())
			require.NoError(t, err)
			w.value.Markets = append(w.value.Markets, metamorpho.Allocation{ID: params.ID(), Market: created, Cap: limit})
			w.value.SupplyQueue, w.value.WithdrawQueue = append(w.value.SupplyQueue, i), append(w.value.WithdrawQueue, i)
			ids = append(ids, params.ID())
		}
		e.SetTime(e.Time() + 90_000)
		for i := range w.params {
			params := m.Params
			params.Lltv = w.params[i].Lltv.ToBig()
			call("acceptCap", params)
		}
		call("setSupplyQueue", [][32]byte{ids[0], ids[1], ids[2]})
		w.compare("set up")

		for range 40 {
			if random.IntN(2) == 0 {
				e.SetTime(e.Time() + []uint64{1, 12, 86400, 30 * 86400}[random.IntN(4)])
			}
			now := e.Time()
			switch family := []string{"deposit", "mint", "withdraw", "redeem", "borrow", "borrow"}[random.IntN(6)]; family {
			case "deposit":
				room, err := w.value.MaxDeposit(now)
				require.NoError(t, err)
				w.do(family, random.part(room))
			case "mint":
				room, err := w.value.MaxDeposit(now)
				require.NoError(t, err)
				room, err = w.value.ConvertToShares(room, now)
				require.NoError(t, err)
				w.do(family, random.part(room))
			case "withdraw":
				most, err := w.value.MaxWithdraw(w.shares, now)
				require.NoError(t, err)
				w.do(family, random.part(most))
			case "redeem":
				if part := random.part(w.shares); !part.Gt(&w.shares) { // more than the owner has is the token's affair
					w.do(family, part)
				}
			case "borrow":
				i := random.IntN(3)
				a := &w.value.Markets[i]
				present, _, err := a.Market.Accrue(now)
				require.NoError(t, err)
				amount := present.Liquidity()
				if amount = random.part(amount); amount.IsZero() {
					continue
				}
				params := m.Params
				params.Lltv = w.params[i].Lltv.ToBig()
				collateral := new(uint256.Int).Lsh(&amount, 2)
				o, err := a.Market.Borrow(blue.Position{Collateral: *collateral}, blue.Amount{Assets: amount}, *uint256.MustFromDecimal("1000000000000000000000000000000000000"), now)
				if err != nil {
					continue
				}
				_, err = m.Send(bob, "supplyCollateral", params, collateral.ToBig(), bob, []byte{})
				require.NoError(t, err)
				_, err = m.Send(bob, "borrow", params, amount.ToBig(), new(big.Int), bob, bob)
				require.NoError(t, err)
				a.Market = o.Market
				w.value.Cash.Sub(&w.value.Cash, &amount)
				counts[family]++
				w.compare(family)
			}
		}
	}
	t.Logf("%d walks of 40 operations, equal after each: %v", walks, counts)
	for _, family := range []string{"deposit", "mint", "withdraw", "redeem", "borrow", "deposit reverts", "redeem reverts"} {
		require.Positive(t, counts[family], "no walk came to %s", family)
	}
}

// The reader of a vault on a chain: its state is what the vault itself says.
func TestMetaMorphoState(t *testing.T) {
	Require(t, append(MorphoContracts(), "MetaMorpho")...)
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	who := chain.Accounts()
	owner := who.Manager
	m, err := DeployMorpho(OnChain(t.Context(), chain, owner), owner.Address, MorphoConfig{LoanDecimals: 6})
	require.NoError(t, err)
	code, err := Load("MetaMorpho")
	require.NoError(t, err)
	at, err := code.Deploy(t.Context(), chain, owner, owner.Address, m.Address, big.NewInt(86400), m.Params.LoanToken, "Vault", "VLT")
	require.NoError(t, err)
	million := big.NewInt(1_000_000_000_000)
	require.NoError(t, m.Fund(owner.Address, million, million))
	call := func(method string, args ...any) {
		t.Helper()
		_, err := m.at(m.Backend.Send, code, owner.Address, at, method, args...)
		require.NoError(t, err)
	}
	_, err = m.at(m.Backend.Send, m.Token, owner.Address, m.Params.LoanToken, "approve", at, million)
	require.NoError(t, err)
	call("setFeeRecipient", owner.Address)
	call("setFee", big.NewInt(1e17))
	call("submitCap", m.Params, big.NewInt(600_000_000_000))
	require.NoError(t, chain.Travel(25*time.Hour))
	call("acceptCap", m.Params)
	call("setSupplyQueue", [][32]byte{m.ID})
	call("deposit", big.NewInt(500_000_000_000), owner.Address)
	_, err = m.Send(owner.Address, "supplyCollateral", m.Params, million, owner.Address, []byte{})
	require.NoError(t, err)
	_, err = m.Send(owner.Address, "borrow", m.Params, big.NewInt(450_000_000_000), new(big.Int), owner.Address, owner.Address)
	require.NoError(t, err)
	require.NoError(t, chain.Travel(30*24*time.Hour))

	d := gaib.Mainnet().With(morpho.NameMorpho, gaib.Entry{Address: m.Address, Evidence: gaib.Confirmed}).With("Vault", gaib.Entry{Address: at, Evidence: gaib.Confirmed})
	vault := metamorpho.New(d, "Vault", m.Params.LoanToken, gaib.Unit{Symbol: "VLT", Decimals: 18}, gaib.Unit{Symbol: "LOAN", Decimals: 6})
	state, block, err := vault.State(t.Context(), chain.Client(), gaib.Latest)
	require.NoError(t, err)
	now := uint64(block.Time.Unix())
	assets, most := vault.TotalAssets(), vault.MaxWithdraw(owner.Address)
	shares, room := vault.BalanceOf(owner.Address), vault.MaxDeposit(owner.Address)
	_, err = gaib.Read(t.Context(), chain.Client(), block.Block(), assets, most, shares, room)
	require.NoError(t, err)
	totals, err := state.Totals(now)
	require.NoError(t, err)
	require.Equal(t, assets.Value(), totals.Assets)
	require.True(t, totals.Assets.GtUint64(500_000_000_000))
	require.False(t, totals.FeeShares.IsZero())
	withdrawable, err := state.MaxWithdraw(shares.Value(), now)
	require.NoError(t, err)
	require.Equal(t, most.Value(), withdrawable)
	require.Equal(t, uint64(50_000_000_000), withdrawable.Uint64(), "what is not lent out")
	left, err := state.MaxDeposit(now)
	require.NoError(t, err)
	require.Equal(t, room.Value(), left)
}
