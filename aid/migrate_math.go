package aid

import (
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// MigrationQuote is what migrating an amount of an AIDa token gives.
type MigrationQuote struct {
	Out  uint256.Int // AID minted, 18 decimals
	Lost uint256.Int // what the truncation takes and does not give back, base units of the AIDa token
}

// QuoteMigration returns the AID minted for amount of an AIDa token of the given decimals: amount * 10^(18 - decimals),
// or, for a token of more than 18 decimals, floor(amount / 10^(decimals - 18)). It fails with a [*QuoteError] if amount is
// zero, or if product or power needs more than 256 bits. Source: AIDAlphaMigration.migrate, verified.
func QuoteMigration(amount uint256.Int, decimals uint8) (MigrationQuote, error) {
	var q MigrationQuote
	var unit uint256.Int
	var err error
	switch {
	case amount.IsZero():
		err = ErrZeroAmount
	case decimals <= decimalsAID:
		if unit, err = unitOf(decimals); err == nil {
			err = fixed.Mul(&q.Out, &amount, &unit)
		}
	case fixed.Pow10(&unit, decimals-decimalsAID) != nil:
		err = fmt.Errorf("%w: %d, at most %d", ErrDecimals, decimals, decimalsAID+77)
	default:
		q.Out.DivMod(&amount, &unit, &q.Lost)
	}
	if err != nil {
		return MigrationQuote{}, &QuoteError{"migrate", amount, err}
	}
	return q, nil
}
