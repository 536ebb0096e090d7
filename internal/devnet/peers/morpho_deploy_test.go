package peers

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/devnet"
)

// big10 parses a decimal number with thousands separated by underscores.
func big10(t testing.TB, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 0)
	require.True(t, ok, s)
	return n
}

func sprint(values []any) string { return fmt.Sprint(values) }

// A loan of a year on the real contracts. The numbers were recorded on a simulated chain, second by second as here.
func TestDeployMorpho(t *testing.T) {
	Require(t, MorphoContracts()...)
	e := newEVM(t)
	m, err := DeployMorpho(e, alice, MorphoConfig{Fee: big10(t, "100000000000000000")})
	require.NoError(t, err)
	million := big10(t, "1000000_000000000000000000")
	require.NoError(t, m.Fund(alice, million, million))
	for _, call := range []struct {
		wait   uint64
		method string
		args   []any
	}{
		{0, "setFeeRecipient", []any{bob}},
		{4, "supply", []any{m.Params, million, new(big.Int), alice, []byte{}}},
		{14, "supplyCollateral", []any{m.Params, million, alice, []byte{}}},
		{0, "borrow", []any{m.Params, big10(t, "800000_000000000000000000"), new(big.Int), alice, alice}},
	} {
		e.SetTime(e.Time() + call.wait)
		_, err := m.Send(alice, call.method, call.args...)
		require.NoError(t, err)
	}
	_, err = m.Call(alice, "borrow", m.Params, big10(t, "60001_000000000000000000"), new(big.Int), alice, alice)
	var revert *RevertError
	require.ErrorAs(t, err, &revert)
	require.Equal(t, "insufficient collateral", revert.Reason())

	e.SetTime(e.Time() + 365*86400 + 2)
	_, err = m.Send(alice, "accrueInterest", m.Params)
	require.NoError(t, err)
	market, err := m.Call(alice, "market", m.ID)
	require.NoError(t, err)
	require.Equal(t, "[1008472908190161012800000 1000840878600552702568099562110 808472908190161012800000 800000000000000000000000000000 31536021 100000000000000000]", sprint(market[:6]))
	rate, err := m.CallRateModel(alice, "rateAtTarget", m.ID)
	require.NoError(t, err)
	require.Equal(t, "[31709791]", sprint(rate))
}

func TestDeployMorphoOnChain(t *testing.T) {
	Require(t, MorphoContracts()...)
	chain, err := devnet.New()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, chain.Close()) })
	user := chain.Accounts().Bob
	m, err := DeployMorpho(OnChain(t.Context(), chain, chain.Accounts().Alice, user), chain.Accounts().Alice.Address, MorphoConfig{LoanDecimals: 6})
	require.NoError(t, err)
	require.NoError(t, m.Fund(user.Address, big.NewInt(1000), big.NewInt(1000)))
	_, err = m.Send(user.Address, "supply", m.Params, big.NewInt(1000), new(big.Int), user.Address, []byte{})
	require.NoError(t, err)
	market, err := m.Call(user.Address, "market", m.ID)
	require.NoError(t, err)
	require.Equal(t, "[1000 1000000000 0 0]", sprint(market[:4]))
}
