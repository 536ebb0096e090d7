// Package document reads strict JSON into Go structs and writes the JSON Schema of the same structs, so that what is
// accepted and what is documented cannot part.
//
// A field without ",omitzero" in its json tag is required. A `check` tag bounds it: min and max are values of a number and
// lengths of a string or list; nonzero refuses the zero value. A string type with Values is one of these.
//
// Functions are pure and safe for concurrent use.
package document
