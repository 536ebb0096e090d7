// Package contracts has what the liquidator puts on the embedded chain beside the devnet's own contracts: the contract that
// liquidates by flash loan, a pool to sell collateral in, and a helper that opens positions of many accounts.
package contracts

//go:generate node build.mjs
//go:generate go run ../../../internal/abigen -pkg contracts -out contracts_gen.go liquidator.abi opener.abi oracle.abi pool.abi

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gaib-go/gaib/internal/devnet"
)

//go:embed contracts.json
var built []byte

// Code returns the creation code of a contract of Liquidator.sol with its constructor's arguments.
func Code(name string, args ...any) ([]byte, error) {
	var all map[string]struct {
		ABI      abi.ABI       `json:"abi"`
		Bytecode hexutil.Bytes `json:"bytecode"`
	}
	if err := json.Unmarshal(built, &all); err != nil {
		return nil, fmt.Errorf("contracts.json (run go generate): %w", err)
	}
	one, ok := all[name]
	if !ok {
		return nil, fmt.Errorf("there is no contract %q in contracts.json", name)
	}
	input, err := one.ABI.Pack("", args...)
	if err != nil {
		return nil, fmt.Errorf("constructor of %s: %w", name, err)
	}
	return append(one.Bytecode, input...), nil
}

// Deploy puts a contract of Liquidator.sol on the chain.
func Deploy(ctx context.Context, chain *devnet.Chain, from devnet.Account, name string, args ...any) (common.Address, error) {
	code, err := Code(name, args...)
	if err != nil {
		return common.Address{}, err
	}
	address, _, err := chain.Deploy(ctx, from, code)
	if err != nil {
		return common.Address{}, fmt.Errorf("deploy %s: %w", name, err)
	}
	return address, nil
}
