package gpuasset

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset/internal/document"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Meter is the use of GPUs by one client in a period.
type Meter struct {
	Client     string
	GPUSeconds uint64
	Price      Money // per GPU-hour
}

// Revenue returns the sum of GPUSeconds * Price / 3600, rounded down for each client. It fails with [ErrTooMuch] for a price above
// what [Money] holds.
func Revenue(meters []Meter) (total Money, err error) {
	for i := range meters {
		m := &meters[i]
		if err := m.Price.Check(); err != nil {
			return Money{}, fmt.Errorf("gpuasset: meter %d: %w", i, err)
		}
		var part Money
		if err := fixed.MulDivDown(part.int(), m.Price.int(), uint256.NewInt(m.GPUSeconds), uint256.NewInt(3600)); err != nil {
			return Money{}, err
		}
		total = total.Add(part)
	}
	return total, nil
}

// Distribution is the revenue of one period and who got it. Investor + Operator = Revenue, exactly.
type Distribution struct {
	Revenue    Money
	Investor   Money
	Operator   Money
	Cumulative Money // of the investor, to the end of the period
	Tier       int   // that the last of it fell into; len(Tiers) if all tiers are full
}

// Distribute returns who gets the revenue of each period: the operator the floor, and of what is above it the investor the share of
// the tier, rounded down, until the tier is full at floor(invested * UpTo); what remains falls into the next tier. When the last
// tier is full the operator gets all. Filling a tier uses up ceil(what is missing / share) of the revenue. It fails with a
// [*PathError] for bad terms, with [ErrTooMuch], and with [ErrCourse] if nothing was invested.
func (r *RevenueShare) Distribute(invested Money, revenues []Money) ([]Distribution, error) {
	if err := document.Check(r); err != nil {
		return nil, located(err)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	if err := invested.Check(); err != nil {
		return nil, err
	}
	if invested.IsZero() {
		return nil, fmt.Errorf("%w: nothing was invested", ErrCourse)
	}
	out := make([]Distribution, len(revenues))
	var cumulative Money
	tier := 0
	for i, revenue := range revenues {
		if err := revenue.Check(); err != nil {
			return nil, fmt.Errorf("gpuasset: revenue %d: %w", i, err)
		}
		var investor Money
		for rest := revenue.SubFloor(r.Floor); tier < len(r.Tiers) && !rest.IsZero(); tier++ {
			t := r.Tiers[tier]
			share := rest.MulDown(t.Share)
			room := invested.MulDown(t.UpTo).SubFloor(Sum(cumulative, investor))
			if t.UpTo == 0 || share.Cmp(room) < 0 {
				investor = investor.Add(share)
				break
			}
			investor = investor.Add(room)
			var used Money
			if !room.IsZero() {
				if err := fixed.MulDivUp(used.int(), room.int(), uint256.NewInt(uint64(One)), uint256.NewInt(uint64(t.Share))); err != nil {
					return nil, err
				}
			}
			rest = rest.SubFloor(used)
		}
		cumulative = cumulative.Add(investor)
		out[i] = Distribution{revenue, investor, revenue.SubFloor(investor), cumulative, tier}
	}
	return out, nil
}
