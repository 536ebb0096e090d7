// Package proxy finds the implementation behind an ERC-1967 proxy or beacon proxy.
package proxy

//go:generate go run ../abigen -pkg proxy -out beacon_gen.go beacon.abi

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/hash"
	"github.com/gaib-go/gaib/internal/node"
)

// Kind is what stands at an address.
type Kind uint8

// The kinds.
const (
	None Kind = iota
	ERC1967
	Beacon
)

// Target is where calls of an address end up.
type Target struct {
	Kind           Kind
	Beacon         common.Address // of a beacon proxy
	Implementation common.Address // the address itself when it is no proxy
}

// The storage slots of ERC-1967: keccak256(name) - 1.
var (
	implementationSlot = slot("eip1967.proxy.implementation")
	beaconSlot         = slot("eip1967.proxy.beacon")
)

func slot(name string) common.Hash {
	slot := hash.Keccak256([]byte(name))
	slot[common.HashLength-1]-- // neither hash ends in a zero byte, so nothing is borrowed; the test pins both
	return slot
}

// Follow returns the target of an address at a block, any JSON block parameter.
func Follow(ctx context.Context, client node.Caller, address common.Address, block any) (Target, error) {
	word, err := node.Storage(ctx, client, address, implementationSlot, block)
	if err != nil {
		return Target{}, err
	}
	if implementation := common.BytesToAddress(word[:]); implementation != (common.Address{}) {
		return Target{Kind: ERC1967, Implementation: implementation}, nil
	}
	if word, err = node.Storage(ctx, client, address, beaconSlot, block); err != nil {
		return Target{}, err
	}
	beacon := common.BytesToAddress(word[:])
	if beacon == (common.Address{}) {
		return Target{Implementation: address}, nil
	}
	data, err := Implementation{}.Encode()
	if err != nil {
		return Target{}, err
	}
	raw, err := node.Call(ctx, client, node.CallMsg{To: &beacon, Data: data}, block)
	if err != nil {
		return Target{}, fmt.Errorf("ask the beacon %s for its implementation: %w", beacon, err)
	}
	implementation, err := Implementation{}.DecodeResult(raw)
	if err != nil {
		return Target{}, fmt.Errorf("ask the beacon %s for its implementation: %w: %w", beacon, node.ErrBadAnswer, err)
	}
	return Target{Kind: Beacon, Beacon: beacon, Implementation: implementation}, nil
}
