package nodes_test

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/nodes"
)

// reads are made at tags, numbers and hashes, without Multicall3 and, where the node lets a contract be put at its address,
// with it.
func (w *world) reads() {
	bob := w.who.Bob.Address
	before := w.block("latest")
	had := read(w, w.token.BalanceOf(bob))
	w.carryOut(w.who.Alice, gaib.Plan{w.token.Transfer(bob, u(7))})
	after := w.block("latest")
	require.Equal(w, before.Number+1, after.Number)
	at := func(block gaib.Block) (gaib.Header, uint256.Int) {
		w.Helper()
		balance, supply := w.token.BalanceOf(bob), w.token.TotalSupply()
		header, err := gaib.Read(w.Context(), w.client, block, balance, supply)
		require.NoError(w, err, block)
		return header, balance.Value()
	}
	for range 2 {
		for _, c := range []struct {
			at   gaib.Block
			of   block
			more uint64
		}{
			{gaib.Latest, after, 7}, {gaib.AtNumber(uint64(after.Number)), after, 7}, {gaib.AtHash(after.Hash), after, 7},
			{gaib.AtNumber(uint64(before.Number)), before, 0}, {gaib.AtHash(before.Hash), before, 0},
		} {
			header, balance := at(c.at)
			w.same(plus(had, u(c.more)), balance, string(c.at))
			require.Equal(w, uint64(c.of.Number), header.Number)
			require.Equal(w, c.of.ParentHash, header.ParentHash)
			require.Equal(w, int64(c.of.Time), header.Time.Unix())
		}
		if w.node.Kind != nodes.Anvil {
			break
		}
		if w.client.asked(); len(w.code(devnet.Addresses().Multicall3)) == 0 {
			_, _ = at(gaib.Latest)
			require.Greater(w, len(w.client.asked()), 2, "block, and a call for each")
			artifact, err := devnet.LoadArtifact("Multicall3")
			require.NoError(w, err)
			w.call(nil, "anvil_setCode", devnet.Addresses().Multicall3, artifact.Runtime)
			_, _ = at(gaib.Latest)
			require.Equal(w, []string{"eth_call"}, w.client.asked())
		}
	}
	head, err := gaib.Head(w.Context(), w.client, gaib.Latest)
	require.NoError(w, err)
	require.Equal(w, after.Hash, head.Hash)
	for _, tag := range []gaib.Block{gaib.Safe, gaib.Finalized} {
		old, err := gaib.Head(w.Context(), w.client, tag)
		require.NoError(w, err, tag)
		require.Equal(w, w.block(string(tag)).Hash, old.Hash)
	}

	for name, block := range map[string]gaib.Block{"ahead": gaib.AtNumber(head.Number + 1000), "of nobody": gaib.AtHash(common.Hash{1})} {
		_, err = gaib.Read(w.Context(), w.client, block, w.token.TotalSupply())
		require.ErrorIs(w, err, gaib.ErrNoBlock, name)
		_, err = gaib.Head(w.Context(), w.client, block)
		require.ErrorIs(w, err, gaib.ErrNoBlock, name)
	}
	_, err = gaib.Read(w.Context(), w.client, gaib.Latest, aid.NewToken(gaib.Mainnet()).TotalSupply())
	require.ErrorIs(w, err, gaib.ErrWrongChain)
	absent := aid.NewToken(w.deployment.With(gaib.AID, gaib.Entry{Address: common.Address{0xab}})).TotalSupply()
	_, err = gaib.Read(w.Context(), w.client, gaib.Latest, absent, w.token.TotalSupply())
	require.ErrorIs(w, err, gaib.ErrNoCode)
	require.ErrorIs(w, absent.Err(), gaib.ErrNoCode)
}

func (w *world) code(at common.Address) (code hexutil.Bytes) {
	w.Helper()
	w.call(&code, "eth_getCode", at, "latest")
	return code
}

// fees are those of the next block, and those a transaction made by the library pays.
func (w *world) fees() {
	for range 5 {
		fees, err := gaib.SuggestFees(w.Context(), w.client)
		require.NoError(w, err)
		w.mine()
		next, _ := uint256.FromBig(w.block("latest").BaseFee.ToInt())
		w.same(*next, fees.BaseFee, "base fee of the next block")
		w.same(plus(fees.Tip, *next.Lsh(next, 1)), fees.Cap, "cap")
		require.False(w, fees.Tip.IsZero())
	}
	plan := gaib.Plan{w.token.Transfer(w.who.Bob.Address, u(1))}
	txs, err := plan.Transactions(w.Context(), w.client, w.who.Alice.Address)
	require.NoError(w, err)
	hash, err := w.send(w.who.Alice, txs[0])
	require.NoError(w, err)
	w.receipt(hash)
	receipt, err := txs[0].Wait(w.Context(), w.client, hash)
	require.NoError(w, err)
	base, _ := uint256.FromBig(w.block(hexutil.EncodeUint64(receipt.BlockNumber)).BaseFee.ToInt())
	w.same(plus(*base, txs[0].Tip), receipt.GasPrice, "price paid")
}
