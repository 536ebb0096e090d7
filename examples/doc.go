// Package examples holds programs that people run. quickstart is the main one; devnet serves GAIB on this machine for
// the others and for programs in any language.
package examples
