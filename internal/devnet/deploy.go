package devnet

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Caller is a JSON-RPC client, such as *rpc.Client.
type Caller interface {
	CallContext(ctx context.Context, result any, method string, args ...any) error
}

// Deployed is GAIB on a node that is not of this package.
type Deployed struct {
	ChainID   uint64
	Addresses AddressBook
	Accounts  Accounts
}

// Deploy puts GAIB on another node, by some seventy transactions, with the same state that New starts from. The contracts
// stand at other addresses than on mainnet, Multicall3 too, which no address but its own makes findable. The node must be a fresh
// development node that has a key: the first of its eth_accounts pays 100 coins to each account here. deadline is how long
// each transaction may take to be mined.
//
// It fails when the node refuses a transaction, does not mine one, or has been deployed to before.
func Deploy(ctx context.Context, client Caller, deadline time.Duration) (*Deployed, error) {
	accounts, err := newAccounts()
	if err != nil {
		return nil, err
	}
	deployer, err := newAccount("Deployer")
	if err != nil {
		return nil, err
	}
	s := &sender{ctx: ctx, client: client, deadline: deadline, deployer: deployer, abis: make(map[string]*Artifact), nonces: make(map[common.Address]uint64)}
	var id hexutil.Uint64
	if err := client.CallContext(ctx, &id, "eth_chainId"); err != nil {
		return nil, fmt.Errorf("devnet: chain id: %w", err)
	}
	s.chainID = uint64(id)
	s.accounts = append(accounts.All(), deployer)
	s.fund(units(100, 18))
	at := deployedAddresses(deployer.Address)
	populate(s, at, accounts, false)
	if s.err != nil {
		return nil, s.err
	}
	return &Deployed{ChainID: s.chainID, Addresses: at, Accounts: accounts}, nil
}

// deployedAddresses returns where the contracts come to stand when deployer creates them in populate's order.
func deployedAddresses(deployer common.Address) AddressBook {
	at := Addresses()
	for nonce, address := range []*common.Address{
		&at.Multicall3, &at.USDC, &at.USDT, &at.AIDImplementation, &at.AID, &at.SAID, &at.Minter, &at.RedeemerImplementation, &at.RedeemerBeacon,
		&at.Redeemer, &at.AIDaUSDC, &at.AIDaUSDT, &at.Migration, &at.GAIB, &at.VestingImplementation, &at.Vesting,
	} {
		*address = crypto.CreateAddress(deployer, uint64(nonce))
	}
	return at
}

// sender is a machine that works by transactions, one after the other.
type sender struct {
	ctx      context.Context
	client   Caller
	deadline time.Duration
	chainID  uint64
	accounts []Account
	deployer Account
	nonces   map[common.Address]uint64
	abis     map[string]*Artifact
	err      error // the first failure; every step after it does nothing
}

func (s *sender) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// fund gives every account coin from the node's own.
func (s *sender) fund(amount *big.Int) {
	var rich []common.Address
	if err := s.client.CallContext(s.ctx, &rich, "eth_accounts"); err != nil || len(rich) == 0 {
		s.fail(errors.Join(errors.New("devnet: the node has no account to pay from"), err))
		return
	}
	for _, account := range s.accounts {
		var hash common.Hash
		payment := map[string]any{"from": rich[0], "to": account.Address, "value": (*hexutil.Big)(amount)}
		if err := s.client.CallContext(s.ctx, &hash, "eth_sendTransaction", payment); err != nil {
			s.fail(fmt.Errorf("devnet: coin for %s: %w", account.Name, err))
			return
		}
		if _, err := s.mined(hash); err != nil {
			s.fail(fmt.Errorf("devnet: coin for %s: %w", account.Name, err))
			return
		}
	}
}

func (s *sender) artifact(name string) *Artifact {
	if s.abis[name] == nil {
		artifact, err := LoadArtifact(name)
		if err != nil {
			s.fail(err)
			return &Artifact{}
		}
		s.abis[name] = artifact
	}
	return s.abis[name]
}

func (s *sender) pack(contract, method string, args ...any) []byte {
	input, err := s.artifact(contract).ABI.Pack(method, args...)
	if err != nil {
		s.fail(fmt.Errorf("devnet: %s.%s: %w", contract, method, err))
	}
	return input
}

func (s *sender) deploy(addr common.Address, contract string, args ...any) {
	input := s.pack(contract, "", args...)
	receipt := s.send(s.deployer, nil, slices.Concat(s.artifact(contract).Bytecode, input), "constructor of "+contract)
	if s.err == nil && receipt.ContractAddress != addr {
		s.fail(fmt.Errorf("devnet: %s stands at %s, not at %s: start the node afresh", contract, receipt.ContractAddress, addr))
	}
}

func (s *sender) call(from common.Address, contract string, addr common.Address, method string, args ...any) {
	i := slices.IndexFunc(s.accounts, func(a Account) bool { return a.Address == from })
	if i < 0 {
		s.fail(fmt.Errorf("devnet: there is no key of %s", from))
		return
	}
	s.send(s.accounts[i], &addr, s.pack(contract, method, args...), contract+"."+method)
}

// send makes a transaction and waits until it is mined.
func (s *sender) send(from Account, to *common.Address, input []byte, what string) *types.Receipt {
	if s.err != nil {
		return nil
	}
	receipt, err := s.try(from, to, input)
	if err != nil {
		s.fail(fmt.Errorf("devnet: %s: %w", what, err))
	}
	return receipt
}

func (s *sender) try(from Account, to *common.Address, input []byte) (*types.Receipt, error) {
	call := map[string]any{"from": from.Address, "input": hexutil.Bytes(input)}
	if to != nil {
		call["to"] = to
	}
	var gas hexutil.Uint64
	if err := s.client.CallContext(s.ctx, &gas, "eth_estimateGas", call); err != nil {
		return nil, err
	}
	if _, known := s.nonces[from.Address]; !known {
		var nonce hexutil.Uint64
		if err := s.client.CallContext(s.ctx, &nonce, "eth_getTransactionCount", from.Address, "latest"); err != nil {
			return nil, err
		}
		s.nonces[from.Address] = uint64(nonce)
	}
	tip := big.NewInt(1e9)
	tx, err := from.SignTx(s.chainID, &types.DynamicFeeTx{
		ChainID:   bigInt(s.chainID),
		Nonce:     s.nonces[from.Address],
		GasTipCap: tip,
		GasFeeCap: new(big.Int).Mul(tip, big.NewInt(10)), // a fresh node's base fee is 1 gwei and falls
		Gas:       min(uint64(gas)+uint64(gas)/4, maxTxGas),
		To:        to,
		Data:      input,
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	raw, err := tx.MarshalBinary()
	if err != nil {
		return nil, err
	}
	if err := s.client.CallContext(s.ctx, nil, "eth_sendRawTransaction", hexutil.Bytes(raw)); err != nil {
		return nil, err
	}
	s.nonces[from.Address]++
	return s.mined(tx.Hash())
}

// mined waits for a transaction and returns its receipt, which must be one of success.
func (s *sender) mined(hash common.Hash) (*types.Receipt, error) {
	ctx, stop := context.WithTimeout(s.ctx, s.deadline)
	defer stop()
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		var receipt *types.Receipt
		// An error may be that of a node which is about to index the block.
		err := s.client.CallContext(ctx, &receipt, "eth_getTransactionReceipt", hash)
		if err == nil && receipt != nil {
			if receipt.Status != types.ReceiptStatusSuccessful {
				return nil, fmt.Errorf("transaction %s failed on chain", hash)
			}
			return receipt, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("transaction %s was not mined within %s", hash, s.deadline), err)
		case <-time.After(pause):
		}
	}
}
