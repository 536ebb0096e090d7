package safe

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func sample() *Transaction {
	return &Transaction{
		Safe: common.HexToAddress("0x1c511D88ba898b4D9cd9113D13B9c360a02Fcea1"), ChainID: 1, Nonce: *uint256.NewInt(7),
		To: common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596"), Value: *uint256.NewInt(5), Data: []byte{1, 2, 3},
	}
}

// The constant that the contract holds.
func TestTypeHash(t *testing.T) {
	require.Equal(t, common.HexToHash("0xbb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8"), sample().TypedData().Message.TypeHash())
	require.Equal(t, common.HexToHash("0x47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218"), sample().TypedData().Domain.TypeHash())
}

func TestServiceJSON(t *testing.T) {
	tx := sample()
	digest, err := tx.TypedData().Digest()
	require.NoError(t, err)
	body, err := tx.ServiceJSON(tx.To, []byte{0xab}, "a wallet")
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal(body, &got))
	zero := "0x0000000000000000000000000000000000000000"
	require.Equal(t, map[string]any{
		"to": "0x18F52B3fb465118731d9e0d276d4Eb3599D57596", "value": "5", "data": "0x010203", "operation": 0.0, "safeTxGas": "0", "baseGas": "0",
		"gasPrice": "0", "gasToken": zero, "refundReceiver": zero, "nonce": 7.0, "contractTransactionHash": digest.Hex(),
		"sender": "0x18F52B3fb465118731d9e0d276d4Eb3599D57596", "signature": "0xab", "origin": "a wallet",
	}, got)

	tx.Nonce.SetAllOne()
	_, err = tx.ServiceJSON(tx.To, nil, "")
	require.ErrorContains(t, err, "above what the service takes")
}

func TestPack(t *testing.T) {
	calls := []Inner{
		{To: common.Address{19: 0xaa}, Value: *uint256.NewInt(1), Data: []byte{0xde, 0xad}},
		{Operation: Delegate, To: common.Address{19: 0xbb}},
	}
	word := func(tail string) string { return strings.Repeat("0", 64-len(tail)) + tail }
	want := "00" + strings.Repeat("0", 38) + "aa" + word("1") + word("2") + "dead" +
		"01" + strings.Repeat("0", 38) + "bb" + word("0") + word("0")
	packed := Pack(calls)
	require.Equal(t, want, hex.EncodeToString(packed))

	unpacked, err := Unpack(packed)
	require.NoError(t, err)
	require.Len(t, unpacked, 2)
	require.Equal(t, calls[0], unpacked[0])
	require.Equal(t, calls[1].To, unpacked[1].To)

	for name, broken := range map[string][]byte{
		"cut header": packed[:84], "cut data": packed[:86], "operation": append([]byte{2}, packed[1:]...),
		"huge length": append(append(bytes.Clone(packed[:53]), bytes.Repeat([]byte{0xff}, 32)...), 1),
	} {
		_, err := Unpack(broken)
		require.ErrorIs(t, err, ErrPacked, name)
	}
	none, err := Unpack(nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func FuzzUnpack(f *testing.F) {
	f.Add(Pack([]Inner{{To: common.Address{1}, Data: []byte{1}}, {Operation: Delegate}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if calls, err := Unpack(data); err == nil {
			require.Equal(t, len(data) == 0, len(calls) == 0)
			require.True(t, bytes.Equal(data, Pack(calls)))
		}
	})
}

func TestJoin(t *testing.T) {
	first, second, third, fourth := common.Address{19: 1}, common.Address{19: 2}, common.Address{19: 3}, common.Address{19: 4}
	ecdsa := func(fill, v byte) []byte {
		return append(append(bytes.Repeat([]byte{fill}, 32), bytes.Repeat([]byte{1}, 32)...), v)
	}
	joined, err := Join([]Signature{
		{Owner: fourth, Kind: Contract, Data: []byte("signed")}, {Owner: third, Kind: Approved},
		{Owner: second, Kind: Message, Data: ecdsa(0x22, 28)}, {Owner: first, Data: ecdsa(0x11, 0)},
	}, 3)
	require.NoError(t, err)
	word := func(tail string) string { return strings.Repeat("0", 64-len(tail)) + tail }
	ones := strings.Repeat("01", 32)
	require.Equal(t, strings.Repeat("11", 32)+ones+"1b"+ // 27
		strings.Repeat("22", 32)+ones+"20"+ // 28 + 4
		word("3")+word("0")+"01"+
		word("4")+word("104")+"00"+ // 4 * 65
		word("6")+hex.EncodeToString([]byte("signed")), hex.EncodeToString(joined))

	for name, signatures := range map[string][]Signature{
		"too few": {{Owner: first, Kind: Approved}}, "none": nil,
		"twice":     {{Owner: first, Kind: Approved}, {Owner: first, Kind: Approved}},
		"malformed": {{Owner: first, Data: []byte{1}}, {Owner: second, Kind: Approved}},
		"unknown":   {{Owner: first, Kind: 9}, {Owner: second, Kind: Approved}},
	} {
		_, err := Join(signatures, 2)
		require.ErrorIs(t, err, ErrSignatures, name)
	}
}
