package strategy

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gaib-go/gaib/yield"
)

// Share is a part of a mix.
type Share struct {
	Strategy Strategy
	Weight   float64 // of the amount
}

// Mix splits the amount between strategies. What the weights leave is held as AID.
type Mix []Share

// String names the strategies and their parts.
func (m Mix) String() string {
	names := make([]string, len(m))
	for i, share := range m {
		names[i] = fmt.Sprintf("%.0f %% %s", 100*share.Weight, share.Strategy)
	}
	return strings.Join(names, " + ")
}

// Project returns [ErrInput] for weights that are not above 0 or sum to more than 1, and the error of a part that cannot be
// done with its share of the amount.
func (m Mix) Project(r Run) (Path, error) {
	held := 1.0
	for _, share := range m {
		if share.Strategy == nil || !(share.Weight > 0) {
			return Path{}, fmt.Errorf("%w: a mix of %s; use weights above 0", ErrInput, m)
		}
		held -= share.Weight
	}
	if !(held > -1e-9) {
		return Path{}, fmt.Errorf("%w: the weights of a mix sum to %v; use at most 1", ErrInput, 1-held)
	}
	held = max(held, 0)
	p := Path{Final: r.Amount * held, Liquid: r.Amount * held, Leverage: held, Capacity: math.Inf(1), Left: r.End}
	if held > 0 {
		p.Done = r.End
	}
	var venues []string
	times := []time.Time{r.Start, r.End}
	for _, share := range m {
		part := r
		part.Amount *= share.Weight
		leg, err := share.Strategy.Project(part)
		if err != nil {
			return Path{}, fmt.Errorf("%s: %w", share.Strategy, err)
		}
		p.Legs = append(p.Legs, leg)
		p.Final += leg.Final
		p.Liquid += leg.Liquid
		p.Headline += share.Weight * leg.Headline
		p.Leverage += share.Weight * leg.Leverage
		p.Capacity = min(p.Capacity, leg.Capacity/share.Weight)
		p.Done = latestOf(p.Done, leg.Done)
		if leg.Left.Before(p.Left) {
			p.Left = leg.Left
		}
		if leg.Venue != "" && !slices.Contains(venues, leg.Venue) {
			venues = append(venues, leg.Venue)
		}
		for _, reason := range leg.Parts {
			reason.Why = share.Strategy.String() + ": " + reason.Why
			p.Parts = append(p.Parts, reason)
		}
		for _, worth := range leg.Worth {
			times = append(times, worth.Time)
		}
	}
	p.Venue = strings.Join(venues, ", ")
	slices.SortFunc(times, time.Time.Compare)
	for _, t := range slices.CompactFunc(times, time.Time.Equal) {
		value := r.Amount * held
		for _, leg := range p.Legs {
			value += worthAt(leg.Worth, t)
		}
		p.Worth = append(p.Worth, Worth{t, value})
	}
	return r.finish(p, 0), nil
}

// worthAt returns the last value at or before a time.
func worthAt(worth []Worth, t time.Time) float64 {
	value := 0.0
	for _, w := range worth {
		if w.Time.After(t) {
			break
		}
		value = w.Value
	}
	return value
}

// Caps limit a mix. The zero value allows nothing but holding AID: start from [NoCaps].
type Caps struct {
	MaxLoss  float64       // of the amount, in the worst of the shocks: 0.05 for 5 %
	ExitTime time.Duration // what takes longer to leave is slow
	Slow     float64       // the most that may be slow, a fraction
	Leverage float64       // of the mix as a whole, assets over own money
	Venue    float64       // the most at any one venue, a fraction
	Strategy float64       // the most in any one strategy, a fraction
}

// NoCaps returns caps that never bind.
func NoCaps() Caps {
	return Caps{MaxLoss: 1, ExitTime: math.MaxInt64, Slow: 1, Leverage: math.MaxFloat64, Venue: 1, Strategy: 1}
}

// Binding is a cap that keeps an allocation from earning more.
type Binding struct {
	Cap string
	// Price is how much more the whole amount would earn over the horizon, as a fraction of it, for each unit that the cap
	// is loosened by, as long as no other cap binds first.
	Price float64
}

// Allocation is the best mix under caps.
type Allocation struct {
	Mix       Mix
	Held      float64    // of the amount, as AID
	Profit    float64    // AID expected
	NetOfExit yield.Rate // over the horizon
	MaxLoss   float64    // of the amount, in the worst of the shocks
	WorstIn   string
	Leverage  float64
	Slowest   time.Duration // of the parts' exit times
	Binding   []Binding
}

// Allocate returns the mix of the ranked strategies that is expected to earn most under the caps. The problem is linear:
// each strategy earns, and loses in each shock, in proportion to what is put into it, as it did for the whole amount in the
// comparison. That is on the safe side where price impact grows with size. It is solved exactly, in rational arithmetic, by
// the simplex method with Bland's rule; of equally good mixes the same one is always found. It returns [ErrInput] for caps
// out of their domain or a comparison without an amount.
func Allocate(c Comparison, caps Caps) (Allocation, error) {
	for _, part := range []float64{caps.MaxLoss, caps.Slow, caps.Venue, caps.Strategy} {
		if !(part >= 0 && part <= 1) {
			return Allocation{}, fmt.Errorf("%w: a cap of %v; loss, slow part, venue and strategy are fractions from 0 to 1", ErrInput, part)
		}
	}
	if !(caps.Leverage >= 1) && caps != (Caps{}) || caps.ExitTime < 0 || math.IsInf(caps.Leverage, 1) {
		return Allocation{}, fmt.Errorf("%w: caps with a leverage of %v and an exit time of %s; use 1 or more, and 0 or more", ErrInput, caps.Leverage, caps.ExitTime)
	}
	if !positive(c.Ask.Amount) {
		return Allocation{}, fmt.Errorf("%w: a comparison for %v AID", ErrInput, c.Ask.Amount)
	}
	program := newProgram(c, caps)
	weights, prices, err := maximise(program.gains, program.rows, program.limits)
	if err != nil {
		return Allocation{}, err
	}
	a := Allocation{Held: 1, Leverage: 1}
	losses := make([]float64, len(c.Ask.Shocks))
	for i, result := range c.Ranked {
		w, _ := weights[i].Float64()
		if w == 0 {
			continue
		}
		a.Mix = append(a.Mix, Share{result.Strategy, w})
		a.Held -= w
		a.Profit += w * (result.Expected.Final - c.Ask.Amount)
		a.Leverage += w * (result.Expected.Leverage - 1)
		a.Slowest = max(a.Slowest, result.ExitTime)
		for j, shocked := range result.Shocked {
			losses[j] += w * (1 - shocked.Final/c.Ask.Amount)
		}
	}
	a.Held = max(a.Held, 0)
	for j, loss := range losses {
		if loss > a.MaxLoss {
			a.MaxLoss, a.WorstIn = loss, c.Ask.Shocks[j].Name
		}
	}
	a.NetOfExit = rate(annual(1+a.Profit/c.Ask.Amount, c.Ask.Horizon.Hours()/24/365))
	for i, price := range prices {
		if price.Sign() > 0 {
			value, _ := price.Float64()
			a.Binding = append(a.Binding, Binding{program.names[i], value})
		}
	}
	return a, nil
}

// program is an allocation as a linear program: maximise gains * w under rows * w <= limits, w >= 0.
type program struct {
	gains  []float64
	rows   [][]float64
	limits []float64
	names  []string
}

func newProgram(c Comparison, caps Caps) program {
	var p program
	amount := c.Ask.Amount
	row := func(name string, limit float64, of func(int, Result) float64) {
		coefficients := make([]float64, len(c.Ranked))
		some := false
		for i, result := range c.Ranked {
			coefficients[i] = of(i, result)
			some = some || coefficients[i] > 0
		}
		if some { // a row without a positive coefficient limits nothing
			p.rows, p.limits, p.names = append(p.rows, coefficients), append(p.limits, limit), append(p.names, name)
		}
	}
	when := func(is bool) float64 {
		if is {
			return 1
		}
		return 0
	}
	var venues []string
	for _, result := range c.Ranked {
		p.gains = append(p.gains, result.Expected.Final/amount-1)
		for _, venue := range strings.Split(result.Expected.Venue, ", ") {
			if venue != "" && !slices.Contains(venues, venue) {
				venues = append(venues, venue)
			}
		}
	}
	row("amount", 1, func(int, Result) float64 { return 1 })
	row("leverage", max(0, caps.Leverage-1), func(_ int, r Result) float64 { return max(0, r.Expected.Leverage-1) })
	row(fmt.Sprintf("exit within %s", days(caps.ExitTime)), caps.Slow, func(_ int, r Result) float64 { return when(r.ExitTime > caps.ExitTime) })
	for _, venue := range venues {
		row("venue "+venue, caps.Venue, func(_ int, r Result) float64 {
			return when(slices.Contains(strings.Split(r.Expected.Venue, ", "), venue))
		})
	}
	for j, shock := range c.Ask.Shocks {
		row("loss in "+shock.Name, caps.MaxLoss, func(_ int, r Result) float64 { return 1 - r.Shocked[j].Final/amount })
	}
	for i, result := range c.Ranked {
		most := caps.Strategy
		if _, held := result.Strategy.(Hold); held {
			most = 1
		}
		row("most in "+result.Strategy.String(), min(most, result.Expected.Capacity/amount), func(j int, _ Result) float64 { return when(i == j) })
	}
	return p
}
