package said

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/said/contract"
)

// ReadCall returns the call that calldata of the vault make, see [gaib.ReadBack].
func (v Vault) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var (
		deposit gaib.ERC4626Deposit
		unstake contract.VaultUnstake
		process contract.VaultProcessUnstakeQueue
	)
	switch {
	case deposit.Decode(data) == nil:
		if deposit.Receiver != from {
			return v.stake(deposit.Assets, deposit.Receiver, " for "+deposit.Receiver.Hex()), true
		}
		return v.Stake(deposit.Assets, deposit.Receiver), true
	case unstake.Decode(data) == nil:
		return v.Unstake(unstake.Shares), true
	case process.Decode(data) == nil && process.MaxIterations.IsUint64():
		return v.ProcessUnstakeQueue(process.MaxIterations.Uint64()), true
	}
	return v.ERC4626.ReadCall(from, data)
}

// CallReaders returns the contracts of this package that a deployment has, for [gaib.ReadBack].
func CallReaders(deployment gaib.Deployment) []gaib.CallReader {
	if vault := NewVault(deployment); vault.Contract().Err() == nil {
		return []gaib.CallReader{vault}
	}
	return nil
}
