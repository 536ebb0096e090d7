package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
)

// world is a chain, the library's view of it and, as an oracle beside it, the contracts' own ABIs.
type world struct {
	t          testing.TB
	ctx        context.Context
	chain      *devnet.Chain
	who        devnet.Accounts
	client     *counter
	deployment gaib.Deployment

	token     aid.Token
	minter    aid.Minter
	redeemer  aid.Redeemer
	migration aid.Migration
	vesting   aid.Vesting
	vault     said.Vault
	usdc      gaib.ERC20
	usdt      gaib.ERC20
}

// newWorld returns a chain with mainnet's id, the assumed calls allowed, that is closed when the test ends.
func newWorld(t testing.TB, opts ...devnet.Option) *world {
	t.Helper()
	chain, err := devnet.New(opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	w := &world{t: t, ctx: t.Context(), chain: chain, who: chain.Accounts(), client: &counter{inner: chain.Client()}}
	return w.on(gaib.Mainnet().AllowAssumed())
}

// on returns the same chain seen through another deployment.
func (w *world) on(d gaib.Deployment) *world {
	seen := *w
	seen.deployment = d
	seen.token, seen.minter, seen.redeemer, seen.migration = aid.NewToken(d), aid.NewMinter(d), aid.NewRedeemer(d), aid.NewMigration(d)
	seen.vesting, seen.vault = aid.NewVesting(d), said.NewVault(d)
	seen.usdc, seen.usdt = gaib.NewStablecoin(d, gaib.USDC), gaib.NewStablecoin(d, gaib.USDT)
	return &seen
}

// counter is a client that counts and can be told what to do around each request.
type counter struct {
	inner  gaib.Client
	before func(method string, args []any) error
	after  func(method string)

	mu      sync.Mutex
	methods []string
}

func (c *counter) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.mu.Lock()
	c.methods = append(c.methods, method)
	c.mu.Unlock()
	if c.before != nil {
		if err := c.before(method, args); err != nil {
			return err
		}
	}
	err := c.inner.CallContext(ctx, result, method, args...)
	if c.after != nil {
		c.after(method)
	}
	return err
}

// asked returns the methods of the requests since it was last called.
func (c *counter) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	methods := c.methods
	c.methods = nil
	return methods
}

// oracle packs and unpacks by a compiled contract's ABI and go-ethereum's codec, past the library's bindings.
type oracle struct {
	w    *world
	abi  abi.ABI
	addr common.Address
}

func artifact(t testing.TB, name string) *devnet.Artifact {
	t.Helper()
	loaded, err := devnet.LoadArtifact(name)
	require.NoError(t, err)
	return loaded
}

func (w *world) oracle(name string, addr common.Address) oracle {
	w.t.Helper()
	return oracle{w, artifact(w.t, name).ABI, addr}
}

func (o oracle) pack(method string, args ...any) []byte {
	o.w.t.Helper()
	data, err := o.abi.Pack(method, args...)
	require.NoError(o.w.t, err)
	return data
}

// send makes a transaction that must succeed.
func (o oracle) send(from devnet.Account, method string, args ...any) {
	o.w.t.Helper()
	_, err := o.w.chain.Send(o.w.ctx, from, o.addr, nil, o.pack(method, args...))
	require.NoError(o.w.t, err, method)
}

// view returns the values of a view at a block, past the library.
func (o oracle) view(block string, method string, args ...any) []any {
	o.w.t.Helper()
	var output hexutil.Bytes
	require.NoError(o.w.t, o.w.chain.Client().CallContext(o.w.ctx, &output, "eth_call",
		map[string]any{"to": o.addr, "input": hexutil.Bytes(o.pack(method, args...))}, block), method)
	values, err := o.abi.Unpack(method, output)
	require.NoError(o.w.t, err)
	return values
}

func (w *world) aidOracle() oracle      { return w.oracle("AID", w.token.Address()) }
func (w *world) vaultOracle() oracle    { return w.oracle("StakedAID", w.vault.Address()) }
func (w *world) redeemerOracle() oracle { return w.oracle("Redeemer", w.redeemer.Contract().Address()) }
func (w *world) minterOracle() oracle   { return w.oracle("Minter", w.minter.Contract().Address()) }
func (w *world) usdcOracle() oracle     { return w.oracle("USDC", w.usdc.Address()) }
func (w *world) multicall() oracle {
	return w.oracle("Multicall3", devnet.Addresses().Multicall3)
}

// issue gives accounts AID that the recorded state does not have: the Manager, who administers the roles, takes the
// minter's.
func (w *world) issue(amount uint256.Int, to ...common.Address) {
	w.t.Helper()
	token := w.aidOracle()
	token.send(w.who.Manager, "grantRole", aid.MinterRole.Hash(), w.who.Manager.Address)
	for _, account := range to {
		token.send(w.who.Manager, "mint", account, amount.ToBig())
	}
}

// mine has one call signed, sent and mined by the devnet's own sender, which estimates first. It returns the node's
// error of a call that would revert.
func (w *world) mine(from devnet.Account, call gaib.Call) error {
	w.t.Helper()
	require.NoError(w.t, call.Err())
	_, err := w.chain.Send(w.ctx, from, call.To, &call.Value, call.Data)
	return err
}

// carryOut turns a plan into transactions by the library, signs, sends and waits for each.
func (w *world) carryOut(from devnet.Account, plan gaib.Plan) []gaib.Receipt {
	w.t.Helper()
	transactions, err := plan.Transactions(w.ctx, w.client, from.Address)
	require.NoError(w.t, err, plan.Describe())
	require.Len(w.t, transactions, len(plan))
	receipts := make([]gaib.Receipt, len(transactions))
	for i, tx := range transactions {
		hash := w.sendTx(from, tx)
		receipts[i], err = tx.Wait(w.ctx, w.client, hash)
		require.NoError(w.t, err)
		require.True(w.t, receipts[i].Success)
		require.Equal(w.t, hash, receipts[i].TxHash)
	}
	return receipts
}

func (w *world) sendTx(from devnet.Account, tx gaib.Transaction) common.Hash {
	w.t.Helper()
	digest, err := tx.Digest()
	require.NoError(w.t, err)
	signature, err := from.SignDigest(digest)
	require.NoError(w.t, err)
	hash, err := tx.Send(w.ctx, w.client, signature)
	require.NoError(w.t, err)
	return hash
}

// read returns the value of one query at the latest block.
func read[T any](w *world, query *gaib.Query[T]) T {
	w.t.Helper()
	value, err := query.Call(w.ctx, w.client, gaib.Latest)
	require.NoError(w.t, err)
	return value
}

func fromBig(t testing.TB, n *big.Int) uint256.Int {
	t.Helper()
	value, overflow := uint256.FromBig(n)
	require.False(t, overflow)
	return *value
}

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

func aidUnits(n uint64) uint256.Int {
	return *new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e18))
}
func usdUnits(n uint64) uint256.Int {
	return *new(uint256.Int).Mul(uint256.NewInt(n), uint256.NewInt(1e6))
}

func plus(a, b uint256.Int) uint256.Int  { return *new(uint256.Int).Add(&a, &b) }
func minus(a, b uint256.Int) uint256.Int { return *new(uint256.Int).Sub(&a, &b) }
func pow2(n uint) uint256.Int            { return *new(uint256.Int).Lsh(uint256.NewInt(1), n) }

// requireRead demands that a read went well, whatever became of its queries.
func requireRead(t testing.TB, err error) {
	t.Helper()
	var single gaib.ReadErrors
	if !errors.As(err, &single) {
		require.NoError(t, err)
	}
}

// requireAmount compares amounts so that a failure prints decimals.
func requireAmount(t testing.TB, want, got uint256.Int, what string, args ...any) {
	t.Helper()
	require.Equal(t, want.Dec(), got.Dec(), what, args)
}

// dice is a seeded source of amounts.
type dice struct{ *rand.Rand }

func roll(seed uint64) dice { return dice{rand.New(rand.NewPCG(seed, 0x6a1b))} }

// upTo returns a number of at most n, both ends likely.
func (d dice) upTo(n uint256.Int) uint256.Int {
	switch d.IntN(12) {
	case 0:
		return uint256.Int{}
	case 1:
		return n
	}
	limit := new(big.Int).Add(n.ToBig(), big.NewInt(1))
	wide := make([]byte, 40)
	for i := range wide {
		wide[i] = byte(d.Uint32())
	}
	drawn, _ := uint256.FromBig(new(big.Int).Mod(new(big.Int).SetBytes(wide), limit))
	return *drawn
}

// bits returns a number of a random length of at most n bits.
func (d dice) bits(n uint) uint256.Int {
	length := d.UintN(n + 1)
	if length == 0 {
		return uint256.Int{}
	}
	top := pow2(length - 1)
	return plus(top, d.upTo(minus(top, u(1))))
}

func pick[T any](d dice, of ...T) T { return of[d.IntN(len(of))] }

func id(text string, args ...any) string { return fmt.Sprintf(text, args...) }

// remarshal reads one JSON-RPC parameter as a node does.
func remarshal(param, into any) error {
	text, err := json.Marshal(param)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func decimal(text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic("not a number: " + text)
	}
	return n
}
