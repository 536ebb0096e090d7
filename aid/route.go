package aid

import (
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Way is a way into or out of AID.
type Way uint8

// The ways in (Mint, Buy) and out (Redeem, Sell).
const (
	Mint   Way = iota // at the Minter, 1:1, whitelisted accounts only
	Buy               // on a DEX
	Redeem            // at the Redeemer, less its fee, whitelisted accounts only
	Sell              // on a DEX
)

// String names the way.
func (w Way) String() string {
	switch w {
	case Mint:
		return "mint"
	case Buy:
		return "buy"
	case Redeem:
		return "redeem"
	case Sell:
		return "sell"
	}
	return fmt.Sprintf("Way(%d)", uint8(w))
}

// Quote returns what a DEX gives now for an amount: AID for a stablecoin, or the reverse, in base units of each token.
type Quote func(amount uint256.Int) (uint256.Int, error)

// Route is what one way gives for an amount and what it costs against par, one AID for one dollar of stablecoin.
type Route struct {
	Way  Way
	In   uint256.Int // given, base units of the token given
	Out  uint256.Int // got, base units of the token got
	Cost Cost
	Err  error // why the way is not open, a [Limit] or the error of the quote; nil if it is
}

// Cost is par less what is got, in AID base units and as a part of par. A gain is negative. The part is rounded away from
// zero at the 18th decimal.
type Cost struct {
	Negative bool
	AID      uint256.Int
	Part     Fraction
}

// Routes is the ways open for an amount, in a fixed order: the protocol's own first.
type Routes []Route

// Best returns the open route that gives most, the first of equal ones; ok is false if none is open.
func (r Routes) Best() (best Route, ok bool) {
	for _, route := range r {
		if route.Err == nil && (!ok || route.Out.Gt(&best.Out)) {
			best, ok = route, true
		}
	}
	return best, ok
}

// RoutesIn returns the ways to turn amount of a stablecoin into AID: mint, if the account may and issuance is not paused,
// and buy at the quote, which may be nil if there is no market. It fails like [QuoteMint].
func RoutesIn(amount uint256.Int, decimals uint8, access Access, paused bool, buy Quote) (Routes, error) {
	par, err := QuoteMint(amount, decimals)
	if err != nil {
		return nil, err
	}
	mint := Route{Way: Mint, In: amount, Out: par}
	if limit := access.limit(paused); limit != Unlimited {
		mint.Err = limit
	}
	routes := Routes{mint}
	if buy != nil {
		routes = append(routes, market(Buy, amount, buy))
	}
	return routes.price(&par, uint256.NewInt(1))
}

// RoutesOut returns the ways to turn amount of AID into the stablecoin of the terms: redeem, and sell at the quote, which
// may be nil if there is no market. It fails like [RedeemTerms.Quote].
func RoutesOut(amount uint256.Int, terms RedeemTerms, sell Quote) (Routes, error) {
	q, err := terms.Quote(amount)
	if err != nil {
		return nil, err
	}
	redeem := Route{Way: Redeem, In: amount, Out: q.Out}
	if q.LimitedBy != Unlimited {
		redeem.Err = q.LimitedBy
	}
	routes := Routes{redeem}
	if sell != nil {
		routes = append(routes, market(Sell, amount, sell))
	}
	unit, err := unitOf(terms.Decimals)
	if err != nil {
		return nil, err
	}
	return routes.price(&amount, &unit)
}

func market(way Way, amount uint256.Int, quote Quote) Route {
	r := Route{Way: way, In: amount}
	r.Out, r.Err = quote(amount)
	if r.Err != nil {
		r.Out = uint256.Int{}
	}
	return r
}

// price sets the cost of each route against par (AID), where a base unit of what is got is worth unit AID base units.
func (r Routes) price(par, unit *uint256.Int) (Routes, error) {
	for i := range r {
		route := &r[i]
		if route.Out.IsZero() && route.Err != nil {
			continue // a quote that failed has no cost
		}
		var got uint256.Int
		if err := fixed.Mul(&got, &route.Out, unit); err != nil {
			return nil, &QuoteError{route.Way.String(), route.In, err}
		}
		d := difference(par, &got)
		route.Cost = Cost{Negative: d.Negative, AID: d.Wad, Part: Fraction{Negative: d.Negative}}
		if err := fixed.MulDivUp(&route.Cost.Part.Wad, &d.Wad, uint256.NewInt(wad), par); err != nil {
			return nil, &QuoteError{route.Way.String(), route.In, err}
		}
	}
	return r, nil
}
