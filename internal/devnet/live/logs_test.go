package live

import (
	"errors"
	"iter"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

// collect returns all logs of a scan, up to its first error.
func collect(blocks iter.Seq2[gaib.BlockLogs, error]) (logs []gaib.Log, err error) {
	for block, err := range blocks {
		if err != nil {
			return logs, err
		}
		logs = append(logs, block.Logs...)
	}
	return logs, nil
}

// approval is an event that was made on purpose: an approval of a value that stands once, in a block.
type approval struct {
	token, spender common.Address
	value          uint64
	block          uint64
}

// manyEvents has Multicall3 approve AID and USDC to spenders, all values different, over blocks with gaps between them.
func (w *world) manyEvents(blocks, perBlock int) []approval {
	w.t.Helper()
	type call3 struct {
		Target       common.Address
		AllowFailure bool
		CallData     []byte
	}
	var made []approval
	d := roll(23)
	for range blocks {
		require.NoError(w.t, w.chain.Mine(d.IntN(4)))
		number := w.chain.Head().Number.Uint64() + 1
		calls := make([]call3, perBlock)
		for i := range calls {
			token := pick(d, w.token.ERC20, w.usdc)
			one := approval{token.Address(), common.BigToAddress(big.NewInt(int64(0xabc000 + d.IntN(7)))), uint64(len(made) + 1), number}
			calls[i] = call3{token.Address(), false, token.Approve(one.spender, u(one.value)).Data}
			made = append(made, one)
		}
		w.multicall().send(w.who.Holders, "aggregate3", calls)
		require.Equal(w.t, number, w.chain.Head().Number.Uint64())
	}
	return made
}

// limited makes the node refuse more than so many logs, or blocks, in an answer.
func (w *world) limited(logs int, blocks uint64) {
	w.client.before = func(method string, args []any) error {
		if method != "eth_getLogs" {
			return nil
		}
		var found []types.Log
		if err := w.chain.Client().CallContext(w.ctx, &found, method, args...); err != nil {
			return err
		}
		if len(found) > logs {
			return errors.New("query returned more than 10000 results")
		}
		var span struct{ FromBlock, ToBlock hexutil.Uint64 }
		if err := remarshal(args[0], &span); err != nil {
			return err
		}
		if uint64(span.ToBlock-span.FromBlock) >= blocks {
			return errors.New("block range is too large")
		}
		return nil
	}
}

func TestLogsOverThousandsOfEvents(t *testing.T) {
	w := newWorld(t)
	made := w.manyEvents(60, 60)
	head := w.chain.Head().Number.Uint64()
	require.NoError(t, w.chain.Mine(5))
	require.Len(t, made, 3600)
	approvals := []gaib.Source{w.token.Approvals(), w.usdc.Approvals()}
	for name, limit := range map[string]struct {
		logs   int
		blocks uint64
		parts  bool // look for parts of it too
	}{
		"no limit": {1 << 30, 1 << 30, true}, "few logs": {130, 1 << 30, true}, "one block's logs": {60, 1 << 30, false},
		"few blocks": {1 << 30, 7, false}, "one block": {1 << 30, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			w.limited(limit.logs, limit.blocks)
			requireApprovals(t, w, made, gaib.Logs(w.ctx, w.client, 0, gaib.Latest, approvals...))
			if !limit.parts {
				return
			}

			// A part of the range, both ends included; and one token alone.
			first, last := made[700].block, made[2900].block
			part := filter(made, func(a approval) bool { return a.block >= first && a.block <= last })
			requireApprovals(t, w, part, gaib.Logs(w.ctx, w.client, first, gaib.AtNumber(last), approvals...))
			alone := filter(made, func(a approval) bool { return a.token == w.usdc.Address() })
			requireApprovals(t, w, alone, gaib.Logs(w.ctx, w.client, 0, gaib.AtNumber(head), approvals[1]))

			// By argument: of one source the node looks, of several the library.
			spender := made[0].spender
			narrow := filter(made, func(a approval) bool { return a.token == w.token.Address() && a.spender == spender })
			require.NotEmpty(t, narrow)
			requireApprovals(t, w, narrow, gaib.Logs(w.ctx, w.client, 0, gaib.Latest, w.token.Approvals().Where(2, gaib.AddressTopic(spender))))
			mixed := filter(made, func(a approval) bool { return a.token == w.usdc.Address() || a.spender == spender })
			requireApprovals(t, w, mixed, gaib.Logs(w.ctx, w.client, 0, gaib.Latest, w.token.Approvals().Where(2, gaib.AddressTopic(spender)), approvals[1]))
			requireApprovals(t, w, nil, gaib.Logs(w.ctx, w.client, 0, gaib.Latest, w.usdc.Approvals().Where(1, gaib.AddressTopic(w.who.Alice.Address))))
		})
	}

	// Whoever stops early gets no more.
	w.client.before = nil
	blocks := 0
	for range gaib.Logs(w.ctx, w.client, 0, gaib.Latest, approvals...) {
		if blocks++; blocks == 3 {
			break
		}
	}
	require.Equal(t, 3, blocks)
}

func filter(made []approval, keep func(approval) bool) (kept []approval) {
	for _, a := range made {
		if keep(a) {
			kept = append(kept, a)
		}
	}
	return kept
}

// requireApprovals demands a scan of exactly these approvals: each once, in order, grouped by block.
func requireApprovals(t *testing.T, w *world, want []approval, blocks iter.Seq2[gaib.BlockLogs, error]) {
	t.Helper()
	var got []approval
	before, any := uint64(0), false
	for block, err := range blocks {
		require.NoError(t, err)
		require.NotEmpty(t, block.Logs)
		require.True(t, !any || block.Number > before, "block %d after %d", block.Number, before)
		before, any = block.Number, true
		var index uint64
		for i, log := range block.Logs {
			require.NoError(t, log.Err)
			require.Equal(t, block.Number, log.BlockNumber)
			require.Equal(t, block.Hash, log.BlockHash)
			require.True(t, i == 0 || log.Index > index)
			index = log.Index
			event := log.Event.(*gaib.ERC20ApprovalEvent)
			require.Equal(t, batcher, event.Owner)
			got = append(got, approval{log.Address, event.Spender, event.Value.Uint64(), block.Number})
		}
		if header, err := gaib.Head(w.ctx, w.chain.Client(), gaib.AtNumber(block.Number)); block.Number%10 == 0 {
			require.NoError(t, err)
			require.Equal(t, header.Hash, block.Hash)
			require.Equal(t, header.Time, block.Time)
		}
	}
	require.True(t, slices.Equal(want, got), "%d events, want %d", len(got), len(want))
}

// An error in the middle ends the scan after whole blocks, from which it can go on.
func TestLogsGoOnAfterAFault(t *testing.T) {
	w := newWorld(t)
	made := w.manyEvents(20, 10)
	sources := []gaib.Source{w.token.Approvals(), w.usdc.Approvals()}
	w.limited(1<<30, 3)
	inner, asked := w.client.before, 0
	broken, brokenAt := errors.New("connection reset by peer"), uint64(0)
	w.client.before = func(method string, args []any) error {
		if method == "eth_getLogs" {
			if asked++; asked%9 == 0 {
				var span struct{ FromBlock hexutil.Uint64 }
				if err := remarshal(args[0], &span); err != nil {
					return err
				}
				brokenAt = uint64(span.FromBlock)
				return broken
			}
		}
		return inner(method, args)
	}
	var got []uint64
	var next uint64
	faults := 0
	for tries := 0; tries < 100; tries++ {
		failed := false
		for block, err := range gaib.Logs(w.ctx, w.client, next, gaib.Latest, sources...) {
			if err != nil {
				require.ErrorIs(t, err, broken)
				failed = true
				before := filter(made, func(a approval) bool { return a.block < brokenAt })
				require.Len(t, got, len(before), "what was fetched before the fault is delivered before it")
				continue
			}
			require.False(t, failed, "nothing follows an error")
			for _, log := range block.Logs {
				value := log.Event.(*gaib.ERC20ApprovalEvent).Value
				got = append(got, value.Uint64())
			}
			next = block.Number + 1
		}
		if !failed {
			break
		}
		faults++
	}
	require.Greater(t, faults, 1)
	want := make([]uint64, len(made))
	for i, one := range made {
		want[i] = one.value
	}
	require.Equal(t, want, got)
}

func TestLogsOfTheWrongChain(t *testing.T) {
	w := newWorld(t)
	base, _ := gaib.On(8453)
	there := gaib.NewERC20(base.Contract(gaib.AID), w.token.Unit())
	for name, c := range map[string]struct {
		sources []gaib.Source
		want    error
	}{
		"other chain": {[]gaib.Source{there.Transfers()}, gaib.ErrWrongChain},
		"two chains":  {[]gaib.Source{w.token.Transfers(), there.Transfers()}, gaib.ErrWrongChain},
		"nothing":     {nil, gaib.ErrNoSources},
		"unknown":     {[]gaib.Source{gaib.NewERC20(base.Contract(gaib.SAID), w.token.Unit()).Transfers()}, gaib.ErrUnknownContract},
	} {
		_, err := collect(gaib.Logs(w.ctx, w.client, 0, gaib.Latest, c.sources...))
		require.ErrorIs(t, err, c.want, name)
	}
	for range gaib.Logs(w.ctx, w.client, 10, gaib.AtNumber(0), w.token.Transfers()) {
		require.Fail(t, "a range that ends before it begins has no logs")
	}
}
