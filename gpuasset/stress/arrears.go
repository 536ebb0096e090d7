package stress

import (
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
)

// ArrearsError says that more is outstanding of a deal than its schedule has. How arrears are repaid is not in the terms, and nothing is assumed about
// it: give a schedule in portfolio.Given, such as one made with the arrears in [gpuasset.Course]. It is an [ErrInput].
type ArrearsError struct {
	Deal        string
	Day         gpuasset.Date
	Outstanding gpuasset.Money
	Scheduled   float64 // in units of the currency
}

func (e *ArrearsError) Error() string {
	return fmt.Sprintf("%v: %s is outstanding of deal %.64q, which owes %v on %s; give its schedule with Course.Arrears in Given.Schedules",
		ErrInput, e.Outstanding, e.Deal, e.Scheduled, e.Day)
}

func (e *ArrearsError) Unwrap() error { return ErrInput }
