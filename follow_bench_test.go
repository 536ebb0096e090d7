package gaib_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakechain"
	"github.com/gaib-go/gaib/internal/fakenode"
)

const (
	busyLogs = 128 // in each block of a busy chain, half of them transfers of AID, half deposits of sAID
	busySpan = 32  // blocks in one reply
)

// busyChain is a node whose replies are made by copying: what a benchmark with it measures is the library, and the
// reading of JSON.
type busyChain struct {
	head    uint64
	reply   []byte   // eth_getLogs for busySpan blocks
	numbers [][2]int // where block number and hash of each log stand in it
	buffers sync.Pool
	direct  bool         // hand the bytes to the result itself, without encoding/json looking at them first
	own     atomic.Int64 // nanoseconds spent here
}

func newBusyChain(logs int) *busyChain {
	chain := &busyChain{head: uint64(logs/busyLogs) + 200}
	var text bytes.Buffer
	text.WriteByte('[')
	vault := vaultContract().Address()
	for i := range busyLogs * busySpan {
		if i > 0 {
			text.WriteByte(',')
		}
		log := transferLog(aidAt, alice, bob, uint64(i), 0, uint64(i%busyLogs))
		if i%2 == 1 {
			log = fakenode.Log{Address: vault, Topics: log.Topics, Data: append(fakenode.Word(1), fakenode.Word(2)...), Index: log.Index}
			log.Topics[0] = gaib.ERC4626DepositEvent{}.Item().Topic
		}
		fields := log.JSON()
		fields["blockNumber"] = "0x0000000000000000"
		one, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		at := text.Len()
		text.Write(one)
		find := func(key string) int { return at + bytes.Index(one, []byte(key)) + len(key) }
		chain.numbers = append(chain.numbers, [2]int{find(`"blockNumber":"0x`), find(`"blockHash":"0x`)})
	}
	text.WriteByte(']')
	chain.reply = text.Bytes()
	chain.buffers.New = func() any {
		buffer := bytes.Clone(chain.reply)
		return &buffer
	}
	return chain
}

func busyHash(number uint64) string { return fmt.Sprintf("%064x", number+1) }

func (c *busyChain) block(number uint64) string {
	return fmt.Sprintf(`{"number":"%#x","hash":"0x%s","parentHash":"0x%s","timestamp":"%#x","logsBloom":"0x%s"}`,
		number, busyHash(number), busyHash(number-1), 1_700_000_000+12*number, strings.Repeat("ff", 256))
}

func (c *busyChain) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	started := time.Now()
	answer := []byte(`"0x1"`)
	switch method {
	case "eth_getBlockByNumber":
		number := c.head
		if text := args[0].(string); text != "latest" {
			number = hexutil.MustDecodeUint64(text)
		}
		answer = []byte(c.block(number))
	case "eth_getLogs":
		var filter struct {
			FromBlock, ToBlock hexutil.Uint64
			BlockHash          string
		}
		text, err := json.Marshal(args[0])
		if err == nil {
			err = json.Unmarshal(text, &filter)
		}
		if err != nil {
			return err
		}
		from, to := uint64(filter.FromBlock), uint64(filter.ToBlock)
		if filter.BlockHash != "" {
			from = hexutil.MustDecodeUint64("0x"+strings.TrimLeft(filter.BlockHash[2:], "0")) - 1
			to = from
		}
		if to-from >= busySpan {
			return &fakenode.RPCError{Code: -32000, Message: "exceed maximum block range: 32"}
		}
		held := c.buffers.Get().(*[]byte)
		defer c.buffers.Put(held)
		buffer := *held
		var word [8]byte
		for i := range int(to-from+1) * busyLogs {
			number := from + uint64(i/busyLogs)
			for b := range word {
				word[b] = byte(number >> (56 - 8*b))
			}
			hex.Encode(buffer[c.numbers[i][0]:], word[:])
			for b := range word {
				word[b] = byte((number + 1) >> (56 - 8*b))
			}
			hex.Encode(buffer[c.numbers[i][1]+48:], word[:])
			copy(buffer[c.numbers[i][1]:], "000000000000000000000000000000000000000000000000")
		}
		answer = buffer
		if count := int(to-from+1) * busyLogs; count < len(c.numbers) {
			end := bytes.LastIndexByte(buffer[:c.numbers[count][0]], '{')
			answer = append(bytes.Clone(buffer[:end-1]), ']')
		}
	}
	c.own.Add(int64(time.Since(started)))
	if reader, ok := result.(json.Unmarshaler); ok && c.direct {
		return reader.UnmarshalJSON(answer)
	}
	return json.Unmarshal(answer, result)
}

// followBusy follows a chain of so many logs to its head and returns how many it was given.
func followBusy(tb testing.TB, chain *busyChain, each func()) (logs int) {
	tb.Helper()
	transfers, deposits := token().Transfers(), gaib.NewERC4626(vaultContract(), gaib.Unit{}, gaib.Unit{}).Deposits()
	for step, err := range gaib.Follow(tb.Context(), chain, gaib.FollowOptions{From: 1}, transfers, deposits) {
		require.NoError(tb, err)
		for i := range step.Logs {
			if step.Logs[i].Err != nil {
				tb.Fatal(step.Logs[i].Err)
			}
		}
		logs += len(step.Logs)
		if each != nil {
			each()
		}
		if step.Number == step.Head {
			break
		}
	}
	return logs
}

// BenchmarkFollow delivers a million logs, decoded, from a node whose replies are ready: once through encoding/json, which
// checks each reply twice before the library sees it, as *rpc.Client has it do, and once without.
func BenchmarkFollow(b *testing.B) {
	for _, direct := range []bool{false, true} {
		b.Run(map[bool]string{false: "client", true: "library"}[direct], func(b *testing.B) {
			chain := newBusyChain(1_000_000)
			chain.direct = direct
			b.ReportAllocs()
			logs := 0
			for b.Loop() {
				logs += followBusy(b, chain, nil)
			}
			b.ReportMetric(float64(logs)/b.Elapsed().Seconds(), "logs/s")
			b.ReportMetric(float64(logs)/float64(b.N), "logs/op")
			b.ReportMetric(float64(chain.own.Load())/1e9/float64(b.N), "node-s/op")
		})
	}
}

// However many logs there are, what is held of them stays small.
func TestFollowHeap(t *testing.T) {
	chain := newBusyChain(60_000)
	var most uint64
	steps := 0
	logs := followBusy(t, chain, func() {
		if steps++; steps%50 == 0 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapAlloc)
		}
	})
	require.Equal(t, (60_000/busyLogs+200)*busyLogs, logs)
	t.Logf("at most %.1f MB live", float64(most)/1e6)
	require.Less(t, most, uint64(64e6))
}

// BenchmarkFollowDelivery is the time from a new block, and the wake that tells of it, to its event in the consumer's hands.
func BenchmarkFollowDelivery(b *testing.B) {
	chain := fakechain.New(1)
	wake := make(chan struct{}, 1)
	next, stop := iter.Pull2(gaib.Follow(b.Context(), chain, gaib.FollowOptions{Poll: time.Hour, Wake: wake}, token().Transfers()))
	defer stop()
	log := transferOf(1)
	for b.Loop() {
		chain.Add(log)
		select {
		case wake <- struct{}{}:
		default:
		}
		if _, err, _ := next(); err != nil {
			b.Fatal(err)
		}
	}
}
