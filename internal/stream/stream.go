package stream

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/pipeline"
	"github.com/gaib-go/gaib/internal/resilience"
)

// Config says what to follow and how. All of it must be set but for Cursor, Wake and the hooks.
type Config struct {
	Client        node.Caller
	CheckChain    func(id uint64) error // fails when the node is of a wrong chain
	Filter        *logscan.Filter       // nil for blocks without logs
	Wanted        func(*logscan.Log) bool
	From          uint64
	Cursor        Cursor // goes before From unless zero
	Head          string // tag
	Confirmations uint64
	EveryBlock    bool
	Window        uint64 // blocks kept to be undone, at most MostWindow
	Parallel      int
	Poll          time.Duration
	Timeout       time.Duration // of one request
	Patience      time.Duration // how long to go on when nothing succeeds; negative for ever
	Wake          <-chan struct{}
	TrustBloom    bool
	Progress      func(Progress)
}

// MostWindow is the largest window: what a cursor has room for.
const MostWindow = mostEntries - 2

// Step is one block that was handed on, or is undone.
type Step struct {
	Number    uint64
	Hash      common.Hash
	Time      uint64 // zero when the node did not say
	Logs      []logscan.Log
	Undo      bool
	Forgotten bool // an undone block whose logs are not known any more
	Head      uint64
	Cursor    Cursor
}

// Progress says how far a stream is.
type Progress struct {
	Done   uint64 // last block that is done
	Head   uint64 // last block there is to do
	Cursor Cursor
}

// block is one block that is done and may yet be undone.
type block struct {
	entry
	time  uint64
	held  []logscan.Log
	known bool // held is what was handed on; it is not after a restart
}

type follower struct {
	config Config
	blooms logscan.Blooms
	span   *logscan.Span
	yield  func(Step, error) bool

	chainID uint64
	checked bool    // the node's chain
	kept    []block // oldest first; the last is the tip
	next    uint64  // first block that is not done
	head    uint64  // last block there is to do
	deep    int     // rounds in a row that found a reorganisation too deep to be undone
	success time.Time
}

// errStopped says that the consumer wants no more.
var errStopped = errors.New("stopped")

const (
	firstPause = 20 * time.Millisecond
	mostPause  = 10 * time.Second
	mostDeep   = 3
)

// Follow yields what happens, until the consumer stops, ctx ends, or an error that waiting does not mend.
func Follow(ctx context.Context, config Config) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		f := &follower{config: config, span: logscan.NewSpan(), yield: yield, next: config.From, success: time.Now()}
		f.config.Client = timed{config.Client, config.Timeout}
		if config.Filter != nil {
			f.blooms = config.Filter.Blooms()
		}
		if !config.Cursor.IsZero() {
			for _, one := range config.Cursor.blocks {
				f.kept = append(f.kept, block{entry: one})
			}
			f.next = max(f.tip().number+1, config.From)
		}
		if err := f.run(ctx); !errors.Is(err, errStopped) {
			yield(Step{}, err)
		}
	}
}

func (f *follower) run(ctx context.Context) error {
	for failures := 0; ; {
		started := time.Now()
		done, err := f.round(ctx)
		switch {
		case errors.Is(err, errStopped):
			return err
		case ctx.Err() != nil:
			return fmt.Errorf("follow from block %d: %w", f.next, ctx.Err())
		case err == nil:
			failures, f.success = 0, time.Now()
			if wait := f.config.Poll - time.Since(started); done && wait > 0 {
				f.wait(ctx, wait)
			}
			continue
		case !resilience.Retryable(err):
			return fmt.Errorf("follow from block %d: %w", f.next, err)
		case f.config.Patience >= 0 && time.Since(f.success) > f.config.Patience:
			return fmt.Errorf("follow from block %d: nothing went well for %s: %w", f.next, time.Since(f.success).Round(time.Millisecond), err)
		}
		failures++
		_ = resilience.Pause(ctx, resilience.Backoff(firstPause, mostPause, failures)) // the next round sees that ctx has ended
	}
}

// wait returns when it is time to look for new blocks.
func (f *follower) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case _, open := <-f.config.Wake:
		if !open {
			f.config.Wake = nil // closed; the next wait is for the timer
		}
	}
}

// round does what is new, with one node; done says that there is no more.
func (f *follower) round(ctx context.Context) (done bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx, session := resilience.WithSession(ctx)
	done, err = f.advance(ctx)
	if fault := resilience.Classify(err); fault == resilience.Missing || fault == resilience.BadAnswer {
		session.Blame(err)
	}
	return done, err
}

func (f *follower) advance(ctx context.Context) (done bool, err error) {
	if err := f.checkChain(ctx); err != nil {
		return false, err
	}
	head, there, err := f.target(ctx)
	if err != nil || !there {
		return true, err
	}
	f.head = head.Number
	if len(f.kept) > 0 {
		switch tip := f.tip(); {
		case head.Number < tip.number:
			return f.behind(ctx, head)
		case head.Number == tip.number && head.Hash == tip.hash:
			return true, nil
		case head.Number == tip.number:
			return false, f.rewind(ctx, head.Number)
		}
	}
	if window := f.config.Window; head.Number >= window && head.Number-window >= f.next {
		return false, f.backfill(ctx, head.Number-window)
	}
	return f.extend(ctx, head)
}

func (f *follower) checkChain(ctx context.Context) error {
	if f.checked {
		return nil
	}
	id, err := node.ChainID(ctx, f.config.Client)
	if err != nil {
		return err
	}
	if err := f.config.CheckChain(id); err != nil {
		return err
	}
	f.chainID, f.checked = id, true
	return nil
}

// target returns the last block there is to do, if there is any.
func (f *follower) target(ctx context.Context) (head header, there bool, err error) {
	head, err = readHeader(ctx, f.config.Client, f.config.Head)
	if depth := f.config.Confirmations; err == nil && depth > 0 {
		if head.Number < depth {
			return header{}, false, nil
		}
		head, err = readNumber(ctx, f.config.Client, head.Number-depth)
	}
	return head, err == nil, err
}

// behind is for a node whose head is below what is done: it may be behind, or the chain may have become shorter. Only another
// block where one was done shows the second.
func (f *follower) behind(ctx context.Context, head header) (done bool, err error) {
	last := -1
	for i := range f.kept {
		if f.kept[i].number <= head.Number {
			last = i
		}
	}
	if last < 0 {
		tip := f.tip()
		if head.Number+f.config.Window < tip.number && !f.config.Cursor.IsZero() && tip.number == f.config.Cursor.Number() {
			return false, &CursorError{ChainID: f.chainID, Number: tip.number, Head: head.Number, Err: ErrFutureCursor}
		}
		return false, fmt.Errorf("the node is at block %d, block %d is done: %w", head.Number, tip.number, node.ErrNoBlock)
	}
	same := head.Hash
	if f.kept[last].number != head.Number {
		there, err := readNumber(ctx, f.config.Client, f.kept[last].number)
		if err != nil {
			return false, err
		}
		same = there.Hash
	}
	if same == f.kept[last].hash {
		return true, nil
	}
	return false, f.rewind(ctx, head.Number)
}

// rewind undoes the blocks that are not on the chain any more, newest first. head is the chain's last block.
func (f *follower) rewind(ctx context.Context, head uint64) error {
	reached := 0 // how many of the kept blocks the chain is long enough for
	for reached < len(f.kept) && f.kept[reached].number <= head {
		reached++
	}
	// The blocks that are still there come first, so the first that is not can be found by halving.
	good, bad := 0, reached
	for good < bad {
		middle := good + (bad-good)/2
		there, err := readNumber(ctx, f.config.Client, f.kept[middle].number)
		if err != nil {
			return err
		}
		if there.Hash == f.kept[middle].hash {
			good = middle + 1
		} else {
			bad = middle
		}
	}
	switch {
	case good == 0:
		// A node of another chain looks like this too, so another one is asked before the stream gives up.
		if f.deep++; f.deep >= mostDeep {
			return &ReorgError{Number: f.kept[0].number, Hash: f.kept[0].hash, Window: f.config.Window}
		}
		return fmt.Errorf("block %d is not %s: %w", f.kept[0].number, f.kept[0].hash, node.ErrBadAnswer)
	case good == reached: // the node changed its mind, or its blocks do not hang together
		return fmt.Errorf("the node says two things of what follows block %d: %w", f.kept[good-1].number, node.ErrBadAnswer)
	}
	f.deep = 0
	for len(f.kept) > good {
		undone := f.tip()
		f.kept = f.kept[:len(f.kept)-1]
		f.next = max(f.tip().number+1, f.config.From)
		if undone.logs < 0 {
			continue
		}
		step := Step{Number: undone.number, Hash: undone.hash, Time: undone.time, Logs: undone.held, Undo: true}
		if !undone.known {
			step.Logs, step.Forgotten = f.remember(ctx, undone.entry)
		}
		if !f.hand(step) {
			return errStopped
		}
	}
	return nil
}

// remember reads the logs of a block that was undone after a restart, which a node may still have.
func (f *follower) remember(ctx context.Context, undone entry) (logs []logscan.Log, forgotten bool) {
	if undone.logs == 0 {
		return nil, false
	}
	if f.config.Filter == nil {
		return nil, true
	}
	logs, err := f.config.Filter.OfBlock(ctx, f.config.Client, undone.number, undone.hash)
	if logs = f.wanted(logs); err != nil || len(logs) != undone.logs {
		return nil, true
	}
	return logs, false
}

// backfill does the blocks up to one that no reorganisation reaches.
func (f *follower) backfill(ctx context.Context, to uint64) error {
	if len(f.kept) > 0 {
		tip := f.tip()
		there, err := readNumber(ctx, f.config.Client, tip.number)
		if err != nil {
			return err
		}
		if there.Hash != tip.hash {
			return f.rewind(ctx, f.head)
		}
	}
	if f.config.Filter == nil {
		last, err := readNumber(ctx, f.config.Client, to)
		if err != nil {
			return err
		}
		f.passed(to, last.Hash)
		return nil
	}
	scanner := logscan.Scanner{Client: f.config.Client, Filter: *f.config.Filter, Span: f.span, Parallel: f.config.Parallel, Verify: true}
	for part, err := range scanner.Scan(ctx, f.next, to) {
		if err != nil {
			return err
		}
		for raw := range logscan.Blocks(part.Logs) {
			logs := f.wanted(raw)
			if len(logs) == 0 {
				continue
			}
			first := &raw[0]
			f.kept = append(f.kept[:0], block{entry: entry{first.BlockNumber, first.BlockHash, len(logs)}, time: first.BlockTime})
			f.next = first.BlockNumber + 1
			if !f.hand(Step{Number: first.BlockNumber, Hash: first.BlockHash, Time: first.BlockTime, Logs: logs}) {
				return errStopped
			}
		}
		f.passed(part.To, part.Hash)
	}
	return nil
}

// passed takes note that everything up to a block is done and beyond the reach of a reorganisation.
func (f *follower) passed(number uint64, hash common.Hash) {
	if len(f.kept) == 0 || f.tip().number != number {
		f.kept = append(f.kept[:0], block{entry: entry{number, hash, -1}})
	}
	f.next, f.success = number+1, time.Now()
	f.report()
}

// fetched is a block as it was read.
type fetched struct {
	header
	logs []logscan.Log
}

// extend does the blocks up to the head, one by one.
func (f *follower) extend(ctx context.Context, head header) (done bool, err error) {
	if head.Number < f.next { // From lies ahead, or the head is just before it
		return true, nil
	}
	if err := f.ground(ctx, head.Number); err != nil {
		return false, err
	}
	number := f.next
	for one, err := range pipeline.Ordered(ctx, f.config.Parallel, func() (uint64, bool) {
		number++
		return number - 1, number-1 <= head.Number
	}, func(ctx context.Context, number uint64, emit func(fetched) error) error {
		one, err := f.fetch(ctx, number, head)
		if err != nil {
			return err
		}
		return emit(one)
	}) {
		if err != nil {
			return false, err
		}
		if len(f.kept) > 0 && one.ParentHash != f.tip().hash {
			return false, f.rewind(ctx, head.Number)
		}
		if !f.append(one) {
			return false, errStopped
		}
	}
	f.report()
	return true, nil
}

// ground reads what the first block stands on: the one before it, and one that no reorganisation reaches.
func (f *follower) ground(ctx context.Context, head uint64) error {
	if f.next == 0 || len(f.kept) > 0 && f.tip().number == f.next-1 {
		return nil
	}
	var before []block
	for _, number := range []uint64{head - min(head, f.config.Window), f.next - 1} {
		if number >= f.next || len(before) > 0 && before[0].number == number || len(f.kept) > 0 && number <= f.tip().number {
			continue
		}
		there, err := readNumber(ctx, f.config.Client, number)
		if err != nil {
			return err
		}
		before = append(before, block{entry: entry{there.Number, there.Hash, -1}})
	}
	f.kept = append(f.kept, before...)
	return nil
}

// fetch reads one block and its logs, by its hash.
func (f *follower) fetch(ctx context.Context, number uint64, head header) (one fetched, err error) {
	if one.header = head; number != head.Number {
		if one.header, err = readNumber(ctx, f.config.Client, number); err != nil {
			return fetched{}, err
		}
	}
	if f.config.Filter == nil {
		return one, nil
	}
	if one.logs, err = f.config.Filter.OfBlock(ctx, f.config.Client, number, one.Hash); err != nil {
		return fetched{}, err
	}
	if one.bloom == nil || !f.config.TrustBloom {
		return one, nil
	}
	for i := range one.logs {
		if one.bloom.Excludes(one.logs[i]) {
			return fetched{}, fmt.Errorf("block %d (%s) has a log that its bloom excludes: %w", number, one.Hash, node.ErrBadAnswer)
		}
	}
	if len(one.logs) == 0 && f.blooms.MayMatch(one.bloom) {
		// Nodes behind one address may have the block before they have its logs, and then say that there are none.
		one.logs, err = f.config.Filter.OfBlock(ctx, f.config.Client, number, one.Hash)
	}
	return one, err
}

// append takes a block as the new tip and hands it on; false when the consumer wants no more.
func (f *follower) append(one fetched) bool {
	done := block{entry: entry{one.Number, one.Hash, -1}, time: one.Time, held: f.wanted(one.logs), known: true}
	if len(done.held) > 0 || f.config.EveryBlock {
		done.logs = len(done.held)
	}
	f.kept = append(f.kept, done)
	f.next, f.success, f.deep = one.Number+1, time.Now(), 0
	for len(f.kept) > 1 && f.kept[1].number+f.config.Window <= one.Number { // the first is the ground to stand on
		f.kept[0] = block{}
		f.kept = f.kept[1:]
	}
	return done.logs < 0 || f.hand(Step{Number: one.Number, Hash: one.Hash, Time: one.Time, Logs: done.held})
}

// hand gives a step to the consumer; false when it wants no more.
func (f *follower) hand(step Step) bool {
	step.Head, step.Cursor = f.head, f.cursor()
	if !f.yield(step, nil) {
		return false
	}
	f.success = time.Now() // what the consumer took is not the node's fault
	return true
}

func (f *follower) wanted(logs []logscan.Log) []logscan.Log {
	return slices.DeleteFunc(logs, func(log logscan.Log) bool { return !f.config.Wanted(&log) })
}

func (f *follower) tip() block { return f.kept[len(f.kept)-1] }

func (f *follower) report() {
	if f.config.Progress != nil {
		f.config.Progress(Progress{Done: f.next - 1, Head: f.head, Cursor: f.cursor()})
	}
}

// cursor returns where the stream stands: the ground, what was handed on since, and the tip.
func (f *follower) cursor() Cursor {
	count := 0
	for i := range f.kept {
		if f.kept[i].logs >= 0 || i == 0 || i == len(f.kept)-1 {
			count++
		}
	}
	cursor := Cursor{chainID: f.chainID, blocks: make([]entry, 0, count)}
	for i := range f.kept {
		if f.kept[i].logs >= 0 || i == 0 || i == len(f.kept)-1 {
			cursor.blocks = append(cursor.blocks, f.kept[i].entry)
		}
	}
	return cursor
}
