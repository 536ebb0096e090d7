package node_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/fakenode"
	"github.com/gaib-go/gaib/internal/node"
)

type reply struct {
	Node, Origin, Method, Case string
	Error                      struct {
		Code    int
		Message string
		Data    any
	}
}

func (r reply) err() error {
	return &fakenode.RPCError{Code: r.Error.Code, Message: r.Error.Message, Data: r.Error.Data}
}

func TestRevertDataOfEveryNode(t *testing.T) {
	data, err := os.ReadFile("../../testdata/reverts.json")
	require.NoError(t, err)
	var file struct {
		Cases   map[string]hexutil.Bytes
		Replies []reply
	}
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Replies, 4*2*5+6*5)
	for _, r := range file.Replies {
		t.Run(r.Node+" "+r.Method+" "+r.Case, func(t *testing.T) {
			for _, err := range []error{r.err(), fmt.Errorf("outer: %w", r.err())} {
				have, ok := node.RevertData(err)
				require.True(t, ok)
				require.Equal(t, []byte(file.Cases[r.Case]), append([]byte{}, have...))
			}
		})
	}
}

func TestRevertDataOfOtherShapes(t *testing.T) {
	raw := func(text string) any { return json.RawMessage(text) }
	deep := any("0x01020304")
	for range 50 {
		deep = map[string]any{"data": deep}
	}
	for _, c := range []struct {
		name string
		err  error
		data []byte
		ok   bool
	}{
		{"nil", nil, nil, false},
		{"no error reply", errors.New("execution reverted"), nil, false},
		{"text without data", &fakenode.RPCError{Code: -32000, Message: "execution reverted: too late"}, nil, true},
		{"code 3 without data", &fakenode.RPCError{Code: 3, Message: "oops"}, nil, true},
		{"raw JSON string", &fakenode.RPCError{Code: 3, Data: raw(`"0x01020304"`)}, []byte{1, 2, 3, 4}, true},
		{"raw JSON object", &fakenode.RPCError{Code: -1, Data: raw(`{"data":"0x01020304"}`)}, []byte{1, 2, 3, 4}, true},
		{"raw JSON of nothing", &fakenode.RPCError{Code: -1, Data: raw(`{`)}, nil, false},
		{"Nethermind, text after Reverted", &fakenode.RPCError{Code: -32015, Message: "VM execution error.", Data: "Reverted too late"}, nil, true},
		{"Nethermind, out of gas is no revert", &fakenode.RPCError{Code: -32015, Message: "VM execution error.", Data: "OutOfGas"}, nil, false},
		{"odd number of digits", &fakenode.RPCError{Code: -1, Data: "0x012"}, nil, false},
		{"no hex", &fakenode.RPCError{Code: -1, Data: "0xzz"}, nil, false},
		{"an address within a text", &fakenode.RPCError{Code: -32000, Message: "nonce too low", Data: "account 0x01020304"}, nil, false},
		{"a number", &fakenode.RPCError{Code: -1, Data: 7.0}, nil, false},
		{"nested without end", &fakenode.RPCError{Code: -1, Data: deep}, nil, false},
		{"empty data of another error", &fakenode.RPCError{Code: -32000, Message: "header not found", Data: "0x"}, nil, false},
		{"header not found", &fakenode.RPCError{Code: -32000, Message: "header not found"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, ok := node.RevertData(c.err)
			require.Equal(t, c.ok, ok)
			require.Equal(t, string(c.data), string(data))
		})
	}
}

func TestIsLimit(t *testing.T) {
	for _, text := range []string{
		"out of gas", "gas required exceeds allowance (50000000)", "query returned more than 10000 results", "exceed maximum block range: 5000",
		"eth_getLogs is limited to a 10,000 range: block range is too large", "413 Request Entity Too Large: ", "response size exceeded", "Too many requests",
		"query timeout exceeded",
	} {
		require.True(t, node.IsLimit(&fakenode.RPCError{Code: -32000, Message: text}), text)
	}
	require.True(t, node.IsLimit(fmt.Errorf("outer: %w", &fakenode.RPCError{Code: -32005, Message: "slow down"})))
	for _, err := range []error{nil, errors.New("connection refused"), &fakenode.RPCError{Code: -32000, Message: "header not found"}, &fakenode.RPCError{Code: 3, Message: "execution reverted"}} {
		require.False(t, node.IsLimit(err), "%v", err)
	}
}

func TestOtherFaults(t *testing.T) {
	for _, err := range []error{
		&fakenode.RPCError{Code: -32601, Message: "x"}, &fakenode.RPCError{Code: -32004, Message: "Method eth_simulateV1 is not supported"},
		errors.New("the method eth_simulateV1 does not exist/is not available"), errors.New("Method not found"),
	} {
		require.True(t, node.IsUnsupported(err), "%v", err)
	}
	require.False(t, node.IsUnsupported(nil))
	require.False(t, node.IsUnsupported(errors.New("execution reverted")))

	for _, text := range []string{"already known", "AlreadyKnown", "Known transaction", "transaction already imported"} {
		require.True(t, node.IsKnown(errors.New(text)), text)
	}
	require.False(t, node.IsKnown(nil))
	require.False(t, node.IsKnown(errors.New("nonce too low")))

	require.True(t, node.IsIndexing(errors.New("transaction indexing is in progress")))
	require.False(t, node.IsIndexing(nil))
	require.False(t, node.IsIndexing(errors.New("not found")))
}

// What nodes say of a transaction that they do not take.
func TestSendFault(t *testing.T) {
	for text, want := range map[string]node.Refusal{
		"nonce too low: next nonce 5, tx nonce 3": node.NonceUsed, "Nonce too low. Expected nonce to be 5 but got 3.": node.NonceUsed, "OldNonce": node.NonceUsed,
		"NONCE_TOO_LOW": node.NonceUsed, "replacement transaction underpriced": node.Underpriced, "TRANSACTION_REPLACEMENT_UNDERPRICED": node.Underpriced,
		"max fee per gas less than block base fee: address 0x, maxFeePerGas: 1, baseFee: 7": node.Underpriced, "FeeTooLow, MaxFeePerGas too low": node.Underpriced,
		"transaction gas price below minimum: gas tip cap 0, minimum needed 1": node.Underpriced, "GAS_PRICE_TOO_LOW": node.Underpriced,
		"insufficient funds for gas * price + value: balance 0": node.NoFunds, "Insufficient funds for gas * price + value": node.NoFunds,
		"Sender doesn't have enough funds to send tx.": node.NoFunds, "UPFRONT_COST_EXCEEDS_BALANCE": node.NoFunds,
		"intrinsic gas too high -- tx.gas_limit > env.cfg.tx_gas_limit_cap": node.TooMuchGas,
		"transaction gas limit too high (cap: 16777216, tx: 16777217)":      node.TooMuchGas, "exceeds block gas limit": node.TooMuchGas,
		"gas required exceeds allowance (16777216)": node.TooMuchGas, "already known": node.OtherRefusal, "execution reverted": node.OtherRefusal,
	} {
		require.Equal(t, want, node.SendFault(errors.New(text)), text)
	}
	require.Equal(t, node.OtherRefusal, node.SendFault(nil))
}

// Whatever a node puts into an error reply, looking for a revert in it ends without a panic.
func FuzzRevertData(f *testing.F) {
	f.Add(3, "execution reverted", `"0x08c379a0"`)
	f.Add(-32015, "VM execution error.", `"Reverted 0x"`)
	f.Add(-32000, "revert", `{"0xab":{"return":"0x01"},"data":null}`)
	f.Fuzz(func(t *testing.T, code int, message, data string) {
		var parsed any
		if json.Unmarshal([]byte(data), &parsed) != nil {
			parsed = data
		}
		for _, value := range []any{parsed, json.RawMessage(data)} {
			bytes, ok := node.RevertData(&fakenode.RPCError{Code: code, Message: message, Data: value})
			require.True(t, ok || len(bytes) == 0)
		}
	})
}
