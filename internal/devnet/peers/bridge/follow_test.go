package bridge

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/bridge"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet/peers"
)

// counter counts requests.
type counter struct {
	gaib.Client
	asked int
}

func (c *counter) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.asked++
	return c.Client.CallContext(ctx, result, method, args...)
}

// One stream on the destination tells each of two transfers when it arrives, and takes it back when the block is undone.
func TestFollowArrivals(t *testing.T) {
	home, away := newSides(t)
	ctx, alice := t.Context(), home.who.Alice
	transfer := bridge.Transfer{Destination: away.eid, To: away.who.Bob.Address, Amount: aid.MustParse("7")}
	counting := &counter{Client: home.chain.Client()}
	_, _, err := home.bridge.PlanSend(ctx, counting, alice.Address, transfer)
	require.NoError(t, err)
	require.Equal(t, 2, counting.asked)
	wanted, packet := home.send(alice, transfer)
	other, otherPacket := home.send(alice, transfer)

	deliver := func(m bridge.Message) {
		plan, err := away.bridge.PlanDeliver(ctx, away.chain.Client(), m)
		require.NoError(t, err)
		away.carryOut(away.who.Carol, plan)
	}
	away.verify(packet)
	away.verify(otherPacket)
	deliver(other.Message)
	deliver(wanted.Message)
	at := away.head()
	arrivals := away.bridge.Arrivals(wanted.GUID)
	var told []bool // for each step, whether it was an undo
	for step, err := range gaib.Follow(ctx, away.chain.Client(), gaib.FollowOptions{Poll: time.Millisecond}, arrivals) {
		require.NoError(t, err)
		require.Equal(t, at, step.Number)
		seen := 0
		for _, arrival := range arrivals.In(step.BlockLogs) {
			require.Equal(t, transfer.Amount, arrival.AmountReceivedLD)
			require.Equal(t, home.eid, arrival.SrcEid)
			seen++
		}
		require.Equal(t, 1, seen)
		if told = append(told, step.Undo); step.Undo {
			break
		}
		require.Equal(t, bridge.Delivered, away.track(wanted.Message, 0).Stage)
		require.NoError(t, away.chain.Reorg(1, 2))
	}
	require.Equal(t, []bool{false, true}, told)
	require.Equal(t, bridge.Verified, away.track(wanted.Message, 0).Stage, "it waits for delivery again")
	require.Equal(t, bridge.Delivered, away.track(other.Message, 0).Stage)
}

// Every line of the bindings is in the real contracts' ABIs.
func TestBindings(t *testing.T) {
	artifacts := peers.Require(t, "TestOFT", "TestOFTAdapter", "EndpointV2")
	for _, bound := range []struct {
		items []gaib.Item
		abis  []abi.ABI
	}{
		{contract.BridgeItems(), []abi.ABI{artifacts[0].ABI(), artifacts[1].ABI()}},
		{contract.EndpointItems(), []abi.ABI{artifacts[2].ABI()}},
	} {
		require.NotEmpty(t, bound.items)
		for _, real := range bound.abis {
			for _, item := range bound.items {
				switch method, err := real.MethodById(item.Selector[:]); {
				case err == nil:
					require.Equal(t, method.Sig, item.Signature)
					require.Equal(t, method.IsConstant(), item.ReadOnly, item.Signature)
					require.Equal(t, method.IsPayable(), item.Payable, item.Signature)
				case item.Topic != ([32]byte{}):
					event, err := real.EventByID(item.Topic)
					require.NoError(t, err, item.Signature)
					require.Equal(t, event.Sig, item.Signature)
				default:
					failure, err := real.ErrorByID(item.Selector)
					require.NoError(t, err, item.Signature)
					require.Equal(t, failure.Sig, item.Signature)
				}
			}
		}
	}
}
