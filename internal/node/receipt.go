package node

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Receipt is what became of a mined transaction.
type Receipt struct {
	BlockNumber uint64
	BlockHash   common.Hash
	GasUsed     uint64
	GasPrice    *hexutil.Big // nil when the node does not say
	Success     bool
	Logs        []ReceiptLog
}

// ReceiptLog is one log of a receipt.
type ReceiptLog struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Data    hexutil.Bytes  `json:"data"`
	TxIndex hexutil.Uint64 `json:"transactionIndex"`
	Index   hexutil.Uint64 `json:"logIndex"`
}

// ReceiptOf returns the receipt of a transaction, and whether it is mined yet.
func ReceiptOf(ctx context.Context, client Caller, hash common.Hash) (Receipt, bool, error) {
	var wire *struct {
		TxHash      common.Hash     `json:"transactionHash"`
		BlockNumber *hexutil.Uint64 `json:"blockNumber"`
		BlockHash   *common.Hash    `json:"blockHash"`
		GasUsed     hexutil.Uint64  `json:"gasUsed"`
		GasPrice    *hexutil.Big    `json:"effectiveGasPrice"`
		Status      *hexutil.Uint64 `json:"status"`
		Logs        []ReceiptLog    `json:"logs"`
	}
	if err := client.CallContext(ctx, &wire, "eth_getTransactionReceipt", hash); err != nil {
		if IsIndexing(err) {
			return Receipt{}, false, nil
		}
		return Receipt{}, false, err
	}
	if wire == nil || wire.BlockNumber == nil || wire.BlockHash == nil {
		return Receipt{}, false, nil
	}
	if wire.TxHash != hash || wire.Status == nil {
		return Receipt{}, false, fmt.Errorf("it is of %s or has no status: %w", wire.TxHash, ErrBadAnswer)
	}
	return Receipt{BlockNumber: uint64(*wire.BlockNumber), BlockHash: *wire.BlockHash, GasUsed: uint64(wire.GasUsed),
		GasPrice: wire.GasPrice, Success: *wire.Status == 1, Logs: wire.Logs}, true, nil
}
