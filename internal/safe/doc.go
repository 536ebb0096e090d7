// Package safe encodes what a Safe account signs and carries out: the typed data of its transactions, the packed list
// of MultiSend and the joined signatures of its owners.
package safe

//go:generate go run ../abigen -pkg safe -out safe_gen.go safe.abi multisend.abi
