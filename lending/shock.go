package lending

import (
	"iter"
	"slices"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Shock is one row of a ladder: an account after its collateral prices moved. Values are in the account's currency.
// Seized and BadDebt are zero unless it can be liquidated; then they are those of a liquidation of the whole debt, see
// [Account.Ladder].
type Shock struct {
	PriceFactor  Ratio // what all collateral prices are multiplied by: 0.7e18 for a fall by 30 %
	Health       Factor
	Liquidatable bool
	Repaid       uint256.Int // value of the debt that the collateral repays
	Seized       uint256.Int // value of the collateral taken for it
	BadDebt      uint256.Int // value of the debt that is left when no collateral is
}

// Ladder returns the account at each price factor, in the order given. Where it can be liquidated, all debt is taken to
// be repaid at once, out of the collaterals in their order: one repays floor(value / (1 + Bonus)) when it is seized
// whole, and the last one is seized for floor(rest * (1 + Bonus)). A close factor or an order of its own is the
// business of a protocol's package. It fails as [Account.Value] does.
func (a Account) Ladder(factors ...Ratio) ([]Shock, error) {
	moved := Account{Collaterals: slices.Clone(a.Collaterals), Debts: a.Debts}
	out := make([]Shock, len(factors))
	for i, factor := range factors {
		v, err := moved.at(a, factor)
		if err != nil {
			return nil, err
		}
		s := Shock{PriceFactor: factor, Health: v.Health(), Liquidatable: v.Liquidatable()}
		if s.Liquidatable {
			if err := moved.close(&s, v.Debt); err != nil {
				return nil, err
			}
		}
		out[i] = s
	}
	return out, nil
}

// close fills in the liquidation of the whole debt.
func (a Account) close(s *Shock, debt uint256.Int) error {
	one := uint256.Int{wad}
	s.BadDebt = debt
	for i := range a.Collaterals {
		c := &a.Collaterals[i]
		value, err := c.Price.Value(c.Amount)
		if err != nil {
			return &LegError{CollateralSide, i, err}
		}
		factor := uint256.Int{uint64(One + c.Bonus)}
		var repays uint256.Int
		if err := fixed.CheckedMulDivDown(&repays, &value, &one, &factor); err != nil {
			return &LegError{CollateralSide, i, err}
		}
		if !repays.Lt(&s.BadDebt) {
			repays = s.BadDebt
			if err := fixed.CheckedMulDivDown(&value, &repays, &factor, &one); err != nil {
				return &LegError{CollateralSide, i, err}
			}
		}
		// Neither sum passes the account's collateral value, which is known to fit.
		s.Repaid.Add(&s.Repaid, &repays)
		s.Seized.Add(&s.Seized, &value)
		s.BadDebt.Sub(&s.BadDebt, &repays)
	}
	return nil
}

// AtRisk is one point of the liquidations-at-risk curve of an isolated market.
type AtRisk struct {
	PriceFactor Ratio       // what the price is multiplied by
	Positions   int         // how many can be liquidated
	Debt        uint256.Int // what they owe, base units of the loan asset
	Seized      uint256.Int // collateral that liquidating them whole puts on sale, base units of the collateral asset
	BadDebt     uint256.Int // debt that no collateral is left for, base units of the loan asset
}

// LiquidationsAtRisk returns, for each price factor in the order given, what of a whole market can be liquidated at
// that price and what that leaves: the sums of [Market.Liquidate] for the whole debt of each liquidatable position. It
// fails as [Market.Liquidate] does, and with [ErrOverflow] if a sum needs more than 256 bits.
func (m Market) LiquidationsAtRisk(positions iter.Seq[Position], factors ...Ratio) ([]AtRisk, error) {
	curve := make([]AtRisk, len(factors))
	moved := make([]Market, len(factors))
	for i, factor := range factors {
		price, err := m.Price.Times(factor)
		if err != nil {
			return nil, err
		}
		curve[i].PriceFactor = factor
		moved[i] = Market{Price: price, LLTV: m.LLTV, Bonus: m.Bonus}
	}
	for p := range positions {
		for i := range moved {
			if err := curve[i].add(&moved[i], p); err != nil {
				return nil, err
			}
		}
	}
	return curve, nil
}

func (r *AtRisk) add(m *Market, p Position) error {
	liquidatable, err := m.Liquidatable(p)
	if err != nil || !liquidatable {
		return err
	}
	l, err := m.Liquidate(p, p.Debt)
	if err != nil {
		return err
	}
	r.Positions++
	if err := fixed.Add(&r.Debt, &r.Debt, &p.Debt); err != nil {
		return err
	}
	if err := fixed.Add(&r.Seized, &r.Seized, &l.Seized); err != nil {
		return err
	}
	return fixed.Add(&r.BadDebt, &r.BadDebt, &l.BadDebt)
}
