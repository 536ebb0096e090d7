package nodes_test

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet/nodes"
)

// logs of a range are those that the node gives for it past the library, whichever way they are asked for.
func (w *world) logs() {
	first := uint64(w.block("latest").Number) + 1
	spenders := []common.Address{{0xa1}, {0xa2}, {0xa3}}
	for i := range uint64(9) {
		w.carryOut(w.who.Alice, gaib.Plan{w.token.Approve(spenders[i%3], u(i+1)), w.usdc.Approve(spenders[i%2], u(100+i))})
	}
	type approval struct {
		block, index uint64
		token        common.Address
		spender      common.Address
		value        uint64
	}
	find := func(sources ...gaib.Source) (found []approval) {
		w.Helper()
		for block, err := range gaib.Logs(w.Context(), w.client, first, gaib.Latest, sources...) {
			require.NoError(w, err)
			for _, log := range block.Logs {
				require.NoError(w, log.Err)
				event := log.Event.(*gaib.ERC20ApprovalEvent)
				require.Equal(w, w.who.Alice.Address, event.Owner)
				found = append(found, approval{log.BlockNumber, log.Index, log.Address, event.Spender, event.Value.Uint64()})
			}
		}
		return found
	}
	raw := func(filter map[string]any) (want []approval) {
		w.Helper()
		filter["fromBlock"], filter["toBlock"] = hexutil.Uint64(first), "latest"
		var logs []types.Log
		w.call(&logs, "eth_getLogs", filter)
		for _, log := range logs {
			want = append(want, approval{log.BlockNumber, uint64(log.Index), log.Address, common.BytesToAddress(log.Topics[2][:]), common.BytesToHash(log.Data).Big().Uint64()})
		}
		return want
	}
	topic := gaib.ERC20ApprovalEvent{}.Item().Topic
	tokens := []common.Address{w.token.Address(), w.usdc.Address()}
	all := raw(map[string]any{"address": tokens, "topics": []any{topic}})
	require.Len(w, all, 18)
	require.Equal(w, all, find(w.token.Approvals(), w.usdc.Approvals()))
	one := raw(map[string]any{"address": tokens[:1], "topics": []any{topic, nil, common.BytesToHash(spenders[1][:])}})
	require.Len(w, one, 3)
	require.Equal(w, one, find(w.token.Approvals().Where(2, gaib.AddressTopic(spenders[1]))))
	require.Empty(w, find(w.token.Approvals().Where(1, gaib.AddressTopic(w.who.Whale.Address))))
}

// standing is a block with transfers that has been given and not undone.
type standing struct {
	number uint64
	hash   common.Hash
	values []uint64
}

func stands(block gaib.BlockLogs) standing {
	s := standing{number: block.Number, hash: block.Hash}
	for _, log := range block.Logs {
		s.values = append(s.values, log.Event.(*gaib.ERC20TransferEvent).Value.Uint64())
	}
	return s
}

// stream follows transfers through two forced reorganisations, stops, misses a third, and goes on from its cursor. Over
// WebSocket it is woken by the node's own subscription.
func (w *world) stream() {
	w.mine() // a block without transfers to begin at
	first := uint64(w.block("latest").Number)
	next := uint64(0)
	transfer := func(times int) {
		for range times {
			next++
			w.carryOut(w.who.Alice, gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(next))})
		}
	}
	var mark string
	var doomed gaib.Header
	// Each begins when the stream has shown all that the earlier ones did.
	acts := []func(){
		func() { transfer(3) },
		func() {
			mark = w.mark()
			transfer(4)
			var err error
			doomed, err = gaib.Head(w.Context(), w.client, gaib.Latest)
			require.NoError(w, err)
		},
		func() { w.backTo(mark); transfer(2) }, // to a shorter branch
		func() { transfer(3); w.mine() },
		func() { w.reorganise(3); transfer(4) }, // and to a longer one
	}
	options := gaib.FollowOptions{From: first, Poll: 10 * time.Millisecond, Window: 32, Patience: 20 * time.Second}
	if w.transport == "ws" {
		var end func() int
		options.Wake, end = w.heads()
		options.Poll = 5 * time.Second
		defer func() { require.Positive(w, end(), "heads that the node told of") }()
	}
	shown, undone, cursor := w.follow(nil, options, acts)
	require.Equal(w, 4+2, undone)
	_, err := gaib.Read(w.Context(), w.client, gaib.AtHash(doomed.Hash), w.token.TotalSupply())
	require.ErrorIs(w, err, gaib.ErrNoBlock, "the undone block cannot be read any more")

	// While nobody follows, the chain takes another branch.
	transfer(1)
	w.reorganise(3)
	transfer(2)
	var stored gaib.Cursor
	text, err := json.Marshal(cursor)
	require.NoError(w, err)
	require.NoError(w, json.Unmarshal(text, &stored))
	options.Cursor = stored
	shown, undone, _ = w.follow(shown, options, nil)
	require.Equal(w, 2, undone)

	var want []standing
	var values []uint64
	for block, err := range gaib.Logs(w.Context(), w.client, first, gaib.Latest, w.token.Transfers()) {
		require.NoError(w, err)
		want = append(want, stands(block))
		values = append(values, stands(block).values...)
	}
	require.Equal(w, want, shown)
	require.Equal(w, []uint64{1, 2, 3, 8, 9, 10, 13, 14, 18, 19}, values)
}

// follow gives what stands after the acts, how many blocks were undone, and where the stream stood in the end.
func (w *world) follow(shown []standing, options gaib.FollowOptions, acts []func()) ([]standing, int, gaib.Cursor) {
	w.Helper()
	ctx, stop := context.WithTimeout(w.Context(), 2*time.Minute)
	defer stop()
	undone, over := 0, false
	var cursor gaib.Cursor
	options.Progress = func(p gaib.FollowProgress) {
		switch head := w.block("latest"); {
		case p.Cursor.Hash() != head.Hash: // not all of it yet
		case len(acts) == 0:
			cursor, over = p.Cursor, true
			stop()
		default:
			acts[0]()
			acts = acts[1:]
		}
	}
	for step, err := range gaib.Follow(ctx, w.client, options, w.token.Transfers()) {
		if err != nil {
			require.True(w, over, "the stream ended: %v", err)
			require.ErrorIs(w, err, context.Canceled)
			break
		}
		block := stands(step.BlockLogs)
		if step.Undo {
			undone++
			require.NotEmpty(w, shown)
			last := shown[len(shown)-1]
			if step.Forgotten { // undone after a restart, when no node has its logs any more
				block.values = last.values
			}
			require.Equal(w, last, block, "what is undone is the newest")
			shown = shown[:len(shown)-1]
			continue
		}
		if len(shown) > 0 {
			require.Less(w, shown[len(shown)-1].number, block.number)
		}
		shown = append(shown, block)
	}
	require.True(w, over)
	return shown, undone, cursor
}

// heads wakes with every head that the node's subscription tells of, until end, which returns how many there were.
func (w *world) heads() (wake <-chan struct{}, end func() int) {
	w.Helper()
	heads, signal, stop := make(chan map[string]any, 64), make(chan struct{}, 1), make(chan struct{})
	subscription, err := w.rpc.EthSubscribe(w.Context(), heads, "newHeads")
	require.NoError(w, err)
	count := make(chan int)
	go func() {
		told := 0
		for {
			select {
			case <-heads:
				told++
				select {
				case signal <- struct{}{}:
				default:
				}
			case <-stop:
				count <- told
				return
			}
		}
	}()
	return signal, func() int {
		subscription.Unsubscribe()
		close(stop)
		return <-count
	}
}

// mark remembers the latest block for backTo.
func (w *world) mark() (mark string) {
	w.Helper()
	if w.node.Kind == nodes.Geth {
		return hexutil.EncodeUint64(uint64(w.block("latest").Number))
	}
	w.call(&mark, "evm_snapshot")
	return mark
}

// backTo makes the marked block the latest again.
func (w *world) backTo(mark string) {
	w.Helper()
	if w.node.Kind == nodes.Geth {
		w.call(nil, "debug_setHead", mark)
		require.Equal(w, mark, hexutil.EncodeUint64(uint64(w.block("latest").Number)))
		return
	}
	var known bool
	w.call(&known, "evm_revert", mark)
	require.True(w, known)
}

// reorganise replaces the last blocks by empty ones, on geth by a single one.
func (w *world) reorganise(depth uint64) {
	w.Helper()
	old := w.block("latest")
	if w.node.Kind == nodes.Geth {
		w.backTo(hexutil.EncodeUint64(uint64(old.Number) - depth))
		w.mine()
		return
	}
	w.call(nil, "anvil_reorg", depth, []any{})
	head := w.block("latest")
	require.Equal(w, old.Number, head.Number)
	require.NotEqual(w, old.Hash, head.Hash)
}
