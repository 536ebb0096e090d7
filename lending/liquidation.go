package lending

import (
	"cmp"
	"errors"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Quote returns what a sale of collateral (base units) pays now, in base units of the loan asset. It wraps
// [ErrNoLiquidity] for an amount that the market cannot take. [Costs.Best] expects that no unit pays more than the ones
// before it, as in any market with price impact.
type Quote func(collateral uint256.Int) (proceeds uint256.Int, err error)

// AtPrice returns the quote of a market without price impact, floor(collateral * price).
func AtPrice(price Price) Quote { return price.Value }

// LinearImpact returns the quote of a market whose average price falls in proportion to the value sold: value -
// ceil(value^2 / depth), value = floor(collateral * price). So the impact coefficient is k = 1/depth, and depth is the
// value, in base units of the loan asset, whose sale would bring nothing. A sale of more than half of depth, from where
// on more collateral brings less, wraps [ErrNoLiquidity].
func LinearImpact(price Price, depth uint256.Int) Quote {
	var half uint256.Int
	half.Rsh(&depth, 1)
	return func(collateral uint256.Int) (uint256.Int, error) {
		value, err := price.Value(collateral)
		if err != nil || value.IsZero() {
			return value, err
		}
		if value.Gt(&half) {
			return uint256.Int{}, ErrNoLiquidity
		}
		var lost uint256.Int
		if err := fixed.MulDivUp(&lost, &value, &value, &depth); err != nil {
			return uint256.Int{}, err
		}
		value.Sub(&value, &lost)
		return value, nil
	}
}

// ThroughGap returns a quote that pays a part less than another, floor(proceeds * (1 - gap)): with [OraclePriceGap],
// what sAID that leaves through its queue is worth today. It returns [ErrRatio] from the quote if gap is above one.
func ThroughGap(quote Quote, gap Ratio) Quote {
	return func(collateral uint256.Int) (uint256.Int, error) {
		if gap > One {
			return uint256.Int{}, ErrRatio
		}
		proceeds, err := quote(collateral)
		if err != nil {
			return uint256.Int{}, err
		}
		err = fixed.MulDivDown(&proceeds, &proceeds, &uint256.Int{uint64(One - gap)}, &uint256.Int{wad})
		return proceeds, err
	}
}

// Costs is what a liquidator pays and how the seized collateral is sold.
type Costs struct {
	Sell        Quote
	Gas         uint256.Int // network and priority fee, in base units of the loan asset
	FlashFee    Ratio       // of the debt repaid
	ProtocolFee Ratio       // of the bonus part of what is seized, kept by the protocol; at most 1
}

// Profit is the account of one liquidation. Amounts are base units of the loan asset but for ProtocolFee.
type Profit struct {
	Proceeds    uint256.Int // of the sale of what is seized, less ProtocolFee
	Repaid      uint256.Int
	FlashFee    uint256.Int
	Gas         uint256.Int
	ProtocolFee uint256.Int // base units of the collateral asset
}

// Spent returns Repaid + FlashFee + Gas. [Costs.Profit] has checked that the sum fits.
func (p Profit) Spent() (spent uint256.Int) {
	spent.Add(&p.Repaid, &p.FlashFee)
	spent.Add(&spent, &p.Gas)
	return spent
}

// Sign returns 1 for a profit, -1 for a loss, 0 for neither.
func (p Profit) Sign() int {
	spent := p.Spent()
	return p.Proceeds.Cmp(&spent)
}

// Net returns the magnitude of the profit or, where Sign is -1, of the loss.
func (p Profit) Net() (net uint256.Int) {
	spent := p.Spent()
	if p.Proceeds.Lt(&spent) {
		net.Sub(&spent, &p.Proceeds)
	} else {
		net.Sub(&p.Proceeds, &spent)
	}
	return net
}

// Cmp returns -1, 0 or 1 as p nets less than, as much as, or more than q.
func (p Profit) Cmp(q Profit) int {
	if c := cmp.Compare(p.Sign(), q.Sign()); c != 0 {
		return c
	}
	a, b := p.Net(), q.Net()
	return p.Sign() * a.Cmp(&b)
}

// Profit returns the account of a liquidation in the market: proceeds of the sale - repaid - flash fee - gas. The flash
// fee is rounded up. The protocol fee is ceil(ProtocolFee * (seized - floor(seized / (1 + Bonus)))) and is taken off
// before the sale. It fails with [ErrRatio], [ErrNoQuote] and [ErrOverflow], and as Sell does.
func (c Costs) Profit(m Market, l Liquidation) (p Profit, err error) {
	if err := m.check(); err != nil {
		return p, err
	}
	if c.ProtocolFee > One {
		return p, ErrRatio
	}
	if c.Sell == nil {
		return p, ErrNoQuote
	}
	one := uint256.Int{wad}
	var fair, bonus uint256.Int
	if err := fixed.MulDivDown(&fair, &l.Seized, &one, &uint256.Int{uint64(One + m.Bonus)}); err != nil {
		return Profit{}, err
	}
	bonus.Sub(&l.Seized, &fair)
	if err := fixed.MulDivUp(&p.ProtocolFee, &bonus, &uint256.Int{uint64(c.ProtocolFee)}, &one); err != nil {
		return Profit{}, err
	}
	if err := fixed.MulDivUp(&p.FlashFee, &l.Repaid, &uint256.Int{uint64(c.FlashFee)}, &one); err != nil {
		return Profit{}, err
	}
	p.Repaid, p.Gas = l.Repaid, c.Gas
	// Spent adds these without a check.
	var spent, sold uint256.Int
	if err := fixed.Add(&spent, &p.Repaid, &p.FlashFee); err != nil {
		return Profit{}, err
	}
	if err := fixed.Add(&spent, &spent, &p.Gas); err != nil {
		return Profit{}, err
	}
	sold.Sub(&l.Seized, &p.ProtocolFee)
	if p.Proceeds, err = c.Sell(sold); err != nil {
		return Profit{}, err
	}
	return p, nil
}

// Rules is what a protocol allows a liquidator to repay at once.
type Rules struct {
	CloseFactor    Ratio       // part of the debt, rounded down; at most 1
	DustDebt       uint256.Int // if both sides are left, this much debt must be at least; base units of the loan asset
	DustCollateral uint256.Int // and this much collateral; base units of the collateral asset
}

// Best is the most profitable liquidation that the rules allow.
type Best struct {
	Liquidation
	Profit Profit // may be a loss: look at its Sign
}

// Best returns the liquidation of the position with the highest profit under the rules, among all amounts to repay.
// With linear impact that is x* = (bonus - fee) * depth / (2 (1 + bonus)^2), clipped. It compares the largest closes
// and a ternary search over the rest, exact but for the rounding of the single liquidation, a few base units. It fails
// with [ErrHealthy], with [ErrDust] if the rules allow nothing, with [ErrNoLiquidity] if no allowed amount can be sold,
// and as [Costs.Profit] and [Market.Liquidate] do. Source of the dust rule: Aave v3.3, LiquidationLogic.
func (c Costs) Best(m Market, p Position, rules Rules) (Best, error) {
	liquidatable, err := m.Liquidatable(p)
	switch {
	case err != nil:
		return Best{}, err
	case !liquidatable:
		return Best{}, ErrHealthy
	case rules.CloseFactor > One || c.ProtocolFee > One:
		return Best{}, ErrRatio
	}
	var closable uint256.Int
	if err := fixed.MulDivDown(&closable, &p.Debt, &uint256.Int{uint64(rules.CloseFactor)}, &uint256.Int{wad}); err != nil {
		return Best{}, err
	}
	s := search{costs: &c, market: &m, position: &p, cause: ErrDust}
	// All that may be closed at once: it ends the debt or the collateral, or it leaves enough of both.
	most, err := m.Liquidate(p, closable)
	if err != nil {
		return Best{}, err
	}
	if rules.allow(&p, &most) && !most.Repaid.IsZero() {
		if err := s.try(most.Repaid); err != nil {
			return Best{}, err
		}
	}
	high, err := rules.partial(&m, &p, most.Repaid)
	if err != nil {
		return Best{}, err
	}
	if err := s.over(high); err != nil {
		return Best{}, err
	}
	if !s.found {
		return Best{}, s.cause
	}
	return s.best, nil
}

// allow reports whether the dust rule allows the liquidation.
func (r *Rules) allow(p *Position, l *Liquidation) bool {
	var debt, collateral uint256.Int
	debt.Sub(&p.Debt, &l.Repaid)
	collateral.Sub(&p.Collateral, &l.Seized)
	return debt.IsZero() || collateral.IsZero() || !debt.Lt(&r.DustDebt) && !collateral.Lt(&r.DustCollateral)
}

// partial returns the largest repayment of at most limit that leaves both sides with enough, zero if there is none.
// All smaller ones do as well.
func (r *Rules) partial(m *Market, p *Position, limit uint256.Int) (high uint256.Int, err error) {
	if p.Debt.Lt(&r.DustDebt) || p.Collateral.Lt(&r.DustCollateral) {
		return high, nil
	}
	low := uint256.Int{}
	high.Sub(&p.Debt, &r.DustDebt)
	if high.Gt(&limit) {
		high = limit
	}
	for low.Lt(&high) {
		var middle uint256.Int
		middle.Sub(&high, &low)
		middle.AddUint64(&middle, 1)
		middle.Rsh(&middle, 1)
		middle.Add(&middle, &low)
		l, err := m.Liquidate(*p, middle)
		if err != nil {
			return high, err
		}
		if r.allow(p, &l) {
			low = middle
		} else {
			high.SubUint64(&middle, 1)
		}
	}
	return high, nil
}

// search keeps the best liquidation tried.
type search struct {
	costs    *Costs
	market   *Market
	position *Position
	best     Best
	found    bool
	cause    error // of finding nothing
}

// at returns the liquidation that repays x; ok is false if it cannot be sold.
func (s *search) at(x uint256.Int) (b Best, ok bool, err error) {
	if b.Liquidation, err = s.market.Liquidate(*s.position, x); err != nil {
		return b, false, err
	}
	b.Profit, err = s.costs.Profit(*s.market, b.Liquidation)
	if errors.Is(err, ErrNoLiquidity) {
		s.cause = err
		return b, false, nil
	}
	return b, err == nil, err
}

func (s *search) try(x uint256.Int) error {
	b, ok, err := s.at(x)
	if ok && (!s.found || b.Profit.Cmp(s.best.Profit) > 0) {
		s.best, s.found = b, true
	}
	return err
}

// over searches the repayments from 1 to high, over which profit rises, then falls, then cannot be had.
func (s *search) over(high uint256.Int) error {
	if high.IsZero() {
		return nil
	}
	low := uint256.Int{1}
	for {
		var width, third, a, b uint256.Int
		width.Sub(&high, &low)
		if width.LtUint64(16) {
			break
		}
		third.Div(&width, &uint256.Int{3})
		a.Add(&low, &third)
		b.Sub(&high, &third)
		left, leftOK, err := s.at(a)
		if err != nil {
			return err
		}
		right, rightOK, err := s.at(b)
		if err != nil {
			return err
		}
		if leftOK && rightOK && left.Profit.Cmp(right.Profit) <= 0 {
			low = a
		} else {
			high = b
		}
	}
	for x := low; !x.Gt(&high); x.AddUint64(&x, 1) {
		if err := s.try(x); err != nil {
			return err
		}
	}
	return nil
}

// Incidence is who bears a fall of the collateral's value, in base units of the loan asset. Borrower + Reserve +
// Suppliers is the fall plus Bonus, to the rounding of the liquidation.
type Incidence struct {
	Liquidatable bool
	Fall         uint256.Int // loss of value of the position's collateral
	Bonus        uint256.Int // what the liquidator gets above the debt repaid
	Borrower     uint256.Int // loss of the borrower's equity, the bonus included
	Reserve      uint256.Int // bad debt covered by first-loss capital
	Suppliers    uint256.Int // bad debt that all suppliers share
	SupplyFactor Ratio       // what is left of each supplier's unit, rounded down; one without a loss
}

// LossIncidence returns who bears the fall of the market's price to a lower one: the borrower up to the equity, then
// reserve, the first-loss capital there is, then the suppliers in proportion, of whose supply in all is given. If the
// position can be liquidated at the lower price, it is liquidated whole; otherwise the loss is unrealised and the
// borrower's. Values of collateral are rounded down. It fails with [ErrPriceMove] if the price rises or has other
// decimals, with [ErrInsolvent] if the position owes more than its collateral to begin with, with [ErrRatio],
// [ErrDecimals] and [ErrOverflow]. A Morpho market has no reserve.
func LossIncidence(m Market, p Position, lower Price, reserve, supply uint256.Int) (Incidence, error) {
	if lower.Decimals != m.Price.Decimals || lower.Mantissa.Gt(&m.Price.Mantissa) {
		return Incidence{}, ErrPriceMove
	}
	before, err := m.Price.Value(p.Collateral)
	if err != nil {
		return Incidence{}, err
	}
	if before.Lt(&p.Debt) {
		return Incidence{}, ErrInsolvent
	}
	m.Price = lower
	after, err := m.Price.Value(p.Collateral)
	if err != nil {
		return Incidence{}, err
	}
	in := Incidence{SupplyFactor: One}
	in.Fall.Sub(&before, &after)
	if in.Liquidatable, err = m.Liquidatable(p); err != nil {
		return Incidence{}, err
	}
	if !in.Liquidatable {
		in.Borrower = in.Fall
		return in, nil
	}
	l, err := m.Liquidate(p, p.Debt)
	if err != nil {
		return Incidence{}, err
	}
	seized, err := m.Price.Value(l.Seized)
	if err != nil {
		return Incidence{}, err
	}
	var equity, left uint256.Int
	equity.Sub(&before, &p.Debt)
	left.Sub(&after, &seized)
	// What is seized is rounded down, so that without a bonus it may be worth a unit less than the debt it repays.
	in.Bonus = surplus(&seized, &l.Repaid)
	in.Borrower = surplus(&equity, &left)
	in.Suppliers = surplus(&l.BadDebt, &reserve)
	in.Reserve.Sub(&l.BadDebt, &in.Suppliers)
	if !supply.IsZero() {
		kept := surplus(&supply, &in.Suppliers)
		if err := fixed.MulDivDown(&kept, &kept, &uint256.Int{wad}, &supply); err != nil {
			return Incidence{}, err
		}
		in.SupplyFactor = Ratio(kept.Uint64())
	}
	return in, nil
}

// surplus returns x - y, or zero if y is larger.
func surplus(x, y *uint256.Int) (z uint256.Int) {
	if x.Gt(y) {
		z.Sub(x, y)
	}
	return z
}
