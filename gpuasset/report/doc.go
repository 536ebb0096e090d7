// Package report attests what stands behind the shares: a portfolio report that can be hashed, signed, put in a row with the ones
// before it and published without showing the deals, each of which can still be proven.
//
//   - [New] makes a [Report] of a portfolio: both NAVs, the lines and the bridge by kind, and the Merkle root of the deals, which come
//     back beside it as [Deals].
//   - [Report.JSON] is its canonical form, [Report.Hash] the hash of that; [Parse] reads one and refuses what does not add up.
//     [Canonical] is the form itself, RFC 8785.
//   - [Report.Digest] is what a signer signs by EIP-712, [Report.TypedData] the same for a wallet, [Report.Verify] checks a signature.
//   - [Deals.Prove] proves one deal against the root, [Proof.Verify] checks it. [Tree] is the tree: the standard tree of
//     OpenZeppelin, so that its MerkleProof contract and its JavaScript library take the same proofs.
//   - [History] takes reports in order: each names the hash of the one before.
//
// # The canonical form
//
// Version 1. Amounts are decimal texts as in package gpuasset, shares and NAVs per share decimal texts in base units of 10^-18, hashes
// texts of 0x and 64 small hexadecimal digits, days ISO dates; counts are JSON numbers. The canonical form is RFC 8785 of that. A
// text with other white space or order, or with an amount written "1.50", is the same report and has the same hash.
//
// # The tree
//
// A deal is a JSON object too, in the same form. Its content is the hash of its canonical form; its leaf is the hash of the hash of
// that; a node is the hash of its two children, the smaller first. So a leaf cannot pass for a node. Every deal has a salt, derived
// from a secret of the issuer and the report's number: without it, whoever guesses a deal's terms could confirm them by
// its hash. Keep the secret and give out the proofs only.
//
// # Hashing and signing
//
// The package has no hash function and no elliptic curve. A [Hasher] and a [Recover] are passed in; on Ethereum they are keccak-256
// and the recovery of secp256k1. Keys never come here.
//
// # What it is not for
//
// A signature shows who said something, not that it is so. GAIB has published no such format: this one is a proposal, and
// the contract that anchors it exists on the embedded chain only.
//
// # Concurrency
//
// Functions are pure. A [History] is for one goroutine at a time; a [Tree] and [Deals] may be read by many.
package report
