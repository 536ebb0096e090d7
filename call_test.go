package gaib_test

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

func TestDescribe(t *testing.T) {
	value, err := gaib.ParseUnits("1250.5", 18)
	require.NoError(t, err)
	transfer, approve := token().Transfer(bob, value), token().Approve(bob, value)
	require.Equal(t, "transfer 1,250.5 AID to "+bob.Hex(), transfer.Describe())
	require.Equal(t, "approve 1,250.5 AID for "+bob.Hex(), approve.Describe())
	require.Equal(t, "withdraw the approval of AID for "+bob.Hex(), token().Approve(bob, units(0)).Describe())
	require.Equal(t, "transfer 1,250.5 AID from "+alice.Hex()+" to "+bob.Hex(), token().TransferFrom(alice, bob, value).Describe())
	require.Equal(t, "Approve 1,250.5 AID for "+bob.Hex()+"; transfer 1,250.5 AID to "+bob.Hex(), gaib.Plan{approve, transfer}.Describe())
	require.Equal(t, "Nothing to do", gaib.Plan{}.Describe())
	require.Equal(t, transfer.Describe()+", sending 1,250.5 of the chain's coin", transfer.WithValue(value).Describe())
	require.Equal(t, "call "+bob.Hex()+" with 2 bytes of data", gaib.Call{To: bob, Data: []byte{1, 2}}.Describe())
	require.Equal(t, "Äpfel", gaib.Plan{gaib.NewCall(token().Contract(), gaib.ERC20TotalSupply{}, "äpfel")}.Describe())
	impossible := gaib.Plan{transfer, token().Transfer(common.Address{}, value)}.Describe()
	require.Contains(t, impossible, "; impossible: AID ")
	require.Contains(t, impossible, "zero address")
}

func TestCallData(t *testing.T) {
	transfer := token().Transfer(bob, units(258))
	require.NoError(t, transfer.Err())
	require.Equal(t, aidAt, transfer.To)
	require.Equal(t, common.FromHex("0xa9059cbb000000000000000000000000b0b0000000000000000000000000000000000002"+word(258)), transfer.Data)
	require.Equal(t, "transfer(address,uint256)", transfer.Item().Signature)
	require.Equal(t, gaib.Item{}, gaib.Call{}.Item())
	paid := transfer.WithValue(units(5))
	requireDec(t, "0", transfer.Value, "WithValue makes a copy")
	requireDec(t, "5", paid.Value)
	require.Equal(t, common.FromHex("0x095ea7b3000000000000000000000000b0b0000000000000000000000000000000000002"+word(1)), token().Approve(bob, units(1)).Data)
	require.Equal(t, common.FromHex("0x23b872dd000000000000000000000000a11ce00000000000000000000000000000000001000000000000000000000000b0b0000000000000000000000000000000000002"+word(1)),
		token().TransferFrom(alice, bob, units(1)).Data)
}

func TestFailedCalls(t *testing.T) {
	zero := common.Address{}
	for name, call := range map[string]gaib.Call{
		"transfer":     token().Transfer(zero, units(1)),
		"transferFrom": token().TransferFrom(alice, zero, units(1)),
		"approve":      token().Approve(zero, units(1)),
		"deposit":      vault().Deposit(units(1), zero),
		"mint":         vault().Mint(units(1), zero),
	} {
		require.ErrorIs(t, call.Err(), gaib.ErrZeroAddress, name)
		var failed *gaib.CallError
		require.ErrorAs(t, call.Err(), &failed, name)
		require.Zero(t, call.To, name)
		require.Empty(t, call.Data, name)
		require.ErrorContains(t, gaib.Plan{call}.Err(), "step 1", name)
	}
	require.ErrorIs(t, gaib.Plan{}.Err(), gaib.ErrEmptyPlan)
	require.ErrorIs(t, gaib.Plan{{}}.Err(), gaib.ErrZeroAddress)
	require.NoError(t, gaib.Plan{token().Transfer(bob, units(1)), {To: bob}}.Err(), "a call of one's own is bound to no chain")
	arguments := gaib.NewCall(token().Contract(), badArguments{}, "x")
	require.ErrorIs(t, arguments.Err(), errArguments)
	// The contract's own trouble comes before that of the arguments.
	bnb, _ := gaib.On(56)
	require.ErrorIs(t, gaib.NewERC20(bnb.Contract(gaib.SAID), gaib.Unit{}).Transfer(zero, units(1)).Err(), gaib.ErrUnknownContract)
	mine := errors.New("mine")
	require.ErrorIs(t, gaib.FailedCall(token().Contract(), gaib.ERC20TotalSupply{}, mine).Err(), mine)
}

func vault() gaib.ERC4626 {
	return gaib.NewERC4626(vaultContract(), gaib.Unit{Symbol: "sAID", Decimals: 18}, gaib.Unit{Symbol: "AID", Decimals: 18})
}

func TestApprovePlan(t *testing.T) {
	minter := gaib.Mainnet().Contract(gaib.Minter)
	usdc, usdt := gaib.NewStablecoin(gaib.Mainnet(), gaib.USDC), gaib.NewStablecoin(gaib.Mainnet(), gaib.USDT)
	million := func(n uint64) uint64 { return n * 1_000_000 }
	for _, c := range []struct {
		name         string
		coin         gaib.ERC20
		have, amount uint64
		want         string
	}{
		{"enough", usdc, million(5), million(5), "Nothing to do"},
		{"more than enough", usdt, million(6), million(5), "Nothing to do"},
		{"nothing needed", usdc, 0, 0, "Nothing to do"},
		{"none yet", usdc, 0, million(5), "Approve 5 USDC for Minter"},
		{"too little", usdc, million(5) - 1, million(5), "Approve 5 USDC for Minter"},
		{"USDT, none yet", usdt, 0, million(5), "Approve 5 USDT for Minter"},
		{"USDT, too little", usdt, 1, million(5), "Withdraw the approval of USDT for Minter; approve 5 USDT for Minter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan := c.coin.ApprovePlan(minter, units(c.have), units(c.amount))
			require.Equal(t, c.want, plan.Describe())
			for i, call := range plan {
				require.NoError(t, call.Err())
				require.Equal(t, c.coin.Address(), call.To)
				var approve gaib.ERC20Approve
				require.NoError(t, approve.Decode(call.Data))
				require.Equal(t, minter.Address(), approve.Spender)
				last := i == len(plan)-1
				require.Equal(t, last, approve.Value == units(c.amount) && !approve.Value.IsZero())
				require.Equal(t, !last, approve.Value.IsZero())
			}
		})
	}
	bnb, _ := gaib.On(56)
	foreign, missing := gaib.NewStablecoin(bnb, gaib.USDT), bnb.Contract(gaib.SAID)
	require.ErrorIs(t, foreign.ApprovePlan(minter, units(0), units(1)).Err(), gaib.ErrWrongChain, "that address may be something else there")
	require.ErrorIs(t, foreign.ApprovePlan(missing, units(0), units(1)).Err(), gaib.ErrUnknownContract)
	require.Equal(t, uint8(18), gaib.NewStablecoin(bnb, gaib.USDT).Unit().Decimals)
	require.Equal(t, uint8(6), usdt.Unit().Decimals)
}

// purse is a token whose balance and allowance are fixed.
func purse(balance, allowance uint64) fakenode.Contract {
	return func(_ uint64, data []byte) ([]byte, error) {
		switch [4]byte(data[:4]) {
		case gaib.ERC20BalanceOf{}.Item().Selector:
			return fakenode.Word(balance), nil
		case gaib.ERC20Allowance{}.Item().Selector:
			return fakenode.Word(allowance), nil
		}
		return nil, fakenode.Revert(nil)
	}
}

func TestPlanSpend(t *testing.T) {
	chain := newChain()
	chain.Contracts[aidAt] = purse(100, 40)
	plan, err := token().PlanSpend(t.Context(), chain, alice, vaultContract(), units(40))
	require.NoError(t, err)
	require.Empty(t, plan)
	require.Len(t, chain.Requests(), 1)
	plan, err = token().PlanSpend(t.Context(), chain, alice, vaultContract(), units(100))
	require.NoError(t, err)
	require.Len(t, plan, 1)

	plan, err = token().PlanSpend(t.Context(), chain, alice, vaultContract(), units(101))
	require.Nil(t, plan)
	var short *gaib.ERC20InsufficientBalanceError
	require.ErrorAs(t, err, &short)
	require.Equal(t, gaib.ERC20InsufficientBalanceError{Sender: alice, Balance: units(100), Needed: units(101)}, *short)
	var call *gaib.CallError
	require.ErrorAs(t, err, &call)
	require.Equal(t, gaib.AID, call.Contract)

	delete(chain.Contracts, aidAt)
	_, err = token().PlanSpend(t.Context(), chain, alice, vaultContract(), units(1))
	require.ErrorIs(t, err, gaib.ErrNoCode)
	down := errors.New("connection refused")
	_, err = token().PlanSpend(t.Context(), ready(methods{"eth_call": down}), alice, vaultContract(), units(1))
	require.ErrorIs(t, err, down)
}

// Every read asks for the function of its name, with the arguments in their places.
func TestReadsAskForTheirFunction(t *testing.T) {
	arg := units(7)
	aliceWord, bobWord := common.Bytes2Hex(common.LeftPadBytes(alice[:], 32)), common.Bytes2Hex(common.LeftPadBytes(bob[:], 32))
	for want, query := range map[string]gaib.Reader{
		// selectors as published with ERC-20 and ERC-4626
		"06fdde03":                       token().Name(),
		"95d89b41":                       token().Symbol(),
		"313ce567":                       token().Decimals(),
		"18160ddd":                       token().TotalSupply(),
		"70a08231" + aliceWord:           token().BalanceOf(alice),
		"dd62ed3e" + aliceWord + bobWord: token().Allowance(alice, bob),
		"38d52e0f":                       vault().Asset(),
		"01e1d114":                       vault().TotalAssets(),
		"07a2d13a" + word(7):             vault().ConvertToAssets(arg),
		"c6e6f592" + word(7):             vault().ConvertToShares(arg),
		"402d267d" + aliceWord:           vault().MaxDeposit(alice),
		"c63d75b6" + aliceWord:           vault().MaxMint(alice),
		"ce96cb77" + aliceWord:           vault().MaxWithdraw(alice),
		"d905777e" + aliceWord:           vault().MaxRedeem(alice),
		"ef8b30f7" + word(7):             vault().PreviewDeposit(arg),
		"b3d7f6b9" + word(7):             vault().PreviewMint(arg),
		"0a28a477" + word(7):             vault().PreviewWithdraw(arg),
		"4cdad506" + word(7):             vault().PreviewRedeem(arg),
	} {
		asked := ""
		chain := newChain()
		spy := func(_ uint64, data []byte) ([]byte, error) {
			asked = common.Bytes2Hex(data)
			return nil, revert("0x01020304")
		}
		chain.Contracts[aidAt], chain.Contracts[vaultContract().Address()] = spy, spy
		_, err := gaib.Read(t.Context(), chain, gaib.Latest, query)
		require.Error(t, err)
		require.Equal(t, want, asked)
	}
	for want, call := range map[string]gaib.Call{
		"6e553f65" + word(7) + bobWord:             vault().Deposit(arg, bob),
		"94bf804d" + word(7) + bobWord:             vault().Mint(arg, bob),
		"b460af94" + word(7) + bobWord + aliceWord: vault().Withdraw(arg, bob, alice),
		"ba087652" + word(7) + bobWord + aliceWord: vault().Redeem(arg, bob, alice),
	} {
		require.NoError(t, call.Err())
		require.Equal(t, want, common.Bytes2Hex(call.Data))
		require.NotEmpty(t, call.Describe())
	}
	require.Equal(t, "AID", vault().AssetUnit().Symbol)
}
