package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

// house is a wallet on its chains, without HTTP.
type house struct {
	*wallet
	demo *demo
	life context.Context
	work *sync.WaitGroup
}

func newHouse(t *testing.T) *house {
	t.Helper()
	life, end := context.WithCancel(t.Context())
	d, err := newDemo(life)
	require.NoError(t, err)
	w, err := newWallet(life, d.people, d.networks)
	require.NoError(t, err)
	h := &house{w, d, life, new(sync.WaitGroup)}
	t.Cleanup(func() {
		end()
		h.work.Wait()
		require.NoError(t, d.close())
	})
	w.start(life, h.work)
	return h
}

func (h *house) account(i int) common.Address { return h.people[i].Address }

// chain is what the page shows of a chain for one of the people.
func (h *house) chain(t *testing.T, i, person int) chainState {
	t.Helper()
	c := h.state(t.Context(), h.account(person)).Chains[i]
	require.Empty(t, c.Fault)
	return c
}

func (h *house) sign(t *testing.T, e *explanation) []hexutil.Bytes {
	t.Helper()
	var signatures []hexutil.Bytes
	for _, s := range e.Steps {
		account, err := h.digest(e.Order, e.Chain, s.Digest)
		require.NoError(t, err)
		text, err := h.demo.sign(account, s.Digest)
		require.NoError(t, err)
		signatures = append(signatures, hexutil.MustDecode(text))
	}
	return signatures
}

// do carries an action out and returns its order's end.
func (h *house) do(t *testing.T, i, person int, what, amount string) orderState {
	t.Helper()
	e, err := h.prepare(t.Context(), h.networks[i], h.account(person), what, amount)
	require.NoError(t, err)
	require.NoError(t, h.send(h.life, h.work, e.Order, e.Chain, h.sign(t, e)))
	return h.end(t, i, person, e.Order)
}

func (h *house) end(t *testing.T, i, person, id int) (o orderState) {
	t.Helper()
	until(t, fmt.Sprintf("order %d comes to an end", id), func() bool {
		orders := h.chain(t, i, person).Orders
		at := slices.IndexFunc(orders, func(o orderState) bool { return o.ID == id })
		if at < 0 {
			return false
		}
		o = orders[at]
		return o.Done || o.Failed
	})
	return o
}

// texts waits until the feed has as many entries and returns what they say, newest first.
func (h *house) texts(t *testing.T, i, person, count int) (texts []string) {
	t.Helper()
	until(t, fmt.Sprintf("%d entries", count), func() bool {
		texts = nil
		for _, e := range h.chain(t, i, person).Feed {
			texts = append(texts, e.Text)
		}
		return len(texts) == count
	})
	return texts
}

// The amounts are those of the vault's books at genesis, A = 18440000.508237693453560031, S = 17476214, and L = 150000 on the
// first chain, worked out apart from this library with the contract's formulas:
// shares = floor(1250.5 (S+1)/(A+1)), paid = floor(shares (A+1250.5-L+1)/(S+shares+1)).
func TestWay(t *testing.T) {
	h := newHouse(t)
	const alice = 0
	for i, want := range []struct{ unstaking, exit, worth, after, end, paid string }{
		{"1.046565959865659784", "1240.328510011809372732", "1240.328510011809373262", "9989.828510011809373262", "9489.828510011809373262", "1,240.328510011809373262"},
		{"1.055148472560343645", "1250.499999999999999999", "1250.499999999999999999", "9999.999999999999999999", "9499.999999999999999999", "1,250.499999999999999999"},
	} {
		t.Run(h.networks[i].name, func(t *testing.T) {
			require.Equal(t, "Mined in block "+fmt.Sprint(3-i), h.do(t, i, alice, "stake", "1250.5").Status)
			c := h.chain(t, i, alice)
			require.Equal(t, "1.055148472560343645", c.Deposit)
			require.Equal(t, want.unstaking, c.Unstaking)
			require.Equal(t, "8749.5", c.Holdings[alice].AID.Exact)
			require.Equal(t, amount{"1185.141269233543107815", "1,185.141269233543107815 sAID"}, c.Holdings[alice].SAID)
			require.Equal(t, "1250.499999999999999999", c.Holdings[alice].Entry.Exact)
			require.Equal(t, want.exit, c.Holdings[alice].Exit.Exact)

			_, err := h.demo.settle(t.Context(), h.networks[i])
			require.ErrorContains(t, err, "nobody waits")
			require.True(t, h.do(t, i, alice, "unstake", "1185.141269233543107815").Done)
			c = h.chain(t, i, alice)
			require.Equal(t, "0", c.Holdings[alice].SAID.Exact)
			require.Equal(t, want.worth, c.Holdings[alice].Pending.Exact)
			require.True(t, c.Holdings[alice].Waits)
			require.Equal(t, time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), c.Holdings[alice].Due)

			text, err := h.demo.settle(t.Context(), h.networks[i])
			require.NoError(t, err)
			require.Equal(t, "It is 1 October 2026, and the queue is paid.", text)
			c = h.chain(t, i, alice)
			require.False(t, c.Holdings[alice].Waits)
			require.Equal(t, want.after, c.Holdings[alice].AID.Exact)

			require.True(t, h.do(t, i, alice, "redeem", "500").Done)
			c = h.chain(t, i, alice)
			require.Equal(t, want.end, c.Holdings[alice].AID.Exact)
			require.Equal(t, "975499.5", c.Holdings[alice].USDC.Exact)
			require.Equal(t, "10000", c.Holdings[1].AID.Exact, "Bob's is his")

			texts := h.texts(t, i, alice, 6)
			require.Equal(t, "Was paid "+want.paid+" AID from the unstake queue", texts[2])
			require.Equal(t, "Requested to unstake 1,185.141269233543107815 sAID, worth "+want.paid+" AID", texts[3])
			require.Equal(t, "Staked 1,250.5 AID for 1,185.141269233543107815 sAID", texts[4])
			require.Equal(t, "Approved 1,250.5 AID for sAID", texts[5])
			slices.Sort(texts[:2])
			require.Equal(t, []string{"500 AID burned", "Received 499.5 USDC from the Redeemer"}, texts[:2])
			require.Empty(t, h.chain(t, i, 1).Feed)
		})
	}
}

func TestExplanation(t *testing.T) {
	h := newHouse(t)
	e, err := h.prepare(t.Context(), h.networks[0], h.account(1), "stake", "1250.5")
	require.NoError(t, err)
	require.Equal(t, "Approve 1,250.5 AID for sAID; stake 1,250.5 AID for 1,185.141269233543107815 sAID at the present NAV", e.Sentence)
	require.Equal(t, []string{"-1,250.5 AID", "+1,185.141269233543107815 sAID"}, e.Changes)
	require.Empty(t, e.Allowances)
	require.Len(t, e.Steps, 2)
	require.Equal(t, "approve(address,uint256)", e.Steps[0].Function)
	require.Equal(t, "Stake 1,250.5 AID", e.Steps[1].Text)
	require.Equal(t, gaib.Mainnet().Contract(gaib.SAID).Address().Hex(), e.Steps[1].To)
	require.Equal(t, "standard", e.Steps[1].Evidence)
	require.True(t, strings.HasSuffix(e.MaxFee, " ETH"))
	require.Contains(t, e.Notes[0], "which is 0.81% less")

	e, err = h.prepare(t.Context(), h.networks[0], h.account(1), "redeem", "1000")
	require.NoError(t, err)
	require.Equal(t, []string{"The fee is 1 AID."}, e.Notes)
	require.Equal(t, "assumed", e.Steps[0].Evidence)
	require.ElementsMatch(t, []string{"-1,000 AID", "+999 USDC"}, e.Changes)
}

func TestOrders(t *testing.T) {
	h := newHouse(t)
	n, alice := h.networks[0], h.account(0)
	prepare := func(what, amount string) (*explanation, error) { return h.prepare(t.Context(), n, alice, what, amount) }

	var short *gaib.ERC20InsufficientBalanceError
	_, err := prepare("stake", "10000.000000000000000001")
	require.ErrorAs(t, err, &short)
	require.EqualError(t, err, "you have 10,000 AID, 10,000.000000000000000001 AID were asked for")
	_, err = h.prepare(t.Context(), n, h.account(2), "redeem", "1")
	require.ErrorContains(t, err, "whitelist")

	first, err := prepare("stake", "10")
	require.NoError(t, err)
	second, err := prepare("stake", "20")
	require.NoError(t, err)
	signatures := h.sign(t, first)

	// What is not the account's own signature of this order is refused before it goes anywhere.
	send := func(e *explanation, chain uint64, signatures ...hexutil.Bytes) error {
		return h.send(h.life, h.work, e.Order, chain, signatures)
	}
	require.ErrorContains(t, send(first, 1, signatures[0]), "has 2 transactions, and came with 1")
	require.ErrorContains(t, send(first, 31337, signatures...), "is on chain 1, not on 31337")
	require.ErrorIs(t, send(first, 1, signatures[0], signatures[1][:64]), gaib.ErrSignature)
	require.ErrorContains(t, send(first, 1, signatures[1], signatures[0]), "signature 1 is by 0x")
	foreign, err := h.demo.sign(h.account(1), first.Steps[0].Digest)
	require.NoError(t, err)
	require.ErrorContains(t, send(first, 1, hexutil.MustDecode(foreign), signatures[1]), "signature 1 is by "+h.account(1).Hex()+", not by "+alice.Hex())
	require.ErrorContains(t, h.send(h.life, h.work, 99, 1, signatures), "there is no order 99")
	_, err = h.digest(first.Order, 1, second.Steps[0].Digest)
	require.ErrorContains(t, err, "is no digest of order 1")

	// The second was prepared for the same nonces, which the first uses up.
	require.NoError(t, send(first, 1, signatures...))
	require.ErrorContains(t, send(first, 1, signatures...), "order 1 was sent already")
	require.True(t, h.end(t, 0, 0, first.Order).Done)
	require.NoError(t, send(second, 1, h.sign(t, second)...))
	failed := h.end(t, 0, 0, second.Order)
	require.True(t, failed.Failed)
	require.Contains(t, failed.Status, gaib.ErrReplaced.Error())
	require.Contains(t, failed.Status, "To do: Approve 20 AID for sAID; stake 20 AID")
	require.Equal(t, "9990", h.chain(t, 0, 0).Holdings[0].AID.Exact)

	// The very same order is refused while it is under way, and welcome when it is done.
	h.demo.chains[1].SetAutomine(false)
	again, err := prepare("stake", "10")
	require.NoError(t, err)
	require.NoError(t, send(again, 1, h.sign(t, again)...))
	_, err = prepare("stake", "10")
	require.ErrorContains(t, err, "under way as order 3")
	until(t, "the transaction waits in the pool", func() bool {
		mined, pending, err := gaib.Nonces(t.Context(), n.client, alice)
		return err == nil && pending == mined+1
	})
	require.NoError(t, h.demo.chains[1].Mine(1))
	h.demo.chains[1].SetAutomine(true)
	require.True(t, h.end(t, 0, 0, again.Order).Done)
	_, err = prepare("stake", "10")
	require.NoError(t, err)
}

func TestOrdersAreBounded(t *testing.T) {
	h := newHouse(t)
	for range maxOrders + 3 {
		_, err := h.prepare(t.Context(), h.networks[1], h.account(0), "unstake", "0")
		require.Error(t, err, "what is refused takes no place")
	}
	require.Empty(t, h.orders)
	h.mu.Lock()
	for i := range maxOrders {
		h.orders = append(h.orders, &order{id: i + 1, network: h.networks[1], running: i == 0, run: new(gaib.Run)})
	}
	h.last = maxOrders
	h.mu.Unlock()
	e, err := h.prepare(t.Context(), h.networks[1], h.account(0), "stake", "1")
	require.NoError(t, err)
	require.Len(t, h.orders, maxOrders)
	require.Equal(t, maxOrders+1, e.Order)
	require.Equal(t, 1, h.orders[0].id, "the one under way stays")
	require.Equal(t, 3, h.orders[1].id)
	for _, o := range h.orders {
		o.running = true
	}
	_, err = h.prepare(t.Context(), h.networks[1], h.account(0), "stake", "2")
	require.ErrorContains(t, err, "200 orders are under way")
}

// What a reorganisation takes back leaves the feed, is sent again as it was signed, and comes in once.
func TestReorg(t *testing.T) {
	for depth, back := range map[int]int{1: 1, 2: 2} {
		t.Run(fmt.Sprint(depth), func(t *testing.T) {
			h := newHouse(t)
			_, err := h.demo.reorg(t.Context(), h.networks[0])
			require.ErrorContains(t, err, "no block to replace")
			require.True(t, h.do(t, 0, 0, "stake", "1250.5").Done)
			first := h.texts(t, 0, 0, 2)
			before := h.chain(t, 0, 0)

			require.NoError(t, h.demo.chains[1].Reorg(depth, 5))
			until(t, "the stream has seen it", func() bool { return len(h.chain(t, 0, 0).Trail) == back })
			for i, text := range h.chain(t, 0, 0).Trail {
				require.Regexp(t, fmt.Sprintf(`^Block %d was taken back by a reorganisation, with [1-9] events\.$`, 4-back+i), text)
			}
			until(t, "it is mined again", func() bool {
				orders := h.chain(t, 0, 0).Orders
				return orders[0].Done && orders[0].Status != before.Orders[0].Status
			})
			require.Equal(t, fmt.Sprintf("Mined in block %d, sent again after a reorganisation", 3-depth+5+depth), h.chain(t, 0, 0).Orders[0].Status)
			require.Equal(t, first, h.texts(t, 0, 0, 2), "each once")
			after := h.chain(t, 0, 0)
			require.Equal(t, before.Holdings[0].SAID, after.Holdings[0].SAID)
			require.Greater(t, after.Feed[0].Block, before.Feed[0].Block)
			require.Equal(t, before.Feed[0].Tx, after.Feed[0].Tx, "the very transaction")
		})
	}
}

// Only the last blocks are kept.
func TestFeedIsBounded(t *testing.T) {
	var f feed
	step := func(number uint64) gaib.BlockStep {
		return gaib.BlockStep{BlockLogs: gaib.BlockLogs{Number: number, Hash: common.Hash{byte(number >> 8), byte(number)}, Logs: make([]gaib.Log, 1)}}
	}
	for number := range uint64(feedBlocks + 10) {
		require.True(t, f.apply(step(number)))
	}
	require.Len(t, f.blocks, feedBlocks)
	for number := uint64(feedBlocks + 9); number >= feedBlocks; number-- {
		undone := step(number)
		undone.Undo = true
		require.False(t, f.apply(undone))
		require.True(t, f.undone[undone.Hash])
	}
	require.Len(t, f.blocks, feedBlocks-10)
	require.EqualValues(t, feedBlocks-1, f.blocks[len(f.blocks)-1].Number)
	require.Len(t, f.trail, feedTrail)
	require.True(t, f.apply(step(feedBlocks)))
	require.Len(t, f.undone, 9, "a block that is on the chain again is not undone")
}

// cut is a client whose node is gone while off is set.
type cut struct {
	gaib.Client
	mu  sync.Mutex
	off bool
}

func (c *cut) set(off bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = off
}

func (c *cut) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.mu.Lock()
	off := c.off
	c.mu.Unlock()
	if off {
		return io.ErrUnexpectedEOF
	}
	return c.Client.CallContext(ctx, result, method, args...)
}

// A chain whose node is gone says so, the other answers, and an order under way goes on when the node is back.
func TestNodeGone(t *testing.T) {
	life, end := context.WithCancel(t.Context())
	d, err := newDemo(life)
	require.NoError(t, err)
	node := &cut{Client: d.networks[1].client}
	d.networks[1].client = node
	w, err := newWallet(life, d.people, d.networks)
	require.NoError(t, err)
	h := &house{w, d, life, new(sync.WaitGroup)}
	t.Cleanup(func() { end(); h.work.Wait(); require.NoError(t, d.close()) })
	w.start(life, h.work)

	e, err := h.prepare(t.Context(), h.networks[1], h.account(0), "stake", "10")
	require.NoError(t, err)
	signatures := h.sign(t, e)
	node.set(true)
	require.NoError(t, h.send(life, h.work, e.Order, 31337, signatures))
	s := h.state(t.Context(), h.account(0))
	require.Empty(t, s.Chains[0].Fault)
	require.Len(t, s.Chains[0].Holdings, 3)
	require.Contains(t, s.Chains[1].Fault, "unexpected EOF")
	require.Equal(t, "Rehearsal, embedded", s.Chains[1].Name)
	_, err = h.prepare(t.Context(), h.networks[1], h.account(0), "stake", "10")
	require.True(t, gaib.Retryable(err), "%v", err)
	node.set(false)
	require.True(t, h.end(t, 1, 0, e.Order).Done)
	require.Equal(t, "9990", h.chain(t, 1, 0).Holdings[0].AID.Exact)
}
