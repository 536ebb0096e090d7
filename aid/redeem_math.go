package aid

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

const (
	decimalsAID    = 18
	wad            = 1e18
	bpsDenominator = 10_000
)

var (
	// ErrZeroAmount: the contract refuses an amount of zero. Ask for at least one base unit.
	ErrZeroAmount = errors.New("the amount is zero; ask for at least one base unit")
	// ErrFee: a fee is above 10,000 basis points. Read it again from the Redeemer.
	ErrFee = errors.New("the fee is above 10,000 basis points")
	// ErrDecimals: a token's decimals are outside of what the contract or the function can scale.
	ErrDecimals = errors.New("unsupported number of decimals")
)

// QuoteError is an amount that cannot be quoted since the contract would revert or the figures make no sense. It wraps
// [ErrZeroAmount], [ErrFee], [ErrDecimals], or an overflow of 256 bits.
type QuoteError struct {
	Op     string // "mint", "redeem", "migrate", ...
	Amount uint256.Int
	Err    error
}

func (e *QuoteError) Error() string {
	return fmt.Sprintf("aid: %s %s: %v", e.Op, e.Amount.Dec(), e.Err)
}

func (e *QuoteError) Unwrap() error { return e.Err }

// Access says whether an account may mint and redeem, as far as the caller knows. Whether the whitelist can be read from
// the chain is not known, so the zero value is AccessUnknown.
type Access uint8

// What is known of an account's place on the whitelist.
const (
	AccessUnknown Access = iota
	AccessAllowed
	AccessDenied
)

// Limit is why an amount cannot be minted or redeemed now; its zero value is no limit. Every other value is an error to
// compare with errors.Is.
type Limit uint8

const (
	// Unlimited: the amount can go through.
	Unlimited Limit = iota
	// LimitNotWhitelisted: the account may not mint or redeem. Trade on a DEX.
	LimitNotWhitelisted
	// LimitWhitelistUnknown: the amount would go through if the account is whitelisted. Find out, or simulate the call.
	LimitWhitelistUnknown
	// LimitPaused: issuance of AID is paused, which stops mint and burn. Wait, or trade on a DEX.
	LimitPaused
	// LimitDaily: more than what is left of today's limit. Redeem less, or the rest after midnight UTC.
	LimitDaily
	// LimitFloat: more than the stablecoin that the Redeemer holds. Redeem less, or wait for a refill.
	LimitFloat
)

// Error says why and what to do.
func (l Limit) Error() string {
	switch l {
	case Unlimited:
		return "not limited"
	case LimitNotWhitelisted:
		return "the account is not whitelisted; trade on a DEX"
	case LimitWhitelistUnknown:
		return "it is not known whether the account is whitelisted; simulate the call to find out"
	case LimitPaused:
		return "issuance of AID is paused; wait or trade on a DEX"
	case LimitDaily:
		return "more than is left of today's limit; redeem less or wait until midnight UTC"
	case LimitFloat:
		return "more than the stablecoin the Redeemer holds; redeem less or wait for a refill"
	}
	return fmt.Sprintf("Limit(%d)", uint8(l))
}

// access returns the limit that pause and whitelist set, in the order in which they matter to a caller.
func (a Access) limit(paused bool) Limit {
	switch {
	case paused:
		return LimitPaused
	case a == AccessAllowed:
		return Unlimited
	case a == AccessDenied:
		return LimitNotWhitelisted
	}
	return LimitWhitelistUnknown
}

// RedeemTerms is what the Redeemer's getters say at one block, and what is known of the account. AID has 18 decimals.
type RedeemTerms struct {
	FeeBps        uint64      // redemptionFeeBps
	LimitPerDay   uint256.Int // redeemLimitPerDay, AID
	RedeemedToday uint256.Int // dailyRedeemed of the block's UTC day, AID
	Float         uint256.Int // stablecoin held by the Redeemer, its own units
	Decimals      uint8       // of the stablecoin
	Access        Access
	Paused        bool // issuance of AID is paused
}

// RedeemQuote is what redeeming an amount gives.
type RedeemQuote struct {
	Gross     uint256.Int // AID burned
	Fee       uint256.Int // AID, part of Gross
	Out       uint256.Int // stablecoin paid, its own units
	Capacity  uint256.Int // the most AID that limit and float let through now
	LimitedBy Limit       // why the amount does not go through now
}

// Quote returns what redeeming amount (AID) gives: Fee = ceil(amount * FeeBps / 10000),
// Out = floor((amount - Fee) / 10^(18 - Decimals)). A quote that is limited still says what would be paid without the
// limit. It fails with a [*QuoteError] where the contract reverts for the figures themselves. Fee and getters are
// reported of the deployed Redeemer; its rounding is assumed.
func (t RedeemTerms) Quote(amount uint256.Int) (RedeemQuote, error) {
	fail := func(err error) (RedeemQuote, error) { return RedeemQuote{}, &QuoteError{"redeem", amount, err} }
	q := RedeemQuote{Gross: amount}
	if amount.IsZero() {
		return fail(ErrZeroAmount)
	}
	if t.FeeBps > bpsDenominator {
		return fail(ErrFee)
	}
	unit, err := unitOf(t.Decimals)
	if err != nil {
		return fail(err)
	}
	if err := fixed.MulDivUp(&q.Fee, &amount, uint256.NewInt(t.FeeBps), uint256.NewInt(bpsDenominator)); err != nil {
		return fail(err)
	}
	q.Out.Sub(&amount, &q.Fee) // the fee is at most the amount
	q.Out.Div(&q.Out, &unit)

	var remaining uint256.Int
	if t.LimitPerDay.Gt(&t.RedeemedToday) {
		remaining.Sub(&t.LimitPerDay, &t.RedeemedToday)
	}
	q.Capacity = t.floatCapacity(&unit)
	if remaining.Lt(&q.Capacity) {
		q.Capacity = remaining
	}
	switch access := t.Access.limit(t.Paused); {
	case access == LimitPaused || access == LimitNotWhitelisted:
		q.LimitedBy = access
	case amount.Gt(&remaining):
		q.LimitedBy = LimitDaily
	case q.Out.Gt(&t.Float):
		q.LimitedBy = LimitFloat
	default:
		q.LimitedBy = access
	}
	return q, nil
}

// floatCapacity returns the largest amount whose Out is covered by the float, at most 2^256 - 1. An amount a leaves
// floor(a * (10000 - fee) / 10000) after the fee, which must stay below (float + 1) * unit.
func (t RedeemTerms) floatCapacity(unit *uint256.Int) uint256.Int {
	unlimited := *new(uint256.Int).SetAllOne()
	kept := uint256.NewInt(bpsDenominator - t.FeeBps)
	var bound uint256.Int
	if fixed.Add(&bound, &t.Float, uint256.NewInt(1)) != nil ||
		fixed.Mul(&bound, &bound, unit) != nil ||
		fixed.MulDivUp(&bound, &bound, uint256.NewInt(bpsDenominator), kept) != nil {
		return unlimited
	}
	return *bound.SubUint64(&bound, 1)
}

// QuoteMint returns the AID minted for amount of a stablecoin, amount * 10^(18 - decimals). It fails with a [*QuoteError]
// if amount is zero, decimals is above 18, or the product needs more than 256 bits. The Minter's write functions are
// assumed; that it mints 1:1 is its documentation.
func QuoteMint(amount uint256.Int, decimals uint8) (uint256.Int, error) {
	fail := func(err error) (uint256.Int, error) { return uint256.Int{}, &QuoteError{"mint", amount, err} }
	if amount.IsZero() {
		return fail(ErrZeroAmount)
	}
	unit, err := unitOf(decimals)
	if err != nil {
		return fail(err)
	}
	var out uint256.Int
	if err := fixed.Mul(&out, &amount, &unit); err != nil {
		return fail(err)
	}
	return out, nil
}

// unitOf returns the AID base units of one base unit of a stablecoin, 10^(18 - decimals).
func unitOf(decimals uint8) (unit uint256.Int, err error) {
	if decimals > decimalsAID {
		return unit, fmt.Errorf("%w: %d, at most %d", ErrDecimals, decimals, decimalsAID)
	}
	err = fixed.Pow10(&unit, decimalsAID-decimals)
	return unit, err
}
