package devnet

import (
	"crypto/ecdsa"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Account is a test account whose key is derived from its name. Never send anything of value to one: every
// reader of this file has the key.
type Account struct {
	Name    string
	Address common.Address
	key     *ecdsa.PrivateKey
}

// Key returns the private key.
func (a Account) Key() *ecdsa.PrivateKey { return a.key }

// SignDigest returns the 65-byte signature r || s || v over digest, v being 0 or 1.
func (a Account) SignDigest(digest common.Hash) ([]byte, error) {
	return crypto.Sign(digest[:], a.key)
}

// SignTx returns tx signed for the chain with the id chainID.
func (a Account) SignTx(chainID uint64, tx types.TxData) (*types.Transaction, error) {
	return types.SignNewTx(a.key, types.LatestSignerForChainID(bigInt(chainID)), tx)
}

// Accounts are the accounts that hold something at genesis. All have ETH.
type Accounts struct {
	Alice, Bob Account // users: USDC, USDT, some AID; whitelisted to mint and redeem; Alice holds AIDaUSDC
	Carol      Account // a user who is not whitelisted; holds AIDaUSDT
	Whale      Account // a large holder of everything; whitelisted
	Manager    Account // holds every admin role and owns every contract
	Holders    Account // stands for the other holders of AID
	Stakers    Account // stands for the other holders of sAID
	Portfolio  Account // stands for the financing portfolio, where the vault's deployed AID is
}

// All returns the accounts, users first.
func (a Accounts) All() []Account {
	return []Account{a.Alice, a.Bob, a.Carol, a.Whale, a.Manager, a.Holders, a.Stakers, a.Portfolio}
}

func newAccounts() (Accounts, error) {
	var accounts Accounts
	for name, account := range map[string]*Account{
		"Alice": &accounts.Alice, "Bob": &accounts.Bob, "Carol": &accounts.Carol, "Whale": &accounts.Whale,
		"Manager": &accounts.Manager, "Holders": &accounts.Holders, "Stakers": &accounts.Stakers,
		"Portfolio": &accounts.Portfolio,
	} {
		made, err := newAccount(name)
		if err != nil {
			return Accounts{}, err
		}
		*account = made
	}
	return accounts, nil
}

func newAccount(name string) (Account, error) {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("gaib devnet account " + name)))
	if err != nil {
		return Account{}, fmt.Errorf("devnet: key of %s: %w", name, err)
	}
	return Account{Name: name, Address: crypto.PubkeyToAddress(key.PublicKey), key: key}, nil
}
