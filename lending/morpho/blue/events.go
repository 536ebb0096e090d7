package blue

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// Apply returns the market after one of its events, at a block's time in Unix seconds; events of other kinds change
// nothing. Give the events of one market, those of its rate model among them, in the order of the chain. It fails with
// [ErrEvent] if the event cannot follow from this state.
func (m Market) Apply(event any, time uint64) (Market, error) {
	ok := true
	switch e := event.(type) {
	case *contract.MorphoCreateMarketEvent:
		ok = m.LastUpdate == 0 && e.MarketParams.Lltv.IsUint64()
		m = Market{LLTV: lending.Ratio(e.MarketParams.Lltv.Uint64()), Model: m.Model, Rate: m.Rate, LastUpdate: time}
		if e.MarketParams.Irm == (common.Address{}) {
			m.Model = NoInterest
		}
	case *contract.MorphoAccrueInterestEvent:
		ok = plus(&m.TotalBorrowAssets, &e.Interest) && plus(&m.TotalSupplyAssets, &e.Interest) && plus(&m.TotalSupplyShares, &e.FeeShares)
		m.LastUpdate = time
	case *contract.IrmBorrowRateUpdateEvent:
		ok = e.RateAtTarget.IsUint64() && m.Model == AdaptiveCurve
		m.Rate = e.RateAtTarget.Uint64()
	case *contract.MorphoSetFeeEvent:
		ok = e.NewFee.IsUint64()
		m.Fee = lending.Ratio(e.NewFee.Uint64())
	case *contract.MorphoSupplyEvent:
		ok = plus(&m.TotalSupplyAssets, &e.Assets) && plus(&m.TotalSupplyShares, &e.Shares)
	case *contract.MorphoWithdrawEvent:
		ok = minus(&m.TotalSupplyAssets, &e.Assets) && minus(&m.TotalSupplyShares, &e.Shares)
	case *contract.MorphoBorrowEvent:
		ok = plus(&m.TotalBorrowAssets, &e.Assets) && plus(&m.TotalBorrowShares, &e.Shares)
	case *contract.MorphoRepayEvent:
		floorSub(&m.TotalBorrowAssets, &e.Assets)
		ok = minus(&m.TotalBorrowShares, &e.Shares)
	case *contract.MorphoLiquidateEvent:
		floorSub(&m.TotalBorrowAssets, &e.RepaidAssets)
		ok = minus(&m.TotalBorrowShares, &e.RepaidShares) && minus(&m.TotalBorrowShares, &e.BadDebtShares) &&
			minus(&m.TotalBorrowAssets, &e.BadDebtAssets) && minus(&m.TotalSupplyAssets, &e.BadDebtAssets)
	}
	if !ok {
		return Market{}, ErrEvent
	}
	return m, nil
}

// Changes returns whose position an event changes, and whether it changes any. The fee shares of an accrual go to
// whoever is fee recipient at that block; they are not told here.
func Changes(event any) (common.Address, bool) {
	switch e := event.(type) {
	case *contract.MorphoSupplyEvent:
		return e.OnBehalf, true
	case *contract.MorphoWithdrawEvent:
		return e.OnBehalf, true
	case *contract.MorphoBorrowEvent:
		return e.OnBehalf, true
	case *contract.MorphoRepayEvent:
		return e.OnBehalf, true
	case *contract.MorphoSupplyCollateralEvent:
		return e.OnBehalf, true
	case *contract.MorphoWithdrawCollateralEvent:
		return e.OnBehalf, true
	case *contract.MorphoLiquidateEvent:
		return e.Borrower, true
	}
	return common.Address{}, false
}

// Apply returns the position after an event that changes it, see [Changes]; other events change nothing. It fails with
// [ErrEvent] if the event cannot follow from this state.
func (p Position) Apply(event any) (Position, error) {
	ok := true
	switch e := event.(type) {
	case *contract.MorphoSupplyEvent:
		ok = fixed.Add(&p.SupplyShares, &p.SupplyShares, &e.Shares) == nil
	case *contract.MorphoWithdrawEvent:
		ok = minus(&p.SupplyShares, &e.Shares)
	case *contract.MorphoBorrowEvent:
		ok = plus(&p.BorrowShares, &e.Shares)
	case *contract.MorphoRepayEvent:
		ok = minus(&p.BorrowShares, &e.Shares)
	case *contract.MorphoSupplyCollateralEvent:
		ok = plus(&p.Collateral, &e.Assets)
	case *contract.MorphoWithdrawCollateralEvent:
		ok = minus(&p.Collateral, &e.Assets)
	case *contract.MorphoLiquidateEvent:
		ok = minus(&p.BorrowShares, &e.RepaidShares) && minus(&p.BorrowShares, &e.BadDebtShares) && minus(&p.Collateral, &e.SeizedAssets)
	}
	if !ok {
		return Position{}, ErrEvent
	}
	return p, nil
}

// plus adds x to a uint128 and reports whether that went well.
func plus(total, x *uint256.Int) bool { return add128(total, x) == nil }

// minus takes x off and reports whether that went well.
func minus(total, x *uint256.Int) bool { return fixed.Sub(total, total, x) == nil }
