package lending

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Sentinel errors of this package. All are final: the same input fails again.
var (
	// ErrOverflow: an amount, a price or a product of both needs more than 256 bits; contracts revert here.
	ErrOverflow = fixed.ErrOverflow
	// ErrPrice: a price is zero where it is divided by.
	ErrPrice = errors.New("lending: the price is zero; wait for a valid price")
	// ErrStalePrice: a price is older than the caller accepts, or its age is negative.
	ErrStalePrice = errors.New("lending: the price is stale; refresh it before you decide on it")
	// ErrDecimals: a price has more than 77 decimals, so that its scale needs more than 256 bits.
	ErrDecimals = errors.New("lending: a price has more than 77 decimals")
	// ErrRatio: a parameter is out of its range, for instance a liquidation threshold above one.
	ErrRatio = errors.New("lending: parameter out of range; ratios are fractions of 1e18")
	// ErrIndex: the account has no such collateral or debt.
	ErrIndex = errors.New("lending: the account has no collateral or debt of that index")
	// ErrUnreachable: no amount of the action reaches the wanted health.
	ErrUnreachable = errors.New("lending: the wanted health cannot be reached this way; use another asset or a lower health")
	// ErrUnbounded: every leverage, however high, has the wanted health.
	ErrUnbounded = errors.New("lending: any leverage has the wanted health; ask for one above the liquidation threshold")
	// ErrLiquidatable: the account can be liquidated already, at these prices.
	ErrLiquidatable = errors.New("lending: the account can be liquidated already; repay or add collateral")
	// ErrInsolvent: a position owes more than its collateral is worth before anything moves.
	ErrInsolvent = errors.New("lending: the position owes more than its collateral is worth to begin with")
	// ErrPriceMove: a price that is to be below another is above it, or has other decimals.
	ErrPriceMove = errors.New("lending: the lower price is above the market's or has other decimals")
	// ErrHealthy: the account cannot be liquidated at these prices.
	ErrHealthy = errors.New("lending: the account is healthy and cannot be liquidated")
	// ErrDust: the close factor and the dust rule together allow no liquidation.
	ErrDust = errors.New("lending: no repayment satisfies both the close factor and the dust rule")
	// ErrNoQuote: [Costs] has no Sell.
	ErrNoQuote = errors.New("lending: costs have no quote for the sale of collateral; set Sell, for instance to AtPrice")
	// ErrNoLiquidity: the market cannot take the amount. A [Quote] wraps it so that a search can go on with less.
	ErrNoLiquidity = errors.New("lending: the market cannot take this amount; sell less")
	// ErrFloat: a floating-point argument or result is not finite or outside of the function's domain.
	ErrFloat = errors.New("lending: number not finite or out of range")
)

// Side tells an account's collaterals from its debts.
type Side uint8

const (
	CollateralSide Side = iota // the index is one of Account.Collaterals
	DebtSide                   // the index is one of Account.Debts
)

// String returns "collateral" or "debt".
func (s Side) String() string {
	if s == DebtSide {
		return "debt"
	}
	return "collateral"
}

// LegError says which collateral or debt of an [Account] an error is about. It wraps a sentinel of this package.
type LegError struct {
	Side  Side
	Index int
	Err   error
}

// Error returns the leg and the cause.
func (e *LegError) Error() string { return fmt.Sprintf("%s %d: %v", e.Side, e.Index, e.Err) }

// Unwrap returns the cause.
func (e *LegError) Unwrap() error { return e.Err }
