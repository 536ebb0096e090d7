package morpho

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/morpho/blue"
)

// Each plan below reads what it needs in one request, predicts what its calls do at the block read, and fails with the
// revert they would give: [*blue.ReasonError], the sentinels it leads to, or the token's error for a balance that is too low.
// Approvals are of exactly what is taken, and only where the allowance is not enough.

// PlanSupply returns the plan by which an account lends assets of its own.
func (p Pair) PlanSupply(ctx context.Context, client gaib.Client, account common.Address, assets uint256.Int) (gaib.Plan, error) {
	market := p.Market()
	plan, err := p.loan.PlanSpend(ctx, client, account, p.protocol.contract, assets, market)
	if err != nil {
		return nil, fmt.Errorf("supply: %w", err)
	}
	m := market.Value()
	if _, err := m.Supply(blue.Position{}, blue.Amount{Assets: assets}, m.LastUpdate); err != nil {
		return nil, fmt.Errorf("supply: %w", err)
	}
	return append(plan, p.Supply(blue.Amount{Assets: assets}, account, nil)), nil
}

// PlanBorrow returns the plan by which an account puts collateral up and borrows assets. Either may be zero, not both.
func (p Pair) PlanBorrow(ctx context.Context, client gaib.Client, account common.Address, collateral, assets uint256.Int) (gaib.Plan, error) {
	market, price, position := p.Market(), p.Price(), p.Position(account)
	block, err := p.protocol.head(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("borrow: %w", err)
	}
	plan, err := p.collateral.PlanSpend(ctx, client, account, p.protocol.contract, collateral, market, price, position)
	if err != nil {
		return nil, fmt.Errorf("borrow: %w", err)
	}
	m, after := market.Value(), position.Value()
	if !collateral.IsZero() || assets.IsZero() {
		if after, err = m.SupplyCollateral(after, collateral); err != nil {
			return nil, fmt.Errorf("borrow: %w", err)
		}
		plan = append(plan, p.SupplyCollateral(collateral, account, nil))
	}
	if !assets.IsZero() {
		if _, err := m.Borrow(after, blue.Amount{Assets: assets}, price.Value(), max(m.LastUpdate, block)); err != nil {
			return nil, fmt.Errorf("borrow: %w", err)
		}
		plan = append(plan, p.Borrow(blue.Amount{Assets: assets}, account, account))
	}
	return plan, nil
}

// head returns the latest block's time.
func (b Protocol) head(ctx context.Context, client gaib.Client) (uint64, error) {
	header, err := gaib.Head(ctx, client, gaib.Latest)
	return seconds(header.Time), err
}

// PlanRepay returns the plan by which an account pays back assets of its debt.
func (p Pair) PlanRepay(ctx context.Context, client gaib.Client, account common.Address, assets uint256.Int) (gaib.Plan, error) {
	market, position := p.Market(), p.Position(account)
	now, err := p.protocol.head(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("repay: %w", err)
	}
	plan, err := p.loan.PlanSpend(ctx, client, account, p.protocol.contract, assets, market, position)
	if err != nil {
		return nil, fmt.Errorf("repay: %w", err)
	}
	m := market.Value()
	if _, err := m.Repay(position.Value(), blue.Amount{Assets: assets}, max(m.LastUpdate, now)); err != nil {
		return nil, fmt.Errorf("repay: %w", err)
	}
	return append(plan, p.Repay(blue.Amount{Assets: assets}, account, nil)), nil
}

// PlanRepayAll returns the plan by which an account pays back its whole debt, by shares, so that nothing is left. Since
// interest runs on, what may be taken is the debt as it will be after within, the time that the plan has to be mined.
func (p Pair) PlanRepayAll(ctx context.Context, client gaib.Client, account common.Address, within time.Duration) (gaib.Plan, error) {
	market, position := p.Market(), p.Position(account)
	block, err := gaib.Read(ctx, client, gaib.Latest, market, position)
	if err != nil {
		return nil, fmt.Errorf("repay all: %w", err)
	}
	m := market.Value()
	o, err := m.Repay(position.Value(), blue.Amount{Shares: position.Value().BorrowShares}, max(m.LastUpdate, seconds(block.Time.Add(within))))
	if err != nil {
		return nil, fmt.Errorf("repay all: %w", err)
	}
	plan, err := p.loan.PlanSpend(ctx, client, account, p.protocol.contract, o.Amount.Assets)
	if err != nil {
		return nil, fmt.Errorf("repay all: %w", err)
	}
	return append(plan, p.Repay(blue.Amount{Shares: o.Amount.Shares}, account, nil)), nil
}

// PlanWithdraw returns the plan by which an account takes an amount of what it has lent, or everything it can where the
// amount is zero: all shares, or the market's liquidity.
func (p Pair) PlanWithdraw(ctx context.Context, client gaib.Client, account common.Address, amount blue.Amount) (gaib.Plan, error) {
	market, position := p.Market(), p.Position(account)
	block, err := gaib.Read(ctx, client, gaib.Latest, market, position)
	if err != nil {
		return nil, fmt.Errorf("withdraw: %w", err)
	}
	m, _, err := market.Value().Accrue(max(market.Value().LastUpdate, seconds(block.Time)))
	if err == nil && amount == (blue.Amount{}) {
		_, amount, err = m.MaxWithdraw(position.Value())
	}
	if err == nil {
		_, err = m.Withdraw(position.Value(), amount, m.LastUpdate)
	}
	if err != nil {
		return nil, fmt.Errorf("withdraw: %w", err)
	}
	return gaib.Plan{p.Withdraw(amount, account, account)}, nil
}

// PlanWithdrawCollateral returns the plan by which an account takes collateral, or all that its debt leaves free where
// assets is zero.
func (p Pair) PlanWithdrawCollateral(ctx context.Context, client gaib.Client, account common.Address, assets uint256.Int) (gaib.Plan, error) {
	market, price, position := p.Market(), p.Price(), p.Position(account)
	block, err := gaib.Read(ctx, client, gaib.Latest, market, price, position)
	if err != nil {
		return nil, fmt.Errorf("withdraw collateral: %w", err)
	}
	m, _, err := market.Value().Accrue(max(market.Value().LastUpdate, seconds(block.Time)))
	if err == nil && assets.IsZero() {
		assets, err = m.MaxWithdrawCollateral(position.Value(), price.Value())
	}
	if err == nil {
		_, err = m.WithdrawCollateral(position.Value(), assets, price.Value(), m.LastUpdate)
	}
	if err != nil {
		return nil, fmt.Errorf("withdraw collateral: %w", err)
	}
	return gaib.Plan{p.WithdrawCollateral(assets, account, account)}, nil
}

// PlanLiquidate returns the plan by which a liquidator, with loan tokens of its own, liquidates as much of a borrower as
// there is, see [blue.Market.FullLiquidation], and what that moves at the block read. Since interest runs on, what may be taken
// is what it costs after within.
func (p Pair) PlanLiquidate(ctx context.Context, client gaib.Client, liquidator, borrower common.Address, within time.Duration) (gaib.Plan, blue.Liquidation, error) {
	market, price, position := p.Market(), p.Price(), p.Position(borrower)
	block, err := gaib.Read(ctx, client, gaib.Latest, market, price, position)
	if err != nil {
		return nil, blue.Liquidation{}, fmt.Errorf("liquidate: %w", err)
	}
	now := max(market.Value().LastUpdate, seconds(block.Time))
	m, _, err := market.Value().Accrue(now)
	if err != nil {
		return nil, blue.Liquidation{}, fmt.Errorf("liquidate: %w", err)
	}
	l, bySeized, err := m.FullLiquidation(position.Value(), price.Value())
	if err != nil {
		return nil, blue.Liquidation{}, fmt.Errorf("liquidate: %w", err)
	}
	var seized, shares uint256.Int
	if bySeized {
		seized = l.SeizedAssets
	} else {
		shares = l.RepaidShares
	}
	later, err := market.Value().Liquidate(position.Value(), seized, shares, price.Value(), max(now, seconds(block.Time.Add(within))))
	if err != nil {
		return nil, blue.Liquidation{}, fmt.Errorf("liquidate within %s: %w", within, err)
	}
	most := l.RepaidAssets
	if later.Liquidation.RepaidAssets.Gt(&most) {
		most = later.Liquidation.RepaidAssets
	}
	plan, err := p.loan.PlanSpend(ctx, client, liquidator, p.protocol.contract, most)
	if err != nil {
		return nil, blue.Liquidation{}, fmt.Errorf("liquidate: %w", err)
	}
	return append(plan, p.Liquidate(borrower, seized, shares, nil)), l, nil
}
