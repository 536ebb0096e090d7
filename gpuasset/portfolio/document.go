package portfolio

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
)

// Given is what a caller knows of deals beside their terms. The zero value is nothing, which does for debt that is paid as its terms say.
type Given struct {
	// Schedules are those of deals that do not follow the schedule of their terms, by deal.
	Schedules map[string]*gpuasset.Schedule
	// ShareRate is the annual rate at which expected distributions of revenue shares are discounted; it compounds with the periods of the
	// deal, as [gpuasset.Tier.UpToIRR] does. Equity and hybrid deals need one.
	ShareRate gpuasset.Ratio
	// Takings are the metered revenues of the first periods of revenue shares, by deal. Of periods without them, the economics of the
	// cluster count.
	Takings map[string][]gpuasset.Takings
}

// NewPosition returns a position of the whole deal at the end of a day: balance and accrued interest of its schedule, stage 1 and no
// expected loss, which are for the caller to set. It leaves a revenue share out; [FromDocument] values it.
func NewPosition(deal *gpuasset.Deal, cluster *gpuasset.Cluster, schedule *gpuasset.Schedule, day gpuasset.Date) Position {
	p := position(deal, cluster, day)
	p.Outstanding, p.Accrued = schedule.Balance(day), schedule.Accrued(day)
	return p
}

func position(deal *gpuasset.Deal, cluster *gpuasset.Cluster, day gpuasset.Date) Position {
	return Position{Deal: deal.ID, Borrower: deal.Borrower, Model: cluster.Model, Location: cluster.Location,
		Rate: deal.RateAt(day), Maturity: deal.Maturity(), Stage: credit.Stage1}
}

// FromDocument returns the SPs of a document with their participations at the end of a day: share * outstanding and share * accrued,
// rounded down, in stage 1 and without losses. What a document does not say is for the caller to add: cash, bills, claims of others, fees
// and shares. A schedule that is not given is the one of the terms.
//
// Debt stands at its balance and accrued interest. Deals with a revenue share promise no fixed sum, so they stand at what is expected of them:
//
//	value       = sum of (distributions of economics.Payouts + debt service of a hybrid) after the day * economics.Discounts at ShareRate
//	cost        = principal - distributions so far, at least 0, of equity; the balance of a hybrid
//	outstanding = min(value, cost)        accrued = value - outstanding
//
// In the Deposit NAV such a deal so stands at its value, in the Unstaking NAV at most at cost not yet returned: what is above cost is income not
// yet received, and left out there as accrued interest is. A ShareRate below what the deal is expected to return is a gain on the first day; take
// the expected return for none. GAIB has published no rule for revenue shares; this one is a model.
//
// It fails with a [*gpuasset.PathError] for a bad document, with [ErrInput] without the rate that a deal needs or for two revenue shares of one
// cluster, and like [gpuasset.Deal.Schedule] and [economics.Operation.Payouts], so for a sculpted deal without its schedule.
func FromDocument(doc *gpuasset.Document, day gpuasset.Date, given Given) (Portfolio, error) {
	if err := doc.Validate(); err != nil {
		return Portfolio{}, err
	}
	schedules := make(map[string]*gpuasset.Schedule, len(doc.Deals))
	debts := map[string][]*gpuasset.Schedule{} // by cluster
	clusters := make(map[string]*gpuasset.Cluster, len(doc.Clusters))
	for i := range doc.Clusters {
		clusters[doc.Clusters[i].ID] = &doc.Clusters[i]
	}
	for i := range doc.Deals {
		deal := &doc.Deals[i]
		if deal.Kind == gpuasset.Equity {
			continue
		}
		schedule := given.Schedules[deal.ID]
		if schedule == nil {
			var err error
			if schedule, err = deal.Schedule(gpuasset.Course{}); err != nil {
				return Portfolio{}, fmt.Errorf("portfolio: deal %s: %w", deal.ID, err)
			}
		}
		schedules[deal.ID] = schedule
		debts[deal.Cluster] = append(debts[deal.Cluster], schedule)
	}
	whole, sharing := make(map[string]Position, len(doc.Deals)), map[string]string{}
	for i := range doc.Deals {
		deal := &doc.Deals[i]
		cluster := clusters[deal.Cluster] // the document is valid, so there is one
		if deal.RevenueShare == nil {
			whole[deal.ID] = NewPosition(deal, cluster, schedules[deal.ID], day)
			continue
		}
		if other, taken := sharing[deal.Cluster]; taken {
			return Portfolio{}, fmt.Errorf("%w: deals %s and %s both share the revenue of cluster %s; put them into one", ErrInput, other, deal.ID, deal.Cluster)
		}
		sharing[deal.Cluster] = deal.ID
		operation, err := economics.Of(doc, deal.Cluster)
		if err != nil {
			return Portfolio{}, err
		}
		if whole[deal.ID], err = sharePosition(deal, operation, schedules[deal.ID], debts[deal.Cluster], day, given); err != nil {
			return Portfolio{}, fmt.Errorf("portfolio: deal %s: %w", deal.ID, err)
		}
	}
	p := Portfolio{SPs: make([]SP, len(doc.Portfolios))}
	for i := range doc.Portfolios {
		sp := &doc.Portfolios[i]
		p.SPs[i].ID = sp.ID
		for _, part := range sp.Participations {
			position := whole[part.Deal]
			position.Outstanding, position.Accrued = position.Outstanding.MulDown(part.Share), position.Accrued.MulDown(part.Share)
			p.SPs[i].Positions = append(p.SPs[i].Positions, position)
		}
	}
	return p, nil
}

// sharePosition returns the position of a whole deal with a revenue share; schedule is nil for equity.
func sharePosition(deal *gpuasset.Deal, o economics.Operation, schedule *gpuasset.Schedule, debts []*gpuasset.Schedule, day gpuasset.Date, given Given) (Position, error) {
	if given.ShareRate == 0 {
		return Position{}, fmt.Errorf("%w: a revenue share needs Given.ShareRate, the rate that its distributions are discounted at", ErrInput)
	}
	p := position(deal, o.Cluster, day)
	if day.Before(deal.Closing) {
		return p, nil // nothing is paid for it yet
	}
	if metered := given.Takings[deal.ID]; len(metered) > 0 && day.Before(metered[len(metered)-1].Date) {
		return Position{}, fmt.Errorf("%w: takings of a period that ends on %s, after %s", ErrInput, metered[len(metered)-1].Date, day)
	}
	payouts, err := o.Payouts(deal, debts, given.Takings[deal.ID])
	if err != nil {
		return Position{}, err
	}
	factors, err := economics.Discounts(deal, given.ShareRate.Float64(), day)
	if err != nil {
		return Position{}, err
	}
	var value, received float64
	for i := range payouts {
		received += paid(&payouts[i], day)
		value += float64(payouts[i].Investor * factors[i])
	}
	cost, err := gpuasset.FromFloat(max(0, deal.Principal.Float64()-received))
	if err != nil {
		return Position{}, err
	}
	if schedule != nil {
		cost = schedule.Balance(day)
		for i := range schedule.Payments {
			value += float64(schedule.Payments[i].Service().Float64() * factors[i])
		}
	}
	total, err := gpuasset.FromFloat(value)
	if err != nil {
		return Position{}, err
	}
	p.Outstanding = total.Min(cost)
	p.Accrued = total.SubFloor(p.Outstanding)
	return p, nil
}

func paid(p *economics.Payout, day gpuasset.Date) float64 {
	if day.Before(p.Date) {
		return 0
	}
	return p.Investor
}
