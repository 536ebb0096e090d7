package strategy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gaib-go/gaib/yield"
)

// Ask is what somebody wants to do with AID.
type Ask struct {
	Amount  float64       // AID
	Horizon time.Duration // by when all of it is to be back
	// MaxLeverage is assets over own money; 0 or 1 allows no loop.
	MaxLeverage float64
	// MinHealth is the least health of a loop at its start; 0 is DefaultHealth.
	MinHealth float64
	// Expected is what is assumed to happen; nil is the market's own history going on, see [Expect].
	Expected *Scenario
	// Shocks are what the worst case is taken of; nil is [StandardShocks].
	Shocks []Scenario
}

// Expect returns the scenario in which the Deposit NAV goes on growing as it did: by the realised return of the last year
// of steps or, of a shorter history, since its first step. It fails like [yield.Series.SinceFirstStep].
func Expect(series yield.Series) (Scenario, error) {
	realised, err := series.Realised(365*yield.Day, yield.Deposit, yield.APY())
	if errors.Is(err, yield.ErrTooFew) {
		realised, err = series.SinceFirstStep(yield.Deposit, yield.APY())
	}
	if err != nil {
		return Scenario{}, fmt.Errorf("strategy: no expected yield; give the ask a scenario: %w", err)
	}
	return Scenario{Scenario: yield.Scenario{Name: "expected", Rate: realised.Value}}, nil
}

// Earned is the points of a programme over the horizon: PerDay * multiplier * value of the position, day by day.
type Earned struct {
	Programme string
	Count     float64
	AID       float64 // at the caller's price
}

// Result is a strategy after all costs.
type Result struct {
	Strategy  Strategy
	Headline  yield.Rate // as it would be advertised
	NetOfExit yield.Rate // of the money back over the money put in, until the horizon or the last payment if that is later
	Worst     yield.Rate // the same in the worst of the shocks
	WorstIn   string     // the name of that shock
	ExitTime  time.Duration
	// ExitCost is what leaving takes off: the value at the Deposit NAV's mark less what is paid, as the parts haircut, exit
	// fee, market price of a sale, and swaps tell.
	ExitCost float64
	Expected Path
	Shocked  []Path // in the order of the shocks
	Points   []Earned
}

// LeftOut is a strategy that cannot be done as asked, and why.
type LeftOut struct {
	Strategy Strategy
	Err      error
}

// Comparison is strategies for one ask.
type Comparison struct {
	Ask     Ask
	Ranked  []Result // the best return net of exit first, equal ones by name
	LeftOut []LeftOut
}

// Candidates returns the strategies that the market has venues for and the ask allows.
func Candidates(ask Ask, m Market) []Strategy {
	ways := []Way{ByQueue}
	if m.DEX != nil {
		ways = append(ways, BySale)
	}
	strategies := []Strategy{Hold{}}
	add := func(allowed bool, of func(Way) Strategy) {
		for _, way := range ways {
			if allowed {
				strategies = append(strategies, of(way))
			}
		}
	}
	add(true, func(w Way) Strategy { return Stake{w} })
	if m.DEX != nil {
		strategies = append(strategies, BuyBelow{})
	}
	add(m.Lending != nil && ask.MaxLeverage > 1, func(w Way) Strategy { return Loop{Unwind: w} })
	add(m.PT != nil, func(w Way) Strategy { return FixedYield{w} })
	add(m.YT != nil, func(w Way) Strategy { return LongYield{w} })
	add(m.LP != nil, func(w Way) Strategy { return ProvideLP{w} })
	return strategies
}

// Compare carries each strategy through what is expected and through the shocks, and ranks them by what comes back. Without
// strategies it takes the [Candidates]. All are measured over the same horizon: money that is back earlier waits as AID. A
// strategy that cannot be done is left out with its reason. It fails with [ErrInput] for an ask, a market or a scenario that
// cannot be, and like [Expect].
func Compare(ask Ask, m Market, strategies ...Strategy) (Comparison, error) {
	if len(strategies) == 0 {
		strategies = Candidates(ask, m)
	}
	if ask.Expected == nil {
		expected, err := Expect(m.NAV)
		if err != nil {
			return Comparison{}, err
		}
		ask.Expected = &expected
	}
	if ask.Shocks == nil {
		ask.Shocks = StandardShocks(*ask.Expected)
	}
	for _, p := range m.Points {
		if !(p.PerDay >= 0) || !finite(p.PerDay) || !finite(p.Price) || slices.ContainsFunc(multipliers(p), func(x float64) bool { return !(x >= 0) || !finite(x) }) {
			return Comparison{}, fmt.Errorf("%w: points %q of %v a day at %v", ErrInput, p.Name, p.PerDay, p.Price)
		}
	}
	runs := make([]Run, 0, len(ask.Shocks)+1)
	for _, scenario := range append([]Scenario{*ask.Expected}, ask.Shocks...) {
		run, err := newRun(ask, m, *ask.Expected, scenario)
		if err != nil {
			return Comparison{}, err
		}
		runs = append(runs, run)
	}
	c := Comparison{Ask: ask}
	for _, s := range strategies {
		if s == nil {
			return Comparison{}, fmt.Errorf("%w: a strategy that is nil", ErrInput)
		}
		result, err := compare(s, runs)
		if err != nil {
			c.LeftOut = append(c.LeftOut, LeftOut{s, err})
			continue
		}
		c.Ranked = append(c.Ranked, result)
	}
	slices.SortStableFunc(c.Ranked, func(a, b Result) int {
		return cmp.Or(cmp.Compare(b.NetOfExit.Value, a.NetOfExit.Value), cmp.Compare(a.Strategy.String(), b.Strategy.String()))
	})
	return c, nil
}

func multipliers(p Points) []float64 {
	var all []float64
	for _, x := range p.Multipliers {
		all = append(all, x)
	}
	return all
}

// compare carries a strategy through the runs, of which the first is the expected one.
func compare(s Strategy, runs []Run) (Result, error) {
	path, err := s.Project(runs[0])
	if err != nil {
		return Result{}, err
	}
	if !finite(path.Final) || !finite(path.Headline) {
		return Result{}, fmt.Errorf("%w: %s pays %v at a headline of %v", ErrInput, s, path.Final, path.Headline)
	}
	r := Result{Strategy: s, Headline: rate(path.Headline), NetOfExit: runs[0].net(path), ExitTime: path.Done.Sub(path.Left), Expected: path}
	r.Worst, r.WorstIn = r.NetOfExit, runs[0].Scenario.Name
	for _, part := range path.Parts {
		switch part.Name {
		case partHaircut, partFee, partSwaps:
			r.ExitCost -= part.AID
		case partPrice:
			if _, bought := s.(BuyBelow); !bought {
				r.ExitCost -= part.AID
			}
		}
	}
	for _, run := range runs[1:] {
		shocked, err := s.Project(run)
		if err != nil {
			return Result{}, fmt.Errorf("in %q: %w", run.Scenario.Name, err)
		}
		if net := run.net(shocked); net.Value < r.Worst.Value {
			r.Worst, r.WorstIn = net, run.Scenario.Name
		}
		r.Shocked = append(r.Shocked, shocked)
	}
	for _, points := range runs[0].Market.Points {
		count := points.count(path)
		r.Points = append(r.Points, Earned{points.Name, count, count * points.Price})
	}
	return r, nil
}

func rate(value float64) yield.Rate { return yield.Rate{Value: value, Convention: yield.APY()} }

// net returns the annual return of a path over the horizon, or to the last payment if that is later.
func (r Run) net(p Path) yield.Rate {
	return rate(annual(p.Final/r.Amount, years(r.Start, latestOf(r.End, p.Done))))
}

// count returns the points of a path until its exit is done.
func (p Points) count(path Path) float64 {
	if len(path.Legs) > 0 {
		sum := 0.0
		for _, leg := range path.Legs {
			sum += p.count(leg)
		}
		return sum
	}
	sum := 0.0
	for i := 1; i < len(path.Worth); i++ {
		from, to := path.Worth[i-1], path.Worth[i]
		if !to.Time.After(path.Done) {
			sum += max(0, from.Value) * to.Time.Sub(from.Time).Hours() / 24
		}
	}
	return sum * p.PerDay * p.Multipliers[path.Asset]
}
