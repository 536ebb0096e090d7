package wallets

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/peers"
	"github.com/gaib-go/gaib/said"
)

// walletDigest returns what a wallet that follows EIP-712 by go-ethereum's own code signs for typed data.
func walletDigest(t *testing.T, typed json.RawMessage) common.Hash {
	t.Helper()
	var data apitypes.TypedData
	require.NoError(t, json.Unmarshal(typed, &data))
	digest, _, err := apitypes.TypedDataAndHash(data)
	require.NoError(t, err)
	return common.BytesToHash(digest)
}

// send has an account send a call and returns what became of it.
func send(t *testing.T, chain *devnet.Chain, from devnet.Account, call gaib.Call) (gaib.Receipt, error) {
	t.Helper()
	txs, err := gaib.Plan{call}.Transactions(t.Context(), chain.Client(), from.Address)
	if err != nil {
		return gaib.Receipt{}, err
	}
	digest, err := txs[0].Digest()
	require.NoError(t, err)
	signature, err := from.SignDigest(digest)
	require.NoError(t, err)
	hash, err := txs[0].Send(t.Context(), chain.Client(), signature)
	require.NoError(t, err)
	return txs[0].Wait(t.Context(), chain.Client(), hash)
}

// newSafe deploys a real Safe of Alice, Bob and Carol of whom two must sign, and gives it AID.
func newSafe(t *testing.T, chain *devnet.Chain) (account, multiSend common.Address) {
	t.Helper()
	artifacts := peers.Require(t, "Safe", "SafeProxyFactory", "MultiSendCallOnly", "CompatibilityFallbackHandler")
	who, addresses := chain.Accounts(), make([]common.Address, len(artifacts))
	for i, artifact := range artifacts {
		var err error
		addresses[i], err = artifact.Deploy(t.Context(), chain, who.Alice)
		require.NoError(t, err)
	}
	owners := []common.Address{who.Alice.Address, who.Bob.Address, who.Carol.Address}
	setup, err := artifacts[0].ABI().Pack("setup", owners, big.NewInt(2), common.Address{}, []byte{}, addresses[3], common.Address{}, new(big.Int), common.Address{})
	require.NoError(t, err)
	create, err := artifacts[1].ABI().Pack("createProxyWithNonce", addresses[0], setup, new(big.Int))
	require.NoError(t, err)
	receipt, err := chain.Send(t.Context(), who.Alice, addresses[1], nil, create)
	require.NoError(t, err)
	created := artifacts[1].ABI().Events["ProxyCreation"]
	for _, log := range receipt.Logs {
		if log.Topics[0] == created.ID {
			account = common.BytesToAddress(log.Topics[1][:])
		}
	}
	require.NotZero(t, account)
	return account, addresses[2]
}

func TestPlanBySafe(t *testing.T) {
	chain, err := devnet.New()
	require.NoError(t, err)
	defer func() { require.NoError(t, chain.Close()) }()
	ctx, client, who := t.Context(), chain.Client(), chain.Accounts()
	deployment := gaib.Mainnet().AllowAssumed()
	token, vault := aid.NewToken(deployment), said.NewVault(deployment)
	address, multiSend := newSafe(t, chain)
	_, err = send(t, chain, who.Whale, token.Transfer(address, aid.MustParse("1000")))
	require.NoError(t, err)

	account, err := gaib.ReadSafe(ctx, client, deployment.ChainID(), address)
	require.NoError(t, err)
	require.Equal(t, 2, account.Threshold)
	require.ElementsMatch(t, []common.Address{who.Alice.Address, who.Bob.Address, who.Carol.Address}, account.Owners)
	account.MultiSend = multiSend

	plan, err := vault.PlanStake(ctx, client, address, aid.MustParse("600"))
	require.NoError(t, err)
	require.Len(t, plan, 2, "an approval and the deposit")
	tx, err := plan.Safe(account)
	require.NoError(t, err)

	// The digest is the contract's own and the one that a wallet makes of the typed data.
	digest, err := tx.Digest()
	require.NoError(t, err)
	typed, err := tx.TypedData()
	require.NoError(t, err)
	require.Equal(t, digest, walletDigest(t, typed))
	require.Equal(t, digest, safeHash(t, chain, address, typed))

	alice, err := who.Alice.SignDigest(digest)
	require.NoError(t, err)
	carol, err := who.Carol.SignDigest(digest)
	require.NoError(t, err)
	signatures := []gaib.SafeSignature{{Owner: who.Carol.Address, Data: carol}, {Owner: who.Alice.Address, Data: alice}}

	// One signature does not do here, one by nobody does not do there.
	require.ErrorIs(t, tx.Call(signatures[0]).Err(), gaib.ErrSafeSignatures)
	forged := []gaib.SafeSignature{signatures[1], {Owner: who.Carol.Address, Data: alice}}
	_, err = send(t, chain, who.Bob, tx.Call(forged...))
	var refused *gaib.SafeError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "GS026", refused.Code)

	_, err = send(t, chain, who.Bob, tx.Call(signatures...))
	require.NoError(t, err)
	shares, err := vault.BalanceOf(address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.False(t, shares.IsZero())
	left, err := token.BalanceOf(address).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, aid.MustParse("400"), left)

	// The nonce is used up: the same signatures are nobody's for the next one.
	_, err = send(t, chain, who.Bob, tx.Call(signatures...))
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "GS026", refused.Code)
}

// Every way of consent but the contract's: approved on chain, being the sender, and eth_sign.
func TestSafeConsents(t *testing.T) {
	chain, err := devnet.New()
	require.NoError(t, err)
	defer func() { require.NoError(t, chain.Close()) }()
	ctx, client, who := t.Context(), chain.Client(), chain.Accounts()
	token := aid.NewToken(gaib.Mainnet())
	address, _ := newSafe(t, chain)
	_, err = send(t, chain, who.Whale, token.Transfer(address, aid.MustParse("3")))
	require.NoError(t, err)

	for round, consents := range []func(tx gaib.SafeTransaction) []gaib.SafeSignature{
		func(tx gaib.SafeTransaction) []gaib.SafeSignature { // Alice sends, Bob approved beforehand
			_, err := send(t, chain, who.Bob, tx.Approve())
			require.NoError(t, err)
			return []gaib.SafeSignature{{Owner: who.Bob.Address, Kind: gaib.SafeApproved}, {Owner: who.Alice.Address, Kind: gaib.SafeApproved}}
		},
		func(tx gaib.SafeTransaction) []gaib.SafeSignature { // Alice sends, Carol signs as a message
			digest, err := tx.Digest()
			require.NoError(t, err)
			message := common.BytesToHash(accounts.TextHash(digest[:]))
			signature, err := who.Carol.SignDigest(message)
			require.NoError(t, err)
			return []gaib.SafeSignature{{Owner: who.Carol.Address, Kind: gaib.SafeSignedMessage, Data: signature}, {Owner: who.Alice.Address, Kind: gaib.SafeApproved}}
		},
	} {
		account, err := gaib.ReadSafe(ctx, client, 1, address)
		require.NoError(t, err)
		require.Equal(t, *uint256.NewInt(uint64(round)), account.Nonce)
		tx, err := gaib.Plan{token.Transfer(who.Manager.Address, aid.MustParse("1"))}.Safe(account)
		require.NoError(t, err)
		consent := consents(tx)
		_, err = send(t, chain, who.Carol, tx.Call(consent...))
		var refused *gaib.SafeError
		require.ErrorAs(t, err, &refused, "Carol is not the sender who approved")
		require.Equal(t, "GS025", refused.Code)
		_, err = send(t, chain, who.Alice, tx.Call(consent...))
		require.NoError(t, err)
	}

	// A call that reverts inside shows as the Safe's own code; simulating from its address shows why.
	account, err := gaib.ReadSafe(ctx, client, 1, address)
	require.NoError(t, err)
	plan := gaib.Plan{token.Transfer(who.Manager.Address, aid.MustParse("100"))}
	tx, err := plan.Safe(account)
	require.NoError(t, err)
	_, err = send(t, chain, who.Bob, tx.Approve())
	require.NoError(t, err)
	_, err = send(t, chain, who.Alice, tx.Call(gaib.SafeSignature{Owner: who.Alice.Address, Kind: gaib.SafeApproved}, gaib.SafeSignature{Owner: who.Bob.Address, Kind: gaib.SafeApproved}))
	var refused *gaib.SafeError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "GS013", refused.Code)
	_, err = plan.Simulate(ctx, client, address)
	var poor *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &poor)
}

// safeHash asks the Safe itself for the hash of the transaction that typed data describe.
func safeHash(t *testing.T, chain *devnet.Chain, address common.Address, typed json.RawMessage) common.Hash {
	t.Helper()
	safe := peers.Require(t, "Safe")[0].ABI()
	var data apitypes.TypedData
	require.NoError(t, json.Unmarshal(typed, &data))
	number := func(name string) *big.Int {
		value, ok := new(big.Int).SetString(data.Message[name].(string), 10)
		require.True(t, ok)
		return value
	}
	at := func(name string) common.Address { return common.HexToAddress(data.Message[name].(string)) }
	input, err := safe.Pack("getTransactionHash", at("to"), number("value"), common.FromHex(data.Message["data"].(string)), uint8(number("operation").Uint64()),
		number("safeTxGas"), number("baseGas"), number("gasPrice"), at("gasToken"), at("refundReceiver"), number("nonce"))
	require.NoError(t, err)
	output, err := peers.OnChain(t.Context(), chain).Call(common.Address{}, address, input)
	require.NoError(t, err)
	return common.BytesToHash(output)
}
