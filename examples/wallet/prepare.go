package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

// action is something that a user can do with an amount of a token: its plan, and notes on it.
type action struct {
	unit gaib.Unit
	plan func(ctx context.Context, n *network, account common.Address, amount uint256.Int) (gaib.Plan, []string, error)
}

func actionOf(name string) (action, error) {
	switch name {
	case "stake":
		return action{aid.Unit(), stake}, nil
	case "unstake":
		return action{said.Unit(), unstake}, nil
	case "redeem":
		return action{aid.Unit(), redeem}, nil
	}
	return action{}, refuse(fmt.Errorf("there is no action %q; there are stake, unstake and redeem", name))
}

func stake(ctx context.Context, n *network, account common.Address, amount uint256.Int) (gaib.Plan, []string, error) {
	plan, err := n.vault.PlanStake(ctx, n.client, account, amount)
	if err != nil {
		return nil, nil, err
	}
	nav, err := n.vault.NAV().Call(ctx, n.client, gaib.Latest)
	if err != nil {
		return nil, nil, err
	}
	return plan, []string{fmt.Sprintf("You enter at the Deposit NAV of %s AID. Who leaves is paid the Unstaking NAV, now %s AID, which is %s less.",
		said.Format(nav.Deposit), said.Format(nav.Unstaking), nav.Haircut())}, nil
}

func unstake(ctx context.Context, n *network, account common.Address, amount uint256.Int) (gaib.Plan, []string, error) {
	plan, err := n.vault.PlanUnstake(ctx, n.client, account, amount)
	if err != nil {
		return nil, nil, err
	}
	head, err := gaib.Head(ctx, n.client, gaib.Latest)
	if err != nil {
		return nil, nil, err
	}
	return plan, []string{fmt.Sprintf("The sAID leaves at once, the AID comes through the queue: by the rule %q, which is assumed, on %s.",
		paysOn, paysOn.Settlement(head.Time).Format("2 January 2006")), n.note, "An account can have one request at a time."}, nil
}

func redeem(ctx context.Context, n *network, account common.Address, amount uint256.Int) (gaib.Plan, []string, error) {
	plan, err := n.redeemer.PlanRedeem(ctx, n.client, account, amount)
	if err != nil {
		return nil, nil, err
	}
	quote, err := n.redeemer.Quote(ctx, n.client, amount)
	if err != nil {
		return nil, nil, err
	}
	return plan, []string{fmt.Sprintf("The fee is %s.", aid.Unit().Format(quote.Fee))}, nil
}

// explanation is what a user reads before signing.
type explanation struct {
	Order      int      `json:"order"`
	Chain      uint64   `json:"chain"`
	ChainName  string   `json:"chainName"`
	Sentence   string   `json:"sentence"`
	Changes    []string `json:"changes"`    // of the account's balances, by a simulation
	Allowances []string `json:"allowances"` // that are left when all is done
	Notes      []string `json:"notes"`
	Steps      []step   `json:"steps"`
	MaxFee     string   `json:"maxFee"`
}

// step is one transaction, read back from the bytes that are signed.
type step struct {
	Text     string      `json:"text"`
	To       string      `json:"to"`
	Function string      `json:"function"`
	Evidence string      `json:"evidence"`
	Nonce    uint64      `json:"nonce"`
	Gas      uint64      `json:"gas"`
	Digest   common.Hash `json:"digest"`
}

// prepare makes an order: its plan, simulated, as unsigned transactions, explained.
func (w *wallet) prepare(ctx context.Context, n *network, account common.Address, what, text string) (*explanation, error) {
	act, err := actionOf(what)
	if err != nil {
		return nil, err
	}
	value, err := act.unit.Parse(text)
	if err != nil {
		return nil, refuse(err)
	}
	plan, notes, err := act.plan(ctx, n, account, value)
	var short *gaib.ERC20InsufficientBalanceError
	if errors.As(err, &short) {
		return nil, &refusal{http.StatusUnprocessableEntity, fmt.Sprintf("you have %s, %s were asked for", act.unit.Format(short.Balance), act.unit.Format(value)), err}
	}
	if err != nil {
		return nil, err
	}
	run, err := plan.Start(n.id, account)
	if err != nil {
		return nil, err
	}
	preview, err := plan.Simulate(ctx, n.client, account, n.token.ERC20, n.vault.ERC20, n.usdc)
	if err != nil {
		return nil, err
	}
	txs, err := plan.Transactions(ctx, n.client, account)
	if err != nil {
		return nil, err
	}
	answer := &explanation{Chain: n.id, ChainName: n.name, Sentence: plan.Describe(), Changes: []string{}, Notes: notes, Allowances: []string{}}
	unitOf := map[common.Address]gaib.Unit{n.token.Address(): aid.Unit(), n.vault.Address(): said.Unit(), n.usdc.Address(): n.usdc.Unit()}
	for _, change := range preview.Changes {
		answer.Changes = append(answer.Changes, change.Format(unitOf[change.Token]))
	}
	for _, allowance := range preview.Allowances {
		if !allowance.After.IsZero() {
			answer.Allowances = append(answer.Allowances, fmt.Sprintf("%s may still take %s of you afterwards.", allowance.Spender, unitOf[allowance.Token].Format(allowance.After)))
		}
	}
	var most uint256.Int
	readers := append(aid.CallReaders(n.book), said.CallReaders(n.book)...)
	for _, tx := range txs {
		digest, err := tx.Digest()
		if err != nil {
			return nil, err
		}
		bare := gaib.Call{To: tx.Call.To, Value: tx.Call.Value, Data: tx.Call.Data}
		reading, err := gaib.ReadBack(account, bare, readers...)
		if err != nil {
			return nil, err
		}
		if reading.Unknown() {
			return nil, fmt.Errorf("a transaction of the plan cannot be read back: %s", reading.Describe())
		}
		item := reading.Call.Item()
		answer.Steps = append(answer.Steps, step{Text: reading.Describe(), To: tx.Call.To.Hex(), Function: item.Signature, Evidence: item.Evidence.String(),
			Nonce: tx.Nonce, Gas: tx.Gas, Digest: digest})
		fee := new(uint256.Int).SetUint64(tx.Gas)
		most.Add(&most, fee.Mul(fee, &tx.Cap))
	}
	answer.MaxFee = gaib.Unit{Symbol: "ETH", Decimals: 18}.Format(most)

	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.orders {
		if o.running && o.run.Plan == run.Plan {
			return nil, conflict("the very same is under way as order %d; wait for it", o.id)
		}
	}
	if len(w.orders) == maxOrders {
		// The oldest that is not under way is forgotten.
		idle := slices.IndexFunc(w.orders, func(o *order) bool { return !o.running })
		if idle < 0 {
			return nil, conflict("%d orders are under way; wait for one", maxOrders)
		}
		w.orders = slices.Delete(w.orders, idle, idle+1)
	}
	w.last++
	answer.Order = w.last
	w.orders = append(w.orders, &order{id: w.last, network: n, account: account, sentence: plan.Describe(), txs: txs, run: run, mined: make([]gaib.Receipt, len(txs))})
	return answer, nil
}
