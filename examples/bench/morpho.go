package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
)

// loan is a position in a market at a price, and the time up to which interest is to be added.
type loan struct {
	market   *blue.Market
	price    *uint256.Int
	position blue.Position
	now      uint64
}

// morpho is many positions in markets from empty to fully borrowed, at 0 to 110 % of their limit.
func morpho(random *rand.Rand) side {
	const markets, each, wad = 25, 40, 1e18
	lltvs := []lending.Ratio{385e15, 625e15, 770e15, 860e15, 915e15, 945e15, 965e15}
	var loans []loan
	var rows [][]string
	for range markets {
		supply := spread(random, e(1, 9), e(1, 27))
		m := blue.Market{
			TotalSupplyAssets: supply, TotalSupplyShares: share(supply, 800_000+random.Uint64N(200_000), 1),
			TotalBorrowAssets: share(supply, random.Uint64N(1001), 1000),
			LastUpdate:        1_770_000_000, Fee: lending.Ratio(random.Uint64N(26)) * 1e16, LLTV: lltvs[random.IntN(len(lltvs))],
			Model: blue.AdaptiveCurve, Rate: 31_709_792 + random.Uint64N(63_000_000_000),
		}
		m.TotalBorrowShares = share(m.TotalBorrowAssets, 700_000+random.Uint64N(300_000), 1)
		price := spread(random, e(1, 34), e(1, 38))
		for range each {
			l := loan{market: &m, price: &price, now: m.LastUpdate + random.Uint64N(30*86400)}
			l.position.Collateral = spread(random, e(1, 6), e(1, 27))
			if h, err := m.Health(&l.position, &price); err == nil && random.IntN(50) != 0 {
				l.position.BorrowShares = share(h.MaxBorrow, 800_000*random.Uint64N(111), 100)
			}
			loans = append(loans, l)
			row := decimals(m.TotalSupplyAssets, m.TotalSupplyShares, m.TotalBorrowAssets, m.TotalBorrowShares, price,
				l.position.BorrowShares, l.position.Collateral)
			for _, n := range []uint64{m.LastUpdate, uint64(m.Fee), uint64(m.LLTV), m.Rate, l.now} {
				row = append(row, fmt.Sprint(n))
			}
			rows = append(rows, row)
		}
	}

	factor := func(l *loan) (lending.Factor, error) {
		h, err := l.market.Health(&l.position, l.price)
		if err != nil {
			return lending.Factor{}, err
		}
		return h.Factor()
	}
	later := func(l *loan) (lending.Factor, error) {
		h, err := l.market.HealthAt(&l.position, l.price, l.now)
		if err != nil {
			return lending.Factor{}, err
		}
		return h.Factor()
	}
	// Without debt the package's health factor is the largest word.
	text := func(f lending.Factor) string {
		if f.Infinite {
			f.Wad.SetAllOne()
		}
		return f.Wad.Dec()
	}
	return side{
		peer: "@morpho-org/blue-sdk", key: "morpho", cases: rows, count: len(loans), same: equal, agree: exactly,
		about: fmt.Sprintf("%d positions in %d Morpho Blue markets", len(loans), markets),
		ours: func(i int) ([]string, error) {
			l := &loans[i]
			h, err := l.market.Health(&l.position, l.price)
			if err != nil {
				return nil, err
			}
			healthy, err := l.market.Healthy(&l.position, l.price)
			if err != nil {
				return nil, err
			}
			f, err := factor(l)
			if err != nil {
				return nil, err
			}
			m, _, err := l.market.Accrue(l.now)
			if err != nil {
				return nil, err
			}
			g, err := later(l)
			if err != nil {
				return nil, err
			}
			row := append(decimals(h.Borrowed, h.MaxBorrow), fmt.Sprint(healthy), text(f))
			return append(append(row, decimals(m.TotalSupplyAssets, m.TotalSupplyShares, m.TotalBorrowAssets, *uint256.NewInt(m.Rate))...), text(g)), nil
		},
		works: []work{
			{"healthy", "healthy or not", func(i int) error {
				_, err := loans[i].market.Healthy(&loans[i].position, loans[i].price)
				return err
			}},
			{"factor", "debt, limit and health factor", func(i int) error {
				_, err := factor(&loans[i])
				return err
			}},
			{"later", "interest added, then the health factor", func(i int) error {
				_, err := later(&loans[i])
				return err
			}},
		},
	}
}
