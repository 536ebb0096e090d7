package core_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/aave/core"
)

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

func dec(text string) uint256.Int { return *uint256.MustFromDecimal(text) }

// The configuration of WETH on Ethereum as the bit layout of Aave's documentation spells it out.
func TestConfigBits(t *testing.T) {
	bits := new(big.Int)
	set := func(at uint, value int64) { bits.Or(bits, new(big.Int).Lsh(big.NewInt(value), at)) }
	set(0, 8_050)
	set(16, 8_300)
	set(32, 10_500)
	set(48, 18)
	set(56, 1) // active
	set(58, 1) // borrowing
	set(63, 1) // flash loans
	set(64, 1_500)
	set(80, 1_400_000)
	set(116, 1_800_000)
	set(152, 1_000)
	set(168, 1)
	set(212, 123_456)
	word, overflow := uint256.FromBig(bits)
	require.False(t, overflow)
	want := core.Config{LTV: 8_050, LiquidationThreshold: 8_300, LiquidationBonus: 10_500, Decimals: 18, Active: true, Borrowing: true, FlashLoans: true,
		ReserveFactor: 1_500, BorrowCap: 1_400_000, SupplyCap: 1_800_000, ProtocolFee: 1_000, EMode: 1, DebtCeiling: 123_456}
	require.Equal(t, want, core.DecodeConfig(*word))
	got, err := want.Bits()
	require.NoError(t, err)
	require.Equal(t, *word, got)

	want.SupplyCap = 1 << 36
	_, err = want.Bits()
	require.ErrorIs(t, err, core.ErrOutOfRange)
}

func FuzzConfig(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var bits, mask uint256.Int
		bits.SetBytes(raw)
		again, err := core.DecodeConfig(bits).Bits()
		require.NoError(t, err)
		mask.Not(mask.Lsh(uint256.NewInt(0b1110), 252)) // three bits are unused
		require.Equal(t, *bits.And(&bits, &mask), again)
	})
}

func TestUserConfig(t *testing.T) {
	var c core.UserConfig
	c = c.WithBorrowing(0, true).WithCollateral(1, true).WithCollateral(127, true)
	bits := uint256.Int(c)
	want := new(big.Int).Lsh(big.NewInt(1), 255)
	require.Equal(t, want.Or(want, big.NewInt(0b1001)), bits.ToBig())
	require.True(t, c.Borrowing(0) && c.Collateral(1) && c.Collateral(127))
	require.False(t, c.Borrowing(1) || c.Collateral(0) || c.Borrowing(-1) || c.Collateral(128))
	require.Equal(t, c, c.WithBorrowing(128, true).WithCollateral(-1, true))
	require.Equal(t, core.UserConfig{}, c.WithBorrowing(0, false).WithCollateral(1, false).WithCollateral(127, false))
	set := core.ReserveSet{}.With(3).With(64).With(128)
	require.True(t, set.Has(3) && set.Has(64))
	require.False(t, set.Has(0) || set.Has(128) || set.Has(-1))
}

// 1.05 at the snapshot, at most 9.68 % a year.
func TestRatioCap(t *testing.T) {
	limit := core.RatioCap{SnapshotRatio: dec("1050000000000000000"), SnapshotTime: 1_700_000_000, MaxGrowth: 968, RatioDecimals: 18}
	// growth a second, scaled: floor(1.05e18 * 968 * 1e6 / 1e4 / 31,536,000) = 3,222,983,257,229,832
	most, err := limit.MaxRatio(1_700_000_000 + 31_536_000)
	require.NoError(t, err)
	require.Equal(t, dec("1151639999999999981"), most)
	price, err := limit.Price(u(99_990_000), dec("1200000000000000000"), 1_700_000_000+31_536_000)
	require.NoError(t, err)
	require.Equal(t, u(115_152_483), price)
	price, err = limit.Price(u(99_990_000), dec("1100000000000000000"), 1_700_000_000+31_536_000)
	require.NoError(t, err)
	require.Equal(t, u(109_989_000), price)
	capped, err := limit.Capped(dec("1050000000000000001"), 1_700_000_000)
	require.NoError(t, err)
	require.True(t, capped)
	_, err = limit.MaxRatio(1_699_999_999)
	require.ErrorIs(t, err, fixed.ErrUnderflow)
	price, err = limit.Price(u(0), u(1), 0)
	require.NoError(t, err)
	require.True(t, price.IsZero())
}

func TestDiscount(t *testing.T) {
	d := core.Discount{Maturity: 1_800_000_000, Rate: 0.08e18}
	price, err := d.Price(u(100_000_000), 1_800_000_000-31_536_000/2)
	require.NoError(t, err)
	require.Equal(t, u(96_000_000), price) // half a year at 8 %
	price, err = d.Price(u(100_000_000), 1_800_000_000-1)
	require.NoError(t, err)
	require.Equal(t, u(99_999_999), price) // a second: 2.5e-9
	for _, late := range []uint64{1_800_000_000, 1_900_000_000} {
		price, err = d.Price(u(100_000_000), late)
		require.NoError(t, err)
		require.Equal(t, u(100_000_000), price)
	}
	_, err = core.Discount{Maturity: ^uint64(0), Rate: ^uint64(0)}.Price(u(1), 0)
	require.ErrorIs(t, err, fixed.ErrUnderflow)
	require.Equal(t, u(104), core.StableCap(u(200), u(104)))
	require.Equal(t, u(99), core.StableCap(u(99), u(104)))
}

func TestPremium(t *testing.T) {
	cost, err := core.V30.Premium(u(1_000_001), 5)
	require.NoError(t, err)
	require.Equal(t, u(500), cost) // 500.0005 half up
	cost, err = core.V37.Premium(u(1_000_001), 5)
	require.NoError(t, err)
	require.Equal(t, u(501), cost)
}

// simple is a pool of sAID (18 decimals, id 0) and USDC (6 decimals, id 1) at rest.
func simple(revision core.Revision) core.State {
	ray := dec("1000000000000000000000000000")
	reserve := func(asset byte, decimals uint8, price, cash uint256.Int) core.Reserve {
		return core.Reserve{Asset: common.Address{asset}, LiquidityIndex: ray, DebtIndex: ray, LastUpdate: 1_800_000_000, Price: price, Cash: cash, ScaledSupply: cash,
			Config: core.Config{LTV: 7_500, LiquidationThreshold: 8_000, LiquidationBonus: 10_600, Decimals: decimals, Active: true, Borrowing: true, ProtocolFee: 1_000},
			Curve:  core.CurveBps(8_000, 0, 400, 7_500)}
	}
	return core.State{Market: core.Market{Revision: revision, Time: 1_800_000_000, Reserves: []core.Reserve{
		reserve(1, 18, u(105_000_000), u(0)), reserve(2, 6, u(100_000_000), u(5_000_000e6))}}}
}

// A loan from its beginning to its liquidation, with figures worked out by hand.
func TestLoan(t *testing.T) {
	for _, revision := range []core.Revision{core.V30, core.V37} {
		s, err := simple(revision).Supply(0, dec("10000000000000000000000")) // 10,000 sAID are worth 10,500
		require.NoError(t, err)
		require.True(t, s.Account.Config.Collateral(0))
		s, err = s.Borrow(1, u(7_875e6)) // 75 %
		require.NoError(t, err)
		d, err := s.Data()
		require.NoError(t, err)
		require.Equal(t, u(10_500e8), d.Collateral)
		require.Equal(t, u(7_875e8), d.Debt)
		health := "1.066666666666666667" // half up; v3.7 divides by 10,000 after that and cuts off
		if revision == core.V37 {
			health = "1.066666666666666666"
		}
		require.Equal(t, health, d.Health.String())
		available, err := d.Available(revision)
		require.NoError(t, err)
		require.True(t, available.IsZero())
		_, err = s.Borrow(1, u(1))
		require.ErrorIs(t, err, core.ErrCollateralTooLow)
		_, _, err = s.Withdraw(0, dec("1000000000000000000000"))
		require.ErrorIs(t, err, core.ErrHealth)

		// The price falls to 0.98: 9,800 * 0.8 = 7,840 of 7,875.
		s.Market.Reserves[0].Price = u(98_000_000)
		_, done, err := s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: core.Max()})
		require.NoError(t, err)
		require.Equal(t, u(3_937.5e6), done.Repaid, "half of the debt")
		// 3,937.5 / 0.98 = 4,017.857142857142857142, * 1.06 = 4,258.92857142857142857052; the bonus is 241.07... of it, the fee a tenth.
		seized := done.Seized
		seized.Add(&seized, &done.ProtocolFee)
		require.Equal(t, dec(map[core.Revision]string{core.V30: "4258928571428571428571", core.V37: "4258928571428571428570"}[revision]), seized)
		require.Equal(t, "24.107142857142857", gaib.FormatUnits(done.ProtocolFee, 18)[:18])

		// And to 0.90: above the close factor's threshold health is 0.914, all of the debt may go.
		s.Market.Reserves[0].Price = u(90_000_000)
		next, done, err := s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: core.Max()})
		require.NoError(t, err)
		require.Equal(t, u(7_875e6), done.Repaid)
		require.False(t, next.Account.Config.Borrowing(1))

		account, legs, err := s.Lending()
		require.NoError(t, err)
		require.Equal(t, core.Legs{Collaterals: []int{0}, Debts: []int{1}}, legs)
		require.Equal(t, lending.Bps(600), account.Collaterals[0].Bonus)
		value, err := account.Value()
		require.NoError(t, err)
		require.Equal(t, u(9_000e8), value.Collateral)
		require.True(t, value.Liquidatable())
	}
}

// v3.7 lets no dust stay, and makes what no collateral is left for a deficit.
func TestDustAndDeficit(t *testing.T) {
	s, err := simple(core.V37).Supply(0, dec("2000000000000000000000"))
	require.NoError(t, err)
	s, err = s.Borrow(1, u(1_500e6))
	require.NoError(t, err)
	s.Market.Reserves[0].Price = u(90_000_000)
	_, _, err = s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: u(800e6)})
	require.ErrorIs(t, err, core.ErrDust)
	_, done, err := s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: core.Max()})
	require.NoError(t, err)
	require.Equal(t, u(1_500e6), done.Repaid, "below 2,000 there is no close factor")

	s.Market.Reserves[0].Price = u(50_000_000) // worth 1,000; repays 943.396227 at a bonus of 6 %
	next, done, err := s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: core.Max()})
	require.NoError(t, err)
	require.Equal(t, u(943_396_227), done.Repaid)
	require.Equal(t, u(1_500e6-943_396_227), done.BadDebt)
	require.Equal(t, done.BadDebt, next.Market.Reserves[1].Deficit)
	require.Equal(t, core.UserConfig{}, next.Account.Config)
}

// Exactly 1,000 USD may stay, and no unit less.
func TestDustEdge(t *testing.T) {
	s, err := simple(core.V37).Supply(0, dec("3400000000000000000000"))
	require.NoError(t, err)
	s, err = s.Borrow(1, u(2_500e6))
	require.NoError(t, err)
	s.Market.Reserves[0].Price = u(86_000_000) // 2,924 * 0.8 / 2,500 is a health of 0.936
	_, done, err := s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: u(1_500e6)})
	require.NoError(t, err)
	require.Equal(t, u(1_500e6), done.Repaid)
	_, _, err = s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: u(1_500e6 + 1)})
	require.ErrorIs(t, err, core.ErrDust)
}

// At a health of exactly one v3.0 lends no more, whatever the collateral could cover.
func TestBorrowAtHealthOne(t *testing.T) {
	s := simple(core.V30)
	s.Market.Reserves[0].Config.LTV, s.Market.Reserves[0].Price = 8_000, u(100_000_000)
	s, err := s.Supply(0, dec("10000000000000000000000"))
	require.NoError(t, err)
	s, err = s.Borrow(1, u(8_000e6))
	require.NoError(t, err)
	d, err := s.Data()
	require.NoError(t, err)
	require.Equal(t, "1", d.Health.String())
	_, err = s.Borrow(1, u(1))
	require.ErrorIs(t, err, core.ErrHealth)
	_, _, err = s.Liquidate(core.Liquidation{Collateral: 0, Debt: 1, Cover: core.Max()})
	require.ErrorIs(t, err, core.ErrHealthy)
}

func TestBadInput(t *testing.T) {
	s := simple(core.V37)
	for _, id := range []int{-1, 2, 1 << 30} {
		_, err := s.Supply(id, u(1))
		require.ErrorIs(t, err, core.ErrUnknownReserve)
	}
	s.Market.Revision = 0
	_, err := s.Data()
	require.ErrorIs(t, err, core.ErrRevision)
	s = simple(core.V30)
	s.Account.Balances = []core.Balance{{Reserve: 1}, {Reserve: 1}}
	_, err = s.Data()
	require.ErrorIs(t, err, core.ErrBalances)
	s.Account.Balances = []core.Balance{{Reserve: 1, Supplied: core.Max()}}
	_, err = s.Data()
	require.ErrorIs(t, err, core.ErrOutOfRange)
	s.Account.Balances = []core.Balance{{Reserve: core.MaxReserves}}
	_, err = s.Data()
	require.ErrorIs(t, err, core.ErrOutOfRange)
	s = simple(core.V30)
	s.Market.Reserves[0].LiquidityIndex = core.Max()
	_, err = s.Market.Accrue(0)
	require.ErrorIs(t, err, core.ErrOutOfRange)
	d, err := simple(core.V30).Data()
	require.NoError(t, err)
	require.True(t, d.Health.Infinite)
	s = simple(core.V30)
	s.Market.Reserves[0].LiquidityRate = u(1)
	s.Market.Time-- // before the last update
	_, err = s.Market.Accrue(0)
	require.True(t, core.Arithmetic(err), err)
	s = simple(core.V30)
	s.Market.Time += 100 * core.Year
	_, err = s.Market.Accrue(1)
	require.NoError(t, err)
	s, err = simple(core.V30).Supply(0, dec("1000000000000000000"))
	require.NoError(t, err)
	s.Market.Reserves[0].Price = u(0)
	_, err = s.Borrow(1, u(1))
	require.ErrorIs(t, err, core.ErrNoCollateral)
	s.Market.Reserves[0].Price = core.Max()
	_, err = s.Borrow(1, u(1))
	require.True(t, core.Arithmetic(err), err)
}

// Nothing that a node could give makes a simulation panic, and what it refuses is a typed error.
func FuzzState(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, raw []byte, action, revision uint8) {
		s := simple(core.V30 + core.Revision(revision%2))
		draw := func() (x uint256.Int) {
			n := min(len(raw), 33)
			if n > 0 {
				x.SetBytes(raw[1:n])
				x.Rsh(&x, uint(raw[0]))
				raw = raw[n:]
			}
			return x
		}
		for i := range s.Market.Reserves {
			r := &s.Market.Reserves[i]
			r.Config = core.DecodeConfig(draw())
			for _, x := range []*uint256.Int{&r.LiquidityIndex, &r.DebtIndex, &r.LiquidityRate, &r.DebtRate, &r.Price, &r.Cash, &r.ScaledSupply, &r.ScaledDebt, &r.Deficit} {
				*x = draw()
			}
			b := core.Balance{Reserve: i, Supplied: draw(), Debt: draw()}
			s.Account.Balances = append(s.Account.Balances, b)
		}
		s.Account.Config = core.UserConfig(draw())
		s.Account.EMode = action >> 4
		amount := draw()
		id := int(action>>3) & 1
		var err error
		switch action % 8 {
		case 0:
			_, err = s.Supply(id, amount)
		case 1:
			_, _, err = s.Withdraw(id, amount)
		case 2:
			_, err = s.Borrow(id, amount)
		case 3:
			_, _, err = s.Repay(id, amount)
		case 4:
			_, err = s.SetCollateral(id, amount.IsZero())
		case 5:
			_, err = s.SetEMode(uint8(amount.Uint64()))
		case 6:
			_, _, err = s.Liquidate(core.Liquidation{Collateral: id, Debt: 1 - id, Cover: amount})
		default:
			_, _, err = s.Lending()
		}
		var refused *core.RevertError
		if err != nil && !errors.As(err, &refused) {
			require.ErrorIs(t, err, core.ErrOutOfRange)
		}
	})
}
