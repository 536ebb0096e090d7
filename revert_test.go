package gaib_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	aidcontract "github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
	saidcontract "github.com/gaib-go/gaib/said/contract"
)

type recordedReply struct {
	Node, Origin, Method, Case string
	Error                      struct {
		Code    int
		Message string
		Data    any
	}
}

func recordedReverts(t testing.TB) (replies []recordedReply, cases map[string]hexutil.Bytes) {
	t.Helper()
	data, err := os.ReadFile("testdata/reverts.json")
	require.NoError(t, err)
	var file struct {
		Cases   map[string]hexutil.Bytes
		Replies []recordedReply
	}
	require.NoError(t, json.Unmarshal(data, &file))
	require.NotEmpty(t, file.Replies)
	return file.Replies, file.Cases
}

func requireRevert(t *testing.T, name string, err error) {
	t.Helper()
	var revert *gaib.RevertError
	require.ErrorAs(t, err, &revert)
	switch name {
	case "text":
		var text *gaib.RevertString
		require.ErrorAs(t, err, &text)
		require.Equal(t, "AIDa paused", text.Text)
		require.ErrorContains(t, err, `reverted: "AIDa paused"`)
	case "panic":
		var failed *gaib.PanicError
		require.ErrorAs(t, err, &failed)
		requireDec(t, "17", failed.Code)
		require.ErrorContains(t, err, "reverted: panic 0x11: arithmetic overflow or underflow")
	case "custom":
		var short *gaib.ERC20InsufficientBalanceError
		require.ErrorAs(t, err, &short)
		require.Equal(t, common.HexToAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"), short.Sender)
		requireDec(t, "5", short.Balance)
		requireDec(t, "7", short.Needed)
	case "empty":
		require.Empty(t, revert.Data)
		require.ErrorContains(t, err, "reverted without data")
	case "unknown":
		require.NoError(t, revert.Reason)
		require.ErrorContains(t, err, "unknown data 0xdeadbeef")
	default:
		t.Fatalf("no such case: %s", name)
	}
}

// The replies of every node family lead to the same typed error: directly, from a query that is read alone, and from an
// estimate.
func TestRevertsOfEveryNode(t *testing.T) {
	replies, cases := recordedReverts(t)
	for _, r := range replies {
		t.Run(r.Node+" "+r.Method+" "+r.Case, func(t *testing.T) {
			reply := &fakenode.RPCError{Code: r.Error.Code, Message: r.Error.Message, Data: r.Error.Data}
			err := gaib.DecodeNodeError(fmt.Errorf("outer: %w", reply))
			requireRevert(t, r.Case, err)
			require.ErrorIs(t, err, error(reply), "what the node said stays in the error")
			var revert *gaib.RevertError
			require.ErrorAs(t, err, &revert)
			require.Equal(t, []byte(cases[r.Case]), append([]byte{}, revert.Data...))

			chain := newChain()
			chain.NoMulticall = true
			chain.Contracts[aidAt] = func(uint64, []byte) ([]byte, error) { return nil, reply }
			_, err = token().TotalSupply().Call(t.Context(), chain, gaib.Latest)
			requireRevert(t, r.Case, err)

			chain.Handle = func(method string, _ []json.RawMessage) (any, error, bool) {
				return nil, reply, method == "eth_estimateGas"
			}
			_, err = gaib.Plan{token().Transfer(bob, units(1))}.Transactions(t.Context(), chain, alice)
			requireRevert(t, r.Case, err)
			var call *gaib.CallError
			require.ErrorAs(t, err, &call)
			require.Equal(t, "transfer(address,uint256)", call.Function)
		})
	}
}

// Inside a batch there is no error reply, only the bytes.
func TestRevertsInABatch(t *testing.T) {
	_, cases := recordedReverts(t)
	for name, data := range cases {
		chain := newChain()
		chain.Contracts[aidAt] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(data) }
		_, err := token().TotalSupply().Call(t.Context(), chain, gaib.Latest)
		requireRevert(t, name, err)
	}
}

func TestNodeErrorsThatAreNoReverts(t *testing.T) {
	for _, err := range []error{nil, errors.New("connection refused"), &fakenode.RPCError{Code: -32000, Message: "header not found"},
		&fakenode.RPCError{Code: -32000, Message: "insufficient funds for gas * price + value"}} {
		require.Equal(t, err, gaib.DecodeNodeError(err))
	}
	// A node that gives the text and not the data.
	err := gaib.DecodeNodeError(&fakenode.RPCError{Code: -32000, Message: "execution reverted: Deposit exceeds limit"})
	var text *gaib.RevertString
	require.ErrorAs(t, err, &text)
	require.Equal(t, "Deposit exceeds limit", text.Text)
}

func word(value uint64) string { return common.Bytes2Hex(fakenode.Word(value)) }

func TestPanicCodes(t *testing.T) {
	for code, want := range map[uint64]string{
		0x00: "generic panic", 0x01: "assert failed", 0x11: "overflow or underflow", 0x12: "division or modulo by zero", 0x21: "enum", 0x22: "storage byte array",
		0x31: "pop on an empty array", 0x32: "out of bounds", 0x41: "too much memory", 0x51: "uninitialised internal function", 0x02: "unknown to this library", 0x1ff: "unknown to this library",
	} {
		err := gaib.DecodeRevert(common.FromHex("0x4e487b71" + word(code)))
		var failed *gaib.PanicError
		require.ErrorAs(t, err, &failed)
		requireDec(t, fmt.Sprint(code), failed.Code)
		require.ErrorContains(t, err, fmt.Sprintf("panic %#x: ", code))
		require.ErrorContains(t, err, want)
	}
	huge := gaib.DecodeRevert(common.FromHex("0x4e487b71" + strings.Repeat("f", 64)))
	require.ErrorContains(t, huge, "unknown to this library")
	for _, short := range []string{"0x4e487b71", "0x4e487b71" + strings.Repeat("0", 62)} {
		require.NoError(t, gaib.DecodeRevert(common.FromHex(short)).Reason)
	}
}

func TestRevertStrings(t *testing.T) {
	const selector = "0x08c379a0"
	padded := func(text string) string {
		return common.Bytes2Hex(append([]byte(text), make([]byte, (32-len(text)%32)%32)...))
	}
	for _, text := range []string{"", "x", strings.Repeat("y", 32), strings.Repeat("z", 33), "größe €", "line\nbreak"} {
		revert := gaib.DecodeRevert(common.FromHex(selector + word(32) + word(uint64(len(text))) + padded(text)))
		var reason *gaib.RevertString
		require.ErrorAs(t, revert, &reason)
		require.Equal(t, text, reason.Text)
		require.NotContains(t, revert.Error(), "\n")
	}
	for name, data := range map[string]string{
		"selector alone":      selector,
		"short offset":        selector + strings.Repeat("0", 62),
		"no length":           selector + word(32),
		"offset of 2^256-1":   selector + strings.Repeat("f", 64) + word(1) + padded("x"),
		"offset past the end": selector + word(96) + word(1) + padded("x"),
		"length of 2^63":      selector + word(32) + word(1<<63) + padded("x"),
		"length of 2^256-1":   selector + word(32) + strings.Repeat("f", 64) + padded("x"),
		"length too large":    selector + word(32) + word(33) + padded("x"),
		"no UTF-8":            selector + word(32) + word(2) + padded("\xff\xfe"),
	} {
		revert := gaib.DecodeRevert(common.FromHex(data))
		require.NoError(t, revert.Reason, name)
		require.Equal(t, common.FromHex(data), revert.Data)
		require.ErrorContains(t, revert, "unknown data", name)
	}
}

func TestShortRevertData(t *testing.T) {
	for length := range 4 {
		revert := gaib.DecodeRevert(make([]byte, length), aidcontract.DecodeMigrationError, saidcontract.DecodeVaultError)
		require.NoError(t, revert.Reason)
		require.Empty(t, revert.Unwrap())
		require.NotEmpty(t, revert.Error())
	}
	require.NoError(t, gaib.DecodeRevert(nil).Reason)
	require.Less(t, len(gaib.DecodeRevert(make([]byte, 1<<20)).Error()), 300)
}

// typedError is what every generated contract error has.
type typedError interface {
	error
	Item() gaib.Item
}

// binding is a contract of the library with the decoder of its errors; those without errors of their own have none.
var bindings = map[string]struct {
	items  []gaib.Item
	decode gaib.ErrorDecoder
}{
	"standard":  {gaib.StandardItems(), nil},
	"migration": {aidcontract.MigrationItems(), aidcontract.DecodeMigrationError},
	"minter":    {aidcontract.MinterItems(), aidcontract.DecodeMinterError},
	"redeemer":  {aidcontract.RedeemerItems(), aidcontract.DecodeRedeemerError},
	"vesting":   {aidcontract.VestingItems(), aidcontract.DecodeVestingError},
	"vault":     {saidcontract.VaultItems(), saidcontract.DecodeVaultError},
}

// arguments encodes values for the types of an error's signature: word types as 1, a string as "s".
func arguments(t *testing.T, signature string) string {
	t.Helper()
	_, list, ok := strings.Cut(strings.TrimSuffix(signature, ")"), "(")
	require.True(t, ok)
	if list == "" {
		return ""
	}
	if list == "string" {
		return word(32) + word(1) + "73" + strings.Repeat("0", 62)
	}
	for _, typ := range strings.Split(list, ",") {
		require.Contains(t, []string{"address", "uint256", "bytes32"}, typ, "the test must learn this type")
	}
	return strings.Repeat(word(1), strings.Count(list, ",")+1)
}

// Every error of every binding comes out of revert data as its own type, alone and inside a batch, and is reached by
// errors.As; cut short it is unknown data.
func TestEveryErrorOfEveryBinding(t *testing.T) {
	for name, binding := range bindings {
		errorsSeen := 0
		for _, item := range binding.items {
			if !strings.EqualFold(item.Kind.String(), "error") {
				continue
			}
			errorsSeen++
			t.Run(name+" "+item.Signature, func(t *testing.T) {
				data := append(append([]byte{}, item.Selector[:]...), common.FromHex(arguments(t, item.Signature))...)
				var decoders []gaib.ErrorDecoder
				if binding.decode != nil {
					decoders = append(decoders, binding.decode)
				}
				contract := gaib.NewDeployment(1, "").With("C", gaib.Entry{Address: aidAt, Evidence: gaib.Confirmed}).Contract("C", decoders...)
				chain := newChain()
				chain.Contracts[aidAt] = func(uint64, []byte) ([]byte, error) { return nil, fakenode.Revert(data) }
				_, batched := gaib.NewQuery(contract, gaib.ERC20TotalSupply{}).Call(t.Context(), chain, gaib.Latest)
				for _, err := range []error{gaib.DecodeRevert(data, decoders...), batched} {
					var revert *gaib.RevertError
					require.ErrorAs(t, err, &revert)
					typed, ok := revert.Reason.(typedError)
					require.True(t, ok, "%T", revert.Reason)
					require.Equal(t, item.Signature, typed.Item().Signature)
					require.Contains(t, typed.Error(), item.Name)
				}
				if len(data) > 4 {
					require.NoError(t, gaib.DecodeRevert(data[:len(data)-1], decoders...).Reason)
				}
			})
		}
		require.NotZero(t, errorsSeen, name)
	}
}

func TestDecodersAreAskedInOrder(t *testing.T) {
	data := common.FromHex("0x1f2a2005") // ZeroAmount(), which several contracts have
	var of *aidcontract.MigrationZeroAmountError
	require.ErrorAs(t, gaib.DecodeRevert(data, aidcontract.DecodeMigrationError, saidcontract.DecodeVaultError), &of)
	var vault *saidcontract.VaultZeroAmountError
	require.ErrorAs(t, gaib.DecodeRevert(data, saidcontract.DecodeVaultError, aidcontract.DecodeMigrationError), &vault)
	require.NoError(t, gaib.DecodeRevert(data).Reason)
}

func TestCallErrorText(t *testing.T) {
	err := &gaib.CallError{Contract: gaib.AID, Address: aidAt, Function: "paused()", Err: gaib.ErrNoCode}
	require.EqualError(t, err, "AID "+aidAt.Hex()+": paused(): "+gaib.ErrNoCode.Error())
	require.ErrorContains(t, &gaib.CallError{Err: gaib.ErrNoCode}, "contract 0x0000")
}

func FuzzDecodeRevert(f *testing.F) {
	_, cases := recordedReverts(f)
	for _, data := range cases {
		f.Add([]byte(data))
	}
	for _, binding := range bindings {
		for _, item := range binding.items {
			f.Add(append(item.Selector[:], make([]byte, 96)...))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		revert := gaib.DecodeRevert(data, aidcontract.DecodeMigrationError, aidcontract.DecodeMinterError, aidcontract.DecodeRedeemerError,
			aidcontract.DecodeVestingError, saidcontract.DecodeVaultError)
		require.Equal(t, data, revert.Data)
		require.NotEmpty(t, revert.Error())
		reply := &fakenode.RPCError{Code: 3, Message: string(data), Data: hexutil.Encode(data)}
		var again *gaib.RevertError
		require.ErrorAs(t, gaib.DecodeNodeError(reply), &again)
		require.Equal(t, string(data), string(again.Data))
	})
}
