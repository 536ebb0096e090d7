package credit

import (
	"fmt"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
)

// Tranche is a claim on the cash of a period. Rank 0 is paid first; tranches of one rank share in proportion.
type Tranche struct {
	Name      string
	Rank      int
	Principal gpuasset.Money // outstanding
	Interest  gpuasset.Money // due now, what was missed before included
	Scheduled gpuasset.Money // principal due now, at most Principal
}

// Fee is owed before all tranches.
type Fee struct {
	Name   string
	Amount gpuasset.Money
}

// Period is what a waterfall has to pay, and with what.
type Period struct {
	Cash          gpuasset.Money // that came in
	Reserve       gpuasset.Money // kept from before; it pays fees, interest and scheduled principal
	ReserveTarget gpuasset.Money
	Fees          []Fee // in order
	Tranches      []Tranche
}

// Mode is how scheduled principal is shared between ranks.
type Mode uint8

// Modes.
const (
	Sequential Mode = iota // a rank is paid in full before the next
	ProRata                // all ranks in proportion to what is due
)

// Distribution is who was paid in a period. Fees, what tranches were paid, Reserve, Trapped and Residual add up to the cash and the
// reserve that were there, exactly.
type Distribution struct {
	Fees     []gpuasset.Money // in the order of the period
	Paid     []Paid           // in the order of the tranches
	Reserve  gpuasset.Money   // kept for the next period
	Trapped  gpuasset.Money   // kept back by a trigger
	Residual gpuasset.Money   // for the borrower or whoever the agreement names
}

// Distribute pays a period from cash and reserve: fees in order; interest by rank; scheduled principal, by rank or pro rata; the reserve up
// to its target; the rest is the residual. Triggers that act, such as those of [Status], turn it:
//
//   - [StopJunior]: only the best rank with principal or interest is paid; what the others miss is trapped.
//   - [TurboSenior]: what is left after the reserve repays the best rank beyond its schedule.
//   - [EarlyAmortisation]: what is left after the reserve repays all ranks one after the other.
//   - [CashTrap]: the residual is trapped.
//
// In a rank, or pro rata, what is too little is shared in proportion, rounded down; the base units that are left over go one each to the first.
// No one gets more than owed. It fails with [ErrInput] for amounts above what [gpuasset.Money] takes, more scheduled than outstanding,
// unknown actions and more than [MaxClaims].
func Distribute(mode Mode, period Period, triggers ...Trigger) (*Distribution, error) {
	acts := map[Action]bool{}
	for _, t := range triggers {
		if !slices.Contains([]Action{CashTrap, TurboSenior, StopJunior, EarlyAmortisation}, t.Action) {
			return nil, fmt.Errorf("%w: action %q", ErrInput, t.Action)
		}
		acts[t.Action] = true
	}
	if err := period.check(); err != nil {
		return nil, err
	}
	d := &Distribution{Fees: make([]gpuasset.Money, len(period.Fees)), Paid: make([]Paid, len(period.Tranches))}
	left := period.Cash.Add(period.Reserve)
	for i, fee := range period.Fees {
		d.Fees[i] = fee.Amount.Min(left)
		left = left.SubFloor(d.Fees[i])
	}
	ranks, best := period.ranks()
	for i := range period.Tranches {
		d.Paid[i].Holder = period.Tranches[i].Name
	}
	stopped := func(i int) bool { return acts[StopJunior] && period.Tranches[i].Rank != best }
	var missed gpuasset.Money // by those who are stopped
	for i, t := range period.Tranches {
		if stopped(i) {
			missed = gpuasset.Sum(missed, t.Interest, t.Scheduled)
		}
	}
	pay := func(member func(i int) bool, owed func(i int) gpuasset.Money, paid func(i int) *gpuasset.Money) {
		left = spread(left, len(period.Tranches), func(i int) (gpuasset.Money, *gpuasset.Money) {
			if !member(i) || stopped(i) {
				return gpuasset.Money{}, paid(i)
			}
			return owed(i).SubFloor(*paid(i)), paid(i)
		})
	}
	interest := func(i int) *gpuasset.Money { return &d.Paid[i].Interest }
	principal := func(i int) *gpuasset.Money { return &d.Paid[i].Principal }
	of := func(rank int) func(int) bool { return func(i int) bool { return period.Tranches[i].Rank == rank } }
	for _, rank := range ranks {
		pay(of(rank), func(i int) gpuasset.Money { return period.Tranches[i].Interest }, interest)
	}
	scheduled := func(i int) gpuasset.Money { return period.Tranches[i].Scheduled }
	if mode == ProRata {
		pay(func(int) bool { return true }, scheduled, principal)
	} else {
		for _, rank := range ranks {
			pay(of(rank), scheduled, principal)
		}
	}
	d.Reserve = left.Min(period.ReserveTarget)
	left = left.SubFloor(d.Reserve)
	outstanding := func(i int) gpuasset.Money { return period.Tranches[i].Principal }
	for _, rank := range ranks {
		if acts[EarlyAmortisation] || acts[TurboSenior] && rank == best {
			pay(of(rank), outstanding, principal)
		}
	}
	if d.Trapped = missed.Min(left); acts[CashTrap] {
		d.Trapped = left
	}
	d.Residual = left.SubFloor(d.Trapped)
	return d, nil
}

func (p *Period) check() error {
	if p.Cash.Check() != nil || p.Reserve.Check() != nil || p.ReserveTarget.Check() != nil || len(p.Tranches) > MaxClaims || len(p.Fees) > MaxClaims {
		return fmt.Errorf("%w: cash %s, reserve %s of %s, %d fees, %d tranches", ErrInput, p.Cash, p.Reserve, p.ReserveTarget, len(p.Fees), len(p.Tranches))
	}
	for _, fee := range p.Fees {
		if fee.Amount.Check() != nil {
			return fmt.Errorf("%w: fee %.64q", ErrInput, fee.Name)
		}
	}
	for _, t := range p.Tranches {
		if t.Principal.Check() != nil || t.Interest.Check() != nil || t.Scheduled.Cmp(t.Principal) > 0 {
			return fmt.Errorf("%w: tranche %.64q owes %s and %s of interest, %s is scheduled", ErrInput, t.Name, t.Principal, t.Interest, t.Scheduled)
		}
	}
	return nil
}

// ranks returns the ranks in order, and the best of those that are owed something.
func (p *Period) ranks() (ranks []int, best int) {
	owed := false
	for _, t := range p.Tranches {
		ranks = append(ranks, t.Rank)
		if !t.Principal.IsZero() || !t.Interest.IsZero() {
			if !owed || t.Rank < best {
				best, owed = t.Rank, true
			}
		}
	}
	slices.Sort(ranks)
	return slices.Compact(ranks), best
}

// Value returns what each tranche is worth of a pool: by rank each gets principal and interest as far as there is something, tranches of one
// rank in proportion, and the last rank gets the rest too: it is the equity. Values add up to the pool, exactly. It fails with [ErrInput] for amounts
// above what [gpuasset.Money] takes, no tranches and more than [MaxClaims].
func Value(pool gpuasset.Money, tranches []Tranche) ([]gpuasset.Money, error) {
	period := Period{Cash: pool, Tranches: tranches}
	if err := period.check(); err != nil || len(tranches) == 0 {
		return nil, fmt.Errorf("%w: pool %s, %d tranches", ErrInput, pool, len(tranches))
	}
	values := make([]gpuasset.Money, len(tranches))
	ranks, _ := period.ranks()
	left := pool
	for at, rank := range ranks {
		claim := func(i int) gpuasset.Money {
			if tranches[i].Rank != rank {
				return gpuasset.Money{}
			}
			return tranches[i].Principal.Add(tranches[i].Interest)
		}
		left = spread(left, len(tranches), func(i int) (gpuasset.Money, *gpuasset.Money) { return claim(i), &values[i] })
		if at < len(ranks)-1 || left.IsZero() {
			continue
		}
		// What no one claims goes to the last rank in proportion to its claims, or to its first tranche if it has none.
		var total gpuasset.Money
		for i := range tranches {
			total = total.Add(claim(i))
		}
		rest := left
		for i := range tranches {
			if !claim(i).IsZero() {
				extra := proportion(left, claim(i), total)
				values[i], rest = values[i].Add(extra), rest.SubFloor(extra)
			}
		}
		first := slices.IndexFunc(tranches, func(t Tranche) bool { return t.Rank == rank })
		values[first] = values[first].Add(rest)
	}
	return values, nil
}
