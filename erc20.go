package gaib

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// ERC20 is a token: reads as queries, writes as calls. aid.Token and said.Vault are ERC20s.
type ERC20 struct {
	contract Contract
	unit     Unit
	permit   Evidence // of ERC-2612 support
}

// NewERC20 returns the token at a contract; unit is how its amounts are written.
func NewERC20(contract Contract, unit Unit) ERC20 { return ERC20{contract: contract, unit: unit} }

// NewStablecoin returns USDC or USDT of a deployment with the decimals they have on its chain: 6, but 18 on BNB Chain.
func NewStablecoin(deployment Deployment, name Name) ERC20 {
	unit := Unit{Symbol: string(name), Decimals: 6}
	if deployment.ChainID() == 56 {
		unit.Decimals = 18
	}
	return NewERC20(deployment.Contract(name), unit)
}

// Contract returns the token's contract.
func (t ERC20) Contract() Contract { return t.contract }

// Address returns the token's address.
func (t ERC20) Address() common.Address { return t.contract.Address() }

// Unit returns how the token's amounts are written.
func (t ERC20) Unit() Unit { return t.unit }

// Name reads the token's name.
func (t ERC20) Name() *Query[string] { return NewQuery(t.contract, ERC20Name{}) }

// Symbol reads the token's symbol.
func (t ERC20) Symbol() *Query[string] { return NewQuery(t.contract, ERC20Symbol{}) }

// Decimals reads the token's decimals.
func (t ERC20) Decimals() *Query[uint8] { return NewQuery(t.contract, ERC20Decimals{}) }

// TotalSupply reads the token's supply on this chain, in base units.
func (t ERC20) TotalSupply() *Query[uint256.Int] { return NewQuery(t.contract, ERC20TotalSupply{}) }

// BalanceOf reads an account's balance, in base units.
func (t ERC20) BalanceOf(account common.Address) *Query[uint256.Int] {
	return NewQuery(t.contract, ERC20BalanceOf{Account: account})
}

// Allowance reads how much a spender may take of an owner's balance, in base units.
func (t ERC20) Allowance(owner, spender common.Address) *Query[uint256.Int] {
	return NewQuery(t.contract, ERC20Allowance{Owner: owner, Spender: spender})
}

// Transfer moves an amount of the sender's balance.
func (t ERC20) Transfer(to common.Address, amount uint256.Int) Call {
	function := ERC20Transfer{To: to, Value: amount}
	if to == (common.Address{}) {
		return FailedCall(t.contract, function, fmt.Errorf("receiver: %w", ErrZeroAddress))
	}
	return NewCall(t.contract, function, fmt.Sprintf("transfer %s to %s", t.unit.Format(amount), to))
}

// TransferFrom moves an amount of another account's balance, which must have allowed it.
func (t ERC20) TransferFrom(from, to common.Address, amount uint256.Int) Call {
	function := ERC20TransferFrom{From: from, To: to, Value: amount}
	if to == (common.Address{}) {
		return FailedCall(t.contract, function, fmt.Errorf("receiver: %w", ErrZeroAddress))
	}
	return NewCall(t.contract, function, fmt.Sprintf("transfer %s from %s to %s", t.unit.Format(amount), from, to))
}

// Approve lets a spender take up to an amount of the sender's balance.
func (t ERC20) Approve(spender common.Address, amount uint256.Int) Call {
	return t.approve(spender, amount, spender.Hex())
}

func (t ERC20) approve(spender common.Address, amount uint256.Int, who string) Call {
	function := ERC20Approve{Spender: spender, Value: amount}
	if spender == (common.Address{}) {
		return FailedCall(t.contract, function, fmt.Errorf("spender: %w", ErrZeroAddress))
	}
	text := fmt.Sprintf("approve %s for %s", t.unit.Format(amount), who)
	if amount.IsZero() {
		text = fmt.Sprintf("withdraw the approval of %s for %s", t.unit.Symbol, who)
	}
	return NewCall(t.contract, function, text)
}

// ApprovePlan returns the calls that bring an allowance up to an amount, given what it is now: none when it is
// enough, else one approval of exactly the amount. USDT refuses to change one non-zero allowance to another,
// so there the old one is withdrawn first. A spender on another chain is the call's error, [ErrWrongChain].
func (t ERC20) ApprovePlan(spender Contract, have, amount uint256.Int) Plan {
	if !have.Lt(&amount) {
		return nil
	}
	err := spender.err
	if err == nil && spender.chainID != t.contract.chainID {
		err = fmt.Errorf("%s is on chain %d, %s on chain %d: %w", spender.name, spender.chainID, t.contract.name, t.contract.chainID, ErrWrongChain)
	}
	if err != nil {
		return Plan{FailedCall(t.contract, ERC20Approve{Value: amount}, err)}
	}
	who := string(spender.Name())
	if who == "" {
		who = spender.Address().Hex()
	}
	approval := t.approve(spender.Address(), amount, who)
	if t.contract.name == USDT && !have.IsZero() {
		return Plan{t.approve(spender.Address(), uint256.Int{}, who), approval}
	}
	return Plan{approval}
}

// PlanSpend returns the shortest plan by which an owner lets a contract take an amount: the approvals that are
// missing. It reads balance and allowance in one request, and whatever more the caller wants to know of the same block; a
// balance that is too low is the error the token itself would give, *[ERC20InsufficientBalanceError].
func (t ERC20) PlanSpend(ctx context.Context, client Client, owner common.Address, spender Contract, amount uint256.Int, more ...Reader) (Plan, error) {
	balance, allowance := t.BalanceOf(owner), t.Allowance(owner, spender.Address())
	if _, err := Read(ctx, client, Latest, append(more, balance, allowance)...); err != nil {
		return nil, err
	}
	if have := balance.Value(); have.Lt(&amount) {
		return nil, &CallError{Contract: t.contract.name, Address: t.Address(), Function: ERC20TransferFrom{}.Item().Signature,
			Err: &ERC20InsufficientBalanceError{Sender: owner, Balance: have, Needed: amount}}
	}
	return t.ApprovePlan(spender, allowance.Value(), amount), nil
}

// Transfers are the token's transfers, for [Logs].
func (t ERC20) Transfers() *Events[ERC20TransferEvent] {
	return NewEvents[ERC20TransferEvent](t.contract)
}

// Approvals are the token's approvals, for [Logs].
func (t ERC20) Approvals() *Events[ERC20ApprovalEvent] {
	return NewEvents[ERC20ApprovalEvent](t.contract)
}
