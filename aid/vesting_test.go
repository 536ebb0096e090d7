package aid_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"

	"github.com/ethereum/go-ethereum/common"
)

func TestVestingReads(t *testing.T) {
	chain, vesting := newBook(allowed()), aid.NewVesting(allowed())
	chain.on(gaib.Vesting, contract.VestingAllocations{}, u(1), u(2), u(3), u(4), n("5000000000000000000"), u(6), u(7))
	chain.on(gaib.Vesting, contract.VestingVested{}, u(8))
	chain.on(gaib.Vesting, contract.VestingClaimable{}, u(9))
	allocation, vested, claimable := vesting.Allocation(alice), vesting.Vested(alice), vesting.Claimable(alice)
	_, err := gaib.Read(t.Context(), chain, gaib.Latest, allocation, vested, claimable)
	require.NoError(t, err)
	require.Equal(t, aid.Allocation{StartEpoch: 1, CliffDuration: 2, VestingInterval: 3, VestingCycles: 4, Amount: n("5000000000000000000"), CliffAmount: u(6), Claimed: u(7)}, allocation.Value())
	require.Equal(t, u(8), vested.Value())
	require.Equal(t, u(9), claimable.Value())

	chain.on(gaib.Vesting, contract.VestingAllocations{}, u(1), u(2), n("18446744073709551616"), u(4), u(5), u(6), u(7))
	_, err = vesting.Allocation(alice).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrBadAnswer, "an interval of 2^64 is no uint64")
}

// The contract's code is verified, which proxy serves it is not: on Ethereum it has to be allowed, or its selectors found.
func TestVestingIsAssumed(t *testing.T) {
	chain, vesting := newBook(gaib.Mainnet()), aid.NewVesting(gaib.Mainnet())
	_, err := vesting.Claimable(alice).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrUnverified)
	require.ErrorIs(t, vesting.Claim().Err(), gaib.ErrUnverified)

	at := vesting.Contract().Address()
	claim := contract.VestingClaim{}.Item().Selector
	chain.Code[at] = append(append([]byte{0x80, 0x63}, claim[:]...), 0x14, 0x00)
	report, err := gaib.Probe(t.Context(), chain, vesting)
	require.NoError(t, err)
	require.True(t, report.Upgraded, "the recorded implementation is not there")
	trusted := aid.NewVesting(gaib.Mainnet().Trust(report))
	require.NoError(t, trusted.Claim().Err())
	require.ErrorIs(t, trusted.ClaimFor(alice).Err(), gaib.ErrUnverified)
}

func TestVestingCalls(t *testing.T) {
	vesting := aid.NewVesting(allowed())
	require.Equal(t, "claim vested GAIB", vesting.Claim().Describe())
	require.Equal(t, "claim vested GAIB for "+alice.Hex(), vesting.ClaimFor(alice).Describe())
	var claim contract.VestingClaimFor
	require.NoError(t, claim.Decode(vesting.ClaimFor(alice).Data))
	require.Equal(t, alice, claim.User)
}

func TestVestingRevertsAndEvents(t *testing.T) {
	chain, vesting := newBook(allowed()), aid.NewVesting(allowed())
	item := (&contract.VestingNothingToClaimError{}).Item()
	chain.reverts(gaib.Vesting, contract.VestingClaimable{}, common.Bytes2Hex(item.Selector[:]))
	_, err := vesting.Claimable(alice).Call(t.Context(), chain, gaib.Latest)
	var nothing *contract.VestingNothingToClaimError
	require.ErrorAs(t, err, &nothing)
	require.ErrorContains(t, err, "read claimable first")

	chain.Logs = []fakenode.Log{{Address: vesting.Contract().Address(), Topics: []common.Hash{contract.VestingClaimEvent{}.Item().Topic, topicOf(alice)}, Data: fakenode.Word(5), Block: 3}}
	seen := 0
	for block, err := range gaib.Logs(t.Context(), chain, 0, gaib.Latest, vesting.Claims()) {
		require.NoError(t, err)
		for _, claim := range vesting.Claims().In(block) {
			require.Equal(t, contract.VestingClaimEvent{User: alice, Amount: u(5)}, *claim)
			seen++
		}
	}
	require.Equal(t, 1, seen)
}
