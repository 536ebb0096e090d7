package eip712

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

type vector struct {
	Name            string
	Digest          common.Hash
	DomainSeparator common.Hash
	TypeHash        common.Hash
}

func vectors(t *testing.T) map[string]vector {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	byName := make(map[string]vector)
	for _, v := range file.Vectors {
		byName[v.Name] = v
	}
	require.Len(t, byName, 3)
	return byName
}

var token = common.HexToAddress("0x18F52B3fb465118731d9e0d276d4Eb3599D57596")

func permit(chainID uint64, value, nonce string, deadline uint64) TypedData {
	return TypedData{
		Domain: Struct{"EIP712Domain", []Field{{"name", "string", "AI Dollar"}, {"version", "string", "1"}, {"chainId", "uint256", chainID}, {"verifyingContract", "address", token}}},
		Message: Struct{"Permit", []Field{
			{"owner", "address", common.HexToAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23")},
			{"spender", "address", common.HexToAddress("0xB3B3c527BA57cd61648e2EC2F5e006A0B390A9F8")},
			{"value", "uint256", *uint256.MustFromDecimal(value)}, {"nonce", "uint256", *uint256.MustFromDecimal(nonce)}, {"deadline", "uint256", deadline},
		}},
	}
}

func mixed() TypedData {
	return TypedData{
		Domain: Struct{"EIP712Domain", []Field{{"name", "string", "x"}}},
		Message: Struct{"Mixed", []Field{
			{"a", "uint8", uint64(255)}, {"b", "uint128", *uint256.MustFromDecimal("340282366920938463463374607431768211455")},
			{"c", "bytes32", common.Hash{31: 0xff}}, {"d", "string", `Größe "1"`}, {"e", "bytes", []byte{0, 0xff, 0x10}},
			{"f", "bool", true}, {"g", "bool", false}, {"h", "address", token},
		}},
	}
}

func TestRecordedVectors(t *testing.T) {
	recorded := vectors(t)
	for name, data := range map[string]TypedData{
		"permit":               permit(1, "1250500000000000000000", "3", 1_800_000_000),
		"permit of everything": permit(42161, "115792089237316195423570985008687907853269984665640564039457584007913129639935", "0", 1),
		"every type":           mixed(),
	} {
		t.Run(name, func(t *testing.T) {
			want := recorded[name]
			digest, err := data.Digest()
			require.NoError(t, err)
			require.Equal(t, want.Digest, digest)
			domain, err := data.Domain.Hash()
			require.NoError(t, err)
			require.Equal(t, want.DomainSeparator, domain)
			require.Equal(t, want.TypeHash, data.Message.TypeHash())
		})
	}
}

// The text of the permit's type is fixed by ERC-2612.
func TestPermitTypeHash(t *testing.T) {
	require.Equal(t, common.HexToHash("0x6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"), permit(1, "0", "0", 1).Message.TypeHash())
}

func TestJSON(t *testing.T) {
	text, err := json.Marshal(permit(1, "1250500000000000000000", "3", 1_800_000_000))
	require.NoError(t, err)
	require.JSONEq(t, `{
		"types": {
			"EIP712Domain": [{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
			"Permit": [{"name":"owner","type":"address"},{"name":"spender","type":"address"},{"name":"value","type":"uint256"},{"name":"nonce","type":"uint256"},{"name":"deadline","type":"uint256"}]},
		"primaryType": "Permit",
		"domain": {"name":"AI Dollar","version":"1","chainId":"1","verifyingContract":"0x18f52b3fb465118731d9e0d276d4eb3599d57596"},
		"message": {"owner":"0x2c7536e3605d9c16a7a3d7b1898e529396a65c23","spender":"0xb3b3c527ba57cd61648e2ec2f5e006a0b390a9f8","value":"1250500000000000000000","nonce":"3","deadline":"1800000000"}}`, string(text))

	text, err = json.Marshal(mixed())
	require.NoError(t, err)
	var back struct{ Message map[string]any }
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, map[string]any{"a": "255", "b": "340282366920938463463374607431768211455", "d": `Größe "1"`, "e": "0x00ff10", "f": true, "g": false,
		"c": "0x00000000000000000000000000000000000000000000000000000000000000ff", "h": "0x18f52b3fb465118731d9e0d276d4eb3599d57596"}, back.Message)
}

func TestValuesThatDoNotFit(t *testing.T) {
	for _, field := range []Field{
		{"a", "uint8", uint64(256)},
		{"a", "uint128", *new(uint256.Int).Lsh(uint256.NewInt(1), 128)},
		{"a", "uint7", uint64(1)},
		{"a", "uint264", uint64(1)},
		{"a", "uint08", uint64(1)},
		{"a", "uint", uint64(1)},
		{"a", "uint256[]", uint64(1)},
		{"a", "int256", uint64(1)},
		{"a", "address", uint64(1)},
		{"a", "address", common.Hash{}},
		{"a", "bytes32", common.Address{}},
		{"a", "bytes32", []byte{1}},
		{"a", "bytes", "text"},
		{"a", "string", []byte("text")},
		{"a", "bool", uint64(1)},
		{"a", "uint256", -1},
		{"a", "uint256", nil},
		{"a", "Person", "x"},
	} {
		data := mixed()
		data.Message = Struct{"M", []Field{field}}
		_, err := data.Digest()
		require.ErrorIs(t, err, ErrValue, "%v", field)
		require.ErrorContains(t, err, "M.a ("+field.Type+")")
		_, err = json.Marshal(data)
		require.ErrorIs(t, err, ErrValue, "what cannot be hashed is not shown for signing: %v", field)

		data = mixed()
		data.Domain.Fields = append(data.Domain.Fields, field)
		_, err = data.Digest()
		require.ErrorIs(t, err, ErrValue)
	}
}

// The example that EIP-712 itself prints: a struct within a struct.
func TestPublishedMail(t *testing.T) {
	person := func(name, wallet string) Struct {
		return Struct{"Person", []Field{{"name", "string", name}, {"wallet", "address", common.HexToAddress(wallet)}}}
	}
	mail := TypedData{
		Domain: Struct{"EIP712Domain", []Field{{"name", "string", "Ether Mail"}, {"version", "string", "1"}, {"chainId", "uint256", uint64(1)},
			{"verifyingContract", "address", common.HexToAddress("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")}}},
		Message: Struct{"Mail", []Field{{"from", "Person", person("Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826")},
			{"to", "Person", person("Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB")}, {"contents", "string", "Hello, Bob!"}}},
	}
	require.Equal(t, common.HexToHash("0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2"), mail.Message.TypeHash())
	digest, err := mail.Digest()
	require.NoError(t, err)
	require.Equal(t, common.HexToHash("0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"), digest)
	text, err := mail.MarshalJSON()
	require.NoError(t, err)
	require.Contains(t, string(text), `"Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}]`)
	require.Contains(t, string(text), `"to":{"name":"Bob","wallet":"0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}`)
}

// Permit2's constants, a list of structs among them.
func TestPermit2TypeHashes(t *testing.T) {
	details := Struct{"PermitDetails", []Field{{"token", "address", token}, {"amount", "uint160", uint64(1)}, {"expiration", "uint48", uint64(2)}, {"nonce", "uint48", uint64(3)}}}
	message := func(name, typ string, value any) Struct {
		return Struct{name, []Field{{"details", typ, value}, {"spender", "address", token}, {"sigDeadline", "uint256", uint64(4)}}}
	}
	require.Equal(t, common.HexToHash("0x65626cad6cb96493bf6f5ebea28756c966f023ab9e8a83a7101849d5573b3678"), details.TypeHash())
	require.Equal(t, common.HexToHash("0xf3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0"),
		message("PermitSingle", "PermitDetails", details).TypeHash())
	batch := message("PermitBatch", "PermitDetails[]", []Struct{details, details})
	require.Equal(t, common.HexToHash("0xaf1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863"), batch.TypeHash())
	_, err := batch.Hash()
	require.NoError(t, err)

	_, err = message("PermitBatch", "PermitDetails[]", []Struct{}).Hash()
	require.ErrorIs(t, err, ErrValue)
	other := Struct{"PermitDetails", details.Fields[:2]}
	_, err = message("PermitBatch", "PermitDetails[]", []Struct{details, other}).Hash()
	require.ErrorIs(t, err, ErrValue, "two shapes under one name")
	_, err = message("PermitSingle", "Details", details).Hash()
	require.ErrorIs(t, err, ErrValue)
}
