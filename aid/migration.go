package aid

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
)

// AlphaVault is an AIDa pre-deposit vault of 2025: an ERC-4626 vault in which one share is one asset. Mind that the same
// address is another vault on another chain, and that its real limit is not in MaxDeposit, see [AlphaVault.Room].
// It reverts with texts (*gaib.RevertString): "Deposit exceeds limit", "Mint exceeds limit", "Withdraw is disabled".
type AlphaVault struct{ gaib.ERC4626 }

// NewAlphaVault returns the vault of a deployment by name, such as [gaib.AlphaUSDC].
func NewAlphaVault(deployment gaib.Deployment, name gaib.Name) AlphaVault {
	symbol := "AIDa" + string(name[min(len("Alpha"), len(name)):])
	// The vaults keep the decimals of their asset: 6 for USDC and USDT except on BNB Chain. The 18 of the others are assumed;
	// they only decide how amounts are written and quoted, see Decimals for what the vault says.
	decimals := uint8(18)
	if (name == gaib.AlphaUSDC || name == gaib.AlphaUSDT) && deployment.ChainID() != 56 {
		decimals = 6
	}
	asset := gaib.Unit{Symbol: symbol[len("AIDa"):], Decimals: decimals}
	vault := gaib.NewERC4626(deployment.Contract(name), gaib.Unit{Symbol: symbol, Decimals: decimals}, asset)
	vault.ERC20 = vault.WithPermit(gaib.Confirmed)
	return AlphaVault{vault}
}

// Items returns the binding's items, for [gaib.Probe].
func (v AlphaVault) Items() []gaib.Item {
	return slices.Concat(gaib.ERC20Items(), gaib.ERC4626Items(), gaib.PermitItems(gaib.Confirmed), contract.AlphaItems())
}

// WithdrawEnabled reads whether assets can be withdrawn. Until they can, withdraw and redeem revert.
func (v AlphaVault) WithdrawEnabled() *gaib.Query[bool] {
	return gaib.NewQuery(v.Contract(), contract.AlphaWithdrawEnabled{})
}

// MaxDepositLimit reads the cap of the vault's total assets.
func (v AlphaVault) MaxDepositLimit() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(v.Contract(), contract.AlphaMaxDepositLimit{})
}

// Room reads what can really still be deposited: the cap less the total assets, zero when that is reached. MaxDeposit does
// not know of the cap.
func (v AlphaVault) Room() *gaib.Query[uint256.Int] {
	limit, total := v.MaxDepositLimit(), v.TotalAssets()
	return gaib.Group(func() (room uint256.Int, err error) {
		if most, have := limit.Value(), total.Value(); have.Lt(&most) {
			room.Sub(&most, &have)
		}
		return room, nil
	}, limit, total)
}

// Migration is the contract that turns AIDa into AID, one way and 1:1 by value.
type Migration struct{ contract gaib.Contract }

// NewMigration returns the migrator of a deployment.
func NewMigration(deployment gaib.Deployment) Migration {
	return Migration{deployment.Contract(gaib.Migration, contract.DecodeMigrationError)}
}

// Contract returns the migrator's contract.
func (m Migration) Contract() gaib.Contract { return m.contract }

// Items returns the binding's items, for [gaib.Probe].
func (m Migration) Items() []gaib.Item { return contract.MigrationItems() }

// Supports reads whether the migrator takes a token.
func (m Migration) Supports(token common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(m.contract, contract.MigrationIsSupportedAIDa{Token: token})
}

// Migrate turns an amount of an AIDa token of the sender, in the token's base units, into AID. The migrator must be
// approved for it, see [Migration.PlanMigrate].
func (m Migration) Migrate(vault AlphaVault, amount uint256.Int) gaib.Call {
	function := contract.MigrationMigrate{AidAlpha: vault.Address(), Amount: amount}
	quote, err := QuoteMigration(amount, vault.Unit().Decimals)
	if err = cmp.Or(besides(m.contract, vault.Contract()), err); err != nil {
		return gaib.FailedCall(m.contract, function, err)
	}
	return gaib.NewCall(m.contract, function, fmt.Sprintf("migrate %s to %s", vault.Unit().Format(amount), Unit().Format(quote.Out)))
}

// PlanMigrate returns the shortest plan by which an account migrates AIDa: the approval if it is missing, and the
// migration. It reads in one request and fails as the chain would: *contract.MigrationUnsupportedAIDaTokenError,
// *contract.MigrationZeroAmountError, *gaib.ERC20InsufficientBalanceError.
func (m Migration) PlanMigrate(ctx context.Context, client gaib.Client, account common.Address, vault AlphaVault, amount uint256.Int) (gaib.Plan, error) {
	if amount.IsZero() {
		return nil, fmt.Errorf("migrate: %w", &contract.MigrationZeroAmountError{})
	}
	migrate := m.Migrate(vault, amount)
	if err := migrate.Err(); err != nil {
		return nil, err
	}
	supported := m.Supports(vault.Address())
	plan, err := vault.PlanSpend(ctx, client, account, m.contract, amount, supported)
	if supported.Err() == nil && !supported.Value() {
		err = &contract.MigrationUnsupportedAIDaTokenError{Token: vault.Address()}
	}
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return append(plan, migrate), nil
}

// Migrations are the migrations, for [gaib.Logs]. Their amounts are in units of the AIDa token.
func (m Migration) Migrations() *gaib.Events[contract.MigrationMigrationCompletedEvent] {
	return gaib.NewEvents[contract.MigrationMigrationCompletedEvent](m.contract)
}
