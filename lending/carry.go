package lending

import (
	"fmt"
	"math"
)

// HealthAtLeverage returns the health factor of a position with the leverage, collateral / equity: threshold * leverage
// / (leverage - 1), +Inf at a leverage of 1. Analytics in floating point. It fails with [ErrFloat] if leverage is below
// 1, threshold negative, or either not finite.
func HealthAtLeverage(threshold, leverage float64) (float64, error) {
	if !(leverage >= 1) || !(threshold >= 0) || math.IsInf(leverage, 1) || math.IsInf(threshold, 1) {
		return 0, fmt.Errorf("%w: threshold %v, leverage %v", ErrFloat, threshold, leverage)
	}
	if leverage == 1 {
		return math.Inf(1), nil
	}
	return threshold * leverage / (leverage - 1), nil
}

// LeverageForHealth returns the leverage, collateral / equity, at which the health factor is health: health / (health -
// threshold). Analytics in floating point; [Leverage] returns amounts. It fails with [ErrUnbounded] if health is not
// above threshold, and with [ErrFloat] if either is not finite or threshold is negative.
func LeverageForHealth(threshold, health float64) (float64, error) {
	if !(threshold >= 0) || math.IsNaN(health) || math.IsInf(health, 0) || math.IsInf(threshold, 1) {
		return 0, fmt.Errorf("%w: threshold %v, health %v", ErrFloat, threshold, health)
	}
	if health <= threshold {
		return 0, ErrUnbounded
	}
	return health / (health - threshold), nil
}

// CarryTime is when interest alone makes an account liquidatable.
type CarryTime struct {
	Years float64 // of 365 days; zero if the account can be liquidated already
	Never bool    // the collateral grows at least as fast as the debt, or there is no debt
}

// TimeToLiquidation returns how long it takes at constant prices until the debt, growing at borrowAPY, reaches the
// liquidation limit, which grows with the collateral's supplyAPY: ln(health) / (ln(1+borrow) - ln(1+supply)) years.
// Analytics in floating point; rates are annual, compounded, as fractions. It fails with [ErrFloat] if a rate is not
// finite or not above -1.
func TimeToLiquidation(health Factor, supplyAPY, borrowAPY float64) (CarryTime, error) {
	if !(supplyAPY > -1) || !(borrowAPY > -1) || math.IsInf(supplyAPY, 1) || math.IsInf(borrowAPY, 1) {
		return CarryTime{}, fmt.Errorf("%w: rates %v and %v", ErrFloat, supplyAPY, borrowAPY)
	}
	if health.Infinite {
		return CarryTime{Never: true}, nil
	}
	if health.Cmp(One) < 0 {
		return CarryTime{}, nil
	}
	decay := math.Log1p(borrowAPY) - math.Log1p(supplyAPY)
	if decay <= 0 {
		return CarryTime{Never: true}, nil
	}
	return CarryTime{Years: math.Log(health.Float64()) / decay}, nil
}
