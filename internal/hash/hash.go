// Package hash is keccak-256 as Ethereum uses it.
package hash

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto/keccak"
)

// Keccak256 returns the hash of the parts joined.
func Keccak256(parts ...[]byte) (digest common.Hash) {
	state := keccak.NewLegacyKeccak256()
	for _, part := range parts {
		state.Write(part)
	}
	state.Sum(digest[:0])
	return digest
}
