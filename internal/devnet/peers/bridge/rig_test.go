package bridge

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/bridge"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/peers"
)

// fee is what LayerZero asks for a message, in wei.
const fee = 1_234_567_890_000_000

// contractAt is a deployed contract, used by its own ABI and go-ethereum's codec, past the library.
type contractAt struct {
	abi     abi.ABI
	address common.Address
}

// side is one chain with its endpoint and bridge.
type side struct {
	t          testing.TB
	chain      *devnet.Chain
	who        devnet.Accounts
	eid        uint32
	endpoint   contractAt
	library    contractAt
	oft        contractAt
	deployment gaib.Deployment
	bridge     bridge.OFT
	token      aid.Token
}

// newSides returns Ethereum, where AID is locked, and Base, where the bridge's token is AID.
func newSides(t testing.TB) (home, away *side) {
	t.Helper()
	artifacts := peers.Require(t, "EndpointV2", "SimpleMessageLib", "TestOFTAdapter", "TestOFT")
	start := func(chainID uint64, eid uint32) *side {
		chain, err := devnet.New(devnet.WithChainID(chainID))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, chain.Close()) })
		s := &side{t: t, chain: chain, who: chain.Accounts(), eid: eid}
		s.endpoint = s.deploy(artifacts[0], eid, s.who.Manager.Address)
		s.library = s.deploy(artifacts[1], s.endpoint.address, s.who.Manager.Address)
		s.must(s.endpoint, "registerLibrary", s.library.address)
		s.must(s.library, "setMessagingFee", big.NewInt(fee), new(big.Int))
		return s
	}
	home, away = start(1, 30101), start(8453, 30184)
	home.oft = home.deploy(artifacts[2], devnet.Addresses().AID, home.endpoint.address, home.who.Manager.Address)
	away.oft = away.deploy(artifacts[3], "AID", "AID", away.endpoint.address, away.who.Manager.Address)
	home.deployment = gaib.Mainnet()
	known, ok := gaib.On(8453)
	require.True(t, ok)
	away.deployment = known.With(gaib.AID, gaib.Entry{Address: away.oft.address, Evidence: gaib.Confirmed})
	for _, pair := range [][2]*side{{home, away}, {away, home}} {
		here, there := pair[0], pair[1]
		here.must(here.endpoint, "setDefaultSendLibrary", there.eid, here.library.address)
		here.must(here.endpoint, "setDefaultReceiveLibrary", there.eid, here.library.address, new(big.Int))
		here.must(here.oft, "setPeer", there.eid, common.BytesToHash(there.oft.address[:]))
		here.deployment = here.deployment.With(bridge.Bridge, gaib.Entry{Address: here.oft.address}).AllowAssumed()
		here.bridge, here.token = bridge.NewOFT(here.deployment), aid.NewToken(here.deployment)
	}
	return home, away
}

func (s *side) deploy(artifact peers.Artifact, args ...any) contractAt {
	s.t.Helper()
	address, err := artifact.Deploy(s.t.Context(), s.chain, s.who.Manager, args...)
	require.NoError(s.t, err)
	return contractAt{artifact.ABI(), address}
}

// must has the manager call a contract.
func (s *side) must(c contractAt, method string, args ...any) *types.Receipt {
	s.t.Helper()
	data, err := c.abi.Pack(method, args...)
	require.NoError(s.t, err)
	receipt, err := s.chain.Send(s.t.Context(), s.who.Manager, c.address, nil, data)
	require.NoError(s.t, err, method)
	return receipt
}

// view returns the first value of a view.
func (s *side) view(c contractAt, method string, args ...any) any {
	s.t.Helper()
	data, err := c.abi.Pack(method, args...)
	require.NoError(s.t, err)
	var output hexutil.Bytes
	require.NoError(s.t, s.chain.Client().CallContext(s.t.Context(), &output, "eth_call", map[string]any{"to": c.address, "input": hexutil.Bytes(data)}, "latest"))
	values, err := c.abi.Unpack(method, output)
	require.NoError(s.t, err)
	return values[0]
}

func (s *side) balance(account common.Address) uint256.Int {
	s.t.Helper()
	balance, err := s.token.BalanceOf(account).Call(s.t.Context(), s.chain.Client(), gaib.Latest)
	require.NoError(s.t, err)
	return balance
}

func (s *side) head() uint64 { return s.chain.Head().Number.Uint64() }

// carryOut sends a plan by the library and returns the last receipt.
func (s *side) carryOut(from devnet.Account, plan gaib.Plan) gaib.Receipt {
	s.t.Helper()
	ctx, client := s.t.Context(), s.chain.Client()
	txs, err := plan.Transactions(ctx, client, from.Address)
	require.NoError(s.t, err, plan.Describe())
	var receipt gaib.Receipt
	for _, tx := range txs {
		digest, err := tx.Digest()
		require.NoError(s.t, err)
		signature, err := from.SignDigest(digest)
		require.NoError(s.t, err)
		hash, err := tx.Send(ctx, client, signature)
		require.NoError(s.t, err)
		receipt, err = tx.Wait(ctx, client, hash)
		require.NoError(s.t, err)
	}
	return receipt
}

// refuse returns why a call cannot be sent.
func (s *side) refuse(from devnet.Account, call gaib.Call) error {
	s.t.Helper()
	_, err := gaib.Plan{call}.Transactions(s.t.Context(), s.chain.Client(), from.Address)
	require.Error(s.t, err)
	return err
}

// send starts a transfer and returns what the library finds in its receipt, and the packet as LayerZero emitted it.
func (s *side) send(from devnet.Account, transfer bridge.Transfer) (bridge.Sent, []byte) {
	s.t.Helper()
	_, plan, err := s.bridge.PlanSend(s.t.Context(), s.chain.Client(), from.Address, transfer)
	require.NoError(s.t, err)
	receipt := s.carryOut(from, plan)
	sent, err := s.bridge.Messages(receipt)
	require.NoError(s.t, err)
	require.Len(s.t, sent, 1)
	var packets [][]byte
	for _, log := range receipt.Logs {
		if log.Topics[0] == s.endpoint.abi.Events["PacketSent"].ID && log.Address == s.endpoint.address {
			values, err := s.endpoint.abi.Unpack("PacketSent", log.Data)
			require.NoError(s.t, err)
			packets = append(packets, values[0].([]byte))
		}
	}
	require.Len(s.t, packets, 1)
	return sent[0], packets[0]
}

// verify has the message library pass a packet, as LayerZero's verifiers do.
func (s *side) verify(packet []byte) { s.must(s.library, "validatePacket", packet) }

func (s *side) track(m bridge.Message, since uint64) bridge.Delivery {
	s.t.Helper()
	delivery, err := s.bridge.Track(s.t.Context(), s.chain.Client(), m, since)
	require.NoError(s.t, err)
	return delivery
}

func plus(a, b uint256.Int) uint256.Int  { return *new(uint256.Int).Add(&a, &b) }
func minus(a, b uint256.Int) uint256.Int { return *new(uint256.Int).Sub(&a, &b) }
func wide(a common.Address) common.Hash  { return common.BytesToHash(a[:]) }
