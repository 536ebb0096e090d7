package gaib_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// simulated is the answer of eth_simulateV1 for one block of calls.
func simulated(steps ...map[string]any) any {
	return []any{map[string]any{"number": "0x3e9", "calls": steps}}
}

func okStep(used uint64, logs ...fakenode.Log) map[string]any {
	list := []any{}
	for _, log := range logs {
		list = append(list, log.JSON())
	}
	return map[string]any{"status": "0x1", "returnData": hexutil.Bytes(fakenode.Word(1)), "gasUsed": hexutil.Uint64(used), "logs": list}
}

// wordStep is a read that answers a number.
func wordStep(value uint64) map[string]any {
	return map[string]any{"status": "0x1", "returnData": hexutil.Bytes(fakenode.Word(value)), "gasUsed": "0x1", "logs": []any{}}
}

func failedStep(message, data string) map[string]any {
	return map[string]any{"status": "0x0", "returnData": "0x", "gasUsed": "0x5208", "logs": []any{}, "error": map[string]any{"code": 3, "message": message, "data": data}}
}

// anvilStep is a failed step as anvil tells of it: the contract's data stand beside the error, not in it.
func anvilStep(data string) map[string]any {
	return map[string]any{"status": "0x0", "returnData": data, "gasUsed": "0x5208", "logs": []any{}, "error": map[string]any{"code": -3200, "message": "execution failed"}}
}

func TestSimulate(t *testing.T) {
	said := vaultContract().Address()
	chain := newChain()
	chain.Handle = func(method string, args []json.RawMessage) (any, error, bool) {
		if method != "eth_simulateV1" {
			return nil, nil, false
		}
		require.JSONEq(t, `"latest"`, string(args[1]))
		var input struct {
			BlockStateCalls []struct{ Calls []map[string]string }
			TraceTransfers  bool
			Validation      bool
		}
		require.NoError(t, json.Unmarshal(args[0], &input))
		require.True(t, input.TraceTransfers)
		require.False(t, input.Validation)
		require.Len(t, input.BlockStateCalls, 1)
		require.Len(t, input.BlockStateCalls[0].Calls, 4, "the approval's allowance is read before and after")
		for _, call := range input.BlockStateCalls[0].Calls {
			require.Equal(t, strings.ToLower(alice.Hex()), call["from"])
			require.Equal(t, strings.ToLower(aidAt.Hex()), call["to"])
		}
		require.Equal(t, "0x9", input.BlockStateCalls[0].Calls[2]["value"])
		require.NotContains(t, input.BlockStateCalls[0].Calls[1], "value")
		return simulated(
			wordStep(5),
			okStep(46_000, approvalLog(aidAt, alice, bob, 100, 0, 0)),
			okStep(90_000,
				transferLog(aidAt, alice, bob, 100, 0, 0),
				transferLog(aidAt, bob, alice, 30, 0, 1),
				transferLog(said, common.Address{}, alice, 95, 0, 2),
				transferLog(gaib.Coin(), alice, bob, 9, 0, 3),
				transferLog(common.Address{5}, alice, alice, 7, 0, 4), // to oneself
				transferLog(common.Address{6}, bob, account(9), 7, 0, 5),
				transferLog(common.Address{7}, alice, bob, 7, 0, 6), // there
				transferLog(common.Address{7}, bob, alice, 7, 0, 7), // and back
			),
			wordStep(3),
		), nil, true
	}
	plan := gaib.Plan{token().Approve(bob, units(100)), token().Transfer(bob, units(100)).WithValue(units(9))}
	preview, err := plan.Simulate(t.Context(), chain, alice)
	require.NoError(t, err)
	require.Len(t, preview.Steps, 2)
	require.Equal(t, uint64(46_000), preview.Steps[0].GasUsed)
	require.Equal(t, fakenode.Word(1), preview.Steps[1].Data)
	require.Len(t, preview.Steps[1].Logs, 7, "the coin's transfer is no log of a contract")
	require.Equal(t, []gaib.Change{
		{Token: aidAt, Amount: units(70), Decrease: true},
		{Token: said, Amount: units(95)},
		{Token: gaib.Coin(), Amount: units(9), Decrease: true},
	}, preview.Changes)
	require.Equal(t, []gaib.Allowance{{Token: aidAt, Spender: bob, Before: units(5), After: units(3)}}, preview.Allowances)
	shares := gaib.NewERC20(vaultContract(), gaib.Unit{Symbol: "sAID", Decimals: 1})
	require.Equal(t, "-70 base units of "+aidAt.Hex()+", +9.5 sAID, -0.000000000000000009 coin", preview.Describe(shares))
	require.Equal(t, "no balance changes", gaib.Preview{}.Describe())
}

func TestSimulateRevertInTheSecondStep(t *testing.T) {
	insufficient := "0xfb8f41b2" + common.Bytes2Hex(common.LeftPadBytes(bob[:], 32)) + word(5) + word(7)
	plan := gaib.Plan{token().Approve(bob, units(1)), token().Transfer(bob, units(2)), token().Transfer(bob, units(3))}
	for _, failed := range []map[string]any{failedStep("execution reverted", insufficient), anvilStep(insufficient)} {
		chain := ready(methods{"eth_simulateV1": simulated(wordStep(0), okStep(1), failed, okStep(1), wordStep(0))})
		_, err := plan.Simulate(t.Context(), chain, alice)
		require.ErrorContains(t, err, "step 2: AID ")
		var short *gaib.ERC20InsufficientAllowanceError
		require.ErrorAs(t, err, &short)
		requireDec(t, "7", short.Needed)
		var call *gaib.CallError
		require.ErrorAs(t, err, &call)
		require.Equal(t, "transfer(address,uint256)", call.Function)
	}

	for name, step := range map[string]map[string]any{
		"failed without a reason": {"status": "0x0"},
		"out of gas":              {"status": "0x0", "error": map[string]any{"code": -32015, "message": "out of gas"}},
		"no status":               {"gasUsed": "0x1"},
	} {
		_, err := plan[1:2].Simulate(t.Context(), ready(methods{"eth_simulateV1": simulated(step)}), alice)
		require.ErrorContains(t, err, "step 1", name)
	}
}

func TestSimulateRefuses(t *testing.T) {
	plan := gaib.Plan{token().Transfer(bob, units(1))}
	wrong := ready(nil)
	wrong.ChainID = 56
	for name, c := range map[string]struct {
		plan  gaib.Plan
		chain *fakenode.Node
		want  error
	}{
		"nothing":          {nil, ready(nil), gaib.ErrEmptyPlan},
		"wrong chain":      {plan, wrong, gaib.ErrWrongChain},
		"geth of old":      {plan, ready(nil), gaib.ErrNoSimulation},
		"Hardhat":          {plan, ready(methods{"eth_simulateV1": &fakenode.RPCError{Code: -32004, Message: "Method eth_simulateV1 is not supported"}}), gaib.ErrNoSimulation},
		"no blocks":        {plan, ready(methods{"eth_simulateV1": []any{}}), gaib.ErrBadAnswer},
		"null":             {plan, ready(methods{"eth_simulateV1": nil}), gaib.ErrBadAnswer},
		"two blocks":       {plan, ready(methods{"eth_simulateV1": append(simulated(okStep(1)).([]any), simulated(okStep(1)).([]any)...)}), gaib.ErrBadAnswer},
		"too few answers":  {plan, ready(methods{"eth_simulateV1": simulated()}), gaib.ErrBadAnswer},
		"too many answers": {plan, ready(methods{"eth_simulateV1": simulated(okStep(1), okStep(1))}), gaib.ErrBadAnswer},
	} {
		preview, err := c.plan.Simulate(t.Context(), c.chain, alice)
		require.ErrorIs(t, err, c.want, name)
		require.Zero(t, preview, name)
	}
	nonsense := ready(methods{"eth_call": hexutil.Bytes{1, 2, 3}})
	_, err := plan.Simulate(t.Context(), nonsense, alice)
	require.ErrorIs(t, err, gaib.ErrNoSimulation, "state overrides are not known either")
	_, err = plan.Simulate(t.Context(), nonsense, alice, gaib.NewERC20(gaib.Mainnet().Contract("none"), gaib.Unit{}))
	require.ErrorIs(t, err, gaib.ErrUnknownContract)
	down := errors.New("connection refused")
	_, err = plan.Simulate(t.Context(), ready(methods{"eth_simulateV1": down}), alice)
	require.ErrorIs(t, err, down)
	_, err = plan.Simulate(t.Context(), ready(methods{"eth_simulateV1": 7}), alice)
	require.Error(t, err)
}
