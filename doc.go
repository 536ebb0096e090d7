// Package gaib reads and writes GAIB's contracts: AID, the AI synthetic dollar, sAID, its staked share
// in a portfolio of GPU financing, and what surrounds them. Packages aid and said hold the products;
// this one holds the words they share.
//
//   - [Client] is the one method the library needs of a node. An *rpc.Client of go-ethereum is one.
//   - A [Query] is a read as a value. [Read] makes many of them at one block in one request.
//   - A [Call] is a write as a value, a [Plan] a list of them. Nothing here holds a key: a plan is described,
//     simulated and turned into unsigned transactions, whose digest the user's own signer signs.
//   - [Logs] yields past events, typed and grouped by block. [Follow] goes on with new blocks and takes back what a
//     reorganisation undoes. [Retry], [Failover], [Limit], [Quorum] and [Observe] make a client of clients.
//   - What others made is read back: [ReadBack] tells calldata as calls and words, [Activities] logs as what happened.
//   - A [Deployment] says where the contracts of a chain are and how well that is known. A call whose
//     signature is only assumed is refused on a public chain ([ErrUnverified]) until the caller allows it;
//     [Probe] looks for it in the deployed code.
//   - A revert becomes a typed error for errors.As, see [RevertError].
//
// # Units
//
// Amounts are uint256.Int in base units of their token: 1 AID is 10^18, 1 USDC 10^6. [ParseUnits] and
// [FormatUnits] convert decimal text exactly. No floating point number touches an amount.
//
// # Concurrency
//
// All functions may be called from many goroutines. A Query holds its result, so one Query belongs to one
// Read at a time; deployments, contracts, calls and plans are values that are never changed.
//
// # What it is not for
//
// It signs nothing and stores no keys. It does not decide whether somebody may hold these assets.
// Until the deployed sources are public, a line marked assumed is our reading, not a fact.
package gaib

//go:generate go run ./internal/abigen -pkg gaib -out abi_gen.go erc20.abi erc2612.abi erc4626.abi permitdomain.abi standard.abi
//go:generate go run ./internal/addressbook -in deployments.json -out deployments_gen.go
