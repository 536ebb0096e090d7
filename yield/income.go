package yield

import (
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Income is what a period earned, in AID base units. Gross = Net + Fee exactly.
type Income struct {
	Net   uint256.Int // to holders
	Gross uint256.Int // of the portfolio, before the protocol's fee
	Fee   uint256.Int // to the protocol: its revenue
	Loss  uint256.Int // of holders, if the NAV fell; then the others are zero
}

// PeriodIncome returns the income of the shares that existed at a period's start, from the Deposit NAV at its start and end
// and the fee, a fraction with 18 decimals of gross yield (2e17 for 20 %):
//
//	Net = floor(supply*(end-start)/1e18)  Gross = floor(Net*1e18/(1e18-fee))  Fee = Gross - Net
//
// A loss pays no fee: Loss = ceil(supply*(start-end)/1e18). It returns ErrInput unless the fee is below 1e18, and ErrRange
// for more than 256 bits. Source: DefiLlama's fee adapter for sAID, which leaves losses out; there the fee is 20 %.
func PeriodIncome(supply, start, end, fee uint256.Int) (Income, error) {
	var income Income
	one := uint256.NewInt(wad)
	if !fee.Lt(one) {
		return Income{}, fmt.Errorf("%w: fee %s of 1e18; use less than 1e18", ErrInput, fee.Dec())
	}
	var move, rest uint256.Int
	if end.Lt(&start) {
		move.Sub(&start, &end)
		if fixed.MulDivUp(&income.Loss, &supply, &move, one) != nil {
			return Income{}, fmt.Errorf("%w: income of %s shares", ErrRange, supply.Dec())
		}
		return income, nil
	}
	move.Sub(&end, &start)
	rest.Sub(one, &fee)
	if fixed.MulDivDown(&income.Net, &supply, &move, one) != nil || fixed.MulDivDown(&income.Gross, &income.Net, one, &rest) != nil {
		return Income{}, fmt.Errorf("%w: income of %s shares", ErrRange, supply.Dec())
	}
	income.Fee.Sub(&income.Gross, &income.Net)
	return income, nil
}

// GrossReturn returns what a net return was before a fee on gains: net / (1 - fee), or net itself if it is a loss. Apply it
// to the return of a period, not to a compounded one. It returns ErrInput unless fee is 0 or more and below 1.
func GrossReturn(net, fee float64) (float64, error) {
	if !finite(net) || !(fee >= 0 && fee < 1) {
		return 0, fmt.Errorf("%w: net %v at a fee of %v; use a fee of 0 or more and below 1", ErrInput, net, fee)
	}
	if net <= 0 {
		return net, nil
	}
	return inRange(net / (1 - fee))
}

// NetReturn returns what a fee on gains leaves of a gross return: the inverse of [GrossReturn].
func NetReturn(gross, fee float64) (float64, error) {
	if !finite(gross) || !(fee >= 0 && fee < 1) {
		return 0, fmt.Errorf("%w: gross %v at a fee of %v; use a fee of 0 or more and below 1", ErrInput, gross, fee)
	}
	if gross <= 0 {
		return gross, nil
	}
	return gross * (1 - fee), nil
}
