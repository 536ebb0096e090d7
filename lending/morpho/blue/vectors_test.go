package blue

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
)

// Every line of testdata is an operation on a state, and what the bytecode of Morpho Blue 1.0 and AdaptiveCurveIRM made
// of it: the state after, or the revert. They are recorded by internal/devnet/peers, TestRecordMorphoVectors.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt.gz")
	require.NoError(t, err)
	require.Len(t, files, 10)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt.gz"), func(t *testing.T) {
			lines := strings.Split(strings.TrimSpace(unzip(t, file)), "\n")
			require.GreaterOrEqual(t, len(lines), 500)
			good := 0
			for _, line := range lines {
				input, want, found := strings.Cut(line, " => ")
				require.True(t, found, line)
				require.Equal(t, want, replay(t, strings.Fields(input)), input)
				if strings.HasPrefix(want, "ok") {
					good++
				}
			}
			require.Greater(t, good, 50, "too few that succeed")
			require.Less(t, good, len(lines), "none that reverts")
		})
	}
}

func unzip(t *testing.T, name string) string {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // read only
	reader, err := gzip.NewReader(file)
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(text)
}

// decimals returns the numbers of a line, in any brackets.
func decimals(t *testing.T, fields []string) []uint256.Int {
	t.Helper()
	x := make([]uint256.Int, len(fields))
	for i, field := range fields {
		require.NoError(t, x[i].SetFromDecimal(strings.Trim(field, "[]{}")))
	}
	return x
}

// vector is a state and the numbers of an operation on it.
type vector struct {
	market      Market
	position    Position
	a, b, price uint256.Int
	now         uint64
}

func parse(t *testing.T, fields []string) vector {
	t.Helper()
	x := decimals(t, fields)
	require.Len(t, x, 16)
	return vector{
		market: Market{
			TotalSupplyAssets: x[0], TotalSupplyShares: x[1], TotalBorrowAssets: x[2], TotalBorrowShares: x[3],
			LastUpdate: x[11].Uint64(), Fee: lending.Ratio(x[12].Uint64()), LLTV: lending.Ratio(x[13].Uint64()),
			Model: RateModel(x[14].Uint64()), Rate: x[15].Uint64(),
		},
		position: Position{SupplyShares: x[4], BorrowShares: x[5], Collateral: x[6]},
		a:        x[7], b: x[8], price: x[9], now: x[10].Uint64(),
	}
}

// replay returns what this package makes of a line, in the recorder's form.
func replay(t *testing.T, fields []string) string {
	t.Helper()
	v := parse(t, fields[1:])
	m, p, a, b, price, now := v.market, v.position, v.a, v.b, v.price, v.now

	o := Outcome{Position: p}
	var err error
	switch family := fields[0]; family {
	case "accrue":
		o.Market, o.Accrual, err = m.Accrue(now)
	case "supply":
		o, err = m.Supply(p, Amount{a, b}, now)
	case "withdraw":
		o, err = m.Withdraw(p, Amount{a, b}, now)
	case "borrow":
		o, err = m.Borrow(p, Amount{a, b}, price, now)
	case "repay":
		o, err = m.Repay(p, Amount{a, b}, now)
	case "supplyCollateral":
		o.Market = m
		o.Position, err = m.SupplyCollateral(p, a)
	case "withdrawCollateral":
		o, err = m.WithdrawCollateral(p, a, price, now)
	case "liquidateSeized", "liquidateRepaid":
		var l LiquidationOutcome
		l, err = m.Liquidate(p, a, b, price, now)
		o = Outcome{l.Market, l.Position, Amount{l.Liquidation.SeizedAssets, l.Liquidation.RepaidAssets}, l.Accrual}
	case "setFee":
		o, err = m.SetFee(lending.Ratio(a.Uint64()), now)
		o.Position = p
	default:
		t.Fatalf("no family %q", family)
	}
	return report(o, err)
}

func report(o Outcome, err error) string {
	if err != nil {
		return failure(err)
	}
	text := "ok"
	for _, value := range []uint256.Int{
		o.Market.TotalSupplyAssets, o.Market.TotalSupplyShares, o.Market.TotalBorrowAssets, o.Market.TotalBorrowShares,
		o.Position.SupplyShares, o.Position.BorrowShares, o.Position.Collateral, o.Accrual.FeeShares, o.Amount.Assets, o.Amount.Shares,
	} {
		text += " " + value.Dec()
	}
	return fmt.Sprintf("%s %d %d %d", text, o.Market.LastUpdate, uint64(o.Market.Fee), o.Market.Rate)
}

func failure(err error) string {
	var reason *ReasonError
	var panicked *gaib.PanicError
	switch {
	case errors.As(err, &reason):
		return "revert " + reason.Text
	case errors.As(err, &panicked):
		return "panic " + panicked.Code.Dec()
	}
	var revert *gaib.RevertError
	if errors.As(err, &revert) {
		return revert.Reason.Error()
	}
	return err.Error()
}

// lines calls check with input and result of each vector of a file.
func lines(t *testing.T, name string, least int, check func(fields []string, want string)) {
	t.Helper()
	all := strings.Split(strings.TrimSpace(unzip(t, "testdata/"+name)), "\n")
	require.GreaterOrEqual(t, len(all), least)
	for _, line := range all {
		input, want, found := strings.Cut(line, " => ")
		require.True(t, found, line)
		check(strings.Fields(input), want)
	}
}

// What AdaptiveCurveIRM's bytecode answers to borrowRateView.
func TestRateVectors(t *testing.T) {
	lines(t, "rate.view.gz", 500, func(fields []string, want string) {
		x := decimals(t, fields)
		m := Market{TotalSupplyAssets: x[0], TotalBorrowAssets: x[1], Rate: x[2].Uint64(), LastUpdate: 1}
		rate, _, err := m.BorrowRate(1 + x[3].Uint64())
		require.NoError(t, err)
		require.Equal(t, want, rate.Dec(), fields)
	})
}

// What the formula of pre-liquidation, written as a contract and run on the real Morpho, comes to.
func TestPreLiquidationVectors(t *testing.T) {
	good := 0
	lines(t, "preLiquidate.formula.gz", 500, func(fields []string, want string) {
		x := decimals(t, fields[:6])
		terms := PreLiquidation{lending.Ratio(x[0].Uint64()), lending.Ratio(x[1].Uint64()), lending.Ratio(x[2].Uint64()), lending.Ratio(x[3].Uint64()), lending.Ratio(x[4].Uint64())}
		v := parse(t, fields[7:])
		l, err := v.market.PreLiquidate(terms, v.position, v.a, v.b, x[5], v.price, v.now)
		require.Equal(t, want, report(Outcome{l.Market, l.Position, Amount{l.Liquidation.SeizedAssets, l.Liquidation.RepaidAssets}, l.Accrual}, err), fields)
		if err == nil {
			good++
		}
	})
	require.Greater(t, good, 50)
}

// What the formula of MorphoChainlinkOracleV2, written as a contract over OpenZeppelin's mulDiv, comes to.
func TestOracleVectors(t *testing.T) {
	lines(t, "oracle.formula.gz", 1000, func(fields []string, want string) {
		x := decimals(t, fields[1:])
		var got uint256.Int
		var err error
		if fields[0] == "scale" {
			side := func(x []uint256.Int) OracleSide {
				first, second := uint8(x[2].Uint64()), uint8(x[3].Uint64())
				return OracleSide{Decimals: uint8(x[0].Uint64()), Vault: true, Sample: x[1], Feed1: &first, Feed2: &second}
			}
			got, err = ScaleFactor(side(x[:4]), side(x[4:]))
		} else {
			got, err = OraclePrice(x[0], OracleAnswers{&x[1], &x[2], &x[3]}, OracleAnswers{&x[4], &x[5], &x[6]})
		}
		require.Equal(t, want, fmt.Sprintf("%s %v", got.Dec(), err == nil), fields)
	})
}
