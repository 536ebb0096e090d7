package logscan

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/hash"
)

// Bloom is the filter in a block header that holds addresses and topics of the block's logs. What is not in
// it is not in the block; what is in it may be.
type Bloom [256]byte

// bits are the three bits of a 2048-bit bloom that a value sets.
type bits [3]uint16

func bitsOf(value []byte) (set bits) {
	digest := hash.Keccak256(value)
	for i := range set {
		set[i] = binary.BigEndian.Uint16(digest[2*i:]) & 2047
	}
	return set
}

func (b *Bloom) has(value bits) bool {
	for _, bit := range value {
		if b[255-bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
	}
	return true
}

// Add puts a log into the bloom.
func (b *Bloom) Add(address common.Address, topics []common.Hash) {
	add := func(value []byte) {
		for _, bit := range bitsOf(value) {
			b[255-bit/8] |= 1 << (bit % 8)
		}
	}
	add(address[:])
	for i := range topics {
		add(topics[i][:])
	}
}

// Excludes tells whether a log cannot be in the block.
func (b *Bloom) Excludes(log Log) bool {
	if !b.has(bitsOf(log.Address[:])) {
		return true
	}
	for i := range log.Topics {
		if !b.has(bitsOf(log.Topics[i][:])) {
			return true
		}
	}
	return false
}

// Blooms is a filter made ready for many blooms.
type Blooms struct {
	addresses []bits
	topics    [][]bits
}

// Blooms returns the filter made ready for blooms.
func (f Filter) Blooms() Blooms {
	var ready Blooms
	for _, address := range f.Addresses {
		ready.addresses = append(ready.addresses, bitsOf(address[:]))
	}
	for _, options := range f.Topics {
		var set []bits
		for _, topic := range options {
			set = append(set, bitsOf(topic[:]))
		}
		ready.topics = append(ready.topics, set)
	}
	return ready
}

// MayMatch tells whether a block of this bloom can hold a log of the filter. A bloom of mainnet's is so full that it nearly
// always says so; it is false only when it is certain.
func (f Blooms) MayMatch(bloom *Bloom) bool {
	any := func(options []bits) bool {
		for _, one := range options {
			if bloom.has(one) {
				return true
			}
		}
		return len(options) == 0
	}
	if !any(f.addresses) {
		return false
	}
	for _, options := range f.topics {
		if !any(options) {
			return false
		}
	}
	return true
}
