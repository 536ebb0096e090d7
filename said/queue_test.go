package said_test

import (
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gaib-go/gaib/said"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func user(i int) [20]byte { return [20]byte{19: byte(i), 18: byte(i >> 8)} }

func queueOf(t *testing.T, fixing said.Fixing, requests ...said.Request) said.Queue {
	t.Helper()
	q, err := said.NewQueue(fixing, requests...)
	require.NoError(t, err)
	return q
}

func TestUnstake(t *testing.T) {
	now := genesis
	q, state, r, err := said.Queue{}.Unstake(books, user(1), u(90), now)
	require.NoError(t, err)
	require.Equal(t, said.Request{User: user(1), Time: now, Shares: u(90)}, r)
	require.Equal(t, books, state, "fixed at settlement, the books do not change")
	owed, err := q.Owed(state, r)
	require.NoError(t, err)
	require.Equal(t, u(90), owed) // 90*901/901

	_, _, _, err = q.Unstake(state, user(1), u(1), now)
	require.ErrorIs(t, err, said.ErrUnstakePending)
	var typed *said.QueueError
	require.ErrorAs(t, err, &typed)
	require.Equal(t, user(1), typed.User)
	require.ErrorContains(t, err, "unstake 1 shares of 0x0000000000000000000000000000000000000001: a request of this address is pending")
	_, _, _, err = q.Unstake(state, user(2), u(0), now)
	require.ErrorIs(t, err, said.ErrZeroAmount)
	// 900 shares exist, 90 are in the queue.
	_, _, _, err = q.Unstake(state, user(2), u(811), now)
	require.ErrorIs(t, err, said.ErrInsufficientShares)
	q2, _, _, err := q.Unstake(state, user(2), u(810), now)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{q.Len(), q2.Len()}, "the receiver is a value")
	pending, ok := q2.Pending(user(2))
	require.True(t, ok)
	require.Equal(t, u(810), pending.Shares)
	_, ok = q.Pending(user(2))
	require.False(t, ok)
}

// TestUnstakeFixedAtRequest: 90 of 900 shares are worth 90*901/901 = 90 AID with the loss and floor(90*1001/901) = 99
// without. The 9 between them come off the loss: A = 1000 - 90 - 9, L = 100 - 9, S = 900 - 90.
func TestUnstakeFixedAtRequest(t *testing.T) {
	q, state, r, err := queueOf(t, said.FixAtRequest).Unstake(books, user(1), u(90), genesis)
	require.NoError(t, err)
	require.Equal(t, said.Request{User: user(1), Time: genesis, Assets: u(90)}, r)
	require.Equal(t, said.State{TotalAssets: u(901), UnrealizedLoss: u(91), TotalSupply: u(810)}, state)

	// A mark-down afterwards does not touch what is owed; a partial payment leaves the rest at the head.
	state, err = state.MarkDown(u(500))
	require.NoError(t, err)
	s, err := q.Settle(state, u(50), 10)
	require.NoError(t, err)
	require.Equal(t, []said.Payment{{User: user(1), Assets: u(50), Remaining: u(40)}}, s.Payments)
	require.Equal(t, state, s.State)
	require.True(t, s.Liquidity.IsZero())
	s, err = s.Queue.Settle(s.State, u(50), 10)
	require.NoError(t, err)
	require.Equal(t, []said.Payment{{User: user(1), Assets: u(40)}}, s.Payments)
	require.Equal(t, u(10), s.Liquidity)
	require.Zero(t, s.Queue.Len())
	_, _, _, err = queueOf(t, said.FixAtRequest).Unstake(books, user(1), u(901), genesis)
	require.ErrorIs(t, err, said.ErrInsufficientShares)
}

// TestSettle, by hand, from A = 1000, L = 100, S = 900 with 150 AID for requests of 90, 180 and 60 shares:
//  1. 90 shares: v = 90*901/901 = 90 <= 150, paid 90. dv = floor(90*1001/901) = 99, so 9 off the loss:
//     A = 901, L = 91, S = 810. 60 AID are left.
//  2. 180 shares: v = floor(180*811/811) = 180 > 60: paid 60 for ceil(60*811/811) = 60 shares.
//     dv = floor(60*902/811) = 66, 6 off the loss: A = 835, L = 85, S = 750. 120 shares keep their place,
//     worth floor(120*751/751) = 120.
func TestSettle(t *testing.T) {
	requests := []said.Request{
		{User: user(1), Shares: u(90)}, {User: user(2), Shares: u(180)}, {User: user(3), Shares: u(60)},
	}
	q := queueOf(t, said.FixAtSettlement, requests...)
	s, err := q.Settle(books, u(150), 10)
	require.NoError(t, err)
	require.Equal(t, []said.Payment{
		{User: user(1), Shares: u(90), Assets: u(90)},
		{User: user(2), Shares: u(60), Assets: u(60), Remaining: u(120)},
	}, s.Payments)
	require.Equal(t, said.State{TotalAssets: u(835), UnrealizedLoss: u(85), TotalSupply: u(750)}, s.State)
	require.Equal(t, []said.Request{{User: user(2), Shares: u(120)}, requests[2]}, s.Queue.Requests())
	require.True(t, s.Liquidity.IsZero())
	require.Equal(t, requests, q.Requests(), "the receiver is a value")

	// One iteration pays one request; none pays none; nothing is paid out of nothing.
	s, err = q.Settle(books, u(150), 1)
	require.NoError(t, err)
	require.Len(t, s.Payments, 1)
	require.Equal(t, u(60), s.Liquidity)
	for _, c := range []struct {
		liquidity  uint64
		iterations int
	}{{150, 0}, {150, -1}, {0, 10}} {
		s, err = q.Settle(books, u(c.liquidity), c.iterations)
		require.NoError(t, err)
		require.Equal(t, said.Settlement{Queue: q, State: books, Liquidity: u(c.liquidity)}, s)
	}

	// A blocked request takes an iteration and goes to the end.
	requests[0].Blocked = true
	q = queueOf(t, said.FixAtSettlement, requests...)
	s, err = q.Settle(books, u(1000), 2)
	require.NoError(t, err)
	require.Len(t, s.Payments, 1)
	require.Equal(t, user(2), s.Payments[0].User)
	require.Equal(t, []said.Request{requests[2], requests[0]}, s.Queue.Requests())
	s, err = q.Settle(books, u(1000), 100)
	require.NoError(t, err)
	require.Equal(t, []said.Request{requests[0]}, s.Queue.Requests(), "each request is visited once")
	requests[1].Blocked = true
	s, err = queueOf(t, said.FixAtSettlement, requests...).Settle(books, u(1000), 2)
	require.NoError(t, err)
	require.Equal(t, []said.Request{requests[2], requests[0], requests[1]}, s.Queue.Requests(), "skipped in their order")
}

// TestSettleDust: with 1,000 shares on 1 AID a share is worth nothing, but settling it takes it out of the queue.
func TestSettleDust(t *testing.T) {
	poor := said.State{TotalAssets: u(1), TotalSupply: u(1000)}
	q := queueOf(t, said.FixAtSettlement, said.Request{User: user(1), Shares: u(1)})
	s, err := q.Settle(poor, u(5), 1)
	require.NoError(t, err)
	require.Equal(t, []said.Payment{{User: user(1), Shares: u(1)}}, s.Payments)
	require.Equal(t, said.State{TotalAssets: u(1), TotalSupply: u(999)}, s.State)
	require.Equal(t, u(5), s.Liquidity)
}

func TestQueueErrors(t *testing.T) {
	for _, c := range []struct {
		fixing   said.Fixing
		requests []said.Request
		want     error
	}{
		{said.FixAtSettlement, []said.Request{{User: user(1), Shares: u(1)}, {User: user(1), Shares: u(1)}}, said.ErrUnstakePending},
		{said.FixAtSettlement, []said.Request{{User: user(1)}}, said.ErrZeroAmount},
		{said.FixAtSettlement, []said.Request{{User: user(1), Shares: u(1), Assets: u(1)}}, said.ErrFixing},
		{said.FixAtRequest, []said.Request{{User: user(1), Shares: u(1), Assets: u(1)}}, said.ErrFixing},
	} {
		_, err := said.NewQueue(c.fixing, c.requests...)
		require.ErrorIs(t, err, c.want)
		var typed *said.QueueError
		require.ErrorAs(t, err, &typed)
	}
	// More shares in the queue than exist: refused, not paid.
	q := queueOf(t, said.FixAtSettlement, said.Request{User: user(1), Shares: u(901)})
	_, err := q.Settle(books, u(10_000), 1)
	require.ErrorIs(t, err, said.ErrInsufficientShares)
	_, err = q.SettleProRata(books, u(10_000))
	require.ErrorIs(t, err, said.ErrInsufficientShares)
	_, _, _, err = q.Unstake(books, user(2), u(1), genesis)
	require.ErrorIs(t, err, said.ErrInsufficientShares)
	_, err = q.Settle(said.State{UnrealizedLoss: u(1)}, u(1), 1)
	require.ErrorIs(t, err, said.ErrLossExceedsAssets)
	q = queueOf(t, said.FixAtRequest, said.Request{User: user(1), Assets: maxInt}, said.Request{User: user(2), Assets: u(1)})
	_, err = q.SettleProRata(books, u(1))
	require.ErrorContains(t, err, "overflow")
	require.Equal(t, "fixed at settlement fixed at request Fixing(7)",
		said.FixAtSettlement.String()+" "+said.FixAtRequest.String()+" "+said.Fixing(7).String())
}

// vault is the contract's queue in math/big, in the contract's own order of steps.
type vault struct {
	bigState
	liquidity    *big.Int
	fixAtRequest bool
	shares, owed map[[20]byte]*big.Int
	queue        [][20]byte
	denied       map[[20]byte]bool
}

type bigPayment struct {
	user                      [20]byte
	shares, assets, remaining *big.Int
}

func (v *vault) process(maxIterations int) (paid []bigPayment) {
	for visits := min(maxIterations, len(v.queue)); visits > 0 && v.liquidity.Sign() > 0; visits-- {
		who := v.queue[0]
		if v.denied[who] {
			v.queue = append(v.queue[1:], who)
			continue
		}
		shares, assets := new(big.Int), new(big.Int)
		remaining := new(big.Int)
		if v.fixAtRequest {
			assets.Set(v.owed[who])
			if assets.Cmp(v.liquidity) > 0 {
				assets.Set(v.liquidity)
			}
			v.owed[who].Sub(v.owed[who], assets)
			remaining.Set(v.owed[who])
		} else {
			shares.Set(v.shares[who])
			assets = v.withLoss(shares)
			if assets.Cmp(v.liquidity) > 0 {
				assets.Set(v.liquidity)
				needed := v.mulDiv(assets, v.s, v.net(), true)
				if needed.Cmp(shares) < 0 {
					shares = needed
				}
			}
			v.shares[who].Sub(v.shares[who], shares)
			v.settle(shares, assets)
			remaining = v.withLoss(v.shares[who])
		}
		v.liquidity.Sub(v.liquidity, assets)
		if v.shares[who].Sign() == 0 && v.owed[who].Sign() == 0 {
			v.queue = v.queue[1:]
			delete(v.shares, who)
			delete(v.owed, who)
		}
		paid = append(paid, bigPayment{who, shares, assets, remaining})
	}
	return paid
}

// TestQueueWalk plays random unstakes, NAV steps and settlements on the Go queue and on the contract's steps in math/big:
// every payment, every remainder and the books are equal to the base unit, and no holder who stays loses by it.
func TestQueueWalk(t *testing.T) {
	partial, skipped := 0, 0
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		fixing := said.Fixing(rng.IntN(2))
		bits := []int{8, 40, 90}[rng.IntN(3)]
		state, _, err := said.State{}.Deposit(randomAmount(rng, bits))
		require.NoError(t, err)
		v := &vault{
			bigState:  bigState{state.TotalAssets.ToBig(), new(big.Int), state.TotalSupply.ToBig()},
			liquidity: new(big.Int), fixAtRequest: fixing == said.FixAtRequest,
			shares: map[[20]byte]*big.Int{}, owed: map[[20]byte]*big.Int{}, denied: map[[20]byte]bool{},
		}
		q := queueOf(t, fixing)
		var liquidity uint256.Int
		for step := range 60 {
			switch rng.IntN(5) {
			case 0: // a NAV step
				x := randomAmount(rng, bits-1)
				if after, err := state.MarkDown(x); err == nil && rng.IntN(2) == 0 {
					state = after
					v.l.Add(v.l, x.ToBig())
				} else if after, fee, err := state.AccrueYield(x, 2000); err == nil {
					state = after
					v.a.Add(v.a, x.ToBig()).Sub(v.a, fee.ToBig())
				}
			case 1, 2: // a request
				who, x := user(rng.IntN(12)), randomAmount(rng, bits-2)
				next, after, r, err := q.Unstake(state, who, x, genesis.Add(time.Duration(step)*time.Hour))
				if v.shares[who] != nil {
					require.Error(t, err)
					continue
				}
				if err != nil {
					continue
				}
				v.shares[who], v.owed[who] = x.ToBig(), new(big.Int)
				v.queue = append(v.queue, who)
				if v.fixAtRequest {
					v.owed[who] = v.withLoss(x.ToBig())
					v.settle(x.ToBig(), v.owed[who])
					v.shares[who] = new(big.Int)
					require.Equal(t, v.owed[who].String(), r.Assets.Dec())
				}
				q, state = next, after
			case 3: // liquidity
				x := randomAmount(rng, bits-2)
				liquidity.Add(&liquidity, &x)
				v.liquidity.Add(v.liquidity, x.ToBig())
			case 4: // a settlement
				blocked := user(rng.IntN(12))
				requests := q.Requests()
				for i := range requests {
					requests[i].Blocked = requests[i].User == blocked
				}
				v.denied = map[[20]byte]bool{blocked: true}
				before := bigState{new(big.Int).Set(v.a), new(big.Int).Set(v.l), new(big.Int).Set(v.s)}
				iterations := rng.IntN(6)
				s, err := queueOf(t, fixing, requests...).Settle(state, liquidity, iterations)
				require.NoError(t, err)
				paid := v.process(iterations)
				require.Len(t, s.Payments, len(paid))
				spent := new(uint256.Int)
				for i, p := range paid {
					got := s.Payments[i]
					require.Equal(t, p.user, got.User)
					require.Equal(t, p.assets.String(), got.Assets.Dec())
					require.Equal(t, p.shares.String(), got.Shares.Dec())
					require.Equal(t, p.remaining.String(), got.Remaining.Dec())
					spent.Add(spent, &got.Assets)
					if !got.Remaining.IsZero() {
						partial++
					}
				}
				require.Equal(t, liquidity, *new(uint256.Int).Add(spent, &s.Liquidity), "liquidity is conserved")
				notLower(t, before.net(), before.s, v.net(), v.s, "a settlement lowered the unstaking NAV of those who stay")
				notLower(t, before.a, before.s, v.a, v.s, "a settlement lowered the deposit NAV of those who stay")
				q, state, liquidity = s.Queue, s.State, s.Liquidity
				order := make([][20]byte, 0, len(v.queue))
				for _, r := range q.Requests() {
					order = append(order, r.User)
					require.Equal(t, v.shares[r.User].String(), r.Shares.Dec())
					require.Equal(t, v.owed[r.User].String(), r.Assets.Dec())
					if r.Blocked {
						skipped++
					}
				}
				require.Equal(t, append([][20]byte{}, v.queue...), order)
			}
			v.requireEqual(t, state)
			require.Equal(t, v.liquidity.String(), liquidity.Dec())
		}
	}
	require.Greater(t, partial, 100, "the walk met too few partial payments to prove anything")
	require.Greater(t, skipped, 100, "the walk met too few blocked requests to prove anything")
}

// TestSettleProRata, by hand: values 90, 180 and 61 of V = 331 share 100 AID: floor(9000/331) = 27, floor(18000/331) = 54,
// floor(6100/331) = 18. One unit is left and goes to the first. At the price of one AID per share they burn 28, 54 and 18 shares.
// dv = floor(100*1001/901) = 111, so 11 come off the loss: A = 1000 - 111, L = 89, S = 800.
func TestSettleProRata(t *testing.T) {
	requests := []said.Request{
		{User: user(1), Shares: u(90)}, {User: user(9), Shares: u(50), Blocked: true},
		{User: user(2), Shares: u(180)}, {User: user(3), Shares: u(61)},
	}
	q := queueOf(t, said.FixAtSettlement, requests...)
	s, err := q.SettleProRata(books, u(100))
	require.NoError(t, err)
	require.Equal(t, []said.Payment{
		// What remains is worth floor(shares * 801/801) afterwards.
		{User: user(1), Shares: u(28), Assets: u(28), Remaining: u(62)},
		{User: user(2), Shares: u(54), Assets: u(54), Remaining: u(126)},
		{User: user(3), Shares: u(18), Assets: u(18), Remaining: u(43)},
	}, s.Payments)
	require.Equal(t, said.State{TotalAssets: u(889), UnrealizedLoss: u(89), TotalSupply: u(800)}, s.State)
	require.Equal(t, requests[1], s.Queue.Requests()[1], "a blocked request stays where it is")
	require.True(t, s.Liquidity.IsZero())

	s, err = q.SettleProRata(books, u(400))
	require.NoError(t, err)
	require.Len(t, s.Payments, 3)
	require.Equal(t, u(69), s.Liquidity) // 400 - 331
	require.Equal(t, []said.Request{requests[1]}, s.Queue.Requests())

	// One AID: every floor is zero and the first gets it; a payment of nothing is no payment.
	s, err = q.SettleProRata(books, u(1))
	require.NoError(t, err)
	require.Equal(t, []said.Payment{{User: user(1), Shares: u(1), Assets: u(1), Remaining: u(89)}}, s.Payments)

	s, err = q.SettleProRata(books, u(0))
	require.NoError(t, err)
	require.Equal(t, said.Settlement{Queue: q, State: books}, s)
}

// TestSettleProRataProperties: exactly the liquidity or everything owed is paid, nobody gets more than owed or differs
// from the exact share by more than a unit, and those who stay do not lose.
func TestSettleProRataProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	short := 0
	for range 3000 {
		fixing := said.Fixing(rng.IntN(2))
		bits := []int{6, 40, 100}[rng.IntN(3)]
		state := said.State{TotalAssets: randomAmount(rng, bits), TotalSupply: randomAmount(rng, bits)}
		state.UnrealizedLoss.Mod(&maxInt, new(uint256.Int).AddUint64(&state.TotalAssets, 1))
		free := state.TotalSupply
		var requests []said.Request
		for i := range rng.IntN(8) {
			r := said.Request{User: user(i)}
			if fixing == said.FixAtRequest {
				r.Assets = randomAmount(rng, bits)
			} else if r.Shares = randomAmount(rng, bits-3); r.Shares.IsZero() || r.Shares.Gt(&free) {
				continue
			}
			free.Sub(&free, &r.Shares)
			requests = append(requests, r)
		}
		q := queueOf(t, fixing, requests...)
		liquidity := randomAmount(rng, bits)
		s, err := q.SettleProRata(state, liquidity)
		require.NoError(t, err)

		owed, total := map[[20]byte]*big.Int{}, new(big.Int)
		for _, r := range requests {
			v, err := q.Owed(state, r)
			require.NoError(t, err)
			owed[r.User] = v.ToBig()
			total.Add(total, v.ToBig())
		}
		var paid uint256.Int
		for _, p := range s.Payments {
			paid.Add(&paid, &p.Assets)
			require.LessOrEqual(t, p.Assets.ToBig().Cmp(owed[p.User]), 0)
		}
		want := liquidity.ToBig()
		if total.Cmp(want) < 0 {
			want = total
		} else if total.Cmp(want) > 0 {
			short++
			for _, p := range s.Payments {
				// |a * V - q * v| <= V.
				d := new(big.Int).Mul(p.Assets.ToBig(), total)
				d.Sub(d, new(big.Int).Mul(liquidity.ToBig(), owed[p.User])).Abs(d)
				require.LessOrEqual(t, d.Cmp(total), 0)
			}
		}
		require.Equal(t, want.String(), paid.Dec())
		require.Equal(t, liquidity, *new(uint256.Int).Add(&paid, &s.Liquidity))
		before := bigState{state.TotalAssets.ToBig(), state.UnrealizedLoss.ToBig(), state.TotalSupply.ToBig()}
		after := bigState{s.State.TotalAssets.ToBig(), s.State.UnrealizedLoss.ToBig(), s.State.TotalSupply.ToBig()}
		notLower(t, before.net(), before.s, after.net(), after.s, "pro rata lowered the unstaking NAV")
		notLower(t, before.a, before.s, after.a, after.s, "pro rata lowered the deposit NAV")
	}
	require.Greater(t, short, 500)
}
