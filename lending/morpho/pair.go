package morpho

import (
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// Pair is one market on a chain: its reads, calls and plans.
type Pair struct {
	protocol   Protocol
	params     blue.Params
	id         common.Hash
	model      blue.RateModel
	loan       gaib.ERC20
	collateral gaib.ERC20
	irm        gaib.Contract
	oracle     gaib.Contract
}

// Pair returns the market of the parameters; loan and collateral are how its tokens' amounts are written. Its rate model
// is taken for the adaptive curve unless there is none, see [Pair.WithModel].
func (b Protocol) Pair(params blue.Params, loan, collateral gaib.Unit) Pair {
	p := Pair{protocol: b, params: params, id: params.ID()}
	if params.IRM == (common.Address{}) {
		p.model = blue.NoInterest
	}
	p.loan = gaib.NewERC20(b.at(gaib.Name(loan.Symbol), params.LoanToken), loan)
	p.collateral = gaib.NewERC20(b.at(gaib.Name(collateral.Symbol), params.CollateralToken), collateral)
	p.irm = b.at("rate model", params.IRM)
	p.oracle = b.at("oracle", params.Oracle)
	return p
}

// at returns a contract at an address that the market's parameters give, under the name that the deployment has for
// the address, if it has one.
func (b Protocol) at(name gaib.Name, address common.Address) gaib.Contract {
	entry := gaib.Entry{Address: address, Evidence: gaib.Reported}
	names := b.deployment.Names()
	if i := slices.IndexFunc(names, func(known gaib.Name) bool {
		e, _ := b.deployment.Entry(known)
		return e.Address == address
	}); i >= 0 {
		name = names[i]
		entry, _ = b.deployment.Entry(name)
	}
	return b.deployment.With(name, entry).Contract(name, blue.DecodeError)
}

// At returns the token at an address that a market's parameters give, or whatever else stands there; unit names it unless
// the deployment does.
func (b Protocol) At(address common.Address, unit gaib.Unit) gaib.Contract {
	return b.at(gaib.Name(unit.Symbol), address)
}

// WithModel returns the pair with another rate model than the adaptive curve.
func (p Pair) WithModel(model blue.RateModel) Pair {
	p.model = model
	return p
}

// Params returns the market's parameters.
func (p Pair) Params() blue.Params { return p.params }

// ID returns the market's id.
func (p Pair) ID() common.Hash { return p.id }

// Loan returns the token that is lent.
func (p Pair) Loan() gaib.ERC20 { return p.loan }

// Collateral returns the token that backs the loans.
func (p Pair) Collateral() gaib.ERC20 { return p.collateral }

// Protocol returns the contract that holds the market.
func (p Pair) Protocol() Protocol { return p.protocol }

// Market reads the market's state with its rate model's, as it is stored: interest up to its last accrual. It fails with
// [blue.ErrMarketNotCreated], and with gaib.ErrBadAnswer if a value is out of range.
func (p Pair) Market() *gaib.Query[blue.Market] {
	raw := gaib.NewQuery(p.protocol.contract, contract.MorphoMarket{Id: p.id})
	parts := []gaib.Reader{raw}
	rate := func() uint256.Int { return uint256.Int{} }
	switch p.model {
	case blue.AdaptiveCurve:
		query := gaib.NewQuery(p.irm, contract.IrmRateAtTarget{Id: p.id})
		parts, rate = append(parts, query), query.Value
	case blue.FixedRate:
		w := wire(p.params)
		query := gaib.NewQuery(p.irm, contract.IrmBorrowRateView{MarketParams: contract.IrmMarketParams(w)})
		parts, rate = append(parts, query), query.Value
	}
	return gaib.Group(func() (blue.Market, error) {
		m, r := raw.Value(), rate()
		switch {
		case m.LastUpdate.IsZero():
			return blue.Market{}, fmt.Errorf("market %s: %w", p.id, blue.ErrMarketNotCreated)
		case !m.LastUpdate.IsUint64() || !m.Fee.IsUint64() || !r.IsUint64():
			return blue.Market{}, fmt.Errorf("market %s: time %s, fee %s, rate %s: %w", p.id, m.LastUpdate.Dec(), m.Fee.Dec(), r.Dec(), gaib.ErrBadAnswer)
		}
		return blue.Market{
			TotalSupplyAssets: m.TotalSupplyAssets, TotalSupplyShares: m.TotalSupplyShares,
			TotalBorrowAssets: m.TotalBorrowAssets, TotalBorrowShares: m.TotalBorrowShares,
			LastUpdate: m.LastUpdate.Uint64(), Fee: lending.Ratio(m.Fee.Uint64()),
			LLTV: p.params.LLTV, Model: p.model, Rate: r.Uint64(),
		}, nil
	}, parts...)
}

// Price reads the oracle's price: loan base units of one collateral base unit, times 1e36.
func (p Pair) Price() *gaib.Query[uint256.Int] {
	return gaib.NewQuery(p.oracle, contract.OraclePrice{})
}

// Position reads an account's position. Those of many accounts, with market and price, go into one [gaib.Read].
func (p Pair) Position(account common.Address) *gaib.Query[blue.Position] {
	raw := gaib.NewQuery(p.protocol.contract, contract.MorphoPosition{Id: p.id, User: account})
	return gaib.Group(func() (blue.Position, error) {
		v := raw.Value()
		return blue.Position{SupplyShares: v.SupplyShares, BorrowShares: v.BorrowShares, Collateral: v.Collateral}, nil
	}, raw)
}

// Positions reads the positions of many accounts, in their order.
func (p Pair) Positions(accounts ...common.Address) *gaib.Query[[]blue.Position] {
	queries := make([]*gaib.Query[blue.Position], len(accounts))
	parts := make([]gaib.Reader, len(accounts))
	for i, account := range accounts {
		queries[i] = p.Position(account)
		parts[i] = queries[i]
	}
	return gaib.Group(func() ([]blue.Position, error) {
		positions := make([]blue.Position, len(queries))
		for i, query := range queries {
			positions[i] = query.Value()
		}
		return positions, nil
	}, parts...)
}

// Sources returns the market's events for [gaib.Logs]: all that change its state or a position, those of an adaptive rate
// model among them. [blue.Market.Apply] and [blue.Position.Apply] follow them.
func (p Pair) Sources() []gaib.Source {
	c, id := p.protocol.contract, p.id
	sources := []gaib.Source{
		gaib.NewEvents[contract.MorphoCreateMarketEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoSetFeeEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoAccrueInterestEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoSupplyEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoWithdrawEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoBorrowEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoRepayEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoSupplyCollateralEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoWithdrawCollateralEvent](c).Where(1, id),
		gaib.NewEvents[contract.MorphoLiquidateEvent](c).Where(1, id),
	}
	if p.model == blue.AdaptiveCurve {
		sources = append(sources, gaib.NewEvents[contract.IrmBorrowRateUpdateEvent](p.irm).Where(1, id))
	}
	return sources
}

// seconds returns a block's time as the contract counts it; a header's time is never before 1970.
func seconds(at time.Time) uint64 { return uint64(max(0, at.Unix())) }
