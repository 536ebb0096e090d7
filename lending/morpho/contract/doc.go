// Package contract holds the typed bindings of Morpho's contracts, generated from the .abi files beside it. Package morpho
// is the comfortable way to use them.
package contract

//go:generate go run ../../../internal/abigen -pkg contract -out contract_gen.go morpho.abi irm.abi oracle.abi metamorpho.abi preliquidation.abi adapter.abi
