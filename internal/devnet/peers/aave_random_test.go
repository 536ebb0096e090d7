package peers

import (
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/lending/aave/core"
)

// chance is a source of random pools and accounts: mostly plausible, often at an edge, sometimes absurd.
type chance struct{ *rand.Rand }

func (c chance) one(in int) bool { return c.IntN(in) == 0 }

// upTo returns a number below 2^bits, log-uniform.
func (c chance) upTo(bits int) (x uint256.Int) {
	for i := range x {
		x[i] = c.Uint64()
	}
	x.Rsh(&x, uint(256-c.IntN(bits+1)))
	return x
}

// about returns x as an integer, with a random tail.
func (c chance) about(x float64) (out uint256.Int) {
	if !(x > 0) || math.IsInf(x, 1) {
		return out
	}
	n, _ := new(big.Float).SetFloat64(x).Int(nil)
	if out.SetFromBig(n) {
		return uint256.Int{}
	}
	if c.one(2) {
		out.AddUint64(&out, c.Uint64N(7))
	}
	return out
}

func (c chance) index() uint256.Int { return c.about(1e27 * (1 + c.Float64()*c.Float64()*2)) }

func (c chance) rate() uint256.Int {
	switch c.IntN(12) {
	case 0:
		return uint256.Int{}
	case 1:
		return c.upTo(100)
	}
	return c.about(1e27 * c.Float64() * 0.3)
}

// inBps returns a ray that is a whole number of basis points, as the strategies of v3.7 keep them.
func (c chance) inBps(most uint64) (x uint256.Int) {
	return *x.Mul(uint256.NewInt(c.Uint64N(most+1)), bpsRay)
}

// curves are those of every state, so that few strategies of v3.0 have to be deployed.
func (c chance) curves(n int) []core.Curve {
	out := make([]core.Curve, n)
	for i := range out {
		out[i] = core.Curve{Optimal: c.inBps(9_800), Base: c.inBps(300), Slope1: c.inBps(2_000), Slope2: c.inBps(30_000)}
		out[i].Optimal.Add(&out[i].Optimal, bpsRay)
		if c.one(8) {
			out[i].Base.Clear()
		}
	}
	return out
}

func (c chance) config() core.Config {
	out := core.Config{
		Decimals: [...]uint8{18, 18, 18, 6, 6, 8, 2, 0, 27}[c.IntN(9)],
		Active:   !c.one(60), Frozen: c.one(50), Paused: c.one(60), Borrowing: !c.one(25), FlashLoans: true,
		BorrowableIsolated: !c.one(4), Siloed: c.one(12),
		ReserveFactor: uint16(c.IntN(5_001)), ProtocolFee: uint16(c.IntN(3_001)), EMode: uint8(c.IntN(2)),
	}
	if !c.one(9) {
		out.LTV = uint16(1 + c.IntN(9_000))
	}
	if !c.one(20) {
		out.LiquidationThreshold = out.LTV + uint16(c.IntN(900))
	}
	out.LiquidationBonus = 10_000 + uint16(c.IntN(1_600))
	if c.one(5) {
		out.ProtocolFee = 0
	}
	if c.one(10) {
		out.ReserveFactor = [...]uint16{0, 10_000, 10_001, 65_535}[c.IntN(4)]
	}
	if c.one(5) {
		out.SupplyCap = c.Uint64N(1 << c.IntN(36))
	}
	if c.one(5) {
		out.BorrowCap = c.Uint64N(1 << c.IntN(36))
	}
	if c.one(6) {
		out.DebtCeiling = c.Uint64N(1 << c.IntN(40))
	}
	if c.one(150) {
		out.Decimals = [...]uint8{1, 77, 78, 255}[c.IntN(4)]
	}
	return out
}

// state returns a pool and an account with a health around one.
func (c chance) state(revision core.Revision, curves []core.Curve) core.State {
	now := 1_700_000_000 + c.Uint64N(1<<26)
	m := core.Market{Revision: revision, Time: now}
	e := core.EMode{ID: 1, LTV: uint16(8_000 + c.IntN(1_500)), LiquidationBonus: uint16(10_000 + c.IntN(500))}
	e.LiquidationThreshold = e.LTV + uint16(c.IntN(500))
	if revision == core.V37 {
		e.Collateral = core.ReserveSet{c.Uint64N(16)}
		e.Borrowable = core.ReserveSet{c.Uint64N(16)}
		if e.Isolated = c.one(4); c.one(4) {
			e.ZeroLTV = core.ReserveSet{c.Uint64N(16)}
		}
	} else if c.one(3) {
		e.HasPrice, e.Price = true, c.about(1e8*(0.9+c.Float64()*0.2))
	}
	if c.one(30) {
		e.LiquidationThreshold = 0
	}
	m.EModes = []core.EMode{e}
	var a core.Account
	if c.one(3) {
		a.EMode = 1
	}
	tokens := func(value, price float64, decimals uint8) float64 {
		return value / price * math.Pow10(min(int(decimals), 30))
	}
	collateralValue, debtUses := 0.0, [aaveReserves]bool{}
	for i := range aaveReserves {
		r := core.Reserve{
			Asset: common.Address{byte(i + 1)}, Config: c.config(), LiquidityIndex: c.index(), DebtIndex: c.index(), LiquidityRate: c.rate(), DebtRate: c.rate(),
			LastUpdate: now - c.Uint64N(1<<c.IntN(26)), Curve: curves[c.IntN(len(curves))],
		}
		price := 1e8 * math.Pow(10, float64(c.IntN(6)-2)) * (0.5 + c.Float64())
		if r.Price = c.about(price); c.one(100) {
			r.Price = c.upTo(256)
		}
		value := math.Pow(10, 1+c.Float64()*6)
		b := core.Balance{Reserve: i}
		if !c.one(3) {
			b.Supplied = c.about(tokens(value, price, r.Config.Decimals))
			if used := !c.one(5); used {
				a.Config = a.Config.WithCollateral(i, true)
				collateralValue += value * float64(r.Config.LiquidationThreshold) / 1e4
			}
		} else if c.one(12) {
			a.Config = a.Config.WithCollateral(i, true)
		}
		debtUses[i] = c.one(3)
		a.Balances = append(a.Balances, b)
		m.Reserves = append(m.Reserves, r)
	}
	owing := 0
	for _, uses := range debtUses {
		if uses {
			owing++
		}
	}
	for i := range aaveReserves {
		r, b := &m.Reserves[i], &a.Balances[i]
		if debtUses[i] {
			target := collateralValue / float64(owing) / (0.88 + c.Float64()*0.35)
			b.Debt = c.about(tokens(target, r.Price.Float64(), r.Config.Decimals) / (r.DebtIndex.Float64() / 1e27))
			if !b.Debt.IsZero() {
				a.Config = a.Config.WithBorrowing(i, true)
			}
		}
		if c.one(400) {
			b.Supplied = c.upTo(120)
		}
		others := func(own uint256.Int) (total uint256.Int) {
			total = c.about(tokens(math.Pow(10, c.Float64()*9), 1e8, r.Config.Decimals))
			if c.one(6) {
				total.Clear()
			}
			return *total.Add(&total, &own)
		}
		r.ScaledSupply, r.ScaledDebt = others(b.Supplied), others(b.Debt)
		r.Cash = others(uint256.Int{})
		if !c.one(4) {
			r.Cash.Add(&r.Cash, &r.ScaledSupply)
		}
		if c.one(4) {
			r.AccruedToTreasury = c.upTo(90)
		}
		if c.one(4) {
			r.Deficit = c.upTo(90)
		}
		if revision == core.V30 && c.one(3) {
			r.IsolatedDebt = c.upTo(45)
		}
		if revision == core.V37 && c.one(20) {
			r.GraceUntil = now - 2 + c.Uint64N(4)
		}
		if revision == core.V37 {
			r.Config.EMode, r.Config.DebtCeiling, r.Config.Siloed, r.Config.BorrowableIsolated = 0, 0, false, false
		}
		for _, wide := range []*uint256.Int{&r.Cash, &b.Supplied, &b.Debt} {
			if wide.BitLen() > 120 {
				*wide = uint256.Int{1e18}
			}
		}
	}
	if c.one(40) {
		m.Reserves[c.IntN(aaveReserves)].LastUpdate = now
	}
	return core.State{Market: m, Account: a}
}

// amount returns an amount near something.
func (c chance) amount(near uint256.Int) uint256.Int {
	switch c.IntN(10) {
	case 0:
		return core.Max()
	case 1:
		return uint256.Int{}
	case 2:
		return u(1 + c.Uint64N(3))
	case 3:
		return c.upTo(110)
	case 4, 5:
		var x uint256.Int
		x.AddUint64(&near, c.Uint64N(3))
		if !x.IsZero() {
			x.SubUint64(&x, 1)
		}
		return x
	}
	return c.about(near.Float64() * c.Float64() * 1.1)
}
