// Package contract holds the typed bindings of Aave v3, generated from the .abi files beside it. Package aave is the
// comfortable way to use them.
package contract

//go:generate go run ../../../internal/abigen -pkg contract -out contract_gen.go pool.abi provider.abi oracle.abi scaled.abi strategy.abi
