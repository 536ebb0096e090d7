package gaib_test

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
)

func TestSafeTransaction(t *testing.T) {
	token := gaib.NewERC20(gaib.Mainnet().Contract(gaib.AID), gaib.Unit{Symbol: "AID", Decimals: 18})
	someone := common.HexToAddress("0x2c7536E3605D9C16a7a3D7b1898e529396a65c23")
	account := gaib.SafeAccount{Address: common.Address{19: 0x5a}, ChainID: 1, Threshold: 1, MultiSend: common.Address{19: 0x3e}}
	pay := token.Transfer(someone, *uint256.NewInt(7))

	single, err := gaib.Plan{pay}.Safe(account)
	require.NoError(t, err)
	require.Equal(t, "As Safe "+account.Address.Hex()+", transaction 0: "+gaib.Plan{pay}.Describe(), single.Describe())
	message := func(tx gaib.SafeTransaction) map[string]any {
		typed, err := tx.TypedData()
		require.NoError(t, err)
		var data struct{ Message map[string]any }
		require.NoError(t, json.Unmarshal(typed, &data))
		return data.Message
	}
	require.Equal(t, "0", message(single)["operation"], "one call is made directly")
	several, err := gaib.Plan{pay, pay}.Safe(account)
	require.NoError(t, err)
	require.Equal(t, "1", message(several)["operation"], "several are delegated to MultiSend")

	_, err = gaib.Plan{}.Safe(account)
	require.ErrorIs(t, err, gaib.ErrEmptyPlan)
	elsewhere := account
	elsewhere.ChainID = 8453
	_, err = gaib.Plan{pay}.Safe(elsewhere)
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = gaib.Plan{pay}.Safe(gaib.SafeAccount{Address: account.Address})
	require.ErrorIs(t, err, gaib.ErrWrongChain)
	_, err = gaib.Plan{pay}.Safe(gaib.SafeAccount{ChainID: 1})
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	bare := account
	bare.MultiSend = common.Address{}
	_, err = gaib.Plan{pay, pay}.Safe(bare)
	require.ErrorIs(t, err, gaib.ErrZeroAddress)
	_, err = gaib.Plan{pay}.Safe(bare)
	require.NoError(t, err)

	var none gaib.SafeTransaction
	_, err = none.Digest()
	require.ErrorContains(t, err, "Plan.Safe")
	_, err = none.TypedData()
	require.ErrorContains(t, err, "Plan.Safe")
	_, err = none.ServiceJSON(someone, nil, "")
	require.ErrorContains(t, err, "Plan.Safe")
	require.Error(t, none.Call(gaib.SafeSignature{Owner: someone, Kind: gaib.SafeApproved}).Err())
	require.Error(t, none.Approve().Err())
	require.ErrorIs(t, single.Call().Err(), gaib.ErrSafeSignatures)
}

func TestDecodeSafeError(t *testing.T) {
	text := func(text string) []byte {
		data := common.FromHex("0x08c379a00000000000000000000000000000000000000000000000000000000000000020")
		length := uint256.NewInt(uint64(len(text))).Bytes32()
		return append(append(data, length[:]...), common.RightPadBytes([]byte(text), 32)...)
	}
	var known *gaib.SafeError
	require.ErrorAs(t, gaib.DecodeSafeError(text("GS026")), &known)
	require.Equal(t, "GS026", known.Code)
	require.ErrorContains(t, known, "not by an owner")
	require.NoError(t, gaib.DecodeSafeError(text("GS999")))
	require.NoError(t, gaib.DecodeSafeError(text("GS026")[:40]))
	require.NoError(t, gaib.DecodeSafeError([]byte{1, 2, 3}))
	require.NoError(t, gaib.DecodeSafeError([]byte{1, 2, 3, 4}))
}
