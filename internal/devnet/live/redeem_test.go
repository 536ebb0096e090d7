package live

import (
	"math/big"
	"testing"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
)

// terms reads the redeemer's terms at the latest block, for an account that may redeem.
func (w *world) terms() aid.RedeemTerms {
	w.t.Helper()
	terms := read(w, w.redeemer.Terms(w.chain.Now()))
	terms.Access = aid.AccessAllowed
	return terms
}

// redeem holds one redemption of Alice against its quote, and against the reason of the limit where there is one.
func (w *world) redeem(amount uint256.Int) aid.RedeemQuote {
	w.t.Helper()
	alice := w.who.Alice
	terms := w.terms()
	quote, err := terms.Quote(amount)
	what := id("redeem %s at %d basis points", amount.Dec(), terms.FeeBps)
	call := gaib.NewCall(w.redeemer.Contract(), contract.RedeemerRedeem{Amount: amount, Receiver: w.who.Bob.Address}, "")
	if err != nil {
		require.ErrorIs(w.t, err, aid.ErrZeroAmount, what)
		var zero *contract.RedeemerZeroAmountError
		require.ErrorAs(w.t, gaib.DecodeNodeError(w.mine(alice, call), contract.DecodeRedeemerError), &zero, what)
		return quote
	}
	fits := !amount.Gt(&quote.Capacity)
	require.Equal(w.t, fits, quote.LimitedBy == aid.Unlimited, "%s: capacity %s, limited by %s", what, quote.Capacity.Dec(), quote.LimitedBy)

	burned, paid := w.token.BalanceOf(alice.Address), w.usdc.BalanceOf(w.who.Bob.Address)
	supply, float, used := w.token.TotalSupply(), w.usdc.BalanceOf(w.redeemer.Contract().Address()), w.redeemer.RedeemedOn(w.chain.Now())
	all := []gaib.Reader{burned, paid, supply, float, used}
	_, err = gaib.Read(w.ctx, w.client, gaib.Latest, all...)
	require.NoError(w.t, err)
	before := []uint256.Int{burned.Value(), paid.Value(), supply.Value(), float.Value(), used.Value()}

	chainErr := gaib.DecodeNodeError(w.mine(alice, call), contract.DecodeRedeemerError)
	switch quote.LimitedBy {
	case aid.LimitDaily:
		var daily *contract.RedeemerDailyLimitExceededError
		require.ErrorAs(w.t, chainErr, &daily, what)
		requireAmount(w.t, amount, daily.Requested, what)
		remaining := minus(terms.LimitPerDay, terms.RedeemedToday)
		if terms.RedeemedToday.Gt(&terms.LimitPerDay) {
			remaining.Clear()
		}
		requireAmount(w.t, remaining, daily.Remaining, what)
		return quote
	case aid.LimitFloat:
		var short *contract.RedeemerInsufficientLiquidityError
		require.ErrorAs(w.t, chainErr, &short, what)
		requireAmount(w.t, quote.Out, short.Requested, what)
		requireAmount(w.t, terms.Float, short.Available, what)
		return quote
	}
	require.Equal(w.t, aid.Unlimited, quote.LimitedBy, what)
	require.NoError(w.t, chainErr, what)
	_, err = gaib.Read(w.ctx, w.client, gaib.Latest, all...)
	require.NoError(w.t, err)
	requireAmount(w.t, quote.Gross, minus(before[0], burned.Value()), what+": AID of Alice")
	requireAmount(w.t, quote.Out, minus(paid.Value(), before[1]), what+": USDC of Bob")
	requireAmount(w.t, quote.Gross, minus(before[2], supply.Value()), what+": supply")
	requireAmount(w.t, quote.Out, minus(before[3], float.Value()), what+": float")
	requireAmount(w.t, quote.Gross, minus(used.Value(), before[4]), what+": redeemed today")

	logs, err := collect(gaib.Logs(w.ctx, w.client, w.chain.Head().Number.Uint64(), gaib.Latest, w.redeemer.Redemptions()))
	require.NoError(w.t, err)
	require.Len(w.t, logs, 1)
	event := logs[0].Event.(*contract.RedeemerRedeemedEvent)
	require.Equal(w.t, contract.RedeemerRedeemedEvent{Caller: alice.Address, Receiver: w.who.Bob.Address, AidAmount: quote.Gross,
		StablecoinAmount: quote.Out, Fee: quote.Fee}, *event, what)
	return quote
}

func TestRedemptionQuoteIsTheContracts(t *testing.T) {
	w := newWorld(t)
	w.issue(pow2(190), w.who.Alice.Address)
	redeemer, owner := w.redeemerOracle(), w.who.Manager
	d := roll(3)
	for _, bps := range []int64{0, 1, 10, 9999, 10000} {
		redeemer.send(owner, "setRedemptionFeeBps", big.NewInt(bps))
		for _, amount := range []uint256.Int{{}, u(1), u(2), u(9999), u(10000), u(10001), u(1e12 - 1), u(1e12), u(1e12 + 1), aidUnits(1000)} {
			w.redeem(amount)
		}
		for range 15 {
			w.redeem(d.bits(75))
		}
		require.EqualValues(t, bps, w.terms().FeeBps)
	}
}

// The boundary of the float lies where the quote's capacity says, to the base unit, whatever the fee.
func TestRedemptionIsLimitedByTheFloat(t *testing.T) {
	w := newWorld(t)
	w.issue(pow2(190), w.who.Alice.Address)
	redeemer, owner := w.redeemerOracle(), w.who.Manager
	for _, bps := range []int64{0, 1, 10, 9999} {
		redeemer.send(owner, "setRedemptionFeeBps", big.NewInt(bps))
		for _, refill := range []int64{1, 7, 1_234_567} {
			w.usdcOracle().send(owner, "mint", redeemer.addr, big.NewInt(refill))
			terms := w.terms()
			quote, err := terms.Quote(u(1))
			require.NoError(t, err)
			capacity := quote.Capacity
			require.Equal(t, aid.LimitFloat, w.redeem(plus(capacity, u(1))).LimitedBy)
			require.Equal(t, aid.Unlimited, w.redeem(capacity).LimitedBy)
			left := read(w, w.usdc.BalanceOf(redeemer.addr))
			require.True(t, left.IsZero(), "the capacity at %d basis points leaves %s", bps, left.Dec())
			require.Equal(t, aid.Unlimited, w.redeem(u(1)).LimitedBy, "less than a unit of USDC needs no float")
		}
	}
	// At 10,000 basis points nothing is paid, so no float limits it.
	redeemer.send(owner, "setRedemptionFeeBps", big.NewInt(10000))
	require.Equal(t, aid.Unlimited, w.redeem(aidUnits(1_000_000)).LimitedBy)
}

func TestRedemptionIsLimitedByTheDay(t *testing.T) {
	w := newWorld(t)
	w.issue(pow2(100), w.who.Alice.Address)
	redeemer, owner := w.redeemerOracle(), w.who.Manager
	require.NoError(t, w.chain.TravelTo(time.Date(2026, time.September, 1, 23, 50, 0, 0, time.UTC)))
	limit := aidUnits(500)
	redeemer.send(owner, "setRedeemLimitPerDay", limit.ToBig())
	require.Equal(t, aid.Unlimited, w.redeem(aidUnits(100)).LimitedBy)
	require.Equal(t, aid.LimitDaily, w.redeem(plus(aidUnits(400), u(1))).LimitedBy)
	require.Equal(t, aid.Unlimited, w.redeem(aidUnits(400)).LimitedBy)
	require.Equal(t, aid.LimitDaily, w.redeem(u(1)).LimitedBy)

	// A limit that is lowered below what was redeemed leaves nothing, and does not underflow.
	redeemer.send(owner, "setRedeemLimitPerDay", ptr(aidUnits(20)).ToBig())
	require.Equal(t, aid.LimitDaily, w.redeem(u(1)).LimitedBy)

	// The last second of the day still counts to it, the first of the next does not. The next block is 12 s later.
	require.NoError(t, w.chain.TravelTo(time.Date(2026, time.September, 1, 23, 59, 47, 0, time.UTC)))
	require.Equal(t, aid.LimitDaily, w.redeem(u(1)).LimitedBy)
	require.NoError(t, w.chain.TravelTo(time.Date(2026, time.September, 2, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, aid.LimitDaily, w.redeem(plus(aidUnits(20), u(1))).LimitedBy)
	require.Equal(t, aid.Unlimited, w.redeem(aidUnits(20)).LimitedBy)
	requireAmount(t, aidUnits(500), read(w, w.redeemer.RedeemedOn(w.chain.Now().AddDate(0, 0, -1))), "redeemed the day before")
	requireAmount(t, aidUnits(20), read(w, w.redeemer.RedeemedOn(w.chain.Now())), "redeemed today")
}

// What both limits are tried on at once: the smaller one decides, the day's first.
func TestCapacityIsTheSmallerLimit(t *testing.T) {
	w := newWorld(t)
	w.issue(pow2(100), w.who.Alice.Address)
	redeemer, owner := w.redeemerOracle(), w.who.Manager
	quote, err := w.redeemer.Quote(w.ctx, w.client, aidUnits(1))
	require.NoError(t, err)
	require.Equal(t, aid.LimitWhitelistUnknown, quote.LimitedBy)
	byFloat := quote.Capacity
	for _, daily := range []uint256.Int{minus(byFloat, u(1)), byFloat, plus(byFloat, u(1))} {
		redeemer.send(owner, "setRedeemLimitPerDay", daily.ToBig())
		want, reason := byFloat, aid.LimitFloat
		if !daily.Gt(&byFloat) {
			want, reason = daily, aid.LimitDaily
		}
		quote, err := w.terms().Quote(aidUnits(1))
		require.NoError(t, err)
		requireAmount(t, want, quote.Capacity, "capacity")
		require.Equal(t, reason, w.redeem(plus(want, u(1))).LimitedBy)
	}
	require.Equal(t, aid.Unlimited, w.redeem(byFloat).LimitedBy)
}
