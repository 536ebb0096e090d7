package gaib_test

import (
	"encoding/json"
	"math"
	"math/big"
	"os"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

var permitOwner = common.HexToAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23")

// recordedPermit returns the permit of the vectors made with go-ethereum's apitypes, and its digest there.
func recordedPermit(t *testing.T) (gaib.Permit, common.Hash) {
	t.Helper()
	data, err := os.ReadFile("internal/eip712/testdata/vectors.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Name   string
			Digest common.Hash
		}
	}
	require.NoError(t, json.Unmarshal(data, &file))
	require.Equal(t, "permit", file.Vectors[0].Name)
	value, err := gaib.ParseUnits("1250.5", 18)
	require.NoError(t, err)
	permit := gaib.Permit{Owner: permitOwner, Spender: vaultContract().Address(), Value: value, Nonce: units(3), Deadline: time.Unix(1_800_000_000, 0)}
	return token().WithPermit(gaib.Confirmed).PermitOf(permit, "AI Dollar", "1"), file.Vectors[0].Digest
}

func TestPermitDigest(t *testing.T) {
	permit, want := recordedPermit(t)
	have, err := permit.Digest()
	require.NoError(t, err)
	require.Equal(t, want, have)
	text, err := permit.TypedData()
	require.NoError(t, err)
	var typed struct {
		PrimaryType string
		Domain      map[string]string
		Message     map[string]string
	}
	require.NoError(t, json.Unmarshal(text, &typed))
	require.Equal(t, "Permit", typed.PrimaryType)
	require.Equal(t, "1", typed.Domain["chainId"])
	require.Equal(t, "1250500000000000000000", typed.Message["value"])
}

// A zero deadline is a number beyond all time when it is taken for a uint256: such a permit would never end.
func TestPermitNeedsADeadline(t *testing.T) {
	permit, _ := recordedPermit(t)
	for _, deadline := range []time.Time{{}, time.Unix(0, 0), time.Unix(-1, 0), time.Unix(math.MinInt64, 0)} {
		permit.Deadline = deadline
		_, err := permit.Digest()
		require.ErrorIs(t, err, gaib.ErrDeadline)
		_, err = permit.TypedData()
		require.ErrorIs(t, err, gaib.ErrDeadline)
		require.ErrorIs(t, permit.Call(make([]byte, 65)).Err(), gaib.ErrDeadline)
	}
}

func signature(v byte) []byte {
	signature := make([]byte, 65)
	signature[31], signature[63], signature[64] = 7, 9, v
	return signature
}

func TestPermitCall(t *testing.T) {
	permit, _ := recordedPermit(t)
	for v, want := range map[byte]uint64{0: 27, 1: 28, 27: 27, 28: 28} {
		call := permit.Call(signature(v))
		require.NoError(t, call.Err())
		require.Equal(t, common.FromHex("0xd505accf"+
			common.Bytes2Hex(common.LeftPadBytes(permitOwner[:], 32))+"000000000000000000000000b3b3c527ba57cd61648e2ec2f5e006a0b390a9f8"+
			common.Bytes2Hex(common.LeftPadBytes(permit.Value.Bytes(), 32))+word(1_800_000_000)+word(want)+word(7)+word(9)), call.Data)
		require.Equal(t, "let "+vaultContract().Address().Hex()+" take 1,250.5 AID of "+permitOwner.Hex()+" until 2027-01-15T08:00:00Z, as signed", call.Describe())
	}
	require.ErrorIs(t, permit.Call(nil).Err(), gaib.ErrSignature)

	// Without evidence that the token has permits the call is refused on a public chain.
	assumed := token().PermitOf(permit, "AI Dollar", "1")
	require.ErrorIs(t, assumed.Call(signature(0)).Err(), gaib.ErrUnverified)
	bnb, _ := gaib.On(56)
	missing := gaib.NewERC20(bnb.Contract(gaib.SAID), gaib.Unit{}).PermitOf(permit, "x", "1")
	_, err := missing.Digest()
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
	require.ErrorIs(t, missing.Call(signature(0)).Err(), gaib.ErrUnknownContract)
}

// domain encodes eip712Domain's results with go-ethereum's abi.
func domain(t *testing.T, fields byte, chain uint64, contract common.Address) []byte {
	t.Helper()
	var arguments abi.Arguments
	for _, name := range []string{"bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"} {
		typ, err := abi.NewType(name, "", nil)
		require.NoError(t, err)
		arguments = append(arguments, abi.Argument{Type: typ})
	}
	chainID := units(chain)
	data, err := arguments.Pack([1]byte{fields}, "AI Dollar", "1", chainID.ToBig(), contract, [32]byte{}, []*big.Int{})
	require.NoError(t, err)
	return data
}

func TestPermitFromTheChain(t *testing.T) {
	chain := newChain()
	answer := domain(t, 0x0f, 1, aidAt)
	chain.Contracts[aidAt] = func(_ uint64, data []byte) ([]byte, error) {
		switch [4]byte(data[:4]) {
		case gaib.ERC2612Nonces{}.Item().Selector:
			return fakenode.Word(3), nil
		case gaib.ERC2612Eip712Domain{}.Item().Selector:
			return answer, nil
		}
		return nil, fakenode.Revert(nil)
	}
	want, digest := recordedPermit(t)
	read := func() (gaib.Permit, error) {
		return token().WithPermit(gaib.Confirmed).Permit(t.Context(), chain, want.Owner, want.Spender, want.Value, want.Deadline)
	}
	permit, err := read()
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	requireDec(t, "3", permit.Nonce)
	have, err := permit.Digest()
	require.NoError(t, err)
	require.Equal(t, digest, have)

	for name, data := range map[string][]byte{
		"another chain":    domain(t, 0x0f, 56, aidAt),
		"another contract": domain(t, 0x0f, 1, bob),
		"with a salt":      domain(t, 0x1f, 1, aidAt),
		"no version":       domain(t, 0x0d, 1, aidAt),
		"cut short":        answer[:len(answer)-1],
	} {
		answer = data
		_, err = read()
		require.ErrorIs(t, err, gaib.ErrBadAnswer, name)
		answer = domain(t, 0x0f, 1, aidAt)
	}
	answer = nil
	_, err = read()
	require.ErrorIs(t, err, gaib.ErrNoCode)
	_, err = token().WithPermit(gaib.Confirmed).Permit(t.Context(), chain, common.Address{}, bob, units(1), want.Deadline)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = token().Permit(t.Context(), chain, alice, bob, units(1), want.Deadline)
	require.ErrorIs(t, err, gaib.ErrUnverified)
}

func TestPermitItems(t *testing.T) {
	for _, item := range gaib.PermitItems(gaib.Assumed) {
		require.Equal(t, gaib.Assumed, item.Evidence)
	}
	require.Len(t, gaib.PermitItems(gaib.Reported), 4)
	for _, item := range gaib.ERC2612Items() {
		require.Equal(t, gaib.Standard, item.Evidence, "the standard's own items are not changed")
	}
}

// Tokens without ERC-5267: USDC of Ethereum with the domain separator it has there, and others.
func TestPermitDiscovery(t *testing.T) {
	usdc := gaib.NewStablecoin(gaib.Mainnet(), gaib.USDC).WithPermit(gaib.Confirmed)
	text := func(text string) []byte {
		length := uint256.NewInt(uint64(len(text))).Bytes32()
		return append(append(fakenode.Word(32), length[:]...), common.RightPadBytes([]byte(text), 32)...)
	}
	usdcSeparator := common.FromHex("0x06c37168a7db5138defc7866392bb87a741f9b3d104deb5094588ce041cae335")
	answers := make(map[[4]byte][]byte)
	chain := newChain()
	chain.Contracts[usdc.Address()] = func(_ uint64, data []byte) ([]byte, error) {
		if answer, ok := answers[[4]byte(data[:4])]; ok {
			return answer, nil
		}
		return nil, fakenode.Revert(nil)
	}
	read := func() (gaib.Permit, error) {
		return usdc.Permit(t.Context(), chain, alice, bob, units(5), time.Unix(1_800_000_000, 0))
	}
	_, err := read()
	require.ErrorIs(t, err, gaib.ErrPermit, "no nonces")
	answers[gaib.ERC2612Nonces{}.Item().Selector] = fakenode.Word(7)
	_, err = read()
	require.ErrorIs(t, err, gaib.ErrPermit, "no domain separator")
	answers[gaib.ERC2612DomainSeparator{}.Item().Selector] = usdcSeparator
	answers[gaib.ERC20Name{}.Item().Selector] = text("USD Coin")
	permit, err := read()
	require.NoError(t, err, "version 2 is found by trying")
	requireDec(t, "7", permit.Nonce)
	answers[gaib.PermitDomainVersion{}.Item().Selector] = text("2")
	answers[gaib.PermitDomainPermitTypehash{}.Item().Selector] = common.FromHex("0x6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9")
	again, err := read()
	require.NoError(t, err, "version 2 is what the token says")
	first, err := permit.Digest()
	require.NoError(t, err)
	second, err := again.Digest()
	require.NoError(t, err)
	require.Equal(t, first, second)

	answers[gaib.ERC20Name{}.Item().Selector] = text("USDC")
	_, err = read()
	require.ErrorIs(t, err, gaib.ErrPermit, "the name is not the domain's")
	answers[gaib.ERC20Name{}.Item().Selector] = text("USD Coin")
	answers[gaib.PermitDomainPermitTypehash{}.Item().Selector] = common.FromHex("0xea2aa0a1be11a07ed86d755c93467f4f82362b452371d1ba94d1715123511acb")
	_, err = read()
	require.ErrorIs(t, err, gaib.ErrPermit, "DAI's permits say yes or no, not how much")
	require.ErrorContains(t, err, "another kind")

	_, err = usdc.WithPermit(gaib.Assumed).Permit(t.Context(), chain, alice, bob, units(5), time.Unix(1_800_000_000, 0))
	require.ErrorIs(t, err, gaib.ErrUnverified)
}
