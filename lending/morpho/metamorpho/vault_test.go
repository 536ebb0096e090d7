package metamorpho

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

func n(x uint64) uint256.Int { return uint256.Int{x} }

// two returns a vault of a token of 18 decimals over two markets without interest: caps of 100 and 1,000.
func two() Vault {
	market := blue.Market{LastUpdate: 1, LLTV: 860e15, Model: blue.NoInterest}
	return Vault{
		Markets: []Allocation{
			{ID: common.Hash{1}, Market: market, Cap: n(100)},
			{ID: common.Hash{2}, Market: market, Cap: n(1000)},
		},
		SupplyQueue: []int{0, 1}, WithdrawQueue: []int{1, 0},
	}
}

// A deposit fills the supply queue in order, a withdrawal empties the withdraw queue in order, each up to its limits.
func TestQueues(t *testing.T) {
	empty := two()
	o, err := empty.Deposit(n(300), 1)
	require.NoError(t, err)
	require.Equal(t, n(300), o.Shares, "one to one at first")
	require.Equal(t, []Move{{common.Hash{1}, n(100)}, {common.Hash{2}, n(200)}}, o.Moves)
	require.Equal(t, two(), empty, "the vault before is as it was")
	v := o.Vault
	require.Equal(t, n(300), v.Cash)
	require.Equal(t, n(300), v.LastTotalAssets)
	room, err := v.MaxDeposit(1)
	require.NoError(t, err)
	require.Equal(t, n(800), room)

	// 150 of the second market are lent out: 50 of it can leave, and all of the first.
	lent, err := v.Markets[1].Market.Borrow(blue.Position{Collateral: n(1000)}, blue.Amount{Assets: n(150)}, *uint256.MustFromDecimal("1000000000000000000000000000000000000"), 1)
	require.NoError(t, err)
	v.Markets[1].Market = lent.Market
	v.Cash = n(150)
	most, err := v.MaxWithdraw(n(300), 1)
	require.NoError(t, err)
	require.Equal(t, n(150), most)
	o, err = v.Withdraw(n(120), 1)
	require.NoError(t, err)
	require.Equal(t, []Move{{common.Hash{2}, n(50)}, {common.Hash{1}, n(70)}}, o.Moves)
	require.Equal(t, n(120), o.Shares)
	require.Equal(t, n(180), o.Vault.TotalSupply)

	var liquidity *contract.MetaMorphoNotEnoughLiquidityError
	_, err = v.Withdraw(n(151), 1)
	require.ErrorAs(t, err, &liquidity)
	var caps *contract.MetaMorphoAllCapsReachedError
	_, err = v.Deposit(n(801), 1)
	require.ErrorAs(t, err, &caps)
	var short *gaib.ERC20InsufficientBalanceError
	burnt := v
	burnt.TotalSupply = n(10)
	_, err = burnt.Withdraw(n(150), 1)
	require.NoError(t, err, "150 assets are worth fewer shares now")
	burnt.LastTotalAssets, burnt.TotalSupply, burnt.DecimalsOffset = n(0), n(0), 18
	_, err = burnt.Withdraw(n(150), 1)
	require.ErrorAs(t, err, &short)
}

// The fee is shares that are worth its part of the interest: 10 % of 100 at a total of 400 and 300 shares.
func TestFee(t *testing.T) {
	o, err := two().Deposit(n(300), 1)
	require.NoError(t, err)
	v := o.Vault
	v.Fee = 100e15
	v.Markets[1].Market.TotalSupplyAssets = n(300) // 100 of interest
	totals, err := v.Totals(1)
	require.NoError(t, err)
	require.Equal(t, n(399), totals.Assets, "300 less what the virtual share takes, and 100")
	require.Equal(t, n(6), totals.FeeShares, "floor(9 * 301 / 391)")
	require.Equal(t, n(306), totals.Supply)
	worth, err := v.ConvertToAssets(n(300), 1)
	require.NoError(t, err)
	require.Equal(t, n(390), worth, "floor(300 * 400 / 307)")
	shares, err := v.ConvertToShares(n(390), 1)
	require.NoError(t, err)
	require.Equal(t, n(299), shares, "floor(390 * 307 / 400)")
	minted, err := v.Mint(n(10), 1)
	require.NoError(t, err)
	require.Equal(t, n(14), minted.Assets, "ceil(10 * 400 / 307)")
	redeemed, err := v.Redeem(n(10), 1)
	require.NoError(t, err)
	require.Equal(t, n(13), redeemed.Assets)
}

func TestBadQueue(t *testing.T) {
	for _, i := range []int{-1, 2} {
		v := two()
		v.SupplyQueue, v.WithdrawQueue = []int{i}, []int{i}
		_, err := v.Totals(1)
		require.ErrorIs(t, err, ErrQueue)
		_, err = v.MaxDeposit(1)
		require.ErrorIs(t, err, ErrQueue)
		v.WithdrawQueue = nil
		_, err = v.Deposit(n(1), 1)
		require.ErrorIs(t, err, ErrQueue)
	}
	v := two()
	v.DecimalsOffset = 78
	_, err := v.Deposit(n(1), 1)
	require.ErrorContains(t, err, "panic 0x11")
	v = two()
	v.TotalSupply.SetAllOne()
	_, err = v.Deposit(n(1), 1)
	require.ErrorContains(t, err, "panic 0x11")
}
