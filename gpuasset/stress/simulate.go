package stress

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
)

// MaxPaths is the largest number of paths that [Book.Simulate] runs.
const MaxPaths = 1_000_000

// Process is how the rental price of an index moves relative to the base case, in months: X, the logarithm of the relative price, is 0 today and
//
//	X' = m + (X - m) * e^(-k/12) + e * s,  s^2 = Volatility^2 * (1 - e^(-k/6)) / (2k), or Volatility^2 / 12 for k = 0
//
// with k = Reversion, m = ln(LongRun) and e standard normal: an Ornstein-Uhlenbeck process, sampled exactly. The median price is the base case's, the mean
// is higher.
type Process struct {
	Volatility float64 // a year
	Reversion  float64 // a year; 0 is a random walk, and LongRun does not matter
	LongRun    float64 // relative price that it reverts to, 1 for the base case
	Common     float64 // correlation of its innovations with the factor common to all indices, -1 to 1
}

func (p Process) check() error {
	if !(p.Volatility >= 0 && p.Volatility <= 10) || !(p.Reversion >= 0 && p.Reversion <= 100) || !(math.Abs(p.Common) <= 1) ||
		p.Reversion > 0 && !(p.LongRun >= 1e-6 && p.LongRun <= 1e6) {
		return fmt.Errorf("%w: process %+v", ErrInput, p)
	}
	return nil
}

// Simulation is what a Monte-Carlo run is made of. Nothing has a default but Workers.
type Simulation struct {
	Paths   int
	Seed    uint64
	Workers int // goroutines, at most the number of processors if 0; the result does not depend on it
	Shock   Shock
	Prices  Process            // of the indices that are not in Indices
	Indices map[string]Process // by id
	// Correlation is that of the deals' credit with one factor, 0 to below 1: a deal defaults, other than for want of cash, when
	// sqrt(Correlation) * Z + sqrt(1 - Correlation) * e falls below the normal quantile of its PD.
	Correlation float64
	// PriceCorrelation is that of Z with the common factor of prices over the whole time, -1 to 1: above zero, defaults come with low prices.
	PriceCorrelation float64
}

func (s *Simulation) check() error {
	if s.Paths < 1 || s.Paths > MaxPaths || s.Workers < 0 || !(s.Correlation >= 0 && s.Correlation < 1) || !(math.Abs(s.PriceCorrelation) <= 1) {
		return fmt.Errorf("%w: %d paths (1 to %d), %d workers, correlations %v and %v", ErrInput, s.Paths, MaxPaths, s.Workers, s.Correlation, s.PriceCorrelation)
	}
	if err := s.Prices.check(); err != nil {
		return err
	}
	for _, process := range s.Indices {
		if err := process.check(); err != nil {
			return err
		}
	}
	return s.Shock.check()
}

// blocks is the number of parts that paths are run in. Sums go over parts in order, so that they do not depend on the workers.
const blocks = 64

// Simulate runs the book along random paths of rental prices and defaults and returns what is lost on each: the present value, at the
// deals' own rates, of the losses of all positions.
//
// On a path every deal lives month by month as in [Book.Apply], with spot prices times the relative price of its index, and GPUs worth that to the
// power of Elasticity. It defaults when a payment is late by DefaultMonths, when something stays unpaid at maturity, or by its hazard, correlated with
// others as [Simulation] says; the loss is that of [Book.Apply] at that time, of what is then owed and late. An SP loses at most what it was
// worth in the base case. A revenue share loses what its distributions on the path are worth less than in the base case, with or without a default;
// gains count as nothing. A position that is in stage 3 already, or named as defaulted by the shock, loses what [Book.Apply] says, or nothing more if
// it is written down.
//
// Each path has a random stream of its own (ChaCha8, keyed by seed and path), and nothing depends on the order of the work: the same
// seed gives the same bits with any number of workers and on every architecture, provided that the depreciation given does. It fails with [ErrInput],
// like [Book.Apply], and with the context's error.
func (b *Book) Simulate(ctx context.Context, s Simulation) (*Distribution, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	for id := range s.Indices {
		if !slices.Contains(b.indices, id) {
			return nil, fmt.Errorf("%w: the book has no deal at spot prices of index %.64q", ErrInput, id)
		}
	}
	m, err := b.model(&s)
	if err != nil {
		return nil, err
	}
	out := &Distribution{Losses: make([]float64, s.Paths), Defaults: make([]int, s.Paths), NAV: b.base.Valuation.Deposit.Float64()}
	size := (s.Paths + blocks - 1) / blocks
	parts := make([]part, blocks)
	workers := s.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(workers, blocks) {
		group.Go(func() {
			w := m.worker(s.Seed)
			for ctx.Err() == nil {
				block := int(next.Add(1)) - 1
				from, to := block*size, min((block+1)*size, s.Paths)
				if block >= blocks || from >= to {
					return
				}
				parts[block] = part{make([]float64, len(m.deals)), make([]int, len(m.deals))}
				for path := from; path < to && ctx.Err() == nil; path++ {
					out.Losses[path], out.Defaults[path] = w.run(uint64(path), &parts[block])
				}
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out.Deals = make([]Risk, len(m.deals))
	for i := range out.Deals {
		out.Deals[i].ID = b.deals[i].id
		defaults := 0
		for _, p := range parts {
			if p.losses != nil {
				out.Deals[i].Mean += p.losses[i]
				defaults += p.defaults[i]
			}
		}
		out.Deals[i].Mean /= float64(s.Paths)
		out.Deals[i].Default = float64(defaults) / float64(s.Paths)
	}
	out.sort()
	return out, nil
}

// part is the sums of a block, by deal.
type part struct {
	losses   []float64
	defaults []int
}

// model is a book under a shock, made ready for paths.
type model struct {
	book       *Book
	months     int // the longest
	processes  []step
	deals      []path
	worth      []float64 // of SPs
	brings     float64   // of the base value of GPUs, in an orderly sale
	now        float64   // value of GPUs under the shock over that of the base case
	own        float64   // loadings of the credit factors
	systematic float64
	price      float64
	rest       float64
}

// step is a process made ready: X' = drift + X*decay + (common*M + own*e).
type step struct{ drift, decay, common, own float64 }

// path is a deal made ready.
type path struct {
	*deal
	rows     []row
	limits   []float64        // quantiles of the PDs to the end of each month
	safe     float64          // relative price at and above which cash covers all service
	settled  bool             // it has defaulted already
	loss     float64          // then
	flows    *[maxMonths]flow // of a revenue share
	holdings []holding
}

// row is a month.
type row struct{ fixed, spot, service, most float64 }

func (b *Book) model(s *Simulation) (*model, error) {
	shock := &s.Shock
	if err := b.check(shock); err != nil {
		return nil, err
	}
	m := &model{book: b, worth: make([]float64, len(b.portfolio.SPs)), now: b.worth(shock)}
	m.brings = float64(b.kept(shock) * m.now)
	m.systematic, m.own = math.Sqrt(s.Correlation), math.Sqrt(1-s.Correlation)
	m.price, m.rest = s.PriceCorrelation, math.Sqrt(1-float64(s.PriceCorrelation*s.PriceCorrelation))
	for _, id := range b.indices {
		p, ok := s.Indices[id]
		if !ok {
			p = s.Prices
		}
		st := step{decay: 1, common: p.Volatility / math.Sqrt(12)}
		if p.Reversion > 0 {
			st.decay = exp(-p.Reversion / 12)
			st.drift = float64(log(p.LongRun) * (1 - st.decay))
			st.common = p.Volatility * math.Sqrt((1-float64(st.decay*st.decay))/(2*p.Reversion))
		}
		st.own = st.common * math.Sqrt(1-float64(p.Common*p.Common))
		st.common *= p.Common
		m.processes = append(m.processes, st)
	}
	for _, line := range b.base.Valuation.Lines {
		if at := slices.IndexFunc(b.portfolio.SPs, func(sp portfolio.SP) bool { return line.SP == sp.ID }); at >= 0 {
			if line.Liability {
				m.worth[at] -= line.Deposit.Float64()
			} else {
				m.worth[at] += line.Deposit.Float64()
			}
		}
	}
	m.deals = make([]path, len(b.deals))
	for i := range b.deals {
		m.months = max(m.months, b.deals[i].months)
		m.deals[i].fill(&b.deals[i], shock)
		var now Deal
		b.evaluate(&b.deals[i], shock, &now)
		m.deals[i].settled, m.deals[i].loss = slices.Contains(shock.Defaulted, now.ID), now.Loss
	}
	for _, h := range b.holdings {
		p := &m.deals[h.deal]
		if b.portfolio.SPs[h.sp].Positions[h.at].Stage == credit.Stage3 {
			p.settled = true
			if b.assume.WriteDown {
				p.loss = 0
			}
		}
		p.holdings = append(p.holdings, h)
	}
	return m, nil
}

func (p *path) fill(d *deal, shock *Shock) {
	p.deal = d
	var fixed, spot [maxMonths]float64
	d.cash(shock, &fixed, &spot)
	p.rows, p.limits = make([]row, d.months), make([]float64, d.months)
	p.safe = math.Inf(-1)
	if d.shared != nil {
		p.flows = new([maxMonths]flow)
		d.flows(shock, p.flows)
	}
	for m := range d.months {
		p.rows[m] = row{fixed[m], spot[m], d.service[m], d.most(m)}
		pd := min(1, float64((1-exp(-d.hazard*float64(m+1)/12))*(1+shock.Default)))
		switch {
		case pd <= 0:
			p.limits[m] = math.Inf(-1)
		case pd >= 1:
			p.limits[m] = math.Inf(1)
		default:
			p.limits[m] = quantile(pd)
		}
		if d.shared != nil {
			p.safe = math.Inf(1) // what it loses is more than missed payments
		} else if lack := d.service[m] - fixed[m]; lack > 0 {
			need := math.Inf(1)
			if spot[m] > 0 {
				need = lack / spot[m] * (1 + 1e-12)
			}
			p.safe = max(p.safe, need)
		}
	}
}

// worker runs paths, one at a time.
type worker struct {
	*model
	key    [32]byte
	random rand.ChaCha8
	common []float64
	prices [][]float64 // relative, by index and month
	values [][]float64 // to the power of the elasticity
	lowest []float64   // of prices
	losses []float64   // by SP
	ones   []float64
}

func (m *model) worker(seed uint64) *worker {
	w := &worker{model: m, common: make([]float64, m.months), losses: make([]float64, len(m.worth)),
		lowest: make([]float64, len(m.processes)), ones: slices.Repeat([]float64{1}, m.months+1)}
	for range m.processes {
		w.prices = append(w.prices, make([]float64, m.months+1))
		w.values = append(w.values, make([]float64, m.months+1))
	}
	binary.LittleEndian.PutUint64(w.key[:], seed)
	return w
}

// normal returns a standard normal number.
func (w *worker) normal() float64 {
	// 52 bits and a half: never 0 or 1.
	return quantile((float64(w.random.Uint64()>>12) + 0.5) * 0x1p-52)
}

// market draws the prices of a path and returns the systematic factor of credit.
func (w *worker) market() float64 {
	var sum float64
	for i := range w.common {
		w.common[i] = w.normal()
		sum += w.common[i]
	}
	if w.months > 0 {
		sum /= math.Sqrt(float64(w.months))
	}
	z := float64(w.price*sum) + float64(w.rest*w.normal())
	power := w.book.assume.Elasticity
	for k := range w.processes {
		st := &w.processes[k]
		prices, values := w.prices[k], w.values[k]
		prices[0], values[0] = 1, 1
		lowest, x := 1.0, 0.0
		for i, common := range w.common {
			x = st.drift + float64(x*st.decay) + (float64(st.common*common) + float64(st.own*w.normal()))
			prices[i+1] = exp(x)
			switch power {
			case 0:
				values[i+1] = 1
			case 1:
				values[i+1] = prices[i+1]
			default:
				values[i+1] = exp(float64(power * x))
			}
			lowest = min(lowest, prices[i+1])
		}
		w.lowest[k] = lowest
	}
	return z
}

// run returns loss and number of defaults on a path and adds them to the sums of its block.
func (w *worker) run(number uint64, sums *part) (total float64, defaults int) {
	binary.LittleEndian.PutUint64(w.key[8:], number)
	w.random.Seed(w.key)
	z := float64(w.systematic * w.market())
	clear(w.losses)
	for i := range w.deals {
		p := &w.deals[i]
		lowest, prices, values := 1.0, w.ones, w.ones
		if p.index >= 0 {
			lowest, prices, values = w.lowest[p.index], w.prices[p.index], w.values[p.index]
		}
		score := z + float64(w.own*w.normal())
		lost, failed := p.loss, p.settled
		if !failed {
			hazard := score <= p.last()
			if !hazard && lowest >= p.safe {
				continue
			}
			var months int
			lost, months, failed = w.live(p, score, prices, values)
			if p.shared != nil {
				lost += w.participate(p, prices, values, months, failed)
			}
		}
		if failed {
			defaults++
			sums.defaults[i]++
		} else if lost == 0 {
			continue
		}
		for _, h := range p.holdings {
			share := float64(h.share * lost)
			w.losses[h.sp] += share
			sums.losses[i] += share
		}
	}
	for i, lost := range w.losses {
		total += min(lost, max(0, w.worth[i]))
	}
	return total, defaults
}

func (p *path) last() float64 {
	if p.months == 0 {
		return math.Inf(-1)
	}
	return p.limits[p.months-1]
}

// live takes a deal through its months and returns how many it lives, and the present value of the loss of its debt if it defaults.
func (w *worker) live(p *path, score float64, prices, values []float64) (lost float64, months int, failed bool) {
	until := len(p.rows)
	if score <= p.last() {
		until, _ = slices.BinarySearchFunc(p.limits, score, func(limit, score float64) int {
			if limit < score {
				return -1
			}
			return 1
		})
	}
	x, short := p.reserve, 0
	for m, r := range p.rows[:until] {
		if x = book(x, r.fixed+float64(r.spot*prices[m]), r.service, r.most); x >= 0 {
			short = 0
			continue
		}
		if m == len(p.rows)-1 {
			x += p.refinanced(w.book.assume.Refinance, float64(w.now*values[m+1]))
		}
		if x < 0 && (m == len(p.rows)-1 || short >= w.book.assume.DefaultMonths) {
			return w.fail(p, p.balance[m+1]-x, m+1, values[m+1]), m + 1, true
		}
		short++
	}
	if until < len(p.rows) {
		return w.fail(p, p.balance[until]-min(x, p.reserve), until, values[until]), until, true
	}
	return 0, until, false
}

// fail returns the present value of the loss of a claim at the end of a number of months.
func (w *worker) fail(p *path, claim float64, months int, worth float64) float64 {
	if p.equity {
		return 0 // all it has is shared
	}
	lost := p.deal.loss(max(0, claim), months, float64(w.brings*worth))
	if months > 0 {
		lost *= p.discount[months-1]
	}
	return float64(lost)
}
