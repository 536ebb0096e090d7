package pendle_test

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// vector is one recorded answer of Pendle's contracts. The recorder is in internal/devnet/peers/pendle_test.go.
type vector struct {
	line       int
	market     pendle.Market
	now        uint64
	anchor     uint256.Int
	args, want []uint256.Int
	reverted   bool
	revert     []byte
}

func parseNumbers(t *testing.T, text string) []uint256.Int {
	t.Helper()
	var numbers []uint256.Int
	for _, field := range strings.Fields(text) {
		number, err := uint256.FromDecimal(field)
		require.NoError(t, err)
		numbers = append(numbers, *number)
	}
	return numbers
}

func loadVectors(t *testing.T, file string) []vector {
	t.Helper()
	packed, err := os.Open(file)
	require.NoError(t, err)
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	require.NoError(t, err)
	scanner := bufio.NewScanner(text)
	var vectors []vector
	for line := 1; scanner.Scan(); line++ {
		if strings.HasPrefix(scanner.Text(), "#") {
			continue
		}
		left, right, answered := strings.Cut(scanner.Text(), "=")
		if !answered {
			left, right, _ = strings.Cut(scanner.Text(), "! 0x")
		}
		state, args, found := strings.Cut(left, "|")
		require.True(t, found, "%s:%d", file, line)
		n := parseNumbers(t, state)
		require.Len(t, n, 12, "%s:%d", file, line)
		v := vector{
			line: line, now: n[10].Uint64(), anchor: n[11], args: parseNumbers(t, args), reverted: !answered,
			market: pendle.Market{
				TotalPT: n[0], TotalSY: n[1], TotalLP: n[2], ScalarRoot: n[3], Expiry: n[4].Uint64(), LnFeeRateRoot: n[5],
				ReserveFeePercent: n[6].Uint64(), LastLnImpliedRate: n[7], SYRate: n[8], PYIndex: n[9],
			},
		}
		if answered {
			v.want = parseNumbers(t, right)
		} else {
			v.revert, err = hex.DecodeString(strings.TrimSpace(right))
			require.NoError(t, err)
		}
		vectors = append(vectors, v)
	}
	require.NoError(t, scanner.Err())
	return vectors
}

func ringOf(args []uint256.Int) pendle.Observations {
	o := pendle.Observations{Index: uint16(args[1][0]), Cardinality: uint16(args[2][0]), CardinalityNext: uint16(args[3][0])}
	for i := 4; i < len(args); i += 2 {
		o.Ring = append(o.Ring, pendle.Observation{Time: uint32(args[i][0]), Cumulative: args[i+1], Initialized: args[i][0] > 1})
	}
	return o
}

// answer puts a vector's question to the package: the answers, and whether the market's state follows them.
func answer(family string, v vector, m *pendle.Market) (out []uint256.Int, state bool, err error) {
	arg := func(i int) uint256.Int { return v.args[i] }
	guess := func() pendle.Guess {
		return pendle.Guess{GuessOffchain: arg(1), GuessMin: arg(2), GuessMax: arg(3), MaxIteration: arg(4), Eps: arg(5)}
	}
	var t pendle.Trade
	var l pendle.Liquidity
	var x, y uint256.Int
	switch family {
	case "sell":
		t, err = m.SwapExactPTForSY(arg(0), v.now)
		return []uint256.Int{t.SY, t.Fee, t.Reserve}, true, err
	case "buy":
		t, err = m.SwapSYForExactPT(arg(0), v.now)
		return []uint256.Int{t.SY, t.Fee, t.Reserve}, true, err
	case "add":
		l, err = m.AddLiquidity(arg(0), arg(1), v.anchor, v.now)
		return []uint256.Int{l.LP, l.SY, l.PT}, true, err
	case "remove":
		l, err = m.RemoveLiquidity(arg(0))
		return []uint256.Int{l.SY, l.PT}, true, err
	case "sy-for-pt":
		t, err = m.SwapExactSYForPT(arg(0), guess(), v.now)
		return []uint256.Int{t.PT, t.Fee}, true, err
	case "sy-for-yt":
		x, t, err = m.SwapExactSYForYT(arg(0), guess(), v.now)
		return []uint256.Int{t.PT, t.Fee, x}, true, err
	case "yt-for-sy":
		x, t, err = m.SwapExactYTForSY(arg(0), v.now)
		return []uint256.Int{x, t.Fee}, true, err
	case "add-single":
		l, t, err = m.AddLiquiditySingleSY(arg(0), guess(), v.now)
		return []uint256.Int{l.LP, t.Fee}, true, err
	case "remove-single":
		x, t, err = m.RemoveLiquiditySingleSY(arg(0), v.now)
		return []uint256.Int{x, t.Fee}, true, err
	case "mint-py":
		x, err = m.MintPY(arg(0), v.now)
		return []uint256.Int{x}, true, err
	case "redeem-py":
		if x, err = m.RedeemPY(arg(0)); err == nil && m.Expired(v.now) {
			y, err = m.TreasuryInterest(arg(0), arg(1))
		}
		return []uint256.Int{x, y}, true, err
	case "interest":
		interest := pendle.Interest{Index: arg(0), Accrued: arg(1)}
		if err = interest.Accrue(arg(2), m.PYIndex); err == nil {
			x, _, err = interest.Redeem(uint256.Int{3e16})
		}
		return []uint256.Int{x}, true, err
	case "rates":
		var r pendle.Rates
		r, err = m.Rates(m.LastLnImpliedRate, v.now)
		return []uint256.Int{r.PTToAsset, r.YTToAsset, r.LPToAsset, r.PTToSY, r.YTToSY, r.LPToSY}, true, err
	}
	// observe
	ring, duration := ringOf(v.args), uint32(v.args[0][0])
	var price uint256.Int
	if x, err = ring.Cumulative(uint32(v.now), duration, m.LastLnImpliedRate); err != nil {
		return nil, false, err
	}
	if y, err = ring.LnImpliedRate(uint32(v.now), duration, m.LastLnImpliedRate); err != nil {
		return nil, false, err
	}
	if price, err = m.PTToAsset(y, v.now); err != nil {
		return nil, false, err
	}
	var rates pendle.Rates
	if rates, err = m.Rates(y, v.now); err != nil {
		return nil, false, err
	}
	if err = ring.Write(uint32(v.now), m.LastLnImpliedRate); err != nil {
		return nil, false, err
	}
	newest := ring.Ring[ring.Index]
	return []uint256.Int{
		x, price, rates.LPToAsset, {uint64(ring.Index)}, {uint64(ring.Cardinality)}, {uint64(ring.CardinalityNext)}, {uint64(newest.Time)}, newest.Cumulative,
	}, false, nil
}

// What Pendle's own contracts answered, at least 500 cases of each family.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt.gz")
	require.NoError(t, err)
	require.Len(t, files, 14)
	for _, file := range files {
		family := strings.TrimSuffix(filepath.Base(file), ".txt.gz")
		t.Run(family, func(t *testing.T) {
			vectors := loadVectors(t, file)
			require.GreaterOrEqual(t, len(vectors), 500)
			for _, v := range vectors {
				m := v.market
				require.NoError(t, m.Accrue(m.SYRate))
				before := m
				out, state, err := answer(family, v, &m)
				if v.reverted {
					want := error(&gaib.RevertError{})
					if len(v.revert) > 0 {
						want = gaib.DecodeRevert(v.revert, contract.DecodeRevertError).Reason
					}
					require.Equal(t, want, err, "line %d", v.line)
					require.Equal(t, before, m, "line %d: a call that fails changes nothing", v.line)
					continue
				}
				require.NoError(t, err, "line %d", v.line)
				if state {
					out = append(out, m.TotalPT, m.TotalSY, m.TotalLP, m.LastLnImpliedRate)
				}
				require.Equal(t, v.want, out, "line %d", v.line)
			}
		})
	}
}
