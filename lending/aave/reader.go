package aave

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

// Listing is what of a reserve does not change from block to block.
type Listing struct {
	ID                    int
	Asset, Supplied, Debt common.Address // the asset, its aToken and its variable debt token
	StableDebt, Strategy  common.Address // V30: the stable debt token; the rate strategy, one for all reserves on V37
}

// Layout is where a market's contracts are. It changes only when its governance lists a reserve or a category; read it
// again from time to time.
type Layout struct {
	Oracle, Sentinel common.Address // Sentinel is zero where there is none
	Listings         []Listing      // in ascending order of ids
	EModes           []uint8        // the categories that exist
}

// Layout reads where the market's contracts are, in two requests at one block.
func (p Pool) Layout(ctx context.Context, client gaib.Client, block gaib.Block) (Layout, error) {
	if p.revision != core.V30 && p.revision != core.V37 {
		return Layout{}, core.ErrRevision
	}
	list, provider := gaib.NewQuery(p.contract, contract.PoolGetReservesList{}), gaib.NewQuery(p.contract, contract.PoolAddressesProvider{})
	queries := []gaib.Reader{list, provider}
	var categories [256]*gaib.Query[uint16]
	for id := 1; id < len(categories); id++ {
		categories[id] = p.threshold(uint8(id))
		queries = append(queries, categories[id])
	}
	var strategy *gaib.Query[common.Address]
	if p.revision == core.V37 {
		strategy = gaib.NewQuery(p.contract, contract.PoolReserveInterestRateStrategy{})
		queries = append(queries, strategy)
	}
	header, err := gaib.Read(ctx, client, block, queries...)
	if err != nil {
		return Layout{}, fmt.Errorf("aave: layout: %w", err)
	}
	assets := list.Value()
	if len(assets) > core.MaxReserves {
		return Layout{}, fmt.Errorf("aave: layout: %d reserves: %w", len(assets), gaib.ErrBadAnswer)
	}
	book := p.at("AaveProvider", provider.Value())
	oracle := gaib.NewQuery(book, contract.ProviderGetPriceOracle{})
	sentinel := gaib.NewQuery(book, contract.ProviderGetPriceOracleSentinel{})
	queries = []gaib.Reader{oracle, sentinel}
	reserves := make([]*gaib.Query[contract.PoolReserveData], len(assets))
	for i, asset := range assets {
		reserves[i] = gaib.NewQuery(p.contract, contract.PoolGetReserveData{Asset: asset})
		queries = append(queries, reserves[i])
	}
	if _, err := gaib.Read(ctx, client, header.Block(), queries...); err != nil {
		return Layout{}, fmt.Errorf("aave: layout: %w", err)
	}
	layout := Layout{Oracle: oracle.Value(), Sentinel: sentinel.Value()}
	byID := make(map[int]Listing)
	for i, asset := range assets {
		data := reserves[i].Value()
		l := Listing{ID: int(data.Id), Asset: asset, Supplied: data.ATokenAddress, Debt: data.VariableDebtTokenAddress,
			StableDebt: data.StableDebtTokenAddress, Strategy: data.InterestRateStrategyAddress}
		if p.revision == core.V37 {
			l.StableDebt, l.Strategy = common.Address{}, strategy.Value()
		}
		if _, twice := byID[l.ID]; twice || l.ID >= core.MaxReserves {
			return Layout{}, fmt.Errorf("aave: layout: reserve id %d: %w", l.ID, gaib.ErrBadAnswer)
		}
		byID[l.ID] = l
	}
	for id := range core.MaxReserves {
		if l, ok := byID[id]; ok {
			layout.Listings = append(layout.Listings, l)
		}
	}
	for id, category := range categories {
		if id != 0 && category.Value() != 0 {
			layout.EModes = append(layout.EModes, uint8(id))
		}
	}
	return layout, nil
}

// threshold reads the liquidation threshold of a category; that of one that does not exist is zero.
func (p Pool) threshold(id uint8) *gaib.Query[uint16] {
	category := p.category(id)
	return gaib.Group(func() (uint16, error) { return category.Value().LiquidationThreshold, nil }, category)
}

func (p Pool) category(id uint8) *gaib.Query[contract.PoolEModeCategory] {
	if p.revision == core.V30 {
		return gaib.NewQuery(p.contract, contract.PoolGetEModeCategoryData{Id: id})
	}
	raw := gaib.NewQuery(p.contract, contract.PoolGetEModeCategoryCollateralConfig{Id: id})
	return gaib.Group(func() (contract.PoolEModeCategory, error) {
		c := raw.Value()
		return contract.PoolEModeCategory{Ltv: c.Ltv, LiquidationThreshold: c.LiquidationThreshold, LiquidationBonus: c.LiquidationBonus}, nil
	}, raw)
}

// Snapshot is a market and some of its accounts at one block.
type Snapshot struct {
	Block    gaib.Header
	Market   core.Market
	Accounts []core.Account // in the order asked for
}

// State returns the market with the account at an index.
func (s Snapshot) State(i int) core.State {
	return core.State{Market: s.Market, Account: s.Accounts[i]}
}

// Snapshot reads the market and any number of accounts at one block: as many requests as the node's limits ask for, one
// if they allow. On V30 with categories that have a price source of their own it takes one more. It fails with
// [core.ErrStableDebt] if a reserve has such debt, and if the layout is out of date.
func (p Pool) Snapshot(ctx context.Context, client gaib.Client, block gaib.Block, layout Layout, users ...common.Address) (Snapshot, error) {
	if p.revision != core.V30 && p.revision != core.V37 {
		return Snapshot{}, core.ErrRevision
	}
	var queries []gaib.Reader
	reserves := make([]*gaib.Query[core.Reserve], len(layout.Listings))
	for i, l := range layout.Listings {
		reserves[i] = p.reserve(layout, l)
		queries = append(queries, reserves[i])
	}
	emodes := make([]*gaib.Query[category], len(layout.EModes))
	for i, id := range layout.EModes {
		emodes[i] = p.emode(id)
		queries = append(queries, emodes[i])
	}
	accounts := make([]*gaib.Query[core.Account], len(users))
	for i, user := range users {
		accounts[i] = p.Account(layout, user)
		queries = append(queries, accounts[i])
	}
	market := core.Market{Revision: p.revision}
	if p.revision == core.V30 && layout.Sentinel != (common.Address{}) {
		sentinel := p.at("AaveSentinel", layout.Sentinel)
		borrow, liquidate := gaib.NewQuery(sentinel, contract.OracleIsBorrowAllowed{}), gaib.NewQuery(sentinel, contract.OracleIsLiquidationAllowed{})
		queries = append(queries, gaib.Group(func() (struct{}, error) {
			market.BorrowForbidden, market.LiquidationForbidden = !borrow.Value(), !liquidate.Value()
			return struct{}{}, nil
		}, borrow, liquidate))
	}
	header, err := gaib.Read(ctx, client, block, queries...)
	if err != nil {
		return Snapshot{}, fmt.Errorf("aave: snapshot: %w", err)
	}
	if header.Time.Before(time.Unix(0, 0)) {
		return Snapshot{}, fmt.Errorf("aave: snapshot: block time %s: %w", header.Time, gaib.ErrBadAnswer)
	}
	market.Time = uint64(header.Time.Unix())
	if n := len(layout.Listings); n > 0 {
		market.Reserves = make([]core.Reserve, layout.Listings[n-1].ID+1)
	}
	for i, l := range layout.Listings {
		market.Reserves[l.ID] = reserves[i].Value()
	}
	if market.EModes, err = p.prices(ctx, client, header, layout, emodes); err != nil {
		return Snapshot{}, err
	}
	out := Snapshot{Block: header, Market: market}
	for _, account := range accounts {
		out.Accounts = append(out.Accounts, account.Value())
	}
	if err := out.Market.Check(); err != nil {
		return Snapshot{}, fmt.Errorf("aave: snapshot: %w: %w", gaib.ErrBadAnswer, err)
	}
	return out, nil
}

// category is an eMode category and the address whose price replaces that of its assets, V30.
type category struct {
	core.EMode
	source common.Address
}

func (p Pool) emode(id uint8) *gaib.Query[category] {
	config := p.category(id)
	if p.revision == core.V30 {
		return gaib.Group(func() (category, error) { return newCategory(id, config.Value()), nil }, config)
	}
	collateral := gaib.NewQuery(p.contract, contract.PoolGetEModeCategoryCollateralBitmap{Id: id})
	borrowable := gaib.NewQuery(p.contract, contract.PoolGetEModeCategoryBorrowableBitmap{Id: id})
	zeroLTV := gaib.NewQuery(p.contract, contract.PoolGetEModeCategoryLtvzeroBitmap{Id: id})
	isolated := gaib.NewQuery(p.contract, contract.PoolGetIsEModeCategoryIsolated{Id: id})
	return gaib.Group(func() (category, error) {
		c := newCategory(id, config.Value())
		c.Collateral, c.Borrowable, c.ZeroLTV = reserveSet(collateral.Value()), reserveSet(borrowable.Value()), reserveSet(zeroLTV.Value())
		c.Isolated = isolated.Value()
		return c, nil
	}, config, collateral, borrowable, zeroLTV, isolated)
}

func newCategory(id uint8, c contract.PoolEModeCategory) category {
	return category{core.EMode{ID: id, LTV: c.Ltv, LiquidationThreshold: c.LiquidationThreshold, LiquidationBonus: c.LiquidationBonus}, c.PriceSource}
}

// reserveSet is a bitmap of 128 bits.
func reserveSet(bits uint256.Int) core.ReserveSet { return core.ReserveSet{bits[0], bits[1]} }

// prices reads the prices of categories with a source of their own.
func (p Pool) prices(ctx context.Context, client gaib.Client, header gaib.Header, layout Layout, emodes []*gaib.Query[category]) ([]core.EMode, error) {
	out := make([]core.EMode, len(emodes))
	oracle := p.at("AaveOracle", layout.Oracle)
	var queries []gaib.Reader
	for i, query := range emodes {
		c := query.Value()
		if out[i] = c.EMode; c.source == (common.Address{}) {
			continue
		}
		price := gaib.NewQuery(oracle, contract.OracleGetAssetPrice{Asset: c.source})
		queries = append(queries, gaib.Group(func() (struct{}, error) {
			out[i].HasPrice, out[i].Price = true, price.Value()
			return struct{}{}, nil
		}, price))
	}
	if len(queries) == 0 {
		return out, nil
	}
	again, err := gaib.Read(ctx, client, header.Block(), queries...)
	if err != nil {
		return nil, fmt.Errorf("aave: snapshot: %w", err)
	}
	if again.ParentHash != header.ParentHash {
		return nil, fmt.Errorf("aave: snapshot: block %d was reorganised meanwhile; read again: %w", header.Number, gaib.ErrBadAnswer)
	}
	return out, nil
}

// reserve reads a reserve.
func (p Pool) reserve(layout Layout, l Listing) *gaib.Query[core.Reserve] {
	supplied, debt, strategy := p.at("AToken", l.Supplied), p.at("AaveDebt", l.Debt), p.at("AaveStrategy", l.Strategy)
	data := gaib.NewQuery(p.contract, contract.PoolGetReserveData{Asset: l.Asset})
	supply, owed := gaib.NewQuery(supplied, contract.ScaledScaledTotalSupply{}), gaib.NewQuery(debt, contract.ScaledScaledTotalSupply{})
	price := gaib.NewQuery(p.at("AaveOracle", layout.Oracle), contract.OracleGetAssetPrice{Asset: l.Asset})
	parts := []gaib.Reader{data, supply, owed, price}
	var rest func(*core.Reserve) error
	if p.revision == core.V37 {
		cash := gaib.NewQuery(p.contract, contract.PoolGetVirtualUnderlyingBalance{Asset: l.Asset})
		deficit := gaib.NewQuery(p.contract, contract.PoolGetReserveDeficit{Asset: l.Asset})
		grace := gaib.NewQuery(p.contract, contract.PoolGetLiquidationGracePeriod{Asset: l.Asset})
		rates := gaib.NewQuery(strategy, contract.StrategyGetInterestRateDataBps{Reserve: l.Asset})
		parts = append(parts, cash, deficit, grace, rates)
		rest = func(r *core.Reserve) error {
			r.Cash, r.Deficit, r.GraceUntil = cash.Value(), deficit.Value(), grace.Value()
			c := rates.Value()
			r.Curve = core.CurveBps(c.OptimalUsageRatio, c.BaseVariableBorrowRate, c.VariableRateSlope1, c.VariableRateSlope2)
			return nil
		}
	} else {
		cash := gaib.NewQuery(p.at("AaveAsset", l.Asset), gaib.ERC20BalanceOf{Account: l.Supplied})
		stable := gaib.NewQuery(p.at("AaveStableDebt", l.StableDebt), gaib.ERC20TotalSupply{})
		optimal, base := gaib.NewQuery(strategy, contract.StrategyOptimalUsageRatio{}), gaib.NewQuery(strategy, contract.StrategyGetBaseVariableBorrowRate{})
		slope1, slope2 := gaib.NewQuery(strategy, contract.StrategyGetVariableRateSlope1{}), gaib.NewQuery(strategy, contract.StrategyGetVariableRateSlope2{})
		parts = append(parts, cash, stable, optimal, base, slope1, slope2)
		rest = func(r *core.Reserve) error {
			if debt := stable.Value(); !debt.IsZero() {
				return fmt.Errorf("%w: %s", core.ErrStableDebt, l.Asset)
			}
			r.Cash, r.Curve = cash.Value(), core.Curve{Optimal: optimal.Value(), Base: base.Value(), Slope1: slope1.Value(), Slope2: slope2.Value()}
			return nil
		}
	}
	return gaib.Group(func() (core.Reserve, error) {
		d := data.Value()
		r := core.Reserve{
			Asset: l.Asset, Config: core.DecodeConfig(d.Configuration.Data), LiquidityIndex: d.LiquidityIndex, LiquidityRate: d.CurrentLiquidityRate,
			DebtIndex: d.VariableBorrowIndex, DebtRate: d.CurrentVariableBorrowRate, LastUpdate: d.LastUpdateTimestamp, AccruedToTreasury: d.AccruedToTreasury,
			ScaledSupply: supply.Value(), ScaledDebt: owed.Value(), Deficit: d.Unbacked, IsolatedDebt: d.IsolationModeTotalDebt, Price: price.Value(),
		}
		if int(d.Id) != l.ID || d.ATokenAddress != l.Supplied || d.VariableDebtTokenAddress != l.Debt {
			return core.Reserve{}, fmt.Errorf("aave: the layout of %s is out of date; read it again: %w", l.Asset, gaib.ErrBadAnswer)
		}
		return r, rest(&r)
	}, parts...)
}

// Account reads an account: its flags, its category and its scaled balances in every listed reserve. Those of many
// accounts go into one [gaib.Read], or with the market into [Pool.Snapshot].
func (p Pool) Account(layout Layout, user common.Address) *gaib.Query[core.Account] {
	config := gaib.NewQuery(p.contract, contract.PoolGetUserConfiguration{User: user})
	mode := gaib.NewQuery(p.contract, contract.PoolGetUserEMode{User: user})
	parts := []gaib.Reader{config, mode}
	type pair struct{ supplied, debt *gaib.Query[uint256.Int] }
	balances := make([]pair, len(layout.Listings))
	for i, l := range layout.Listings {
		balances[i] = pair{gaib.NewQuery(p.at("AToken", l.Supplied), contract.ScaledScaledBalanceOf{User: user}),
			gaib.NewQuery(p.at("AaveDebt", l.Debt), contract.ScaledScaledBalanceOf{User: user})}
		parts = append(parts, balances[i].supplied, balances[i].debt)
	}
	return gaib.Group(func() (core.Account, error) {
		m := mode.Value()
		if m.CmpUint64(255) > 0 {
			return core.Account{}, fmt.Errorf("aave: eMode category %s: %w", m.Dec(), gaib.ErrBadAnswer)
		}
		a := core.Account{Config: core.UserConfig(config.Value().Data), EMode: uint8(m.Uint64())}
		for i, l := range layout.Listings {
			b := core.Balance{Reserve: l.ID, Supplied: balances[i].supplied.Value(), Debt: balances[i].debt.Value()}
			if !b.Supplied.IsZero() || !b.Debt.IsZero() {
				a.Balances = append(a.Balances, b)
			}
		}
		if err := a.Check(); err != nil {
			return core.Account{}, fmt.Errorf("%w: %w", gaib.ErrBadAnswer, err)
		}
		return a, nil
	}, parts...)
}
