package pool

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// Every call of the router reads back in the words it was made with; another pool's or token's stays unknown.
func TestReadBack(t *testing.T) {
	deployment, ok := Add(gaib.Mainnet())
	require.True(t, ok)
	token := func(name gaib.Name, last byte) gaib.ERC20 {
		entry := gaib.Entry{Address: common.Address{18: 0x9e, 19: last}, Evidence: gaib.Confirmed}
		return gaib.NewERC20(deployment.With(name, entry).Contract(name), gaib.Unit{Symbol: string(name), Decimals: 18})
	}
	open := func(last byte) Router {
		return Pool{LP: token("LP", last), PT: token("PT", last+1), YT: token("YT", last+2), SY: token("SY", last+3),
			router: deployment.Contract(RouterName, contract.DecodeRevertError)}.Router()
	}
	r, other := open(0x10), open(0x20)
	said, aid := token("sAID", 1), token("AID", 2)
	user, friend := common.Address{19: 0x51}, common.Address{19: 0x52}
	one, two := *uint256.NewInt(1e18), *uint256.NewInt(2e18)
	calls := func(r Router, receiver common.Address, token gaib.ERC20) []gaib.Call {
		return []gaib.Call{
			r.BuyPT(receiver, token, one, two, pendle.NoGuess()), r.SellPT(receiver, one, token, two), r.BuyYT(receiver, token, one, two, pendle.NoGuess()),
			r.SellYT(receiver, one, token, two), r.AddLiquidity(receiver, token, one, two, pendle.NoGuess()), r.RemoveLiquidity(receiver, one, token, two),
			r.MintPY(receiver, token, one, two), r.RedeemPY(receiver, one, token, two), r.Exit(receiver, one, two, token, one),
		}
	}
	read := func(call gaib.Call) gaib.Reading {
		require.NoError(t, call.Err())
		reading, err := gaib.ReadBack(user, gaib.Call{To: call.To, Data: call.Data}, r.CallReader(said))
		require.NoError(t, err)
		return reading
	}
	forFriend := calls(r, friend, said)
	for i, call := range calls(r, user, said) {
		reading := read(call)
		require.True(t, reading.Known, call.Describe())
		require.Equal(t, gaib.Plan{call}.Describe(), reading.Describe())
		require.Equal(t, gaib.Plan{call}.Describe()+" for "+friend.Hex(), read(forFriend[i]).Describe())
	}
	for _, call := range append(calls(other, user, said), calls(r, user, aid)...) {
		require.False(t, read(call).Known, call.Describe())
	}
	// A swap by an aggregator on the way may do anything.
	var buy contract.RouterSwapExactTokenForPt
	require.NoError(t, buy.Decode(calls(r, user, said)[0].Data))
	buy.Input.PendleSwap = common.Address{19: 0x66}
	data, err := buy.Encode()
	require.NoError(t, err)
	reading, err := gaib.ReadBack(user, gaib.Call{To: r.contract.Address(), Data: data}, r.CallReader(said))
	require.NoError(t, err)
	require.False(t, reading.Known)
}
