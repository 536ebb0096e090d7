package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/holiman/uint256"
)

// side is one package to compare with.
type side struct {
	peer  string // the package's name
	key   string // the side's name in the script
	about string // what the cases are
	count int    // how many
	cases any    // for the script; numbers are decimal strings
	ours  func(i int) ([]string, error)
	// same says how two answers to one case agree, or what is wrong.
	same  func(ours, theirs []string) error
	agree func() string // what held for all cases
	works []work
}

// work is one calculation that both sides are timed at.
type work struct {
	key, label string
	do         func(i int) error
}

// compare draws the cases of all sides and returns them once Node has given the same results.
func compare(node *peers, seed uint64) ([]side, error) {
	random := rand.New(rand.NewPCG(seed, 0))
	sides := []side{morpho(random), aave(random), trades(random)}
	for _, s := range sides {
		cases, err := json.Marshal(s.cases)
		if err != nil {
			return nil, err
		}
		var theirs [][]string
		if err := node.ask("cases "+s.key+" "+string(cases), &theirs); err != nil {
			return nil, fmt.Errorf("%s: %w", s.peer, err)
		}
		if len(theirs) != s.count {
			return nil, fmt.Errorf("%s answers %d of %d cases", s.peer, len(theirs), s.count)
		}
		for i := range s.count {
			ours, err := s.ours(i)
			if err != nil {
				return nil, fmt.Errorf("%s: this library refuses case %d: %w", s.peer, i, err)
			}
			if err := s.same(ours, theirs[i]); err != nil {
				return nil, fmt.Errorf("%s: case %d with seed %d: %w; no time was taken", s.peer, i, seed, err)
			}
		}
	}
	return sides, nil
}

// equal is the agreement of every digit.
func equal(ours, theirs []string) error {
	if !slices.Equal(ours, theirs) {
		return fmt.Errorf("this library says %v, the package %v", ours, theirs)
	}
	return nil
}

func exactly() string { return "equal to the last digit" }

// near keeps the worst relative difference of what it has compared.
type near struct {
	limit, worst big.Rat
}

// compare returns whether two decimal numbers are within the limit of each other.
func (n *near) compare(ours, theirs string) error {
	x, ok := new(big.Rat).SetString(ours)
	y, fine := new(big.Rat).SetString(theirs)
	if !ok || !fine {
		return fmt.Errorf("%q and %q are not two numbers", ours, theirs)
	}
	difference := new(big.Rat).Sub(x, y)
	if difference.Abs(difference).Sign() == 0 {
		return nil
	}
	if x.Sign() == 0 || y.Sign() == 0 {
		return fmt.Errorf("this library says %s, the package %s", ours, theirs)
	}
	difference.Quo(difference, x.Abs(x))
	if difference.Cmp(&n.limit) > 0 {
		return fmt.Errorf("this library says %s, the package %s, further apart than %s", ours, theirs, n.limit.RatString())
	}
	if difference.Cmp(&n.worst) > 0 {
		n.worst.Set(difference)
	}
	return nil
}

// write times both sides and writes the table.
func write(out io.Writer, node *peers, sides []side, turns int, turn time.Duration) error {
	folder, err := home()
	if err != nil {
		return err
	}
	version, err := versions(folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s on %s/%s, Node %s; time of one case in one thread, best of %d turns\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, node.version, turns)
	for _, s := range sides {
		fmt.Fprintf(out, "\n%s %s\n%s: %s\n", s.peer, version[s.peer], s.about, s.agree())
		fmt.Fprintf(out, "  %-42s%13s%13s%11s\n", "", "this library", "the package", "ratio")
		for _, w := range s.works {
			ours, theirs, err := race(node, s, w, turns, turn)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", s.peer, w.label, err)
			}
			fmt.Fprintf(out, "  %-42s%10.0f ns%10.0f ns%10.1fx\n", w.label, ours, theirs, theirs/ours)
		}
	}
	return nil
}

// race returns the best time of one case of each side, which take turns.
func race(node *peers, s side, w work, turns int, turn time.Duration) (ours, theirs float64, err error) {
	for i := range turns {
		begin, done := time.Now(), 0
		var took time.Duration
		for took < turn {
			for one := range s.count {
				if err := w.do(one); err != nil {
					return 0, 0, err
				}
			}
			done += s.count
			took = time.Since(begin)
		}
		mine := float64(took.Nanoseconds()) / float64(done)
		other, err := node.time(s.key+" "+w.key, turn.Nanoseconds())
		if err != nil {
			return 0, 0, err
		}
		if i == 0 {
			ours, theirs = mine, other
		}
		ours, theirs = min(ours, mine), min(theirs, other)
	}
	return ours, theirs, nil
}

// spread returns a number between low and high, as likely in each of their orders of magnitude.
func spread(random *rand.Rand, low, high uint256.Int) uint256.Int {
	bits := low.BitLen() + random.IntN(high.BitLen()-low.BitLen()+1)
	for {
		x := uint256.Int{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()}
		x.Rsh(&x, uint(256-bits))
		if !x.Lt(&low) && !x.Gt(&high) {
			return x
		}
		bits = low.BitLen() + random.IntN(high.BitLen()-low.BitLen()+1)
	}
}

// e returns n * 10^exponent.
func e(n uint64, exponent uint64) (x uint256.Int) {
	x.Exp(uint256.NewInt(10), uint256.NewInt(exponent))
	x.Mul(&x, uint256.NewInt(n))
	return x
}

// share returns x * part / whole, rounded down.
func share(x uint256.Int, part, whole uint64) (z uint256.Int) {
	z.MulDivOverflow(&x, uint256.NewInt(part), uint256.NewInt(whole))
	return z
}

func decimals(numbers ...uint256.Int) []string {
	text := make([]string, len(numbers))
	for i, x := range numbers {
		text[i] = x.Dec()
	}
	return text
}
