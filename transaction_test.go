package gaib_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// methods answers by method; a value is the result, an error the reply.
type methods map[string]any

func (m methods) handle(method string, _ []json.RawMessage) (any, error, bool) {
	answer, known := m[method]
	if err, ok := answer.(error); ok {
		return nil, err, true
	}
	return answer, nil, known
}

// feeHistory is an eth_feeHistory answer; the last base fee is the next block's.
func feeHistory(baseFees []uint64, tips ...uint64) map[string]any {
	var bases []hexutil.Uint64
	for _, fee := range baseFees {
		bases = append(bases, hexutil.Uint64(fee))
	}
	rewards := [][]hexutil.Uint64{}
	for _, tip := range tips {
		rewards = append(rewards, []hexutil.Uint64{hexutil.Uint64(tip)})
	}
	return map[string]any{"oldestBlock": "0x1", "baseFeePerGas": bases, "reward": rewards}
}

func ready(more methods) *fakenode.Node {
	// An estimate of 54,167 gas and a fifth of it make a limit of 65,000.
	all := methods{"eth_estimateGas": "0xd397", "eth_getTransactionCount": "0x7", "eth_feeHistory": feeHistory([]uint64{9, 15_000_000_000}, 1_000_000_000)}
	for method, answer := range more {
		all[method] = answer
	}
	chain := newChain()
	chain.Handle = all.handle
	return chain
}

// recorded returns the transfer of the vectors made with go-ethereum.
func recorded(t testing.TB) (tx gaib.Transaction, signature, raw []byte, digest, hash common.Hash) {
	t.Helper()
	data, err := os.ReadFile("internal/txn/testdata/transactions.json")
	require.NoError(t, err)
	var file struct {
		Transactions []struct {
			Name                 string
			Signature, Raw, Data hexutil.Bytes
			Digest, Hash         common.Hash
			From                 common.Address
		}
	}
	require.NoError(t, json.Unmarshal(data, &file))
	v := file.Transactions[1]
	require.Equal(t, "transfer", v.Name)
	safe := common.HexToAddress("0x32793F6B11820Fa9C7039dFa640B751f491A027d")
	one, err := gaib.ParseUnits("1", 18)
	require.NoError(t, err)
	call := token().Transfer(safe, one)
	require.NoError(t, call.Err())
	require.Equal(t, []byte(v.Data), call.Data)
	return gaib.Transaction{ChainID: 1, From: v.From, Nonce: 7, Tip: units(1_000_000_000), Cap: units(31_000_000_000), Gas: 65000, Call: call}, v.Signature, v.Raw, v.Digest, v.Hash
}

func TestTransactions(t *testing.T) {
	want, signature, raw, digest, hash := recorded(t)
	chain := ready(nil)
	txs, err := gaib.Plan{want.Call}.Transactions(t.Context(), chain, want.From)
	require.NoError(t, err)
	require.Len(t, txs, 1)
	tx := txs[0]
	require.Equal(t, want.ChainID, tx.ChainID)
	require.Equal(t, want.Nonce, tx.Nonce)
	requireDec(t, want.Tip.Dec(), tx.Tip)
	requireDec(t, want.Cap.Dec(), tx.Cap)
	require.Equal(t, want.Gas, tx.Gas)

	have, err := tx.Digest()
	require.NoError(t, err)
	require.Equal(t, digest, have)
	signed, signedHash, err := tx.Signed(signature)
	require.NoError(t, err)
	require.Equal(t, raw, signed)
	require.Equal(t, hash, signedHash)
	_, _, err = tx.Signed(signature[:64])
	require.ErrorIs(t, err, gaib.ErrSignature)
	_, err = tx.Send(t.Context(), chain, nil)
	require.ErrorIs(t, err, gaib.ErrSignature)
	require.Zero(t, requestsOf(chain, "eth_sendRawTransaction"))
}

func TestTransactionsOfSeveralCalls(t *testing.T) {
	chain := ready(methods{"eth_simulateV1": simulated(wordStep(0), okStep(40_000), okStep(100_001), wordStep(0))})
	txs, err := gaib.Plan{token().Approve(bob, units(1)), token().Transfer(bob, units(2)).WithValue(units(3))}.Transactions(t.Context(), chain, alice)
	require.NoError(t, err)
	require.Len(t, txs, 2)
	require.Equal(t, []uint64{60_000, 150_001}, []uint64{txs[0].Gas, txs[1].Gas})
	require.Equal(t, []uint64{7, 8}, []uint64{txs[0].Nonce, txs[1].Nonce})
	requireDec(t, "3", txs[1].Call.Value)
	require.Zero(t, requestsOf(chain, "eth_estimateGas"))
}

func TestTransactionsRefuse(t *testing.T) {
	bnb, _ := gaib.On(56)
	transfer := token().Transfer(bob, units(1))
	foreign := gaib.NewERC20(bnb.Contract(gaib.AID), gaib.Unit{}).Transfer(bob, units(1))
	wrong := ready(nil)
	wrong.ChainID = 56
	for name, c := range map[string]struct {
		plan  gaib.Plan
		chain *fakenode.Node
		from  common.Address
		want  error
	}{
		"nothing":          {nil, ready(nil), alice, gaib.ErrEmptyPlan},
		"no sender":        {gaib.Plan{transfer}, ready(nil), common.Address{}, gaib.ErrZeroAddress},
		"wrong chain":      {gaib.Plan{transfer}, wrong, alice, gaib.ErrWrongChain},
		"two chains":       {gaib.Plan{transfer, foreign}, ready(nil), alice, gaib.ErrWrongChain},
		"receiver is zero": {gaib.Plan{token().Transfer(common.Address{}, units(1))}, ready(nil), alice, gaib.ErrZeroAddress},
		"nobody is called": {gaib.Plan{{Data: []byte{1}}}, ready(nil), alice, gaib.ErrZeroAddress},
		"unknown contract": {gaib.Plan{gaib.NewERC20(bnb.Contract(gaib.SAID), gaib.Unit{}).Transfer(bob, units(1))}, ready(nil), alice, gaib.ErrUnknownContract},
		"gas is null":      {gaib.Plan{transfer}, ready(methods{"eth_estimateGas": nil}), alice, gaib.ErrBadAnswer},
		"nonce is null":    {gaib.Plan{transfer}, ready(methods{"eth_getTransactionCount": nil}), alice, gaib.ErrBadAnswer},
		"no simulation":    {gaib.Plan{transfer, transfer}, ready(nil), alice, gaib.ErrNoSimulation},
	} {
		txs, err := c.plan.Transactions(t.Context(), c.chain, c.from)
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, txs, name)
	}
	down := errors.New("connection refused")
	for _, method := range []string{"eth_chainId", "eth_estimateGas", "eth_getTransactionCount", "eth_feeHistory"} {
		_, err := gaib.Plan{transfer}.Transactions(t.Context(), ready(methods{method: down}), alice)
		require.ErrorIs(t, err, down, method)
	}
	failed := gaib.Transaction{Call: token().Transfer(common.Address{}, units(1))}
	_, err := failed.Digest()
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, _, err = failed.Signed(make([]byte, 65))
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
}

func TestSend(t *testing.T) {
	tx, signature, raw, _, hash := recorded(t)
	chain := ready(nil)
	chain.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		require.Equal(t, "eth_sendRawTransaction", method)
		require.Equal(t, `"`+hexutil.Encode(raw)+`"`, string(args[0]))
		return hash, nil, true
	}
	have, err := tx.Send(t.Context(), chain, signature)
	require.NoError(t, err)
	require.Equal(t, hash, have)

	have, err = tx.Send(t.Context(), ready(methods{"eth_sendRawTransaction": common.Hash{1}}), signature)
	require.ErrorIs(t, err, gaib.ErrBadAnswer)
	require.Equal(t, hash, have, "the hash is known whatever the node says")

	_, err = tx.Send(t.Context(), ready(methods{"eth_sendRawTransaction": &fakenode.RPCError{Code: -32000, Message: "already known"}}), signature)
	require.NoError(t, err, "sending the same one again is harmless")

	low := &fakenode.RPCError{Code: -32000, Message: "nonce too low"}
	have, err = tx.Send(t.Context(), ready(methods{"eth_sendRawTransaction": low}), signature)
	require.ErrorIs(t, err, error(low))
	require.Equal(t, hash, have)
	// Hardhat runs a transaction as it is sent and answers with its revert.
	_, err = tx.Send(t.Context(), ready(methods{"eth_sendRawTransaction": &fakenode.RPCError{Code: -32603, Message: "reverted", Data: map[string]any{"data": "0xd93c0665"}}}), signature)
	var paused *gaib.EnforcedPauseError
	require.ErrorAs(t, err, &paused)
}

func receipt(hash common.Hash, status, used uint64) map[string]any {
	log := transferLog(aidAt, alice, bob, 5, 900, 4).JSON()
	return map[string]any{"transactionHash": hash, "blockNumber": "0x384", "blockHash": fakenode.BlockHash(900), "gasUsed": hexutil.Uint64(used),
		"effectiveGasPrice": "0x3b9aca00", "status": hexutil.Uint64(status), "logs": []any{log}}
}

func TestWait(t *testing.T) {
	tx, _, _, _, hash := recorded(t)
	have, err := tx.Wait(t.Context(), ready(methods{"eth_getTransactionReceipt": receipt(hash, 1, 50_000)}), hash)
	require.NoError(t, err)
	require.True(t, have.Success)
	require.Equal(t, uint64(900), have.BlockNumber)
	require.Equal(t, fakenode.BlockHash(900), have.BlockHash)
	require.Equal(t, uint64(50_000), have.GasUsed)
	requireDec(t, "1000000000", have.GasPrice)
	logs := have.Decode(token().Transfers())
	require.Len(t, logs, 1)
	require.Equal(t, uint64(4), logs[0].Index)
	event, ok := logs[0].Event.(*gaib.ERC20TransferEvent)
	require.True(t, ok)
	requireDec(t, "5", event.Value)

	// It waits while the transaction is pending, unknown, or not yet indexed.
	chain := ready(nil)
	chain.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
		switch requestsOf(chain, "eth_getTransactionReceipt") {
		case 1:
			return nil, nil, true
		case 2:
			return nil, &fakenode.RPCError{Code: -32000, Message: "transaction indexing is in progress"}, true
		case 3:
			pending := receipt(hash, 1, 1)
			pending["blockNumber"], pending["blockHash"] = nil, nil
			return pending, nil, true
		}
		return receipt(hash, 1, 50_000), nil, true
	}
	_, err = tx.Wait(t.Context(), chain, hash)
	require.NoError(t, err)
	require.Equal(t, 4, requestsOf(chain, "eth_getTransactionReceipt"))
}

func TestWaitForWhatIsNeverMined(t *testing.T) {
	tx, _, _, _, hash := recorded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := tx.Wait(ctx, ready(methods{"eth_getTransactionReceipt": nil}), hash)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, hash.Hex()+" is not mined yet")
}

func TestWaitForAFailure(t *testing.T) {
	tx, _, _, _, hash := recorded(t)
	insufficient := "0xe450d38c" + common.Bytes2Hex(common.LeftPadBytes(alice[:], 32)) + word(5) + word(7)
	mined := receipt(hash, 0, 50_000)

	chain := ready(methods{"eth_getTransactionReceipt": mined})
	chain.Contracts[aidAt] = func(block uint64, data []byte) ([]byte, error) {
		require.Equal(t, uint64(899), block, "the state before its block")
		require.Equal(t, tx.Call.Data, data)
		return nil, revert(insufficient)
	}
	have, err := tx.Wait(t.Context(), chain, hash)
	require.ErrorIs(t, err, gaib.ErrFailed)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	requireDec(t, "7", short.Needed)
	require.False(t, have.Success)
	require.Equal(t, hash, have.TxHash)

	// Only the block's own state shows it: an earlier transaction of that block took the balance.
	chain.Contracts[aidAt] = func(block uint64, _ []byte) ([]byte, error) {
		if block == 900 {
			return nil, revert(insufficient)
		}
		return fakenode.Word(1), nil
	}
	_, err = tx.Wait(t.Context(), chain, hash)
	require.ErrorAs(t, err, &short)

	chain.Contracts[aidAt] = func(uint64, []byte) ([]byte, error) { return fakenode.Word(1), nil }
	_, err = tx.Wait(t.Context(), chain, hash)
	require.ErrorIs(t, err, gaib.ErrFailed)
	require.ErrorContains(t, err, "order of transactions")

	_, err = tx.Wait(t.Context(), ready(methods{"eth_getTransactionReceipt": receipt(hash, 0, tx.Gas)}), hash)
	require.ErrorIs(t, err, gaib.ErrFailed)
	require.ErrorContains(t, err, "out of gas: all of the limit of 65000 was used")

	pruned := ready(methods{"eth_getTransactionReceipt": mined, "eth_call": &fakenode.RPCError{Code: -32000, Message: "missing trie node"}})
	_, err = tx.Wait(t.Context(), pruned, hash)
	require.ErrorIs(t, err, gaib.ErrFailed)
	require.ErrorIs(t, err, gaib.ErrNoBlock)
}

func TestWaitRefusesBadReceipts(t *testing.T) {
	tx, _, _, _, hash := recorded(t)
	change := func(key string, value any) map[string]any {
		changed := receipt(hash, 1, 1)
		changed[key] = value
		return changed
	}
	for name, answer := range map[string]any{
		"another transaction": change("transactionHash", common.Hash{1}),
		"no status":           change("status", nil),
	} {
		_, err := tx.Wait(t.Context(), ready(methods{"eth_getTransactionReceipt": answer}), hash)
		require.ErrorIs(t, err, gaib.ErrBadAnswer, name)
	}
	for name, answer := range map[string]any{"number": 7, "gas price of 2^256": change("effectiveGasPrice", "0x1"+strings.Repeat("0", 64)), "bad topics": change("logs", []any{map[string]any{"topics": 7}})} {
		_, err := tx.Wait(t.Context(), ready(methods{"eth_getTransactionReceipt": answer}), hash)
		require.Error(t, err, name)
	}
	refused := &fakenode.RPCError{Code: -32602, Message: "invalid params"}
	_, err := tx.Wait(t.Context(), ready(methods{"eth_getTransactionReceipt": refused}), hash)
	require.ErrorIs(t, err, refused)
}

// A node that fails for a while is asked until it answers; one that goes on failing, until the context ends.
func TestWaitSurvivesANodeThatFails(t *testing.T) {
	tx, _, _, _, hash := recorded(t)
	synctest.Test(t, func(t *testing.T) {
		chain := ready(nil)
		asked := 0
		failures := []error{errors.New("connection refused"), io.ErrUnexpectedEOF, &fakenode.RPCError{Code: -32603, Message: "internal error"}, errors.New("429 Too Many Requests")}
		chain.Handle = func(string, []json.RawMessage) (any, error, bool) {
			if asked++; asked <= len(failures) {
				return nil, failures[asked-1], true
			}
			return receipt(hash, 1, 50_000), nil, true
		}
		have, err := tx.Wait(t.Context(), chain, hash)
		require.NoError(t, err)
		require.True(t, have.Success)
		require.Equal(t, len(failures)+1, asked)

		down := errors.New("connection refused")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = tx.Wait(ctx, ready(methods{"eth_getTransactionReceipt": down}), hash)
		require.ErrorIs(t, err, down)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestSuggestFees(t *testing.T) {
	for _, c := range []struct {
		name           string
		tips           []uint64
		tip, base, cap string
	}{
		{"median of an odd number", []uint64{5, 1, 9}, "5", "100", "205"},
		{"upper median of an even number", []uint64{1, 2, 3, 4}, "3", "100", "203"},
		{"empty blocks say nothing", []uint64{0, 0, 8, 0}, "8", "100", "208"},
		{"one spike does not move it", []uint64{2, 2, 2, 1 << 62, 2}, "2", "100", "202"},
		{"all blocks empty", []uint64{0, 0}, "1000000000", "100", "1000000200"},
		{"no rewards", nil, "1000000000", "100", "1000000200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := ready(methods{"eth_feeHistory": feeHistory([]uint64{70, 80, 100}, c.tips...)})
			fees, err := gaib.SuggestFees(t.Context(), chain)
			require.NoError(t, err)
			requireDec(t, c.tip, fees.Tip)
			requireDec(t, c.base, fees.BaseFee)
			requireDec(t, c.cap, fees.Cap)
			require.Len(t, chain.Requests(), 1)
		})
	}
	chain := newChain()
	chain.Handle = func(_ string, args []json.RawMessage) (any, error, bool) {
		require.Equal(t, `["0xa" "latest" [50]]`, fmt.Sprintf("%s", []any{args[0], args[1], args[2]}))
		return feeHistory([]uint64{1}, 1), nil, true
	}
	_, err := gaib.SuggestFees(t.Context(), chain)
	require.NoError(t, err)

	most := (*hexutil.Big)(new(uint256.Int).SetAllOne().ToBig())
	half := (*hexutil.Big)(new(big.Int).Lsh(big.NewInt(1), 255))
	for name, answer := range map[string]any{
		"null":             nil,
		"nothing":          map[string]any{},
		"no base fees":     map[string]any{"baseFeePerGas": []string{}},
		"base fee is null": map[string]any{"baseFeePerGas": []any{nil}},
		"tip is null":      map[string]any{"baseFeePerGas": []any{"0x1"}, "reward": []any{[]any{nil}}},
		"cap overflows":    map[string]any{"baseFeePerGas": []any{half}},
		"cap and tip do":   map[string]any{"baseFeePerGas": []any{"0x1"}, "reward": []any{[]any{most}}},
	} {
		_, err := gaib.SuggestFees(t.Context(), ready(methods{"eth_feeHistory": answer}))
		require.ErrorIs(t, err, gaib.ErrBadAnswer, name)
	}
	for _, answer := range []any{7, "0x1", map[string]any{"baseFeePerGas": []any{"-0x1"}}, map[string]any{"baseFeePerGas": []any{"0x1" + strings.Repeat("0", 64)}}} {
		_, err := gaib.SuggestFees(t.Context(), ready(methods{"eth_feeHistory": answer}))
		require.Error(t, err)
	}
	_, err = gaib.SuggestFees(t.Context(), newChain())
	require.ErrorContains(t, err, "eth_feeHistory")
}

func TestGasLimit(t *testing.T) {
	// The margin stops at what EIP-7825 allows, and never takes away from the estimate.
	for _, c := range []struct{ estimate, want string }{{"0xf4240", "1200000"}, {"0xffffff", "16777216"}, {"0x1000001", "16777217"}} {
		nodeAnswers := ready(methods{"eth_estimateGas": c.estimate})
		txs, err := gaib.Plan{gaib.NewStablecoin(gaib.Mainnet(), gaib.USDC).Transfer(alice, units(1))}.Transactions(t.Context(), nodeAnswers, alice)
		require.NoError(t, err)
		require.Equal(t, c.want, strconv.FormatUint(txs[0].Gas, 10))
	}
}
