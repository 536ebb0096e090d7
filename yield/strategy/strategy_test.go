package strategy_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// firstOf pays requests on the first day of the month that is so many later.
type firstOf int

func (n firstOf) Settlement(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
}

type cooldown time.Duration

func (c cooldown) Settlement(t time.Time) time.Time { return t.Add(time.Duration(c)) }

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

// history is NAVs with steps of the year before, ending 2026-01-15 at the given NAVs, in millionths.
func history(t testing.TB, deposit, unstaking uint64) yield.Series {
	var samples []yield.Sample
	for _, s := range []struct {
		day  string
		down uint64 // below today's, in millionths
	}{{"2025-01-01", 120_000}, {"2025-07-01", 60_000}, {"2026-01-01", 0}, {"2026-01-15", 0}} {
		samples = append(samples, yield.Sample{Time: day(s.day), NAV: yield.NAV{
			Deposit: *uint256.NewInt((deposit - s.down) * 1e12), Unstaking: *uint256.NewInt((unstaking - s.down) * 1e12),
		}})
	}
	series, err := yield.NewSeries(samples)
	require.NoError(t, err)
	return series
}

// flat is a DEX at one price.
type flat float64

func (f flat) Buy(aid float64) (float64, error)     { return aid / float64(f), nil }
func (f flat) Sell(shares float64) (float64, error) { return shares * float64(f), nil }

func at(price float64) strategy.Trade {
	return func(in float64) (float64, error) { return in / price, nil }
}

func expect(apy float64) *strategy.Scenario {
	return &strategy.Scenario{Scenario: yield.Scenario{Name: "expected", Rate: apy}}
}

// market is everything there is, at round numbers: NAVs 1.04 and 1.0348, a haircut of 0.5 %.
func market(t testing.TB) strategy.Market {
	return strategy.Market{
		NAV: history(t, 1_040_000, 1_034_800), Exit: firstOf(2), DEX: flat(1.03),
		Lending: &strategy.Loan{Venue: "Morpho", BorrowAPY: 0.08, LLTV: 0.86, Bonus: 0.04, Liquidity: 1e9},
		PT:      &strategy.PT{Venue: "Pendle", Maturity: day("2026-04-15"), Buy: at(0.97)},
		YT:      &strategy.YT{Venue: "Pendle", Maturity: day("2026-04-15"), Fee: 0.05, Buy: at(0.03)},
		LP:      &strategy.LP{Venue: "Pendle", Maturity: day("2026-04-15"), PTShare: 0.4, ImpliedAPY: 0.12, SwapAPY: 0.02, Entry: 0.001, Leave: 0.001},
	}
}

var half = strategy.Ask{Amount: 100_000, Horizon: 180 * yield.Day, MaxLeverage: 3}

// one returns the only strategy of a comparison.
func one(t testing.TB, ask strategy.Ask, m strategy.Market, s strategy.Strategy) strategy.Result {
	t.Helper()
	c, err := strategy.Compare(ask, m, s)
	require.NoError(t, err)
	require.Empty(t, c.LeftOut)
	sound(t, ask, c.Ranked[0])
	return c.Ranked[0]
}

// sound requires what holds of every result: the parts explain the profit, and values are finite and in order of time.
func sound(t testing.TB, ask strategy.Ask, r strategy.Result) {
	t.Helper()
	for _, path := range append([]strategy.Path{r.Expected}, r.Shocked...) {
		sum := 0.0
		for _, part := range path.Parts {
			sum += part.AID
			require.NotEmpty(t, part.Why, part.Name)
		}
		require.InDelta(t, path.Final-ask.Amount, sum, 1e-7*ask.Amount, "%s: %v", r.Strategy, path.Parts)
		last := time.Time{}
		for _, w := range path.Worth {
			require.True(t, w.Time.After(last), r.Strategy)
			require.False(t, math.IsNaN(w.Value) || math.IsInf(w.Value, 0), r.Strategy)
			last = w.Time
		}
		require.InDelta(t, path.Final, path.Worth[len(path.Worth)-1].Value, 1e-7*ask.Amount, r.Strategy)
		require.GreaterOrEqual(t, path.Leverage, 1-1e-9)
	}
	require.LessOrEqual(t, r.Worst.Value, r.NetOfExit.Value)
	require.False(t, math.IsNaN(r.NetOfExit.Value))
	require.False(t, math.IsNaN(r.Headline.Value))
}

// The last request that is paid within 180 days of 2026-01-15 is that of the end of May, paid on July 1st, with the yield of
// 181 days since the last step, of January 1st. Money waits as AID until the horizon.
func TestStakeByQueue(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	r := one(t, ask, market(t), strategy.Stake{})
	final := 100_000 * 0.995 * math.Pow(1.12, 181.0/365)
	require.InDelta(t, final, r.Expected.Final, 1e-6)
	require.Equal(t, day("2026-05-31"), r.Expected.Left)
	require.Equal(t, day("2026-07-01"), r.Expected.Done)
	require.Equal(t, 31*yield.Day, r.ExitTime)
	require.InDelta(t, math.Pow(final/100_000, 365.0/180)-1, r.NetOfExit.Value, 1e-12)
	require.InDelta(t, 0.12, r.Headline.Value, 1e-12)
	require.InDelta(t, final/0.995*0.005, r.ExitCost, 1e-6)
	require.InDelta(t, 100_000/1.04*1.03, r.Expected.Liquid, 1e-6)
	// The worst of the shocks: no yield, 5 % lost, and 90 days late.
	require.Equal(t, "all together", r.WorstIn)
	require.InDelta(t, 94_525, r.Shocked[7].Final, 1e-6) // 100,000 * 0.995 * 0.95
	require.Equal(t, day("2026-09-29"), r.Shocked[7].Done)
	require.InDelta(t, math.Pow(0.94525, 365.0/257)-1, r.Worst.Value, 1e-12)

	// Priced at the request, which is before the step of June 1st, the last step counted is that of May 1st: 120 days.
	m := market(t)
	m.Pricing = yield.AtRequest
	r = one(t, ask, m, strategy.Stake{})
	require.InDelta(t, 99_500*math.Pow(1.12, 120.0/365), r.Expected.Final, 1e-6)

	// A fee of 1 % and 5 AID for each of two transactions.
	ask.Expected.ExitFee = 0.01
	m = market(t)
	m.Gas = 5
	r = one(t, ask, m, strategy.Stake{})
	require.InDelta(t, final*0.99-10, r.Expected.Final, 1e-6)
}

// The yield since the last rise of the Deposit NAV comes with the next step: a mark-down of the Unstaking NAV between is none.
func TestYieldSinceLastStep(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	m := market(t)
	samples := m.NAV.Samples()
	samples[2].Unstaking = samples[2].Deposit // until the 15th
	var err error
	m.NAV, err = yield.NewSeries(samples)
	require.NoError(t, err)
	require.InDelta(t, 99_500*math.Pow(1.12, 181.0/365), one(t, ask, m, strategy.Stake{}).Expected.Final, 1e-6)
	samples[2].Deposit.SubUint64(&samples[2].Deposit, 1e12) // and now the Deposit NAV rose on the 15th too
	samples[2].Unstaking = samples[2].Deposit
	m.NAV, err = yield.NewSeries(samples)
	require.NoError(t, err)
	require.InDelta(t, 99_500*math.Pow(1.12, 167.0/365), one(t, ask, m, strategy.Stake{}).Expected.Final, 1e-6)
	ask.Expected.LastStep = day("2026-01-05")
	require.InDelta(t, 99_500*math.Pow(1.12, 177.0/365), one(t, ask, m, strategy.Stake{}).Expected.Final, 1e-6)
}

// A sale on the last day: the pool's price moved with the Unstaking NAV, and in one shock fell by 10 %.
func TestStakeBySale(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	r := one(t, ask, market(t), strategy.Stake{Exit: strategy.BySale})
	final := 100_000 / 1.04 * 1.03 * math.Pow(1.12, 181.0/365) // the step of July 1st is the last before July 14th
	require.InDelta(t, final, r.Expected.Final, 1e-6)
	require.Zero(t, r.ExitTime)
	require.InDelta(t, 0.9*final, r.Shocked[6].Final, 1e-6)
	require.Equal(t, "sAID 10 % cheaper", compare(t, ask, market(t)).Ask.Shocks[6].Name)
}

func compare(t *testing.T, ask strategy.Ask, m strategy.Market) strategy.Comparison {
	c, err := strategy.Compare(ask, m)
	require.NoError(t, err)
	return c
}

// The published example of a loop: 20 % of yield, 8 % of interest, 3x earns 44 % a year, and a loan-to-value of 75 % allows
// 4x at most.
func TestPublishedLoop(t *testing.T) {
	m := market(t)
	m.Lending.LLTV, m.Lending.MaxLTV = 0.86, 0.75
	ask := strategy.Ask{Amount: 10_000, Horizon: 365 * yield.Day, MaxLeverage: 10, Expected: expect(0.20)}
	r := one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.InDelta(t, 0.44, r.Headline.Value, 1e-12)
	require.InDelta(t, 20_000, r.Expected.Debt.Amount, 1e-9)
	c, err := strategy.Compare(ask, m, strategy.Loop{Leverage: 4, Unwind: strategy.BySale}, strategy.Loop{Leverage: 4.01, Unwind: strategy.BySale})
	require.NoError(t, err)
	require.Len(t, c.Ranked, 1)
	require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrLeverage)
}

// 3x for 180 days with a flash loan at the end, by the closed form.
func TestLoopBySale(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	m := market(t)
	m.DEX = flat(1.04)
	m.Lending.FlashFee, m.Lending.Swap = 0.0005, 0.001
	r := one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	collateral := 300_000 - 200_000*0.0015
	debt := 200_000 * math.Pow(1.08, 180.0/365)
	grown := collateral * math.Pow(1.12, 181.0/365)
	require.InDelta(t, grown-debt*1.0015, r.Expected.Final, 1e-6)
	d := r.Expected.Debt
	require.InDelta(t, collateral*0.86/200_000, d.Health, 1e-12)
	require.InDelta(t, 1-200_000/(collateral*0.86), d.Distance, 1e-12)
	require.True(t, math.IsInf(d.Years, 1), "the collateral grows faster")
	require.InDelta(t, collateral-200_000*1.0015, r.Expected.Liquid, 1e-6)
	require.InDelta(t, 1e9/2, r.Expected.Capacity, 1e-3)
	require.Zero(t, d.Liquidated)

	// Interest of 30 % against a yield of 12 %: ln(health) / (ln 1.3 - ln 1.12) years.
	m.Lending.APYWithDebt = func(more float64) float64 { return 0.10 + more/1e6 }
	r = one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.InDelta(t, 0.30, r.Expected.Debt.APY, 1e-12)
	require.InDelta(t, math.Log(collateral*0.86/200_000)/math.Log(1.3/1.12), r.Expected.Debt.Years, 1e-9)
}

// A rate of 60 % a year makes 3x at LLTV 0.86 (health 1.29) unhealthy in about 198 days; what is left then is the collateral
// less the debt and its bonus.
func TestLoopLiquidated(t *testing.T) {
	ask := half
	ask.Horizon = 270 * yield.Day
	ask.Expected = expect(0)
	m := market(t)
	m.DEX = flat(1.04)
	m.Lending.BorrowAPY = 0.60
	r := one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	d := r.Expected.Debt
	// ln(1.29)/ln(1.6) years are 197.8 days, to July 31st; the debt is looked at on the steps, so on August 1st: 198 days.
	require.Equal(t, day("2026-08-01"), d.Liquidated)
	require.InDelta(t, 197.75, d.Years*365, 0.01)
	debt := 200_000 * math.Pow(1.6, 198.0/365)
	require.InDelta(t, 300_000-debt*1.04, r.Expected.Final, 1e-6)
	require.Less(t, d.Lowest, 1.0)

	// An oracle that reports the Unstaking NAV sees a mark-down of 25 % that one of the Deposit NAV does not.
	ask.Expected.MarkDowns = []yield.MarkDown{{Month: 1, Loss: 0.25}}
	ask.Shocks = []strategy.Scenario{*ask.Expected}
	m.Lending.BorrowAPY = 0
	r = one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.Zero(t, r.Expected.Debt.Liquidated)
	require.InDelta(t, 300_000*0.75-200_000, r.Expected.Final, 1e-6)
	m.Lending.Oracle = yield.Unstaking
	r = one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.Equal(t, day("2026-02-01"), r.Expected.Debt.Liquidated)
	// 208,000 AID at 1.04 * 0.995 * 0.75 are seized, the rest is sold at 1.04 * 0.75.
	seized := 208_000 / (1.04 * 0.995 * 0.75)
	require.InDelta(t, (300_000/1.04-seized)*1.04*0.75, r.Expected.Final, 1e-6)

	// At 40 % the debt is more than the collateral: nothing is left, and nothing less.
	ask.Expected.MarkDowns[0].Loss = 0.4
	ask.Shocks = []strategy.Scenario{*ask.Expected}
	r = one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.Zero(t, r.Expected.Final)
	require.Equal(t, -1.0, r.NetOfExit.Value)
	m.Lending.Oracle = yield.Deposit // never liquidated, but a sale does not repay it
	r = one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	require.Zero(t, r.Expected.Final)
}

// Health 1.02 and both rates at 60 %: the debt grows by 2.2 % until the step of February 1st, and the NAV as much on it. What
// counts is the time before.
func TestLoopLiquidatedBeforeStep(t *testing.T) {
	ask := half
	ask.MaxLeverage, ask.MinHealth, ask.Expected = 10, 1.02, expect(0.6)
	m := market(t)
	m.Lending.BorrowAPY = 0.6
	r := one(t, ask, m, strategy.Loop{Unwind: strategy.BySale})
	require.InDelta(t, 1.02/(1.02-0.86), r.Expected.Leverage, 1e-9)
	require.Equal(t, day("2026-02-01"), r.Expected.Debt.Liquidated)
	require.InDelta(t, 1.02/math.Pow(1.6, 17.0/365), r.Expected.Debt.Lowest, 1e-9)
	// With next to no room a round repays next to nothing: too many rounds.
	ask.MinHealth, ask.Expected = 1.00001, expect(0)
	m.Lending.BorrowAPY, m.Exit = 0, cooldown(yield.Day)
	c, err := strategy.Compare(ask, m, strategy.Loop{})
	require.NoError(t, err)
	require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrUnwind)
}

// Without any rate the rounds of unwinding through the queue cost the haircut on all shares, no more: whatever the order.
func TestLoopByQueue(t *testing.T) {
	m := market(t)
	m.Lending.BorrowAPY = 0
	m.Exit = cooldown(20 * yield.Day)
	ask := strategy.Ask{Amount: 100_000, Horizon: 365 * yield.Day, MaxLeverage: 3, Expected: expect(0), Shocks: []strategy.Scenario{}}
	r := one(t, ask, m, strategy.Loop{Leverage: 3})
	require.InDelta(t, 100_000-300_000*0.005, r.Expected.Final, 1e-6)
	// Health 1.29 is 3*0.86/2. A round leaves 1.1/1.29 of the collateral, 255.81 for 300 thousand; 44.19 * 0.995 pay the debt
	// down to 156.03, for a health of 1.41, and so on: 3rd round 97.3 -> 2.0 -> 4th. The last payment is that of what is left.
	debt, collateral, rounds := 200.0, 300.0, 0
	for debt > 0 {
		keep := min(1.1, (1+collateral*0.86/debt)/2) / (collateral * 0.86 / debt)
		debt -= collateral * (1 - keep) * 0.995
		collateral *= keep
		rounds++
	}
	require.Equal(t, rounds, r.Expected.Debt.Rounds)
	require.Equal(t, time.Duration(rounds+1)*20*yield.Day, r.ExitTime)
	require.Equal(t, day("2027-01-15"), r.Expected.Done)

	// The same from another side: at an interest of 8 % it is the haircut and the interest on a falling debt.
	m.Lending.BorrowAPY = 0.08
	dear := one(t, ask, m, strategy.Loop{Leverage: 3})
	require.Less(t, dear.Expected.Final, r.Expected.Final)
	require.Greater(t, dear.Expected.Final, r.Expected.Final-200_000*0.08)

	// A horizon too short for the rounds.
	ask.Horizon = 60 * yield.Day
	c, err := strategy.Compare(ask, m, strategy.Loop{Leverage: 3})
	require.NoError(t, err)
	var horizon *strategy.HorizonError
	require.ErrorAs(t, c.LeftOut[0].Err, &horizon)
	require.Equal(t, day("2026-03-16"), horizon.End)
	require.True(t, horizon.Earliest.After(horizon.End))
}

// At 1.00 for what pays 1.0348 on March 1st: 3.48 % in 45 days, whether the NAV grows (2026-02-01 and 03-01) or not.
func TestBuyBelow(t *testing.T) {
	ask := half
	ask.Expected = expect(0)
	m := market(t)
	m.DEX = flat(1)
	r := one(t, ask, m, strategy.BuyBelow{})
	require.InDelta(t, 103_480, r.Expected.Final, 1e-6)
	require.Equal(t, day("2026-03-01"), r.Expected.Done)
	require.InDelta(t, math.Pow(1.0348, 365.0/45)-1, r.Headline.Value, 1e-9)
	require.InDelta(t, math.Pow(1.0348, 365.0/180)-1, r.NetOfExit.Value, 1e-9)
	// The risk: 5 % lost while queued.
	require.InDelta(t, 103_480*0.95, r.Shocked[2].Final, 1e-6)

	// A pool of a million sAID at 1.00: buying x moves its price. The profit 1.0348*1e6*x/(1e6+x) - x is largest where its
	// slope is nothing, at x = 1e6 * (sqrt(1.0348) - 1) = 17,251: the rest is held.
	m.DEX = strategy.Pool{AID: 1e6, SAID: 1e6}
	r = one(t, ask, m, strategy.BuyBelow{})
	best := 1e6 * (math.Sqrt(1.0348) - 1)
	require.InDelta(t, best, r.Expected.Capacity, 1)
	require.InDelta(t, 100_000-best+1.0348*1e6*best/(1e6+best), r.Expected.Final, 1e-3)

	m.DEX = flat(1.0349)
	c, err := strategy.Compare(ask, m, strategy.BuyBelow{})
	require.NoError(t, err)
	require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrNoDiscount)
}

// PT at 0.97 with par on April 15th, in sAID at the NAV of April 1st, which leaves through the queue: requested as late as
// May 31st, paid on July 1st.
func TestFixedYield(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	r := one(t, ask, market(t), strategy.FixedYield{})
	tokens := 100_000 / 0.97
	require.InDelta(t, tokens*0.995*math.Pow(1.12, 91.0/365), r.Expected.Final, 1e-6) // April 1st to July 1st
	require.InDelta(t, math.Pow(1/0.97, 365.0/90)-1, r.Headline.Value, 1e-12)
	// A realised loss of 5 % on February 1st: the index that PT pays by is that of the start, 1.04.
	require.InDelta(t, tokens/1.04*1.04*0.95*0.995*math.Pow(1.12, 181.0/365), r.Shocked[2].Final, 1e-6)

	// Before the loss the token is worth what was paid for it, less the haircut; after it 5 % less, but for January's yield,
	// since the NAV is below the index.
	early := r.Shocked[2].Worth
	require.InDelta(t, 99_500, early[0].Value, 1e-6)
	require.InDelta(t, 0.95*math.Pow(1.12, 31.0/365)*99_500*math.Pow(1/0.97, 17.0/90), early[1].Value, 1e-6)

	m := market(t)
	m.PT.Maturity = day("2026-09-01")
	c, err := strategy.Compare(ask, m, strategy.FixedYield{}, strategy.LongYield{})
	require.NoError(t, err)
	var horizon *strategy.HorizonError
	require.ErrorAs(t, c.LeftOut[0].Err, &horizon)
	require.Equal(t, m.PT.Maturity, horizon.Earliest)
	m.PT.Maturity = day("2026-01-15")
	c, err = strategy.Compare(ask, m, strategy.FixedYield{})
	require.NoError(t, err)
	require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrInput)
}

// YT at 0.03 for the yield of 90 days: steps of February, March and April 1st grow the NAV by 1.12^(90/365), of which 5 %
// are a fee.
func TestLongYield(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	r := one(t, ask, market(t), strategy.LongYield{})
	tokens := 100_000 / 0.03
	grown := math.Pow(1.12, 90.0/365)
	shares := tokens * 0.95 * (1/1.04 - 1/(1.04*grown))
	require.InDelta(t, shares*1.04*0.995*math.Pow(1.12, 181.0/365), r.Expected.Final, 1e-6)
	// No yield: all is lost. A mark-down before any yield: none either.
	require.InDelta(t, 0, r.Shocked[1].Final, 1e-6)
	require.Equal(t, -1.0, r.Worst.Value)
}

// The model of an LP: 40 % grow at 12 %, 60 % with the NAV, both at 2 % of fees, to maturity; then all is sAID.
func TestProvideLP(t *testing.T) {
	ask := half
	ask.Expected = expect(0.10)
	r := one(t, ask, market(t), strategy.ProvideLP{})
	grown := math.Pow(1.10, 90.0/365)
	pool := 99_900 * (0.4*math.Pow(1.12, 90.0/365) + 0.6*grown) * math.Pow(1.02, 90.0/365)
	require.InDelta(t, pool*0.999*0.995*math.Pow(1.10, 181.0/365)/grown, r.Expected.Final, 1e-6)
	require.InDelta(t, (1+0.4*0.12+0.6*0.10)*1.02-1, r.Headline.Value, 1e-12)
}

// With no rate at all every strategy returns the principal less its costs.
func TestNoRates(t *testing.T) {
	nothing := strategy.Market{
		NAV: history(t, 1_040_000, 1_040_000), Exit: firstOf(1), DEX: flat(1.04), Lending: &strategy.Loan{LLTV: 0.86, Liquidity: 1e9},
		PT: &strategy.PT{Maturity: day("2026-04-15"), Buy: at(1)}, LP: &strategy.LP{Maturity: day("2026-04-15"), PTShare: 0.5}, Gas: 7,
	}
	ask := half
	ask.Horizon, ask.Expected = 365*yield.Day, expect(0)
	c := compare(t, ask, nothing)
	require.Equal(t, 9, len(c.Ranked))
	for _, r := range c.Ranked {
		sound(t, ask, r)
		gas := 0.0
		for _, part := range r.Expected.Parts {
			if part.Name == "network costs" {
				gas = part.AID
			}
		}
		require.InDelta(t, ask.Amount+gas, r.Expected.Final, 1e-6, r.Strategy)
		if _, held := r.Strategy.(strategy.Hold); !held {
			require.LessOrEqual(t, gas, -14.0)
		}
	}
	require.IsType(t, strategy.BuyBelow{}, c.LeftOut[0].Strategy)
}

func TestMix(t *testing.T) {
	ask := half
	ask.Expected = expect(0.12)
	m := market(t)
	stake, loop := one(t, ask, m, strategy.Stake{}), one(t, ask, m, strategy.Loop{Leverage: 3, Unwind: strategy.BySale})
	mix := one(t, ask, m, strategy.Mix{{strategy.Stake{}, 0.5}, {strategy.Loop{Leverage: 3, Unwind: strategy.BySale}, 0.3}})
	require.InDelta(t, 0.5*stake.Expected.Final+0.3*loop.Expected.Final+20_000, mix.Expected.Final, 1e-6)
	require.InDelta(t, 0.5+0.9+0.2, mix.Expected.Leverage, 1e-12)
	require.InDelta(t, 0.5*stake.Headline.Value+0.3*loop.Headline.Value, mix.Headline.Value, 1e-12)
	require.Equal(t, "50 % stake, exit by queue + 30 % loop 3.00x, unwind by sale", mix.Strategy.String())
	require.Equal(t, "Morpho", mix.Expected.Venue)
	for name, bad := range map[string]strategy.Mix{
		"negative": {{strategy.Hold{}, -0.1}}, "too much": {{strategy.Hold{}, 0.6}, {strategy.Stake{}, 0.6}}, "nil": {{nil, 0.5}}, "NaN": {{strategy.Hold{}, math.NaN()}},
	} {
		c, err := strategy.Compare(ask, m, bad)
		require.NoError(t, err, name)
		require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrInput, name)
	}
	require.InDelta(t, 100_000, one(t, ask, m, strategy.Mix{}).Expected.Final, 1e-9)
}

// Points are counted by value and day and never enter a return.
func TestPoints(t *testing.T) {
	ask := half
	ask.Expected = expect(0)
	m := market(t)
	without := one(t, ask, m, strategy.Stake{})
	m.Points = []strategy.Points{{Name: "Spice", PerDay: 2, Multipliers: map[strategy.Asset]float64{strategy.SAID: 3, strategy.LPs: 12}, Price: 0.001}}
	r := one(t, ask, m, strategy.Stake{})
	require.InDelta(t, 99_500*167*2*3, r.Points[0].Count, 1e-3) // to July 1st
	require.InDelta(t, 99_500*167*6*0.001, r.Points[0].AID, 1e-6)
	require.Equal(t, without.NetOfExit, r.NetOfExit)
	require.Zero(t, one(t, ask, m, strategy.Hold{}).Points[0].Count)
	m.Points[0].Price = math.NaN()
	_, err := strategy.Compare(ask, m)
	require.ErrorIs(t, err, strategy.ErrInput)
}

func TestCompare(t *testing.T) {
	c := compare(t, half, market(t))
	require.Equal(t, 11, len(c.Ranked))
	for i, r := range c.Ranked {
		sound(t, half, r)
		if i > 0 {
			require.GreaterOrEqual(t, c.Ranked[i-1].NetOfExit.Value, r.NetOfExit.Value)
		}
		require.Len(t, r.Shocked, 8)
	}
	// 31 to 62 days for each round are more than 180 days for a loop of 3x.
	require.Len(t, c.LeftOut, 1)
	require.Equal(t, strategy.Loop{}, c.LeftOut[0].Strategy)
	require.ErrorIs(t, c.LeftOut[0].Err, strategy.ErrHorizon)
	// 0.98 to 1.04 in the year from 2025-07-01... the window of 365 days starts on the step of 2025-01-01's successor.
	require.InDelta(t, math.Pow(1.04/0.98, 365.0/184)-1, c.Ask.Expected.Rate, 1e-9)
	again := compare(t, half, market(t))
	for i := range c.Ranked {
		require.Equal(t, c.Ranked[i].Expected, again.Ranked[i].Expected)
	}
}

func TestBadInput(t *testing.T) {
	good := market(t)
	nan, inf := math.NaN(), math.Inf(1)
	for name, change := range map[string]func(*strategy.Ask, *strategy.Market){
		"no amount":         func(a *strategy.Ask, _ *strategy.Market) { a.Amount = 0 },
		"NaN amount":        func(a *strategy.Ask, _ *strategy.Market) { a.Amount = nan },
		"infinite amount":   func(a *strategy.Ask, _ *strategy.Market) { a.Amount = inf },
		"no horizon":        func(a *strategy.Ask, _ *strategy.Market) { a.Horizon = 0 },
		"long horizon":      func(a *strategy.Ask, _ *strategy.Market) { a.Horizon = 21 * 365 * yield.Day },
		"leverage":          func(a *strategy.Ask, _ *strategy.Market) { a.MaxLeverage = 0.5 },
		"NaN leverage":      func(a *strategy.Ask, _ *strategy.Market) { a.MaxLeverage = nan },
		"health":            func(a *strategy.Ask, _ *strategy.Market) { a.MinHealth = 1 },
		"no NAVs":           func(a *strategy.Ask, m *strategy.Market) { m.NAV, a.Expected = yield.Series{}, expect(0) },
		"no exit":           func(_ *strategy.Ask, m *strategy.Market) { m.Exit = nil },
		"gas":               func(_ *strategy.Ask, m *strategy.Market) { m.Gas = -1 },
		"borrow rate":       func(a *strategy.Ask, _ *strategy.Market) { a.Expected = expect(0); a.Expected.BorrowRate = nan },
		"price drop of all": func(a *strategy.Ask, _ *strategy.Market) { a.Shocks = []strategy.Scenario{{PriceDrop: 1}} },
	} {
		ask, m := half, good
		change(&ask, &m)
		_, err := strategy.Compare(ask, m)
		require.ErrorIs(t, err, strategy.ErrInput, name)
	}
	_, err := strategy.Compare(half, good, nil)
	require.ErrorIs(t, err, strategy.ErrInput)
	ask := half
	ask.Expected = expect(-1)
	_, err = strategy.Compare(ask, good)
	require.ErrorIs(t, err, yield.ErrInput)
	// One step is too little to expect anything of.
	m := good
	m.NAV, err = yield.NewSeries(good.NAV.Samples()[3:])
	require.NoError(t, err)
	_, err = strategy.Compare(half, m)
	require.ErrorIs(t, err, yield.ErrTooFew)

	for name, c := range map[string]struct {
		change func(*strategy.Market)
		s      strategy.Strategy
		err    error
	}{
		"no DEX":         {func(m *strategy.Market) { m.DEX = nil }, strategy.Stake{Exit: strategy.BySale}, strategy.ErrNoVenue},
		"no DEX to buy":  {func(m *strategy.Market) { m.DEX = nil }, strategy.BuyBelow{}, strategy.ErrNoVenue},
		"no DEX to loop": {func(m *strategy.Market) { m.DEX = nil }, strategy.Loop{Unwind: strategy.BySale}, strategy.ErrNoVenue},
		"no loan":        {func(m *strategy.Market) { m.Lending = nil }, strategy.Loop{}, strategy.ErrNoVenue},
		"no PT":          {func(m *strategy.Market) { m.PT = nil }, strategy.FixedYield{}, strategy.ErrNoVenue},
		"no YT":          {func(m *strategy.Market) { m.YT = nil }, strategy.LongYield{}, strategy.ErrNoVenue},
		"no LP":          {func(m *strategy.Market) { m.LP = nil }, strategy.ProvideLP{}, strategy.ErrNoVenue},
		"dry pool":       {func(m *strategy.Market) { m.DEX = strategy.Pool{} }, strategy.Stake{Exit: strategy.BySale}, strategy.ErrNoLiquidity},
		"mad DEX":        {func(m *strategy.Market) { m.DEX = flat(nan) }, strategy.Stake{Exit: strategy.BySale}, strategy.ErrInput},
		"no quote":       {func(m *strategy.Market) { m.PT = &strategy.PT{Maturity: day("2026-03-01")} }, strategy.FixedYield{}, strategy.ErrNoVenue},
		"LLTV":           {func(m *strategy.Market) { m.Lending = &strategy.Loan{LLTV: 1, Liquidity: 1} }, strategy.Loop{}, strategy.ErrInput},
		"no LLTV":        {func(m *strategy.Market) { m.Lending = &strategy.Loan{Liquidity: 1} }, strategy.Loop{}, strategy.ErrInput},
		"borrow APY":     {func(m *strategy.Market) { m.Lending = &strategy.Loan{LLTV: 0.8, Liquidity: 1e9, BorrowAPY: -2} }, strategy.Loop{}, strategy.ErrInput},
		"no liquidity":   {func(m *strategy.Market) { m.Lending = &strategy.Loan{LLTV: 0.8} }, strategy.Loop{}, strategy.ErrLeverage},
		"YT fee":         {func(m *strategy.Market) { m.YT = &strategy.YT{Fee: 1} }, strategy.LongYield{}, strategy.ErrInput},
		"LP share":       {func(m *strategy.Market) { m.LP = &strategy.LP{PTShare: 2} }, strategy.ProvideLP{}, strategy.ErrInput},
		"old LP":         {func(m *strategy.Market) { m.LP = &strategy.LP{Maturity: day("2026-01-01")} }, strategy.ProvideLP{}, strategy.ErrInput},
		"no time":        {func(m *strategy.Market) { m.Exit = cooldown(200 * yield.Day) }, strategy.Stake{}, strategy.ErrHorizon},
		"back in time":   {func(m *strategy.Market) { m.Exit = cooldown(-yield.Day) }, strategy.Stake{}, strategy.ErrInput},
		"never":          {func(m *strategy.Market) { m.Exit = cooldown(20 * 365 * yield.Day) }, strategy.Stake{}, strategy.ErrInput},
	} {
		m := market(t)
		c.change(&m)
		got, err := strategy.Compare(half, m, c.s)
		require.NoError(t, err, name)
		require.Len(t, got.LeftOut, 1, name)
		require.ErrorIs(t, got.LeftOut[0].Err, c.err, name)
	}
}

// Whatever the numbers: no panic, no NaN, parts that explain the profit.
func FuzzCompare(f *testing.F) {
	f.Add(100_000.0, uint16(180), 3.0, 0.12, 0.08, 0.86, 0.97, 0.05, 1.03, uint16(30))
	f.Add(1.0, uint16(7000), 50.0, -0.9, 9.0, 0.99, 1.5, 0.9, 0.1, uint16(0))
	f.Add(1e12, uint16(30), 1.0, 3.0, -0.5, 0.5, 0.01, 0.0, 5.0, uint16(90))
	f.Fuzz(func(t *testing.T, amount float64, horizon uint16, leverage, apy, borrow, lltv, pt, loss, price float64, wait uint16) {
		if !(amount >= 1e-3 && amount <= 1e15) || math.Abs(apy) > 100 || math.Abs(borrow) > 100 || !(price > 1e-3 && price < 1e3) || !(pt > 1e-3 && pt < 1e3) {
			t.Skip()
		}
		m := market(t)
		m.Exit = cooldown(time.Duration(wait%400) * yield.Day)
		m.DEX = strategy.Pool{AID: 1e7 * price, SAID: 1e7, Fee: 0.003}
		m.Lending.BorrowAPY, m.Lending.LLTV = borrow, lltv
		m.PT.Buy, m.YT.Buy = at(pt), at(pt)
		m.PT.Maturity = m.PT.Maturity.Add(time.Duration(wait) * yield.Day / 7)
		ask := strategy.Ask{Amount: amount, Horizon: time.Duration(horizon%7300) * yield.Day, MaxLeverage: leverage, Expected: expect(apy)}
		ask.Expected.MarkDowns = []yield.MarkDown{{Month: 2, Loss: loss}}
		c, err := strategy.Compare(ask, m)
		if err != nil {
			return
		}
		for _, r := range c.Ranked {
			for _, path := range append([]strategy.Path{r.Expected}, r.Shocked...) {
				sum, size := 0.0, amount
				for _, part := range path.Parts {
					sum += part.AID
					size += math.Abs(part.AID)
				}
				require.InDelta(t, 0, (path.Final-amount-sum)/size, 1e-6, "%s: %v", r.Strategy, path.Parts)
			}
			require.False(t, math.IsNaN(r.NetOfExit.Value+r.Worst.Value+r.Headline.Value), r.Strategy)
		}
		for _, left := range c.LeftOut {
			require.Error(t, left.Err)
			require.False(t, errors.Is(left.Err, strategy.ErrUnwind) && left.Strategy == (strategy.Stake{}))
		}
		if a, err := strategy.Allocate(c, strategy.NoCaps()); err == nil {
			require.GreaterOrEqual(t, a.Profit, -1e-9*amount)
		}
	})
}
