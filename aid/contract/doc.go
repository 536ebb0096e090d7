// Package contract holds the typed bindings of AID's contracts, generated from the .abi files beside it. Each item
// carries how well it is known. Package aid is the comfortable way to use them.
package contract

//go:generate go run ../../internal/abigen -pkg contract -out contract_gen.go alpha.abi endpoint.abi migration.abi minter.abi oft.abi redeemer.abi token.abi vesting.abi
