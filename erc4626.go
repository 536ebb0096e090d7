package gaib

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// ERC4626 is a vault: an ERC20 of shares in an asset. Assets and shares are in base units of their tokens.
type ERC4626 struct {
	ERC20
	asset Unit
}

// NewERC4626 returns the vault at a contract; share and asset are how their amounts are written.
func NewERC4626(contract Contract, share, asset Unit) ERC4626 {
	return ERC4626{ERC20: NewERC20(contract, share), asset: asset}
}

// AssetUnit returns how amounts of the asset are written.
func (v ERC4626) AssetUnit() Unit { return v.asset }

// Asset reads the address of the asset.
func (v ERC4626) Asset() *Query[common.Address] { return NewQuery(v.contract, ERC4626Asset{}) }

// TotalAssets reads what the vault manages.
func (v ERC4626) TotalAssets() *Query[uint256.Int] { return NewQuery(v.contract, ERC4626TotalAssets{}) }

// ConvertToAssets reads what shares are worth.
func (v ERC4626) ConvertToAssets(shares uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626ConvertToAssets{Shares: shares})
}

// ConvertToShares reads how many shares assets are worth.
func (v ERC4626) ConvertToShares(assets uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626ConvertToShares{Assets: assets})
}

// MaxDeposit reads how many assets the vault takes for a receiver.
func (v ERC4626) MaxDeposit(receiver common.Address) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626MaxDeposit{Receiver: receiver})
}

// MaxMint reads how many shares the vault mints for a receiver.
func (v ERC4626) MaxMint(receiver common.Address) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626MaxMint{Receiver: receiver})
}

// MaxWithdraw reads how many assets an owner can withdraw now.
func (v ERC4626) MaxWithdraw(owner common.Address) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626MaxWithdraw{Owner: owner})
}

// MaxRedeem reads how many shares an owner can redeem now.
func (v ERC4626) MaxRedeem(owner common.Address) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626MaxRedeem{Owner: owner})
}

// PreviewDeposit reads the shares that a deposit of assets gives now.
func (v ERC4626) PreviewDeposit(assets uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626PreviewDeposit{Assets: assets})
}

// PreviewMint reads the assets that minting shares takes now.
func (v ERC4626) PreviewMint(shares uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626PreviewMint{Shares: shares})
}

// PreviewWithdraw reads the shares that withdrawing assets burns now.
func (v ERC4626) PreviewWithdraw(assets uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626PreviewWithdraw{Assets: assets})
}

// PreviewRedeem reads the assets that redeeming shares gives now.
func (v ERC4626) PreviewRedeem(shares uint256.Int) *Query[uint256.Int] {
	return NewQuery(v.contract, ERC4626PreviewRedeem{Shares: shares})
}

// Deposit puts assets of the sender into the vault; the receiver gets the shares. The vault must be approved
// for the assets. An ERC-4626 deposit has no lower bound on the shares.
func (v ERC4626) Deposit(assets uint256.Int, receiver common.Address) Call {
	function := ERC4626Deposit{Assets: assets, Receiver: receiver}
	if receiver == (common.Address{}) {
		return FailedCall(v.contract, function, fmt.Errorf("receiver: %w", ErrZeroAddress))
	}
	return NewCall(v.contract, function, fmt.Sprintf("deposit %s into %s", v.asset.Format(assets), v.unit.Symbol))
}

// Mint mints exactly shares to the receiver and takes the assets they cost from the sender.
func (v ERC4626) Mint(shares uint256.Int, receiver common.Address) Call {
	function := ERC4626Mint{Shares: shares, Receiver: receiver}
	if receiver == (common.Address{}) {
		return FailedCall(v.contract, function, fmt.Errorf("receiver: %w", ErrZeroAddress))
	}
	return NewCall(v.contract, function, fmt.Sprintf("mint %s for its price in %s", v.unit.Format(shares), v.asset.Symbol))
}

// Withdraw takes exactly assets out for the receiver and burns the owner's shares.
func (v ERC4626) Withdraw(assets uint256.Int, receiver, owner common.Address) Call {
	return NewCall(v.contract, ERC4626Withdraw{Assets: assets, Receiver: receiver, Owner: owner},
		fmt.Sprintf("withdraw %s from %s", v.asset.Format(assets), v.unit.Symbol))
}

// Redeem burns exactly shares of the owner and pays the receiver what they are worth.
func (v ERC4626) Redeem(shares uint256.Int, receiver, owner common.Address) Call {
	return NewCall(v.contract, ERC4626Redeem{Shares: shares, Receiver: receiver, Owner: owner},
		fmt.Sprintf("redeem %s for %s", v.unit.Format(shares), v.asset.Symbol))
}

// Deposits are the vault's deposits, for [Logs].
func (v ERC4626) Deposits() *Events[ERC4626DepositEvent] {
	return NewEvents[ERC4626DepositEvent](v.contract)
}

// Withdrawals are the vault's withdrawals, for [Logs].
func (v ERC4626) Withdrawals() *Events[ERC4626WithdrawEvent] {
	return NewEvents[ERC4626WithdrawEvent](v.contract)
}
