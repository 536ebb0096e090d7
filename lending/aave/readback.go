package aave

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/aave/contract"
)

// CallReader returns what reads back the pool's calls for [gaib.ReadBack]: those of the given assets in their units, those of
// others in base units.
func (p Pool) CallReader(assets ...gaib.ERC20) gaib.CallReader { return reader{p, assets} }

type reader struct {
	pool   Pool
	assets []gaib.ERC20
}

func (r reader) Contract() gaib.Contract { return r.pool.contract }

func (r reader) asset(address common.Address) gaib.ERC20 {
	for _, asset := range r.assets {
		if asset.Address() == address {
			return asset
		}
	}
	return gaib.NewERC20(r.pool.at("asset", address), gaib.Unit{Symbol: "base units of " + address.Hex()})
}

// as returns the call of decoded calldata, which may say more than the method's arguments, in the method's words.
func (r reader) as(function gaib.Function, made gaib.Call, from, other common.Address, preposition string) (gaib.Call, bool) {
	call := gaib.NewCall(r.pool.contract, function, made.Describe())
	if other != from {
		call = call.Note(" " + preposition + " " + other.Hex())
	}
	return call, true
}

func (r reader) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var (
		supply     contract.PoolSupply
		withdraw   contract.PoolWithdraw
		borrow     contract.PoolBorrow
		repay      contract.PoolRepay
		collateral contract.PoolSetUserUseReserveAsCollateral
		mode       contract.PoolSetUserEMode
		liquidate  contract.PoolLiquidationCall
		flash      contract.PoolFlashLoanSimple
	)
	switch {
	case supply.Decode(data) == nil:
		return r.as(supply, r.pool.Supply(r.asset(supply.Asset), supply.Amount, supply.OnBehalfOf), from, supply.OnBehalfOf, "for")
	case withdraw.Decode(data) == nil:
		return r.as(withdraw, r.pool.Withdraw(r.asset(withdraw.Asset), withdraw.Amount, withdraw.To), from, withdraw.To, "to")
	case borrow.Decode(data) == nil:
		return r.as(borrow, r.pool.Borrow(r.asset(borrow.Asset), borrow.Amount, borrow.OnBehalfOf), from, borrow.OnBehalfOf, "as debt of")
	case repay.Decode(data) == nil:
		return r.as(repay, r.pool.Repay(r.asset(repay.Asset), repay.Amount, repay.OnBehalfOf), from, repay.OnBehalfOf, "for")
	case collateral.Decode(data) == nil:
		return r.pool.SetCollateral(r.asset(collateral.Asset), collateral.UseAsCollateral), true
	case mode.Decode(data) == nil:
		return r.pool.SetEMode(mode.CategoryId), true
	case liquidate.Decode(data) == nil:
		call := r.pool.Liquidate(liquidate.User, r.asset(liquidate.CollateralAsset), r.asset(liquidate.DebtAsset), liquidate.DebtToCover, liquidate.ReceiveAToken)
		if liquidate.ReceiveAToken {
			call = call.Note(", kept in Aave")
		}
		return call, true
	case flash.Decode(data) == nil:
		made := r.pool.FlashLoan(flash.ReceiverAddress, r.asset(flash.Asset), flash.Amount, flash.Params)
		if len(flash.Params) > 0 {
			made = made.Note(fmt.Sprintf(", with %d bytes for its receiver", len(flash.Params)))
		}
		return r.as(flash, made, from, from, "")
	}
	return gaib.Call{}, false
}
