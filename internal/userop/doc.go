// Package userop packs and hashes the user operations of ERC-4337, and the batches that accounts and contracts carry out.
package userop

//go:generate go run ../abigen -pkg userop -out userop_gen.go entrypoint.abi account.abi self.abi
