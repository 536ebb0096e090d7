package said

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said/contract"
)

// Unit is how amounts of sAID are written: 18 decimals.
func Unit() gaib.Unit { return gaib.Unit{Symbol: "sAID", Decimals: 18} }

// assetUnit is AID's. sAID knows its asset without package aid.
func assetUnit() gaib.Unit { return gaib.Unit{Symbol: "AID", Decimals: 18} }

// Parse returns the base units of a decimal text of sAID, see [gaib.ParseUnits].
func Parse(text string) (uint256.Int, error) { return Unit().Parse(text) }

// Format returns an amount of sAID as decimal text with all its digits.
func Format(shares uint256.Int) string { return gaib.FormatUnits(shares, 18) }

// Vault is the sAID contract: an ERC-4626 vault over AID that is entered at the Deposit NAV and left through a queue at
// the Unstaking NAV. Its ERC-4626 withdraw and redeem may not be live: read MaxRedeem before relying on them.
type Vault struct {
	gaib.ERC4626
	aid gaib.ERC20 // the asset
}

// NewVault returns the sAID vault of a deployment.
func NewVault(deployment gaib.Deployment) Vault {
	return Vault{
		ERC4626: gaib.NewERC4626(deployment.Contract(gaib.SAID, contract.DecodeVaultError), Unit(), assetUnit()),
		aid:     gaib.NewERC20(deployment.Contract(gaib.AID), assetUnit()),
	}
}

// Items returns the binding's items, for [gaib.Probe].
func (v Vault) Items() []gaib.Item {
	return slices.Concat(gaib.ERC20Items(), gaib.ERC4626Items(), contract.VaultItems())
}

func oneShare() uint256.Int { return *uint256.NewInt(wad) }

// DepositNAV reads the AID that 1 sAID costs to enter: convertToAssets(1e18), wad.
func (v Vault) DepositNAV() *gaib.Query[uint256.Int] { return v.ConvertToAssets(oneShare()) }

// UnstakingNAV reads the AID that 1 sAID is worth to leave: convertToAssetsWithLoss(1e18), wad.
func (v Vault) UnstakingNAV() *gaib.Query[uint256.Int] { return v.ConvertToAssetsWithLoss(oneShare()) }

// NAV reads both NAVs, and fails when they contradict each other.
func (v Vault) NAV() *gaib.Query[NAV] {
	deposit, unstaking := v.DepositNAV(), v.UnstakingNAV()
	return gaib.Group(func() (NAV, error) {
		nav := NAV{Deposit: deposit.Value(), Unstaking: unstaking.Value()}
		return nav, nav.Check()
	}, deposit, unstaking)
}

// ConvertToAssetsWithLoss reads what shares are worth in AID at the Unstaking NAV.
func (v Vault) ConvertToAssetsWithLoss(shares uint256.Int) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(v.Contract(), contract.VaultConvertToAssetsWithLoss{Shares: shares})
}

// UnstakeRequest is the one request an account can have in the exit queue.
type UnstakeRequest struct {
	Time    time.Time   // of the request; zero when there is none
	Pending uint256.Int // AID still to be paid
}

// Active tells whether there is a request.
func (r UnstakeRequest) Active() bool { return !r.Time.IsZero() }

// PendingUnstake reads an account's request in the exit queue. Those of many accounts go into one [gaib.Read].
func (v Vault) PendingUnstake(account common.Address) *gaib.Query[UnstakeRequest] {
	raw := gaib.NewQuery(v.Contract(), contract.VaultGetUnstakeRequest{User: account})
	return gaib.Group(func() (UnstakeRequest, error) {
		value := raw.Value()
		request := UnstakeRequest{Pending: value.PendingAssets}
		if value.RequestTime.IsZero() {
			return request, nil
		}
		if !value.RequestTime.IsUint64() || value.RequestTime.Uint64() > maxTime {
			return UnstakeRequest{}, fmt.Errorf("unstake request of %s: time %s: %w", account, value.RequestTime.Dec(), gaib.ErrBadAnswer)
		}
		request.Time = time.Unix(int64(value.RequestTime.Uint64()), 0).UTC()
		return request, nil
	}, raw)
}

const maxTime = 1 << 40 // seconds; no date of use is beyond the year 36000

// Position is what an account has in sAID at one block.
type Position struct {
	Shares  uint256.Int // sAID
	Entry   uint256.Int // AID they are worth at the Deposit NAV
	Exit    uint256.Int // AID they are worth at the Unstaking NAV, later
	Request UnstakeRequest
}

// Position reads an account's shares, what they are worth at both NAVs, and its request in the queue.
func (v Vault) Position(account common.Address) *gaib.Query[Position] {
	shares, nav, request := v.BalanceOf(account), v.NAV(), v.PendingUnstake(account)
	return gaib.Group(func() (Position, error) {
		return Position{Shares: shares.Value(), Entry: nav.Value().Entry(shares.Value()), Exit: nav.Value().Exit(shares.Value()), Request: request.Value()}, nil
	}, shares, nav, request)
}

// Stake deposits AID of the sender; the receiver gets sAID at the Deposit NAV of the block it is mined in. The vault must
// be approved for the AID, see [Vault.PlanStake].
func (v Vault) Stake(assets uint256.Int, receiver common.Address) gaib.Call {
	return v.stake(assets, receiver, "")
}

func (v Vault) stake(assets uint256.Int, receiver common.Address, outcome string) gaib.Call {
	function := gaib.ERC4626Deposit{Assets: assets, Receiver: receiver}
	if receiver == (common.Address{}) {
		return gaib.FailedCall(v.Contract(), function, fmt.Errorf("receiver: %w", gaib.ErrZeroAddress))
	}
	return gaib.NewCall(v.Contract(), function, "stake "+assetUnit().Format(assets)+outcome)
}

// Unstake puts shares of the sender into the exit queue. The shares leave at once; AID follows when the queue is paid.
func (v Vault) Unstake(shares uint256.Int) gaib.Call {
	return v.unstake(shares, "")
}

func (v Vault) unstake(shares uint256.Int, outcome string) gaib.Call {
	return gaib.NewCall(v.Contract(), contract.VaultUnstake{Shares: shares}, "put "+Unit().Format(shares)+" into the unstake queue"+outcome)
}

// ProcessUnstakeQueue pays up to so many requests of the queue, oldest first, as far as the vault's liquidity goes.
// Anyone may send it.
func (v Vault) ProcessUnstakeQueue(maxIterations uint64) gaib.Call {
	return gaib.NewCall(v.Contract(), contract.VaultProcessUnstakeQueue{MaxIterations: *uint256.NewInt(maxIterations)},
		fmt.Sprintf("pay up to %d requests of the unstake queue", maxIterations))
}

// PlanStake returns the shortest plan by which an account stakes an amount of AID for itself: an approval if the vault
// may not take that much yet, and the deposit. It reads in one request and fails as the chain would: on a balance
// that is too low (*gaib.ERC20InsufficientBalanceError), a vault that is full (*gaib.ERC4626ExceededMaxDepositError), or an amount that
// gives no share ([ErrZeroAmount]). The shares named in the plan's description are at the present NAV; the deposit
// has no lower bound.
func (v Vault) PlanStake(ctx context.Context, client gaib.Client, account common.Address, assets uint256.Int) (gaib.Plan, error) {
	if account == (common.Address{}) {
		return nil, fmt.Errorf("stake: account: %w", gaib.ErrZeroAddress)
	}
	shares, limit := v.PreviewDeposit(assets), v.MaxDeposit(account)
	plan, err := v.aid.PlanSpend(ctx, client, account, v.Contract(), assets, shares, limit)
	if err != nil {
		return nil, fmt.Errorf("stake: %w", err)
	}
	if got := shares.Value(); got.IsZero() {
		return nil, fmt.Errorf("stake %s: %w", assetUnit().Format(assets), ErrZeroAmount)
	}
	if most := limit.Value(); assets.Gt(&most) {
		return nil, fmt.Errorf("stake: %w", &gaib.ERC4626ExceededMaxDepositError{Receiver: account, Assets: assets, Max: most})
	}
	return append(plan, v.stake(assets, account, " for "+Unit().Format(shares.Value())+" at the present NAV")), nil
}

// StakeWithPermit returns the plan that stakes what a signed permit of AID allows the vault, for the permit's owner, who
// must be the sender: no approval is needed. It needs no node. That AID has permits is assumed, so on a public chain the
// deployment has to trust or allow them.
func (v Vault) StakeWithPermit(permit gaib.Permit, signature []byte) (gaib.Plan, error) {
	if permit.Spender != v.Address() {
		return nil, fmt.Errorf("stake with permit: it is for %s, not for the vault %s: %w", permit.Spender, v.Address(), ErrWrongSpender)
	}
	plan := gaib.Plan{permit.Call(signature), v.Stake(permit.Value, permit.Owner)}
	return plan, plan.Err()
}

// ErrWrongSpender: the permit lets somebody else than the vault take the AID. Have the right one signed.
var ErrWrongSpender = errors.New("the permit is for another spender")

// PlanUnstake returns the plan by which an account puts shares into the exit queue. It reads in one request and fails on
// a balance that is too low (*gaib.ERC20InsufficientBalanceError), a request that is pending ([ErrUnstakePending]), or no shares
// ([ErrZeroAmount]).
func (v Vault) PlanUnstake(ctx context.Context, client gaib.Client, account common.Address, shares uint256.Int) (gaib.Plan, error) {
	if account == (common.Address{}) {
		return nil, fmt.Errorf("unstake: account: %w", gaib.ErrZeroAddress)
	}
	if shares.IsZero() {
		return nil, fmt.Errorf("unstake: %w", ErrZeroAmount)
	}
	balance, pending, worth := v.BalanceOf(account), v.PendingUnstake(account), v.ConvertToAssetsWithLoss(shares)
	if _, err := gaib.Read(ctx, client, gaib.Latest, balance, pending, worth); err != nil {
		return nil, fmt.Errorf("unstake: %w", err)
	}
	if request := pending.Value(); request.Active() {
		return nil, fmt.Errorf("unstake: %s are pending since %s: %w", assetUnit().Format(request.Pending), request.Time.Format(time.DateTime), ErrUnstakePending)
	}
	if have := balance.Value(); have.Lt(&shares) {
		return nil, fmt.Errorf("unstake: %w", &gaib.ERC20InsufficientBalanceError{Sender: account, Balance: have, Needed: shares})
	}
	return gaib.Plan{v.unstake(shares, ", worth "+assetUnit().Format(worth.Value())+" at the present Unstaking NAV")}, nil
}

// The vault's own events, all assumed, for [gaib.Logs]. Deposits, Withdrawals and Transfers are those of every ERC-4626.

// Requests are the requests to unstake.
func (v Vault) Requests() *gaib.Events[contract.VaultUnstakeRequestedEvent] {
	return gaib.NewEvents[contract.VaultUnstakeRequestedEvent](v.Contract())
}

// Payments are the payments of the queue, partial ones included.
func (v Vault) Payments() *gaib.Events[contract.VaultUnstakeProcessedEvent] {
	return gaib.NewEvents[contract.VaultUnstakeProcessedEvent](v.Contract())
}

// NAVUpdates are the changes of the two NAVs.
func (v Vault) NAVUpdates() *gaib.Events[contract.VaultNavUpdatedEvent] {
	return gaib.NewEvents[contract.VaultNavUpdatedEvent](v.Contract())
}
