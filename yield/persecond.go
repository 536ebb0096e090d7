package yield

import (
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Unit is the scale of a fixed-point rate.
type Unit uint8

const (
	// Wad is 1e18: Morpho's rates per second.
	Wad Unit = 18
	// Ray is 1e27: Aave's and Euler's rates.
	Ray Unit = 27
)

// PerSecond is a rate per second in fixed point: Value / 10^Unit each second.
type PerSecond struct {
	Value uint256.Int
	Unit  Unit
}

// PerSecondFromAPR returns floor(apr / secondsPerYear), apr being a nominal yearly rate in the same unit, as Aave keeps
// it. It returns ErrInput if secondsPerYear is 0 and for an unknown unit.
func PerSecondFromAPR(apr uint256.Int, secondsPerYear uint64, unit Unit) (PerSecond, error) {
	p := PerSecond{Unit: unit}
	if secondsPerYear == 0 {
		return PerSecond{}, fmt.Errorf("%w: a year of 0 seconds; use daycount.Seconds365", ErrInput)
	}
	p.Value.Div(&apr, uint256.NewInt(secondsPerYear))
	return p, p.check()
}

// APR returns Value * secondsPerYear exactly: the nominal yearly rate in the same unit. It returns ErrRange if that needs
// more than 256 bits and ErrInput for an unknown unit.
func (p PerSecond) APR(secondsPerYear uint64) (uint256.Int, error) {
	var apr uint256.Int
	if err := p.check(); err != nil {
		return apr, err
	}
	if fixed.Mul(&apr, &p.Value, uint256.NewInt(secondsPerYear)) != nil {
		return uint256.Int{}, fmt.Errorf("%w: %s per second", ErrRange, p.Value.Dec())
	}
	return apr, nil
}

// In returns the rate in another unit: exact from wad to ray, rounded down from ray to wad. It returns ErrRange if the
// value needs more than 256 bits and ErrInput for an unknown unit.
func (p PerSecond) In(unit Unit) (PerSecond, error) {
	to := PerSecond{p.Value, unit}
	if err := p.check(); err != nil {
		return PerSecond{}, err
	}
	if err := to.check(); err != nil {
		return PerSecond{}, err
	}
	billion := uint256.NewInt(1e9)
	switch {
	case p.Unit < unit:
		if fixed.Mul(&to.Value, &p.Value, billion) != nil {
			return PerSecond{}, fmt.Errorf("%w: %s wad in ray", ErrRange, p.Value.Dec())
		}
	case p.Unit > unit:
		to.Value.Div(&p.Value, billion)
	}
	return to, nil
}

// Rate returns the nominal yearly rate with the given convention, for analytics. Continuous is Morpho's
// (e^(rate*seconds)), EverySecond that of protocols that multiply by 1 + rate each second. It fails like APR.
func (p PerSecond) Rate(secondsPerYear uint64, c Convention) (Rate, error) {
	apr, err := p.APR(secondsPerYear)
	if err != nil {
		return Rate{}, err
	}
	return Rate{Float(apr, uint8(p.Unit)), c}, nil
}

func (p PerSecond) check() error {
	if p.Unit != Wad && p.Unit != Ray {
		return fmt.Errorf("%w: unit %d; use Wad or Ray", ErrInput, p.Unit)
	}
	return nil
}
