package core

import (
	"github.com/gaib-go/gaib/lending"
)

// Legs are the reserve ids behind the collaterals and debts of a [lending.Account], in its order.
type Legs struct{ Collaterals, Debts []int }

// Lending returns the account in the terms of package lending, at the market's time and prices: limits, liquidation
// prices, shocks and costs are that package's. Balances and parameters are Aave's, eMode included; the rounding of values
// is package lending's, so a health factor may differ from [State.Data] in its last digits: where the pool decides, ask
// that. A collateral's threshold above one, or below its loan-to-value, is what package lending refuses. It fails as
// [State.Data] does.
func (s State) Lending() (lending.Account, Legs, error) {
	x, err := s.begin("value")
	if err != nil {
		return lending.Account{}, Legs{}, err
	}
	var out lending.Account
	var legs Legs
	mode := x.emode(x.EMode)
	for _, b := range x.Balances {
		r, err := x.reserve(b.Reserve)
		if err != nil {
			continue // as the pool does
		}
		price := lending.Price{Mantissa: r.Price, Decimals: r.Config.Decimals}
		ltv, threshold, bonus := r.Config.LTV, r.Config.LiquidationThreshold, r.Config.LiquidationBonus
		counts := x.Config.Collateral(b.Reserve)
		if x.Revision == V37 {
			ltv = uint16(mode.userLTV(b.Reserve, uint64(ltv)))
			if mode.ID != 0 && mode.Collateral.Has(b.Reserve) {
				threshold, bonus = mode.LiquidationThreshold, mode.LiquidationBonus
			}
		} else {
			counts = counts && threshold != 0
			if x.EMode != 0 && r.Config.EMode == x.EMode {
				if mode.HasPrice && !mode.Price.IsZero() {
					price.Mantissa = mode.Price
				}
				if threshold, bonus = mode.LiquidationThreshold, mode.LiquidationBonus; ltv != 0 {
					ltv = mode.LTV
				}
			}
		}
		if counts && !b.Supplied.IsZero() {
			out.Collaterals = append(out.Collaterals, lending.Collateral{
				Amount: x.do(x.Revision.supplied, b.Supplied, x.income(r, x.Time)), Price: price,
				LTV: lending.Bps(ltv), LiquidationThreshold: lending.Bps(threshold), Bonus: lending.Bps(max(bonus, 10_000) - 10_000),
			})
			legs.Collaterals = append(legs.Collaterals, b.Reserve)
		}
		if x.Config.Borrowing(b.Reserve) && !b.Debt.IsZero() {
			out.Debts = append(out.Debts, lending.Debt{Amount: x.do(x.Revision.owed, b.Debt, x.owedIndex(x.Revision, r, x.Time)), Price: price})
			legs.Debts = append(legs.Debts, b.Reserve)
		}
	}
	if x.err != nil {
		return lending.Account{}, Legs{}, x.Revision.revert("value", x.err)
	}
	return out, legs, nil
}
