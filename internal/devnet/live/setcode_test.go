package live

import (
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

// Transactions of EIP-7702 are byte for byte those of go-ethereum's own encoder.
func TestSetCodeEncoding(t *testing.T) {
	dice := rand.New(rand.NewPCG(7702, 1))
	key, err := crypto.ToECDSA(common.Hash{31: 7}.Bytes())
	require.NoError(t, err)
	sender := crypto.PubkeyToAddress(key.PublicKey)
	for range 200 {
		tx := gaib.Transaction{ChainID: 1 + dice.Uint64()>>(1+dice.IntN(63)), From: sender, Nonce: dice.Uint64() >> dice.IntN(64), Tip: *uint256.NewInt(dice.Uint64()),
			Cap: uint256.Int{dice.Uint64(), dice.Uint64() >> dice.IntN(64)}, Gas: dice.Uint64() >> dice.IntN(64),
			Call: gaib.Call{To: common.Address{byte(dice.Uint32()), 19: 1}, Value: *uint256.NewInt(dice.Uint64() >> dice.IntN(64)), Data: make([]byte, dice.IntN(100))}}
		theirs := &types.SetCodeTx{ChainID: uint256.NewInt(tx.ChainID), Nonce: tx.Nonce, GasTipCap: &tx.Tip, GasFeeCap: &tx.Cap, Gas: tx.Gas, To: tx.Call.To,
			Value: &tx.Call.Value, Data: tx.Call.Data}
		for range 1 + dice.IntN(3) {
			authorization := gaib.Authorization{ChainID: dice.Uint64() >> dice.IntN(64), Address: common.Address{19: byte(dice.Uint32())}, Nonce: dice.Uint64() >> dice.IntN(64)}
			want, err := types.SignSetCode(key, types.SetCodeAuthorization{ChainID: *uint256.NewInt(authorization.ChainID), Address: authorization.Address, Nonce: authorization.Nonce})
			require.NoError(t, err)
			theirs.AuthList = append(theirs.AuthList, want)
			digest, err := authorization.Digest()
			require.NoError(t, err)
			signature, err := crypto.Sign(digest[:], key)
			require.NoError(t, err)
			signed, err := authorization.Sign(signature)
			require.NoError(t, err)
			tx.Authorizations = append(tx.Authorizations, signed)
		}
		signer := types.LatestSignerForChainID(uint256.NewInt(tx.ChainID).ToBig())
		signed, err := types.SignNewTx(key, signer, theirs)
		require.NoError(t, err)
		want, err := signed.MarshalBinary()
		require.NoError(t, err)

		digest, err := tx.Digest()
		require.NoError(t, err)
		require.Equal(t, signer.Hash(signed), digest)
		signature, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		raw, hash, err := tx.Signed(signature)
		require.NoError(t, err)
		require.Equal(t, want, raw)
		require.Equal(t, signed.Hash(), hash)
	}
	_, err = gaib.Authorization{}.Sign(make([]byte, 65))
	require.ErrorIs(t, err, gaib.ErrSignature)
}
