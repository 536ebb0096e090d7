package yield

import (
	"fmt"
	"math/big"

	"github.com/holiman/uint256"
)

// Holding is a position in sAID at one time: shares, perhaps bought with borrowed AID.
type Holding struct {
	Shares uint256.Int // sAID
	Debt   uint256.Int // AID owed
	NAV    NAV
	Price  uint256.Int // of one AID in the unit of account, 18 decimals: 1e18 for par
}

// Ledger is what moved in and out of a position between two times, in AID.
type Ledger struct {
	Deposited  uint256.Int // put in by the holder
	Withdrawn  uint256.Int // taken out by the holder
	Borrowed   uint256.Int // new debt
	Repaid     uint256.Int // debt paid back, with the interest paid
	Incentives uint256.Int // rewards put into the position, at a value the caller answers for
	Fees       uint256.Int // paid out of the position
}

// Attribution explains the change in value of a position, in the unit of account with 18 decimals. The parts add up to
// Change exactly:
//
//	Change = Accrual + Leverage + Haircut + Incentives + Fees + Flows + Trading + Price
//
// All but the last are AID valued at the start's price; they are rounded as running sums, so that no part of a wei is lost
// or counted twice. Where two causes work together the order of the fields decides: accrual counts the shares of the
// start, the haircut those of the end, the price the whole position of the end.
type Attribution struct {
	Start, End *big.Int // value: shares at the Unstaking NAV, less debt, times price; negative under water
	Change     *big.Int

	Accrual    *big.Int // rise of the Deposit NAV on the part of the shares that the holder's own money carries
	Leverage   *big.Int // the same on the part that debt carries, less the interest that accrued
	Haircut    *big.Int // change of the gap between both NAVs, and the gap of shares bought or sold
	Incentives *big.Int
	Fees       *big.Int
	Flows      *big.Int // deposited less withdrawn: no profit
	Trading    *big.Int // what the shares bought or sold were worth at the Deposit NAV beyond what the ledger paid for them
	Price      *big.Int // of AID in the unit of account
}

// Profit returns Change - Flows: what was earned.
func (a Attribution) Profit() *big.Int { return new(big.Int).Sub(a.Change, a.Flows) }

// Attribute explains the change from one holding to the next. Values are floor(shares*NAV/1e18), as in [NAV.Exit]. It
// returns a [*NAVError] for NAVs that cannot be and ErrInput for a price of zero.
func Attribute(start, end Holding, ledger Ledger) (Attribution, error) {
	for _, h := range []*Holding{&start, &end} {
		if err := h.NAV.Check(); err != nil {
			return Attribution{}, err
		}
		if h.Price.IsZero() {
			return Attribution{}, fmt.Errorf("%w: a price of zero; use 1e18 for par", ErrInput)
		}
	}
	one := big.NewInt(wad)
	floor := func(x, y *big.Int) *big.Int { // of x*y/1e18; Div rounds a negative dividend down for a positive divisor
		z := new(big.Int).Mul(x, y)
		return z.Div(z, one)
	}
	value := func(shares, nav *uint256.Int) *big.Int { return floor(shares.ToBig(), nav.ToBig()) }
	sub := func(x, y *big.Int) *big.Int { return new(big.Int).Sub(x, y) }
	add := func(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) }

	mark0, markMoved, mark1 := value(&start.Shares, &start.NAV.Deposit), value(&start.Shares, &end.NAV.Deposit), value(&end.Shares, &end.NAV.Deposit)
	exit0, exit1 := value(&start.Shares, &start.NAV.Unstaking), value(&end.Shares, &end.NAV.Unstaking)
	debt0, debt1 := start.Debt.ToBig(), end.Debt.ToBig()
	borrowed := sub(ledger.Borrowed.ToBig(), ledger.Repaid.ToBig())
	flows := sub(ledger.Deposited.ToBig(), ledger.Withdrawn.ToBig())
	incentives, fees := ledger.Incentives.ToBig(), new(big.Int).Neg(ledger.Fees.ToBig())

	accrual := sub(markMoved, mark0)
	levered := new(big.Int)
	if mark0.Sign() > 0 {
		carried := debt0 // debt carries no more than all shares
		if carried.Cmp(mark0) > 0 {
			carried = mark0
		}
		levered.Mul(accrual, carried)
		levered.Quo(levered, mark0)
	}
	interest := sub(sub(debt1, debt0), borrowed)
	haircut := sub(sub(mark0, exit0), sub(mark1, exit1))
	// The money that the ledger put into shares, against the shares that came of it.
	invested := add(add(flows, borrowed), add(incentives, fees))
	trading := sub(sub(mark1, markMoved), invested)

	a := Attribution{Start: floor(sub(exit0, debt0), start.Price.ToBig()), End: floor(sub(exit1, debt1), end.Price.ToBig())}
	a.Change = sub(a.End, a.Start)
	sum, before := sub(exit0, debt0), a.Start
	part := func(x *big.Int) *big.Int {
		sum.Add(sum, x)
		after := floor(sum, start.Price.ToBig())
		p := sub(after, before)
		before = after
		return p
	}
	a.Accrual = part(sub(accrual, levered))
	a.Leverage = part(sub(levered, interest))
	a.Haircut = part(haircut)
	a.Incentives = part(incentives)
	a.Fees = part(fees)
	a.Flows = part(flows)
	a.Trading = part(trading)
	a.Price = sub(a.End, before)
	return a, nil
}
