package cashflow_test

import (
	"math"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield/cashflow"
	"github.com/gaib-go/gaib/yield/daycount"
	"github.com/stretchr/testify/require"
)

// loan pays 1,000,000 out and gets n-1 monthly payments back: one change of sign.
func loan(n int) []cashflow.Flow {
	flows := []cashflow.Flow{{Time: date("2024-01-15"), Amount: -1e6}}
	for i := 1; i < n; i++ {
		at := daycount.AddMonths(flows[0].Time, i, daycount.SameDay)
		flows = append(flows, cashflow.Flow{Time: at, Amount: 1.12e6/float64(n-1) + 100*math.Sin(float64(i))})
	}
	return flows
}

// trades changes sign as often as possible: in, out, in, out, with a gain.
func trades(n, every int) []cashflow.Flow {
	flows := make([]cashflow.Flow, n)
	for i := range flows {
		amount := -1000.0
		if i/every%2 == 1 {
			amount = 1030
		}
		flows[i] = cashflow.Flow{Time: date("2024-01-15").Add(time.Duration(i) * 730 * time.Hour), Amount: amount}
	}
	return flows
}

func BenchmarkXIRR(b *testing.B) {
	for name, flows := range map[string][]cashflow.Flow{
		"one change, 24 flows": loan(24), "one change, 1000 flows": loan(1000),
		"5 changes, 24 flows": trades(24, 4), "23 changes, 24 flows": trades(24, 1),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cashflow.XIRR(flows, daycount.Act365F, cashflow.Choice{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The number of allocations does not grow with the search: the list of roots, and the workspace of long series.
func TestXIRRAllocations(t *testing.T) {
	for name, c := range map[string]struct {
		flows []cashflow.Flow
		want  float64
	}{
		"short": {loan(24), 1}, "long": {loan(1000), 2}, "several roots": {trades(24, 4), 1},
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(20, func() {
			if _, err := cashflow.XIRR(c.flows, daycount.Act365F, cashflow.Choice{}); err != nil {
				t.Fatal(err)
			}
		}), c.want+raceAllocations, name)
	}
}

func date(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}
