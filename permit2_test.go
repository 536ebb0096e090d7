package gaib_test

import (
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func TestPermit2Refuses(t *testing.T) {
	at, soon := gaib.Permit2(1), time.Unix(1_800_000_000, 0)
	chain := newChain()
	used := new(uint256.Int).SetAllOne().Bytes32()
	bitmaps := [][]byte{used[:], fakenode.Word(0b1011), used[:], used[:]}
	chain.Contracts[at.Address()] = func(_ uint64, data []byte) ([]byte, error) {
		if len(data) == 4+3*32 { // allowance
			return append(append(fakenode.Word(5), fakenode.Word(6)...), fakenode.Word(7)...), nil
		}
		return bitmaps[data[len(data)-1]], nil
	}
	allowance, err := token().Permit2Allowance(t.Context(), chain, at, alice, bob, units(9), soon, soon)
	require.NoError(t, err)
	require.EqualValues(t, 7, allowance.Nonce)
	require.NoError(t, allowance.Call(signature(0)).Err())
	require.ErrorIs(t, allowance.Call(nil).Err(), gaib.ErrSignature)
	require.Equal(t, "let "+bob.Hex()+" take 0.000000000000000009 AID of "+alice.Hex()+" through Permit2 until 2027-01-15T08:00:00Z, as signed", allowance.Call(signature(0)).Describe())
	for _, change := range []func(*gaib.Permit2Allowance){
		func(p *gaib.Permit2Allowance) { p.Expiration = time.Time{} },
		func(p *gaib.Permit2Allowance) { p.Deadline = time.Time{} },
	} {
		broken := allowance
		change(&broken)
		_, err := broken.Digest()
		require.ErrorIs(t, err, gaib.ErrDeadline)
		_, err = broken.TypedData()
		require.ErrorIs(t, err, gaib.ErrDeadline)
		require.ErrorIs(t, broken.Call(signature(0)).Err(), gaib.ErrDeadline)
	}
	wide := allowance
	wide.Amount.SetAllOne()
	_, err = wide.Digest()
	require.Error(t, err, "160 bits are all there is")
	require.Error(t, wide.Call(signature(0)).Err())

	transfer, err := token().Permit2Transfer(t.Context(), chain, at, alice, bob, units(9), soon)
	require.NoError(t, err)
	requireDec(t, "258", transfer.Nonce) // the first word is used up, in the second the third bit is free
	require.NoError(t, transfer.Call(bob, units(9), signature(28)).Err())
	require.ErrorIs(t, transfer.Call(common.Address{}, units(9), signature(28)).Err(), gaib.ErrZeroAddress)
	require.ErrorIs(t, transfer.Call(bob, units(9), nil).Err(), gaib.ErrSignature)
	bitmaps[1] = used[:]
	_, err = token().Permit2Transfer(t.Context(), chain, at, alice, bob, units(9), soon)
	require.ErrorContains(t, err, "used up")

	_, err = token().Permit2Allowance(t.Context(), chain, at, common.Address{}, bob, units(9), soon, soon)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = token().Permit2Transfer(t.Context(), chain, at, alice, common.Address{}, units(9), soon)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = token().Permit2Transfer(t.Context(), chain, gaib.Permit2(56), alice, bob, units(9), soon)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
}
