package gaib_test

import (
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

var (
	alice = common.HexToAddress("0xA11CE00000000000000000000000000000000001")
	bob   = common.HexToAddress("0xB0B0000000000000000000000000000000000002")
	aidAt = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")
)

func units(whole uint64) uint256.Int { return *uint256.NewInt(whole) }

// revert returns what a fake contract gives to revert with an encoded error.
func revert(data string) fakenode.Revert { return fakenode.Revert(common.FromHex(data)) }

// tokenAt is an ERC-20 of the fake node. Its supply is the number of the block, an account's balance a million times
// the block plus the account's last byte.
func tokenAt(block uint64, data []byte) ([]byte, error) {
	switch [4]byte(data[:4]) {
	case gaib.ERC20TotalSupply{}.Item().Selector:
		return fakenode.Word(block), nil
	case gaib.ERC20BalanceOf{}.Item().Selector:
		return fakenode.Word(balanceAt(block, common.BytesToAddress(data[4:36]))), nil
	case gaib.ERC20Decimals{}.Item().Selector:
		return fakenode.Word(300), nil // more than a uint8 holds
	}
	return nil, fakenode.Revert(nil)
}

func balanceAt(block uint64, account common.Address) uint64 {
	return 1_000_000*block + uint64(account[18])<<8 + uint64(account[19])
}

// newChain returns a fake Ethereum with a token where AID is.
func newChain() *fakenode.Node {
	chain := fakenode.New(1)
	chain.Contracts[aidAt] = tokenAt
	return chain
}

func token() gaib.ERC20 {
	return gaib.NewERC20(gaib.Mainnet().Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18})
}

func account(i int) common.Address {
	return common.BytesToAddress([]byte{byte(i >> 8), byte(i)})
}

// requestsOf returns how often a method was asked for.
func requestsOf(chain *fakenode.Node, method string) (times int) {
	for _, one := range chain.Requests() {
		if one == method {
			times++
		}
	}
	return times
}

func requireDec(t testing.TB, want string, have uint256.Int, about ...any) {
	t.Helper()
	require.Equal(t, want, have.Dec(), fmt.Sprint(about...))
}
