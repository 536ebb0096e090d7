package yield

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/holiman/uint256"
)

var (
	// ErrConflict: two samples of one time have different NAVs. Keep one.
	ErrConflict = errors.New("two samples of one time differ; keep one")
	// ErrNoSample: the time asked for is before the first sample. Add older samples or ask for a later time.
	ErrNoSample = errors.New("before the first sample; add older ones or ask for a later time")
	// ErrNoSampleYet: the time is after the last sample. Add newer samples, or use Project for the future.
	ErrNoSampleYet = errors.New("after the last sample; add newer ones, or use Project for the future")
)

// SeriesError says which sample failed, or which time has none. It wraps [*NAVError], [ErrConflict],
// [ErrNoSample] or [ErrNoSampleYet].
type SeriesError struct {
	Time time.Time
	Err  error
}

func (e *SeriesError) Error() string {
	return fmt.Sprintf("yield: NAV at %s: %v", e.Time.UTC().Format(time.RFC3339), e.Err)
}

func (e *SeriesError) Unwrap() error { return e.Err }

// Side is one of the two NAVs.
type Side uint8

const (
	// Deposit is what headline yields are made of.
	Deposit Side = iota
	// Unstaking is what a holder can get.
	Unstaking
)

// String returns "deposit" or "unstaking".
func (s Side) String() string {
	if s == Unstaking {
		return "unstaking"
	}
	return "deposit"
}

func (n *NAV) side(s Side) *uint256.Int {
	if s == Unstaking {
		return &n.Unstaking
	}
	return &n.Deposit
}

// Sample is the NAVs read at one time.
type Sample struct {
	Time time.Time
	NAV
}

// Step is one change of the NAVs. It was made after Since, the last sample with the old NAVs, and not after Time, the
// first one with the new.
type Step struct {
	Since, Time   time.Time
	Before, After NAV
}

// Series is a history of NAVs: between samples the NAV is that of the earlier one.
type Series struct {
	samples []Sample // ascending
	steps   []Step
}

// NewSeries makes a series of samples in any order. Equal samples of one time count once. It returns a [*SeriesError] for
// a sample that cannot be, and a [*TooFewError] without samples. The argument is not kept.
func NewSeries(samples []Sample) (Series, error) {
	if len(samples) == 0 {
		return Series{}, &TooFewError{"a series", 0, 1}
	}
	sorted := slices.Clone(samples)
	slices.SortStableFunc(sorted, func(a, b Sample) int { return a.Time.Compare(b.Time) })
	kept := sorted[:1]
	var steps []Step
	for i, sample := range sorted {
		if err := sample.Check(); err != nil {
			return Series{}, &SeriesError{sample.Time, err}
		}
		last := kept[len(kept)-1]
		switch {
		case i == 0:
			continue
		case !sample.Time.Equal(last.Time):
			kept = append(kept, sample)
			if sample.NAV != last.NAV {
				steps = append(steps, Step{last.Time, sample.Time, last.NAV, sample.NAV})
			}
		case sample.NAV != last.NAV:
			return Series{}, &SeriesError{sample.Time, ErrConflict}
		}
	}
	return Series{kept, steps}, nil
}

// Samples returns the samples in order of time.
func (s Series) Samples() []Sample { return slices.Clone(s.samples) }

// Steps returns the changes of either NAV in order of time.
func (s Series) Steps() []Step { return slices.Clone(s.steps) }

// At returns the NAVs at a time: those of the last sample at or before it, which after the end of the series is the last
// one known. It returns a [*SeriesError] before the first sample.
func (s Series) At(t time.Time) (NAV, error) {
	after := sort.Search(len(s.samples), func(i int) bool { return s.samples[i].Time.After(t) })
	if after == 0 {
		return NAV{}, &SeriesError{t, ErrNoSample}
	}
	return s.samples[after-1].NAV, nil
}

// Returns returns the return of each step that moved the side's NAV, losses included: after/before - 1.
func (s Series) Returns(side Side) []float64 {
	var returns []float64
	for _, step := range s.stepsOf(side) {
		returns = append(returns, change(step.Before.side(side), step.After.side(side)))
	}
	return returns
}

func (s Series) stepsOf(side Side) []Step {
	return slices.DeleteFunc(s.Steps(), func(step Step) bool { return *step.Before.side(side) == *step.After.side(side) })
}

// Realised is a return that was made.
type Realised struct {
	Rate             // annualised
	Total    float64 // over the whole time, not annualised
	Start    time.Time
	End      time.Time
	Steps    int     // of the NAV within
	Coverage float64 // time measured / time asked for
	Side     Side
	OnSteps  bool // true if it starts and ends on steps; else periods are cut
	Losses   int  // steps within that lost
}

// Realised returns the return over a window of about the given length that starts and ends on steps of the side's NAV: it
// ends on the last step and starts on the latest step at least that long before, so that whole periods are measured. A
// window that cuts a period reads 0 % or a multiple of the truth. It returns ErrInput for a window that is not above 0 and
// a [*TooFewError] if there are not two steps so far apart.
func (s Series) Realised(window time.Duration, side Side, c Convention) (Realised, error) {
	if window <= 0 {
		return Realised{}, fmt.Errorf("%w: window of %s; use one above 0", ErrInput, window)
	}
	steps := s.stepsOf(side)
	if len(steps) < 2 {
		return Realised{}, &TooFewError{"a return from step to step", len(steps), 2}
	}
	last := len(steps) - 1
	first := last - 1
	for first >= 0 && steps[last].Time.Sub(steps[first].Time) < window {
		first--
	}
	if first < 0 {
		reach := steps[last].Time.Sub(steps[0].Time)
		return Realised{}, &TooFewError{fmt.Sprintf("a window of %s, with steps %s back", window, reach), len(steps), len(steps) + 1}
	}
	return s.realised(steps[first:], window, side, c)
}

// SinceFirstStep returns the return from the first step of the side's NAV to the last. It returns a [*TooFewError] if
// there are not two.
func (s Series) SinceFirstStep(side Side, c Convention) (Realised, error) {
	steps := s.stepsOf(side)
	if len(steps) < 2 {
		return Realised{}, &TooFewError{"a return from step to step", len(steps), 2}
	}
	return s.realised(steps, steps[len(steps)-1].Time.Sub(steps[0].Time), side, c)
}

// realised measures from the NAV after the first of the steps to the NAV after the last.
func (s Series) realised(steps []Step, window time.Duration, side Side, c Convention) (Realised, error) {
	first, last := steps[0], steps[len(steps)-1]
	r, err := between(first.Time, last.Time, first.After, last.After, side, c)
	if err != nil {
		return Realised{}, err
	}
	r.Steps = len(steps) - 1
	r.Coverage = last.Time.Sub(first.Time).Seconds() / window.Seconds()
	r.OnSteps = true
	for _, step := range steps[1:] {
		if step.After.side(side).Lt(step.Before.side(side)) {
			r.Losses++
		}
	}
	return r, nil
}

func between(start, end time.Time, from, to NAV, side Side, c Convention) (Realised, error) {
	total := change(from.side(side), to.side(side))
	rate, err := FromLogGrowth(math.Log1p(total), c.days().Years(start, end), c)
	if err != nil {
		return Realised{}, err
	}
	return Realised{Rate: rate, Total: total, Start: start, End: end, Coverage: 1, Side: side}, nil
}

// Between returns the return from one time to another, wherever they lie between the steps. OnSteps is true if both are
// times of steps. It returns a [*SeriesError] if the series begins later and ErrInput if end is not after start.
func (s Series) Between(start, end time.Time, side Side, c Convention) (Realised, error) {
	from, err := s.At(start)
	if err != nil {
		return Realised{}, err
	}
	to, err := s.At(end)
	if err != nil {
		return Realised{}, err
	}
	r, err := between(start, end, from, to, side, c)
	if err != nil {
		return Realised{}, err
	}
	startsOn, endsOn := false, false
	for _, step := range s.stepsOf(side) {
		startsOn = startsOn || step.Time.Equal(start)
		endsOn = endsOn || step.Time.Equal(end)
		if step.Time.After(start) && !step.Time.After(end) {
			r.Steps++
			if step.After.side(side).Lt(step.Before.side(side)) {
				r.Losses++
			}
		}
	}
	r.OnSteps = startsOn && endsOn
	return r, nil
}

// Vendor returns the yield as data vendors publish it: (NAV now / NAV the window ago)^(365.25 d / window) - 1, of the
// Deposit NAV; their window is 30 days. It cuts periods as it comes: a window without a step reads 0 %, one with two steps
// twice the truth. Source: DefiLlama's yield adapter for sAID. It fails like Between.
func (s Series) Vendor(now time.Time, window time.Duration) (Realised, error) {
	return s.Between(now.Add(-window), now, Deposit, Convention{Annual, daycount.YearJulian})
}
