package lending_test

import (
	"fmt"
	"time"

	"github.com/gaib-go/gaib/lending"
	"github.com/holiman/uint256"
)

func amount(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

// An account with two collaterals: sAID valued at its Deposit NAV, and ether. Prices have the 8 decimals of a USD feed.
func ExampleAccount() {
	account := lending.Account{
		Collaterals: []lending.Collateral{
			{ // 10,000 sAID at 1.05514847 USD
				Amount: amount("10000000000000000000000"), Price: lending.Price{Mantissa: amount("105514847"), Decimals: 18},
				LTV: lending.Bps(7000), LiquidationThreshold: lending.Bps(7700), Bonus: lending.Bps(600),
			},
			{ // 2 ether at 3,000 USD
				Amount: amount("2000000000000000000"), Price: lending.Price{Mantissa: amount("300000000000"), Decimals: 18},
				LTV: lending.Bps(8000), LiquidationThreshold: lending.Bps(8250), Bonus: lending.Bps(500),
			},
		},
		Debts: []lending.Debt{ // 9,500 USDC
			{Amount: amount("9500000000"), Price: lending.Price{Mantissa: amount("100000000"), Decimals: 6}},
		},
	}
	value, err := account.Value()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("health factor %.4f\n", value.Health().Float64())
	distance, err := account.Distance()
	fmt.Printf("all prices may fall by %.2f %% (%v)\n", distance.Float64()*100, err)
	edge, err := account.CollateralLiquidationPrice(0)
	fmt.Println("sAID alone:", edge.Price.Mantissa.Dec(), edge.Reach, err)
	withdraw, err := account.MaxWithdraw(1, lending.Bps(11000))
	fmt.Println("ether that can leave at a health of 1.1:", withdraw.Dec(), err)
	ladder, err := account.Ladder(lending.One, lending.Bps(8000), lending.Bps(5000))
	for _, row := range ladder {
		fmt.Printf("at %s of today's prices: health %.3f, seized %s, bad debt %s\n", row.PriceFactor, row.Health.Float64(), row.Seized.Dec(), row.BadDebt.Dec())
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// health factor 1.3763
	// all prices may fall by 27.34 % (<nil>)
	// sAID alone: 59090910 reachable <nil>
	// ether that can leave at a health of 1.1: 1060461906666666666 <nil>
	// at 100 % of today's prices: health 1.376, seized 0, bad debt 0
	// at 80 % of today's prices: health 1.101, seized 0, bad debt 0
	// at 50 % of today's prices: health 0.688, seized 827574230000, bad debt 166574176551
}

// sAID lent against at the Deposit NAV: what a liquidator gets for it, and whether liquidating pays.
func ExampleLiquidationViable() {
	lltv := lending.Bps(8600)
	factor, err := lending.MorphoIncentive(lltv)
	if err != nil {
		fmt.Println(err)
		return
	}
	bonus := factor - lending.One
	step, err := lending.LargestStep(lltv, bonus)
	fmt.Printf("a position at its limit survives a NAV step of %.1f %% (%v)\n", step.Float64()*100, err)

	exit := lending.Exit{Wait: 45 * 24 * time.Hour, Rate: 0.15}
	for _, unstaking := range []string{"1055148472560343600", "1030000000000000000", "1000000000000000000"} {
		nav := lending.NAV{Deposit: amount("1055148472560343600"), Unstaking: amount(unstaking)}
		v, err := lending.LiquidationViable(bonus, 0, nav, exit)
		fmt.Printf("the oracle over-values by %.2f %%, break-even %.2f %%: %t, %s (%v)\n",
			v.Gap.Float64()*100, v.BreakEven.Float64()*100, v.Viable, v.Reason, err)
	}
	// Output:
	// a position at its limit survives a NAV step of 10.2 % (<nil>)
	// the oracle over-values by 1.71 %, break-even 4.20 %: true, pays (<nil>)
	// the oracle over-values by 4.05 %, break-even 4.20 %: true, pays (<nil>)
	// the oracle over-values by 6.85 %, break-even 4.20 %: false, haircut at the exit exceeds the bonus (<nil>)
}

// The most profitable liquidation where selling moves the price.
func ExampleCosts_Best() {
	price := lending.Price{Mantissa: amount("1000000000000000000000000"), Decimals: 36} // one unit of 6 decimals for one of 18
	market := lending.Market{Price: price, LLTV: lending.Bps(8600), Bonus: lending.Bps(438)}
	borrower := lending.Position{Collateral: amount("500000000000000000000000"), Debt: amount("440000000000")}
	costs := lending.Costs{
		Sell:     lending.LinearImpact(price, amount("20000000000000")), // the price is gone when 20 million are sold
		Gas:      amount("4000000"),
		FlashFee: lending.Bps(5),
	}
	best, err := costs.Best(market, borrower, lending.Rules{CloseFactor: lending.One})
	net := best.Profit.Net()
	fmt.Printf("repay %.1f thousand, net %.2f, sign %d (%v)\n", best.Repaid.Float64()/1e9, net.Float64()/1e6, best.Profit.Sign(), err)
	// Output:
	// repay 397.4 thousand, net 8600.21, sign 1 (<nil>)
}
