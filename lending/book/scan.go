package book

// Filter says which rows of a [Scan] need no exact decision: those with debt*Debt + Slack < limit*Limit.
type Filter struct {
	Debt  float64 // turns the debt column into the currency of the decision: the interest index, assets per share
	Limit float64 // turns the limit column into the same: price times threshold
	Slack float64 // what the exact rule's roundings may take off a limit, in the same
}

// filterBand is the relative error that a filter's two products are allowed. The columns and coefficients may each be
// off by some units in 10^16.
const filterBand = 1e-12

// Scan appends to dst the indices of the rows, ascending, for which exact holds. exact is called for each row that the
// filter does not find healthy with certainty; a row with a NaN is among those. So the result is that of asking exact
// for every row, provided that each column is off by at most 10^-13 of its exact value and that the filter's slack
// covers what exact rounds. It fails with [ErrColumns]. It allocates nothing but what dst needs.
func Scan(dst []int, debts, limits []float64, f Filter, exact func(row int) bool) ([]int, error) {
	if len(debts) != len(limits) {
		return dst, ErrColumns
	}
	limit := f.Limit * (1 - filterBand)
	for i, debt := range debts {
		if debt*f.Debt+f.Slack < limits[i]*limit {
			continue
		}
		if exact(i) {
			dst = append(dst, i)
		}
	}
	return dst, nil
}
