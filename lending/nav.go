package lending

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// NAV is the two prices of a share that is entered at one and left, through a queue, at the other, in assets per share
// with 18 decimals. For sAID they are convertToAssets(1e18) and convertToAssetsWithLoss(1e18).
type NAV struct {
	Deposit   uint256.Int // what a share costs to enter; what an oracle that reads convertToAssets reports
	Unstaking uint256.Int // what a share pays at the end of the queue
}

// Exit is the way out of such a share: when it pays, and what the wait costs.
type Exit struct {
	Wait time.Duration // from the request to the payment
	Rate float64       // annual return that capital must earn meanwhile, compounded, as a fraction: risk-free rate plus premium
}

// Discount returns today's value of one paid at the end of the wait, (1 + Rate)^(-Wait/365 days) with 18 decimals,
// rounded down. The power is a float, of which the last digits may differ between machines; [FloorAmount] is the
// border. It fails with [ErrFloat] if Wait or Rate is negative or Rate not finite.
func (e Exit) Discount() (Ratio, error) {
	if e.Wait < 0 || !(e.Rate >= 0) || math.IsInf(e.Rate, 1) {
		return 0, fmt.Errorf("%w: wait %s, rate %v", ErrFloat, e.Wait, e.Rate)
	}
	amount, err := FloorAmount(math.Pow(1+e.Rate, -e.Wait.Hours()/(365*24)) * wad)
	return Ratio(amount.Uint64()), err
}

// ShareValue is an amount of shares in assets, three ways.
type ShareValue struct {
	Deposit    uint256.Int // at the Deposit NAV: what an oracle that reads convertToAssets lends against
	Unstaking  uint256.Int // at the Unstaking NAV: what the queue pays, later
	Discounted uint256.Int // the same today: what it is worth to one who must wait for it, as a liquidator must
}

// ValueShares returns what shares are worth at the Deposit NAV, at the Unstaking NAV, and at the Unstaking NAV
// discounted over the exit's wait: floor(shares * nav / 1e18), the last floor(Unstaking * Discount / 1e18). It fails
// with [ErrOverflow] and as [Exit.Discount] does.
func ValueShares(shares uint256.Int, nav NAV, exit Exit) (v ShareValue, err error) {
	discount, err := exit.Discount()
	if err != nil {
		return v, err
	}
	one := uint256.Int{wad}
	if err := fixed.MulDivDown(&v.Deposit, &shares, &nav.Deposit, &one); err != nil {
		return ShareValue{}, err
	}
	if err := fixed.MulDivDown(&v.Unstaking, &shares, &nav.Unstaking, &one); err != nil {
		return ShareValue{}, err
	}
	if err := fixed.MulDivDown(&v.Discounted, &v.Unstaking, &uint256.Int{uint64(discount)}, &one); err != nil {
		return ShareValue{}, err
	}
	return v, nil
}

// Haircut returns how much less a share pays at its exit than its Deposit NAV, wait aside: 1 - Unstaking/Deposit,
// rounded up at the 18th decimal; zero if the Unstaking NAV is not lower. It fails with [ErrPrice] if the Deposit NAV
// is zero.
func (n NAV) Haircut() (Ratio, error) { return n.gap(One) }

// OraclePriceGap returns by which part an oracle that reports the Deposit NAV over-values collateral against what a
// liquidator gets for it, Unstaking NAV after the exit's wait: 1 - Unstaking * Discount / Deposit, rounded up at the
// 18th decimal; zero if it does not over-value. It fails with [ErrPrice] if the Deposit NAV is zero and as
// [Exit.Discount] does.
func OraclePriceGap(nav NAV, exit Exit) (Ratio, error) {
	discount, err := exit.Discount()
	if err != nil {
		return 0, err
	}
	return nav.gap(discount)
}

func (n NAV) gap(discount Ratio) (Ratio, error) {
	if n.Deposit.IsZero() {
		return 0, ErrPrice
	}
	var worth uint256.Int
	if err := fixed.MulDivDown(&worth, &n.Unstaking, &uint256.Int{uint64(discount)}, &n.Deposit); err != nil || worth.GtUint64(wad) {
		// A quotient beyond 256 bits is far above one as well.
		return 0, nil
	}
	return One - Ratio(worth.Uint64()), nil
}

// Reason says why a liquidation pays or does not.
type Reason uint8

const (
	// Pays: the liquidator gets more than the debt repaid.
	Pays Reason = iota
	// NoBonus: the protocol grants no incentive.
	NoBonus
	// HaircutTooLarge: the haircut between the two NAVs alone takes the bonus away.
	HaircutTooLarge
	// WaitTooCostly: haircut and the cost of capital over the queue together take the bonus away.
	WaitTooCostly
	// CostsTooHigh: it would pay, but not after the other costs.
	CostsTooHigh
)

// String returns the reason in words.
func (r Reason) String() string {
	switch r {
	case Pays:
		return "pays"
	case NoBonus:
		return "no liquidation bonus"
	case HaircutTooLarge:
		return "haircut at the exit exceeds the bonus"
	case WaitTooCostly:
		return "waiting for the exit costs more than the bonus"
	}
	return "costs exceed the bonus"
}

// Viability says whether a rational liquidator acts on shares that must leave through a queue.
type Viability struct {
	Viable     bool
	Reason     Reason
	BreakEven  Ratio // the gap at which a liquidation pays nothing: 1 - 1/(1 + bonus), rounded down
	Gap        Ratio // what the oracle over-values by, see [OraclePriceGap]
	OwnCapital bool  // the exit takes time, so a flash loan, due in the same transaction, cannot finance it
}

// LiquidationViable reports whether repaying one unit of debt for collateral priced at the Deposit NAV returns more
// than one: (1 + bonus) * (1 - gap) * (1 - costs) > 1, each product rounded down. costs are the liquidator's other
// costs as a part of what the exit pays. Where it does not, debts in the market are not liquidated in time, however far
// the price is. It fails with [ErrRatio] if bonus or costs are above one, and as [OraclePriceGap] does.
func LiquidationViable(bonus, costs Ratio, nav NAV, exit Exit) (Viability, error) {
	if bonus > One || costs > One {
		return Viability{}, ErrRatio
	}
	gap, err := OraclePriceGap(nav, exit)
	if err != nil {
		return Viability{}, err
	}
	haircut, err := nav.Haircut()
	if err != nil {
		return Viability{}, err
	}
	var repaid uint256.Int
	factor := One + bonus
	if err := fixed.MulDivUp(&repaid, &uint256.Int{wad}, &uint256.Int{wad}, &uint256.Int{uint64(factor)}); err != nil {
		return Viability{}, err
	}
	v := Viability{BreakEven: One - Ratio(repaid.Uint64()), Gap: gap, OwnCapital: exit.Wait > 0}
	switch {
	case bonus == 0:
		v.Reason = NoBonus
	case keep(factor, haircut) <= One:
		v.Reason = HaircutTooLarge
	case keep(factor, gap) <= One:
		v.Reason = WaitTooCostly
	case keep(keep(factor, gap), costs) <= One:
		v.Reason = CostsTooHigh
	default:
		v.Viable = true
	}
	return v, nil
}

// keep returns floor(x * (1 - lost)); x is at most 2, so the product fits.
func keep(x, lost Ratio) Ratio {
	a, b := x.wad(), (One - lost).wad()
	a.Mul(&a, &b)
	a.Div(&a, &uint256.Int{wad})
	return Ratio(a.Uint64())
}
