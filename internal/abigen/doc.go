// Command abigen writes Go bindings of contracts from human-readable .abi files.
//
//	go run github.com/gaib-go/gaib/internal/abigen -pkg contract -out contract_gen.go token.abi vault.abi
//
// works in any folder of this repository, and so does the same as a go:generate line. With -check it writes nothing and
// fails if the Go file is not what it would write.
//
// Package abifile says what an .abi file looks like. Several files may go into one Go package; each is one contract,
// whose name is put before the names of its items. From contract Token:
//
//   - a function balanceOf becomes the struct TokenBalanceOf of its arguments, with Item, AppendTo, Encode, Decode and,
//     if it returns something, DecodeResult. One result is returned as it is, several as a struct
//     TokenBalanceOfResult, which has a Decode of its own;
//   - an event Transfer becomes TokenTransferEvent with Item and DecodeLog;
//   - an error ZeroAmount becomes TokenZeroAmountError, of which the pointer is a Go error, with Item and Decode;
//   - a struct Fee becomes TokenFee;
//   - TokenItems returns the Item of each, DecodeTokenError turns revert data into the typed error.
//
// For "contract -" no name is put before; the last two are then named after the file.
//
// # Types
//
//	uintN, intN to 64 bits   the smallest Go integer that holds it
//	wider uintN              uint256.Int
//	wider intN               uint256.Int, two's complement
//	bool, string, bytes      bool, string, []byte
//	address, bytes32         common.Address, common.Hash
//	other bytesN             [N]byte
//	T[], T[N]                []T, [N]T
//	struct                   struct
//	indexed bytes, string, array or struct   common.Hash, keccak256 of the value
//
// # Names
//
// A Go name is the contract's with a capital first letter and without _ and $; MINTER_ROLE becomes MinterRole. An
// argument without a name becomes Arg0, counted from 0, a result Result0. A name that two arguments share gets the number of the
// second, one that a method has (Decode, Item, ...) "Arg". Items that would share a name, such as overloads, are an error until one of them
// says "as GoName".
package main
