package bridge_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/bridge"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/fakenode"
)

var (
	alice  = common.HexToAddress("0xA11CE00000000000000000000000000000000001")
	here   = common.HexToAddress("0x0f70000000000000000000000000000000000001") // the bridge on Ethereum
	there  = common.HexToAddress("0x0f70000000000000000000000000000000000002") // the bridge on Base
	center = common.HexToAddress("0x1a00000000000000000000000000000000000003") // the endpoint
)

func wide(a common.Address) common.Hash { return common.BytesToHash(a[:]) }

func at(chainID uint64, address common.Address) gaib.Deployment {
	deployment, _ := gaib.On(chainID)
	return deployment.With(bridge.Bridge, gaib.Entry{Address: address}).AllowAssumed()
}

// packet returns the bytes of LayerZero's packet of a transfer of so many millionths, its id by go-ethereum's hash.
func packet(nonce, shared uint64) []byte {
	path := slices.Concat(binary.BigEndian.AppendUint64(nil, nonce), []byte{0, 0, 0x75, 0x95}, wide(here).Bytes(), []byte{0, 0, 0x75, 0xe8}, wide(there).Bytes())
	body := binary.BigEndian.AppendUint64(wide(alice).Bytes(), shared)
	return slices.Concat([]byte{1}, path, crypto.Keccak256(path), body)
}

// The options are LayerZero's own example: 200,000 gas for the delivery.
func TestReceiveGas(t *testing.T) {
	require.Equal(t, common.FromHex("0x00030100110100000000000000000000000000030d40"), bridge.ReceiveGas(200_000))
	require.Equal(t, common.FromHex("0x0003010011010000000000000000ffffffffffffffff"), bridge.ReceiveGas(math.MaxUint64))
}

// LayerZero's published ids of the chains that have AID.
func TestEndpointID(t *testing.T) {
	want := map[uint64]uint32{1: 30101, 56: 30102, 8453: 30184, 42161: 30110}
	for _, id := range gaib.ChainIDs() {
		deployment, _ := gaib.On(id)
		_, has := deployment.Entry(gaib.AID)
		eid, ok := bridge.EndpointID(id)
		require.Equal(t, has, ok, id)
		require.Equal(t, want[id], eid)
	}
}

func TestDecodePacket(t *testing.T) {
	raw := packet(7, 1_250_500_000)
	got, err := bridge.DecodePacket(raw)
	require.NoError(t, err)
	require.Equal(t, bridge.Message{GUID: common.Hash(raw[81:113]), Nonce: 7, Source: 30101, Destination: 30184, Sender: wide(here), Receiver: wide(there),
		To: wide(alice), Shared: 1_250_500_000, Body: raw[113:]}, got)
	raw[120] ^= 1
	require.NotEqual(t, raw[113:], got.Body, "the bytes are copied")

	raw = packet(7, 5)
	for n := range len(raw) {
		_, err := bridge.DecodePacket(raw[:n])
		require.ErrorIs(t, err, bridge.ErrPacket, n)
	}
	for i := range 113 {
		broken := slices.Clone(raw)
		broken[i] ^= 0x10
		_, err := bridge.DecodePacket(broken)
		require.ErrorIs(t, err, bridge.ErrPacket, i)
	}
	composed, err := bridge.DecodePacket(append(raw, "more"...))
	require.NoError(t, err)
	require.Len(t, composed.Body, 44)
}

func FuzzDecodePacket(f *testing.F) {
	f.Add(packet(1, 2))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := bridge.DecodePacket(raw)
		if err != nil {
			require.ErrorIs(t, err, bridge.ErrPacket)
			require.Zero(t, m)
			return
		}
		head := binary.BigEndian.AppendUint64([]byte{1}, m.Nonce)
		head = append(binary.BigEndian.AppendUint32(head, m.Source), m.Sender[:]...)
		head = append(binary.BigEndian.AppendUint32(head, m.Destination), m.Receiver[:]...)
		require.True(t, bytes.Equal(raw, slices.Concat(head, m.GUID[:], m.Body)))
		require.True(t, bytes.HasPrefix(m.Body, binary.BigEndian.AppendUint64(m.To.Bytes(), m.Shared)))
	})
}

// arguments packs values by go-ethereum's codec.
func arguments(t testing.TB, types []abi.Type, values ...any) []byte {
	t.Helper()
	var all abi.Arguments
	for _, kind := range types {
		all = append(all, abi.Argument{Type: kind})
	}
	data, err := all.Pack(values...)
	require.NoError(t, err)
	return data
}

func kind(t testing.TB, name string, parts ...abi.ArgumentMarshaling) abi.Type {
	t.Helper()
	made, err := abi.NewType(name, "", parts)
	require.NoError(t, err)
	return made
}

// departure returns the logs of a transfer: LayerZero's packet and the bridge's event.
func departure(t testing.TB, raw []byte, guid common.Hash) []gaib.Log {
	sent, went := contract.EndpointPacketSentEvent{}.Item(), contract.BridgeOFTSentEvent{}.Item()
	uints := []abi.Type{kind(t, "uint32"), kind(t, "uint256"), kind(t, "uint256")}
	return []gaib.Log{
		{Address: center, Topics: []common.Hash{sent.Topic}, Data: arguments(t, []abi.Type{kind(t, "bytes"), kind(t, "bytes"), kind(t, "address")}, raw, []byte{}, center)},
		{Address: here, Topics: []common.Hash{went.Topic, guid, wide(alice)}, Data: arguments(t, uints, uint32(30184), big.NewInt(5e12), big.NewInt(4e12))},
	}
}

func TestMessages(t *testing.T) {
	oft := bridge.NewOFT(at(1, here))
	raw := packet(9, 4)
	guid := common.Hash(raw[81:113])
	logs := departure(t, raw, guid)
	sent, err := oft.Messages(gaib.Receipt{Success: true, Logs: logs})
	require.NoError(t, err)
	require.Len(t, sent, 1)
	require.Equal(t, guid, sent[0].GUID)
	require.Equal(t, alice, sent[0].From)
	require.Equal(t, uint256.NewInt(5e12), &sent[0].Taken)
	require.Equal(t, uint256.NewInt(4e12), &sent[0].Arrives)

	two := slices.Concat(logs, departure(t, packet(10, 4), common.Hash(packet(10, 4)[81:113])))
	sent, err = oft.Messages(gaib.Receipt{Success: true, Logs: two})
	require.NoError(t, err)
	require.EqualValues(t, []uint64{9, 10}, []uint64{sent[0].Nonce, sent[1].Nonce})

	for name, bad := range map[string]struct {
		receipt gaib.Receipt
		want    error
	}{
		"failed":             {gaib.Receipt{Logs: logs}, bridge.ErrNoMessage},
		"no logs":            {gaib.Receipt{Success: true}, bridge.ErrNoMessage},
		"packet alone":       {gaib.Receipt{Success: true, Logs: logs[:1]}, bridge.ErrNoMessage},
		"event alone":        {gaib.Receipt{Success: true, Logs: logs[1:]}, bridge.ErrPacket},
		"another's packet":   {gaib.Receipt{Success: true, Logs: []gaib.Log{departure(t, packet(10, 4), guid)[0], logs[1]}}, bridge.ErrPacket},
		"garbage for packet": {gaib.Receipt{Success: true, Logs: []gaib.Log{departure(t, []byte("?"), guid)[0], logs[1]}}, bridge.ErrPacket},
	} {
		_, err := oft.Messages(bad.receipt)
		require.ErrorIs(t, err, bad.want, name)
	}
	cut := slices.Clone(logs)
	cut[1].Data = cut[1].Data[:64]
	_, err = oft.Messages(gaib.Receipt{Success: true, Logs: cut})
	require.ErrorContains(t, err, "OFTSent event of Bridge")
	_, err = bridge.NewOFT(at(1, there)).Messages(gaib.Receipt{Success: true, Logs: logs})
	require.ErrorIs(t, err, bridge.ErrNoMessage, "another bridge's")
	_, err = bridge.NewOFT(gaib.Mainnet()).Messages(gaib.Receipt{Success: true, Logs: logs})
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
}

// A bridge that takes fees of the amount, names them, and asks LayerZero's.
func TestQuote(t *testing.T) {
	pair := kind(t, "tuple", abi.ArgumentMarshaling{Name: "a", Type: "uint256"}, abi.ArgumentMarshaling{Name: "b", Type: "uint256"})
	details := kind(t, "tuple[]", abi.ArgumentMarshaling{Name: "a", Type: "int256"}, abi.ArgumentMarshaling{Name: "b", Type: "string"})
	type two struct{ A, B *big.Int }
	type detail struct {
		A *big.Int
		B string
	}
	node := fakenode.New(1)
	answer := func(least, most, sent, received int64) {
		node.Contracts[here] = fakenode.Methods{
			contract.BridgeQuoteOFT{}.Item().Selector: func(uint64, []byte) ([]byte, error) {
				return arguments(t, []abi.Type{pair, details, pair}, two{big.NewInt(least), big.NewInt(most)},
					[]detail{{big.NewInt(30), "protocol"}, {big.NewInt(-4), "rebate"}}, two{big.NewInt(sent), big.NewInt(received)}), nil
			},
			contract.BridgeQuoteSend{}.Item().Selector: fakenode.Returns(*uint256.NewInt(77), *uint256.NewInt(0)),
		}.Contract
	}
	u := func(n uint64) uint256.Int { return *uint256.NewInt(n) }
	query := bridge.NewOFT(at(1, here)).Quote(bridge.Transfer{Destination: 30184, To: alice, Amount: u(1000)})
	answer(10, 2000, 990, 964)
	quote, err := query.Call(t.Context(), node, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, bridge.Quote{Fee: u(77), Sent: u(990), Received: u(964), Dust: u(10), Min: u(10), Max: u(2000),
		Deductions: []bridge.Deduction{{Amount: u(30), Text: "protocol"}, {Negative: true, Amount: u(4), Text: "rebate"}}}, quote)
	var limit *bridge.LimitError
	for _, bad := range [][2]int64{{1001, 5000}, {0, 999}} {
		answer(bad[0], bad[1], 990, 964)
		_, err = query.Call(t.Context(), node, gaib.Latest)
		require.ErrorAs(t, err, &limit)
		require.Equal(t, bridge.LimitError{Amount: u(1000), Min: u(uint64(bad[0])), Max: u(uint64(bad[1]))}, *limit)
	}
	for _, edge := range [][2]int64{{1000, 1000}, {0, 1000}} {
		answer(edge[0], edge[1], 1000, 1000)
		_, err = query.Call(t.Context(), node, gaib.Latest)
		require.NoError(t, err)
	}
	answer(0, 2000, 1001, 1000)
	_, err = query.Call(t.Context(), node, gaib.Latest)
	require.ErrorIs(t, err, gaib.ErrBadAnswer, "it would take more than was said")
	answer(0, 2000, 990, 0)
	_, err = query.Call(t.Context(), node, gaib.Latest)
	require.ErrorIs(t, err, bridge.ErrDust)
}

// What the destination's endpoint keeps of a message decides its stage.
func TestTrack(t *testing.T) {
	raw := packet(9, 4)
	message, err := bridge.DecodePacket(raw)
	require.NoError(t, err)
	oft, node := bridge.NewOFT(at(8453, there)), fakenode.New(8453)
	word := func(h common.Hash) uint256.Int { return *new(uint256.Int).SetBytes(h[:]) }
	set := func(kept common.Hash, past uint64) {
		node.Contracts[there] = fakenode.Methods{contract.BridgeEndpoint{}.Item().Selector: fakenode.Returns(word(wide(center)))}.Contract
		node.Contracts[center] = fakenode.Methods{
			contract.EndpointEid{}.Item().Selector:                fakenode.Returns(*uint256.NewInt(30184)),
			contract.EndpointInboundPayloadHash{}.Item().Selector: fakenode.Returns(word(kept)),
			contract.EndpointLazyInboundNonce{}.Item().Selector:   fakenode.Returns(*uint256.NewInt(past)),
		}.Contract
	}
	payload := crypto.Keccak256Hash(raw[81:])
	for _, c := range []struct {
		kept common.Hash
		past uint64
		want bridge.Stage
		text string
		err  error
	}{
		{kept: common.Hash{}, past: 8, want: bridge.InFlight, text: "in flight"},
		{kept: payload, past: 8, want: bridge.Verified, text: "verified"},
		{kept: payload, past: 20, want: bridge.Verified, text: "verified"},
		{kept: common.MaxHash, past: 20, want: bridge.Blocked, text: "blocked"},
		{kept: common.Hash{1}, past: 8, err: bridge.ErrForged, text: "in flight"},
		{kept: common.Hash{}, past: 9, err: bridge.ErrOrphan, text: "in flight"},
		{kept: common.Hash{}, past: 20, err: bridge.ErrOrphan, text: "in flight"},
	} {
		set(c.kept, c.past)
		got, err := oft.Track(t.Context(), node, message, 0)
		require.ErrorIs(t, err, c.err)
		require.Equal(t, bridge.Delivery{Stage: c.want}, got)
		require.Equal(t, c.text, got.Stage.String())
		plan, err := oft.PlanDeliver(t.Context(), node, message)
		if c.want == bridge.Verified {
			require.NoError(t, err)
			require.Equal(t, "Deliver the transfer "+message.GUID.Hex(), plan.Describe())
			require.Equal(t, center, plan[0].To)
			continue
		}
		require.Error(t, err)
	}
	require.Equal(t, "delivered", bridge.Delivered.String())
	require.Equal(t, "Stage(9)", bridge.Stage(9).String())

	// The arrival of this message among others', in the block where it is.
	set(common.Hash{}, 9)
	arrival := contract.BridgeOFTReceivedEvent{}.Item().Topic
	data := slices.Concat(fakenode.Word(30101), fakenode.Word(4e12))
	node.Logs = []fakenode.Log{
		{Address: there, Topics: []common.Hash{arrival, {7}, wide(here)}, Data: data, Block: 300},
		{Address: there, Topics: []common.Hash{arrival, message.GUID, wide(alice)}, Data: data, Block: 400, Index: 2},
	}
	got, err := oft.Track(t.Context(), node, message, 350)
	require.NoError(t, err)
	require.Equal(t, bridge.Delivered, got.Stage)
	require.Equal(t, alice, got.To)
	require.Equal(t, *uint256.NewInt(4e12), got.Amount)
	require.EqualValues(t, 400, got.Log.BlockNumber)
	_, err = oft.Track(t.Context(), node, message, 401)
	require.ErrorIs(t, err, bridge.ErrOrphan)

	_, err = bridge.NewOFT(at(8453, here)).Track(t.Context(), node, message, 0)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = bridge.NewOFT(gaib.Mainnet()).Track(t.Context(), node, message, 0)
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
}

func TestFlow(t *testing.T) {
	u := func(n uint64) uint256.Int { return *uint256.NewInt(n) }
	before := aid.ChainSupply{ChainID: 1, Native: true, Total: u(1000), Burned: u(1), Received: u(2)}
	burns, err := bridge.Flow{Sent: u(70), Received: u(90)}.Supply(before, false)
	require.NoError(t, err)
	require.Equal(t, aid.ChainSupply{ChainID: 1, Native: true, Total: u(1000), Burned: u(70), Received: u(90)}, burns)
	locks, err := bridge.Flow{Sent: u(90), Received: u(70)}.Supply(before, true)
	require.NoError(t, err)
	require.Equal(t, aid.ChainSupply{ChainID: 1, Native: true, Total: u(1000), Locked: u(20), Burned: u(70), Received: u(70)}, locks)
	_, err = bridge.Flow{Sent: u(70), Received: u(90)}.Supply(before, true)
	require.ErrorIs(t, err, aid.ErrSupply)

	node, oft := fakenode.New(1), bridge.NewOFT(at(1, here))
	sent, arrival := contract.BridgeOFTSentEvent{}.Item().Topic, contract.BridgeOFTReceivedEvent{}.Item().Topic
	node.Logs = []fakenode.Log{
		{Address: here, Topics: []common.Hash{sent, {1}, wide(alice)}, Data: slices.Concat(fakenode.Word(30184), fakenode.Word(60), fakenode.Word(50)), Block: 10},
		{Address: here, Topics: []common.Hash{arrival, {2}, wide(alice)}, Data: slices.Concat(fakenode.Word(30184), fakenode.Word(7)), Block: 10, Index: 1},
		{Address: here, Topics: []common.Hash{sent, {3}, wide(alice)}, Data: slices.Concat(fakenode.Word(30184), fakenode.Word(3), fakenode.Word(3)), Block: 12},
	}
	flow, err := oft.ReadFlow(t.Context(), node, 0, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, bridge.Flow{Sent: u(53), Received: u(7)}, flow)
	flow, err = oft.ReadFlow(t.Context(), node, 11, gaib.Latest)
	require.NoError(t, err)
	require.Equal(t, bridge.Flow{Sent: u(3)}, flow)
	huge := fmt.Sprintf("%x", new(uint256.Int).SetAllOne().Bytes32())
	node.Logs[1].Data = slices.Concat(fakenode.Word(30184), common.FromHex(huge))
	node.Logs = append(node.Logs, fakenode.Log{Address: here, Topics: node.Logs[1].Topics, Data: node.Logs[1].Data, Block: 13})
	_, err = oft.ReadFlow(t.Context(), node, 0, gaib.Latest)
	require.ErrorContains(t, err, "block 13")
	node.Logs[0].Data = nil
	_, err = oft.ReadFlow(t.Context(), node, 0, gaib.Latest)
	require.ErrorContains(t, err, "block 10", "a sum without an event would be wrong")
}

// Calldata of the bridge are read back to the call they were made with.
func TestReadBack(t *testing.T) {
	oft := bridge.NewOFT(at(1, here))
	transfer := bridge.Transfer{Destination: 30184, To: alice, Amount: aid.MustParse("12.5"), Min: aid.MustParse("12"), Options: bridge.ReceiveGas(9)}
	call := oft.Send(transfer, *uint256.NewInt(5e14), alice)
	require.NoError(t, call.Err())
	text := "send 12.5 AID to " + alice.Hex() + " on Base, where at least 12 must arrive"
	require.Equal(t, text+", sending 0.0005 of the chain's coin", call.Describe())
	reading, err := gaib.ReadBack(alice, call, oft)
	require.NoError(t, err)
	require.True(t, reading.Known)
	require.Equal(t, call.Describe(), reading.Call.Describe())
	reading, err = gaib.ReadBack(there, call, oft)
	require.NoError(t, err)
	require.Contains(t, reading.Call.Describe(), "; what is left of the fee goes to "+alice.Hex())

	param := contract.BridgeSendParam{DstEid: 1, To: wide(alice), AmountLD: transfer.Amount}
	for name, change := range map[string]func(*contract.BridgeSend){
		"a call for the receiver": func(s *contract.BridgeSend) { s.SendParam.ComposeMsg = []byte{1} },
		"a command":               func(s *contract.BridgeSend) { s.SendParam.OftCmd = []byte{1} },
		"no address":              func(s *contract.BridgeSend) { s.SendParam.To = common.MaxHash },
		"a fee in LayerZero's":    func(s *contract.BridgeSend) { s.Fee.LzTokenFee = *uint256.NewInt(1) },
	} {
		send := contract.BridgeSend{SendParam: param, RefundAddress: alice}
		data, err := send.Encode()
		require.NoError(t, err)
		made, known := oft.ReadCall(alice, data)
		require.True(t, known)
		require.Contains(t, made.Describe(), "on LayerZero's chain 1,")
		change(&send)
		data, err = send.Encode()
		require.NoError(t, err)
		_, known = oft.ReadCall(alice, data)
		require.False(t, known, name)
	}
	_, known := oft.ReadCall(alice, []byte{1, 2, 3, 4})
	require.False(t, known)
}

func TestUnverified(t *testing.T) {
	careful := bridge.NewOFT(gaib.Mainnet().With(bridge.Bridge, gaib.Entry{Address: here}))
	require.ErrorIs(t, careful.Send(bridge.Transfer{To: alice}, uint256.Int{}, alice).Err(), gaib.ErrUnverified)
	for _, item := range careful.Items() {
		require.Equal(t, gaib.Standard, item.Evidence, item.Name)
	}
	for _, query := range []gaib.Reader{careful.Peer(30184), careful.SharedDecimals(), careful.ApprovalRequired(), careful.Token()} {
		_, err := gaib.Read(t.Context(), fakenode.New(1), gaib.Latest, query)
		require.ErrorIs(t, err, gaib.ErrUnverified)
	}
}
