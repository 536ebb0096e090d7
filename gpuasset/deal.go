package gpuasset

import (
	"github.com/gaib-go/gaib/gpuasset/internal/document"
	"github.com/gaib-go/gaib/yield/daycount"
)

// Kind is what an investor gets for the money.
type Kind string

// Kinds of deals. Source: GAIB documentation, protocol mechanics; mezzanine is in its draft part.
const (
	Debt      Kind = "debt"      // interest
	Equity    Kind = "equity"    // a share of the revenue
	Hybrid    Kind = "hybrid"    // both
	Mezzanine Kind = "mezzanine" // interest, after the senior debt
)

// Values lists the kinds of deals.
func (Kind) Values() []string { return list(Debt, Equity, Hybrid, Mezzanine) }

// Amortisation is how principal comes back.
type Amortisation string

// Ways of amortisation.
const (
	Level          Amortisation = "level"           // equal payments
	EqualPrincipal Amortisation = "equal_principal" // equal parts of principal
	InterestOnly   Amortisation = "interest_only"   // interest each period, principal at maturity
	Balloon        Amortisation = "balloon"         // level down to Deal.Balloon, which is paid at maturity
	Bullet         Amortisation = "bullet"          // simple interest and principal at maturity
	Sculpted       Amortisation = "sculpted"        // debt service is the cash flow divided by Deal.TargetDSCR
)

// Values lists the ways of amortisation.
func (Amortisation) Values() []string {
	return list(Level, EqualPrincipal, InterestOnly, Balloon, Bullet, Sculpted)
}

// DayCount is a convention whose fractions of a year are exact, so that interest can be.
type DayCount string

// Day counts: days over 365 or 360, or 30 days a month.
const (
	Act365    DayCount = "ACT/365F"
	Act360    DayCount = "ACT/360"
	Thirty360 DayCount = "30/360"
)

// Values lists the day counts.
func (DayCount) Values() []string { return list(Act365, Act360, Thirty360) }

// Convention returns the day count as package daycount has it.
func (d DayCount) Convention() daycount.Convention {
	switch d {
	case Act360:
		return daycount.Act360
	case Thirty360:
		return daycount.Thirty360
	}
	return daycount.Act365F
}

// fraction returns the years from start to end as days / basis.
func (d DayCount) fraction(start, end Date) (days, basis uint64) {
	basis = 360
	if d == Act365 {
		basis = 365
	}
	return uint64(max(0, d.Convention().Days(start.at, end.at))), basis
}

// day is a date in parts, with its number.
type day struct{ year, month, day, number int }

func split(d Date) day {
	year, month, at := d.at.Date()
	return day{year, int(month), at, int(d.at.Unix() / 86_400)}
}

// days returns what fraction returns for dates in parts, from the first to a later one. For dates before 1970, which no deal has,
// it may be wrong.
func (d DayCount) days(from, to *day) uint64 {
	if d != Thirty360 {
		return uint64(max(0, to.number-from.number))
	}
	first, last := min(from.day, 30), to.day
	if first == 30 {
		last = min(last, 30)
	}
	return uint64(max(0, 360*(to.year-from.year)+30*(to.month-from.month)+last-first))
}

// LateBase is what default interest accrues on.
type LateBase string

// Bases of default interest: contracts differ.
const (
	OnPayment LateBase = "payment"
	OnBalance LateBase = "balance"
)

// Values lists the bases.
func (LateBase) Values() []string { return list(OnPayment, OnBalance) }

// Deal is the terms of one financing.
type Deal struct {
	ID        string `json:"id" check:"min=1,max=64"`
	Borrower  string `json:"borrower" check:"min=1,max=128"`
	Cluster   string `json:"cluster" check:"min=1"`
	Kind      Kind   `json:"kind"`
	Seniority int    `json:"seniority,omitzero" check:"min=0,max=100"` // 0 is paid first
	Principal Money  `json:"principal" check:"nonzero"`
	Draws     []Draw `json:"draws,omitzero" check:"max=100"` // none: all at Closing

	Closing       Date         `json:"closing"`
	TenorMonths   int          `json:"tenor_months" check:"min=3,max=36"`
	PaymentMonths int          `json:"payment_months" check:"min=1,max=36"` // length of a period; divides the tenor
	GraceMonths   int          `json:"grace_months,omitzero" check:"min=0,max=35"`
	Capitalise    bool         `json:"capitalise_grace_interest,omitzero"` // interest of the grace periods joins the principal
	Amortisation  Amortisation `json:"amortisation"`
	Balloon       Money        `json:"balloon,omitzero"`
	TargetDSCR    Ratio        `json:"target_dscr,omitzero"`

	Rate     Ratio      `json:"rate" check:"max=2"`                 // per year
	Steps    []RateStep `json:"rate_steps,omitzero" check:"max=36"` // changes of the rate
	DayCount DayCount   `json:"day_count"`

	OriginationFee Ratio         `json:"origination_fee,omitzero" check:"max=1"` // of each draw, kept back
	ExitFee        Ratio         `json:"exit_fee,omitzero" check:"max=1"`        // of the principal, at maturity
	Prepayment     Prepayment    `json:"prepayment,omitzero"`
	Late           Late          `json:"late,omitzero"`
	RevenueShare   *RevenueShare `json:"revenue_share,omitzero"`
	Covenants      Covenants     `json:"covenants,omitzero"`
	Protection     Protection    `json:"protection,omitzero"`
}

// Draw is principal paid out on a day.
type Draw struct {
	Date   Date  `json:"date"`
	Amount Money `json:"amount" check:"nonzero"`
}

// RateStep is a new rate from a number of months after closing on.
type RateStep struct {
	FromMonth int   `json:"from_month" check:"min=1,max=35"`
	Rate      Ratio `json:"rate" check:"max=2"`
}

// Prepayment is the right to pay early.
type Prepayment struct {
	Allowed       bool  `json:"allowed,omitzero"`
	LockoutMonths int   `json:"lockout_months,omitzero" check:"min=0,max=36"`
	Fee           Ratio `json:"fee,omitzero" check:"max=1"` // of what is prepaid
}

// Late is what a late payment costs.
type Late struct {
	GraceDays int      `json:"grace_days,omitzero" check:"min=0,max=365"`
	Premium   Ratio    `json:"premium,omitzero" check:"max=1"` // added to the rate
	Fee       Ratio    `json:"fee,omitzero" check:"max=1"`     // once, of the base
	Base      LateBase `json:"base"`
}

// RevenueShare is how the revenue of a cluster is divided with the investor.
type RevenueShare struct {
	Floor Money  `json:"floor,omitzero"` // of each period's revenue, not shared
	Tiers []Tier `json:"tiers" check:"min=1,max=20"`
}

// Tier is the investor's share until all that was received is UpTo times the investment, or until the investment has returned UpToIRR a
// year; the last tier may have no end.
type Tier struct {
	UpTo    Ratio `json:"up_to_moic,omitzero"`
	UpToIRR Ratio `json:"up_to_irr,omitzero" check:"max=10"`
	Share   Ratio `json:"share" check:"max=1"`
}

// endless reports whether the tier has no end.
func (t Tier) endless() bool { return t.UpTo == 0 && t.UpToIRR == 0 }

// Covenants are what the borrower has promised to keep; zero is no promise.
type Covenants struct {
	MinDSCR               Ratio `json:"min_dscr,omitzero"`
	MaxLTV                Ratio `json:"max_ltv,omitzero"`
	MinOvercollateral     Ratio `json:"min_overcollateral,omitzero"`
	MaxPUE                Ratio `json:"max_pue,omitzero"`
	SurveillanceEveryDays int   `json:"surveillance_every_days,omitzero" check:"min=0,max=366"`
}

// Protection is what absorbs losses before the lender does.
type Protection struct {
	Reserve             Money  `json:"reserve,omitzero"`
	FirstLoss           Money  `json:"first_loss,omitzero"`
	FirstLossProvider   string `json:"first_loss_provider,omitzero" check:"max=128"`
	Insurer             string `json:"insurer,omitzero" check:"max=128"`
	InsuranceLimit      Money  `json:"insurance_limit,omitzero"`
	InsuranceDeductible Money  `json:"insurance_deductible,omitzero"`
	InsuranceShare      Ratio  `json:"insurance_share,omitzero" check:"max=1"`
}

// Insured returns what the insurance pays of a loss: min(limit, floor(max(0, loss - deductible) * share)).
func (p Protection) Insured(loss Money) Money {
	return loss.SubFloor(p.InsuranceDeductible).MulDown(p.InsuranceShare).Min(p.InsuranceLimit)
}

// Maturity returns Closing plus the tenor.
func (d *Deal) Maturity() Date { return d.Closing.AddMonths(d.TenorMonths) }

// RateAt returns the rate a year on a day: the one of the last step that has been reached.
func (d *Deal) RateAt(day Date) Ratio {
	rate := d.Rate
	for _, step := range d.Steps {
		if !day.Before(d.Closing.AddMonths(step.FromMonth)) {
			rate = step.Rate
		}
	}
	return rate
}

// rateOf returns the rate of a period, counted from 0.
func (d *Deal) rateOf(period int) Ratio {
	rate := d.Rate
	for _, step := range d.Steps {
		if step.FromMonth <= period*d.PaymentMonths {
			rate = step.Rate
		}
	}
	return rate
}

// Validate holds the terms to the rules that [Parse] applies, other than that the cluster exists. Errors are a [*PathError].
func (d *Deal) Validate() error {
	if err := document.Check(d); err != nil {
		return located(err)
	}
	return d.validate()
}

// validate holds the terms against each other; their single values are held by their tags.
func (d *Deal) validate() error {
	if d.TenorMonths%d.PaymentMonths != 0 {
		return at("payment_months", "it must divide the tenor of %d months", d.TenorMonths)
	}
	if d.GraceMonths%d.PaymentMonths != 0 || d.GraceMonths >= d.TenorMonths {
		return at("grace_months", "it must be whole periods, less than the tenor")
	}
	if d.Capitalise && (d.GraceMonths == 0 || d.Amortisation == Bullet) {
		return at("capitalise_grace_interest", "it needs grace months, and interest that falls due in them")
	}
	if d.Amortisation == Bullet && d.GraceMonths > 0 {
		return at("grace_months", "a bullet pays nothing before maturity anyway")
	}
	if (d.Amortisation == Balloon) != !d.Balloon.IsZero() || d.Balloon.Cmp(d.Principal) > 0 {
		return at("balloon", "it goes with amortisation balloon, and is at most the principal")
	}
	if (d.Amortisation == Sculpted) != (d.TargetDSCR > 0) || d.TargetDSCR > 0 && d.TargetDSCR < One {
		return at("target_dscr", "it goes with amortisation sculpted, and is at least 1")
	}
	if (d.Kind == Equity || d.Kind == Hybrid) != (d.RevenueShare != nil) {
		return at("revenue_share", "it goes with kinds equity and hybrid")
	}
	if d.Kind == Equity && (d.Rate > 0 || len(d.Steps) > 0) {
		return at("rate", "equity bears no interest; hybrid does")
	}
	for i, step := range d.Steps {
		switch month := step.FromMonth; {
		case month%d.PaymentMonths != 0 || month >= d.TenorMonths:
			return at(path("rate_steps", i, "from_month"), "it must be whole periods, less than the tenor")
		case i > 0 && month <= d.Steps[i-1].FromMonth:
			return at(path("rate_steps", i, "from_month"), "steps must be in order")
		}
	}
	if err := d.validateDraws(); err != nil {
		return err
	}
	if d.RevenueShare != nil {
		return prefix("revenue_share", d.RevenueShare.validate())
	}
	return nil
}

func (d *Deal) validateDraws() error {
	if len(d.Draws) == 0 {
		return nil
	}
	// Principal that is repaid in parts must be out before the first part falls due.
	last := d.Maturity()
	if d.Amortisation != InterestOnly && d.Amortisation != Bullet {
		last = d.Closing.AddMonths(d.GraceMonths + d.PaymentMonths)
	}
	var total Money
	for i, draw := range d.Draws {
		switch {
		case i == 0 && draw.Date != d.Closing:
			return at(path("draws", i, "date"), "the first draw is at closing, %s", d.Closing)
		case i > 0 && !d.Draws[i-1].Date.Before(draw.Date):
			return at(path("draws", i, "date"), "draws must be in order of date, one a day")
		case !draw.Date.Before(last):
			return at(path("draws", i, "date"), "it must be before %s, when principal is due", last)
		}
		total = total.Add(draw.Amount)
	}
	if total != d.Principal {
		return at("draws", "they add up to %s, the principal is %s", total, d.Principal)
	}
	return nil
}

func (r *RevenueShare) validate() error {
	var last Tier // the highest limits so far
	for i, tier := range r.Tiers {
		switch {
		case tier.UpTo > 0 && tier.UpToIRR > 0:
			return at(path("tiers", i, "up_to_irr"), "a tier ends at a multiple or at a return, not both")
		case tier.endless() && i < len(r.Tiers)-1:
			return at(path("tiers", i, "up_to_moic"), "only the last tier may be without end")
		case tier.UpTo > 0 && tier.UpTo <= last.UpTo:
			return at(path("tiers", i, "up_to_moic"), "it must rise from tier to tier")
		case tier.UpToIRR > 0 && tier.UpToIRR <= last.UpToIRR:
			return at(path("tiers", i, "up_to_irr"), "it must rise from tier to tier")
		case tier.Share == 0 && i < len(r.Tiers)-1:
			return at(path("tiers", i, "share"), "a tier without a share never ends")
		}
		last.UpTo, last.UpToIRR = max(last.UpTo, tier.UpTo), max(last.UpToIRR, tier.UpToIRR)
	}
	return nil
}
