package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// feed is what happened on a chain, as far as the followed contracts tell: the blocks that have events and are on the
// chain now, oldest first.
type feed struct {
	blocks []gaib.BlockLogs
	undone map[common.Hash]bool // blocks that a reorganisation took back
	trail  []string             // what befell the stream, newest first
}

// What a feed keeps and shows.
const (
	feedBlocks  = 2_000
	feedEntries = 30
	feedTrail   = 5
)

// entry is one thing that happened to an account.
type entry struct {
	Block uint64      `json:"block"`
	Time  time.Time   `json:"time"`
	Text  string      `json:"text"`
	Tx    common.Hash `json:"tx"`
}

// apply takes a step of the stream in. It returns false for a block that is taken back.
func (f *feed) apply(step gaib.BlockStep) bool {
	if !step.Undo {
		delete(f.undone, step.Hash)
		if len(step.Logs) > 0 {
			f.blocks = append(f.blocks, step.BlockLogs)
			f.blocks = f.blocks[max(0, len(f.blocks)-feedBlocks):]
		}
		return true
	}
	if f.undone == nil || len(f.undone) > feedBlocks {
		f.undone = make(map[common.Hash]bool)
	}
	f.undone[step.Hash] = true
	f.blocks = slices.DeleteFunc(f.blocks, func(block gaib.BlockLogs) bool { return block.Hash == step.Hash })
	f.note(fmt.Sprintf("Block %d was taken back by a reorganisation, with %d events.", step.Number, len(step.Logs)))
	return false
}

func (f *feed) note(text string) {
	f.trail = slices.Insert(f.trail, 0, text)
	f.trail = f.trail[:min(len(f.trail), feedTrail)]
}

// entries returns what happened to an account, newest first. Where an event of a contract says what a transaction was, the
// transfers that it consists of are left out.
func (f *feed) entries(n *network, account common.Address, names *strings.Replacer) []entry {
	list := []entry{}
	for _, block := range slices.Backward(f.blocks) {
		activities := gaib.Activities(account, block.Logs, n.token, n.vault, n.usdc)
		told := make(map[common.Hash]bool)
		for _, activity := range activities {
			if _, transfer := activity.Log.Event.(*gaib.ERC20TransferEvent); !transfer {
				told[activity.Log.TxHash] = true
			}
		}
		for _, activity := range slices.Backward(activities) {
			if _, transfer := activity.Log.Event.(*gaib.ERC20TransferEvent); transfer && told[activity.Log.TxHash] {
				continue
			}
			if list = append(list, entry{Block: block.Number, Time: block.Time, Text: names.Replace(activity.Text), Tx: activity.Log.TxHash}); len(list) == feedEntries {
				return list
			}
		}
	}
	return list
}

// follow keeps the feed of a chain, and sends again what a reorganisation has taken back, until ctx ends. What ends the stream is
// noted, and it goes on from its cursor.
func (w *wallet) follow(ctx context.Context, work *sync.WaitGroup, n *network) {
	// Every block is asked for, not only those with events, so that no block of an order is undone unnoticed.
	options := gaib.FollowOptions{EveryBlock: true, Poll: 200 * time.Millisecond}
	sources := []gaib.Source{n.token.Transfers(), n.token.Approvals(), n.vault.Transfers(), n.vault.Approvals(), n.vault.Deposits(),
		n.vault.Requests(), n.vault.Payments(), n.usdc.Transfers()}
	for ctx.Err() == nil {
		for step, err := range gaib.Follow(ctx, n.client, options, sources...) {
			w.mu.Lock()
			switch {
			case err == nil:
				options.Cursor = step.Cursor
				if !n.feed.apply(step) {
					w.takeBack(ctx, work, n, step.Hash)
				}
			case ctx.Err() == nil:
				n.feed.note("The stream was interrupted: " + err.Error())
				if errors.Is(err, gaib.ErrDeepReorg) || errors.Is(err, gaib.ErrFutureCursor) {
					n.feed.blocks, options.Cursor = nil, gaib.Cursor{} // all of it is read anew
				}
			}
			w.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}
