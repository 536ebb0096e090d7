package blue

import (
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// sAID against USDC: the oracle is the Deposit NAV at the market's scale, times AID's price in dollars where a feed says it.
func TestOracleOfSAID(t *testing.T) {
	feed := uint8(8)
	base := OracleSide{Decimals: 18, Vault: true, Sample: uint256.Int{1e18}, Feed1: &feed}
	quote := OracleSide{Decimals: 6, Sample: uint256.Int{1}, Feed1: &feed}
	scale, err := ScaleFactor(base, quote)
	require.NoError(t, err)
	require.Equal(t, "1000000", scale.Dec(), "10^(36 + 6 + 8 - 18 - 8) / 10^18")

	nav, aid, usdc := uint256.Int{1_055148472560343645}, uint256.Int{99_750_000}, uint256.Int{100_010_000}
	price, err := OraclePrice(scale, OracleAnswers{Vault: &nav, Feed1: &aid}, OracleAnswers{Feed1: &usdc})
	require.NoError(t, err)
	require.Equal(t, "1052405360842858500037496", price.Dec(), "1055148472560343645e6 * 99.75 / 100.01")
	plain, err := OraclePrice(scale, OracleAnswers{Vault: &nav}, OracleAnswers{})
	require.NoError(t, err)
	require.Equal(t, "1055148472560343645000000", plain.Dec())
	gap, err := lending.OraclePriceGap(lending.NAV{Deposit: nav, Unstaking: uint256.Int{1_002391048932326463}}, lending.Exit{})
	require.NoError(t, err)
	require.InDelta(t, 0.05, gap.Float64(), 1e-9, "the oracle takes no notice of a mark-down of 5 %%")
}

func TestOracleReverts(t *testing.T) {
	sample := OracleSide{Decimals: 18, Sample: uint256.Int{1}}
	for want, sides := range map[string][2]OracleSide{
		"not one":    {{Sample: uint256.Int{2}}, sample},
		"is zero":    {{Vault: true}, sample},
		"panic 0x11": {{Decimals: 255, Sample: uint256.Int{1}}, sample},
	} {
		_, err := ScaleFactor(sides[0], sides[1])
		require.ErrorContains(t, err, want)
	}
	_, err := ScaleFactor(OracleSide{Sample: uint256.Int{2}}, sample)
	require.ErrorIs(t, err, ErrSample)
	_, err = ScaleFactor(OracleSide{Sample: uint256.Int{1}}, OracleSide{Decimals: 42, Sample: uint256.Int{1}})
	require.ErrorContains(t, err, "panic 0x11", "10^78")

	most, zero := *new(uint256.Int).SetAllOne(), uint256.Int{}
	_, err = OraclePrice(uint256.Int{1}, OracleAnswers{Feed1: &most}, OracleAnswers{})
	require.ErrorIs(t, err, ErrNegativeAnswer, "-1")
	_, err = OraclePrice(uint256.Int{1}, OracleAnswers{}, OracleAnswers{Feed2: &zero})
	require.ErrorContains(t, err, "panic 0x12")
	var overflow *gaib.MathOverflowedMulDivError
	_, err = OraclePrice(most, OracleAnswers{Vault: &most}, OracleAnswers{Vault: &zero})
	require.ErrorAs(t, err, &overflow)
	_, err = OraclePrice(most, OracleAnswers{Vault: &most}, OracleAnswers{})
	require.ErrorAs(t, err, &overflow)
	_, err = OraclePrice(uint256.Int{1}, OracleAnswers{Vault: &most, Feed1: &uint256.Int{2}}, OracleAnswers{})
	require.ErrorContains(t, err, "panic 0x11")
	none, err := OraclePrice(uint256.Int{1}, OracleAnswers{Vault: &zero}, OracleAnswers{})
	require.NoError(t, err)
	require.True(t, none.IsZero())
}

// Half-way between the two thresholds, by hand.
func TestPreTerms(t *testing.T) {
	terms := PreLiquidation{PreLLTV: 800e15, CloseFactor1: 100e15, CloseFactor2: 500e15, Incentive1: 1_010e15, Incentive2: 1_030e15}
	m := Market{LastUpdate: 1, LLTV: 860e15, TotalBorrowAssets: uint256.Int{1e15}}
	m.TotalBorrowShares.Mul(&uint256.Int{1e15}, &uint256.Int{1e6})
	p := Position{Collateral: uint256.Int{1000}}
	p.BorrowShares.Mul(&uint256.Int{830}, &uint256.Int{1e6})
	got, err := m.PreTerms(terms, p, priceScale)
	require.NoError(t, err)
	require.Equal(t, PreTerms{LTV: uint256.Int{830e15}, Incentive: uint256.Int{1_020e15}, CloseFactor: uint256.Int{300e15}, Repayable: uint256.Int{249e6}}, got)

	p.BorrowShares.Mul(&uint256.Int{800}, &uint256.Int{1e6})
	_, err = m.PreTerms(terms, p, priceScale)
	var early *contract.PreLiquidationNotPreLiquidatablePositionError
	require.ErrorAs(t, err, &early)
	p.BorrowShares.Mul(&uint256.Int{861}, &uint256.Int{1e6})
	_, err = m.PreTerms(terms, p, priceScale)
	var late *contract.PreLiquidationLiquidatablePositionError
	require.ErrorAs(t, err, &late)

	for want, terms := range map[string]PreLiquidation{
		"PreLltvTooHigh":   {PreLLTV: 860e15, Incentive1: 1e18, Incentive2: 1e18},
		"PreLCFDecreasing": {CloseFactor1: 2, CloseFactor2: 1, Incentive1: 1e18, Incentive2: 1e18},
		"PreLCFTooHigh":    {CloseFactor1: 1e18 + 1, CloseFactor2: 2e18, Incentive1: 1e18, Incentive2: 1e18},
		"PreLIFTooLow":     {Incentive1: 1e18 - 1, Incentive2: 1e18},
		"PreLIFDecreasing": {Incentive1: 1e18 + 1, Incentive2: 1e18},
		"PreLIFTooHigh":    {Incentive1: 1e18, Incentive2: 1_162790697674418605},
	} {
		require.ErrorContains(t, terms.Check(860e15), want)
	}
	require.NoError(t, PreLiquidation{Incentive1: 1e18, Incentive2: 1_162790697674418604}.Check(860e15), "1 / 0.86")
	require.Error(t, PreLiquidation{}.Check(0))
}
