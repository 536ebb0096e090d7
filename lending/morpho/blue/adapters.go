package blue

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/book"
)

// Price returns an oracle price as a lending.Price: from base units of the collateral into base units of the loan token.
// Check its age there; Morpho does not.
func Price(price uint256.Int) lending.Price { return lending.Price{Mantissa: price, Decimals: 36} }

// Lending returns the market as an isolated pair for package lending, its bonus being the incentive above one. It fails
// as [Params.Incentive] does.
func (m Market) Lending(price uint256.Int) (lending.Market, error) {
	factor, err := incentive(m.LLTV)
	if err != nil {
		return lending.Market{}, err
	}
	return lending.Market{Price: Price(price), LLTV: m.LLTV, Bonus: factor - lending.One}, nil
}

// LendingPosition returns the position for package lending: its collateral and its debt, rounded up. Interest must have
// been accrued. It fails as [Market.BorrowAssets] does.
func (m Market) LendingPosition(p Position) (lending.Position, error) {
	debt, err := m.BorrowAssets(p)
	if err != nil {
		return lending.Position{}, err
	}
	return lending.Position{Collateral: p.Collateral, Debt: debt}, nil
}

// Book returns what package book decides by; it decides as [Market.Healthy] does. Interest must have been accrued.
func (m Market) Book(price uint256.Int) book.Market {
	return book.Market{BorrowAssets: m.TotalBorrowAssets, BorrowShares: m.TotalBorrowShares, Price: price, LLTV: m.LLTV}
}

// Book returns the position of an account for package book.
func (p Position) Book(account common.Address) book.Position {
	return book.Position{Account: book.Account(account), Shares: p.BorrowShares, Collateral: p.Collateral}
}
