package devnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/eth/filters"
	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // callTracer, prestateTracer
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	maxTxGas   = params.MaxTxGas // EIP-7825
	batchItems = 1000            // requests in a batch and bytes in its answer, as the node itself limits them
	batchBytes = 25_000_000
)

// publicAPIs returns the node's public methods and the devnet's own, which come last and replace some.
func (c *Chain) publicAPIs() []rpc.API {
	apis := slices.Concat(c.backend.APIs(), tracers.APIs(c.backend.APIBackend), []rpc.API{
		{Namespace: "eth", Service: filters.NewFilterAPI(filters.NewFilterSystem(c.backend.APIBackend, filters.Config{}))},
		{Namespace: "eth", Service: &ethAPI{c}},
		{Namespace: "evm", Service: &evmAPI{c}},
		{Namespace: "web3", Service: web3API{}},
	})
	return slices.DeleteFunc(apis, func(api rpc.API) bool {
		return api.Namespace == "admin" || api.Namespace == "miner" // they steer the process, not the chain
	})
}

// newServer returns a JSON-RPC server of the public methods.
func (c *Chain) newServer() (*rpc.Server, error) {
	server := rpc.NewServer()
	server.SetBatchLimits(batchItems, batchBytes)
	for _, api := range c.apis {
		if err := server.RegisterName(api.Namespace, api.Service); err != nil {
			return nil, fmt.Errorf("devnet: registering %s: %w", api.Namespace, err)
		}
	}
	return server, nil
}

// ethAPI replaces the methods of eth that send transactions, so that they are mined at once and the devnet's
// accounts can be used without their keys.
type ethAPI struct{ chain *Chain }

// Accounts answers eth_accounts.
func (api *ethAPI) Accounts() []common.Address {
	var addresses []common.Address
	for _, account := range api.chain.accounts.All() {
		addresses = append(addresses, account.Address)
	}
	return addresses
}

// SendRawTransaction answers eth_sendRawTransaction.
func (api *ethAPI) SendRawTransaction(ctx context.Context, raw hexutil.Bytes) (common.Hash, error) {
	tx := new(types.Transaction)
	if err := tx.UnmarshalBinary(raw); err != nil {
		return common.Hash{}, err
	}
	if err := api.chain.submit(ctx, tx, false); err != nil {
		return common.Hash{}, err
	}
	return tx.Hash(), nil
}

// SendRawTransactionSync answers eth_sendRawTransactionSync. The transaction is mined before the call returns,
// so that there is nothing to wait for.
func (api *ethAPI) SendRawTransactionSync(ctx context.Context, raw hexutil.Bytes, _ *uint64) (map[string]any, error) {
	hash, err := api.SendRawTransaction(ctx, raw)
	if err != nil {
		return nil, err
	}
	var receipt map[string]any
	if err := api.chain.client.CallContext(ctx, &receipt, "eth_getTransactionReceipt", hash); err != nil {
		return nil, err
	}
	if receipt == nil {
		return nil, fmt.Errorf("transaction %s waits in the pool: it was not mined", hash)
	}
	return receipt, nil
}

// SendTransaction answers eth_sendTransaction for the devnet's accounts.
func (api *ethAPI) SendTransaction(ctx context.Context, args map[string]any) (common.Hash, error) {
	text, _ := args["from"].(string)
	for _, account := range api.chain.accounts.All() {
		if !common.IsHexAddress(text) || account.Address != common.HexToAddress(text) {
			continue
		}
		var filled struct {
			Tx *types.Transaction `json:"tx"`
		}
		if err := api.chain.client.CallContext(ctx, &filled, "eth_fillTransaction", args); err != nil {
			return common.Hash{}, err
		}
		signer := types.LatestSignerForChainID(bigInt(api.chain.config.chainID))
		tx, err := types.SignTx(filled.Tx, signer, account.key)
		if err != nil {
			return common.Hash{}, err
		}
		return tx.Hash(), api.chain.submit(ctx, tx, false)
	}
	return common.Hash{}, fmt.Errorf("no key for %q: only the accounts of eth_accounts can be sent from", text)
}

// evmAPI holds the methods that local development nodes share.
type evmAPI struct{ chain *Chain }

// IncreaseTime answers evm_increaseTime: the next block is that many seconds later than it would be. It returns the sum of
// what waits to be added.
func (api *evmAPI) IncreaseTime(seconds quantity) (hexutil.Uint64, error) {
	c := api.chain
	c.mu.Lock()
	defer c.mu.Unlock()
	if uint64(seconds) > maxSkip || c.ahead+uint64(seconds) > maxSkip {
		return 0, fmt.Errorf("cannot move by %d seconds: at most %d", seconds, uint64(maxSkip))
	}
	c.ahead += uint64(seconds)
	return hexutil.Uint64(c.ahead), nil
}

// SetNextBlockTimestamp answers evm_setNextBlockTimestamp.
func (api *evmAPI) SetNextBlockTimestamp(timestamp quantity) error {
	c := api.chain
	c.mu.Lock()
	defer c.mu.Unlock()
	head := c.Head().Time
	if uint64(timestamp) <= head || uint64(timestamp) > head+maxSkip {
		return fmt.Errorf("timestamp %d must be later than the latest block's, %d, by at most %d", timestamp, head, uint64(maxSkip))
	}
	c.next = uint64(timestamp)
	return nil
}

// Mine answers evm_mine. It takes nothing, a timestamp, or an object with blocks and timestamp.
func (api *evmAPI) Mine(args *mineArgs) (string, error) {
	if args == nil {
		args = &mineArgs{}
	}
	if args.Timestamp != nil {
		if err := api.SetNextBlockTimestamp(*args.Timestamp); err != nil {
			return "", err
		}
	}
	blocks := quantity(1)
	if args.Blocks != nil {
		blocks = *args.Blocks
	}
	if blocks > maxMine {
		return "", fmt.Errorf("cannot mine %d blocks at once: at most %d", blocks, maxMine)
	}
	return "0x0", api.chain.Mine(int(blocks))
}

// Snapshot answers evm_snapshot.
func (api *evmAPI) Snapshot() (hexutil.Uint64, error) {
	id, err := api.chain.Snapshot()
	return hexutil.Uint64(id), err
}

// Revert answers evm_revert: whether the snapshot was known and is now the head.
func (api *evmAPI) Revert(id quantity) (bool, error) {
	c := api.chain
	c.mu.Lock()
	known := id > 0 && uint64(id) <= uint64(len(c.snapshots))
	c.mu.Unlock()
	if !known {
		return false, nil
	}
	err := c.Revert(uint64(id))
	return err == nil, err
}

// SetAutomine answers evm_setAutomine.
func (api *evmAPI) SetAutomine(on bool) bool {
	api.chain.SetAutomine(on)
	return true
}

const maxSkip = 100 * 366 * 24 * 60 * 60 // a century

// quantity is a number as development tools send them: 12, "12" or "0xc".
type quantity uint64

// UnmarshalJSON fails on anything but a number of 64 bits.
func (q *quantity) UnmarshalJSON(data []byte) error {
	n, err := strconv.ParseUint(string(bytes.Trim(data, `"`)), 0, 64)
	if err != nil {
		return fmt.Errorf("%s is not a number of 64 bits", data)
	}
	*q = quantity(n)
	return nil
}

type mineArgs struct {
	Blocks    *quantity `json:"blocks"`
	Timestamp *quantity `json:"timestamp"`
}

// UnmarshalJSON takes an object or a bare timestamp.
func (m *mineArgs) UnmarshalJSON(data []byte) error {
	if len(data) == 0 {
		return errors.New("empty argument")
	}
	if data[0] != '{' {
		return json.Unmarshal(data, &m.Timestamp)
	}
	type plain mineArgs
	return json.Unmarshal(data, (*plain)(m))
}

type web3API struct{}

// ClientVersion answers web3_clientVersion.
func (web3API) ClientVersion() string { return "gaib-devnet" }

// Sha3 answers web3_sha3.
func (web3API) Sha3(data hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(data) }
