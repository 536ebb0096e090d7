package strategy

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield"
)

// Way is how sAID is turned back into AID.
type Way uint8

const (
	// ByQueue requests to unstake as late as the horizon is expected to allow, and is paid at the Unstaking NAV.
	ByQueue Way = iota
	// BySale sells on the DEX at the end of the horizon.
	BySale
)

// String returns "by queue" or "by sale".
func (w Way) String() string {
	if w == BySale {
		return "by sale"
	}
	return "by queue"
}

// Hold keeps AID, which earns nothing.
type Hold struct{}

// String names the strategy.
func (Hold) String() string { return "hold AID" }

// Project returns the amount.
func (Hold) Project(r Run) (Path, error) {
	return r.finish(Path{
		Asset: AID, Final: r.Amount, Left: r.End, Done: r.End, Liquid: r.Amount, Capacity: math.Inf(1),
		Worth: r.trace(r.End, func(time.Time) float64 { return r.Amount }),
	}, 0), nil
}

// exit is a way out of shares.
type exit struct {
	aid         float64
	begun, done time.Time
	parts       []Part
	worth       func(time.Time) float64 // of the shares before it begins, and of what is on its way after
}

// leave takes shares out by the way, not before a time.
func (r Run) leave(name string, way Way, shares float64, from time.Time) (exit, error) {
	if way == BySale {
		if from.After(r.End) {
			return exit{}, &HorizonError{name, r.End, from}
		}
		return r.sellAll(shares, r.End)
	}
	begun, err := r.latest(name, from, func(plan Run, begun time.Time) (time.Time, error) {
		q, err := plan.Queue(shares, begun)
		return q.Paid, err
	})
	if err != nil {
		return exit{}, err
	}
	return r.queueAll(shares, begun)
}

func (r Run) queueAll(shares float64, begun time.Time) (exit, error) {
	q, err := r.Queue(shares, begun)
	if err != nil {
		return exit{}, err
	}
	return exit{aid: q.AID, begun: begun, done: q.Paid, parts: q.Parts, worth: func(t time.Time) float64 {
		switch {
		case !t.Before(q.Paid), t.After(begun) && r.Market.Pricing == yield.AtRequest:
			return q.AID
		}
		return shares * r.NAV(t).Unstaking * (1 - r.Scenario.ExitFee)
	}}, nil
}

func (r Run) sellAll(shares float64, at time.Time) (exit, error) {
	aid, err := r.Sell(shares, at)
	if err != nil {
		return exit{}, err
	}
	price := aid / shares
	part := Part{partPrice, aid - shares*r.NAV(at).Deposit, fmt.Sprintf("sold at %.6f, Deposit NAV %.6f", price, r.NAV(at).Deposit)}
	if shares == 0 {
		part = Part{}
	}
	return exit{aid: aid, begun: at, done: at, parts: []Part{part}, worth: func(t time.Time) float64 {
		value, err := r.Sell(shares, t)
		if err != nil {
			return 0 // cannot be: the same amount was sold above
		}
		return value
	}}, nil
}

// accrual is what shares earn at the Deposit NAV from one time to another.
func (r Run) accrual(shares float64, from, to time.Time) Part {
	a, b := r.NAV(from), r.NAV(to)
	return Part{partAccrual, shares * (b.Deposit - a.Deposit), fmt.Sprintf("Deposit NAV %.6f to %.6f in %d steps over %s, at %.2f %% a year", a.Deposit, b.Deposit, len(r.steps(from, to)), days(to.Sub(from)), 100*r.Scenario.Rate)}
}

// Stake buys sAID at the Deposit NAV and leaves it.
type Stake struct{ Exit Way }

// String names the strategy.
func (s Stake) String() string { return "stake, exit " + s.Exit.String() }

// Project stakes at the start.
func (s Stake) Project(r Run) (Path, error) {
	shares := r.Amount / r.NAV(r.Start).Deposit
	out, err := r.leave(s.String(), s.Exit, shares, r.Start)
	if err != nil {
		return Path{}, err
	}
	p := Path{Asset: SAID, Headline: r.Scenario.Rate, Final: out.aid, Left: out.begun, Done: out.done, Capacity: math.Inf(1), Liquid: r.instant(shares)}
	p.Parts = append([]Part{r.accrual(shares, r.Start, out.begun)}, out.parts...)
	p.Worth = r.trace(latestOf(out.done, r.End), out.worth, out.begun, out.done)
	return r.finish(p, 2), nil
}

// instant returns what the DEX pays for shares now, 0 if it cannot.
func (r Run) instant(shares float64) float64 {
	aid, err := r.Sell(shares, r.Start)
	if err != nil {
		return 0
	}
	return aid
}

func latestOf(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// BuyBelow buys sAID on the DEX and asks the queue for its Unstaking NAV at once. It buys the amount that is expected to
// earn most, as price impact eats the discount, and holds the rest as AID. The money waits as AID after the payment.
type BuyBelow struct{}

// String names the strategy.
func (BuyBelow) String() string { return "buy below NAV, unstake" }

// Project returns [ErrNoDiscount] if the first AID would earn nothing.
func (b BuyBelow) Project(r Run) (Path, error) {
	if r.Market.DEX == nil {
		return Path{}, fmt.Errorf("%w: a DEX", ErrNoVenue)
	}
	one, err := r.plan().Queue(1, r.Start)
	if err != nil {
		return Path{}, err
	}
	if one.Paid.After(r.End) {
		return Path{}, &HorizonError{b.String(), r.End, one.Paid}
	}
	profit := func(aid float64) float64 {
		shares, err := trade(r.Market.DEX.Buy, aid)
		if err != nil {
			return math.Inf(-1) // the pool does not go so far
		}
		return shares*one.AID - aid
	}
	capacity := peak(profit, r.Amount*1e-9, r.Amount*1e3)
	spent := min(capacity, r.Amount)
	if !(profit(spent) > 0) {
		return Path{}, fmt.Errorf("%w: it pays %.6f", ErrNoDiscount, one.AID)
	}
	shares, err := trade(r.Market.DEX.Buy, spent)
	if err != nil {
		return Path{}, err
	}
	out, err := r.queueAll(shares, r.Start)
	if err != nil {
		return Path{}, err
	}
	idle := r.Amount - spent
	wait := years(r.Start, out.done)
	p := Path{
		Asset: SAID, Final: out.aid + idle, Left: r.Start, Done: out.done, Capacity: capacity, Liquid: r.instant(shares) + idle,
		Headline: annual(out.aid/spent, wait),
	}
	start := r.NAV(r.Start)
	p.Parts = append([]Part{{partPrice, shares*start.Deposit - spent, fmt.Sprintf("%.6f sAID bought at %.6f, %.2f %% below the Deposit NAV; earns as long as the NAV paid does not fall by %.2f %%; %.0f AID kept",
		shares, spent/shares, 100*(1-spent/shares/start.Deposit), 100*(1-spent/out.aid), idle)}}, out.parts...)
	p.Worth = r.trace(latestOf(out.done, r.End), func(t time.Time) float64 { return out.worth(t) + idle }, out.done)
	return r.finish(p, 2), nil
}

// peak returns where a concave function is largest, between low and high, by golden sections of the logarithm.
func peak(f func(float64) float64, low, high float64) float64 {
	const golden = 0.6180339887498949
	a, b := math.Log(low), math.Log(high)
	c, d := b-golden*(b-a), a+golden*(b-a)
	fc, fd := f(math.Exp(c)), f(math.Exp(d))
	for range 100 {
		if fc >= fd {
			b, d, fd = d, c, fc
			c = b - golden*(b-a)
			fc = f(math.Exp(c))
		} else {
			a, c, fc = c, d, fd
			d = a + golden*(b-a)
			fd = f(math.Exp(d))
		}
	}
	return math.Exp((a + b) / 2)
}

// annual returns the effective annual rate of a growth over years of 365 days: -1 if nothing is left, 0 over no time.
func annual(growth, years float64) float64 {
	switch {
	case growth <= 0:
		return -1
	case years <= 0:
		return 0
	}
	return math.Expm1(math.Log(growth) / years)
}
