package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/examples/liquidator/contracts"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
	"github.com/gaib-go/gaib/said"
)

const (
	priced   = 64 // borrowers that are priced in one block, worst first
	quoted   = 8  // of those, how many sales are quoted
	perBlock = 4  // liquidations sent at one block, one of them by flash loan: each sale moves the pool

	flashGas = 480_000
	ownGas   = 230_000
)

// route is how a liquidation is paid for and its collateral turned into money.
type route string

const (
	flash route = "flash" // a flash loan pays, a sale in the pool pays it back, all in one transaction
	own   route = "own"   // own funds pay; the collateral leaves through sAID's queue
)

// bot decides block by block, and sends what it decides if it has an account.
type bot struct {
	client gaib.Client
	book   *morpho.Book
	pair   morpho.Pair
	vault  *said.Vault // nil if the collateral is not sAID: then there is no queue to leave by
	pool   *gaib.Contract
	depth  uint256.Int // without a pool: what its side of the loan token is taken to hold
	with   gaib.Contract
	wallet *wallet // nil: look only

	exit     said.Schedule
	required float64 // annual return that own capital must earn while it waits
	eth      uint256.Int
	flashFee lending.Ratio
	protocol lending.Ratio // part of the bonus that the protocol keeps; Morpho keeps nothing
	made     time.Time     // when the last block was made, where that is known; else a block's own time counts
	ledger   ledger
}

// conditions is what a decision depends on beside the market, at the same block.
type conditions struct {
	lending   lending.Market
	nav       said.NAV
	gap       lending.Ratio // between the oracle's price and what the queue is worth today
	viable    lending.Viability
	spot      lending.Price // of a small sale
	depth     uint256.Int   // the loan tokens in the pool
	pool      contracts.PoolReservesResult
	funds     uint256.Int
	weiPerGas uint256.Int
}

// way is one borrower by one route.
type way struct {
	route    route
	borrower morpho.Borrower
	quote    morpho.Quote
	profit   lending.Profit
	linear   lending.Profit // of a flash route: as the linear model had it
}

// cmp sorts by profit, the highest first.
func (w *way) cmp(other *way) int { return other.profit.Cmp(w.profit) }

// decision is what a block comes to.
type decision struct {
	taken   []way
	skipped map[common.Address]string // and why
	pool    contracts.PoolReservesResult
}

// look reads what a decision needs, all at the tick's block.
func (b *bot) look(ctx context.Context, tick *morpho.Tick) (c conditions, err error) {
	var readers []gaib.Reader
	var nav *gaib.Query[said.NAV]
	var reserves *gaib.Query[contracts.PoolReservesResult]
	var balance *gaib.Query[uint256.Int]
	if b.vault != nil {
		nav = b.vault.NAV()
		readers = append(readers, nav)
	}
	if b.pool != nil {
		reserves = gaib.NewQuery(*b.pool, contracts.PoolReserves{})
		readers = append(readers, reserves)
	}
	if b.wallet != nil {
		balance = b.pair.Loan().BalanceOf(b.wallet.address)
		readers = append(readers, balance)
	}
	if len(readers) > 0 {
		if _, err := gaib.Read(ctx, b.client, tick.Block.Block(), readers...); err != nil {
			return c, err
		}
	}
	fees, err := gaib.SuggestFees(ctx, b.client)
	if err != nil {
		return c, err
	}
	c.weiPerGas.Add(&fees.BaseFee, &fees.Tip)
	if c.lending, err = tick.Market.Lending(tick.Price); err != nil {
		return c, err
	}
	if balance != nil {
		c.funds = balance.Value()
	} else {
		c.funds.SetAllOne() // who only looks may imagine any
	}
	c.spot, c.depth = c.lending.Price, b.depth
	if reserves != nil {
		r := reserves.Value()
		c.depth, c.pool = r.Quote, r
		// quote / base less the pool's fee, times 1e36.
		fee := uint256.NewInt(1_000_000 - poolFee)
		c.spot.Mantissa.MulDivOverflow(&r.Quote, new(uint256.Int).Exp(uint256.NewInt(10), uint256.NewInt(36)), &r.Base)
		c.spot.Mantissa.MulDivOverflow(&c.spot.Mantissa, fee, uint256.NewInt(1_000_000))
	}
	if nav == nil {
		c.viable.Reason = lending.CostsTooHigh
		return c, nil
	}
	c.nav = nav.Value()
	navs := lending.NAV{Deposit: c.nav.Deposit, Unstaking: c.nav.Unstaking}
	way := lending.Exit{Wait: said.Wait(b.exit, tick.Block.Time), Rate: b.required}
	if c.gap, err = lending.OraclePriceGap(navs, way); err != nil {
		return c, err
	}
	c.viable, err = lending.LiquidationViable(c.lending.Bonus, 0, navs, way)
	return c, err
}

// gas returns what so much gas costs, in the loan token, rounded up.
func (b *bot) gas(weiPerGas uint256.Int, units uint64) (cost uint256.Int) {
	cost.Mul(&weiPerGas, uint256.NewInt(units))
	cost.MulDivOverflow(&cost, &b.eth, uint256.NewInt(1e18))
	cost.AddUint64(&cost, 1)
	return cost
}

// decide prices the borrowers of a block and picks.
func (b *bot) decide(ctx context.Context, tick *morpho.Tick) (d decision, err error) {
	d.skipped = make(map[common.Address]string)
	if tick.Len() == 0 {
		return d, nil
	}
	c, err := b.look(ctx, tick)
	if err != nil {
		return d, err
	}
	d.pool = c.pool
	var sales, stays []way
	seen := 0
	for borrower := range tick.Liquidatable() {
		if seen++; seen > priced {
			d.skipped[borrower.Account] = "not priced: worse ones first"
			continue
		}
		sale, err := b.price(tick, c, flash, borrower)
		if err != nil {
			return d, err
		}
		stay, err := b.price(tick, c, own, borrower)
		if err != nil {
			return d, err
		}
		switch {
		case stay != nil && stay.profit.Sign() > 0 && (sale == nil || stay.profit.Cmp(sale.profit) >= 0):
			stays = append(stays, *stay)
		case sale != nil && sale.profit.Sign() > 0:
			sales = append(sales, *sale)
		default:
			d.skipped[borrower.Account] = b.why(c, sale, stay)
		}
	}
	// The best sales by the linear model are quoted, and the best quote is taken.
	slices.SortStableFunc(sales, func(x, y way) int { return x.cmp(&y) })
	if err := b.quote(ctx, tick, c, sales[:min(quoted, len(sales))]); err != nil {
		return d, err
	}
	slices.SortStableFunc(sales, func(x, y way) int { return x.cmp(&y) })
	slices.SortStableFunc(stays, func(x, y way) int { return x.cmp(&y) })
	for i := range sales {
		switch sale := &sales[i]; {
		case i == 0 && sale.profit.Sign() > 0:
			d.taken = append(d.taken, *sale)
		case sale.profit.Sign() <= 0:
			d.skipped[sale.borrower.Account] = "the pool pays too little"
		default:
			d.skipped[sale.borrower.Account] = "left for the next block"
		}
	}
	funds := c.funds
	for _, stay := range stays {
		switch {
		case len(d.taken) == perBlock:
			d.skipped[stay.borrower.Account] = "left for the next block"
		case b.margin(stay.quote.RepaidAssets).Gt(&funds):
			d.skipped[stay.borrower.Account] = "own funds are spent"
		default:
			funds.Sub(&funds, b.margin(stay.quote.RepaidAssets))
			d.taken = append(d.taken, stay)
		}
	}
	slices.SortStableFunc(d.taken, func(x, y way) int { return x.cmp(&y) })
	return d, nil
}

// margin returns what a debt may have become when the transaction is mined: a part in ten thousand more.
func (b *bot) margin(repaid uint256.Int) *uint256.Int {
	more := new(uint256.Int).Div(&repaid, uint256.NewInt(10_000))
	return more.AddUint64(more.Add(more, &repaid), 1)
}

// costs returns what a route costs.
func (b *bot) costs(c conditions, r route) lending.Costs {
	if r == flash {
		return lending.Costs{Sell: lending.LinearImpact(c.spot, c.depth), Gas: b.gas(c.weiPerGas, flashGas), FlashFee: b.flashFee, ProtocolFee: b.protocol}
	}
	return lending.Costs{Sell: lending.ThroughGap(lending.AtPrice(c.lending.Price), c.gap), Gas: b.gas(c.weiPerGas, ownGas), ProtocolFee: b.protocol}
}

// price returns the best liquidation of a borrower by a route, nil where there is none.
func (b *bot) price(tick *morpho.Tick, c conditions, r route, borrower morpho.Borrower) (*way, error) {
	if r == own && b.vault == nil || r == flash && c.depth.IsZero() {
		return nil, nil
	}
	position, err := tick.Market.LendingPosition(borrower.Position)
	if err != nil {
		return nil, err
	}
	costs := b.costs(c, r)
	best, err := costs.Best(c.lending, position, lending.Rules{CloseFactor: lending.One})
	switch {
	case errors.Is(err, lending.ErrNoLiquidity), errors.Is(err, lending.ErrDust):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("price %s: %w", borrower.Account, err)
	}
	// From the model's amounts to the contract's: whole debts and whole collaterals by the contract's own largest
	// liquidation, parts by what is seized.
	w := &way{route: r, borrower: borrower}
	if best.Seized.Lt(&position.Collateral) && best.Repaid.Lt(&position.Debt) && !best.Seized.IsZero() {
		w.quote.Seized = best.Seized
		w.quote.Liquidation, err = tick.Market.QuoteSeized(&best.Seized, &tick.Price)
	} else {
		w.quote, err = tick.Quote(borrower)
	}
	if err != nil {
		return nil, fmt.Errorf("quote %s: %w", borrower.Account, err)
	}
	w.profit, err = costs.Profit(c.lending, amounts(w.quote))
	if errors.Is(err, lending.ErrNoLiquidity) {
		return nil, nil
	}
	w.linear = w.profit
	return w, err
}

func amounts(q morpho.Quote) lending.Liquidation {
	return lending.Liquidation{Repaid: q.RepaidAssets, Seized: q.SeizedAssets, BadDebt: q.BadDebtAssets}
}

// quote asks the pool what the sales pay, in one request, and puts that in the place of the linear model's answer.
func (b *bot) quote(ctx context.Context, tick *morpho.Tick, c conditions, sales []way) error {
	if b.pool == nil || len(sales) == 0 {
		return nil
	}
	queries := make([]*gaib.Query[uint256.Int], len(sales))
	readers := make([]gaib.Reader, len(sales))
	for i := range sales {
		queries[i] = gaib.NewQuery(*b.pool, contracts.PoolQuoteSale{Amount: sales[i].quote.SeizedAssets})
		readers[i] = queries[i]
	}
	if _, err := gaib.Read(ctx, b.client, tick.Block.Block(), readers...); err != nil {
		return err
	}
	for i := range sales {
		costs := b.costs(c, flash)
		costs.Sell = func(uint256.Int) (uint256.Int, error) { return queries[i].Value(), nil }
		var err error
		if sales[i].profit, err = costs.Profit(c.lending, amounts(sales[i].quote)); err != nil {
			return err
		}
	}
	return nil
}

// why returns the reason that a borrower is passed over.
func (b *bot) why(c conditions, sale, stay *way) string {
	for _, w := range []*way{stay, sale} {
		if w != nil && beforeGas(w.profit) {
			return "gas costs more than it earns"
		}
	}
	switch {
	case b.vault == nil:
		return "a sale pays too little"
	case !c.viable.Viable:
		return c.viable.Reason.String()
	}
	return "no route pays"
}

func beforeGas(p lending.Profit) bool {
	p.Gas.Clear()
	return p.Sign() > 0
}

// send signs and sends what was decided. What a node refuses beforehand is skipped: somebody else may have been first.
func (b *bot) send(ctx context.Context, tick *morpho.Tick, d *decision) ([]sent, error) {
	var all []sent
	market, _ := b.book.Market()
	kept := d.taken[:0]
	for _, w := range d.taken {
		call := b.call(w)
		transactions, err := gaib.Plan{call}.Transactions(ctx, b.client, b.wallet.address)
		if err != nil {
			if gaib.Retryable(err) {
				return nil, err
			}
			d.skipped[w.borrower.Account] = "refused: " + err.Error()
			continue
		}
		tx := transactions[0]
		tx.Gas *= 2 // interest that a node's estimate may leave out
		hash, err := b.wallet.send(ctx, b.client, tx)
		if err != nil {
			return nil, err
		}
		all, kept = append(all, sent{way: w, tx: tx, hash: hash, market: market, price: tick.Price, pool: d.pool}), append(kept, w)
	}
	d.taken = kept
	return all, nil
}

func (b *bot) call(w way) gaib.Call {
	if w.route == own {
		return b.pair.Liquidate(w.borrower.Account, w.quote.Seized, w.quote.Repaid, nil)
	}
	p := b.pair.Params()
	order := contracts.LiquidatorOrder{
		Market:   contracts.LiquidatorMarketParams{LoanToken: p.LoanToken, CollateralToken: p.CollateralToken, Oracle: p.Oracle, Irm: p.IRM, Lltv: uint256.Int{uint64(p.LLTV)}},
		Borrower: w.borrower.Account, RepaidShares: w.quote.Repaid, SeizedAssets: w.quote.Seized,
	}
	// It must earn its gas at least, or it reverts.
	return gaib.NewCall(b.with, contracts.LiquidatorLiquidate{Order: order, Most: *b.margin(w.quote.RepaidAssets), Least: w.profit.Gas},
		"liquidate "+w.borrower.Account.Hex()+" by flash loan")
}

// sent is a liquidation on its way.
type sent struct {
	way
	tx     gaib.Transaction
	hash   common.Hash
	market blue.Market // as it was stored when it was decided
	price  uint256.Int
	pool   contracts.PoolReservesResult
}

// sale returns what the pool pays: floor(quote * x / (base * 10^6 + x)), x being the amount less the fee, in millionths.
func sale(pool contracts.PoolReservesResult, amount uint256.Int) (paid uint256.Int) {
	var x, whole uint256.Int
	x.Mul(&amount, uint256.NewInt(1_000_000-poolFee))
	whole.Mul(&pool.Base, uint256.NewInt(1_000_000))
	whole.Add(&whole, &x)
	paid.MulDivOverflow(&pool.Quote, &x, &whole)
	return paid
}

// outcome is a liquidation that was mined.
type outcome struct {
	way
	block  common.Hash
	event  contract.MorphoLiquidateEvent
	earned uint256.Int // of a flash route: what came back, before gas
	gas    uint256.Int // paid, in the loan token
	undone bool
}

// settle looks what became of what was sent, and holds each liquidation against the library's own arithmetic at the
// time of the block it was mined in.
func (b *bot) settle(ctx context.Context, all []sent) error {
	var market blue.Market
	for i, s := range all {
		receipt, err := s.tx.Wait(ctx, b.client, s.hash)
		if err != nil && !errors.Is(err, gaib.ErrFailed) {
			return err
		}
		o := outcome{way: s.way, block: receipt.BlockHash}
		o.gas.Mul(&receipt.GasPrice, uint256.NewInt(receipt.GasUsed))
		o.gas.MulDivOverflow(&o.gas, &b.eth, uint256.NewInt(1e18))
		if err != nil {
			b.ledger.failed++
			continue
		}
		header, err := gaib.Head(ctx, b.client, gaib.AtHash(receipt.BlockHash))
		if err != nil {
			return err
		}
		sources := append(b.pair.Sources(), b.pair.Loan().Transfers())
		for _, log := range receipt.Decode(sources...) {
			switch event := log.Event.(type) {
			case *contract.MorphoLiquidateEvent:
				o.event = *event
			case *gaib.ERC20TransferEvent:
				if event.To == b.wallet.address {
					o.earned.Add(&o.earned, &event.Value)
				}
			}
		}
		if i == 0 {
			market = s.market
		}
		exact, err := market.Liquidate(s.borrower.Position, s.quote.Seized, s.quote.Repaid, s.price, uint64(header.Time.Unix()))
		if err != nil {
			return fmt.Errorf("liquidation of %s: the arithmetic refuses what the chain did: %w", s.borrower.Account, err)
		}
		if e := o.event; exact.Liquidation != (blue.Liquidation{SeizedAssets: e.SeizedAssets, RepaidShares: e.RepaidShares, RepaidAssets: e.RepaidAssets, BadDebtAssets: e.BadDebtAssets, BadDebtShares: e.BadDebtShares}) {
			return fmt.Errorf("liquidation of %s: the chain moved %+v, the arithmetic says %+v", s.borrower.Account, e, exact.Liquidation)
		}
		market = exact.Market
		if s.route == flash {
			due := sale(s.pool, o.event.SeizedAssets)
			if due.Sub(&due, &o.event.RepaidAssets); due != o.earned {
				return fmt.Errorf("liquidation of %s: earned %s, the arithmetic says %s", s.borrower.Account, o.earned.Dec(), due.Dec())
			}
			b.ledger.checks++
		}
		b.ledger.mined = append(b.ledger.mined, o)
		b.ledger.checks++
	}
	return nil
}

// ledger is what happened over the run.
type ledger struct {
	found   map[common.Address]bool
	last    map[common.Address]string // why passed over last
	mined   []outcome
	failed  int
	checks  int
	undone  int
	latency []time.Duration
}

// undo takes note of blocks that are gone.
func (l *ledger) undo(hashes []common.Hash) (undone int) {
	for i := range l.mined {
		if o := &l.mined[i]; !o.undone && slices.Contains(hashes, o.block) {
			o.undone = true
			undone++
		}
	}
	l.undone += undone
	return undone
}

// quantile returns a latency at a rank.
func (l *ledger) quantile(part float64) time.Duration {
	if len(l.latency) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(l.latency), cmp.Compare[time.Duration])
	return sorted[int(part*float64(len(sorted)-1))]
}
