package pool

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// Pool is a market on a chain, with the tokens that it is made of: what never changes about it. Its LP token is the market.
type Pool struct {
	LP, PT, YT, SY gaib.ERC20
	Maturity       time.Time
	YieldToken     common.Address   // what the SY wraps, such as sAID
	Asset          common.Address   // what PT redeems to the worth of, such as AID; the SY may not pay it out
	In, Out        []common.Address // the tokens that the SY takes, and gives
	router, oracle gaib.Contract
}

// Open reads what a pool is made of, in three requests. A market of another kind, or none, fails with *gaib.CallError; a
// maturity out of range with [gaib.ErrBadAnswer]. The deployment needs the router, see [Add].
func Open(ctx context.Context, client gaib.Client, deployment gaib.Deployment, market common.Address) (Pool, error) {
	bind := func(name gaib.Name, address common.Address) gaib.Contract {
		return deployment.With(name, gaib.Entry{Address: address, Evidence: gaib.Confirmed}).Contract(name, contract.DecodeRevertError)
	}
	at := bind("Pendle market", market)
	tokens, expiry := gaib.NewQuery(at, contract.MarketReadTokens{}), gaib.NewQuery(at, contract.MarketExpiry{})
	header, err := gaib.Read(ctx, client, gaib.Latest, tokens, expiry)
	if err != nil {
		return Pool{}, fmt.Errorf("pendle: market %s: %w", market, err)
	}
	maturity := expiry.Value()
	if !maturity.IsUint64() || maturity.Uint64() > math.MaxUint32 {
		return Pool{}, fmt.Errorf("pendle: market %s matures at %s: %w", market, maturity.Dec(), gaib.ErrBadAnswer)
	}
	sy, yt := bind("SY", tokens.Value().Sy), bind("YT", tokens.Value().Yt)
	asset, wrapped := gaib.NewQuery(sy, contract.SYAssetInfo{}), gaib.NewQuery(sy, contract.SYYieldToken{})
	in, out := gaib.NewQuery(sy, contract.SYGetTokensIn{}), gaib.NewQuery(sy, contract.SYGetTokensOut{})
	reads := []gaib.Reader{asset, wrapped, in, out}
	var symbols []*gaib.Query[string]
	var decimals []*gaib.Query[uint8]
	contracts := []gaib.Contract{at, bind("PT", tokens.Value().Pt), yt, sy}
	for _, token := range contracts {
		t := gaib.NewERC20(token, gaib.Unit{})
		symbols, decimals = append(symbols, t.Symbol()), append(decimals, t.Decimals())
		reads = append(reads, symbols[len(symbols)-1], decimals[len(decimals)-1])
	}
	if _, err := gaib.Read(ctx, client, header.Block(), reads...); err != nil {
		return Pool{}, fmt.Errorf("pendle: tokens of market %s: %w", market, err)
	}
	units := make([]gaib.ERC20, len(contracts))
	for i, token := range contracts {
		units[i] = gaib.NewERC20(token, gaib.Unit{Symbol: symbols[i].Value(), Decimals: decimals[i].Value()})
	}
	return Pool{
		LP: units[0], PT: units[1], YT: units[2], SY: units[3],
		Maturity:   time.Unix(int64(maturity.Uint64()), 0).UTC(),
		YieldToken: wrapped.Value(), Asset: asset.Value().AssetAddress, In: in.Value(), Out: out.Value(),
		router: deployment.Contract(RouterName, contract.DecodeRevertError),
		oracle: deployment.Contract(OracleName, contract.DecodeRevertError),
	}, nil
}

// Market reads the pool's state as the router trades on it, and the indices as a transaction of the next block finds
// them. Those of many pools go into one [gaib.Read]. A state that no market has fails with [gaib.ErrBadAnswer].
func (p Pool) Market() *gaib.Query[pendle.Market] {
	state := gaib.NewQuery(p.LP.Contract(), contract.MarketReadState{Router: p.router.Address()})
	rate := gaib.NewQuery(p.SY.Contract(), contract.SYExchangeRate{})
	index := gaib.NewQuery(p.YT.Contract(), contract.YTPyIndexStored{})
	return gaib.Group(func() (pendle.Market, error) {
		s := state.Value()
		if !s.Expiry.IsUint64() || !s.ReserveFeePercent.IsUint64() || s.TotalPt.Sign() < 0 || s.TotalSy.Sign() < 0 || s.TotalLp.Sign() < 0 {
			return pendle.Market{}, fmt.Errorf("pendle: state of market %s: %w", p.LP.Address(), gaib.ErrBadAnswer)
		}
		m := pendle.Market{
			TotalPT: s.TotalPt, TotalSY: s.TotalSy, TotalLP: s.TotalLp, ScalarRoot: s.ScalarRoot, Expiry: s.Expiry.Uint64(),
			LnFeeRateRoot: s.LnFeeRateRoot, ReserveFeePercent: s.ReserveFeePercent.Uint64(), LastLnImpliedRate: s.LastLnImpliedRate,
			PYIndex: index.Value(),
		}
		if err := m.Accrue(rate.Value()); err != nil {
			return pendle.Market{}, fmt.Errorf("pendle: exchange rate of %s: %w", p.SY.Address(), err)
		}
		return m, nil
	}, state, rate, index)
}

// LnImpliedRate reads the time-weighted ln implied rate of the last so many seconds, wad, from the market's observations;
// of no seconds the present one. It fails with *contract.OracleTargetTooOldError if they do not reach back so far.
func (p Pool) LnImpliedRate(duration uint32) *gaib.Query[uint256.Int] {
	if duration == 0 {
		stored := gaib.NewQuery(p.LP.Contract(), contract.MarketStorage{})
		return gaib.Group(func() (uint256.Int, error) { return stored.Value().LastLnImpliedRate, nil }, stored)
	}
	sums := gaib.NewQuery(p.LP.Contract(), contract.MarketObserve{SecondsAgos: []uint32{duration, 0}})
	return gaib.Group(func() (uint256.Int, error) {
		sum := sums.Value()
		if len(sum) != 2 {
			return uint256.Int{}, fmt.Errorf("pendle: observations of %s: %w", p.LP.Address(), gaib.ErrBadAnswer)
		}
		if sum[1].Lt(&sum[0]) {
			return uint256.Int{}, fmt.Errorf("pendle: observations of %s fall: %w", p.LP.Address(), gaib.ErrBadAnswer)
		}
		rate := sum[1]
		rate.Sub(&rate, &sum[0])
		return *rate.Div(&rate, &uint256.Int{uint64(duration)}), nil
	}, sums)
}

// PTToAsset reads Pendle's oracle: the time-weighted price of PT in its asset, wad.
func (p Pool) PTToAsset(duration uint32) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(p.oracle, contract.OracleGetPtToAssetRate{Market: p.LP.Address(), Duration: duration})
}

// LPToAsset reads Pendle's oracle: the time-weighted price of LP in the asset, wad.
func (p Pool) LPToAsset(duration uint32) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(p.oracle, contract.OracleGetLpToAssetRate{Market: p.LP.Address(), Duration: duration})
}

// Interest reads what an account's YT has accrued up to when it was last settled; [pendle.Interest.Accrue] brings it up to date.
func (p Pool) Interest(account common.Address) *gaib.Query[pendle.Interest] {
	stored := gaib.NewQuery(p.YT.Contract(), contract.YTUserInterest{User: account})
	return gaib.Group(func() (pendle.Interest, error) {
		return pendle.Interest{Index: stored.Value().Index, Accrued: stored.Value().Accrued}, nil
	}, stored)
}

// Swaps are the market's trades, for [gaib.Logs].
func (p Pool) Swaps() *gaib.Events[contract.MarketSwapEvent] {
	return gaib.NewEvents[contract.MarketSwapEvent](p.LP.Contract())
}
