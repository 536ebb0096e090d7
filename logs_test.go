package gaib_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func vaultContract() gaib.Contract { return gaib.Mainnet().Contract(gaib.SAID) }

func transferLog(contract, from, to common.Address, value, block, index uint64) fakenode.Log {
	return fakenode.Log{Address: contract, Topics: []common.Hash{gaib.ERC20TransferEvent{}.Item().Topic, gaib.AddressTopic(from), gaib.AddressTopic(to)},
		Data: fakenode.Word(value), Block: block, Index: index}
}

func approvalLog(contract, owner, spender common.Address, value, block, index uint64) fakenode.Log {
	log := transferLog(contract, owner, spender, value, block, index)
	log.Topics[0] = gaib.ERC20ApprovalEvent{}.Item().Topic
	return log
}

// collect returns all blocks and the error that ended the iteration.
func collect(t *testing.T, chain gaib.Client, from uint64, to gaib.Block, sources ...gaib.Source) (blocks []gaib.BlockLogs, err error) {
	t.Helper()
	for block, failed := range gaib.Logs(t.Context(), chain, from, to, sources...) {
		if failed != nil {
			require.Empty(t, block.Logs)
			err = failed
			continue
		}
		require.NoError(t, err, "nothing comes after an error")
		blocks = append(blocks, block)
	}
	return blocks, err
}

func TestLogsOfSeveralContractsAndEvents(t *testing.T) {
	chain, said := newChain(), vaultContract().Address()
	chain.Logs = []fakenode.Log{
		transferLog(aidAt, alice, bob, 1, 10, 0),
		approvalLog(aidAt, alice, bob, 2, 10, 3),
		transferLog(said, bob, alice, 3, 11, 1),
		approvalLog(said, bob, alice, 4, 12, 0), // not asked for
		transferLog(common.Address{7}, bob, alice, 5, 12, 1),
		transferLog(aidAt, bob, alice, 6, 1000, 0),
		transferLog(aidAt, bob, alice, 7, 1001, 0), // after the head
	}
	transfers, approvals := token().Transfers(), token().Approvals()
	shares := gaib.NewERC20(vaultContract(), gaib.Unit{}).Transfers()
	blocks, err := collect(t, chain, 0, gaib.Latest, transfers, approvals, shares)
	require.NoError(t, err)
	require.Equal(t, 1, requestsOf(chain, "eth_getLogs"))
	require.Len(t, blocks, 3)
	require.Equal(t, uint64(10), blocks[0].Number)
	require.Equal(t, fakenode.BlockHash(10), blocks[0].Hash)
	require.Equal(t, fakenode.Time(10), uint64(blocks[0].Time.Unix()))
	require.Len(t, blocks[0].Logs, 2)
	require.Equal(t, uint64(3), blocks[0].Logs[1].Index)

	transfer, ok := blocks[0].Logs[0].Event.(*gaib.ERC20TransferEvent)
	require.True(t, ok)
	require.Equal(t, gaib.ERC20TransferEvent{From: alice, To: bob, Value: units(1)}, *transfer)
	approval, ok := blocks[0].Logs[1].Event.(*gaib.ERC20ApprovalEvent)
	require.True(t, ok)
	requireDec(t, "2", approval.Value)

	for log, event := range shares.In(blocks[1]) {
		require.Equal(t, said, log.Address)
		requireDec(t, "3", event.Value)
	}
	for range transfers.In(blocks[1]) {
		t.Fatal("a share's transfer is none of AID's")
	}
	require.Equal(t, uint64(1000), blocks[2].Number)
	seen := 0
	for range transfers.In(blocks[2]) {
		seen++
	}
	require.Equal(t, 1, seen)
}

func TestWhere(t *testing.T) {
	chain := newChain()
	chain.Logs = []fakenode.Log{transferLog(aidAt, alice, bob, 1, 10, 0), transferLog(aidAt, bob, alice, 2, 10, 1), transferLog(aidAt, bob, account(3), 3, 11, 0)}
	all := token().Transfers()
	from, to := all.Where(1, gaib.AddressTopic(alice)), all.Where(2, gaib.AddressTopic(alice), gaib.AddressTopic(account(3)))
	values := func(blocks []gaib.BlockLogs, events *gaib.Events[gaib.ERC20TransferEvent]) (values []uint64) {
		for _, block := range blocks {
			for _, event := range events.In(block) {
				values = append(values, event.Value.Uint64())
			}
		}
		return values
	}
	// With one source the node narrows, with several it is done here; the outcome is the same.
	blocks, err := collect(t, chain, 0, gaib.Latest, from)
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, values(blocks, from))
	blocks, err = collect(t, chain, 0, gaib.Latest, from, token().Approvals())
	require.NoError(t, err)
	require.Len(t, blocks, 1)
	require.Len(t, blocks[0].Logs, 1)
	blocks, err = collect(t, chain, 0, gaib.Latest, from, to)
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, values(blocks, from))
	require.Equal(t, []uint64{2, 3}, values(blocks, to))
	require.Equal(t, []uint64{1, 2, 3}, values(blocks, all), "narrowing makes a copy")

	both, err := collect(t, chain, 0, gaib.Latest, all.Where(1, gaib.AddressTopic(bob)).Where(2, gaib.AddressTopic(alice)))
	require.NoError(t, err)
	require.Equal(t, []uint64{2}, values(both, all))
	base := all.Where(1, gaib.AddressTopic(alice))
	base.Where(1, gaib.AddressTopic(bob))
	blocks, err = collect(t, chain, 0, gaib.Latest, base)
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, values(blocks, base), "narrowing again does not reach the original")
	for _, argument := range []int{-1, 0, 4, 1 << 40} {
		chain := newChain()
		_, err := collect(t, chain, 0, gaib.Latest, all.Where(argument, gaib.AddressTopic(bob)))
		require.ErrorContains(t, err, "count from 1 to 3")
		require.Empty(t, chain.Requests())
	}
}

func TestUndecodableLogIsReportedAndSkipped(t *testing.T) {
	chain := newChain()
	short, dirty := transferLog(aidAt, alice, bob, 2, 10, 1), transferLog(aidAt, alice, bob, 3, 10, 2)
	short.Data = short.Data[:31]
	dirty.Topics[1][0] = 1
	erc721 := transferLog(aidAt, alice, bob, 4, 11, 0)
	erc721.Topics = append(erc721.Topics, common.Hash{31: 4})
	erc721.Data = nil
	chain.Logs = []fakenode.Log{transferLog(aidAt, alice, bob, 1, 10, 0), short, dirty, erc721, transferLog(aidAt, alice, bob, 5, 12, 0)}
	blocks, err := collect(t, chain, 0, gaib.Latest, token().Transfers())
	require.NoError(t, err)
	require.Len(t, blocks, 3)
	for _, at := range [][2]int{{0, 1}, {0, 2}, {1, 0}} {
		log := blocks[at[0]].Logs[at[1]]
		require.Nil(t, log.Event)
		require.ErrorContains(t, log.Err, "Transfer event of AID in block")
	}
	require.NoError(t, blocks[2].Logs[0].Err)
	seen := 0
	for range token().Transfers().In(blocks[0]) {
		seen++
	}
	require.Equal(t, 1, seen)
}

func TestLogsNothingLostOrTwice(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 2))
		chain := newChain()
		chain.Head = 1_000 + random.Uint64N(100_000)
		for block := uint64(0); block <= chain.Head+50; block += 1 + random.Uint64N(300) {
			for index := range random.Uint64N(4) {
				chain.Logs = append(chain.Logs, transferLog(aidAt, alice, bob, block*10+index, block, index))
			}
		}
		chain.MostBlocks, chain.MostLogs = random.Uint64N(20_000), 4+random.IntN(100)
		from := random.Uint64N(500)
		var want []uint64
		for _, log := range chain.Logs {
			if log.Block >= from && log.Block <= chain.Head {
				want = append(want, log.Block*10+log.Index)
			}
		}
		blocks, err := collect(t, chain, from, gaib.Latest, token().Transfers())
		require.NoError(t, err)
		var have []uint64
		before := uint64(0)
		for i, block := range blocks {
			require.True(t, i == 0 || block.Number > before)
			before = block.Number
			for _, event := range token().Transfers().In(block) {
				have = append(have, event.Value.Uint64())
			}
		}
		require.Equal(t, want, have, "seed %d", seed)
	}
}

func TestLogsStopWhenTheCallerDoes(t *testing.T) {
	chain := newChain()
	chain.MostBlocks = 10
	for block := range uint64(1000) {
		chain.Logs = append(chain.Logs, transferLog(aidAt, alice, bob, block, block, 0))
	}
	for range gaib.Logs(t.Context(), chain, 0, gaib.Latest, token().Transfers()) {
		break
	}
	require.LessOrEqual(t, requestsOf(chain, "eth_getLogs"), 10)
}

func TestLogsErrorLeavesWholeBlocks(t *testing.T) {
	down := errors.New("connection refused")
	for failAfter := range 30 {
		chain := newChain()
		chain.MostBlocks = 7
		for block := range uint64(100) {
			chain.Logs = append(chain.Logs, transferLog(aidAt, alice, bob, block, block, 0), transferLog(aidAt, bob, alice, block, block, 1))
		}
		chain.Head = 99
		chain.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
			return nil, down, method == "eth_getLogs" && requestsOf(chain, "eth_getLogs") > failAfter
		}
		blocks, err := collect(t, chain, 0, gaib.Latest, token().Transfers())
		if err == nil {
			require.Len(t, blocks, 100)
			continue
		}
		require.ErrorIs(t, err, down)
		require.ErrorContains(t, err, fmt.Sprintf("blocks %d to", len(blocks)), "all that was read is given")
		for i, block := range blocks {
			require.Equal(t, uint64(i), block.Number)
			require.Len(t, block.Logs, 2)
		}
		// Going on from the block after the last gives the rest.
		chain.Handle = nil
		rest, err := collect(t, chain, uint64(len(blocks)), gaib.Latest, token().Transfers())
		require.NoError(t, err)
		require.Equal(t, 100, len(blocks)+len(rest))
	}
}

func TestLogsRefuse(t *testing.T) {
	bnb, _ := gaib.On(56)
	foreign := newChain()
	foreign.ChainID = 56
	lying := newChain()
	lying.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
		return []any{transferLog(common.Address{9}, alice, bob, 1, 5, 0).JSON()}, nil, method == "eth_getLogs"
	}
	transfers := token().Transfers()
	for name, c := range map[string]struct {
		chain   *fakenode.Node
		to      gaib.Block
		sources []gaib.Source
		want    error
	}{
		"no sources":       {newChain(), gaib.Latest, nil, gaib.ErrNoSources},
		"unknown contract": {newChain(), gaib.Latest, []gaib.Source{transfers, gaib.NewERC20(bnb.Contract(gaib.SAID), gaib.Unit{}).Transfers()}, gaib.ErrUnknownContract},
		"two chains":       {newChain(), gaib.Latest, []gaib.Source{transfers, gaib.NewERC20(bnb.Contract(gaib.AID), gaib.Unit{}).Transfers()}, gaib.ErrWrongChain},
		"another chain":    {foreign, gaib.Latest, []gaib.Source{transfers}, gaib.ErrWrongChain},
		"no such block":    {newChain(), gaib.AtNumber(5000), []gaib.Source{transfers}, gaib.ErrNoBlock},
		"lying node":       {lying, gaib.Latest, []gaib.Source{transfers}, gaib.ErrBadAnswer},
	} {
		blocks, err := collect(t, c.chain, 0, c.to, c.sources...)
		require.ErrorIs(t, err, c.want, name)
		require.Empty(t, blocks, name)
	}
	chain := newChain()
	blocks, err := collect(t, chain, 1001, gaib.Latest, transfers)
	require.NoError(t, err)
	require.Empty(t, blocks)
	require.Zero(t, requestsOf(chain, "eth_getLogs"))
}

func TestReceiptDecode(t *testing.T) {
	topics := func(log fakenode.Log) gaib.Log {
		return gaib.Log{Address: log.Address, Topics: log.Topics, Data: log.Data}
	}
	receipt := gaib.Receipt{Logs: []gaib.Log{topics(transferLog(aidAt, alice, bob, 1, 0, 0)), topics(approvalLog(aidAt, alice, bob, 2, 0, 1)), topics(transferLog(common.Address{9}, alice, bob, 3, 0, 2))}}
	logs := receipt.Decode(token().Transfers(), token().Approvals())
	require.Len(t, logs, 2)
	require.IsType(t, (*gaib.ERC20TransferEvent)(nil), logs[0].Event)
	require.IsType(t, (*gaib.ERC20ApprovalEvent)(nil), logs[1].Event)
	require.Nil(t, receipt.Logs[0].Event, "the receipt is not changed")
	require.Empty(t, receipt.Decode())
}
