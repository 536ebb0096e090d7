package aid

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
)

// Vesting is the contract by which allocations of the GAIB token vest. Its code is verified; which proxy serves it is
// assumed, so on Ethereum its calls have to be allowed.
type Vesting struct{ contract gaib.Contract }

// NewVesting returns the vesting contract of a deployment.
func NewVesting(deployment gaib.Deployment) Vesting {
	return Vesting{deployment.Contract(gaib.Vesting, contract.DecodeVestingError)}
}

// Contract returns the vesting contract.
func (v Vesting) Contract() gaib.Contract { return v.contract }

// Items returns the binding's items, for [gaib.Probe].
func (v Vesting) Items() []gaib.Item { return contract.VestingItems() }

// Allocation reads an account's allocation; all of it is zero when there is none.
func (v Vesting) Allocation(account common.Address) *gaib.Query[Allocation] {
	raw := gaib.NewQuery(v.contract, contract.VestingAllocations{User: account})
	return gaib.Group(func() (Allocation, error) {
		a := raw.Value()
		return Allocation{StartEpoch: a.StartEpoch, CliffDuration: a.CliffDuration, VestingInterval: a.VestingInterval,
			VestingCycles: a.VestingCycles, Amount: a.Amount, CliffAmount: a.CliffAmount, Claimed: a.Claimed}, nil
	}, raw)
}

// Vested reads what of an account's allocation has vested, claimed or not.
func (v Vesting) Vested(account common.Address) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(v.contract, contract.VestingVested{User: account})
}

// Claimable reads what an account can claim now.
func (v Vesting) Claimable(account common.Address) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(v.contract, contract.VestingClaimable{User: account})
}

// Claim pays the sender what it can claim.
func (v Vesting) Claim() gaib.Call {
	return gaib.NewCall(v.contract, contract.VestingClaim{}, "claim vested GAIB")
}

// ClaimFor pays an account what it can claim; anyone may send it.
func (v Vesting) ClaimFor(account common.Address) gaib.Call {
	return gaib.NewCall(v.contract, contract.VestingClaimFor{User: account}, fmt.Sprintf("claim vested GAIB for %s", account))
}

// Claims are the payments, for [gaib.Logs].
func (v Vesting) Claims() *gaib.Events[contract.VestingClaimEvent] {
	return gaib.NewEvents[contract.VestingClaimEvent](v.contract)
}
