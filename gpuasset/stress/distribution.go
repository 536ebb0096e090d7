package stress

import (
	"fmt"
	"math"
	"slices"
)

// Risk is what a simulation says of a deal.
type Risk struct {
	ID      string
	Default float64 // share of the paths on which it defaults
	Mean    float64 // loss of its positions, mean of all paths, before what an SP cannot lose
}

// Distribution is the losses of a simulation, in units of the currency.
type Distribution struct {
	Losses   []float64 // of each path, in their order
	Defaults []int     // deals that default, likewise; nil for losses from elsewhere
	Deals    []Risk    // in the order of the book
	NAV      float64   // Deposit NAV of the base case
	sorted   []float64
}

func (d *Distribution) sort() {
	d.sorted = slices.Clone(d.Losses)
	slices.Sort(d.sorted)
}

// NewDistribution returns the distribution of losses that came from elsewhere. It fails with [ErrInput] for none, one that is not finite and a NAV
// that is not above zero.
func NewDistribution(losses []float64, nav float64) (*Distribution, error) {
	if len(losses) == 0 || !(nav > 0) || math.IsInf(nav, 0) {
		return nil, fmt.Errorf("%w: %d losses of a NAV of %v", ErrInput, len(losses), nav)
	}
	for i, loss := range losses {
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return nil, fmt.Errorf("%w: loss %d is %v", ErrInput, i, loss)
		}
	}
	d := &Distribution{Losses: slices.Clone(losses), NAV: nav}
	d.sort()
	return d, nil
}

// Mean returns the mean loss and its standard error; the error is infinite for a single path.
func (d *Distribution) Mean() (mean, standardError float64) {
	n := float64(len(d.Losses))
	for _, loss := range d.Losses {
		mean += loss
	}
	mean /= n
	if n < 2 {
		return mean, math.Inf(1)
	}
	var squares float64
	for _, loss := range d.Losses {
		squares += float64((loss - mean) * (loss - mean))
	}
	return mean, math.Sqrt(squares / (n - 1) / n)
}

// rank returns level * paths, with what rounding adds to a whole number taken off.
func (d *Distribution) rank(level float64) (float64, error) {
	if !(level > 0 && level < 1) || len(d.sorted) == 0 {
		return 0, fmt.Errorf("%w: level %v of %d losses, want between 0 and 1", ErrInput, level, len(d.sorted))
	}
	rank := float64(level * float64(len(d.sorted)))
	if whole := math.Round(rank); math.Abs(rank-whole) < 1e-9*whole {
		rank = whole
	}
	return rank, nil
}

// VaR returns the value at risk, the smallest loss that is not exceeded with a probability of at least level: the loss in place
// ceil(level * paths). It fails with [ErrInput] for a level that is not between 0 and 1.
func (d *Distribution) VaR(level float64) (float64, error) {
	rank, err := d.rank(level)
	if err != nil {
		return 0, err
	}
	return d.sorted[max(int(math.Ceil(rank)), 1)-1], nil
}

// ES returns the expected shortfall, the mean of the worst 1 - level of the losses; of the loss at the border only the part that is needed counts.
// Source: Acerbi and Tasche, On the coherence of expected shortfall (2002). It fails like VaR.
func (d *Distribution) ES(level float64) (float64, error) {
	rank, err := d.rank(level)
	if err != nil {
		return 0, err
	}
	border := max(int(math.Ceil(rank)), 1)
	sum := float64((float64(border) - rank) * d.sorted[border-1])
	for _, loss := range d.sorted[border:] {
		sum += loss
	}
	return sum / (float64(len(d.sorted)) - rank), nil
}

// Markdown returns the probability that more than a share x of the Deposit NAV is lost, and its standard error.
func (d *Distribution) Markdown(x float64) (probability, standardError float64) {
	limit := x * d.NAV
	at, _ := slices.BinarySearchFunc(d.sorted, limit, func(loss, limit float64) int {
		if loss <= limit {
			return -1
		}
		return 1
	})
	n := float64(len(d.sorted))
	probability = float64(len(d.sorted)-at) / n
	return probability, math.Sqrt(probability * (1 - probability) / n)
}

// Bin is a bar of a histogram: losses from From up to To, which is part of the next one; of the last one it is not.
type Bin struct {
	From, To float64
	Count    int
}

// Histogram returns the losses in a number of bins of one width, 1 to 10,000, from the smallest to the largest.
func (d *Distribution) Histogram(count int) ([]Bin, error) {
	if count < 1 || count > 10_000 || len(d.sorted) == 0 {
		return nil, fmt.Errorf("%w: %d bins of %d losses, want 1 to 10000", ErrInput, count, len(d.sorted))
	}
	low, high := d.sorted[0], d.sorted[len(d.sorted)-1]
	width := (high - low) / float64(count)
	bins := make([]Bin, count)
	for i := range bins {
		bins[i].From, bins[i].To = low+float64(width*float64(i)), low+float64(width*float64(i+1))
	}
	bins[count-1].To = high
	for _, loss := range d.sorted {
		at := 0
		if width > 0 {
			at = min(int((loss-low)/width), count-1)
		}
		bins[at].Count++
	}
	return bins, nil
}
