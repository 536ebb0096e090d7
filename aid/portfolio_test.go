package aid_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// names are the contracts of a holding's amounts, in order.
func names(holding aid.Holding) (names []gaib.Name) {
	for _, amount := range holding.Amounts {
		names = append(names, amount.Name)
	}
	return names
}

func TestHoldings(t *testing.T) {
	book := newBook(allowed())
	// Each contract answers with its own number, Bob's with one more.
	for i, name := range []gaib.Name{gaib.AID, gaib.AlphaUSDC, gaib.AlphaUSDT, gaib.AlphaUSR, gaib.AlphaCUSDO, gaib.USDC} {
		book.contracts[name][gaib.ERC20BalanceOf{}.Item().Selector] = func(block uint64, data []byte) ([]byte, error) {
			if common.BytesToAddress(data[4:]) == bob {
				return fakenode.Word(uint64(10*i + 1)), nil
			}
			return fakenode.Word(uint64(10 * i)), nil
		}
	}
	book.on(gaib.Vesting, contract.VestingClaimable{}, u(77))
	coins := []gaib.ERC20{gaib.NewStablecoin(allowed(), gaib.USDC), gaib.NewStablecoin(allowed(), "nothing")}
	accounts := []common.Address{alice, bob}
	query := aid.NewHoldings(allowed(), accounts, coins...)
	accounts[1] = alice // the caller's to change
	held, err := query.Call(t.Context(), book, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, []string{"eth_call"}, book.Requests())
	require.Len(t, held, 2)
	all := []gaib.Name{gaib.AID, gaib.AlphaUSDC, gaib.AlphaUSDT, gaib.AlphaUSR, gaib.AlphaCUSDO, gaib.Vesting, gaib.USDC}
	require.Equal(t, all, names(held[0]), "BNB Chain's vault and the unknown coin are not there")
	require.Equal(t, all, names(held[1]))
	require.Equal(t, []common.Address{alice, bob}, []common.Address{held[0].Account, held[1].Account})
	for i, want := range []uint64{0, 10, 20, 30, 40, 77, 50} {
		require.Equal(t, u(want), held[0].Amounts[i].Amount, all[i])
		require.NoError(t, held[0].Amounts[i].Err)
	}
	require.Equal(t, u(51), held[1].Amounts[6].Amount)
	alpha, ok := held[1].Of(gaib.AlphaUSDT)
	require.True(t, ok)
	require.Equal(t, aid.Amount{Name: gaib.AlphaUSDT, Unit: gaib.Unit{Symbol: "AIDaUSDT", Decimals: 6}, Amount: u(21)}, alpha)
	vesting, ok := held[0].Of(gaib.Vesting)
	require.True(t, ok)
	require.Equal(t, "GAIB", vesting.Unit.Symbol)
	_, ok = held[0].Of(gaib.AlphaUSD1)
	require.False(t, ok)

	// Read again, the query has new values and the old ones stay as they were.
	book.on(gaib.AID, gaib.ERC20BalanceOf{}, u(5))
	again, err := query.Call(t.Context(), book, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, u(5), again[0].Amounts[0].Amount)
	require.Equal(t, u(0), held[0].Amounts[0].Amount)
}

// What fails alone, and what fails all.
func TestHoldingsFail(t *testing.T) {
	book := newBook(gaib.Mainnet())
	for _, name := range []gaib.Name{gaib.AID, gaib.AlphaUSDC, gaib.AlphaUSDT, gaib.AlphaUSR} {
		book.on(name, gaib.ERC20BalanceOf{}, u(4))
	}
	book.reverts(gaib.AlphaCUSDO, gaib.ERC20BalanceOf{}, "")
	query := aid.NewHoldings(gaib.Mainnet(), []common.Address{alice})
	held, err := query.Call(t.Context(), book, gaib.Latest)
	require.NoError(t, err)
	token, _ := held[0].Of(gaib.AID)
	require.Equal(t, u(4), token.Amount)
	require.NoError(t, token.Err)
	vesting, _ := held[0].Of(gaib.Vesting)
	require.ErrorIs(t, vesting.Err, gaib.ErrUnverified)
	broken, _ := held[0].Of(gaib.AlphaCUSDO)
	var call *gaib.CallError
	require.ErrorAs(t, broken.Err, &call)
	require.Zero(t, broken.Amount)

	_, err = query.Call(t.Context(), fakenode.New(8453), gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	require.ErrorIs(t, query.Err(), gaib.ErrNotRead)
	require.Nil(t, query.Value(), "not what was read before")
}

// A chain without AID has what it has; none at all is no error either.
func TestHoldingsElsewhere(t *testing.T) {
	sei, ok := gaib.On(1329)
	require.True(t, ok)
	book := newBook(sei)
	book.on(gaib.AlphaUSDC, gaib.ERC20BalanceOf{}, u(9))
	book.on(gaib.AlphaUSDT, gaib.ERC20BalanceOf{}, u(8))
	held, err := aid.NewHoldings(sei, []common.Address{alice}).Call(t.Context(), book, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, []gaib.Name{gaib.AlphaUSDC, gaib.AlphaUSDT}, names(held[0]))

	held, err = aid.NewHoldings(gaib.NewDeployment(5, ""), []common.Address{alice}).Call(t.Context(), fakenode.New(5), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, []aid.Holding{{Account: alice, Amounts: []aid.Amount{}}}, held)

	bsc, ok := gaib.On(56)
	require.True(t, ok)
	held, err = aid.NewHoldings(bsc, []common.Address{alice}).Call(t.Context(), newBook(bsc), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, []gaib.Name{gaib.AID, gaib.AlphaUSDT, gaib.AlphaUSD1}, names(held[0]))
	require.EqualValues(t, 18, held[0].Amounts[1].Unit.Decimals)
}

func TestTokenSupply(t *testing.T) {
	for _, id := range []uint64{1, 8453} {
		deployment, ok := gaib.On(id)
		require.True(t, ok)
		book := newBook(deployment)
		book.on(gaib.AID, gaib.ERC20TotalSupply{}, u(1000+id))
		supply, err := aid.NewToken(deployment).Supply().Call(t.Context(), book, gaib.Latest)
		require.NoError(t, err)
		require.Equal(t, aid.ChainSupply{ChainID: id, Native: id == 1, Total: u(1000 + id)}, supply)
	}
}
