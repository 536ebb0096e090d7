package aid

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
)

// forOther names who gets something when that is not the sender.
func forOther(from, receiver common.Address) string {
	if receiver == from {
		return ""
	}
	return " for " + receiver.Hex()
}

// ReadCall returns the call that calldata of the token make, see [gaib.ReadBack].
func (t Token) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var (
		mint   contract.TokenMint
		add    contract.TokenAddToDenyList
		remove contract.TokenRemoveFromDenyList
	)
	switch {
	case mint.Decode(data) == nil:
		return t.Mint(mint.To, mint.Amount), true
	case add.Decode(data) == nil:
		return t.AddToDenyList(add.Accounts...), true
	case remove.Decode(data) == nil:
		return t.RemoveFromDenyList(remove.Accounts...), true
	}
	return t.ERC20.ReadCall(from, data)
}

// ReadCall returns the call that calldata of the redeemer make, see [gaib.ReadBack].
func (r Redeemer) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var redeem contract.RedeemerRedeem
	if redeem.Decode(data) != nil {
		return gaib.Call{}, false
	}
	return r.redeem(redeem.Amount, redeem.Receiver, forOther(from, redeem.Receiver)), true
}

// ReadCall returns the call that calldata of the vesting contract make, see [gaib.ReadBack].
func (v Vesting) ReadCall(_ common.Address, data []byte) (gaib.Call, bool) {
	var (
		claim    contract.VestingClaim
		claimFor contract.VestingClaimFor
	)
	switch {
	case claim.Decode(data) == nil:
		return v.Claim(), true
	case claimFor.Decode(data) == nil:
		return v.ClaimFor(claimFor.User), true
	}
	return gaib.Call{}, false
}

// minterReader reads the calls of a minter that takes certain stablecoins.
type minterReader struct {
	Minter
	stablecoins []gaib.ERC20
}

func (m minterReader) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var mint contract.MinterMint
	if mint.Decode(data) != nil {
		return gaib.Call{}, false
	}
	for _, coin := range m.stablecoins {
		if coin.Address() == mint.Stablecoin {
			return m.Mint(coin, mint.Amount, mint.Receiver).Note(forOther(from, mint.Receiver)), true
		}
	}
	return gaib.NewCall(m.contract, mint, fmt.Sprintf("mint AID for %s base units of %s%s", mint.Amount.Dec(), mint.Stablecoin, forOther(from, mint.Receiver))), true
}

// migrationReader reads the calls of a migrator of certain vaults.
type migrationReader struct {
	Migration
	vaults []AlphaVault
}

func (m migrationReader) ReadCall(_ common.Address, data []byte) (gaib.Call, bool) {
	var migrate contract.MigrationMigrate
	if migrate.Decode(data) != nil {
		return gaib.Call{}, false
	}
	for _, vault := range m.vaults {
		if vault.Address() == migrate.AidAlpha {
			return m.Migrate(vault, migrate.Amount), true
		}
	}
	return gaib.NewCall(m.contract, migrate, fmt.Sprintf("migrate %s base units of %s to AID", migrate.Amount.Dec(), migrate.AidAlpha)), true
}

// CallReaders returns the contracts of this package, and the stablecoins, that a deployment has, for [gaib.ReadBack].
func CallReaders(deployment gaib.Deployment) []gaib.CallReader {
	coins := []gaib.ERC20{gaib.NewStablecoin(deployment, gaib.USDC), gaib.NewStablecoin(deployment, gaib.USDT)}
	minter, migration := minterReader{NewMinter(deployment), coins}, migrationReader{Migration: NewMigration(deployment)}
	var vaults []gaib.CallReader
	for _, name := range []gaib.Name{gaib.AlphaUSDC, gaib.AlphaUSDT, gaib.AlphaUSR, gaib.AlphaCUSDO, gaib.AlphaUSD1} {
		vault := NewAlphaVault(deployment, name)
		migration.vaults, vaults = append(migration.vaults, vault), append(vaults, vault)
	}
	all := append(vaults, NewToken(deployment), minter, migration, NewRedeemer(deployment), NewVesting(deployment), coins[0], coins[1])
	var there []gaib.CallReader
	for _, reader := range all {
		if reader.Contract().Err() == nil {
			there = append(there, reader)
		}
	}
	return there
}
