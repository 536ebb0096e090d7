package core

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Year is the number of seconds that annual rates are divided by: 365 days.
const Year = 31_536_000

var (
	ray    = uint256.Int{0x9fd0803ce8000000, 0x33b2e3c} // 1e27
	second = uint256.Int{Year}
	bps    = uint256.Int{10_000}
)

const wad = 1_000_000_000_000_000_000

// LinearInterest returns the factor by which supply grows, 1e27 + floor(rate * seconds / year): rate is annual, in ray. It
// fails with an overflow of 256 bits. Source: Aave MathUtils.calculateLinearInterest.
func LinearInterest(rate uint256.Int, seconds uint64) (uint256.Int, error) {
	var c calc
	factor := c.linear(rate, seconds)
	return factor, c.err
}

func (c *calc) linear(rate uint256.Int, seconds uint64) uint256.Int {
	return c.add(ray, c.div(c.mul(rate, number(seconds)), second))
}

// CompoundedInterest returns the factor by which debt grows, the first terms of (1 + rate/year)^seconds in ray: rate is
// annual, in ray. With n seconds and r = rate,
//
//	V30: 1e27 + r*n/year + n(n-1)/2 * r²/year² + n(n-1)(n-2)/6 * r³/year³, powers of r rounded half up, then floor
//	V37: 1e27 + x + x*(x/2 + x*(x/6)) with x = floor(r*n/year), products rounded half up, divisions floor
//
// It fails with an overflow of 256 bits. Source: Aave MathUtils.calculateCompoundedInterest.
func (r Revision) CompoundedInterest(rate uint256.Int, seconds uint64) (uint256.Int, error) {
	var c calc
	factor := c.compounded(r, rate, seconds)
	return factor, c.err
}

func (c *calc) compounded(r Revision, rate uint256.Int, seconds uint64) uint256.Int {
	if seconds == 0 {
		return ray
	}
	n := number(seconds)
	if r == V37 {
		// Unchecked in the contract; a rate of 128 bits cannot wrap it.
		x := c.div(c.mul(rate, n), second)
		inner := c.do(fixed.RayMul, x, c.div(x, number(6)))
		inner = c.do(fixed.RayMul, x, c.add(c.div(x, number(2)), inner))
		return c.add(c.add(ray, x), inner)
	}
	n1, n2 := number(seconds-1), number(0)
	if seconds > 2 {
		n2 = number(seconds - 2)
	}
	squared := c.div(c.do(fixed.RayMul, rate, rate), number(Year*Year))
	cubed := c.div(c.do(fixed.RayMul, squared, rate), second)
	term2 := c.div(c.mul(c.mul(n, n1), squared), number(2))
	term3 := c.div(c.mul(c.mul(c.mul(n, n1), n2), cubed), number(6))
	sum := c.add(ray, c.div(c.mul(rate, n), second))
	return c.add(c.add(sum, term2), term3)
}

// Curve is a variable rate curve with one kink. All are annual rates in ray, but Optimal, a utilisation in ray.
type Curve struct{ Optimal, Base, Slope1, Slope2 uint256.Int }

// CurveBps returns a curve whose parameters are given in basis points, as strategies from v3.2 on keep them.
func CurveBps(optimal, base, slope1, slope2 uint32) Curve {
	inRay := func(n uint32) (x uint256.Int) {
		x.Mul(&ray, &uint256.Int{uint64(n)})
		return *x.Div(&x, &bps)
	}
	return Curve{Optimal: inRay(optimal), Base: inRay(base), Slope1: inRay(slope1), Slope2: inRay(slope2)}
}

// Funds is what the rates of a reserve depend on, in base units of the asset. All debt is variable.
type Funds struct {
	Debt, Cash    uint256.Int
	Unbacked      uint256.Int // V30: minted against nothing by a bridge; V37: the deficit
	ReserveFactor uint16      // basis points
}

// Rates are annual rates in ray.
type Rates struct{ Supply, Borrow uint256.Int }

// Rates returns the rates at a state of the reserve. With U = debt / (cash + debt), half up,
//
//	U <= Optimal: borrow = Base + Slope1 * U / Optimal
//	U >  Optimal: borrow = Base + Slope1 + Slope2 * (U - Optimal) / (1 - Optimal)
//	supply = borrow * debt / (cash + debt + unbacked) * (1 - reserve factor)
//
// every product and quotient half up. It fails with the arithmetic error where the contract reverts. The formulas of the
// stable rate are left out. Source: Aave DefaultReserveInterestRateStrategy (V30) and its V2 (V37),
// calculateInterestRates.
func (c Curve) Rates(r Revision, f Funds) (Rates, error) {
	var k calc
	rates := k.rates(r, c, f)
	return rates, k.err
}

func (c *calc) rates(r Revision, curve Curve, f Funds) Rates {
	out := Rates{Borrow: curve.Base}
	var usage, supplyUsage uint256.Int
	if !f.Debt.IsZero() {
		total := c.add(f.Cash, f.Debt)
		usage = c.do(fixed.RayDiv, f.Debt, total)
		supplyUsage = c.do(fixed.RayDiv, f.Debt, c.add(total, f.Unbacked))
	} else if r == V37 {
		return out
	}
	if usage.Gt(&curve.Optimal) {
		excess := c.do(fixed.RayDiv, c.sub(usage, curve.Optimal), c.sub(ray, curve.Optimal))
		out.Borrow = c.add(out.Borrow, c.add(curve.Slope1, c.do(fixed.RayMul, curve.Slope2, excess)))
	} else {
		out.Borrow = c.add(out.Borrow, c.do(fixed.RayDiv, c.do(fixed.RayMul, curve.Slope1, usage), curve.Optimal))
	}
	average := out.Borrow
	if r == V30 {
		// The mean of the variable and the stable rate, weighted by debt; the only debt is variable, the rounding stays.
		average = uint256.Int{}
		if !f.Debt.IsZero() {
			debt := c.mul(f.Debt, number(1e9))
			average = c.do(fixed.RayDiv, c.do(fixed.RayMul, debt, out.Borrow), debt)
		}
	}
	share := c.sub(bps, number(uint64(f.ReserveFactor)))
	out.Supply = c.do(fixed.PercentMul, c.do(fixed.RayMul, average, supplyUsage), share)
	return out
}
