package devnet

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

// newChain returns a chain that is closed when the test ends.
func newChain(t testing.TB, opts ...Option) *Chain {
	t.Helper()
	chain, err := New(opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	return chain
}

// contract is a contract of the chain seen through the library's own codec.
type contract struct {
	t     testing.TB
	chain *Chain
	abi   abi.ABI
	addr  common.Address
}

func at(t testing.TB, chain *Chain, name string, addr common.Address) contract {
	t.Helper()
	artifact, err := LoadArtifact(name)
	require.NoError(t, err)
	return contract{t, chain, artifact.ABI, addr}
}

// gaib is every contract of the devnet.
type gaib struct {
	aid, said, minter, redeemer, migration, aidaUSDC, aidaUSDT, gaib, vesting, usdc, usdt, multicall contract
}

func contracts(t testing.TB, chain *Chain) gaib {
	book := Addresses()
	return gaib{
		aid:       at(t, chain, "AID", book.AID),
		said:      at(t, chain, "StakedAID", book.SAID),
		minter:    at(t, chain, "Minter", book.Minter),
		redeemer:  at(t, chain, "Redeemer", book.Redeemer),
		migration: at(t, chain, "AIDAlphaMigration", book.Migration),
		aidaUSDC:  at(t, chain, "AIDollarAlpha", book.AIDaUSDC),
		aidaUSDT:  at(t, chain, "AIDollarAlpha", book.AIDaUSDT),
		gaib:      at(t, chain, "GAIBToken", book.GAIB),
		vesting:   at(t, chain, "GAIBVesting", book.Vesting),
		usdc:      at(t, chain, "USDC", book.USDC),
		usdt:      at(t, chain, "USDT", book.USDT),
		multicall: at(t, chain, "Multicall3", book.Multicall3),
	}
}

func (c contract) pack(method string, args ...any) []byte {
	c.t.Helper()
	data, err := c.abi.Pack(method, args...)
	require.NoError(c.t, err)
	return data
}

// call returns the values that a view returns at the latest block.
func (c contract) call(method string, args ...any) []any {
	c.t.Helper()
	var output hexutil.Bytes
	err := c.chain.Client().CallContext(context.Background(), &output, "eth_call",
		map[string]any{"to": c.addr, "input": hexutil.Bytes(c.pack(method, args...))}, "latest")
	require.NoError(c.t, err)
	values, err := c.abi.Unpack(method, output)
	require.NoError(c.t, err)
	return values
}

func (c contract) number(method string, args ...any) *big.Int {
	c.t.Helper()
	return c.call(method, args...)[0].(*big.Int)
}

// send makes a transaction that must succeed.
func (c contract) send(from Account, method string, args ...any) *types.Receipt {
	c.t.Helper()
	receipt, err := c.chain.Send(context.Background(), from, c.addr, nil, c.pack(method, args...))
	if err != nil {
		require.NoError(c.t, err, "%s: %#x", method, revertData(err))
	}
	return receipt
}

func revertData(err error) []byte {
	var data rpc.DataError
	if !errors.As(err, &data) {
		return nil
	}
	text, _ := data.ErrorData().(string)
	return common.FromHex(text)
}

// reverts demands that a transaction is refused with the custom error name of the ABI in and its arguments.
func (c contract) reverts(from Account, in contract, name string, errorArgs []any, method string, args ...any) {
	c.t.Helper()
	_, err := c.chain.Send(context.Background(), from, c.addr, nil, c.pack(method, args...))
	require.Error(c.t, err)
	custom, ok := in.abi.Errors[name]
	require.True(c.t, ok, "no error %s in the ABI", name)
	tail, packErr := custom.Inputs.Pack(errorArgs...)
	require.NoError(c.t, packErr)
	require.Equal(c.t, hexutil.Encode(append(custom.ID.Bytes()[:4:4], tail...)), hexutil.Encode(revertData(err)), "%s: %v", method, err)
}

// revertsText demands a refusal with Error(string).
func (c contract) revertsText(from Account, text, method string, args ...any) {
	c.t.Helper()
	_, err := c.chain.Send(context.Background(), from, c.addr, nil, c.pack(method, args...))
	require.Error(c.t, err)
	reason, unpackErr := abi.UnpackRevert(revertData(err))
	require.NoError(c.t, unpackErr)
	require.Equal(c.t, text, reason)
}

// events returns the values of the named event in a receipt, by argument name.
func (c contract) events(receipt *types.Receipt, name string) []map[string]any {
	c.t.Helper()
	event, ok := c.abi.Events[name]
	require.True(c.t, ok, "no event %s in the ABI", name)
	var found []map[string]any
	for _, log := range receipt.Logs {
		if log.Address != c.addr || log.Topics[0] != event.ID {
			continue
		}
		values := make(map[string]any)
		require.NoError(c.t, event.Inputs.UnpackIntoMap(values, log.Data))
		var indexed abi.Arguments
		for _, input := range event.Inputs {
			if input.Indexed {
				indexed = append(indexed, input)
			}
		}
		require.NoError(c.t, abi.ParseTopicsIntoMap(values, indexed, log.Topics[1:]))
		found = append(found, values)
	}
	return found
}

func num(s string) *big.Int {
	n, ok := new(big.Int).SetString(strings.ReplaceAll(s, "_", ""), 10)
	if !ok {
		panic("not a number: " + s)
	}
	return n
}

// aidUnits and usdUnits are whole AID (18 decimals) and USDC or USDT (6 decimals).
func aidUnits(n int64) *big.Int { return units(n, 18) }
func usdUnits(n int64) *big.Int { return units(n, 6) }
