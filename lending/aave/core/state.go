package core

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

// State is a pool and one account in it. Its methods simulate the account's own actions at the market's time: they return
// the state after it, or the [*RevertError] that the pool would give. The receiver is never changed.
//
// Simulated is the pool's own book. Whether the account holds and has approved the tokens it pays with is not: those
// are the tokens' rules. The account does not hold the role that enables isolated collateral on the first supply (V30).
type State struct {
	Market  Market
	Account Account
}

// Max is the amount that means all of it, 2^256 - 1, in [State.Withdraw] and [State.Repay].
func Max() (all uint256.Int) {
	all.SetAllOne()
	return all
}

// step is one action on a copy of a state.
type step struct {
	calc
	Market
	Account
	op string
}

func (s State) begin(op string) (*step, error) {
	if err := s.Market.Check(); err != nil {
		return nil, err
	}
	if err := s.Account.Check(); err != nil {
		return nil, err
	}
	return &step{Market: s.Market.clone(), Account: s.Account.clone(), op: op}, nil
}

func (s *step) end() (State, error) {
	if s.err != nil {
		return State{}, s.Revision.revert(s.op, s.err)
	}
	return State{Market: s.Market, Account: s.Account}, nil
}

// Data returns the account's value and health at the market's time, see [View.Data].
func (s State) Data() (Data, error) {
	v, err := s.Market.View()
	if err != nil {
		return Data{}, err
	}
	return v.Data(&s.Account)
}

// data is Data inside a step.
func (s *step) data() (d Data) {
	if s.err == nil {
		d, s.err = s.view().data(&s.Account)
	}
	return d
}

// userLTV is the loan-to-value that a reserve has for the account, V37.
func (s *step) userLTV(id int, category uint8) uint64 {
	e := s.emode(category)
	return e.userLTV(id, uint64(s.Reserves[id].Config.LTV))
}

// isolated returns the reserve that is the account's only, isolated collateral, V30.
func (s *step) isolated() (id int, ok bool) {
	id, ok = s.Config.only(2)
	if !ok || id >= len(s.Reserves) || s.Reserves[id].Config.DebtCeiling == 0 {
		return 0, false
	}
	return id, true
}

// isolatedAmount is a debt with the two decimals of debt ceilings.
func (s *step) isolatedAmount(r *Reserve, amount uint256.Int) uint256.Int {
	decimals := s.sub(number(uint64(r.Config.Decimals)), number(2))
	return s.fit(s.div(amount, s.unit(uint8(decimals.Uint64()))), 128)
}

// repayIsolated takes a repayment off the debt under the ceiling; interest makes repayments larger than it.
func (s *step) repayIsolated(r *Reserve, amount uint256.Int) {
	if s.err != nil || s.Revision != V30 {
		return
	}
	id, ok := s.isolated()
	if !ok {
		return
	}
	repaid, debt := s.isolatedAmount(r, amount), &s.Reserves[id].IsolatedDebt
	if s.err != nil {
		return
	}
	if debt.Gt(&repaid) {
		debt.Sub(debt, &repaid)
	} else {
		debt.Clear()
	}
}

// Scaled tokens. The contract also computes the interest since the account's last action, for its events; as the index
// never falls that fails only where the balance itself overflows.

func (s *step) mint(field, total *uint256.Int, scaled, index uint256.Int, balance binary) (first bool) {
	s.require(!scaled.IsZero(), ErrMintAmount)
	first = field.IsZero()
	after := *field
	if s.Revision == V37 {
		after = s.add(after, scaled)
	}
	s.do(balance, after, index)
	scaled = s.fit(scaled, s.Revision.balanceBits())
	s.addTo(total, scaled, 256)
	s.addTo(field, scaled, s.Revision.balanceBits())
	return first
}

func (s *step) burn(field, total *uint256.Int, scaled, index uint256.Int, balance binary) {
	s.require(!scaled.IsZero(), ErrBurnAmount)
	s.do(balance, *field, index)
	scaled = s.fit(scaled, s.Revision.balanceBits())
	s.takeFrom(total, scaled)
	s.takeFrom(field, scaled)
}

// Supply adds an amount to what the account has supplied. The first supply of an asset makes it collateral where the
// rules allow. Source: Aave SupplyLogic.executeSupply.
func (s State) Supply(id int, amount uint256.Int) (State, error) {
	x, err := s.begin("supply")
	if err != nil {
		return State{}, err
	}
	r, err := x.reserve(id)
	if err != nil {
		return State{}, err
	}
	x.accrue(&x.Market, r)
	var scaled uint256.Int
	if x.Revision == V37 { // v3.0 scales only when it mints, so that other reverts come first
		scaled = x.do(x.Revision.scaleDown, amount, r.LiquidityIndex)
		x.require(!scaled.IsZero(), ErrInvalidAmount)
	}
	x.require(!amount.IsZero(), ErrInvalidAmount)
	x.require(r.Config.Active, ErrInactive)
	x.require(!r.Config.Paused, ErrPaused)
	x.require(!r.Config.Frozen, ErrFrozen)
	if r.Config.SupplyCap != 0 {
		total := x.add(r.ScaledSupply, r.AccruedToTreasury)
		if x.Revision == V37 {
			total = x.do(x.Revision.supplied, x.add(total, scaled), r.LiquidityIndex)
		} else {
			total = x.add(x.do(x.Revision.supplied, total, r.LiquidityIndex), amount)
		}
		most := x.mul(number(r.Config.SupplyCap), x.unit(r.Config.Decimals))
		x.require(!total.Gt(&most), ErrSupplyCap)
	}
	x.reprice(&x.Market, r, amount, uint256.Int{})
	x.receive(&x.Market, r, amount)
	if x.Revision == V30 {
		scaled = x.do(x.Revision.scaleDown, amount, r.LiquidityIndex)
	}
	if x.mint(&x.balance(id).Supplied, &r.ScaledSupply, scaled, r.LiquidityIndex, x.Revision.supplied) && x.err == nil {
		automatic := r.Config.DebtCeiling == 0 && x.canBeCollateral(id)
		if x.Revision == V37 {
			automatic = x.canBeCollateral(id)
		}
		if automatic {
			x.Config = x.Config.WithCollateral(id, true)
		}
	}
	return x.end()
}

// canBeCollateral follows Aave ValidationLogic.validateUseAsCollateral.
func (s *step) canBeCollateral(id int) bool {
	if s.Revision == V37 {
		return s.userLTV(id, s.EMode) != 0
	}
	c := &s.Reserves[id].Config
	if c.LTV == 0 {
		return false
	}
	if !s.Config.any(collateralBits) {
		return true
	}
	_, isolated := s.isolated()
	return !isolated && c.DebtCeiling == 0
}

// Withdraw takes an amount out of what the account has supplied, all of it for [Max], and returns the amount taken.
// Source: Aave SupplyLogic.executeWithdraw.
func (s State) Withdraw(id int, amount uint256.Int) (State, uint256.Int, error) {
	x, err := s.begin("withdraw")
	if err != nil {
		return State{}, uint256.Int{}, err
	}
	r, err := x.reserve(id)
	if err != nil {
		return State{}, uint256.Int{}, err
	}
	x.accrue(&x.Market, r)
	field := &x.balance(id).Supplied
	var scaled uint256.Int
	all := amount == Max()
	if x.Revision == V37 {
		if scaled = *field; all {
			amount = x.do(x.Revision.supplied, scaled, r.LiquidityIndex)
		} else {
			scaled = x.do(x.Revision.scaleUp, amount, r.LiquidityIndex)
		}
		x.require(!scaled.IsZero(), ErrInvalidAmount)
		x.require(!scaled.Gt(field), ErrBalance)
	} else {
		balance := x.do(x.Revision.supplied, *field, r.LiquidityIndex)
		if all {
			amount = balance
		}
		x.require(!amount.IsZero(), ErrInvalidAmount)
		x.require(!amount.Gt(&balance), ErrBalance)
		all = amount == balance
	}
	x.require(r.Config.Active, ErrInactive)
	x.require(!r.Config.Paused, ErrPaused)
	x.reprice(&x.Market, r, uint256.Int{}, amount)
	collateral := x.Config.Collateral(id)
	if x.Revision == V30 {
		scaled = x.do(x.Revision.scaleUp, amount, r.LiquidityIndex)
		if collateral && all {
			x.Config = x.Config.WithCollateral(id, false)
		}
	}
	x.burn(field, &r.ScaledSupply, scaled, r.LiquidityIndex, x.Revision.supplied)
	x.pay(&x.Market, r, amount)
	if x.Revision == V37 && collateral && field.IsZero() {
		x.Config = x.Config.WithCollateral(id, false)
	}
	if collateral && x.Config.any(debtBits) {
		x.checkHealthAndLTV(id)
	}
	next, err := x.end()
	return next, amount, err
}

// checkHealthAndLTV is what follows on less collateral. Source: Aave ValidationLogic.validateHFAndLtv (V30),
// validateHFAndLtvzero (V37).
func (s *step) checkHealthAndLTV(id int) {
	d := s.data()
	s.require(d.safe(), ErrHealth)
	ltv := uint64(s.Reserves[id].Config.LTV)
	if s.Revision == V37 {
		ltv = s.userLTV(id, s.EMode)
	}
	s.require(!d.ZeroLTV || ltv == 0, ErrZeroLTV)
}

// Borrow adds an amount to the account's variable debt. Source: Aave BorrowLogic.executeBorrow.
func (s State) Borrow(id int, amount uint256.Int) (State, error) {
	x, err := s.begin("borrow")
	if err != nil {
		return State{}, err
	}
	r, err := x.reserve(id)
	if err != nil {
		return State{}, err
	}
	x.accrue(&x.Market, r)
	var scaled uint256.Int
	if x.Revision == V37 {
		scaled = x.do(x.Revision.scaleUp, amount, r.DebtIndex)
		x.validateBorrow37(id, r, scaled)
	} else {
		x.validateBorrow30(id, r, amount)
		scaled = x.do(x.Revision.scaleUp, amount, r.DebtIndex)
	}
	first := x.mint(&x.balance(id).Debt, &r.ScaledDebt, scaled, r.DebtIndex, x.Revision.owed)
	isolated, ok := x.isolated()
	if first || x.Revision == V37 {
		x.Config = x.Config.WithBorrowing(id, true)
	}
	if x.Revision == V30 && ok && x.err == nil {
		x.addTo(&x.Reserves[isolated].IsolatedDebt, x.isolatedAmount(r, amount), 128)
	}
	x.reprice(&x.Market, r, uint256.Int{}, amount)
	x.pay(&x.Market, r, amount)
	if x.Revision == V37 {
		d := x.data()
		x.require(d.LTV != 0, ErrZeroLTV)
		x.require(d.safe(), ErrHealth)
		needed := x.do(fixed.PercentDivCeil, d.Debt, number(d.LTV))
		x.require(!d.Collateral.Lt(&needed), ErrCollateralTooLow)
	}
	return x.end()
}

func (s *step) validateBorrow30(id int, r *Reserve, amount uint256.Int) {
	c := &r.Config
	s.require(!amount.IsZero(), ErrInvalidAmount)
	s.require(c.Active, ErrInactive)
	s.require(!c.Paused, ErrPaused)
	s.require(!c.Frozen, ErrFrozen)
	s.require(c.Borrowing, ErrBorrowingDisabled)
	s.require(!s.BorrowForbidden, ErrSentinel)
	unit := wrappedUnit(c.Decimals)
	if c.BorrowCap != 0 {
		total := s.add(s.do(s.Revision.owed, r.ScaledDebt, r.DebtIndex), amount)
		s.require(!total.Gt(capOf(c.BorrowCap, unit)), ErrBorrowCap)
	}
	if isolated, ok := s.isolated(); ok {
		collateral := &s.Reserves[isolated]
		s.require(c.BorrowableIsolated, ErrNotIsolatedAsset)
		total := collateral.IsolatedDebt
		s.addTo(&total, s.isolatedAmount(r, amount), 128)
		s.require(!total.GtUint64(collateral.Config.DebtCeiling), ErrDebtCeiling)
	}
	price := r.Price
	if s.EMode != 0 {
		s.require(c.EMode == s.EMode, ErrEMode)
		if e := s.emode(s.EMode); e.HasPrice {
			price = e.Price
		}
	}
	d := s.data()
	s.require(!d.Collateral.IsZero(), ErrNoCollateral)
	s.require(d.LTV != 0, ErrZeroLTV)
	s.require(d.Health.Cmp(lending.One) > 0, ErrHealth)
	needed := s.add(d.Debt, s.div(s.mul(price, amount), unit))
	needed = s.do(fixed.PercentDiv, needed, number(d.LTV))
	s.require(!needed.Gt(&d.Collateral), ErrCollateralTooLow)
	if s.Config.any(debtBits) {
		if only, ok := s.Config.only(1); ok && only < len(s.Reserves) && s.Reserves[only].Config.Siloed {
			s.require(only == id, ErrSiloed)
		} else {
			s.require(!c.Siloed, ErrSiloed)
		}
	}
}

// capOf is an unchecked product, as the contract's.
func capOf(tokens uint64, unit uint256.Int) *uint256.Int {
	return unit.Mul(&unit, &uint256.Int{tokens})
}

func (s *step) validateBorrow37(id int, r *Reserve, scaled uint256.Int) {
	c := &r.Config
	s.require(!scaled.IsZero(), ErrInvalidAmount)
	amount := s.do(s.Revision.owed, scaled, r.DebtIndex)
	s.require(c.Active, ErrInactive)
	s.require(!c.Paused, ErrPaused)
	s.require(!c.Frozen, ErrFrozen)
	if s.EMode != 0 {
		e := s.emode(s.EMode)
		s.require(e.Borrowable.Has(id), ErrEModeBorrow)
	} else {
		s.require(c.Borrowing, ErrBorrowingDisabled)
	}
	supply := s.do(s.Revision.supplied, r.ScaledSupply, r.LiquidityIndex)
	s.require(!supply.Lt(&amount), ErrInvalidAmount)
	if c.BorrowCap != 0 {
		total := s.do(s.Revision.owed, s.add(r.ScaledDebt, scaled), r.DebtIndex)
		s.require(!total.Gt(capOf(c.BorrowCap, wrappedUnit(c.Decimals))), ErrBorrowCap)
	}
}

// Repay takes an amount off the account's variable debt, at most all of it and all of it for [Max], and returns the
// amount repaid. Source: Aave BorrowLogic.executeRepay.
func (s State) Repay(id int, amount uint256.Int) (State, uint256.Int, error) {
	x, err := s.begin("repay")
	if err != nil {
		return State{}, uint256.Int{}, err
	}
	r, err := x.reserve(id)
	if err != nil {
		return State{}, uint256.Int{}, err
	}
	x.accrue(&x.Market, r)
	field := &x.balance(id).Debt
	debt := x.do(x.Revision.owed, *field, r.DebtIndex)
	x.require(!amount.IsZero(), ErrInvalidAmount)
	x.require(r.Config.Active, ErrInactive)
	x.require(!r.Config.Paused, ErrPaused)
	x.require(!debt.IsZero(), ErrNoDebt)
	if amount.Gt(&debt) {
		amount = debt
	}
	x.burn(field, &r.ScaledDebt, x.do(x.Revision.scaleDown, amount, r.DebtIndex), r.DebtIndex, x.Revision.owed)
	x.reprice(&x.Market, r, amount, uint256.Int{})
	if x.Revision == V37 && field.IsZero() || x.Revision == V30 && amount == debt {
		x.Config = x.Config.WithBorrowing(id, false)
	}
	x.repayIsolated(r, amount)
	x.receive(&x.Market, r, amount)
	next, err := x.end()
	return next, amount, err
}

// SetCollateral takes what the account has supplied of an asset into use as collateral, or out of it.
// Source: Aave SupplyLogic.executeUseReserveAsCollateral.
func (s State) SetCollateral(id int, on bool) (State, error) {
	x, err := s.begin("set collateral")
	if err != nil {
		return State{}, err
	}
	r, err := x.reserve(id)
	if err != nil {
		return State{}, err
	}
	scaled := x.Account.Balance(id).Supplied
	if x.Revision == V30 {
		balance := x.do(x.Revision.supplied, scaled, x.income(r, x.Time))
		x.require(!balance.IsZero(), ErrNothingSupplied)
	}
	x.require(r.Config.Active, ErrInactive)
	x.require(!r.Config.Paused, ErrPaused)
	if on == x.Config.Collateral(id) {
		return x.end()
	}
	if on {
		if x.Revision == V37 {
			x.require(!scaled.IsZero(), ErrNothingSupplied)
		}
		x.require(x.canBeCollateral(id), ErrIsolationOrZeroLTV)
		x.Config = x.Config.WithCollateral(id, true)
	} else {
		x.Config = x.Config.WithCollateral(id, false)
		x.checkHealthAndLTV(id)
	}
	return x.end()
}

// SetEMode puts the account into an eMode category, 0 for none.
// Source: Aave EModeLogic.executeSetUserEMode (V30), SupplyLogic.executeSetUserEMode (V37).
func (s State) SetEMode(category uint8) (State, error) {
	x, err := s.begin("set eMode")
	if err != nil {
		return State{}, err
	}
	before := x.EMode
	if x.Revision == V37 && before == category {
		return x.end()
	}
	e := x.emode(category)
	x.require(category == 0 || e.LiquidationThreshold != 0, ErrEMode)
	for id := range x.Reserves {
		c := &x.Reserves[id].Config
		if x.Revision == V30 {
			x.require(category == 0 || !x.Config.Borrowing(id) || c.EMode == category, ErrEMode)
			continue
		}
		if x.Config.Borrowing(id) {
			x.require(category != 0 && e.Borrowable.Has(id) || category == 0 && c.Borrowing, ErrEModeDebt)
		}
		if x.Config.Collateral(id) {
			x.require(x.userLTV(id, category) != 0, ErrEModeCollateral)
		}
	}
	x.EMode = category
	if x.Revision == V37 || before != 0 {
		d := x.data()
		x.require(d.safe(), ErrHealth)
	}
	return x.end()
}
