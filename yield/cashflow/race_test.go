//go:build race

package cashflow_test

// raceAllocations are what the race detector adds: with it slices.Grow allocates the piece that it appends as well.
const raceAllocations = 1
