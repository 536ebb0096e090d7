package fixed

import "github.com/holiman/uint256"

// The scales of the helpers below.
var (
	ray     = uint256.Int{0x9fd0803ce8000000, 0x33b2e3c} // 1e27
	percent = uint256.Int{1e4}
	wad2    = uint256.Int{2e18}
	wad3    = uint256.Int{3e18}
)

// Morpho's helpers, checked-256. The first two are Pendle's as well.

// WMulDown sets z to floor(x*y/1e18), checked-256. Source: Morpho Blue MathLib.wMulDown, Pendle PMath.mulDown.
func WMulDown(z, x, y *uint256.Int) error { return CheckedMulDivDown(z, x, y, &one18) }

// WDivDown sets z to floor(x*1e18/y), checked-256. Source: Morpho Blue MathLib.wDivDown, Pendle PMath.divDown.
func WDivDown(z, x, y *uint256.Int) error { return CheckedMulDivDown(z, x, &one18, y) }

// WDivUp sets z to floor((x*1e18 + y - 1)/y), checked-256. Source: Morpho Blue MathLib.wDivUp.
func WDivUp(z, x, y *uint256.Int) error { return CheckedMulDivUp(z, x, &one18, y) }

// WTaylorCompounded sets z to t + floor(t^2/2e18) + floor(floor(t^2/2e18)*t/3e18) with t = x*n, the first three terms of
// e^(x*n) - 1 with 18 decimals, checked-256: it returns ErrOverflow if a product needs more than 256 bits.
// x is a rate per second with 18 decimals, n a number of seconds. Source: Morpho Blue MathLib.wTaylorCompounded.
func WTaylorCompounded(z, x, n *uint256.Int) error {
	var first, second, third uint256.Int
	if mul256(&first, x, n) {
		return ErrOverflow
	}
	if err := CheckedMulDivDown(&second, &first, &first, &wad2); err != nil {
		return err
	}
	if err := CheckedMulDivDown(&third, &second, &first, &wad3); err != nil {
		return err
	}
	// The squares fit, so t is below 2^128 and the other terms below 2^196: the sum cannot wrap.
	second.Add(&second, &third)
	z.Add(&first, &second)
	return nil
}

// Aave's helpers, checked-256. The ones without a direction in their name round half up.

// WadMul sets z to floor((x*y + 5e17)/1e18), checked-256. Source: Aave WadRayMath.wadMul.
func WadMul(z, x, y *uint256.Int) error { return CheckedMulDivHalfUp(z, x, y, &one18) }

// WadDiv sets z to floor((x*1e18 + floor(y/2))/y), checked-256. Source: Aave WadRayMath.wadDiv.
func WadDiv(z, x, y *uint256.Int) error { return CheckedMulDivHalfUp(z, x, &one18, y) }

// RayMul sets z to floor((x*y + 5e26)/1e27), checked-256. Source: Aave WadRayMath.rayMul.
func RayMul(z, x, y *uint256.Int) error { return CheckedMulDivHalfUp(z, x, y, &ray) }

// RayDiv sets z to floor((x*1e27 + floor(y/2))/y), checked-256. Source: Aave WadRayMath.rayDiv.
func RayDiv(z, x, y *uint256.Int) error { return CheckedMulDivHalfUp(z, x, &ray, y) }

// RayMulFloor sets z to floor(x*y/1e27), checked-256. Source: Aave v3.5 WadRayMath.rayMulFloor.
func RayMulFloor(z, x, y *uint256.Int) error { return CheckedMulDivDown(z, x, y, &ray) }

// RayMulCeil sets z to ceil(x*y/1e27), checked-256. Source: Aave v3.5 WadRayMath.rayMulCeil.
func RayMulCeil(z, x, y *uint256.Int) error { return CheckedMulDivCeil(z, x, y, &ray) }

// RayDivFloor sets z to floor(x*1e27/y), checked-256. Source: Aave v3.5 WadRayMath.rayDivFloor.
func RayDivFloor(z, x, y *uint256.Int) error { return CheckedMulDivDown(z, x, &ray, y) }

// RayDivCeil sets z to ceil(x*1e27/y), checked-256. Source: Aave v3.5 WadRayMath.rayDivCeil.
func RayDivCeil(z, x, y *uint256.Int) error { return CheckedMulDivCeil(z, x, &ray, y) }

// PercentMul sets z to floor((x*bps + 5000)/10000), checked-256. Source: Aave PercentageMath.percentMul.
func PercentMul(z, x, bps *uint256.Int) error { return CheckedMulDivHalfUp(z, x, bps, &percent) }

// PercentDiv sets z to floor((x*10000 + floor(bps/2))/bps), checked-256. Source: Aave PercentageMath.percentDiv.
func PercentDiv(z, x, bps *uint256.Int) error { return CheckedMulDivHalfUp(z, x, &percent, bps) }

// PercentMulFloor sets z to floor(x*bps/10000), checked-256. Source: Aave v3.7 PercentageMath.percentMulFloor.
func PercentMulFloor(z, x, bps *uint256.Int) error { return CheckedMulDivDown(z, x, bps, &percent) }

// PercentMulCeil sets z to ceil(x*bps/10000), checked-256. Source: Aave v3.7 PercentageMath.percentMulCeil.
func PercentMulCeil(z, x, bps *uint256.Int) error { return CheckedMulDivCeil(z, x, bps, &percent) }

// PercentDivFloor sets z to floor(x*10000/bps), checked-256. Source: Aave v3.7 PercentageMath.percentDivFloor.
func PercentDivFloor(z, x, bps *uint256.Int) error { return CheckedMulDivDown(z, x, &percent, bps) }

// PercentDivCeil sets z to ceil(x*10000/bps), checked-256. Source: Aave v3.7 PercentageMath.percentDivCeil.
func PercentDivCeil(z, x, bps *uint256.Int) error { return CheckedMulDivCeil(z, x, &percent, bps) }
