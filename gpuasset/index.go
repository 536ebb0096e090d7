package gpuasset

import (
	"errors"
	"fmt"
	"slices"

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
	if last := len(x.Quotes) - 1; last >= 0 && x.Quotes[last].Date.Before(day) {
		return x.Quotes[last].Price, true, nil
	}
	next, exact := slices.BinarySearchFunc(x.Quotes, day, func(q Quote, day Date) int { return q.Date.at.Compare(day.at) })
	switch {
	case exact:
		return x.Quotes[next].Price, false, nil
	case next == 0:
		return Money{}, false, fmt.Errorf("%w: index %s, %s", ErrNoPrice, x.ID, day)
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
