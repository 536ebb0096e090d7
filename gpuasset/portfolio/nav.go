package portfolio

import (
	"errors"
	"fmt"
	"math"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

var (
	// ErrNoShares: there are no shares, so no NAV per share.
	ErrNoShares = errors.New("portfolio: no shares")
	// ErrInsolvent: fees are more than the assets.
	ErrInsolvent = errors.New("portfolio: fees are more than the assets")
	// ErrInput: a value is out of range. The text says which.
	ErrInput = errors.New("portfolio: invalid input")
)

// Bill is a Treasury bill, or a holding of them.
type Bill struct {
	ID                  string
	Clean, Accrued, Bid gpuasset.Money // Bid is what a sale brings today, all in
	Maturity            gpuasset.Date
}

// Position is a participation in a deal.
type Position struct {
	Deal, Borrower, Model, Location string
	Outstanding, Accrued            gpuasset.Money
	Rate                            gpuasset.Ratio
	Maturity                        gpuasset.Date
	Stage                           credit.Stage
	ExpectedLoss                    gpuasset.Money
	// UnrealisedLoss is what the deal has lost and is not written down for yet. The Deposit NAV ignores it, the Unstaking NAV takes it off.
	UnrealisedLoss gpuasset.Money
}

// SP is a segregated portfolio. Claims are owed to others than the vault and are paid before it, from this SP alone.
type SP struct {
	ID        string
	Cash      gpuasset.Money
	Claims    gpuasset.Money
	Positions []Position
}

// Shares are all shares that have a claim on the assets.
type Shares struct{ Supply, Bridged, Pending uint256.Int }

// Method is what the formula leaves to the caller.
type Method struct {
	// NetOfExpectedLoss takes the expected loss of deals in stages 1 and 2 off the Deposit NAV. GAIB says that it ignores unrealised
	// losses (false); the peer model takes them off (true). In stage 3 neither does, so a deal that gets there can raise the Deposit NAV
	// until it is written down.
	NetOfExpectedLoss bool
	// Haircut is taken off the principal in the Unstaking NAV, by stage: [0] is stage 1.
	Haircut [3]gpuasset.Ratio
	// ExitFee is taken off the Unstaking NAV.
	ExitFee gpuasset.Ratio
}

// Portfolio is everything behind the shares.
type Portfolio struct {
	Cash   gpuasset.Money // of the vault
	Bills  []Bill
	SPs    []SP
	Fees   gpuasset.Money // accrued and not yet paid
	Shares Shares
}

// Kind is what a line or step is about.
type Kind string

// Kinds of lines, and of the steps from the Deposit NAV to the Unstaking NAV.
const (
	Cash         Kind = "cash"
	TreasuryBill Kind = "bill"
	Deal         Kind = "deal"
	Claims       Kind = "claims of others"
	Fees         Kind = "fees"
	ExitFee      Kind = "exit fee"

	AccruedLeftOut   Kind = "accrued interest left out"
	ExpectedLossBack Kind = "expected loss taken back"
	StageHaircut     Kind = "haircut of the stage"
	LossNotRealised  Kind = "loss not realised yet"
	BillSpread       Kind = "bill sold at the bid"
	AbsorbedByOthers Kind = "absorbed by other creditors"
)

// Line is one asset, or one liability, at both values.
type Line struct {
	SP                 string // empty for the vault
	Kind               Kind
	Name               string
	Liability          bool
	Deposit, Unstaking gpuasset.Money
}

// Step is one reason for the difference between the NAVs. It lowers the NAV, or raises it if Up.
type Step struct {
	SP     string
	Kind   Kind
	Name   string
	Up     bool
	Amount gpuasset.Money
}

// Valuation is a portfolio at both NAVs.
type Valuation struct {
	Deposit, Unstaking                 gpuasset.Money
	DepositPerShare, UnstakingPerShare uint256.Int // 18 decimals, rounded down
	Lines                              []Line      // assets less liabilities are the NAVs, exactly
	Bridge                             []Step      // Deposit less the steps, those that are Up added, is Unstaking, exactly
}

// Value returns both NAVs:
//
//	Deposit   = cash + bills (clean + accrued) + SPs (outstanding + accrued - expected loss)              - fees
//	Unstaking = cash + bills (bid)             + SPs (outstanding * (1 - haircut) - loss not realised yet) - fees - exit fee
//
// Expected loss counts as [Method] says. A deal in stage 3 stands at its principal in the Deposit NAV, without accrued interest or expected
// loss, until it is written down. No asset is worth more on the way out than on the way in. Each SP is worth its cash and deals less the
// claims of others, and at least nothing. Haircuts round the value down, the exit fee rounds up. Per share: NAV / (supply + bridged +
// pending), rounded down. It fails with [ErrInput], [ErrNoShares], and [ErrInsolvent] if fees exceed the assets at either value.
func (p *Portfolio) Value(method Method) (*Valuation, error) {
	if err := p.check(method); err != nil {
		return nil, err
	}
	v := new(Valuation)
	v.line("", Cash, "vault", p.Cash, p.Cash)
	deposit, unstaking := p.Cash, p.Cash
	for i := range p.Bills {
		bill := &p.Bills[i]
		in := bill.Clean.Add(bill.Accrued)
		out := bill.Bid.Min(in)
		v.line("", TreasuryBill, bill.ID, in, out)
		v.step("", BillSpread, bill.ID, in.SubFloor(out))
		deposit, unstaking = deposit.Add(in), unstaking.Add(out)
	}
	for i := range p.SPs {
		in, out := v.sp(&p.SPs[i], method)
		deposit, unstaking = deposit.Add(in), unstaking.Add(out)
	}
	if unstaking.Cmp(p.Fees) < 0 {
		return nil, fmt.Errorf("%w: %s of %s", ErrInsolvent, p.Fees, unstaking)
	}
	v.liability("", Fees, p.Fees, p.Fees)
	v.Deposit, v.Unstaking = deposit.SubFloor(p.Fees), unstaking.SubFloor(p.Fees)
	fee := v.Unstaking.MulUp(method.ExitFee)
	v.liability("", ExitFee, gpuasset.Money{}, fee)
	v.step("", ExitFee, "", fee)
	v.Unstaking = v.Unstaking.SubFloor(fee)

	var shares uint256.Int
	err := fixed.Add(&shares, &p.Shares.Supply, &p.Shares.Bridged)
	if err == nil {
		err = fixed.Add(&shares, &shares, &p.Shares.Pending)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: shares: %w", ErrInput, err)
	}
	if shares.IsZero() {
		return nil, ErrNoShares
	}
	if err := perShare(&v.DepositPerShare, v.Deposit, &shares); err != nil {
		return nil, err
	}
	return v, perShare(&v.UnstakingPerShare, v.Unstaking, &shares)
}

// perShare sets z to nav, of 6 decimals, per share, of 18, with 18 decimals.
func perShare(z *uint256.Int, nav gpuasset.Money, shares *uint256.Int) error {
	var scale uint256.Int
	if err := fixed.Pow10(&scale, 12+18); err != nil {
		return err
	}
	base := nav.Base()
	return fixed.MulDivDown(z, &base, &scale, shares)
}

// sp adds the lines and steps of an SP and returns what it is worth.
func (v *Valuation) sp(sp *SP, method Method) (in, out gpuasset.Money) {
	v.line(sp.ID, Cash, sp.ID, sp.Cash, sp.Cash)
	in, out = sp.Cash, sp.Cash
	for i := range sp.Positions {
		position := &sp.Positions[i]
		before, after := v.position(sp.ID, position, method)
		v.line(sp.ID, Deal, position.Deal, before, after)
		in, out = in.Add(before), out.Add(after)
	}
	claimIn, claimOut := sp.Claims.Min(in), sp.Claims.Min(out)
	v.liability(sp.ID, Claims, claimIn, claimOut)
	v.raise(sp.ID, AbsorbedByOthers, "", claimIn.SubFloor(claimOut))
	return in.SubFloor(claimIn), out.SubFloor(claimOut)
}

// position returns both values of a position and adds its steps.
func (v *Valuation) position(sp string, p *Position, method Method) (in, out gpuasset.Money) {
	in = p.Outstanding
	var accrued, loss gpuasset.Money
	if p.Stage != credit.Stage3 {
		accrued = p.Accrued
		if method.NetOfExpectedLoss {
			loss = p.ExpectedLoss
		}
	}
	in = in.Add(accrued).SubFloor(loss)
	cut := p.Outstanding.MulDown(gpuasset.One - method.Haircut[p.Stage-1])
	out = cut.SubFloor(p.UnrealisedLoss)
	if out.Cmp(in) >= 0 {
		return in, in // already worth no more on the way in
	}
	v.step(sp, AccruedLeftOut, p.Deal, accrued)
	v.raise(sp, ExpectedLossBack, p.Deal, loss)
	v.step(sp, StageHaircut, p.Deal, p.Outstanding.SubFloor(cut))
	v.step(sp, LossNotRealised, p.Deal, cut.SubFloor(out))
	return in, out
}

func (v *Valuation) line(sp string, kind Kind, name string, in, out gpuasset.Money) {
	v.Lines = append(v.Lines, Line{sp, kind, name, false, in, out})
}

func (v *Valuation) liability(sp string, kind Kind, in, out gpuasset.Money) {
	if !in.IsZero() || !out.IsZero() {
		v.Lines = append(v.Lines, Line{sp, kind, "", true, in, out})
	}
}

func (v *Valuation) step(sp string, kind Kind, name string, amount gpuasset.Money) {
	if !amount.IsZero() {
		v.Bridge = append(v.Bridge, Step{sp, kind, name, false, amount})
	}
}

func (v *Valuation) raise(sp string, kind Kind, name string, amount gpuasset.Money) {
	if !amount.IsZero() {
		v.Bridge = append(v.Bridge, Step{sp, kind, name, true, amount})
	}
}

// Haircut returns 1 - Unstaking/Deposit, and 0 for a portfolio worth nothing.
func (v *Valuation) Haircut() float64 {
	if v.Deposit.IsZero() {
		return 0
	}
	return 1 - v.Unstaking.Float64()/v.Deposit.Float64()
}

// BreakEvenDays returns the days that a share must be held for its yield a year to make up for the difference of the NAVs,
// 365 * ln(Deposit/Unstaking) / ln(1 + yield), infinite for a yield that is not above zero or an Unstaking NAV of zero.
func (v *Valuation) BreakEvenDays(yield float64) float64 {
	if !(yield > 0) || v.Unstaking.IsZero() {
		return math.Inf(1)
	}
	return 365 * math.Log(v.Deposit.Float64()/v.Unstaking.Float64()) / math.Log1p(yield)
}

func (p *Portfolio) check(method Method) error {
	for i, haircut := range method.Haircut {
		if haircut > gpuasset.One {
			return fmt.Errorf("%w: haircut of stage %d is %s, above 1", ErrInput, i+1, haircut)
		}
	}
	if method.ExitFee > gpuasset.One {
		return fmt.Errorf("%w: exit fee %s, above 1", ErrInput, method.ExitFee)
	}
	check := func(what, name string, amounts ...gpuasset.Money) error {
		for _, amount := range amounts {
			if err := amount.Check(); err != nil {
				return fmt.Errorf("%w: %s %s: %w", ErrInput, what, name, err)
			}
		}
		return nil
	}
	if err := check("cash or fees", "of the vault", p.Cash, p.Fees); err != nil {
		return err
	}
	for i := range p.Bills {
		b := &p.Bills[i]
		if err := check("bill", b.ID, b.Clean, b.Accrued, b.Bid); err != nil {
			return err
		}
	}
	seen := map[string]bool{"": true}
	for i := range p.SPs {
		sp := &p.SPs[i]
		if seen[sp.ID] {
			return fmt.Errorf("%w: SP %q has no name or one that is taken", ErrInput, sp.ID)
		}
		seen[sp.ID] = true
		if err := check("SP", sp.ID, sp.Cash, sp.Claims); err != nil {
			return err
		}
		for j := range sp.Positions {
			position := &sp.Positions[j]
			if err := check("deal", position.Deal, position.Outstanding, position.Accrued, position.ExpectedLoss, position.UnrealisedLoss); err != nil {
				return err
			}
			if position.Stage < credit.Stage1 || position.Stage > credit.Stage3 {
				return fmt.Errorf("%w: deal %s is in stage %d", ErrInput, position.Deal, position.Stage)
			}
		}
	}
	return nil
}
