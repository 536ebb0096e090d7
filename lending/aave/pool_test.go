package aave_test

import (
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/aave"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

// text is revert data of require(false, "...").
func text(message string) []byte {
	data := []byte{0x08, 0xc3, 0x79, 0xa0}
	data = append(data, make([]byte, 31)...)
	data = append(data, 32)
	data = binary.BigEndian.AppendUint64(append(data, make([]byte, 24)...), uint64(len(message)))
	return append(append(data, message...), make([]byte, 31-(len(message)+31)%32)...)
}

func TestDecodeError(t *testing.T) {
	var refused *core.RevertError
	for code, want := range map[string]error{"26": core.ErrInvalidAmount, "35": core.ErrHealth, "36": core.ErrCollateralTooLow, "45": core.ErrHealthy,
		"51": core.ErrSupplyCap, "57": core.ErrZeroLTV, "89": core.ErrSiloed} {
		err := gaib.DecodeRevert(text(code), aave.DecodeError)
		require.ErrorIs(t, err, want, code)
		require.ErrorAs(t, err, &refused)
		require.Equal(t, code, refused.Code)
	}
	for _, item := range contract.PoolItems() {
		if item.Kind.String() != "error" {
			continue
		}
		data := append(item.Selector[:], make([]byte, 64)...)
		require.Error(t, aave.DecodeError(data), item.Signature)
	}
	selector := common.FromHex("0xdeadbeef") // not an error of the pool's
	require.NoError(t, aave.DecodeError(selector))
	require.NoError(t, aave.DecodeError(nil))
	require.NoError(t, aave.DecodeError(text("1234")))
	item := contract.PoolInvalidDebtInEmodeError{}.Item()
	typed := aave.DecodeError(append(item.Selector[:], common.LeftPadBytes([]byte{7}, 64)...))
	require.ErrorIs(t, typed, core.ErrEModeDebt)
	var custom *contract.PoolInvalidDebtInEmodeError
	require.ErrorAs(t, typed, &custom)
	require.Equal(t, u(7), custom.CategoryId)
}

// The calls say what they do, and encode what they say.
func TestCalls(t *testing.T) {
	d := gaib.Mainnet().With(aave.PoolName, aave.Markets(1)[0].Entry())
	pool := aave.NewPool(d, core.V37)
	usdc := gaib.NewStablecoin(d, gaib.USDC)
	user := common.Address{7}
	for want, call := range map[string]gaib.Call{
		"supply 1,000 USDC to Aave":                                           pool.Supply(usdc, u(1_000e6), user),
		"withdraw all USDC from Aave":                                         pool.Withdraw(usdc, core.Max(), user),
		"borrow 2.5 USDC from Aave":                                           pool.Borrow(usdc, u(2_500_000), user),
		"repay all USDC to Aave":                                              pool.Repay(usdc, core.Max(), user),
		"use USDC as collateral in Aave":                                      pool.SetCollateral(usdc, true),
		"enter eMode category 3 of Aave":                                      pool.SetEMode(3),
		"flash loan of 1 USDC from Aave to " + user.Hex():                     pool.FlashLoan(user, usdc, u(1e6), nil),
		"liquidate " + user.Hex() + " in Aave: repay up to all USDC for USDC": pool.Liquidate(user, usdc, usdc, core.Max(), false),
	} {
		require.NoError(t, call.Err())
		require.Equal(t, want, call.Describe())
		require.Equal(t, aave.Markets(1)[0].Pool, call.To)
		reading, err := gaib.ReadBack(user, gaib.Call{To: call.To, Data: call.Data}, pool.CallReader(usdc))
		require.NoError(t, err)
		require.True(t, reading.Known)
		require.Equal(t, gaib.Plan{call}.Describe(), reading.Describe())
	}
	other := common.Address{9}
	for want, call := range map[string]gaib.Call{
		"Supply 1 USDC to Aave for " + user.Hex():                                         pool.Supply(usdc, u(1e6), user),
		"Borrow 1 USDC from Aave as debt of " + user.Hex():                                pool.Borrow(usdc, u(1e6), user),
		"Withdraw all USDC from Aave to " + user.Hex():                                    pool.Withdraw(usdc, core.Max(), user),
		"Liquidate " + user.Hex() + " in Aave: repay up to 1 USDC for USDC, kept in Aave": pool.Liquidate(user, usdc, usdc, u(1e6), true),
	} {
		reading, err := gaib.ReadBack(other, call, pool.CallReader(usdc))
		require.NoError(t, err)
		require.Equal(t, want, reading.Describe())
	}
	referred, err := contract.PoolSupply{Asset: usdc.Address(), Amount: u(1e6), OnBehalfOf: user, ReferralCode: 7}.Encode()
	require.NoError(t, err)
	reading, err := gaib.ReadBack(user, gaib.Call{To: pool.Contract().Address(), Data: referred}, pool.CallReader())
	require.NoError(t, err)
	require.True(t, reading.Known, "a referral code changes nothing for the sender")
	require.Contains(t, reading.Describe(), "Supply 1,000,000 base units of ")
	var borrow contract.PoolBorrow
	require.NoError(t, borrow.Decode(pool.Borrow(usdc, u(5), user).Data))
	require.Equal(t, contract.PoolBorrow{Asset: usdc.Address(), Amount: u(5), InterestRateMode: u(2), OnBehalfOf: user}, borrow)
	require.ErrorIs(t, pool.Supply(usdc, u(1), common.Address{}).Err(), gaib.ErrZeroAddress)
	require.Len(t, aave.Markets(1), 3)
	require.Empty(t, aave.Markets(5))
	require.Greater(t, len(pool.Items()), len(aave.NewPool(d, core.V30).Items()))

	ray := *uint256.MustFromDecimal("1000000000000000000000000000")
	s := core.State{Market: core.Market{Revision: core.V37, Reserves: []core.Reserve{{}, {Asset: usdc.Address(), LiquidityIndex: ray, DebtIndex: ray,
		ScaledSupply: u(1e9), Cash: u(1e9), Price: u(1e8), Curve: core.CurveBps(8_000, 0, 400, 7_500),
		Config: core.Config{LTV: 7_500, LiquidationThreshold: 8_000, Decimals: 6, Active: true, Borrowing: true}}}}}
	_, err = pool.PlanBorrow(s, user, usdc, u(1e6))
	require.ErrorIs(t, err, core.ErrZeroLTV, "nothing is supplied")
	_, err = pool.PlanWithdrawAll(s, user, usdc)
	require.ErrorIs(t, err, core.ErrInvalidAmount)
	s, err = s.Supply(1, u(5e6))
	require.NoError(t, err)
	plan, err := pool.PlanWithdrawAll(s, user, usdc)
	require.NoError(t, err)
	require.Equal(t, "Withdraw all USDC from Aave", plan.Describe())
}
