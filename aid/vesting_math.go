package aid

import (
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// ErrAllocation: an allocation's own figures make the contract revert, such as an interval of zero. Read it again.
var ErrAllocation = errors.New("aid: invalid allocation")

// Allocation is one address's allocation of the GAIB token, as GAIBVesting stores it. Times are unix seconds, amounts
// GAIB base units.
type Allocation struct {
	StartEpoch, CliffDuration, VestingInterval, VestingCycles uint64
	Amount, CliffAmount, Claimed                              uint256.Int
}

// Vested returns what has vested at a time, claimed or not: zero before StartEpoch + CliffDuration, then
// CliffAmount + floor(elapsed / VestingInterval) * floor((Amount - CliffAmount) / VestingCycles), and Amount once
// VestingCycles intervals have elapsed. It fails with [ErrAllocation] where the contract would revert.
// Source: GAIBVesting.vested, verified; that elapsed counts from the end of the cliff is assumed.
func (a Allocation) Vested(at time.Time) (uint256.Int, error) {
	elapsed, started := a.elapsed(at)
	if a.Amount.IsZero() || !started {
		return uint256.Int{}, nil
	}
	if a.VestingInterval == 0 {
		return uint256.Int{}, fmt.Errorf("%w: the vesting interval is zero", ErrAllocation)
	}
	cycles := elapsed / a.VestingInterval
	if cycles >= a.VestingCycles {
		return a.Amount, nil
	}
	var vested uint256.Int
	if fixed.Sub(&vested, &a.Amount, &a.CliffAmount) != nil {
		return uint256.Int{}, fmt.Errorf("%w: the cliff amount is above the whole amount", ErrAllocation)
	}
	// cycles < VestingCycles, so the product is at most Amount - CliffAmount and nothing can overflow.
	vested.Div(&vested, uint256.NewInt(a.VestingCycles))
	vested.Mul(&vested, uint256.NewInt(cycles))
	vested.Add(&vested, &a.CliffAmount)
	return vested, nil
}

// Claimable returns what has vested at a time and is not claimed. It fails with [ErrAllocation] where the contract would
// revert, which includes more claimed than vested.
func (a Allocation) Claimable(at time.Time) (uint256.Int, error) {
	vested, err := a.Vested(at)
	if err != nil {
		return uint256.Int{}, err
	}
	if fixed.Sub(&vested, &vested, &a.Claimed) != nil {
		return uint256.Int{}, fmt.Errorf("%w: more is claimed than has vested", ErrAllocation)
	}
	return vested, nil
}

// elapsed returns the seconds since the end of the cliff, and whether the cliff has ended. Assumed: the published rule
// does not say whether intervals count from StartEpoch or from the end of the cliff; this is the one place that decides.
func (a Allocation) elapsed(at time.Time) (seconds uint64, started bool) {
	now := uint64(max(0, at.Unix()))
	cliffEnd, carry := bits.Add64(a.StartEpoch, a.CliffDuration, 0)
	if carry != 0 || now < cliffEnd {
		return 0, false
	}
	return now - cliffEnd, true
}
