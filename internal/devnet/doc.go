// Package devnet runs GAIB on an in-process Ethereum node: AID, sAID, the Minter, the Redeemer, the migration, two
// AIDa vaults and the vesting, at their mainnet addresses and with mainnet's recorded state.
//
// # What it is for
//
// Tests of this library against bytecode, examples, and trying a wallet or a bot against GAIB without a key, a network
// or money. New is ready in well under a second; a transaction is mined when it is sent:
//
//	chain, err := devnet.New()
//	defer chain.Close()
//	receipt, err := chain.Send(ctx, chain.Accounts().Alice, devnet.Addresses().USDC, nil, calldata)
//
// Client gives a JSON-RPC client in the process, Serve the same over HTTP and WebSocket. Deploy puts the same contracts and
// state on another development node, by transactions.
//
// # What it is not
//
// The contracts are written here (contracts/src) from what is publicly known of GAIB's. Every function, event and error
// that is known has its exact signature, which a test proves against testdata/signatures.tsv. What is not known is
// assumed and says so in the contract's comment: the write functions of Minter and Redeemer, the books, the queue's
// rules, the events and the owner's calls of sAID, who may burn and pause AID. Nothing here proves how the deployed
// contracts behave there, and gas figures are those of these contracts under mainnet's Osaka rules.
//
// # The state at genesis
//
// Recorded of mainnet are AID's supply (19,945,311.770392801054623255), sAID's NAV (convertToAssets(1e18) =
// 1055148472560343645, no unrealised loss), the Redeemer's fee (10 basis points), daily limit (1e36) and float
// (239,938.892162 USDC), AID's admins and minters, and where proxies, beacon and implementations are. The size of the
// sAID vault follows a reported 18.44 million USD. How all this is split over accounts is made up here (genesis.go).
// Three things differ from mainnet on purpose: Accounts.Manager holds every admin role beside the real admins and owns
// every contract; the Redeemer has AID's MINTER_ROLE, which burning asks for here; and USDC, USDT and GAIB are plain
// stand-ins.
//
// # Time, units, concurrency
//
// Amounts are in base units. Time passes with blocks only: a block is 12 s later than its parent unless Travel,
// TravelTo or evm_increaseTime say otherwise. The state of every block stays readable; safe and finalized are 32 and
// 64 blocks behind the head. The same steps give the same chain, to the hash. A Chain is safe for concurrent use.
//
// Keys are derived from the accounts' names and known to everyone. Serve takes loopback addresses only.
package devnet
