// Package manager is the typed binding of what the devnet's manager does: steps of the NAV, mark-downs, liquidity for the
// queue. GAIB's own interface for these is not public.
package manager

//go:generate go run ../../abigen -pkg manager -out manager_gen.go vault.abi

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said"
)

// Vault makes the manager's calls of the devnet's sAID vault.
type Vault struct{ vault said.Vault }

// NewVault returns the manager's side of a vault.
func NewVault(vault said.Vault) Vault { return Vault{vault} }

// State reads the vault's books.
func (v Vault) State() *gaib.Query[said.State] {
	assets, supply := v.vault.TotalAssets(), v.vault.TotalSupply()
	loss := gaib.NewQuery(v.vault.Contract(), VaultUnrealizedLoss{})
	return gaib.Group(func() (said.State, error) {
		return said.State{TotalAssets: assets.Value(), UnrealizedLoss: loss.Value(), TotalSupply: supply.Value()}, nil
	}, assets, supply, loss)
}

// QueueLiquidity reads the AID set aside for the queue.
func (v Vault) QueueLiquidity() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(v.vault.Contract(), VaultQueueLiquidity{})
}

// AccrueYield books a gross yield, of which the protocol keeps its fee.
func (v Vault) AccrueYield(gross uint256.Int) gaib.Call {
	return gaib.NewCall(v.vault.Contract(), VaultAccrueYield{Gross: gross}, "book a gross yield of "+v.vault.AssetUnit().Format(gross))
}

// MarkDown books an unrealised loss.
func (v Vault) MarkDown(loss uint256.Int) gaib.Call {
	return gaib.NewCall(v.vault.Contract(), VaultMarkDown{Loss: loss}, "mark the portfolio down by "+v.vault.AssetUnit().Format(loss))
}

// FundQueueFromIdle sets idle AID of the vault aside for the queue.
func (v Vault) FundQueueFromIdle(assets uint256.Int) gaib.Call {
	return gaib.NewCall(v.vault.Contract(), VaultFundQueueFromIdle{Assets: assets}, "set "+v.vault.AssetUnit().Format(assets)+" aside for the queue")
}
