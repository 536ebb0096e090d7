package aid

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

var (
	// ErrNoLiabilities: there is nothing outstanding that a reserve could cover. Read the supplies again.
	ErrNoLiabilities = errors.New("aid: no liabilities, so there is no reserve ratio")
	// ErrSupply: supplies or bridge flows contradict each other. Read all of them at blocks of about the same time.
	ErrSupply = errors.New("aid: the supplies do not reconcile")
)

// ReserveRatio returns assets / liabilities times 1e18, rounded down: 1e18 is full backing. Both are in one unit, such
// as US dollars with 18 decimals. It fails with [ErrNoLiabilities], or with a [*QuoteError] on an overflow of 256 bits.
func ReserveRatio(assets, liabilities uint256.Int) (ratio uint256.Int, err error) {
	if liabilities.IsZero() {
		return ratio, ErrNoLiabilities
	}
	if err = fixed.MulDivDown(&ratio, &assets, uint256.NewInt(wad), &liabilities); err != nil {
		return uint256.Int{}, &QuoteError{"reserve ratio of", assets, err}
	}
	return ratio, nil
}

// ChainSupply is AID on one chain, and what crossed its bridge so far, in AID base units.
type ChainSupply struct {
	ChainID  uint64
	Native   bool        // AID is issued here, as on Ethereum; elsewhere all of it came over the bridge
	Total    uint256.Int // totalSupply
	Locked   uint256.Int // part of Total held by a lock-and-mint bridge; zero for one that burns, as AID's is reported to do
	Burned   uint256.Int // sent to other chains by burning, since the start; zero if not known
	Received uint256.Int // minted for what came from other chains, since the start; zero if not known
}

// Supply is AID of all chains together.
type Supply struct {
	Outstanding uint256.Int // the claims on the reserve, each counted once
	Native      uint256.Int // of these, on the chains where AID is issued
	Bridged     uint256.Int // of these, on the other chains
	InFlight    uint256.Int // of these, sent and not yet received
}

// Reconcile returns what is outstanding over all chains, counting each AID once. The rule: AID that a bridge burns on one
// chain and mints on another is in one Total at a time, so Totals add up; AID that a bridge locks stays in its chain's
// Total and is counted where it was minted instead, so Locked comes off; AID on its way is in no Total, so what was sent
// (Burned + Locked) and not Received is added. Without figures for Burned and Received nothing counts as on its way.
// Source of the rule: AID's bridge is reported as burn-and-mint.
//
// It fails with [ErrSupply] if a chain is listed twice, if Locked is above Total, or if more was received than sent:
// AID that a bridge minted without a burn or a lock has no backing.
func Reconcile(chains ...ChainSupply) (Supply, error) {
	fail := func(format string, args ...any) (Supply, error) {
		return Supply{}, fmt.Errorf("%w: %s", ErrSupply, fmt.Sprintf(format, args...))
	}
	var s Supply
	var sent, received uint256.Int
	seen := make(map[uint64]bool, len(chains))
	for _, c := range chains {
		if seen[c.ChainID] {
			return fail("chain %d is listed twice", c.ChainID)
		}
		seen[c.ChainID] = true
		var circulating, out uint256.Int
		part := &s.Bridged
		if c.Native {
			part = &s.Native
		}
		if fixed.Sub(&circulating, &c.Total, &c.Locked) != nil {
			return fail("chain %d has %s locked of %s", c.ChainID, c.Locked.Dec(), c.Total.Dec())
		}
		if fixed.Add(&s.Outstanding, &s.Outstanding, &circulating) != nil ||
			fixed.Add(&out, &c.Burned, &c.Locked) != nil ||
			fixed.Add(&sent, &sent, &out) != nil ||
			fixed.Add(&received, &received, &c.Received) != nil {
			return fail("the sums with chain %d need more than 256 bits", c.ChainID)
		}
		part.Add(part, &circulating) // at most the sum of all, which fits
	}
	if fixed.Sub(&s.InFlight, &sent, &received) != nil {
		return fail("%s received of %s sent", received.Dec(), sent.Dec())
	}
	if fixed.Add(&s.Outstanding, &s.Outstanding, &s.InFlight) != nil {
		return fail("the sums need more than 256 bits")
	}
	return s, nil
}
