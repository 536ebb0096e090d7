package pool

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

// CallReader returns what reads back the router's calls for this pool, for [gaib.ReadBack], paid in or out in one of the
// given tokens without a swap by others or limit orders; anything else stays unknown.
func (r Router) CallReader(tokens ...gaib.ERC20) gaib.CallReader { return reader{r, tokens} }

type reader struct {
	router Router
	tokens []gaib.ERC20
}

func (r reader) Contract() gaib.Contract { return r.router.contract }

// token returns the token at an address; its zero value makes another call than the one that is read.
func (r reader) token(address common.Address) gaib.ERC20 {
	for _, token := range r.tokens {
		if token.Address() == address {
			return token
		}
	}
	return gaib.ERC20{}
}

// ReadCall makes the call again by the router's own method. Where that gives other calldata, because of another pool, an
// aggregator or a limit order, [gaib.ReadBack] takes the call for unknown.
func (r reader) ReadCall(from common.Address, data []byte) (gaib.Call, bool) {
	var (
		buyPT  contract.RouterSwapExactTokenForPt
		sellPT contract.RouterSwapExactPtForToken
		buyYT  contract.RouterSwapExactTokenForYt
		sellYT contract.RouterSwapExactYtForToken
		add    contract.RouterAddLiquiditySingleToken
		remove contract.RouterRemoveLiquiditySingleToken
		mint   contract.RouterMintPyFromToken
		redeem contract.RouterRedeemPyToToken
		exit   contract.RouterExitPostExpToToken
	)
	to := func(receiver common.Address, call gaib.Call) (gaib.Call, bool) {
		if receiver != from {
			call = call.Note(" for " + receiver.Hex())
		}
		return call, call.Err() == nil
	}
	switch {
	case buyPT.Decode(data) == nil:
		return to(buyPT.Receiver, r.router.BuyPT(buyPT.Receiver, r.token(buyPT.Input.TokenIn), buyPT.Input.NetTokenIn, buyPT.MinPtOut, buyPT.GuessPtOut))
	case sellPT.Decode(data) == nil:
		return to(sellPT.Receiver, r.router.SellPT(sellPT.Receiver, sellPT.ExactPtIn, r.token(sellPT.Output.TokenOut), sellPT.Output.MinTokenOut))
	case buyYT.Decode(data) == nil:
		return to(buyYT.Receiver, r.router.BuyYT(buyYT.Receiver, r.token(buyYT.Input.TokenIn), buyYT.Input.NetTokenIn, buyYT.MinYtOut, buyYT.GuessYtOut))
	case sellYT.Decode(data) == nil:
		return to(sellYT.Receiver, r.router.SellYT(sellYT.Receiver, sellYT.ExactYtIn, r.token(sellYT.Output.TokenOut), sellYT.Output.MinTokenOut))
	case add.Decode(data) == nil:
		return to(add.Receiver, r.router.AddLiquidity(add.Receiver, r.token(add.Input.TokenIn), add.Input.NetTokenIn, add.MinLpOut, add.GuessPtReceivedFromSy))
	case remove.Decode(data) == nil:
		return to(remove.Receiver, r.router.RemoveLiquidity(remove.Receiver, remove.NetLpToRemove, r.token(remove.Output.TokenOut), remove.Output.MinTokenOut))
	case mint.Decode(data) == nil:
		return to(mint.Receiver, r.router.MintPY(mint.Receiver, r.token(mint.Input.TokenIn), mint.Input.NetTokenIn, mint.MinPyOut))
	case redeem.Decode(data) == nil:
		return to(redeem.Receiver, r.router.RedeemPY(redeem.Receiver, redeem.NetPyIn, r.token(redeem.Output.TokenOut), redeem.Output.MinTokenOut))
	case exit.Decode(data) == nil:
		return to(exit.Receiver, r.router.Exit(exit.Receiver, exit.NetPtIn, exit.NetLpIn, r.token(exit.Output.TokenOut), exit.Output.MinTokenOut))
	}
	return gaib.Call{}, false
}
