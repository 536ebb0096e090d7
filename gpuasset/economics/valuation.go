package economics

import (
	"math"
	"time"

	"github.com/gaib-go/gaib/gpuasset"
)

// Depreciation says what share of its price a GPU is worth at an age in years, 1 at 0. It is analytics: pick a method and say
// which. StraightLine, SumOfYears and Vintages give the same bits on every architecture; Declining and Decay use functions that need not.
type Depreciation interface{ Remaining(years float64) float64 }

// StraightLine falls evenly over Life years to Residual, and stays there.
type StraightLine struct{ Life, Residual float64 }

// Remaining returns 1 - (1 - Residual)*years/Life, between 1 and Residual; Residual for a Life of zero.
func (d StraightLine) Remaining(years float64) float64 {
	if d.Life <= 0 {
		return d.Residual
	}
	return 1 - float64((1-d.Residual)*min(max(years/d.Life, 0), 1))
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
	return (float64(left*(left+1)/2) - float64((years-whole)*left)) / (life * (life + 1) / 2)
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
	return d[at] + float64((d[at+1]-d[at])*(years-float64(at)))
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
	AsOf      gpuasset.Date
	Vintages  Vintages
	Condition []float64 // best first
	Channels  []Channel
}

// SpotWire returns the second-hand grid that SpotWire published on 2026-06-04 (CC-BY).
func SpotWire() Grid {
	return Grid{
		"SpotWire, CC-BY", gpuasset.NewDate(2026, time.June, 4),
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
