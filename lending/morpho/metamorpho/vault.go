package metamorpho

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// ErrQueue: a queue names a market that the vault does not have. Read the vault again.
var ErrQueue = errors.New("metamorpho: a queue names a market that is not among the vault's; read the vault again")

// Allocation is what a vault has in one market.
type Allocation struct {
	ID           common.Hash
	Market       blue.Market
	SupplyShares uint256.Int // of the vault
	Cap          uint256.Int // most assets that deposits may bring the market to; zero for none
}

// Vault is the state of a vault and of its markets.
type Vault struct {
	TotalSupply     uint256.Int // shares
	LastTotalAssets uint256.Int // what the fee was last accrued on
	Fee             lending.Ratio
	DecimalsOffset  uint8
	Cash            uint256.Int  // the token's balance of Morpho itself
	Markets         []Allocation // those of either queue, each once
	SupplyQueue     []int        // indices of Markets, in the order in which deposits go in
	WithdrawQueue   []int        // in the order in which withdrawals come out
}

// Totals is a vault's at one time, interest and fee included.
type Totals struct {
	Assets    uint256.Int // sum of what the vault has in the markets of its withdraw queue, each rounded down
	Supply    uint256.Int // shares, with FeeShares
	FeeShares uint256.Int // what the fee recipient would be given now
}

// Totals returns assets and supply at a time: fee shares = floor(floor(interest * fee / 1e18) * (supply + 10^offset) /
// (assets - fee + 1)), full-512. It reverts as the contract does. Source: MetaMorpho.sol totalAssets, _accruedFeeShares.
func (v Vault) Totals(now uint64) (t Totals, err error) {
	for _, i := range v.WithdrawQueue {
		a, err := v.at(i)
		if err != nil {
			return Totals{}, err
		}
		assets, _, err := a.supplied(now)
		if err != nil {
			return Totals{}, err
		}
		if err := fixed.Add(&t.Assets, &t.Assets, &assets); err != nil {
			return Totals{}, revert(err)
		}
	}
	t.Supply = v.TotalSupply
	if v.Fee == 0 || !t.Assets.Gt(&v.LastTotalAssets) {
		return t, nil
	}
	var interest, fee, rest uint256.Int
	interest.Sub(&t.Assets, &v.LastTotalAssets)
	if err := fixed.MulDivDown(&fee, &interest, &uint256.Int{uint64(v.Fee)}, &uint256.Int{1e18}); err != nil {
		return Totals{}, revert(err)
	}
	if err := fixed.Sub(&rest, &t.Assets, &fee); err != nil {
		return Totals{}, revert(err)
	}
	before := Totals{Assets: rest, Supply: v.TotalSupply}
	if t.FeeShares, err = v.shares(before, fee, fixed.MulDivDown); err != nil {
		return Totals{}, err
	}
	if err := fixed.Add(&t.Supply, &t.Supply, &t.FeeShares); err != nil {
		return Totals{}, revert(err)
	}
	return t, nil
}

// ConvertToAssets returns what shares are worth at a time, rounded down. Source: MetaMorpho.sol.
func (v Vault) ConvertToAssets(shares uint256.Int, now uint64) (uint256.Int, error) {
	t, err := v.Totals(now)
	if err != nil {
		return uint256.Int{}, err
	}
	return v.assets(t, shares, fixed.MulDivDown)
}

// ConvertToShares returns the shares that assets are worth at a time, rounded down. Source: MetaMorpho.sol.
func (v Vault) ConvertToShares(assets uint256.Int, now uint64) (uint256.Int, error) {
	t, err := v.Totals(now)
	if err != nil {
		return uint256.Int{}, err
	}
	return v.shares(t, assets, fixed.MulDivDown)
}

// MaxDeposit returns how much the caps of the supply queue let in: sum of max(0, cap - supplied rounded up). A market that
// stands in the queue twice counts twice, as in the contract. Source: MetaMorpho.sol maxDeposit.
func (v Vault) MaxDeposit(now uint64) (most uint256.Int, err error) {
	for _, i := range v.SupplyQueue {
		a, err := v.at(i)
		if err != nil {
			return uint256.Int{}, err
		}
		if a.Cap.IsZero() {
			continue
		}
		m, _, err := a.Market.Accrue(max(now, a.Market.LastUpdate))
		if err != nil {
			return uint256.Int{}, err
		}
		room, err := a.room(m)
		if err != nil {
			return uint256.Int{}, err
		}
		if err := fixed.Add(&most, &most, &room); err != nil {
			return uint256.Int{}, revert(err)
		}
	}
	return most, nil
}

// MaxWithdraw returns how many assets an owner of shares can withdraw: their worth, less what the markets of the withdraw
// queue cannot pay out. Source: MetaMorpho.sol maxWithdraw.
func (v Vault) MaxWithdraw(shares uint256.Int, now uint64) (uint256.Int, error) {
	worth, err := v.ConvertToAssets(shares, now)
	if err != nil {
		return uint256.Int{}, err
	}
	left := worth
	for _, i := range v.WithdrawQueue {
		if left.IsZero() {
			break
		}
		a, err := v.at(i)
		if err != nil {
			return uint256.Int{}, err
		}
		assets, m, err := a.supplied(now)
		if err != nil {
			return uint256.Int{}, err
		}
		available := v.withdrawable(m, assets)
		left.Sub(&left, least(&left, &available))
	}
	worth.Sub(&worth, &left)
	return worth, nil
}

// Move is what a deposit puts into a market or a withdrawal takes out.
type Move struct {
	ID     common.Hash
	Assets uint256.Int
}

// Outcome is what a deposit or a withdrawal leaves.
type Outcome struct {
	Vault     Vault
	Assets    uint256.Int
	Shares    uint256.Int
	FeeShares uint256.Int // given to the fee recipient before
	Moves     []Move      // in the order of the queue
}

// Deposit returns what depositing assets leaves: shares rounded down, assets allocated along the supply queue up to the
// caps. It reverts with *contract.MetaMorphoAllCapsReachedError. Source: MetaMorpho.sol deposit.
func (v Vault) Deposit(assets uint256.Int, now uint64) (Outcome, error) {
	t, err := v.Totals(now)
	if err != nil {
		return Outcome{}, err
	}
	shares, err := v.shares(t, assets, fixed.MulDivDown)
	if err != nil {
		return Outcome{}, err
	}
	return v.enter(t, assets, shares, now)
}

// Mint returns what buying shares leaves: assets rounded up. It is [Vault.Deposit] otherwise.
func (v Vault) Mint(shares uint256.Int, now uint64) (Outcome, error) {
	t, err := v.Totals(now)
	if err != nil {
		return Outcome{}, err
	}
	assets, err := v.assets(t, shares, fixed.MulDivUp)
	if err != nil {
		return Outcome{}, err
	}
	return v.enter(t, assets, shares, now)
}

// Withdraw returns what withdrawing assets leaves: shares rounded up, assets collected along the withdraw queue. It
// reverts with *contract.MetaMorphoNotEnoughLiquidityError. Source: MetaMorpho.sol withdraw.
func (v Vault) Withdraw(assets uint256.Int, now uint64) (Outcome, error) {
	t, err := v.Totals(now)
	if err != nil {
		return Outcome{}, err
	}
	shares, err := v.shares(t, assets, fixed.MulDivUp)
	if err != nil {
		return Outcome{}, err
	}
	return v.leave(t, assets, shares, now)
}

// Redeem returns what redeeming shares leaves: assets rounded down. It is [Vault.Withdraw] otherwise.
func (v Vault) Redeem(shares uint256.Int, now uint64) (Outcome, error) {
	t, err := v.Totals(now)
	if err != nil {
		return Outcome{}, err
	}
	assets, err := v.assets(t, shares, fixed.MulDivDown)
	if err != nil {
		return Outcome{}, err
	}
	return v.leave(t, assets, shares, now)
}

func (v Vault) enter(t Totals, assets, shares uint256.Int, now uint64) (Outcome, error) {
	o := Outcome{Vault: v.clone(), Assets: assets, Shares: shares, FeeShares: t.FeeShares}
	after := &o.Vault
	after.TotalSupply, after.LastTotalAssets = t.Supply, t.Assets
	if err := fixed.Add(&after.TotalSupply, &after.TotalSupply, &shares); err != nil {
		return Outcome{}, revert(err)
	}
	left := assets
	for _, i := range v.SupplyQueue {
		a, err := after.at(i)
		if err != nil {
			return Outcome{}, err
		}
		if a.Cap.IsZero() {
			continue
		}
		if a.Market, _, err = a.Market.Accrue(max(now, a.Market.LastUpdate)); err != nil {
			return Outcome{}, err
		}
		amount, err := a.room(a.Market)
		if err != nil {
			return Outcome{}, err
		}
		amount = *least(&amount, &left)
		// A market that refuses is passed over.
		if moved, err := a.Market.Supply(blue.Position{SupplyShares: a.SupplyShares}, blue.Amount{Assets: amount}, a.Market.LastUpdate); err == nil {
			a.Market, a.SupplyShares = moved.Market, moved.Position.SupplyShares
			left.Sub(&left, &amount)
			after.Cash.Add(&after.Cash, &amount)
			o.Moves = append(o.Moves, Move{a.ID, amount})
		}
		if left.IsZero() {
			break
		}
	}
	if !left.IsZero() {
		return Outcome{}, &gaib.RevertError{Reason: &contract.MetaMorphoAllCapsReachedError{}}
	}
	if err := fixed.Add(&after.LastTotalAssets, &after.LastTotalAssets, &assets); err != nil {
		return Outcome{}, revert(err)
	}
	return o, nil
}

func (v Vault) leave(t Totals, assets, shares uint256.Int, now uint64) (Outcome, error) {
	o := Outcome{Vault: v.clone(), Assets: assets, Shares: shares, FeeShares: t.FeeShares}
	after := &o.Vault
	after.LastTotalAssets.Sub(&t.Assets, least(&assets, &t.Assets))
	left := assets
	for _, i := range v.WithdrawQueue {
		a, err := after.at(i)
		if err != nil {
			return Outcome{}, err
		}
		var supplied uint256.Int
		if supplied, a.Market, err = a.supplied(now); err != nil {
			return Outcome{}, err
		}
		amount := after.withdrawable(a.Market, supplied)
		amount = *least(&amount, &left)
		if moved, err := a.Market.Withdraw(blue.Position{SupplyShares: a.SupplyShares}, blue.Amount{Assets: amount}, a.Market.LastUpdate); err == nil {
			a.Market, a.SupplyShares = moved.Market, moved.Position.SupplyShares
			left.Sub(&left, &amount)
			after.Cash.Sub(&after.Cash, &amount)
			o.Moves = append(o.Moves, Move{a.ID, amount})
		}
		if left.IsZero() {
			break
		}
	}
	if !left.IsZero() {
		return Outcome{}, &gaib.RevertError{Reason: &contract.MetaMorphoNotEnoughLiquidityError{}}
	}
	if shares.Gt(&t.Supply) {
		return Outcome{}, &gaib.RevertError{Reason: &gaib.ERC20InsufficientBalanceError{Balance: t.Supply, Needed: shares}}
	}
	after.TotalSupply.Sub(&t.Supply, &shares)
	return o, nil
}

func (v *Vault) clone() Vault {
	c := *v
	c.Markets, c.SupplyQueue, c.WithdrawQueue = slices.Clone(v.Markets), slices.Clone(v.SupplyQueue), slices.Clone(v.WithdrawQueue)
	return c
}

func (v *Vault) at(i int) (*Allocation, error) {
	if i < 0 || i >= len(v.Markets) {
		return nil, fmt.Errorf("market %d of %d: %w", i, len(v.Markets), ErrQueue)
	}
	return &v.Markets[i], nil
}

// supplied returns what the vault has in the market at a time, rounded down, and the market then.
func (a *Allocation) supplied(now uint64) (uint256.Int, blue.Market, error) {
	m, _, err := a.Market.Accrue(max(now, a.Market.LastUpdate))
	if err != nil {
		return uint256.Int{}, blue.Market{}, err
	}
	assets, err := m.SupplyAssets(blue.Position{SupplyShares: a.SupplyShares})
	return assets, m, err
}

// room returns what the cap still lets in; what is in already is rounded up.
func (a *Allocation) room(m blue.Market) (uint256.Int, error) {
	assets, err := m.SupplyAssetsUp(blue.Position{SupplyShares: a.SupplyShares})
	if err != nil {
		return uint256.Int{}, err
	}
	room := a.Cap
	room.Sub(&room, least(&room, &assets))
	return room, nil
}

func (v *Vault) withdrawable(m blue.Market, supplied uint256.Int) uint256.Int {
	available := m.Liquidity()
	return *least(least(&available, &v.Cash), &supplied)
}

func (v *Vault) shares(t Totals, assets uint256.Int, round mulDiv) (uint256.Int, error) {
	return v.convert(assets, t, round, false)
}

func (v *Vault) assets(t Totals, shares uint256.Int, round mulDiv) (uint256.Int, error) {
	return v.convert(shares, t, round, true)
}

type mulDiv = func(z, x, y, d *uint256.Int) error

func (v *Vault) convert(amount uint256.Int, t Totals, round mulDiv, toAssets bool) (z uint256.Int, err error) {
	var assets, supply uint256.Int
	err = fixed.Add(&assets, &t.Assets, &uint256.Int{1})
	if err == nil {
		err = fixed.Pow10(&supply, v.DecimalsOffset)
	}
	if err == nil {
		err = fixed.Add(&supply, &supply, &t.Supply)
	}
	if err != nil {
		return z, revert(err)
	}
	if toAssets {
		err = round(&z, &amount, &assets, &supply)
	} else {
		err = round(&z, &amount, &supply, &assets)
	}
	if err != nil { // both divisors are positive, so the quotient does not fit
		return uint256.Int{}, &gaib.RevertError{Reason: &gaib.MathOverflowedMulDivError{}}
	}
	return z, nil
}

func least(x, y *uint256.Int) *uint256.Int {
	if y.Lt(x) {
		return y
	}
	return x
}

// revert returns what the contract does where a checked sum or difference fails.
func revert(error) error { return &gaib.RevertError{Reason: &gaib.PanicError{Code: uint256.Int{0x11}}} }
