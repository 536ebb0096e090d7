package core

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

// The rules of liquidation.
const (
	closeFactorHealth lending.Ratio = 0.95e18     // at most up to here all of a debt can be liquidated
	closeFactorBase                 = 2_000 * 1e8 // V37: below this value on either side all of it can
	minLeftoverBase                 = 1_000 * 1e8 // V37: what must be left of both sides, if anything is of either
)

// Liquidation is what a liquidator asks for.
type Liquidation struct {
	Collateral, Debt int         // reserve ids
	Cover            uint256.Int // most to repay, base units of the debt asset; [Max] for all that is allowed
	ReceiveAToken    bool        // take aTokens instead of the asset
}

// Liquidated is what a liquidation did, in base units of the two assets.
type Liquidated struct {
	Repaid      uint256.Int // by the liquidator
	Seized      uint256.Int // what the liquidator gets
	ProtocolFee uint256.Int // of the collateral, what the treasury gets in aTokens
	BadDebt     uint256.Int // V37: debt of the same asset that became a deficit
	Scaled      uint256.Int // the aTokens that the liquidator gets, scaled, with ReceiveAToken
	Data        Data        // the account before it
}

// Liquidate simulates that somebody else liquidates the account. Price, close factor, bonus and fee are those of the
// market's revision:
//
//	base       = floor(debt price * cover * collateral unit / (collateral price * debt unit))
//	collateral = base * bonus, at most what the account has; then repaid = value of that / bonus
//	fee        = (collateral - collateral / bonus) * fee
//
// with products and quotients by basis points half up (V30), or: collateral floor, repaid ceil, fee ceil (V37). On V37 an
// account whose last collateral is taken loses all its debts, which become the reserves' deficits.
//
// With ReceiveAToken the liquidator's own account is not part of the result: Scaled is to be added to it.
// Source: Aave LiquidationLogic.executeLiquidationCall.
func (s State) Liquidate(l Liquidation) (State, Liquidated, error) {
	x, err := s.begin("liquidate")
	if err != nil {
		return State{}, Liquidated{}, err
	}
	debt, err := x.reserve(l.Debt)
	if err != nil {
		return State{}, Liquidated{}, err
	}
	collateral, err := x.reserve(l.Collateral)
	if err != nil {
		return State{}, Liquidated{}, err
	}
	var out Liquidated
	if x.Revision == V37 {
		out = x.liquidate37(l, debt, collateral)
	} else {
		out = x.liquidate30(l, debt, collateral)
	}
	next, err := x.end()
	if err != nil {
		return State{}, Liquidated{}, err
	}
	return next, out, nil
}

func (s *step) validateLiquidation(l Liquidation, d *Data, debt, collateral *Reserve, owed *uint256.Int) {
	s.require(collateral.Config.Active && debt.Config.Active, ErrInactive)
	s.require(!collateral.Config.Paused && !debt.Config.Paused, ErrPaused)
	if s.Revision == V37 {
		s.require(collateral.GraceUntil < s.Time && debt.GraceUntil < s.Time, ErrGracePeriod)
	} else {
		s.require(!s.LiquidationForbidden || d.Health.Cmp(closeFactorHealth) < 0, ErrSentinel)
	}
	s.require(!d.safe(), ErrHealthy)
	s.require(s.Config.Collateral(l.Collateral) && (s.Revision == V37 || collateral.Config.LiquidationThreshold != 0), ErrNotCollateral)
	s.require(!owed.IsZero(), ErrNotBorrowed)
}

// sale is one exchange of debt for collateral.
type sale struct {
	debtPrice, collateralPrice, debtUnit, collateralUnit uint256.Int
	cover, balance                                       uint256.Int
	bonus, fee                                           uint16
}

// amounts follows Aave LiquidationLogic._calculateAvailableCollateralToLiquidate.
func (s *step) amounts(x sale) (repaid, seized, fee uint256.Int) {
	mulBonus, divBonus, divNeeded, mulFee := fixed.PercentMul, fixed.PercentDiv, fixed.PercentDiv, fixed.PercentMul
	if s.Revision == V37 {
		mulBonus, divBonus, divNeeded, mulFee = fixed.PercentMulFloor, fixed.PercentDivFloor, fixed.PercentDivCeil, fixed.PercentMulCeil
	}
	bonus := number(uint64(x.bonus))
	base := s.div(s.mul(s.mul(x.debtPrice, x.cover), x.collateralUnit), s.mul(x.collateralPrice, x.debtUnit))
	repaid, seized = x.cover, s.do(mulBonus, base, bonus)
	if seized.Gt(&x.balance) {
		seized = x.balance
		value := s.div(s.mul(s.mul(x.collateralPrice, seized), x.debtUnit), s.mul(x.debtPrice, x.collateralUnit))
		repaid = s.do(divNeeded, value, bonus)
	}
	if x.fee != 0 {
		fee = s.do(mulFee, s.sub(seized, s.do(divBonus, seized, bonus)), number(uint64(x.fee)))
		seized = s.sub(seized, fee)
	}
	return repaid, seized, fee
}

func (s *step) liquidate30(l Liquidation, debt, collateral *Reserve) (out Liquidated) {
	s.accrue(&s.Market, debt)
	out.Data = s.data()
	debtField := &s.balance(l.Debt).Debt
	owed := s.do(s.Revision.owed, *debtField, debt.DebtIndex)
	factor := number(10_000)
	if out.Data.Health.Cmp(closeFactorHealth) > 0 {
		factor = number(5_000)
	}
	cover := s.do(fixed.PercentMul, owed, factor)
	if l.Cover.Lt(&cover) {
		cover = l.Cover
	}
	s.validateLiquidation(l, &out.Data, debt, collateral, &owed)
	trade := sale{debtPrice: debt.Price, collateralPrice: collateral.Price, debtUnit: wrappedUnit(debt.Config.Decimals),
		collateralUnit: wrappedUnit(collateral.Config.Decimals), cover: cover, bonus: collateral.Config.LiquidationBonus, fee: collateral.Config.ProtocolFee}
	if s.EMode != 0 {
		e := s.emode(s.EMode)
		if collateral.Config.EMode == s.EMode {
			if trade.bonus = e.LiquidationBonus; e.HasPrice {
				trade.collateralPrice = e.Price
			}
		}
		if e.HasPrice {
			trade.debtPrice = e.Price
		}
	}
	supplied := &s.balance(l.Collateral).Supplied
	debtField = &s.balance(l.Debt).Debt // the balance before may have moved it
	trade.balance = s.do(s.Revision.supplied, *supplied, s.income(collateral, s.Time))
	out.Repaid, out.Seized, out.ProtocolFee = s.amounts(trade)
	if out.Repaid == owed {
		s.Config = s.Config.WithBorrowing(l.Debt, false)
	}
	if s.add(out.Seized, out.ProtocolFee) == trade.balance {
		s.Config = s.Config.WithCollateral(l.Collateral, false)
	}
	s.burn(debtField, &debt.ScaledDebt, s.do(s.Revision.scaleDown, out.Repaid, debt.DebtIndex), debt.DebtIndex, s.Revision.owed)
	s.reprice(&s.Market, debt, out.Repaid, uint256.Int{})
	s.repayIsolated(debt, out.Repaid)
	if l.ReceiveAToken {
		out.Scaled = s.transfer(supplied, out.Seized, s.income(collateral, s.Time))
	} else {
		s.accrue(&s.Market, collateral)
		s.reprice(&s.Market, collateral, uint256.Int{}, out.Seized)
		s.burn(supplied, &collateral.ScaledSupply, s.do(s.Revision.scaleUp, out.Seized, collateral.LiquidityIndex), collateral.LiquidityIndex, s.Revision.supplied)
		s.pay(&s.Market, collateral, out.Seized)
	}
	if !out.ProtocolFee.IsZero() {
		index := s.income(collateral, s.Time)
		scaled := s.do(s.Revision.scaleUp, out.ProtocolFee, index)
		if scaled.Gt(supplied) {
			out.ProtocolFee = s.do(s.Revision.supplied, *supplied, index)
		}
		s.transfer(supplied, out.ProtocolFee, index)
	}
	s.receive(&s.Market, debt, out.Repaid)
	return out
}

// transfer takes aTokens from the account and returns them scaled; the supply stays.
func (s *step) transfer(supplied *uint256.Int, amount, index uint256.Int) uint256.Int {
	scaled := s.fit(s.do(s.Revision.scaleUp, amount, index), s.Revision.balanceBits())
	s.takeFrom(supplied, scaled)
	return scaled
}

func (s *step) liquidate37(l Liquidation, debt, collateral *Reserve) (out Liquidated) {
	s.accrue(&s.Market, debt)
	s.accrue(&s.Market, collateral)
	out.Data = s.data()
	s.balance(l.Collateral)
	debtField := &s.balance(l.Debt).Debt
	supplied := &s.balance(l.Collateral).Supplied
	scaledBalance := *supplied
	balance := s.do(s.Revision.supplied, scaledBalance, collateral.LiquidityIndex)
	owed := s.do(s.Revision.owed, *debtField, debt.DebtIndex)
	s.validateLiquidation(l, &out.Data, debt, collateral, debtField)
	trade := sale{debtPrice: debt.Price, collateralPrice: collateral.Price, debtUnit: s.unit(debt.Config.Decimals),
		collateralUnit: s.unit(collateral.Config.Decimals), balance: balance, bonus: collateral.Config.LiquidationBonus, fee: collateral.Config.ProtocolFee}
	if e := s.emode(s.EMode); s.EMode != 0 && e.Collateral.Has(l.Collateral) {
		trade.bonus = e.LiquidationBonus
	}
	owedBase := s.mulDivCeil(owed, trade.debtPrice, trade.debtUnit)
	balanceBase := s.div(s.mul(balance, trade.collateralPrice), trade.collateralUnit)
	trade.cover = owed
	if !balanceBase.LtUint64(closeFactorBase) && !owedBase.LtUint64(closeFactorBase) && out.Data.Health.Cmp(closeFactorHealth) > 0 {
		if half := s.do(fixed.PercentMul, out.Data.Debt, number(5_000)); owedBase.Gt(&half) {
			trade.cover = s.div(s.mul(half, trade.debtUnit), trade.debtPrice)
		}
	}
	if l.Cover.Lt(&trade.cover) {
		trade.cover = l.Cover
	}
	out.Repaid, out.Seized, out.ProtocolFee = s.amounts(trade)
	if taken := s.add(out.Seized, out.ProtocolFee); out.Repaid.Lt(&owed) && taken.Lt(&balance) {
		debtLeft := s.mulDivCeil(s.sub(owed, out.Repaid), trade.debtPrice, trade.debtUnit)
		collateralLeft := s.div(s.mul(s.sub(s.sub(balance, out.Seized), out.ProtocolFee), trade.collateralPrice), trade.collateralUnit)
		s.require(!debtLeft.LtUint64(minLeftoverBase) && !collateralLeft.LtUint64(minLeftoverBase), ErrDust)
	}
	consumed := s.add(s.do(s.Revision.scaleUp, out.Seized, collateral.LiquidityIndex), s.do(s.Revision.scaleUp, out.ProtocolFee, collateral.LiquidityIndex))
	if consumed.Gt(&scaledBalance) {
		consumed = scaledBalance
	}
	consumedBase := s.div(s.mul(s.do(s.Revision.supplied, consumed, collateral.LiquidityIndex), trade.collateralPrice), trade.collateralUnit)
	last := consumedBase == out.Data.Collateral
	if consumed == scaledBalance || last {
		s.Config = s.Config.WithCollateral(l.Collateral, false)
	}
	cash := collateral.Cash
	out.BadDebt = s.burnDebt(l.Debt, debt, debtField, owed, out.Repaid, last)
	scaled := s.do(s.Revision.scaleUp, out.Seized, collateral.LiquidityIndex)
	if l.ReceiveAToken {
		out.Scaled = s.transfer(supplied, out.Seized, collateral.LiquidityIndex)
	} else {
		s.reprice(&s.Market, collateral, uint256.Int{}, out.Seized)
		s.burn(supplied, &collateral.ScaledSupply, scaled, collateral.LiquidityIndex, s.Revision.supplied)
		// Where both are one asset the virtual balance has grown already, but the liquidator pays last.
		s.require(!cash.Lt(&out.Seized), ErrCash)
	}
	if !out.ProtocolFee.IsZero() {
		fee := s.do(s.Revision.scaleUp, out.ProtocolFee, collateral.LiquidityIndex)
		if fee.Gt(supplied) {
			fee = *supplied
			out.ProtocolFee = s.do(s.Revision.supplied, fee, collateral.LiquidityIndex)
		}
		s.takeFrom(supplied, s.fit(fee, s.Revision.balanceBits()))
	}
	if last && s.Config.any(debtBits) {
		s.burnBadDebts()
	}
	return out
}

func (s *step) mulDivCeil(x, y, d uint256.Int) (z uint256.Int) {
	if s.err == nil {
		s.err = fixed.CheckedMulDivCeil(&z, &x, &y, &d)
	}
	return z
}

// burnDebt burns the debt repaid, or all of it when no collateral is left; what nobody repays becomes a deficit.
func (s *step) burnDebt(id int, r *Reserve, field *uint256.Int, owed, repaid uint256.Int, last bool) (deficit uint256.Int) {
	noMore := true
	if !owed.IsZero() {
		amount := repaid
		if last {
			amount = owed
		}
		s.burn(field, &r.ScaledDebt, s.do(s.Revision.scaleDown, amount, r.DebtIndex), r.DebtIndex, s.Revision.owed)
		noMore = field.IsZero()
	}
	if left := s.sub(owed, repaid); last && !left.IsZero() {
		deficit = s.fit(left, 128)
		s.addTo(&r.Deficit, deficit, 128)
	}
	if noMore {
		s.Config = s.Config.WithBorrowing(id, false)
	}
	s.reprice(&s.Market, r, repaid, uint256.Int{})
	return deficit
}

// burnBadDebts makes the account's other debts deficits of their reserves.
func (s *step) burnBadDebts() {
	marked := s.Config
	for id := range s.Reserves {
		r, err := s.reserve(id)
		if err != nil || !marked.Borrowing(id) || !r.Config.Active {
			continue
		}
		s.accrue(&s.Market, r)
		field := &s.balance(id).Debt
		owed := s.do(s.Revision.owed, *field, r.DebtIndex)
		s.burnDebt(id, r, field, owed, uint256.Int{}, true)
	}
}
