package pendle

import (
	"errors"
	"math/bits"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// maxObservations is the length of a market's ring.
const maxObservations = 65535

// ErrObservations: the ring is not one that a market writes, so a search in it does not end. Read it again, whole.
var ErrObservations = errors.New("pendle: the observations are not in the order that a market keeps; read all of them at one block")

// Observation is one entry of a market's oracle: the sum of the implied rate over time, up to a moment.
type Observation struct {
	Time        uint32      // Unix time
	Cumulative  uint256.Int // of ln implied rate * seconds, wad, 216 bits
	Initialized bool        // false in an entry that is only reserved
}

// Observations is a market's ring of observations. Ring holds its entries from slot 0 on; what lies beyond is zero.
type Observations struct {
	Ring            []Observation
	Index           uint16 // of the newest
	Cardinality     uint16 // slots in use
	CardinalityNext uint16 // slots that it will use when it next comes to the end
}

// NewObservations returns the ring of a market that is created at a time.
func NewObservations(now uint32) Observations {
	return Observations{Ring: []Observation{{Time: now, Initialized: true}}, Cardinality: 1, CardinalityNext: 1}
}

func (o *Observations) at(c *calc, slot uint64) Observation {
	if slot >= maxObservations {
		c.panics(panicIndex)
		return Observation{}
	}
	if slot >= uint64(len(o.Ring)) {
		return Observation{}
	}
	return o.Ring[slot]
}

// after is OracleLib.transform: the observation continued to a later time at a rate.
func (c *calc) after(last Observation, now uint32, lnRate uint256.Int) Observation {
	if now < last.Time {
		c.panics(panicOverflow)
		return Observation{}
	}
	growth := c.umul(lnRate, uint256.Int{uint64(now - last.Time)})
	return Observation{Time: now, Cumulative: c.narrow(c.uadd(last.Cumulative, c.narrow(growth))), Initialized: true}
}

// narrow refuses what does not fit the oracle's uint216 arithmetic.
func (c *calc) narrow(x uint256.Int) uint256.Int {
	if x.BitLen() > 216 {
		return c.panics(panicOverflow)
	}
	return x
}

// next returns the slot after the newest, (Index + 1) % size.
func (o *Observations) next(c *calc, size uint16) uint64 {
	switch {
	case o.Index == 65535:
		c.panics(panicOverflow)
		return 0
	case size == 0:
		c.panics(panicDivision)
		return 0
	}
	return uint64(o.Index+1) % uint64(size)
}

// Write records the implied rate that held until now: a market does so at the end of every call, with the rate before
// it, at most once a second. Source: OracleLib.write.
func (o *Observations) Write(now uint32, lnRateBefore uint256.Int) error {
	var c calc
	last := o.at(&c, uint64(o.Index))
	if c.err == nil && last.Time == now {
		return nil
	}
	size := o.Cardinality
	if o.CardinalityNext > size && size > 0 && o.Index == size-1 {
		size = o.CardinalityNext
	} else if o.CardinalityNext > size && size == 0 {
		c.panics(panicOverflow)
	}
	slot := o.next(&c, size)
	entry := c.after(last, now, lnRateBefore)
	if o.at(&c, slot); c.err != nil {
		return c.err
	}
	for uint64(len(o.Ring)) <= slot {
		o.Ring = append(o.Ring, Observation{})
	}
	o.Ring[slot] = entry
	o.Index, o.Cardinality = uint16(slot), size
	return nil
}

// Grow reserves slots, up to 65,535; fewer than there are changes nothing. Source: OracleLib.grow.
func (o *Observations) Grow(next uint16) error {
	if o.CardinalityNext == 0 {
		return &contract.OracleUninitializedError{}
	}
	for slot := o.CardinalityNext; slot < next; slot++ {
		for len(o.Ring) <= int(slot) {
			o.Ring = append(o.Ring, Observation{})
		}
		o.Ring[slot].Time = 1
	}
	o.CardinalityNext = max(o.CardinalityNext, next)
	return nil
}

// Cumulative returns the sum of the implied rate up to so many seconds before now, interpolated between observations and
// continued at lnRate, the market's present rate, after the newest. It fails with *contract.OracleTargetTooOldError if the
// ring does not reach back so far, *contract.OracleZeroCardinalityError, and [ErrObservations] on a ring in disorder.
// Source: PendleMarketV7.observe, OracleLib.observeSingle.
func (o *Observations) Cumulative(now, secondsAgo uint32, lnRate uint256.Int) (uint256.Int, error) {
	var c calc
	if o.Cardinality == 0 {
		return zero, &contract.OracleZeroCardinalityError{}
	}
	sum := c.observe(o, now, secondsAgo, lnRate)
	return sum, c.err
}

func (c *calc) observe(o *Observations, now, secondsAgo uint32, lnRate uint256.Int) uint256.Int {
	newest := o.at(c, uint64(o.Index))
	if secondsAgo == 0 {
		if newest.Time != now {
			newest = c.after(newest, now, lnRate)
		}
		return newest.Cumulative
	}
	if secondsAgo > now {
		return c.panics(panicOverflow)
	}
	target := now - secondsAgo
	if newest.Time == target {
		return newest.Cumulative
	}
	if newest.Time < target {
		return c.after(newest, target, lnRate).Cumulative
	}
	oldest := o.at(c, o.next(c, o.Cardinality))
	if !oldest.Initialized {
		oldest = o.at(c, 0)
	}
	if c.err == nil && target < oldest.Time {
		c.fail(&contract.OracleTargetTooOldError{Target: target, Oldest: oldest.Time})
	}
	before, after := c.surround(o, target)
	switch {
	case c.err != nil:
		return zero
	case target == before.Time:
		return before.Cumulative
	case target == after.Time:
		return after.Cumulative
	}
	grown := c.umul(c.usub(after.Cumulative, before.Cumulative), uint256.Int{uint64(target - before.Time)})
	part := c.udiv(grown, uint256.Int{uint64(after.Time - before.Time)})
	part[3] &= 1<<24 - 1 // the contract's conversion to uint216 drops what is above
	return c.narrow(c.uadd(before.Cumulative, part))
}

// surround is OracleLib.binarySearch: the observations on both sides of a time. Halving ends within the bits of the
// ring's size; the slots that are only reserved make it take one more step each at worst.
func (c *calc) surround(o *Observations, target uint32) (before, after Observation) {
	if c.err != nil {
		return
	}
	size := uint64(o.Cardinality)
	low := o.next(c, o.Cardinality)
	high := low + size - 1
	for range 2*bits.Len64(size) + 2 {
		middle := (low + high) / 2
		before = o.at(c, middle%size)
		if !before.Initialized {
			low = middle + 1
			continue
		}
		after = o.at(c, (middle+1)%size)
		if before.Time <= target {
			if target <= after.Time {
				return before, after
			}
			low = middle + 1
			continue
		}
		if middle == 0 {
			c.panics(panicOverflow)
			return
		}
		high = middle - 1
	}
	c.fail(ErrObservations)
	return
}

// LnImpliedRate returns the time-weighted ln implied rate of the last so many seconds, wad, rounded down; of no seconds it
// is lnRate, the market's present rate. It fails as [Observations.Cumulative] does.
// Source: PendlePYOracleLib.getMarketLnImpliedRate.
func (o *Observations) LnImpliedRate(now, duration uint32, lnRate uint256.Int) (uint256.Int, error) {
	if duration == 0 {
		return lnRate, nil
	}
	if o.Cardinality == 0 {
		return zero, &contract.OracleZeroCardinalityError{}
	}
	var c calc
	start := c.observe(o, now, duration, lnRate)
	end := c.observe(o, now, 0, lnRate)
	rate := c.udiv(c.usub(end, start), uint256.Int{uint64(duration)})
	return rate, c.err
}
