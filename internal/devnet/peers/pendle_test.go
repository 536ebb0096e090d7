package peers

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

const pendleVectors = 520 // of each family

var pendleRecord = flag.Bool("pendle-record", false, "write the vectors that yield/pendle is tested with where Node is missing")

var pendleCases = flag.Int("pendle", 3000, "cases of each family that are put to Pendle's contracts")

type (
	pendleFillOrder struct {
		Order struct {
			Salt, Expiry, Nonce                       *big.Int
			OrderType                                 uint8
			Token, YT, Maker, Receiver                common.Address
			MakingAmount, LnImpliedRate, FailSafeRate *big.Int
			Permit                                    []byte
		}
		Signature    []byte
		MakingAmount *big.Int
	}
	pendleLimitOrders struct {
		LimitRouter             common.Address
		EpsSkipMarket           *big.Int
		NormalFills, FlashFills []pendleFillOrder
		OptData                 []byte
	}
)

func pendleEmptyLimit() pendleLimitOrders { return pendleLimitOrders{EpsSkipMarket: new(big.Int)} }

// Every function of a market's value answers as the contracts do, and fails as they revert.
func TestPendleDifferential(t *testing.T) {
	r := newPendleRig(t)
	total := 0
	for _, family := range pendleFamilies {
		random := rand.New(rand.NewPCG(1, uint64(len(family)*1000+int(family[0]))))
		equal, reverted := 0, 0
		for range *pendleCases {
			c := r.random(random, family)
			want, revert := r.ask(c)
			got, err := pendleEvaluate(c, pendleU256(r.markets[c.market].anchor))
			if revert == nil {
				require.NoError(t, err, "%+v", c)
				require.Equal(t, want, got, "%+v", c)
				equal++
				continue
			}
			require.Equal(t, pendleReasonOf(revert.Data), err, "%+v: %v", c, revert)
			reverted++
		}
		total += equal + reverted
		t.Logf("pendle %s: %d equal, %d both revert, 0 mismatches", family, equal, reverted)
		require.Greater(t, equal, *pendleCases/4, "too few cases of %s give a result", family)
	}
	t.Logf("pendle: %d cases, 0 mismatches", total)
}

// The recorder of what yield/pendle is tested with where Node is missing. The answers are the contracts' own; this
// library is not asked.
func TestPendleRecord(t *testing.T) {
	if !*pendleRecord {
		t.Skip("writes the vectors of yield/pendle: go test ./peers -run PendleRecord -pendle-record")
	}
	r := newPendleRig(t)
	for _, family := range pendleFamilies {
		random := rand.New(rand.NewPCG(2, uint64(len(family)*1000+int(family[0]))))
		var text strings.Builder
		fmt.Fprintf(&text, "# %s: PT SY LP scalarRoot expiry lnFeeRateRoot reserveFee%% lnImpliedRate syRate pyIndex, now, initial anchor | arguments = answers, or ! revert data\n", family)
		for range pendleVectors {
			c := r.random(random, family)
			s := c.state
			anchor := pendleU256(r.markets[c.market].anchor)
			fields := []uint256.Int{
				s.TotalPT, s.TotalSY, s.TotalLP, s.ScalarRoot, *uint256.NewInt(s.Expiry), s.LnFeeRateRoot, *uint256.NewInt(s.ReserveFeePercent),
				s.LastLnImpliedRate, s.SYRate, s.PYIndex, *uint256.NewInt(c.now), anchor,
			}
			text.WriteString(pendleDecimals(fields) + " | " + pendleDecimals(c.args))
			if want, revert := r.ask(c); revert == nil {
				text.WriteString(" = " + pendleDecimals(want) + "\n")
			} else {
				fmt.Fprintf(&text, " ! 0x%x\n", revert.Data)
			}
		}
		var packed bytes.Buffer
		writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		require.NoError(t, err)
		_, err = writer.Write([]byte(text.String()))
		require.NoError(t, err)
		require.NoError(t, writer.Close())
		require.NoError(t, os.MkdirAll("../../../yield/pendle/testdata", 0o755))
		require.NoError(t, os.WriteFile("../../../yield/pendle/testdata/"+family+".txt.gz", packed.Bytes(), 0o644))
	}
}

func pendleDecimals(values []uint256.Int) string {
	texts := make([]string, len(values))
	for i := range values {
		texts[i] = values[i].Dec()
	}
	return strings.Join(texts, " ")
}
