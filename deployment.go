package gaib

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib/internal/codec"
	"github.com/gaib-go/gaib/internal/proxy"
)

// Evidence says how well a part of a contract's interface is known, see the constants.
type Evidence = codec.Evidence

// The levels of evidence, least certain first.
const (
	// Assumed: no public source states it. Refused on public chains until the caller allows it.
	Assumed = codec.Assumed
	// Reported: a secondary source states it, such as third-party code that runs against the contract.
	Reported = codec.Reported
	// Standard: a published standard fixes it for this kind of contract.
	Standard = codec.Standard
	// Confirmed: GAIB's own publication or verified source code shows it.
	Confirmed = codec.Confirmed
)

// Item describes one function, event or error of a binding.
type Item = codec.Item

// Name is a contract's name within a deployment.
type Name string

// The contracts of GAIB, and the stablecoins it takes.
const (
	AID        Name = "AID"        // the synthetic dollar
	SAID       Name = "sAID"       // the staked share
	Minter     Name = "Minter"     // mints AID for stablecoins
	Redeemer   Name = "Redeemer"   // redeems AID for a stablecoin
	Migration  Name = "Migration"  // AIDa into AID
	AlphaUSDC  Name = "AlphaUSDC"  // pre-deposit vaults of 2025, by asset
	AlphaUSDT  Name = "AlphaUSDT"  //
	AlphaUSR   Name = "AlphaUSR"   //
	AlphaCUSDO Name = "AlphaCUSDO" //
	AlphaUSD1  Name = "AlphaUSD1"  //
	GAIB       Name = "GAIB"       // the governance token
	Vesting    Name = "Vesting"    // its vesting contract
	USDC       Name = "USDC"       //
	USDT       Name = "USDT"       //
)

// ProxyKind says what stands at an address.
type ProxyKind uint8

// The kinds of proxy.
const (
	NoProxy      = ProxyKind(proxy.None)    // the contract itself, or not known to be a proxy
	ERC1967Proxy = ProxyKind(proxy.ERC1967) // its implementation is in the ERC-1967 slot
	BeaconProxy  = ProxyKind(proxy.Beacon)  // its beacon is in the ERC-1967 beacon slot and names the implementation
)

// String returns the kind's name.
func (k ProxyKind) String() string {
	switch k {
	case ERC1967Proxy:
		return "ERC-1967 proxy"
	case BeaconProxy:
		return "beacon proxy"
	}
	return "no proxy"
}

// Entry is what is known of one contract on one chain.
type Entry struct {
	Address        common.Address
	Proxy          ProxyKind
	Implementation common.Address // as last recorded; zero where none is. Read the chain, see [Probe].
	Beacon         common.Address // of a beacon proxy, as last recorded
	Underlying     common.Address // of a vault
	Evidence       Evidence       // of the address
}

// ErrUnknownContract: the deployment has no contract of that name. sAID, for one, is on Ethereum only.
var ErrUnknownContract = errors.New("the deployment has no such contract")

// ErrUnverified: the call rests on an assumption about a contract whose source is not public, and the chain is
// a public one. Prove it with [Probe] and [Deployment.Trust], or accept the risk with [Deployment.AllowAssumed].
var ErrUnverified = errors.New("this call is only assumed to exist on a public chain; prove it with Probe and Trust, or allow it with AllowAssumed")

// Deployment is the address book of one chain. It is a value: its methods return changed copies.
// The same address can be another contract on another chain, so a name is only looked up with its chain.
type Deployment struct {
	chainID      uint64
	chain        string
	entries      map[Name]Entry
	allowAssumed bool
	trusted      map[trust]bool
}

type trust struct {
	address  common.Address
	selector [4]byte
}

// Mainnet returns GAIB's contracts on Ethereum.
func Mainnet() Deployment {
	deployment, _ := known(1)
	return deployment
}

// On returns GAIB's contracts on a chain as publicly known, and whether any are. [ChainIDs] lists the chains.
func On(chainID uint64) (Deployment, bool) { return known(chainID) }

// ChainIDs returns the chains that [On] knows, ascending.
func ChainIDs() []uint64 { return slices.Clone(chainIDs[:]) }

// NewDeployment returns an empty deployment of a chain, to be filled by [Deployment.With].
func NewDeployment(chainID uint64, chain string) Deployment {
	return Deployment{chainID: chainID, chain: chain}
}

// ChainID returns the chain's id.
func (d Deployment) ChainID() uint64 { return d.chainID }

// Chain returns the chain's name.
func (d Deployment) Chain() string { return d.chain }

// Names returns the contracts of the deployment in alphabetical order.
func (d Deployment) Names() []Name { return slices.Sorted(maps.Keys(d.entries)) }

// Entry returns what is known of a contract, and whether the deployment has it.
func (d Deployment) Entry(name Name) (Entry, bool) {
	entry, ok := d.entries[name]
	return entry, ok
}

// With returns the deployment with a contract added or replaced. An entry whose Evidence is left zero is Assumed.
func (d Deployment) With(name Name, entry Entry) Deployment {
	entries := maps.Clone(d.entries)
	if entries == nil {
		entries = make(map[Name]Entry)
	}
	entries[name] = entry
	d.entries = entries
	return d
}

// AllowAssumed returns the deployment with calls of assumed evidence allowed on a public chain as well.
func (d Deployment) AllowAssumed() Deployment {
	d.allowAssumed = true
	return d
}

// Trust returns the deployment with the functions allowed that a probe found in the code of the contract's
// live implementation. What the probe did not find stays refused.
func (d Deployment) Trust(report ProbeReport) Deployment {
	trusted := maps.Clone(d.trusted)
	if trusted == nil {
		trusted = make(map[trust]bool)
	}
	for _, function := range report.Functions {
		if function.Present && report.ChainID == d.chainID {
			trusted[trust{report.Address, function.Item.Selector}] = true
		}
	}
	d.trusted = trusted
	return d
}

// ErrorDecoder returns the typed error of a contract's revert data, or nil when the data are not one of its errors.
type ErrorDecoder func(data []byte) error

// Contract is one contract of a deployment, with what its calls need to know of it. Packages aid and said wrap
// it; a binding of one's own starts from it too.
type Contract struct {
	name     Name
	entry    Entry
	chainID  uint64
	allow    bool
	trusted  map[trust]bool
	decoders []ErrorDecoder
	err      error
}

// Contract returns the contract of a name. A missing one is not an error yet: every query and call made of it
// fails with [ErrUnknownContract]. The decoders are asked for the contract's own errors, in order, before the
// standard ones.
func (d Deployment) Contract(name Name, decoders ...ErrorDecoder) Contract {
	entry, ok := d.entries[name]
	c := Contract{name: name, entry: entry, chainID: d.chainID, allow: d.allowAssumed, trusted: d.trusted, decoders: decoders}
	switch {
	case !ok:
		c.err = fmt.Errorf("%s on %s: %w", name, d.describe(), ErrUnknownContract)
	case entry.Address == (common.Address{}):
		c.err = fmt.Errorf("%s on %s: %w", name, d.describe(), ErrZeroAddress)
	}
	return c
}

func (d Deployment) describe() string {
	if d.chain == "" {
		return fmt.Sprintf("chain %d", d.chainID)
	}
	return fmt.Sprintf("%s (chain %d)", d.chain, d.chainID)
}

// Name returns the contract's name in its deployment.
func (c Contract) Name() Name { return c.name }

// Address returns where the contract is; zero when Err is not nil.
func (c Contract) Address() common.Address { return c.entry.Address }

// Entry returns what the deployment knows of the contract.
func (c Contract) Entry() Entry { return c.entry }

// ChainID returns the chain the contract is on.
func (c Contract) ChainID() uint64 { return c.chainID }

// Err returns why the contract cannot be used, or nil.
func (c Contract) Err() error { return c.err }

// check returns why a function of the contract cannot be called, or nil.
func (c Contract) check(item Item) error {
	if c.err != nil {
		return c.err
	}
	if min(item.Evidence, c.entry.Evidence) > Assumed || c.allow || isPrivate(c.chainID) || c.trusted[trust{c.entry.Address, item.Selector}] {
		return nil
	}
	return &CallError{Contract: c.name, Address: c.entry.Address, Function: item.Signature, Err: ErrUnverified}
}

// isPrivate tells the chain ids that development nodes use and no public chain does.
func isPrivate(chainID uint64) bool { return chainID == 1337 || chainID == 31337 }
