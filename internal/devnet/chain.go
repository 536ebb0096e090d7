package devnet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/consensus/misc/eip1559"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/miner"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"
)

const (
	blockGasLimit  = 60_000_000 // mainnet's
	maxMine        = 100_000    // blocks in one call of Mine
	safeDepth      = 32         // blocks that the safe block is behind the head
	finalizedDepth = 64
)

// ErrClosed is returned by every method of a Chain after Close.
var ErrClosed = errors.New("devnet: the chain is closed")

// Chain is GAIB on an in-process Ethereum node. It is safe for concurrent use.
type Chain struct {
	config   config
	accounts Accounts
	stack    *node.Node
	backend  *eth.Ethereum
	apis     []rpc.API
	server   *rpc.Server // the in-process one
	client   *rpc.Client

	mu        sync.Mutex // held while blocks are made or undone
	closed    bool
	automine  bool
	ahead     uint64 // seconds to add to the next block's time
	next      uint64 // the next block's time if not zero
	sealed    uint64 // blocks made so far, undone ones included
	snapshots []snapshot
	servers   []*endpoint
}

type snapshot struct {
	head        common.Hash
	ahead, next uint64
}

// New returns a running chain. The caller closes it.
func New(opts ...Option) (*Chain, error) {
	c := defaults()
	for _, opt := range opts {
		if err := opt(&c); err != nil {
			return nil, err
		}
	}
	accounts, err := newAccounts()
	if err != nil {
		return nil, err
	}
	block0, err := genesis(c, accounts)
	if err != nil {
		return nil, err
	}

	nodeConfig := node.DefaultConfig
	nodeConfig.DataDir = ""
	nodeConfig.P2P = p2p.Config{NoDiscovery: true, NoDial: true}
	stack, err := node.New(&nodeConfig)
	if err != nil {
		return nil, fmt.Errorf("devnet: node: %w", err)
	}
	chain := &Chain{config: c, accounts: accounts, stack: stack, automine: !c.manual}
	ethConfig := ethconfig.Defaults
	ethConfig.Genesis = block0
	ethConfig.SyncMode = ethconfig.FullSync
	ethConfig.TxPool.NoLocals = true
	ethConfig.LogNoHistory = true
	ethConfig.TransactionHistory = 0
	// The state of every block stays readable, and a snapshot of any age can be gone back to.
	ethConfig.StateScheme = rawdb.HashScheme
	ethConfig.NoPruning = true
	ethConfig.SnapshotCache = 0
	ethConfig.TrieCleanCache, ethConfig.TrieDirtyCache, ethConfig.DatabaseCache = 16, 16, 16
	// A tip of one wei is enough to be mined.
	ethConfig.Miner.GasPrice = big.NewInt(1)
	ethConfig.Miner.GasCeil = blockGasLimit
	if chain.backend, err = eth.New(stack, &ethConfig); err != nil {
		return nil, errors.Join(fmt.Errorf("devnet: backend: %w", err), stack.Close())
	}
	if err := stack.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("devnet: start: %w", err), stack.Close())
	}
	chain.backend.SetSynced()
	chain.setFinality(chain.Head())
	if err := chain.indexGenesis(); err != nil {
		return nil, errors.Join(err, stack.Close())
	}
	chain.apis = chain.publicAPIs()
	if chain.server, err = chain.newServer(); err != nil {
		return nil, errors.Join(err, stack.Close())
	}
	chain.client = rpc.DialInProc(chain.server)
	return chain, nil
}

// Close stops the chain and what serves it. Closing twice is fine.
func (c *Chain) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	servers := c.servers
	c.mu.Unlock()

	var errs []error
	for _, s := range servers {
		errs = append(errs, s.close())
	}
	c.client.Close()
	c.server.Stop()
	return errors.Join(append(errs, c.stack.Close())...)
}

// Client returns an in-process JSON-RPC client. Its methods are those that Serve offers.
func (c *Chain) Client() *rpc.Client { return c.client }

// Accounts returns the accounts that hold something at genesis.
func (c *Chain) Accounts() Accounts { return c.accounts }

// ChainID returns the chain id that transactions are signed for and eth_chainId tells.
func (c *Chain) ChainID() uint64 { return c.config.chainID }

// Head returns the header of the latest block.
func (c *Chain) Head() *types.Header { return c.backend.BlockChain().CurrentBlock() }

// Now returns the time of the latest block. Time passes with blocks only.
func (c *Chain) Now() time.Time { return time.Unix(int64(c.Head().Time), 0).UTC() }

// Mine makes n blocks, at most 100,000, with what is in the pool.
func (c *Chain) Mine(n int) error {
	if n < 0 || n > maxMine {
		return fmt.Errorf("devnet: cannot mine %d blocks at once: 0 to %d are allowed", n, maxMine)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		if err := c.seal(); err != nil {
			return err
		}
	}
	return nil
}

// Travel makes one block that is d later than the latest. d is cut to the second and must be at least one.
func (c *Chain) Travel(d time.Duration) error {
	if d < time.Second {
		return fmt.Errorf("devnet: cannot travel by %s: time only goes forward, by a second or more", d)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sealAt(c.Head().Time + uint64(d/time.Second))
}

// TravelTo makes one block at t, cut to the second, which must be later than the latest block.
func (c *Chain) TravelTo(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sealAt(uint64(max(t.Unix(), 0)))
}

// SetAutomine sets whether a transaction is mined at once or waits for Mine.
func (c *Chain) SetAutomine(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.automine = on
}

// Rollback drops the transactions that wait in the pool.
func (c *Chain) Rollback() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	c.backend.TxPool().Clear()
	return nil
}

// Fork makes the block with the hash parent the latest again, so that the next block starts another branch.
// What the undone blocks held is dropped, and so is the pool. Blocks made later differ in hash from the undone
// ones even when they hold the same.
func (c *Chain) Fork(parent common.Hash) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rewind(parent)
}

// Reorg replaces the last depth blocks with length empty ones, at once, as a node sees it when another branch wins.
// What the undone blocks held is dropped, and so is the pool.
func (c *Chain) Reorg(depth, length int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	head := c.Head()
	if depth < 1 || uint64(depth) > head.Number.Uint64() || length < 1 || length > maxMine {
		return fmt.Errorf("devnet: cannot replace %d of %d blocks with %d: 1 to %d are allowed", depth, head.Number, length, maxMine)
	}
	tip := c.backend.BlockChain().GetHeaderByNumber(head.Number.Uint64() - uint64(depth))
	var block *types.Block
	for range length {
		var err error
		if block, err = c.build(tip, tip.Time+c.config.blockTime, true); err != nil {
			return err
		}
		tip = block.Header()
	}
	return c.switchTo(block)
}

// Snapshot remembers the latest block and returns an id for Revert.
func (c *Chain) Snapshot() (id uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, ErrClosed
	}
	c.snapshots = append(c.snapshots, snapshot{head: c.Head().Hash(), ahead: c.ahead, next: c.next})
	return uint64(len(c.snapshots)), nil
}

// Revert goes back to a snapshot and forgets it and all later ones. It fails when the snapshot is not known.
func (c *Chain) Revert(id uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == 0 || id > uint64(len(c.snapshots)) {
		return fmt.Errorf("devnet: there is no snapshot %d: it was never made or already gone back to", id)
	}
	s := c.snapshots[id-1]
	if err := c.rewind(s.head); err != nil {
		return err
	}
	c.snapshots = c.snapshots[:id-1]
	c.ahead, c.next = s.ahead, s.next
	return nil
}

// Sign returns tx signed by from for this chain.
func (c *Chain) Sign(from Account, tx types.TxData) (*types.Transaction, error) {
	return from.SignTx(c.config.chainID, tx)
}

// Send sends a transaction of from, mines it and returns its receipt. A nil value is zero. Gas is estimated first:
// when the call would revert, Send returns the node's error with the revert data (an rpc.DataError) and
// sends nothing. A receipt whose status is not success comes with an error.
func (c *Chain) Send(ctx context.Context, from Account, to common.Address, value *uint256.Int, data []byte) (*types.Receipt, error) {
	return c.send(ctx, from, &to, value, data)
}

// Deploy sends the creation code of a contract, with its constructor's arguments, and returns where it is.
func (c *Chain) Deploy(ctx context.Context, from Account, code []byte) (common.Address, *types.Receipt, error) {
	receipt, err := c.send(ctx, from, nil, nil, code)
	if err != nil {
		return common.Address{}, receipt, err
	}
	return receipt.ContractAddress, receipt, nil
}

func (c *Chain) send(ctx context.Context, from Account, to *common.Address, value *uint256.Int, data []byte) (*types.Receipt, error) {
	if value == nil {
		value = new(uint256.Int)
	}
	call := map[string]any{"from": from.Address, "value": (*hexutil.U256)(value), "input": hexutil.Bytes(data)}
	if to != nil {
		call["to"] = to
	}
	var gas hexutil.Uint64
	var nonce hexutil.Uint64
	// At the time of the block it will be in: what accrues with time does nothing at the latest block's.
	c.mu.Lock()
	due := map[string]any{"time": hexutil.Uint64(c.nextTime())}
	c.mu.Unlock()
	if err := c.client.CallContext(ctx, &gas, "eth_estimateGas", call, "latest", nil, due); err != nil {
		return nil, err
	}
	if err := c.client.CallContext(ctx, &nonce, "eth_getTransactionCount", from.Address, "pending"); err != nil {
		return nil, err
	}
	tip := big.NewInt(1e9)
	tx, err := c.Sign(from, &types.DynamicFeeTx{
		ChainID:   bigInt(c.config.chainID),
		Nonce:     uint64(nonce),
		GasTipCap: tip,
		GasFeeCap: new(big.Int).Add(new(big.Int).Mul(c.Head().BaseFee, big.NewInt(2)), tip),
		Gas:       min(uint64(gas)+uint64(gas)/4, maxTxGas),
		To:        to,
		Value:     value.ToBig(),
		Data:      data,
	})
	if err != nil {
		return nil, fmt.Errorf("devnet: sign: %w", err)
	}
	if err := c.submit(ctx, tx, true); err != nil {
		return nil, err
	}
	receipt := new(types.Receipt)
	if err := c.client.CallContext(ctx, receipt, "eth_getTransactionReceipt", tx.Hash()); err != nil {
		return nil, err
	}
	if receipt.TxHash != tx.Hash() {
		return nil, fmt.Errorf("devnet: transaction %s was not mined", tx.Hash())
	}
	if receipt.Status != types.ReceiptStatusSuccessful {
		return receipt, fmt.Errorf("devnet: transaction %s failed on chain after a good estimate", tx.Hash())
	}
	return receipt, nil
}

// submit puts tx into the pool and mines it if mine or automine is set.
func (c *Chain) submit(ctx context.Context, tx *types.Transaction, mine bool) error {
	if !tx.Protected() {
		return errors.New("devnet: the transaction carries no chain id (EIP-155); sign it for this chain")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	// Adding waits until the pool has put the transaction in its place; otherwise a block made at once may miss it.
	if err := c.backend.TxPool().Add([]*types.Transaction{tx}, true)[0]; err != nil {
		return err
	}
	if !mine && !c.automine {
		return nil
	}
	if err := c.backend.TxPool().Sync(); err != nil {
		return fmt.Errorf("devnet: pool: %w", err)
	}
	// A transaction that waits for a nonce or a lower base fee makes no block.
	fee, _ := uint256.FromBig(eip1559.CalcBaseFee(c.backend.BlockChain().Config(), c.Head()))
	if _, ready := c.backend.TxPool().Pending(txpool.PendingFilter{BaseFee: fee}); ready == 0 {
		return nil
	}
	return c.seal()
}

// seal makes the next block at the time that is due. The caller holds mu.
func (c *Chain) seal() error {
	return c.sealAt(c.nextTime())
}

// nextTime returns the time of the next block. The caller holds mu.
func (c *Chain) nextTime() uint64 {
	if c.next != 0 {
		return c.next
	}
	return c.Head().Time + c.config.blockTime + c.ahead
}

// sealAt makes a block at time t. The caller holds mu.
func (c *Chain) sealAt(t uint64) error {
	if c.closed {
		return ErrClosed
	}
	if err := c.backend.TxPool().Sync(); err != nil {
		return fmt.Errorf("devnet: pool: %w", err)
	}
	block, err := c.build(c.Head(), t, false)
	if err != nil {
		return err
	}
	if _, err := c.backend.BlockChain().SetCanonical(block); err != nil {
		return fmt.Errorf("devnet: setting the head: %w", err)
	}
	c.ahead, c.next = 0, 0
	c.setFinality(block.Header())
	if err := c.backend.TxPool().Sync(); err != nil {
		return fmt.Errorf("devnet: pool: %w", err)
	}
	return nil
}

// build makes and stores a block on parent, without making it the head. The caller holds mu.
func (c *Chain) build(parent *types.Header, t uint64, empty bool) (*types.Block, error) {
	if t <= parent.Time || t > math.MaxInt64 {
		return nil, fmt.Errorf("devnet: a block at %d cannot follow one at %d", t, parent.Time)
	}
	// Counting on after a rewind keeps the blocks of two branches apart.
	c.sealed++
	block, _, err := c.backend.Miner().BuildTestingPayload(&miner.BuildPayloadArgs{
		Parent:     parent.Hash(),
		Timestamp:  t,
		Random:     crypto.Keccak256Hash(binary.BigEndian.AppendUint64(nil, c.sealed)),
		BeaconRoot: new(common.Hash),
		Version:    engine.PayloadV3,
	}, nil, empty, []byte{})
	if err != nil {
		return nil, fmt.Errorf("devnet: building a block: %w", err)
	}
	if _, err := c.backend.BlockChain().InsertBlockWithoutSetHead(context.Background(), block, false); err != nil {
		return nil, fmt.Errorf("devnet: inserting a block: %w", err)
	}
	return block, nil
}

// rewind makes the block with the given hash the head and empties the pool. The caller holds mu.
func (c *Chain) rewind(hash common.Hash) error {
	if c.closed {
		return ErrClosed
	}
	block := c.backend.BlockChain().GetBlockByHash(hash)
	if block == nil {
		return fmt.Errorf("devnet: there is no block %s", hash)
	}
	return c.switchTo(block)
}

// switchTo makes block the head, on whatever branch it is, and empties the pool. The caller holds mu.
func (c *Chain) switchTo(block *types.Block) error {
	if block.Hash() != c.Head().Hash() {
		if _, err := c.backend.BlockChain().SetCanonical(block); err != nil {
			return fmt.Errorf("devnet: setting the head: %w", err)
		}
	}
	c.ahead, c.next = 0, 0
	c.setFinality(block.Header())
	c.backend.TxPool().Clear()
	return nil
}

// indexGenesis tells the transaction index that it is complete. Until it knows, which otherwise is some time after
// the first block, the node calls itself syncing and answers for an unknown transaction with an error.
func (c *Chain) indexGenesis() error {
	bc := c.backend.BlockChain()
	rawdb.WriteTxIndexTail(c.backend.ChainDb(), 0)
	if _, err := bc.SetCanonical(bc.GetBlockByNumber(0)); err != nil { // wakes the index
		return fmt.Errorf("devnet: setting the head: %w", err)
	}
	for deadline := time.Now().Add(10 * time.Second); !bc.TxIndexDone(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(deadline) {
			return errors.New("devnet: the transaction index did not start within 10 s")
		}
	}
	return nil
}

func (c *Chain) setFinality(head *types.Header) {
	bc := c.backend.BlockChain()
	behind := func(depth uint64) *types.Header {
		number := head.Number.Uint64()
		return bc.GetHeaderByNumber(number - min(number, depth))
	}
	bc.SetSafe(behind(safeDepth))
	bc.SetFinalized(behind(finalizedDepth))
}

func keccak(s string) common.Hash { return crypto.Keccak256Hash([]byte(s)) }
