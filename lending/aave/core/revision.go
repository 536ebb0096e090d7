package core

import (
	"errors"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Revision is the generation of the pool's code that a calculation follows.
type Revision uint8

const (
	// V30 is Aave v3.0, as in the npm package of the core contracts: every conversion rounds half up, half of a debt can be
	// liquidated until health is at most 0.95, errors are numbers in text. Many forks run it.
	V30 Revision = iota + 1
	// V37 is Aave v3.7 (pool revision 11): balances round against the account, half of the whole debt can be liquidated at
	// a health above 0.95 if both sides are worth 2,000 USD or more, no dust may be left, a debt without collateral becomes a
	// deficit, errors are custom.
	V37
)

// String returns "v3.0" or "v3.7".
func (r Revision) String() string {
	switch r {
	case V30:
		return "v3.0"
	case V37:
		return "v3.7"
	}
	return "unknown revision"
}

// ErrRevision: the market names no revision that this package follows. Set [V30] or [V37].
var ErrRevision = errors.New("aave: unknown revision; set V30 or V37")

// The conversions between scaled amounts and balances, V30 against V37.

// supplied sets z to the balance of scaled aTokens: half up, floor.
func (r Revision) supplied(z, scaled, index *uint256.Int) error {
	if r == V37 {
		return fixed.RayMulFloor(z, scaled, index)
	}
	return fixed.RayMul(z, scaled, index)
}

// owed sets z to the balance of scaled debt: half up, ceil.
func (r Revision) owed(z, scaled, index *uint256.Int) error {
	if r == V37 {
		return fixed.RayMulCeil(z, scaled, index)
	}
	return fixed.RayMul(z, scaled, index)
}

// scaleDown sets z to amount / index: half up, floor. aTokens are minted and debt is burned with it.
func (r Revision) scaleDown(z, amount, index *uint256.Int) error {
	if r == V37 {
		return fixed.RayDivFloor(z, amount, index)
	}
	return fixed.RayDiv(z, amount, index)
}

// scaleUp sets z to amount / index: half up, ceil. aTokens are burned and transferred, and debt is minted with it.
func (r Revision) scaleUp(z, amount, index *uint256.Int) error {
	if r == V37 {
		return fixed.RayDivCeil(z, amount, index)
	}
	return fixed.RayDiv(z, amount, index)
}

// balanceBits is the width in which a token keeps one account's scaled balance.
func (r Revision) balanceBits() int {
	if r == V37 {
		return 120
	}
	return 128
}
