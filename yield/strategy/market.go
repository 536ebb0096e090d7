package strategy

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/yield"
)

// Market is what can be done with AID now: prices and terms as they were read or quoted. Amounts are AID, sAID and tokens
// as numbers of whole ones, rates fractions a year. Venues that are nil are not there.
type Market struct {
	NAV     yield.Series  // sAID's NAVs: the last sample is now
	Exit    yield.Exit    // schedule of sAID's queue
	Pricing yield.Pricing // of its requests
	DEX     DEX           // where sAID is traded for AID
	Lending *Loan         // against sAID
	PT      *PT
	YT      *YT
	LP      *LP
	Gas     float64 // AID that a transaction costs
	Points  []Points
}

// DEX trades AID and sAID at once, at today's price with its impact and fees. Both methods return [ErrNoLiquidity] for
// amounts that it cannot take. Later trades are taken to be at a price that moved with the Unstaking NAV, which is assumed.
type DEX interface {
	Buy(aid float64) (shares float64, err error)
	Sell(shares float64) (aid float64, err error)
}

// Pool is a DEX with constant product: out = reserve out * in * (1 - Fee) / (reserve in + in * (1 - Fee)).
type Pool struct {
	AID, SAID float64 // reserves
	Fee       float64 // of what goes in, 0.003 for 0.3 %
}

// Buy returns the sAID that an amount of AID buys.
func (p Pool) Buy(aid float64) (float64, error) { return p.swap(aid, p.AID, p.SAID) }

// Sell returns the AID that shares are sold for.
func (p Pool) Sell(shares float64) (float64, error) { return p.swap(shares, p.SAID, p.AID) }

func (p Pool) swap(in, from, to float64) (float64, error) {
	switch {
	case !positive(from) || !positive(to):
		return 0, fmt.Errorf("%w: a pool of %v AID and %v sAID", ErrNoLiquidity, p.AID, p.SAID)
	case !(p.Fee >= 0 && p.Fee < 1), !(in >= 0), math.IsInf(in, 0):
		return 0, fmt.Errorf("%w: a swap of %v at a fee of %v", ErrInput, in, p.Fee)
	}
	in *= 1 - p.Fee
	return to * (in / (from + in)), nil
}

// Loan is the terms of borrowing AID, or an asset taken to be worth one, against sAID.
type Loan struct {
	Venue       string     // such as "Morpho": what the venue cap of [Allocate] counts
	BorrowAPY   float64    // effective annual, years of 365 days
	SupplyAPY   float64    // that the collateral itself earns as a loan to others; 0 on Morpho
	LLTV        float64    // loan-to-value from where the position is liquidated
	MaxLTV      float64    // at opening; 0 is LLTV
	Bonus       float64    // that a liquidator gets above the debt repaid
	Liquidity   float64    // that can be borrowed
	FlashFee    float64    // of a flash loan
	Swap        float64    // cost of turning the borrowed asset into AID or back, a fraction
	Oracle      yield.Side // the NAV that the oracle reports; that it is the Deposit NAV is assumed
	APYWithDebt func(more float64) float64
	// APYWithDebt returns the borrow APY after so much more is borrowed; nil is BorrowAPY at any size.
}

func (l *Loan) check() error {
	for _, part := range []float64{l.LLTV, l.MaxLTV, l.Bonus, l.FlashFee, l.Swap} {
		if !(part >= 0 && part < 1) {
			return fmt.Errorf("%w: a loan with a part of %v; LLTV, maximum LTV, bonus, flash fee and swap cost are 0 or more and below 1", ErrInput, part)
		}
	}
	if l.LLTV == 0 || l.MaxLTV > l.LLTV || !(l.SupplyAPY > -1) || math.IsInf(l.SupplyAPY, 1) || !(l.Liquidity >= 0) || l.Oracle > yield.Unstaking {
		return fmt.Errorf("%w: a loan with LLTV %v, maximum LTV %v, supply APY %v, liquidity %v, oracle %d", ErrInput, l.LLTV, l.MaxLTV, l.SupplyAPY, l.Liquidity, l.Oracle)
	}
	return nil
}

// Trade returns what a trade of an amount pays, with impact and fees. It returns [ErrNoLiquidity] for too much.
type Trade func(in float64) (out float64, err error)

// PT is the quote of a principal token on sAID: at maturity it pays sAID worth one AID at the Deposit NAV, or at the
// highest one before if that fell. Source: Pendle's PendlePrincipalToken and YieldToken, whose PY index never falls.
type PT struct {
	Venue    string
	Maturity time.Time
	Buy      Trade // PT for AID
	Sell     Trade // AID for PT; nil if there is no way out before maturity
}

// YT is the quote of a yield token on sAID: until maturity it earns what one AID's worth of sAID does, in sAID.
type YT struct {
	Venue    string
	Maturity time.Time
	Fee      float64 // of the interest, 0.05 for 5 %
	Buy      Trade   // YT for AID
	Sell     Trade   // AID for YT; nil if there is no way out before maturity
}

// LP is the quote of a liquidity position in a pool of PT and sAID.
type LP struct {
	Venue      string
	Maturity   time.Time
	PTShare    float64 // of the pool's value
	ImpliedAPY float64 // at which the PT part grows to par
	SwapAPY    float64 // fees of traders
	Entry      float64 // cost of getting in, a fraction
	Leave      float64 // and of getting out
}

func (l *LP) check() error {
	if !(l.PTShare >= 0 && l.PTShare <= 1) || !(l.ImpliedAPY > -1) || !(l.SwapAPY > -1) || !finite(l.ImpliedAPY) || !finite(l.SwapAPY) || !(l.Entry >= 0 && l.Entry < 1) || !(l.Leave >= 0 && l.Leave < 1) {
		return fmt.Errorf("%w: an LP with PT share %v, implied APY %v, swap APY %v, costs %v and %v", ErrInput, l.PTShare, l.ImpliedAPY, l.SwapAPY, l.Entry, l.Leave)
	}
	return nil
}

// Points is a programme that rewards what is held. It never enters a return: see [Earned].
type Points struct {
	Name        string
	PerDay      float64           // for each AID of value and day, before the multiplier
	Multipliers map[Asset]float64 // what is not listed earns nothing
	Price       float64           // AID for a point, for which the caller answers; 0 leaves them unvalued
}

// Asset is what a strategy holds.
type Asset string

// The assets of the strategies of this package. A loop holds sAID.
const (
	AID  Asset = "AID"
	SAID Asset = "sAID"
	PTs  Asset = "PT"
	YTs  Asset = "YT"
	LPs  Asset = "LP"
)

// Scenario is what is assumed of the time to come: sAID's NAVs and queue, and the venues.
type Scenario struct {
	yield.Scenario
	BorrowRate float64 // added to the loan's borrow APY
	PriceDrop  float64 // of sAID on the DEX, beyond that of the Unstaking NAV; at the time of the exit
}

func (s Scenario) check() error {
	if !finite(s.BorrowRate) || !(s.PriceDrop < 1) || !finite(s.PriceDrop) {
		return fmt.Errorf("%w: scenario %q with a borrow rate %+v and a price drop of %v", ErrInput, s.Name, s.BorrowRate, s.PriceDrop)
	}
	return nil
}

// StandardShocks returns the expected scenario, six things that can go wrong with it one at a time, and all of them
// together. Their sizes are this package's assumptions, not GAIB's: no yield; 5 % of the NAV lost at the first step,
// realised or not; a queue that pays 90 days late; borrowing 10 points dearer; sAID 10 % cheaper on the market.
func StandardShocks(expected Scenario) []Scenario {
	with := func(name string, changes ...func(*Scenario)) Scenario {
		s := expected
		s.Name = name
		s.MarkDowns = append([]yield.MarkDown(nil), expected.MarkDowns...)
		for _, change := range changes {
			change(&s)
		}
		return s
	}
	noYield := func(s *Scenario) { s.Rate = min(s.Rate, 0) }
	lose := func(realised bool) func(*Scenario) {
		return func(s *Scenario) {
			s.MarkDowns = append(s.MarkDowns, yield.MarkDown{Month: 1, Loss: 0.05, Realised: realised})
		}
	}
	late := func(s *Scenario) { s.Delay += 90 * yield.Day }
	dear := func(s *Scenario) { s.BorrowRate += 0.10 }
	cheap := func(s *Scenario) { s.PriceDrop = 1 - (1-s.PriceDrop)*0.9 }
	return []Scenario{
		expected,
		with("no yield", noYield),
		with("5 % lost", lose(true)),
		with("5 % marked down", lose(false)),
		with("queue 90 days late", late),
		with("borrowing 10 points dearer", dear),
		with("sAID 10 % cheaper", cheap),
		with("all together", noYield, lose(true), late, dear, cheap),
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func positive(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
