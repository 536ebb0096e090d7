package morpho

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/readback"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// Every call of a market reads back in the words it was made with, and names who is not the sender.
func TestReadBack(t *testing.T) {
	p, b := pair(t), protocol(t)
	assets, shares := blue.Amount{Assets: *uint256.NewInt(5e6)}, blue.Amount{Shares: *uint256.NewInt(7)}
	one := *uint256.NewInt(1e18)
	for _, call := range []gaib.Call{
		p.Supply(assets, user, nil), p.Supply(shares, user, nil), p.Withdraw(assets, user, user), p.Borrow(assets, user, user), p.Repay(shares, user, nil),
		p.SupplyCollateral(one, user, nil), p.WithdrawCollateral(one, user, user), p.Liquidate(bot, one, uint256.Int{}, nil), p.Liquidate(bot, uint256.Int{}, one, nil),
		p.AccrueInterest(), b.Authorize(bot, true), b.Authorize(bot, false), b.CreateMarket(p.Params()), b.FlashLoan(p.Loan().Address(), usdc, *uint256.NewInt(5e6), []byte{1}),
	} {
		require.NoError(t, call.Err())
		reading, err := gaib.ReadBack(user, gaib.Call{To: call.To, Data: call.Data}, b.CallReader(p))
		require.NoError(t, err)
		require.True(t, reading.Known, call.Describe())
		require.Equal(t, gaib.Plan{call}.Describe(), reading.Describe())
	}
	for want, call := range map[string]gaib.Call{
		"Borrow 5 USDC from the sAID/USDC market of " + user.Hex():                                     p.Borrow(assets, user, bot), // who sends it receives it
		"Lend 5 USDC in the sAID/USDC market of " + user.Hex() + ", with a call back of 3 bytes":       p.Supply(assets, user, []byte{1, 2, 3}),
		"Take 1 sAID of collateral out of the sAID/USDC market of " + user.Hex() + " to " + user.Hex(): p.WithdrawCollateral(one, user, user),
	} {
		reading, err := gaib.ReadBack(bot, call, b.CallReader(p))
		require.NoError(t, err)
		require.Equal(t, want, reading.Describe())
	}
	// A market that was not given is written in base units; an LLTV that no market has is not read at all.
	reading, err := gaib.ReadBack(user, p.Borrow(assets, user, user), b.CallReader())
	require.NoError(t, err)
	require.True(t, reading.Known)
	require.Contains(t, reading.Describe(), "Borrow 5,000,000 base units of "+p.Loan().Address().Hex())
	strange := wire(p.Params())
	strange.Lltv.SetAllOne()
	data, err := contract.MorphoAccrueInterest{MarketParams: strange}.Encode()
	require.NoError(t, err)
	reading, err = gaib.ReadBack(user, gaib.Call{To: b.Contract().Address(), Data: data}, b.CallReader(p))
	require.NoError(t, err)
	require.False(t, reading.Known)
}

// A bundle of Bundler3: collateral in, a loan out.
func TestReadBackOfABundle(t *testing.T) {
	p, b := pair(t), protocol(t)
	bundler, general := common.Address{19: 0xb3}, common.Address{19: 0xa1}
	all := *new(uint256.Int).SetAllOne()
	params := contract.AdapterMarketParams(wire(p.Params()))
	var steps []readback.BundlerStep
	for _, function := range []interface{ Encode() ([]byte, error) }{
		contract.AdapterErc20TransferFrom{Token: p.Collateral().Address(), Receiver: general, Amount: *uint256.NewInt(2e18)},
		contract.AdapterMorphoSupplyCollateral{MarketParams: params, Assets: all, OnBehalf: user},
		contract.AdapterMorphoBorrow{MarketParams: params, Assets: *uint256.NewInt(1e6), Receiver: general},
		contract.AdapterMorphoRepay{MarketParams: params, Shares: all, OnBehalf: user},
		contract.AdapterMorphoWithdrawCollateral{MarketParams: params, Assets: all, Receiver: user},
		contract.AdapterMorphoSupply{MarketParams: params, Assets: *uint256.NewInt(1e6), OnBehalf: user},
		contract.AdapterMorphoWithdraw{MarketParams: params, Shares: *uint256.NewInt(9), Receiver: user},
		contract.AdapterErc20Transfer{Token: p.Loan().Address(), Receiver: user, Amount: all},
	} {
		data, err := function.Encode()
		require.NoError(t, err)
		steps = append(steps, readback.BundlerStep{To: general, Data: data})
	}
	data, err := readback.BundlerMulticall{Bundle: steps}.Encode()
	require.NoError(t, err)
	reading, err := gaib.ReadBack(user, gaib.Call{To: bundler, Data: data}, b.CallReader(p), b.AdapterReader(general, p))
	require.NoError(t, err)
	require.False(t, reading.Unknown())
	require.Equal(t, "As a bundle: take 2 sAID from the sender for Morpho's adapter; put all sAID up as collateral in the sAID/USDC market for "+user.Hex()+
		"; borrow 1 USDC from the sAID/USDC market for Morpho's adapter; repay all shares to the sAID/USDC market for "+user.Hex()+
		"; take all sAID of collateral out of the sAID/USDC market for "+user.Hex()+"; lend 1 USDC in the sAID/USDC market for "+user.Hex()+
		"; take 9 shares back from the sAID/USDC market for "+user.Hex()+"; pass all USDC on to "+user.Hex(), reading.Describe())
}
