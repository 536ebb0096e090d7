package main

import (
	"context"
	"fmt"
	"time"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/said/contract"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/strategy"
)

type navUpdated = contract.VaultNavUpdatedEvent

// executable returns how a strategy is carried out on this chain, and whether it can be: what sells on a DEX cannot.
func (w *world) executable(r strategy.Result) (func(context.Context, strategy.Result) (float64, error), bool) {
	switch s := r.Strategy.(type) {
	case strategy.Stake:
		return w.stake, s.Exit == strategy.ByQueue
	case strategy.Loop:
		return w.loop, s.Unwind == strategy.ByQueue
	}
	return nil, false
}

// holdings is what Alice has at one block.
type holdings struct {
	time     time.Time
	aid      uint256.Int
	shares   uint256.Int
	pending  said.UnstakeRequest
	nav      said.NAV
	market   blue.Market // interest added up to the block
	position blue.Position
	price    uint256.Int
	debt     uint256.Int
}

func (w *world) holdings(ctx context.Context) (h holdings, err error) {
	balance, shares, pending, nav := w.token.BalanceOf(w.alice.Address), w.vault.BalanceOf(w.alice.Address), w.vault.PendingUnstake(w.alice.Address), w.vault.NAV()
	market, position, price := w.pair.Market(), w.pair.Position(w.alice.Address), w.pair.Price()
	block, err := gaib.Read(ctx, w.client, gaib.Latest, balance, shares, pending, nav, market, position, price)
	if err != nil {
		return h, err
	}
	h = holdings{time: block.Time, aid: balance.Value(), shares: shares.Value(), pending: pending.Value(), nav: nav.Value(), position: position.Value(), price: price.Value()}
	if h.market, _, err = market.Value().Accrue(uint64(block.Time.Unix())); err != nil {
		return h, err
	}
	h.debt, err = h.market.BorrowAssets(h.position)
	return h, err
}

// start has Alice keep nothing but the amount, and watches what becomes of it.
func (w *world) start(ctx context.Context) error {
	h, err := w.holdings(ctx)
	if err != nil {
		return err
	}
	if h.aid.Lt(&w.amount) {
		return &gaib.ERC20InsufficientBalanceError{Sender: w.alice.Address, Balance: h.aid, Needed: w.amount}
	}
	var kept uint256.Int
	kept.Sub(&h.aid, &w.amount)
	w.worth = func(ctx context.Context) (float64, error) {
		h, err := w.holdings(ctx)
		if err != nil {
			return 0, err
		}
		var shares uint256.Int
		shares.Add(&h.shares, &h.position.Collateral)
		value := yield.Float(h.aid, 18) - yield.Float(kept, 18) + yield.Float(h.nav.Exit(shares), 18) + yield.Float(h.pending.Pending, 18) - yield.Float(h.debt, 18)
		return value, nil
	}
	return nil
}

// stake stakes, waits, and leaves through the queue.
func (w *world) stake(ctx context.Context, r strategy.Result) (float64, error) {
	if err := w.start(ctx); err != nil {
		return 0, err
	}
	if err := w.stakeAll(ctx, w.amount); err != nil {
		return 0, err
	}
	if err := w.look(ctx); err != nil {
		return 0, err
	}
	if err := w.passTo(ctx, r.Expected.Left); err != nil {
		return 0, err
	}
	h, err := w.holdings(ctx)
	if err != nil {
		return 0, err
	}
	if err := w.leave(ctx, h.shares); err != nil {
		return 0, err
	}
	return w.worth(ctx)
}

func (w *world) stakeAll(ctx context.Context, amount uint256.Int) error {
	plan, err := w.vault.PlanStake(ctx, w.client, w.alice.Address, amount)
	if err != nil {
		return err
	}
	return w.carryOut(ctx, plan, w.alice)
}

// leave asks for an exit and lets time go on until the queue has paid it.
func (w *world) leave(ctx context.Context, shares uint256.Int) error {
	plan, err := w.vault.PlanUnstake(ctx, w.client, w.alice.Address, shares)
	if err != nil {
		return err
	}
	if err := w.carryOut(ctx, plan, w.alice); err != nil {
		return err
	}
	if err := w.passTo(ctx, said.MonthAfterNext.Settlement(w.chain.Now())); err != nil {
		return err
	}
	due, err := w.vault.PendingUnstake(w.alice.Address).Call(ctx, w.client, gaib.Latest)
	if err != nil {
		return err
	}
	if err := w.carryOut(ctx, gaib.Plan{w.books.FundQueueFromIdle(due.Pending)}, w.manager); err != nil {
		return err
	}
	if err := w.carryOut(ctx, gaib.Plan{w.vault.ProcessUnstakeQueue(10)}, w.manager); err != nil {
		return err
	}
	left, err := w.vault.PendingUnstake(w.alice.Address).Call(ctx, w.client, gaib.Latest)
	if err != nil {
		return err
	}
	if !left.Pending.IsZero() {
		return fmt.Errorf("the queue still owes %s base units", left.Pending.Dec())
	}
	fmt.Fprintf(w.out, "  %s  the queue pays %.2f AID\n", w.chain.Now().Format(time.DateOnly), yield.Float(due.Pending, 18))
	return w.look(ctx)
}

// times returns x * factor / 1e18, rounded down.
func times(x uint256.Int, factor lending.Ratio) (product uint256.Int) {
	product.MulDivOverflow(&x, uint256.NewInt(uint64(factor)), uint256.NewInt(uint64(lending.One)))
	return product
}

// loop borrows and stakes until the debt is what the leverage asks for, and unwinds round by round.
func (w *world) loop(ctx context.Context, r strategy.Result) (float64, error) {
	if err := w.start(ctx); err != nil {
		return 0, err
	}
	if err := w.open(ctx, r.Expected.Leverage); err != nil {
		return 0, err
	}
	if err := w.look(ctx); err != nil {
		return 0, err
	}
	if err := w.passTo(ctx, r.Expected.Left); err != nil {
		return 0, err
	}
	for {
		h, err := w.holdings(ctx)
		if err != nil {
			return 0, err
		}
		if h.position.Collateral.IsZero() {
			return w.worth(ctx)
		}
		if err := w.round(ctx, h); err != nil {
			return 0, err
		}
	}
}

func (w *world) open(ctx context.Context, leverage float64) error {
	scaled, err := lending.FloorAmount((leverage - 1) * 1e18)
	if err != nil {
		return err
	}
	missing := times(w.amount, lending.Ratio(scaled.Uint64()))
	stake := w.amount
	for {
		if err := w.stakeAll(ctx, stake); err != nil {
			return err
		}
		h, err := w.holdings(ctx)
		if err != nil {
			return err
		}
		with := h.position
		with.Collateral.Add(&with.Collateral, &h.shares)
		most, err := h.market.MaxBorrow(with, h.price)
		if err != nil {
			return err
		}
		stake = times(most, 95e16) // a distance to the limit between the steps
		if missing.Lt(&stake) {
			stake = missing
		}
		plan, err := w.pair.PlanBorrow(ctx, w.client, w.alice.Address, h.shares, stake)
		if err != nil {
			return err
		}
		if err := w.carryOut(ctx, plan, w.alice); err != nil {
			return err
		}
		if missing.IsZero() {
			return w.balance(ctx)
		}
		missing.Sub(&missing, &stake)
	}
}

// round takes out the collateral that the strategy takes, turns it into AID through the queue, and pays debt back.
func (w *world) round(ctx context.Context, h holdings) error {
	take := h.position.Collateral
	if !h.debt.IsZero() {
		market, err := h.market.Lending(h.price)
		if err != nil {
			return err
		}
		health, err := market.Health(lending.Position{Collateral: h.position.Collateral, Debt: h.debt})
		if err != nil {
			return err
		}
		if !health.Infinite && health.Cmp(lending.One) < 0 {
			return fmt.Errorf("health %s on %s: the loop can be liquidated, it was projected to be unwound", health, h.time.Format(time.DateOnly))
		}
		// Half of what the health is above one, or the least health that a loop starts with.
		var keep uint256.Int
		keep.Add(&health.Wad, uint256.NewInt(uint64(lending.One)))
		keep.Rsh(&keep, 1)
		if least, err := lending.FloorAmount(strategy.DefaultHealth * 1e18); err != nil {
			return err
		} else if least.Lt(&keep) {
			keep = least
		}
		account := market.Account(lending.Position{Collateral: h.position.Collateral, Debt: h.debt})
		if take, err = account.MaxWithdraw(0, lending.Ratio(keep.Uint64())); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "  %s  health %s, debt %.2f AID\n", h.time.Format(time.DateOnly), health, yield.Float(h.debt, 18))
	}
	plan, err := w.pair.PlanWithdrawCollateral(ctx, w.client, w.alice.Address, take)
	if err != nil {
		return err
	}
	if err := w.carryOut(ctx, plan, w.alice); err != nil {
		return err
	}
	before, err := w.token.BalanceOf(w.alice.Address).Call(ctx, w.client, gaib.Latest)
	if err != nil {
		return err
	}
	if err := w.leave(ctx, take); err != nil {
		return err
	}
	after, err := w.holdings(ctx)
	if err != nil || after.debt.IsZero() {
		return err
	}
	var paid uint256.Int
	paid.Sub(&after.aid, &before)
	if margin := times(after.debt, 10001e14); margin.Lt(&paid) { // interest until it is mined
		plan, err = w.pair.PlanRepayAll(ctx, w.client, w.alice.Address, time.Hour)
	} else {
		plan, err = w.pair.PlanRepay(ctx, w.client, w.alice.Address, paid)
	}
	if err != nil {
		return err
	}
	return w.carryOut(ctx, plan, w.alice)
}
