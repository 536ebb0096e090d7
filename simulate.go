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

	"github.com/gaib-go/gaib/internal/multicall"
	"github.com/gaib-go/gaib/internal/node"
	"github.com/gaib-go/gaib/internal/simulation"
)

// ErrNoSimulation: the node has neither eth_simulateV1 nor state overrides in eth_call, by which a plan of several calls
// is simulated. Use another node, or send the calls one by one.
var ErrNoSimulation = errors.New("the node cannot simulate several calls in a row (eth_simulateV1, or state overrides of eth_call)")

// Preview is what a plan would do if it were carried out in the next block.
type Preview struct {
	Steps      []Step
	Changes    []Change    // what the sender's balances would change by, by token address
	Allowances []Allowance // of the plan's approvals, in the plan's order

	lent bool // by state overrides: all calls ran in one, so that later ones paid less for what earlier ones had touched
}

// Allowance is how much a spender may take of an account's token before and after a plan.
type Allowance struct {
	Token, Spender common.Address
	Before, After  uint256.Int // base units
}

// Step is the outcome of one call of a plan.
type Step struct {
	GasUsed uint64
	Data    []byte // what the call returned
	Logs    []Log  // not decoded; none from a node without eth_simulateV1
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
// left. The first call that reverts is the error, a [CallError] with the typed revert. Gas is not paid for.
//
// Where the node has eth_simulateV1, balance changes are read from Transfer events, so a token without them shows none.
// Elsewhere the account is lent a contract's code in one eth_call (state overrides): logs are missing then, and balance
// changes are those of the coin, of the contracts that the plan calls as far as they are tokens, and of the tokens named
// here. Errors: [ErrNoSimulation], [ErrWrongChain].
func (p Plan) Simulate(ctx context.Context, client Client, from common.Address, tokens ...ERC20) (Preview, error) {
	if err := p.Err(); err != nil {
		return Preview{}, err
	}
	if _, err := p.checkChain(ctx, client); err != nil {
		return Preview{}, err
	}
	return p.simulate(ctx, client, from, tokens...)
}

func (p Plan) simulate(ctx context.Context, client Client, from common.Address, tokens ...ERC20) (Preview, error) {
	watch := p.watch(from)
	results, err := simulation.Run(ctx, client, from, watch.around(p), Latest)
	if node.IsUnsupported(err) {
		if watch.tokens, err = p.tokens(tokens); err != nil {
			return Preview{}, err
		}
		results, err = simulation.Lend(ctx, client, from, watch.around(p), Latest)
		if err != nil {
			return Preview{}, fmt.Errorf("%w: %w", ErrNoSimulation, err)
		}
	}
	if err != nil {
		return Preview{}, fmt.Errorf("simulate: %w", err)
	}
	before := len(watch.tokens) + len(watch.pairs)
	preview := Preview{Steps: make([]Step, len(p)), lent: len(watch.tokens) > 0}
	balances := make(ledger)
	for i, result := range results[before : before+len(p)] {
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
	for i := range before {
		first, last := results[i], results[before+len(p)+i]
		if first.Failure != nil || last.Failure != nil || len(first.Data) != 32 || len(last.Data) != 32 {
			continue // no token, or one that does not say
		}
		var was, is uint256.Int
		was.SetBytes32(first.Data)
		is.SetBytes32(last.Data)
		if i < len(watch.tokens) {
			balances[watch.tokens[i]] = &[2]uint256.Int{is, was}
			continue
		}
		pair := watch.pairs[i-len(watch.tokens)]
		preview.Allowances = append(preview.Allowances, Allowance{Token: pair.token, Spender: pair.spender, Before: was, After: is})
	}
	preview.Changes = balances.changes()
	return preview, nil
}

// watched is what is read before and after a plan: balances, where logs do not tell them, and the allowances of the
// plan's approvals.
type watched struct {
	from   common.Address
	tokens []common.Address
	pairs  []struct{ token, spender common.Address }
}

func (p Plan) watch(from common.Address) watched {
	w := watched{from: from}
	for _, call := range p {
		var approve ERC20Approve
		if approve.Decode(call.Data) != nil {
			continue
		}
		pair := struct{ token, spender common.Address }{call.To, approve.Spender}
		if !slices.Contains(w.pairs, pair) {
			w.pairs = append(w.pairs, pair)
		}
	}
	return w
}

// tokens returns the coin, what the plan calls and the tokens given, each once.
func (p Plan) tokens(more []ERC20) ([]common.Address, error) {
	list := []common.Address{Coin()}
	add := func(token common.Address) {
		if !slices.Contains(list, token) {
			list = append(list, token)
		}
	}
	for _, call := range p {
		add(call.To)
	}
	for _, token := range more {
		if err := token.contract.err; err != nil {
			return nil, err
		}
		add(token.Address())
	}
	return list, nil
}

// encoded returns calldata of addresses only, which always fit.
func encoded(function interface {
	AppendTo(dst []byte) ([]byte, error)
}) []byte {
	data, _ := function.AppendTo(nil)
	return data
}

// around returns the reads, the plan's calls and the reads again.
func (w watched) around(p Plan) []simulation.Call {
	var reads []simulation.Call
	for _, token := range w.tokens {
		to, data := token, encoded(ERC20BalanceOf{Account: w.from})
		if token == Coin() {
			to, data = multicall.Address, encoded(multicall.GetEthBalance{Addr: w.from})
		}
		reads = append(reads, simulation.Call{To: to, Data: data})
	}
	for _, pair := range w.pairs {
		reads = append(reads, simulation.Call{To: pair.token, Data: encoded(ERC20Allowance{Owner: w.from, Spender: pair.spender})})
	}
	calls := slices.Clone(reads)
	for _, call := range p {
		calls = append(calls, simulation.Call{To: call.To, Value: call.Value, Data: call.Data})
	}
	return append(calls, reads...)
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
