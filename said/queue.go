package said

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// ErrUnstakePending: the address has a request in the queue already. Wait until it is paid, or use another address.
var ErrUnstakePending = errors.New("a request of this address is pending; wait until it is paid or use another address")

// ErrFixing: a request has an amount that belongs to the other way of fixing. Give shares to a queue fixed at settlement,
// and assets to one fixed at request.
var ErrFixing = errors.New("the request has shares where its amount is fixed at request, or assets where it is not")

// QueueError is a request that the queue cannot take or pay. It wraps the sentinel that says why: [ErrUnstakePending],
// [ErrZeroAmount], [ErrInsufficientShares], [ErrFixing], or an overflow of 256 bits.
type QueueError struct {
	User   [20]byte
	Shares uint256.Int
	Err    error
}

func (e *QueueError) Error() string {
	return fmt.Sprintf("said: unstake %s shares of 0x%x: %v", e.Shares.Dec(), e.User, e.Err)
}

func (e *QueueError) Unwrap() error { return e.Err }

// Fixing says when the amount of a request is fixed. GAIB has not settled which it is: the caller picks.
type Fixing uint8

const (
	// FixAtSettlement prices a request when it is paid. Its shares stay in the supply and bear gains and losses until then.
	FixAtSettlement Fixing = iota
	// FixAtRequest prices a request when it is made. Its shares are burned and its amount leaves the books at once.
	FixAtRequest
)

// String returns "fixed at settlement" or "fixed at request".
func (f Fixing) String() string {
	switch f {
	case FixAtSettlement:
		return "fixed at settlement"
	case FixAtRequest:
		return "fixed at request"
	}
	return fmt.Sprintf("Fixing(%d)", uint8(f))
}

// Request is a pending request to unstake. Shares are held in escrow where the amount is fixed at settlement, Assets
// (AID) are owed where it is fixed at request; the other of the two is zero.
type Request struct {
	User    [20]byte
	Time    time.Time
	Shares  uint256.Int
	Assets  uint256.Int
	Blocked bool // cannot be paid, being on AID's deny list: a settlement moves it behind the others
}

// Payment is what a settlement pays for a request, in full or in part. Shares are burned by it; they are zero where the
// amount was fixed at request. Remaining is what the request is still worth after this payment.
type Payment struct {
	User      [20]byte
	Time      time.Time // of the settlement; set by Simulate only
	Shares    uint256.Int
	Assets    uint256.Int
	Remaining uint256.Int
}

// Queue is the pending requests in their order, at most one of an address. It is a value: methods return the new queue
// and leave the receiver as it was. The zero value is an empty queue fixed at settlement. The deployed vault's queue is
// known by its calls only; how it settles is assumed.
type Queue struct {
	fixing   Fixing
	requests []Request
}

// NewQueue returns the queue of the requests, in their order. It fails with a [*QueueError] if an address has two
// requests, or if one is empty or of the other fixing.
func NewQueue(fixing Fixing, requests ...Request) (Queue, error) {
	seen := make(map[[20]byte]struct{}, len(requests))
	for _, r := range requests {
		if _, twice := seen[r.User]; twice {
			return Queue{}, &QueueError{r.User, r.Shares, ErrUnstakePending}
		}
		seen[r.User] = struct{}{}
		switch {
		case fixing == FixAtRequest && !r.Shares.IsZero(), fixing != FixAtRequest && !r.Assets.IsZero():
			return Queue{}, &QueueError{r.User, r.Shares, ErrFixing}
		case fixing != FixAtRequest && r.Shares.IsZero():
			return Queue{}, &QueueError{r.User, r.Shares, ErrZeroAmount}
		}
	}
	return Queue{fixing, slices.Clone(requests)}, nil
}

// Requests returns a copy of the pending requests in their order.
func (q Queue) Requests() []Request { return slices.Clone(q.requests) }

// Len returns the number of pending requests.
func (q Queue) Len() int { return len(q.requests) }

// Fixing returns when the amounts are fixed.
func (q Queue) Fixing() Fixing { return q.fixing }

// Pending returns the request of an address and whether it has one.
func (q Queue) Pending(user [20]byte) (Request, bool) {
	i := slices.IndexFunc(q.requests, func(r Request) bool { return r.User == user })
	if i < 0 {
		return Request{}, false
	}
	return q.requests[i], true
}

// Owed returns what a request would be paid if it were settled now: the amount fixed at request, or the value of its
// shares at the Unstaking NAV, rounded down.
func (q Queue) Owed(state State, r Request) (uint256.Int, error) {
	if q.fixing == FixAtRequest {
		return r.Assets, nil
	}
	return state.ConvertToAssetsWithLoss(r.Shares)
}

// Unstake returns queue and books after an address has put shares into the queue, and its request. It fails with a
// [*QueueError] if shares is zero, if the address has a request already, or if there are fewer shares outside the queue.
func (q Queue) Unstake(state State, user [20]byte, shares uint256.Int, at time.Time) (Queue, State, Request, error) {
	fail := func(err error) (Queue, State, Request, error) {
		return Queue{}, State{}, Request{}, err
	}
	if shares.IsZero() {
		return fail(&QueueError{user, shares, ErrZeroAmount})
	}
	free := state.TotalSupply
	for _, r := range q.requests {
		if r.User == user {
			return fail(&QueueError{user, shares, ErrUnstakePending})
		}
		if q.fixing != FixAtRequest && fixed.Sub(&free, &free, &r.Shares) != nil {
			return fail(&QueueError{user, shares, ErrInsufficientShares})
		}
	}
	if shares.Gt(&free) {
		return fail(&QueueError{user, shares, ErrInsufficientShares})
	}
	request := Request{User: user, Time: at, Shares: shares}
	if q.fixing == FixAtRequest {
		assets, err := state.ConvertToAssetsWithLoss(shares)
		if err != nil {
			return fail(err)
		}
		if state, err = state.leave(shares, assets); err != nil {
			return fail(err)
		}
		request.Shares, request.Assets = uint256.Int{}, assets
	}
	return Queue{q.fixing, append(slices.Clone(q.requests), request)}, state, request, nil
}

// Settlement is the outcome of settling a queue: payments in their order, and what the queue, the books and the
// liquidity are afterwards.
type Settlement struct {
	Payments  []Payment
	Queue     Queue
	State     State
	Liquidity uint256.Int
}

// Settle pays up to maxIterations requests from the head of the queue out of liquidity, as processUnstakeQueue does in
// the assumed vault, to the base unit. A request whose value v is covered is paid v, rounded down, and leaves the queue.
// The first that is not covered is paid all liquidity q for ceil(q * (S + 1) / (A - L + 1)) of its shares, keeps its place,
// and ends the settlement. Each payment changes the books that price the next one. A blocked request
// counts as an iteration and moves to the end.
func (q Queue) Settle(state State, liquidity uint256.Int, maxIterations int) (Settlement, error) {
	out := Settlement{State: state, Liquidity: liquidity}
	pending := q.requests
	var skipped []Request
	for range min(max(0, maxIterations), len(q.requests)) {
		if out.Liquidity.IsZero() {
			break
		}
		head := pending[0]
		if head.Blocked {
			pending, skipped = pending[1:], append(skipped, head)
			continue
		}
		rest, payment, err := q.pay(&out, head)
		if err != nil {
			return Settlement{}, err
		}
		out.Payments = append(out.Payments, payment)
		pending = pending[1:]
		if !rest.Shares.IsZero() || !rest.Assets.IsZero() {
			pending = append([]Request{rest}, pending...)
		}
	}
	out.Queue = Queue{q.fixing, slices.Concat(pending, skipped)}
	return out, nil
}

// pay pays a request out of the settlement's liquidity and returns what is left of it.
func (q Queue) pay(s *Settlement, r Request) (rest Request, payment Payment, err error) {
	assets, err := q.Owed(s.State, r)
	if err != nil {
		return r, payment, err
	}
	short := assets.Gt(&s.Liquidity)
	if short {
		assets = s.Liquidity
	}
	payment = Payment{User: r.User, Assets: assets}
	if q.fixing == FixAtRequest {
		r.Assets.Sub(&r.Assets, &assets)
	} else {
		payment.Shares = r.Shares
		if short {
			if payment.Shares, err = sharesFor(s.State, assets); err != nil {
				return r, payment, err
			}
		}
		r.Shares.Sub(&r.Shares, &payment.Shares)
		if s.State, err = s.State.leave(payment.Shares, assets); err != nil {
			return r, payment, err
		}
	}
	s.Liquidity.Sub(&s.Liquidity, &assets)
	payment.Remaining, err = q.Owed(s.State, r)
	return r, payment, err
}

// sharesFor returns the shares burned for a partial payment, ceil(assets * (S + 1) / (A - L + 1)). Since assets is at most
// floor(shares * (A - L + 1) / (S + 1)) of the request, that is never more than its shares.
func sharesFor(state State, assets uint256.Int) (uint256.Int, error) {
	net, err := state.net()
	if err != nil {
		return uint256.Int{}, err
	}
	return state.convert("shares for", roundUp, &assets, &state.TotalSupply, &net)
}

// SettleProRata pays the same fraction of every request out of liquidity, all priced at the books before the settlement.
// If liquidity covers their values v, whose sum is V, each is paid v in full. Otherwise each is paid
// floor(liquidity * v / V), and the base units that this leaves go one each to the earliest requests of a value above
// zero, so that exactly the liquidity is paid; a partial payment of a burns ceil(a * (S + 1) / (A - L + 1)) shares.
// Blocked requests take no part and stay where they are.
func (q Queue) SettleProRata(state State, liquidity uint256.Int) (Settlement, error) {
	out := Settlement{State: state, Liquidity: liquidity}
	fail := func(err error) (Settlement, error) { return Settlement{}, err }

	values := make([]uint256.Int, len(q.requests))
	var total uint256.Int
	for i, r := range q.requests {
		if r.Blocked {
			continue
		}
		var err error
		if values[i], err = q.Owed(state, r); err != nil {
			return fail(err)
		}
		if err := fixed.Add(&total, &total, &values[i]); err != nil {
			return fail(&QueueError{r.User, r.Shares, err})
		}
	}
	if liquidity.IsZero() {
		out.Queue = q
		return out, nil
	}

	paid := values
	short := total.Gt(&liquidity)
	if short {
		dust := liquidity
		paid = make([]uint256.Int, len(values))
		for i := range values {
			if err := fixed.MulDivDown(&paid[i], &liquidity, &values[i], &total); err != nil {
				return fail(&QueueError{q.requests[i].User, q.requests[i].Shares, err})
			}
			dust.Sub(&dust, &paid[i])
		}
		// Each floor is below its value and loses less than one unit, so there are more values to take a unit than units.
		for i := 0; i < len(paid) && !dust.IsZero(); i++ {
			if !values[i].IsZero() {
				paid[i].AddUint64(&paid[i], 1)
				dust.SubUint64(&dust, 1)
			}
		}
	}

	var sumPaid, sumShares uint256.Int
	rests := slices.Clone(q.requests)
	for i := range rests {
		r := &rests[i]
		if r.Blocked || short && paid[i].IsZero() {
			continue
		}
		payment := Payment{User: r.User, Assets: paid[i]}
		if q.fixing == FixAtRequest {
			r.Assets.Sub(&r.Assets, &paid[i])
		} else {
			payment.Shares = r.Shares
			if short {
				var err error
				if payment.Shares, err = sharesFor(state, paid[i]); err != nil {
					return fail(err)
				}
			}
			r.Shares.Sub(&r.Shares, &payment.Shares)
			if err := fixed.Add(&sumShares, &sumShares, &payment.Shares); err != nil {
				return fail(&QueueError{r.User, payment.Shares, err})
			}
		}
		sumPaid.Add(&sumPaid, &paid[i]) // at most total, which fits
		out.Payments = append(out.Payments, payment)
	}
	out.Liquidity.Sub(&out.Liquidity, &sumPaid)
	if q.fixing != FixAtRequest {
		var err error
		if out.State, err = state.leave(sumShares, sumPaid); err != nil {
			return fail(err)
		}
	}

	next := 0
	out.Queue = Queue{fixing: q.fixing}
	for _, r := range rests {
		if next < len(out.Payments) && out.Payments[next].User == r.User {
			var err error
			if out.Payments[next].Remaining, err = q.Owed(out.State, r); err != nil {
				return fail(err)
			}
			next++
		}
		if !r.Shares.IsZero() || !r.Assets.IsZero() {
			out.Queue.requests = append(out.Queue.requests, r)
		}
	}
	return out, nil
}
