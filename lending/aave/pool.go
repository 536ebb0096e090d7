package aave

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

// PoolName is the name under which a deployment holds the pool.
const PoolName gaib.Name = "AavePool"

// Pool is the pool of one Aave v3 market: reads, calls and plans.
type Pool struct {
	deployment gaib.Deployment
	contract   gaib.Contract
	revision   core.Revision
}

// NewPool returns the pool that the deployment holds as [PoolName]; add it with [gaib.Deployment.With], for instance an
// entry of [Markets]. revision is what the caller knows of it; [Pool.Revision] reads it.
func NewPool(deployment gaib.Deployment, revision core.Revision) Pool {
	return Pool{deployment: deployment, contract: deployment.Contract(PoolName, DecodeError), revision: revision}
}

// Contract returns the pool's contract.
func (p Pool) Contract() gaib.Contract { return p.contract }

// Items returns the binding's functions that the pool's revision has, for [gaib.Probe].
func (p Pool) Items() []gaib.Item {
	return slices.DeleteFunc(contract.PoolItems(), func(item gaib.Item) bool {
		switch item.Name {
		case "getReserveDeficit", "getVirtualUnderlyingBalance", "getLiquidationGracePeriod", "getEModeCategoryCollateralConfig",
			"getEModeCategoryCollateralBitmap", "getEModeCategoryBorrowableBitmap", "getEModeCategoryLtvzeroBitmap",
			"getIsEModeCategoryIsolated", "RESERVE_INTEREST_RATE_STRATEGY":
			return p.revision == core.V30
		}
		return false
	})
}

// Revision reads which revision the pool runs. It fails with [core.ErrRevision] for one that this package does not follow.
func (p Pool) Revision() *gaib.Query[core.Revision] {
	raw := gaib.NewQuery(p.contract, contract.PoolPoolRevision{})
	return gaib.Group(func() (core.Revision, error) {
		switch n := raw.Value(); {
		case n.CmpUint64(1) == 0:
			return core.V30, nil
		case n.CmpUint64(11) == 0:
			return core.V37, nil
		default:
			return 0, fmt.Errorf("%w: pool revision %s", core.ErrRevision, n.Dec())
		}
	}, raw)
}

// AccountData reads an account's value, means and health as the pool computes them.
func (p Pool) AccountData(user common.Address) *gaib.Query[contract.PoolGetUserAccountDataResult] {
	return gaib.NewQuery(p.contract, contract.PoolGetUserAccountData{User: user})
}

// FlashLoanPremium reads what a flash loan costs, in basis points.
func (p Pool) FlashLoanPremium() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(p.contract, contract.PoolFlashloanPremiumTotal{})
}

// variableRate is the interest rate mode of all debt that this package makes.
var variableRate = uint256.Int{2}

func (p Pool) call(function gaib.Function, who common.Address, text string) gaib.Call {
	if who == (common.Address{}) {
		return gaib.FailedCall(p.contract, function, gaib.ErrZeroAddress)
	}
	return gaib.NewCall(p.contract, function, text)
}

// Supply supplies an amount of the sender's asset for an account. The pool must be approved, see [Pool.PlanSupply].
func (p Pool) Supply(asset gaib.ERC20, amount uint256.Int, account common.Address) gaib.Call {
	return p.call(contract.PoolSupply{Asset: asset.Address(), Amount: amount, OnBehalfOf: account}, account,
		fmt.Sprintf("supply %s to Aave", asset.Unit().Format(amount)))
}

// Withdraw withdraws an amount of what the sender has supplied, all of it for [core.Max], to an account.
func (p Pool) Withdraw(asset gaib.ERC20, amount uint256.Int, to common.Address) gaib.Call {
	return p.call(contract.PoolWithdraw{Asset: asset.Address(), Amount: amount, To: to}, to, fmt.Sprintf("withdraw %s from Aave", all(asset, amount)))
}

// Borrow borrows an amount at the variable rate; the sender gets the asset and the account, usually the sender, owes it.
func (p Pool) Borrow(asset gaib.ERC20, amount uint256.Int, account common.Address) gaib.Call {
	return p.call(contract.PoolBorrow{Asset: asset.Address(), Amount: amount, InterestRateMode: variableRate, OnBehalfOf: account}, account,
		fmt.Sprintf("borrow %s from Aave", asset.Unit().Format(amount)))
}

// Repay repays an amount of an account's variable debt with the sender's asset; [core.Max] is all of it and for the sender's
// own debt only. The pool must be approved, see [Pool.PlanRepayAll].
func (p Pool) Repay(asset gaib.ERC20, amount uint256.Int, account common.Address) gaib.Call {
	return p.call(contract.PoolRepay{Asset: asset.Address(), Amount: amount, InterestRateMode: variableRate, OnBehalfOf: account}, account,
		fmt.Sprintf("repay %s to Aave", all(asset, amount)))
}

func all(asset gaib.ERC20, amount uint256.Int) string {
	if amount == core.Max() {
		return "all " + asset.Unit().Symbol
	}
	return asset.Unit().Format(amount)
}

// SetCollateral takes what the sender has supplied of an asset into use as collateral, or out of it.
func (p Pool) SetCollateral(asset gaib.ERC20, on bool) gaib.Call {
	text := "stop using %s as collateral in Aave"
	if on {
		text = "use %s as collateral in Aave"
	}
	return gaib.NewCall(p.contract, contract.PoolSetUserUseReserveAsCollateral{Asset: asset.Address(), UseAsCollateral: on}, fmt.Sprintf(text, asset.Unit().Symbol))
}

// SetEMode puts the sender into an eMode category, 0 for none.
func (p Pool) SetEMode(category uint8) gaib.Call {
	return gaib.NewCall(p.contract, contract.PoolSetUserEMode{CategoryId: category}, fmt.Sprintf("enter eMode category %d of Aave", category))
}

// Liquidate repays up to cover of a user's debt, [core.Max] for all that is allowed, for the user's collateral. The pool must
// be approved, see [Pool.PlanLiquidate].
func (p Pool) Liquidate(user common.Address, collateral, debt gaib.ERC20, cover uint256.Int, receiveAToken bool) gaib.Call {
	function := contract.PoolLiquidationCall{CollateralAsset: collateral.Address(), DebtAsset: debt.Address(), User: user, DebtToCover: cover, ReceiveAToken: receiveAToken}
	return p.call(function, user, fmt.Sprintf("liquidate %s in Aave: repay up to %s for %s", user, all(debt, cover), collateral.Unit().Symbol))
}

// FlashLoan lends an amount to a contract within the transaction; its executeOperation gets params and has to approve
// amount and premium ([core.Revision.Premium]) to the pool.
func (p Pool) FlashLoan(receiver common.Address, asset gaib.ERC20, amount uint256.Int, params []byte) gaib.Call {
	return p.call(contract.PoolFlashLoanSimple{ReceiverAddress: receiver, Asset: asset.Address(), Amount: amount, Params: params}, receiver,
		fmt.Sprintf("flash loan of %s from Aave to %s", asset.Unit().Format(amount), receiver))
}

// PlanSupply returns the shortest plan by which an account supplies an amount for itself: an approval if one is needed,
// and the supply. It reads in one request and fails with *[gaib.ERC20InsufficientBalanceError] if the account has less.
func (p Pool) PlanSupply(ctx context.Context, client gaib.Client, account common.Address, asset gaib.ERC20, amount uint256.Int) (gaib.Plan, error) {
	plan, err := asset.PlanSpend(ctx, client, account, p.contract, amount)
	if err != nil {
		return nil, fmt.Errorf("supply: %w", err)
	}
	return p.finish(append(plan, p.Supply(asset, amount, account)))
}

// repayMargin is by how much an approval to repay everything exceeds the debt of now, as a divisor: 0.1 % is more than the
// interest of the blocks until it is mined.
const repayMargin = 1_000

// PlanRepayAll returns the plan by which an account repays all of its debt of a reserve: an approval of the debt and 0.1 %
// for the interest until it is mined, if needed, and the repayment of everything. It reads in one request. It fails with
// a [*core.RevertError] of [core.ErrNoDebt], and with *[gaib.ERC20InsufficientBalanceError] if the account holds less than it owes.
func (p Pool) PlanRepayAll(ctx context.Context, client gaib.Client, account common.Address, asset gaib.ERC20, listing Listing) (gaib.Plan, error) {
	debtToken := gaib.NewERC20(p.at("AaveDebt", listing.Debt), asset.Unit())
	debt, balance, allowance := debtToken.BalanceOf(account), asset.BalanceOf(account), asset.Allowance(account, p.contract.Address())
	if _, err := gaib.Read(ctx, client, gaib.Latest, debt, balance, allowance); err != nil {
		return nil, fmt.Errorf("repay all: %w", err)
	}
	owed, have := debt.Value(), balance.Value()
	if owed.IsZero() {
		return nil, p.revision.Refuse("repay all", core.ErrNoDebt)
	}
	if have.Lt(&owed) {
		return nil, fmt.Errorf("repay all: %w", &gaib.ERC20InsufficientBalanceError{Sender: account, Balance: have, Needed: owed})
	}
	var margin uint256.Int
	margin.AddUint64(margin.Div(&owed, &uint256.Int{repayMargin}), 1)
	margin.Add(&margin, &owed)
	return p.finish(append(asset.ApprovePlan(p.contract, allowance.Value(), margin), p.Repay(asset, core.Max(), account)))
}

// PlanLiquidate returns the plan by which a liquidator repays cover of a user's debt: an approval if needed, and the call.
// cover has to be an amount, as [core.State.Liquidate] gives it. It fails as [Pool.PlanSupply] does.
func (p Pool) PlanLiquidate(ctx context.Context, client gaib.Client, liquidator, user common.Address, collateral, debt gaib.ERC20, cover uint256.Int) (gaib.Plan, error) {
	plan, err := debt.PlanSpend(ctx, client, liquidator, p.contract, cover)
	if err != nil {
		return nil, fmt.Errorf("liquidate: %w", err)
	}
	return p.finish(append(plan, p.Liquidate(user, collateral, debt, cover, false)))
}

// PlanBorrow returns the plan of a borrowing that the given state, read of the chain, allows. It fails with the
// [*core.RevertError] that the pool would give, before anything is sent. It needs no node.
func (p Pool) PlanBorrow(state core.State, account common.Address, asset gaib.ERC20, amount uint256.Int) (gaib.Plan, error) {
	id, ok := state.Market.ID(asset.Address())
	if !ok {
		return nil, fmt.Errorf("%w: %s", core.ErrUnknownReserve, asset.Address())
	}
	if _, err := state.Borrow(id, amount); err != nil {
		return nil, err
	}
	return p.finish(gaib.Plan{p.Borrow(asset, amount, account)})
}

// PlanWithdrawAll returns the plan by which an account withdraws all that it has supplied of an asset to itself, if the
// given state, read of the chain, allows it. It fails with the [*core.RevertError] that the pool would give. It needs no node.
func (p Pool) PlanWithdrawAll(state core.State, account common.Address, asset gaib.ERC20) (gaib.Plan, error) {
	id, ok := state.Market.ID(asset.Address())
	if !ok {
		return nil, fmt.Errorf("%w: %s", core.ErrUnknownReserve, asset.Address())
	}
	if _, _, err := state.Withdraw(id, core.Max()); err != nil {
		return nil, err
	}
	return p.finish(gaib.Plan{p.Withdraw(asset, core.Max(), account)})
}

func (p Pool) finish(plan gaib.Plan) (gaib.Plan, error) {
	if err := plan.Err(); err != nil {
		return nil, err
	}
	return plan, nil
}

// at returns another contract of the market.
func (p Pool) at(name gaib.Name, address common.Address) gaib.Contract {
	return p.deployment.With(name, gaib.Entry{Address: address, Evidence: p.contract.Entry().Evidence}).Contract(name, DecodeError)
}
