package live

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
)

// Digest, raw bytes, hash and sender of random transactions are those of go-ethereum.
func TestTransactionsAreThoseOfGoEthereum(t *testing.T) {
	d := roll(13)
	key, err := crypto.GenerateKey()
	require.NoError(t, err)
	account := crypto.PubkeyToAddress(key.PublicKey)
	for n := range 300 {
		what := id("transaction %d", n)
		data := make([]byte, pick(d, 0, 1, 4, 36, 55, 56, 68, 300))
		for i := range data {
			data[i] = byte(d.Uint32() >> d.UintN(9))
		}
		var to common.Address
		for i := d.IntN(21); i < len(to); i++ {
			to[i] = byte(d.Uint32())
		}
		tx := gaib.Transaction{ChainID: 1 + d.bits64(63), From: account, Nonce: d.bits64(64), Tip: d.bits(256), Cap: d.bits(256), Gas: d.bits64(64),
			Call: gaib.Call{To: to, Value: d.bits(256), Data: data}}
		inner := &types.DynamicFeeTx{ChainID: new(big.Int).SetUint64(tx.ChainID), Nonce: tx.Nonce, GasTipCap: tx.Tip.ToBig(), GasFeeCap: tx.Cap.ToBig(),
			Gas: tx.Gas, To: &to, Value: tx.Call.Value.ToBig(), Data: data}
		signer := types.NewLondonSigner(inner.ChainID)

		digest, err := tx.Digest()
		require.NoError(t, err, what)
		require.Equal(t, signer.Hash(types.NewTx(inner)), digest, what)
		signature, err := crypto.Sign(digest[:], key)
		require.NoError(t, err)
		want, err := types.NewTx(inner).WithSignature(signer, signature)
		require.NoError(t, err)
		wantRaw, err := want.MarshalBinary()
		require.NoError(t, err)
		if n%2 == 1 {
			signature[64] += 27
		}
		raw, hash, err := tx.Signed(signature)
		require.NoError(t, err, what)
		require.Equal(t, hexutil.Encode(wantRaw), hexutil.Encode(raw), what)
		require.Equal(t, want.Hash(), hash, what)
		decoded := new(types.Transaction)
		require.NoError(t, decoded.UnmarshalBinary(raw))
		sender, err := types.Sender(signer, decoded)
		require.NoError(t, err)
		require.Equal(t, account, sender, what)
	}
}

func (d dice) bits64(n uint) uint64 {
	value := d.bits(n)
	return value.Uint64()
}

func TestSignaturesThatNoNodeTakes(t *testing.T) {
	w := newWorld(t)
	txs, err := gaib.Plan{w.token.Approve(w.who.Bob.Address, u(1))}.Transactions(w.ctx, w.client, w.who.Alice.Address)
	require.NoError(t, err)
	digest, err := txs[0].Digest()
	require.NoError(t, err)
	good, err := w.who.Alice.SignDigest(digest)
	require.NoError(t, err)
	change := func(with func(s []byte)) []byte {
		s := append([]byte{}, good...)
		with(s)
		return s
	}
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	for name, signature := range map[string][]byte{
		"empty": nil, "short": good[:64], "long": append(good[:65:65], 0),
		"v":      change(func(s []byte) { s[64] = 2 }),
		"r zero": change(func(s []byte) { clear(s[:32]) }),
		"s zero": change(func(s []byte) { clear(s[32:64]) }),
		"high s": change(func(s []byte) {
			new(big.Int).Sub(order, new(big.Int).SetBytes(s[32:64])).FillBytes(s[32:64])
			s[64] ^= 1
		}),
	} {
		_, _, err := txs[0].Signed(signature)
		require.ErrorIs(t, err, gaib.ErrSignature, name)
		_, err = txs[0].Send(w.ctx, w.client, signature)
		require.ErrorIs(t, err, gaib.ErrSignature, name)
	}
	// A good signature by another key is for the node to refuse: that account has no coin.
	stranger, err := crypto.GenerateKey()
	require.NoError(t, err)
	signature, err := crypto.Sign(digest[:], stranger)
	require.NoError(t, err)
	_, err = txs[0].Send(w.ctx, w.client, signature)
	require.ErrorContains(t, err, "insufficient funds")
}

// The fees that are suggested get a transaction mined, on an idle chain, after a rise of the base fee, and after others
// have paid tips.
func TestSuggestedFeesAreMined(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice
	transfer := gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(1))}
	next := func() uint256.Int {
		var history struct {
			BaseFees []*hexutil.Big `json:"baseFeePerGas"`
		}
		require.NoError(t, w.chain.Client().CallContext(w.ctx, &history, "eth_feeHistory", hexutil.Uint(1), "latest", []float64{}))
		return fromBig(t, history.BaseFees[len(history.BaseFees)-1].ToInt())
	}

	fees, err := gaib.SuggestFees(w.ctx, w.client)
	require.NoError(t, err)
	requireAmount(t, next(), fees.BaseFee, "base fee of the next block")
	requireAmount(t, u(1e9), fees.Tip, "no block paid a tip yet")
	requireAmount(t, plus(plus(fees.BaseFee, fees.BaseFee), fees.Tip), fees.Cap, "cap")

	// Ten blocks of one transaction each, whose tips are 1 to 10 gwei.
	for tip := range uint64(10) {
		txs, err := transfer.Transactions(w.ctx, w.client, alice.Address)
		require.NoError(t, err)
		require.Len(t, txs, 1)
		txs[0].Tip, txs[0].Cap = u((tip+1)*1e9), plus(txs[0].Cap, u(20e9))
		receipt, err := txs[0].Wait(w.ctx, w.client, w.sendTx(alice, txs[0]))
		require.NoError(t, err)
		base := w.chain.Head().BaseFee
		requireAmount(t, plus(fromBig(t, base), txs[0].Tip), receipt.GasPrice, "price paid")
	}
	fees, err = gaib.SuggestFees(w.ctx, w.client)
	require.NoError(t, err)
	requireAmount(t, u(6e9), fees.Tip, "the median of 1 to 10 gwei, the upper one of the two in the middle")
	requireAmount(t, next(), fees.BaseFee, "base fee of the next block")

	// The cap holds through six full blocks: prices are made now, the transaction is sent later.
	txs, err := transfer.Transactions(w.ctx, w.client, alice.Address)
	require.NoError(t, err)
	w.chain.SetAutomine(false)
	for block := range 6 {
		w.fillBlock(block)
	}
	require.Greater(t, w.chain.Head().BaseFee.Cmp(fees.BaseFee.ToBig()), 0)
	w.chain.SetAutomine(true)
	receipt, err := txs[0].Wait(w.ctx, w.client, w.sendTx(alice, txs[0]))
	require.NoError(t, err)
	require.EqualValues(t, 7, receipt.BlockNumber-10)
}

// fillBlock mines a block whose gas is used up: a transaction each of four accounts that made none before.
func (w *world) fillBlock(block int) {
	w.t.Helper()
	for _, from := range []devnet.Account{w.who.Whale, w.who.Manager, w.who.Holders, w.who.Stakers} {
		tx, err := w.chain.Sign(from, &types.DynamicFeeTx{ChainID: big.NewInt(1), Nonce: uint64(block), GasTipCap: big.NewInt(1e9),
			GasFeeCap: big.NewInt(100e9), Gas: 15_000_000, Value: new(big.Int), Data: []byte{0xfe}}) // INVALID takes all gas
		require.NoError(w.t, err)
		raw, err := tx.MarshalBinary()
		require.NoError(w.t, err)
		require.NoError(w.t, w.chain.Client().CallContext(w.ctx, nil, "eth_sendRawTransaction", hexutil.Bytes(raw)))
	}
	require.NoError(w.t, w.chain.Mine(1))
	require.EqualValues(w.t, 60_000_000, w.chain.Head().GasUsed)
}

func TestTransactionsOfAPlanFollowEachOther(t *testing.T) {
	w := newWorld(t)
	alice := w.who.Alice
	plan := gaib.Plan{
		w.token.Approve(w.who.Bob.Address, u(1)),
		{To: w.who.Bob.Address, Value: u(12345)},
		w.token.Transfer(w.who.Bob.Address, u(2)),
	}
	txs, err := plan.Transactions(w.ctx, w.client, alice.Address)
	require.NoError(t, err)
	for i, tx := range txs {
		require.EqualValues(t, i, tx.Nonce)
		require.EqualValues(t, 1, tx.ChainID)
		require.Equal(t, alice.Address, tx.From)
	}
	preview, err := plan.Simulate(w.ctx, w.client, alice.Address)
	require.NoError(t, err)
	require.ElementsMatch(t, []gaib.Change{{Token: w.token.Address(), Amount: u(2), Decrease: true}, {Token: gaib.Coin(), Amount: u(12345), Decrease: true}}, preview.Changes)

	// The node has the same transaction already, whether it waits or is mined: sending it again is harmless.
	var before hexutil.Big
	require.NoError(t, w.chain.Client().CallContext(w.ctx, &before, "eth_getBalance", w.who.Bob.Address, "latest"))
	w.chain.SetAutomine(false)
	for _, tx := range txs {
		require.Equal(t, w.sendTx(alice, tx), w.sendTx(alice, tx))
	}
	require.NoError(t, w.chain.Mine(len(txs))) // the pool may offer them one at a time
	var last uint64
	for i, tx := range txs {
		digest, err := tx.Digest()
		require.NoError(t, err)
		signature, err := alice.SignDigest(digest)
		require.NoError(t, err)
		_, hash, err := tx.Signed(signature)
		require.NoError(t, err)
		receipt, err := tx.Wait(w.ctx, w.client, hash)
		require.NoError(t, err)
		require.LessOrEqual(t, receipt.GasUsed, tx.Gas)
		require.GreaterOrEqual(t, receipt.BlockNumber, max(last, 1))
		last = receipt.BlockNumber
		require.Equal(t, i == 1, len(receipt.Logs) == 0)
	}
	var after hexutil.Big
	require.NoError(t, w.chain.Client().CallContext(w.ctx, &after, "eth_getBalance", w.who.Bob.Address, "latest"))
	require.Equal(t, "12345", new(big.Int).Sub(after.ToInt(), before.ToInt()).String())
}
