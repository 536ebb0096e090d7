package economics

import (
	"fmt"
	"math"

	"github.com/gaib-go/gaib/gpuasset"
)

// maxTiers is the most tiers that a document allows.
const maxTiers = 20

// Waterfall divides revenue as [gpuasset.RevenueShare.Distribute] does, in float64 and without its rounding, one period after
// another. It is a value: a copy goes on from where it was copied.
type Waterfall struct {
	floor, received float64
	count, at       int
	tiers           [maxTiers]struct{ share, cap, rate, missing float64 }
}

// NewWaterfall returns the waterfall of valid terms before its first period. It fails with [ErrSeries] for more tiers than a document has.
func NewWaterfall(terms *gpuasset.RevenueShare, invested float64) (Waterfall, error) {
	w := Waterfall{floor: terms.Floor.Float64(), count: len(terms.Tiers)}
	if w.count > maxTiers {
		return Waterfall{}, fmt.Errorf("%w: %d tiers, at most %d", ErrSeries, w.count, maxTiers)
	}
	for i, tier := range terms.Tiers {
		t := &w.tiers[i]
		t.share, t.rate, t.missing, t.cap = tier.Share.Float64(), tier.UpToIRR.Float64(), invested, math.Inf(1)
		switch {
		case tier.UpTo > 0:
			t.cap = float64(invested * tier.UpTo.Float64())
		case tier.UpToIRR == 0:
			t.missing = math.Inf(1) // without end
		}
	}
	return w, nil
}

// Received returns all that the investor has got.
func (w *Waterfall) Received() float64 { return w.received }

// Next returns what the investor gets of the revenue of a period of so many years, at most so much. Returns asked for grow by rate *
// years.
func (w *Waterfall) Next(revenue, most, years float64) (investor float64) {
	for i := range w.count {
		if t := &w.tiers[i]; t.rate > 0 {
			t.missing += float64(float64(t.missing*t.rate) * years)
		}
	}
	at := w.at
	for rest := max(0, revenue-w.floor); at < w.count && rest > 0; at++ {
		t := &w.tiers[at]
		share, room := float64(rest*t.share), max(0, t.missing-investor)
		if !math.IsInf(t.cap, 1) {
			room = max(0, t.cap-w.received-investor)
		}
		if share < room || t.share == 0 {
			investor += share
			break
		}
		investor += room
		rest = max(0, rest-room/t.share)
	}
	if investor > most {
		investor = max(0, most) // tiers that are not full after all stay open
	} else {
		w.at = at
	}
	for i := range w.count {
		t := &w.tiers[i]
		t.missing = max(0, t.missing-investor)
	}
	w.received += investor
	return investor
}

// Payout is what the investor of an equity or hybrid deal gets at the end of a period beside interest and principal.
type Payout struct {
	Date     gpuasset.Date
	Years    float64 // of the period, in the deal's day count
	Revenue  float64 // after the platform fee
	Room     float64 // what the revenue leaves after energy, monthly costs and all debt service of the cluster
	Investor float64
}

// Payouts returns the expected distributions of a deal's revenue share, period by period from closing to maturity:
//
//	investor = min(share of the waterfall, max(0, EBITDA - service of all debt on the cluster))
//
// Revenue is that of [Operation.Month] after the platform fee, which the terms share; but nothing is paid that energy, costs and the debts
// given, those of the cluster, have used up. Where the takings of the first periods are given, as metered, they count instead, and the investor
// has got all that the terms say of them. It fails with [gpuasset.ErrCourse] for a deal without a revenue share, one that is
// drawn after closing, and takings that do not end where periods do; with [ErrSeries], and like [Operation.Month].
func (o Operation) Payouts(deal *gpuasset.Deal, debts []*gpuasset.Schedule, metered []gpuasset.Takings) ([]Payout, error) {
	n := 0
	if deal.PaymentMonths > 0 {
		n = deal.TenorMonths / deal.PaymentMonths
	}
	switch {
	case deal.RevenueShare == nil:
		return nil, fmt.Errorf("%w: deal %.64q has no revenue share", gpuasset.ErrCourse, deal.ID)
	case len(deal.Draws) > 1:
		return nil, fmt.Errorf("%w: the revenue share of deal %.64q counts from closing, and it is drawn later", gpuasset.ErrCourse, deal.ID)
	case len(metered) > n:
		return nil, fmt.Errorf("%w: takings of %d periods, the deal has %d", gpuasset.ErrCourse, len(metered), n)
	}
	w, err := NewWaterfall(deal.RevenueShare, deal.Principal.Float64())
	if err != nil {
		return nil, err
	}
	out := make([]Payout, n)
	last := deal.Closing
	for i := range out {
		p := &out[i]
		p.Date = deal.Closing.AddMonths((i + 1) * deal.PaymentMonths)
		p.Years = deal.DayCount.Convention().Years(last.Time(), p.Date.Time())
		if i < len(metered) {
			if metered[i].Date != p.Date {
				return nil, fmt.Errorf("%w: takings %d end on %s, the period on %s", gpuasset.ErrCourse, i, metered[i].Date, p.Date)
			}
			p.Revenue, p.Room = metered[i].Revenue.Float64(), math.Inf(1)
		} else {
			for k := range deal.PaymentMonths {
				month := i*deal.PaymentMonths + k
				m, err := o.Between(deal.Closing.AddMonths(month), deal.Closing.AddMonths(month+1))
				if err != nil {
					return nil, err
				}
				p.Revenue += m.Gross() - m.PlatformFee
				p.Room += m.EBITDA
			}
			for _, debt := range debts {
				for k := range debt.Payments {
					if pay := &debt.Payments[k]; last.Before(pay.Due) && !p.Date.Before(pay.Due) {
						p.Room -= pay.Service().Float64()
					}
				}
			}
		}
		p.Investor = w.Next(p.Revenue, max(0, p.Room), p.Years)
		last = p.Date
	}
	return out, nil
}

// Discounts returns the factors of the periods of a deal that end after a day, 1 / product of (1 + rate * days / basis): from the day to the end of
// its period, and of every later period, in the deal's day count. The rate so compounds as [gpuasset.Tier.UpToIRR] does. Periods that have
// ended count 0. It fails with [ErrSeries] for a rate below zero or above 10.
func Discounts(deal *gpuasset.Deal, rate float64, day gpuasset.Date) ([]float64, error) {
	if !(rate >= 0 && rate <= 10) {
		return nil, fmt.Errorf("%w: discounted at %v, want 0 to 10", ErrSeries, rate)
	}
	factors := make([]float64, deal.TenorMonths/max(deal.PaymentMonths, 1))
	last := day
	if day.Before(deal.Closing) {
		last = deal.Closing
	}
	factor := 1.0
	for i := range factors {
		due := deal.Closing.AddMonths((i + 1) * deal.PaymentMonths)
		if !last.Before(due) {
			continue
		}
		factor /= 1 + float64(rate*deal.DayCount.Convention().Years(last.Time(), due.Time()))
		factors[i], last = factor, due
	}
	return factors, nil
}
