package aid_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func TestAlphaUnits(t *testing.T) {
	bnb, _ := gaib.On(56)
	sei, _ := gaib.On(1329)
	for _, c := range []struct {
		deployment gaib.Deployment
		name       gaib.Name
		share      string
		asset      string
		decimals   uint8
	}{
		{gaib.Mainnet(), gaib.AlphaUSDC, "AIDaUSDC", "USDC", 6},
		{gaib.Mainnet(), gaib.AlphaUSDT, "AIDaUSDT", "USDT", 6},
		{gaib.Mainnet(), gaib.AlphaUSR, "AIDaUSR", "USR", 18},
		{gaib.Mainnet(), gaib.AlphaCUSDO, "AIDaCUSDO", "CUSDO", 18},
		{bnb, gaib.AlphaUSD1, "AIDaUSD1", "USD1", 18},
		{bnb, gaib.AlphaUSDT, "AIDaUSDT", "USDT", 18},
		{sei, gaib.AlphaUSDC, "AIDaUSDC", "USDC", 6},
	} {
		vault := aid.NewAlphaVault(c.deployment, c.name)
		require.NoError(t, vault.Contract().Err())
		require.Equal(t, gaib.Unit{Symbol: c.share, Decimals: c.decimals}, vault.Unit())
		require.Equal(t, gaib.Unit{Symbol: c.asset, Decimals: c.decimals}, vault.AssetUnit())
	}
	// A name that is none of a vault is an error of its queries, not a panic.
	for _, name := range []gaib.Name{"", "x", "Alpha", "AlphaEUR"} {
		_, err := aid.NewAlphaVault(gaib.Mainnet(), name).Room().Call(t.Context(), newBook(gaib.Mainnet()), gaib.Latest)
		require.ErrorIs(t, err, gaib.ErrUnknownContract)
	}
}

func TestRoom(t *testing.T) {
	most := *new(uint256.Int).SetAllOne()
	for _, c := range []struct{ limit, total, want uint256.Int }{
		{u(100), u(40), u(60)}, {u(100), u(99), u(1)}, {u(100), u(100), u(0)}, {u(100), u(101), u(0)}, {most, u(0), most}, {u(0), most, u(0)},
	} {
		chain, vault := newBook(gaib.Mainnet()), aid.NewAlphaVault(gaib.Mainnet(), gaib.AlphaUSDC)
		chain.on(gaib.AlphaUSDC, contract.AlphaMaxDepositLimit{}, c.limit)
		chain.on(gaib.AlphaUSDC, gaib.ERC4626TotalAssets{}, c.total)
		chain.on(gaib.AlphaUSDC, contract.AlphaWithdrawEnabled{}, u(1))
		room, open := vault.Room(), vault.WithdrawEnabled()
		_, err := gaib.Read(t.Context(), chain, gaib.Latest, room, open)
		require.NoError(t, err)
		require.Equal(t, c.want, room.Value())
		require.True(t, open.Value())
		require.Len(t, chain.Requests(), 1)
	}
}

// The vaults revert with texts.
func TestAlphaReverts(t *testing.T) {
	chain, vault := newBook(gaib.Mainnet()), aid.NewAlphaVault(gaib.Mainnet(), gaib.AlphaUSDC)
	text := "Withdraw is disabled"
	chain.reverts(gaib.AlphaUSDC, gaib.ERC4626PreviewRedeem{}, "08c379a0"+common.Bytes2Hex(fakenode.Word(32))+common.Bytes2Hex(fakenode.Word(uint64(len(text))))+
		common.Bytes2Hex(common.RightPadBytes([]byte(text), 32)))
	_, err := vault.PreviewRedeem(u(1)).Call(t.Context(), chain, gaib.Latest)
	var reason *gaib.RevertString
	require.ErrorAs(t, err, &reason)
	require.Equal(t, text, reason.Text)
}

// migrationBook is Ethereum with alice holding 1,000 AIDaUSDC, of which the migrator may take so much.
func migrationBook(approved uint64) book {
	chain := newBook(gaib.Mainnet())
	chain.on(gaib.Migration, contract.MigrationIsSupportedAIDa{}, u(1))
	chain.on(gaib.AlphaUSDC, gaib.ERC20BalanceOf{}, u(1_000_000_000))
	chain.on(gaib.AlphaUSDC, gaib.ERC20Allowance{}, u(approved))
	return chain
}

// Its source is verified: nothing of it has to be allowed.
func TestPlanMigrate(t *testing.T) {
	migration, vault := aid.NewMigration(gaib.Mainnet()), aid.NewAlphaVault(gaib.Mainnet(), gaib.AlphaUSDC)
	chain := migrationBook(0)
	plan, err := migration.PlanMigrate(t.Context(), chain, alice, vault, u(250_500_000))
	require.NoError(t, err)
	require.Len(t, chain.Requests(), 1)
	require.Equal(t, "Approve 250.5 AIDaUSDC for Migration; migrate 250.5 AIDaUSDC to 250.5 AID", plan.Describe())
	require.NoError(t, plan.Err())
	var migrate contract.MigrationMigrate
	require.NoError(t, migrate.Decode(plan[1].Data))
	require.Equal(t, contract.MigrationMigrate{AidAlpha: vault.Address(), Amount: u(250_500_000)}, migrate)

	plan, err = migration.PlanMigrate(t.Context(), migrationBook(250_500_000), alice, vault, u(250_500_000))
	require.NoError(t, err)
	require.Equal(t, "Migrate 250.5 AIDaUSDC to 250.5 AID", plan.Describe())
}

func TestPlanMigrateRefuses(t *testing.T) {
	migration, vault := aid.NewMigration(gaib.Mainnet()), aid.NewAlphaVault(gaib.Mainnet(), gaib.AlphaUSDC)
	plan := func(setUp func(book), amount uint256.Int) error {
		chain := migrationBook(0)
		setUp(chain)
		calls, err := migration.PlanMigrate(t.Context(), chain, alice, vault, amount)
		require.Nil(t, calls)
		return err
	}
	same := func(book) {}
	var zero *contract.MigrationZeroAmountError
	require.ErrorAs(t, plan(same, u(0)), &zero)
	var unsupported *contract.MigrationUnsupportedAIDaTokenError
	require.ErrorAs(t, plan(func(b book) { b.on(gaib.Migration, contract.MigrationIsSupportedAIDa{}, u(0)) }, u(1)), &unsupported)
	require.Equal(t, vault.Address(), unsupported.Token)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, plan(same, u(1_000_000_001)), &short)
	var quote *aid.QuoteError
	require.ErrorAs(t, plan(same, *new(uint256.Int).SetAllOne()), &quote)
	require.ErrorIs(t, plan(func(b book) { b.ChainID = 56 }, u(1)), gaib.ErrWrongChain)

	bnb, _ := gaib.On(56)
	_, err := migration.PlanMigrate(t.Context(), migrationBook(0), alice, aid.NewAlphaVault(bnb, gaib.AlphaUSDC), u(1))
	require.ErrorIs(t, err, gaib.ErrUnknownContract, "the vault is not on that chain")
	sei, _ := gaib.On(1329)
	require.ErrorIs(t, aid.NewMigration(sei).Migrate(vault, u(1)).Err(), gaib.ErrUnknownContract)
	require.ErrorIs(t, migration.Migrate(aid.NewAlphaVault(bnb, gaib.AlphaUSDC), u(1)).Err(), gaib.ErrUnknownContract)
	require.ErrorIs(t, migration.Migrate(aid.NewAlphaVault(bnb, gaib.AlphaUSD1), u(1)).Err(), gaib.ErrWrongChain)
	require.ErrorIs(t, migration.Migrate(vault, u(0)).Err(), aid.ErrZeroAmount)
	_, err = migration.PlanMigrate(t.Context(), migrationBook(0), alice, aid.NewAlphaVault(bnb, gaib.AlphaUSD1), u(1))
	require.ErrorIs(t, err, gaib.ErrWrongChain, "the vault is of another chain, though at an address that is one here too")
}

func TestMigrations(t *testing.T) {
	chain, migration := newBook(gaib.Mainnet()), aid.NewMigration(gaib.Mainnet())
	vault := aid.NewAlphaVault(gaib.Mainnet(), gaib.AlphaUSDC).Address()
	chain.Logs = []fakenode.Log{{Address: migration.Contract().Address(), Block: 3,
		Topics: []common.Hash{contract.MigrationMigrationCompletedEvent{}.Item().Topic, topicOf(alice), topicOf(vault), common.BytesToHash(fakenode.Word(5))}}}
	seen := 0
	for block, err := range gaib.Logs(t.Context(), chain, 0, gaib.Latest, migration.Migrations()) {
		require.NoError(t, err)
		for _, event := range migration.Migrations().In(block) {
			require.Equal(t, contract.MigrationMigrationCompletedEvent{User: alice, AidAlpha: vault, Amount: u(5)}, *event)
			seen++
		}
	}
	require.Equal(t, 1, seen)
}
