package aid

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/hash"
)

// Unit is how amounts of AID are written: 18 decimals.
func Unit() gaib.Unit { return gaib.Unit{Symbol: "AID", Decimals: 18} }

// Parse returns the base units of a decimal text of AID, see [gaib.ParseUnits].
func Parse(text string) (uint256.Int, error) { return Unit().Parse(text) }

// MustParse is [Parse] for constants of a program; it panics on a text that is not an amount.
func MustParse(text string) uint256.Int {
	amount, err := Parse(text)
	if err != nil {
		panic("aid.MustParse: " + err.Error())
	}
	return amount
}

// Format returns an amount of AID as decimal text with all its digits.
func Format(amount uint256.Int) string { return gaib.FormatUnits(amount, 18) }

// Role is an access role of the AID token, by name.
type Role string

// The roles of the AID token. The first two are seen on mainnet; the others stand in code from before the launch, so
// asking for one of them is an assumed call.
const (
	AdminRole         Role = "DEFAULT_ADMIN_ROLE"
	MinterRole        Role = "MINTER_ROLE"
	BridgeMinterRole  Role = "BRIDGE_MINTER_ROLE"
	DenyListGuardRole Role = "DENY_LIST_GUARD_ROLE"
	DeniedRole        Role = "DENIED_ADDRESS_ROLE" // held by the accounts on the deny list
)

// Hash returns the role as the contract knows it: zero for the admin, else the keccak-256 of its name.
func (r Role) Hash() common.Hash {
	if r == AdminRole {
		return common.Hash{}
	}
	return hash.Keccak256([]byte(r))
}

func (r Role) evidence() gaib.Evidence {
	if r == AdminRole || r == MinterRole {
		return gaib.Reported
	}
	return gaib.Assumed
}

// Token is the AID token: an ERC-20 with a deny list and roles. It has one address on Ethereum, Arbitrum, Base and BNB
// Chain; only on Ethereum is it issued natively, elsewhere it is bridged.
type Token struct{ gaib.ERC20 }

// NewToken returns the AID token of a deployment.
func NewToken(deployment gaib.Deployment) Token {
	return Token{gaib.NewERC20(deployment.Contract(gaib.AID), Unit()).WithPermit(gaib.Assumed)}
}

// Items returns the binding's items, for [gaib.Probe].
func (t Token) Items() []gaib.Item {
	return slices.Concat(gaib.ERC20Items(), gaib.PermitItems(gaib.Assumed), contract.TokenItems())
}

// HasRole reads whether an account holds a role.
func (t Token) HasRole(role Role, account common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(t.Contract(), gaib.Regrade(contract.TokenHasRole{Role: role.Hash(), Account: account}, role.evidence()))
}

// IsDenied reads whether an account is on the deny list, and can neither send nor receive AID. Assumed: that the list
// is kept as a role is known from code before the launch only.
func (t Token) IsDenied(account common.Address) *gaib.Query[bool] {
	return t.HasRole(DeniedRole, account)
}

// Paused reads whether minting and burning are stopped; transfers are not. Assumed.
func (t Token) Paused() *gaib.Query[bool] { return gaib.NewQuery(t.Contract(), contract.TokenPaused{}) }

// Mint creates AID for an account. The sender needs [MinterRole], which only GAIB's contracts hold: users mint through
// the [Minter].
func (t Token) Mint(to common.Address, amount uint256.Int) gaib.Call {
	function := contract.TokenMint{To: to, Amount: amount}
	if to == (common.Address{}) {
		return gaib.FailedCall(t.Contract(), function, fmt.Errorf("receiver: %w", gaib.ErrZeroAddress))
	}
	return gaib.NewCall(t.Contract(), function, fmt.Sprintf("mint %s to %s", Unit().Format(amount), to))
}

// AddToDenyList stops accounts from sending and receiving AID. The sender needs [DenyListGuardRole]. Assumed.
func (t Token) AddToDenyList(accounts ...common.Address) gaib.Call {
	return gaib.NewCall(t.Contract(), contract.TokenAddToDenyList{Accounts: accounts}, fmt.Sprintf("put %d accounts on AID's deny list", len(accounts)))
}

// RemoveFromDenyList lets accounts send and receive AID again. The sender needs [DenyListGuardRole]. Assumed.
func (t Token) RemoveFromDenyList(accounts ...common.Address) gaib.Call {
	return gaib.NewCall(t.Contract(), contract.TokenRemoveFromDenyList{Accounts: accounts}, fmt.Sprintf("take %d accounts off AID's deny list", len(accounts)))
}

// Denials are the additions to the deny list, for [gaib.Logs].
func (t Token) Denials() *gaib.Events[contract.TokenAddedToDenyListEvent] {
	return gaib.NewEvents[contract.TokenAddedToDenyListEvent](t.Contract())
}

// Readmissions are the removals from the deny list.
func (t Token) Readmissions() *gaib.Events[contract.TokenRemovedFromDenyListEvent] {
	return gaib.NewEvents[contract.TokenRemovedFromDenyListEvent](t.Contract())
}

// RoleGrants are the grants of roles; who may mint AID can be told from them.
func (t Token) RoleGrants() *gaib.Events[contract.TokenRoleGrantedEvent] {
	return gaib.NewEvents[contract.TokenRoleGrantedEvent](t.Contract())
}

// RoleRevocations are the withdrawals of roles. Assumed.
func (t Token) RoleRevocations() *gaib.Events[contract.TokenRoleRevokedEvent] {
	return gaib.NewEvents[contract.TokenRoleRevokedEvent](t.Contract())
}

// Upgrades are the changes of the token's implementation.
func (t Token) Upgrades() *gaib.Events[contract.TokenUpgradedEvent] {
	return gaib.NewEvents[contract.TokenUpgradedEvent](t.Contract())
}
