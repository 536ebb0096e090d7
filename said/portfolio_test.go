package said_test

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/said/contract"
)

func TestHoldings(t *testing.T) {
	alice, bob := common.HexToAddress("0xa1"), common.HexToAddress("0xb2")
	word := func(n uint64) uint256.Int { return *uint256.NewInt(n) }
	node := fakenode.New(1)
	unstaking, requests := uint64(1_000_000_000_000_000_000), fakenode.Returns(word(0), word(0))
	methods := fakenode.Methods{
		gaib.ERC4626ConvertToAssets{}.Item().Selector:           fakenode.Returns(word(1_100_000_000_000_000_000)),
		contract.VaultConvertToAssetsWithLoss{}.Item().Selector: func(uint64, []byte) ([]byte, error) { return fakenode.Word(unstaking), nil },
		gaib.ERC20BalanceOf{}.Item().Selector: func(_ uint64, data []byte) ([]byte, error) {
			if common.BytesToAddress(data[4:]) == bob {
				return fakenode.Word(30), nil
			}
			return fakenode.Word(1000), nil
		},
		contract.VaultGetUnstakeRequest{}.Item().Selector: func(block uint64, data []byte) ([]byte, error) {
			if common.BytesToAddress(data[4:]) == bob {
				return fakenode.Returns(word(1_700_000_000), word(55))(block, data)
			}
			return requests(block, data)
		},
	}
	vault := said.NewVault(gaib.Mainnet())
	node.Contracts[vault.Address()] = methods.Contract

	accounts := []common.Address{alice, bob}
	query := said.NewHoldings(gaib.Mainnet(), accounts...)
	accounts[0] = bob
	held, err := query.Call(t.Context(), node, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, []string{"eth_call"}, node.Requests())
	require.True(t, held.Present)
	require.NoError(t, held.NAV.Err)
	require.Equal(t, said.NAV{Deposit: word(1_100_000_000_000_000_000), Unstaking: word(1_000_000_000_000_000_000)}, held.NAV.Value)
	require.Equal(t, []said.Holding{
		{Account: alice, Position: said.Position{Shares: word(1000), Entry: word(1100), Exit: word(1000)}},
		{Account: bob, Position: said.Position{Shares: word(30), Entry: word(33), Exit: word(30),
			Request: said.UnstakeRequest{Time: time.Unix(1_700_000_000, 0).UTC(), Pending: word(55)}}},
	}, held.Accounts)

	// NAVs that contradict each other value nothing; the shares are there all the same.
	unstaking = 1_200_000_000_000_000_000
	held, err = query.Call(t.Context(), node, gaib.Latest)
	require.NoError(t, err)
	require.ErrorIs(t, held.NAV.Err, said.ErrNAVInverted)
	require.ErrorIs(t, held.Accounts[1].Err, said.ErrNAVInverted)
	require.Equal(t, word(30), held.Accounts[1].Shares)
	require.Equal(t, word(55), held.Accounts[1].Request.Pending)
	require.Zero(t, held.Accounts[1].Entry)
	require.Zero(t, held.Accounts[1].Exit)

	// A request that cannot be read is the error of its account.
	unstaking, requests = 1, func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(nil) }
	held, err = query.Call(t.Context(), node, gaib.Latest)
	require.NoError(t, err)
	var call *gaib.CallError
	require.ErrorAs(t, held.Accounts[0].Err, &call)
	require.Equal(t, word(1000), held.Accounts[0].Shares)
	require.NoError(t, held.Accounts[1].Err)

	_, err = query.Call(t.Context(), fakenode.New(5), gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	require.Zero(t, query.Value())
}

func TestHoldingsWithoutSAID(t *testing.T) {
	base, known := gaib.On(8453)
	require.True(t, known)
	held, err := said.NewHoldings(base, common.HexToAddress("0xa1")).Call(t.Context(), fakenode.New(8453), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, said.Holdings{}, held)
}
