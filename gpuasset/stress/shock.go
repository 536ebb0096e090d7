package stress

import (
	"fmt"
	"math"
)

// Shock is a change against the base case. The zero value is none. Every field can only make things worse or, with the other sign,
// better; what cannot be is refused with [ErrInput].
type Shock struct {
	Rental       float64  // relative change of spot prices: -0.4 is 40 % less
	Renegotiated float64  // share of the reserved hours whose price changes like the spot price, 0 to 1
	Utilisation  float64  // change of all utilisation in points: -0.2 is 20 points less; take-or-pay still pays
	Offtake      float64  // share of the reserved revenue that is lost because clients default, 0 to 1
	Tariff       float64  // relative change of the price of electricity
	Delay        int      // months from now on in which no revenue comes in; what is late is not counted
	Residual     float64  // relative change of what GPUs are worth
	SaleDays     int      // days that a sale of GPUs takes longer
	Default      float64  // relative change of probabilities of default: 1 doubles them
	Defaulted    []string // deals that default today
	Bills        float64  // relative change of the bids for Treasury bills
}

// check returns [ErrInput] for a change that cannot be. Changes of a price or value are at least -1.
func (s *Shock) check() error {
	for _, part := range []struct {
		name         string
		value, least float64
		most         float64
	}{
		{"rental", s.Rental, -1, 100}, {"renegotiated", s.Renegotiated, 0, 1}, {"utilisation", s.Utilisation, -1, 1}, {"offtake", s.Offtake, 0, 1},
		{"tariff", s.Tariff, -1, 100}, {"residual", s.Residual, -1, 100}, {"default", s.Default, -1, 1e6}, {"bills", s.Bills, -1, 0},
		{"delay", float64(s.Delay), 0, 1200}, {"sale days", float64(s.SaleDays), 0, 36_600},
	} {
		if !(part.value >= part.least && part.value <= part.most) {
			return fmt.Errorf("%w: %s of the shock is %v, want %v to %v", ErrInput, part.name, part.value, part.least, part.most)
		}
	}
	return nil
}

// Scale returns the shock with every change times size; months and days are rounded down. The names of Defaulted stay as they are.
func (s Shock) Scale(size float64) Shock {
	s.Rental *= size
	s.Renegotiated = min(s.Renegotiated*size, 1)
	s.Utilisation *= size
	s.Offtake = min(s.Offtake*size, 1)
	s.Tariff *= size
	s.Delay = int(math.Floor(float64(s.Delay) * size))
	s.Residual *= size
	s.SaleDays = int(math.Floor(float64(s.SaleDays) * size))
	s.Default *= size
	s.Bills *= size
	return s
}

// Scenario is a shock with a name.
type Scenario struct {
	Name  string
	Shock Shock
}

// Scenarios returns a grid of single shocks, from mild to hard per factor, and one of all together. The sizes are a choice of this package for a
// first look, not anyone's forecast or policy.
func Scenarios() []Scenario {
	var all []Scenario
	add := func(name string, shock Shock) { all = append(all, Scenario{name, shock}) }
	for _, percent := range []int{10, 20, 40, 60} {
		add(fmt.Sprintf("rental price -%d %%", percent), Shock{Rental: -float64(percent) / 100})
	}
	for _, points := range []int{10, 20, 40} {
		add(fmt.Sprintf("utilisation -%d points", points), Shock{Utilisation: -float64(points) / 100})
	}
	for _, percent := range []int{20, 40, 60} {
		add(fmt.Sprintf("residual value -%d %%", percent), Shock{Residual: -float64(percent) / 100})
	}
	add("tariff +50 %", Shock{Tariff: 0.5})
	for _, months := range []int{1, 3, 6} {
		add(fmt.Sprintf("payments %d months late", months), Shock{Delay: months})
	}
	add("sale takes 180 days longer", Shock{SaleDays: 180})
	add("half of the reserved revenue lost", Shock{Offtake: 0.5})
	add("defaults twice as likely", Shock{Default: 1})
	add("combined", Shock{Rental: -0.4, Renegotiated: 0.5, Utilisation: -0.2, Tariff: 0.25, Residual: -0.4, SaleDays: 90, Default: 1, Bills: -0.01})
	return all
}

// Factor is a number that a shock changes and that can move with others.
type Factor uint8

// Factors of a correlated shock.
const (
	Rental Factor = iota
	Utilisation
	Tariff
	Residual
	Default
	Factors // how many there are
)

// String names the factor.
func (f Factor) String() string {
	return [...]string{"rental price", "utilisation", "tariff", "residual value", "default", "unknown factor"}[min(f, Factors)]
}

// Correlation says how factors move together: their volatilities over the horizon of the shock, in the units of [Shock], and the
// correlations of their changes, taken as jointly normal.
type Correlation struct {
	Volatility [Factors]float64
	Matrix     [Factors][Factors]float64 // symmetric, 1 on the diagonal, positive semidefinite
}

// Given returns the expected shock given the change of one factor: the others move by correlation * their volatility / its volatility * change. A
// result that cannot be, such as a price below zero, is cut at what can. It fails with [ErrInput] for a matrix that is no
// correlation matrix, negative volatilities and a factor without one.
func (c *Correlation) Given(factor Factor, change float64) (Shock, error) {
	if err := c.check(); err != nil {
		return Shock{}, err
	}
	if factor >= Factors || !(c.Volatility[factor] > 0) || math.IsNaN(change) || math.IsInf(change, 0) {
		return Shock{}, fmt.Errorf("%w: change of %s by %v, with a volatility above zero", ErrInput, factor, change)
	}
	var moved [Factors]float64
	for f := range Factors {
		moved[f] = c.Matrix[factor][f] * c.Volatility[f] / c.Volatility[factor] * change
	}
	moved[factor] = change
	cut := func(x, most float64) float64 { return min(max(x, -1), most) }
	return Shock{Rental: cut(moved[Rental], 100), Utilisation: cut(moved[Utilisation], 1), Tariff: cut(moved[Tariff], 100),
		Residual: cut(moved[Residual], 100), Default: cut(moved[Default], 1e6)}, nil
}

func (c *Correlation) check() error {
	// A matrix is positive semidefinite if its Cholesky factors exist, up to rounding.
	var root [Factors][Factors]float64
	for i := range Factors {
		if !(c.Volatility[i] >= 0) || math.IsInf(c.Volatility[i], 0) || c.Matrix[i][i] != 1 {
			return fmt.Errorf("%w: volatility of %s is %v, its correlation with itself %v", ErrInput, i, c.Volatility[i], c.Matrix[i][i])
		}
		for j := range i + 1 {
			if c.Matrix[i][j] != c.Matrix[j][i] || !(math.Abs(c.Matrix[i][j]) <= 1) {
				return fmt.Errorf("%w: correlations of %s and %s are %v and %v", ErrInput, i, j, c.Matrix[i][j], c.Matrix[j][i])
			}
			rest := c.Matrix[i][j]
			for k := range j {
				rest -= float64(root[i][k] * root[j][k])
			}
			switch {
			case i == j && rest < -1e-9, i != j && root[j][j] == 0 && math.Abs(rest) > 1e-6:
				return fmt.Errorf("%w: the correlations contradict each other at %s and %s", ErrInput, i, j)
			case i == j:
				root[i][i] = math.Sqrt(max(rest, 0))
				if root[i][i] < 1e-6 {
					root[i][i] = 0
				}
			case root[j][j] != 0:
				root[i][j] = rest / root[j][j]
			}
		}
	}
	return nil
}
