package gaib

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib/internal/node"
)

// ErrNoSimulation: the node has no eth_simulateV1, which a plan of several calls is simulated with. Use another node,
// or send the calls one by one.
var ErrNoSimulation = errors.New("the node cannot simulate several calls in a row (eth_simulateV1)")

// Preview is what a plan would do if it were carried out in the next block.
type Preview struct {
	Steps   []Step
	Changes []Change // what the sender's balances would change by, by token address
}

// Step is the outcome of one call of a plan.
type Step struct {
	GasUsed uint64
	Data    []byte // what the call returned
	Logs    []Log  // not decoded
}

// Change is how an account's balance of one token changes.
type Change struct {
	Token    common.Address // Coin() for the chain's own
	Amount   uint256.Int    // base units
	Decrease bool
}

// Coin returns the address that stands for the chain's own coin where a token's is wanted (ERC-7528).
func Coin() common.Address {
	return common.HexToAddress("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
}

// Simulate runs the plan on the latest state without sending anything, calls in order, each on what the earlier ones
// left. The first call that reverts is the error, a [CallError] with the typed revert. Balance changes are read from
// Transfer events, so a token without them shows none. Gas is not paid for. Errors: [ErrNoSimulation], [ErrWrongChain].
func (p Plan) Simulate(ctx context.Context, client Client, from common.Address) (Preview, error) {
	if err := p.Err(); err != nil {
		return Preview{}, err
	}
	if _, err := p.checkChain(ctx, client); err != nil {
		return Preview{}, err
	}
	return p.simulate(ctx, client, from)
}

func (p Plan) simulate(ctx context.Context, client Client, from common.Address) (Preview, error) {
	calls := make([]node.CallMsg, len(p))
	for i, call := range p {
		calls[i] = call.message(from)
	}
	results, err := node.Simulate(ctx, client, calls, Latest)
	if node.IsUnsupported(err) {
		return Preview{}, fmt.Errorf("%w: %w", ErrNoSimulation, err)
	}
	if err != nil {
		return Preview{}, fmt.Errorf("simulate: %w", err)
	}
	preview := Preview{Steps: make([]Step, len(p))}
	balances := make(ledger)
	for i, result := range results {
		if result.Failure != nil {
			return Preview{}, fmt.Errorf("step %d: %w", i+1, p[i].wrap(result.Failure))
		}
		step := Step{GasUsed: result.GasUsed, Data: result.Data}
		for _, log := range result.Logs {
			balances.add(from, log.Address, log.Topics, log.Data)
			if log.Address != Coin() {
				step.Logs = append(step.Logs, Log{Address: log.Address, Topics: log.Topics, Data: log.Data})
			}
		}
		preview.Steps[i] = step
	}
	preview.Changes = balances.changes()
	return preview, nil
}

// ledger adds up an account's transfers by token: received, then sent.
type ledger map[common.Address]*[2]uint256.Int

func (l ledger) add(account, token common.Address, topics []common.Hash, data []byte) {
	var transfer ERC20TransferEvent
	if transfer.DecodeLog(topics, data) != nil {
		return
	}
	for side, who := range [2]common.Address{transfer.To, transfer.From} {
		if who == account {
			if l[token] == nil {
				l[token] = new([2]uint256.Int)
			}
			if _, overflow := l[token][side].AddOverflow(&l[token][side], &transfer.Value); overflow {
				l[token][side].SetAllOne() // a token that invents amounts; the most there can be says so
			}
		}
	}
}

func (l ledger) changes() []Change {
	var changes []Change
	for token, sums := range l {
		change := Change{Token: token}
		switch sums[0].Cmp(&sums[1]) {
		case 0:
			continue
		case 1:
			change.Amount.Sub(&sums[0], &sums[1])
		default:
			change.Amount.Sub(&sums[1], &sums[0])
			change.Decrease = true
		}
		changes = append(changes, change)
	}
	slices.SortFunc(changes, func(a, b Change) int { return bytes.Compare(a.Token[:], b.Token[:]) })
	return changes
}

// Format returns the change with a sign ("+1,184.9 sAID"); unit is the token's.
func (c Change) Format(unit Unit) string {
	sign := "+"
	if c.Decrease {
		sign = "-"
	}
	return sign + unit.Format(c.Amount)
}

// Describe returns the changes in one line, written with the units of the tokens given; a token that is not among
// them stands with its address and base units.
func (p Preview) Describe(tokens ...ERC20) string {
	if len(p.Changes) == 0 {
		return "no balance changes"
	}
	parts := make([]string, len(p.Changes))
	for i, change := range p.Changes {
		unit := Unit{Symbol: "base units of " + change.Token.Hex()}
		if change.Token == Coin() {
			unit = Unit{Symbol: "coin", Decimals: 18}
		}
		for _, token := range tokens {
			if token.Address() == change.Token {
				unit = token.Unit()
			}
		}
		parts[i] = change.Format(unit)
	}
	return strings.Join(parts, ", ")
}
