package aid

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
)

// Amount is what an account has at one contract.
type Amount struct {
	Name   gaib.Name // of the contract
	Unit   gaib.Unit // how the amount is written
	Amount uint256.Int
	Err    error // why it could not be read, as of an assumed contract on a public chain
}

// Holding is what one account holds of AID and what belongs to it on one chain.
type Holding struct {
	Account common.Address
	// Amounts has one for each contract that the chain has, in this order: AID, the AIDa vaults, what can be claimed now of
	// vested GAIB (by the name of [gaib.Vesting]), then the tokens that were asked for. A contract that the chain does not
	// have is not among them.
	Amounts []Amount
}

// Of returns the amount at a contract, and whether the chain has it.
func (h Holding) Of(name gaib.Name) (Amount, bool) {
	for _, amount := range h.Amounts {
		if amount.Name == name {
			return amount, true
		}
	}
	return Amount{}, false
}

// NewHoldings reads what accounts hold on the chain of a deployment, in their order. It is one part of a portfolio: read those of
// all chains by [gaib.ReadChains], and sAID by said.NewHoldings. An amount that cannot be read is an error of its own and
// leaves the others alone. tokens are further tokens to look for, such as [gaib.NewStablecoin]'s; those that the chain does not
// have are left out.
func NewHoldings(deployment gaib.Deployment, accounts []common.Address, tokens ...gaib.ERC20) *gaib.Query[[]Holding] {
	accounts = slices.Clone(accounts)
	type part struct {
		Amount
		read *gaib.Query[gaib.Outcome[uint256.Int]]
	}
	vesting, balances := NewVesting(deployment), []gaib.ERC20{NewToken(deployment).ERC20}
	for _, name := range []gaib.Name{gaib.AlphaUSDC, gaib.AlphaUSDT, gaib.AlphaUSR, gaib.AlphaCUSDO, gaib.AlphaUSD1} {
		balances = append(balances, NewAlphaVault(deployment, name).ERC20)
	}
	var readers []gaib.Reader
	parts := make([][]part, len(accounts))
	for i, account := range accounts {
		add := func(contract gaib.Contract, unit gaib.Unit, query *gaib.Query[uint256.Int]) {
			if contract.Err() == nil {
				read := gaib.Try(query)
				readers, parts[i] = append(readers, read), append(parts[i], part{Amount{Name: contract.Name(), Unit: unit}, read})
			}
		}
		for _, token := range balances {
			add(token.Contract(), token.Unit(), token.BalanceOf(account))
		}
		add(vesting.Contract(), gaib.Unit{Symbol: "GAIB", Decimals: 18}, vesting.Claimable(account))
		for _, token := range tokens {
			add(token.Contract(), token.Unit(), token.BalanceOf(account))
		}
	}
	return gaib.Group(func() ([]Holding, error) {
		holdings := make([]Holding, len(accounts))
		for i, account := range accounts {
			holdings[i] = Holding{Account: account, Amounts: make([]Amount, len(parts[i]))}
			for j, one := range parts[i] {
				one.Amount.Amount, one.Err = one.read.Value().Value, one.read.Value().Err
				holdings[i].Amounts[j] = one.Amount
			}
		}
		return holdings, nil
	}, readers...)
}

// nativeChain is where AID is issued: Ethereum. No account could mint it elsewhere in July 2026 (reported).
const nativeChain = 1

// Supply reads AID's supply on the token's chain for [Reconcile]. What crossed the bridge is not in it, see package bridge.
func (t Token) Supply() *gaib.Query[ChainSupply] {
	total := t.TotalSupply()
	return gaib.Group(func() (ChainSupply, error) {
		chainID := t.Contract().ChainID()
		return ChainSupply{ChainID: chainID, Native: chainID == nativeChain, Total: total.Value()}, nil
	}, total)
}
