package economics

import (
	"fmt"
	"math"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/daycount"
)

// Figures are the valuation of a deal from its terms, over its whole life. Lists belong to the [Valuer] and hold until its next call.
type Figures struct {
	Schedule *gpuasset.Schedule
	Months   []Month  // of the cluster, from closing on
	Coverage Coverage // EBITDA / debt service, per payment period
	LLCR     float64  // at closing, at the deal's rate per period; of the principal
	LTV      []float64
	MaxLTV   float64
	WAL      float64
	MOIC     float64
	NPV      float64 // of the lender's flows at closing
}

// Valuer values deals from their terms, one after another, and keeps its memory between them. The zero value is ready. It is not safe for
// concurrent use: take one for each goroutine.
type Valuer struct {
	schedule                 gpuasset.Schedule
	months                   []Month
	cash, service, cover, lt []float64
}

// Value returns schedule, economics, ratios and net present value of a debt or the debt of a hybrid: [gpuasset.Deal.Schedule], [Operation.Months],
// [DSCR], [LLCR] at the deal's first rate, balance / (hardware cost * depreciation by age) after every payment, [gpuasset.Schedule.WAL],
// [gpuasset.Schedule.MOIC] and [gpuasset.Schedule.NPV] at an annual rate. It fails as they do, and with
// [gpuasset.ErrReference] for an operation of another cluster.
func (v *Valuer) Value(o Operation, deal *gpuasset.Deal, course gpuasset.Course, worth Depreciation, rate float64) (Figures, error) {
	if o.Cluster == nil || o.Cluster.ID != deal.Cluster {
		return Figures{}, fmt.Errorf("economics: %w: the operation is not of cluster %.64q", gpuasset.ErrReference, deal.Cluster)
	}
	if err := v.schedule.Reset(deal, course); err != nil {
		return Figures{}, err
	}
	var err error
	payments := v.schedule.Payments
	if deal.PaymentMonths == 1 { // the months are known
		v.months = slices.Grow(v.months[:0], len(payments))[:len(payments)]
		for i := range payments {
			if err := o.between(&v.months[i], payments[i].Start, payments[i].Due); err != nil {
				return Figures{}, err
			}
		}
	} else if v.months, err = o.appendMonths(v.months[:0], deal.Closing, deal.TenorMonths); err != nil {
		return Figures{}, err
	}
	n := len(payments)
	v.cash, v.service, v.cover, v.lt = sized(v.cash, n), sized(v.service, n), sized(v.cover, n), sized(v.lt, n)
	for i := range v.months {
		v.cash[i/deal.PaymentMonths] += v.months[i].EBITDA
	}
	out := Figures{Schedule: &v.schedule, Months: v.months, LTV: v.lt}
	cost, vintage := o.Cluster.HardwareCost.Float64(), o.Cluster.Vintage.Time()
	for i := range payments {
		p := &payments[i]
		v.service[i] = p.Service().Float64()
		if p.Closing.IsZero() {
			continue
		}
		v.lt[i] = math.Inf(1)
		years := float64(daycount.Days(vintage, p.Due.Time())) / 365
		if value := cost * worth.Remaining(max(years, 0)); value > 0 {
			v.lt[i] = p.Closing.Float64() / value
		}
		out.MaxLTV = max(out.MaxLTV, v.lt[i])
	}
	if out.Coverage, err = coverage(v.cover, v.cash, v.service); err != nil {
		return Figures{}, err
	}
	period := deal.Rate.Float64() * float64(deal.PaymentMonths) / 12
	if out.LLCR, err = LLCR(v.cash, period, deal.Principal.Float64()); err != nil {
		return Figures{}, err
	}
	out.WAL, out.NPV = v.schedule.WAL(), v.schedule.NPV(rate)
	out.MOIC, err = v.schedule.MOIC()
	return out, err
}

// sized returns so many zeros in the memory of list.
func sized(list []float64, n int) []float64 {
	list = slices.Grow(list[:0], n)[:n]
	clear(list)
	return list
}
