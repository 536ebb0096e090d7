package pendle_test

import (
	"fmt"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
)

// What 100,000 of SY fix for a year, with fee and price impact, and what YT is good for at the same price.
func Example() {
	market := pool() // in a program: Pool.Market of package pool
	amount := wad(100_000)
	fixed, err := market.FixedYield(amount, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s PT; implied %.2f %%, fixed %.2f %%, implied afterwards %.2f %%\n",
		gaib.FormatUnits(fixed.Trade.PT, 18), fixed.Implied.Percent(), fixed.APY.Percent(), fixed.After.Percent())
	long, err := market.LongYield(market.LastLnImpliedRate, 0.03, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("YT at %.4f: %.1f times the yield, as good as holding at %.2f %%\n", long.Price, long.Leverage, long.Matches.Percent())
	// Output:
	// 114035.051147874314837109 PT; implied 10.00 %, fixed 8.60 %, implied afterwards 8.85 %
	// YT at 0.0909: 11.0 times the yield, as good as holding at 10.34 %
}

// A trade that the market refuses fails with its own error and leaves the value as it was.
func ExampleMarket_SwapExactPTForSY() {
	market := pool()
	trade, err := market.SwapExactPTForSY(wad(10_000), now)
	fmt.Println(gaib.FormatUnits(trade.SY, 18), gaib.FormatUnits(trade.Fee, 18), err)
	_, err = market.SwapExactPTForSY(wad(100_000_000), now)
	fmt.Println(err)
	_, err = market.SwapExactPTForSY(uint256.Int{1}, expiry)
	fmt.Println(err)
	// Output:
	// 8632.874712998277934105 17.283026691679715907 <nil>
	// MarketProportionTooHigh(proportion=33715842714214559362, maxProportion=960000000000000000): PT would be more than 96 % of the market; sell less PT.
	// MarketExpired(): The market's PT has matured: nothing can be traded or added any more, only removed and redeemed.
}
