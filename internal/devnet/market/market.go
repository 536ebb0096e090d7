package market

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/devnet"
)

// Source says where a market's oracle takes the price from.
type Source uint8

// The sources of a price. The first two follow the vault's share; the value is then the price of the vault's asset in the
// loan token, with 18 decimals.
const (
	DepositNAV   Source = iota // convertToAssets, what a share costs
	UnstakingNAV               // convertToAssetsWithLoss, what a share pays
	Fixed                      // the value is the oracle's price, times 1e36
)

// code returns the source as the contract numbers it.
func (s Source) code() (uint8, error) {
	switch s {
	case Fixed:
		return 0, nil
	case DepositNAV:
		return 1, nil
	case UnstakingNAV:
		return 2, nil
	}
	return 0, fmt.Errorf("market: there is no price source %d", s)
}

// Lending is the protocol with its rate model. The chain's Manager owns both.
type Lending struct {
	Address   common.Address
	RateModel common.Address

	chain           *devnet.Chain
	protocol, token abi.ABI
	oracle          *devnet.Artifact
}

// Deploy puts the protocol and its rate model on the chain. It fails if a transaction does.
func Deploy(ctx context.Context, chain *devnet.Chain) (*Lending, error) {
	protocol, err := devnet.LoadArtifact("IsolatedMarket")
	if err != nil {
		return nil, err
	}
	rates, err := devnet.LoadArtifact("AdaptiveRate")
	if err != nil {
		return nil, err
	}
	oracle, err := devnet.LoadArtifact("MarketOracle")
	if err != nil {
		return nil, err
	}
	token, err := devnet.LoadArtifact("USDC")
	if err != nil {
		return nil, err
	}
	l := &Lending{chain: chain, protocol: protocol.ABI, token: token.ABI, oracle: oracle}
	if l.Address, err = l.deploy(ctx, protocol, chain.Accounts().Manager.Address); err != nil {
		return nil, err
	}
	if l.RateModel, err = l.deploy(ctx, rates, l.Address); err != nil {
		return nil, err
	}
	return l, l.own(ctx, "enableIrm", l.RateModel)
}

// Config is what a market is made of. Values left out take the default.
type Config struct {
	Loan       common.Address // by default the devnet's USDC
	Collateral common.Address // by default sAID
	LLTV       *uint256.Int   // 18 decimals, below 1e18; by default 0.86e18
	Fee        *uint256.Int   // the protocol's part of the interest, 18 decimals, at most 0.25e18; by default 0
	Source     Source         // by default DepositNAV
	Value      *uint256.Int   // see Source; by default 1e18, an asset worth one loan token
}

// Market is one market of the protocol.
type Market struct {
	Loan       common.Address
	Collateral common.Address
	Oracle     common.Address
	RateModel  common.Address
	LLTV       uint256.Int
	ID         common.Hash

	Lending *Lending
}

// Create makes a market with an oracle of its own. It fails if a transaction does, so for one that exists already.
func (l *Lending) Create(ctx context.Context, config Config) (*Market, error) {
	at := devnet.Addresses()
	m := &Market{Loan: at.USDC, Collateral: at.SAID, RateModel: l.RateModel, LLTV: uint256.Int{86e16}, Lending: l}
	if config.Loan != (common.Address{}) {
		m.Loan = config.Loan
	}
	if config.Collateral != (common.Address{}) {
		m.Collateral = config.Collateral
	}
	if config.LLTV != nil {
		m.LLTV = *config.LLTV
	}
	value := uint256.NewInt(1e18)
	if config.Value != nil {
		value = config.Value
	}
	source, err := config.Source.code()
	if err != nil {
		return nil, err
	}
	var vault common.Address
	if config.Source != Fixed {
		vault = m.Collateral
	}
	decimals, err := l.call(ctx, l.token, m.Loan, "decimals")
	if err != nil {
		return nil, err
	}
	if m.Oracle, err = l.deploy(ctx, l.oracle, l.owner().Address, vault, decimals[0], source, value.ToBig()); err != nil {
		return nil, err
	}
	var words [160]byte
	for i, address := range []common.Address{m.Loan, m.Collateral, m.Oracle, m.RateModel} {
		copy(words[32*i+12:], address[:])
	}
	lltv := m.LLTV.Bytes32()
	copy(words[128:], lltv[:])
	m.ID = crypto.Keccak256Hash(words[:])

	enabled, err := l.call(ctx, l.protocol, l.Address, "isLltvEnabled", m.LLTV.ToBig())
	if err != nil {
		return nil, err
	}
	if enabled[0] == false {
		if err := l.own(ctx, "enableLltv", m.LLTV.ToBig()); err != nil {
			return nil, err
		}
	}
	if err := l.own(ctx, "createMarket", m.params()); err != nil {
		return nil, err
	}
	if config.Fee != nil && !config.Fee.IsZero() {
		if err := m.Send(ctx, l.owner(), "setFee", m.params(), config.Fee.ToBig()); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Price returns the oracle's price: loan base units for one collateral base unit, times 1e36.
func (m *Market) Price(ctx context.Context) (*uint256.Int, error) {
	price, err := m.Lending.call(ctx, m.Lending.oracle.ABI, m.Oracle, "price")
	if err != nil {
		return nil, err
	}
	return uint256.MustFromBig(price[0].(*big.Int)), nil
}

// SetPrice changes where the price comes from. A market that was created with Fixed knows no vault and keeps to it.
func (m *Market) SetPrice(ctx context.Context, source Source, value *uint256.Int) error {
	code, err := source.code()
	if err != nil {
		return err
	}
	return m.Lending.send(ctx, m.Lending.owner(), m.Lending.oracle.ABI, m.Oracle, "set", code, value.ToBig())
}

// Supply lends assets of the loan token of an account, after it approved them.
func (m *Market) Supply(ctx context.Context, from devnet.Account, assets *uint256.Int) error {
	if err := m.approve(ctx, from, m.Loan, assets); err != nil {
		return err
	}
	return m.Send(ctx, from, "supply", m.params(), assets.ToBig(), new(big.Int), from.Address, []byte{})
}

// SupplyCollateral puts up collateral of an account, after it approved it.
func (m *Market) SupplyCollateral(ctx context.Context, from devnet.Account, assets *uint256.Int) error {
	if err := m.approve(ctx, from, m.Collateral, assets); err != nil {
		return err
	}
	return m.Send(ctx, from, "supplyCollateral", m.params(), assets.ToBig(), from.Address, []byte{})
}

// Borrow takes assets of the loan token against the account's collateral.
func (m *Market) Borrow(ctx context.Context, from devnet.Account, assets *uint256.Int) error {
	return m.Send(ctx, from, "borrow", m.params(), assets.ToBig(), new(big.Int), from.Address, from.Address)
}

// Send calls a method of the protocol as from. The node's error carries the revert data.
func (m *Market) Send(ctx context.Context, from devnet.Account, method string, args ...any) error {
	return m.Lending.send(ctx, from, m.Lending.protocol, m.Lending.Address, method, args...)
}

func (m *Market) approve(ctx context.Context, from devnet.Account, token common.Address, amount *uint256.Int) error {
	return m.Lending.send(ctx, from, m.Lending.token, token, "approve", m.Lending.Address, amount.ToBig())
}

// params are the market's parameters as go-ethereum's codec takes them.
type params struct {
	LoanToken, CollateralToken, Oracle, Irm common.Address
	Lltv                                    *big.Int
}

func (m *Market) params() params {
	return params{m.Loan, m.Collateral, m.Oracle, m.RateModel, m.LLTV.ToBig()}
}

func (l *Lending) owner() devnet.Account { return l.chain.Accounts().Manager }

// own calls a method of the protocol as its owner.
func (l *Lending) own(ctx context.Context, method string, args ...any) error {
	return l.send(ctx, l.owner(), l.protocol, l.Address, method, args...)
}

func (l *Lending) send(ctx context.Context, from devnet.Account, codec abi.ABI, to common.Address, method string, args ...any) error {
	input, err := codec.Pack(method, args...)
	if err != nil {
		return fmt.Errorf("market: %s: %w", method, err)
	}
	if _, err := l.chain.Send(ctx, from, to, nil, input); err != nil {
		return fmt.Errorf("market: %s: %w", method, err)
	}
	return nil
}

func (l *Lending) call(ctx context.Context, codec abi.ABI, to common.Address, method string, args ...any) ([]any, error) {
	input, err := codec.Pack(method, args...)
	if err != nil {
		return nil, fmt.Errorf("market: %s: %w", method, err)
	}
	var output hexutil.Bytes
	if err := l.chain.Client().CallContext(ctx, &output, "eth_call", map[string]any{"to": to, "input": hexutil.Bytes(input)}, "latest"); err != nil {
		return nil, fmt.Errorf("market: %s: %w", method, err)
	}
	values, err := codec.Unpack(method, output)
	if err != nil {
		return nil, fmt.Errorf("market: %s at %s: %w", method, to, err)
	}
	return values, nil
}

func (l *Lending) deploy(ctx context.Context, artifact *devnet.Artifact, args ...any) (common.Address, error) {
	input, err := artifact.ABI.Pack("", args...)
	if err != nil {
		return common.Address{}, fmt.Errorf("market: constructor of %s: %w", artifact.Contract, err)
	}
	address, _, err := l.chain.Deploy(ctx, l.owner(), append(artifact.Bytecode[:len(artifact.Bytecode):len(artifact.Bytecode)], input...))
	if err != nil {
		return common.Address{}, fmt.Errorf("market: deploying %s: %w", artifact.Contract, err)
	}
	return address, nil
}
