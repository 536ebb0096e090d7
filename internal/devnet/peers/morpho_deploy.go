package peers

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/gaib-go/gaib/internal/devnet"
)

// Backend is where contracts are deployed and called: an *EVM, or a devnet.Chain through OnChain.
type Backend interface {
	// Deploy runs creation code as from and returns where the contract is.
	Deploy(from common.Address, code []byte) (common.Address, error)
	// Call returns what a contract answers and changes nothing.
	Call(from, to common.Address, input []byte) ([]byte, error)
	// Send calls a contract and keeps the changes. A chain returns no output.
	Send(from, to common.Address, input []byte) ([]byte, error)
}

type onChain struct {
	ctx      context.Context
	chain    *devnet.Chain
	accounts map[common.Address]devnet.Account
}

// OnChain returns a backend that sends transactions of the given accounts, one block each, and no others. Errors are the node's.
// ctx bounds every call.
func OnChain(ctx context.Context, chain *devnet.Chain, accounts ...devnet.Account) Backend {
	b := onChain{ctx: ctx, chain: chain, accounts: make(map[common.Address]devnet.Account, len(accounts))}
	for _, account := range accounts {
		b.accounts[account.Address] = account
	}
	return b
}

func (b onChain) account(address common.Address) (devnet.Account, error) {
	account, ok := b.accounts[address]
	if !ok {
		return devnet.Account{}, fmt.Errorf("peers: the key of %s is not known: give its account to OnChain", address)
	}
	return account, nil
}

func (b onChain) Deploy(from common.Address, code []byte) (common.Address, error) {
	account, err := b.account(from)
	if err != nil {
		return common.Address{}, err
	}
	address, _, err := b.chain.Deploy(b.ctx, account, code)
	return address, err
}

func (b onChain) Call(from, to common.Address, input []byte) ([]byte, error) {
	var output hexutil.Bytes
	call := map[string]any{"from": from, "to": to, "input": hexutil.Bytes(input)}
	err := b.chain.Client().CallContext(b.ctx, &output, "eth_call", call, "latest")
	return output, err
}

func (b onChain) Send(from, to common.Address, input []byte) ([]byte, error) {
	account, err := b.account(from)
	if err != nil {
		return nil, err
	}
	_, err = b.chain.Send(b.ctx, account, to, nil, input)
	return nil, err
}

// OfDevnet returns a contract of the devnet, such as "StakedAID", which is always there.
func OfDevnet(name string) (Artifact, error) {
	artifact, err := devnet.LoadArtifact(name)
	if err != nil {
		return Artifact{}, err
	}
	return Artifact{
		Name:         name,
		DeployedSize: len(artifact.Runtime),
		parsed:       artifact.ABI,
		code:         hex.EncodeToString(artifact.Bytecode),
	}, nil
}

// MarketParams are what an isolated market is made of. The names are those that go-ethereum's codec asks for.
type MarketParams struct {
	LoanToken       common.Address
	CollateralToken common.Address
	Oracle          common.Address
	Irm             common.Address
	Lltv            *big.Int // 18 decimals
}

// ID returns keccak256 of the five words, the market's id.
func (p MarketParams) ID() common.Hash {
	var words [160]byte
	for i, address := range []common.Address{p.LoanToken, p.CollateralToken, p.Oracle, p.Irm} {
		copy(words[32*i+12:], address[:])
	}
	p.Lltv.FillBytes(words[128:])
	return crypto.Keccak256Hash(words[:])
}

// MorphoConfig says which lending protocol DeployMorpho deploys and what the market is. Values left out take the default.
type MorphoConfig struct {
	StandIn            bool     // the devnet's own contracts instead of Morpho's
	LLTV               *big.Int // 18 decimals, by default 0.86e18
	Fee                *big.Int // 18 decimals, by default 0
	Price              *big.Int // of the oracle, by default 1e36
	LoanDecimals       uint8    // by default 18
	CollateralDecimals uint8    // by default 18
}

// Morpho is a deployed isolated lending protocol with one market, whose tokens and oracle anybody may mint and set.
type Morpho struct {
	Backend Backend
	Owner   common.Address

	Address common.Address // the protocol
	Params  MarketParams
	ID      common.Hash

	Protocol, RateModel, Token, Oracle Artifact
}

// MorphoContracts returns the names of what DeployMorpho needs built, for Require.
func MorphoContracts() []string {
	return []string{"Morpho", "AdaptiveCurveIrm", "MockERC20", "MockOracle"}
}

// DeployMorpho deploys Morpho Blue, or the devnet's stand-in, with an adaptive-curve rate model, two tokens and an oracle,
// and creates a market. owner deploys and owns everything. It fails with ErrNotBuilt if the contracts were not built.
func DeployMorpho(backend Backend, owner common.Address, config MorphoConfig) (*Morpho, error) {
	m := &Morpho{Backend: backend, Owner: owner}
	load, protocol, rates := Load, "Morpho", "AdaptiveCurveIrm"
	if config.StandIn {
		load, protocol, rates = OfDevnet, "IsolatedMarket", "AdaptiveRate"
	}
	var err error
	for _, step := range []struct {
		into *Artifact
		load func(string) (Artifact, error)
		name string
	}{
		{&m.Protocol, load, protocol},
		{&m.RateModel, load, rates},
		{&m.Token, Load, "MockERC20"},
		{&m.Oracle, Load, "MockOracle"},
	} {
		if *step.into, err = step.load(step.name); err != nil {
			return nil, err
		}
	}

	or := func(value *big.Int, otherwise int64, zeros int64) *big.Int {
		if value != nil {
			return value
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(zeros), nil)
		return scale.Mul(scale, big.NewInt(otherwise))
	}
	decimals := func(n uint8) uint8 {
		if n == 0 {
			return 18
		}
		return n
	}
	m.Params.Lltv = or(config.LLTV, 86, 16)
	for _, step := range []struct {
		into *common.Address
		code Artifact
		args func() []any
	}{
		{&m.Address, m.Protocol, func() []any { return []any{owner} }},
		{&m.Params.Irm, m.RateModel, func() []any { return []any{m.Address} }},
		{&m.Params.LoanToken, m.Token, func() []any { return []any{"Loan", "LOAN", decimals(config.LoanDecimals)} }},
		{&m.Params.CollateralToken, m.Token, func() []any { return []any{"Collateral", "COLL", decimals(config.CollateralDecimals)} }},
		{&m.Params.Oracle, m.Oracle, func() []any { return []any{or(config.Price, 1, 36)} }},
	} {
		code, err := step.code.Code(step.args()...)
		if err != nil {
			return nil, err
		}
		if *step.into, err = backend.Deploy(owner, code); err != nil {
			return nil, fmt.Errorf("peers: deploying %s: %w", step.code.Name, err)
		}
	}
	m.ID = m.Params.ID()
	if _, err := m.Send(owner, "enableIrm", m.Params.Irm); err != nil {
		return nil, err
	}
	if _, err := m.Send(owner, "enableLltv", m.Params.Lltv); err != nil {
		return nil, err
	}
	if _, err := m.Send(owner, "createMarket", m.Params); err != nil {
		return nil, err
	}
	if config.Fee != nil && config.Fee.Sign() != 0 {
		if _, err := m.Send(owner, "setFee", m.Params, config.Fee); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Send calls a method of the protocol as from, keeps the changes and returns what it answered, which is nothing on a chain.
func (m *Morpho) Send(from common.Address, method string, args ...any) ([]any, error) {
	return m.at(m.Backend.Send, m.Protocol, from, m.Address, method, args...)
}

// Call calls a method of the protocol as from, changes nothing and returns what it answered.
func (m *Morpho) Call(from common.Address, method string, args ...any) ([]any, error) {
	return m.at(m.Backend.Call, m.Protocol, from, m.Address, method, args...)
}

// CallRateModel is Call for the rate model.
func (m *Morpho) CallRateModel(from common.Address, method string, args ...any) ([]any, error) {
	return m.at(m.Backend.Call, m.RateModel, from, m.Params.Irm, method, args...)
}

// Fund mints both tokens for an account and lets the protocol take all it has.
func (m *Morpho) Fund(account common.Address, loan, collateral *big.Int) error {
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for _, holding := range []struct {
		token  common.Address
		amount *big.Int
	}{{m.Params.LoanToken, loan}, {m.Params.CollateralToken, collateral}} {
		if _, err := m.at(m.Backend.Send, m.Token, m.Owner, holding.token, "mint", account, holding.amount); err != nil {
			return err
		}
		if _, err := m.at(m.Backend.Send, m.Token, account, holding.token, "approve", m.Address, most); err != nil {
			return err
		}
	}
	return nil
}

// SetPrice sets the oracle's price: loan base units for one collateral base unit, times 1e36.
func (m *Morpho) SetPrice(price *big.Int) error {
	_, err := m.at(m.Backend.Send, m.Oracle, m.Owner, m.Params.Oracle, "setPrice", price)
	return err
}

func (m *Morpho) at(do func(from, to common.Address, input []byte) ([]byte, error), code Artifact, from, to common.Address, method string, args ...any) ([]any, error) {
	input, err := code.parsed.Pack(method, args...)
	if err != nil {
		return nil, fmt.Errorf("peers: %s.%s: %w", code.Name, method, err)
	}
	output, err := do(from, to, input)
	if err != nil {
		return nil, fmt.Errorf("peers: %s.%s: %w", code.Name, method, err)
	}
	if len(output) == 0 {
		return nil, nil
	}
	values, err := code.parsed.Unpack(method, output)
	if err != nil {
		return nil, fmt.Errorf("peers: %s.%s: %w", code.Name, method, err)
	}
	return values, nil
}
