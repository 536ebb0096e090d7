package strategy

import (
	"fmt"
	"math"
	"time"

	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/yield"
)

// DefaultHealth is the health that a loop keeps at its start if the ask names none.
const DefaultHealth = 1.1

// maxRounds bounds the unwinding through the queue.
const maxRounds = 60

// Loop stakes, borrows against the sAID and stakes that too, in one transaction with a flash loan. Debt is
// (Leverage - 1) * amount, and what it costs to raise it is taken from what is staked. Interest compounds on both sides. It
// is left by a flash loan and a sale at the end of the horizon, or through the queue: as much collateral as half of the
// health above 1 allows is unstaked, pays back debt, and so on, round by round, until the last payment.
type Loop struct {
	// Leverage is assets over own money; 0 takes the most that the ask's leverage and health and the loan allow.
	Leverage float64
	Unwind   Way
}

// String names the strategy.
func (l Loop) String() string {
	if l.Leverage == 0 {
		return "loop, unwind " + l.Unwind.String()
	}
	return fmt.Sprintf("loop %.2fx, unwind %s", l.Leverage, l.Unwind)
}

// loop is the state of a position on its way.
type loop struct {
	run      Run
	loan     *Loan
	rate     float64 // log of 1 + borrow APY
	supply   float64 // log of 1 + supply APY
	at       time.Time
	shares   float64 // collateral
	debt     float64
	accrual  float64
	interest float64
	debts    *Debt
	parts    []Part
	worth    []Worth
	value    func(*loop) float64 // of the position by its way out
	queued   float64             // shares in the queue that are priced when they are paid
	cash     float64             // AID paid, or certain to be
}

// most returns the leverage that health and loan allow: h/(h - LLTV), and 1/(1 - MaxLTV), each a little less for the cost
// of raising the debt.
func (r Run) most(loan *Loan) (float64, error) {
	byHealth, err := lending.LeverageForHealth(loan.LLTV, r.MinHealth)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLeverage, err)
	}
	highest := loan.MaxLTV
	if highest == 0 {
		highest = loan.LLTV
	}
	limit := min(byHealth, 1/(1-highest))
	// Of each unit of debt only 1 - cost is staked: debt/(1 + debt*(1 - cost)) is the LTV, in units of own money.
	cost := loan.Swap + loan.FlashFee
	ltv := 1 - 1/limit
	return min(r.MaxLeverage, 1+ltv/(1-ltv*(1-cost)), 1+loan.Liquidity/r.Amount), nil
}

// Project returns [ErrNoVenue] without a loan and [ErrLeverage] for more leverage than allowed.
func (l Loop) Project(r Run) (Path, error) {
	loan := r.Market.Lending
	if loan == nil {
		return Path{}, fmt.Errorf("%w: a loan against sAID", ErrNoVenue)
	}
	if err := loan.check(); err != nil {
		return Path{}, err
	}
	most, err := r.most(loan)
	if err != nil {
		return Path{}, err
	}
	leverage := l.Leverage
	if leverage == 0 {
		leverage = most
	}
	if !(leverage > 1) || leverage > most*(1+1e-12) {
		return Path{}, fmt.Errorf("%w: %.4gx; the most for %.0f AID is %.4gx", ErrLeverage, leverage, r.Amount, most)
	}
	p, err := l.open(r, loan, leverage)
	if err != nil {
		return Path{}, err
	}
	start := *p.debts
	first := Path{
		Asset: SAID, Venue: loan.Venue, Leverage: leverage, Debt: p.debts, Headline: leverage*math.Expm1(math.Log1p(r.Scenario.Rate)+p.supply) - (leverage-1)*start.APY,
		Capacity: loan.Liquidity / (leverage - 1), Liquid: p.flash(),
	}
	shares, deposit := p.shares, r.NAV(r.Start).Deposit
	transactions := 2
	if l.Unwind == BySale {
		first.Final, first.Left, err = p.sellAt(r.End)
		first.Done = r.End
	} else {
		var begun time.Time
		if begun, err = r.latest(l.String(), r.Start, func(plan Run, begun time.Time) (time.Time, error) {
			trial, err := l.open(plan, loan, leverage)
			if err != nil {
				return time.Time{}, err
			}
			trial.advance(begun)
			_, done, err := trial.queue()
			return done, err
		}); err == nil {
			p.advance(begun)
			first.Left = begun
			first.Final, first.Done, err = p.queue()
			transactions += p.debts.Rounds + 1
		}
	}
	if err != nil {
		return Path{}, err
	}
	own := r.Amount / (shares * deposit)
	first.Parts = append([]Part{
		{partAccrual, p.accrual * own, fmt.Sprintf("on own money, at %.2f %% a year", 100*r.Scenario.Rate)},
		{partLeverage, p.accrual*(1-own) - p.interest, fmt.Sprintf("%.2fx: %.0f AID earned on borrowed money, %.0f AID of interest at %.2f %%", leverage, p.accrual*(1-own), p.interest, 100*start.APY)},
	}, p.parts...)
	first.Worth = p.worth
	for _, t := range []time.Time{first.Done, latestOf(first.Done, r.End)} {
		if last := len(first.Worth) - 1; first.Worth[last].Time.Before(t) {
			first.Worth = append(first.Worth, Worth{t, first.Final})
		} else {
			first.Worth[last].Value = first.Final
		}
	}
	return r.finish(first, transactions), nil
}

// open returns the position at the start.
func (l Loop) open(r Run, loan *Loan, leverage float64) (*loop, error) {
	debt := (leverage - 1) * r.Amount
	apy := loan.BorrowAPY
	if loan.APYWithDebt != nil {
		apy = loan.APYWithDebt(debt)
	}
	apy += r.Scenario.BorrowRate
	if !(apy > -1) || math.IsInf(apy, 1) {
		return nil, fmt.Errorf("%w: a borrow APY of %v", ErrInput, apy)
	}
	cost := debt * (loan.Swap + loan.FlashFee)
	p := &loop{run: r, loan: loan, rate: math.Log1p(apy), supply: math.Log1p(loan.SupplyAPY), at: r.Start, debt: debt, shares: (r.Amount + debt - cost) / r.NAV(r.Start).Deposit}
	p.parts = []Part{{partSwaps, -cost, fmt.Sprintf("to raise %.0f AID", debt)}}
	health := p.health(r.NAV(r.Start))
	p.debts = &Debt{Amount: debt, APY: apy, Health: health, Lowest: health, Distance: 1 - 1/health, Years: math.Inf(1)}
	wad, err := lending.FloorAmount(health * 1e18)
	if err != nil {
		return nil, err
	}
	carry, err := lending.TimeToLiquidation(lending.Factor{Wad: wad}, math.Expm1(math.Log1p(r.Scenario.Rate)+p.supply), apy)
	if err != nil {
		return nil, err
	}
	if !carry.Never {
		p.debts.Years = carry.Years
	}
	if l.Unwind == BySale {
		if r.Market.DEX == nil {
			return nil, fmt.Errorf("%w: a DEX to unwind by sale", ErrNoVenue)
		}
		if _, err := r.Sell(p.shares, r.Start); err != nil {
			return nil, err
		}
		p.value = (*loop).flash
	} else {
		p.value = func(p *loop) float64 {
			return max(0, (p.shares+p.queued)*r.NAV(p.at).Unstaking*(1-r.Scenario.ExitFee)-p.debt*(1+loan.Swap)+p.cash)
		}
	}
	p.worth = []Worth{{r.Start, p.value(p)}}
	return p, nil
}

// health returns the health factor, +Inf without debt.
func (p *loop) health(nav yield.Point) float64 {
	if p.debt <= 0 {
		return math.Inf(1)
	}
	price := nav.Deposit
	if p.loan.Oracle == yield.Unstaking {
		price = nav.Unstaking
	}
	return p.shares * price * p.loan.LLTV / p.debt
}

// flash returns what a flash loan and a sale leave now: nothing if they do not cover the debt, which is then left with its
// collateral.
func (p *loop) flash() float64 {
	aid, err := p.run.Sell(p.shares, p.at)
	if err != nil {
		return 0
	}
	return max(0, aid-p.debt*(1+p.loan.FlashFee+p.loan.Swap))
}

// advance carries the position through interest and the steps of the NAV.
func (p *loop) advance(to time.Time) {
	for _, t := range append(p.run.steps(p.at, to), to) {
		if !t.After(p.at) {
			continue
		}
		before, elapsed := p.run.NAV(p.at), years(p.at, t)
		grown := p.debt * math.Exp(p.rate*elapsed)
		p.interest += grown - p.debt
		p.debt = grown
		more := p.shares * math.Expm1(p.supply*elapsed)
		p.accrual += more * before.Deposit
		p.shares += more
		p.at = t
		p.check(before) // the debt has grown up to the step, the NAV has not
		after := p.run.NAV(t)
		p.accrual += p.shares * (after.Deposit - before.Deposit)
		p.check(after)
		p.worth = append(p.worth, Worth{t, p.value(p)})
	}
}

// check liquidates the position if it is unhealthy: all of its debt against collateral at the oracle's price and a bonus.
func (p *loop) check(nav yield.Point) {
	health := p.health(nav)
	p.debts.Lowest = min(p.debts.Lowest, health)
	if health >= 1 {
		return
	}
	price := nav.Deposit
	if p.loan.Oracle == yield.Unstaking {
		price = nav.Unstaking
	}
	seized := min(p.shares, p.debt*(1+p.loan.Bonus)/price)
	p.parts = append(p.parts, Part{partLiquidation, p.debt - seized*nav.Deposit, fmt.Sprintf("on %s: %.0f AID of debt repaid with %.2f sAID", p.at.Format(time.DateOnly), p.debt, seized)})
	p.shares -= seized
	p.debt = 0
	p.debts.Liquidated = p.at
}

// sellAt unwinds with a flash loan.
func (p *loop) sellAt(t time.Time) (final float64, begun time.Time, err error) {
	p.advance(t)
	if p.shares == 0 {
		return 0, t, nil
	}
	out, err := p.run.sellAll(p.shares, t)
	if err != nil {
		return 0, t, err
	}
	cost := p.debt * (p.loan.FlashFee + p.loan.Swap)
	p.parts = append(p.parts, out.parts...)
	final = out.aid - p.debt - cost
	if final < 0 { // the debt is left with its collateral
		p.parts = append(p.parts, Part{partSwaps, -cost, "to repay"}, Part{partLiquidation, -final, "debt beyond what the sale pays, left with the collateral"})
		return 0, t, nil
	}
	p.parts = append(p.parts, Part{partSwaps, -cost, fmt.Sprintf("to repay %.0f AID", p.debt)})
	return final, t, nil
}

// queue unwinds round by round and returns what is left at the last payment.
func (p *loop) queue() (final float64, done time.Time, err error) {
	done = p.at
	for p.shares > 0 {
		x := p.shares
		if p.debt > 0 {
			health := p.health(p.run.NAV(p.at))
			keep := min(p.run.MinHealth, (1+health)/2) / health // of the collateral, for the health to be at least that
			x = p.shares * (1 - keep)
			if p.debts.Rounds++; p.debts.Rounds > maxRounds || !(keep < 1) {
				return 0, done, fmt.Errorf("%w: %.0f AID of debt after %d rounds", ErrUnwind, p.debt, p.debts.Rounds)
			}
		}
		q, err := p.run.Queue(x, p.at)
		if err != nil {
			return 0, done, err
		}
		p.shares -= x
		if p.run.Market.Pricing == yield.AtRequest {
			p.cash += q.AID
		} else {
			p.queued += x
		}
		for _, part := range q.Parts {
			if part.Name == partAccrual {
				p.accrual += part.AID
				continue
			}
			p.parts = append(p.parts, part)
		}
		rest := p.debt == 0
		p.advance(q.Paid)
		p.at, done = latestOf(p.at, q.Paid), latestOf(done, q.Paid)
		if p.queued > 0 {
			p.queued = 0
			p.cash += q.AID
		}
		if !rest {
			repaid := min(p.debt, q.AID/(1+p.loan.Swap))
			p.parts = append(p.parts, Part{partSwaps, -repaid * p.loan.Swap, "to repay"})
			p.debt -= repaid
			p.cash -= repaid * (1 + p.loan.Swap)
			if p.debt < 1e-9*p.run.Amount { // what rounding left
				p.cash -= p.debt
				p.debt = 0
			}
		}
	}
	return p.cash, done, nil
}
