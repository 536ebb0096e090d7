package aid_test

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gaib-go/gaib/aid"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func n(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

func u(v uint64) uint256.Int { return *uint256.NewInt(v) }

var maxInt = *new(uint256.Int).SetAllOne()

// mainnet is the Redeemer as reported on 2026-08-12: 10 bps, a limit of 1e36, a float of 239,938.892162 USDC.
var mainnet = aid.RedeemTerms{
	FeeBps: 10, LimitPerDay: n("1000000000000000000000000000000000000"), Float: u(239938892162), Decimals: 6, Access: aid.AccessAllowed,
}

func TestRedeemQuote(t *testing.T) {
	for _, c := range []struct {
		name                       string
		amount, fee, out, capacity string
		limit                      aid.Limit
		change                     func(*aid.RedeemTerms)
	}{
		// 0.1 % of 1,000 is 1: 999 USDC. The float of 239,938.892162 covers amounts whose payout is below ...163: a * 0.999 must be
		// below 239938.892163, so a < 239938.892163/0.999 = 240179.071234234234234234.2..., rounded down.
		{"plain", "1000000000000000000000", "1000000000000000000", "999000000", "240179071234234234234234", aid.Unlimited, nil},
		// 1 base unit: the fee is rounded up to all of it.
		{"dust", "1", "1", "0", "240179071234234234234234", aid.Unlimited, nil},
		// 1.000001000000000001 AID: fee ceil(1000001000000000.001) = 1000001000000001; 0.999000999...e18 is 999000.99 units.
		{"rounding", "1000001000000000001", "1000001000000001", "999000", "240179071234234234234234", aid.Unlimited, nil},
		{"at capacity", "240179071234234234234234", "240179071234234234235", "239938892162", "240179071234234234234234", aid.Unlimited, nil},
		{"one above", "240179071234234234234235", "240179071234234234235", "239938892163", "240179071234234234234234", aid.LimitFloat, nil},
		{"daily", "2000000000000000001", "2000000000000001", "1998000", "2000000000000000000", aid.LimitDaily, func(r *aid.RedeemTerms) {
			r.LimitPerDay, r.RedeemedToday = u(5e18), u(3e18)
		}},
		{"over the day's limit already", "1", "1", "0", "0", aid.LimitDaily, func(r *aid.RedeemTerms) {
			r.LimitPerDay, r.RedeemedToday = u(5e18), u(6e18)
		}},
		{"no whitelist", "1000000000000000000", "1000000000000000", "999000", "240179071234234234234234", aid.LimitNotWhitelisted,
			func(r *aid.RedeemTerms) { r.Access = aid.AccessDenied }},
		{"unknown", "1000000000000000000", "1000000000000000", "999000", "240179071234234234234234", aid.LimitWhitelistUnknown,
			func(r *aid.RedeemTerms) { r.Access = aid.AccessUnknown }},
		{"unknown and too much", "1000000000000000000000000", "1000000000000000000000", "999000000000", "240179071234234234234234", aid.LimitFloat,
			func(r *aid.RedeemTerms) { r.Access = aid.AccessUnknown }},
		{"paused", "1000000000000000000", "1000000000000000", "999000", "240179071234234234234234", aid.LimitPaused,
			func(r *aid.RedeemTerms) { r.Paused = true }},
		// 18 decimals: nothing is scaled; no fee: all is paid.
		{"18 decimals, no fee", "7", "0", "7", "9", aid.Unlimited, func(r *aid.RedeemTerms) { r.Decimals, r.FeeBps, r.Float = 18, 0, u(9) }},
		// All of it is fee, so no float is too small: the limit of the day is left.
		{"all fee", "7", "7", "0", "50", aid.Unlimited, func(r *aid.RedeemTerms) { r.FeeBps, r.LimitPerDay, r.Float = 10_000, u(50), u(0) }},
		{"float beyond any amount", "7", "1", "0", "50", aid.Unlimited, func(r *aid.RedeemTerms) { r.LimitPerDay, r.Float = u(50), maxInt }},
	} {
		t.Run(c.name, func(t *testing.T) {
			terms := mainnet
			if c.change != nil {
				c.change(&terms)
			}
			q, err := terms.Quote(n(c.amount))
			require.NoError(t, err)
			require.Equal(t, aid.RedeemQuote{Gross: n(c.amount), Fee: n(c.fee), Out: n(c.out), Capacity: n(c.capacity), LimitedBy: c.limit}, q)
		})
	}
}

func TestQuoteErrors(t *testing.T) {
	redeem := func(r aid.RedeemTerms, amount uint256.Int) error { _, err := r.Quote(amount); return err }
	mint := func(amount uint256.Int, decimals uint8) error { _, err := aid.QuoteMint(amount, decimals); return err }
	migrate := func(amount uint256.Int, decimals uint8) error {
		_, err := aid.QuoteMigration(amount, decimals)
		return err
	}
	for _, c := range []struct {
		err  error
		want error
		text string
	}{
		{redeem(mainnet, u(0)), aid.ErrZeroAmount, "aid: redeem 0: the amount is zero; ask for at least one base unit"},
		{redeem(aid.RedeemTerms{FeeBps: 10_001}, u(1)), aid.ErrFee, ""},
		{redeem(aid.RedeemTerms{Decimals: 19}, u(1)), aid.ErrDecimals, "unsupported number of decimals: 19, at most 18"},
		{mint(u(0), 6), aid.ErrZeroAmount, ""},
		{mint(u(1), 19), aid.ErrDecimals, ""},
		{mint(maxInt, 17), nil, "overflow"},
		{migrate(u(0), 6), aid.ErrZeroAmount, ""},
		{migrate(maxInt, 6), nil, "overflow"},
		{migrate(u(1), 96), aid.ErrDecimals, "96, at most 95"},
	} {
		var typed *aid.QuoteError
		require.ErrorAs(t, c.err, &typed)
		require.ErrorContains(t, c.err, c.text)
		if c.want != nil {
			require.ErrorIs(t, c.err, c.want)
		}
	}
}

// FuzzRedeem compares the quote with rational arithmetic, and the capacity with its meaning: it goes through, one more does not.
func FuzzRedeem(f *testing.F) {
	f.Add(uint64(1e18), uint64(0), uint64(239938892162), uint64(1e18), uint64(0), uint16(10), uint8(6))
	f.Add(uint64(7), uint64(1), uint64(0), uint64(1e18), uint64(9), uint16(10_000), uint8(18))
	f.Add(uint64(1), uint64(0), uint64(1), uint64(1), uint64(5), uint16(9_999), uint8(0))
	f.Fuzz(func(t *testing.T, amount0, amount1, float, limit0, limit1 uint64, fee uint16, decimals uint8) {
		terms := aid.RedeemTerms{
			FeeBps: uint64(fee) % 10_001, LimitPerDay: uint256.Int{limit0, limit1}, Float: u(float), Decimals: decimals % 19,
			Access: aid.AccessAllowed,
		}
		amount := uint256.Int{amount0, amount1}
		if amount.IsZero() {
			return
		}
		q, err := terms.Quote(amount)
		require.NoError(t, err)
		// The fee is the smallest integer of at least amount * bps / 10000.
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(amount.ToBig(), big.NewInt(int64(terms.FeeBps))), big.NewInt(10_000))
		feeRat := new(big.Rat).SetInt(q.Fee.ToBig())
		require.GreaterOrEqual(t, feeRat.Cmp(exact), 0)
		require.Negative(t, feeRat.Cmp(exact.Add(exact, big.NewRat(1, 1))))
		// out * unit <= amount - fee < (out + 1) * unit.
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(18-terms.Decimals)), nil)
		net := new(big.Int).Sub(amount.ToBig(), q.Fee.ToBig())
		paid := new(big.Int).Mul(q.Out.ToBig(), unit)
		require.LessOrEqual(t, paid.Cmp(net), 0)
		require.Positive(t, paid.Add(paid, unit).Cmp(net))

		through := func(a uint256.Int) bool {
			q, err := terms.Quote(a)
			require.NoError(t, err)
			return q.LimitedBy == aid.Unlimited
		}
		require.Equal(t, !amount.Gt(&q.Capacity), through(amount))
		require.True(t, q.Capacity.IsZero() || through(q.Capacity))
		require.False(t, through(*q.Capacity.AddUint64(&q.Capacity, 1)))
	})
}

func TestMintAndMigration(t *testing.T) {
	for _, c := range []struct {
		amount   string
		decimals uint8
		out      string
	}{
		{"1250500000", 6, "1250500000000000000000"}, // 1,250.5 USDC
		{"1", 6, "1000000000000"},
		{"123", 18, "123"}, // as on BNB Chain
		{"2", 0, "2000000000000000000"},
	} {
		out, err := aid.QuoteMint(n(c.amount), c.decimals)
		require.NoError(t, err)
		require.Equal(t, n(c.out), out)
		q, err := aid.QuoteMigration(n(c.amount), c.decimals)
		require.NoError(t, err)
		require.Equal(t, aid.MigrationQuote{Out: n(c.out)}, q)
	}
	// 20 decimals: 12,345 units are 123.45 of AID's, of which 45 units are lost.
	q, err := aid.QuoteMigration(u(12345), 20)
	require.NoError(t, err)
	require.Equal(t, aid.MigrationQuote{Out: u(123), Lost: u(45)}, q)
	// The most decimals: 10^77 units are one base unit of AID, and 2^256 is 1.16 * 10^77.
	q, err = aid.QuoteMigration(maxInt, 95)
	require.NoError(t, err)
	require.Equal(t, u(1), q.Out)
}

// TestVested: 1,000 of which 100 at the cliff, then floor(900/7) = 128 in each of 7 intervals of 10 s; the remainder of
// 900 - 6*128 comes with the last. Start 1000, cliff 50, so intervals end at 1060, 1070, ... 1120.
func TestVested(t *testing.T) {
	a := aid.Allocation{
		StartEpoch: 1000, CliffDuration: 50, VestingInterval: 10, VestingCycles: 7,
		Amount: u(1000), CliffAmount: u(100), Claimed: u(100),
	}
	for _, c := range []struct {
		at              int64
		vested, claimed uint64
	}{
		{1050, 100, 0}, {1059, 100, 0}, {1060, 228, 128}, {1069, 228, 128}, {1070, 356, 256},
		{1119, 868, 768}, {1120, 1000, 900}, {1 << 40, 1000, 900},
	} {
		vested, err := a.Vested(time.Unix(c.at, 999_999_999))
		require.NoError(t, err)
		require.Equal(t, u(c.vested), vested, c.at)
		claimable, err := a.Claimable(time.Unix(c.at, 0).In(time.FixedZone("", 9*3600)))
		require.NoError(t, err)
		require.Equal(t, u(c.claimed), claimable, c.at)
	}
	for _, before := range []int64{1049, 0, -5} {
		vested, err := a.Vested(time.Unix(before, 0))
		require.NoError(t, err)
		require.True(t, vested.IsZero())
		_, err = a.Claimable(time.Unix(before, 0))
		require.ErrorIs(t, err, aid.ErrAllocation, "100 are claimed, nothing has vested")
	}
	far := time.Unix(5000, 0)
	broken := a
	broken.VestingInterval = 0
	_, err := broken.Vested(far)
	require.ErrorIs(t, err, aid.ErrAllocation)
	_, err = broken.Claimable(far)
	require.ErrorIs(t, err, aid.ErrAllocation)
	broken = a
	broken.CliffAmount = u(1001)
	_, err = broken.Vested(time.Unix(1055, 0))
	require.ErrorIs(t, err, aid.ErrAllocation)
	// What the contract does with no cycles: all is vested after the cliff. With no amount, nothing, whatever else is there.
	all := a
	all.VestingCycles = 0
	vested, err := all.Vested(time.Unix(1050, 0))
	require.NoError(t, err)
	require.Equal(t, u(1000), vested)
	vested, err = aid.Allocation{}.Vested(far)
	require.NoError(t, err)
	require.True(t, vested.IsZero())
	never := a
	never.StartEpoch = ^uint64(0)
	vested, err = never.Vested(far)
	require.NoError(t, err)
	require.True(t, vested.IsZero(), "start and cliff wrap")
}

func FuzzVested(f *testing.F) {
	f.Add(uint64(1000), uint64(50), uint64(10), uint64(7), uint64(1000), uint64(100), uint64(1065))
	f.Fuzz(func(t *testing.T, start, cliff, interval, cycles, amount, cliffAmount, now uint64) {
		start, cliff, now = start>>2, cliff>>2, now>>1
		a := aid.Allocation{StartEpoch: start, CliffDuration: cliff, VestingInterval: interval, VestingCycles: cycles, Amount: u(amount), CliffAmount: u(cliffAmount)}
		vested, err := a.Vested(time.Unix(int64(now), 0))
		big64 := func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
		end := new(big.Int).Add(big64(start), big64(cliff))
		switch {
		case amount == 0 || big64(now).Cmp(end) < 0:
			require.NoError(t, err)
			require.True(t, vested.IsZero())
		case interval == 0:
			require.ErrorIs(t, err, aid.ErrAllocation)
		default:
			done := end.Sub(big64(now), end)
			done.Div(done, big64(interval))
			if done.Cmp(big64(cycles)) >= 0 {
				require.Equal(t, u(amount), vested)
				return
			}
			if cliffAmount > amount {
				require.ErrorIs(t, err, aid.ErrAllocation)
				return
			}
			require.NoError(t, err)
			want := done.Mul(done, big64((amount-cliffAmount)/cycles))
			require.Equal(t, want.Add(want, big64(cliffAmount)).String(), vested.Dec())
			require.False(t, vested.Gt(&a.Amount))
		}
	})
}

func TestPegDeviation(t *testing.T) {
	for _, c := range []struct {
		price    string
		decimals uint8
		negative bool
		wad      uint64
		text     string
	}{
		{"100000000", 8, false, 0, "0.00 bps"},
		{"99870000", 8, true, 13e14, "-13.00 bps"}, // 0.9987
		{"1000250", 6, false, 25e13, "2.50 bps"},
		{"999949999999999999", 18, true, 50000000000001, "-0.50 bps"},
		{"999999500000000000", 18, true, 5e11, "-0.01 bps"}, // 0.005 bps, a tie
		{"999999999999999999", 18, true, 1, "0.00 bps"},
		{"0", 18, true, 1e18, "-10000.00 bps"},
		{"3", 0, false, 2e18, "20000.00 bps"},
	} {
		f, err := aid.PegDeviation(n(c.price), c.decimals)
		require.NoError(t, err)
		require.Equal(t, aid.Fraction{Negative: c.negative, Wad: u(c.wad)}, f)
		require.Equal(t, c.text, f.String())
	}
	f, err := aid.PegDeviation(u(99870000), 8)
	require.NoError(t, err)
	require.InDelta(t, -13, f.BasisPoints(), 1e-12)
	require.InDelta(t, 13, aid.Fraction{Wad: f.Wad}.BasisPoints(), 1e-12)
	_, err = aid.PegDeviation(u(1), 19)
	require.ErrorIs(t, err, aid.ErrDecimals)
	_, err = aid.PegDeviation(maxInt, 8)
	require.ErrorContains(t, err, "overflow")
}

func TestReserveRatio(t *testing.T) {
	// 21 on 20 is 1.05; 2 on 3 is rounded down.
	for _, c := range []struct {
		assets, liabilities uint64
		want                string
	}{{21e17, 20e17, "1050000000000000000"}, {2, 3, "666666666666666666"}, {0, 5, "0"}} {
		r, err := aid.ReserveRatio(u(c.assets), u(c.liabilities))
		require.NoError(t, err)
		require.Equal(t, n(c.want), r)
	}
	_, err := aid.ReserveRatio(u(1), u(0))
	require.ErrorIs(t, err, aid.ErrNoLiabilities)
	_, err = aid.ReserveRatio(maxInt, u(1))
	require.ErrorContains(t, err, "overflow")
}

func TestReconcile(t *testing.T) {
	// Without figures of the bridge the supplies add up.
	s, err := aid.Reconcile(aid.ChainSupply{ChainID: 1, Native: true, Total: u(1000)}, aid.ChainSupply{ChainID: 8453, Total: u(50)})
	require.NoError(t, err)
	require.Equal(t, aid.Supply{Outstanding: u(1050), Native: u(1000), Bridged: u(50)}, s)
	// Burn and mint: 1,070 were issued on chain 1, 90 were burned towards the others, 20 came back, of which 5 are on their way.
	// Chain 1: 1070 - 90 + 15 = 995. Chain 8453 received 60 of the 90 and burned 20: 40. Chain 56 received 25. 5 are on
	// their way there. 995 + 40 + 25 + 10 = 1070.
	s, err = aid.Reconcile(
		aid.ChainSupply{ChainID: 1, Native: true, Total: u(995), Burned: u(90), Received: u(15)},
		aid.ChainSupply{ChainID: 8453, Total: u(40), Burned: u(20), Received: u(60)},
		aid.ChainSupply{ChainID: 56, Total: u(25), Received: u(25)},
	)
	require.NoError(t, err)
	require.Equal(t, aid.Supply{Outstanding: u(1070), Native: u(995), Bridged: u(65), InFlight: u(10)}, s)
	// Lock and mint: 70 of 1,000 are locked, 60 arrived: still 1,000 and not 1,060.
	s, err = aid.Reconcile(
		aid.ChainSupply{ChainID: 1, Native: true, Total: u(1000), Locked: u(70)},
		aid.ChainSupply{ChainID: 8453, Total: u(60), Received: u(60)},
	)
	require.NoError(t, err)
	require.Equal(t, aid.Supply{Outstanding: u(1000), Native: u(930), Bridged: u(60), InFlight: u(10)}, s)

	for name, chains := range map[string][]aid.ChainSupply{
		"listed twice":    {{ChainID: 1}, {ChainID: 1}},
		"locked":          {{ChainID: 1, Total: u(1), Locked: u(2)}},
		"received of":     {{ChainID: 1, Total: u(5), Burned: u(1)}, {ChainID: 2, Total: u(2), Received: u(2)}},
		"256 bits":        {{ChainID: 1, Total: maxInt}, {ChainID: 2, Total: u(1)}},
		"sums need":       {{ChainID: 1, Total: maxInt, Burned: u(1)}},
		"sums with chain": {{ChainID: 1, Burned: maxInt}, {ChainID: 2, Burned: u(1)}},
	} {
		_, err := aid.Reconcile(chains...)
		require.ErrorIs(t, err, aid.ErrSupply, name)
		require.ErrorContains(t, err, name)
	}
}

// TestReconcileBridging moves AID around at random over burning and locking bridges: what is outstanding never changes.
func TestReconcileBridging(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 3))
	const issued = 1_000_000
	chains := []aid.ChainSupply{{ChainID: 1, Total: u(issued)}, {ChainID: 56}, {ChainID: 8453}}
	var inFlight uint64
	for range 5000 {
		c := &chains[rng.IntN(3)]
		if x := rng.Uint64N(1000); rng.IntN(2) == 0 {
			if c.Total.Uint64()-c.Locked.Uint64() < x {
				continue
			}
			inFlight += x
			if rng.IntN(3) == 0 && c.ChainID == 1 { // by lock
				c.Locked.AddUint64(&c.Locked, x)
			} else { // by burn
				c.Total.SubUint64(&c.Total, x)
				c.Burned.AddUint64(&c.Burned, x)
			}
		} else {
			x = min(x, inFlight)
			inFlight -= x
			c.Total.AddUint64(&c.Total, x)
			c.Received.AddUint64(&c.Received, x)
		}
		s, err := aid.Reconcile(chains...)
		require.NoError(t, err)
		require.Equal(t, u(issued), s.Outstanding)
		require.Equal(t, u(inFlight), s.InFlight)
		require.Equal(t, issued-inFlight, s.Native.Uint64()+s.Bridged.Uint64())
	}
}

func TestRoutes(t *testing.T) {
	fixed := func(out uint64) aid.Quote { return func(uint256.Int) (uint256.Int, error) { return u(out), nil } }
	thin := errors.New("the pool is thin")
	failing := func(uint256.Int) (uint256.Int, error) { return u(7), thin }

	// 2 USDC buy 1.998 AID: 0.002 of 2 is 10 bps.
	routes, err := aid.RoutesIn(u(2e6), 6, aid.AccessAllowed, false, fixed(1998e15))
	require.NoError(t, err)
	require.Equal(t, aid.Routes{
		{Way: aid.Mint, In: u(2e6), Out: u(2e18)},
		{Way: aid.Buy, In: u(2e6), Out: u(1998e15), Cost: aid.Cost{AID: u(2e15), Part: aid.Fraction{Wad: u(1e15)}}},
	}, routes)
	require.Equal(t, "10.00 bps", routes[1].Cost.Part.String())
	best, ok := routes.Best()
	require.True(t, ok)
	require.Equal(t, aid.Mint, best.Way)

	// Below the peg buying is a gain: 2.004 for 2 is -20 bps.
	routes, err = aid.RoutesIn(u(2e6), 6, aid.AccessAllowed, false, fixed(2004e15))
	require.NoError(t, err)
	require.Equal(t, aid.Cost{Negative: true, AID: u(4e15), Part: aid.Fraction{Negative: true, Wad: u(2e15)}}, routes[1].Cost)
	best, _ = routes.Best()
	require.Equal(t, aid.Buy, best.Way)

	// A way that is closed says why and is never the best; its price is still shown.
	for _, c := range []struct {
		access aid.Access
		paused bool
		want   aid.Limit
	}{{aid.AccessDenied, false, aid.LimitNotWhitelisted}, {aid.AccessUnknown, false, aid.LimitWhitelistUnknown}, {aid.AccessAllowed, true, aid.LimitPaused}} {
		routes, err = aid.RoutesIn(u(2e6), 6, c.access, c.paused, fixed(1))
		require.NoError(t, err)
		require.ErrorIs(t, routes[0].Err, c.want)
		require.Equal(t, u(2e18), routes[0].Out)
		best, ok = routes.Best()
		require.True(t, ok)
		require.Equal(t, aid.Buy, best.Way)
	}
	routes, err = aid.RoutesIn(u(2e6), 6, aid.AccessDenied, false, failing)
	require.NoError(t, err)
	require.Equal(t, aid.Route{Way: aid.Buy, In: u(2e6), Err: thin}, routes[1])
	_, ok = routes.Best()
	require.False(t, ok)
	routes, err = aid.RoutesIn(u(2e6), 6, aid.AccessDenied, false, nil)
	require.NoError(t, err)
	require.Len(t, routes, 1)

	// 1,000 AID: redeem for 999 USDC, 10 bps; sell for 998.5, 15 bps.
	routes, err = aid.RoutesOut(n("1000000000000000000000"), mainnet, fixed(998500000))
	require.NoError(t, err)
	require.Equal(t, []string{"redeem 999000000 10.00 bps", "sell 998500000 15.00 bps"}, []string{
		routes[0].Way.String() + " " + routes[0].Out.Dec() + " " + routes[0].Cost.Part.String(),
		routes[1].Way.String() + " " + routes[1].Out.Dec() + " " + routes[1].Cost.Part.String(),
	})
	best, _ = routes.Best()
	require.Equal(t, aid.Redeem, best.Way)
	// More than the float: only the market is left. Of equal ways the protocol's own is taken.
	routes, err = aid.RoutesOut(n("1000000000000000000000000"), mainnet, fixed(5))
	require.NoError(t, err)
	require.ErrorIs(t, routes[0].Err, aid.LimitFloat)
	best, _ = routes.Best()
	require.Equal(t, aid.Sell, best.Way)
	routes, err = aid.RoutesOut(n("1000000000000000000000"), mainnet, fixed(999000000))
	require.NoError(t, err)
	best, _ = routes.Best()
	require.Equal(t, aid.Redeem, best.Way)

	_, err = aid.RoutesIn(u(0), 6, aid.AccessAllowed, false, nil)
	require.ErrorIs(t, err, aid.ErrZeroAmount)
	_, err = aid.RoutesOut(u(1), aid.RedeemTerms{FeeBps: 10_001}, nil)
	require.ErrorIs(t, err, aid.ErrFee)
	var typed *aid.QuoteError
	_, err = aid.RoutesOut(u(1), mainnet, func(uint256.Int) (uint256.Int, error) { return maxInt, nil })
	require.ErrorAs(t, err, &typed)
	_, err = aid.RoutesIn(u(1), 18, aid.AccessAllowed, false, func(uint256.Int) (uint256.Int, error) { return maxInt, nil })
	require.ErrorAs(t, err, &typed)
	require.Equal(t, "mint buy redeem sell Way(9)", aid.Mint.String()+" "+aid.Buy.String()+" "+aid.Redeem.String()+" "+aid.Sell.String()+" "+aid.Way(9).String())
}

func TestLimitTexts(t *testing.T) {
	seen := map[string]bool{}
	for limit := aid.Unlimited; limit <= aid.LimitFloat+1; limit++ {
		require.NotEmpty(t, limit.Error())
		require.False(t, seen[limit.Error()])
		seen[limit.Error()] = true
	}
}
