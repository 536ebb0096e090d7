package pendle

import (
	"math"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// Guess steers the router's search for the PT that an amount of SY buys, or the YT that it pays for.
type Guess = contract.RouterApproxParams

// NoGuess is the guess of a caller that has none: the router then searches by itself, within 30 steps and 0.005 %.
func NoGuess() Guess {
	return Guess{GuessMax: uint256.Int{math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64}, MaxIteration: uint256.Int{256}, Eps: uint256.Int{1e14}}
}

// Exactly is the guess of a caller that has found the amount, by [Market.MostPTForSY] for one. The router takes it at its
// first step if it costs at most the SY and at least 1 - eps of it (wad); with what has moved meanwhile it searches on
// between 95 % and 105 % of it.
func Exactly(amount, eps uint256.Int) (Guess, error) {
	var c calc
	guess := Guess{
		GuessMin:      c.umulDown(amount, uint256.Int{95e16}),
		GuessMax:      c.umulDown(amount, uint256.Int{105e16}),
		GuessOffchain: amount,
		MaxIteration:  uint256.Int{64},
		Eps:           eps,
	}
	return guess, c.err
}

const (
	maxIterations = 4096 // a router call with more would not fit a block
	quickSteps    = 50   // QUICK_CALC_MAX_ITER
	clampedSteps  = 2    // CUT_OFF_SCALE_CLAMP
	ownSteps      = 30   // DEFAULT_MAX_ITERATION
)

var (
	two          = uint256.Int{2}
	quickTrigger = uint256.Int{1e17} // QUICK_CALC_TRIGGER_EPS
	ownEps       = uint256.Int{5e13} // DEFAULT_EPS
	rangeTweak   = uint256.Int{5e16} // GUESS_RANGE_TWEAK
)

func errExhausted() error { return &gaib.RevertString{Text: "Slippage: APPROX_EXHAUSTED"} }

// unsignedTrade is the approximation libraries' calcSyIn and calcSyOut, whose casts are unchecked.
func (c *calc) costOf(curve *Curve, pt uint256.Int) (sy, fee, reserve uint256.Int) {
	sy, fee, reserve = c.trade(curve, pt)
	return *sy.Neg(&sy), fee, reserve
}

func (c *calc) yieldOf(curve *Curve, pt uint256.Int) (sy, fee, reserve uint256.Int) {
	return c.trade(curve, c.neg(pt))
}

// smallerApprox is PMath.isASmallerApproxB: a <= b and a >= b*(1 - eps).
func (c *calc) smallerApprox(a, b, eps uint256.Int) bool {
	if a.Gt(&b) {
		return false
	}
	low := c.umulDown(b, c.usub(one, eps))
	return c.err == nil && !a.Lt(&low)
}

// approx is PMath.isAApproxB: b*(1 - eps) <= a <= b*(1 + eps).
func (c *calc) approx(a, b, eps uint256.Int) bool {
	low := c.umulDown(b, c.usub(one, eps))
	if c.err != nil || low.Gt(&a) {
		return false
	}
	high := c.umulDown(b, c.uadd(one, eps))
	return c.err == nil && !a.Gt(&high)
}

// approxUnchecked is isAApproxBUnchecked.
func approxUnchecked(a, b, eps uint256.Int) bool {
	var low, high uint256.Int
	low.Sub(&one, &eps).Mul(&low, &b).Div(&low, &one)
	high.Add(&one, &eps).Mul(&high, &b).Div(&high, &one)
	return !low.Gt(&a) && !a.Gt(&high)
}

// maxPTOut is calcMaxPtOut: nearly the most PT that the curve sells.
func (c *calc) maxPTOut(curve *Curve) uint256.Int {
	odds := c.exp(c.mulDown(c.sub(curve.feeRate, curve.rateAnchor), curve.rateScalar))
	proportion := c.divDown(odds, c.add(odds, one))
	left := c.mulDown(proportion, c.add(curve.totalPT, curve.totalAsset))
	return c.udiv(c.umul(c.sub(curve.totalPT, left), uint256.Int{999}), uint256.Int{1000})
}

// softMaxPTIn is the PT that brings the market to the highest proportion that it allows.
func (c *calc) softMaxPTIn(curve *Curve) uint256.Int {
	return c.toInt(c.sub(c.mulDown(maxProportion, c.add(curve.totalPT, curve.totalAsset)), curve.totalPT))
}

// fill is what a search is for: how much of PT or YT an amount of SY gives.
type fill func(c *calc, guess uint256.Int) (cost uint256.Int)

// ptFill tells what PT costs; ytFill what YT does: its PT is minted of SY and sold to the market at once.
func ptFill(curve *Curve) fill {
	return func(c *calc, guess uint256.Int) uint256.Int {
		cost, _, _ := c.costOf(curve, guess)
		return cost
	}
}

func ytFill(curve *Curve) fill {
	return func(c *calc, guess uint256.Int) uint256.Int {
		proceeds, _, _ := c.yieldOf(curve, guess)
		return c.usub(c.assetToSYUp(curve.index, guess), proceeds)
	}
}

// guided is the search of MarketApproxLibV2 from a given guess: halving between its bounds, the first steps scaled.
func (c *calc) guided(g Guess, sy uint256.Int, cost fill) uint256.Int {
	guess := g.GuessOffchain
	for i := uint64(0); i < maxIterations && g.MaxIteration.CmpUint64(i) > 0; i++ {
		have := cost(c, guess)
		if c.err != nil {
			return zero
		}
		if !have.Gt(&sy) {
			switch {
			case c.smallerApprox(have, sy, g.Eps):
				return guess
			case guess == g.GuessMin:
				return c.fail(errExhausted())
			}
			g.GuessMin = guess
		} else {
			g.GuessMax = c.usub(guess, single)
		}
		if i > clampedSteps {
			guess = c.midpoint(&g)
			continue
		}
		guess = c.udiv(c.umul(guess, sy), have)
		if !guess.Lt(&g.GuessMax) || !guess.Gt(&g.GuessMin) {
			guess = c.midpoint(&g)
		}
	}
	return c.fail(errExhausted())
}

func (c *calc) midpoint(g *Guess) uint256.Int {
	return c.udiv(c.uadd(c.uadd(g.GuessMin, g.GuessMax), single), two)
}

// stage is where the router's own search is.
type stage int

const (
	initial stage = iota
	widening
	halving
)

// search is the state of the router's own search: a range around an estimate that is widened until it holds the result,
// and halved from then on. Source: ApproxStateLib.
type search struct {
	stage                    stage
	start, guess             uint256.Int
	low, high, lowest, upper uint256.Int
}

func (c *calc) newSearch(estimate, lowest, upper uint256.Int) search {
	if c.err == nil && lowest.Gt(&upper) {
		c.panics(1) // assert
	}
	s := search{lowest: lowest, upper: upper, start: estimate}
	if s.start.Lt(&lowest) {
		s.start = lowest
	} else if s.start.Gt(&upper) {
		s.start = upper
	}
	s.guess = s.start
	if s.low = c.umulDown(s.start, c.usub(one, rangeTweak)); s.low.Lt(&lowest) {
		s.low = lowest
	}
	if s.high = c.umulDown(s.start, c.uadd(one, rangeTweak)); s.high.Gt(&upper) {
		s.high = upper
	}
	return s
}

func (c *calc) down(s *search) {
	s.high = c.usub(s.guess, single)
	switch {
	case s.stage == initial:
		s.stage, s.guess = widening, s.low
	case s.stage == halving || s.guess != s.low && s.guess != s.lowest:
		c.halve(s)
	case s.guess == s.lowest:
		c.requires("Slippage: search range underflow")
	default:
		distance := c.usub(s.start, s.low)
		s.guess.Sub(&s.low, &distance)
		if s.low.Lt(&distance) || s.guess.Lt(&s.lowest) {
			s.guess = s.lowest
		}
		s.low = s.guess
	}
}

func (c *calc) up(s *search, exclude bool) {
	if s.low = s.guess; exclude {
		s.low = c.uadd(s.guess, single)
	}
	switch {
	case s.stage == initial:
		s.stage, s.guess = widening, s.high
	case s.stage == halving || s.guess != s.high && s.guess != s.upper:
		c.halve(s)
	case s.guess == s.upper:
		c.requires("Slippage: search range overflow")
	default:
		distance := c.usub(s.high, s.start)
		if _, overflow := s.guess.AddOverflow(&s.high, &distance); overflow || s.guess.Gt(&s.upper) {
			s.guess = s.upper
		}
		s.high = s.guess
	}
}

func (c *calc) halve(s *search) {
	s.stage = halving
	if s.low.Gt(&s.high) {
		c.requires("Slippage: guessMin > guessMax")
	}
	s.guess = c.udiv(c.uadd(s.low, s.high), two)
}

// unguided is the router's own search, of MarketApproxLibOnchain.
func (c *calc) unguided(s search, sy uint256.Int, cost fill) uint256.Int {
	for range ownSteps {
		have := cost(c, s.guess)
		if c.err != nil {
			return zero
		}
		if !have.Gt(&sy) {
			if c.smallerApprox(have, sy, ownEps) {
				return s.guess
			}
			c.up(&s, false)
		} else {
			c.down(&s)
		}
		if c.err != nil {
			return zero
		}
	}
	return c.fail(errExhausted())
}

// ptRate is what PT is worth in its asset by the last implied rate.
func (c *calc) ptRate(m *Market, now uint64) uint256.Int {
	return c.udivDown(one, c.rateFromImplied(m.LastLnImpliedRate, uint256.Int{m.Expiry - now}))
}

func (c *calc) ptForSY(m *Market, curve *Curve, sy uint256.Int, guess Guess, now uint64) uint256.Int {
	if !guess.GuessOffchain.IsZero() {
		return c.guided(guess, sy, ptFill(curve))
	}
	if c.err != nil {
		return zero
	}
	estimate := c.udivDown(c.syToAsset(curve.index, sy), c.ptRate(m, now))
	return c.unguided(c.newSearch(estimate, zero, c.maxPTOut(curve)), sy, ptFill(curve))
}

func (c *calc) ytForSY(m *Market, curve *Curve, sy uint256.Int, guess Guess, now uint64) uint256.Int {
	if !guess.GuessOffchain.IsZero() {
		return c.guided(guess, sy, ytFill(curve))
	}
	if c.err != nil {
		return zero
	}
	asset := c.syToAsset(curve.index, sy)
	estimate := c.udivDown(asset, c.usub(one, c.ptRate(m, now)))
	return c.unguided(c.newSearch(estimate, asset, c.softMaxPTIn(curve)), sy, ytFill(curve))
}

// share is a guess at adding liquidity with SY alone: whether the PT bought and the SY left are in the market's
// proportion after the purchase. Source: approxSwapSyToAddLiquidity of both libraries.
type share struct {
	cost, fee, reserve uint256.Int
	tooMuch            bool        // the PT costs more than there is
	ofPT, ofSY         uint256.Int // equal at the result
}

func (c *calc) share(m *Market, curve *Curve, sy, guess uint256.Int) (s share) {
	s.cost, s.fee, s.reserve = c.costOf(curve, guess)
	if c.err != nil || s.cost.Gt(&sy) {
		s.tooMuch = true
		return s
	}
	totalPT := c.usub(m.TotalPT, guess)
	totalSY := c.usub(c.uadd(m.TotalSY, s.cost), s.reserve)
	s.ofPT = c.umul(guess, totalSY)
	s.ofSY = c.umul(c.usub(sy, s.cost), totalPT)
	return s
}

func (c *calc) ptToAdd(m *Market, curve *Curve, sy uint256.Int, guess Guess, now uint64) uint256.Int {
	if !guess.GuessOffchain.IsZero() {
		return c.ptToAddGuided(m, curve, sy, guess)
	}
	if c.err != nil {
		return zero
	}
	// Where PT and SY are added in proportion and the rest is exchanged at the present price.
	asset := c.syToAsset(curve.index, m.TotalSY)
	ptOfPool := c.udivDown(asset, c.ptRate(m, now))
	syAdded := c.udiv(c.umul(sy, ptOfPool), c.uadd(ptOfPool, m.TotalPT))
	estimate := c.udiv(c.umul(m.TotalPT, syAdded), m.TotalSY)
	s := c.newSearch(estimate, zero, c.maxPTOut(curve))
	for range ownSteps {
		if c.err != nil {
			return zero
		}
		try := c.share(m, curve, sy, s.guess)
		switch {
		case c.err != nil:
			return zero
		case try.tooMuch:
			c.down(&s)
		case c.approx(try.ofPT, try.ofSY, ownEps):
			return s.guess
		case !try.ofPT.Gt(&try.ofSY):
			c.up(&s, true)
		default:
			c.down(&s)
		}
	}
	return c.fail(errExhausted())
}

func (c *calc) ptToAddGuided(m *Market, curve *Curve, sy uint256.Int, g Guess) uint256.Int {
	guess, quick := g.GuessOffchain, true
	for i := uint64(0); i < maxIterations && g.MaxIteration.CmpUint64(i) > 0; i++ {
		try := c.share(m, curve, sy, guess)
		switch {
		case c.err != nil:
			return zero
		case try.tooMuch:
			g.GuessMax = c.usub(guess, single)
			guess = c.midpoint(&g)
			continue
		case c.approx(try.ofSY, try.ofPT, g.Eps):
			return guess
		case !try.ofPT.Gt(&try.ofSY):
			if g.GuessMin == guess {
				return c.fail(errExhausted())
			}
			g.GuessMin = guess
		default:
			g.GuessMax = c.usub(guess, single)
		}
		if quick && c.approx(try.ofSY, try.ofPT, quickTrigger) {
			quick = false
			guess = quickShare(m, &g, sy, guess, try)
			if guess.Gt(&g.GuessMin) && guess.Lt(&g.GuessMax) {
				continue
			}
		}
		guess = c.midpoint(&g)
	}
	return c.fail(errExhausted())
}

// quickShare is quickCalc: the search with the last price taken for all sizes, in unchecked arithmetic.
func quickShare(m *Market, g *Guess, sy, guess uint256.Int, last share) uint256.Int {
	low, high := g.GuessMin, g.GuessMax
	var middle uint256.Int
	for range quickSteps {
		middle.Add(&low, &high).Rsh(&middle, 1)
		var cost, reserve, totalPT, totalSY, ofPT, ofSY uint256.Int
		totalPT.Sub(&m.TotalPT, &middle)
		cost.Mul(&last.cost, &middle).Div(&cost, &guess)
		reserve.Mul(&last.reserve, &middle).Div(&reserve, &guess)
		if cost.Gt(&sy) {
			if high.Sub(&middle, &single); low.Gt(&high) {
				return middle
			}
			continue
		}
		totalSY.Add(&m.TotalSY, &cost).Sub(&totalSY, &reserve)
		ofPT.Mul(&middle, &totalSY)
		ofSY.Sub(&sy, &cost).Mul(&ofSY, &totalPT)
		if approxUnchecked(ofSY, ofPT, g.Eps) {
			return middle
		}
		if !ofPT.Gt(&ofSY) {
			low = middle
		} else {
			high.Sub(&middle, &single)
		}
		if low.Gt(&high) {
			return middle
		}
	}
	middle.Add(&low, &high)
	return *middle.Rsh(&middle, 1)
}
