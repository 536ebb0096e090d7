// Package metamorpho works with MetaMorpho, the ERC-4626 vault that spreads deposits of one token over markets of Morpho
// Blue.
//
// [Contract] reads a vault and makes its calls. [Vault] is its state as a value: totals with interest and fee up to any
// time, how a deposit is allocated and a withdrawal collected over the queues, how much can be withdrawn, step by step as
// the contract does it, so that a deposit or withdrawal is predicted without a chain.
//
// # What not to use it for
//
// Who holds how many shares, and allowances, are not part of a [Vault]. Curators' rights and time locks are bound in
// package contract and not modelled. Deposits and redemptions are compared with the bytecode of the published package
// of MetaMorpho 1.0; version 1.1 differs where a market's bad debt is realised.
//
// # Units
//
// Assets are base units of the vault's token, shares have 18 decimals or the token's, whichever is more. Times are Unix
// seconds, ratios have 18 decimals.
//
// # Concurrency
//
// A Vault is changed by no method: each returns a new one, whose slices are its own.
package metamorpho
