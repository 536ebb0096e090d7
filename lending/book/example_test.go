package book_test

import (
	"fmt"
	"slices"

	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/book"
	"github.com/holiman/uint256"
)

func amount(decimal string) uint256.Int { return *uint256.MustFromDecimal(decimal) }

// A market that lends a dollar of 6 decimals against a share of 18: who can be liquidated when the share's price falls?
func Example() {
	positions := []book.Position{ // 1,000 shares each, debt of 600, 850 and 880
		{Account: book.Account{1}, Shares: amount("600000000000000"), Collateral: amount("1000000000000000000000")},
		{Account: book.Account{2}, Shares: amount("850000000000000"), Collateral: amount("1000000000000000000000")},
		{Account: book.Account{3}, Shares: amount("880000000000000"), Collateral: amount("1000000000000000000000")},
	}
	b, err := book.New(slices.Values(positions))
	if err != nil {
		fmt.Println(err)
		return
	}
	market := book.Market{
		BorrowAssets: amount("2330000000"), BorrowShares: amount("2330000000000000"),
		Price: amount("1055000000000000000000000"), LLTV: lending.Bps(8600), // 1.055 * 10^(36 + 6 - 18)
	}
	var tick []book.Position
	for _, price := range []string{"1055000000000000000000000", "1010000000000000000000000", "980000000000000000000000"} {
		market.Price = amount(price)
		if tick, err = b.Liquidatable(tick[:0], market, 100); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d of %d:", len(tick), b.Len())
		for _, p := range tick {
			fmt.Printf(" account %d", p.Account[0])
		}
		fmt.Println()
	}
	// Account 3 repays everything.
	if err := b.Set(book.Position{Account: book.Account{3}}); err != nil {
		fmt.Println(err)
	}
	tick, err = b.Liquidatable(tick[:0], market, 100)
	fmt.Println(len(tick), "of", b.Len(), err)
	// Output:
	// 0 of 3:
	// 1 of 3: account 3
	// 2 of 3: account 3 account 2
	// 1 of 2 <nil>
}

// Loans with a rate of their own each have no common order. Debt and limit columns in floats leave few to decide
// exactly.
func ExampleScan() {
	type loan struct{ debt, limit uint64 } // base units of one currency, interest accrued
	loans := []loan{{900, 1000}, {999_999, 1_000_000}, {1_000_001, 1_000_000}, {5, 4}}
	var debts, limits []float64
	for _, l := range loans {
		debts, limits = append(debts, float64(l.debt)), append(limits, float64(l.limit))
	}
	asked := 0
	found, err := book.Scan(nil, debts, limits, book.Filter{Debt: 1, Limit: 1, Slack: 2}, func(row int) bool {
		asked++
		return loans[row].debt > loans[row].limit
	})
	fmt.Println(found, "found,", asked, "asked,", err)
	// Output: [2 3] found, 3 asked, <nil>
}
