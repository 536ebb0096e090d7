package peers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/yield/pendle"
)

// Pendle's own off-chain maths under Node beside this library's, in one run: first that both give the same on every case,
// then how long each takes for all of them, turn by turn, the best of several turns. It judges no time.
//
//	npm ci --prefix internal/devnet/peers/pendle-bench && go test ./internal/devnet/peers -run PendleSideBySide -v
func TestPendleSideBySide(t *testing.T) {
	const count, turns = 1000, 9
	if _, err := os.Stat("pendle-bench/node_modules/@pendle/core-v2-offchain-math"); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv(Environment) == "required" {
			t.Fatal("run `npm ci` in internal/devnet/peers/pendle-bench")
		}
		t.Skip("Pendle's package is not installed: run `npm ci` in internal/devnet/peers/pendle-bench")
	}
	type question struct {
		market pendle.Market
		now    uint64
		pt     uint256.Int
	}
	random := rand.New(rand.NewPCG(5, 5))
	var questions []question
	var numbers [][]string
	for len(questions) < count {
		left := 86400 + random.Uint64N(2*pendle.Year)
		q := question{now: 1_770_000_000, pt: pendleU256(pendleLogUniform(random, 1e18, 1e23))}
		rate := *uint256.NewInt(1e18 + random.Uint64N(5e17))
		q.market = pendle.Market{
			TotalPT: pendleU256(pendleLogUniform(random, 1e24, 1e26)), TotalSY: pendleU256(pendleLogUniform(random, 1e24, 1e26)), TotalLP: *uint256.NewInt(1e18),
			ScalarRoot: pendleU256(pendleLogUniform(random, 5e18, 100e18)), Expiry: q.now + left, LnFeeRateRoot: *uint256.NewInt(random.Uint64N(1e16)),
			ReserveFeePercent: 80, LastLnImpliedRate: *uint256.NewInt(1e16 + random.Uint64N(2e17)), SYRate: rate, PYIndex: rate,
		}
		moved := q.market
		if _, err := moved.SwapExactPTForSY(q.pt, q.now); err != nil {
			continue // a trade that the market refuses is nobody's quote
		}
		m, row := q.market, []string(nil)
		for _, x := range []uint256.Int{
			m.TotalPT, m.TotalSY, m.TotalLP, m.ScalarRoot, *uint256.NewInt(m.Expiry), m.LnFeeRateRoot, *uint256.NewInt(m.ReserveFeePercent),
			m.LastLnImpliedRate, m.PYIndex, *uint256.NewInt(q.now), q.pt,
		} {
			row = append(row, x.Dec())
		}
		questions, numbers = append(questions, q), append(numbers, row)
	}

	node := exec.CommandContext(t.Context(), "node", "pendle-bench/bench.mjs")
	node.Stderr = os.Stderr
	stdin, err := node.StdinPipe()
	require.NoError(t, err)
	stdout, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	lines := bufio.NewReader(stdout)
	ask := func(line string, answer any) {
		t.Helper()
		_, err := fmt.Fprintln(stdin, line)
		require.NoError(t, err)
		reply, err := lines.ReadBytes('\n')
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(reply, answer))
	}

	text, err := json.Marshal(numbers)
	require.NoError(t, err)
	var theirs [][]string
	ask(string(text), &theirs)
	require.Len(t, theirs, count)
	for i, q := range questions {
		curve, err := q.market.Curve(q.now)
		require.NoError(t, err)
		a, err := curve.Sell(q.pt)
		require.NoError(t, err)
		moved := q.market
		b, err := moved.SwapExactPTForSY(q.pt, q.now)
		require.NoError(t, err)
		var ours []string
		for _, x := range []uint256.Int{a.SY, a.Fee, a.Reserve, b.SY, b.Fee, b.Reserve, moved.TotalPT, moved.TotalSY, moved.LastLnImpliedRate} {
			ours = append(ours, x.Dec())
		}
		require.Equal(t, theirs[i], ours, "%+v", q)
	}
	t.Logf("%d quotes and %d trades: equal to the wei", count, count)

	work := map[string]func(q *question){
		"quote": func(q *question) {
			curve, _ := q.market.Curve(q.now)
			_, _ = curve.Sell(q.pt)
		},
		"swap": func(q *question) {
			moved := q.market
			_, _ = moved.SwapExactPTForSY(q.pt, q.now)
		},
	}
	for _, name := range []string{"quote", "swap"} {
		var best, other time.Duration
		for turn := range turns {
			start := time.Now()
			for i := range questions {
				work[name](&questions[i])
			}
			mine := time.Since(start)
			var reply string
			ask(name, &reply)
			nanoseconds, err := strconv.ParseInt(reply, 10, 64)
			require.NoError(t, err)
			if turn == 0 || mine < best {
				best = mine
			}
			if turn == 0 || time.Duration(nanoseconds) < other {
				other = time.Duration(nanoseconds)
			}
		}
		t.Logf("%-5s this library %6d ns, @pendle/core-v2-offchain-math under Node %7d ns: %.0f times as fast", name,
			best.Nanoseconds()/count, other.Nanoseconds()/count, float64(other)/float64(best))
	}
	require.NoError(t, stdin.Close())
	require.NoError(t, node.Wait())
}
