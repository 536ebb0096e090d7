package aid_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// redeemBook is Ethereum with the figures seen on mainnet: 10 basis points, and a float of 239,938.892162 USDC.
func redeemBook() book {
	chain := newBook(allowed())
	usdc := gaib.Mainnet().Contract(gaib.USDC).Address()
	chain.on(gaib.Redeemer, contract.RedeemerStablecoin{}, addressWord(usdc))
	chain.on(gaib.Redeemer, contract.RedeemerRedemptionFeeBps{}, u(10))
	chain.on(gaib.Redeemer, contract.RedeemerRedeemLimitPerDay{}, n("500000000000000000000000"))
	chain.on(gaib.Redeemer, contract.RedeemerIsWhitelisted{}, u(1))
	chain.on(gaib.USDC, gaib.ERC20BalanceOf{}, u(239_938_892_162))
	chain.on(gaib.AID, gaib.ERC20BalanceOf{}, n("1000000000000000000000"))
	chain.contracts[gaib.Redeemer][contract.RedeemerDailyRedeemed{}.Item().Selector] = func(block uint64, data []byte) ([]byte, error) {
		var asked contract.RedeemerDailyRedeemed
		if err := asked.Decode(data); err != nil {
			return nil, err
		}
		if asked.Day == u(fakenode.Time(block)/86_400) {
			return fakenode.Word(77), nil
		}
		return fakenode.Word(0), nil
	}
	return chain
}

func TestRedeemTerms(t *testing.T) {
	redeemer := aid.NewRedeemer(gaib.Mainnet()) // getters are reported, so nothing has to be allowed
	chain := redeemBook()
	today := time.Unix(int64(fakenode.Time(chain.Head)), 0)
	terms, err := redeemer.Terms(today).Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	want := aid.RedeemTerms{FeeBps: 10, LimitPerDay: n("500000000000000000000000"), RedeemedToday: u(77), Float: u(239_938_892_162), Decimals: 6}
	require.Equal(t, want, terms)
	want.RedeemedToday = u(0)
	terms, err = redeemer.Terms(today.AddDate(0, 0, -1)).Call(t.Context(), chain, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, want, terms)

	chain.on(gaib.Redeemer, contract.RedeemerStablecoin{}, addressWord(bob))
	_, err = redeemer.Terms(today).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, aid.ErrStablecoin)
	chain = redeemBook()
	chain.on(gaib.Redeemer, contract.RedeemerRedemptionFeeBps{}, n("18446744073709551616"))
	_, err = redeemer.Terms(today).Call(t.Context(), chain, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrBadAnswer)
}

func TestQuoteOfTheRedeemer(t *testing.T) {
	chain, redeemer := redeemBook(), aid.NewRedeemer(gaib.Mainnet())
	chain.Advance = true
	quote, err := redeemer.Quote(t.Context(), chain, aid.MustParse("100"))
	require.NoError(t, err)
	require.Equal(t, u(99_900_000), quote.Out, "100 less ten basis points, in USDC")
	require.Contains(t, chain.CallBlocks()[0], fakenode.BlockHash(1000).Hex(), "read at the block that decides on the day")
}

func TestPlanRedeem(t *testing.T) {
	redeemer := aid.NewRedeemer(allowed())
	chain := redeemBook()
	plan, err := redeemer.PlanRedeem(t.Context(), chain, alice, aid.MustParse("100"))
	require.NoError(t, err)
	require.Equal(t, "Redeem 100 AID for 99.9 USDC", plan.Describe())
	var redeem contract.RedeemerRedeem
	require.NoError(t, redeem.Decode(plan[0].Data))
	require.Equal(t, contract.RedeemerRedeem{Amount: aid.MustParse("100"), Receiver: alice}, redeem)

	refused := func(setUp func(book), amount string) error {
		chain := redeemBook()
		setUp(chain)
		plan, err := redeemer.PlanRedeem(t.Context(), chain, alice, aid.MustParse(amount))
		require.Nil(t, plan)
		return err
	}
	var unlisted *contract.RedeemerNotWhitelistedError
	require.ErrorAs(t, refused(func(b book) { b.on(gaib.Redeemer, contract.RedeemerIsWhitelisted{}, u(0)) }, "1"), &unlisted)
	require.Equal(t, alice, unlisted.Account)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, refused(func(book) {}, "1000.000000000000000001"), &short)
	require.ErrorIs(t, refused(func(b book) { b.on(gaib.Redeemer, contract.RedeemerRedeemLimitPerDay{}, u(78)) }, "1"), aid.LimitDaily)
	require.ErrorIs(t, refused(func(b book) { b.on(gaib.USDC, gaib.ERC20BalanceOf{}, u(1)) }, "1"), aid.LimitFloat)
	require.ErrorIs(t, refused(func(book) {}, "0"), aid.ErrZeroAmount)
	require.ErrorIs(t, refused(func(b book) { b.ChainID = 56 }, "1"), gaib.ErrWrongChain)
	_, err = redeemer.PlanRedeem(t.Context(), redeemBook(), common.Address{}, u(1))
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = aid.NewRedeemer(gaib.Mainnet()).PlanRedeem(t.Context(), redeemBook(), alice, u(1))
	require.ErrorIs(t, err, gaib.ErrUnverified, "redeem is assumed")
}

func TestRedeemerEvidence(t *testing.T) {
	for _, item := range aid.NewRedeemer(gaib.Mainnet()).Items() {
		if !strings.EqualFold(item.Kind.String(), "function") {
			continue
		}
		want := gaib.Reported
		if item.Name == "redeem" || item.Name == "isWhitelisted" {
			want = gaib.Assumed
		}
		require.Equal(t, want, item.Evidence, item.Signature)
	}
}
