package said

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

var (
	// ErrNoLiquidity: the market cannot take the amount. A [Quote] wraps it so that a search can go on with less.
	ErrNoLiquidity = errors.New("the market cannot take this amount; sell less")
	// ErrNoReturn: a return cannot be annualised, since nothing is waited for or one side pays nothing.
	ErrNoReturn = errors.New("said: no annual return: the wait, the sale or the exit is zero")
	// ErrRate: a rate is not a number above -100 %, or is too far from zero for the wait.
	ErrRate = errors.New("said: rate out of range; give a fraction such as 0.10 for 10 % a year")
)

// Quote returns the AID that a sale of shares (sAID) pays now. It wraps [ErrNoLiquidity] for an amount that the market
// cannot take. [BestSplit] expects that no share pays more than the ones before it, as in any market with price impact.
type Quote func(shares uint256.Int) (assets uint256.Int, err error)

// AtPrice returns the quote of a market without price impact: floor(shares * price / 1e18), price in AID per 1e18 shares.
func AtPrice(price uint256.Int) Quote {
	return func(shares uint256.Int) (assets uint256.Int, err error) {
		err = fixed.MulDivDown(&assets, &shares, &price, uint256.NewInt(wad))
		return assets, err
	}
}

// ConstantProduct returns the quote of a pool x*y = k with the fee taken from what goes in:
// floor(in * f * assets / (shares * 10000 + in * f)), f = 10000 - feeBps. Source: Uniswap v2, getAmountOut, of which
// the fee is 30. It fails with [ErrNoLiquidity] if a reserve is zero and with [ErrFee] if feeBps is above 10,000.
func ConstantProduct(shares, assets uint256.Int, feeBps uint64) (Quote, error) {
	if shares.IsZero() || assets.IsZero() {
		return nil, fmt.Errorf("said: constant product of an empty pool: %w", ErrNoLiquidity)
	}
	if feeBps > bpsDenominator {
		return nil, fmt.Errorf("said: constant product with %d bps: %w", feeBps, ErrFee)
	}
	kept := *uint256.NewInt(bpsDenominator - feeBps)
	return func(in uint256.Int) (out uint256.Int, err error) {
		var denominator uint256.Int
		if err = fixed.Mul(&denominator, &shares, uint256.NewInt(bpsDenominator)); err != nil {
			return out, err
		}
		if err = fixed.Mul(&in, &in, &kept); err != nil {
			return out, err
		}
		if err = fixed.Add(&denominator, &denominator, &in); err != nil {
			return out, err
		}
		err = fixed.MulDivDown(&out, &in, &assets, &denominator)
		return out, err
	}, nil
}

// Exit compares the two ways out of sAID for an amount of shares: the queue, and a sale now. Amounts are AID base units.
type Exit struct {
	Shares    uint256.Int
	Unstake   uint256.Int // what the queue pays at today's Unstaking NAV; a NAV fixed at settlement may differ by then
	Sell      uint256.Int // what a sale pays now
	Requested time.Time
	Settles   time.Time // when the queue pays, if liquidity covers the request
}

// CompareExit returns both ways out for shares at a time, under a schedule the caller picks. It fails if the schedule, the
// NAV or the quote does.
func CompareExit(shares uint256.Int, nav NAV, quote Quote, schedule Schedule, at time.Time) (Exit, error) {
	if err := schedule.Check(); err != nil {
		return Exit{}, err
	}
	if err := nav.Check(); err != nil {
		return Exit{}, err
	}
	sell, err := quote(shares)
	if err != nil {
		return Exit{}, fmt.Errorf("said: quote for %s shares: %w", shares.Dec(), err)
	}
	return Exit{Shares: shares, Unstake: nav.Exit(shares), Sell: sell, Requested: at, Settles: schedule.Settlement(at)}, nil
}

// Discount returns the part of the queue's payment that a sale forgoes, 1 - Sell/Unstake, rounded away from zero at the
// 18th decimal; negative if the sale pays more.
func (e Exit) Discount() Ratio { return NAV{Deposit: e.Unstake, Unstaking: e.Sell}.Haircut() }

// Wait returns the time from the request to its settlement.
func (e Exit) Wait() time.Duration { return e.Settles.Sub(e.Requested) }

// WaitingReturn returns the annual return of waiting for the queue instead of selling now, which is also the annualised
// cost of selling: (Unstake/Sell)^(365 days/wait) - 1, compounding, 365-day year, as a fraction. An analytic figure in
// floating point. It fails with [ErrNoReturn] if the wait, Sell or Unstake is zero.
func (e Exit) WaitingReturn() (float64, error) {
	years := yearsOf(e.Wait())
	if years <= 0 || e.Sell.IsZero() || e.Unstake.IsZero() {
		return 0, ErrNoReturn
	}
	return math.Expm1(math.Log(e.Unstake.Float64()/e.Sell.Float64()) / years), nil
}

// BreakEvenPrice returns the price in AID per share, as a number of about 1, below which a holder who requires the
// annual return should wait rather than sell: Unstake/Shares * (1 + required)^(-wait/365 days). An analytic figure in
// floating point. It fails with [ErrNoReturn] if Shares is zero and with [ErrRate].
func (e Exit) BreakEvenPrice(required float64) (float64, error) {
	if e.Shares.IsZero() {
		return 0, ErrNoReturn
	}
	factor, err := discount(required, e.Wait())
	if err != nil {
		return 0, err
	}
	return e.Unstake.Float64() / e.Shares.Float64() * factor, nil
}

// DiscountFactor returns today's value of one paid after the wait, (1 + required)^(-wait/365 days), times 1e18 and
// rounded to the nearest. It is the only way from a floating-point rate to the exact amounts of [BestSplit]. It fails with
// [ErrRate] if required is not above -1 or the factor is 9 or more.
func DiscountFactor(required float64, wait time.Duration) (uint256.Int, error) {
	factor, err := discount(required, wait)
	if err != nil {
		return uint256.Int{}, err
	}
	return *uint256.NewInt(uint64(math.Round(factor * wad))), nil
}

func discount(required float64, wait time.Duration) (float64, error) {
	if !(required > -1) || math.IsInf(required, 1) {
		return 0, fmt.Errorf("%w: %v", ErrRate, required)
	}
	factor := math.Exp(-math.Log1p(required) * yearsOf(wait))
	if !(factor < 9) {
		return 0, fmt.Errorf("%w: %v over %s", ErrRate, required, wait)
	}
	return factor, nil
}

func yearsOf(wait time.Duration) float64 { return wait.Hours() / (365 * 24) }

// Split is how to divide shares between a sale now and the queue.
type Split struct {
	Sell, Unstake uint256.Int // shares
	Now, Later    uint256.Int // AID of the sale and of the queue
	Value         uint256.Int // Now + floor(Later * discount / 1e18)
}

// BestSplit returns the division of shares that is worth most today: Now is what the quote pays for the shares sold, Later
// the value of the others at the Unstaking NAV, and a unit of AID paid later is worth discount/1e18 (see
// [DiscountFactor]). Amounts are exact integers.
//
// The search narrows [0, shares] by thirds, calls the quote at most 900 times and gives the same answer on every run. For
// a quote whose marginal price falls and a discount of at most 1e18, the value found is below the best by less than 1,500
// base units, an effect of rounding alone; for another quote it is a local best, and never below that of selling all or nothing.
// Errors: those of [NAV.Check] and of the quote, except that amounts at which the quote wraps [ErrNoLiquidity], and all
// larger ones, are left out.
func BestSplit(shares uint256.Int, nav NAV, quote Quote, discount uint256.Int) (Split, error) {
	if err := nav.Check(); err != nil {
		return Split{}, err
	}
	best, ok, err := splitAt(uint256.Int{}, shares, nav, quote, discount)
	if err != nil || !ok {
		return Split{}, err
	}
	try := func(sell uint256.Int) (value uint256.Int, ok bool, err error) {
		s, ok, err := splitAt(sell, shares, nav, quote, discount)
		if ok && s.Value.Gt(&best.Value) {
			best = s
		}
		return s.Value, ok, err
	}
	var low uint256.Int
	high := shares
	if _, _, err := try(high); err != nil {
		return Split{}, err
	}
	for {
		var width, third, left, right uint256.Int
		width.Sub(&high, &low)
		if width.LtUint64(3) {
			break
		}
		third.Div(&width, uint256.NewInt(3))
		left.Add(&low, &third)
		right.Sub(&high, &third)
		leftValue, ok, err := try(left)
		if err != nil {
			return Split{}, err
		}
		if !ok {
			high = left
			continue
		}
		rightValue, ok, err := try(right)
		if err != nil {
			return Split{}, err
		}
		if ok && leftValue.Lt(&rightValue) {
			low = left
		} else {
			high = right
		}
	}
	for sell := low; !sell.Gt(&high); sell.AddUint64(&sell, 1) {
		if _, _, err := try(sell); err != nil {
			return Split{}, err
		}
		if sell.Eq(&high) {
			break // high may be 2^256 - 1
		}
	}
	return best, nil
}

// splitAt values one division; ok is false if the market cannot take it.
func splitAt(sell, shares uint256.Int, nav NAV, quote Quote, discount uint256.Int) (s Split, ok bool, err error) {
	s.Sell = sell
	s.Unstake.Sub(&shares, &sell)
	if !sell.IsZero() {
		s.Now, err = quote(sell)
		if errors.Is(err, ErrNoLiquidity) {
			return s, false, nil
		}
		if err != nil {
			return s, false, fmt.Errorf("said: quote for %s shares: %w", sell.Dec(), err)
		}
	}
	s.Later = nav.Exit(s.Unstake)
	if err = fixed.MulDivDown(&s.Value, &s.Later, &discount, uint256.NewInt(wad)); err == nil {
		err = fixed.Add(&s.Value, &s.Value, &s.Now)
	}
	if err != nil {
		return s, false, fmt.Errorf("said: value of selling %s of %s shares: %w", sell.Dec(), shares.Dec(), err)
	}
	return s, true, nil
}
