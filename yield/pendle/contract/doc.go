// Package contract holds the typed bindings of Pendle V2's contracts, generated from the .abi files beside it. Package
// pendle is the comfortable way to use them.
package contract

//go:generate go run ../../../internal/abigen -pkg contract -out contract_gen.go market.abi oracle.abi revert.abi router.abi sy.abi yt.abi
