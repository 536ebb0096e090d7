package said

import (
	"cmp"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
)

// Holding is what one account has in sAID on one chain.
type Holding struct {
	Account common.Address
	Position
	// Err says why something of the position could not be read; what was read stands in it all the same.
	Err error
}

// Holdings is what accounts have in sAID on one chain, with the two NAVs they are valued at.
type Holdings struct {
	Present  bool // whether the chain has sAID; without it the rest is zero
	NAV      gaib.Outcome[NAV]
	Accounts []Holding // in the order asked for
}

// NewHoldings reads what accounts have in sAID on the chain of a deployment: shares, what they are worth at both NAVs, and what
// waits in the unstake queue. It is one part of a portfolio: read those of all chains by [gaib.ReadChains], and AID by
// aid.NewHoldings. A chain without sAID is no error. When the NAVs cannot be read or contradict each other, that is the error
// of every holding, and shares and requests are there still.
func NewHoldings(deployment gaib.Deployment, accounts ...common.Address) *gaib.Query[Holdings] {
	vault := NewVault(deployment)
	if vault.Contract().Err() != nil {
		return gaib.Group(func() (Holdings, error) { return Holdings{}, nil })
	}
	nav := gaib.Try(vault.NAV())
	parts := []gaib.Reader{nav}
	settle := make([]func() Holding, len(accounts))
	for i, account := range accounts {
		shares, request := gaib.Try(vault.BalanceOf(account)), gaib.Try(vault.PendingUnstake(account))
		parts = append(parts, shares, request)
		settle[i] = func() Holding {
			holding := Holding{Account: account, Err: cmp.Or(shares.Value().Err, request.Value().Err, nav.Value().Err)}
			holding.Shares, holding.Request = shares.Value().Value, request.Value().Value
			if nav.Value().Err == nil {
				holding.Entry, holding.Exit = nav.Value().Value.Entry(holding.Shares), nav.Value().Value.Exit(holding.Shares)
			}
			return holding
		}
	}
	return gaib.Group(func() (Holdings, error) {
		holdings := Holdings{Present: true, NAV: nav.Value(), Accounts: make([]Holding, len(accounts))}
		for i := range accounts {
			holdings.Accounts[i] = settle[i]()
		}
		return holdings, nil
	}, parts...)
}
