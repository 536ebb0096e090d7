// Package wallets proves the forms of a plan, and permits, against the real contracts of wallets: Safe, ERC-4337's
// EntryPoint and accounts, and Permit2.
package wallets
