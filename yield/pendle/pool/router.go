package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

var (
	// ErrToken: the pool's SY does not take or give this token; Pool.In and Pool.Out list those it does.
	ErrToken = errors.New("pendle: the pool's SY does not deal in this token; use one of Pool.In or Pool.Out")
	// ErrSlippage: the tolerance is above 100 %.
	ErrSlippage = errors.New("pendle: the slippage tolerance is above 10,000 basis points; give less")
	// ErrNotMature: the pool has not matured. Sell, or redeem PT together with YT.
	ErrNotMature = errors.New("pendle: the pool has not matured; sell, or redeem PT together with YT")
)

// Router makes calls of Pendle's router V4 for one pool. Tokens go in and come out through the pool's SY itself: no
// aggregator, no limit orders. Amounts must be approved to the router; the Plan methods see to it.
type Router struct {
	pool     Pool
	contract gaib.Contract
}

// Router returns the router for this pool.
func (p Pool) Router() Router { return Router{pool: p, contract: p.router} }

// input says what is paid in; the SY takes the token itself.
func input(token common.Address, amount uint256.Int) contract.RouterTokenInput {
	return contract.RouterTokenInput{TokenIn: token, NetTokenIn: amount, TokenMintSy: token}
}

func output(token common.Address, least uint256.Int) contract.RouterTokenOutput {
	return contract.RouterTokenOutput{TokenOut: token, MinTokenOut: least, TokenRedeemSy: token}
}

func (r Router) call(function gaib.Function, receiver common.Address, text string) gaib.Call {
	if receiver == (common.Address{}) {
		return gaib.FailedCall(r.contract, function, fmt.Errorf("receiver: %w", gaib.ErrZeroAddress))
	}
	return gaib.NewCall(r.contract, function, text)
}

// BuyPT buys at least minPT of PT for an amount of a token that the SY takes.
func (r Router) BuyPT(receiver common.Address, token gaib.ERC20, amount, minPT uint256.Int, guess pendle.Guess) gaib.Call {
	return r.call(contract.RouterSwapExactTokenForPt{
		Receiver: receiver, Market: r.pool.LP.Address(), MinPtOut: minPT, GuessPtOut: guess, Input: input(token.Address(), amount),
	}, receiver, fmt.Sprintf("swap %s for at least %s", token.Unit().Format(amount), r.pool.PT.Unit().Format(minPT)))
}

// SellPT sells PT for at least minOut of a token that the SY gives.
func (r Router) SellPT(receiver common.Address, pt uint256.Int, token gaib.ERC20, minOut uint256.Int) gaib.Call {
	return r.call(contract.RouterSwapExactPtForToken{
		Receiver: receiver, Market: r.pool.LP.Address(), ExactPtIn: pt, Output: output(token.Address(), minOut),
	}, receiver, fmt.Sprintf("swap %s for at least %s", r.pool.PT.Unit().Format(pt), token.Unit().Format(minOut)))
}

// BuyYT buys at least minYT of YT for an amount of a token that the SY takes.
func (r Router) BuyYT(receiver common.Address, token gaib.ERC20, amount, minYT uint256.Int, guess pendle.Guess) gaib.Call {
	return r.call(contract.RouterSwapExactTokenForYt{
		Receiver: receiver, Market: r.pool.LP.Address(), MinYtOut: minYT, GuessYtOut: guess, Input: input(token.Address(), amount),
	}, receiver, fmt.Sprintf("swap %s for at least %s", token.Unit().Format(amount), r.pool.YT.Unit().Format(minYT)))
}

// SellYT sells YT for at least minOut of a token that the SY gives.
func (r Router) SellYT(receiver common.Address, yt uint256.Int, token gaib.ERC20, minOut uint256.Int) gaib.Call {
	return r.call(contract.RouterSwapExactYtForToken{
		Receiver: receiver, Market: r.pool.LP.Address(), ExactYtIn: yt, Output: output(token.Address(), minOut),
	}, receiver, fmt.Sprintf("swap %s for at least %s", r.pool.YT.Unit().Format(yt), token.Unit().Format(minOut)))
}

// AddLiquidity adds liquidity with one token that the SY takes, for at least minLP of LP.
func (r Router) AddLiquidity(receiver common.Address, token gaib.ERC20, amount, minLP uint256.Int, guess pendle.Guess) gaib.Call {
	return r.call(contract.RouterAddLiquiditySingleToken{
		Receiver: receiver, Market: r.pool.LP.Address(), MinLpOut: minLP, GuessPtReceivedFromSy: guess, Input: input(token.Address(), amount),
	}, receiver, fmt.Sprintf("add %s of liquidity for at least %s", token.Unit().Format(amount), r.pool.LP.Unit().Format(minLP)))
}

// RemoveLiquidity turns LP into at least minOut of one token that the SY gives.
func (r Router) RemoveLiquidity(receiver common.Address, lp uint256.Int, token gaib.ERC20, minOut uint256.Int) gaib.Call {
	return r.call(contract.RouterRemoveLiquiditySingleToken{
		Receiver: receiver, Market: r.pool.LP.Address(), NetLpToRemove: lp, Output: output(token.Address(), minOut),
	}, receiver, fmt.Sprintf("remove %s for at least %s", r.pool.LP.Unit().Format(lp), token.Unit().Format(minOut)))
}

// MintPY mints at least minPY of PT and as much YT of a token that the SY takes.
func (r Router) MintPY(receiver common.Address, token gaib.ERC20, amount, minPY uint256.Int) gaib.Call {
	return r.call(contract.RouterMintPyFromToken{
		Receiver: receiver, Yt: r.pool.YT.Address(), MinPyOut: minPY, Input: input(token.Address(), amount),
	}, receiver, fmt.Sprintf("mint at least %s and as much YT of %s", r.pool.PT.Unit().Format(minPY), token.Unit().Format(amount)))
}

// RedeemPY redeems PT with as much YT, or after maturity PT alone, for at least minOut of a token that the SY gives.
func (r Router) RedeemPY(receiver common.Address, py uint256.Int, token gaib.ERC20, minOut uint256.Int) gaib.Call {
	return r.call(contract.RouterRedeemPyToToken{
		Receiver: receiver, Yt: r.pool.YT.Address(), NetPyIn: py, Output: output(token.Address(), minOut),
	}, receiver, fmt.Sprintf("redeem %s for at least %s", r.pool.PT.Unit().Format(py), token.Unit().Format(minOut)))
}

// Exit turns PT and LP into a token after maturity.
func (r Router) Exit(receiver common.Address, pt, lp uint256.Int, token gaib.ERC20, minOut uint256.Int) gaib.Call {
	return r.call(contract.RouterExitPostExpToToken{
		Receiver: receiver, Market: r.pool.LP.Address(), NetPtIn: pt, NetLpIn: lp, Output: output(token.Address(), minOut),
	}, receiver, fmt.Sprintf("redeem %s and %s for at least %s", r.pool.PT.Unit().Format(pt), r.pool.LP.Unit().Format(lp), token.Unit().Format(minOut)))
}

// guessEps is how far a guess of ours may be off before the router searches on: 0.01 %.
const guessEps = 1e14

// less returns x less a tolerance in basis points, rounded down.
func less(x uint256.Int, bps uint16) (z uint256.Int, err error) {
	if bps > 10_000 {
		return uint256.Int{}, ErrSlippage
	}
	z = x
	if _, overflow := z.MulDivOverflow(&x, uint256.NewInt(10_000-uint64(bps)), uint256.NewInt(10_000)); overflow {
		return uint256.Int{}, gaib.ErrBadAnswer
	}
	return z, nil
}

// spending reads what a plan needs: the market, whether the account has the amount, and what the router may take of it.
func (r Router) spending(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, more ...gaib.Reader) (pendle.Market, gaib.Header, gaib.Plan, error) {
	if account == (common.Address{}) {
		return pendle.Market{}, gaib.Header{}, nil, fmt.Errorf("account: %w", gaib.ErrZeroAddress)
	}
	market, balance, allowance := r.pool.Market(), token.BalanceOf(account), token.Allowance(account, r.contract.Address())
	header, err := gaib.Read(ctx, client, gaib.Latest, append(more, market, balance, allowance)...)
	if err != nil {
		return pendle.Market{}, gaib.Header{}, nil, err
	}
	if have := balance.Value(); have.Lt(&amount) {
		return pendle.Market{}, gaib.Header{}, nil, &gaib.ERC20InsufficientBalanceError{Sender: account, Balance: have, Needed: amount}
	}
	return market.Value(), header, token.ApprovePlan(r.contract, allowance.Value(), amount), nil
}

// paid reads what an amount of SY is redeemed for, less the tolerance.
func (r Router) paid(ctx context.Context, client gaib.Client, at gaib.Header, token gaib.ERC20, sy uint256.Int, bps uint16) (uint256.Int, error) {
	preview := gaib.NewQuery(r.pool.SY.Contract(), contract.SYPreviewRedeem{TokenOut: token.Address(), AmountSharesToRedeem: sy})
	if _, err := gaib.Read(ctx, client, at.Block(), preview); err != nil {
		return uint256.Int{}, err
	}
	return less(preview.Value(), bps)
}

// buying is the common part of the plans that pay a token in: do returns what is received of the SY, and the call that
// asks for at least so much.
func (r Router) buying(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, bps uint16,
	do func(m *pendle.Market, sy uint256.Int, now uint64) (received uint256.Int, call func(least uint256.Int) gaib.Call, err error),
) (gaib.Plan, error) {
	if !slices.Contains(r.pool.In, token.Address()) {
		return nil, fmt.Errorf("%s: %w", token.Unit().Symbol, ErrToken)
	}
	deposit := gaib.NewQuery(r.pool.SY.Contract(), contract.SYPreviewDeposit{TokenIn: token.Address(), AmountTokenToDeposit: amount})
	m, header, plan, err := r.spending(ctx, client, account, token, amount, deposit)
	if err != nil {
		return nil, err
	}
	if m.Expired(uint64(header.Time.Unix())) {
		return nil, pendle.ErrMature
	}
	received, call, err := do(&m, deposit.Value(), uint64(header.Time.Unix()))
	if err != nil {
		return nil, err
	}
	least, err := less(received, bps)
	if err != nil {
		return nil, err
	}
	return append(plan, call(least)), nil
}

// selling is the common part of the plans that pay a token out: do returns the SY that an amount of what is sold fetches.
func (r Router) selling(ctx context.Context, client gaib.Client, account common.Address, sold gaib.ERC20, amount uint256.Int, token gaib.ERC20, bps uint16,
	do func(m *pendle.Market, now uint64) (uint256.Int, error), call func(least uint256.Int) gaib.Call,
) (gaib.Plan, error) {
	if !slices.Contains(r.pool.Out, token.Address()) {
		return nil, fmt.Errorf("%s: %w", token.Unit().Symbol, ErrToken)
	}
	m, header, plan, err := r.spending(ctx, client, account, sold, amount)
	if err != nil {
		return nil, err
	}
	sy, err := do(&m, uint64(header.Time.Unix()))
	if err != nil {
		return nil, err
	}
	least, err := r.paid(ctx, client, header, token, sy, bps)
	if err != nil {
		return nil, err
	}
	return append(plan, call(least)), nil
}

// PlanBuyPT returns the plan by which an account buys PT for an amount of a token: an approval if one is missing, and the
// swap for the most PT that the amount buys at the latest block, less a tolerance in basis points. It fails as the chain
// would, and with [ErrToken], [ErrSlippage] and [pendle.ErrMature].
func (r Router) PlanBuyPT(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, bps uint16) (gaib.Plan, error) {
	plan, err := r.buying(ctx, client, account, token, amount, bps, func(m *pendle.Market, sy uint256.Int, now uint64) (uint256.Int, func(uint256.Int) gaib.Call, error) {
		curve, err := m.Curve(now)
		if err != nil {
			return uint256.Int{}, nil, err
		}
		trade, err := curve.MostPTForSY(sy)
		if err != nil {
			return uint256.Int{}, nil, err
		}
		guess, err := pendle.Exactly(trade.PT, uint256.Int{guessEps})
		return trade.PT, func(least uint256.Int) gaib.Call { return r.BuyPT(account, token, amount, least, guess) }, err
	})
	return plan, wrap("buy PT", err)
}

// PlanBuyYT is [Router.PlanBuyPT] for YT.
func (r Router) PlanBuyYT(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, bps uint16) (gaib.Plan, error) {
	plan, err := r.buying(ctx, client, account, token, amount, bps, func(m *pendle.Market, sy uint256.Int, now uint64) (uint256.Int, func(uint256.Int) gaib.Call, error) {
		curve, err := m.Curve(now)
		if err != nil {
			return uint256.Int{}, nil, err
		}
		yt, _, err := curve.MostYTForSY(sy)
		if err != nil {
			return uint256.Int{}, nil, err
		}
		guess, err := pendle.Exactly(yt, uint256.Int{guessEps})
		return yt, func(least uint256.Int) gaib.Call { return r.BuyYT(account, token, amount, least, guess) }, err
	})
	return plan, wrap("buy YT", err)
}

// PlanAddLiquidity is [Router.PlanBuyPT] for LP; the router searches the split by itself.
func (r Router) PlanAddLiquidity(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, bps uint16) (gaib.Plan, error) {
	plan, err := r.buying(ctx, client, account, token, amount, bps, func(m *pendle.Market, sy uint256.Int, now uint64) (uint256.Int, func(uint256.Int) gaib.Call, error) {
		added, _, err := m.AddLiquiditySingleSY(sy, pendle.NoGuess(), now)
		return added.LP, func(least uint256.Int) gaib.Call {
			return r.AddLiquidity(account, token, amount, least, pendle.NoGuess())
		}, err
	})
	return plan, wrap("add liquidity", err)
}

// PlanMintPY is [Router.PlanBuyPT] for PT and as much YT.
func (r Router) PlanMintPY(ctx context.Context, client gaib.Client, account common.Address, token gaib.ERC20, amount uint256.Int, bps uint16) (gaib.Plan, error) {
	plan, err := r.buying(ctx, client, account, token, amount, bps, func(m *pendle.Market, sy uint256.Int, now uint64) (uint256.Int, func(uint256.Int) gaib.Call, error) {
		py, err := m.MintPY(sy, now)
		return py, func(least uint256.Int) gaib.Call { return r.MintPY(account, token, amount, least) }, err
	})
	return plan, wrap("mint PT and YT", err)
}

// PlanSellPT returns the plan by which an account sells PT for a token: an approval if one is missing, and the swap for
// what it fetches at the latest block, less a tolerance in basis points. It fails as the chain would, and with [ErrToken],
// [ErrSlippage] and *contract.MarketExpiredError.
func (r Router) PlanSellPT(ctx context.Context, client gaib.Client, account common.Address, pt uint256.Int, token gaib.ERC20, bps uint16) (gaib.Plan, error) {
	plan, err := r.selling(ctx, client, account, r.pool.PT, pt, token, bps, func(m *pendle.Market, now uint64) (uint256.Int, error) {
		trade, err := m.SwapExactPTForSY(pt, now)
		return trade.SY, err
	}, func(least uint256.Int) gaib.Call { return r.SellPT(account, pt, token, least) })
	return plan, wrap("sell PT", err)
}

// PlanSellYT is [Router.PlanSellPT] for YT.
func (r Router) PlanSellYT(ctx context.Context, client gaib.Client, account common.Address, yt uint256.Int, token gaib.ERC20, bps uint16) (gaib.Plan, error) {
	plan, err := r.selling(ctx, client, account, r.pool.YT, yt, token, bps, func(m *pendle.Market, now uint64) (uint256.Int, error) {
		sy, _, err := m.SwapExactYTForSY(yt, now)
		return sy, err
	}, func(least uint256.Int) gaib.Call { return r.SellYT(account, yt, token, least) })
	return plan, wrap("sell YT", err)
}

// PlanRemoveLiquidity is [Router.PlanSellPT] for LP, before and after maturity.
func (r Router) PlanRemoveLiquidity(ctx context.Context, client gaib.Client, account common.Address, lp uint256.Int, token gaib.ERC20, bps uint16) (gaib.Plan, error) {
	plan, err := r.selling(ctx, client, account, r.pool.LP, lp, token, bps, func(m *pendle.Market, now uint64) (uint256.Int, error) {
		sy, _, err := m.RemoveLiquiditySingleSY(lp, now)
		return sy, err
	}, func(least uint256.Int) gaib.Call { return r.RemoveLiquidity(account, lp, token, least) })
	return plan, wrap("remove liquidity", err)
}

// PlanRedeem returns the plan by which an account redeems PT after maturity for a token: an approval if one is missing,
// and the redemption. It fails with [ErrNotMature] before: with as much YT use [Router.RedeemPY].
func (r Router) PlanRedeem(ctx context.Context, client gaib.Client, account common.Address, pt uint256.Int, token gaib.ERC20, bps uint16) (gaib.Plan, error) {
	plan, err := r.selling(ctx, client, account, r.pool.PT, pt, token, bps, func(m *pendle.Market, now uint64) (uint256.Int, error) {
		if !m.Expired(now) {
			return uint256.Int{}, ErrNotMature
		}
		return m.RedeemPY(pt)
	}, func(least uint256.Int) gaib.Call { return r.RedeemPY(account, pt, token, least) })
	return plan, wrap("redeem PT", err)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
