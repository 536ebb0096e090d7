package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
)

// summary is the run for machines. Amounts are in the loan token.
type summary struct {
	Blocks      int            `json:"blocks"`
	Borrowers   int            `json:"borrowers"`
	Found       int            `json:"found"`
	Taken       int            `json:"taken"`
	ByFlashLoan int            `json:"byFlashLoan"`
	ByOwnFunds  int            `json:"byOwnFunds"`
	Undone      int            `json:"undoneByReorgs"`
	Skipped     map[string]int `json:"skipped"`
	FlashProfit string         `json:"flashProfit,omitempty"`
	Repaid      string         `json:"repaidFromOwnFunds,omitempty"`
	ExitPays    string         `json:"exitPaysAID,omitempty"`
	Gas         string         `json:"gas,omitempty"`
	Profit      string         `json:"profit,omitempty"`
	Checks      int            `json:"checkedToTheUnit"`
	Median      string         `json:"decisionMedian"`
	Slowest     string         `json:"decisionSlowest"`
}

// teller prints what happens. Lines that start with "timing:" differ between runs, all others do not.
type teller struct {
	out      io.Writer
	progress *progressLine
	pair     morpho.Pair
	blocks   int
	first    time.Time
	summary  summary
}

func (t *teller) say(format string, args ...any) {
	fmt.Fprintln(t.out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (t *teller) begin(book *morpho.Book, took time.Duration) {
	t.progress.say("")
	t.pair = book.Pair()
	m, number := book.Market()
	t.summary.Borrowers = book.Len()
	t.say("%s against %s, LLTV %s: %d borrowers owe %s, as all events up to block %d say and the chain confirms",
		t.pair.Collateral().Unit().Symbol, t.pair.Loan().Unit().Symbol, m.LLTV, book.Len(), t.money(m.TotalBorrowAssets), number)
	t.say("timing: the book was built and compared in %s", took.Round(time.Millisecond))
	t.say("\n%9s %8s %10s %9s  %s", "block", "time", "price", "to take", "decision")
}

// money writes an amount of the loan token with two decimals, rounded down.
func (t *teller) money(x uint256.Int) string {
	unit := t.pair.Loan().Unit()
	if unit.Decimals > 2 {
		x.Div(&x, new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(uint64(unit.Decimals-2))))
		unit.Decimals = 2
	}
	whole, cents, found := strings.Cut(gaib.FormatUnits(x, unit.Decimals), ".")
	if !found {
		cents = ""
	}
	return grouped(whole) + "." + (cents + "00")[:2] + " " + unit.Symbol
}

func grouped(digits string) string {
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

func (t *teller) signed(p lending.Profit) string {
	sign := "+"
	if p.Sign() < 0 {
		sign = "-"
	}
	return sign + t.money(p.Net())
}

// row starts a block's line.
func (t *teller) row(tick *morpho.Tick) string {
	if t.first.IsZero() {
		t.first = tick.Block.Time
	}
	t.blocks++
	price := lending.Price{Mantissa: tick.Price, Decimals: 36}
	one := new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(uint64(t.pair.Collateral().Unit().Decimals)))
	shown := "?"
	if value, err := price.Value(*one); err == nil {
		shown = fmt.Sprintf("%.5f", float(value, t.pair.Loan().Unit().Decimals))
	}
	return fmt.Sprintf("%9d %8s %10s %9d ", tick.Block.Number, "+"+tick.Block.Time.Sub(t.first).String(), shown, tick.Len())
}

// float is for people.
func float(x uint256.Int, decimals uint8) float64 {
	f := x.Float64()
	for range decimals {
		f /= 10
	}
	return f
}

func (t *teller) notes(tick *morpho.Tick, undone int) (notes []string) {
	if len(tick.Undone) > 0 {
		notes = append(notes, fmt.Sprintf("a reorganisation took %d blocks back, and %d liquidations", len(tick.Undone), undone))
	}
	if tick.Verified {
		notes = append(notes, "compared with the chain")
	}
	return notes
}

func (t *teller) passed(tick *morpho.Tick, undone int) {
	t.say("%s %s", t.row(tick), strings.Join(append(t.notes(tick, undone), "passed: a newer block is there"), "; "))
}

func (t *teller) blind(tick *morpho.Tick) {
	t.blocks++
	t.say("%9d  no decision: %v", tick.Block.Number, tick.Err)
}

func (t *teller) happens(text string) { t.say("%9s  -- %s", "", text) }

// block prints what was decided.
func (t *teller) block(b *bot, tick *morpho.Tick, d decision, undone int) {
	notes := t.notes(tick, undone)
	if len(d.taken) > 0 {
		verb := "take"
		if b.wallet == nil {
			verb = "would take"
		}
		notes = append(notes, fmt.Sprintf("%s %d", verb, len(d.taken)))
	}
	for _, reason := range slices.Sorted(maps.Keys(count(d.skipped))) {
		notes = append(notes, fmt.Sprintf("skip %d: %s", count(d.skipped)[reason], reason))
	}
	t.say("%s %s", t.row(tick), strings.Join(notes, "; "))
	for _, w := range d.taken {
		text := fmt.Sprintf("%38s  %-5s %s  repay %s, seize %.4f %s", "", w.route, short(w.borrower.Account), t.money(w.quote.RepaidAssets),
			float(w.quote.SeizedAssets, t.pair.Collateral().Unit().Decimals), t.pair.Collateral().Unit().Symbol)
		if w.route == flash && b.pool != nil {
			text += fmt.Sprintf(", net %s (linear %s)", t.signed(w.profit), t.signed(w.linear))
		} else {
			text += fmt.Sprintf(", net %s", t.signed(w.profit))
		}
		t.say("%s", text)
	}
}

func short(a common.Address) string { return a.Hex()[:8] + "…" }

func count(reasons map[common.Address]string) map[string]int {
	counts := make(map[string]int)
	for _, reason := range reasons {
		counts[reason]++
	}
	return counts
}

// tally counts what is common to both kinds of run.
func (t *teller) tally(b *bot) {
	s, l := &t.summary, &b.ledger
	s.Blocks, s.Found, s.Undone, s.Checks = t.blocks, len(l.found), l.undone, l.checks
	for _, o := range l.mined {
		if o.undone {
			continue
		}
		s.Taken++
		if delete(l.last, o.borrower.Account); o.route == flash {
			s.ByFlashLoan++
		} else {
			s.ByOwnFunds++
		}
	}
	s.Skipped = count(l.last)
	s.Median, s.Slowest = l.quantile(0.5).String(), l.quantile(1).String()
}

func (t *teller) timing() {
	t.say("timing: from a block to its decision %s in the median, %s at most", t.summary.Median, t.summary.Slowest)
}

// looked ends a run that sent nothing.
func (t *teller) looked(b *bot) {
	t.tally(b)
	t.say("\n%d blocks, %d borrowers could be liquidated at some time; nothing was sent", t.summary.Blocks, t.summary.Found)
	t.timing()
}

// end takes the collateral out through the queue and draws the balance.
func (t *teller) end(ctx context.Context, b *bot, w *world, before uint256.Int) error {
	t.tally(b)
	s := &t.summary
	after, err := t.pair.Loan().BalanceOf(w.bot.address).Call(ctx, b.client, gaib.Latest)
	if err != nil {
		return err
	}
	shares, paid, settled, err := w.leave(ctx)
	if err != nil {
		return fmt.Errorf("leave through the queue: %w", err)
	}
	var earned, repaid, gas, pledged, expected uint256.Int
	for _, o := range b.ledger.mined {
		if o.undone {
			continue
		}
		gas.Add(&gas, &o.gas)
		net := o.profit.Net() // nothing was sent at a loss
		expected.Add(&expected, &net)
		if o.route == flash {
			earned.Add(&earned, &o.earned)
			continue
		}
		repaid.Add(&repaid, &o.event.RepaidAssets)
		pledged.Add(&pledged, &o.event.SeizedAssets)
	}
	// The balance must be what the ledger says, and so must the collateral.
	var want uint256.Int
	want.Add(&before, &earned)
	want.Sub(&want, &repaid)
	if want != after || pledged != shares {
		return fmt.Errorf("the bot has %s and %s, its ledger says %s and %s", after.Dec(), shares.Dec(), want.Dec(), pledged.Dec())
	}
	s.Checks += 2
	unit := t.pair.Loan().Unit()
	var exit, income, spent uint256.Int
	exit.Div(&paid, uint256.NewInt(1e12)) // AID at one USDC
	income.Add(&earned, &exit)
	spent.Add(&repaid, &gas)
	net, loss := minus(income, spent)
	s.FlashProfit, s.Repaid, s.ExitPays, s.Gas = gaib.FormatUnits(earned, unit.Decimals), gaib.FormatUnits(repaid, unit.Decimals), gaib.FormatUnits(paid, 18), gaib.FormatUnits(gas, unit.Decimals)
	s.Profit = gaib.FormatUnits(net, unit.Decimals)
	if loss {
		s.Profit = "-" + s.Profit
	}

	t.say("\nfound    %d borrowers that could be liquidated, in %d blocks", s.Found, s.Blocks)
	t.say("taken    %d: %d by flash loan, %d by own funds; %d more were undone by the reorganisation, %d failed", s.Taken, s.ByFlashLoan, s.ByOwnFunds, s.Undone, b.ledger.failed)
	t.say("skipped  %d", len(b.ledger.last))
	for _, reason := range slices.SortedFunc(maps.Keys(s.Skipped), func(x, y string) int {
		if s.Skipped[x] != s.Skipped[y] {
			return s.Skipped[y] - s.Skipped[x]
		}
		return strings.Compare(x, y)
	}) {
		t.say("         %4d  %s", s.Skipped[reason], reason)
	}
	t.say("profit   flash loans earned %s", t.money(earned))
	t.say("         own funds repaid %s for %.4f sAID, which left through the queue on %s for %.4f AID", t.money(repaid), float(shares, 18), settled.Format(time.DateOnly), float(paid, 18))
	t.say("         gas cost %s, with ether at an assumed price", t.money(gas))
	t.say("         expected when they were decided: %s, with AID at the oracle's price and own funds earning %.0f %% a year", t.money(expected), 100*b.required)
	t.say("         net %s, with AID at one USDC", map[bool]string{true: "-"}[loss]+t.money(net))
	t.say("checked  %d liquidations and balances equal the library's own arithmetic, to the base unit", s.Checks)
	t.timing()
	return nil
}

// progressLine shows what a long step is doing, on a terminal only.
type progressLine struct {
	out   io.Writer
	shown bool
}

func newProgress(out io.Writer) *progressLine {
	file, ok := out.(*os.File)
	if !ok {
		return &progressLine{out: io.Discard}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progressLine{out: io.Discard}
	}
	return &progressLine{out: out}
}

func (p *progressLine) say(what string) {
	if what == "" {
		p.done()
		return
	}
	fmt.Fprintf(p.out, "\r\033[K… %s", what)
	p.shown = true
}

func (p *progressLine) done() {
	if p.shown {
		fmt.Fprint(p.out, "\r\033[K")
		p.shown = false
	}
}
