package live

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
)

// allocate gives every allocation to an account of its own.
func (w *world) allocate(allocations []aid.Allocation) []common.Address {
	w.t.Helper()
	users := make([]common.Address, len(allocations))
	wire := make([]contract.VestingAllocation, len(allocations))
	for i, a := range allocations {
		users[i] = common.BigToAddress(big.NewInt(int64(0xbe57000 + i)))
		wire[i] = contract.VestingAllocation{StartEpoch: a.StartEpoch, CliffDuration: a.CliffDuration, VestingInterval: a.VestingInterval,
			VestingCycles: a.VestingCycles, Amount: a.Amount, CliffAmount: a.CliffAmount}
	}
	require.NoError(w.t, w.mine(w.who.Manager, gaib.NewCall(w.vesting.Contract(), contract.VestingSetAllocations{Users: users, Allocations: wire}, "")))
	gaibToken := gaib.NewERC20(w.deployment.Contract(gaib.GAIB), gaib.Unit{Symbol: "GAIB", Decimals: 18})
	require.NoError(w.t, w.mine(w.who.Manager, gaibToken.Transfer(w.vesting.Contract().Address(), aidUnits(900_000_000))))
	return users
}

func TestVestingIsTheContracts(t *testing.T) {
	w := newWorld(t)
	d := roll(11)
	start := uint64(w.chain.Now().Unix()) + 1000
	const day = 24 * 60 * 60
	allocations := []aid.Allocation{
		{StartEpoch: start, CliffDuration: 30 * day, VestingInterval: 30 * day, VestingCycles: 12, Amount: aidUnits(1200), CliffAmount: aidUnits(100)},
		{StartEpoch: start, VestingInterval: 1, VestingCycles: 7, Amount: u(100), CliffAmount: u(1)},
		{StartEpoch: start, CliffDuration: 1, VestingInterval: day, VestingCycles: 1, Amount: u(1)},
		{StartEpoch: 1, VestingInterval: math.MaxUint64, VestingCycles: math.MaxUint64, Amount: aidUnits(5), CliffAmount: aidUnits(5)},
		{StartEpoch: math.MaxUint64, CliffDuration: math.MaxUint64, VestingInterval: 1, VestingCycles: 1, Amount: aidUnits(1)},
		{StartEpoch: math.MaxUint64, CliffDuration: 1, VestingInterval: 1, VestingCycles: 1, Amount: aidUnits(1)},
		{StartEpoch: start - 100*day, CliffDuration: 10 * day, VestingInterval: 7, VestingCycles: math.MaxUint64, Amount: aidUnits(1_000_000)},
		{StartEpoch: start, CliffDuration: 10 * day, VestingInterval: 3 * day, VestingCycles: 11, Amount: *new(uint256.Int).SetAllOne(), CliffAmount: u(3)},
	}
	for range 12 {
		a := aid.Allocation{StartEpoch: start + d.Uint64N(20*day), CliffDuration: d.Uint64N(60 * day), VestingInterval: 1 + d.Uint64N(20*day),
			VestingCycles: 1 + d.Uint64N(40), Amount: plus(d.bits(85), u(1))}
		a.CliffAmount = d.upTo(a.Amount)
		allocations = append(allocations, a)
	}
	users := w.allocate(allocations)

	// Times: at random, and one second on either side of every boundary of the first allocations, while they come.
	first := allocations[0]
	cliff := first.StartEpoch + first.CliffDuration
	var times []uint64
	for _, boundary := range []uint64{first.StartEpoch, first.StartEpoch + 1, first.StartEpoch + 7, first.StartEpoch + day + 1, cliff, cliff + first.VestingInterval,
		cliff + 5*first.VestingInterval, cliff + 11*first.VestingInterval, cliff + 12*first.VestingInterval, cliff + 13*first.VestingInterval} {
		times = append(times, boundary-1, boundary, boundary+1)
	}
	claims, full := 0, 0
	for i, at := range times {
		if now := uint64(w.chain.Now().Unix()); at <= now {
			continue
		}
		require.NoError(t, w.chain.TravelTo(time.Unix(int64(at), 0)))
		vested, claimable := make([]*gaib.Query[uint256.Int], len(users)), make([]*gaib.Query[uint256.Int], len(users))
		stored := make([]*gaib.Query[aid.Allocation], len(users))
		var queries []gaib.Reader
		for j, user := range users {
			vested[j], claimable[j], stored[j] = w.vesting.Vested(user), w.vesting.Claimable(user), w.vesting.Allocation(user)
			queries = append(queries, vested[j], claimable[j], stored[j])
		}
		header, err := gaib.Read(w.ctx, w.client, gaib.Latest, queries...)
		require.NoError(t, err)
		require.Equal(t, at, uint64(header.Time.Unix()))
		for j := range users {
			what := id("allocation %d at %d", j, at)
			require.Equal(t, allocations[j], stored[j].Value(), what)
			want, err := allocations[j].Vested(header.Time)
			require.NoError(t, err, what)
			requireAmount(t, want, vested[j].Value(), what+": vested")
			left, err := allocations[j].Claimable(header.Time)
			require.NoError(t, err, what)
			requireAmount(t, left, claimable[j].Value(), what+": claimable")
			if want.Eq(&allocations[j].Amount) {
				full++
			}
		}
		// One of them claims, in the next block, at what is due then.
		j := i % len(users)
		due := w.chain.Now().Add(12 * time.Second)
		want, err := allocations[j].Claimable(due)
		require.NoError(t, err)
		if want.IsZero() || want.Gt(ptr(aidUnits(900_000))) {
			continue
		}
		require.NoError(t, w.mine(w.who.Carol, w.vesting.ClaimFor(users[j])), "claim of allocation %d", j)
		require.Equal(t, due, w.chain.Now())
		logs, err := collect(gaib.Logs(w.ctx, w.client, w.chain.Head().Number.Uint64(), gaib.Latest, w.vesting.Claims()))
		require.NoError(t, err)
		require.Len(t, logs, 1)
		require.Equal(t, contract.VestingClaimEvent{User: users[j], Amount: want}, *logs[0].Event.(*contract.VestingClaimEvent))
		allocations[j].Claimed = plus(allocations[j].Claimed, want)
		claims++
	}
	require.Greater(t, claims, 4)
	require.Greater(t, full, 50)
}

func ptr[T any](value T) *T { return &value }
