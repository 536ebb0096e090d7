package morpho

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/morpho/blue"
)

var (
	usdc = gaib.Unit{Symbol: "USDC", Decimals: 6}
	said = gaib.Unit{Symbol: "sAID", Decimals: 18}
	user = common.HexToAddress("0x1111111111111111111111111111111111111111")
	bot  = common.HexToAddress("0x2222222222222222222222222222222222222222")
)

func protocol(t testing.TB) Protocol {
	t.Helper()
	d, known := Published(gaib.Mainnet())
	require.True(t, known)
	return New(d)
}

func pair(t testing.TB) Pair {
	t.Helper()
	usdcEntry, known := gaib.Mainnet().Entry(gaib.USDC)
	require.True(t, known)
	saidEntry, known := gaib.Mainnet().Entry(gaib.SAID)
	require.True(t, known)
	return protocol(t).Pair(blue.Params{
		LoanToken: usdcEntry.Address, CollateralToken: saidEntry.Address,
		Oracle: common.HexToAddress("0x3333333333333333333333333333333333333333"),
		IRM:    common.HexToAddress("0x870aC11D48B15DB9a138Cf899d20F13F79Ba00BC"), LLTV: 860e15,
	}, usdc, said)
}

// Every published address passes its checksum, and every chain has all five contracts.
func TestPublished(t *testing.T) {
	chains := 0
	for _, id := range []uint64{1, 10, 137, 8453, 42161} {
		addresses := published(id)
		require.Len(t, addresses, 5)
		for name, text := range addresses {
			_, err := gaib.ParseAddress(text)
			require.NoError(t, err, "%d %s", id, name)
		}
		d, known := Published(gaib.NewDeployment(id, ""))
		require.True(t, known)
		require.NoError(t, New(d).Contract().Err())
		chains++
	}
	require.Equal(t, 5, chains)
	d, known := Published(gaib.NewDeployment(2, ""))
	require.False(t, known)
	require.ErrorIs(t, New(d).Contract().Err(), gaib.ErrUnknownContract)
}

const tuple = `{"name":"m","type":"tuple","components":[{"name":"loanToken","type":"address"},{"name":"collateralToken","type":"address"},{"name":"oracle","type":"address"},{"name":"irm","type":"address"},{"name":"lltv","type":"uint256"}]}`

// The calls as go-ethereum's codec packs them, and their words.
func TestCalls(t *testing.T) {
	p := pair(t)
	params := p.Params()
	one, none := *uint256.NewInt(1_000_000), uint256.Int{}
	lltv := uint256.NewInt(860e15).ToBig()
	packed := func(name string, types []string, args ...any) []byte {
		var inputs []string
		for _, typ := range types {
			inputs = append(inputs, `{"name":"","type":"`+typ+`"}`)
		}
		parsed, err := abi.JSON(strings.NewReader(`[{"type":"function","name":"` + name + `","inputs":[` + strings.Join(append([]string{tuple}, inputs...), ",") + `]}]`))
		require.NoError(t, err)
		data, err := parsed.Pack(name, append([]any{wireParams{params.LoanToken, params.CollateralToken, params.Oracle, params.IRM, lltv}}, args...)...)
		require.NoError(t, err)
		return data
	}
	for _, c := range []struct {
		call gaib.Call
		want []byte
		text string
	}{
		{p.Supply(blue.Amount{Assets: one}, user, nil), packed("supply", []string{"uint256", "uint256", "address", "bytes"}, one.ToBig(), none.ToBig(), user, []byte{}), "lend 1 USDC in the sAID/USDC market"},
		{p.Withdraw(blue.Amount{Shares: one}, user, bot), packed("withdraw", []string{"uint256", "uint256", "address", "address"}, none.ToBig(), one.ToBig(), user, bot), "take 1000000 shares of its supply back from the sAID/USDC market"},
		{p.Borrow(blue.Amount{Assets: one}, user, bot), packed("borrow", []string{"uint256", "uint256", "address", "address"}, one.ToBig(), none.ToBig(), user, bot), "borrow 1 USDC from the sAID/USDC market"},
		{p.Repay(blue.Amount{Shares: one}, user, []byte{1, 2}), packed("repay", []string{"uint256", "uint256", "address", "bytes"}, none.ToBig(), one.ToBig(), user, []byte{1, 2}), "repay 1000000 shares of its debt to the sAID/USDC market"},
		{p.SupplyCollateral(one, user, nil), packed("supplyCollateral", []string{"uint256", "address", "bytes"}, one.ToBig(), user, []byte{}), "put 0.000000000001 sAID up as collateral in the sAID/USDC market"},
		{p.WithdrawCollateral(one, user, bot), packed("withdrawCollateral", []string{"uint256", "address", "address"}, one.ToBig(), user, bot), "take 0.000000000001 sAID of collateral out of the sAID/USDC market"},
		{p.Liquidate(user, one, none, []byte{7}), packed("liquidate", []string{"address", "uint256", "uint256", "bytes"}, user, one.ToBig(), none.ToBig(), []byte{7}), "liquidate " + user.Hex() + " in the sAID/USDC market for 0.000000000001 sAID"},
		{p.AccrueInterest(), packed("accrueInterest", nil), "accrue the interest of the sAID/USDC market"},
		{p.Protocol().CreateMarket(params), packed("createMarket", nil), "create the market of " + params.LoanToken.Hex() + " against " + params.CollateralToken.Hex() + " with LLTV 86 %"},
	} {
		require.NoError(t, c.call.Err())
		require.Equal(t, c.want, c.call.Data, c.text)
		require.Equal(t, p.Protocol().Contract().Address(), c.call.To)
		require.Equal(t, c.text, c.call.Describe())
	}
	require.Equal(t, "let "+bot.Hex()+" act for you in all markets", p.Protocol().Authorize(bot, true).Describe())
	require.Equal(t, "flash-borrow 1 USDC", p.Protocol().FlashLoan(params.LoanToken, usdc, one, nil).Describe())
	for _, call := range []gaib.Call{
		p.Supply(blue.Amount{Assets: one}, common.Address{}, nil), p.Withdraw(blue.Amount{Assets: one}, user, common.Address{}),
		p.Borrow(blue.Amount{Assets: one}, common.Address{}, user), p.Liquidate(common.Address{}, one, none, nil), p.Protocol().Authorize(common.Address{}, true),
	} {
		require.ErrorIs(t, call.Err(), gaib.ErrZeroAddress)
	}
}

type wireParams struct {
	LoanToken, CollateralToken, Oracle, Irm common.Address
	Lltv                                    *big.Int
}

// The digest step by step, as EIP-712 says, with Morpho's two types; and a signature that leads back to its key.
func TestAuthorization(t *testing.T) {
	b := protocol(t)
	key, err := crypto.HexToECDSA(strings.Repeat("42", 32))
	require.NoError(t, err)
	a := Authorization{Authorizer: crypto.PubkeyToAddress(key.PublicKey), Authorized: bot, Allow: true, Nonce: *uint256.NewInt(7), Deadline: time.Unix(1_800_000_000, 0)}
	digest, err := b.AuthorizationDigest(a)
	require.NoError(t, err)

	word := func(n uint64) []byte { w := uint256.NewInt(n).Bytes32(); return w[:] }
	address := func(x common.Address) []byte { return common.LeftPadBytes(x[:], 32) }
	domain := crypto.Keccak256(crypto.Keccak256([]byte("EIP712Domain(uint256 chainId,address verifyingContract)")), word(1), address(b.Contract().Address()))
	message := crypto.Keccak256(crypto.Keccak256([]byte("Authorization(address authorizer,address authorized,bool isAuthorized,uint256 nonce,uint256 deadline)")),
		address(a.Authorizer), address(bot), word(1), word(7), word(1_800_000_000))
	require.Equal(t, common.BytesToHash(crypto.Keccak256([]byte{0x19, 0x01}, domain, message)), digest)

	signature, err := crypto.Sign(digest[:], key)
	require.NoError(t, err)
	call := b.AuthorizeSigned(a, signature)
	require.NoError(t, call.Err())
	require.Equal(t, "let "+bot.Hex()+" act for "+a.Authorizer.Hex()+" in all markets, as signed", call.Describe())
	require.Len(t, call.Data, 4+8*32)
	require.Equal(t, signature[:64], call.Data[4+6*32:])

	data, err := b.AuthorizationTypedData(a)
	require.NoError(t, err)
	require.Contains(t, string(data), `"primaryType":"Authorization"`)
	require.Error(t, b.AuthorizeSigned(a, signature[:64]).Err())
	a.Deadline = time.Time{}
	_, err = b.AuthorizationDigest(a)
	require.ErrorIs(t, err, ErrDeadline)
	require.ErrorIs(t, b.AuthorizeSigned(a, signature).Err(), ErrDeadline)
	_, err = New(gaib.Mainnet()).AuthorizationDigest(a)
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
}

// A token keeps the name that the deployment has for it, since approvals of USDT go by it.
func TestPairNames(t *testing.T) {
	p := pair(t)
	require.Equal(t, gaib.USDC, p.Loan().Contract().Name())
	require.Equal(t, gaib.SAID, p.Collateral().Contract().Name())
	require.Equal(t, NameIRM, p.irm.Name())
	require.Equal(t, gaib.Name("oracle"), p.oracle.Name())
	require.Equal(t, gaib.Reported, p.oracle.Entry().Evidence)
	require.Equal(t, p.Params().ID(), p.ID())
	require.Len(t, p.Sources(), 11)
	require.Len(t, p.WithModel(blue.FixedRate).Sources(), 10)
	params := p.Params()
	params.IRM = common.Address{}
	require.Equal(t, blue.NoInterest, protocol(t).Pair(params, usdc, said).model)
}
