package chart

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ErrData: a chart cannot be drawn of its data. The text says why.
var ErrData = errors.New("chart: cannot be drawn")

// Axis is how the values along one axis are written.
type Axis struct {
	Label  string
	Format func(float64) string // of a value; nil is a plain decimal. Not used for times
	Times  bool                 // values are Unix seconds, see [At]; only for X
	Zero   bool                 // the axis includes 0
}

// At returns a time as the value of an axis with Times.
func At(t time.Time) float64 { return float64(t.Unix()) }

// Percent writes a fraction as percent with one decimal.
func Percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

// Thousands writes a number rounded to an integer, its digits in groups of three.
func Thousands(x float64) string {
	digits := strconv.FormatFloat(math.Abs(math.Round(x)), 'f', 0, 64)
	var b strings.Builder
	if math.Round(x) < 0 {
		b.WriteByte('-')
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// scale is one axis laid out: its range and its ticks.
type scale struct {
	low, high float64
	ticks     []float64
	labels    []string
}

// part returns where a value lies between the ends of the scale, 0 to 1.
func (s scale) part(x float64) float64 { return (x - s.low) / (s.high - s.low) }

// largest keeps differences of two values, and their squares, within float64.
const largest = 1e100

// extent widens the range low to high by more values.
func extent(low, high *float64, what string, values ...float64) error {
	for _, x := range values {
		if math.IsNaN(x) || math.Abs(x) > largest {
			return fmt.Errorf("%w: %s has the value %v", ErrData, what, x)
		}
		*low, *high = min(*low, x), max(*high, x)
	}
	return nil
}

// numbers returns the scale of a range with about the wanted number of ticks at 1, 2 or 5 times a power of ten. Values fill
// the range to its ends if tight; else it ends on ticks.
func (a Axis) numbers(low, high float64, wanted int, tight bool) scale {
	if a.Zero {
		low, high = min(low, 0), max(high, 0)
	}
	// A range that is nothing, or so small beside its values that ticks would be equal, is widened.
	if least := max(math.Abs(low), math.Abs(high)) * 1e-9; high-low <= least {
		pad := max(math.Abs(low)*0.05, 1e-9)
		low, high = low-pad, high+pad
	}
	raw := (high - low) / float64(wanted)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * power
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= raw {
			step = factor * power
			break
		}
	}
	s := scale{low: low, high: high}
	first, last := math.Ceil(low/step), math.Floor(high/step)
	if !tight {
		first, last = math.Floor(low/step), math.Ceil(high/step)
		s.low, s.high = first*step, last*step
	}
	for k := first; k <= last; k++ {
		s.ticks = append(s.ticks, k*step)
	}
	decimals := min(max(0, int(-math.Floor(math.Log10(step)+1e-9))), 12)
	for _, tick := range s.ticks {
		label := strconv.FormatFloat(tick, 'f', decimals, 64)
		if math.Abs(tick) >= 1e15 {
			label = strconv.FormatFloat(tick, 'g', 4, 64)
		}
		if a.Format != nil {
			label = a.Format(tick)
		}
		s.labels = append(s.labels, label)
	}
	return s
}

// times returns the scale of a range of Unix seconds with at most the wanted number of ticks on full hours, days or months,
// UTC.
func (a Axis) times(low, high float64, wanted int) (scale, error) {
	const year9999 = 253_402_300_799
	if low < -year9999 || high > year9999 {
		return scale{}, fmt.Errorf("%w: %v to %v are not Unix seconds of years up to 9999", ErrData, low, high)
	}
	if high-low < 1 {
		high = low + 1
	}
	s := scale{low: low, high: high}
	add := func(t time.Time, layout string) {
		if x := At(t); x >= low && x <= high {
			s.ticks, s.labels = append(s.ticks, x), append(s.labels, t.Format(layout))
		}
	}
	start, span := time.Unix(int64(math.Floor(low)), 0).UTC(), (high-low)/float64(wanted)
	for _, unit := range []struct {
		seconds float64
		layout  string
	}{{60, "15:04:05"}, {3600, "15:04"}, {6 * 3600, "2 Jan 15:04"}, {86400, "2 Jan"}, {7 * 86400, "2 Jan"}, {14 * 86400, "2 Jan"}} {
		if span <= unit.seconds {
			for t := start.Truncate(time.Duration(unit.seconds) * time.Second); At(t) <= high; t = t.Add(time.Duration(unit.seconds) * time.Second) {
				add(t, unit.layout)
			}
			return s, nil
		}
	}
	months := 12_000
	for _, m := range []int{1, 2, 3, 6, 12, 24, 60, 120, 600, 1200} {
		if span <= float64(m)*30*86400 {
			months = m
			break
		}
	}
	layout := "Jan 2006"
	if months >= 12 {
		layout = "2006"
	}
	month := (start.Year()*12 + int(start.Month()) - 1) / months * months
	for t := start; At(t) <= high; month += months {
		t = time.Date(0, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC)
		add(t, layout)
	}
	return s, nil
}

func (a Axis) format(x float64) string {
	switch {
	case a.Times:
		return time.Unix(int64(x), 0).UTC().Format(time.DateOnly)
	case a.Format != nil:
		return a.Format(x)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}
