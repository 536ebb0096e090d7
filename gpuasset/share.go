package gpuasset

import (
	"fmt"
	"slices"

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

// Takings is the revenue of a period that ends on a day.
type Takings struct {
	Date    Date
	Revenue Money
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
// the tier, rounded down, until the tier is full; what remains falls into the next tier. When the last tier is full the operator gets all.
// Filling a tier uses up ceil(what is missing / share) of the revenue. A tier is full
//
//   - with UpTo, when the investor has received floor(invested * UpTo);
//   - with UpToIRR, when an account is down to zero that starts with the investment at closing, grows in each period by account * UpToIRR * days /
//     basis of the day count, to the nearest base unit, ties up, and falls by all that the investor receives. The rate so compounds with
//     the periods: 12 % with monthly ones is an effective 12.68 %.
//
// It fails with a [*PathError] for bad terms, with [ErrTooMuch], also for a return that outgrows [Money], and with [ErrCourse] if nothing was
// invested or the periods are not in order after closing.
func (r *RevenueShare) Distribute(closing Date, invested Money, count DayCount, periods []Takings) ([]Distribution, error) {
	if err := document.Check(r); err != nil {
		return nil, located(err)
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	if !slices.Contains(count.Values(), string(count)) {
		return nil, &PathError{"day_count", fmt.Errorf("%w: %.40q", ErrValue, string(count))}
	}
	if err := invested.Check(); err != nil {
		return nil, err
	}
	if invested.IsZero() {
		return nil, fmt.Errorf("%w: nothing was invested", ErrCourse)
	}
	hurdles := slices.Repeat([]Money{invested}, len(r.Tiers)) // what is missing for the return of each tier
	out := make([]Distribution, len(periods))
	var cumulative Money
	tier, last := 0, closing
	for i := range periods {
		day, revenue := periods[i].Date, periods[i].Revenue
		if err := revenue.Check(); err != nil {
			return nil, fmt.Errorf("gpuasset: revenue %d: %w", i, err)
		}
		if day.Check() != nil || !last.Before(day) {
			return nil, fmt.Errorf("%w: period %d ends on %s, after %s; put them in order", ErrCourse, i, day, last)
		}
		for k := range hurdles {
			hurdles[k] = grow(hurdles[k], r.Tiers[k].UpToIRR, count, last, day)
			if err := hurdles[k].Check(); err != nil {
				return nil, fmt.Errorf("gpuasset: return of tier %d on %s: %w", k, day, err)
			}
		}
		last = day
		var investor Money
		for rest := revenue.SubFloor(r.Floor); tier < len(r.Tiers) && !rest.IsZero(); tier++ {
			t := r.Tiers[tier]
			share := rest.MulDown(t.Share)
			room := hurdles[tier].SubFloor(investor)
			if t.UpTo > 0 {
				room = invested.MulDown(t.UpTo).SubFloor(Sum(cumulative, investor))
			}
			if t.endless() || share.Cmp(room) < 0 {
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
		for k := range hurdles {
			hurdles[k] = hurdles[k].SubFloor(investor)
		}
		cumulative = cumulative.Add(investor)
		out[i] = Distribution{revenue, investor, revenue.SubFloor(investor), cumulative, tier}
	}
	return out, nil
}

// grow returns an amount with simple interest for a period, rounded to the nearest base unit, ties up.
func grow(amount Money, rate Ratio, count DayCount, from, to Date) Money {
	days, basis := count.fraction(from, to)
	var weight uint256.Int
	weight.Mul(amount.int(), uint256.NewInt(days))
	weight.Mul(&weight, uint256.NewInt(uint64(rate)))
	return amount.Add(interest(&weight, basis))
}
