package bridge

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fixed"
)

var (
	// ErrForged: the destination holds another content for the message than the source sent. Do not deliver it; tell the
	// bridge's operator.
	ErrForged = errors.New("bridge: the destination verified another content than was sent")
	// ErrNotVerified: the message cannot be delivered: it is still on its way, or was delivered already.
	ErrNotVerified = errors.New("bridge: the message does not wait for delivery")
	// ErrOrphan: the destination is past the message, and no arrival of it was found. Look from an earlier block; else it was
	// skipped or burnt by the bridge's operator.
	ErrOrphan = errors.New("bridge: the message is settled, but its arrival was not found")
)

// Stage is how far a message is.
type Stage uint8

// The stages, in their order.
const (
	InFlight  Stage = iota // sent; the destination does not know it yet
	Verified               // known there; anybody may deliver it, see [OFT.PlanDeliver]
	Delivered              // the receiver has the AID
	Blocked                // the bridge's operator stopped it at the destination; it can be verified anew
)

// String names the stage.
func (s Stage) String() string {
	switch s {
	case InFlight:
		return "in flight"
	case Verified:
		return "verified"
	case Delivered:
		return "delivered"
	case Blocked:
		return "blocked"
	}
	return fmt.Sprintf("Stage(%d)", uint8(s))
}

// Delivery is what became of a message at its destination.
type Delivery struct {
	Stage  Stage
	To     common.Address // the rest only when delivered
	Amount uint256.Int    // AID given
	Log    gaib.Log       // where it stands
}

// status is what the destination's endpoint knows of a message at one block.
type status struct {
	endpoint gaib.Contract
	stage    Stage
	settled  bool // gone from the endpoint: delivered, skipped or burnt
}

func (o OFT) status(ctx context.Context, client gaib.Client, m Message) (status, error) {
	wrong := func(format string, args ...any) (status, error) {
		return status{}, fmt.Errorf("message %s: %s: %w", m.GUID, fmt.Sprintf(format, args...), gaib.ErrWrongChain)
	}
	receiver := o.contract.Address()
	if err := o.contract.Err(); err != nil {
		return status{}, err
	}
	if m.Receiver != wide(receiver) {
		return wrong("it is for the bridge at %s, not for that at %s", m.Receiver, receiver)
	}
	at := o.EndpointAddress()
	head, err := gaib.Read(ctx, client, gaib.Latest, at)
	if err != nil {
		return status{}, fmt.Errorf("message %s: %w", m.GUID, err)
	}
	s := status{endpoint: o.endpointAt(at.Value())}
	eid := gaib.NewQuery(s.endpoint, contract.EndpointEid{})
	held := gaib.NewQuery(s.endpoint, contract.EndpointInboundPayloadHash{Receiver: receiver, SrcEid: m.Source, Sender: m.Sender, InboundNonce: m.Nonce})
	past := gaib.NewQuery(s.endpoint, contract.EndpointLazyInboundNonce{Receiver: receiver, SrcEid: m.Source, Sender: m.Sender})
	if _, err := gaib.Read(ctx, client, head.Block(), eid, held, past); err != nil {
		return status{}, fmt.Errorf("message %s: %w", m.GUID, err)
	}
	if eid.Value() != m.Destination {
		return wrong("it is for LayerZero's chain %d, this is %d", m.Destination, eid.Value())
	}
	stopped := new(uint256.Int).SetAllOne().Bytes32() // what the endpoint keeps of a message that was stopped
	switch kept := held.Value(); {
	case kept == common.Hash{}:
		s.settled = m.Nonce <= past.Value()
	case kept == common.Hash(stopped):
		s.stage = Blocked
	case kept == m.payloadHash():
		s.stage = Verified
	default:
		return status{}, fmt.Errorf("message %s: %w", m.GUID, ErrForged)
	}
	return s, nil
}

// Track returns how far a message is; the bridge and the client are those of its destination. since is a block there no later
// than the arrival, such as the head when the transfer was sent. It takes two requests, and those of a search for the arrival
// once there is one. To be told instead of asking, follow [OFT.Arrivals] of its GUID.
//
// It fails with [gaib.ErrWrongChain] where the message is not for this bridge or chain, with [ErrForged], and with [ErrOrphan]
// when the message is settled without an arrival since that block.
func (o OFT) Track(ctx context.Context, client gaib.Client, message Message, since uint64) (Delivery, error) {
	s, err := o.status(ctx, client, message)
	if err != nil || !s.settled {
		return Delivery{Stage: s.stage}, err
	}
	arrivals := o.Arrivals(message.GUID)
	for block, err := range gaib.Logs(ctx, client, since, gaib.Latest, arrivals) {
		if err != nil {
			return Delivery{}, fmt.Errorf("message %s: %w", message.GUID, err)
		}
		for log, arrival := range arrivals.In(block) {
			return Delivery{Delivered, arrival.ToAddress, arrival.AmountReceivedLD, log}, nil
		}
	}
	return Delivery{}, fmt.Errorf("message %s: %w", message.GUID, ErrOrphan)
}

// PlanDeliver returns the plan by which anybody delivers a verified message that LayerZero's executor has not; the bridge and the
// client are those of its destination. It fails with [ErrNotVerified] when the message does not wait for that, and else
// like [OFT.Track].
func (o OFT) PlanDeliver(ctx context.Context, client gaib.Client, message Message) (gaib.Plan, error) {
	s, err := o.status(ctx, client, message)
	if err != nil {
		return nil, err
	}
	if s.stage != Verified {
		return nil, fmt.Errorf("message %s: %w", message.GUID, ErrNotVerified)
	}
	function := contract.EndpointLzReceive{Origin: message.origin(), Receiver: o.contract.Address(), Guid: message.GUID, Message: message.Body}
	return gaib.Plan{gaib.NewCall(s.endpoint, function, fmt.Sprintf("deliver the transfer %s", message.GUID))}, nil
}

// Flow is what crossed the bridge of one chain, in AID base units.
type Flow struct{ Sent, Received uint256.Int }

// Supply returns a chain's supply with what crossed its bridge since the start, for [aid.Reconcile]. locks says that the bridge
// keeps what it sends, and gives back of that what it receives, instead of burning and minting. It fails with [aid.ErrSupply]
// when a bridge that locks gave more than it was sent.
func (f Flow) Supply(supply aid.ChainSupply, locks bool) (aid.ChainSupply, error) {
	supply.Locked, supply.Burned, supply.Received = uint256.Int{}, f.Sent, f.Received
	if !locks {
		return supply, nil
	}
	if fixed.Sub(&supply.Locked, &f.Sent, &f.Received) != nil {
		return aid.ChainSupply{}, fmt.Errorf("%w: the bridge of chain %d gave %s AID of %s that it locked", aid.ErrSupply, supply.ChainID, aid.Format(f.Received), aid.Format(f.Sent))
	}
	supply.Burned = f.Received // with Locked, all that was ever sent
	return supply, nil
}

// ReadFlow returns what left and reached a chain over its bridge in the blocks from one to another, both included. Sent is what
// the other chain is to give, so that a fee of the bridge is not on its way for ever. An event that cannot be decoded
// is an error.
func (o OFT) ReadFlow(ctx context.Context, client gaib.Client, from uint64, to gaib.Block) (Flow, error) {
	var flow Flow
	for block, err := range gaib.Logs(ctx, client, from, to, o.Departures(), o.Arrivals()) {
		if err != nil {
			return Flow{}, fmt.Errorf("bridge: %w", err)
		}
		for _, log := range block.Logs {
			var err error
			switch event := log.Event.(type) {
			case *contract.BridgeOFTSentEvent:
				err = fixed.Add(&flow.Sent, &flow.Sent, &event.AmountReceivedLD)
			case *contract.BridgeOFTReceivedEvent:
				err = fixed.Add(&flow.Received, &flow.Received, &event.AmountReceivedLD)
			default:
				err = log.Err
			}
			if err != nil {
				return Flow{}, fmt.Errorf("bridge: block %d: %w", block.Number, err)
			}
		}
	}
	return flow, nil
}
