package gpuasset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

// ErrNoPrice: an index has no price at or before the day asked for. Bring an earlier quote.
var ErrNoPrice = errors.New("gpuasset: no price at that date")

// Index is the history of one rental price index. Levels of different indices are not interchangeable: they differ in what is
// let, for how long and by whom.
type Index struct {
	ID     string  `json:"id" check:"min=1,max=64"`
	Model  string  `json:"model" check:"min=1,max=64"`
	Source string  `json:"source" check:"min=1,max=512"`
	Quotes []Quote `json:"quotes" check:"min=1,max=100000"`
}

// Quote is the price of a GPU-hour on a day.
type Quote struct {
	Date  Date  `json:"date"`
	Price Money `json:"price_per_gpu_hour" check:"nonzero"`
}

// Price returns the price on a day: that of a quote, or between two quotes the straight line rounded down to a base unit.
// After the last quote it is the last price, and extrapolated is true. It fails with [ErrNoPrice] before the first one.
func (x *Index) Price(day Date) (price Money, extrapolated bool, err error) {
	next, exact := slices.BinarySearchFunc(x.Quotes, day, func(q Quote, day Date) int { return q.Date.at.Compare(day.at) })
	switch {
	case exact:
		return x.Quotes[next].Price, false, nil
	case next == 0:
		return Money{}, false, fmt.Errorf("%w: index %s, %s", ErrNoPrice, x.ID, day)
	case next == len(x.Quotes):
		return x.Quotes[next-1].Price, true, nil
	}
	before, after := x.Quotes[next-1], x.Quotes[next]
	span := uint64(daycount.Days(before.Date.at, after.Date.at))
	gone := uint64(daycount.Days(before.Date.at, day.at))
	var sum, part uint256.Int
	sum.Mul(before.Price.int(), uint256.NewInt(span-gone))
	part.Mul(after.Price.int(), uint256.NewInt(gone))
	sum.Add(&sum, &part)
	return Money(*sum.Div(&sum, uint256.NewInt(span))), false, nil
}

func (x *Index) validate() error {
	for i := 1; i < len(x.Quotes); i++ {
		if !x.Quotes[i-1].Date.Before(x.Quotes[i].Date) {
			return at(path("quotes", i, "date"), "quotes must be in order of date, one a day")
		}
	}
	return nil
}

// Depreciation says what share of its price a GPU is worth at an age in years, 1 at 0. It is analytics: pick a method and say
// which.
type Depreciation interface{ Remaining(years float64) float64 }

// StraightLine falls evenly over Life years to Residual, and stays there.
type StraightLine struct{ Life, Residual float64 }

// Remaining returns 1 - (1 - Residual)*years/Life, between 1 and Residual; Residual for a Life of zero.
func (d StraightLine) Remaining(years float64) float64 {
	if d.Life <= 0 {
		return d.Residual
	}
	return 1 - (1-d.Residual)*min(max(years/d.Life, 0), 1)
}

// Declining loses the same share of what is left every year.
type Declining struct{ PerYear float64 }

// Remaining returns (1 - PerYear)^years.
func (d Declining) Remaining(years float64) float64 { return math.Pow(1-d.PerYear, max(years, 0)) }

// SumOfYears falls by Life, Life-1, ..., 1 parts of their sum in each of Life years, evenly within a year.
type SumOfYears struct{ Life int }

// Remaining returns the share that is left; 0 for a Life of zero.
func (d SumOfYears) Remaining(years float64) float64 {
	if d.Life <= 0 {
		return 0
	}
	life := float64(d.Life)
	years = min(max(years, 0), life)
	whole := math.Floor(years)
	left := life - whole // years left at the start of this one
	return (left*(left+1)/2 - (years-whole)*left) / (life * (life + 1) / 2)
}

// Decay is the decay implied by two market prices.
type Decay struct{ PerYear float64 }

// ImpliedDecay returns ln(earlier/later)/years, the decay that leads from one price to a later one.
func ImpliedDecay(earlier, later, years float64) Decay {
	return Decay{math.Log(earlier/later) / years}
}

// Remaining returns e^(-PerYear*years).
func (d Decay) Remaining(years float64) float64 { return math.Exp(-d.PerYear * max(years, 0)) }

// Vintages is a table of factors at ages 0, 1, 2 ... years, with straight lines between and the last factor from then on.
type Vintages []float64

// Remaining returns the factor, 0 for an empty table.
func (d Vintages) Remaining(years float64) float64 {
	switch last := len(d) - 1; {
	case last < 0:
		return 0
	case !(years > 0):
		return d[0]
	case years >= float64(last):
		return d[last]
	}
	at := int(years)
	return d[at] + (d[at+1]-d[at])*(years-float64(at))
}

// Channel is a way to sell GPUs: what it fetches of an orderly sale, and how long it takes.
type Channel struct {
	Name   string
	Factor float64
	Days   int
}

// Grid is a published table of second-hand prices.
type Grid struct {
	Source    string
	AsOf      Date
	Vintages  Vintages
	Condition []float64 // best first
	Channels  []Channel
}

// SpotWire returns the second-hand grid that SpotWire published on 2026-06-04 (CC-BY).
func SpotWire() Grid {
	return Grid{
		"SpotWire, CC-BY", NewDate(2026, time.June, 4),
		Vintages{1, .78, .60, .46, .35},
		[]float64{1, .85, .72, .55},
		[]Channel{{"orderly", 1, 180}, {"broker", .85, 90}, {"auction", .65, 30}, {"distressed", .45, 7}},
	}
}

// MarketValue returns the market approach: count * base * age factor * condition * channel.
func MarketValue(count int, base float64, age Depreciation, years, condition float64, channel Channel) float64 {
	return float64(count) * base * age.Remaining(years) * condition * channel.Factor
}

// Liquidation is what a sale costs: the factor on the value, the costs as a share, the days until the money is there and the
// annual rate it is discounted with.
type Liquidation struct {
	Factor, Cost, Rate float64
	Days               int
}

// OrderlyValue returns the orderly liquidation value: value * Factor * (1 - Cost) / (1 + Rate)^(Days/365).
func (l Liquidation) OrderlyValue(value float64) float64 {
	return value * l.Factor * (1 - l.Cost) / math.Pow(1+l.Rate, float64(l.Days)/365)
}

// AccountingLife is the years over which a company writes its servers off.
type AccountingLife struct {
	Company string
	Years   float64
	Note    string
}

// AccountingLives returns the useful lives that companies have reported, as collected in 2026.
func AccountingLives() []AccountingLife {
	return []AccountingLife{
		{"CoreWeave", 6, "since January 2023"}, {"Nebius", 4, ""}, {"Lambda", 5, ""}, {"Amazon", 5, "part of the fleet"},
		{"Meta", 5.5, ""}, {"Alphabet", 6, ""}, {"Microsoft", 6, ""},
	}
}
