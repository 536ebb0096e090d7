// Package said works with sAID, the staked share of AID in GAIB's portfolio of GPU financing.
//
// sAID has two prices in AID. It is entered at the Deposit NAV, convertToAssets, which leaves unrealised losses out. It is
// left at the Unstaking NAV, convertToAssetsWithLoss, which takes them off, and only through a queue that is paid some
// weeks later. [NAV] holds both; every number of sAID should be shown with both, the haircut between them and the time
// to exit.
//
//   - [Vault] reads the contract and makes its calls and plans.
//   - [State] is the vault's arithmetic on integers, with the contract's rounding, to predict a deposit, a step of the
//     NAV or a mark-down without a chain.
//   - [Schedule] says when a request is settled, [Queue] who is paid what, [Simulate] both over time.
//   - Exit comparison: unstake and wait, or sell now at a price.
//
// # What is not known
//
// sAID's source is not public. Reads and the queue's functions are reported by third parties that run them on mainnet.
// When requests are settled, whether in order or pro rata, and whether the NAV is fixed at the request or at the
// settlement, sources contradict each other: these are policies that the caller picks, and none is a default. State's
// arithmetic is that of an OpenZeppelin ERC-4626 vault without decimals offset, which is assumed of the deployed one.
//
// # Units
//
// Amounts of sAID and AID are uint256.Int with 18 decimals, NAVs AID per sAID with 18 decimals, times UTC.
package said
