package book

import (
	"errors"
	"fmt"

	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/gaib-go/gaib/lending"
	"github.com/holiman/uint256"
)

var (
	// ErrRange: an amount or a total does not fit the contract's uint128.
	ErrRange = errors.New("book: amounts and totals are below 2^128, as in the contract")
	// ErrColumns: the columns of a scan differ in length.
	ErrColumns = errors.New("book: the columns of a scan must have the same length")
	// ErrFull: a book holds at most 2^32 - 1 positions.
	ErrFull = errors.New("book: too many positions")
)

// Account is the address of a borrower; any 20-byte address type converts to it.
type Account [20]byte

// Position is a borrower of the market.
type Position struct {
	Account    Account
	Shares     uint256.Int // debt shares, below 2^128
	Collateral uint256.Int // base units of the collateral asset, below 2^128
}

// Market is what decides over the positions of an isolated market at one moment, interest accrued.
type Market struct {
	BorrowAssets uint256.Int   // total debt, base units of the loan asset, below 2^128
	BorrowShares uint256.Int   // total debt shares, below 2^128
	Price        uint256.Int   // of one base unit of collateral in base units of the loan asset, times 10^36
	LLTV         lending.Ratio // liquidation loan-to-value, at most 1
}

const (
	virtualShares = 1_000_000
	virtualAssets = 1
	wad           = 1_000_000_000_000_000_000
)

// priceScale is 10^36.
var priceScale = uint256.Int{0xb34b9f1000000000, 0x00c097ce7bc90715}

// Liquidatable reports whether a position is unhealthy, as the contract decides: not (maxBorrow >= borrowed), borrowed
// = mulDivUp(shares, BorrowAssets + 1, BorrowShares + 10^6), maxBorrow = wMulDown(mulDivDown(collateral, Price, 10^36),
// LLTV), checked-256. A position without debt is healthy. It allocates nothing. It fails with [ErrRange], with
// lending.ErrRatio, and with lending.ErrOverflow where the contract reverts, which can be liquidated no more than a
// healthy one. Source: Morpho Blue, Morpho.sol _isHealthy.
func (m Market) Liquidatable(p Position) (bool, error) {
	r, err := m.rule()
	if err != nil {
		return false, err
	}
	if !fits(&p.Shares) || !fits(&p.Collateral) {
		return false, ErrRange
	}
	return r.liquidatable(&p.Shares, &p.Collateral)
}

// Filter returns the coefficients with which [Scan] over columns of shares and of collateral, as floats, leaves out no
// position that [Market.Liquidatable] holds for. It fails with [ErrRange] and lending.ErrRatio.
func (m Market) Filter() (Filter, error) {
	r, err := m.rule()
	if err != nil {
		return Filter{}, err
	}
	return Filter{
		Debt:  r.assets.Float64() / r.shares.Float64(),
		Limit: m.Price.Float64() / 1e36 * m.LLTV.Float64(),
		Slack: roundingSlack,
	}, nil
}

// roundingSlack is more than what the contract's two roundings of maxBorrow take off, each less than one base unit of
// the loan asset. The rounding of borrowed cannot matter: ceil(x) is above an integer only if x is.
const roundingSlack = 2

// rule is a checked market with its virtual amounts added.
type rule struct {
	assets, shares, price, lltv uint256.Int
	sharesLess1                 uint256.Int
}

func (m *Market) rule() (r rule, err error) {
	if !fits(&m.BorrowAssets) || !fits(&m.BorrowShares) {
		return r, ErrRange
	}
	if m.LLTV > lending.One {
		return r, fmt.Errorf("book: LLTV of %s: %w", m.LLTV, lending.ErrRatio)
	}
	r.assets.AddUint64(&m.BorrowAssets, virtualAssets)
	r.shares.AddUint64(&m.BorrowShares, virtualShares)
	r.sharesLess1.SubUint64(&r.shares, 1)
	r.price, r.lltv = m.Price, uint256.Int{uint64(m.LLTV)}
	return r, nil
}

// liquidatable decides with two divisions instead of three: ceil(shares*assets/total) > maxBorrow is
// shares*assets > maxBorrow*total.
func (r *rule) liquidatable(shares, collateral *uint256.Int) (bool, error) {
	if shares.IsZero() {
		return false, nil
	}
	var owed, limit, rounded uint256.Int
	if err := fixed.Mul(&owed, shares, &r.assets); err != nil {
		return false, err
	}
	// The contract's mulDivUp adds total - 1 before it divides, and reverts if that overflows.
	if err := fixed.Add(&rounded, &owed, &r.sharesLess1); err != nil {
		return false, err
	}
	if err := fixed.CheckedMulDivDown(&limit, collateral, &r.price, &priceScale); err != nil {
		return false, err
	}
	if err := fixed.CheckedMulDivDown(&limit, &limit, &r.lltv, &uint256.Int{wad}); err != nil {
		return false, err
	}
	if _, overflow := limit.MulOverflow(&limit, &r.shares); overflow {
		return false, nil
	}
	return owed.Gt(&limit), nil
}

func fits(x *uint256.Int) bool { return x[2]|x[3] == 0 }
