// Package permit2 holds the binding of Permit2 and the typed data that owners sign for it.
package permit2

//go:generate go run ../abigen -pkg permit2 -out permit2_gen.go permit2.abi
