package blue

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/lending"
)

// Params are what a market is: they never change, and their hash is its name.
type Params struct {
	LoanToken       common.Address
	CollateralToken common.Address
	Oracle          common.Address
	IRM             common.Address // zero for a market without interest
	LLTV            lending.Ratio  // liquidation loan-to-value, below one
}

// ID returns the market's id, the hash of the five parameters as words. Source: Morpho Blue, MarketParamsLib.id.
func (p Params) ID() common.Hash {
	var words [5 * 32]byte
	for i, address := range []common.Address{p.LoanToken, p.CollateralToken, p.Oracle, p.IRM} {
		copy(words[32*i+12:], address[:])
	}
	lltv := uint256.Int{uint64(p.LLTV)}
	lltv.PutUint256(words[4*32:])
	return hash.Keccak256(words[:])
}

// Incentive returns the liquidation incentive factor, min(1.15, 1 / (1 - 0.3 * (1 - LLTV))) with 18 decimals, rounded
// down in both steps: what a liquidator gets of collateral for each unit of debt. It reverts as the contract would if
// LLTV is above one. Source: Morpho Blue, Morpho.sol liquidate.
func (p Params) Incentive() (lending.Ratio, error) { return incentive(p.LLTV) }
