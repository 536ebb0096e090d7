package devnet

import (
	"context"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// The gas of well-known transactions under mainnet's rules. A plain transfer costs 21,000. A new storage slot costs
// 22,100, where rules that are ahead of mainnet ask several times as much: a contract whose constructor writes one slot
// shows it.
func TestGasRules(t *testing.T) {
	chain := newChain(t)
	who := chain.Accounts()
	receipt, err := chain.Send(t.Context(), who.Alice, who.Bob.Address, uint256.NewInt(1), nil)
	require.NoError(t, err)
	require.Equal(t, uint64(21_000), receipt.GasUsed)

	// PUSH1 1 PUSH1 0 SSTORE STOP, which leaves no code: 21,000 + 32,000 for creating, 2 for the word of init code,
	// calldata 4 gas a zero byte and 16 another (5 bytes not zero, 1 zero: 84), two pushes 6, a new cold slot 22,100.
	_, receipt, err = chain.Deploy(t.Context(), who.Alice, common.FromHex("0x600160005500"))
	require.NoError(t, err)
	require.Equal(t, uint64(21_000+32_000+2+4*16+2*4+6+22_100), receipt.GasUsed)
}

// A transfer of a plain ERC-20 to a new holder costs 17,100 more than the next one: 20,000 for making a slot
// instead of 2,900 for changing it (EIP-2929), both cold, and nothing for the size of the state.
func TestGasOfTransfer(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	fresh := common.HexToAddress("0x1111111111111111111111111111111111111111")
	first := g.usdc.send(who.Alice, "transfer", fresh, usdUnits(1))
	second := g.usdc.send(who.Alice, "transfer", fresh, usdUnits(1))
	require.Equal(t, uint64(17_100), first.GasUsed-second.GasUsed)
	// 21,000 and calldata, two cold slots that change (2 x 5,000), a log of three topics and a word (375 x 4 + 256),
	// and a few hundred for the rest: the 34,000 to 35,000 that such a transfer is known to cost.
	require.InDelta(t, 34_500, second.GasUsed, 500)
}

// Transactions from many goroutines are all mined.
func TestConcurrentSends(t *testing.T) {
	chain := newChain(t)
	who := chain.Accounts()
	var group errgroup.Group
	for _, account := range who.All() {
		group.Go(func() error {
			for range 5 {
				if _, err := chain.Send(t.Context(), account, common.Address{1}, uint256.NewInt(1), nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	group.Go(func() error { return chain.Mine(10) })
	require.NoError(t, group.Wait())
	var balance hexutil.Big
	require.NoError(t, chain.Client().CallContext(t.Context(), &balance, "eth_getBalance", common.Address{1}, "latest"))
	require.Equal(t, big.NewInt(int64(5*len(who.All()))), balance.ToInt())
}

func TestMineAndTravel(t *testing.T) {
	chain := newChain(t)
	start := chain.Now()
	require.NoError(t, chain.Mine(3))
	require.Equal(t, uint64(3), chain.Head().Number.Uint64())
	require.Equal(t, start.Add(36*time.Second), chain.Now())
	require.NoError(t, chain.Travel(90*24*time.Hour))
	require.Equal(t, start.Add(36*time.Second+90*24*time.Hour), chain.Now())
	require.NoError(t, chain.TravelTo(time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)))
	require.Equal(t, time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC), chain.Now())
	require.Equal(t, uint64(5), chain.Head().Number.Uint64())

	require.Error(t, chain.Travel(time.Millisecond))
	require.Error(t, chain.Travel(-time.Hour))
	require.Error(t, chain.TravelTo(start))
	require.Error(t, chain.TravelTo(time.Time{}))
	require.Error(t, chain.Mine(-1))
	require.Error(t, chain.Mine(maxMine+1))
	require.Equal(t, uint64(5), chain.Head().Number.Uint64())
}

// The state of every block stays readable.
func TestArchive(t *testing.T) {
	chain := newChain(t)
	who := chain.Accounts()
	_, err := chain.Send(t.Context(), who.Alice, who.Bob.Address, uint256.NewInt(7), nil)
	require.NoError(t, err)
	require.NoError(t, chain.Mine(300))
	for block, want := range map[string]*big.Int{"0x0": aidUnits(10_000), "0x1": add(aidUnits(10_000), big.NewInt(7))} {
		var balance hexutil.Big
		require.NoError(t, chain.Client().CallContext(t.Context(), &balance, "eth_getBalance", who.Bob.Address, block))
		require.Equal(t, want, balance.ToInt())
	}
	var safe, finalized types.Header
	require.NoError(t, chain.Client().CallContext(t.Context(), &safe, "eth_getBlockByNumber", "safe", false))
	require.NoError(t, chain.Client().CallContext(t.Context(), &finalized, "eth_getBlockByNumber", "finalized", false))
	require.Equal(t, uint64(301-32), safe.Number.Uint64())
	require.Equal(t, uint64(301-64), finalized.Number.Uint64())
}

func transfer(t *testing.T, chain *Chain, nonce uint64, tip int64) *types.Transaction {
	to := chain.Accounts().Carol.Address
	tx, err := chain.Sign(chain.Accounts().Alice, &types.DynamicFeeTx{
		ChainID: bigInt(chain.ChainID()), Nonce: nonce, GasTipCap: big.NewInt(tip), GasFeeCap: big.NewInt(3e9),
		Gas: 21_000, To: &to, Value: big.NewInt(1),
	})
	require.NoError(t, err)
	return tx
}

func sendRaw(t *testing.T, chain *Chain, tx *types.Transaction) error {
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	var hash common.Hash
	err = chain.Client().CallContext(t.Context(), &hash, "eth_sendRawTransaction", hexutil.Bytes(raw))
	if err == nil {
		require.Equal(t, tx.Hash(), hash)
	}
	return err
}

func mined(t *testing.T, chain *Chain, hash common.Hash) bool {
	var receipt *types.Receipt
	require.NoError(t, chain.Client().CallContext(t.Context(), &receipt, "eth_getTransactionReceipt", hash))
	return receipt != nil
}

func TestAutomine(t *testing.T) {
	chain := newChain(t)
	require.False(t, mined(t, chain, common.Hash{1}), "an unknown transaction is no error, before the first block either")
	// A receipt is there when the call returns, with a tip of one wei too.
	tx := transfer(t, chain, 0, 1)
	require.NoError(t, sendRaw(t, chain, tx))
	require.True(t, mined(t, chain, tx.Hash()))
	require.Equal(t, uint64(1), chain.Head().Number.Uint64())

	// One that waits for a nonce makes no block; the missing one brings both in.
	late := transfer(t, chain, 2, 1e9)
	require.NoError(t, sendRaw(t, chain, late))
	require.Equal(t, uint64(1), chain.Head().Number.Uint64())
	require.NoError(t, sendRaw(t, chain, transfer(t, chain, 1, 1e9)))
	require.Equal(t, uint64(2), chain.Head().Number.Uint64())
	require.True(t, mined(t, chain, late.Hash()))

	require.Error(t, sendRaw(t, chain, tx), "the nonce is used")
	unprotected, err := types.SignNewTx(chain.Accounts().Alice.Key(), types.HomesteadSigner{},
		&types.LegacyTx{Nonce: 3, GasPrice: big.NewInt(2e9), Gas: 21_000, To: &common.Address{}})
	require.NoError(t, err)
	require.ErrorContains(t, sendRaw(t, chain, unprotected), "EIP-155")
	foreign, err := chain.Accounts().Alice.SignTx(10, &types.DynamicFeeTx{
		ChainID: big.NewInt(10), Nonce: 3, GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(3e9), Gas: 21_000, To: &common.Address{}})
	require.NoError(t, err)
	require.ErrorContains(t, sendRaw(t, chain, foreign), "chain id")
	var hash common.Hash
	require.Error(t, chain.Client().CallContext(t.Context(), &hash, "eth_sendRawTransaction", "0xc0"))
}

func TestManualMining(t *testing.T) {
	chain := newChain(t, WithManualMining())
	first, second := transfer(t, chain, 0, 1e9), transfer(t, chain, 1, 1e9)
	require.NoError(t, sendRaw(t, chain, first))
	require.NoError(t, sendRaw(t, chain, second))
	require.Zero(t, chain.Head().Number.Uint64())
	require.NoError(t, chain.Mine(1))
	require.True(t, mined(t, chain, first.Hash()))
	require.True(t, mined(t, chain, second.Hash()))
	require.Equal(t, uint64(42_000), chain.Head().GasUsed)

	third := transfer(t, chain, 2, 1e9)
	require.NoError(t, sendRaw(t, chain, third))
	require.NoError(t, chain.Rollback())
	require.NoError(t, chain.Mine(1))
	require.False(t, mined(t, chain, third.Hash()))
	chain.SetAutomine(true)
	require.NoError(t, sendRaw(t, chain, third))
	require.True(t, mined(t, chain, third.Hash()))
}

func TestSnapshotAndRevert(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	first, err := chain.Snapshot()
	require.NoError(t, err)
	head := chain.Head().Hash()
	had := g.aid.number("balanceOf", who.Alice.Address)
	g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
	second, err := chain.Snapshot()
	require.NoError(t, err)
	g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(2))
	require.NoError(t, chain.Mine(200))

	require.NoError(t, chain.Revert(second))
	require.Equal(t, sub(had, aidUnits(1)), g.aid.number("balanceOf", who.Alice.Address))
	require.Error(t, chain.Revert(second), "a snapshot is used up")
	require.NoError(t, chain.Revert(first))
	require.Equal(t, head, chain.Head().Hash())
	require.Equal(t, had, g.aid.number("balanceOf", who.Alice.Address))
	require.Error(t, chain.Revert(0))
	require.Error(t, chain.Revert(99))

	// What was undone does not come back, and the chain goes on.
	g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(5))
	require.Equal(t, uint64(1), chain.Head().Number.Uint64())
	require.Equal(t, sub(had, aidUnits(5)), g.aid.number("balanceOf", who.Alice.Address))
}

// A reorg: another branch with other blocks, the old ones gone from the canonical chain.
func TestFork(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	parent := chain.Head().Hash()
	receipt := g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
	require.NoError(t, chain.Fork(parent))
	require.Equal(t, parent, chain.Head().Hash())
	require.False(t, mined(t, chain, receipt.TxHash))
	require.NoError(t, chain.Mine(1))
	require.Equal(t, uint64(1), chain.Head().Number.Uint64())
	require.NotEqual(t, receipt.BlockHash, chain.Head().Hash())
	require.Equal(t, aidUnits(10_000), g.aid.number("balanceOf", who.Alice.Address))
	// Back to the first branch: its block is still known.
	require.NoError(t, chain.Fork(receipt.BlockHash))
	require.True(t, mined(t, chain, receipt.TxHash))
	require.Equal(t, aidUnits(9_999), g.aid.number("balanceOf", who.Alice.Address))
	require.ErrorContains(t, chain.Fork(common.Hash{1}), "no block")
}

// Another branch wins at once: nobody sees the chain get shorter in between.
func TestReorg(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	require.NoError(t, chain.Mine(2))
	base := chain.Head().Hash()
	receipt := g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
	require.NoError(t, chain.Mine(1))

	heads := make(chan *types.Header, 8)
	sub, err := chain.Client().EthSubscribe(t.Context(), heads, "newHeads")
	require.NoError(t, err)
	defer sub.Unsubscribe()
	require.NoError(t, chain.Reorg(2, 3))
	require.Equal(t, uint64(5), chain.Head().Number.Uint64())
	require.Equal(t, uint64(5), receive(t, heads).Number.Uint64())
	require.False(t, mined(t, chain, receipt.TxHash))
	require.Equal(t, aidUnits(10_000), g.aid.number("balanceOf", who.Alice.Address))
	var third types.Header
	require.NoError(t, chain.Client().CallContext(t.Context(), &third, "eth_getBlockByNumber", "0x3", false))
	require.Equal(t, base, third.ParentHash)
	require.NotEqual(t, receipt.BlockHash, third.Hash())

	for _, bad := range [][2]int{{0, 1}, {6, 1}, {1, 0}, {-1, 1}, {1, maxMine + 1}} {
		require.Error(t, chain.Reorg(bad[0], bad[1]))
	}
	require.Equal(t, uint64(5), chain.Head().Number.Uint64())
	g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
}

func TestClosed(t *testing.T) {
	chain, err := New()
	require.NoError(t, err)
	require.NoError(t, chain.Close())
	require.NoError(t, chain.Close())
	require.ErrorIs(t, chain.Mine(1), ErrClosed)
	require.ErrorIs(t, chain.Rollback(), ErrClosed)
	require.ErrorIs(t, chain.Fork(common.Hash{}), ErrClosed)
	require.ErrorIs(t, chain.Reorg(1, 1), ErrClosed)
	_, err = chain.Snapshot()
	require.ErrorIs(t, err, ErrClosed)
	_, err = chain.Serve(context.Background(), "127.0.0.1:0")
	require.ErrorIs(t, err, ErrClosed)
}

// A cancelled context ends a call and leaves nothing behind.
func TestCancelled(t *testing.T) {
	chain := newChain(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := chain.Send(ctx, chain.Accounts().Alice, chain.Accounts().Bob.Address, uint256.NewInt(1), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, chain.Head().Number.Uint64())
}

// Many calls of different kinds through Multicall3, one of which fails.
func TestMulticall(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	type call3 struct {
		Target       common.Address
		AllowFailure bool
		CallData     []byte
	}
	calls := []call3{
		{g.aid.addr, true, g.aid.pack("balanceOf", who.Alice.Address)},
		{g.aid.addr, true, g.aid.pack("transfer", who.Alice.Address, one)}, // the multicall holds none
		{g.said.addr, true, g.said.pack("convertToAssets", aidUnits(1))},
	}
	var results []struct {
		Success    bool
		ReturnData []byte
	}
	var output hexutil.Bytes
	require.NoError(t, chain.Client().CallContext(t.Context(), &output, "eth_call",
		map[string]any{"to": g.multicall.addr, "input": hexutil.Bytes(g.multicall.pack("aggregate3", calls))}, "latest"))
	require.NoError(t, g.multicall.abi.UnpackIntoInterface(&results, "aggregate3", output))
	require.Len(t, results, 3)
	require.True(t, results[0].Success)
	require.Equal(t, common.LeftPadBytes(aidUnits(10_000).Bytes(), 32), results[0].ReturnData)
	require.False(t, results[1].Success)
	require.Equal(t, g.aid.abi.Errors["ERC20InsufficientBalance"].ID.Bytes()[:4], results[1].ReturnData[:4])
	require.Equal(t, common.LeftPadBytes(num("1_055148472560343645").Bytes(), 32), results[2].ReturnData)

	calls[1].AllowFailure = false
	g.multicall.revertsText(who.Alice, "Multicall3: call failed", "aggregate3", calls)

	type call3Value struct {
		Target       common.Address
		AllowFailure bool
		Value        *big.Int
		CallData     []byte
	}
	pay := g.multicall.pack("aggregate3Value", []call3Value{{who.Bob.Address, false, big.NewInt(5), nil}})
	_, err := chain.Send(t.Context(), who.Alice, g.multicall.addr, uint256.NewInt(5), pay)
	require.NoError(t, err)
	require.Equal(t, add(aidUnits(10_000), big.NewInt(5)), g.multicall.number("getEthBalance", who.Bob.Address))
	_, err = chain.Send(t.Context(), who.Alice, g.multicall.addr, uint256.NewInt(6), pay)
	require.ErrorContains(t, err, "Multicall3: value mismatch")

	// The older entry points: all or nothing, and one that lets calls fail.
	type call2 struct {
		Target   common.Address
		CallData []byte
	}
	good, bad := call2{calls[0].Target, calls[0].CallData}, call2{calls[1].Target, calls[1].CallData}
	head := chain.Head()
	values := g.multicall.call("aggregate", []call2{good})
	require.Equal(t, head.Number, values[0])
	require.Equal(t, [][]byte{results[0].ReturnData}, values[1])
	require.Equal(t, head.Number, g.multicall.call("blockAndAggregate", []call2{good})[0])
	require.Equal(t, head.Number, g.multicall.call("tryBlockAndAggregate", false, []call2{good, bad})[0])
	for _, method := range []string{"aggregate", "blockAndAggregate"} {
		g.multicall.revertsText(who.Alice, "Multicall3: call failed", method, []call2{good, bad})
	}
	for _, method := range []string{"tryAggregate", "tryBlockAndAggregate"} {
		g.multicall.revertsText(who.Alice, "Multicall3: call failed", method, true, []call2{good, bad})
	}
	tried := abi.ConvertType(g.multicall.call("tryAggregate", false, []call2{good, bad})[0], []struct {
		Success    bool
		ReturnData []byte
	}{}).([]struct {
		Success    bool
		ReturnData []byte
	})
	require.True(t, tried[0].Success)
	require.False(t, tried[1].Success)

	require.Equal(t, head.Number, g.multicall.number("getBlockNumber"))
	require.Equal(t, head.MixDigest.Big(), g.multicall.number("getCurrentBlockDifficulty"))
	require.Equal(t, head.Coinbase, g.multicall.call("getCurrentBlockCoinbase")[0])
	require.Equal(t, big.NewInt(1), g.multicall.number("getChainId"))
	require.Equal(t, bigInt(head.Time), g.multicall.number("getCurrentBlockTimestamp"))
	require.Equal(t, bigInt(60_000_000), g.multicall.number("getCurrentBlockGasLimit"))
	require.Equal(t, [32]byte(head.ParentHash), g.multicall.call("getLastBlockHash")[0])
	require.Equal(t, [32]byte(head.ParentHash), g.multicall.call("getBlockHash", sub(head.Number, one))[0])
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		chain, err := New()
		require.NoError(b, err)
		require.NoError(b, chain.Close())
	}
}

func BenchmarkSend(b *testing.B) {
	chain := newChain(b)
	who := chain.Accounts()
	for b.Loop() {
		_, err := chain.Send(b.Context(), who.Alice, who.Bob.Address, uint256.NewInt(1), nil)
		require.NoError(b, err)
	}
}

// The same steps give the same chain.
func TestDeterministic(t *testing.T) {
	var hashes []common.Hash
	for range 2 {
		chain := newChain(t)
		g, who := contracts(t, chain), chain.Accounts()
		g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
		require.NoError(t, chain.Travel(time.Hour))
		hashes = append(hashes, chain.Head().Hash())
	}
	require.Equal(t, hashes[0], hashes[1])
}

// What was sent before a block is made is in it, also on a busy machine: the chains below keep it busy.
func TestPendingTransactionsAreMined(t *testing.T) {
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			for range 8 {
				if err := mineTenAtOnce(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}

func mineTenAtOnce() error {
	chain, err := New(WithManualMining())
	if err != nil {
		return err
	}
	defer chain.Close()
	from := chain.Accounts().Alice
	for round := range uint64(3) {
		for i := range uint64(10) {
			tx, err := chain.Sign(from, &types.DynamicFeeTx{ChainID: big.NewInt(1), Nonce: 10*round + i, Gas: 21_000,
				GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e11), To: &from.Address})
			if err != nil {
				return err
			}
			if err := chain.submit(context.Background(), tx, false); err != nil {
				return err
			}
		}
		if err := chain.Mine(1); err != nil {
			return err
		}
		if mined := len(chain.backend.BlockChain().GetBlockByHash(chain.Head().Hash()).Transactions()); mined != 10 {
			return fmt.Errorf("%d of 10 transactions were mined", mined)
		}
	}
	return nil
}
