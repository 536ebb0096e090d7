//go:build !race

package cashflow_test

// raceAllocations are what the race detector adds.
const raceAllocations = 0
