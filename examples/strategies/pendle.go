package main

import (
	"fmt"
	"time"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/strategy"
)

// What the Pendle market is made of: assumptions. It is a value with the contract's arithmetic; there is none on the chain.
var (
	maturity   = time.Date(2027, time.June, 24, 0, 0, 0, 0, time.UTC)
	pooled     = aid.MustParse("500000") // PT, and as much sAID by its value
	scalarRoot = *uint256.NewInt(0).Mul(uint256.NewInt(75), uint256.NewInt(1e18))
	anchor     = *uint256.NewInt(1.055e18) // asset per PT at equal parts, at the start
	lnFee      = *uint256.NewInt(2e15)     // a year
)

const (
	yieldFee = 0.05
	swapAPY  = 0.01
)

// pendle quotes PT, YT and LP of sAID.
func (w *world) pendle(nav said.NAV, now time.Time, m *strategy.Market) error {
	at := uint64(now.Unix())
	pool := pendle.Market{ScalarRoot: scalarRoot, Expiry: uint64(maturity.Unix()), LnFeeRateRoot: lnFee, ReserveFeePercent: 80}
	if err := pool.Accrue(nav.Deposit); err != nil {
		return err
	}
	var sy uint256.Int // pooled / NAV
	if _, overflow := sy.MulDivOverflow(&pooled, uint256.NewInt(1e18), &nav.Deposit); overflow {
		return fmt.Errorf("a NAV of %s", nav.Deposit.Dec())
	}
	if _, err := pool.AddLiquidity(sy, pooled, anchor, at); err != nil {
		return err
	}
	curve, err := pool.Curve(at)
	if err != nil {
		return err
	}
	// AID is staked for sAID, which is the SY.
	shares := func(amount float64) (sy uint256.Int, err error) {
		base, err := lending.FloorAmount(amount * 1e18)
		if err == nil {
			sy.MulDivOverflow(&base, uint256.NewInt(1e18), &nav.Deposit)
		}
		return sy, err
	}
	m.PT = &strategy.PT{Venue: "Pendle", Maturity: maturity, Buy: func(amount float64) (float64, error) {
		sy, err := shares(amount)
		if err != nil {
			return 0, err
		}
		trade, err := curve.MostPTForSY(sy)
		return yield.Float(trade.PT, 18), err
	}, Sell: func(tokens float64) (float64, error) {
		pt, err := lending.FloorAmount(tokens * 1e18)
		if err != nil {
			return 0, err
		}
		trade, err := curve.Sell(pt)
		if err != nil {
			return 0, err
		}
		return m.DEX.Sell(yield.Float(trade.SY, 18)) // what is sold for sAID is sold on
	}}
	m.YT = &strategy.YT{Venue: "Pendle", Maturity: maturity, Fee: yieldFee, Buy: func(amount float64) (float64, error) {
		sy, err := shares(amount)
		if err != nil {
			return 0, err
		}
		yt, _, err := curve.MostYTForSY(sy)
		return yield.Float(yt, 18), err
	}, Sell: func(tokens float64) (float64, error) {
		yt, err := lending.FloorAmount(tokens * 1e18)
		if err != nil {
			return 0, err
		}
		after := pool
		sy, _, err := after.SwapExactYTForSY(yt, at)
		if err != nil {
			return 0, err
		}
		return m.DEX.Sell(yield.Float(sy, 18))
	}}
	years := maturity.Sub(now).Hours() / 24 / 365
	implied, err := yield.FromLogGrowth(yield.Float(pool.LastLnImpliedRate, 18)*years, years, yield.APY())
	if err != nil {
		return err
	}
	rates, err := pool.Rates(pool.LastLnImpliedRate, at)
	if err != nil {
		return err
	}
	pt := yield.Float(rates.PTToAsset, 18) // of the asset; as much of it as of sAID's value is in the pool
	m.LP = &strategy.LP{Venue: "Pendle", Maturity: maturity, PTShare: pt / (1 + pt), ImpliedAPY: implied.Value, SwapAPY: swapAPY, Entry: 0.0005, Leave: 0.0005}
	fmt.Fprintf(w.out, "Pendle, as a value: matures %s, PT at %.4f of its asset, %.2f %% a year implied\n", maturity.Format(time.DateOnly), pt, implied.Percent())
	return nil
}
