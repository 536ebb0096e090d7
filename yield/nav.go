package yield

import (
	"errors"
	"fmt"
	"math"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

var (
	// ErrNAVZero: a NAV is zero, so nothing can be valued with it. Read both NAVs again, from a vault that holds assets.
	ErrNAVZero = errors.New("the NAV is zero; read it from a vault that holds assets")
	// ErrNAVInverted: the Unstaking NAV is above the Deposit NAV, which the vault's rules exclude. Read both at one block.
	ErrNAVInverted = errors.New("the Unstaking NAV is above the Deposit NAV; read both at one block")
)

// NAVError says which pair of NAVs failed [NAV.Check]. It wraps [ErrNAVZero] or [ErrNAVInverted].
type NAVError struct {
	NAV NAV
	Err error
}

func (e *NAVError) Error() string {
	return fmt.Sprintf("yield: deposit NAV %s, unstaking NAV %s: %v", e.NAV.Deposit.Dec(), e.NAV.Unstaking.Dec(), e.Err)
}

func (e *NAVError) Unwrap() error { return e.Err }

// NAV is sAID's two prices, AID base units per 1e18 shares. Deposit is what entering costs, convertToAssets(1e18) of the
// vault; Unstaking is what leaving through the queue pays, convertToAssetsWithLoss(1e18), which takes unrealised losses off.
type NAV struct {
	Deposit, Unstaking uint256.Int
}

// Entry returns the AID value of shares at the Deposit NAV, floor(shares * Deposit / 1e18). It is a valuation to show
// and compare: the vault itself rounds from its totals. A value of 2^256 or above, which no real holding reaches, is given
// as 2^256 - 1.
func (n NAV) Entry(shares uint256.Int) uint256.Int { return value(&shares, &n.Deposit) }

// Exit returns the AID value of shares at the Unstaking NAV, floor(shares * Unstaking / 1e18), rounded and limited like
// [NAV.Entry]. It is what the queue would pay if it settled now.
func (n NAV) Exit(shares uint256.Int) uint256.Int { return value(&shares, &n.Unstaking) }

func value(shares, price *uint256.Int) (assets uint256.Int) {
	if fixed.MulDivDown(&assets, shares, price, uint256.NewInt(wad)) != nil {
		assets.SetAllOne()
	}
	return assets
}

// Haircut returns the part of the Deposit NAV that leaving forgoes, 1 - Unstaking/Deposit, rounded away from zero at the
// 18th decimal. It is negative if the NAVs are inverted and undefined if Deposit is zero; [NAV.Check] tells.
func (n NAV) Haircut() Ratio {
	var r Ratio
	if n.Unstaking.Gt(&n.Deposit) {
		r.negative = true
		r.magnitude.Sub(&n.Unstaking, &n.Deposit)
	} else {
		r.magnitude.Sub(&n.Deposit, &n.Unstaking)
	}
	if fixed.MulDivUp(&r.magnitude, &r.magnitude, uint256.NewInt(wad), &n.Deposit) != nil {
		return Ratio{undefined: true}
	}
	return r
}

// haircut returns Haircut as a float64 with all its digits; the Deposit NAV is not zero.
func (n NAV) haircut() float64 { return -change(&n.Deposit, &n.Unstaking) }

// Check returns a [*NAVError] if a NAV is zero or Unstaking is above Deposit, and nil otherwise.
func (n NAV) Check() error {
	switch {
	case n.Deposit.IsZero() || n.Unstaking.IsZero():
		return &NAVError{n, ErrNAVZero}
	case n.Unstaking.Gt(&n.Deposit):
		return &NAVError{n, ErrNAVInverted}
	}
	return nil
}

// Ratio is a signed fraction with 18 decimals. Its zero value is 0 %.
type Ratio struct {
	magnitude           uint256.Int
	negative, undefined bool
}

// Wad returns the magnitude of the ratio times 1e18 and whether the ratio is negative; ok is false if it is undefined.
func (r Ratio) Wad() (magnitude uint256.Int, negative, ok bool) {
	return r.magnitude, r.negative, !r.undefined
}

// Percent returns the ratio in percent for analytics; NaN if it is undefined.
func (r Ratio) Percent() float64 {
	if r.undefined {
		return math.NaN()
	}
	percent := r.magnitude.Float64() / 1e16
	if r.negative {
		return -percent
	}
	return percent
}

// String returns the ratio in percent with two decimals, a tie rounded away from zero: "0.52%". A ratio that is not zero
// but would print as zero is "<0.01%"; an undefined one is "n/a".
func (r Ratio) String() string {
	if r.undefined {
		return "n/a"
	}
	sign := ""
	if r.negative {
		sign = "-"
	}
	var hundredths, cents uint256.Int
	// 1e14 wad are 0.01 %; the quotient is smaller than the dividend, so neither error can occur.
	if fixed.MulDivHalfUp(&hundredths, &r.magnitude, uint256.NewInt(1), uint256.NewInt(1e14)) != nil {
		return "n/a"
	}
	if hundredths.IsZero() && !r.magnitude.IsZero() {
		return "<" + sign + "0.01%"
	}
	hundredths.DivMod(&hundredths, uint256.NewInt(100), &cents)
	return fmt.Sprintf("%s%s.%02d%%", sign, hundredths.Dec(), cents.Uint64())
}
