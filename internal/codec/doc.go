// Package codec is the runtime of the contract bindings that internal/abigen generates: ABI words in and out, the
// bounds of dynamic types, and the errors that say where data were wrong.
//
// Only generated code calls its Read, Append, Fits, Text and Decoder functions; they rely on the checks that the
// generator puts before them. Everybody else uses the generated methods and, from here, [Item], [Evidence] and the
// errors. It is no general ABI library: there is no run-time type, no reflection and no JSON.
//
// # Decoding
//
// Decoding is strict where money is at stake and lenient only where the ABI itself is:
//
//   - a word that its type cannot hold (a uint128 of 2^130, a bool of 2) is [ErrOutOfRange];
//   - padding that is not zero (of an address, bytesN, bytes or string) is [ErrDirtyPadding];
//   - offsets and lengths are checked against the data before anything is allocated, and the decoded value is at
//     most four times the size of the data ([ErrAmplified]);
//   - data may go on after the value, and offsets may point anywhere in the data.
//
// Decoded bytes, strings and slices never alias the input. When an error is returned, the value that was decoded into
// is unspecified.
//
// # Encoding
//
// A value that does not fit its type is an [EncodeError] before a single byte is written.
//
// # Concurrency
//
// All functions are pure; values may be shared as long as nobody writes to them.
package codec
