package core

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// RatioCap is the cap that a price adapter (CAPO) puts on the exchange rate of a token that bears yield, so that a
// manipulated rate cannot lift the collateral's price: the rate may grow by a fixed amount a second since a snapshot.
type RatioCap struct {
	SnapshotRatio uint256.Int // with the rate's own decimals, at most 104 bits
	SnapshotTime  uint64      // Unix time
	MaxGrowth     uint16      // basis points a year
	RatioDecimals uint8       // 8 to 24
}

// growthScale is the scale in which the adapter keeps the growth per second.
const growthScale = 1_000_000

// MaxRatio returns the highest rate that counts at a time,
//
//	snapshot + floor(g * seconds since / 1e6), g = floor(floor(snapshot * growth * 1e6 / 10,000) / year)
//
// and fails with the arithmetic error where the adapter reverts, and so for a time before the snapshot. Source: Aave's
// PriceCapAdapterBase; checked against its formula, not its bytecode.
func (c RatioCap) MaxRatio(time uint64) (uint256.Int, error) {
	var k calc
	growth := k.mul(k.mul(c.SnapshotRatio, number(uint64(c.MaxGrowth))), number(growthScale))
	growth = k.div(k.div(growth, bps), second)
	elapsed := k.sub(number(time), number(c.SnapshotTime))
	ratio := k.add(c.SnapshotRatio, k.div(k.mul(growth, elapsed), number(growthScale)))
	return ratio, k.err
}

// Price returns floor(base * min(ratio, MaxRatio) / 10^RatioDecimals): the price that the oracle reports for a token with
// that rate, given the price of its base asset. It is zero if base or ratio is zero. It fails as [RatioCap.MaxRatio] does.
func (c RatioCap) Price(base, ratio uint256.Int, time uint64) (uint256.Int, error) {
	if base.IsZero() || ratio.IsZero() {
		return uint256.Int{}, nil
	}
	most, err := c.MaxRatio(time)
	if err != nil {
		return uint256.Int{}, err
	}
	if most.Lt(&ratio) {
		ratio = most
	}
	var k calc
	price := k.div(k.mul(base, ratio), k.unit(c.RatioDecimals))
	return price, k.err
}

// Capped reports whether a rate is above what counts at a time. It fails as [RatioCap.MaxRatio] does.
func (c RatioCap) Capped(ratio uint256.Int, time uint64) (bool, error) {
	most, err := c.MaxRatio(time)
	return err == nil && ratio.Gt(&most), err
}

// Discount prices a Pendle principal token by a straight line to its maturity, where it is worth its asset.
type Discount struct {
	Maturity uint64 // Unix time
	Rate     uint64 // a year, 18 decimals: 0.08e18 for 8 %
}

// At returns the discount at a time, floor(seconds to maturity * rate / year) with 18 decimals, zero from maturity on.
// Source: Aave's PendlePriceCapAdapter.getCurrentDiscount; checked against its formula, not its bytecode.
func (d Discount) At(time uint64) (discount uint256.Int) {
	if time >= d.Maturity {
		return uint256.Int{}
	}
	discount.Mul(&uint256.Int{d.Maturity - time}, &uint256.Int{d.Rate}) // two words at most
	discount.Div(&discount, &second)
	return discount
}

// Price returns floor(asset * (1e18 - discount) / 1e18): what the oracle reports for the principal token, given the price
// of its asset. It fails with an underflow if the discount is above one, and with an overflow, as the adapter reverts.
func (d Discount) Price(asset uint256.Int, time uint64) (uint256.Int, error) {
	if asset.IsZero() {
		return uint256.Int{}, nil
	}
	var k calc
	price := k.div(k.mul(asset, k.sub(number(wad), d.At(time))), number(wad))
	return price, k.err
}

// StableCap returns the price that counts of a stablecoin, min(price, cap). Source: Aave's PriceCapAdapterStable.
func StableCap(price, most uint256.Int) uint256.Int {
	if price.Gt(&most) {
		return most
	}
	return price
}

// Premium returns what a simple flash loan of an amount costs: amount * premium in basis points, half up (V30) or ceil
// (V37). It fails with an overflow of 256 bits. Source: Aave FlashLoanLogic.executeFlashLoanSimple.
func (r Revision) Premium(amount uint256.Int, premium uint16) (uint256.Int, error) {
	round := fixed.PercentMul
	if r == V37 {
		round = fixed.PercentMulCeil
	}
	var k calc
	cost := k.do(round, amount, number(uint64(premium)))
	return cost, k.err
}
