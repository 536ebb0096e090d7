package market

import (
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/devnet"
)

func amount(s string) *uint256.Int { return uint256.MustFromDecimal(s) }

func newLending(t testing.TB) (*devnet.Chain, *Lending) {
	t.Helper()
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	lending, err := Deploy(t.Context(), chain)
	require.NoError(t, err)
	return chain, lending
}

// state returns a user's collateral, and the market's debt and supply in assets.
func state(t testing.TB, m *Market, user common.Address) (collateral, debt, supply string) {
	t.Helper()
	l := m.Lending
	position, err := l.call(t.Context(), l.protocol, l.Address, "position", m.ID, user)
	require.NoError(t, err)
	market, err := l.call(t.Context(), l.protocol, l.Address, "market", m.ID)
	require.NoError(t, err)
	return fmt.Sprint(position[2]), fmt.Sprint(market[2]), fmt.Sprint(market[0])
}

func TestBorrowAgainstSAID(t *testing.T) {
	chain, lending := newLending(t)
	m, err := lending.Create(t.Context(), Config{})
	require.NoError(t, err)
	whale := chain.Accounts().Whale

	// NAV 1.055148472560343645 AID for a share, an AID worth one USDC: times 1e36, less twelve decimals.
	price, err := m.Price(t.Context())
	require.NoError(t, err)
	require.Equal(t, "1055148472560343645000000", price.Dec())

	require.NoError(t, m.Supply(t.Context(), whale, amount("1000000000000")))
	require.NoError(t, m.SupplyCollateral(t.Context(), whale, amount("1000000000000000000000")))
	// 1,000 sAID are worth 1,055.148472 USDC: 86 % of it is 907.427685.
	require.ErrorContains(t, m.Borrow(t.Context(), whale, amount("907427686")), "insufficient collateral")
	require.NoError(t, m.Borrow(t.Context(), whale, amount("907427685")))
	collateral, debt, supply := state(t, m, whale.Address)
	require.Equal(t, []string{"1000000000000000000000", "907427685", "1000000000000"}, []string{collateral, debt, supply})

	require.NoError(t, chain.Travel(30*24*time.Hour))
	require.NoError(t, m.Send(t.Context(), whale, "accrueInterest", m.params()))
	_, debt, supply = state(t, m, whale.Address)
	require.True(t, amount(debt).Gt(amount("907427685")))
	require.Equal(t, new(uint256.Int).Sub(amount(debt), amount("907427685")), new(uint256.Int).Sub(amount(supply), amount("1000000000000")))
}

// The oracle follows both NAVs, an AID off its peg, and a number.
func TestPriceSources(t *testing.T) {
	chain, lending := newLending(t)
	m, err := lending.Create(t.Context(), Config{Source: UnstakingNAV})
	require.NoError(t, err)
	require.Equal(t, "1055148472560343645000000", priceOf(t, m))

	// A mark-down of a tenth of the vault's assets.
	vault, err := devnet.LoadArtifact("StakedAID")
	require.NoError(t, err)
	assets, err := lending.call(t.Context(), vault.ABI, devnet.Addresses().SAID, "totalAssets")
	require.NoError(t, err)
	loss := new(uint256.Int).Div(amount(fmt.Sprint(assets[0])), uint256.NewInt(10))
	require.NoError(t, lending.send(t.Context(), chain.Accounts().Manager, vault.ABI, devnet.Addresses().SAID, "markDown", loss.ToBig()))
	exit, err := lending.call(t.Context(), vault.ABI, devnet.Addresses().SAID, "convertToAssetsWithLoss", uint256.NewInt(1e18).ToBig())
	require.NoError(t, err)
	require.Equal(t, "949633625304309280", fmt.Sprint(exit[0]), "nine tenths of the NAV, down")
	require.Equal(t, "949633625304309280000000", priceOf(t, m))

	require.NoError(t, m.SetPrice(t.Context(), DepositNAV, amount("990000000000000000")))
	require.Equal(t, "1044596987834740208550000", priceOf(t, m), "the same share with an AID of 0.99 USDC")
	require.NoError(t, m.SetPrice(t.Context(), Fixed, amount("7")))
	require.Equal(t, "7", priceOf(t, m))
	require.ErrorContains(t, m.SetPrice(t.Context(), Source(9), amount("7")), "no price source 9")

	plain, err := lending.Create(t.Context(), Config{Collateral: devnet.Addresses().AID, Source: Fixed, Value: amount("1000000000000000000000000")})
	require.NoError(t, err)
	require.Equal(t, "1000000000000000000000000", priceOf(t, plain))
	require.Error(t, plain.SetPrice(t.Context(), DepositNAV, amount("1")), "there is no vault to ask")
}

func priceOf(t testing.TB, m *Market) string {
	t.Helper()
	price, err := m.Price(t.Context())
	require.NoError(t, err)
	return price.Dec()
}

func TestCreate(t *testing.T) {
	_, lending := newLending(t)
	first, err := lending.Create(t.Context(), Config{LLTV: amount("770000000000000000"), Fee: amount("100000000000000000")})
	require.NoError(t, err)
	second, err := lending.Create(t.Context(), Config{LLTV: amount("770000000000000000")})
	require.NoError(t, err, "the same LLTV a second time, with an oracle of its own")
	require.NotEqual(t, first.ID, second.ID)

	packed := common.LeftPadBytes(first.Loan[:], 32)
	for _, a := range []common.Address{first.Collateral, first.Oracle, first.RateModel} {
		packed = append(packed, common.LeftPadBytes(a[:], 32)...)
	}
	packed = append(packed, common.LeftPadBytes(common.FromHex("0xaaf96eb9d0d0000"), 32)...) // 0.77e18
	require.Equal(t, crypto.Keccak256Hash(packed), first.ID)
	known, err := lending.call(t.Context(), lending.protocol, lending.Address, "idToMarketParams", first.ID)
	require.NoError(t, err)
	require.Equal(t, []any{first.Loan, first.Collateral, first.Oracle, first.RateModel, first.LLTV.ToBig()}, known)

	for _, bad := range []Config{
		{LLTV: amount("1000000000000000000")},
		{Fee: amount("250000000000000001")},
		{Source: Source(3)},
		{Loan: common.HexToAddress("0x1234")},
		{Collateral: devnet.Addresses().USDC}, // no vault
	} {
		_, err := lending.Create(t.Context(), bad)
		require.Error(t, err)
	}
}
