package core_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/lending/aave/core"
)

// A second opinion in math/big, written from the formulas: no fixed point, no overflow, plain fractions.

func integer(x uint256.Int) *big.Int { return x.ToBig() }

func natural(n int64) *big.Int { return big.NewInt(n) }

func power(n int64) *big.Int { return new(big.Int).Exp(natural(10), natural(n), nil) }

func times(factors ...*big.Int) *big.Int {
	out := natural(1)
	for _, f := range factors {
		out.Mul(out, f)
	}
	return out
}

// rounded returns x/d: floor for 0, half up for 1, ceil for 2.
func rounded(x, d *big.Int, how int) *big.Int {
	out := new(big.Int).Set(x)
	switch how {
	case 1:
		out.Add(out, new(big.Int).Rsh(d, 1))
	case 2:
		out.Add(out, new(big.Int).Sub(d, natural(1)))
	}
	return out.Div(out, d)
}

const (
	down   = 0
	halfUp = 1
	up     = 2
)

// bigFactor is the compounded interest.
func bigFactor(r core.Revision, rate *big.Int, n int64) *big.Int {
	one, year := power(27), natural(core.Year)
	if n == 0 {
		return one
	}
	if r == core.V37 {
		x := rounded(times(rate, natural(n)), year, down)
		inner := rounded(times(x, rounded(x, natural(6), down)), one, halfUp)
		inner.Add(inner, rounded(x, natural(2), down))
		out := rounded(times(x, inner), one, halfUp)
		return out.Add(out.Add(out, x), one)
	}
	two := rounded(rounded(times(rate, rate), one, halfUp), times(year, year), down)
	three := rounded(rounded(times(two, rate), one, halfUp), year, down)
	out := new(big.Int).Add(one, rounded(times(rate, natural(n)), year, down))
	out.Add(out, rounded(times(natural(n), natural(n-1), two), natural(2), down))
	return out.Add(out, rounded(times(natural(n), natural(n-1), natural(max(n-2, 0)), three), natural(6), down))
}

func FuzzInterest(f *testing.F) {
	f.Add(uint64(5e17), uint64(31_536_000), uint8(0))
	f.Add(uint64(0), uint64(0), uint8(1))
	f.Add(uint64(1), uint64(1), uint8(90))
	f.Add(^uint64(0), uint64(3_153_600_000), uint8(60)) // a hundred years
	f.Fuzz(func(t *testing.T, rate, seconds uint64, shift uint8) {
		x := uint256.Int{rate}
		x.Lsh(&x, uint(shift%65))
		seconds %= 1 << 33
		linear, err := core.LinearInterest(x, seconds)
		require.NoError(t, err)
		want := new(big.Int).Add(power(27), rounded(times(integer(x), natural(int64(seconds))), natural(core.Year), down))
		require.Equal(t, want, linear.ToBig())
		for _, revision := range []core.Revision{core.V30, core.V37} {
			factor, err := revision.CompoundedInterest(x, seconds)
			want := bigFactor(revision, integer(x), int64(seconds))
			if err != nil {
				require.True(t, core.Arithmetic(err), err)
				// An intermediate product of at most five factors passes 256 bits only for rates beyond 2^60 ray.
				require.Greater(t, times(integer(x), integer(x), natural(int64(seconds)), natural(int64(seconds))).BitLen(), 200)
				continue
			}
			require.Equal(t, want, factor.ToBig())
		}
	})
}

func FuzzRates(f *testing.F) {
	f.Add(uint64(800), uint64(200), uint64(3), uint16(1_000), uint16(8_000), uint8(60))
	f.Add(uint64(0), uint64(200), uint64(0), uint16(0), uint16(1), uint8(0))
	f.Fuzz(func(t *testing.T, debt, cash, unbacked uint64, factor, optimal uint16, shift uint8) {
		curve := core.CurveBps(1+uint32(optimal)%9_900, 100, 400, 7_500)
		funds := core.Funds{Debt: uint256.Int{debt}, Cash: uint256.Int{cash}, Unbacked: uint256.Int{unbacked}, ReserveFactor: factor % 10_001}
		funds.Debt.Lsh(&funds.Debt, uint(shift%40))
		one := power(27)
		ratio := func(d *big.Int) *big.Int { return rounded(times(integer(funds.Debt), one), d, halfUp) }
		for _, revision := range []core.Revision{core.V30, core.V37} {
			got, err := curve.Rates(revision, funds)
			require.NoError(t, err)
			supply, borrow := new(big.Int), integer(curve.Base)
			if debt != 0 {
				total := new(big.Int).Add(integer(funds.Debt), integer(funds.Cash))
				usage, kink := ratio(total), integer(curve.Optimal)
				if usage.Cmp(kink) > 0 {
					excess := rounded(times(new(big.Int).Sub(usage, kink), one), new(big.Int).Sub(one, kink), halfUp)
					borrow.Add(borrow, integer(curve.Slope1))
					borrow.Add(borrow, rounded(times(integer(curve.Slope2), excess), one, halfUp))
				} else {
					borrow.Add(borrow, rounded(times(rounded(times(integer(curve.Slope1), usage), one, halfUp), one), kink, halfUp))
				}
				mean := borrow
				if revision == core.V30 {
					scaled := times(integer(funds.Debt), power(9))
					mean = rounded(times(rounded(times(scaled, borrow), one, halfUp), one), scaled, halfUp)
				}
				supply = rounded(times(mean, ratio(total.Add(total, integer(funds.Unbacked)))), one, halfUp)
				supply = rounded(times(supply, natural(10_000-int64(funds.ReserveFactor))), natural(10_000), halfUp)
			}
			require.Equal(t, borrow, got.Borrow.ToBig())
			require.Zero(t, supply.Cmp(got.Supply.ToBig()))
		}
	})
}

// account returns a market with as many reserves as values and an account with supply in the even, debt in the odd ones.
func account(revision core.Revision, random *rand.Rand, legs int) core.State {
	s := core.State{Market: core.Market{Revision: revision, Time: 1_800_000_000}}
	for i := range legs {
		r := core.Reserve{
			Asset: common.Address{byte(i + 1)}, LastUpdate: 1_800_000_000 - random.Uint64N(1_000_000),
			Config:         core.Config{LTV: 7_000, LiquidationThreshold: 7_000 + uint16(random.IntN(2_000)), LiquidationBonus: 10_500, Decimals: uint8(6 + 12*(i%2)), Active: true, Borrowing: true},
			LiquidityIndex: *new(uint256.Int).Add(uint256.MustFromDecimal("1000000000000000000000000000"), uint256.NewInt(random.Uint64())),
			DebtIndex:      *new(uint256.Int).Add(uint256.MustFromDecimal("1100000000000000000000000000"), uint256.NewInt(random.Uint64())),
			LiquidityRate:  *uint256.MustFromDecimal("30000000000000000000000000"), DebtRate: *uint256.MustFromDecimal("50000000000000000000000000"),
			Price: uint256.Int{1 + random.Uint64N(1e12)},
		}
		s.Market.Reserves = append(s.Market.Reserves, r)
		b := core.Balance{Reserve: i}
		if i%2 == 0 {
			b.Supplied = uint256.Int{random.Uint64N(1e18), random.Uint64N(4)}
			s.Account.Config = s.Account.Config.WithCollateral(i, true)
		} else {
			b.Debt = uint256.Int{random.Uint64N(1e18)}
			s.Account.Config = s.Account.Config.WithBorrowing(i, true)
		}
		s.Account.Balances = append(s.Account.Balances, b)
	}
	return s
}

func TestDataAgainstBig(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	one, wad := power(27), power(18)
	for range 2_000 {
		for _, revision := range []core.Revision{core.V30, core.V37} {
			s := account(revision, random, 1+random.IntN(6))
			collateral, debt, ltvs, thresholds := new(big.Int), new(big.Int), new(big.Int), new(big.Int)
			supplyHow, debtHow, valueHow := halfUp, halfUp, down
			if revision == core.V37 {
				supplyHow, debtHow, valueHow = down, up, up
			}
			for i, r := range s.Market.Reserves {
				elapsed := int64(s.Market.Time - r.LastUpdate)
				unit, price := power(int64(r.Config.Decimals)), integer(r.Price)
				linear := new(big.Int).Add(one, rounded(times(integer(r.LiquidityRate), natural(elapsed)), natural(core.Year), down))
				income := rounded(times(linear, integer(r.LiquidityIndex)), one, halfUp)
				owed := rounded(times(bigFactor(revision, integer(r.DebtRate), elapsed), integer(r.DebtIndex)), one, halfUp)
				b := s.Account.Balance(i)
				if i%2 == 0 {
					value := rounded(times(rounded(times(integer(b.Supplied), income), one, supplyHow), price), unit, down)
					collateral.Add(collateral, value)
					ltvs.Add(ltvs, times(value, natural(int64(r.Config.LTV))))
					thresholds.Add(thresholds, times(value, natural(int64(r.Config.LiquidationThreshold))))
				} else {
					debt.Add(debt, rounded(times(rounded(times(integer(b.Debt), owed), one, debtHow), price), unit, valueHow))
				}
			}
			got, err := s.Data()
			require.NoError(t, err)
			require.Zero(t, collateral.Cmp(got.Collateral.ToBig()))
			require.Zero(t, debt.Cmp(got.Debt.ToBig()))
			mean := func(sum *big.Int) uint64 {
				if collateral.Sign() == 0 {
					return 0
				}
				return rounded(sum, collateral, down).Uint64()
			}
			require.Equal(t, mean(ltvs), got.LTV)
			require.Equal(t, mean(thresholds), got.LiquidationThreshold)
			require.Equal(t, debt.Sign() == 0, got.Health.Infinite)
			if debt.Sign() == 0 {
				continue
			}
			health := rounded(rounded(times(thresholds, wad), debt, halfUp), natural(10_000), down)
			if revision == core.V30 {
				limit := rounded(times(collateral, new(big.Int).SetUint64(mean(thresholds))), natural(10_000), halfUp)
				health = rounded(times(limit, wad), debt, halfUp)
			}
			require.Zero(t, health.Cmp(got.Health.Wad.ToBig()))
		}
	}
}

// Five legs, as in a bot's scan.
func fiveLegs(revision core.Revision) (*core.View, []core.Account) {
	random := rand.New(rand.NewPCG(3, 4))
	s := account(revision, random, 5)
	for i := range s.Market.Reserves {
		s.Market.Reserves[i].Config.Decimals = uint8(18 - 12*(i%2))
		s.Market.Reserves[i].Price = uint256.Int{1e8 + random.Uint64N(1e11)} // 1 to 1,000 dollars
	}
	view, err := s.Market.View()
	if err != nil {
		panic(err)
	}
	accounts := make([]core.Account, 1_024)
	for i := range accounts {
		a := account(revision, random, 5).Account
		for id := range a.Balances { // up to 1,000 tokens supplied and 100,000 owed
			if b := &a.Balances[id]; id%2 == 0 {
				b.Supplied = *new(uint256.Int).Mul(uint256.NewInt(random.Uint64N(1e12)), uint256.NewInt(1e9))
			} else {
				b.Debt = uint256.Int{random.Uint64N(1e11)}
			}
		}
		accounts[i] = a
	}
	return view, accounts
}

func TestDataAllocatesNothing(t *testing.T) {
	for _, revision := range []core.Revision{core.V30, core.V37} {
		view, accounts := fiveLegs(revision)
		i := 0
		require.Zero(t, testing.AllocsPerRun(1_000, func() {
			if _, err := view.Data(&accounts[i%len(accounts)]); err != nil {
				t.Fatal(err)
			}
			i++
		}))
	}
}

func BenchmarkData(b *testing.B) {
	for _, revision := range []core.Revision{core.V30, core.V37} {
		b.Run(revision.String(), func(b *testing.B) {
			view, accounts := fiveLegs(revision)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := view.Data(&accounts[i%len(accounts)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
