package bridge

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/bridge"
	"github.com/gaib-go/gaib/aid/contract"
)

// AID goes out locked and minted, and comes back burnt and released, every step told by the library and checked beside it.
func TestThereAndBack(t *testing.T) {
	home, away := newSides(t)
	ctx, alice, bob := t.Context(), home.who.Alice, away.who.Bob
	there, known := bridge.EndpointID(away.deployment.ChainID())
	require.True(t, known)
	before, supply := home.balance(alice.Address), home.total()

	transfer := bridge.Transfer{Destination: there, To: bob.Address, Amount: aid.MustParse("1250.500000123456789")}
	quote, plan, err := home.bridge.PlanSend(ctx, home.chain.Client(), alice.Address, transfer)
	require.NoError(t, err)
	amount := aid.MustParse("1250.5")
	require.Equal(t, bridge.Quote{Fee: *uint256.NewInt(fee), Sent: amount, Received: amount, Dust: aid.MustParse("0.000000123456789"), Max: supply}, quote)
	require.Equal(t, "Approve 1,250.5 AID for Bridge; send 1,250.5 AID to "+bob.Address.Hex()+" on Base, where at least 1250.5 must arrive"+
		", sending 0.00123456789 of the chain's coin", plan.Describe())

	guid := home.view(home.endpoint, "nextGuid", home.oft.address, there, wide(away.oft.address)).([32]byte)
	since := away.head()
	sent, packet := home.send(alice, transfer)
	require.Equal(t, bridge.Sent{From: alice.Address, Taken: amount, Arrives: amount, Message: bridge.Message{
		GUID: guid, Nonce: 1, Source: home.eid, Destination: away.eid, Sender: wide(home.oft.address), Receiver: wide(away.oft.address),
		To: wide(bob.Address), Shared: 1_250_500_000, Body: packet[113:],
	}}, sent)
	require.Equal(t, minus(before, amount), home.balance(alice.Address), "the dust is still there")
	require.Equal(t, amount, home.balance(home.oft.address), "locked")
	allowance, err := home.token.Allowance(alice.Address, home.oft.address).Call(ctx, home.chain.Client(), gaib.Latest)
	require.NoError(t, err)
	require.Zero(t, allowance, "and no allowance is left")

	require.Equal(t, bridge.Delivery{Stage: bridge.InFlight}, away.track(sent.Message, since))
	reconcile(t, home, away, supply, amount)
	_, err = away.bridge.PlanDeliver(ctx, away.chain.Client(), sent.Message)
	require.ErrorIs(t, err, bridge.ErrNotVerified)
	away.verify(packet)
	require.Equal(t, bridge.Delivery{Stage: bridge.Verified}, away.track(sent.Message, since))
	deliver, err := away.bridge.PlanDeliver(ctx, away.chain.Client(), sent.Message)
	require.NoError(t, err)
	receipt := away.carryOut(away.who.Carol, deliver)
	got := away.track(sent.Message, since)
	require.Equal(t, bridge.Delivered, got.Stage)
	require.Equal(t, bob.Address, got.To)
	require.Equal(t, amount, got.Amount)
	require.Equal(t, receipt.TxHash, got.Log.TxHash)
	require.Equal(t, amount, away.balance(bob.Address))
	reconcile(t, home, away, supply, uint256.Int{})
	_, err = away.bridge.PlanDeliver(ctx, away.chain.Client(), sent.Message)
	require.ErrorIs(t, err, bridge.ErrNotVerified, "once only")
	require.ErrorAs(t, away.refuse(away.who.Carol, deliver[0]), new(*contract.EndpointLZPayloadHashNotFoundError))
	_, err = away.bridge.Track(ctx, away.chain.Client(), sent.Message, away.head()+1)
	require.ErrorIs(t, err, bridge.ErrOrphan, "looked for too late")

	// Back, where no approval is needed, the options are the user's, and LayerZero's executor delivers.
	back := bridge.Transfer{Destination: home.eid, To: alice.Address, Amount: aid.MustParse("1000"), Options: bridge.ReceiveGas(200_000)}
	since = home.head()
	quote, plan, err = away.bridge.PlanSend(ctx, away.chain.Client(), bob.Address, back)
	require.NoError(t, err)
	require.Len(t, plan, 1)
	require.Zero(t, quote.Dust)
	returned, packet := away.send(bob, back)
	require.Equal(t, minus(amount, back.Amount), away.balance(bob.Address), "burnt")
	reconcile(t, home, away, supply, back.Amount)
	home.verify(packet)
	origin := struct {
		SrcEid uint32
		Sender [32]byte
		Nonce  uint64
	}{away.eid, wide(away.oft.address), 1}
	home.must(home.endpoint, "lzReceive", origin, home.oft.address, returned.GUID, returned.Body, []byte{})
	require.Equal(t, back.Amount, home.track(returned.Message, since).Amount)
	require.Equal(t, plus(minus(before, amount), back.Amount), home.balance(alice.Address))
	reconcile(t, home, away, supply, uint256.Int{})

	// Two at once, delivered in the other order than sent.
	first, packet1 := home.send(alice, bridge.Transfer{Destination: there, To: bob.Address, Amount: aid.MustParse("1")})
	second, packet2 := home.send(alice, bridge.Transfer{Destination: there, To: bob.Address, Amount: aid.MustParse("2")})
	require.EqualValues(t, 3, second.Nonce)
	away.verify(packet2)
	away.verify(packet1)
	deliver, err = away.bridge.PlanDeliver(ctx, away.chain.Client(), second.Message)
	require.NoError(t, err)
	away.carryOut(away.who.Carol, deliver)
	require.Equal(t, bridge.Verified, away.track(first.Message, 0).Stage, "the later one does not settle it")
	require.Equal(t, aid.MustParse("2"), away.track(second.Message, 0).Amount)
}

func (s *side) total() uint256.Int {
	s.t.Helper()
	supply, err := s.token.Supply().Call(s.t.Context(), s.chain.Client(), gaib.Latest)
	require.NoError(s.t, err)
	return supply.Total
}

// reconcile demands that all AID is found: here, there or under way.
func reconcile(t *testing.T, home, away *side, outstanding, inFlight uint256.Int) {
	t.Helper()
	var supplies []aid.ChainSupply
	for _, s := range []*side{home, away} {
		supply, err := s.token.Supply().Call(t.Context(), s.chain.Client(), gaib.Latest)
		require.NoError(t, err)
		flow, err := s.bridge.ReadFlow(t.Context(), s.chain.Client(), 0, gaib.Latest)
		require.NoError(t, err)
		supply, err = flow.Supply(supply, supply.Native)
		require.NoError(t, err)
		if supply.Native {
			require.Equal(t, s.balance(s.oft.address), supply.Locked)
		}
		supplies = append(supplies, supply)
	}
	all, err := aid.Reconcile(supplies...)
	require.NoError(t, err)
	require.Equal(t, outstanding.Dec(), all.Outstanding.Dec())
	require.Equal(t, inFlight.Dec(), all.InFlight.Dec())
}

// What cannot be sent is told by a typed error, before anything is.
func TestRefusals(t *testing.T) {
	home, away := newSides(t)
	ctx, client, alice := t.Context(), home.chain.Client(), home.who.Alice
	good := bridge.Transfer{Destination: away.eid, To: alice.Address, Amount: aid.MustParse("5.0000001")}
	plan := func(s *side, change func(*bridge.Transfer)) error {
		transfer := good
		change(&transfer)
		_, plan, err := s.bridge.PlanSend(ctx, s.chain.Client(), alice.Address, transfer)
		require.Error(t, err)
		require.Nil(t, plan)
		return err
	}
	var slippage *contract.BridgeSlippageExceededError
	require.ErrorAs(t, plan(home, func(x *bridge.Transfer) { x.Min = x.Amount }), &slippage)
	require.Equal(t, contract.BridgeSlippageExceededError{AmountLD: aid.MustParse("5"), MinAmountLD: good.Amount}, *slippage)
	var nobody *contract.BridgeNoPeerError
	require.ErrorAs(t, plan(home, func(x *bridge.Transfer) { x.Destination = 30102 }), &nobody)
	require.EqualValues(t, 30102, nobody.Eid)
	var limit *bridge.LimitError
	most := home.total()
	require.ErrorAs(t, plan(home, func(x *bridge.Transfer) { x.Amount = plus(most, *uint256.NewInt(1)) }), &limit)
	require.Equal(t, most, limit.Max)
	require.ErrorContains(t, limit, "send between 0 and 19945311.770392801054623255")
	var poor *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, plan(home, func(x *bridge.Transfer) { x.Amount = most }), &poor)
	require.ErrorIs(t, plan(home, func(x *bridge.Transfer) { x.Amount = aid.MustParse("0.000000999999999999") }), bridge.ErrDust)
	require.ErrorIs(t, plan(home, func(x *bridge.Transfer) { x.Amount.Clear() }), bridge.ErrDust)
	require.ErrorIs(t, plan(home, func(x *bridge.Transfer) { x.Destination = home.eid }), bridge.ErrSameChain)
	require.ErrorIs(t, plan(home, func(x *bridge.Transfer) { x.To = common.Address{} }), gaib.ErrZeroAddress)
	type enforced struct {
		Eid     uint32
		MsgType uint16
		Options []byte
	}
	home.must(home.oft, "setEnforcedOptions", []enforced{{away.eid, 1, bridge.ReceiveGas(100_000)}})
	require.ErrorAs(t, plan(home, func(x *bridge.Transfer) { x.Options = []byte{9, 9, 9} }), new(*contract.BridgeInvalidOptionsError))
	huge := new(big.Int).Lsh(big.NewInt(1), 120)
	away.must(away.oft, "mint", alice.Address, huge)
	var wide *contract.BridgeAmountSDOverflowedError
	require.ErrorAs(t, plan(away, func(x *bridge.Transfer) { x.Destination, x.Amount = home.eid, *uint256.MustFromBig(huge) }), &wide)
	require.Equal(t, new(big.Int).Div(huge, big.NewInt(1e12)), wide.AmountSD.ToBig())

	// The wrong node, the wrong contract, and an address that nobody vouches for.
	good.Options = bridge.ReceiveGas(50_000) // on top of what the bridge demands
	_, _, err := home.bridge.PlanSend(ctx, away.chain.Client(), alice.Address, good)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, _, err = bridge.NewOFT(home.deployment.With(gaib.AID, gaib.Entry{Address: alice.Address})).PlanSend(ctx, client, alice.Address, good)
	require.ErrorIs(t, err, bridge.ErrToken)
	_, _, err = bridge.NewOFT(gaib.Mainnet()).PlanSend(ctx, client, alice.Address, good)
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
	careful := bridge.NewOFT(gaib.Mainnet().With(bridge.Bridge, gaib.Entry{Address: home.oft.address}))
	_, _, err = careful.PlanSend(ctx, client, alice.Address, good)
	require.ErrorIs(t, err, gaib.ErrUnverified)
	report, err := gaib.Probe(ctx, client, careful)
	require.NoError(t, err)
	proven := bridge.NewOFT(gaib.Mainnet().With(bridge.Bridge, gaib.Entry{Address: home.oft.address}).Trust(report))
	_, steps, err := proven.PlanSend(ctx, client, alice.Address, good)
	require.NoError(t, err, "every function was found in the contract's code")

	// The fee rose, or other wei than the fee are sent along.
	home.carryOut(alice, steps[:1])
	home.must(home.library, "setMessagingFee", big.NewInt(fee+1), new(big.Int))
	var low *contract.EndpointLZInsufficientFeeError
	require.ErrorAs(t, home.refuse(alice, steps[1]), &low)
	require.Equal(t, *uint256.NewInt(fee + 1), low.RequiredNative)
	require.ErrorAs(t, home.refuse(alice, steps[1].WithValue(*uint256.NewInt(fee + 1))), new(*contract.BridgeNotEnoughNativeError))
	receipt := home.carryOut(alice, gaib.Plan{home.bridge.Send(bridge.Transfer{Destination: away.eid, To: alice.Address, Amount: aid.MustParse("5")}, *uint256.NewInt(3 * fee), alice.Address)})
	sent, err := home.bridge.Messages(receipt)
	require.NoError(t, err, "what is too much comes back")
	require.Equal(t, aid.MustParse("5"), sent[0].Arrives)
	require.Equal(t, big.NewInt(fee+1), home.view(home.library, "nativeFee"))
	require.ErrorIs(t, home.bridge.Send(good, uint256.Int{}, common.Address{}).Err(), gaib.ErrZeroAddress)
}

// What can become of a message besides being delivered.
func TestMessagesAstray(t *testing.T) {
	home, away := newSides(t)
	ctx, alice := t.Context(), home.who.Alice
	transfer := bridge.Transfer{Destination: away.eid, To: alice.Address, Amount: aid.MustParse("3")}
	one, packet := home.send(alice, transfer)

	// Asked of another chain, or of another bridge.
	_, err := home.bridge.Track(ctx, home.chain.Client(), one.Message, 0)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = away.bridge.Track(ctx, home.chain.Client(), one.Message, 0)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	elsewhere := one.Message
	elsewhere.Destination = 30102
	_, err = away.bridge.Track(ctx, away.chain.Client(), elsewhere, 0)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	require.ErrorContains(t, err, "this is 30184")

	// Verified with more AID than was sent.
	forged := append([]byte(nil), packet...)
	forged[len(forged)-8] = 1
	away.verify(forged)
	_, err = away.bridge.Track(ctx, away.chain.Client(), one.Message, 0)
	require.ErrorIs(t, err, bridge.ErrForged)
	_, err = away.bridge.PlanDeliver(ctx, away.chain.Client(), one.Message)
	require.ErrorIs(t, err, bridge.ErrForged)

	// Stopped by the operator, and verified anew.
	kept := away.view(away.endpoint, "inboundPayloadHash", away.oft.address, home.eid, wide(home.oft.address), uint64(1))
	away.must(away.endpoint, "nilify", away.oft.address, home.eid, wide(home.oft.address), uint64(1), kept)
	require.Equal(t, bridge.Delivery{Stage: bridge.Blocked}, away.track(one.Message, 0))
	away.verify(packet)
	require.Equal(t, bridge.Verified, away.track(one.Message, 0).Stage)
	plan, err := away.bridge.PlanDeliver(ctx, away.chain.Client(), one.Message)
	require.NoError(t, err)
	away.carryOut(away.who.Carol, plan)
	require.Equal(t, transfer.Amount, away.track(one.Message, 0).Amount)

	// Skipped by the operator.
	two, _ := home.send(alice, transfer)
	away.must(away.endpoint, "skip", away.oft.address, home.eid, wide(home.oft.address), uint64(2))
	_, err = away.bridge.Track(ctx, away.chain.Client(), two.Message, 0)
	require.ErrorIs(t, err, bridge.ErrOrphan)

	// A transaction that sends nothing.
	receipt := home.carryOut(alice, gaib.Plan{home.token.Transfer(home.who.Bob.Address, aid.MustParse("1"))})
	_, err = home.bridge.Messages(receipt)
	require.ErrorIs(t, err, bridge.ErrNoMessage)
}
