// Package gen writes the Go code of contract bindings from .abi files, whose form package abifile describes.
//
// What it writes is static code over internal/codec: plain structs with fields of the Go type that holds the ABI
// type, methods without reflection, and one unexported function per tuple. It is made to be read and to
// be inlined. The manual of the command, internal/abigen, says what the bindings look like.
package gen
