package lending

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

var par = Price{u(1), 0}

func TestQuotes(t *testing.T) {
	proceeds, err := AtPrice(Price{u(15), 1})(u(3))
	require.NoError(t, err)
	require.Equal(t, u(4), proceeds)

	linear := LinearImpact(par, u(1000))
	for sold, want := range map[uint64]uint64{0: 0, 1: 0, 100: 90, 333: 222, 500: 250} {
		proceeds, err := linear(u(sold))
		require.NoError(t, err)
		require.Equal(t, u(want), proceeds, "%d sold", sold)
	}
	_, err = linear(u(501))
	require.ErrorIs(t, err, ErrNoLiquidity)
	_, err = LinearImpact(par, u(0))(u(1))
	require.ErrorIs(t, err, ErrNoLiquidity)
	proceeds, err = LinearImpact(par, u(0))(u(0))
	require.NoError(t, err)
	require.True(t, proceeds.IsZero())
	_, err = LinearImpact(Price{u(2), 0}, u(1))(maxInt)
	require.ErrorIs(t, err, ErrOverflow)

	gapped := ThroughGap(AtPrice(par), Bps(333))
	proceeds, err = gapped(u(1000))
	require.NoError(t, err)
	require.Equal(t, u(966), proceeds)
	_, err = ThroughGap(linear, Bps(1))(u(501))
	require.ErrorIs(t, err, ErrNoLiquidity)
	_, err = ThroughGap(linear, One+1)(u(1))
	require.ErrorIs(t, err, ErrRatio)
}

func TestProfitByHand(t *testing.T) {
	// 1,000 repaid for 1,100; the protocol keeps 10 % of the bonus of 100, the flash loan 0.05 %, gas 7, and the rest
	// is sold at par.
	m := Market{Price: par, LLTV: Bps(8000), Bonus: Bps(1000)}
	costs := Costs{Sell: AtPrice(par), Gas: u(7), FlashFee: Bps(5), ProtocolFee: Bps(1000)}
	p, err := costs.Profit(m, Liquidation{Repaid: u(1000), Seized: u(1100)})
	require.NoError(t, err)
	require.Equal(t, Profit{Proceeds: u(1090), Repaid: u(1000), FlashFee: u(1), Gas: u(7), ProtocolFee: u(10)}, p)
	require.Equal(t, u(1008), p.Spent())
	require.Equal(t, 1, p.Sign())
	require.Equal(t, u(82), p.Net())

	// A bonus of 1,101 - floor(1,101/1.1) = 101, of which 10.1 is rounded up.
	p, err = costs.Profit(m, Liquidation{Repaid: u(1001), Seized: u(1101)})
	require.NoError(t, err)
	require.Equal(t, u(11), p.ProtocolFee)

	p.Proceeds, p.Repaid, p.FlashFee = u(1090), u(1000), u(1)
	costs.Gas = u(90)
	loss, err := costs.Profit(m, Liquidation{Repaid: u(1000), Seized: u(1100)})
	require.NoError(t, err)
	require.Equal(t, -1, loss.Sign())
	require.Equal(t, u(1), loss.Net())
	require.Equal(t, 1, p.Cmp(loss))
	require.Equal(t, -1, loss.Cmp(p))
	worse := loss
	worse.Gas = u(91)
	require.Equal(t, 1, loss.Cmp(worse))
	worse.Gas = u(89)
	require.Zero(t, worse.Sign())
	require.Zero(t, worse.Cmp(worse))

	costs.ProtocolFee = One + 1
	_, err = costs.Profit(m, Liquidation{})
	require.ErrorIs(t, err, ErrRatio)
	_, err = Costs{}.Profit(Market{LLTV: One + 1}, Liquidation{})
	require.ErrorIs(t, err, ErrRatio)
	_, err = Costs{}.Profit(m, Liquidation{})
	require.ErrorIs(t, err, ErrNoQuote)
	_, err = Costs{Sell: AtPrice(par), Gas: maxInt}.Profit(m, Liquidation{Repaid: u(1)})
	require.ErrorIs(t, err, ErrOverflow)
	_, err = Costs{Sell: AtPrice(par), FlashFee: One}.Profit(m, Liquidation{Repaid: maxInt})
	require.ErrorIs(t, err, ErrOverflow)
}

// TestBestBruteForce compares Best with every repayment there is, for small positions under random rules and costs.
func TestBestBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	found, dust, partial := 0, 0, 0
	for range 600 {
		price := Price{u(200 + rng.Uint64N(1500)), 3}
		m := Market{Price: price, LLTV: Bps(uint16(5000 + rng.IntN(4500))), Bonus: Ratio(rng.Uint64N(2e17))}
		p := Position{Collateral: u(1 + rng.Uint64N(900))}
		limit, err := m.Limit(p)
		require.NoError(t, err)
		p.Debt = plus(limit, 1+rng.Int64N(60))
		rules := Rules{CloseFactor: One}
		if rng.IntN(2) == 0 {
			rules = Rules{Ratio(rng.Uint64N(1e18 + 1)), u(rng.Uint64N(200)), u(rng.Uint64N(200))}
		}
		costs := Costs{Sell: AtPrice(price), Gas: u(rng.Uint64N(20)), FlashFee: Ratio(rng.Uint64N(1e16)), ProtocolFee: Ratio(rng.Uint64N(2e17))}
		if rng.IntN(2) == 0 {
			costs.Sell = LinearImpact(price, u(1+rng.Uint64N(20_000)))
		}
		best, err := costs.Best(m, p, rules)

		// By definition: every repayment the rules allow, and its net as a signed number.
		var most *int64
		closable := floorDiv(new(big.Int).Mul(p.Debt.ToBig(), bigRatio(rules.CloseFactor)), bigWad).Uint64()
		allowed := false
		for x := uint64(1); x <= closable; x++ {
			l, err := m.Liquidate(p, u(x))
			require.NoError(t, err)
			debt, collateral := p.Debt.Uint64()-l.Repaid.Uint64(), p.Collateral.Uint64()-l.Seized.Uint64()
			if l.Repaid.IsZero() || debt > 0 && collateral > 0 && (debt < rules.DustDebt.Uint64() || collateral < rules.DustCollateral.Uint64()) {
				continue
			}
			allowed = true
			profit, err := costs.Profit(m, l)
			if err != nil {
				require.ErrorIs(t, err, ErrNoLiquidity)
				continue
			}
			net := int64(profit.Proceeds.Uint64()) - int64(profit.Repaid.Uint64()+profit.FlashFee.Uint64()+profit.Gas.Uint64())
			if most == nil || net > *most {
				most = &net
			}
		}
		switch {
		case most != nil:
			found++
			require.NoError(t, err, "%+v %+v %+v", m, p, rules)
			magnitude := best.Profit.Net()
			net := int64(best.Profit.Sign()) * int64(magnitude.Uint64())
			require.LessOrEqual(t, net, *most)
			// Seized, the two fees and the proceeds are each rounded by less than a unit.
			require.GreaterOrEqual(t, net, *most-4, "%+v %+v %+v", m, p, rules)
			l, err := m.Liquidate(p, best.Repaid)
			require.NoError(t, err)
			require.Equal(t, l, best.Liquidation)
			require.True(t, best.Repaid.Uint64() <= closable)
			if best.Repaid.Lt(&p.Debt) {
				partial++
			}
		case allowed:
			require.ErrorIs(t, err, ErrNoLiquidity)
		default:
			dust++
			require.ErrorIs(t, err, ErrDust, "%+v %+v %+v", m, p, rules)
		}
	}
	require.Greater(t, found, 300)
	require.Greater(t, dust, 10)
	require.Greater(t, partial, 100)
}

// TestBestClosedForm: with linear impact the optimum is x* = (b - f) depth / (2 (1 + b)^2), or the cap where that is
// lower.
func TestBestClosedForm(t *testing.T) {
	m := Market{Price: Price{n("1000000000000000000000000"), 36}, LLTV: Bps(8600), Bonus: Bps(500)}
	p := Position{Collateral: n("1000000000000000000000000"), Debt: u(900_000_000_000)} // a million, 900,000 at six decimals
	const fee = 0.0005
	for _, depth := range []float64{1e12, 1e13, 1e14} {
		costs := Costs{Sell: LinearImpact(m.Price, u(uint64(depth))), FlashFee: Bps(5), Gas: u(3_000_000)}
		for _, closeFactor := range []Ratio{One, Bps(5000), Bps(100)} {
			best, err := costs.Best(m, p, Rules{CloseFactor: closeFactor})
			require.NoError(t, err)
			x := min((0.05-fee)*depth/(2*1.05*1.05), 900_000_000_000*closeFactor.Float64())
			profit := (0.05-fee)*x - 1.05*1.05*x*x/depth - 3_000_000
			net := best.Profit.Net()
			require.InEpsilon(t, profit, float64(best.Profit.Sign())*net.Float64(), 1e-6, "depth %g, close factor %s", depth, closeFactor)
			// Near the top the curve is flat within the rounding: over a width of sqrt(4 units * depth).
			require.InDelta(t, x, best.Repaid.Float64(), 2*math.Sqrt(4*depth)+2)
		}
	}
}

func TestBestErrors(t *testing.T) {
	m := Market{Price: par, LLTV: Bps(8000), Bonus: Bps(500)}
	costs := Costs{Sell: AtPrice(par)}
	all := Rules{CloseFactor: One}
	p := Position{Collateral: u(100), Debt: u(81)}
	_, err := costs.Best(m, Position{u(100), u(80)}, all)
	require.ErrorIs(t, err, ErrHealthy)
	_, err = costs.Best(m, p, Rules{CloseFactor: One + 1})
	require.ErrorIs(t, err, ErrRatio)
	_, err = costs.Best(Market{LLTV: One + 1}, p, all)
	require.ErrorIs(t, err, ErrRatio)
	_, err = costs.Best(m, p, Rules{})
	require.ErrorIs(t, err, ErrDust)
	_, err = Costs{Sell: LinearImpact(par, u(0))}.Best(m, p, all)
	require.ErrorIs(t, err, ErrNoLiquidity)
	broken := errors.New("broken")
	_, err = Costs{Sell: func(uint256.Int) (uint256.Int, error) { return u(0), broken }}.Best(m, p, all)
	require.ErrorIs(t, err, broken)
	// The close factor of half leaves 41 of debt, below the dust of 50: only the whole could be repaid, and may not.
	_, err = costs.Best(m, p, Rules{Bps(5000), u(50), u(0)})
	require.NoError(t, err) // 31 may be repaid and leaves 50
	best, err := costs.Best(m, p, Rules{Bps(5000), u(50), u(0)})
	require.NoError(t, err)
	require.False(t, best.Repaid.Gt(uint256.NewInt(31)))
	_, err = costs.Best(m, p, Rules{Bps(5000), u(82), u(0)})
	require.ErrorIs(t, err, ErrDust)
}

func TestLossIncidenceByHand(t *testing.T) {
	// Worth 1,000, debt 800, LLTV 85 %, bonus 25 %.
	m := Market{Price: Price{u(1000), 3}, LLTV: Bps(8500), Bonus: Bps(2500)}
	p := Position{Collateral: u(1000), Debt: u(800)}
	for _, c := range []struct {
		name  string
		price uint64
		want  Incidence
	}{
		{"still healthy", 950, Incidence{Fall: u(50), Borrower: u(50), SupplyFactor: One}},
		// Debt 800 is all of 1,000 with the bonus: at 900 seized whole, 720 repaid, 80 bad, of which 30 by the reserve.
		{"bad debt", 900, Incidence{true, u(100), u(180), u(200), u(30), u(50), Bps(9900)}},
		{"worthless", 0, Incidence{true, u(1000), u(0), u(200), u(30), u(770), Bps(8460)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := LossIncidence(m, p, Price{u(c.price), 3}, u(30), u(5000))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	in, err := LossIncidence(m, p, Price{u(0), 3}, u(0), u(0))
	require.NoError(t, err)
	require.Equal(t, One, in.SupplyFactor, "without a supply there is nobody to lose")
	in, err = LossIncidence(m, p, Price{u(0), 3}, u(0), u(700))
	require.NoError(t, err)
	require.Zero(t, in.SupplyFactor)
	_, err = LossIncidence(m, p, Price{u(1001), 3}, u(0), u(0))
	require.ErrorIs(t, err, ErrPriceMove)
	_, err = LossIncidence(m, p, Price{u(1), 2}, u(0), u(0))
	require.ErrorIs(t, err, ErrPriceMove)
	_, err = LossIncidence(m, Position{u(1000), u(1001)}, Price{u(1), 3}, u(0), u(0))
	require.ErrorIs(t, err, ErrInsolvent)
}

// TestLossIncidenceConserves: what is lost is borne by somebody, and the bonus is paid by the borrower, to the rounding
// of one liquidation.
func TestLossIncidenceConserves(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	bad, liquidated := 0, 0
	for range 5000 {
		m := Market{Price: Price{u(1e6 + rng.Uint64N(1e6)), 6}, LLTV: Bps(uint16(5000 + rng.IntN(4500))), Bonus: Ratio(rng.Uint64N(2e17))}
		p := Position{Collateral: u(1e9 + rng.Uint64N(1e15))}
		limit, err := m.Limit(p)
		require.NoError(t, err)
		p.Debt = *new(uint256.Int).Sub(&limit, uint256.NewInt(rng.Uint64N(limit.Uint64()/2)))
		lower, err := m.Price.Times(Ratio(rng.Uint64N(1e18 + 1)))
		require.NoError(t, err)
		in, err := LossIncidence(m, p, lower, u(rng.Uint64N(1e13)), u(1e17))
		require.NoError(t, err)
		borne := in.Borrower.Float64() + in.Reserve.Float64() + in.Suppliers.Float64()
		require.InDelta(t, in.Fall.Float64()+in.Bonus.Float64(), borne, 8, "%+v", in)
		equity := legOf(p.Collateral, m.Price, 0, 0).worth(floorDiv).Uint64() - p.Debt.Uint64()
		require.LessOrEqual(t, in.Borrower.Uint64(), equity, "nobody loses more than there is")
		if in.Liquidatable {
			liquidated++
		}
		if !in.Suppliers.IsZero() {
			bad++
			require.Less(t, in.SupplyFactor, One)
			require.Equal(t, equity, in.Borrower.Uint64())
		}
	}
	require.Greater(t, liquidated, 1000)
	require.Greater(t, bad, 500)
}

func plus(x uint256.Int, delta int64) uint256.Int {
	return *uint256.MustFromBig(new(big.Int).Add(x.ToBig(), big.NewInt(delta)))
}
