package portfolio

import (
	"fmt"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
)

// Source is where money for the queue comes from.
type Source string

// Sources. The first five are those of GAIB's draft documentation, without an order of use.
const (
	IdleCash     Source = "cash"
	DealMaturity Source = "deal repayment"
	NewDeposit   Source = "new deposit"
	Interest     Source = "interest"
	BillSale     Source = "bill sale"
)

// Inflow is money that is there for the queue from a day on.
type Inflow struct {
	Date   gpuasset.Date
	Source Source
	Name   string
	Amount gpuasset.Money
}

// Cycle is a settlement of the queue: what falls due on that day, besides what was left over.
type Cycle struct {
	Date gpuasset.Date
	Due  gpuasset.Money
}

// Use is what one inflow paid.
type Use struct {
	Source Source
	Name   string
	Amount gpuasset.Money
}

// Rung is one cycle of the ladder. Carried + Due = Paid + Unpaid, exactly.
type Rung struct {
	Date          gpuasset.Date
	Carried, Due  gpuasset.Money
	Paid          gpuasset.Money
	From          []Use
	Unpaid        gpuasset.Money // carried into the next cycle
	Left          gpuasset.Money // of the money that is there, after paying
	Coverage      float64        // money there before paying / what was asked for; 0 if nothing was
	CoverageKnown bool           // something was asked for
}

// MaxLadder is the largest number of inflows, and of cycles, that [Ladder] takes.
const MaxLadder = 10_000

// Ladder pays the queue, oldest first, from what is there at each cycle, in the order of sources given; within a source, in order of date. What
// cannot be paid is carried over. When each cycle is, is a schedule of package said. It fails with [ErrInput] for cycles out of order, a
// source that is not in the order, bad amounts or dates, and above [MaxLadder].
func Ladder(order []Source, inflows []Inflow, cycles []Cycle) ([]Rung, error) {
	if len(inflows) > MaxLadder || len(cycles) > MaxLadder {
		return nil, fmt.Errorf("%w: %d inflows and %d cycles, at most %d of each", ErrInput, len(inflows), len(cycles), MaxLadder)
	}
	rank := map[Source]int{}
	for i, source := range order {
		rank[source] = i
	}
	pool := slices.Clone(inflows)
	for _, inflow := range pool {
		if _, known := rank[inflow.Source]; !known || inflow.Amount.Check() != nil || inflow.Date.Check() != nil {
			return nil, fmt.Errorf("%w: inflow %s %q of %s on %s", ErrInput, inflow.Source, inflow.Name, inflow.Amount, inflow.Date)
		}
	}
	slices.SortStableFunc(pool, func(a, b Inflow) int {
		if a.Source != b.Source {
			return rank[a.Source] - rank[b.Source]
		}
		return a.Date.Time().Compare(b.Date.Time())
	})
	rungs := make([]Rung, 0, len(cycles))
	var carried gpuasset.Money
	for i, cycle := range cycles {
		if cycle.Due.Check() != nil || cycle.Date.Check() != nil || i > 0 && !cycles[i-1].Date.Before(cycle.Date) {
			return nil, fmt.Errorf("%w: cycle %d, %s on %s; put cycles in order of date", ErrInput, i, cycle.Due, cycle.Date)
		}
		r := Rung{Date: cycle.Date, Carried: carried, Due: cycle.Due, Unpaid: carried.Add(cycle.Due)}
		asked := r.Unpaid
		var there gpuasset.Money
		for j := range pool {
			inflow := &pool[j]
			if cycle.Date.Before(inflow.Date) {
				continue
			}
			there = there.Add(inflow.Amount)
			if used := inflow.Amount.Min(r.Unpaid); !used.IsZero() {
				inflow.Amount, r.Unpaid = inflow.Amount.SubFloor(used), r.Unpaid.SubFloor(used)
				r.From = append(r.From, Use{inflow.Source, inflow.Name, used})
			}
		}
		r.Paid = asked.SubFloor(r.Unpaid)
		r.Left = there.SubFloor(r.Paid)
		if r.CoverageKnown = !asked.IsZero(); r.CoverageKnown {
			r.Coverage = there.Float64() / asked.Float64()
		}
		carried = r.Unpaid
		rungs = append(rungs, r)
	}
	return rungs, nil
}
