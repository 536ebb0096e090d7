package stress

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/yield/daycount"
)

var (
	// ErrInput: an assumption, a shock or a position is out of range or fits no deal. The text says which.
	ErrInput = errors.New("stress: invalid input")
	// ErrHolds: nothing breaks up to the largest shock that was allowed. Allow a larger one.
	ErrHolds = errors.New("stress: nothing breaks up to that size")
)

// MaxDeals is the largest number of positions that [NewBook] takes.
const MaxDeals = 100_000

// Assumptions are what the model needs and no document says. None has a default: GAIB has published none.
type Assumptions struct {
	Day          gpuasset.Date          // of the valuation
	Depreciation economics.Depreciation // of the hardware's cost, by age since the vintage
	Liquidation  economics.Liquidation  // of a defaulted deal's GPUs
	// Elasticity is the power of the relative rental price that GPU values follow: 0 not at all, 1 in proportion.
	Elasticity float64
	Hazard     float64            // probability of a default that has nothing to do with cash, per year, as a rate
	Hazards    map[string]float64 // of single deals, instead
	// DefaultMonths is how many months a payment may be late until that is a default; 3 is the presumption of IFRS 9.
	DefaultMonths int
	// LookAhead is how many months of missed payments and coverage count for the stage.
	LookAhead int
	// ReviewDSCR is the coverage below which the risk counts as significantly increased: stage 2.
	ReviewDSCR float64
	// Refinance is the loan-to-value at which principal that falls due at maturity in one sum (balloon, interest only, bullet) is
	// refinanced; 0 is not at all.
	Refinance float64
	Method    portfolio.Method // of the NAVs; haircuts must not fall from stage to stage
	// WriteDown takes the loss of deals in stage 3 off the Deposit NAV too. With Method.NetOfExpectedLoss it is required: there a default would
	// raise the Deposit NAV otherwise.
	WriteDown bool
}

func (a *Assumptions) check() error {
	finite := func(x, least, most float64) bool { return x >= least && x <= most }
	l := a.Liquidation
	switch {
	case a.Day.Check() != nil:
		return fmt.Errorf("%w: day: %w", ErrInput, a.Day.Check())
	case a.Depreciation == nil:
		return fmt.Errorf("%w: a depreciation is needed, such as economics.StraightLine", ErrInput)
	case !finite(l.Factor, 0, 10) || !finite(l.Cost, 0, 1) || !finite(l.Rate, 0, 10) || l.Days < 0 || l.Days > 36_600:
		return fmt.Errorf("%w: liquidation %+v", ErrInput, l)
	case !finite(a.Elasticity, 0, 10) || !finite(a.Hazard, 0, 10) || !finite(a.ReviewDSCR, 0, 100) || !finite(a.Refinance, 0, 1):
		return fmt.Errorf("%w: elasticity %v, hazard %v, review below a DSCR of %v, refinancing up to %v", ErrInput, a.Elasticity, a.Hazard, a.ReviewDSCR, a.Refinance)
	case a.DefaultMonths < 1 || a.DefaultMonths > 36 || a.LookAhead < 1 || a.LookAhead > economics.MaxMonths:
		return fmt.Errorf("%w: default after %d months, looking %d months ahead; both are at least 1", ErrInput, a.DefaultMonths, a.LookAhead)
	case !slices.IsSorted(a.Method.Haircut[:]):
		return fmt.Errorf("%w: haircuts fall from stage to stage", ErrInput)
	case a.Method.NetOfExpectedLoss && !a.WriteDown:
		return fmt.Errorf("%w: a Deposit NAV net of expected losses needs WriteDown", ErrInput)
	}
	for id, hazard := range a.Hazards {
		if !finite(hazard, 0, 10) {
			return fmt.Errorf("%w: hazard of %.64q is %v", ErrInput, id, hazard)
		}
	}
	return nil
}

// Book is a portfolio made ready for shocks: what its deals earn and owe in each month to come, in tables. It does not change.
type Book struct {
	portfolio portfolio.Portfolio
	assume    Assumptions
	deals     []deal
	holdings  []holding // of the deals, in the order of the portfolio
	indices   []string
	base      *Result
}

// holding is a position: SP and place in it, which deal, and how much of it.
type holding struct {
	sp, at, deal int
	share        float64
}

// deal is the months that a deal has left, as tables. Amounts are in units of the currency.
type deal struct {
	id      string
	equity  bool     // without debt service: all it gets is shared
	shared  *sharing // of its revenue; nil without
	index   int      // of its spot prices, -1 if it has none
	part    float64
	hazard  float64
	reserve float64
	first   float64 // first loss
	insured struct{ limit, deductible, share float64 }

	months       int
	period       int // months of a payment period
	reservations []reservation
	held         []float64 // GPU-hours, by month and reservation
	free         []float64 // GPU-hours that are not reserved
	price        []float64 // spot price of the base case
	energy       []float64
	opex         float64
	utilisation  float64   // of what is not reserved
	keep         float64   // share of the revenue that the platform leaves
	prior        []float64 // service of deals that are paid before this one
	service      []float64
	due          []float64 // part of the last service that may be refinanced, by month; 0 but in the last
	balance      []float64 // before the first month, and after each
	senior       []float64 // balance of deals that are paid before this one, likewise
	value        []float64 // of the GPUs, likewise
	discount     []float64 // at the end of each month
	dates        []gpuasset.Date
}

type reservation struct{ price, takeOrPay, utilisation float64 }

// NewBook returns a book of a portfolio's positions. Each position names a deal of the document; its share of the deal is what is outstanding of it over
// the deal's balance, or with a revenue share its value over the deal's. What is given is what the portfolio was made with, see
// [portfolio.FromDocument]. Deals that are fully repaid have no months left.
//
// Several deals on one cluster are paid by seniority; those of one rank share the cash and the GPUs in proportion to principal. Months
// begin with the payment period that the day falls into.
//
// It fails with [ErrInput], with an [*ArrearsError] for a position that owes more than its schedule says, with a [*gpuasset.PathError] for a bad document and like [economics.Operation.Months],
// [gpuasset.Deal.Schedule] and [portfolio.Portfolio.Value].
func NewBook(doc *gpuasset.Document, base portfolio.Portfolio, given portfolio.Given, assume Assumptions) (*Book, error) {
	if err := assume.check(); err != nil {
		return nil, err
	}
	if err := doc.Validate(); err != nil {
		return nil, err
	}
	b := &Book{portfolio: copied(base), assume: assume}
	builder := builder{doc: doc, given: given, schedules: map[string]*gpuasset.Schedule{}, book: b, deals: map[string]int{}, indices: map[string]int{}, operations: map[string]economics.Operation{}}
	for i := range base.SPs {
		for j := range base.SPs[i].Positions {
			if len(b.holdings) == MaxDeals {
				return nil, fmt.Errorf("%w: more than %d positions", ErrInput, MaxDeals)
			}
			if err := builder.add(i, j); err != nil {
				return nil, err
			}
		}
	}
	none, err := b.Apply(Shock{})
	if err != nil {
		return nil, err
	}
	b.base = none
	return b, nil
}

// copied returns a portfolio that shares no list with p.
func copied(p portfolio.Portfolio) portfolio.Portfolio {
	p.Bills = slices.Clone(p.Bills)
	p.SPs = slices.Clone(p.SPs)
	for i := range p.SPs {
		p.SPs[i].Positions = slices.Clone(p.SPs[i].Positions)
	}
	return p
}

// Base returns the result without a shock. It is not to be changed.
func (b *Book) Base() *Result { return b.base }

// builder makes the tables of a book.
type builder struct {
	doc        *gpuasset.Document
	given      portfolio.Given
	schedules  map[string]*gpuasset.Schedule // of the terms, made so far
	book       *Book
	deals      map[string]int
	indices    map[string]int
	operations map[string]economics.Operation
	ranks      map[string][]*gpuasset.Deal // by cluster
	byID       map[string]*gpuasset.Deal
}

func (b *builder) add(sp, at int) error {
	position := &b.book.portfolio.SPs[sp].Positions[at]
	place, known := b.deals[position.Deal]
	if !known {
		made, err := b.deal(position.Deal)
		if err != nil {
			return fmt.Errorf("stress: deal %.64q: %w", position.Deal, err)
		}
		place = len(b.book.deals)
		b.deals[position.Deal] = place
		b.book.deals = append(b.book.deals, *made)
	}
	d := &b.book.deals[place]
	share, whole := 0.0, d.balance[0]
	outstanding := position.Outstanding.Float64()
	if d.shared != nil {
		part, fits := d.portion(outstanding + position.Accrued.Float64())
		if !fits {
			return fmt.Errorf("%w: deal %.64q stands at %v, which is more than its %v at Given.ShareRate on %s; give what its position was valued with",
				ErrInput, position.Deal, outstanding+position.Accrued.Float64(), d.shared.total, b.book.assume.Day)
		}
		share = part
	} else if outstanding > float64(whole*(1+1e-9)) {
		return &ArrearsError{Deal: position.Deal, Day: b.book.assume.Day, Outstanding: position.Outstanding, Scheduled: whole}
	} else if whole > 0 {
		share = outstanding / whole
	}
	b.book.holdings = append(b.book.holdings, holding{sp, at, place, min(share, 1)})
	return nil
}

func (b *builder) schedule(d *gpuasset.Deal) (*gpuasset.Schedule, error) {
	if s := b.given.Schedules[d.ID]; s != nil {
		return s, nil
	}
	if s := b.schedules[d.ID]; s != nil {
		return s, nil
	}
	s, err := d.Schedule(gpuasset.Course{})
	if err == nil {
		b.schedules[d.ID] = s
	}
	return s, err
}

func (b *builder) operation(cluster string) (economics.Operation, error) {
	if o, ok := b.operations[cluster]; ok {
		return o, nil
	}
	o, err := economics.Of(b.doc, cluster)
	b.operations[cluster] = o
	return o, err
}

// find returns the deal of an id and all deals on its cluster.
func (b *builder) find(id string) (*gpuasset.Deal, []*gpuasset.Deal, error) {
	if b.byID == nil {
		b.byID, b.ranks = map[string]*gpuasset.Deal{}, map[string][]*gpuasset.Deal{}
		for i := range b.doc.Deals {
			d := &b.doc.Deals[i]
			b.byID[d.ID] = d
			b.ranks[d.Cluster] = append(b.ranks[d.Cluster], d)
		}
	}
	d, ok := b.byID[id]
	if !ok {
		return nil, nil, fmt.Errorf("%w: the document does not have it", ErrInput)
	}
	return d, b.ranks[d.Cluster], nil
}

func (b *builder) deal(id string) (*deal, error) {
	terms, others, err := b.find(id)
	if err != nil {
		return nil, err
	}
	var schedule *gpuasset.Schedule // none of equity
	if terms.Kind != gpuasset.Equity {
		if schedule, err = b.schedule(terms); err != nil {
			return nil, err
		}
	}
	operation, err := b.operation(terms.Cluster)
	if err != nil {
		return nil, err
	}
	a := &b.book.assume
	d := &deal{id: id, equity: schedule == nil, index: -1, part: 1, hazard: a.Hazard, reserve: terms.Protection.Reserve.Float64(), first: terms.Protection.FirstLoss.Float64()}
	if hazard, ok := a.Hazards[id]; ok {
		d.hazard = hazard
	}
	p := terms.Protection
	d.insured.limit, d.insured.deductible, d.insured.share = p.InsuranceLimit.Float64(), p.InsuranceDeductible.Float64(), p.InsuranceShare.Float64()
	d.period = terms.PaymentMonths
	first := 0
	for first < terms.TenorMonths && !a.Day.Before(terms.Closing.AddMonths(first+terms.PaymentMonths)) {
		first += terms.PaymentMonths
	}
	d.months = terms.TenorMonths - first
	var owed gpuasset.Money
	if schedule != nil {
		owed = schedule.Balance(a.Day)
	}
	if a.Day.Before(terms.Closing) || schedule != nil && owed.IsZero() && terms.RevenueShare == nil {
		d.months = 0 // repaid, or not drawn yet
	}
	d.balance = []float64{owed.Float64()}
	start := terms.Closing.AddMonths(first)
	for i := range d.months {
		d.dates = append(d.dates, start.AddMonths(i+1))
		d.service = append(d.service, 0)
		d.due = append(d.due, 0)
		d.balance = append(d.balance, d.balance[0])
	}
	annual := terms.RateAt(a.Day)
	if schedule != nil {
		d.payments(terms, schedule, first)
	} else {
		annual = b.given.ShareRate
	}
	rate := exp(float64(-log(1+annual.Float64()) / 12))
	factor := 1.0
	for range d.months {
		factor = float64(factor * rate)
		d.discount = append(d.discount, factor)
	}
	if err := b.cluster(d, operation, terms.Closing, first); err != nil {
		return nil, err
	}
	if err := b.seniors(d, terms, others); err != nil {
		return nil, err
	}
	if terms.RevenueShare != nil {
		err = b.share(d, terms, others, operation, schedule, first)
	}
	return d, err
}

// payments fills service, balance and what may be refinanced.
func (d *deal) payments(terms *gpuasset.Deal, schedule *gpuasset.Schedule, first int) {
	for i := range schedule.Payments {
		p := &schedule.Payments[i]
		month := (i+1)*terms.PaymentMonths - 1 - first
		if month < 0 || month >= d.months {
			continue
		}
		d.service[month] = p.Service().Float64()
		for later := month; later < d.months; later++ {
			d.balance[later+1] = p.Closing.Float64()
		}
		if month == d.months-1 {
			switch terms.Amortisation {
			case gpuasset.InterestOnly, gpuasset.Bullet:
				d.due[month] = p.Principal.Float64()
			case gpuasset.Balloon:
				d.due[month] = p.Principal.Min(terms.Balloon).Float64()
			}
		}
	}
}

// cluster fills what the GPUs earn, cost and are worth.
func (b *builder) cluster(d *deal, o economics.Operation, closing gpuasset.Date, first int) error {
	c, a := o.Cluster, &b.book.assume
	if c.SpotUtilisation > 0 && o.Spot != nil {
		place, known := b.indices[o.Spot.ID]
		if !known {
			place = len(b.book.indices)
			b.indices[o.Spot.ID] = place
			b.book.indices = append(b.book.indices, o.Spot.ID)
		}
		d.index = place
	}
	d.utilisation, d.keep = c.SpotUtilisation.Float64(), 1-c.PlatformFee.Float64()
	for i := range c.Reservations {
		r := &c.Reservations[i]
		d.reservations = append(d.reservations, reservation{r.Price.Float64(), r.TakeOrPay.Float64(), r.Utilisation.Float64()})
	}
	for i := range c.MonthlyCosts {
		d.opex += c.MonthlyCosts[i].PerMonth.Float64()
	}
	for i := range d.months {
		from, to := closing.AddMonths(first+i), closing.AddMonths(first+i+1)
		month, err := o.Between(from, to)
		if err != nil {
			return err
		}
		free := month.Available
		for j := range c.Reservations {
			held := o.Held(&c.Reservations[j], from, to)
			d.held = append(d.held, held)
			free -= float64(held)
		}
		d.free = append(d.free, max(free, 0))
		d.price = append(d.price, month.SpotPrice)
		d.energy = append(d.energy, month.Energy)
	}
	worth := func(day gpuasset.Date) (float64, error) {
		years := float64(daycount.Days(c.Vintage.Time(), day.Time())) / 365
		left := a.Depreciation.Remaining(max(years, 0))
		if !(left >= 0) || math.IsInf(left, 0) {
			return 0, fmt.Errorf("%w: the depreciation leaves %v of a GPU of %.2f years", ErrInput, left, years)
		}
		return float64(c.HardwareCost.Float64() * left), nil
	}
	for _, day := range append([]gpuasset.Date{a.Day}, d.dates...) {
		value, err := worth(day)
		if err != nil {
			return err
		}
		d.value = append(d.value, value)
	}
	return nil
}

// seniors fills what the deals that are paid before this one take, and its part of its own rank.
func (b *builder) seniors(d *deal, terms *gpuasset.Deal, others []*gpuasset.Deal) error {
	d.prior, d.senior = make([]float64, d.months), make([]float64, d.months+1)
	rank := terms.Principal
	for _, other := range others {
		if other == terms || other.Kind == gpuasset.Equity || other.Seniority > terms.Seniority && !d.equity {
			continue // equity comes after all debt, whatever its rank
		}
		schedule, err := b.schedule(other)
		if err != nil {
			return fmt.Errorf("%.64q on the same cluster: %w", other.ID, err)
		}
		if other.Seniority == terms.Seniority && !d.equity {
			if !schedule.Balance(b.book.assume.Day).IsZero() {
				rank = rank.Add(other.Principal)
			}
			continue
		}
		d.senior[0] += schedule.Balance(b.book.assume.Day).Float64()
		from := b.book.assume.Day
		if d.months > 0 {
			from = d.dates[0].AddMonths(-1)
		}
		for i, day := range d.dates {
			for k := range schedule.Payments {
				if p := &schedule.Payments[k]; from.Before(p.Due) && !day.Before(p.Due) {
					d.prior[i] += p.Service().Float64()
				}
			}
			d.senior[i+1] += schedule.Balance(day).Float64()
			from = day
		}
	}
	d.part = terms.Principal.Float64() / rank.Float64()
	return nil
}

func (b *Book) stage(worst credit.Stage, arrears int, coverage float64) credit.Stage {
	return max(worst, credit.StageOf(30*arrears, coverage < b.assume.ReviewDSCR))
}
