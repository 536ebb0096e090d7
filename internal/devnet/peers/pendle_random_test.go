package peers

import (
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/yield/pendle"
)

func pendleU256(x *big.Int) uint256.Int { return *uint256.MustFromBig(x) }

// pendleFamilies are the questions of the differential, in the order of their files.
var pendleFamilies = []string{
	"sell", "buy", "add", "remove", "sy-for-pt", "sy-for-yt", "yt-for-sy", "add-single", "remove-single", "mint-py", "redeem-py", "interest",
	"rates", "observe",
}

// random returns a case: mostly markets as they live, with every number now and then at an edge.
func (r *pendleRig) random(random *rand.Rand, family string) pendleCase {
	c := pendleCase{family: family, market: random.IntN(len(r.markets))}
	if random.IntN(8) != 0 {
		c.market = 3 + random.IntN(len(r.markets)-3)
	}
	m := r.markets[c.market]
	odd := func() bool { return random.IntN(25) == 0 }
	size := func() *big.Int {
		if odd() {
			return pendleLogUniform(random, 1, 1e38)
		}
		return pendleLogUniform(random, 1e12, 1e27)
	}

	left := int64(pendleLogUniform(random, 3600, pendleMaxMaturities*pendleSecondsOfAYear).Uint64())
	switch random.IntN(40) {
	case 0:
		left = 0
	case 1:
		left = -1 - random.Int64N(1e7)
	case 2:
		left = 1 + random.Int64N(3)
	}
	c.now = uint64(int64(r.p.Expiry) - left)

	rate := new(big.Int).Add(big.NewInt(1e18), big.NewInt(random.Int64N(1e18)))
	if odd() {
		rate = pendleLogUniform(random, 1, 1e36)
	}
	index := new(big.Int).Set(rate)
	switch random.IntN(4) {
	case 0: // the SY has lost
		index.Add(index, pendleLogUniform(random, 1, float64(1e17)))
	case 1: // the stored index is behind
		index.Sub(index, pendleLogUniform(random, 1, 1e16))
		if index.Sign() <= 0 {
			index.SetInt64(1)
		}
	}

	sy := size()
	asset := new(big.Int).Div(new(big.Int).Mul(sy, rate), big.NewInt(1e18))
	proportion := 0.02 + 0.93*random.Float64()
	pt, _ := new(big.Float).Mul(new(big.Float).SetInt(asset), big.NewFloat(proportion/(1-proportion))).Int(nil)
	if odd() {
		pt = size()
	}
	lp := new(big.Int).Sqrt(new(big.Int).Mul(sy, pt))
	if odd() {
		lp = size()
	}
	if family == "observe" { // some liquidity is removed, to make the market write an observation
		for _, x := range []*big.Int{sy, pt, lp} {
			x.Add(x, big.NewInt(1e9))
		}
	}
	limit := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	for _, x := range []*big.Int{sy, pt, lp} {
		if x.Cmp(limit) > 0 {
			x.Set(limit)
		}
	}
	if family == "add" && random.IntN(4) == 0 {
		sy, pt, lp = new(big.Int), new(big.Int), new(big.Int)
	}
	ln := big.NewInt(random.Int64N(3e17))
	switch random.IntN(25) {
	case 0:
		ln = new(big.Int)
	case 1:
		ln = pendleLogUniform(random, 1, 7e28)
	}
	reserve := r.reserve
	if random.IntN(200) == 0 {
		reserve = random.Uint64N(101)
	}
	c.state = pendle.Market{
		TotalPT: pendleU256(pt), TotalSY: pendleU256(sy), TotalLP: pendleU256(lp),
		ScalarRoot: pendleU256(m.scalarRoot), Expiry: uint64(r.p.Expiry), LnFeeRateRoot: pendleU256(m.fee), ReserveFeePercent: reserve,
		LastLnImpliedRate: pendleU256(ln), SYRate: pendleU256(rate), PYIndex: pendleU256(index),
	}

	// Sizes from dust to more than there is.
	share := func(of *big.Int) uint256.Int {
		if random.IntN(30) == 0 {
			edges := []*big.Int{new(big.Int), big.NewInt(1), big.NewInt(2), of, new(big.Int).Add(of, big.NewInt(1)), new(big.Int).Lsh(big.NewInt(1), 128)}
			return pendleU256(edges[random.IntN(len(edges))])
		}
		part, _ := new(big.Float).Mul(new(big.Float).SetInt(of), big.NewFloat(math.Pow(10, -6*random.Float64()))).Int(nil)
		return pendleU256(part)
	}
	switch family {
	case "sell", "buy", "yt-for-sy":
		c.args = []uint256.Int{share(pt)}
		if edge := random.IntN(400); edge < 2 && family != "yt-for-sy" {
			c.args[0] = pendleU256(new(big.Int).Lsh(big.NewInt(1), uint(254+edge))) // beyond the cast to int256 and at its end
		}
	case "add":
		if lp.Sign() == 0 {
			c.args = []uint256.Int{pendleU256(size()), pendleU256(size())}
		} else {
			c.args = []uint256.Int{share(sy), share(pt)}
		}
	case "remove", "remove-single":
		c.args = []uint256.Int{share(lp)}
		if c.args[0].Gt(&c.state.TotalLP) {
			c.args[0] = c.state.TotalLP // more cannot be sent to the market
		}
	case "mint-py":
		c.args = []uint256.Int{share(sy)}
	case "redeem-py":
		c.args = []uint256.Int{share(pt)}
		// The yield token never owes more SY than it has, of which the rig gives it 2^129.
		if low := uint256.NewInt(1e18); c.state.PYIndex.Lt(low) {
			c.state.SYRate, c.state.PYIndex = *low, *low
		}
		c.args = append(c.args, pendleAccrued(c.state).PYIndex)
		if left <= 0 { // touched after maturity at a lower index
			first := new(big.Int).Sub(c.args[1].ToBig(), pendleLogUniform(random, 1, 5e17))
			c.args[1] = pendleU256(first)
		}
	case "interest":
		present := pendleAccrued(c.state).PYIndex
		now := present.ToBig()
		was := new(big.Int).Sub(now, pendleLogUniform(random, 1, 3e17))
		if was.Sign() < 0 || odd() {
			was.SetInt64(0)
		}
		if odd() {
			was.Add(now, big.NewInt(1))
		}
		c.args = []uint256.Int{pendleU256(was), pendleU256(size()), pendleU256(size())}
		if odd() {
			c.args[1] = pendleU256(limit)
		}
	case "observe":
		used, slots := 1+random.IntN(12), 12
		start := 0
		if random.IntN(3) == 0 {
			slots = used + random.IntN(4)
		} else {
			slots = used
			start = random.IntN(slots)
		}
		times, sums := make([]uint64, slots), make([]*big.Int, slots)
		for i := range times {
			times[i], sums[i] = 1, new(big.Int)
		}
		first := c.now - uint64(random.IntN(4e6)) - 1
		at, sum := first, pendleLogUniform(random, 1, 1e28)
		newest := 0
		for i := range used {
			newest = (start + i) % slots
			times[newest], sums[newest] = at, new(big.Int).Set(sum)
			step := uint64(random.Int64N(int64(c.now-at)/2 + 1))
			if i == used-2 && random.IntN(8) == 0 {
				step = c.now - at // the newest is of this very second
			}
			at += step
			sum.Add(sum, new(big.Int).Mul(big.NewInt(random.Int64N(3e17)), new(big.Int).SetUint64(step)))
		}
		duration := uint64(random.Int64N(int64(c.now-first) + 1))
		switch random.IntN(20) {
		case 0:
			duration = 0
		case 1:
			duration = c.now - first + uint64(random.IntN(1000))
		case 2:
			duration = c.now - times[random.IntN(slots)]
		}
		next := slots + random.IntN(3)
		c.args = []uint256.Int{*uint256.NewInt(duration), *uint256.NewInt(uint64(newest)), *uint256.NewInt(uint64(slots)), *uint256.NewInt(uint64(next))}
		for i := range times {
			c.args = append(c.args, *uint256.NewInt(times[i]), pendleU256(sums[i]))
		}
	case "sy-for-pt", "sy-for-yt", "add-single":
		amount := share(sy)
		if family == "sy-for-yt" && random.IntN(4) != 0 { // SY buys YT of many times its value
			amount.Rsh(&amount, 5)
		}
		c.args = []uint256.Int{amount, {}, {}, pendleU256(pendleMaxUint()), *uint256.NewInt(256), *uint256.NewInt(1e14)}
		if random.IntN(2) == 0 {
			break
		}
		// A guess near what the amount could buy.
		near := new(big.Int).Div(new(big.Int).Mul(amount.ToBig(), rate), big.NewInt(1e18))
		switch family {
		case "sy-for-yt":
			near.Mul(near, big.NewInt(1+random.Int64N(30)))
		case "add-single":
			near.Div(near, big.NewInt(2))
		}
		guess := pendleU256(near)
		low, high := guess, guess
		low.Rsh(&low, uint(random.IntN(3)))
		high.Lsh(&high, uint(random.IntN(3)))
		if odd() {
			low, high = high, low
		}
		c.args[1], c.args[2], c.args[3] = guess, low, high
		c.args[4] = *uint256.NewInt(random.Uint64N(40))
		c.args[5] = pendleU256(pendleLogUniform(random, 1e6, 1e17))
		if odd() {
			c.args[5] = pendleU256(pendleLogUniform(random, 1e17, 1e19))
		}
	}
	return c
}
