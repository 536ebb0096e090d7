package core

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
)

// Reserve is one asset of a pool. Amounts are base units of the asset, indices and rates in ray, scaled amounts are
// balances divided by an index.
type Reserve struct {
	Asset  common.Address // zero where the pool has dropped the reserve
	Config Config

	LiquidityIndex uint256.Int // what one scaled aToken is worth
	LiquidityRate  uint256.Int // annual
	DebtIndex      uint256.Int // what one scaled unit of variable debt owes
	DebtRate       uint256.Int // annual
	LastUpdate     uint64      // Unix time at which indices and rates were stored

	AccruedToTreasury uint256.Int // scaled
	ScaledSupply      uint256.Int // of all aTokens
	ScaledDebt        uint256.Int // of all variable debt
	Cash              uint256.Int // V30: the aToken's balance of the asset; V37: the virtual underlying balance, taken to be that too
	Deficit           uint256.Int // V30: aTokens that a bridge minted unbacked; V37: bad debt not yet covered
	IsolatedDebt      uint256.Int // V30: debt against this asset as isolated collateral, 2 decimals
	GraceUntil        uint64      // V37: Unix time up to which nothing can be liquidated

	Price uint256.Int // of one whole token, in the oracle's currency: 8 decimals of a US dollar on most pools
	Curve Curve
}

// EMode is a category of correlated assets with parameters of its own, in basis points.
type EMode struct {
	ID                                          uint8
	LTV, LiquidationThreshold, LiquidationBonus uint16

	// V30: a price that replaces those of the category's assets, if the category names a source for it.
	HasPrice bool
	Price    uint256.Int

	// V37: reserves by id that the category takes as collateral, lets be borrowed, and treats as if their LTV were zero.
	Collateral, Borrowable, ZeroLTV ReserveSet
	Isolated                        bool // V37: collateral outside of the category has an LTV of zero
}

// ReserveSet is a set of reserve ids.
type ReserveSet [2]uint64

// Has reports whether the reserve is in the set.
func (s ReserveSet) Has(id int) bool { return id >= 0 && id < MaxReserves && s[id/64]>>(id%64)&1 != 0 }

// With returns the set with the reserve added; an id out of range changes nothing.
func (s ReserveSet) With(id int) ReserveSet {
	if id >= 0 && id < MaxReserves {
		s[id/64] |= 1 << (id % 64)
	}
	return s
}

// Market is a pool at one block: everything that its rules read, but for the accounts. It is a value; the functions that
// change it work on copies.
type Market struct {
	Revision Revision
	Time     uint64    // Unix time of the block
	Reserves []Reserve // by reserve id
	EModes   []EMode   // in any order; category 0 is none

	// V30: what the price sentinel of a layer 2 forbids while its sequencer was down.
	BorrowForbidden, LiquidationForbidden bool
}

// Check returns [ErrRevision], or [ErrOutOfRange] if there are too many reserves or a stored value is wider than its
// field. What a reader gives always passes.
func (m *Market) Check() error {
	if m.Revision != V30 && m.Revision != V37 {
		return ErrRevision
	}
	if len(m.Reserves) > MaxReserves || m.Time>>40 != 0 {
		return fmt.Errorf("%w: %d reserves at time %d", ErrOutOfRange, len(m.Reserves), m.Time)
	}
	for i := range m.Reserves {
		r := &m.Reserves[i]
		for _, field := range []*uint256.Int{&r.LiquidityIndex, &r.LiquidityRate, &r.DebtIndex, &r.DebtRate, &r.AccruedToTreasury, &r.Deficit, &r.IsolatedDebt} {
			if field.BitLen() > 128 {
				return fmt.Errorf("%w: a field of reserve %d has more than 128 bits", ErrOutOfRange, i)
			}
		}
		if m.Revision == V37 && r.Cash.BitLen() > 128 || r.LastUpdate>>40 != 0 || r.GraceUntil>>40 != 0 {
			return fmt.Errorf("%w: cash or a time of reserve %d", ErrOutOfRange, i)
		}
	}
	return nil
}

// At returns the market at another time; indices stay as stored, as on the chain.
func (m Market) At(time uint64) Market {
	m.Time = time
	return m
}

func (m *Market) clone() Market {
	out := *m
	out.Reserves = slices.Clone(m.Reserves)
	return out
}

// reserve returns a reserve that is listed.
func (m *Market) reserve(id int) (*Reserve, error) {
	if id < 0 || id >= len(m.Reserves) || m.Reserves[id].Asset == (common.Address{}) {
		return nil, fmt.Errorf("%w: id %d", ErrUnknownReserve, id)
	}
	return &m.Reserves[id], nil
}

// ID returns the id of an asset's reserve.
func (m *Market) ID(asset common.Address) (id int, ok bool) {
	if asset == (common.Address{}) {
		return 0, false
	}
	id = slices.IndexFunc(m.Reserves, func(r Reserve) bool { return r.Asset == asset })
	return max(id, 0), id >= 0
}

// emode returns a category, the empty one if there is none of that id.
func (m *Market) emode(id uint8) EMode {
	if id != 0 {
		for _, e := range m.EModes {
			if e.ID == id {
				return e
			}
		}
	}
	return EMode{}
}

// Income returns what one scaled aToken is worth at a time, in ray: the stored index times the linear interest since, half
// up. It fails where the contract reverts, and so for a time before the last update.
// Source: Aave ReserveLogic.getNormalizedIncome.
func (r *Reserve) Income(time uint64) (uint256.Int, error) {
	var c calc
	index := c.income(r, time)
	return index, c.err
}

func (c *calc) income(r *Reserve, time uint64) uint256.Int {
	if r.LastUpdate == time {
		return r.LiquidityIndex
	}
	return c.do(fixed.RayMul, c.linear(r.LiquidityRate, c.since(r, time)), r.LiquidityIndex)
}

// OwedIndex returns what one scaled unit of variable debt owes at a time, in ray: the stored index times the compounded
// interest since, half up. It fails as [Reserve.Income] does. Source: Aave ReserveLogic.getNormalizedDebt.
func (r *Reserve) OwedIndex(revision Revision, time uint64) (uint256.Int, error) {
	var c calc
	index := c.owedIndex(revision, r, time)
	return index, c.err
}

func (c *calc) owedIndex(revision Revision, r *Reserve, time uint64) uint256.Int {
	if r.LastUpdate == time {
		return r.DebtIndex
	}
	return c.do(fixed.RayMul, c.compounded(revision, r.DebtRate, c.since(r, time)), r.DebtIndex)
}

func (c *calc) since(r *Reserve, time uint64) uint64 {
	if time < r.LastUpdate && c.err == nil {
		c.err = fixed.ErrUnderflow
	}
	return max(time, r.LastUpdate) - r.LastUpdate
}

// accrue brings indices and the treasury's share up to the market's time: supply grows linearly, debt compounds, and
// nothing happens twice in one block. Source: Aave ReserveLogic.updateState.
func (c *calc) accrue(m *Market, r *Reserve) {
	if c.err != nil || r.LastUpdate == m.Time {
		return
	}
	before := r.DebtIndex
	if !r.LiquidityRate.IsZero() {
		r.LiquidityIndex = c.fit(c.income(r, m.Time), 128)
	}
	if !r.ScaledDebt.IsZero() {
		r.DebtIndex = c.fit(c.owedIndex(m.Revision, r, m.Time), 128)
	}
	r.LastUpdate = m.Time
	if r.Config.ReserveFactor == 0 {
		return
	}
	var accrued uint256.Int
	if m.Revision == V37 {
		accrued = c.do(fixed.RayMulFloor, r.ScaledDebt, c.sub(r.DebtIndex, before))
	} else {
		accrued = c.sub(c.do(fixed.RayMul, r.ScaledDebt, r.DebtIndex), c.do(fixed.RayMul, r.ScaledDebt, before))
	}
	if share := c.do(fixed.PercentMul, accrued, number(uint64(r.Config.ReserveFactor))); !share.IsZero() {
		c.addTo(&r.AccruedToTreasury, c.fit(c.do(m.Revision.scaleDown, share, r.LiquidityIndex), 128), 128)
	}
}

// reprice sets the rates for the debt as it is and the cash as it will be. The virtual balance of V37 moves here; the cash
// of V30 moves with the token. Source: Aave ReserveLogic.updateInterestRates.
func (c *calc) reprice(m *Market, r *Reserve, added, taken uint256.Int) {
	funds := Funds{Debt: c.do(m.Revision.owed, r.ScaledDebt, r.DebtIndex), Unbacked: r.Deficit, ReserveFactor: r.Config.ReserveFactor}
	if !funds.Debt.IsZero() {
		funds.Cash = c.sub(c.add(r.Cash, added), taken)
	}
	rates := c.rates(m.Revision, r.Curve, funds)
	r.LiquidityRate, r.DebtRate = c.fit(rates.Supply, 128), c.fit(rates.Borrow, 128)
	if m.Revision == V37 {
		c.addTo(&r.Cash, c.fit(added, 128), 128)
		c.takeFrom(&r.Cash, c.fit(taken, 128))
	}
}

// receive and pay move the token on V30, where the rates look at the aToken's balance.
func (c *calc) receive(m *Market, r *Reserve, amount uint256.Int) {
	if m.Revision == V30 {
		c.addTo(&r.Cash, amount, 256)
	}
}

func (c *calc) pay(m *Market, r *Reserve, amount uint256.Int) {
	if m.Revision == V30 {
		c.require(!r.Cash.Lt(&amount), ErrCash)
		c.takeFrom(&r.Cash, amount)
	}
}

// Accrue returns the market with the reserve's indices, and the treasury's share of the interest, brought up to the
// market's time, as every action on the reserve does first. Rates stay until an action sets them anew. It fails with a
// [*RevertError] where the contract reverts.
func (m Market) Accrue(id int) (Market, error) {
	if err := m.Check(); err != nil {
		return Market{}, err
	}
	out := m.clone()
	r, err := out.reserve(id)
	if err != nil {
		return Market{}, err
	}
	var c calc
	if c.accrue(&out, r); c.err != nil {
		return Market{}, m.Revision.revert("accrue", c.err)
	}
	return out, nil
}
