// Package peers gives tests the contracts of the protocols beside GAIB: Morpho Blue with its adaptive-curve rate model
// and MetaMorpho, Aave v3.0, Pendle V7 with its oracle, Safe 1.4.1, EntryPoint 0.8, Permit2, LayerZero's endpoint with
// an OFT; and a fast EVM to run them in.
//
// # What it is for
//
// Differential tests: protocol arithmetic of this library against the bytecode that it follows. Nothing of the protocols
// is kept in the repository. `npm run build` in this folder installs the packages and writes one JSON per contract into
// the ignored folder build, in about 80 s the first time and 2 s afterwards. A test asks for what it needs:
//
//	artifacts := peers.Require(t, "Morpho", "AdaptiveCurveIrm")
//
// which skips the test if they were not built, or fails it if the environment has GAIB_PEERS=required.
//
// EVM runs a contract without blocks and transactions, some 300,000 calls a second: set the storage, call the function,
// compare. For what needs blocks, receipts and a node, deploy on a devnet.Chain (Artifact.Deploy).
//
// # What it is not for
//
// Programs: the examples run without Node and use the devnet's own contracts.
//
// # The harness
//
// harness holds contracts of our own, one folder per compiler: mocks, and for each protocol a contract that exports the
// arithmetic of its libraries. Every contract in a file of such a folder is built under its own name, which must be
// unique over everything that is built.
//
// # Units, concurrency
//
// Amounts are in base units. An Artifact may be used from any goroutine; an EVM from one at a time.
package peers
