package morpho

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// CallReader returns what reads back Morpho's calls for [gaib.ReadBack]: those of the given markets in their tokens' units,
// those of others by the market's id and in base units.
func (b Protocol) CallReader(pairs ...Pair) gaib.CallReader { return reader{b, pairs} }

// AdapterReader returns what reads back the calls that a bundle of Morpho's Bundler3 makes through the general adapter at an
// address, for [gaib.ReadBack]; the calls are those of the bundle's sender.
func (b Protocol) AdapterReader(address common.Address, pairs ...Pair) gaib.CallReader {
	entry := gaib.Entry{Address: address, Evidence: gaib.Confirmed}
	return adapter{reader{b, pairs}, b.deployment.With("Morpho's adapter", entry).Contract("Morpho's adapter", blue.DecodeError)}
}

type reader struct {
	protocol Protocol
	pairs    []Pair
}

func (r reader) Contract() gaib.Contract { return r.protocol.contract }

// pair returns the market of calldata, with units of its own when it is not among those given. An LLTV beyond 64 bits, which
// no market has, makes another call than the one that is read, and so none that is known.
func (r reader) pair(m contract.MorphoMarketParams) Pair {
	params := blue.Params{LoanToken: m.LoanToken, CollateralToken: m.CollateralToken, Oracle: m.Oracle, IRM: m.Irm, LLTV: lending.Ratio(m.Lltv.Uint64())}
	for _, pair := range r.pairs {
		if pair.params == params {
			return pair
		}
	}
	return r.protocol.Pair(params, gaib.Unit{Symbol: "base units of " + m.LoanToken.Hex()}, gaib.Unit{Symbol: "base units of " + m.CollateralToken.Hex()})
}

// parties names who is not the sender, and that the sender is called back.
func parties(call gaib.Call, from, onBehalf, receiver common.Address, data []byte) gaib.Call {
	if onBehalf != from {
		call = call.Note(" of " + onBehalf.Hex())
	}
	if receiver != from {
		call = call.Note(" to " + receiver.Hex())
	}
	if len(data) > 0 {
		call = call.Note(fmt.Sprintf(", with a call back of %d bytes", len(data)))
	}
	return call
}

func (r reader) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var (
		supply             contract.MorphoSupply
		withdraw           contract.MorphoWithdraw
		borrow             contract.MorphoBorrow
		repay              contract.MorphoRepay
		supplyCollateral   contract.MorphoSupplyCollateral
		withdrawCollateral contract.MorphoWithdrawCollateral
		liquidate          contract.MorphoLiquidate
		authorize          contract.MorphoSetAuthorization
		accrue             contract.MorphoAccrueInterest
		create             contract.MorphoCreateMarket
		flash              contract.MorphoFlashLoan
	)
	switch {
	case supply.Decode(data) == nil:
		call := r.pair(supply.MarketParams).Supply(blue.Amount{Assets: supply.Assets, Shares: supply.Shares}, supply.OnBehalf, supply.Data)
		return parties(call, from, supply.OnBehalf, from, supply.Data), true
	case withdraw.Decode(data) == nil:
		call := r.pair(withdraw.MarketParams).Withdraw(blue.Amount{Assets: withdraw.Assets, Shares: withdraw.Shares}, withdraw.OnBehalf, withdraw.Receiver)
		return parties(call, from, withdraw.OnBehalf, withdraw.Receiver, nil), true
	case borrow.Decode(data) == nil:
		call := r.pair(borrow.MarketParams).Borrow(blue.Amount{Assets: borrow.Assets, Shares: borrow.Shares}, borrow.OnBehalf, borrow.Receiver)
		return parties(call, from, borrow.OnBehalf, borrow.Receiver, nil), true
	case repay.Decode(data) == nil:
		call := r.pair(repay.MarketParams).Repay(blue.Amount{Assets: repay.Assets, Shares: repay.Shares}, repay.OnBehalf, repay.Data)
		return parties(call, from, repay.OnBehalf, from, repay.Data), true
	case supplyCollateral.Decode(data) == nil:
		call := r.pair(supplyCollateral.MarketParams).SupplyCollateral(supplyCollateral.Assets, supplyCollateral.OnBehalf, supplyCollateral.Data)
		return parties(call, from, supplyCollateral.OnBehalf, from, supplyCollateral.Data), true
	case withdrawCollateral.Decode(data) == nil:
		call := r.pair(withdrawCollateral.MarketParams).WithdrawCollateral(withdrawCollateral.Assets, withdrawCollateral.OnBehalf, withdrawCollateral.Receiver)
		return parties(call, from, withdrawCollateral.OnBehalf, withdrawCollateral.Receiver, nil), true
	case liquidate.Decode(data) == nil:
		call := r.pair(liquidate.MarketParams).Liquidate(liquidate.Borrower, liquidate.SeizedAssets, liquidate.RepaidShares, liquidate.Data)
		return parties(call, from, from, from, liquidate.Data), true
	case authorize.Decode(data) == nil:
		return r.protocol.Authorize(authorize.Authorized, authorize.NewIsAuthorized), true
	case accrue.Decode(data) == nil:
		return r.pair(accrue.MarketParams).AccrueInterest(), true
	case create.Decode(data) == nil:
		return r.protocol.CreateMarket(r.pair(create.MarketParams).params), true
	case flash.Decode(data) == nil:
		return r.protocol.FlashLoan(flash.Token, r.unit(flash.Token), flash.Assets, flash.Data), true
	}
	return gaib.Call{}, false
}

// unit returns how amounts of a token are written.
func (r reader) unit(token common.Address) gaib.Unit {
	for _, pair := range r.pairs {
		for _, one := range []gaib.ERC20{pair.loan, pair.collateral} {
			if one.Address() == token {
				return one.Unit()
			}
		}
	}
	return gaib.Unit{Symbol: "base units of " + token.Hex()}
}

type adapter struct {
	reader
	contract gaib.Contract
}

func (a adapter) Contract() gaib.Contract { return a.contract }

// amount returns an amount in words, of which the largest stands for all.
func amount(unit gaib.Unit, n uint256.Int) string {
	if n.Eq(new(uint256.Int).SetAllOne()) {
		return "all " + unit.Symbol
	}
	return unit.Format(n)
}

// of returns what is moved in words: assets or shares.
func (p Pair) of(assets, shares uint256.Int) string {
	if assets.IsZero() {
		return amount(gaib.Unit{Symbol: "shares"}, shares)
	}
	return amount(p.loan.Unit(), assets)
}

func (a adapter) ReadCall(_ common.Address, data []byte) (gaib.Call, bool) {
	var (
		transfer           contract.AdapterErc20Transfer
		take               contract.AdapterErc20TransferFrom
		supply             contract.AdapterMorphoSupply
		supplyCollateral   contract.AdapterMorphoSupplyCollateral
		borrow             contract.AdapterMorphoBorrow
		repay              contract.AdapterMorphoRepay
		withdraw           contract.AdapterMorphoWithdraw
		withdrawCollateral contract.AdapterMorphoWithdrawCollateral
	)
	made := func(function gaib.Function, format string, args ...any) (gaib.Call, bool) {
		return gaib.NewCall(a.contract, function, fmt.Sprintf(format, args...)), true
	}
	market := func(m contract.AdapterMarketParams) Pair { return a.pair(contract.MorphoMarketParams(m)) }
	switch {
	case transfer.Decode(data) == nil:
		return made(transfer, "pass %s on to %s", amount(a.unit(transfer.Token), transfer.Amount), transfer.Receiver)
	case take.Decode(data) == nil:
		return made(take, "take %s from the sender for %s", amount(a.unit(take.Token), take.Amount), take.Receiver)
	case supply.Decode(data) == nil:
		p := market(supply.MarketParams)
		return made(supply, "lend %s in %s for %s", p.of(supply.Assets, supply.Shares), p.name(), supply.OnBehalf)
	case supplyCollateral.Decode(data) == nil:
		p := market(supplyCollateral.MarketParams)
		return made(supplyCollateral, "put %s up as collateral in %s for %s", amount(p.collateral.Unit(), supplyCollateral.Assets), p.name(), supplyCollateral.OnBehalf)
	case borrow.Decode(data) == nil:
		p := market(borrow.MarketParams)
		return made(borrow, "borrow %s from %s for %s", p.of(borrow.Assets, borrow.Shares), p.name(), borrow.Receiver)
	case repay.Decode(data) == nil:
		p := market(repay.MarketParams)
		return made(repay, "repay %s to %s for %s", p.of(repay.Assets, repay.Shares), p.name(), repay.OnBehalf)
	case withdraw.Decode(data) == nil:
		p := market(withdraw.MarketParams)
		return made(withdraw, "take %s back from %s for %s", p.of(withdraw.Assets, withdraw.Shares), p.name(), withdraw.Receiver)
	case withdrawCollateral.Decode(data) == nil:
		p := market(withdrawCollateral.MarketParams)
		return made(withdrawCollateral, "take %s of collateral out of %s for %s", amount(p.collateral.Unit(), withdrawCollateral.Assets), p.name(), withdrawCollateral.Receiver)
	}
	return gaib.Call{}, false
}
