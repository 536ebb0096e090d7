// Package strategy says what AID earns by each way of using it, how one gets out again, and what happens when things go
// wrong.
//
//		market := strategy.Market{NAV: series, Exit: said.MonthAfterNext, DEX: pool, Lending: loan, PT: pt}
//		compared, err := strategy.Compare(strategy.Ask{Amount: 100_000, Horizon: 180 * yield.Day, MaxLeverage: 4}, market)
//		for _, r := range compared.Ranked {
//			fmt.Printf("%-28s %6.2f%% headline %6.2f%% net of exit   worst case %6.2f%%\n",
//				r.Strategy, r.Headline.Percent(), r.NetOfExit.Percent(), r.Worst.Percent())
//		}
//
//	  - A [Strategy] is a value: [Hold], [Stake], [BuyBelow], [Loop], [FixedYield] (PT), [LongYield] (YT), [ProvideLP], and a
//	    [Mix] of them; or a caller's own type, which carries an amount through a [Run].
//	  - [Market] is prices and terms as they were read or quoted; [Scenario] what is assumed of the time to come. [Expect]
//	    takes the history to go on; [StandardShocks] are things that can go wrong.
//	  - [Compare] ranks by the money that is back at the end of the horizon, after the haircut, fees, swaps, interest and
//	    network costs. Every [Result] has the headline rate beside it, the worst of the shocks, the time and the cost of
//	    leaving, and the parts of its profit with a reason for each. What cannot be done as asked is listed with the reason.
//	  - [Allocate] finds the best mix under caps, exactly.
//
// # What is modelled
//
// sAID is entered at the Deposit NAV and left through the queue at the Unstaking NAV, or sold. NAVs move in monthly steps
// ([yield.NewForecast]). Exits are asked for so that the money is expected back by the end of the horizon; a shock that is
// not foreseen makes it late. Loops compound both legs and are liquidated where the debt outgrows the limit, looked at
// before and after each step. PT and YT share the yield by the highest Deposit NAV so far, as Pendle's contracts do; PT and
// YT pay in sAID, which then has to leave like any other. An LP is an approximation.
//
// Assumed, and not facts of GAIB: that steps fall on first days of months; that a DEX's price moves with the Unstaking NAV;
// that an oracle reports the Deposit NAV; that AID is worth what it is borrowed in; that a liquidation takes the whole
// position at once; and the size of the shocks.
//
// # What it is not for
//
// It predicts nothing, and no result is an amount for a transaction: those are integers of packages said, lending and
// yield/pendle. Points are counted apart, valued at the caller's price, and are in no return.
//
// # Units
//
// Amounts are AID, sAID or tokens as float64 of whole ones; rates are fractions a year of 365 days, times UTC.
//
// # Concurrency
//
// Functions read their arguments only. They call the market's quotes one at a time; comparisons may run side by side if the
// quotes may.
package strategy
