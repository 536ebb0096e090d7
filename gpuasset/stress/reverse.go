package stress

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Break is the shock at which something breaks.
type Break struct {
	Size   float64 // of the shape
	Holds  *Result // just below it; nil if it is broken without a shock
	Breaks *Result
}

// Reverse returns the smallest size, 0 to most, at which the result of shape.Scale(size) is broken, by bisection to 2^-40 of most; the size
// returned is on the broken side. A result that is broken must stay broken as the shock grows, as everything that [DSCRBelow] and
// [NAVFalls] look at does. It fails with [ErrHolds] if nothing breaks, with [ErrInput] and like [Book.Apply].
func (b *Book) Reverse(shape Shock, most float64, broken func(*Result) bool) (Break, error) {
	if !(most > 0) {
		return Break{}, fmt.Errorf("%w: largest size %v, want more than 0", ErrInput, most)
	}
	none, err := b.Apply(shape.Scale(0))
	if err != nil {
		return Break{}, err
	}
	if broken(none) {
		return Break{Breaks: none}, nil
	}
	all, err := b.Apply(shape.Scale(most))
	if err != nil {
		return Break{}, err
	}
	if !broken(all) {
		return Break{}, fmt.Errorf("%w, %v", ErrHolds, most)
	}
	found := Break{most, none, all}
	low := 0.0
	for range 40 {
		middle := (low + found.Size) / 2
		r, err := b.Apply(shape.Scale(middle))
		if err != nil {
			return Break{}, err
		}
		if broken(r) {
			found.Size, found.Breaks = middle, r
		} else {
			low, found.Holds = middle, r
		}
	}
	return found, nil
}

// DSCRBelow tells whether the minimum DSCR of a deal is below a level, for [Book.Reverse]; of any deal if id is empty.
func DSCRBelow(id string, level float64) func(*Result) bool {
	return func(r *Result) bool {
		for i := range r.Deals {
			if d := &r.Deals[i]; (id == "" || d.ID == id) && d.MinDSCR < level {
				return true
			}
		}
		return false
	}
}

// NAV is one of the two values of the shares.
type NAV uint8

// The two NAVs.
const (
	DepositNAV NAV = iota
	UnstakingNAV
)

// NAVFalls tells whether a NAV has fallen by more than a step against a base, for [Book.Reverse].
func NAVFalls(nav NAV, base *Result, step gpuasset.Ratio) func(*Result) bool {
	return func(r *Result) bool {
		before, now := base.Valuation.Deposit, r.Valuation.Deposit
		if nav == UnstakingNAV {
			before, now = base.Valuation.Unstaking, r.Valuation.Unstaking
		}
		return now.Cmp(before.MulUp(gpuasset.One-min(step, gpuasset.One))) < 0
	}
}

// BadDebtStep returns the largest fall of a share's NAV in one step that a borrower at a loan-to-value survives without leaving bad
// debt in a lending market that values the shares at that NAV: 1 - ltv * incentive, rounded down, at least 0. Incentive is the liquidation incentive
// factor, 1 for none. The worst borrower is at the market's LLTV. It fails with [ErrInput] for an ltv above 1 and an incentive below 1 or
// above 2.
func BadDebtStep(ltv, incentive gpuasset.Ratio) (gpuasset.Ratio, error) {
	if ltv > gpuasset.One || incentive < gpuasset.One || incentive > 2*gpuasset.One {
		return 0, fmt.Errorf("%w: ltv %s, incentive %s", ErrInput, ltv, incentive)
	}
	var seized uint256.Int
	err := fixed.MulDivUp(&seized, uint256.NewInt(uint64(ltv)), uint256.NewInt(uint64(incentive)), uint256.NewInt(uint64(gpuasset.One)))
	if err != nil {
		return 0, err
	}
	return gpuasset.One - min(gpuasset.One, gpuasset.Ratio(seized.Uint64())), nil
}
