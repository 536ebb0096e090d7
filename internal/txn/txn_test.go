package txn

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

type vector struct {
	Name, ChainID, Nonce, Tip, Cap, Gas, Value string
	To                                         common.Address
	Data, Signature, Raw                       hexutil.Bytes
	Digest, Hash                               common.Hash
	AccessList                                 []AccessTuple
}

func vectors(t testing.TB) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/transactions.json")
	require.NoError(t, err)
	var file struct{ Transactions []vector }
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Transactions, 6)
	return file.Transactions
}

func (v vector) transaction(t testing.TB) *DynamicFee {
	t.Helper()
	small := func(text string) uint64 {
		number, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		return number
	}
	return &DynamicFee{ChainID: small(v.ChainID), Nonce: small(v.Nonce), Gas: small(v.Gas), To: v.To, Data: v.Data, AccessList: v.AccessList,
		TipCap: *uint256.MustFromDecimal(v.Tip), FeeCap: *uint256.MustFromDecimal(v.Cap), Value: *uint256.MustFromDecimal(v.Value)}
}

func TestRecordedTransactions(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			tx := v.transaction(t)
			digest, err := tx.Digest()
			require.NoError(t, err)
			require.Equal(t, v.Digest, digest)
			for _, offset := range []byte{0, 27} {
				signature := bytes.Clone(v.Signature)
				signature[64] += offset
				raw, hash, err := tx.Sign(signature)
				require.NoError(t, err)
				require.Equal(t, v.Raw, hexutil.Bytes(raw))
				require.Equal(t, v.Hash, hash)
			}
			again, err := tx.Digest()
			require.NoError(t, err)
			require.Equal(t, v.Digest, again, "signing must not change the transaction")
		})
	}
}

func TestEveryFieldIsSigned(t *testing.T) {
	base := vectors(t)[5].transaction(t)
	want, err := base.Digest()
	require.NoError(t, err)
	for name, change := range map[string]func(*DynamicFee){
		"chain":       func(tx *DynamicFee) { tx.ChainID++ },
		"nonce":       func(tx *DynamicFee) { tx.Nonce++ },
		"tip":         func(tx *DynamicFee) { tx.TipCap.AddUint64(&tx.TipCap, 1) },
		"cap":         func(tx *DynamicFee) { tx.FeeCap.AddUint64(&tx.FeeCap, 1) },
		"gas":         func(tx *DynamicFee) { tx.Gas++ },
		"to":          func(tx *DynamicFee) { tx.To[0]++ },
		"value":       func(tx *DynamicFee) { tx.Value.AddUint64(&tx.Value, 1) },
		"data":        func(tx *DynamicFee) { tx.Data = []byte{0} },
		"access list": func(tx *DynamicFee) { tx.AccessList = tx.AccessList[:1] },
	} {
		tx := *base
		change(&tx)
		have, err := tx.Digest()
		require.NoError(t, err)
		require.NotEqual(t, want, have, name)
	}
}

func TestSignatureErrors(t *testing.T) {
	v := vectors(t)[1]
	tx := v.transaction(t)
	word := func(hex string) []byte { return common.FromHex(hex) }
	const (
		order        = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
		orderLessOne = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
		half         = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
		halfAndOne   = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"
		one          = "0000000000000000000000000000000000000000000000000000000000000001"
		zero         = "0000000000000000000000000000000000000000000000000000000000000000"
	)
	join := func(r, s string, v byte) []byte { return append(append(word(r), word(s)...), v) }
	for _, c := range []struct {
		name, want string
		signature  []byte
	}{
		{"nothing", "0 bytes", nil},
		{"64 bytes", "64 bytes", v.Signature[:64]},
		{"66 bytes", "66 bytes", append(bytes.Clone(v.Signature), 0)},
		{"v is 2", "v is 2", join(one, one, 2)},
		{"v is 26", "v is 26", join(one, one, 26)},
		{"v is 29", "v is 29", join(one, one, 29)},
		{"v with the chain in it", "v is 37", join(one, one, 37)},
		{"r is zero", "r is", join(zero, one, 0)},
		{"r is the order", "r is", join(order, one, 0)},
		{"s is zero", "s is", join(one, zero, 0)},
		{"s is high", "half the group", join(one, halfAndOne, 0)},
		{"s is the order", "half the group", join(one, order, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, hash, err := tx.Sign(c.signature)
			require.ErrorIs(t, err, ErrSignature)
			require.ErrorContains(t, err, c.want)
			require.Nil(t, raw)
			require.Zero(t, hash)
		})
	}
	for _, fine := range [][]byte{join(orderLessOne, half, 1), join(one, one, 28)} {
		_, _, err := tx.Sign(fine)
		require.NoError(t, err)
	}
}

func FuzzSplitSignature(f *testing.F) {
	f.Add(make([]byte, 65))
	f.Add(bytes.Repeat([]byte{1}, 65))
	f.Fuzz(func(t *testing.T, signature []byte) {
		r, s, parity, err := SplitSignature(signature)
		if err != nil {
			require.ErrorIs(t, err, ErrSignature)
			return
		}
		rWord, sWord := r.Bytes32(), s.Bytes32()
		require.Equal(t, signature[:64], append(rWord[:], sWord[:]...))
		require.Equal(t, uint64(signature[64]%27), parity)
	})
}
