package blue

import (
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
)

// Health is what decides over a position.
type Health struct {
	Borrowed  uint256.Int // debt, rounded up, base units of the loan token
	MaxBorrow uint256.Int // the most debt with which the position is healthy, base units of the loan token
}

// Healthy reports whether the debt is at most the limit.
func (h Health) Healthy() bool { return !h.MaxBorrow.Lt(&h.Borrowed) }

// Factor returns the health factor, floor(MaxBorrow * 1e18 / Borrowed), Infinite without debt. It is below one exactly
// where the position is not healthy. It fails with lending.ErrOverflow if the quotient needs more than 256 bits.
func (h Health) Factor() (f lending.Factor, err error) {
	if h.Borrowed.IsZero() {
		return lending.Factor{Infinite: true}, nil
	}
	err = fixed.MulDivDown(&f.Wad, &h.MaxBorrow, &one, &h.Borrowed)
	return f, err
}

// Health returns debt and limit of a position at an oracle price, as the contract computes them: toAssetsUp(shares), and
// wMulDown(mulDivDown(collateral, price, 1e36), LLTV). Interest must have been accrued, see [Market.HealthAt]. It
// allocates nothing. It reverts where the contract would, and fails with [ErrState].
// Source: Morpho Blue, Morpho.sol _isHealthy.
func (m *Market) Health(p *Position, price *uint256.Int) (h Health, err error) {
	if err := m.check(p); err != nil {
		return h, err
	}
	if err := toAssetsUp(&h.Borrowed, &p.BorrowShares, &m.TotalBorrowAssets, &m.TotalBorrowShares); err != nil {
		return Health{}, revert(err)
	}
	if err := m.limit(&h.MaxBorrow, p, price); err != nil {
		return Health{}, revert(err)
	}
	return h, nil
}

func (m *Market) limit(z *uint256.Int, p *Position, price *uint256.Int) error {
	if err := scaledDown(z, &p.Collateral, price); err != nil {
		return err
	}
	return partDown(z, z, uint64(m.LLTV))
}

// HealthAt returns [Market.Health] with interest accrued up to now, Unix seconds.
func (m *Market) HealthAt(p *Position, price *uint256.Int, now uint64) (Health, error) {
	after := *m
	if m.LastUpdate == 0 {
		return Health{}, fail(textNotCreated)
	}
	if err := m.check(p); err != nil {
		return Health{}, err
	}
	var a Accrual
	if err := after.accrue(&a, now); err != nil {
		return Health{}, err
	}
	return after.Health(p, price)
}

// Healthy reports whether the position is healthy at an oracle price, in two divisions instead of three: ceil(shares *
// assets / total) <= limit is shares * assets <= limit * total. It decides and reverts exactly as [Market.Health] does,
// and allocates nothing. A position without debt passes at any price at which the limit can be computed.
func (m *Market) Healthy(p *Position, price *uint256.Int) (bool, error) {
	if err := m.check(p); err != nil {
		return false, err
	}
	var assets, shares, owed, limit uint256.Int
	assets.AddUint64(&m.TotalBorrowAssets, virtualAssets)
	shares.AddUint64(&m.TotalBorrowShares, virtualShares)
	if err := fixed.Mul(&owed, &p.BorrowShares, &assets); err != nil {
		return false, revert(err)
	}
	// The contract adds total - 1 before it divides; the sum can overflow where the product does not.
	// The total is below 2^129, so that takes a product whose top word is full.
	if owed[3] == ^uint64(0) {
		var rounded uint256.Int
		rounded.SubUint64(&shares, 1)
		if _, overflow := rounded.AddOverflow(&rounded, &owed); overflow {
			return false, panicked(panicArithmetic)
		}
	}
	if err := m.limit(&limit, p, price); err != nil {
		return false, revert(err)
	}
	if fixed.Mul(&limit, &limit, &shares) != nil {
		return true, nil // 2^256 or more, above any debt
	}
	return !limit.Lt(&owed), nil
}

// requireHealthy is the check after a borrow or a withdrawal of collateral.
func (m *Market) requireHealthy(p *Position, price *uint256.Int) error {
	if p.BorrowShares.IsZero() {
		return nil // the oracle is not asked
	}
	healthy, err := m.Healthy(p, price)
	if err != nil {
		return err
	}
	if !healthy {
		return fail(textCollateral)
	}
	return nil
}

// MaxBorrow returns the most assets that [Market.Borrow] gives the position now: the room below the limit and the
// market's liquidity, less what rounding takes. One more base unit reverts. Zero where nothing can be borrowed. Interest
// must have been accrued. It fails as [Market.Health] does.
func (m Market) MaxBorrow(p Position, price uint256.Int) (uint256.Int, error) {
	h, err := m.Health(&p, &price)
	if err != nil {
		return uint256.Int{}, err
	}
	room := h.MaxBorrow
	floorSub(&room, &h.Borrowed)
	if left := m.Liquidity(); room.Gt(&left) {
		room = left
	}
	granted := func(assets *uint256.Int) bool {
		_, err := m.Borrow(p, Amount{Assets: *assets}, price, m.LastUpdate)
		return assets.IsZero() || err == nil
	}
	// The edge is next to room unless a share is worth more than a unit, so it is searched from there in growing steps.
	var low, high uint256.Int
	step := uint256.Int{1}
	if granted(&room) {
		for low = room; ; low = high {
			if _, overflow := high.AddOverflow(&low, &step); overflow || !granted(&high) {
				break
			}
			step.Lsh(&step, 1)
		}
	} else {
		for high = room; ; high = low {
			if low = high; step.Lt(&low) {
				low.Sub(&low, &step)
			} else {
				low.Clear()
			}
			if granted(&low) {
				break
			}
			step.Lsh(&step, 1)
		}
	}
	for {
		var middle uint256.Int
		if middle.Sub(&high, &low); middle.LtUint64(2) {
			return low, nil
		}
		middle.Add(&low, middle.Rsh(&middle, 1))
		if granted(&middle) {
			low = middle
		} else {
			high = middle
		}
	}
}

// MaxWithdrawCollateral returns the most collateral that [Market.WithdrawCollateral] gives the position now; all of it
// without debt, zero if the position is at its limit or beyond. Interest must have been accrued. It fails as
// [Market.Health] does.
func (m Market) MaxWithdrawCollateral(p Position, price uint256.Int) (uint256.Int, error) {
	if err := m.check(&p); err != nil {
		return uint256.Int{}, err
	}
	if p.BorrowShares.IsZero() {
		return p.Collateral, nil
	}
	h, err := m.Health(&p, &price)
	if err != nil {
		return uint256.Int{}, err
	}
	var need uint256.Int
	if m.value(&need, &h.Borrowed) != nil || fixed.MulDivUp(&need, &need, &priceScale, &price) != nil {
		return uint256.Int{}, nil // the price or LLTV is zero
	}
	left := p.Collateral
	floorSub(&left, &need)
	return left, nil
}

// LiquidationPrice returns the lowest oracle price at which the position is healthy: ceil(ceil(debt * 1e18 / LLTV) *
// 1e36 / collateral). ok is false without debt, which no price makes liquidatable, and without collateral or LLTV, or
// where the price needs more than 256 bits, which no price saves. Interest must have been accrued.
func (m Market) LiquidationPrice(p Position) (price uint256.Int, ok bool, err error) {
	debt, err := m.BorrowAssets(p)
	if err != nil || debt.IsZero() {
		return price, false, err
	}
	if m.value(&price, &debt) != nil || fixed.MulDivUp(&price, &price, &priceScale, &p.Collateral) != nil {
		return uint256.Int{}, false, nil
	}
	return price, true, nil
}

// value sets z to the least collateral value, in the loan token, that carries a debt.
func (m *Market) value(z, debt *uint256.Int) error {
	return fixed.MulDivUp(z, debt, &one, &uint256.Int{uint64(m.LLTV)})
}
