package morpho

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// Morpho's contracts in a deployment.
const (
	NameMorpho                gaib.Name = "Morpho"                          // the contract of all markets
	NameIRM                   gaib.Name = "AdaptiveCurveIRM"                // the rate model
	NameOracleFactory         gaib.Name = "MorphoChainlinkOracleV2 factory" //
	NameMetaMorphoFactory     gaib.Name = "MetaMorpho factory"              // of version 1.1
	NamePreLiquidationFactory gaib.Name = "PreLiquidation factory"          //
)

// published returns Morpho's contracts by chain, as Morpho's own SDK lists them: morpho-org/sdks,
// packages/blue-sdk/src/addresses.ts.
func published(chainID uint64) map[gaib.Name]string {
	switch chainID {
	case 1:
		return map[gaib.Name]string{
			NameMorpho:                "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb",
			NameIRM:                   "0x870aC11D48B15DB9a138Cf899d20F13F79Ba00BC",
			NameOracleFactory:         "0x3A7bB36Ee3f3eE32A60e9f2b33c1e5f2E83ad766",
			NameMetaMorphoFactory:     "0x1897A8997241C1cD4bD0698647e4EB7213535c24",
			NamePreLiquidationFactory: "0x6FF33615e792E35ed1026ea7cACCf42D9BF83476",
		}
	case 8453:
		return map[gaib.Name]string{
			NameMorpho:                "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb",
			NameIRM:                   "0x46415998764C29aB2a25CbeA6254146D50D22687",
			NameOracleFactory:         "0x2DC205F24BCb6B311E5cdf0745B0741648Aebd3d",
			NameMetaMorphoFactory:     "0xFf62A7c278C62eD665133147129245053Bbf5918",
			NamePreLiquidationFactory: "0x8cd16b62E170Ee0bA83D80e1F80E6085367e2aef",
		}
	case 42161:
		return map[gaib.Name]string{
			NameMorpho:                "0x6c247b1F6182318877311737BaC0844bAa518F5e",
			NameIRM:                   "0x66F30587FB8D4206918deb78ecA7d5eBbafD06DA",
			NameOracleFactory:         "0x98Ce5D183DC0c176f54D37162F87e7eD7f2E41b5",
			NameMetaMorphoFactory:     "0x878988f5f561081deEa117717052164ea1Ef0c82",
			NamePreLiquidationFactory: "0x635c31B5DF1F7EFbCbC07E302335Ef4230758e3d",
		}
	case 10:
		return map[gaib.Name]string{
			NameMorpho:                "0xce95AfbB8EA029495c66020883F87aaE8864AF92",
			NameIRM:                   "0x8cD70A8F399428456b29546BC5dBe10ab6a06ef6",
			NameOracleFactory:         "0x1ec408D4131686f727F3Fd6245CF85Bc5c9DAD70",
			NameMetaMorphoFactory:     "0x3Bb6A6A0Bc85b367EFE0A5bAc81c5E52C892839a",
			NamePreLiquidationFactory: "0x3d05C01EE8e97361b9E19D172128255eaE5F98B9",
		}
	case 137:
		return map[gaib.Name]string{
			NameMorpho:                "0x1bF0c2541F820E775182832f06c0B7Fc27A25f67",
			NameIRM:                   "0xe675A2161D4a6E2de2eeD70ac98EEBf257FBF0B0",
			NameOracleFactory:         "0x1ff7895Eb842794c5d07C4c547b6730e61295215",
			NameMetaMorphoFactory:     "0xa9c87daB340631C34BB738625C70499e29ddDC98",
			NamePreLiquidationFactory: "0xeDadDe37D76c72b98725614d0b41C20Fe612d304",
		}
	}
	return nil
}

// Published returns the deployment with Morpho's contracts on its chain added, and whether any are known there: on
// Ethereum, Base, Arbitrum, Optimism and Polygon.
func Published(deployment gaib.Deployment) (gaib.Deployment, bool) {
	addresses := published(deployment.ChainID())
	for name, address := range addresses {
		deployment = deployment.With(name, gaib.Entry{Address: common.HexToAddress(address), Evidence: gaib.Confirmed})
	}
	return deployment, addresses != nil
}

// Protocol is Morpho Blue, the contract that holds all markets of a chain. [Protocol.Pair] is one of them.
type Protocol struct {
	contract   gaib.Contract
	deployment gaib.Deployment
}

// New returns Morpho Blue of a deployment, see [Published].
func New(deployment gaib.Deployment) Protocol {
	return Protocol{contract: deployment.Contract(NameMorpho, blue.DecodeError), deployment: deployment}
}

// Contract returns the contract.
func (b Protocol) Contract() gaib.Contract { return b.contract }

// Items returns the binding's items, for [gaib.Probe].
func (b Protocol) Items() []gaib.Item { return contract.MorphoItems() }

// Params reads the parameters of a market by its id. It fails with [blue.ErrMarketNotCreated] where there is none.
func (b Protocol) Params(id common.Hash) *gaib.Query[blue.Params] {
	raw := gaib.NewQuery(b.contract, contract.MorphoIdToMarketParams{Id: id})
	return gaib.Group(func() (blue.Params, error) {
		v := raw.Value()
		if v.LoanToken == (common.Address{}) && v.Lltv.IsZero() {
			return blue.Params{}, fmt.Errorf("market %s: %w", id, blue.ErrMarketNotCreated)
		}
		params := blue.Params{LoanToken: v.LoanToken, CollateralToken: v.CollateralToken, Oracle: v.Oracle, IRM: v.Irm, LLTV: lending.Ratio(v.Lltv.Uint64())}
		if params.ID() != id {
			return blue.Params{}, fmt.Errorf("market %s: its parameters hash to %s: %w", id, params.ID(), gaib.ErrBadAnswer)
		}
		return params, nil
	}, raw)
}

// FeeRecipient reads whose position gets the fee shares of every market.
func (b Protocol) FeeRecipient() *gaib.Query[common.Address] {
	return gaib.NewQuery(b.contract, contract.MorphoFeeRecipient{})
}

// IsAuthorized reads whether an account lets another act for it.
func (b Protocol) IsAuthorized(authorizer, authorized common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(b.contract, contract.MorphoIsAuthorized{Authorizer: authorizer, Authorized: authorized})
}

// Nonce reads the nonce of an account's next signed authorisation.
func (b Protocol) Nonce(authorizer common.Address) *gaib.Query[uint256.Int] {
	return gaib.NewQuery(b.contract, contract.MorphoNonce{Authorizer: authorizer})
}

// Authorize lets another account, or no longer, withdraw, borrow and take collateral for the sender in every market. It
// reverts if that is so already.
func (b Protocol) Authorize(authorized common.Address, allow bool) gaib.Call {
	function := contract.MorphoSetAuthorization{Authorized: authorized, NewIsAuthorized: allow}
	if authorized == (common.Address{}) {
		return gaib.FailedCall(b.contract, function, fmt.Errorf("authorised account: %w", gaib.ErrZeroAddress))
	}
	return gaib.NewCall(b.contract, function, authorizes(authorized, allow)+" for you in all markets")
}

func authorizes(who common.Address, allow bool) string {
	if allow {
		return fmt.Sprintf("let %s act", who)
	}
	return fmt.Sprintf("no longer let %s act", who)
}

// FlashLoan lends the sender, which must be a contract with onMorphoFlashLoan, an amount of a token within one
// transaction, free of charge. data are handed to the callback.
func (b Protocol) FlashLoan(token common.Address, unit gaib.Unit, amount uint256.Int, data []byte) gaib.Call {
	return gaib.NewCall(b.contract, contract.MorphoFlashLoan{Token: token, Assets: amount, Data: data},
		"flash-borrow "+unit.Format(amount))
}

// CreateMarket creates the market of the parameters, whose rate model and LLTV must be enabled.
func (b Protocol) CreateMarket(params blue.Params) gaib.Call {
	return gaib.NewCall(b.contract, contract.MorphoCreateMarket{MarketParams: wire(params)},
		fmt.Sprintf("create the market of %s against %s with LLTV %s", params.LoanToken, params.CollateralToken, params.LLTV))
}

// wire returns the parameters as the contract takes them.
func wire(p blue.Params) contract.MorphoMarketParams {
	return contract.MorphoMarketParams{LoanToken: p.LoanToken, CollateralToken: p.CollateralToken, Oracle: p.Oracle, Irm: p.IRM, Lltv: uint256.Int{uint64(p.LLTV)}}
}
