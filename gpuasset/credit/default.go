package credit

import (
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Enforcement is who may act on a defaulted deal for one segregated portfolio (SP).
type Enforcement struct {
	SP       string
	Share    gpuasset.Ratio // of the deal
	Enforcer string         // the SP after elevation, otherwise its underwriter
	Elevated bool
}

// Elevation is what a default does to the structure.
type Elevation struct {
	Holders    []Enforcement // SPs that hold a participation in the deal
	Unaffected []string      // all other SPs
}

// Elevate returns who enforces after a deal's default: where the underwriter is a third party, the participation is elevated and the SP
// holds the remedies of the underlying agreement; otherwise the underwriter does. SPs that do not participate in the deal are unaffected.
// Source: GAIB documentation, default and enforcement. It fails with [ErrInput] for a deal that is not in the document and with a
// [*gpuasset.PathError] for a bad document.
func Elevate(doc *gpuasset.Document, deal string) (Elevation, error) {
	if err := doc.Validate(); err != nil {
		return Elevation{}, err
	}
	if !slices.ContainsFunc(doc.Deals, func(d gpuasset.Deal) bool { return d.ID == deal }) {
		return Elevation{}, fmt.Errorf("%w: there is no deal %.64q", ErrInput, deal)
	}
	third := map[string]bool{}
	for _, party := range doc.Parties {
		third[party.ID] = party.ThirdParty
	}
	var e Elevation
	for _, sp := range doc.Portfolios {
		var share gpuasset.Ratio
		for _, p := range sp.Participations {
			if p.Deal == deal {
				share += p.Share
			}
		}
		switch {
		case share == 0:
			e.Unaffected = append(e.Unaffected, sp.ID)
		case third[sp.Underwriter]:
			e.Holders = append(e.Holders, Enforcement{sp.ID, share, sp.ID, true})
		default:
			e.Holders = append(e.Holders, Enforcement{sp.ID, share, sp.Underwriter, false})
		}
	}
	return e, nil
}

// Move is the remedy of moving the GPUs to another provider, where they go on earning.
type Move struct {
	Downtime int       // months without income
	Cost     float64   // paid now
	Monthly  []float64 // cash flow of the months after, each at its end
	Residual float64   // value of the GPUs at the end
}

// Sale is the remedy of liquidating them.
type Sale struct {
	Value float64 // before liquidation factor, cost and delay
	economics.Liquidation
}

// Remedies are both ways out, valued today.
type Remedies struct {
	Move, Sale  float64 // present values
	LostRevenue float64 // of the downtime of the move, not discounted
	MoveMonths  int     // until the last cash of the move
	SaleDays    int
	// BreakEvenSale is the Value at which the sale is worth as much as the move, infinite if the sale brings nothing of it.
	BreakEvenSale float64
}

// MoveIsBetter reports whether moving is worth more; a tie goes to the sale, which is sooner over.
func (r Remedies) MoveIsBetter() bool { return r.Move > r.Sale }

// CompareRemedies values both remedies at an annual discount rate: the move at -Cost + sum of Monthly / (1+rate)^(months/12) with the
// residual after the last month, the sale at its orderly liquidation value, which discounts at its own rate. Before is the monthly
// revenue before the default, of which the downtime is the loss. It fails with [ErrInput] for numbers that are not finite, a rate of -1
// or below, negative time, a liquidation factor below 0 or a cost outside 0 to 1.
func CompareRemedies(move Move, sale Sale, rate, before float64) (Remedies, error) {
	if !(rate > -1) || !finite(rate) || !finite(before) || move.Downtime < 0 || !finite(move.Cost) || !finite(move.Residual) {
		return Remedies{}, fmt.Errorf("%w: rate %v, revenue %v, move %+v", ErrInput, rate, before, move)
	}
	if !finite(sale.Value) || !(sale.Factor >= 0) || !finite(sale.Factor) || !(sale.Cost >= 0 && sale.Cost <= 1) || !(sale.Rate > -1) || !finite(sale.Rate) || sale.Days < 0 {
		return Remedies{}, fmt.Errorf("%w: sale %+v", ErrInput, sale)
	}
	month := math.Pow(1+rate, -1.0/12)
	value, discount := -move.Cost, math.Pow(month, float64(move.Downtime))
	for i, cash := range move.Monthly {
		if !finite(cash) {
			return Remedies{}, fmt.Errorf("%w: cash flow of month %d is %v", ErrInput, i, cash)
		}
		discount *= month
		value += cash * discount
	}
	value += move.Residual * discount
	r := Remedies{Move: value, Sale: sale.OrderlyValue(sale.Value), LostRevenue: before * float64(move.Downtime),
		MoveMonths: move.Downtime + len(move.Monthly), SaleDays: sale.Days, BreakEvenSale: math.Inf(1)}
	if kept := sale.OrderlyValue(1); kept > 0 {
		r.BreakEvenSale = value / kept
	}
	return r, nil
}

// Order is the order in which a recovery pays.
type Order uint8

// Orders. GAIB's is not published.
const (
	// BySeniority pays all of a rank, interest before principal, before anything of the next: the classic order.
	BySeniority Order = iota
	// PrincipalFirst pays the principal of all ranks before any interest: the order of the USD.AI loan router.
	PrincipalFirst
)

// Claim is what one holder is owed. Rank 0 is paid first; claims of one rank share in proportion.
type Claim struct {
	Holder              string
	Rank                int
	Principal, Interest gpuasset.Money
}

// Paid is what one claim received, in the order of the claims. What is missing is the claim less this.
type Paid struct {
	Holder              string
	Principal, Interest gpuasset.Money
}

// Recovery is who was paid from a liquidation. Costs + all paid + Surplus is what came in, exactly.
type Recovery struct {
	Costs   gpuasset.Money // that could be paid
	Paid    []Paid
	Surplus gpuasset.Money // for the borrower or whoever the agreement names
}

// MaxClaims is the largest number of claims that [Recover] takes.
const MaxClaims = 10_000

// Recover pays costs and then claims, in an order, from what came in: proceeds of the sale, reserve and insurance together. Within a rank
// what is too little is shared in proportion, rounded down; the base units that are left over go one each to the first claims. No one
// gets more than owed. It fails with [ErrInput] for amounts above what [gpuasset.Money] takes, and above [MaxClaims].
func Recover(proceeds, costs gpuasset.Money, claims []Claim, order Order) (*Recovery, error) {
	if proceeds.Check() != nil || costs.Check() != nil || len(claims) > MaxClaims {
		return nil, fmt.Errorf("%w: proceeds %s, costs %s, %d claims", ErrInput, proceeds, costs, len(claims))
	}
	ranks := make([]int, 0, len(claims))
	r := &Recovery{Costs: costs.Min(proceeds), Paid: make([]Paid, len(claims))}
	for i, claim := range claims {
		if claim.Principal.Check() != nil || claim.Interest.Check() != nil {
			return nil, fmt.Errorf("%w: claim of %s", ErrInput, claim.Holder)
		}
		ranks = append(ranks, claim.Rank)
		r.Paid[i].Holder = claim.Holder
	}
	slices.Sort(ranks)
	ranks = slices.Compact(ranks)
	left := proceeds.SubFloor(r.Costs)
	interest := func(rank int) {
		left = spread(left, len(claims), func(i int) (owed gpuasset.Money, paid *gpuasset.Money) {
			if claims[i].Rank != rank {
				return owed, nil
			}
			return claims[i].Interest, &r.Paid[i].Interest
		})
	}
	principal := func(rank int) {
		left = spread(left, len(claims), func(i int) (owed gpuasset.Money, paid *gpuasset.Money) {
			if claims[i].Rank != rank {
				return owed, nil
			}
			return claims[i].Principal, &r.Paid[i].Principal
		})
	}
	for _, rank := range ranks {
		if order == BySeniority {
			interest(rank)
		}
		principal(rank)
	}
	if order == PrincipalFirst {
		for _, rank := range ranks {
			interest(rank)
		}
	}
	r.Surplus = left
	return r, nil
}

// spread pays what n claims are owed, in proportion if it is too little, and returns what is left. Of each claim part tells what is owed and where
// the payment is added; what is owed must not depend on that.
func spread(left gpuasset.Money, n int, part func(i int) (owed gpuasset.Money, paid *gpuasset.Money)) gpuasset.Money {
	type claim struct {
		owed, got gpuasset.Money
		paid      *gpuasset.Money
	}
	var claims []claim
	var total gpuasset.Money
	for i := range n {
		if owed, paid := part(i); !owed.IsZero() {
			claims = append(claims, claim{owed: owed, paid: paid})
			total = total.Add(owed)
		}
	}
	pot := left.Min(total)
	rest := pot
	for i := range claims {
		claims[i].got = proportion(pot, claims[i].owed, total)
		rest = rest.SubFloor(claims[i].got)
	}
	for _, c := range claims {
		if c.got.Cmp(c.owed) < 0 && !rest.IsZero() {
			c.got, rest = c.got.Add(gpuasset.Units(1)), rest.SubFloor(gpuasset.Units(1))
		}
		*c.paid = c.paid.Add(c.got)
	}
	return left.SubFloor(pot)
}

// proportion returns floor(pot * part / total) for a part of a total above zero.
func proportion(pot, part, total gpuasset.Money) gpuasset.Money {
	var out uint256.Int
	x, y, d := pot.Base(), part.Base(), total.Base()
	if err := fixed.MulDivDown(&out, &x, &y, &d); err != nil {
		return gpuasset.Money{} // a part is never more than its total, so this is out of reach
	}
	return gpuasset.Money(out)
}
