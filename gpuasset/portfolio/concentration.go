package portfolio

import (
	"cmp"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/yield/daycount"
)

// Part is one name's part of a portfolio.
type Part struct {
	Name   string
	Amount gpuasset.Money
	Share  float64
}

// Concentration is how a portfolio is spread over names.
type Concentration struct {
	Parts     []Part  // largest first, ties by name
	HHI       float64 // Herfindahl-Hirschman index: sum of squared shares in percent, 0 to 10,000
	Effective float64 // 10,000 / HHI: the number of equal parts with the same index
}

// Top returns the share of the n largest parts.
func (c Concentration) Top(n int) float64 {
	var share float64
	for _, part := range c.Parts[:min(max(n, 0), len(c.Parts))] {
		share += part.Share
	}
	return share
}

// Positions returns the positions of all SPs.
func (p *Portfolio) Positions() []Position {
	var all []Position
	for i := range p.SPs {
		all = append(all, p.SPs[i].Positions...)
	}
	return all
}

// ByBorrower names a position by its borrower, for [Concentrate].
func ByBorrower(p Position) string { return p.Borrower }

// ByModel names a position by its GPU model.
func ByModel(p Position) string { return p.Model }

// ByLocation names a position by its location.
func ByLocation(p Position) string { return p.Location }

// Concentrate returns the concentration of what is outstanding over the names that by gives; the zero value if nothing is.
func Concentrate(positions []Position, by func(Position) string) Concentration {
	var total gpuasset.Money
	amounts := map[string]gpuasset.Money{}
	for _, p := range positions {
		if p.Outstanding.IsZero() {
			continue
		}
		name := by(p)
		amounts[name] = amounts[name].Add(p.Outstanding)
		total = total.Add(p.Outstanding)
	}
	var c Concentration
	if total.IsZero() {
		return c
	}
	for name, amount := range amounts {
		c.Parts = append(c.Parts, Part{name, amount, amount.Float64() / total.Float64()})
	}
	slices.SortFunc(c.Parts, func(a, b Part) int {
		return cmp.Or(b.Amount.Cmp(a.Amount), cmp.Compare(a.Name, b.Name))
	})
	for _, part := range c.Parts {
		c.HHI += part.Share * part.Share * 10_000
	}
	c.Effective = 10_000 / c.HHI
	return c
}

// Averages are means weighted by what is outstanding.
type Averages struct {
	Rate  float64
	Years float64 // to maturity, ACT/365F; 0 for what is past it
}

// Average returns the weighted averages at a day; zeros if nothing is outstanding.
func Average(positions []Position, day gpuasset.Date) Averages {
	var a Averages
	var total float64
	for _, p := range positions {
		amount := p.Outstanding.Float64()
		a.Rate += amount * p.Rate.Float64()
		a.Years += amount * max(0, daycount.Act365F.Years(day.Time(), p.Maturity.Time()))
		total += amount
	}
	if total == 0 {
		return Averages{}
	}
	return Averages{a.Rate / total, a.Years / total}
}

// Bucket is what matures up to a day and after the bucket before.
type Bucket struct {
	UpTo   gpuasset.Date // zero for the last bucket, which has no end
	Amount gpuasset.Money
}

// Profile returns what is outstanding by maturity, in buckets that end on the days given, which must be in order, and one for all later.
func Profile(positions []Position, ends []gpuasset.Date) []Bucket {
	buckets := make([]Bucket, len(ends)+1)
	for i, end := range ends {
		buckets[i].UpTo = end
	}
	for _, p := range positions {
		at, _ := slices.BinarySearchFunc(ends, p.Maturity, func(end, maturity gpuasset.Date) int { return end.Time().Compare(maturity.Time()) })
		buckets[at].Amount = buckets[at].Amount.Add(p.Outstanding)
	}
	return buckets
}
