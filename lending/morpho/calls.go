package morpho

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// what returns an amount in words.
func (p Pair) what(a blue.Amount, of string) string {
	if a.Assets.IsZero() {
		return fmt.Sprintf("%s shares of %s", a.Shares.Dec(), of)
	}
	return p.loan.Unit().Format(a.Assets)
}

func (p Pair) name() string {
	return fmt.Sprintf("the %s/%s market", p.collateral.Unit().Symbol, p.loan.Unit().Symbol)
}

// call returns a call that names accounts, none of which may be the zero address.
func (p Pair) call(function gaib.Function, text string, accounts ...common.Address) gaib.Call {
	for _, account := range accounts {
		if account == (common.Address{}) {
			return gaib.FailedCall(p.protocol.contract, function, fmt.Errorf("account or receiver: %w", gaib.ErrZeroAddress))
		}
	}
	return gaib.NewCall(p.protocol.contract, function, text)
}

// Supply lends an amount of the sender's for an account. Give assets or shares. With data, the sender, a contract, is
// called back by onMorphoSupply.
func (p Pair) Supply(amount blue.Amount, onBehalf common.Address, data []byte) gaib.Call {
	return p.call(contract.MorphoSupply{MarketParams: wire(p.params), Assets: amount.Assets, Shares: amount.Shares, OnBehalf: onBehalf, Data: data},
		fmt.Sprintf("lend %s in %s", p.what(amount, "its supply"), p.name()), onBehalf)
}

// Withdraw takes an amount of what an account has lent. The sender is the account, or authorised by it.
func (p Pair) Withdraw(amount blue.Amount, onBehalf, receiver common.Address) gaib.Call {
	return p.call(contract.MorphoWithdraw{MarketParams: wire(p.params), Assets: amount.Assets, Shares: amount.Shares, OnBehalf: onBehalf, Receiver: receiver},
		fmt.Sprintf("take %s back from %s", p.what(amount, "its supply"), p.name()), onBehalf, receiver)
}

// Borrow borrows an amount against an account's collateral. The sender is the account, or authorised by it.
func (p Pair) Borrow(amount blue.Amount, onBehalf, receiver common.Address) gaib.Call {
	return p.call(contract.MorphoBorrow{MarketParams: wire(p.params), Assets: amount.Assets, Shares: amount.Shares, OnBehalf: onBehalf, Receiver: receiver},
		fmt.Sprintf("borrow %s from %s", p.what(amount, "its debt"), p.name()), onBehalf, receiver)
}

// Repay pays back an amount of an account's debt. To leave none, give all of the position's shares, see
// [Pair.PlanRepayAll]. With data, the sender, a contract, is called back by onMorphoRepay.
func (p Pair) Repay(amount blue.Amount, onBehalf common.Address, data []byte) gaib.Call {
	return p.call(contract.MorphoRepay{MarketParams: wire(p.params), Assets: amount.Assets, Shares: amount.Shares, OnBehalf: onBehalf, Data: data},
		fmt.Sprintf("repay %s to %s", p.what(amount, "its debt"), p.name()), onBehalf)
}

// SupplyCollateral adds collateral of the sender's to an account. With data, the sender, a contract, is called back by
// onMorphoSupplyCollateral.
func (p Pair) SupplyCollateral(assets uint256.Int, onBehalf common.Address, data []byte) gaib.Call {
	return p.call(contract.MorphoSupplyCollateral{MarketParams: wire(p.params), Assets: assets, OnBehalf: onBehalf, Data: data},
		fmt.Sprintf("put %s up as collateral in %s", p.collateral.Unit().Format(assets), p.name()), onBehalf)
}

// WithdrawCollateral takes collateral of an account. The sender is the account, or authorised by it.
func (p Pair) WithdrawCollateral(assets uint256.Int, onBehalf, receiver common.Address) gaib.Call {
	return p.call(contract.MorphoWithdrawCollateral{MarketParams: wire(p.params), Assets: assets, OnBehalf: onBehalf, Receiver: receiver},
		fmt.Sprintf("take %s of collateral out of %s", p.collateral.Unit().Format(assets), p.name()), onBehalf, receiver)
}

// Liquidate repays a borrower's debt for its collateral: give seized collateral or repaid debt shares, the other zero.
// With data, the sender, a contract, has the collateral before it is called back by onMorphoLiquidate and pays after.
func (p Pair) Liquidate(borrower common.Address, seized, repaidShares uint256.Int, data []byte) gaib.Call {
	text := fmt.Sprintf("liquidate %s in %s for %s", borrower, p.name(), p.collateral.Unit().Format(seized))
	if seized.IsZero() {
		text = fmt.Sprintf("liquidate %s shares of the debt of %s in %s", repaidShares.Dec(), borrower, p.name())
	}
	return p.call(contract.MorphoLiquidate{MarketParams: wire(p.params), Borrower: borrower, SeizedAssets: seized, RepaidShares: repaidShares, Data: data}, text, borrower)
}

// AccrueInterest has the market's interest added up. Anyone may send it; every other call does it too.
func (p Pair) AccrueInterest() gaib.Call {
	return gaib.NewCall(p.protocol.contract, contract.MorphoAccrueInterest{MarketParams: wire(p.params)}, "accrue the interest of "+p.name())
}
