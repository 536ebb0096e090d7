package bridge

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
)

// Names of the bridge's contracts in a deployment. No deployment has them of its own.
const (
	Bridge   gaib.Name = "Bridge"   // the OFT, or the adapter in front of AID: what users call
	Endpoint gaib.Name = "Endpoint" // LayerZero's; the bridge names it
)

var (
	// ErrToken: the contract bridges another token than the deployment's AID. Correct the bridge's address.
	ErrToken = errors.New("bridge: the contract is not AID's bridge")
	// ErrDust: nothing of the amount is left in the bridge's shared decimals. Send more.
	ErrDust = errors.New("bridge: the amount is below what the bridge can carry")
	// ErrSameChain: the transfer's destination is the chain it starts from. A transfer of the token does that.
	ErrSameChain = errors.New("bridge: the destination is the source")
)

// LimitError says that an amount is outside what the bridge takes. Send one between Min and Max.
type LimitError struct{ Amount, Min, Max uint256.Int }

// Error returns the amount and the limits.
func (e *LimitError) Error() string {
	return fmt.Sprintf("bridge: %s is outside the bridge's limits; send between %s and %s", aid.Unit().Format(e.Amount), aid.Format(e.Min), aid.Format(e.Max))
}

// EndpointID returns LayerZero's id of a chain on which AID is, and whether there is one. Source: LayerZero's published
// definitions. Those of other chains can be used as well.
func EndpointID(chainID uint64) (eid uint32, ok bool) {
	switch chainID {
	case 1:
		return 30101, true
	case 56:
		return 30102, true
	case 8453:
		return 30184, true
	case 42161:
		return 30110, true
	}
	return 0, false
}

// OFT is the bridge's contract on one chain: LayerZero's omnichain fungible token, version 2, or an adapter in front of AID
// with the same interface.
type OFT struct {
	contract gaib.Contract
	aid      aid.Token
	endpoint gaib.Deployment // has the endpoint once it is known
}

// NewOFT returns the bridge of a deployment, which must have been added to it under the name [Bridge].
func NewOFT(deployment gaib.Deployment) OFT {
	return OFT{deployment.Contract(Bridge, contract.DecodeBridgeError, contract.DecodeEndpointError), aid.NewToken(deployment), deployment}
}

// Contract returns the bridge's contract.
func (o OFT) Contract() gaib.Contract { return o.contract }

// Items returns the binding's items, for [gaib.Probe].
func (o OFT) Items() []gaib.Item { return contract.BridgeItems() }

// Token reads the address of the token that is bridged.
func (o OFT) Token() *gaib.Query[common.Address] {
	return gaib.NewQuery(o.contract, contract.BridgeToken{})
}

// EndpointAddress reads where LayerZero's endpoint is.
func (o OFT) EndpointAddress() *gaib.Query[common.Address] {
	return gaib.NewQuery(o.contract, contract.BridgeEndpoint{})
}

// ApprovalRequired reads whether the bridge needs an approval of AID to send it.
func (o OFT) ApprovalRequired() *gaib.Query[bool] {
	return gaib.NewQuery(o.contract, contract.BridgeApprovalRequired{})
}

// SharedDecimals reads how many decimals of an amount a message carries.
func (o OFT) SharedDecimals() *gaib.Query[uint8] {
	return gaib.NewQuery(o.contract, contract.BridgeSharedDecimals{})
}

// Peer reads the bridge's contract on another chain, by its endpoint id; zero when the bridge does not go there.
func (o OFT) Peer(eid uint32) *gaib.Query[common.Hash] {
	return gaib.NewQuery(o.contract, contract.BridgePeers{Eid: eid})
}

// Departures are the transfers that left this chain, for [gaib.Logs] and [gaib.Follow].
func (o OFT) Departures() *gaib.Events[contract.BridgeOFTSentEvent] {
	return gaib.NewEvents[contract.BridgeOFTSentEvent](o.contract)
}

// Arrivals are the transfers that arrived on this chain, all or those of some messages.
func (o OFT) Arrivals(guids ...common.Hash) *gaib.Events[contract.BridgeOFTReceivedEvent] {
	return gaib.NewEvents[contract.BridgeOFTReceivedEvent](o.contract).Where(1, guids...)
}

// endpointAt returns LayerZero's endpoint at the address that the bridge named.
func (o OFT) endpointAt(address common.Address) gaib.Contract {
	return o.endpoint.With(Endpoint, gaib.Entry{Address: address, Evidence: gaib.Reported}).Contract(Endpoint, contract.DecodeEndpointError)
}

// wide returns an address as LayerZero writes it, and narrow the reverse; ok is false for a longer one.
func wide(address common.Address) common.Hash { return common.BytesToHash(address[:]) }

func narrow(id common.Hash) (address common.Address, ok bool) {
	address = common.BytesToAddress(id[:])
	return address, wide(address) == id
}

// ReceiveGas returns the options that buy gas for the delivery on the other chain. A bridge may demand that much of every transfer by
// itself, and needs no options then. Source: LayerZero's options of type 3, executor option 1.
func ReceiveGas(gas uint64) []byte {
	amount := uint256.NewInt(gas).Bytes32()
	// type, worker (executor), length of what follows, option (lzReceive), gas in 16 bytes
	return slices.Concat([]byte{0, 3, 1, 0, 17, 1}, amount[16:])
}
