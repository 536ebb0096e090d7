// Package aid works with AID, the AI synthetic dollar: its token, the ways into it and out of it, and what is left of
// its predecessor.
//
//   - [Token] is the ERC-20 with its deny list and roles, [Token.Supply] its supply for gaib.ReadChains.
//   - [NewHoldings] is what accounts hold on one chain; package bridge moves AID between chains.
//   - [Minter] mints AID for stablecoins, [Redeemer] redeems it, both for whitelisted accounts only.
//   - [Migration] and [AlphaVault] turn the AIDa receipts of 2025 into AID.
//   - [Vesting] pays allocations of the GAIB token.
//   - The pure part: reserve ratio, peg deviation, redemption quotes, and what each way in and out costs.
//
// # What is not known
//
// The deployed token, minter and redeemer have no public source. The redeemer's getters are read on mainnet by third
// parties; the write functions of minter and redeemer, and how a whitelist is asked, are assumed. Such calls are refused
// on a public chain until they are allowed, see gaib.ErrUnverified.
//
// # Units
//
// Amounts of AID are uint256.Int with 18 decimals, amounts of a stablecoin have that coin's: 6 mostly, 18 on BNB Chain.
package aid
