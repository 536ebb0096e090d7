package cashflow

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

const (
	stackTerms = 32 // series up to this length need no heap
	stackRoots = 16
	maxLevels  = 64      // sign changes up to which the chain of derivatives is complete
	gridLevels = 2       // derivatives above the grid otherwise
	gridCells  = 256     // cells of the grid
	maxAmounts = 1 << 22 // of the chain: more flows times changes take the grid too
	maxSteps   = 1100    // of one bracketed search: bisection alone ends within them from any bracket of float64s

	// Amounts further apart could be lost where the sums below are scaled.
	smallest = 1e-280
	// A sum of this share of its terms is rounding.
	rounding = 1e-14
)

// term is one summand amount * e^(-z*time).
type term struct{ time, amount float64 }

// root is a zero of a series; falling if the value goes from positive to negative as z rises.
type root struct {
	z       float64
	falling bool
}

// series is a sum of terms in normal form: times ascend from 0 to 1 without repetition, no amount is zero, the largest is
// about 1. One unit of its time is span years; its z is that of the flows times span.
type series struct {
	terms   []term
	span    float64
	changes int // of sign
}

// normalize brings terms, in place, into normal form.
func normalize(terms []term) (series, error) {
	largest := 0.0
	for i, t := range terms {
		switch {
		case !finite(t.amount):
			return series{}, badAmount(i, t.amount)
		case !finite(t.time):
			return series{}, fmt.Errorf("%w: the time of amount %d is %v years", ErrInput, i, t.time)
		}
		largest = max(largest, math.Abs(t.amount))
	}
	byTime := func(a, b term) int { return cmp.Compare(a.time, b.time) }
	if !slices.IsSortedFunc(terms, byTime) {
		slices.SortFunc(terms, byTime)
	}
	kept := terms[:0]
	for i := 0; i < len(terms); {
		sum := term{time: terms[i].time}
		for ; i < len(terms) && terms[i].time == sum.time; i++ {
			if a := terms[i].amount; a != 0 {
				if math.Abs(a/largest) < smallest {
					return series{}, fmt.Errorf("%w: amounts differ by more than a factor 1e280", ErrRange)
				}
				sum.amount += a / largest
			}
		}
		if sum.amount != 0 {
			kept = append(kept, sum)
		}
	}
	s := series{terms: kept, span: 1}
	for i := 1; i < len(kept); i++ {
		if (kept[i].amount > 0) != (kept[i-1].amount > 0) {
			s.changes++
		}
	}
	switch {
	case len(kept) == 0:
		return series{}, fmt.Errorf("%w: no amount other than zero", ErrEmpty)
	case s.changes == 0:
		return series{}, &RootError{Err: ErrSameSign, Miss: math.Copysign(1, kept[0].amount), Complete: true}
	}
	start := kept[0].time
	s.span = kept[len(kept)-1].time - start
	for i := range kept {
		kept[i].time = (kept[i].time - start) / s.span
	}
	return s, nil
}

// roots appends all roots to dst, ascending, in the series' own z. It fails with a [*RootError] if there is none.
func (s series) roots(dst []root) (roots []root, complete bool, err error) {
	terms := s.terms
	if s.changes == 1 {
		return append(dst, root{unique(terms), terms[0].amount < 0}), true, nil
	}
	low, high := s.window()
	if low <= high {
		dst = s.isolate(dst, low, high)
	}
	if len(dst) == 0 {
		z := s.nearest(min(low, high)-1, max(low, high)+1)
		value, _ := logRatio(terms, z)
		proven := s.complete() || low > high
		return nil, false, &RootError{Err: ErrNoRoot, LogRate: s.logRate(z), Miss: math.Tanh(value / 2), Complete: proven}
	}
	return dst, s.complete(), nil
}

// complete reports whether the chain of derivatives is short enough to be followed to its end.
func (s series) complete() bool {
	return s.changes <= maxLevels && s.changes*len(s.terms) <= maxAmounts
}

// window returns bounds of all roots. Above high the first payments, up to the first change of sign, outweigh all later
// ones of the other sign; below low the last ones outweigh all earlier ones. Each bound is the root of a series with one
// change of sign. There is no root if low is above high.
func (s series) window() (low, high float64) {
	var stack [stackTerms]term
	part := slices.Grow(stack[:0], len(s.terms))
	first, last := s.terms[0].amount > 0, s.terms[len(s.terms)-1].amount > 0
	run := true
	for _, t := range s.terms {
		run = run && t.amount > 0 == first
		if run || t.amount > 0 != first {
			part = append(part, t)
		}
	}
	high = unique(part)
	part, run = part[:0], true
	for _, t := range slices.Backward(s.terms) {
		run = run && t.amount > 0 == last
		if run || t.amount > 0 != last {
			part = append(part, t)
		}
	}
	slices.Reverse(part)
	low = unique(part)
	// Rounding must not push a root out.
	const margin = 1e-9
	return low - margin*(1+math.Abs(low)), high + margin*(1+math.Abs(high))
}

// logRatio returns ln(received/paid) at z and its derivative. It has the sign of the series' value and no overflow: each
// side is scaled by its own largest discount factor.
func logRatio(terms []term, z float64) (value, slope float64) {
	var sum, moment, reference [2]float64 // of paid and received
	var seen [2]bool
	// The largest factor is that of the first time if z >= 0, else of the last.
	for i := range terms {
		t := &terms[i]
		if z < 0 {
			t = &terms[len(terms)-1-i]
		}
		side := 0
		amount := -t.amount
		if t.amount > 0 {
			side, amount = 1, t.amount
		}
		if !seen[side] {
			seen[side], reference[side] = true, t.time
			sum[side] = amount
			continue
		}
		lag := t.time - reference[side]
		weighted := amount * math.Exp(-lag*z)
		sum[side] += weighted
		moment[side] += lag * weighted
	}
	paid, received := reference[0], reference[1]
	value = math.Log(sum[1]/sum[0]) - (received-paid)*z
	slope = paid + moment[0]/sum[0] - received - moment[1]/sum[1]
	return value, slope
}

// unique returns the only root of terms with one change of sign.
func unique(terms []term) float64 {
	change := 1
	for (terms[change].amount > 0) == (terms[0].amount > 0) {
		change++
	}
	value, slope := logRatio(terms, 0)
	// logRatio falls if payments come first. Its slope is the mean time of one side less that of the other and so lies
	// between the gap around the change and the whole span: that brackets the root.
	falling := terms[0].amount < 0
	gap := terms[change].time - terms[change-1].time
	span := terms[len(terms)-1].time - terms[0].time
	near, far := value/span, value/gap
	if !falling {
		near, far = -near, -far
	}
	const limit = 1e300
	low, high := max(min(near, far), -limit), min(max(near, far), limit)
	z := 0.0
	for step := range maxSteps {
		next := z - value/slope
		inside := next >= low && next <= high
		// Times lie between 0 and 1, so the curvature is at most 1/4 and a step of 1e-8 leaves an error of 1e-17.
		if inside && math.Abs(next-z) <= max(1e-8, 1e-11*math.Abs(next)) {
			return next
		}
		if !inside || step%8 == 7 {
			next = low + (high-low)/2
			if next == low || next == high {
				return next
			}
		}
		z = next
		value, slope = logRatio(terms, z)
		switch {
		case value == 0:
			return z
		case (value > 0) == falling:
			low = z
		default:
			high = z
		}
	}
	return z
}

// isolate appends the roots between low and high to dst.
func (s series) isolate(dst []root, low, high float64) []root {
	n, levels := len(s.terms), s.changes-1
	grid := !s.complete()
	if grid {
		levels = gridLevels
	}
	var stack [stackTerms * stackTerms]float64
	amounts := slices.Grow(stack[:0], (levels+1)*n)[:(levels+1)*n]
	s.derivatives(amounts, levels)

	var pointStack [2 * stackRoots]float64
	points := append(pointStack[:0], low)
	if grid {
		// Far from 0, where bounds can lie, cells are wide, near 0 narrow.
		points = slices.Grow(points, gridCells)
		from, width := math.Asinh(low), (math.Asinh(high)-math.Asinh(low))/gridCells
		for cell := 1; cell < gridCells; cell++ {
			points = append(points, math.Sinh(from+float64(cell)*width))
		}
	}
	points = append(points, high)
	var nextStack [2 * stackRoots]float64
	next := nextStack[:0]
	for level := levels; level > 0; level-- {
		next = append(next[:0], low)
		row := amounts[level*n : (level+1)*n]
		before, _ := s.sum(row, points[0])
		for i := 1; i < len(points); i++ {
			after, _ := s.sum(row, points[i])
			if before < 0 != (after < 0) && before != 0 && after != 0 {
				next = append(next, s.brent(row, points[i-1], points[i], before, after))
			}
			if grid || after == 0 || i == len(points)-1 {
				next = append(next, points[i])
			}
			before = after
		}
		points, next = next, points
	}

	row := amounts[:n]
	before := s.value(row, points[0])
	for i := 1; i < len(points); i++ {
		after := s.value(row, points[i])
		switch {
		case after == 0: // the value touches zero, or passes it exactly here
			dst = append(dst, root{z: points[i], falling: before > 0 && i+1 < len(points) && s.value(row, points[i+1]) < 0})
		case before < 0 != (after < 0) && before != 0:
			z := s.brent(row, points[i-1], points[i], before, after)
			dst = append(dst, root{s.polish(z, points[i-1], points[i]), before > 0})
		}
		before = after
	}
	return dst
}

// derivatives fills rows 0 to levels of amounts with the amounts of the series and of its derivatives, each taken after
// multiplying by e^(pivot*z) with a pivot between two terms of opposite sign: that changes the amount of a term by the
// factor pivot - time and so removes this one change of sign.
func (s series) derivatives(amounts []float64, levels int) {
	n := len(s.terms)
	for i, t := range s.terms {
		amounts[i] = t.amount
	}
	change := 0
	for level := range levels {
		row, below := amounts[level*n:(level+1)*n], amounts[(level+1)*n:(level+2)*n]
		for change++; (s.terms[change].amount > 0) == (s.terms[change-1].amount > 0); change++ {
		}
		pivot := s.terms[change-1].time + (s.terms[change].time-s.terms[change-1].time)/2
		largest := 0.0
		for i, t := range s.terms {
			below[i] = row[i] * (pivot - t.time)
			largest = max(largest, math.Abs(below[i]))
		}
		for i := range below {
			below[i] /= largest
		}
	}
}

// sum returns the series with the given amounts at z, scaled so that it cannot overflow, and the sum of the absolute
// values of its terms in the same scale.
func (s series) sum(amounts []float64, z float64) (sum, absolute float64) {
	shift := 0.0
	if z < 0 {
		shift = 1
	}
	for i, t := range s.terms {
		weighted := amounts[i] * math.Exp((shift-t.time)*z)
		sum += weighted
		absolute += math.Abs(weighted)
	}
	return sum, absolute
}

// value is sum with rounding taken for zero: that is what touching zero looks like.
func (s series) value(amounts []float64, z float64) float64 {
	sum, absolute := s.sum(amounts, z)
	if math.Abs(sum) <= rounding*absolute {
		return 0
	}
	return sum
}

// brent finds a root between a and b, where the sum has opposite signs, by Brent's method: inverse quadratic
// interpolation, secant or bisection, whichever is safe.
func (s series) brent(amounts []float64, a, b, fa, fb float64) float64 {
	if math.Abs(fa) < math.Abs(fb) {
		a, b, fa, fb = b, a, fb, fa
	}
	c, fc := a, fa
	width, last := b-a, b-a
	for range maxSteps {
		tolerance := 1e-13 * max(1, math.Abs(b))
		half := (c - b) / 2
		if fb == 0 || math.Abs(half) <= tolerance {
			break
		}
		if math.Abs(last) >= tolerance && math.Abs(fa) > math.Abs(fb) {
			var p, q float64
			ratio := fb / fa
			if a == c {
				p, q = 2*half*ratio, 1-ratio
			} else {
				u, v := fa/fc, fb/fc
				p = ratio * (2*half*u*(u-v) - (b-a)*(v-1))
				q = (u - 1) * (v - 1) * (ratio - 1)
			}
			if p > 0 {
				q = -q
			}
			p = math.Abs(p)
			if 2*p < min(3*half*q-math.Abs(tolerance*q), math.Abs(last*q)) {
				last, width = width, p/q
			} else {
				width, last = half, half
			}
		} else {
			width, last = half, half
		}
		a, fa = b, fb
		if math.Abs(width) > tolerance {
			b += width
		} else {
			b += math.Copysign(tolerance, half)
		}
		fb, _ = s.sum(amounts, b)
		if (fb > 0) == (fc > 0) {
			c, fc = a, fa
			width, last = b-a, b-a
		}
		if math.Abs(fc) < math.Abs(fb) {
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
	}
	return b
}

// polish takes two Newton steps on logRatio, which loses no digits to scaling, as long as they stay in the bracket and
// come nearer.
func (s series) polish(z, low, high float64) float64 {
	value, slope := logRatio(s.terms, z)
	for range 2 {
		next := z - value/slope
		if !(next >= low && next <= high) {
			return z
		}
		nextValue, nextSlope := logRatio(s.terms, next)
		if math.Abs(nextValue) >= math.Abs(value) {
			return z
		}
		z, value, slope = next, nextValue, nextSlope
	}
	return z
}

// nearest returns the z between low and high at which received and paid are nearest to each other: the best of a grid,
// refined by golden-section search.
func (s series) nearest(low, high float64) float64 {
	miss := func(z float64) float64 {
		value, _ := logRatio(s.terms, z)
		return math.Abs(value)
	}
	best, at, step := math.Inf(1), low, (high-low)/gridCells
	for cell := range gridCells + 1 {
		if z := low + float64(cell)*step; miss(z) < best {
			best, at = miss(z), z
		}
	}
	a, b := at-step, at+step
	const golden = 0.6180339887498949
	for range 60 {
		left, right := b-golden*(b-a), a+golden*(b-a)
		if miss(left) < miss(right) {
			b = right
		} else {
			a = left
		}
	}
	return a + (b-a)/2
}

// dietz returns the modified Dietz return of the flows as ln(1+rate) per year: gain over the capital employed on average.
// It is 0 where that makes no sense.
func (s series) dietz() float64 {
	gain, capital := 0.0, 0.0
	for _, t := range s.terms {
		gain += t.amount
		capital -= t.amount * (1 - t.time)
	}
	if capital <= 0 || gain <= -capital {
		return 0
	}
	return math.Log1p(gain/capital) / s.span
}

// logRate converts z to ln(1+rate) per year, kept finite.
func (s series) logRate(z float64) float64 {
	return min(max(z/s.span, -math.MaxFloat64), math.MaxFloat64)
}
