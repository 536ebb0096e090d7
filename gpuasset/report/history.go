package report

import (
	"errors"
	"fmt"
)

var (
	// ErrTwice: a report of that number was taken already.
	ErrTwice = errors.New("report: given twice")
	// ErrOrder: a report is older than the last one, or ones between are missing. Give them in order.
	ErrOrder = errors.New("report: out of order")
	// ErrPrevious: a report does not follow the last one: it names another hash, issuer or currency.
	ErrPrevious = errors.New("report: does not follow the one before")
)

// History takes the reports of one issuer in order. The zero value waits for the first report.
type History struct {
	last *Report
	hash Hash
}

// Last returns the last report that was taken and its hash, nil before the first.
func (h *History) Last() (*Report, Hash) { return h.last, h.hash }

// Add takes the next report: number one higher, day later, previous the hash of the last one, of the same issuer and currency. It fails with
// [ErrTwice], [ErrOrder], [ErrPrevious] and as [Report.Validate] does, and then the report is not taken.
func (h *History) Add(r *Report, hash Hasher) error {
	content, err := r.Hash(hash)
	if err != nil {
		return err
	}
	number := 0
	if h.last != nil {
		number = h.last.Number
	}
	switch {
	case r.Number == number:
		return fmt.Errorf("%w: number %d", ErrTwice, number)
	case r.Number != number+1:
		return fmt.Errorf("%w: number %d after %d", ErrOrder, r.Number, number)
	case h.last == nil: // a first report names none before it
	case !h.last.AsOf.Before(r.AsOf):
		return fmt.Errorf("%w: as of %s after %s", ErrOrder, r.AsOf, h.last.AsOf)
	case r.Previous != h.hash:
		return fmt.Errorf("%w: it names %s, the last one is %s", ErrPrevious, r.Previous, h.hash)
	case r.Issuer != h.last.Issuer || r.Currency != h.last.Currency:
		return fmt.Errorf("%w: of %q in %s after %q in %s", ErrPrevious, r.Issuer, r.Currency, h.last.Issuer, h.last.Currency)
	}
	taken := *r
	h.last, h.hash = &taken, content
	return nil
}
