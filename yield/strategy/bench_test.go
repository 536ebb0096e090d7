package strategy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/yield/strategy"
)

// All strategies through the expected scenario and eight shocks, and the best mix of them.
func BenchmarkCompare(b *testing.B) {
	m := market(b)
	for b.Loop() {
		_, err := strategy.Compare(half, m)
		require.NoError(b, err)
	}
}

func BenchmarkAllocate(b *testing.B) {
	c, err := strategy.Compare(half, market(b))
	require.NoError(b, err)
	caps := strategy.NoCaps()
	caps.MaxLoss, caps.Slow, caps.ExitTime = 0.05, 0.5, 0
	for b.Loop() {
		_, err := strategy.Allocate(c, caps)
		require.NoError(b, err)
	}
}
