package blue

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/book"
)

func dec(s string) uint256.Int { return *uint256.MustFromDecimal(s) }

// The id of a market that has been on Ethereum since January 2024, wstETH against USDC.
func TestID(t *testing.T) {
	p := Params{
		LoanToken:       common.HexToAddress("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
		CollateralToken: common.HexToAddress("0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0"),
		Oracle:          common.HexToAddress("0x48F7E36EB6B826B2dF4B2E630B62Cd25e89E40e2"),
		IRM:             common.HexToAddress("0x870aC11D48B15DB9a138Cf899d20F13F79Ba00BC"),
		LLTV:            860e15,
	}
	require.Equal(t, common.HexToHash("0xb323495f7e4148be5643a4ea4a8221eef163e4bccfdedc2a6f4696baacbc86cc"), p.ID())
	p.LLTV++
	require.NotEqual(t, common.HexToHash("0xb323495f7e4148be5643a4ea4a8221eef163e4bccfdedc2a6f4696baacbc86cc"), p.ID())
}

// The life of one loan; the numbers were recorded from a run of the contracts on another node.
func TestYearOfALoan(t *testing.T) {
	million, price := dec("1000000000000000000000000"), dec("1000000000000000000000000000000000000")
	m, err := Market{LLTV: 860e15}.Create(1)
	require.NoError(t, err)
	o, err := m.SetFee(100e15, 1)
	require.NoError(t, err)
	o, err = o.Market.Supply(Position{}, Amount{Assets: million}, 5)
	require.NoError(t, err)
	require.Equal(t, dec("1000000000000000000000000000000"), o.Position.SupplyShares)
	p, err := o.Market.SupplyCollateral(Position{}, million)
	require.NoError(t, err)
	_, err = o.Market.Borrow(p, Amount{Assets: dec("860001000000000000000000")}, price, 19)
	require.ErrorIs(t, err, ErrInsufficientCollateral)
	o, err = o.Market.Borrow(p, Amount{Assets: dec("800000000000000000000000")}, price, 19)
	require.NoError(t, err)

	year, accrual, err := o.Market.Accrue(31_536_021)
	require.NoError(t, err)
	require.Equal(t, Market{
		TotalSupplyAssets: dec("1008472908190161012800000"), TotalSupplyShares: dec("1000840878600552702568099562110"),
		TotalBorrowAssets: dec("808472908190161012800000"), TotalBorrowShares: dec("800000000000000000000000000000"),
		LastUpdate: 31_536_021, Fee: 100e15, LLTV: 860e15, Rate: 31_709_791,
	}, year)
	require.Equal(t, uint64(334_076_671), accrual.BorrowRate.Uint64())
	require.Equal(t, dec("840878600552702568099562110"), accrual.FeeShares)

	// 500,000 of collateral seized at 0.90.
	l, err := year.Liquidate(o.Position, dec("500000000000000000000000"), uint256.Int{}, dec("900000000000000000000000000000000000"), 31_536_023)
	require.NoError(t, err)
	require.Equal(t, dec("377372908237233071842702"), l.Market.TotalBorrowAssets)
	require.Equal(t, dec("500000000000000000000000"), l.Position.Collateral)
}

func TestIncentive(t *testing.T) {
	for lltv, want := range map[lending.Ratio]lending.Ratio{
		385e15: 1_150000000000000000, 625e15: 1_126760563380281690, 770e15: 1_074113856068743286, 860e15: 1_043841336116910229,
		915e15: 1_026167265264238070, 945e15: 1_016776817488561260, 965e15: 1_010611419909044972, 980e15: 1_006036217303822937,
		0: 1_150000000000000000, 1e18: 1e18,
	} {
		got, err := Params{LLTV: lltv}.Incentive()
		require.NoError(t, err)
		require.Equal(t, want, got, lltv)
	}
	_, err := Params{LLTV: 1e18 + 1}.Incentive()
	require.ErrorContains(t, err, "panic 0x11")
	r := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		lltv := lending.Ratio(r.Uint64N(1e18 + 1))
		got, err := incentive(lltv)
		require.NoError(t, err)
		want, err := lending.MorphoIncentive(lltv)
		require.NoError(t, err)
		require.Equal(t, want, got, lltv)
	}
}

// world makes markets with positions next to the edge of health.
func world(r *rand.Rand) (m Market, p Position, price uint256.Int) {
	bits := func(n int) uint256.Int {
		x := uint256.Int{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
		return *x.Rsh(&x, uint(256-r.IntN(n+1)))
	}
	m = Market{LastUpdate: 1, LLTV: lending.Ratio(r.Uint64N(1e18 + 1))}
	m.TotalBorrowAssets, m.TotalBorrowShares = bits(128), bits(128)
	if r.IntN(2) == 0 {
		m.TotalBorrowAssets, m.TotalBorrowShares = bits(90), bits(110)
	}
	m.TotalSupplyAssets, m.TotalSupplyShares = m.TotalBorrowAssets, m.TotalBorrowShares
	p = Position{BorrowShares: bits(128), Collateral: bits(128)}
	if price = bits(200); r.IntN(8) > 0 {
		if edge, ok, err := m.LiquidationPrice(p); err == nil && ok {
			price = edge
			if d := uint64(r.IntN(3)); r.IntN(2) == 0 {
				price.AddUint64(&price, d)
			} else {
				price.SubUint64(&price, d)
			}
		}
	}
	return m, p, price
}

// The check in two divisions decides and fails as the one in three, at the edge, and package book as both.
func TestHealthyIsHealth(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	healthy, unhealthy, failed := 0, 0, 0
	for range 300_000 {
		m, p, price := world(r)
		h, exact := m.Health(&p, &price)
		fast, err := m.Healthy(&p, &price)
		require.Equal(t, exact, err)
		require.Equal(t, exact == nil && h.Healthy(), fast)
		listed, bookErr := m.Book(price).Liquidatable(p.Book(common.Address{}))
		if err != nil && !p.BorrowShares.IsZero() {
			require.Error(t, bookErr)
			failed++
			continue
		}
		if err == nil {
			require.NoError(t, bookErr)
			require.Equal(t, !fast, listed)
		}
		if fast {
			healthy++
		} else {
			unhealthy++
		}
	}
	t.Logf("%d healthy, %d unhealthy, %d revert", healthy, unhealthy, failed)
	require.Greater(t, min(healthy, unhealthy, failed), 1000)
}

// The contract's rounding up can overflow by itself: the product fits, the product and the divisor do not.
func TestHealthRoundingOverflows(t *testing.T) {
	most := uint256.Int{^uint64(0), ^uint64(0)}
	m := Market{LastUpdate: 1, TotalBorrowAssets: most, TotalBorrowShares: most}
	for shares, reverts := range map[uint64]bool{0: true, 1: false} {
		p := Position{BorrowShares: most}
		p.BorrowShares.SubUint64(&p.BorrowShares, shares)
		_, exact := m.Health(&p, &one)
		_, fast := m.Healthy(&p, &one)
		require.Equal(t, reverts, exact != nil, shares)
		require.Equal(t, exact, fast, shares)
	}
}

// Health by math/big.
func TestHealthBig(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	wad, scale := big.NewInt(1e18), new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil)
	compared := 0
	for range 50_000 {
		m, p, price := world(r)
		h, err := m.Health(&p, &price)
		if err != nil {
			continue
		}
		compared++
		total := new(big.Int).Add(m.TotalBorrowShares.ToBig(), big.NewInt(1e6))
		owed := new(big.Int).Mul(p.BorrowShares.ToBig(), new(big.Int).Add(m.TotalBorrowAssets.ToBig(), big.NewInt(1)))
		owed.Add(owed, total).Sub(owed, big.NewInt(1)).Div(owed, total)
		limit := new(big.Int).Mul(p.Collateral.ToBig(), price.ToBig())
		limit.Div(limit, scale)
		limit.Mul(limit, new(big.Int).SetUint64(uint64(m.LLTV))).Div(limit, wad)
		require.Equal(t, owed.String(), h.Borrowed.Dec())
		require.Equal(t, limit.String(), h.MaxBorrow.Dec())
	}
	require.Greater(t, compared, 20_000)
}

// The liquidation price is an edge: healthy at it, not one unit below.
func TestLiquidationPrice(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	edges := 0
	for range 100_000 {
		m, p, _ := world(r)
		price, ok, err := m.LiquidationPrice(p)
		if err != nil || !ok {
			continue
		}
		at, err := m.Healthy(&p, &price)
		if err != nil {
			continue // the contract's own product overflows at so high a price
		}
		edges++
		require.True(t, at)
		price.SubUint64(&price, 1)
		below, err := m.Healthy(&p, &price)
		require.NoError(t, err)
		require.False(t, below)
	}
	require.Greater(t, edges, 30_000)
	_, ok, err := Market{LLTV: 1e18, LastUpdate: 1}.LiquidationPrice(Position{Collateral: uint256.Int{1}})
	require.NoError(t, err)
	require.False(t, ok, "no debt")
}

// What the limits return can be done, and one unit more cannot.
func TestLimits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	borrowed, withdrawn := 0, 0
	one := uint256.Int{1}
	for range 20_000 {
		m, p, price := world(r)
		m.TotalSupplyAssets.SetAllOne()
		m.TotalSupplyAssets.Rsh(&m.TotalSupplyAssets, 128)
		if price.Lsh(&price, 3); price.BitLen() > 200 {
			continue
		}
		if most, err := m.MaxBorrow(p, price); err == nil && !most.IsZero() {
			_, err := m.Borrow(p, Amount{Assets: most}, price, 1)
			require.NoError(t, err)
			most.Add(&most, &one)
			_, err = m.Borrow(p, Amount{Assets: most}, price, 1)
			require.Error(t, err)
			borrowed++
		}
		if most, err := m.MaxWithdrawCollateral(p, price); err == nil && !most.IsZero() {
			_, err := m.WithdrawCollateral(p, most, price, 1)
			require.NoError(t, err)
			most.Add(&most, &one)
			_, err = m.WithdrawCollateral(p, most, price, 1)
			require.Error(t, err)
			withdrawn++
		}
	}
	require.Greater(t, min(borrowed, withdrawn), 1000)
}

func TestRevertsDecodeAlike(t *testing.T) {
	_, predicted := Market{LastUpdate: 1, LLTV: 1}.Borrow(Position{}, Amount{Assets: uint256.Int{1}}, uint256.Int{}, 1)
	data := common.FromHex("0x08c379a0" +
		"0000000000000000000000000000000000000000000000000000000000000020" +
		"0000000000000000000000000000000000000000000000000000000000000017" +
		"696e73756666696369656e7420636f6c6c61746572616c000000000000000000")
	for _, err := range []error{predicted, gaib.DecodeRevert(data, DecodeError)} {
		var revert *gaib.RevertError
		require.ErrorAs(t, err, &revert)
		var reason *ReasonError
		require.ErrorAs(t, err, &reason)
		require.Equal(t, "insufficient collateral", reason.Text)
		require.ErrorIs(t, err, ErrInsufficientCollateral)
		require.NotErrorIs(t, err, ErrInsufficientLiquidity)
	}
	// A text of somebody else stays with the root's type, and so does rubbish.
	other := common.CopyBytes(data)
	other[4+64]++
	var text *gaib.RevertString
	require.ErrorAs(t, gaib.DecodeRevert(other, DecodeError), &text)
	for n := range data {
		require.NoError(t, DecodeError(data[:n]), n)
	}
}

func TestBadInput(t *testing.T) {
	most := *new(uint256.Int).SetAllOne()
	uint128 := uint256.Int{^uint64(0), ^uint64(0)}
	created := Market{LastUpdate: 100, LLTV: 860e15}
	at := func(err error, want error) {
		t.Helper()
		require.ErrorIs(t, err, want)
	}
	_, _, err := Market{}.Accrue(1)
	at(err, ErrMarketNotCreated)
	_, err = Market{}.Supply(Position{}, Amount{}, 1)
	at(err, ErrMarketNotCreated)
	_, err = created.Supply(Position{}, Amount{}, 100)
	at(err, ErrInconsistentInput)
	_, err = created.Supply(Position{}, Amount{Assets: uint256.Int{1}, Shares: uint256.Int{1}}, 100)
	at(err, ErrInconsistentInput)
	_, err = created.Supply(Position{}, Amount{Assets: uint128}, 100)
	at(err, ErrMaxUint128)
	_, err = created.SupplyCollateral(Position{}, uint256.Int{})
	at(err, ErrZeroAssets)
	_, err = created.Withdraw(Position{SupplyShares: uint256.Int{1}}, Amount{Shares: uint256.Int{2}}, 100)
	require.ErrorContains(t, err, "panic 0x11")
	_, _, err = created.Accrue(99)
	require.ErrorContains(t, err, "panic 0x11", "time runs backwards")
	_, _, err = created.BorrowRate(99)
	require.ErrorContains(t, err, "panic 0x11")
	_, _, err = Market{LastUpdate: 1, TotalBorrowAssets: most}.Accrue(2)
	at(err, ErrState)
	_, _, err = Market{LastUpdate: 1, Rate: maxRate + 1}.Accrue(2)
	at(err, ErrState)
	_, _, err = Market{LastUpdate: 1, Model: 9}.Accrue(2)
	at(err, ErrState)
	_, err = created.Liquidate(Position{Collateral: uint256.Int{1}}, uint256.Int{1}, uint256.Int{}, uint256.Int{1}, 100)
	at(err, ErrHealthyPosition)
	_, _, err = created.FullLiquidation(Position{}, most)
	at(err, ErrHealthyPosition)
	_, err = created.SetFee(250e15+1, 100)
	at(err, ErrMaxFee)
	_, err = created.SetFee(0, 100)
	at(err, ErrAlreadySet)

	// A hundred years at the highest rate, and an empty market.
	far, _, err := Market{LastUpdate: 1, Rate: maxRate, TotalSupplyAssets: uint256.Int{1e6}, TotalBorrowAssets: uint256.Int{1e6}}.Accrue(1 + 100*secondsPerYear)
	require.NoError(t, err)
	require.True(t, far.TotalBorrowAssets.Gt(&uint256.Int{1e9}))
	apy, err := created.APY()
	require.NoError(t, err)
	require.InDelta(t, 0.0101, apy.Borrow, 1e-3, "a quarter of the initial 4 %")
	require.Zero(t, apy.Supply)

	h, err := created.Health(&Position{}, &most)
	require.NoError(t, err)
	factor, err := h.Factor()
	require.NoError(t, err)
	require.True(t, factor.Infinite)
}

// A position without collateral: one share is repaid and the lenders bear the rest.
func TestBadDebt(t *testing.T) {
	m := Market{LastUpdate: 1, LLTV: 860e15, TotalSupplyAssets: uint256.Int{1000}, TotalSupplyShares: uint256.Int{1000e6}, TotalBorrowAssets: uint256.Int{600}, TotalBorrowShares: uint256.Int{600e6}}
	p := Position{BorrowShares: uint256.Int{600e6}}
	l, seized, err := m.FullLiquidation(p, priceScale)
	require.NoError(t, err)
	require.False(t, seized)
	require.Equal(t, Liquidation{RepaidShares: uint256.Int{1}, RepaidAssets: uint256.Int{1}, BadDebtShares: uint256.Int{600e6 - 1}, BadDebtAssets: uint256.Int{599}}, l)
}

func TestAdapters(t *testing.T) {
	m := Market{LastUpdate: 1, LLTV: 860e15, TotalBorrowAssets: uint256.Int{600}, TotalBorrowShares: uint256.Int{600e6}}
	p := Position{BorrowShares: uint256.Int{100e6}, Collateral: uint256.Int{120}}
	pair, err := m.Lending(priceScale)
	require.NoError(t, err)
	require.Equal(t, lending.Ratio(43_841336116910229), pair.Bonus)
	q, err := m.LendingPosition(p)
	require.NoError(t, err)
	require.Equal(t, lending.Position{Collateral: uint256.Int{120}, Debt: uint256.Int{100}}, q)
	h, err := m.Health(&p, &priceScale)
	require.NoError(t, err)
	limit, err := pair.Limit(q)
	require.NoError(t, err)
	require.Equal(t, h.MaxBorrow, limit)
	factor, err := h.Factor()
	require.NoError(t, err)
	theirs, err := pair.Health(q)
	require.NoError(t, err)
	require.Equal(t, "1.03", factor.String(), "103/100")
	require.Equal(t, "1.032", theirs.String(), "103.2/100: package lending rounds once")
	require.Equal(t, book.Position{Shares: p.BorrowShares, Collateral: p.Collateral}, p.Book(common.Address{}))
	_, err = Market{LLTV: 1e18 + 1}.Lending(priceScale)
	require.Error(t, err)
}

// No input makes any operation panic, and a failure leaves nothing behind.
func FuzzOperations(f *testing.F) {
	f.Add(make([]byte, 400), uint64(1), uint64(2), uint64(3), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, now, last, rate uint64, model uint8) {
		var x [12]uint256.Int
		for i := range x {
			if len(data) < 32 {
				break
			}
			x[i].SetBytes(data[:32])
			data = data[32:]
		}
		m := Market{x[0], x[1], x[2], x[3], last, lending.Ratio(x[4][0]), lending.Ratio(x[4][1]), RateModel(model), rate}
		p := Position{x[5], x[6], x[7]}
		amount, price := Amount{x[8], x[9]}, x[10]
		check := func(o Outcome, err error) {
			if err != nil {
				var revert *gaib.RevertError
				require.True(t, errors.As(err, &revert) || errors.Is(err, ErrState), err)
				require.Zero(t, o)
			}
		}
		check(m.Supply(p, amount, now))
		check(m.Withdraw(p, amount, now))
		check(m.Borrow(p, amount, price, now))
		check(m.Repay(p, amount, now))
		check(m.WithdrawCollateral(p, x[8], price, now))
		check(m.SetFee(lending.Ratio(x[8][0]), now))
		l, err := m.Liquidate(p, x[8], x[9], price, now)
		check(Outcome{Market: l.Market, Position: l.Position}, err)
		l, err = m.PreLiquidate(PreLiquidation{lending.Ratio(x[11][0]), lending.Ratio(x[11][1]), lending.Ratio(x[11][2]), lending.Ratio(x[11][3]), lending.Ratio(x[4][2])}, p, x[8], x[9], price, price, now)
		check(Outcome{Market: l.Market, Position: l.Position}, err)
		_, _, _ = m.FullLiquidation(p, price)
		_, _ = m.MaxBorrow(p, price)
		_, _ = m.MaxWithdrawCollateral(p, price)
		_, _, _ = m.LiquidationPrice(p)
		_, _, _ = m.MaxWithdraw(p)
		_, _ = m.APY()
		_, _ = m.HealthAt(&p, &price, now)
		_, _ = m.SupplyCollateral(p, x[8])
	})
}
