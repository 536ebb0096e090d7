package wallets

import (
	"encoding/json"
	"flag"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/peers"
	"github.com/gaib-go/gaib/said"
)

var recordUserOps = flag.Bool("record-userops", false, "write the hashes that the EntryPoint gives to internal/userop/testdata")

func number(n uint256.Int) *big.Int { return n.ToBig() }

// packed is a user operation as go-ethereum's codec takes it, packed here by hand.
type packed struct {
	Sender             common.Address
	Nonce              *big.Int
	InitCode           []byte
	CallData           []byte
	AccountGasLimits   [32]byte
	PreVerificationGas *big.Int
	GasFees            [32]byte
	PaymasterAndData   []byte
	Signature          []byte
}

func byHand(o gaib.UserOperation) packed {
	pair := func(high, low uint256.Int) (word [32]byte) {
		high.ToBig().FillBytes(word[:16])
		low.ToBig().FillBytes(word[16:])
		return word
	}
	p := packed{Sender: o.Sender, Nonce: number(o.Nonce), InitCode: []byte{}, CallData: o.CallData, AccountGasLimits: pair(o.VerificationGas, o.CallGas),
		PreVerificationGas: number(o.PreVerificationGas), GasFees: pair(o.Tip, o.Cap), PaymasterAndData: []byte{}, Signature: []byte{}}
	switch {
	case o.Delegate != common.Address{}:
		p.InitCode = append(common.FromHex("0x7702000000000000000000000000000000000000"), o.FactoryData...)
	case o.Factory != common.Address{}:
		p.InitCode = append(o.Factory.Bytes(), o.FactoryData...)
	}
	if m := o.Paymaster; m != nil {
		limits := pair(m.VerificationGas, m.PostOpGas)
		p.PaymasterAndData = append(append(m.Address.Bytes(), limits[:]...), m.Data...)
	}
	return p
}

func randomOp(dice *rand.Rand, entry, delegated, delegate common.Address) gaib.UserOperation {
	data := func() []byte {
		out := make([]byte, dice.IntN(70))
		for i := range out {
			out[i] = byte(dice.Uint32())
		}
		return out
	}
	wide := func(bits uint) uint256.Int {
		value := uint256.Int{dice.Uint64(), dice.Uint64(), dice.Uint64(), dice.Uint64()}
		return *value.Rsh(&value, 256-bits+uint(dice.IntN(int(bits))))
	}
	op := gaib.UserOperation{ChainID: 1, EntryPoint: entry, Sender: common.BytesToAddress(data()), Nonce: wide(256), CallData: data(), CallGas: wide(128),
		VerificationGas: wide(128), PreVerificationGas: wide(256), Tip: wide(128), Cap: wide(128)}
	switch dice.IntN(3) {
	case 0:
		op.Factory, op.FactoryData = common.Address{0x88, 19: byte(dice.Uint32())}, data()
	case 1:
		op.Sender, op.Delegate, op.FactoryData = delegated, delegate, data()
	}
	if dice.IntN(2) == 0 {
		op.Paymaster = &gaib.Paymaster{Address: common.Address{0x99, 19: 1}, VerificationGas: wide(128), PostOpGas: wide(128), Data: data()}
	}
	return op
}

// An ordinary account makes a plan at once by EIP-7702; the same account's user operations hash as the EntryPoint says.
func TestPlanBySetCode(t *testing.T) {
	artifacts := peers.Require(t, "EntryPoint", "Simple7702Account")
	chain, err := devnet.New()
	require.NoError(t, err)
	defer func() { require.NoError(t, chain.Close()) }()
	ctx, client, who := t.Context(), chain.Client(), chain.Accounts()
	entry, err := artifacts[0].Deploy(ctx, chain, who.Manager)
	require.NoError(t, err)
	delegate, err := artifacts[1].Deploy(ctx, chain, who.Manager)
	require.NoError(t, err)
	deployment := gaib.Mainnet().AllowAssumed()
	token, vault := aid.NewToken(deployment), said.NewVault(deployment)

	for round := range 2 {
		before, err := vault.BalanceOf(who.Alice.Address).Call(ctx, client, gaib.Latest)
		require.NoError(t, err)
		plan, err := vault.PlanStake(ctx, client, who.Alice.Address, aid.MustParse("5"))
		require.NoError(t, err)
		require.Len(t, plan, 2)
		tx, authorization, err := plan.SetCode(ctx, client, who.Alice.Address, delegate)
		require.NoError(t, err)
		if round == 0 {
			require.NotNil(t, authorization)
			digest, err := authorization.Digest()
			require.NoError(t, err)
			signature, err := who.Alice.SignDigest(digest)
			require.NoError(t, err)
			signed, err := authorization.Sign(signature)
			require.NoError(t, err)
			tx.Authorizations = append(tx.Authorizations, signed)
		} else {
			require.Nil(t, authorization, "the account has the code already")
		}
		receipt, err := sendTransaction(t, chain, who.Alice, tx)
		require.NoError(t, err)
		require.Less(t, receipt.GasUsed, tx.Gas)
		after, err := vault.BalanceOf(who.Alice.Address).Call(ctx, client, gaib.Latest)
		require.NoError(t, err)
		require.True(t, after.Gt(&before))
	}

	// A step that reverts is named, with its typed error.
	bad := gaib.Plan{token.Transfer(who.Bob.Address, aid.MustParse("1")), token.Transfer(who.Bob.Address, *new(uint256.Int).SetAllOne())}
	_, _, err = bad.SetCode(ctx, client, who.Alice.Address, delegate)
	var failed *gaib.BatchError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Step)
	var poor *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &poor)
	_, _, err = bad[1:].SetCode(ctx, client, who.Alice.Address, delegate)
	require.ErrorAs(t, err, &poor, "a single call")
	_, _, err = bad[:1].SetCode(ctx, client, who.Alice.Address, who.Bob.Address)
	require.ErrorIs(t, err, gaib.ErrNoCode, "a delegate without code")

	// Hashes of random operations, the ones of this account among them.
	type recorded struct {
		Version   gaib.EntryPointVersion
		Operation gaib.UserOperation
		Hash      common.Hash
	}
	var records []recorded
	dice := rand.New(rand.NewPCG(4337, 8))
	for i := range 2_000 {
		op := randomOp(dice, entry, who.Alice.Address, delegate)
		input, err := artifacts[0].ABI().Pack("getUserOpHash", byHand(op))
		require.NoError(t, err)
		output, err := peers.OnChain(ctx, chain).Call(common.Address{}, entry, input)
		require.NoError(t, err)
		got, err := op.Hash()
		require.NoError(t, err)
		require.Equal(t, common.BytesToHash(output), got, i)
		typed, err := op.TypedData()
		require.NoError(t, err)
		if i < 200 {
			require.Equal(t, got, walletDigest(t, typed))
		}
		old := op
		old.Version = gaib.EntryPoint07
		got07, err := old.Hash()
		require.NoError(t, err)
		require.Equal(t, hash07(t, old), got07, i)
		if i < 20 {
			records = append(records, recorded{op.Version, op, got}, recorded{old.Version, old, got07})
		}
	}
	if *recordUserOps {
		text, err := json.MarshalIndent(records, "", "\t")
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll("../../../userop/testdata", 0o755))
		require.NoError(t, os.WriteFile("../../../userop/testdata/hashes.json", append(text, '\n'), 0o644))
	}
}

// hash07 is the hash of release 0.7 by go-ethereum's codec.
func hash07(t *testing.T, o gaib.UserOperation) common.Hash {
	t.Helper()
	p := byHand(o)
	pack := func(values ...any) []byte {
		var arguments abi.Arguments
		for _, value := range values {
			name := "bytes32"
			switch value.(type) {
			case common.Address:
				name = "address"
			case *big.Int:
				name = "uint256"
			}
			kind, err := abi.NewType(name, "", nil)
			require.NoError(t, err)
			arguments = append(arguments, abi.Argument{Type: kind})
		}
		out, err := arguments.Pack(values...)
		require.NoError(t, err)
		return out
	}
	inner := crypto.Keccak256Hash(pack(p.Sender, p.Nonce, [32]byte(crypto.Keccak256(p.InitCode)), [32]byte(crypto.Keccak256(p.CallData)), p.AccountGasLimits,
		p.PreVerificationGas, p.GasFees, [32]byte(crypto.Keccak256(p.PaymasterAndData))))
	return crypto.Keccak256Hash(pack([32]byte(inner), o.EntryPoint, big.NewInt(int64(o.ChainID))))
}

func sendTransaction(t *testing.T, chain *devnet.Chain, from devnet.Account, tx gaib.Transaction) (gaib.Receipt, error) {
	t.Helper()
	digest, err := tx.Digest()
	require.NoError(t, err)
	signature, err := from.SignDigest(digest)
	require.NoError(t, err)
	hash, err := tx.Send(t.Context(), chain.Client(), signature)
	require.NoError(t, err)
	return tx.Wait(t.Context(), chain.Client(), hash)
}

// The reference account, created by the operation itself, stakes; its failures are told apart.
func TestPlanByUserOperation(t *testing.T) {
	artifacts := peers.Require(t, "EntryPoint", "SimpleAccountFactory")
	chain, err := devnet.New()
	require.NoError(t, err)
	defer func() { require.NoError(t, chain.Close()) }()
	ctx, client, who := t.Context(), chain.Client(), chain.Accounts()
	entry, err := artifacts[0].Deploy(ctx, chain, who.Manager)
	require.NoError(t, err)
	factory, err := artifacts[1].Deploy(ctx, chain, who.Manager, entry)
	require.NoError(t, err)
	create, err := artifacts[1].ABI().Pack("createAccount", who.Alice.Address, new(big.Int))
	require.NoError(t, err)
	ask, err := artifacts[1].ABI().Pack("getAddress", who.Alice.Address, new(big.Int))
	require.NoError(t, err)
	output, err := peers.OnChain(ctx, chain).Call(common.Address{}, factory, ask)
	require.NoError(t, err)
	account := common.BytesToAddress(output)

	deployment := gaib.Mainnet().AllowAssumed()
	token, vault := aid.NewToken(deployment), said.NewVault(deployment)
	_, err = send(t, chain, who.Whale, token.Transfer(account, aid.MustParse("100")))
	require.NoError(t, err)
	_, err = chain.Send(ctx, who.Whale, account, uint256.NewInt(1e18), nil)
	require.NoError(t, err)

	prepare := func(plan gaib.Plan) gaib.UserOperation {
		t.Helper()
		nonce, err := gaib.AccountNonce(1, entry, account, uint256.Int{}).Call(ctx, client, gaib.Latest)
		require.NoError(t, err)
		op, err := plan.UserOperation(gaib.EntryPoint08, account, gaib.SimpleAccount, nonce)
		require.NoError(t, err)
		fees, err := gaib.SuggestFees(ctx, client)
		require.NoError(t, err)
		op.EntryPoint, op.Tip, op.Cap = entry, fees.Tip, fees.Cap
		op.CallGas, op.VerificationGas, op.PreVerificationGas = *uint256.NewInt(600_000), *uint256.NewInt(600_000), *uint256.NewInt(100_000)
		return op
	}
	sign := func(op gaib.UserOperation) []byte {
		t.Helper()
		hash, err := op.Hash()
		require.NoError(t, err)
		signature, err := who.Alice.SignDigest(hash)
		require.NoError(t, err)
		signature[64] += 27
		return signature
	}

	plan, err := vault.PlanStake(ctx, client, account, aid.MustParse("60"))
	require.NoError(t, err)
	require.Len(t, plan, 2)
	op := prepare(plan)
	op.Factory, op.FactoryData = factory, create
	_, err = send(t, chain, who.Bob, op.Call(make([]byte, 65), who.Bob.Address))
	require.ErrorContains(t, err, "AA2", "a signature by nobody")
	receipt, err := send(t, chain, who.Bob, op.Call(sign(op), who.Bob.Address))
	require.NoError(t, err)
	require.NoError(t, op.Outcome(receipt, plan))
	left, err := token.BalanceOf(account).Call(ctx, client, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, aid.MustParse("40"), left)

	// The transaction goes well while the operation's second call reverts.
	plan = gaib.Plan{token.Transfer(who.Bob.Address, aid.MustParse("1")), token.Transfer(who.Bob.Address, aid.MustParse("40"))}
	op = prepare(plan)
	receipt, err = send(t, chain, who.Bob, op.Call(sign(op), who.Bob.Address))
	require.NoError(t, err)
	err = op.Outcome(receipt, plan)
	require.ErrorIs(t, err, gaib.ErrFailed)
	var failed *gaib.BatchError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Step)
	var poor *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &poor)
	require.ErrorContains(t, prepare(plan).Outcome(receipt, plan), "does not hold", "another operation")
}
