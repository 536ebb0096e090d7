package strategy

import (
	"fmt"
	"math"
	"time"
)

// FixedYield buys PT, holds it to maturity and takes the sAID that it pays out by the way.
type FixedYield struct{ Exit Way }

// String names the strategy.
func (f FixedYield) String() string { return "PT to maturity, exit " + f.Exit.String() }

// Project returns [ErrNoVenue] without a PT and a [*HorizonError] if it matures too late.
func (f FixedYield) Project(r Run) (Path, error) {
	pt := r.Market.PT
	if pt == nil {
		return Path{}, fmt.Errorf("%w: a PT", ErrNoVenue)
	}
	maturity, err := r.maturity(f.String(), pt.Maturity)
	if err != nil {
		return Path{}, err
	}
	tokens, err := trade(pt.Buy, r.Amount)
	if err != nil {
		return Path{}, err
	}
	index, at := r.index(maturity), r.NAV(maturity)
	shares := tokens / index
	out, err := r.leave(f.String(), f.Exit, shares, maturity)
	if err != nil {
		return Path{}, err
	}
	term := years(r.Start, maturity)
	p := Path{Asset: PTs, Venue: pt.Venue, Headline: annual(tokens/r.Amount, term), Final: out.aid, Left: out.begun, Done: out.done, Capacity: math.Inf(1)}
	if pt.Sell != nil {
		if p.Liquid, err = trade(pt.Sell, tokens); err != nil {
			p.Liquid = 0
		}
	}
	p.Parts = append([]Part{
		{partTerms, tokens - r.Amount, fmt.Sprintf("%.2f PT bought at %.6f, at par on %s", tokens, r.Amount/tokens, maturity.Format(time.DateOnly))},
		{partAccrual, shares*at.Deposit - tokens, "the Deposit NAV at maturity is below its highest, which PT pays by"},
		r.accrual(shares, maturity, out.begun),
	}, out.parts...)
	// Until maturity the price goes to par at the rate it was bought at.
	p.Worth = r.trace(latestOf(out.done, r.End), func(t time.Time) float64 {
		if t.Before(maturity) {
			return out.worth(t) * (index / r.index(t)) * math.Exp(-math.Log(tokens/r.Amount)*years(t, maturity)/term)
		}
		return out.worth(t)
	}, maturity, out.begun, out.done)
	return r.finish(p, 3), nil
}

// maturity returns the time in UTC if it is after the start and not after the end.
func (r Run) maturity(name string, t time.Time) (time.Time, error) {
	switch {
	case !t.After(r.Start):
		return t, fmt.Errorf("%w: %s: matured on %s", ErrInput, name, t.Format(time.DateOnly))
	case t.After(r.End):
		return t, &HorizonError{name, r.End, t}
	}
	return t.UTC(), nil
}

// index returns the highest Deposit NAV from the start to a time: the index by which PT and YT share the yield.
func (r Run) index(to time.Time) float64 {
	highest := 0.0
	for _, point := range r.nav {
		if !point.Time.After(to) {
			highest = max(highest, point.Deposit)
		}
	}
	return highest
}

// LongYield buys YT, takes the sAID that it earns until maturity, and leaves that by the way. The token itself is worth
// nothing in the end.
type LongYield struct{ Exit Way }

// String names the strategy.
func (l LongYield) String() string { return "YT to maturity, exit " + l.Exit.String() }

// Project returns [ErrNoVenue] without a YT and a [*HorizonError] if it matures too late.
func (l LongYield) Project(r Run) (Path, error) {
	yt := r.Market.YT
	if yt == nil {
		return Path{}, fmt.Errorf("%w: a YT", ErrNoVenue)
	}
	if !(yt.Fee >= 0 && yt.Fee < 1) {
		return Path{}, fmt.Errorf("%w: a YT with a fee of %v", ErrInput, yt.Fee)
	}
	maturity, err := r.maturity(l.String(), yt.Maturity)
	if err != nil {
		return Path{}, err
	}
	tokens, err := trade(yt.Buy, r.Amount)
	if err != nil {
		return Path{}, err
	}
	earned := func(t time.Time) float64 {
		return tokens * (1 - yt.Fee) * (1/r.NAV(r.Start).Deposit - 1/r.index(t))
	}
	shares := earned(maturity)
	out, err := r.leave(l.String(), l.Exit, shares, maturity)
	if err != nil {
		return Path{}, err
	}
	term := years(r.Start, maturity)
	// What would be advertised: a token's yield over the term at the scenario's rate, for its price.
	headline := tokens * (1 - yt.Fee) * math.Expm1(math.Log1p(r.Scenario.Rate)*term) / r.Amount
	p := Path{Asset: YTs, Venue: yt.Venue, Headline: annual(headline, term), Final: out.aid, Left: out.begun, Done: out.done, Capacity: math.Inf(1)}
	if yt.Sell != nil {
		if p.Liquid, err = trade(yt.Sell, tokens); err != nil {
			p.Liquid = 0
		}
	}
	p.Parts = append([]Part{
		{partPremium, -r.Amount, fmt.Sprintf("%.2f YT bought at %.6f; worth nothing on %s", tokens, r.Amount/tokens, maturity.Format(time.DateOnly))},
		{partAccrual, shares * r.NAV(maturity).Deposit, fmt.Sprintf("yield of %.0f AID in sAID, after a fee of %.1f %%", tokens, 100*yt.Fee)},
		r.accrual(shares, maturity, out.begun),
	}, out.parts...)
	// Until maturity the price decays in a straight line: what is left of the premium and what is earned so far.
	p.Worth = r.trace(latestOf(out.done, r.End), func(t time.Time) float64 {
		if t.Before(maturity) {
			return r.Amount*years(t, maturity)/term + earned(t)*r.NAV(t).Unstaking*(1-r.Scenario.ExitFee)
		}
		return out.worth(t)
	}, maturity, out.begun, out.done)
	return r.finish(p, 3), nil
}

// ProvideLP puts AID into a pool of PT and sAID and takes the sAID out by the way. It is a model: the parts of the pool are
// taken to stay as they are, the PT part to grow to par at the implied rate; package yield/pendle has the exact market.
type ProvideLP struct{ Exit Way }

// String names the strategy.
func (l ProvideLP) String() string { return "LP of PT and sAID, exit " + l.Exit.String() }

// Project returns [ErrNoVenue] without an LP.
func (l ProvideLP) Project(r Run) (Path, error) {
	lp := r.Market.LP
	if lp == nil {
		return Path{}, fmt.Errorf("%w: an LP", ErrNoVenue)
	}
	if err := lp.check(); err != nil {
		return Path{}, err
	}
	if !lp.Maturity.After(r.Start) {
		return Path{}, fmt.Errorf("%w: %s: matured on %s", ErrInput, l, lp.Maturity.Format(time.DateOnly))
	}
	in := r.Amount * (1 - lp.Entry)
	start := r.NAV(r.Start).Deposit
	// value returns what the pool's share is worth in AID at the Deposit NAV, before the cost of leaving. After maturity the
	// PT part is sAID like the rest.
	value := func(t time.Time) float64 {
		until := t
		if until.After(lp.Maturity) {
			until = lp.Maturity
		}
		nav := r.NAV(until)
		pt := lp.PTShare * math.Exp(math.Log1p(lp.ImpliedAPY)*years(r.Start, until)) * nav.Deposit / r.index(until)
		said := (1 - lp.PTShare) * nav.Deposit / start
		return in * (pt + said) * math.Exp(math.Log1p(lp.SwapAPY)*years(r.Start, until)) * r.NAV(t).Deposit / nav.Deposit
	}
	shares := func(t time.Time) float64 { return value(t) * (1 - lp.Leave) / r.NAV(t).Deposit }
	begun := r.End
	var err error
	if l.Exit == ByQueue {
		begun, err = r.latest(l.String(), r.Start, func(plan Run, begun time.Time) (time.Time, error) {
			q, err := plan.Queue(1, begun)
			return q.Paid, err
		})
		if err != nil {
			return Path{}, err
		}
	}
	leave := r.queueAll
	if l.Exit == BySale {
		leave = r.sellAll
	}
	out, err := leave(shares(begun), begun)
	if err != nil {
		return Path{}, err
	}
	p := Path{
		Asset: LPs, Venue: lp.Venue, Final: out.aid, Left: out.begun, Done: out.done, Capacity: math.Inf(1), Liquid: r.instant(shares(r.Start)),
		Headline: (1+lp.PTShare*lp.ImpliedAPY+(1-lp.PTShare)*r.Scenario.Rate)*(1+lp.SwapAPY) - 1,
	}
	p.Parts = append([]Part{
		{partLP, value(begun) - in, fmt.Sprintf("%.0f %% PT at %.2f %%, the rest sAID, and %.2f %% of swap fees a year", 100*lp.PTShare, 100*lp.ImpliedAPY, 100*lp.SwapAPY)},
		{partSwaps, -r.Amount*lp.Entry - value(begun)*lp.Leave, "into and out of the pool"},
	}, out.parts...)
	p.Worth = r.trace(latestOf(out.done, r.End), func(t time.Time) float64 {
		if t.Before(begun) {
			return out.worth(t) * shares(t) / shares(begun)
		}
		return out.worth(t)
	}, begun, out.done)
	return r.finish(p, 3), nil
}
