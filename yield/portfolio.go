package yield

import (
	"fmt"
	"math/big"
	"time"
)

// Record is a position at one time.
type Record struct {
	Time time.Time
	Holding
	Since Ledger // what moved since the record before; not used of a position's first
}

// Position is the history of one position: two records or more in order of time.
type Position struct {
	Name    string
	Records []Record
}

// Portfolio explains the change in value of several positions together.
type Portfolio struct {
	Total     Attribution
	Positions []Attribution // in the order they were given, each from its first record to its last
	Periods   []Attribution // of all positions, from each time of a record to the next; empty if their times differ
}

// AttributePortfolio explains the change in value of positions from their first record to their last. Each period of each
// position is explained by [Attribute], and all is summed: parts, positions and periods add up to Total.Change exactly. All
// positions must have the same first time and the same last one: give one that was opened or closed between a record
// without shares. It returns ErrInput for times that do not match, a [*TooFewError] for fewer than two records or no
// positions, and fails like Attribute.
func AttributePortfolio(positions ...Position) (Portfolio, error) {
	if len(positions) == 0 {
		return Portfolio{}, &TooFewError{"a portfolio", 0, 1}
	}
	p := Portfolio{Total: noAttribution()}
	first := positions[0].Records
	common := true // all records are of the same times
	for _, position := range positions {
		records := position.Records
		if len(records) < 2 {
			return Portfolio{}, &TooFewError{"position " + position.Name, len(records), 2}
		}
		if !records[0].Time.Equal(first[0].Time) || !records[len(records)-1].Time.Equal(first[len(first)-1].Time) {
			return Portfolio{}, fmt.Errorf("%w: position %s does not start and end with the first one; give it records without shares there", ErrInput, position.Name)
		}
		common = common && len(records) == len(first)
		whole := noAttribution()
		for i, end := range records[1:] {
			start := records[i]
			if !end.Time.After(start.Time) {
				return Portfolio{}, fmt.Errorf("%w: record %d of position %s is not later than the one before", ErrInput, i+1, position.Name)
			}
			common = common && end.Time.Equal(first[i+1].Time)
			part, err := Attribute(start.Holding, end.Holding, end.Since)
			if err != nil {
				return Portfolio{}, fmt.Errorf("position %s, record %d: %w", position.Name, i+1, err)
			}
			if len(p.Periods) <= i {
				p.Periods = append(p.Periods, noAttribution())
			}
			p.Periods[i].alongside(part)
			if i == 0 {
				whole.Start.Set(part.Start)
			}
			whole.End.Set(part.End)
			whole.addParts(part)
		}
		p.Positions = append(p.Positions, whole)
		p.Total.alongside(whole)
	}
	if !common {
		p.Periods = nil
	}
	return p, nil
}

func noAttribution() Attribution {
	var a Attribution
	for _, field := range []**big.Int{&a.Start, &a.End, &a.Change, &a.Accrual, &a.Leverage, &a.Haircut, &a.Incentives, &a.Fees, &a.Flows, &a.Trading, &a.Price} {
		*field = new(big.Int)
	}
	return a
}

// alongside adds another position of the same time.
func (a *Attribution) alongside(b Attribution) {
	a.Start.Add(a.Start, b.Start)
	a.End.Add(a.End, b.End)
	a.addParts(b)
}

func (a *Attribution) addParts(b Attribution) {
	for _, pair := range [][2]*big.Int{
		{a.Change, b.Change}, {a.Accrual, b.Accrual}, {a.Leverage, b.Leverage}, {a.Haircut, b.Haircut}, {a.Incentives, b.Incentives},
		{a.Fees, b.Fees}, {a.Flows, b.Flows}, {a.Trading, b.Trading}, {a.Price, b.Price},
	} {
		pair[0].Add(pair[0], pair[1])
	}
}
