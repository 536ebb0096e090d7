package gaib_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// balances returns queries of so many accounts.
func balances(count int) (queries []*gaib.Query[uint256.Int], readers []gaib.Reader) {
	for i := range count {
		query := token().BalanceOf(account(i))
		queries, readers = append(queries, query), append(readers, query)
	}
	return queries, readers
}

func requireBalances(t *testing.T, queries []*gaib.Query[uint256.Int], block uint64) {
	t.Helper()
	for i, query := range queries {
		require.NoError(t, query.Err())
		have := query.Value()
		require.Equal(t, balanceAt(block, account(i)), have.Uint64(), "account %d at block %d", i, block)
	}
}

func TestReadIsOneRequest(t *testing.T) {
	for _, block := range []gaib.Block{"", gaib.Latest, gaib.Safe, gaib.AtNumber(1000), gaib.AtHash(fakenode.BlockHash(1000))} {
		chain := newChain()
		queries, readers := balances(500)
		header, err := gaib.Read(t.Context(), chain, block, readers...)
		require.NoError(t, err)
		require.Equal(t, []string{"eth_call"}, chain.Requests())
		require.Equal(t, uint64(1000), header.Number)
		require.Equal(t, fakenode.Time(1000), uint64(header.Time.Unix()))
		require.Equal(t, fakenode.BlockHash(999), header.ParentHash)
		requireBalances(t, queries, 1000)
	}
}

func TestPortfolioOfThreeAccountsIsOneRequest(t *testing.T) {
	type portfolio struct{ Balance, Supply uint256.Int }
	of := func(account common.Address) *gaib.Query[portfolio] {
		balance, supply := token().BalanceOf(account), token().TotalSupply()
		return gaib.Group(func() (portfolio, error) { return portfolio{balance.Value(), supply.Value()}, nil }, balance, supply)
	}
	chain := newChain()
	a, b, c := of(account(1)), of(account(2)), of(account(3))
	_, err := gaib.Read(t.Context(), chain, gaib.Latest, a, b, c)
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	for i, query := range []*gaib.Query[portfolio]{a, b, c} {
		requireDec(t, fmt.Sprint(balanceAt(1000, account(i+1))), query.Value().Balance)
		requireDec(t, "1000", query.Value().Supply)
	}
}

// The head moves on after every request; values of two blocks must never stand side by side.
func TestReadNeverMixesBlocks(t *testing.T) {
	for _, most := range []int{0, 100, 60, 7, 1} {
		for _, without := range []bool{false, true} {
			chain := newChain()
			chain.MostCalls, chain.NoMulticall, chain.Advance = most, without, true
			queries, readers := balances(150)
			supply := token().TotalSupply()
			header, err := gaib.Read(t.Context(), chain, gaib.Latest, append(readers, supply)...)
			require.NoError(t, err)
			requireBalances(t, queries, header.Number)
			requireDec(t, fmt.Sprint(header.Number), supply.Value())
			if most != 0 || without {
				require.Equal(t, fakenode.BlockHash(header.Number), header.Hash)
			}
		}
	}
}

func TestEveryQueryKeepsItsOwnError(t *testing.T) {
	denied, silent, unknown := common.Address{1}, common.Address{2}, common.Address{3}
	deployment := gaib.NewDeployment(1, "test")
	for name, address := range map[gaib.Name]common.Address{"denied": denied, "silent": silent, "unknown": unknown, "empty": {4}} {
		deployment = deployment.With(name, gaib.Entry{Address: address, Evidence: gaib.Confirmed})
	}
	supplyOf := func(name gaib.Name) *gaib.Query[uint256.Int] {
		return gaib.NewERC20(deployment.Contract(name), gaib.Unit{}).TotalSupply()
	}
	for _, mode := range []string{"batch", "split", "alone"} {
		t.Run(mode, func(t *testing.T) {
			chain := newChain()
			chain.NoMulticall = mode == "alone"
			if mode == "split" {
				chain.MostCalls = 7
			}
			chain.Contracts[denied] = func(uint64, []byte) ([]byte, error) {
				return nil, revert("0xe450d38c000000000000000000000000" + "a11ce00000000000000000000000000000000001" + fmt.Sprintf("%064x%064x", 5, 7))
			}
			chain.Contracts[silent] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(nil) }
			chain.Contracts[unknown] = func(uint64, []byte) ([]byte, error) { return nil, revert("0xdeadbeef") }

			good, reverted, quiet, strange, nobody := token().TotalSupply(), supplyOf("denied"), supplyOf("silent"), supplyOf("unknown"), supplyOf("empty")
			decimals, missing, last := token().Decimals(), supplyOf("missing"), token().BalanceOf(account(9))
			header, err := gaib.Read(t.Context(), chain, gaib.Latest, good, reverted, quiet, strange, nobody, decimals, missing, last)

			var failed gaib.ReadErrors
			require.ErrorAs(t, err, &failed)
			require.Len(t, failed, 6)
			require.ErrorContains(t, err, "and 3 more")
			require.Equal(t, uint64(1000), header.Number)

			require.NoError(t, good.Err())
			requireDec(t, "1000", good.Value())
			require.NoError(t, last.Err())
			requireDec(t, fmt.Sprint(balanceAt(1000, account(9))), last.Value())

			var short *gaib.ERC20InsufficientBalanceError
			require.ErrorAs(t, reverted.Err(), &short)
			require.Equal(t, alice, short.Sender)
			requireDec(t, "7", short.Needed)
			require.ErrorAs(t, err, &short, "it is found from the error of the whole read too")

			for _, query := range []*gaib.Query[uint256.Int]{quiet, strange} {
				var plain *gaib.RevertError
				require.ErrorAs(t, query.Err(), &plain)
				require.NoError(t, plain.Reason)
			}
			require.ErrorContains(t, strange.Err(), "unknown data 0xdeadbeef")
			require.ErrorIs(t, nobody.Err(), gaib.ErrNoCode)
			require.ErrorIs(t, decimals.Err(), gaib.ErrBadAnswer, "300 is no uint8")
			require.NotErrorIs(t, decimals.Err(), gaib.ErrNoCode)
			require.ErrorIs(t, missing.Err(), gaib.ErrUnknownContract)

			for name, query := range map[gaib.Name]*gaib.Query[uint256.Int]{"denied": reverted, "silent": quiet, "empty": nobody} {
				var call *gaib.CallError
				require.ErrorAs(t, query.Err(), &call)
				require.Equal(t, name, call.Contract)
				require.Equal(t, deployment.Contract(name).Address(), call.Address)
				require.Equal(t, "totalSupply()", call.Function)
				require.True(t, func() bool { value := query.Value(); return value.IsZero() }())
			}
		})
	}
}

// badArguments cannot be encoded.
type badArguments struct{ gaib.ERC20TotalSupply }

var errArguments = errors.New("does not fit")

func (badArguments) Encode() ([]byte, error) { return nil, errArguments }

func TestEncodingError(t *testing.T) {
	chain := newChain()
	bad, good := gaib.NewQuery(token().Contract(), badArguments{}), token().TotalSupply()
	_, err := gaib.Read(t.Context(), chain, gaib.Latest, bad, good)
	require.ErrorIs(t, err, errArguments)
	require.ErrorIs(t, bad.Err(), errArguments)
	var call *gaib.CallError
	require.ErrorAs(t, bad.Err(), &call)
	requireDec(t, "1000", good.Value())
}

func TestAskedAgainAlone(t *testing.T) {
	chain := newChain()
	chain.Advance = true
	var seen atomic.Int32
	chain.Contracts[aidAt] = func(block uint64, data []byte) ([]byte, error) {
		if [4]byte(data[:4]) == (gaib.ERC20TotalSupply{}.Item().Selector) && seen.Add(1) == 1 {
			return nil, fakenode.Revert(nil)
		}
		return tokenAt(block, data)
	}
	supply, balance := token().TotalSupply(), token().BalanceOf(account(3))
	header, err := gaib.Read(t.Context(), chain, gaib.Latest, supply, balance)
	require.NoError(t, err)
	requireDec(t, fmt.Sprint(header.Number), supply.Value())
	requireDec(t, fmt.Sprint(balanceAt(header.Number, account(3))), balance.Value())
}

func TestWrongChain(t *testing.T) {
	chain := newChain()
	chain.ChainID = 56
	queries, readers := balances(3)
	header, err := gaib.Read(t.Context(), chain, gaib.Latest, readers...)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	require.NotErrorAs(t, err, new(gaib.ReadErrors))
	require.Zero(t, header)
	for _, query := range queries {
		require.ErrorIs(t, query.Err(), gaib.ErrNotRead)
	}
	chain.NoMulticall = true
	_, err = gaib.Read(t.Context(), chain, gaib.Latest, readers...)
	require.ErrorIs(t, err, gaib.ErrWrongChain)

	bnb, _ := gaib.On(56)
	chain = newChain()
	other := gaib.NewERC20(bnb.Contract(gaib.AID), gaib.Unit{}).TotalSupply()
	_, err = gaib.Read(t.Context(), chain, gaib.Latest, token().TotalSupply(), other)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	require.Empty(t, chain.Requests(), "that shows before anything is asked")
}

// A query that held a value holds none once a later Read of it has failed, however it failed.
func TestNoOldValueIsLeft(t *testing.T) {
	bnb, _ := gaib.On(56)
	elsewhere := gaib.NewERC20(bnb.Contract(gaib.AID), gaib.Unit{}).TotalSupply()
	broken := newChain()
	broken.Handle = func(string, []json.RawMessage) (any, error, bool) { return nil, errors.New("down"), true }
	foreign := newChain()
	foreign.ChainID = 8453
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	first, last := token().TotalSupply(), token().BalanceOf(account(1))
	group := gaib.Group(func() (uint256.Int, error) { return first.Value(), nil }, first)
	for name, fail := range map[string]func() error{
		"node down":   func() error { _, err := gaib.Read(t.Context(), broken, gaib.Latest, first, group, last); return err },
		"wrong chain": func() error { _, err := gaib.Read(t.Context(), foreign, gaib.Latest, first, group, last); return err },
		"mixed chains": func() error {
			_, err := gaib.Read(t.Context(), newChain(), gaib.Latest, first, elsewhere, group, last)
			return err
		},
		"cancelled": func() error { _, err := gaib.Read(cancelled, newChain(), gaib.Latest, first, group, last); return err },
	} {
		_, err := gaib.Read(t.Context(), newChain(), gaib.Latest, first, group, last)
		require.NoError(t, err)
		requireDec(t, "1000", group.Value())
		require.Error(t, fail(), name)
		for i, query := range []*gaib.Query[uint256.Int]{first, group, last} {
			require.ErrorIs(t, query.Err(), gaib.ErrNotRead, "%s, query %d", name, i)
			requireDec(t, "0", query.Value(), name)
		}
	}
}

func TestQueryBeforeRead(t *testing.T) {
	query := token().TotalSupply()
	require.ErrorIs(t, query.Err(), gaib.ErrNotRead)
	requireDec(t, "0", query.Value())
}

func TestReadingAgainGivesTheNewerValue(t *testing.T) {
	chain := newChain()
	chain.Advance = true
	query := token().TotalSupply()
	for want := range 3 {
		value, err := query.Call(t.Context(), chain, gaib.Latest)
		require.NoError(t, err)
		requireDec(t, fmt.Sprint(1000+want), value)
	}
}

func TestGroup(t *testing.T) {
	chain := newChain()
	supply, decimals := token().TotalSupply(), token().Decimals()
	combined := 0
	combine := func() (uint64, error) {
		combined++
		value := supply.Value()
		return value.Uint64() * 2, nil
	}
	// A part that fails is the group's error, and combine is not called.
	bad := gaib.Group(combine, supply, decimals)
	_, err := bad.Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrBadAnswer)
	require.Zero(t, combined)
	require.Zero(t, bad.Value())
	require.NoError(t, supply.Err(), "the part that went well keeps its value")

	good := gaib.Group(combine, supply)
	outer := gaib.Group(func() (uint64, error) { return good.Value() + 1, nil }, good)
	value, err := outer.Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, uint64(2001), value)
	require.Equal(t, 1, combined)

	refused := errors.New("contradiction")
	failing := gaib.Group(func() (uint64, error) { return 7, refused }, supply)
	value, err = failing.Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, refused)
	require.Equal(t, failing.Value(), value)

	// A part may be read beside its group.
	_, err = gaib.Read(t.Context(), chain, gaib.Latest, supply, good)
	require.NoError(t, err)
	requireDec(t, "1000", supply.Value())
	empty := gaib.Group(func() (int, error) { return 5, nil })
	five, err := empty.Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, 5, five)
}

func TestReadOfNothing(t *testing.T) {
	header, err := gaib.Read(t.Context(), newChain(), gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, uint64(1000), header.Number)
}

func TestReadOfANodeAtAnotherBlock(t *testing.T) {
	chain := newChain()
	chain.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		if method == "eth_call" {
			args[1] = json.RawMessage(`"latest"`)
		}
		return nil, nil, false
	}
	_, err := token().TotalSupply().Call(t.Context(), chain, gaib.AtNumber(900))
	require.ErrorIs(t, err, gaib.ErrBadAnswer)
	_, err = token().TotalSupply().Call(t.Context(), newChain(), gaib.AtHash(common.Hash{1}))
	require.ErrorIs(t, err, gaib.ErrNoBlock)
}

func TestHead(t *testing.T) {
	chain := newChain()
	header, err := gaib.Head(t.Context(), chain, gaib.Finalized)
	require.NoError(t, err)
	require.Equal(t, fakenode.BlockHash(1000), header.Hash)
	chain.Advance = true
	value, err := token().TotalSupply().Call(t.Context(), chain, header.Block())
	require.NoError(t, err)
	requireDec(t, "1000", value)
	_, err = gaib.Head(t.Context(), chain, gaib.AtNumber(1_000_000))
	require.ErrorIs(t, err, gaib.ErrNoBlock)
}

// Many goroutines share a client, a deployment and a contract, each with queries of its own.
func TestReadFromManyGoroutines(t *testing.T) {
	chain := newChain()
	chain.MostCalls, chain.Advance = 40, true
	shared := token()
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 4 {
				var queries []*gaib.Query[uint256.Int]
				var readers []gaib.Reader
				for i := range 60 {
					query := shared.BalanceOf(account(i))
					queries, readers = append(queries, query), append(readers, query)
				}
				header, err := gaib.Read(context.Background(), chain, gaib.Latest, readers...)
				if err != nil {
					t.Error(err)
					return
				}
				for i, query := range queries {
					if have := query.Value(); have.Uint64() != balanceAt(header.Number, account(i)) {
						t.Errorf("account %d: %s at block %d", i, have.Dec(), header.Number)
					}
				}
			}
		})
	}
	group.Wait()
}
