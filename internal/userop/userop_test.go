package userop

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// Hashes that the EntryPoint itself gave (recorded by the test of the real contract).
func TestRecordedHashes(t *testing.T) {
	text, err := os.ReadFile("testdata/hashes.json")
	require.NoError(t, err)
	var recorded []struct {
		Version   Version
		Operation Operation
		Hash      common.Hash
	}
	require.NoError(t, json.Unmarshal(text, &recorded))
	require.Len(t, recorded, 40)
	for i, one := range recorded {
		got, err := one.Operation.Hash()
		require.NoError(t, err)
		require.Equal(t, one.Hash, got, i)
	}
}

func TestPack(t *testing.T) {
	n := func(v uint64) uint256.Int { return *uint256.NewInt(v) }
	op := &Operation{
		Sender: common.Address{19: 1}, Nonce: n(2), Factory: common.Address{19: 3}, FactoryData: []byte{4}, CallData: []byte{5},
		CallGas: n(6), VerificationGas: n(7), PreVerificationGas: n(8), Tip: n(9), Cap: n(10),
		Paymaster: &Paymaster{Address: common.Address{19: 11}, VerificationGas: n(12), PostOpGas: n(13), Data: []byte{14}},
	}
	packed, err := op.Pack([]byte{15})
	require.NoError(t, err)
	require.Equal(t, EntryPointPacked{
		Sender: common.Address{19: 1}, Nonce: n(2), InitCode: append(common.Address{19: 3}.Bytes(), 4), CallData: []byte{5},
		AccountGasLimits: common.Hash{15: 7, 31: 6}, PreVerificationGas: n(8), GasFees: common.Hash{15: 9, 31: 10},
		PaymasterAndData: append(append(common.Address{19: 11}.Bytes(), common.Hash{15: 12, 31: 13}.Bytes()...), 14), Signature: []byte{15},
	}, packed)

	wire, err := json.Marshal(op.Wire([]byte{15}))
	require.NoError(t, err)
	require.JSONEq(t, `{"sender":"0x0000000000000000000000000000000000000001","nonce":"0x2","factory":"0x0000000000000000000000000000000000000003",
		"factoryData":"0x04","callData":"0x05","callGasLimit":"0x6","verificationGasLimit":"0x7","preVerificationGas":"0x8","maxPriorityFeePerGas":"0x9",
		"maxFeePerGas":"0xa","paymaster":"0x000000000000000000000000000000000000000b","paymasterVerificationGasLimit":"0xc","paymasterPostOpGasLimit":"0xd",
		"paymasterData":"0x0e","signature":"0x0f"}`, string(wire))

	both := *op
	both.Delegate = common.Address{19: 9}
	_, err = both.Pack(nil)
	require.ErrorIs(t, err, ErrCreation)
	_, err = both.Hash()
	require.ErrorIs(t, err, ErrCreation)
	both.Factory = common.Address{}
	packed, err = both.Pack(nil)
	require.NoError(t, err)
	require.Equal(t, append([]byte{0x77, 0x02, 19: 0}, 4), packed.InitCode)
	require.Equal(t, "0x7702", both.Wire(nil)["factory"])

	tooWide := *new(uint256.Int).Lsh(uint256.NewInt(1), 128)
	for name, change := range map[string]func(*Operation){
		"call gas": func(o *Operation) { o.CallGas = tooWide }, "verification gas": func(o *Operation) { o.VerificationGas = tooWide },
		"tip": func(o *Operation) { o.Tip = tooWide }, "cap": func(o *Operation) { o.Cap = tooWide },
		"paymaster": func(o *Operation) { o.Paymaster = &Paymaster{PostOpGas: tooWide} },
	} {
		wide := *op
		change(&wide)
		for _, version := range []Version{V07, V08} {
			wide.Version = version
			_, err := wide.Hash()
			require.ErrorIs(t, err, ErrWidth, name)
		}
	}
}

func TestBatch(t *testing.T) {
	calls := []AccountBatchCall{{Target: common.Address{19: 1}, Value: *uint256.NewInt(2), Data: []byte{3}}, {Target: common.Address{19: 4}}}
	same := func(want, got []AccountBatchCall) {
		t.Helper()
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i].Target, got[i].Target)
			require.Equal(t, want[i].Value, got[i].Value)
			require.Equal(t, len(want[i].Data), len(got[i].Data))
		}
	}
	for _, style := range []Style{Simple, Modular} {
		for count := 1; count <= 2; count++ {
			data, err := Batch(style, calls[:count])
			require.NoError(t, err)
			got, ok := Calls(data)
			require.True(t, ok)
			same(calls[:count], got)
		}
	}
	one, err := Batch(Simple, calls[:1])
	require.NoError(t, err)
	selector := AccountExecute{}.Item().Selector
	require.Equal(t, selector[:], one[:4])
	modular, err := Batch(Modular, calls[:1])
	require.NoError(t, err)
	require.Equal(t, common.FromHex("0xe9ae5c53"), modular[:4], "ERC-7579")
	require.EqualValues(t, 1, modular[4])
	_, ok := Calls(modular[:40])
	require.False(t, ok)
	modular[4] = 0 // another mode
	_, ok = Calls(modular)
	require.False(t, ok)
}

func FuzzCalls(f *testing.F) {
	for _, style := range []Style{Simple, Modular} {
		data, err := Batch(style, []AccountBatchCall{{Data: []byte{1}}, {}})
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) { Calls(data) })
}
