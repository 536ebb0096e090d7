package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/said"
)

// rungs are the price factors of the table, in percent.
var rungs = [...]uint64{110, 105, 100, 95, 90, 85, 80, 75, 70, 60, 50}

func ladder(percents []uint64) []lending.Ratio {
	factors := make([]lending.Ratio, len(percents))
	for i, percent := range percents {
		factors[i] = lending.One / 100 * lending.Ratio(percent)
	}
	return factors
}

// digits writes an amount with two decimals, rounded down.
func digits(x uint256.Int, decimals uint8) string {
	if decimals > 2 {
		x.Div(&x, new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(uint64(decimals-2))))
		decimals = 2
	}
	whole, rest, _ := strings.Cut(gaib.FormatUnits(x, decimals), ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String() + "." + (rest + "00")[:2]
}

func (p *picture) loan(x uint256.Int) string {
	return digits(x, p.pair.Loan().Unit().Decimals) + " " + p.pair.Loan().Unit().Symbol
}

func (p *picture) collateral(x uint256.Int) string {
	return digits(x, p.pair.Collateral().Unit().Decimals) + " " + p.pair.Collateral().Unit().Symbol
}

func percent(r lending.Ratio) string { return chart.Percent(r.Float64()) }

// change writes a change of the price.
func change(x float64) string {
	if rounded := math.Round(100 * x); rounded != 0 {
		return fmt.Sprintf("%+.0f %%", rounded)
	}
	return "0 %"
}

// factor writes a health factor, rounded down so that nothing below one reads as one.
func factor(f lending.Factor) string {
	if f.Infinite {
		return "no debt"
	}
	return fmt.Sprintf("%.4f", math.Floor(f.Float64()*1e4)/1e4)
}

// days writes a time that is years long or days.
func days(t lending.CarryTime) string {
	switch {
	case t.Never:
		return "never"
	case t.Years >= 2:
		return fmt.Sprintf("%.1f years", t.Years)
	}
	return fmt.Sprintf("%.0f days", t.Years*365)
}

func (p *picture) show(out io.Writer) error {
	say := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	say("%s at block %d, %s", p.subject.account.Hex(), p.block.Number, p.block.Time.Format(time.DateTime))
	say("\nholds      %s", p.loan(p.loanHeld))
	if s := p.stake; s != nil {
		say("           %s AID", digits(s.aid, 18))
		say("           %s sAID, worth %s AID to enter, %s through the queue", digits(s.position.Shares, 18), digits(s.position.Entry, 18), digits(s.position.Exit, 18))
		if request := s.position.Request; !request.Pending.IsZero() {
			say("           %s AID waiting in the queue since %s", digits(request.Pending, 18), request.Time.Format(time.DateOnly))
		}
	}
	if !p.position.SupplyShares.IsZero() {
		lent, err := p.market.SupplyAssets(p.position)
		if err != nil {
			return err
		}
		say("           %s lent in this market at %s a year", p.loan(lent), chart.Percent(p.apy.Supply))
	}
	say("\npledged    %s, which the market takes for %s", p.collateral(p.pledge.Collateral), p.loan(p.value.Collateral))
	if s := p.stake; s != nil {
		say("           worth %s AID at the Deposit NAV of %s", digits(s.value.Deposit, 18), said.Format(s.nav.Deposit))
		say("                 %s AID at the Unstaking NAV of %s: a haircut of %s", digits(s.value.Unstaking, 18), said.Format(s.nav.Unstaking), s.nav.Haircut())
		say("                 %s AID to one who waits %.0f days for it: %s below the market's price", digits(s.value.Discounted, 18), s.wait.Hours()/24, percent(s.gap))
	}
	say("owes       %s at %s a year", p.loan(p.pledge.Debt), chart.Percent(p.apy.Borrow))
	ltv, err := p.value.LTV()
	if err != nil {
		return err
	}
	of := "without collateral"
	if !ltv.Infinite {
		of = "LTV " + chart.Percent(ltv.Float64())
	}
	say("health     %s, %s of at most %s", factor(p.health), of, percent(p.isolated.LLTV))
	p.edge(say)
	all := ""
	if p.maxBorrow == p.market.Liquidity() && !p.maxBorrow.IsZero() {
		all = ", all that the market has left,"
	}
	say("can        borrow %s more%s or take out %s", p.loan(p.maxBorrow), all, p.collateral(p.maxTake))
	if err := p.mend(say); err != nil {
		return err
	}
	say("           a fall by more than %s at once would leave a debt at the limit without cover", percent(p.step))
	if s := p.stake; s != nil {
		act := "a liquidator who leaves through the queue would act"
		if !s.viable.Viable {
			act = "a liquidator who leaves through the queue would not act: " + s.viable.Reason.String()
		}
		say("           %s", act)
	}
	if p.health.Infinite {
		return nil
	}
	return p.ladder(out)
}

// edge says where liquidation begins.
func (p *picture) edge(say func(string, ...any)) {
	switch {
	case p.health.Infinite:
		say("           without debt it cannot be liquidated")
	case p.liquidates:
		say("           it can be liquidated now")
	default:
		price := "no price"
		if lowest, ok, err := p.market.LiquidationPrice(p.position); err == nil && ok {
			if value, err := (lending.Price{Mantissa: lowest, Decimals: 36}).Value(*new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(uint64(p.pair.Collateral().Unit().Decimals)))); err == nil {
				price = gaib.FormatUnits(value, p.pair.Loan().Unit().Decimals) + " " + p.pair.Loan().Unit().Symbol
			}
		}
		say("           liquidation begins below %s for one, a fall by %s", price, percent(p.distance))
		say("           by interest alone, with the price as it is: %s", days(p.carry))
	}
}

// mend says what brings the health to 1.25.
func (p *picture) mend(say func(string, ...any)) error {
	const wanted = lending.One * 5 / 4
	if p.health.Cmp(wanted) >= 0 {
		return nil
	}
	repay, err := p.account.Repay(0, wanted)
	if err != nil {
		return err
	}
	say("           repay %s for a health of 1.25", p.loan(repay))
	return nil
}

func (p *picture) ladder(out io.Writer) error {
	shocks, err := p.account.Ladder(ladder(rungs[:])...)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%8s %9s %20s %20s %20s\n", "price", "health", "debt repaid", "collateral taken", "bad debt")
	for _, s := range shocks {
		by := change(s.PriceFactor.Float64() - 1)
		if !s.Liquidatable {
			fmt.Fprintf(out, "%8s %9s\n", by, factor(s.Health))
			continue
		}
		fmt.Fprintf(out, "%8s %9s %20s %20s %20s\n", by, factor(s.Health), p.loan(s.Repaid), p.loan(s.Seized), p.loan(s.BadDebt))
	}
	text, err := p.chart().Terminal(78)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%s", text)
	return nil
}

// chart is the health over the fall of the price. With sAID there is a second line: the health if the market decided by what
// the collateral pays at its exit.
func (p *picture) chart() chart.Lines {
	unit := p.pair.Collateral().Unit().Symbol
	by := chart.Line{Name: "as the market decides"}
	exit := chart.Line{Name: "at the Unstaking NAV", Dashed: true}
	limit := chart.Line{Name: "limit", Dashed: true}
	part := 1.0
	if s := p.stake; s != nil && !s.nav.Deposit.IsZero() {
		part = s.nav.Unstaking.Float64() / s.nav.Deposit.Float64()
	}
	now := 0.0
	if !p.health.Infinite {
		now = min(p.health.Float64(), 1e6)
	}
	for fall := -50; fall <= 10; fall += 2 {
		x := float64(fall) / 100
		by.X, by.Y = append(by.X, x), append(by.Y, now*(1+x))
		exit.X, exit.Y = append(exit.X, x), append(exit.Y, now*part*(1+x))
		limit.X, limit.Y = append(limit.X, x), append(limit.Y, 1)
	}
	c := chart.Lines{
		Title: "Health of the loan against " + unit,
		X:     chart.Axis{Label: "change of the price", Format: change},
		Y:     chart.Axis{Label: "health factor", Format: func(y float64) string { return fmt.Sprintf("%.2f", y) }},
		Lines: []chart.Line{limit, by},
		Marks: []chart.Mark{{X: 0, Text: "today"}},
	}
	if p.stake != nil && part < 1 {
		c.Lines = append(c.Lines, exit)
	}
	if fall := -p.distance.Float64(); !p.liquidates && !p.health.Infinite && fall > -0.5 {
		c.Marks = append(c.Marks, chart.Mark{X: fall, Text: "liquidation"})
	}
	return c
}

// summary is the picture for machines: amounts as decimal text.
func (p *picture) summary() map[string]any {
	loan, pledge := p.pair.Loan().Unit(), p.pair.Collateral().Unit()
	s := map[string]any{
		"account": p.subject.account.Hex(), "block": p.block.Number, "time": p.block.Time.UTC(),
		"collateral": gaib.FormatUnits(p.pledge.Collateral, pledge.Decimals), "debt": gaib.FormatUnits(p.pledge.Debt, loan.Decimals),
		"health": p.health.String(), "liquidatable": p.liquidates, "distance": p.distance.Float64(), "lltv": p.isolated.LLTV.Float64(),
		"maxBorrow": gaib.FormatUnits(p.maxBorrow, loan.Decimals), "maxWithdraw": gaib.FormatUnits(p.maxTake, pledge.Decimals), "borrowAPY": p.apy.Borrow,
	}
	if p.stake != nil {
		s["depositNAV"], s["unstakingNAV"] = said.Format(p.stake.nav.Deposit), said.Format(p.stake.nav.Unstaking)
		s["oraclePriceGap"], s["liquidatorActs"] = p.stake.gap.Float64(), p.stake.viable.Viable
	}
	return s
}
