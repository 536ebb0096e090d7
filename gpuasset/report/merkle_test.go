package report_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/hash"
	"github.com/stretchr/testify/require"
)

func keccak(data []byte) [32]byte { return hash.Keccak256(data) }

func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	out, err := hex.DecodeString(text)
	require.NoError(t, err)
	return out
}

func hashOf(t *testing.T, text string) (h report.Hash) {
	t.Helper()
	require.NoError(t, h.UnmarshalText([]byte(text)))
	return h
}

// The quick start of OpenZeppelin's merkle-tree library: two rows of (address, uint256), and the root it shows.
func TestTreePublishedQuickStart(t *testing.T) {
	twice := func(address, amount string) report.Hash {
		first := keccak(bytesOf(t, fmt.Sprintf("%064s%064s", address, amount)))
		return keccak(first[:])
	}
	leaves := []report.Hash{
		twice("1111111111111111111111111111111111111111", "4563918244f40000"),
		twice("2222222222222222222222222222222222222222", "22b1c8c1227a0000"),
	}
	tree, err := report.NewTree(leaves, keccak)
	require.NoError(t, err)
	require.Equal(t, "0xd4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77", tree.Root().String())
}

// The library's dump of the letters a to f, as strings (test/dumps/standard-v1.sorted.1_0_6.json): every node of it.
func TestTreePublishedDump(t *testing.T) {
	nodes := []string{
		"0x6deb52b5da8fd108f79fab00341f38d2587896634c646ee52e49f845680a70c8", "0x52426e0f1f65ff7e209a13b8c29cffe82e3acaf3dad0a9b9088f3b9a61a929c3",
		"0xfd3cf45654e88d1cc5d663578c82c76f4b5e3826bacaa1216441443504538f51", "0x8076923e76cf01a7c048400a2304c9a9c23bbbdac3a98ea3946340fdafbba34f",
		"0x965b92c6cf08303cc4feb7f3e0819c436c2cec17c6f0688a6af139c9a368707c", "0xeba909cf4bb90c6922771d7f126ad0fd11dfde93f3937a196274e1ac20fd2f5b",
		"0xc62a8cfa41edc0ef6f6ae27a2985b7d39c7fea770787d7e104696c6e81f64848", "0x9cf5a63718145ba968a01c1d557020181c5b252f665cf7386d370eddb176517b",
		"0x9c15a6a0eaeed500fd9eed4cbeab71f797cefcc67bfd46683e4d2e6ff7f06d1c", "0x9a4f64e953595df82d1b4f570d34c4f4f0cfaf729a61e9d60e83e579e1aa283e",
		"0x19ba6c6333e0e9a15bf67523e0676e2f23eb8e574092552d5e888c64a4bb3681",
	}
	place := map[string]int{"a": 8, "b": 10, "c": 7, "d": 5, "e": 9, "f": 6}
	leaves := map[string]report.Hash{}
	var all []report.Hash
	for letter, at := range place {
		first := keccak(bytesOf(t, fmt.Sprintf("%064x%064x%s%062d", 32, 1, hex.EncodeToString([]byte(letter)), 0)))
		leaves[letter] = keccak(first[:])
		require.Equal(t, nodes[at], leaves[letter].String())
		all = append(all, leaves[letter])
	}
	tree, err := report.NewTree(all, keccak)
	require.NoError(t, err)
	require.Equal(t, nodes[0], tree.Root().String())
	for letter, siblings := range map[string][]int{"a": {7, 4, 2}, "b": {9, 3, 2}, "d": {6, 1}, "f": {5, 1}} {
		proof, err := tree.Proof(leaves[letter])
		require.NoError(t, err)
		want := []report.Hash{}
		for _, at := range siblings {
			want = append(want, hashOf(t, nodes[at]))
		}
		require.Equal(t, want, proof, letter)
	}
}

// Roots that the same library (npm, 1.0.8) gives for the numbers 1 to n as bytes32, which is the form of deals here:
// StandardMerkleTree.of(words.map(word => [word]), ["bytes32"]).root
func TestTreeRecorded(t *testing.T) {
	for n, want := range map[int]string{
		1: "0xb5d9d894133a730aa651ef62d26b0ffa846233c74177a591a4a896adfda97d22", 2: "0xe685571b7e25a4a0391fb8daa09dc8d3fbb3382504525f89a2334fbbf8f8e92c",
		3: "0x6115218373392d12cc18a3d50ad2a53a2c99b391060070dfc0ebbbbe158ec944", 5: "0x21abd2f655ded75d91fbd5e0b1ad35171a675fd315a077efa7f2d555a26e7094",
		7: "0x30bdc5af9506c48acd14f3c4abaed9c8f2c530174653a20624cff023bd0a7d45", 13: "0x598ceffc2785887cbf553c10ebf89542927298fa1b3452b0623cea65850c25a1",
	} {
		tree, err := report.NewTree(numbers(n), keccak)
		require.NoError(t, err)
		require.Equal(t, want, tree.Root().String(), n)
	}
}

func numbers(n int) []report.Hash {
	leaves := make([]report.Hash, n)
	for i := range leaves {
		var word report.Hash
		word[30], word[31] = byte((i+1)>>8), byte(i+1)
		leaves[i] = report.Leaf(word, keccak)
	}
	return leaves
}

// Every leaf of trees of every size is proven; nothing else is.
func TestTreeProofs(t *testing.T) {
	for n := 1; n <= 40; n++ {
		leaves := numbers(n)
		tree, err := report.NewTree(leaves, keccak)
		require.NoError(t, err)
		for i, leaf := range leaves {
			proof, err := tree.Proof(leaf)
			require.NoError(t, err)
			require.NoError(t, report.VerifyProof(tree.Root(), leaf, proof, keccak))
			require.ErrorIs(t, report.VerifyProof(report.Hash{1}, leaf, proof, keccak), report.ErrProof)
			if n > 1 {
				require.ErrorIs(t, report.VerifyProof(tree.Root(), leaves[(i+1)%n], proof, keccak), report.ErrProof)
				require.ErrorIs(t, report.VerifyProof(tree.Root(), leaf, proof[1:], keccak), report.ErrProof)
				proof[len(proof)-1][7] ^= 1
				require.ErrorIs(t, report.VerifyProof(tree.Root(), leaf, proof, keccak), report.ErrProof)
			}
		}
		_, err = tree.Proof(numbers(n + 1)[n])
		require.ErrorIs(t, err, report.ErrNotIn)
		_, err = tree.Proof(tree.Root())
		if n > 1 {
			require.ErrorIs(t, err, report.ErrNotIn, "a node is no leaf")
		}
	}
	require.ErrorIs(t, report.VerifyProof(report.Hash{}, report.Hash{}, make([]report.Hash, 65), keccak), report.ErrProof)
	_, err := report.NewTree(nil, keccak)
	require.ErrorIs(t, err, report.ErrLeaves)
	_, err = report.NewTree([]report.Hash{{1}, {2}, {1}}, keccak)
	require.ErrorIs(t, err, report.ErrLeaves)
	_, err = report.NewTree(make([]report.Hash, report.MaxDeals+1), keccak)
	require.ErrorIs(t, err, report.ErrLeaves)
}
