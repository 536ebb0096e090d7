package report

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// MaxDeals is the largest number of leaves of a [Tree].
const MaxDeals = 1 << 17

// maxProof is more siblings than any tree has.
const maxProof = 64

var (
	// ErrLeaves: a tree has no leaves, too many, or one twice. The text says which.
	ErrLeaves = errors.New("report: bad leaves")
	// ErrNotIn: a leaf or deal is not in the tree.
	ErrNotIn = errors.New("report: not in the tree")
	// ErrProof: a proof does not lead to the root. The deal was not in the report, or not like this.
	ErrProof = errors.New("report: the proof does not lead to the root")
)

// Tree is a Merkle tree as OpenZeppelin's standard tree builds it: complete, its leaves in order of their hashes.
type Tree struct {
	nodes []Hash // nodes[0] is the root; the children of i are 2i+1 and 2i+2
	hash  Hasher
}

// Leaf returns the leaf of a content, hash(hash(content)): that of the standard tree for one column of type bytes32.
func Leaf(content Hash, hash Hasher) Hash {
	once := hash(content[:])
	return hash(once[:])
}

// NewTree returns the tree of leaves, in whatever order. It fails with [ErrLeaves].
func NewTree(leaves []Hash, hash Hasher) (*Tree, error) {
	n := len(leaves)
	if n == 0 || n > MaxDeals {
		return nil, fmt.Errorf("%w: %d, want 1 to %d", ErrLeaves, n, MaxDeals)
	}
	sorted := slices.SortedFunc(slices.Values(leaves), compare)
	t := &Tree{make([]Hash, 2*n-1), hash}
	for i, leaf := range sorted {
		if i > 0 && leaf == sorted[i-1] {
			return nil, fmt.Errorf("%w: %s is there twice", ErrLeaves, leaf)
		}
		t.nodes[2*n-2-i] = leaf
	}
	for i := n - 2; i >= 0; i-- {
		t.nodes[i] = join(t.nodes[2*i+1], t.nodes[2*i+2], hash)
	}
	return t, nil
}

func compare(a, b Hash) int { return bytes.Compare(a[:], b[:]) }

func join(a, b Hash, hash Hasher) Hash {
	if compare(a, b) > 0 {
		a, b = b, a
	}
	var pair [64]byte
	copy(pair[:32], a[:])
	copy(pair[32:], b[:])
	return hash(pair[:])
}

// Root returns the root.
func (t *Tree) Root() Hash { return t.nodes[0] }

// Proof returns the siblings on the way from a leaf to the root. It fails with [ErrNotIn].
func (t *Tree) Proof(leaf Hash) ([]Hash, error) {
	// Leaves lie in falling order at the end.
	first := len(t.nodes) / 2
	at, found := slices.BinarySearchFunc(t.nodes[first:], leaf, func(node, leaf Hash) int { return compare(leaf, node) })
	if !found {
		return nil, fmt.Errorf("%w: leaf %s", ErrNotIn, leaf)
	}
	siblings := []Hash{}
	for i := first + at; i > 0; i = (i - 1) / 2 {
		sibling := i + 1
		if i%2 == 0 {
			sibling = i - 1
		}
		siblings = append(siblings, t.nodes[sibling])
	}
	return siblings, nil
}

// VerifyProof returns nil if the siblings lead from a leaf to the root, and [ErrProof] otherwise. The leaf must be one that the caller
// has made by [Leaf]: a node of the tree proves itself as well.
func VerifyProof(root, leaf Hash, siblings []Hash, hash Hasher) error {
	if len(siblings) > maxProof {
		return fmt.Errorf("%w: %d siblings, at most %d", ErrProof, len(siblings), maxProof)
	}
	node := leaf
	for _, sibling := range siblings {
		node = join(node, sibling, hash)
	}
	if node != root {
		return fmt.Errorf("%w: it leads to %s, the root is %s", ErrProof, node, root)
	}
	return nil
}
