package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield/pendle"
)

// sale is an amount of PT to be sold to a market.
type sale struct {
	market pendle.Market
	now    uint64
	pt     uint256.Int
}

// trades is sales of PT to Pendle markets from a day to two years before expiry.
func trades(random *rand.Rand) side {
	const count = 500
	var sales []sale
	var rows [][]string
	for len(sales) < count {
		left := 86400 + random.Uint64N(2*pendle.Year)
		s := sale{now: 1_770_000_000, pt: spread(random, e(1, 18), e(1, 23))}
		rate := *uint256.NewInt(1e18 + random.Uint64N(5e17))
		s.market = pendle.Market{
			TotalPT: spread(random, e(1, 24), e(1, 26)), TotalSY: spread(random, e(1, 24), e(1, 26)), TotalLP: e(1, 18),
			ScalarRoot: spread(random, e(5, 18), e(100, 18)), Expiry: s.now + left, LnFeeRateRoot: *uint256.NewInt(random.Uint64N(1e16)),
			ReserveFeePercent: 80, LastLnImpliedRate: *uint256.NewInt(1e16 + random.Uint64N(2e17)), SYRate: rate, PYIndex: rate,
		}
		moved := s.market
		if _, err := moved.SwapExactPTForSY(s.pt, s.now); err != nil {
			continue // a trade that the market refuses is nobody's quote
		}
		m := s.market
		sales = append(sales, s)
		rows = append(rows, decimals(m.TotalPT, m.TotalSY, m.TotalLP, m.ScalarRoot, *uint256.NewInt(m.Expiry), m.LnFeeRateRoot,
			*uint256.NewInt(m.ReserveFeePercent), m.LastLnImpliedRate, m.PYIndex, *uint256.NewInt(s.now), s.pt))
	}

	quote := func(s *sale) (pendle.Trade, error) {
		curve, err := s.market.Curve(s.now)
		if err != nil {
			return pendle.Trade{}, err
		}
		return curve.Sell(s.pt)
	}
	return side{
		peer: "@pendle/core-v2-offchain-math", key: "pendle", cases: rows, count: count, same: equal, agree: exactly,
		about: fmt.Sprintf("%d sales of PT to Pendle V2 markets", count),
		ours: func(i int) ([]string, error) {
			s := &sales[i]
			a, err := quote(s)
			if err != nil {
				return nil, err
			}
			moved := s.market
			b, err := moved.SwapExactPTForSY(s.pt, s.now)
			if err != nil {
				return nil, err
			}
			return decimals(a.SY, a.Fee, a.Reserve, b.SY, b.Fee, b.Reserve, moved.TotalPT, moved.TotalSY, moved.LastLnImpliedRate), nil
		},
		works: []work{
			{"quote", "quote", func(i int) error {
				_, err := quote(&sales[i])
				return err
			}},
			{"swap", "trade, with the market after it", func(i int) error {
				moved := sales[i].market
				_, err := moved.SwapExactPTForSY(sales[i].pt, sales[i].now)
				return err
			}},
		},
	}
}
