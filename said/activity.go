package said

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said/contract"
)

// ReadEvent tells a log of the vault as what happened to an account, see [gaib.Activities]. The queue's events are assumed.
func (v Vault) ReadEvent(account common.Address, log gaib.Log) (string, bool) {
	var (
		requested contract.VaultUnstakeRequestedEvent
		processed contract.VaultUnstakeProcessedEvent
		skipped   contract.VaultUnstakeSkippedEvent
		deposit   gaib.ERC4626DepositEvent
	)
	switch {
	case requested.DecodeLog(log.Topics, log.Data) == nil && requested.User == account:
		return fmt.Sprintf("requested to unstake %s, worth %s", Unit().Format(requested.Shares), assetUnit().Format(requested.Assets)), true
	case processed.DecodeLog(log.Topics, log.Data) == nil && processed.User == account:
		text := "was paid " + assetUnit().Format(processed.Assets) + " from the unstake queue"
		if !processed.RemainingAssets.IsZero() {
			text += ", " + assetUnit().Format(processed.RemainingAssets) + " remain"
		}
		return text, true
	case skipped.DecodeLog(log.Topics, log.Data) == nil && skipped.User == account:
		return "was passed over in the unstake queue", true
	case deposit.DecodeLog(log.Topics, log.Data) == nil && deposit.Owner == account:
		return fmt.Sprintf("staked %s for %s", assetUnit().Format(deposit.Assets), Unit().Format(deposit.Shares)), true
	}
	return v.ERC4626.ReadEvent(account, log)
}
