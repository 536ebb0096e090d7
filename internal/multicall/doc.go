// Package multicall makes many contract reads at one block with as few requests as the node allows:
// one eth_call through Multicall3's aggregate3, halves pinned by block hash when the node finds it too
// large, and single calls pinned by block hash where Multicall3 is absent. It never mixes blocks.
package multicall

//go:generate go run ../abigen -pkg multicall -out multicall3_gen.go multicall3.abi
