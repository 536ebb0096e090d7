package gaib_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakechain"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func transferOf(value uint64) fakechain.Log {
	log := transferLog(aidAt, alice, bob, value, 0, 0)
	return fakechain.Log{Address: log.Address, Topics: log.Topics, Data: log.Data}
}

// A stream as a program uses it: events typed, a reorganisation taken back, going on from a stored cursor.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for value := range uint64(300) {
			chain.Add(transferOf(value))
		}
		transfers := token().Transfers()
		balance, stored := uint64(0), ""
		var last gaib.BlockStep
		run := func(until uint64) {
			cursor, err := gaib.ParseCursor(stored)
			require.NoError(t, err)
			for step, err := range gaib.Follow(t.Context(), chain, gaib.FollowOptions{From: 100, Cursor: cursor}, transfers, token().Approvals()) {
				require.NoError(t, err)
				for _, transfer := range transfers.In(step.BlockLogs) {
					if step.Undo {
						balance -= transfer.Value.Uint64()
					} else {
						balance += transfer.Value.Uint64()
					}
				}
				last, stored = step, step.Cursor.String()
				if step.Number == until && !step.Undo {
					return
				}
			}
		}
		run(300)
		require.Equal(t, uint64((99+299)*201/2), balance)
		require.Equal(t, chain.Head().Hash, last.Hash)
		require.Equal(t, uint64(300), last.Head)
		require.Equal(t, chain.Head().Time, uint64(last.Time.Unix()))

		chain.Reorg(2, []fakechain.Log{transferOf(1000)}, nil, []fakechain.Log{transferOf(5000)})
		run(301)
		require.Equal(t, uint64((99+299)*201/2-298-299+6000), balance)
	})
}

func TestFollowReportsALogThatCannotBeDecoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		short := transferOf(2)
		short.Data = short.Data[:31]
		chain.Add(transferOf(1), short, transferOf(3))
		for step, err := range gaib.Follow(t.Context(), chain, gaib.FollowOptions{}, token().Transfers()) {
			require.NoError(t, err)
			require.Len(t, step.Logs, 3)
			require.NoError(t, step.Logs[0].Err)
			require.ErrorContains(t, step.Logs[1].Err, "Transfer event of AID in block 1, log 1")
			require.Nil(t, step.Logs[1].Event)
			require.Equal(t, short.Data, step.Logs[1].Data)
			require.NoError(t, step.Logs[2].Err)
			break
		}
	})
}

// Conditions on arguments hold also where the node's filter cannot express them.
func TestFollowWhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		to := token().Transfers().Where(2, gaib.AddressTopic(alice))
		chain.Add(transferOf(1)) // to bob
		back := transferLog(aidAt, bob, alice, 7, 0, 0)
		chain.Add(transferOf(2), fakechain.Log{Address: aidAt, Topics: back.Topics, Data: back.Data})
		for step, err := range gaib.Follow(t.Context(), chain, gaib.FollowOptions{}, to, token().Approvals()) {
			require.NoError(t, err)
			require.Equal(t, uint64(2), step.Number)
			require.Len(t, step.Logs, 1)
			requireDec(t, "7", step.Logs[0].Event.(*gaib.ERC20TransferEvent).Value)
			break
		}
	})
}

func TestFollowOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		for range 50 {
			chain.Add()
		}
		wake := make(chan struct{}, 1)
		var progress []gaib.FollowProgress
		options := gaib.FollowOptions{
			From: 40, EveryBlock: true, Confirmations: 2, Poll: time.Hour, Wake: wake,
			Progress: func(p gaib.FollowProgress) { progress = append(progress, p) },
		}
		var numbers []uint64
		for step, err := range gaib.Follow(t.Context(), chain, options) { // no sources: every block as such
			require.NoError(t, err)
			require.Empty(t, step.Logs)
			numbers = append(numbers, step.Number)
			if step.Number == 48 {
				chain.Add()
				wake <- struct{}{}
			}
			if step.Number == 49 {
				break
			}
		}
		require.Equal(t, []uint64{40, 41, 42, 43, 44, 45, 46, 47, 48, 49}, numbers)
		require.Len(t, progress, 1)
		require.Equal(t, uint64(48), progress[0].Done)
		require.Equal(t, uint64(48), progress[0].Head)
		require.Equal(t, uint64(48), progress[0].Cursor.Number())
	})
}

func TestFollowRefuses(t *testing.T) {
	bnb, _ := gaib.On(56)
	transfers := token().Transfers()
	var many []gaib.Source
	for i := range 1001 {
		entry := gaib.Entry{Address: account(i + 1), Evidence: gaib.Standard}
		name := gaib.Name(fmt.Sprint(i))
		many = append(many, gaib.NewERC20(gaib.NewDeployment(1, "").With(name, entry).Contract(name), gaib.Unit{}).Transfers())
	}
	topics := make([]common.Hash, 1001)
	foreign := fakechain.New(56)
	for name, c := range map[string]struct {
		chain   gaib.Client
		options gaib.FollowOptions
		sources []gaib.Source
		want    error
	}{
		"no sources":         {fakechain.New(1), gaib.FollowOptions{}, nil, gaib.ErrNoSources},
		"unknown contract":   {fakechain.New(1), gaib.FollowOptions{}, []gaib.Source{gaib.NewERC20(bnb.Contract(gaib.SAID), gaib.Unit{}).Transfers()}, gaib.ErrUnknownContract},
		"two chains":         {fakechain.New(1), gaib.FollowOptions{}, []gaib.Source{transfers, gaib.NewERC20(bnb.Contract(gaib.AID), gaib.Unit{}).Transfers()}, gaib.ErrWrongChain},
		"another chain":      {foreign, gaib.FollowOptions{}, []gaib.Source{transfers}, gaib.ErrWrongChain},
		"1,001 addresses":    {fakechain.New(1), gaib.FollowOptions{}, many, gaib.ErrTooManySources},
		"1,001 values":       {fakechain.New(1), gaib.FollowOptions{}, []gaib.Source{transfers.Where(1, topics...)}, gaib.ErrTooManySources},
		"a block for a head": {fakechain.New(1), gaib.FollowOptions{Head: gaib.AtNumber(5)}, []gaib.Source{transfers}, gaib.ErrHead},
	} {
		steps := 0
		for _, err := range gaib.Follow(t.Context(), c.chain, c.options, c.sources...) {
			require.ErrorIs(t, err, c.want, name)
			steps++
		}
		require.Equal(t, 1, steps, name)
	}

	chain := fakechain.New(1)
	chain.Add(transferOf(1))
	for step, err := range gaib.Follow(t.Context(), chain, gaib.FollowOptions{}, append(many[:999:999], transfers)...) {
		require.NoError(t, err, "a thousand addresses are fine")
		foreign.Add()
		for _, err := range gaib.Follow(t.Context(), foreign, gaib.FollowOptions{Cursor: step.Cursor, EveryBlock: true}) {
			var bad *gaib.CursorError
			require.ErrorAs(t, err, &bad)
			require.ErrorIs(t, err, gaib.ErrWrongChain)
			require.Equal(t, uint64(1), bad.ChainID)
		}
		break
	}
	_, err := gaib.ParseCursor("nonsense")
	require.ErrorIs(t, err, gaib.ErrBadCursor)
}

// Two nodes behind a Failover: one dies, lies or falls behind, and the stream goes on with the other; blocks of the two are
// never mixed in a step.
func TestFollowOverFailover(t *testing.T) {
	trouble := map[string]func(ctx context.Context, chain *fakechain.Chain, result any, method string, args []any) error{
		"dead": func(context.Context, *fakechain.Chain, any, string, []any) error {
			return errors.New("connection refused")
		},
		"hanging": func(ctx context.Context, _ *fakechain.Chain, _ any, _ string, _ []any) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"without logs' blocks": func(ctx context.Context, chain *fakechain.Chain, result any, method string, args []any) error {
			if method == "eth_getLogs" {
				return &fakenode.RPCError{Code: -32000, Message: "unknown block"}
			}
			return chain.CallContext(ctx, result, method, args...)
		},
		"other blocks": func(ctx context.Context, chain *fakechain.Chain, result any, method string, args []any) error {
			if method == "eth_getBlockByNumber" && args[0] != "latest" {
				args = []any{"0x1", false}
			}
			return chain.CallContext(ctx, result, method, args...)
		},
	}
	for name, spoil := range trouble {
		synctest.Test(t, func(t *testing.T) {
			chain := fakechain.New(1)
			for value := range uint64(200) {
				chain.Add(transferOf(value))
			}
			var bad atomic.Bool
			first := nodeFunc(func(ctx context.Context, result any, method string, args ...any) error {
				if bad.Load() {
					return spoil(ctx, chain, result, method, args)
				}
				return chain.CallContext(ctx, result, method, args...)
			})
			nodes := gaib.Failover(gaib.FailoverOptions{}, first, chain)
			next := uint64(1)
			for step, err := range gaib.Follow(t.Context(), nodes, gaib.FollowOptions{From: 1}, token().Transfers()) {
				require.NoError(t, err, name)
				require.False(t, step.Undo, name)
				require.Equal(t, next, step.Number, name)
				if next++; next == 150 {
					bad.Store(true)
				}
				if step.Number == 200 {
					break
				}
			}
			require.Equal(t, uint64(201), next)
			time.Sleep(time.Minute) // what checks the nodes' heads ends by itself
		})
	}
}

type nodeFunc func(ctx context.Context, result any, method string, args ...any) error

func (f nodeFunc) CallContext(ctx context.Context, result any, method string, args ...any) error {
	return f(ctx, result, method, args...)
}

// From a block that the node has until its event is with the consumer there is no waiting but for the poll.
func TestFollowDeliversAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chain := fakechain.New(1)
		chain.Add(transferOf(1))
		made := time.Now()
		for step, err := range gaib.Follow(t.Context(), chain, gaib.FollowOptions{Poll: 2 * time.Second}, token().Transfers()) {
			require.NoError(t, err)
			require.LessOrEqual(t, time.Since(made), 2*time.Second)
			if step.Number == 20 {
				break
			}
			time.Sleep(1300 * time.Millisecond)
			made = time.Now()
			chain.Add(transferOf(2))
		}
	})
}

func ExampleFollow() {
	chain := fakechain.New(1) // a node; *rpc.Client is one
	chain.Add(transferOf(100))
	chain.Add(transferOf(250))
	transfers := token().Transfers()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for step, err := range gaib.Follow(ctx, chain, gaib.FollowOptions{From: 1}, transfers) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, transfer := range transfers.In(step.BlockLogs) {
			fmt.Printf("block %d: undo %t, %s base units\n", step.Number, step.Undo, transfer.Value.Dec())
		}
		if step.Number == 2 && step.Undo {
			return
		}
		if step.Number == 2 {
			chain.Reorg(1, nil, nil) // another branch wins
		}
	}
	// Output:
	// block 1: undo false, 100 base units
	// block 2: undo false, 250 base units
	// block 2: undo true, 250 base units
}
