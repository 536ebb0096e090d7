package nodes_test

import (
	"context"
	"encoding/json"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/internal/devnet/nodes"
	"github.com/gaib-go/gaib/said"
)

// world is GAIB on a node, and the library's view of it.
type world struct {
	*testing.T
	node      *nodes.Node
	transport string
	rpc       *rpc.Client
	client    *counter
	who       devnet.Accounts

	deployment gaib.Deployment
	token      aid.Token
	vault      said.Vault
	books      manager.Vault
	minter     aid.Minter
	redeemer   aid.Redeemer
	usdc, usdt gaib.ERC20
}

// over runs the parts on a fresh node over HTTP and on another over WebSocket.
func over(t *testing.T, kind nodes.Kind) {
	for _, transport := range []string{"http", "ws"} {
		t.Run(transport, func(t *testing.T) {
			w := newWorld(t, kind, transport)
			for _, part := range []struct {
				name string
				run  func(*world)
			}{
				{"quickstart", (*world).quickstart}, {"probe", (*world).probe}, {"reads", (*world).reads}, {"simulate", (*world).simulate},
				{"permits", (*world).permits}, {"fees", (*world).fees}, {"refusals", (*world).refusals}, {"failure", (*world).failure},
				{"delegation", (*world).delegation}, {"logs", (*world).logs}, {"stream", (*world).stream}, {"report", (*world).report},
			} {
				t.Run(part.name, func(t *testing.T) {
					here := *w
					here.T, here.client = t, &counter{inner: w.rpc}
					part.run(&here)
				})
			}
		})
	}
}

func TestAnvil(t *testing.T) { over(t, nodes.Anvil) }
func TestGeth(t *testing.T)  { over(t, nodes.Geth) }

func newWorld(t *testing.T, kind nodes.Kind, transport string) *world {
	t.Helper()
	node := nodes.Require(t, kind)
	url := node.HTTP
	if transport == "ws" {
		url = node.WS
	}
	client, err := rpc.DialContext(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	deployed, err := devnet.Deploy(t.Context(), client, time.Minute)
	require.NoError(t, err)
	at := deployed.Addresses
	d := gaib.NewDeployment(deployed.ChainID, string(kind))
	for name, address := range map[gaib.Name]common.Address{
		gaib.AID: at.AID, gaib.SAID: at.SAID, gaib.Minter: at.Minter, gaib.Redeemer: at.Redeemer, gaib.Migration: at.Migration, gaib.AlphaUSDC: at.AIDaUSDC,
		gaib.AlphaUSDT: at.AIDaUSDT, gaib.GAIB: at.GAIB, gaib.Vesting: at.Vesting, gaib.USDC: at.USDC, gaib.USDT: at.USDT,
	} {
		d = d.With(name, gaib.Entry{Address: address})
	}
	vault := said.NewVault(d)
	return &world{T: t, node: node, transport: transport, rpc: client, who: deployed.Accounts, deployment: d, token: aid.NewToken(d), vault: vault, books: manager.NewVault(vault),
		minter: aid.NewMinter(d), redeemer: aid.NewRedeemer(d), usdc: gaib.NewStablecoin(d, gaib.USDC), usdt: gaib.NewStablecoin(d, gaib.USDT)}
}

// call makes a request past the library.
func (w *world) call(result any, method string, args ...any) {
	w.Helper()
	require.NoError(w, w.rpc.CallContext(w.Context(), result, method, args...), method)
}

// block is a header as the node gives it.
type block struct {
	Number     hexutil.Uint64 `json:"number"`
	Hash       common.Hash    `json:"hash"`
	ParentHash common.Hash    `json:"parentHash"`
	Time       hexutil.Uint64 `json:"timestamp"`
	BaseFee    *hexutil.Big   `json:"baseFeePerGas"`
}

func (w *world) block(tag string) (b block) {
	w.Helper()
	w.call(&b, "eth_getBlockByNumber", tag, false)
	return b
}

func (w *world) now() time.Time {
	w.Helper()
	return time.Unix(int64(w.block("latest").Time), 0).UTC()
}

// travelTo has the next block be of a later time, on a node that can.
func (w *world) travelTo(t time.Time) {
	w.Helper()
	if w.node.Kind == nodes.Anvil && t.After(w.now()) {
		w.call(nil, "evm_setNextBlockTimestamp", t.Unix())
	}
}

// mine makes a block without any of the library's doing: geth makes one for a transaction only.
func (w *world) mine() {
	w.Helper()
	if w.node.Kind == nodes.Anvil {
		w.call(nil, "evm_mine")
		return
	}
	var rich []common.Address
	w.call(&rich, "eth_accounts")
	var hash common.Hash
	w.call(&hash, "eth_sendTransaction", map[string]any{"from": rich[0], "to": rich[0]})
	w.receipt(hash)
}

// receipt waits for a transaction past the library.
func (w *world) receipt(hash common.Hash) (receipt struct {
	Status      hexutil.Uint64 `json:"status"`
	BlockNumber hexutil.Uint64 `json:"blockNumber"`
}) {
	w.Helper()
	require.Eventually(w, func() bool {
		var text json.RawMessage
		err := w.rpc.CallContext(w.Context(), &text, "eth_getTransactionReceipt", hash)
		return err == nil && json.Unmarshal(text, &receipt) == nil && receipt.BlockNumber != 0
	}, 30*time.Second, time.Millisecond)
	return receipt
}

// carryOut turns a plan into transactions by the library, signs, sends and waits for each.
func (w *world) carryOut(from devnet.Account, plan gaib.Plan) []gaib.Receipt {
	w.Helper()
	transactions, err := plan.Transactions(w.Context(), w.client, from.Address)
	require.NoError(w, err, plan.Describe())
	require.Len(w, transactions, len(plan))
	receipts := make([]gaib.Receipt, len(transactions))
	for i, tx := range transactions {
		hash, err := w.send(from, tx)
		require.NoError(w, err, plan.Describe())
		w.receipt(hash) // Wait asks twice a second only
		receipts[i], err = tx.Wait(w.Context(), w.client, hash)
		require.NoError(w, err, plan.Describe())
		require.True(w, receipts[i].Success)
		require.Equal(w, hash, receipts[i].TxHash)
	}
	return receipts
}

func (w *world) send(from devnet.Account, tx gaib.Transaction) (common.Hash, error) {
	w.Helper()
	return tx.Send(w.Context(), w.client, w.sign(from, tx))
}

func (w *world) sign(from devnet.Account, tx gaib.Transaction) []byte {
	w.Helper()
	digest, err := tx.Digest()
	require.NoError(w, err)
	signature, err := from.SignDigest(digest)
	require.NoError(w, err)
	return signature
}

// create deploys code past the library.
func (w *world) create(from devnet.Account, code []byte) common.Address {
	w.Helper()
	var nonce, gas hexutil.Uint64
	w.call(&nonce, "eth_getTransactionCount", from.Address, "pending")
	w.call(&gas, "eth_estimateGas", map[string]any{"from": from.Address, "input": hexutil.Bytes(code)})
	id := w.deployment.ChainID()
	tx, err := from.SignTx(id, &types.DynamicFeeTx{ChainID: new(big.Int).SetUint64(id), Nonce: uint64(nonce), Gas: uint64(gas), GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(1e10), Data: code})
	require.NoError(w, err)
	raw, err := tx.MarshalBinary()
	require.NoError(w, err)
	w.call(nil, "eth_sendRawTransaction", hexutil.Bytes(raw))
	require.EqualValues(w, types.ReceiptStatusSuccessful, w.receipt(tx.Hash()).Status)
	return crypto.CreateAddress(from.Address, uint64(nonce))
}

// read returns the value of one query at the latest block.
func read[T any](w *world, query *gaib.Query[T]) T {
	w.Helper()
	value, err := query.Call(w.Context(), w.client, gaib.Latest)
	require.NoError(w, err)
	return value
}

// counter is a client that notes the methods of its requests, and has none of those that are refused.
type counter struct {
	inner   gaib.Client
	refused []string

	mu      sync.Mutex
	methods []string
}

// noMethod is what nodes answer that lack a method.
type noMethod struct{}

func (noMethod) Error() string  { return "the method does not exist/is not available" }
func (noMethod) ErrorCode() int { return -32601 }

func (c *counter) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.mu.Lock()
	c.methods = append(c.methods, method)
	c.mu.Unlock()
	if slices.Contains(c.refused, method) {
		return noMethod{}
	}
	return c.inner.CallContext(ctx, result, method, args...)
}

// asked returns the methods of the requests since it was last called.
func (c *counter) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	methods := c.methods
	c.methods = nil
	return methods
}

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

func plus(a, b uint256.Int) uint256.Int  { return *new(uint256.Int).Add(&a, &b) }
func minus(a, b uint256.Int) uint256.Int { return *new(uint256.Int).Sub(&a, &b) }

// amount is a whole number of units with decimals.
func amount(n uint64, decimals uint64) uint256.Int {
	ten := new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(decimals))
	return *ten.Mul(ten, uint256.NewInt(n))
}

// same compares amounts so that a failure prints decimals.
func (w *world) same(want, got uint256.Int, what string) {
	w.Helper()
	require.Equal(w, want.Dec(), got.Dec(), what)
}
