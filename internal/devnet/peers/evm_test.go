package peers

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

var (
	alice = common.HexToAddress("0xa11ce")
	bob   = common.HexToAddress("0xb0b")
)

func newEVM(t testing.TB) *EVM {
	t.Helper()
	e, err := NewEVM()
	require.NoError(t, err)
	return e
}

// place deploys a contract from alice and returns its address.
func place(t testing.TB, e *EVM, a Artifact, args ...any) common.Address {
	t.Helper()
	code, err := a.Code(args...)
	require.NoError(t, err)
	address, err := e.Deploy(alice, code)
	require.NoError(t, err)
	return address
}

func TestEVM(t *testing.T) {
	e := newEVM(t)
	at := common.HexToAddress("0xc0de")
	// SSTORE(0, CALLDATALOAD(0)); return SLOAD(0), TIMESTAMP, NUMBER, CALLER. No input: no SSTORE.
	e.SetCode(at, common.FromHex("3615600b57600035600055"+"5b600054600052"+"42602052"+"43604052"+"33606052"+"60806000f3"))
	read := func() []string {
		output, err := e.Call(bob, at, nil)
		require.NoError(t, err)
		require.Len(t, output, 128)
		var words []string
		for i := range 4 {
			words = append(words, new(big.Int).SetBytes(output[32*i:32*i+32]).String())
		}
		return words
	}
	who := new(big.Int).SetBytes(bob[:]).String()
	require.Equal(t, []string{"0", "1", "1", who}, read())

	e.SetTime(1_800_000_000)
	e.SetNumber(42)
	e.SetStorage(at, common.Hash{}, common.BigToHash(big.NewInt(7)))
	require.Equal(t, []string{"7", "1800000000", "42", who}, read())

	nine := common.BigToHash(big.NewInt(9))
	output, err := e.Call(bob, at, nine[:])
	require.NoError(t, err)
	require.Equal(t, nine[:], output[:32], "the call sees its own write")
	require.Equal(t, "7", read()[0], "and leaves none behind")

	restore := e.Snapshot()
	_, err = e.Send(bob, at, nine[:])
	require.NoError(t, err)
	require.Equal(t, nine, e.Storage(at, common.Hash{}))
	e.SetTime(1)
	for range 2 { // a snapshot can be gone back to more than once
		restore()
		require.Equal(t, []string{"7", "1800000000", "42", who}, read())
		_, err = e.Send(bob, at, nine[:])
		require.NoError(t, err)
	}
}

func TestEVMRevert(t *testing.T) {
	e := newEVM(t)
	at := common.HexToAddress("0xc0de")
	e.SetCode(at, common.FromHex("6001600055"+"63deadbeef600052"+"6004601cfd")) // store, then revert with de ad be ef
	for _, call := range []func(common.Address, common.Address, []byte) ([]byte, error){e.Call, e.Send} {
		_, err := call(bob, at, nil)
		var revert *RevertError
		require.ErrorAs(t, err, &revert)
		require.ErrorIs(t, err, vm.ErrExecutionReverted)
		require.Equal(t, "0xdeadbeef", fmt.Sprintf("%#x", revert.Data))
		require.Empty(t, revert.Reason())
		require.Zero(t, e.Storage(at, common.Hash{}), "a call that reverts changes nothing")
	}
	e.SetCode(at, common.FromHex("5b600056")) // for ever
	_, err := e.Call(bob, at, nil)
	require.ErrorIs(t, err, vm.ErrOutOfGas)
}

func TestEVMValueAndLogs(t *testing.T) {
	e := newEVM(t)
	at := common.HexToAddress("0xc0de")
	e.SetCode(at, common.FromHex("34600052"+"602a60206000a1")) // log the value under topic 42
	_, err := e.SendValue(bob, at, nil, uint256.NewInt(5))
	require.ErrorIs(t, err, vm.ErrInsufficientBalance)
	e.SetBalance(bob, uint256.NewInt(5))
	_, err = e.SendValue(bob, at, nil, uint256.NewInt(5))
	require.NoError(t, err)
	require.Len(t, e.Logs(), 1)
	require.Equal(t, at, e.Logs()[0].Address)
	require.Equal(t, []common.Hash{common.BigToHash(big.NewInt(42))}, e.Logs()[0].Topics)
	require.Equal(t, byte(5), e.Logs()[0].Data[31])
	_, err = e.Send(bob, at, nil)
	require.NoError(t, err)
	require.Len(t, e.Logs(), 1, "logs of the last call only")
	require.Equal(t, byte(0), e.Logs()[0].Data[31])
}

func BenchmarkCall(b *testing.B) {
	morpho := Require(b, "MorphoMath")[0]
	e := newEVM(b)
	at := place(b, e, morpho)
	input, err := morpho.ABI().Pack("toSharesUp", big.NewInt(1e18), big.NewInt(2e18), big.NewInt(3e18))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Call(alice, at, input); err != nil {
			b.Fatal(err)
		}
	}
}

func TestRevertText(t *testing.T) {
	artifact := Require(t, "MockERC20")[0]
	e := newEVM(t)
	token := place(t, e, artifact, "Token", "TKN", uint8(18))
	input, err := artifact.ABI().Pack("transfer", bob, big.NewInt(1))
	require.NoError(t, err)
	_, err = e.Call(alice, token, input)
	var revert *RevertError
	require.True(t, errors.As(err, &revert))
	require.Equal(t, "balance", revert.Reason())
	require.EqualError(t, err, "execution reverted: balance")
}
