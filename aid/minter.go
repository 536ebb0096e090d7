package aid

import (
	"cmp"
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid/contract"
)

// Minter is the contract that mints AID 1:1 for stablecoins of whitelisted accounts. Its address is published, its
// interface is not: every call of it is assumed.
type Minter struct{ contract gaib.Contract }

// NewMinter returns the minter of a deployment.
func NewMinter(deployment gaib.Deployment) Minter {
	return Minter{deployment.Contract(gaib.Minter, contract.DecodeMinterError)}
}

// Contract returns the minter's contract.
func (m Minter) Contract() gaib.Contract { return m.contract }

// Items returns the binding's items, for [gaib.Probe].
func (m Minter) Items() []gaib.Item { return contract.MinterItems() }

// IsWhitelisted reads whether an account may mint. Assumed.
func (m Minter) IsWhitelisted(account common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(m.contract, contract.MinterIsWhitelisted{Account: account})
}

// Supports reads whether the minter takes a stablecoin. Assumed.
func (m Minter) Supports(stablecoin common.Address) *gaib.Query[bool] {
	return gaib.NewQuery(m.contract, contract.MinterSupportedStablecoin{Stablecoin: stablecoin})
}

// Mint pays an amount of a stablecoin, in its base units, and mints as many dollars of AID to the receiver. The minter
// must be approved for the amount, see [Minter.PlanMint]. Assumed.
func (m Minter) Mint(stablecoin gaib.ERC20, amount uint256.Int, receiver common.Address) gaib.Call {
	function := contract.MinterMint{Stablecoin: stablecoin.Address(), Amount: amount, Receiver: receiver}
	if receiver == (common.Address{}) {
		return gaib.FailedCall(m.contract, function, fmt.Errorf("receiver: %w", gaib.ErrZeroAddress))
	}
	minted, err := QuoteMint(amount, stablecoin.Unit().Decimals)
	if err = cmp.Or(besides(m.contract, stablecoin.Contract()), err); err != nil {
		return gaib.FailedCall(m.contract, function, err)
	}
	return gaib.NewCall(m.contract, function, fmt.Sprintf("mint %s for %s", Unit().Format(minted), stablecoin.Unit().Format(amount)))
}

// besides returns why a call of a contract cannot be about another one, or nil: that one is missing, or on another chain, where
// its address may be something else.
func besides(contract, other gaib.Contract) error {
	if other.Err() != nil || contract.ChainID() == other.ChainID() {
		return other.Err()
	}
	return fmt.Errorf("%s is on chain %d, %s on chain %d: %w", other.Name(), other.ChainID(), contract.Name(), contract.ChainID(), gaib.ErrWrongChain)
}

// PlanMint returns the shortest plan by which an account mints AID for itself: the approvals that are missing, and the
// mint. It reads in one request and fails as the chain would: *contract.MinterNotWhitelistedError,
// *contract.MinterUnsupportedStablecoinError, *gaib.ERC20InsufficientBalanceError. It does not ask whether AID is paused, see
// [Token.Paused]; simulating the plan shows it. Assumed.
func (m Minter) PlanMint(ctx context.Context, client gaib.Client, account common.Address, stablecoin gaib.ERC20, amount uint256.Int) (gaib.Plan, error) {
	mint := m.Mint(stablecoin, amount, account)
	if err := mint.Err(); err != nil {
		return nil, err
	}
	listed, supported := m.IsWhitelisted(account), m.Supports(stablecoin.Address())
	plan, err := stablecoin.PlanSpend(ctx, client, account, m.contract, amount, listed, supported)
	if listed.Err() == nil && !listed.Value() {
		err = &contract.MinterNotWhitelistedError{Account: account}
	} else if supported.Err() == nil && !supported.Value() {
		err = &contract.MinterUnsupportedStablecoinError{Stablecoin: stablecoin.Address()}
	}
	if err != nil {
		return nil, fmt.Errorf("mint AID: %w", err)
	}
	return append(plan, mint), nil
}

// Mints are the minter's mints, for [gaib.Logs]. Assumed.
func (m Minter) Mints() *gaib.Events[contract.MinterMintedEvent] {
	return gaib.NewEvents[contract.MinterMintedEvent](m.contract)
}
