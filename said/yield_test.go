package said_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
)

// A schedule is what yield asks of an exit, and a NAV read from the vault is one of its series.
func TestYieldTakesSchedulesAndNAVs(t *testing.T) {
	for _, schedule := range []said.Schedule{said.MonthAfterNext, said.ThirtyDayCycle{}, said.WindowProRata{}, said.Cooldown{}} {
		require.Implements(t, (*yield.Exit)(nil), schedule)
	}
	nav, err := said.State{}.NAV()
	require.NoError(t, err)
	require.Equal(t, nav.Deposit, yield.NAV(nav).Deposit)
}
