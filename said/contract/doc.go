// Package contract holds the typed bindings of sAID's vault, generated from the .abi file beside it. Each item
// carries how well it is known. Package said is the comfortable way to use them.
package contract

//go:generate go run ../../internal/abigen -pkg contract -out contract_gen.go vault.abi
