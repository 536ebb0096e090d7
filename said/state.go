package said

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

const bpsDenominator = 10_000

var (
	// ErrZeroAmount: the vault refuses a request of zero shares. Ask for at least one.
	ErrZeroAmount = errors.New("the amount is zero; ask for at least one base unit")
	// ErrLossExceedsAssets: a loss is larger than the assets it is taken off. Book at most what is left.
	ErrLossExceedsAssets = errors.New("the loss is larger than the assets it is taken off")
	// ErrExceedsUnrealizedLoss: more is taken back or made final than is booked as unrealised. Use at most that.
	ErrExceedsUnrealizedLoss = errors.New("the amount is larger than the unrealised loss")
	// ErrInsufficientShares: more shares are asked for than exist. Read the balance and the total supply again.
	ErrInsufficientShares = errors.New("there are not that many shares")
	// ErrFee: a fee is above 10,000 basis points.
	ErrFee = errors.New("the fee is above 10,000 basis points")
)

// StateError is a change of the vault's books that the vault would revert. It wraps the sentinel that says why: one of
// this package, or an overflow of 256 bits.
type StateError struct {
	Op                string      // the step, for example "mark down"
	Amount, Available uint256.Int // what was asked for, and what there is where that is the cause
	Err               error
}

func (e *StateError) Error() string {
	if e.Available.IsZero() {
		return fmt.Sprintf("said: %s %s: %v", e.Op, e.Amount.Dec(), e.Err)
	}
	return fmt.Sprintf("said: %s %s: %v: %s", e.Op, e.Amount.Dec(), e.Err, e.Available.Dec())
}

func (e *StateError) Unwrap() error { return e.Err }

// State is the vault's books: assets A (an accounting figure, the portfolio included), the unrealised loss L <= A on
// them, and the supply S of shares. Assets are AID base units, shares sAID base units. The zero value is an empty vault.
//
// Its rules are OpenZeppelin's ERC-4626 with a virtual offset of 0, a loss-aware exit, and full-512 products. The
// deployed vault's source is not public: that it keeps its books in this way is assumed. Methods never change their
// receiver; those that change the books return the new ones.
type State struct {
	TotalAssets, UnrealizedLoss, TotalSupply uint256.Int
}

// ConvertToShares returns floor(assets * (S + 1) / (A + 1)).
func (s State) ConvertToShares(assets uint256.Int) (uint256.Int, error) {
	return s.convert("convert to shares", roundDown, &assets, &s.TotalSupply, &s.TotalAssets)
}

// ConvertToAssets returns floor(shares * (A + 1) / (S + 1)), the value at the Deposit NAV.
func (s State) ConvertToAssets(shares uint256.Int) (uint256.Int, error) {
	return s.convert("convert to assets", roundDown, &shares, &s.TotalAssets, &s.TotalSupply)
}

// ConvertToAssetsWithLoss returns floor(shares * (A - L + 1) / (S + 1)), the value at the Unstaking NAV.
func (s State) ConvertToAssetsWithLoss(shares uint256.Int) (uint256.Int, error) {
	net, err := s.net()
	if err != nil {
		return uint256.Int{}, err
	}
	return s.convert("convert to assets with loss", roundDown, &shares, &net, &s.TotalSupply)
}

// PreviewDeposit returns the shares that depositing assets gives, rounded down.
func (s State) PreviewDeposit(assets uint256.Int) (uint256.Int, error) {
	return s.convert("preview deposit", roundDown, &assets, &s.TotalSupply, &s.TotalAssets)
}

// PreviewMint returns the assets that minting shares costs, ceil(shares * (A + 1) / (S + 1)).
func (s State) PreviewMint(shares uint256.Int) (uint256.Int, error) {
	return s.convert("preview mint", roundUp, &shares, &s.TotalAssets, &s.TotalSupply)
}

// PreviewWithdraw returns the shares that withdrawing assets would burn, ceil(assets * (S + 1) / (A + 1)). The exit of
// sAID is the queue: use [State.ConvertToAssetsWithLoss] to value it.
func (s State) PreviewWithdraw(assets uint256.Int) (uint256.Int, error) {
	return s.convert("preview withdraw", roundUp, &assets, &s.TotalSupply, &s.TotalAssets)
}

// PreviewRedeem returns the assets of shares at the Deposit NAV, rounded down. The exit of sAID is the queue: use
// [State.ConvertToAssetsWithLoss] to value it.
func (s State) PreviewRedeem(shares uint256.Int) (uint256.Int, error) {
	return s.convert("preview redeem", roundDown, &shares, &s.TotalAssets, &s.TotalSupply)
}

// NAV returns both prices, for 1e18 shares.
func (s State) NAV() (NAV, error) {
	one := *uint256.NewInt(wad)
	deposit, err := s.ConvertToAssets(one)
	if err != nil {
		return NAV{}, err
	}
	unstaking, err := s.ConvertToAssetsWithLoss(one)
	if err != nil {
		return NAV{}, err
	}
	return NAV{Deposit: deposit, Unstaking: unstaking}, nil
}

// Deposit returns the books after assets have been staked at the Deposit NAV, and the shares given, rounded down.
func (s State) Deposit(assets uint256.Int) (after State, shares uint256.Int, err error) {
	if shares, err = s.PreviewDeposit(assets); err != nil {
		return State{}, uint256.Int{}, err
	}
	after, err = s.enter("deposit", &assets, &shares)
	return after, shares, err
}

// Mint returns the books after shares have been bought at the Deposit NAV, and the assets paid, rounded up.
func (s State) Mint(shares uint256.Int) (after State, assets uint256.Int, err error) {
	if assets, err = s.PreviewMint(shares); err != nil {
		return State{}, uint256.Int{}, err
	}
	after, err = s.enter("mint", &assets, &shares)
	return after, assets, err
}

func (s State) enter(op string, assets, shares *uint256.Int) (State, error) {
	if err := fixed.Add(&s.TotalAssets, &s.TotalAssets, assets); err != nil {
		return State{}, &StateError{Op: op, Amount: *assets, Err: err}
	}
	if err := fixed.Add(&s.TotalSupply, &s.TotalSupply, shares); err != nil {
		return State{}, &StateError{Op: op, Amount: *shares, Err: err}
	}
	return s, nil
}

// AccrueYield returns the books after a gross yield, and the protocol's fee: fee = floor(gross * feeBps / 10000),
// A += gross - fee. It fails with [ErrFee] if feeBps is above 10,000. GAIB's fee has been 2,000.
func (s State) AccrueYield(gross uint256.Int, feeBps uint64) (after State, fee uint256.Int, err error) {
	const op = "accrue yield"
	if feeBps > bpsDenominator {
		return State{}, uint256.Int{}, &StateError{Op: op, Amount: gross, Available: *uint256.NewInt(feeBps), Err: ErrFee}
	}
	// The fee is at most gross: neither the quotient nor the difference can fail.
	if err = fixed.MulDivDown(&fee, &gross, uint256.NewInt(feeBps), uint256.NewInt(bpsDenominator)); err != nil {
		return State{}, uint256.Int{}, &StateError{Op: op, Amount: gross, Err: err}
	}
	var net uint256.Int
	net.Sub(&gross, &fee)
	if err = fixed.Add(&s.TotalAssets, &s.TotalAssets, &net); err != nil {
		return State{}, uint256.Int{}, &StateError{Op: op, Amount: gross, Err: err}
	}
	return s, fee, nil
}

// MarkDown returns the books after an unrealised loss, L += loss: the Unstaking NAV falls, the Deposit NAV stays.
// It fails with [ErrLossExceedsAssets] if loss > A - L.
func (s State) MarkDown(loss uint256.Int) (State, error) {
	net, err := s.net()
	if err != nil {
		return State{}, err
	}
	if loss.Gt(&net) {
		return State{}, &StateError{Op: "mark down", Amount: loss, Available: net, Err: ErrLossExceedsAssets}
	}
	s.UnrealizedLoss.Add(&s.UnrealizedLoss, &loss)
	return s, nil
}

// MarkUp returns the books after part of the unrealised loss has been taken back, L -= gain. It fails with
// [ErrExceedsUnrealizedLoss] if gain > L.
func (s State) MarkUp(gain uint256.Int) (State, error) { return s.takeLoss("mark up", gain) }

// RealizeLoss returns the books after part of the unrealised loss has become final, A -= loss and L -= loss: the Deposit
// NAV falls, the Unstaking NAV stays. It fails with [ErrExceedsUnrealizedLoss] if loss > L.
func (s State) RealizeLoss(loss uint256.Int) (State, error) {
	if _, err := s.net(); err != nil {
		return State{}, err
	}
	after, err := s.takeLoss("realize loss", loss)
	if err != nil {
		return State{}, err
	}
	after.TotalAssets.Sub(&after.TotalAssets, &loss)
	return after, nil
}

func (s State) takeLoss(op string, amount uint256.Int) (State, error) {
	if amount.Gt(&s.UnrealizedLoss) {
		return State{}, &StateError{Op: op, Amount: amount, Available: s.UnrealizedLoss, Err: ErrExceedsUnrealizedLoss}
	}
	s.UnrealizedLoss.Sub(&s.UnrealizedLoss, &amount)
	return s, nil
}

// leave returns the books after shares have left for assets, which must not exceed their value at the Unstaking NAV.
// Who leaves below the Deposit NAV leaves the difference behind, which takes that much off the unrealised loss:
// taken = min(L, floor(shares * (A + 1) / (S + 1)) - assets), A -= assets + taken, L -= taken, S -= shares.
func (s State) leave(shares, assets uint256.Int) (State, error) {
	const op = "leave with"
	if shares.Gt(&s.TotalSupply) {
		return State{}, &StateError{Op: op, Amount: shares, Available: s.TotalSupply, Err: ErrInsufficientShares}
	}
	value, err := s.ConvertToAssets(shares)
	if err != nil {
		return State{}, err
	}
	var taken, out uint256.Int
	if value.Gt(&assets) {
		taken.Sub(&value, &assets)
		if taken.Gt(&s.UnrealizedLoss) {
			taken = s.UnrealizedLoss
		}
	}
	if err := fixed.Add(&out, &assets, &taken); err != nil {
		return State{}, &StateError{Op: op, Amount: assets, Err: err}
	}
	if err := fixed.Sub(&s.TotalAssets, &s.TotalAssets, &out); err != nil {
		return State{}, &StateError{Op: op, Amount: assets, Available: s.TotalAssets, Err: err}
	}
	s.UnrealizedLoss.Sub(&s.UnrealizedLoss, &taken)
	s.TotalSupply.Sub(&s.TotalSupply, &shares)
	return s, nil
}

// net returns A - L.
func (s State) net() (net uint256.Int, err error) {
	if err := fixed.Sub(&net, &s.TotalAssets, &s.UnrealizedLoss); err != nil {
		return uint256.Int{}, &StateError{
			Op: "unrealised loss", Amount: s.UnrealizedLoss, Available: s.TotalAssets, Err: ErrLossExceedsAssets,
		}
	}
	return net, nil
}

type rounding bool

const (
	roundDown rounding = false
	roundUp   rounding = true
)

// convert returns amount * (to + 1) / (from + 1), rounded as asked.
func (s State) convert(op string, round rounding, amount, to, from *uint256.Int) (uint256.Int, error) {
	var numerator, denominator, out uint256.Int
	one := uint256.NewInt(1)
	err := fixed.Add(&numerator, to, one)
	if err == nil {
		err = fixed.Add(&denominator, from, one)
	}
	if err == nil && round == roundUp {
		err = fixed.MulDivUp(&out, amount, &numerator, &denominator)
	} else if err == nil {
		err = fixed.MulDivDown(&out, amount, &numerator, &denominator)
	}
	if err != nil {
		return uint256.Int{}, &StateError{Op: op, Amount: *amount, Err: err}
	}
	return out, nil
}
