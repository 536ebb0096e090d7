package gaib

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/holiman/uint256"
)

// Fees are what a transaction offers per unit of gas (EIP-1559), in wei.
type Fees struct {
	BaseFee uint256.Int // of the next block
	Tip     uint256.Int // max priority fee
	Cap     uint256.Int // max fee, tip included
}

const feeBlocks = 10 // blocks that a suggestion looks back on

// SuggestFees returns fees with which a transaction is normally mined at once: as tip the median of the middle tips
// of the last ten blocks that paid one, 1 gwei where none did; as cap twice the next block's base fee
// plus the tip, which holds through six full blocks. One request, eth_feeHistory.
func SuggestFees(ctx context.Context, client Client) (Fees, error) {
	var history struct {
		BaseFees []*hexutil.Big   `json:"baseFeePerGas"`
		Rewards  [][]*hexutil.Big `json:"reward"`
	}
	if err := client.CallContext(ctx, &history, "eth_feeHistory", hexutil.Uint(feeBlocks), "latest", []float64{50}); err != nil {
		return Fees{}, fmt.Errorf("read fees: %w", err)
	}
	if len(history.BaseFees) == 0 {
		return Fees{}, fmt.Errorf("read fees: no base fees: %w", ErrBadAnswer)
	}
	next, err := word(history.BaseFees[len(history.BaseFees)-1])
	if err != nil {
		return Fees{}, fmt.Errorf("read fees: base fee: %w", err)
	}
	var tips []uint256.Int
	for _, block := range history.Rewards {
		if len(block) == 1 {
			tip, err := word(block[0])
			if err != nil {
				return Fees{}, fmt.Errorf("read fees: tip: %w", err)
			}
			if !tip.IsZero() { // an empty block says nothing
				tips = append(tips, tip)
			}
		}
	}
	fees := Fees{BaseFee: next, Tip: *uint256.NewInt(1_000_000_000)} // where the last blocks were empty
	if len(tips) > 0 {
		slices.SortFunc(tips, func(a, b uint256.Int) int { return a.Cmp(&b) })
		fees.Tip = tips[len(tips)/2]
	}
	var overflow [2]bool
	_, overflow[0] = fees.Cap.MulOverflow(&next, uint256.NewInt(2))
	_, overflow[1] = fees.Cap.AddOverflow(&fees.Cap, &fees.Tip)
	if overflow[0] || overflow[1] {
		return Fees{}, fmt.Errorf("read fees: base fee %s: %w", next.Dec(), ErrBadAnswer)
	}
	return fees, nil
}

// word returns a number of a node's answer, which must fit 256 bits.
func word(big *hexutil.Big) (uint256.Int, error) {
	var value uint256.Int
	if big == nil || big.ToInt().Sign() < 0 || value.SetFromBig(big.ToInt()) {
		return uint256.Int{}, ErrBadAnswer
	}
	return value, nil
}
