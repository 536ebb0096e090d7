package aid_test

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// mintBook is Ethereum with alice whitelisted, holding 1,000 of each stablecoin and having approved so much of it.
func mintBook(approved uint64) book {
	chain := newBook(allowed())
	chain.on(gaib.Minter, contract.MinterIsWhitelisted{}, u(1))
	chain.on(gaib.Minter, contract.MinterSupportedStablecoin{}, u(1))
	for _, coin := range []gaib.Name{gaib.USDC, gaib.USDT} {
		chain.on(coin, gaib.ERC20BalanceOf{}, u(1_000_000_000))
		chain.on(coin, gaib.ERC20Allowance{}, u(approved))
	}
	return chain
}

func TestPlanMint(t *testing.T) {
	minter := aid.NewMinter(allowed())
	for _, c := range []struct {
		coin     gaib.Name
		approved uint64
		want     string
	}{
		{gaib.USDC, 0, "Approve 250.5 USDC for Minter; mint 250.5 AID for 250.5 USDC"},
		{gaib.USDC, 250_499_999, "Approve 250.5 USDC for Minter; mint 250.5 AID for 250.5 USDC"},
		{gaib.USDC, 250_500_000, "Mint 250.5 AID for 250.5 USDC"},
		{gaib.USDT, 0, "Approve 250.5 USDT for Minter; mint 250.5 AID for 250.5 USDT"},
		{gaib.USDT, 1, "Withdraw the approval of USDT for Minter; approve 250.5 USDT for Minter; mint 250.5 AID for 250.5 USDT"},
		{gaib.USDT, 250_500_000, "Mint 250.5 AID for 250.5 USDT"},
	} {
		chain, coin := mintBook(c.approved), gaib.NewStablecoin(allowed(), c.coin)
		plan, err := minter.PlanMint(t.Context(), chain, alice, coin, u(250_500_000))
		require.NoError(t, err)
		require.Equal(t, c.want, plan.Describe())
		require.NoError(t, plan.Err())
		require.Len(t, chain.Requests(), 1)
		var mint contract.MinterMint
		require.NoError(t, mint.Decode(plan[len(plan)-1].Data))
		require.Equal(t, contract.MinterMint{Stablecoin: coin.Address(), Amount: u(250_500_000), Receiver: alice}, mint)
		require.Equal(t, minter.Contract().Address(), plan[len(plan)-1].To)
	}
}

func TestPlanMintRefuses(t *testing.T) {
	minter, usdc := aid.NewMinter(allowed()), gaib.NewStablecoin(allowed(), gaib.USDC)
	plan := func(setUp func(book), amount uint256.Int) error {
		chain := mintBook(0)
		setUp(chain)
		calls, err := minter.PlanMint(t.Context(), chain, alice, usdc, amount)
		require.Nil(t, calls)
		return err
	}
	same := func(book) {}
	var unlisted *contract.MinterNotWhitelistedError
	require.ErrorAs(t, plan(func(b book) { b.on(gaib.Minter, contract.MinterIsWhitelisted{}, u(0)) }, u(1)), &unlisted)
	require.Equal(t, alice, unlisted.Account)
	require.ErrorContains(t, unlisted, "DEX")
	var unsupported *contract.MinterUnsupportedStablecoinError
	require.ErrorAs(t, plan(func(b book) { b.on(gaib.Minter, contract.MinterSupportedStablecoin{}, u(0)) }, u(1)), &unsupported)
	require.Equal(t, usdc.Address(), unsupported.Stablecoin)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, plan(same, u(1_000_000_001)), &short)
	require.Equal(t, u(1_000_000_000), short.Balance)
	require.ErrorIs(t, plan(same, u(0)), aid.ErrZeroAmount)
	var quote *aid.QuoteError
	require.ErrorAs(t, plan(same, *new(uint256.Int).SetAllOne()), &quote)
	require.ErrorIs(t, plan(func(b book) { b.ChainID = 8453 }, u(1)), gaib.ErrWrongChain)
	require.ErrorIs(t, plan(func(b book) { delete(b.Contracts, minter.Contract().Address()) }, u(1)), gaib.ErrNoCode)
	down := errors.New("connection refused")
	require.ErrorIs(t, plan(func(b book) {
		b.Contracts[usdc.Address()] = func(uint64, []byte) ([]byte, error) { return nil, down }
	}, u(1)), down)
	bnb, _ := gaib.On(56)
	require.ErrorIs(t, minter.Mint(gaib.NewStablecoin(bnb, gaib.USDT), u(1), alice).Err(), gaib.ErrWrongChain)
	require.ErrorIs(t, minter.Mint(gaib.NewStablecoin(bnb, gaib.USDC), u(1), alice).Err(), gaib.ErrUnknownContract)
	_, err := minter.PlanMint(t.Context(), mintBook(0), common.Address{}, usdc, u(1))
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
}

// Nothing of the minter's interface is public, so on Ethereum all of it is refused until it is allowed.
func TestMinterIsAssumed(t *testing.T) {
	minter, usdc := aid.NewMinter(gaib.Mainnet()), gaib.NewStablecoin(gaib.Mainnet(), gaib.USDC)
	chain := mintBook(0)
	_, err := gaib.Read(t.Context(), chain, gaib.Latest, minter.IsWhitelisted(alice))
	require.ErrorIs(t, err, gaib.ErrUnverified)
	_, err = gaib.Read(t.Context(), chain, gaib.Latest, minter.Supports(usdc.Address()))
	require.ErrorIs(t, err, gaib.ErrUnverified)
	require.ErrorIs(t, minter.Mint(usdc, u(1), alice).Err(), gaib.ErrUnverified)
	_, err = minter.PlanMint(t.Context(), chain, alice, usdc, u(1))
	require.ErrorIs(t, err, gaib.ErrUnverified)
	for _, item := range minter.Items() {
		require.Equal(t, gaib.Assumed, item.Evidence, item.Signature)
	}
	bnb, _ := gaib.On(56)
	require.ErrorIs(t, aid.NewMinter(bnb.AllowAssumed()).Mint(usdc, u(1), alice).Err(), gaib.ErrUnknownContract)
}

func TestMints(t *testing.T) {
	chain, minter := newBook(gaib.Mainnet()), aid.NewMinter(gaib.Mainnet())
	usdc := gaib.Mainnet().Contract(gaib.USDC).Address()
	chain.Logs = []fakenode.Log{{Address: minter.Contract().Address(), Topics: []common.Hash{contract.MinterMintedEvent{}.Item().Topic, topicOf(alice), topicOf(bob), topicOf(usdc)},
		Data: append(fakenode.Word(5), fakenode.Word(7)...), Block: 3}}
	mints := minter.Mints()
	for block, err := range gaib.Logs(t.Context(), chain, 0, gaib.Latest, mints.Where(2, topicOf(bob))) {
		require.NoError(t, err)
		for _, mint := range mints.In(block) {
			require.Equal(t, contract.MinterMintedEvent{Caller: alice, Receiver: bob, Stablecoin: usdc, Amount: u(5), AidAmount: u(7)}, *mint)
			return
		}
	}
	t.Fatal("the mint was not found")
}
