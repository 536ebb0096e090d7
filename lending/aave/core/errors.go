package core

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
)

// What the pool refuses. A [RevertError] wraps one of these, whichever revision it is of, simulated or mined.
var (
	ErrInvalidAmount      = errors.New("the amount is zero, or more than the reserve has; ask for another amount")
	ErrInactive           = errors.New("the reserve is not active")
	ErrPaused             = errors.New("the reserve is paused; wait until it is not")
	ErrFrozen             = errors.New("the reserve is frozen: it takes no new supply and gives no new debt")
	ErrSupplyCap          = errors.New("the supply cap is exceeded; supply less")
	ErrBorrowCap          = errors.New("the borrow cap is exceeded; borrow less")
	ErrBorrowingDisabled  = errors.New("the reserve cannot be borrowed")
	ErrBalance            = errors.New("the account has not supplied that much")
	ErrNoCollateral       = errors.New("the account's collateral is worth nothing")
	ErrZeroLTV            = errors.New("collateral with a loan-to-value of zero stands in the way; take it out of use first")
	ErrHealth             = errors.New("health would fall below one, or is not above it")
	ErrCollateralTooLow   = errors.New("the collateral cannot cover the debt at its loan-to-value; borrow less")
	ErrNoDebt             = errors.New("there is no such debt to repay")
	ErrNothingSupplied    = errors.New("the account has supplied nothing of the asset")
	ErrHealthy            = errors.New("health is not below one, so nothing can be liquidated")
	ErrNotCollateral      = errors.New("the account does not use the asset as collateral")
	ErrNotBorrowed        = errors.New("the account does not owe the asset")
	ErrDebtCeiling        = errors.New("the debt ceiling of the isolated collateral is exceeded; borrow less")
	ErrNotIsolatedAsset   = errors.New("the asset cannot be borrowed against isolated collateral")
	ErrEMode              = errors.New("the eMode category does not exist or does not cover the debts")
	ErrEModeCollateral    = errors.New("a collateral would have a loan-to-value of zero in the eMode category")
	ErrEModeDebt          = errors.New("a debt cannot be borrowed in the eMode category")
	ErrEModeBorrow        = errors.New("the asset cannot be borrowed in the account's eMode category")
	ErrSentinel           = errors.New("the price sentinel forbids it for now")
	ErrGracePeriod        = errors.New("the reserve is in its grace period; liquidate later")
	ErrIsolationOrZeroLTV = errors.New("the asset cannot be collateral: its loan-to-value is zero, or the account is in isolation mode")
	ErrSiloed             = errors.New("a siloed asset is the only debt an account may have")
	ErrMintAmount         = errors.New("the amount is too small: it is worth no share")
	ErrBurnAmount         = errors.New("the amount is too small: it burns no share")
	ErrDust               = errors.New("less than 1,000 USD would be left of debt or collateral; liquidate all of one of them, or less")
	ErrSelfLiquidation    = errors.New("an account cannot liquidate itself")
	ErrFlashLoanDisabled  = errors.New("the reserve gives no flash loans")
	ErrCast               = errors.New("a value does not fit the width it is stored in")
	// ErrCash: the reserve holds less of the asset than is asked for. On V30 the revert is the token's own.
	ErrCash = errors.New("the reserve holds too little of the asset")
)

// Sentinel errors of this package's own: no contract gives them.
var (
	// ErrUnknownReserve: the market has no reserve of that id.
	ErrUnknownReserve = errors.New("aave: the market has no such reserve")
	// ErrStableDebt: the reserve has debt at a stable rate, which this package does not follow.
	ErrStableDebt = errors.New("aave: the reserve has debt at a stable rate, which is not supported")
	// ErrOutOfRange: a parameter does not fit its field.
	ErrOutOfRange = errors.New("aave: a parameter does not fit its field")
	// ErrBalances: an account's balances are not in ascending order of their reserves, without duplicates.
	ErrBalances = errors.New("aave: balances must be in ascending order of reserve ids, each once")
)

// reasons are what each revision says: a number as text, the name of a custom error; empty where it has none.
var reasons = []struct {
	err      error
	v30, v37 string
}{
	{ErrMintAmount, "24", "InvalidMintAmount"},
	{ErrBurnAmount, "25", "InvalidBurnAmount"},
	{ErrInvalidAmount, "26", "InvalidAmount"},
	{ErrInactive, "27", "ReserveInactive"},
	{ErrFrozen, "28", "ReserveFrozen"},
	{ErrPaused, "29", "ReservePaused"},
	{ErrBorrowingDisabled, "30", "BorrowingNotEnabled"},
	{ErrBalance, "32", "NotEnoughAvailableUserBalance"},
	{ErrNoCollateral, "34", ""},
	{ErrHealth, "35", "HealthFactorLowerThanLiquidationThreshold"},
	{ErrCollateralTooLow, "36", "CollateralCannotCoverNewBorrow"},
	{ErrNoDebt, "39", "NoDebtOfSelectedType"},
	{ErrNothingSupplied, "43", "UnderlyingBalanceZero"},
	{ErrHealthy, "45", "HealthFactorNotBelowThreshold"},
	{ErrNotCollateral, "46", "CollateralCannotBeLiquidated"},
	{ErrNotBorrowed, "47", "SpecifiedCurrencyNotBorrowedByUser"},
	{ErrBorrowCap, "50", "BorrowCapExceeded"},
	{ErrSupplyCap, "51", "SupplyCapExceeded"},
	{ErrDebtCeiling, "53", ""},
	{ErrZeroLTV, "57", "LtvValidationFailed"},
	{ErrEMode, "58", "InconsistentEModeCategory"},
	{ErrSentinel, "59", ""},
	{ErrNotIsolatedAsset, "60", ""},
	{ErrIsolationOrZeroLTV, "62", "UserHasAssetWithZeroLtv"},
	{ErrSiloed, "89", ""},
	{ErrFlashLoanDisabled, "91", "FlashloanDisabled"},
	{ErrEModeCollateral, "", "InvalidCollateralInEmode"},
	{ErrEModeDebt, "", "InvalidDebtInEmode"},
	{ErrEModeBorrow, "", "NotBorrowableInEMode"},
	{ErrGracePeriod, "", "LiquidationGraceSentinelCheckFailed"},
	{ErrDust, "", "MustNotLeaveDust"},
	{ErrSelfLiquidation, "", "SelfLiquidation"},
	{ErrCast, "SafeCast: value doesn't fit in 128 bits", "SafeCastOverflowedUintDowncast"},
}

// RevertError is a revert of the pool, simulated or decoded. It wraps the sentinel that says why.
type RevertError struct {
	Op string // the step that was simulated, empty if decoded
	// Code is what the contract says: a number as text (V30), the name of a custom error (V37), empty if it says nothing,
	// as in arithmetic that overflows.
	Code  string
	Err   error // a sentinel of this package, or an arithmetic error
	Typed error // the decoded custom error with its arguments, nil if there is none
}

// Error returns the step, the reason and the contract's code.
func (e *RevertError) Error() string {
	text := "aave: "
	if e.Op != "" {
		text += e.Op + ": "
	}
	text += e.Err.Error()
	if e.Code != "" {
		text += fmt.Sprintf(" (%s)", e.Code)
	}
	return text
}

// Unwrap returns the sentinel and the typed error.
func (e *RevertError) Unwrap() []error {
	if e.Typed != nil {
		return []error{e.Err, e.Typed}
	}
	return []error{e.Err}
}

// revert wraps the reason why the pool would revert.
func (r Revision) revert(op string, err error) error {
	e := &RevertError{Op: op, Err: err}
	for _, reason := range reasons {
		if errors.Is(err, reason.err) {
			if e.Code = reason.v30; r == V37 {
				e.Code = reason.v37
			}
			break
		}
	}
	return e
}

// Arithmetic reports whether err is a revert without a reason: overflow, underflow, a division by zero.
func Arithmetic(err error) bool {
	return errors.Is(err, fixed.ErrOverflow) || errors.Is(err, fixed.ErrUnderflow) || errors.Is(err, fixed.ErrDivByZero)
}

// Refusal returns the [*RevertError] of what a pool said, a number as text (V30) or the name of a custom error (V37),
// with the decoded custom error if there is one; nil if the code is not one that this package knows.
func Refusal(code string, typed error) error {
	for _, reason := range reasons {
		if code != "" && (code == reason.v30 || code == reason.v37) {
			return &RevertError{Code: code, Err: reason.err, Typed: typed}
		}
	}
	return nil
}

// Refuse returns the [*RevertError] with which a pool of the revision would refuse, for a check done elsewhere.
func (r Revision) Refuse(op string, err error) error { return r.revert(op, err) }
