package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/lending/aave/core"
)

// pool is a pool for the script.
type pool struct {
	Now      uint64     `json:"now"`
	Reserves [][]string `json:"reserves"` // address and numbers
	Users    [][]leg    `json:"users"`
}

// leg is one asset of an account: its reserve, and the scaled amounts supplied and owed.
type leg struct {
	Reserve  int    `json:"reserve"`
	Supplied string `json:"supplied"`
	Debt     string `json:"debt"`
}

// aave is accounts of three collaterals and two debts in an Aave v3.7 pool.
//
// math-utils keeps fractions where the contract rounds to base units, and expands the compounded interest in other steps:
// amounts and health are held against it to one part in a million, the means of loan-to-value and threshold, of which it
// keeps more digits, to the basis point.
func aave(random *rand.Rand) side {
	const users, legs, debts = 200, 5, 2
	ray := func(billionths uint64) uint256.Int { return share(e(1, 27), billionths, 1e9) }
	market := core.Market{Revision: core.V37, Time: 1_770_000_000}
	cases := pool{Now: market.Time}
	dollars, places := []uint64{3_000, 1, 1, 1, 90_000}, []uint8{18, 6, 18, 6, 8}
	for i := range legs {
		lltv := 5_000 + uint16(random.IntN(3_500))
		r := core.Reserve{
			Asset: common.BigToAddress(uint256.NewInt(uint64(i) + 1).ToBig()),
			Config: core.Config{
				LTV: lltv, LiquidationThreshold: lltv + uint16(random.IntN(1_000)), LiquidationBonus: 10_500, Decimals: places[i],
				Active: true, Borrowing: true, ReserveFactor: 1_000,
			},
			LiquidityIndex: ray(1e9 + random.Uint64N(1e8)), LiquidityRate: ray(random.Uint64N(1e8)),
			DebtIndex: ray(1e9 + random.Uint64N(2e8)), DebtRate: ray(1e6 + random.Uint64N(15e7)),
			LastUpdate: market.Time - random.Uint64N(7*86400), Price: *uint256.NewInt(dollars[i] * (95e6 + random.Uint64N(15e6))),
		}
		r.ScaledSupply = e(1_000_000_000, uint64(r.Config.Decimals))
		r.ScaledDebt = share(r.ScaledSupply, 6, 10)
		market.Reserves = append(market.Reserves, r)
		row := append([]string{r.Asset.Hex()}, decimals(r.LiquidityIndex, r.LiquidityRate, r.DebtIndex, r.DebtRate, r.Price, r.ScaledSupply, r.ScaledDebt)...)
		for _, n := range []uint64{r.LastUpdate, uint64(r.Config.Decimals), uint64(r.Config.LTV), uint64(r.Config.LiquidationThreshold)} {
			row = append(row, fmt.Sprint(n))
		}
		cases.Reserves = append(cases.Reserves, row)
	}
	accounts := make([]core.Account, users)
	for i := range accounts {
		a, row := &accounts[i], []leg(nil)
		for place, id := range random.Perm(legs) {
			// 5,000 to 10,000,000 dollars each, of which a base unit is less than one part in a million.
			unit, worth := e(1, uint64(places[id])+8), spread(random, e(1, 4), e(1, 7))
			var amount uint256.Int
			amount.MulDivOverflow(&unit, &worth, &market.Reserves[id].Price)
			if place < debts {
				amount = share(amount, 50+random.Uint64N(50), 100)
				a.Config = a.Config.WithBorrowing(id, true)
				a.Balances = append(a.Balances, core.Balance{Reserve: id, Debt: amount})
				row = append(row, leg{Reserve: id, Supplied: "0", Debt: amount.Dec()})
			} else {
				a.Config = a.Config.WithCollateral(id, true)
				a.Balances = append(a.Balances, core.Balance{Reserve: id, Supplied: amount})
				row = append(row, leg{Reserve: id, Supplied: amount.Dec(), Debt: "0"})
			}
		}
		slices.SortFunc(a.Balances, func(x, y core.Balance) int { return x.Reserve - y.Reserve })
		cases.Users = append(cases.Users, row)
	}

	view, broken := market.View()
	data := func(i int) (core.Data, error) {
		if broken != nil {
			return core.Data{}, broken
		}
		return view.Data(&accounts[i])
	}
	var distance near
	distance.limit.SetFrac64(1, 1_000_000)
	return side{
		peer: "@aave/math-utils", key: "aave", cases: cases, count: users,
		about: fmt.Sprintf("%d accounts of %d collaterals and %d debts in an Aave v3.7 pool", users, legs-debts, debts),
		agree: func() string {
			worst, _ := distance.worst.Float64()
			return fmt.Sprintf("equal within one part in a million, at most %.1e apart", worst)
		},
		ours: func(i int) ([]string, error) {
			d, err := data(i)
			if err != nil {
				return nil, err
			}
			health := d.Health.Wad
			if d.Health.Infinite {
				return nil, errors.New("an account without debt is not drawn")
			}
			return append(decimals(d.Collateral, d.Debt, health), fmt.Sprint(d.LTV), fmt.Sprint(d.LiquidationThreshold)), nil
		},
		same: func(ours, theirs []string) error {
			if len(theirs) != len(ours) {
				return fmt.Errorf("%d answers instead of %d", len(theirs), len(ours))
			}
			for i := range 3 {
				if err := distance.compare(ours[i], theirs[i]); err != nil {
					return err
				}
			}
			return equal(ours[3:], theirs[3:])
		},
		works: []work{
			{"summary", "account summary", func(i int) error {
				_, err := data(i)
				return err
			}},
			{"summary", "the same with the indices computed anew", func(i int) error {
				view, err := market.View()
				if err != nil {
					return err
				}
				_, err = view.Data(&accounts[i])
				return err
			}},
		},
	}
}
