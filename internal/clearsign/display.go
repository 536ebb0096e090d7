package main

// display is how one contract's functions are shown to who signs.
type display struct {
	name      string // in the address book
	title     string
	folder    string
	abi       []string
	constants object
	assets    bool // its underlying differs by chain
	functions []function
}

type function struct {
	name, intent string
	fields       []field
}

// field is how one argument is shown.
type field struct {
	path, label string
	kind        kind
	token       string // of an amount: a path, or an address through a constant
}

type kind int

const (
	amount kind = iota // of the token at path token
	fixed              // amount of the token that a constant names
	mapped             // amount of the chain's underlying
	account
	raw
)

// types returns the types that an argument of the field's kind may have.
func (f field) types() []string {
	switch f.kind {
	case account:
		return []string{"address", "address[]"}
	}
	return []string{"uint256"}
}

func (f field) object() object {
	out := object{{"path", f.path}, {"label", f.label}}
	const unlimited = "0x8000000000000000000000000000000000000000000000000000000000000000"
	switch f.kind {
	case amount:
		params := object{{"tokenPath", f.token}}
		if f.label == "Allowance" {
			params = append(params, member{"threshold", unlimited}, member{"message", "Unlimited"})
		}
		out = append(out, member{"format", "tokenAmount"}, member{"params", params})
	case fixed:
		out = append(out, member{"format", "tokenAmount"}, member{"params", object{{"token", "$.metadata.constants." + f.token}}})
	case mapped:
		reference := object{{"map", "$.metadata.maps.asset"}, {"keyPath", "@.chainId"}}
		out = append(out, member{"format", "tokenAmount"}, member{"params", object{{"token", reference}}})
	case account:
		types := []string{"eoa", "wallet", "contract"}
		if f.token == "token" {
			types = []string{"token"}
		}
		out = append(out, member{"format", "addressName"}, member{"params", object{{"types", types}, {"sources", []string{"local", "ens"}}}})
	case raw:
		out = append(out, member{"format", "raw"})
	}
	return append(out, member{"visible", "always"})
}

const aid = "0x18F52B3fb465118731d9e0d276d4Eb3599D57596"

// erc20 are the functions of every token.
var erc20 = []function{
	{"transfer", "Send", []field{{"value", "Amount", amount, "@.to"}, {"to", "To", account, ""}}},
	{"transferFrom", "Send from another account", []field{{"value", "Amount", amount, "@.to"}, {"from", "From", account, ""}, {"to", "To", account, ""}}},
	{"approve", "Approve", []field{{"spender", "Spender", account, ""}, {"value", "Allowance", amount, "@.to"}}},
}

// displays are the contracts whose calls are known well enough to be shown to people: the Minter's and the Redeemer's
// write functions are assumed, and a file for wallets must not rest on that.
var displays = []display{
	{name: "AID", title: "AID", folder: "aid/contract", abi: []string{"erc20.abi"}, functions: erc20}, // its permit is assumed
	{
		name: "sAID", title: "sAID", folder: "said/contract", abi: []string{"erc20.abi", "erc4626.abi", "said/contract/vault.abi"},
		constants: object{{"asset", aid}},
		functions: append(erc20[:len(erc20):len(erc20)],
			function{"deposit", "Stake", []field{{"assets", "Stake", fixed, "asset"}, {"receiver", "Send sAID to", account, ""}}},
			function{"mint", "Stake", []field{{"shares", "For", amount, "@.to"}, {"receiver", "Send sAID to", account, ""}}},
			function{"withdraw", "Withdraw", []field{{"assets", "Withdraw", fixed, "asset"}, {"receiver", "Send AID to", account, ""}, {"owner", "From the sAID of", account, ""}}},
			function{"redeem", "Withdraw", []field{{"shares", "Redeem", amount, "@.to"}, {"receiver", "Send AID to", account, ""}, {"owner", "From the sAID of", account, ""}}},
			function{"unstake", "Unstake through the queue", []field{{"shares", "Unstake", amount, "@.to"}}},
			function{"processUnstakeQueue", "Pay the unstake queue", []field{{"maxIterations", "Requests at most", raw, ""}}},
		),
	},
	{
		name: "Migration", title: "AIDa Migration", folder: "aid/contract", abi: []string{"aid/contract/migration.abi"},
		functions: []function{{"migrate", "Migrate AIDa to AID", []field{{"amount", "Migrate", amount, "aidAlpha"}, {"aidAlpha", "Of", account, "token"}}}},
	},
	{
		name: "Vesting", title: "GAIB Vesting", folder: "aid/contract", abi: []string{"aid/contract/vesting.abi"},
		functions: []function{{"claim", "Claim vested GAIB", nil}, {"claimFor", "Claim vested GAIB for another", []field{{"user", "For", account, ""}}}},
	},
	alpha("AlphaUSDC"), alpha("AlphaUSDT"), alpha("AlphaUSR"), alpha("AlphaCUSDO"), alpha("AlphaUSD1"),
}

// alpha is an AIDa vault. Its withdrawals are switched off for good, so they are not shown.
func alpha(name string) display {
	return display{
		name: name, title: "AIDa" + name[len("Alpha"):], folder: "aid/contract", abi: []string{"erc20.abi", "erc4626.abi"}, assets: true,
		functions: append(erc20[:len(erc20):len(erc20)],
			function{"deposit", "Deposit", []field{{"assets", "Deposit", mapped, ""}, {"receiver", "Send AIDa to", account, ""}}},
			function{"mint", "Deposit", []field{{"shares", "For", amount, "@.to"}, {"receiver", "Send AIDa to", account, ""}}},
		),
	}
}
