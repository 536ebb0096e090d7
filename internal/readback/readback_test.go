package readback

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/multicall"
	"github.com/gaib-go/gaib/internal/safe"
	"github.com/gaib-go/gaib/internal/userop"
)

type encoder interface{ Encode() ([]byte, error) }

func encode(t testing.TB, call encoder) []byte {
	t.Helper()
	data, err := call.Encode()
	require.NoError(t, err)
	return data
}

// carriers returns a call of each kind that carries others, by its name.
func carriers(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"safe":       encode(t, safe.SafeExecTransaction{To: common.Address{19: 7}, Value: *uint256.NewInt(3), Data: []byte{1, 2, 3, 4}}),
		"delegate":   encode(t, safe.SafeExecTransaction{To: common.Address{19: 7}, Data: []byte{1, 2, 3, 4}, Operation: 1}),
		"multisend":  encode(t, safe.MultiSendMultiSend{Transactions: safe.Pack([]safe.Inner{{To: common.Address{19: 7}, Data: []byte{1, 2, 3, 4}}})}),
		"operations": encode(t, userop.EntryPointHandleOps{Ops: []userop.EntryPointPacked{{Sender: common.Address{19: 7}, CallData: []byte{1, 2, 3, 4}}}}),
		"execute":    encode(t, userop.AccountExecute{Target: common.Address{19: 7}, Data: []byte{1, 2, 3, 4}}),
		"batch":      encode(t, userop.AccountExecuteBatch{Calls: []userop.AccountBatchCall{{Target: common.Address{19: 7}, Data: []byte{1, 2, 3, 4}}}}),
		"aggregate":  encode(t, multicall.Aggregate3{Calls: []multicall.Call3{{Target: common.Address{19: 7}, CallData: []byte{1, 2, 3, 4}}}}),
		"bundle":     encode(t, BundlerMulticall{Bundle: []BundlerStep{{To: common.Address{19: 7}, Data: []byte{1, 2, 3, 4}}}}),
		"self":       encode(t, userop.SelfMulticall{Calls: [][]byte{{1, 2, 3, 4}}}),
	}
}

func TestOpen(t *testing.T) {
	me, target := common.Address{19: 1}, common.Address{19: 7}
	for name, data := range carriers(t) {
		inner, how, err := Open(Call{From: me, To: target, Data: data})
		require.NoError(t, err, name)
		require.NotEmpty(t, how, name)
		require.Len(t, inner, 1, name)
		require.Equal(t, target, inner[0].To, name)
		require.Equal(t, []byte{1, 2, 3, 4}, inner[0].Data, name)
		from := target
		if name == "multisend" || name == "self" {
			from = me // the sender stays who it is
		}
		require.Equal(t, from, inner[0].From, name)
		if name == "delegate" {
			require.Contains(t, how, "delegatecall")
		}
		_, _, err = Open(Call{To: target, Data: data[:len(data)-33]})
		require.ErrorIs(t, err, ErrNested, "%s cut off", name)
	}
	for _, data := range [][]byte{nil, {1}, {0xa9, 0x05, 0x9c, 0xbb}} {
		inner, how, err := Open(Call{Data: data})
		require.NoError(t, err)
		require.Empty(t, inner)
		require.Empty(t, how)
	}
}

// Whatever the calldata are, what is taken from them is no larger than a few times themselves.
func FuzzOpen(f *testing.F) {
	for _, data := range carriers(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inner, _, err := Open(Call{Data: data})
		size := 0
		for _, call := range inner {
			size += len(call.Data)
		}
		if err == nil {
			require.LessOrEqual(t, size, 4*len(data)+64)
		}
	})
}
