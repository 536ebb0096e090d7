package gaib

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/evmcode"
	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/proxy"
)

// Bound is what can be probed: a contract and the items of its binding. aid.Token, said.Vault and the other
// contracts of the library are Bound.
type Bound interface {
	Contract() Contract
	Items() []Item
}

// ProbeReport is what the chain says of a contract and its binding.
type ProbeReport struct {
	Name      Name
	ChainID   uint64
	Address   common.Address
	Block     Header
	Proxy     ProxyKind      // as found, not as recorded
	Beacon    common.Address // of a beacon proxy
	Code      common.Address // whose code is looked at: the implementation of a proxy, else the contract
	CodeHash  common.Hash
	CodeSize  int
	Upgraded  bool // the implementation is another than the deployment recorded; false when none is recorded
	Functions []FunctionReport
}

// FunctionReport says whether a function of the binding is in the code.
type FunctionReport struct {
	Item    Item
	Present bool
}

// Missing returns the functions of the binding that are not in the code.
func (r ProbeReport) Missing() []Item {
	var missing []Item
	for _, function := range r.Functions {
		if !function.Present {
			missing = append(missing, function.Item)
		}
	}
	return missing
}

// Probe compares a binding with the chain: it follows an ERC-1967 or beacon proxy to the implementation, and looks for
// each function's selector in its code. A selector that is missing proves that the deployed contract does not have
// the function. One that is there means that the code knows it, not that it does what the name says; [Deployment.Trust]
// takes it as proof enough for a call. It takes four to seven requests at one block.
//
// Errors: [ErrNoCode] when nothing is deployed there, [ErrWrongChain].
func Probe(ctx context.Context, client Client, bound Bound) (ProbeReport, error) {
	contract := bound.Contract()
	report, err := probe(ctx, client, contract, bound.Items())
	if err != nil {
		return ProbeReport{}, fmt.Errorf("probe %s %s: %w", contract.name, contract.entry.Address, err)
	}
	return report, nil
}

func probe(ctx context.Context, client Client, contract Contract, items []Item) (ProbeReport, error) {
	if contract.err != nil {
		return ProbeReport{}, contract.err
	}
	id, err := node.ChainID(ctx, client)
	if err != nil {
		return ProbeReport{}, err
	}
	if id != contract.chainID {
		return ProbeReport{}, fmt.Errorf("the node is of chain %d, the contract is on chain %d: %w", id, contract.chainID, ErrWrongChain)
	}
	head, err := Head(ctx, client, Latest)
	if err != nil {
		return ProbeReport{}, err
	}
	at := head.Block().param()
	target, err := proxy.Follow(ctx, client, contract.entry.Address, at)
	if err != nil {
		return ProbeReport{}, err
	}
	report := ProbeReport{Name: contract.name, ChainID: id, Address: contract.entry.Address, Block: head,
		Proxy: ProxyKind(target.Kind), Beacon: target.Beacon, Code: target.Implementation}
	code, err := node.Code(ctx, client, report.Code, at)
	if err != nil {
		return ProbeReport{}, err
	}
	if len(code) == 0 {
		return ProbeReport{}, fmt.Errorf("%s has no code: %w", report.Code, ErrNoCode)
	}
	report.CodeHash, report.CodeSize = hash.Keccak256(code), len(code)
	recorded := contract.entry.Implementation
	report.Upgraded = recorded != (common.Address{}) && recorded != report.Code
	selectors := evmcode.Selectors(code)
	for _, item := range items {
		if item.Kind == codec.Function {
			report.Functions = append(report.Functions, FunctionReport{Item: item, Present: selectors[item.Selector]})
		}
	}
	return report, nil
}
