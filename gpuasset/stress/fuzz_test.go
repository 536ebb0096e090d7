package stress_test

import (
	"math"
	"testing"

	"github.com/gaib-go/gaib/gpuasset/stress"
	"github.com/stretchr/testify/require"
)

// Whatever the shock, it is refused or answered with two NAVs in order and numbers that are numbers.
func FuzzShock(f *testing.F) {
	f.Add(-0.4, 0.5, -0.2, 0.1, 0.5, 3, -0.4, 90, 1.0, -0.01, false)
	f.Add(-1.0, 1.0, -1.0, 1.0, 100.0, 1200, -1.0, 36600, 1e6, -1.0, true)
	f.Add(math.NaN(), 0.0, 0.0, 0.0, 0.0, -1, 0.0, 0, 0.0, 0.0, false)
	assume := assumptions()
	assume.WriteDown, assume.Method.NetOfExpectedLoss = true, true
	doc := share(many(f, 4), 0)
	b := book(f, doc, assume)
	f.Fuzz(func(t *testing.T, rental, renegotiated, utilisation, offtake, tariff float64, delay int, residual float64, days int, likely, bills float64, defaulted bool) {
		shock := stress.Shock{Rental: rental, Renegotiated: renegotiated, Utilisation: utilisation, Offtake: offtake, Tariff: tariff, Delay: delay,
			Residual: residual, SaleDays: days, Default: likely, Bills: bills}
		if defaulted {
			shock.Defaulted = []string{"deal-1"}
		}
		r, err := b.Apply(shock)
		if err != nil {
			require.ErrorIs(t, err, stress.ErrInput)
			return
		}
		require.LessOrEqual(t, r.Valuation.Unstaking.Cmp(r.Valuation.Deposit), 0)
		for _, d := range r.Deals {
			require.False(t, math.IsNaN(d.MinDSCR) || math.IsNaN(d.AverageDSCR) || math.IsNaN(d.MaxLTV))
			require.GreaterOrEqual(t, d.Expected, 0.0)
			require.LessOrEqual(t, d.Expected, 20e6)
			require.GreaterOrEqual(t, d.Loss, 0.0)
		}
		s := simulation(2)
		s.Shock = shock
		losses, err := b.Simulate(t.Context(), s)
		require.NoError(t, err)
		for _, loss := range losses.Losses {
			require.GreaterOrEqual(t, loss, 0.0)
			require.LessOrEqual(t, loss, losses.NAV)
		}
	})
}
