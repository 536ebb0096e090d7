package bridge

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/hash"
)

var (
	// ErrNoMessage: the receipt has no transfer of this bridge. Take the receipt of the transaction that sent one.
	ErrNoMessage = errors.New("bridge: the receipt has no transfer of this bridge")
	// ErrPacket: the bytes are no packet of LayerZero's first format, or not the one the bridge announced.
	ErrPacket = errors.New("bridge: not the packet of a transfer")
)

// Message is a transfer on its way, as the receipt of its source transaction tells it.
type Message struct {
	GUID                common.Hash // LayerZero's id of it, the same on both chains
	Nonce               uint64      // its number on the channel from Sender to Receiver
	Source, Destination uint32      // endpoint ids
	Sender, Receiver    common.Hash // the bridge's contracts at both ends, addresses filled up to 32 bytes
	To                  common.Hash // who gets it there
	Shared              uint64      // the amount in shared decimals
	Body                []byte      // what the destination's bridge is given
}

// The packet of LayerZero's first format: version 1, nonce 8, source 4, sender 32, destination 4, receiver 32, guid 32 bytes, and
// the body, which is the receiver 32 and the amount 8 bytes and what a composed message adds.
const (
	packetVersion = 1
	packetHeader  = 113
	leastBody     = 40
)

// DecodePacket returns the message of a packet that LayerZero sent for a bridge. It fails with [ErrPacket] on anything else, and
// when the packet's id is not the hash of its path.
func DecodePacket(packet []byte) (Message, error) {
	if len(packet) < packetHeader+leastBody || packet[0] != packetVersion {
		return Message{}, fmt.Errorf("%w: %d bytes", ErrPacket, len(packet))
	}
	body := packet[packetHeader:]
	m := Message{
		Nonce:       binary.BigEndian.Uint64(packet[1:]),
		Source:      binary.BigEndian.Uint32(packet[9:]),
		Sender:      common.Hash(packet[13:45]),
		Destination: binary.BigEndian.Uint32(packet[45:]),
		Receiver:    common.Hash(packet[49:81]),
		GUID:        common.Hash(packet[81:113]),
		To:          common.Hash(body[:32]),
		Shared:      binary.BigEndian.Uint64(body[32:]),
		Body:        append([]byte(nil), body...),
	}
	if hash.Keccak256(packet[1:81]) != m.GUID {
		return Message{}, fmt.Errorf("%w: its id is not that of its path", ErrPacket)
	}
	return m, nil
}

// payloadHash is what LayerZero's endpoint keeps of a verified message.
func (m Message) payloadHash() common.Hash { return hash.Keccak256(m.GUID[:], m.Body) }

func (m Message) origin() contract.EndpointOrigin {
	return contract.EndpointOrigin{SrcEid: m.Source, Sender: m.Sender, Nonce: m.Nonce}
}

// Sent is a transfer that left its chain.
type Sent struct {
	Message
	From           common.Address // whose AID was taken
	Taken, Arrives uint256.Int    // AID taken here, and what the bridge says will be given there
}

// Messages returns the transfers that a transaction sent over this bridge, in their order. Each is the bridge's own event put
// together with the packet that LayerZero sent for it. A transaction that failed, or has none, is [ErrNoMessage]; an event
// whose packet is missing is [ErrPacket].
func (o OFT) Messages(receipt gaib.Receipt) ([]Sent, error) {
	packets := make(map[common.Hash]Message)
	for _, log := range receipt.Logs {
		var event contract.EndpointPacketSentEvent
		if event.DecodeLog(log.Topics, log.Data) != nil {
			continue
		}
		// Others' packets are not of this form, and nobody can make one of another sender with this id.
		if m, err := DecodePacket(event.EncodedPayload); err == nil && m.Sender == wide(o.contract.Address()) {
			packets[m.GUID] = m
		}
	}
	var sent []Sent
	for _, log := range receipt.Decode(o.Departures()) {
		event, ok := log.Event.(*contract.BridgeOFTSentEvent)
		if !ok {
			return nil, fmt.Errorf("bridge: %w", log.Err)
		}
		m, ok := packets[event.Guid]
		if !ok || m.Destination != event.DstEid {
			return nil, fmt.Errorf("%w: no packet of the transfer %s", ErrPacket, event.Guid)
		}
		sent = append(sent, Sent{Message: m, From: event.FromAddress, Taken: event.AmountSentLD, Arrives: event.AmountReceivedLD})
	}
	if err := o.contract.Err(); err != nil {
		return nil, err
	}
	if len(sent) == 0 || !receipt.Success {
		return nil, fmt.Errorf("%s: %w", receipt.TxHash, ErrNoMessage)
	}
	return sent, nil
}
