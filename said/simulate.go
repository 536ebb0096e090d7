package said

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// MaxSimulation is the largest number of requests and events together that [Simulate] takes.
const MaxSimulation = 10_000

// ErrSimulationTooLarge: there are more than [MaxSimulation] requests and events. Merge events, or simulate a part.
var ErrSimulationTooLarge = errors.New("said: more requests and events than a simulation takes")

// Event is what happens while the queue waits: Liquidity (AID) is set aside for it, and Change, if it is not nil, returns
// the books after a NAV step such as [State.AccrueYield] or [State.MarkDown].
type Event struct {
	Time      time.Time
	Liquidity uint256.Int
	Change    func(State) (State, error)
}

// Simulate plays the schedule over a queue and the events, and returns all payments in time order, and queue, books and
// liquidity after the last event. A request takes part from its settlement date on. At each settlement date of the schedule
// the requests due are paid in the schedule's way out of the liquidity of all events up to that time, in the order in which
// they fell due, those of one date in the order of the queue; what is left stays due. Events at a settlement date come
// before it. A request may be dated later than the events.
// Errors: those of the schedule's Check, of a Change and of the settlement, and [ErrSimulationTooLarge].
func Simulate(state State, queue Queue, schedule Schedule, events ...Event) (Settlement, error) {
	if err := schedule.Check(); err != nil {
		return Settlement{}, err
	}
	if n := queue.Len() + len(events); n > MaxSimulation {
		return Settlement{}, fmt.Errorf("%w: %d, at most %d", ErrSimulationTooLarge, n, MaxSimulation)
	}
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })

	type dated struct {
		due     time.Time
		request Request
	}
	waiting := make([]dated, 0, queue.Len())
	for _, r := range queue.requests {
		waiting = append(waiting, dated{schedule.Settlement(r.Time), r})
	}
	slices.SortStableFunc(waiting, func(a, b dated) int { return a.due.Compare(b.due) })

	out := Settlement{State: state, Queue: Queue{fixing: queue.fixing}}
	for len(waiting) > 0 || out.Queue.Len() > 0 && len(events) > 0 {
		// The next settlement that can pay anything is the first at which a request falls due or money has come.
		var date time.Time
		if len(events) > 0 {
			date = schedule.Next(events[0].Time.Add(-1))
			if date.Before(events[0].Time) { // a foreign schedule might, and the loop must go on
				date = events[0].Time
			}
		}
		if len(waiting) > 0 && (len(events) == 0 || waiting[0].due.Before(date)) {
			date = waiting[0].due
		}
		for len(events) > 0 && !events[0].Time.After(date) {
			if err := out.apply(events[0]); err != nil {
				return Settlement{}, err
			}
			events = events[1:]
		}
		for len(waiting) > 0 && !waiting[0].due.After(date) {
			out.Queue.requests = append(out.Queue.requests, waiting[0].request)
			waiting = waiting[1:]
		}
		if err := out.settle(schedule.Fill(), date); err != nil {
			return Settlement{}, err
		}
	}
	for _, e := range events {
		if err := out.apply(e); err != nil {
			return Settlement{}, err
		}
	}
	return out, nil
}

func (s *Settlement) apply(e Event) error {
	if e.Change != nil {
		changed, err := e.Change(s.State)
		if err != nil {
			return err
		}
		s.State = changed
	}
	if err := fixed.Add(&s.Liquidity, &s.Liquidity, &e.Liquidity); err != nil {
		return &StateError{Op: "add liquidity", Amount: e.Liquidity, Err: err}
	}
	return nil
}

// settle pays the queue, all of which is due, and appends the payments.
func (s *Settlement) settle(fill Fill, date time.Time) error {
	var round Settlement
	var err error
	if fill == ProRata {
		round, err = s.Queue.SettleProRata(s.State, s.Liquidity)
	} else {
		round, err = s.Queue.Settle(s.State, s.Liquidity, math.MaxInt)
	}
	if err != nil {
		return err
	}
	for i := range round.Payments {
		round.Payments[i].Time = date
	}
	round.Payments = append(s.Payments, round.Payments...)
	*s = round
	return nil
}
