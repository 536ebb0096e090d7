package live

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
)

// many returns queries of every kind, and the values that go-ethereum's codec reads at a block.
func (w *world) many(n int, block string) (queries []*gaib.Query[uint256.Int], want []uint256.Int) {
	w.t.Helper()
	accounts := w.who.All()
	token, vault := w.aidOracle(), w.vaultOracle()
	for i := range n {
		account := accounts[i%len(accounts)].Address
		amount := new(big.Int).Mul(big.NewInt(int64(i)), big.NewInt(1e15))
		var value []any
		switch i % 5 {
		case 0:
			queries, value = append(queries, w.token.BalanceOf(account)), token.view(block, "balanceOf", account)
		case 1:
			queries, value = append(queries, w.vault.BalanceOf(account)), vault.view(block, "balanceOf", account)
		case 2:
			queries, value = append(queries, w.vault.ConvertToAssets(fromBig(w.t, amount))), vault.view(block, "convertToAssets", amount)
		case 3:
			queries, value = append(queries, w.vault.ConvertToAssetsWithLoss(fromBig(w.t, amount))), vault.view(block, "convertToAssetsWithLoss", amount)
		case 4:
			queries, value = append(queries, w.token.TotalSupply()), token.view(block, "totalSupply")
		}
		want = append(want, fromBig(w.t, value[0].(*big.Int)))
	}
	return queries, want
}

func readers[T any](queries []*gaib.Query[T]) []gaib.Reader {
	all := make([]gaib.Reader, len(queries))
	for i, query := range queries {
		all[i] = query
	}
	return all
}

func requireValues(t *testing.T, want []uint256.Int, queries []*gaib.Query[uint256.Int]) {
	t.Helper()
	for i, query := range queries {
		require.NoError(t, query.Err(), "query %d", i)
		requireAmount(t, want[i], query.Value(), "query", i)
	}
}

func (w *world) requireHeader(number uint64, header gaib.Header) {
	w.t.Helper()
	var block *types.Header
	require.NoError(w.t, w.chain.Client().CallContext(w.ctx, &block, "eth_getBlockByNumber", gaib.AtNumber(number), false))
	require.Equal(w.t, number, header.Number)
	require.Equal(w.t, block.ParentHash, header.ParentHash)
	require.Equal(w.t, time.Unix(int64(block.Time), 0).UTC(), header.Time)
	if header.Hash != (common.Hash{}) {
		require.Equal(w.t, block.Hash(), header.Hash)
	}
}

func TestFiveHundredQueriesAreOneRequest(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(3))))
	require.NoError(t, w.chain.Mine(2))
	queries, want := w.many(500, "latest")
	for _, query := range queries {
		require.ErrorIs(t, query.Err(), gaib.ErrNotRead)
	}
	header, err := gaib.Read(w.ctx, w.client, gaib.Latest, readers(queries)...)
	require.NoError(t, err)
	require.Equal(t, []string{"eth_call"}, w.client.asked())
	requireValues(t, want, queries)
	w.requireHeader(3, header)
}

func TestReadWithoutMulticall(t *testing.T) {
	absent := devnet.WithAlloc(types.GenesisAlloc{devnet.Addresses().Multicall3: {Balance: new(big.Int)}})
	w := newWorld(t, absent)
	require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(3))))
	queries, want := w.many(60, "latest")
	broken := gaib.NewQuery(w.vault.Contract(), gaib.ERC4626ConvertToAssets{Shares: *new(uint256.Int).SetAllOne()})

	// The chain goes on while the calls are made one by one: each must still be of the block of the first.
	calls := 0
	var mu sync.Mutex // the calls come several at a time
	w.client.before = func(method string, args []any) error {
		mu.Lock()
		defer mu.Unlock()
		if method != "eth_call" {
			return nil
		}
		if calls++; calls == 1 {
			return nil
		}
		pinned, err := json.Marshal(args[1])
		if err != nil || string(pinned) != string(must(json.Marshal(w.pin(1)))) {
			return errors.New("not pinned by the hash of the block: " + string(pinned))
		}
		if calls%20 == 0 {
			return w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(1)))
		}
		return nil
	}
	header, err := gaib.Read(w.ctx, w.client, gaib.Latest, append(readers(queries), broken)...)
	var single gaib.ReadErrors
	require.ErrorAs(t, err, &single)
	require.Len(t, single, 1)
	var overflow *gaib.MathOverflowedMulDivError
	require.ErrorAs(t, broken.Err(), &overflow)
	requireValues(t, want, queries)
	w.requireHeader(1, header)
	require.NotZero(t, header.Hash)
	require.Equal(t, 1+60+1, calls)
	require.EqualValues(t, 1+3, w.chain.Head().Number.Uint64())

	// A plan that needs reads works there as well, and so do errors of another chain.
	w.client.before = nil
	_, err = w.vault.PlanStake(w.ctx, w.client, w.who.Alice.Address, aidUnits(5))
	require.NoError(t, err)
	base, _ := gaib.On(8453)
	_, err = gaib.NewERC20(base.Contract(gaib.AID), w.token.Unit()).TotalSupply().Call(w.ctx, w.client, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// pin returns the parameter that pins a call to a block by its hash.
func (w *world) pin(number uint64) any {
	w.t.Helper()
	var block *types.Header
	require.NoError(w.t, w.chain.Client().CallContext(w.ctx, &block, "eth_getBlockByNumber", gaib.AtNumber(number), false))
	return gaib.AtHash(block.Hash())
}

// A node that takes few reads at once is asked for parts, all at one block although the chain goes on.
func TestReadThatIsSplitStaysOnOneBlock(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.chain.Mine(1))
	queries, want := w.many(300, "latest")
	w.client.before = func(method string, args []any) error {
		if method == "eth_call" && len(must(json.Marshal(args[0]))) > 40_000 {
			return errors.New("request entity too large")
		}
		return nil
	}
	w.client.after = func(method string) {
		if method == "eth_getBlockByNumber" { // the pin
			require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(1))))
			require.NoError(t, w.mine(w.who.Manager, w.usdc.Transfer(w.who.Bob.Address, u(1))))
		}
	}
	header, err := gaib.Read(w.ctx, w.client, gaib.Latest, readers(queries)...)
	require.NoError(t, err)
	requireValues(t, want, queries)
	w.requireHeader(1, header)
	require.EqualValues(t, 3, w.chain.Head().Number.Uint64())
	asked := w.client.asked()
	require.Greater(t, len(asked), 3)
	require.Equal(t, 1, len(slices.DeleteFunc(asked, func(m string) bool { return m == "eth_call" })))
}

func TestHistoricBlocks(t *testing.T) {
	w := newWorld(t)
	type past struct {
		number uint64
		hash   common.Hash
		want   []uint256.Int
	}
	var history []past
	for n := range uint64(6) {
		head := w.chain.Head()
		_, want := w.many(10, "latest")
		history = append(history, past{head.Number.Uint64(), head.Hash(), want})
		require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, aidUnits(n+1))))
	}
	for _, was := range history {
		queries, _ := w.many(10, "latest")
		header, err := gaib.Read(w.ctx, w.client, gaib.AtNumber(was.number), readers(queries)...)
		require.NoError(t, err)
		requireValues(t, was.want, queries)
		w.requireHeader(was.number, header)

		header, err = gaib.Read(w.ctx, w.client, gaib.AtHash(was.hash), readers(queries)...)
		require.NoError(t, err)
		requireValues(t, was.want, queries)
		require.Equal(t, was.hash, header.Hash)
		require.Equal(t, gaib.AtHash(was.hash), header.Block())

		head, err := gaib.Head(w.ctx, w.client, gaib.AtNumber(was.number))
		require.NoError(t, err)
		require.Equal(t, header, head)
	}

	// safe and finalized are 32 and 64 blocks behind.
	require.NoError(t, w.chain.Mine(100))
	head := w.chain.Head().Number.Uint64()
	for block, behind := range map[gaib.Block]uint64{gaib.Latest: 0, gaib.Safe: 32, gaib.Finalized: 64, "": 0} {
		header, err := gaib.Read(w.ctx, w.client, block, w.token.TotalSupply())
		require.NoError(t, err)
		require.Equal(t, head-behind, header.Number, block)
	}

	supply := w.token.TotalSupply()
	_, err := gaib.Read(w.ctx, w.client, gaib.AtNumber(head+1), supply)
	require.ErrorIs(t, err, gaib.ErrNoBlock)
	require.ErrorIs(t, supply.Err(), gaib.ErrNotRead)
	_, err = gaib.Read(w.ctx, w.client, gaib.AtHash(common.Hash{1}), supply)
	require.ErrorIs(t, err, gaib.ErrNoBlock)
}

// What was read of a block that a reorganisation undid is gone, and is not answered from another branch.
func TestReadOfAnUndoneBlock(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.chain.Mine(3))
	require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(1))))
	undone := w.chain.Head()
	balance := w.token.BalanceOf(w.who.Bob.Address)
	header, err := gaib.Read(w.ctx, w.client, gaib.AtHash(undone.Hash()), balance)
	require.NoError(t, err)
	old := balance.Value()
	require.NoError(t, w.chain.Reorg(2, 3))
	_, err = gaib.Read(w.ctx, w.client, header.Block(), balance)
	require.ErrorIs(t, err, gaib.ErrNoBlock)
	require.ErrorIs(t, balance.Err(), gaib.ErrNotRead)
	now, err := gaib.Read(w.ctx, w.client, gaib.AtNumber(header.Number), balance)
	require.NoError(t, err)
	requireAmount(t, minus(old, u(1)), balance.Value(), "balance on the other branch")
	require.Equal(t, header.Number, now.Number)
}

func TestReadOfNothingAndCancelled(t *testing.T) {
	w := newWorld(t)
	nobody := gaib.NewERC20(w.deployment.With("Nobody", gaib.Entry{Address: common.Address{0: 9}, Evidence: gaib.Confirmed}).Contract("Nobody"), gaib.Unit{})
	_, err := nobody.TotalSupply().Call(w.ctx, w.client, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrNoCode)
	missing := gaib.NewERC20(w.deployment.Contract("Missing"), gaib.Unit{})
	fine := w.token.TotalSupply()
	_, err = gaib.Read(w.ctx, w.client, gaib.Latest, missing.TotalSupply(), fine)
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
	require.NoError(t, fine.Err())

	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err = gaib.Read(ctx, w.client, gaib.Latest, fine)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, fine.Err(), gaib.ErrNotRead, "nothing is left of the read before")
}

// A read that eats all the gas it is given takes nothing from those beside it.
func TestReadBesideOneThatBurnsAllGas(t *testing.T) {
	burners := make([]common.Address, 5)
	alloc := make(types.GenesisAlloc)
	for i := range burners {
		burners[i] = common.BigToAddress(big.NewInt(int64(0xb0000 + i)))
		alloc[burners[i]] = types.Account{Code: []byte{0xfe}, Balance: new(big.Int)} // INVALID takes all gas
	}
	w := newWorld(t, devnet.WithAlloc(alloc))
	require.NoError(t, w.chain.Mine(1))
	queries, want := w.many(120, "latest")
	all := readers(queries)
	var burning []*gaib.Query[uint256.Int]
	for i, at := range burners {
		query := gaib.NewERC20(w.deployment.With("Burner", gaib.Entry{Address: at, Evidence: gaib.Confirmed}).Contract("Burner"), gaib.Unit{}).TotalSupply()
		burning = append(burning, query)
		all = slices.Insert(all, i*20, gaib.Reader(query))
	}
	header, err := gaib.Read(w.ctx, w.client, gaib.Latest, all...)
	var single gaib.ReadErrors
	require.ErrorAs(t, err, &single)
	require.Len(t, single, len(burners))
	for _, query := range burning {
		var failed *gaib.CallError
		require.ErrorAs(t, query.Err(), &failed)
		require.Equal(t, gaib.Name("Burner"), failed.Contract)
	}
	requireValues(t, want, queries)
	w.requireHeader(1, header)
	require.Less(t, len(w.client.asked()), 60)
}

// What fails in a batch only because others had used the gas up is asked again alone, at the same block.
func TestReadThatOthersStarve(t *testing.T) {
	burner, hungry, heavy := common.Address{0: 0xb1}, common.Address{0: 0xb2}, common.Address{0: 0xb3}
	seven := "60075f5260205ff3" // returns 7
	w := newWorld(t, devnet.WithAlloc(types.GenesisAlloc{
		burner: {Code: []byte{0xfe}, Balance: new(big.Int)},
		hungry: {Code: common.FromHex("5a620f424010600c575f5ffd5b" + seven), Balance: new(big.Int)}, // reverts with less than a million gas
		heavy:  {Code: common.FromHex("6200ea605b6001900380600457" + seven), Balance: new(big.Int)}, // counts down from 60,000 first
	}))
	d := w.deployment
	supply := func(at common.Address) *gaib.Query[uint256.Int] {
		return gaib.NewERC20(d.With("It", gaib.Entry{Address: at, Evidence: gaib.Confirmed}).Contract("It"), gaib.Unit{}).TotalSupply()
	}
	for name, starved := range map[string]common.Address{"that reverts": hungry, "that runs out": heavy} {
		for _, moment := range []string{"eth_call", "eth_getBlockByNumber"} { // after which the chain goes on
			t.Run(name+", a block after "+moment, func(t *testing.T) {
				went := false
				w.client.after = func(method string) {
					if method == moment && !went {
						went = true
						require.NoError(t, w.mine(w.who.Alice, w.token.Transfer(w.who.Bob.Address, u(1))))
					}
				}
				it, head := supply(starved), w.chain.Head().Number.Uint64()
				queries, want := w.many(4, "latest")
				header, err := gaib.Read(w.ctx, w.client, gaib.Latest, append([]gaib.Reader{supply(burner), it}, readers(queries)...)...)
				requireRead(t, err)
				if moment == "eth_call" { // the first answer is of a block that is no longer the latest: nothing of it is kept
					head++
					_, want = w.many(4, "latest")
				}
				requireValues(t, want, queries)
				w.requireHeader(head, header)
				require.NoError(t, it.Err())
				requireAmount(t, u(7), it.Value(), name)
				require.True(t, went)
			})
		}
	}
}

func TestSuppliesOfSeveralChains(t *testing.T) {
	ethereum, base := newWorld(t), newWorld(t, devnet.WithChainID(8453))
	bridged := base.oracle("AID", base.token.Address())
	bridged.send(base.who.Manager, "grantRole", aid.BridgeMinterRole.Hash(), base.who.Manager.Address)
	bridged.send(base.who.Manager, "bridgeMint", base.who.Bob.Address, big.NewInt(5))
	first := fromBig(t, decimal("19945311770392801054623255"))
	mainnet, _ := gaib.On(1)
	second, _ := gaib.On(8453)
	here, there, wrong := aid.NewToken(mainnet).Supply(), aid.NewToken(second).Supply(), aid.NewToken(mainnet).Supply()
	results := gaib.ReadChains(t.Context(), gaib.ChainRead{Client: ethereum.client, Queries: []gaib.Reader{here}},
		gaib.ChainRead{Client: base.client, Queries: []gaib.Reader{there}}, gaib.ChainRead{Client: base.client, Queries: []gaib.Reader{wrong}})
	require.NoError(t, results[0].Err)
	require.NoError(t, results[1].Err)
	require.Equal(t, aid.ChainSupply{ChainID: 1, Native: true, Total: first}, here.Value())
	require.Equal(t, aid.ChainSupply{ChainID: 8453, Total: plus(first, u(5))}, there.Value())
	require.ErrorIs(t, results[2].Err, gaib.ErrWrongChain)
}
