package wallets

import (
	"testing"
	"time"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/peers"
)

// An allowance and a transfer by signature through the real Permit2.
func TestPermit2(t *testing.T) {
	artifact := peers.Require(t, "Permit2")[0]
	chain, err := devnet.New()
	require.NoError(t, err)
	defer func() { require.NoError(t, chain.Close()) }()
	ctx, client, who := t.Context(), chain.Client(), chain.Accounts()
	address, err := artifact.Deploy(ctx, chain, who.Manager)
	require.NoError(t, err)
	at, token := gaib.Permit2At(1, address), aid.NewToken(gaib.Mainnet())
	plan, err := token.PlanSpend(ctx, client, who.Whale.Address, at, aid.MustParse("100"))
	require.NoError(t, err)
	require.Len(t, plan, 1)
	_, err = send(t, chain, who.Whale, plan[0])
	require.NoError(t, err)
	head, err := gaib.Head(ctx, client, gaib.Latest)
	require.NoError(t, err)
	soon := head.Time.Add(time.Hour)

	allowance, err := token.Permit2Allowance(ctx, client, at, who.Whale.Address, who.Bob.Address, aid.MustParse("60"), soon, soon)
	require.NoError(t, err)
	digest, err := allowance.Digest()
	require.NoError(t, err)
	typed, err := allowance.TypedData()
	require.NoError(t, err)
	require.Equal(t, walletDigest(t, typed), digest)
	signature, err := who.Whale.SignDigest(digest)
	require.NoError(t, err)
	other := allowance
	other.Amount = aid.MustParse("61")
	_, err = send(t, chain, who.Carol, other.Call(signature))
	var signer *gaib.Permit2SignerError
	require.ErrorAs(t, err, &signer, "signed for another amount")
	_, err = send(t, chain, who.Carol, allowance.Call(signature))
	require.NoError(t, err)
	_, err = send(t, chain, who.Carol, allowance.Call(signature))
	var nonce *gaib.Permit2NonceError
	require.ErrorAs(t, err, &nonce, "used up")
	next, err := token.Permit2Allowance(ctx, client, at, who.Whale.Address, who.Bob.Address, aid.MustParse("60"), soon, soon)
	require.NoError(t, err)
	require.EqualValues(t, 1, next.Nonce)

	for round, want := range []uint64{0, 1} {
		transfer, err := token.Permit2Transfer(ctx, client, at, who.Whale.Address, who.Bob.Address, aid.MustParse("20"), soon)
		require.NoError(t, err)
		require.Equal(t, *uint256.NewInt(want), transfer.Nonce)
		digest, err := transfer.Digest()
		require.NoError(t, err)
		typed, err := transfer.TypedData()
		require.NoError(t, err)
		require.Equal(t, walletDigest(t, typed), digest)
		signature, err := who.Whale.SignDigest(digest)
		require.NoError(t, err)
		_, err = send(t, chain, who.Carol, transfer.Call(who.Carol.Address, aid.MustParse("20"), signature))
		require.ErrorAs(t, err, &signer, "only the spender may use it")
		_, err = send(t, chain, who.Bob, transfer.Call(who.Bob.Address, aid.MustParse("21"), signature))
		var amount *gaib.Permit2AmountError
		require.ErrorAs(t, err, &amount)
		before, err := token.BalanceOf(who.Manager.Address).Call(ctx, client, gaib.Latest)
		require.NoError(t, err)
		_, err = send(t, chain, who.Bob, transfer.Call(who.Manager.Address, aid.MustParse("15"), signature))
		require.NoError(t, err, round)
		after, err := token.BalanceOf(who.Manager.Address).Call(ctx, client, gaib.Latest)
		require.NoError(t, err)
		require.Equal(t, aid.MustParse("15"), *after.Sub(&after, &before))
	}

	late, err := token.Permit2Transfer(ctx, client, at, who.Whale.Address, who.Bob.Address, aid.MustParse("20"), head.Time.Add(-time.Hour))
	require.NoError(t, err)
	_, err = send(t, chain, who.Bob, late.Call(who.Bob.Address, aid.MustParse("1"), signature))
	var expired *gaib.Permit2ExpiredError
	require.ErrorAs(t, err, &expired)
}
