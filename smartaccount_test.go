package gaib_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func TestBatch(t *testing.T) {
	pay := token().Transfer(bob, units(7))
	batch, err := gaib.Plan{pay, pay}.Batch(alice, gaib.SimpleAccount)
	require.NoError(t, err)
	require.Equal(t, alice, batch.To)
	require.Equal(t, "at once: "+gaib.Plan{pay, pay}.Describe(), batch.Describe())

	_, err = gaib.Plan{}.Batch(alice, gaib.SimpleAccount)
	require.ErrorIs(t, err, gaib.ErrEmptyPlan)
	_, err = gaib.Plan{pay}.Batch(common.Address{}, gaib.SimpleAccount)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = gaib.Plan{token().Transfer(common.Address{}, units(1))}.Batch(alice, gaib.SimpleAccount)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = gaib.Plan{{}}.Batch(alice, gaib.SimpleAccount)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
}

func TestUserOperation(t *testing.T) {
	pay := token().Transfer(bob, units(7))
	op, err := gaib.Plan{pay}.UserOperation(gaib.EntryPoint07, alice, gaib.SimpleAccount, units(3))
	require.NoError(t, err)
	require.Equal(t, gaib.EntryPoint(gaib.EntryPoint07), op.EntryPoint)
	require.NotEqual(t, gaib.EntryPoint(gaib.EntryPoint08), op.EntryPoint)
	_, err = op.TypedData()
	require.ErrorContains(t, err, "sign the hash")
	_, err = gaib.Plan{pay}.UserOperation(9, alice, gaib.SimpleAccount, units(3))
	require.ErrorContains(t, err, "unknown release")
	_, err = gaib.UserOperation{}.Hash()
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = gaib.UserOperation{}.TypedData()
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	wide := op
	wide.Cap.SetAllOne()
	require.ErrorContains(t, wide.Call(nil, bob).Err(), "128 bits")

	hash, err := op.Hash()
	require.NoError(t, err)
	bundler := fakenode.New(1)
	var sent json.RawMessage
	answer := any(hash)
	bundler.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		switch method {
		case "eth_estimateUserOperationGas":
			return map[string]any{"preVerificationGas": "0x1", "verificationGasLimit": "0x2", "callGasLimit": "0x3", "paymasterVerificationGasLimit": "0x4"}, nil, true
		case "eth_sendUserOperation":
			sent = args[0]
			return answer, nil, true
		}
		return nil, errors.New("not asked for"), true
	}
	op.Paymaster = &gaib.Paymaster{Address: bob}
	estimated, err := op.Estimate(t.Context(), bundler, make([]byte, 65))
	require.NoError(t, err)
	require.Equal(t, []uint256.Int{units(1), units(2), units(3), units(4)},
		[]uint256.Int{estimated.PreVerificationGas, estimated.VerificationGas, estimated.CallGas, estimated.Paymaster.VerificationGas})
	require.True(t, op.Paymaster.VerificationGas.IsZero(), "the operation that was asked about stays as it was")

	answer, err = estimated.Hash()
	require.NoError(t, err)
	got, err := estimated.Send(t.Context(), bundler, []byte{1, 2})
	require.NoError(t, err)
	require.Equal(t, answer, got)
	wire, err := estimated.JSON([]byte{1, 2})
	require.NoError(t, err)
	require.JSONEq(t, string(wire), string(sent))
	_, err = op.Send(t.Context(), bundler, nil)
	require.ErrorIs(t, err, gaib.ErrBadAnswer, "the bundler names another operation")

	// A bundler's refusal is the EntryPoint's error.
	refusal := "0x220266b6" + word(0) + word(0x40) + word(4) + "4141323300000000000000000000000000000000000000000000000000000000"
	failing := clientFunc(func(context.Context, any, string, ...any) error {
		return &fakenode.RPCError{Code: 3, Message: "execution reverted", Data: refusal}
	})
	_, err = op.Estimate(t.Context(), failing, nil)
	require.ErrorContains(t, err, "AA23")
	_, err = op.Send(t.Context(), failing, nil)
	require.ErrorContains(t, err, "AA23")
}

type clientFunc func(ctx context.Context, result any, method string, args ...any) error

func (f clientFunc) CallContext(ctx context.Context, result any, method string, args ...any) error {
	return f(ctx, result, method, args...)
}

// What SetCode asks the node, and what it makes of the answers.
func TestSetCode(t *testing.T) {
	chain := newChain()
	delegate := common.Address{19: 0xde}
	code := map[common.Address]hexutil.Bytes{delegate: {1}}
	chain.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		switch method {
		case "eth_getCode":
			var at common.Address
			require.NoError(t, json.Unmarshal(args[0], &at))
			return code[at], nil, true
		case "eth_getTransactionCount":
			return "0x5", nil, true
		case "eth_feeHistory":
			return map[string]any{"baseFeePerGas": []string{"0x1", "0x1"}, "reward": [][]string{{"0x1"}}}, nil, true
		case "eth_estimateGas":
			require.Contains(t, string(args[2]), "0xef0100"+common.Bytes2Hex(delegate[:]))
			return hexutil.Uint64(100_000), nil, true
		}
		return nil, nil, false
	}
	plan := gaib.Plan{token().Transfer(bob, units(7))}
	tx, authorization, err := plan.SetCode(t.Context(), chain, alice, delegate)
	require.NoError(t, err)
	require.Equal(t, &gaib.Authorization{ChainID: 1, Address: delegate, Nonce: 6}, authorization)
	require.EqualValues(t, 145_000, tx.Gas)
	require.EqualValues(t, 5, tx.Nonce)

	code[alice] = append(hexutil.Bytes{0xef, 1, 0}, delegate[:]...)
	tx, authorization, err = plan.SetCode(t.Context(), chain, alice, delegate)
	require.NoError(t, err)
	require.Nil(t, authorization)
	require.EqualValues(t, 120_000, tx.Gas)

	_, _, err = plan.SetCode(t.Context(), chain, alice, common.Address{})
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, _, err = plan.SetCode(t.Context(), chain, alice, bob)
	require.ErrorIs(t, err, gaib.ErrNoCode)
	_, _, err = gaib.Plan{}.SetCode(t.Context(), chain, alice, delegate)
	require.ErrorIs(t, err, gaib.ErrEmptyPlan)
	chain.ChainID = 8453
	_, _, err = plan.SetCode(t.Context(), chain, alice, delegate)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
}

// A contract that takes several calls in one is known by its code.
func TestMulticall(t *testing.T) {
	chain := newChain()
	chain.Code = map[common.Address][]byte{aidAt: common.FromHex("0x63ac9650d814")}
	pay := token().Transfer(bob, units(7))
	call, err := gaib.Plan{pay, pay}.Multicall(t.Context(), chain)
	require.NoError(t, err)
	require.Equal(t, aidAt, call.To)
	require.Equal(t, common.FromHex("0xac9650d8"), call.Data[:4])
	require.Equal(t, "at once: "+gaib.Plan{pay, pay}.Describe(), call.Describe())

	for name, plan := range map[string]gaib.Plan{
		"two contracts": {pay, gaib.Call{To: bob}}, "with coin": {pay, pay.WithValue(units(1))},
	} {
		_, err := plan.Multicall(t.Context(), chain)
		require.ErrorIs(t, err, gaib.ErrNoMulticall, name)
	}
	_, err = gaib.Plan{}.Multicall(t.Context(), chain)
	require.ErrorIs(t, err, gaib.ErrEmptyPlan)
	chain.Code[aidAt] = common.FromHex("0x63a9059cbb14")
	_, err = gaib.Plan{pay}.Multicall(t.Context(), chain)
	require.ErrorIs(t, err, gaib.ErrNoMulticall)
	chain.Code[aidAt] = nil
	_, err = gaib.Plan{pay}.Multicall(t.Context(), chain)
	require.ErrorIs(t, err, gaib.ErrNoCode)
}
