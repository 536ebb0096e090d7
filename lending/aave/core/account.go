package core

import (
	"math/bits"
	"slices"

	"github.com/holiman/uint256"

	"github.com/ethereum/go-ethereum/common"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

// Balance is what an account has in one reserve, scaled.
type Balance struct {
	Reserve  int         // id
	Supplied uint256.Int // scaled aTokens
	Debt     uint256.Int // scaled variable debt
}

// Account is one user of a pool. It is a value; the functions that change it work on copies.
type Account struct {
	Config   UserConfig // which balances count as collateral and as debt
	EMode    uint8
	Balances []Balance // in ascending order of reserve ids, each once
}

// Check returns [ErrBalances] or [ErrOutOfRange] if the balances are not what the functions of this package rely on.
func (a *Account) Check() error {
	last := -1
	for i := range a.Balances {
		b := &a.Balances[i]
		if b.Reserve <= last {
			return ErrBalances
		}
		last = b.Reserve
		if last >= MaxReserves || b.Supplied[2]|b.Supplied[3]|b.Debt[2]|b.Debt[3] != 0 {
			return ErrOutOfRange
		}
	}
	return nil
}

// Balance returns what the account has in a reserve.
func (a *Account) Balance(id int) Balance {
	if i, ok := a.find(id); ok {
		return a.Balances[i]
	}
	return Balance{Reserve: id}
}

func (a *Account) find(id int) (int, bool) {
	return slices.BinarySearchFunc(a.Balances, id, func(b Balance, id int) int { return b.Reserve - id })
}

func (a *Account) clone() Account {
	out := *a
	out.Balances = slices.Clone(a.Balances)
	return out
}

// balance returns the balance to be changed, made if there is none.
func (a *Account) balance(id int) *Balance {
	i, ok := a.find(id)
	if !ok {
		a.Balances = slices.Insert(a.Balances, i, Balance{Reserve: id})
	}
	return &a.Balances[i]
}

// Data is an account in the oracle's currency, 8 decimals of a US dollar on most pools.
type Data struct {
	Collateral           uint256.Int // each asset rounded down
	Debt                 uint256.Int // V30: each asset rounded down; V37: up
	LTV                  uint64      // mean over the collateral, basis points, rounded down
	LiquidationThreshold uint64      // mean over the collateral, basis points, rounded down
	Health               lending.Factor
	ZeroLTV              bool // a collateral has a loan-to-value of zero
}

// Available returns the value that can still be borrowed, Collateral * LTV - Debt or zero: the product half up (V30) or
// floor (V37). It fails with an overflow of 256 bits. Source: Aave GenericLogic.calculateAvailableBorrows.
func (d Data) Available(r Revision) (available uint256.Int, err error) {
	round := fixed.PercentMul
	if r == V37 {
		round = fixed.PercentMulFloor
	}
	if err := round(&available, &d.Collateral, &uint256.Int{d.LTV}); err != nil {
		return uint256.Int{}, err
	}
	if available.Lt(&d.Debt) {
		return uint256.Int{}, nil
	}
	available.Sub(&available, &d.Debt)
	return available, nil
}

// safe reports whether health is at least one.
func (d *Data) safe() bool { return d.Health.Cmp(lending.One) >= 0 }

// View is a market prepared for valuing many accounts at its time: indices are brought up to date once. It is not
// changed after its creation, so many goroutines may use it.
type View struct {
	revision Revision
	reserves []viewed
	emodes   []EMode
}

// viewed is what health needs of a reserve.
type viewed struct {
	income, owed       factor // the indices in ray
	value              factor // price over 10^decimals
	ltv, threshold     uint64
	emode              uint8
	listed             bool
	incomeErr, owedErr error // why an index cannot be had; an error only for those who need it
}

// View returns the market prepared for valuing accounts. It fails as [Market.Check] does.
func (m *Market) View() (*View, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	v := m.view()
	for i := range v.reserves {
		r := &v.reserves[i]
		r.income.prepare()
		r.owed.prepare()
		r.value.prepare()
	}
	return v, nil
}

func (m *Market) view() *View {
	v := &View{revision: m.Revision, reserves: make([]viewed, len(m.Reserves)), emodes: slices.Clone(m.EModes)}
	for i := range m.Reserves {
		r := &m.Reserves[i]
		if r.Asset == (common.Address{}) {
			continue
		}
		out := &v.reserves[i]
		*out = viewed{listed: true, income: factor{d: ray}, owed: factor{d: ray}, value: factor{a: r.Price, d: wrappedUnit(r.Config.Decimals)},
			ltv: uint64(r.Config.LTV), threshold: uint64(r.Config.LiquidationThreshold), emode: r.Config.EMode}
		out.income.a, out.incomeErr = r.Income(m.Time)
		out.owed.a, out.owedErr = r.OwedIndex(m.Revision, m.Time)
	}
	return v
}

// Data returns an account's value, means and health:
//
//	V30: health = wadDiv(percentMul(collateral, mean threshold), debt), all half up
//	V37: health = floor(wadDiv(sum of collateral * threshold, debt) / 10,000)
//
// It allocates nothing. It fails with [ErrBalances] or [ErrOutOfRange], and with a [*RevertError] where the contract
// reverts. Source: Aave GenericLogic.calculateUserAccountData.
func (v *View) Data(a *Account) (Data, error) {
	if err := a.Check(); err != nil {
		return Data{}, err
	}
	d, err := v.data(a)
	if err != nil {
		return Data{}, v.revision.revert("account data", err)
	}
	return d, nil
}

func (v *View) emode(id uint8) *EMode {
	if id != 0 {
		for i := range v.emodes {
			if v.emodes[i].ID == id {
				return &v.emodes[i]
			}
		}
	}
	return nil
}

func (v *View) data(a *Account) (d Data, err error) {
	if a.Config.empty() {
		d.Health.Infinite = true
		return d, nil
	}
	var ltvs, thresholds, amount uint256.Int
	supplyRound := halfUp
	if v.revision == V37 {
		supplyRound = floor
	}
	var zero Balance
	mode, balances := v.emode(a.EMode), a.Balances
	for word, flags := range a.Config {
		for flags != 0 {
			shift := bits.TrailingZeros64(flags) &^ 1
			id, use := word*32+shift/2, flags>>shift&3
			flags &^= 3 << shift
			for len(balances) > 0 && balances[0].Reserve < id {
				balances = balances[1:]
			}
			if id >= len(v.reserves) || !v.reserves[id].listed {
				continue
			}
			r, b := &v.reserves[id], &zero
			if len(balances) > 0 && balances[0].Reserve == id {
				b = &balances[0]
			}
			value := &r.value
			ltv, threshold := r.ltv, r.threshold
			counts := use&2 != 0
			if v.revision == V30 {
				// The contract looks at the reserve's own threshold and loan-to-value before it takes the category's.
				counts = counts && threshold != 0
				if a.EMode != 0 && r.emode == a.EMode {
					var e EMode
					if mode != nil {
						e = *mode
					}
					if e.HasPrice && !e.Price.IsZero() {
						value = &factor{a: e.Price, d: r.value.d}
					}
					if ltv != 0 {
						ltv = uint64(e.LTV)
					} else {
						d.ZeroLTV = d.ZeroLTV || counts
					}
					threshold = uint64(e.LiquidationThreshold)
				} else {
					d.ZeroLTV = d.ZeroLTV || counts && ltv == 0
				}
			} else if mode != nil {
				if mode.Collateral.Has(id) {
					threshold = uint64(mode.LiquidationThreshold)
				}
				ltv = mode.userLTV(id, ltv)
			}
			if counts {
				if v.revision == V37 {
					d.ZeroLTV = d.ZeroLTV || ltv == 0
				}
				if r.incomeErr != nil {
					return Data{}, r.incomeErr
				}
				if err := r.income.times(&amount, &b.Supplied, supplyRound); err != nil {
					return Data{}, err
				}
				if err := value.times(&amount, &amount, floor); err != nil {
					return Data{}, err
				}
				if err := addProduct(&d.Collateral, &amount, 1); err != nil {
					return Data{}, err
				}
				if err := addProduct(&ltvs, &amount, ltv); err != nil {
					return Data{}, err
				}
				if err := addProduct(&thresholds, &amount, threshold); err != nil {
					return Data{}, err
				}
			}
			if use&1 != 0 {
				if err := v.debtValue(&amount, &b.Debt, r, value); err != nil {
					return Data{}, err
				}
				if err := addProduct(&d.Debt, &amount, 1); err != nil {
					return Data{}, err
				}
			}
		}
	}
	return d, v.means(&d, &ltvs, &thresholds)
}

// userLTV is the loan-to-value of a reserve in a category, V37. Source: Aave ValidationLogic.getUserReserveLtv.
func (e *EMode) userLTV(id int, own uint64) uint64 {
	switch {
	case e.ID == 0:
		return own
	case e.Collateral.Has(id):
		if e.ZeroLTV.Has(id) {
			return 0
		}
		return uint64(e.LTV)
	case e.Isolated:
		return 0
	}
	return own
}

func (v *View) debtValue(z, scaled *uint256.Int, r *viewed, value *factor) error {
	if v.revision == V30 && scaled.IsZero() {
		z.Clear() // the index is not looked at
		return nil
	}
	if r.owedErr != nil {
		return r.owedErr
	}
	amountRound, valueRound := halfUp, floor
	if v.revision == V37 {
		amountRound, valueRound = ceil, ceil
	}
	if err := r.owed.times(z, scaled, amountRound); err != nil {
		return err
	}
	return value.times(z, z, valueRound)
}

// means finishes the data. The mean of basis points of 16 bits has 16 bits.
func (v *View) means(d *Data, ltvs, thresholds *uint256.Int) error {
	var mean, health uint256.Int
	if !d.Collateral.IsZero() {
		mean = quo(ltvs, &d.Collateral)
		d.LTV = mean.Uint64()
		mean = quo(thresholds, &d.Collateral)
		d.LiquidationThreshold = mean.Uint64()
	}
	if d.Debt.IsZero() {
		d.Health.Infinite = true
		return nil
	}
	if v.revision == V37 {
		if err := fixed.WadDiv(&health, thresholds, &d.Debt); err != nil {
			return err
		}
		d.Health.Wad = quo(&health, &bps)
		return nil
	}
	if err := fixed.PercentMul(&health, &d.Collateral, &uint256.Int{d.LiquidationThreshold}); err != nil {
		return err
	}
	return fixed.WadDiv(&d.Health.Wad, &health, &d.Debt)
}
