package live

import (
	"encoding/json"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
)

// apitypesDigest returns the digest of typed data in JSON by go-ethereum.
func apitypesDigest(t *testing.T, text json.RawMessage) common.Hash {
	t.Helper()
	var data apitypes.TypedData
	require.NoError(t, json.Unmarshal(text, &data))
	require.Equal(t, "Permit", data.PrimaryType)
	digest, _, err := apitypes.TypedDataAndHash(data)
	require.NoError(t, err)
	return common.BytesToHash(digest)
}

func TestPermitDigestIsThatOfApitypes(t *testing.T) {
	d := roll(17)
	randomAddress := func() (a common.Address) {
		for i := range a {
			a[i] = byte(d.Uint32())
		}
		return a
	}
	for n := range 100 {
		at := randomAddress()
		chainID := 1 + d.bits64(62)
		deployment := gaib.NewDeployment(chainID, "any").With(gaib.AID, gaib.Entry{Address: at, Evidence: gaib.Confirmed}).AllowAssumed()
		name, version := pick(d, "AI Dollar", "Ünï ≠ \"quoted\"\n", "x"), pick(d, "1", "2.0")
		permit := aid.NewToken(deployment).PermitOf(gaib.Permit{Owner: randomAddress(), Spender: randomAddress(), Value: d.bits(256), Nonce: d.bits(256),
			Deadline: time.Unix(1+int64(d.bits64(40)), 0)}, name, version)
		digest, err := permit.Digest()
		require.NoError(t, err)
		text, err := permit.TypedData()
		require.NoError(t, err)
		require.Equal(t, apitypesDigest(t, text), digest, "permit %d: %s", n, text)

		// The digest by the standard's own words, in which the JSON has no part.
		word := func(v uint256.Int) []byte { b := v.Bytes32(); return b[:] }
		left := func(a common.Address) []byte { return common.LeftPadBytes(a[:], 32) }
		domain := crypto.Keccak256(crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")),
			crypto.Keccak256([]byte(name)), crypto.Keccak256([]byte(version)), word(u(chainID)), left(at))
		message := crypto.Keccak256(crypto.Keccak256([]byte("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")),
			left(permit.Owner), left(permit.Spender), word(permit.Value), word(permit.Nonce), word(u(uint64(permit.Deadline.Unix()))))
		require.Equal(t, crypto.Keccak256Hash([]byte{0x19, 1}, domain, message), digest, "permit %d", n)
	}
}

// A signed permit is accepted by the token, once, and lets the spender take exactly its value.
func TestPermitIsAcceptedOnChain(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.who.Alice, w.who.Bob
	for _, token := range []gaib.ERC20{w.token.ERC20, aid.NewAlphaVault(w.deployment, gaib.AlphaUSDC).ERC20} {
		what := token.Unit().Symbol
		for use := range uint64(2) {
			value := u(1000 + use)
			w.client.asked()
			permit, err := token.Permit(w.ctx, w.client, alice.Address, bob.Address, value, w.chain.Now().Add(time.Hour))
			require.NoError(t, err, what)
			require.Equal(t, []string{"eth_call"}, w.client.asked())
			requireAmount(t, u(use), permit.Nonce, what+": nonce")
			digest, err := permit.Digest()
			require.NoError(t, err)
			text, err := permit.TypedData()
			require.NoError(t, err)
			require.Equal(t, apitypesDigest(t, text), digest)
			require.Equal(t, w.separator(token), domainOf(t, text), "%s: domain separator", what)
			signature, err := alice.SignDigest(digest)
			require.NoError(t, err)
			if use == 1 {
				signature[64] += 27
			}
			// Bob sends it, and spends what it allows.
			receipts := w.carryOut(bob, gaib.Plan{permit.Call(signature), token.TransferFrom(alice.Address, bob.Address, value)})
			logs := receipts[0].Decode(token.Approvals())
			require.Len(t, logs, 1)
			require.Equal(t, &gaib.ERC20ApprovalEvent{Owner: alice.Address, Spender: bob.Address, Value: value}, logs[0].Event)
			left := read(w, token.Allowance(alice.Address, bob.Address))
			require.True(t, left.IsZero(), what)
			requireAmount(t, u(use+1), read(w, token.Nonce(alice.Address)), what+": next nonce")
			// It does not count twice: with the next nonce the signer comes out as somebody else.
			_, err = gaib.Plan{permit.Call(signature)}.Simulate(w.ctx, w.client, bob.Address)
			var invalid *gaib.ERC2612InvalidSignerError
			require.ErrorAs(t, err, &invalid, what)
			require.Equal(t, alice.Address, invalid.Owner)
		}
	}
}

// separator reads the token's own domain separator.
func (w *world) separator(token gaib.ERC20) common.Hash {
	w.t.Helper()
	var output hexutil.Bytes
	require.NoError(w.t, w.chain.Client().CallContext(w.ctx, &output, "eth_call", map[string]any{"to": token.Address(), "input": "0x3644e515"}, "latest"))
	return common.BytesToHash(output)
}

func domainOf(t *testing.T, text json.RawMessage) common.Hash {
	t.Helper()
	var data apitypes.TypedData
	require.NoError(t, json.Unmarshal(text, &data))
	domain, err := data.HashStruct("EIP712Domain", data.Domain.Map())
	require.NoError(t, err)
	return common.BytesToHash(domain)
}

// saying returns the code of a contract that answers everything with the same bytes.
func saying(answer []byte) []byte {
	return slices.Concat([]byte{0x61, byte(len(answer) >> 8), byte(len(answer))}, common.FromHex("0x80600a5f395ff3"), answer)
}

// A token is asked for its domain, and not signed for when that is of another chain, contract or kind.
func TestPermitOfAForeignDomain(t *testing.T) {
	at := common.HexToAddress("0x1111111111111111111111111111111111111111")
	outputs := artifact(t, "AID").ABI.Methods["eip712Domain"].Outputs
	for name, c := range map[string]struct {
		fields byte
		chain  int64
		of     common.Address
		fine   bool
	}{
		"its own":          {0x0f, 1, at, true},
		"another chain":    {0x0f, 2, at, false},
		"another contract": {0x0f, 1, devnet.Addresses().AID, false},
		"with a salt":      {0x1f, 1, at, false},
		"without version":  {0x0d, 1, at, false},
	} {
		t.Run(name, func(t *testing.T) {
			domain, err := outputs.Pack([1]byte{c.fields}, "AI Dollar", "1", big.NewInt(c.chain), c.of, [32]byte{}, []*big.Int{})
			require.NoError(t, err)
			w := newWorld(t, devnet.WithAlloc(types.GenesisAlloc{at: {Code: saying(domain), Balance: new(big.Int)}}))
			w = w.on(w.deployment.With(gaib.AID, gaib.Entry{Address: at, Evidence: gaib.Confirmed}))
			_, err = w.token.Permit(w.ctx, w.client, w.who.Alice.Address, w.who.Bob.Address, u(1), w.chain.Now().Add(time.Hour))
			if c.fine {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, gaib.ErrBadAnswer)
			require.ErrorContains(t, err, "is not its own")
		})
	}
}

func TestPermitsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.who.Alice.Address, w.who.Bob.Address
	_, err := w.token.Permit(w.ctx, w.client, common.Address{}, bob, u(1), w.chain.Now())
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = w.token.Permit(w.ctx, w.client, alice, common.Address{}, u(1), w.chain.Now())
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	permit, err := w.token.Permit(w.ctx, w.client, alice, bob, u(1), time.Time{})
	require.NoError(t, err)
	_, err = permit.Digest()
	require.ErrorIs(t, err, gaib.ErrDeadline)
	_, err = permit.TypedData()
	require.ErrorIs(t, err, gaib.ErrDeadline)
	require.ErrorIs(t, permit.Call(make([]byte, 65)).Err(), gaib.ErrDeadline)
	permit.Deadline = w.chain.Now()
	require.ErrorIs(t, permit.Call(make([]byte, 65)).Err(), gaib.ErrSignature)

	// USDC of the devnet has no permit at all.
	_, err = w.usdc.Permit(w.ctx, w.client, alice, bob, u(1), w.chain.Now().Add(time.Hour))
	var revert *gaib.RevertError
	require.ErrorAs(t, err, &revert)

	// On a public chain AID's permit is assumed, AIDa's confirmed.
	strict := w.on(gaib.Mainnet())
	_, err = strict.token.Permit(w.ctx, w.client, alice, bob, u(1), w.chain.Now().Add(time.Hour))
	require.ErrorIs(t, err, gaib.ErrUnverified)
	require.ErrorIs(t, strict.token.PermitOf(gaib.Permit{Owner: alice, Spender: bob, Deadline: w.chain.Now()}, "", "").Call(make([]byte, 65)).Err(), gaib.ErrUnverified)
	_, err = aid.NewAlphaVault(strict.deployment, gaib.AlphaUSDC).Permit(w.ctx, w.client, alice, bob, u(1), w.chain.Now().Add(time.Hour))
	require.NoError(t, err)
}
