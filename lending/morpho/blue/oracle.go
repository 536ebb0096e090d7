package blue

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fixed"
)

// OracleSide is how one side of a MorphoChainlinkOracleV2 is set up: the base is the collateral token, the quote the
// loan token.
type OracleSide struct {
	Decimals uint8       // of the token; of its underlying asset if it is a vault
	Vault    bool        // the token is the share of an ERC-4626 vault, priced by convertToAssets
	Sample   uint256.Int // shares that the vault is asked about; one without a vault
	Feed1    *uint8      // decimals of the first price feed, nil without one
	Feed2    *uint8      // of the second
}

// ScaleFactor returns what the oracle multiplies by: floor(10^(36 + quote decimals + quote feeds' decimals - base
// decimals - base feeds' decimals) * quote sample / base sample). It reverts as the constructor would: [ErrSample], a
// negative exponent, an overflow. Source: MorphoChainlinkOracleV2, constructor.
func ScaleFactor(base, quote OracleSide) (scale uint256.Int, err error) {
	for _, side := range []OracleSide{base, quote} {
		if !side.Vault && !side.Sample.Eq(&uint256.Int{1}) {
			return scale, fail(textSampleNotOne)
		}
	}
	if base.Sample.IsZero() || quote.Sample.IsZero() {
		return scale, fail(textSampleZero)
	}
	exponent := 36 + quote.decimals() - base.decimals()
	if exponent < 0 || exponent > 77 {
		return scale, panicked(panicArithmetic)
	}
	if err := fixed.Pow10(&scale, uint8(exponent)); err != nil {
		return uint256.Int{}, revert(err)
	}
	if err := fixed.Mul(&scale, &scale, &quote.Sample); err != nil {
		return uint256.Int{}, revert(err)
	}
	scale.Div(&scale, &base.Sample)
	return scale, nil
}

func (s *OracleSide) decimals() int {
	sum := int(s.Decimals)
	for _, feed := range []*uint8{s.Feed1, s.Feed2} {
		if feed != nil {
			sum += int(*feed)
		}
	}
	return sum
}

// OracleAnswers are what one side's contracts answer; what is absent is nil.
type OracleAnswers struct {
	Vault *uint256.Int // convertToAssets(Sample)
	Feed1 *uint256.Int // int256, two's complement
	Feed2 *uint256.Int
}

// OraclePrice returns the price that a MorphoChainlinkOracleV2 gives, loan base units of one collateral base unit times
// 1e36: floor(scale * base / quote), each of them vault * feed 1 * feed 2, checked-256, the last step full-512. What is
// absent counts as one. It reverts as the contract does: [ErrNegativeAnswer], an overflow, a division by zero. Neither
// the age of an answer nor its size is looked at.
//
// With sAID as collateral the vault's answer is convertToAssets, the Deposit NAV: the price takes no notice of unrealised
// losses or of the queue, see lending.OraclePriceGap. Source: MorphoChainlinkOracleV2.price.
func OraclePrice(scale uint256.Int, base, quote OracleAnswers) (price uint256.Int, err error) {
	up, err := base.product()
	if err != nil {
		return price, err
	}
	down, err := quote.product()
	if err != nil {
		return price, err
	}
	if down.IsZero() {
		if _, overflow := new(uint256.Int).MulOverflow(&scale, &up); !overflow {
			return price, panicked(panicDivision)
		}
		return price, mulDivOverflow()
	}
	if fixed.MulDivDown(&price, &scale, &up, &down) != nil {
		return uint256.Int{}, mulDivOverflow()
	}
	return price, nil
}

func mulDivOverflow() error { return because(&gaib.MathOverflowedMulDivError{}) }

func (a *OracleAnswers) product() (product uint256.Int, err error) {
	product.SetOne()
	if a.Vault != nil {
		product = *a.Vault
	}
	for _, feed := range []*uint256.Int{a.Feed1, a.Feed2} {
		if feed == nil {
			continue
		}
		if feed.Sign() < 0 {
			return product, fail(textNegative)
		}
		if err := fixed.Mul(&product, &product, feed); err != nil {
			return product, revert(err)
		}
	}
	return product, nil
}
