package strategy_test

import (
	"fmt"

	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
	"github.com/holiman/uint256"
)

// What 100,000 AID earn in 180 days, and the way out. All numbers are made up.
func ExampleCompare() {
	nav := func(deposit, unstaking uint64) yield.NAV {
		return yield.NAV{Deposit: *uint256.NewInt(deposit), Unstaking: *uint256.NewInt(unstaking)}
	}
	series, err := yield.NewSeries([]yield.Sample{
		{Time: day("2025-07-01"), NAV: nav(1.00e18, 0.995e18)},
		{Time: day("2025-08-01"), NAV: nav(1.01e18, 1.005e18)},
		{Time: day("2026-02-01"), NAV: nav(1.06e18, 1.055e18)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	market := strategy.Market{
		NAV: series, Exit: firstOf(2), DEX: strategy.Pool{AID: 42.1e6, SAID: 40e6, Fee: 0.0005},
		Lending: &strategy.Loan{Venue: "Morpho", BorrowAPY: 0.06, LLTV: 0.86, Bonus: 0.044, Liquidity: 2e6},
		PT:      &strategy.PT{Venue: "Pendle", Maturity: day("2026-05-01"), Buy: at(0.98)},
	}
	compared, err := strategy.Compare(strategy.Ask{Amount: 100_000, Horizon: 180 * yield.Day, MaxLeverage: 3}, market)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range compared.Ranked {
		fmt.Printf("%-30s %6.2f%% headline %6.2f%% net of exit %7.2f%% worst   out in %2.0f days\n",
			r.Strategy, r.Headline.Percent(), r.NetOfExit.Percent(), r.Worst.Percent(), r.ExitTime.Hours()/24)
	}
	for _, left := range compared.LeftOut {
		fmt.Println(left.Strategy, "-", left.Err)
	}
	for _, part := range compared.Ranked[0].Expected.Parts {
		fmt.Printf("%12.2f  %s: %s\n", part.AID, part.Name, part.Why)
	}

	caps := strategy.NoCaps()
	caps.MaxLoss, caps.ExitTime, caps.Slow = 0.08, 7*yield.Day, 0.5
	best, err := strategy.Allocate(compared, caps)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, %.0f %% held: %.2f%%\n", best.Mix, 100*best.Held, best.NetOfExit.Percent())
	for _, b := range best.Binding {
		fmt.Printf("limited by %q\n", b.Cap)
	}
	// Output:
	// stake, exit by queue            10.06% headline   7.28% net of exit   -8.17% worst   out in 31 days
	// PT to maturity, exit by queue    8.64% headline   6.59% net of exit   -5.30% worst   out in 31 days
	// stake, exit by sale             10.06% headline   6.15% net of exit  -28.67% worst   out in  0 days
	// PT to maturity, exit by sale     8.64% headline   5.47% net of exit  -25.69% worst   out in  0 days
	// loop, unwind by sale            18.18% headline   3.45% net of exit  -86.25% worst   out in  0 days
	// buy below NAV, unstake           9.72% headline   3.09% net of exit   -9.97% worst   out in 59 days
	// hold AID                         0.00% headline   0.00% net of exit    0.00% worst   out in  0 days
	// loop, unwind by queue - strategy: the money is not back within the horizon; ask for a longer one: loop, unwind by queue pays on 2026-12-01 at the earliest, the horizon ends on 2026-07-31
	//      4017.62  NAV accrual: Deposit NAV 1.060000 to 1.085066 in 3 steps over 119 days, at 10.06 % a year; while queued for 31 days
	//      -490.65  haircut: Unstaking NAV 1.097386 below Deposit NAV 1.102587, at settlement
	// 50 % PT to maturity, exit by queue + 46 % PT to maturity, exit by sale, 4 % held: 5.80%
	// limited by "exit within 7 days"
	// limited by "loss in all together"
}

func ExampleLoop() {
	// A loop of 3x at a liquidation loan-to-value of 86 %: health 3*0.86/2 = 1.29.
	fmt.Println(strategy.Loop{Leverage: 3}, "/", strategy.Loop{Unwind: strategy.BySale})
	// Output: loop 3.00x, unwind by queue / loop, unwind by sale
}
