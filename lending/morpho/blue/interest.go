package blue

import (
	"fmt"
	"math"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// RateModel says how a market's borrow rate comes about.
type RateModel uint8

const (
	// AdaptiveCurve: Morpho's AdaptiveCurveIRM. Market.Rate is its rate at target, zero before its first use.
	AdaptiveCurve RateModel = iota
	// FixedRate: Market.Rate is the borrow rate itself, as of FixedRateIrm; and of any other model, as long as its rate
	// stands.
	FixedRate
	// NoInterest: the market's rate model is the zero address.
	NoInterest
)

// String returns the model's name.
func (r RateModel) String() string {
	switch r {
	case AdaptiveCurve:
		return "adaptive curve"
	case FixedRate:
		return "fixed rate"
	case NoInterest:
		return "no interest"
	}
	return fmt.Sprintf("rate model %d", uint8(r))
}

// Accrual is what one accrual of interest added.
type Accrual struct {
	BorrowRate uint256.Int // average of the time since the accrual before, a second with 18 decimals
	Interest   uint256.Int // base units of the loan token, to both totals
	FeeShares  uint256.Int // supply shares of the fee recipient, to the total
}

const (
	secondsPerYear = 31_536_000

	adjustmentSpeed   = 50 * wad / secondsPerYear
	targetUtilization = 900_000_000_000_000_000
	initialRate       = wad / 25 / secondsPerYear   // 4 % a year
	minRate           = wad / 1000 / secondsPerYear // 0.1 %
	maxRate           = 2 * wad / secondsPerYear    // 200 %
	curveBelow        = 750_000_000_000_000_000     // 1 - 1/steepness
	curveAbove        = 3 * wad                     // steepness - 1
)

// The scales below as operands; they are never written.
var (
	one      = uint256.Int{wad}
	speed    = uint256.Int{adjustmentSpeed}
	target   = uint256.Int{targetUtilization}
	lowest   = uint256.Int{minRate}
	highest  = uint256.Int{maxRate}
	overNorm = uint256.Int{wad - targetUtilization}
	below    = uint256.Int{curveBelow}
	above    = uint256.Int{curveAbove}
)

// Accrue returns the market with interest up to now, Unix seconds, and what was added: interest = wMulDown(borrows,
// taylor(rate, elapsed)), FeeShares = toSharesDown(fee) of the supply without the fee. It allocates nothing. It reverts
// if the market has not been created, if now is before the last accrual, and where a total needs more than 128 bits.
// [ErrState] is no revert. Source: Morpho Blue, Morpho.sol accrueInterest.
func (m Market) Accrue(now uint64) (Market, Accrual, error) {
	if m.LastUpdate == 0 {
		return Market{}, Accrual{}, fail(textNotCreated)
	}
	if err := m.check(&Position{}); err != nil {
		return Market{}, Accrual{}, err
	}
	var a Accrual
	if err := m.accrue(&a, now); err != nil {
		return Market{}, Accrual{}, err
	}
	return m, a, nil
}

func (m *Market) accrue(a *Accrual, now uint64) error {
	if now < m.LastUpdate {
		return panicked(panicArithmetic)
	}
	elapsed := now - m.LastUpdate
	if elapsed == 0 {
		return nil
	}
	if m.Model != NoInterest {
		if err := m.charge(a, elapsed); err != nil {
			return err
		}
	}
	m.LastUpdate = now
	return nil
}

// charge adds the interest of elapsed seconds.
func (m *Market) charge(a *Accrual, elapsed uint64) error {
	if err := m.borrowRate(&a.BorrowRate, elapsed); err != nil {
		return err
	}
	var growth uint256.Int
	if err := fixed.WTaylorCompounded(&growth, &a.BorrowRate, &uint256.Int{elapsed}); err != nil {
		return revert(err)
	}
	if err := fixed.WMulDown(&a.Interest, &m.TotalBorrowAssets, &growth); err != nil {
		return revert(err)
	}
	if err := add128(&m.TotalBorrowAssets, &a.Interest); err != nil {
		return err
	}
	if err := add128(&m.TotalSupplyAssets, &a.Interest); err != nil {
		return err
	}
	if m.Fee == 0 {
		return nil
	}
	var fee, supply uint256.Int
	if err := fixed.WMulDown(&fee, &a.Interest, &uint256.Int{uint64(m.Fee)}); err != nil {
		return revert(err)
	}
	if err := fixed.Sub(&supply, &m.TotalSupplyAssets, &fee); err != nil {
		return revert(err)
	}
	if err := toSharesDown(&a.FeeShares, &fee, &supply, &m.TotalSupplyShares); err != nil {
		return revert(err)
	}
	return add128(&m.TotalSupplyShares, &a.FeeShares)
}

// borrowRate sets rate to the average of the time since the last accrual, and moves the model's own rate on.
func (m *Market) borrowRate(rate *uint256.Int, elapsed uint64) error {
	switch {
	case m.Model == FixedRate:
		rate.SetUint64(m.Rate)
		return nil
	case m.Model != AdaptiveCurve || m.Rate > maxRate:
		return ErrState
	}
	end, err := adaptiveRate(rate, &m.TotalBorrowAssets, &m.TotalSupplyAssets, m.Rate, elapsed)
	m.Rate = end
	return err
}

// Utilization returns borrows over supply with 18 decimals, rounded down; zero without supply.
func (m Market) Utilization() (u uint256.Int, err error) {
	if err := m.check(&Position{}); err != nil || m.TotalSupplyAssets.IsZero() {
		return u, err
	}
	// Both are below 2^128, so neither product nor quotient can overflow.
	err = fixed.WDivDown(&u, &m.TotalBorrowAssets, &m.TotalSupplyAssets)
	return u, err
}

// BorrowRate returns the average borrow rate from the last accrual to now, a second with 18 decimals, and the model's
// rate at the end of it. Before creation it reverts. Source: AdaptiveCurveIrm.sol borrowRateView.
func (m Market) BorrowRate(now uint64) (rate uint256.Int, next uint64, err error) {
	switch {
	case m.LastUpdate == 0:
		return rate, 0, fail(textNotCreated)
	case now < m.LastUpdate:
		return rate, 0, panicked(panicArithmetic)
	case m.Model == NoInterest:
		return rate, m.Rate, nil
	}
	if err := m.check(&Position{}); err != nil {
		return rate, 0, err
	}
	if err := m.borrowRate(&rate, now-m.LastUpdate); err != nil {
		return uint256.Int{}, 0, err
	}
	return rate, m.Rate, nil
}

// APY is yearly returns at the present utilization, compounded over 365 days, as fractions: analytics, no chain amounts.
type APY struct {
	Borrow float64
	Supply float64 // after the fee
}

// APY returns what borrowers pay and lenders get a year if nothing moves: e^(rate * 31,536,000) - 1, the lenders' rate
// being rate * utilization * (1 - fee). It fails as [Market.BorrowRate] does.
func (m Market) APY() (APY, error) {
	rate, _, err := m.BorrowRate(m.LastUpdate)
	if err != nil {
		return APY{}, err
	}
	u, err := m.Utilization()
	if err != nil {
		return APY{}, err
	}
	yearly := rate.Float64() / wad * secondsPerYear
	return APY{Borrow: math.Expm1(yearly), Supply: math.Expm1(yearly * u.Float64() / wad * (1 - m.Fee.Float64()))}, nil
}

// adaptiveRate sets rate to the average rate of elapsed seconds and returns the rate at target at their end, from the
// totals before the accrual. Signed values are kept as sign and magnitude, which is what the contract's divisions
// towards zero amount to; with totals below 2^128 and start at most maxRate no step comes near 2^255.
// Source: AdaptiveCurveIrm.sol _borrowRate.
func adaptiveRate(rate, borrow, supply *uint256.Int, start, elapsed uint64) (end uint64, err error) {
	var u, distance uint256.Int // distance is the normalised error's magnitude
	if !supply.IsZero() {
		if err := fixed.WDivDown(&u, borrow, supply); err != nil {
			return 0, revert(err)
		}
	}
	over, norm := u.Gt(&target), &target
	if over {
		norm = &overNorm
		distance.Sub(&u, &target)
	} else {
		distance.Sub(&target, &u)
	}
	if err := fixed.WDivDown(&distance, &distance, norm); err != nil {
		return 0, revert(err)
	}

	average := uint256.Int{initialRate}
	end = initialRate
	if start != 0 {
		var move uint256.Int
		if err := fixed.WMulDown(&move, &speed, &distance); err != nil {
			return 0, revert(err)
		}
		if err := fixed.Mul(&move, &move, &uint256.Int{elapsed}); err != nil || move.Sign() < 0 {
			return 0, panicked(panicArithmetic)
		}
		average.SetUint64(start)
		end = start
		if !move.IsZero() {
			end = moved(start, move, over)
			move.Rsh(&move, 1)
			average.SetUint64((start + end + 2*moved(start, move, over)) / 4)
		}
	}

	// The curve: (1 + coefficient * error) * average. Below the target the product is at most 0.75.
	var factor uint256.Int
	coefficient := &below
	if over {
		coefficient = &above
	}
	if err := fixed.WMulDown(&factor, coefficient, &distance); err != nil {
		return 0, revert(err)
	}
	if over {
		factor.Add(&one, &factor)
	} else {
		factor.Sub(&one, &factor)
	}
	if err := fixed.WMulDown(rate, &factor, &average); err != nil {
		return 0, revert(err)
	}
	return end, nil
}

// moved returns start * e^(+-move) within the model's bounds; start is at most maxRate, so the product fits.
func moved(start uint64, move uint256.Int, up bool) uint64 {
	var z uint256.Int
	if !up {
		move.Neg(&move)
	}
	fixed.WExp(&z, &move)
	_ = fixed.WMulDown(&z, &z, &uint256.Int{start})
	switch {
	case z.Lt(&lowest):
		return minRate
	case z.Gt(&highest):
		return maxRate
	}
	return z.Uint64()
}
