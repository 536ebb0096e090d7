package blue

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// PreLiquidation is the terms on which a borrower lets its position be liquidated before the market would: from PreLLTV
// to the market's LLTV the close factor and the incentive grow in a line.
//
// The contract is not published as a package, so this is checked against the formula and not against its bytecode.
type PreLiquidation struct {
	PreLLTV      lending.Ratio // below the market's LLTV
	CloseFactor1 lending.Ratio // part of the debt that can be repaid at once, at PreLLTV, at most one
	CloseFactor2 lending.Ratio // at LLTV, may be above one
	Incentive1   lending.Ratio // collateral for a unit of debt, at PreLLTV, at least one
	Incentive2   lending.Ratio // at LLTV, at most 1 / LLTV
}

// PreTerms is what the terms amount to at one LTV.
type PreTerms struct {
	LTV         uint256.Int // debt over collateral value, rounded up, 18 decimals
	Incentive   uint256.Int // 18 decimals
	CloseFactor uint256.Int // 18 decimals
	Repayable   uint256.Int // debt shares that can be repaid at once
}

// Check returns the revert with which the contract would refuse to be made for a market of this LLTV, or nil. Source:
// PreLiquidation.sol constructor.
func (t PreLiquidation) Check(lltv lending.Ratio) error {
	switch {
	case t.PreLLTV >= lltv:
		return because(&contract.PreLiquidationPreLltvTooHighError{})
	case t.CloseFactor1 > t.CloseFactor2:
		return because(&contract.PreLiquidationPreLCFDecreasingError{})
	case t.CloseFactor1 > wad:
		return because(&contract.PreLiquidationPreLCFTooHighError{})
	case t.Incentive1 < wad:
		return because(&contract.PreLiquidationPreLIFTooLowError{})
	case t.Incentive1 > t.Incentive2:
		return because(&contract.PreLiquidationPreLIFDecreasingError{})
	}
	var most uint256.Int
	if err := fixed.WDivDown(&most, &one, &uint256.Int{uint64(lltv)}); err != nil {
		return revert(err)
	}
	if most.LtUint64(uint64(t.Incentive2)) {
		return because(&contract.PreLiquidationPreLIFTooHighError{})
	}
	return nil
}

// PreTerms returns incentive and close factor for a position at the pre-liquidation's oracle price: x = wDivDown(ltv -
// PreLLTV, LLTV - PreLLTV), incentive and close factor wMulDown(x, second - first) + first, Repayable = wMulDown(debt
// shares, close factor). It reverts if the position's LTV is not above PreLLTV, or above LLTV. Interest must have been
// accrued. Source: PreLiquidation.sol preLiquidate.
func (m Market) PreTerms(t PreLiquidation, p Position, price uint256.Int) (terms PreTerms, err error) {
	if err := t.Check(m.LLTV); err != nil {
		return terms, err
	}
	if err := m.check(&p); err != nil {
		return terms, err
	}
	var worth, borrowed, limit uint256.Int
	if err := fixed.CheckedMulDivDown(&worth, &p.Collateral, &price, &priceScale); err != nil {
		return terms, revert(err)
	}
	if err := toAssetsUp(&borrowed, &p.BorrowShares, &m.TotalBorrowAssets, &m.TotalBorrowShares); err != nil {
		return terms, revert(err)
	}
	if err := fixed.WMulDown(&limit, &worth, &uint256.Int{uint64(m.LLTV)}); err != nil {
		return terms, revert(err)
	}
	if borrowed.Gt(&limit) {
		return terms, because(&contract.PreLiquidationLiquidatablePositionError{})
	}
	if err := fixed.WMulDown(&limit, &worth, &uint256.Int{uint64(t.PreLLTV)}); err != nil {
		return terms, revert(err)
	}
	if !borrowed.Gt(&limit) {
		return terms, because(&contract.PreLiquidationNotPreLiquidatablePositionError{})
	}
	// The two checks make worth positive and the LTV at least PreLLTV.
	if err := fixed.WDivUp(&terms.LTV, &borrowed, &worth); err != nil {
		return PreTerms{}, revert(err)
	}
	var x uint256.Int
	x.SubUint64(&terms.LTV, uint64(t.PreLLTV))
	if err := fixed.WDivDown(&x, &x, &uint256.Int{uint64(m.LLTV - t.PreLLTV)}); err != nil {
		return PreTerms{}, revert(err)
	}
	if err := between(&terms.Incentive, &x, t.Incentive1, t.Incentive2); err != nil {
		return PreTerms{}, revert(err)
	}
	if err := between(&terms.CloseFactor, &x, t.CloseFactor1, t.CloseFactor2); err != nil {
		return PreTerms{}, revert(err)
	}
	if err := fixed.WMulDown(&terms.Repayable, &p.BorrowShares, &terms.CloseFactor); err != nil {
		return PreTerms{}, revert(err)
	}
	return terms, nil
}

// between sets z to wMulDown(x, second - first) + first.
func between(z, x *uint256.Int, first, second lending.Ratio) error {
	if err := fixed.WMulDown(z, x, &uint256.Int{uint64(second - first)}); err != nil {
		return err
	}
	return fixed.Add(z, z, &uint256.Int{uint64(first)})
}

// PreLiquidate returns what a pre-liquidation leaves: by seized collateral or by repaid debt shares, the other zero, as
// [Market.Liquidate] but with the terms' own incentive, and no bad debt. prePrice is of the pre-liquidation's oracle,
// price of the market's, at which the position must be healthy afterwards. It reverts beyond the close factor, and
// wherever the market's repay and withdrawCollateral do. Source: PreLiquidation.sol preLiquidate.
func (m Market) PreLiquidate(t PreLiquidation, p Position, seized, repaidShares, prePrice, price uint256.Int, now uint64) (LiquidationOutcome, error) {
	if seized.IsZero() == repaidShares.IsZero() {
		return LiquidationOutcome{}, because(&contract.PreLiquidationInconsistentInputError{})
	}
	after, accrual, err := m.Accrue(now)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	terms, err := after.PreTerms(t, p, prePrice)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	if seized.IsZero() {
		err = toAssetsDown(&seized, &repaidShares, &after.TotalBorrowAssets, &after.TotalBorrowShares)
		if err == nil {
			err = fixed.WMulDown(&seized, &seized, &terms.Incentive)
		}
		if err == nil {
			err = fixed.CheckedMulDivDown(&seized, &seized, &priceScale, &prePrice)
		}
	} else {
		err = fixed.CheckedMulDivUp(&repaidShares, &seized, &prePrice, &priceScale)
		if err == nil {
			err = fixed.WDivUp(&repaidShares, &repaidShares, &terms.Incentive)
		}
		if err == nil {
			err = toSharesUp(&repaidShares, &repaidShares, &after.TotalBorrowAssets, &after.TotalBorrowShares)
		}
	}
	if err != nil {
		return LiquidationOutcome{}, revert(err)
	}
	if repaidShares.Gt(&terms.Repayable) {
		return LiquidationOutcome{}, because(&contract.PreLiquidationPreLiquidationTooLargeError{RepaidShares: repaidShares, RepayableShares: terms.Repayable})
	}
	repaid, err := after.Repay(p, Amount{Shares: repaidShares}, now)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	taken, err := repaid.Market.WithdrawCollateral(repaid.Position, seized, price, now)
	if err != nil {
		return LiquidationOutcome{}, err
	}
	return LiquidationOutcome{
		Market:      taken.Market,
		Position:    taken.Position,
		Liquidation: Liquidation{SeizedAssets: seized, RepaidShares: repaidShares, RepaidAssets: repaid.Amount.Assets},
		Accrual:     accrual,
	}, nil
}
