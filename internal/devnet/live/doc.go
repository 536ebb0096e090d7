// Package live holds the library against bytecode: bindings, arithmetic, plans, reads, errors and events on the chain of
// package devnet. It has tests only. What they prove is that the library does what these contracts do, to the base unit;
// that the deployed contracts do the same is known as far as the evidence of each binding goes.
package live
