// Package simulation runs calls of one account in order on a block's state, each on what the earlier ones left: by
// eth_simulateV1 where the node has it, else in one eth_call by lending the account a contract's code.
package simulation

//go:generate go run ../abigen -pkg simulation -out executor_gen.go executor.abi
