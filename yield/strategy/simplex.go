package strategy

import (
	"fmt"
	"math/big"
)

// maximise returns the x >= 0 that maximises gains * x under rows * x <= limits, and what a unit of each limit is worth
// there, exactly: all numbers are taken as the rationals that they are. Limits are 0 or more, so that x = 0 is a start. Of
// several best solutions Bland's rule, which also keeps it from cycling, finds the same one each time. It returns [ErrInput]
// if a number is not finite or nothing limits the gain.
func maximise(gains []float64, rows [][]float64, limits []float64) (x, prices []*big.Rat, err error) {
	n, m := len(gains), len(rows)
	// A tableau of the constraints with a slack each, and the gains as the last row.
	table := make([][]*big.Rat, m+1)
	exact := func(value float64) *big.Rat {
		rat := new(big.Rat).SetFloat64(value)
		if rat == nil {
			err = fmt.Errorf("%w: %v in a linear program", ErrInput, value)
			return new(big.Rat)
		}
		return rat
	}
	basis := make([]int, m)
	for i := range table {
		table[i] = make([]*big.Rat, n+m+1)
		for j := range table[i] {
			switch {
			case i == m && j < n:
				table[i][j] = exact(gains[j])
			case i < m && j < n:
				table[i][j] = exact(rows[i][j])
			case i < m && j == n+m:
				table[i][j] = exact(limits[i])
			default:
				table[i][j] = new(big.Rat)
			}
		}
		if i < m {
			table[i][n+i].SetInt64(1)
			basis[i] = n + i
		}
	}
	if err != nil {
		return nil, nil, err
	}
	ratio, best, term := new(big.Rat), new(big.Rat), new(big.Rat)
	for {
		enter := 0
		for enter < n+m && table[m][enter].Sign() <= 0 {
			enter++
		}
		if enter == n+m {
			break
		}
		leave := -1
		for i := range m {
			if table[i][enter].Sign() <= 0 {
				continue
			}
			ratio.Quo(table[i][n+m], table[i][enter])
			if order := ratio.Cmp(best); leave < 0 || order < 0 || order == 0 && basis[i] < basis[leave] {
				leave = i
				best.Set(ratio)
			}
		}
		if leave < 0 {
			return nil, nil, fmt.Errorf("%w: nothing limits the gain of a linear program", ErrInput)
		}
		basis[leave] = enter
		pivot := new(big.Rat).Set(table[leave][enter])
		for _, value := range table[leave] {
			value.Quo(value, pivot)
		}
		for i, row := range table {
			if i == leave || row[enter].Sign() == 0 {
				continue
			}
			factor := new(big.Rat).Set(row[enter])
			for j, value := range row {
				if table[leave][j].Sign() != 0 {
					value.Sub(value, term.Mul(factor, table[leave][j]))
				}
			}
		}
	}
	x, prices = make([]*big.Rat, n), make([]*big.Rat, m)
	for j := range x {
		x[j] = new(big.Rat)
	}
	for i, j := range basis {
		if j < n {
			x[j].Set(table[i][n+m])
		}
	}
	for i := range prices {
		prices[i] = new(big.Rat).Neg(table[m][n+i])
	}
	return x, prices, nil
}
