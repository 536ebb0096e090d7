package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
)

// wallet is the back end: what it knows of the chains, and the orders that were prepared. It holds no key.
type wallet struct {
	people   []person
	networks []*network
	names    *strings.Replacer

	mu     sync.Mutex // guards what follows, and each network's feed
	orders []*order   // oldest first
	last   int        // the last order's number
}

type person struct {
	Name    string
	Address common.Address
}

// network is a chain: a node of it, and GAIB's contracts on it.
type network struct {
	id         uint64
	name, note string
	client     gaib.Client
	book       gaib.Deployment

	token    aid.Token
	vault    said.Vault
	redeemer aid.Redeemer
	usdc     gaib.ERC20

	feed feed
}

// newWallet binds the contracts of each chain. What is only assumed of them is looked for in their code, and what is not
// found there stays refused.
func newWallet(ctx context.Context, people []person, networks []*network) (*wallet, error) {
	var names []string
	for _, p := range people {
		names = append(names, p.Address.Hex(), p.Name)
	}
	for _, n := range networks {
		for _, bound := range []gaib.Bound{said.NewVault(n.book), aid.NewRedeemer(n.book)} {
			report, err := gaib.Probe(ctx, n.client, bound)
			if err != nil {
				return nil, err
			}
			n.book = n.book.Trust(report)
		}
		n.token, n.vault, n.redeemer, n.usdc = aid.NewToken(n.book), said.NewVault(n.book), aid.NewRedeemer(n.book), gaib.NewStablecoin(n.book, gaib.USDC)
		names = append(names, n.redeemer.Contract().Address().Hex(), "the Redeemer")
	}
	return &wallet{people: people, networks: networks, names: strings.NewReplacer(names...)}, nil
}

// start follows all chains until ctx ends.
func (w *wallet) start(ctx context.Context, work *sync.WaitGroup) {
	for _, n := range w.networks {
		work.Go(func() { w.follow(ctx, work, n) })
	}
}

// network returns the chain of an id.
func (w *wallet) network(id uint64) (*network, error) {
	var known []string
	for _, n := range w.networks {
		if n.id == id {
			return n, nil
		}
		known = append(known, fmt.Sprint(n.id))
	}
	return nil, refuse(fmt.Errorf("there is no chain %d here; there are %s", id, strings.Join(known, " and ")))
}

// account returns the account of a text, which must be of one of the people.
func (w *wallet) account(text string) (common.Address, error) {
	address, err := gaib.ParseAddress(text)
	if err != nil {
		return common.Address{}, refuse(err)
	}
	if !slices.ContainsFunc(w.people, func(p person) bool { return p.Address == address }) {
		return common.Address{}, refuse(fmt.Errorf("%s is no account of this wallet", address))
	}
	return address, nil
}

// amount is a number for the page: exact to be typed in, and written for people.
type amount struct {
	Exact string `json:"exact"`
	Text  string `json:"text"`
}

func amountOf(value uint256.Int, unit gaib.Unit) amount {
	return amount{Exact: gaib.FormatUnits(value, unit.Decimals), Text: unit.Format(value)}
}

// state is all that the page shows.
type state struct {
	Chains []chainState `json:"chains"`
}

type chainState struct {
	ID        uint64    `json:"id"`
	Name      string    `json:"name"`
	Note      string    `json:"note"`
	Fault     string    `json:"fault,omitempty"` // why the rest is missing
	Block     uint64    `json:"block"`
	Time      time.Time `json:"time"`
	Deposit   string    `json:"deposit"`
	Unstaking string    `json:"unstaking"`
	Haircut   string    `json:"haircut"`
	Holdings  []holding `json:"holdings"` // of all people, in their order

	Orders []orderState `json:"orders"` // of the account, newest first
	Feed   []entry      `json:"feed"`
	Trail  []string     `json:"trail"` // what befell the stream
}

type holding struct {
	AID     amount    `json:"aid"`
	SAID    amount    `json:"said"`
	USDC    amount    `json:"usdc"`
	Entry   amount    `json:"entry"` // AID that the sAID is worth to enter
	Exit    amount    `json:"exit"`  // and to leave
	Pending amount    `json:"pending"`
	Waits   bool      `json:"waits"`
	Due     time.Time `json:"due"` // when the pending amount is paid
}

// state reads all accounts, in one request a chain, the chains at once. A chain that does not answer says so and keeps
// nobody else from answering.
func (w *wallet) state(ctx context.Context, account common.Address) state {
	answer := state{Chains: make([]chainState, len(w.networks))}
	var chains sync.WaitGroup
	for i, n := range w.networks {
		chains.Go(func() {
			chain, err := w.read(ctx, n)
			if err != nil {
				chain = chainState{Fault: err.Error()}
			}
			chain.ID, chain.Name, chain.Note = n.id, n.name, n.note
			answer.Chains[i] = chain
		})
	}
	chains.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, n := range w.networks {
		chain := &answer.Chains[i]
		chain.Feed, chain.Trail = n.feed.entries(n, account, w.names), slices.Clone(n.feed.trail)
		for _, o := range slices.Backward(w.orders) {
			if o.network == n && o.account == account && !o.started.IsZero() {
				chain.Orders = append(chain.Orders, o.state())
			}
		}
	}
	return answer
}

func (w *wallet) read(ctx context.Context, n *network) (chainState, error) {
	nav := n.vault.NAV()
	queries := []gaib.Reader{nav}
	tokens, dollars, positions := make([]*gaib.Query[uint256.Int], len(w.people)), make([]*gaib.Query[uint256.Int], len(w.people)), make([]*gaib.Query[said.Position], len(w.people))
	for i, p := range w.people {
		tokens[i], dollars[i], positions[i] = n.token.BalanceOf(p.Address), n.usdc.BalanceOf(p.Address), n.vault.Position(p.Address)
		queries = append(queries, tokens[i], dollars[i], positions[i])
	}
	block, err := gaib.Read(ctx, n.client, gaib.Latest, queries...)
	if err != nil {
		return chainState{}, err
	}
	c := chainState{Block: block.Number, Time: block.Time, Deposit: said.Format(nav.Value().Deposit), Unstaking: said.Format(nav.Value().Unstaking),
		Haircut: nav.Value().Haircut().String()}
	for i := range w.people {
		p := positions[i].Value()
		h := holding{AID: amountOf(tokens[i].Value(), aid.Unit()), SAID: amountOf(p.Shares, said.Unit()), USDC: amountOf(dollars[i].Value(), n.usdc.Unit()),
			Entry: amountOf(p.Entry, aid.Unit()), Exit: amountOf(p.Exit, aid.Unit()), Pending: amountOf(p.Request.Pending, aid.Unit()), Waits: p.Request.Active()}
		if h.Waits {
			h.Due = paysOn.Settlement(p.Request.Time)
		}
		c.Holdings = append(c.Holdings, h)
	}
	return c, nil
}

// refusal is an error whose cause is the request, not this program or a node.
type refusal struct {
	status int // of HTTP
	text   string
	err    error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.err }

// refuse returns the refusal of a request that is wrong in itself.
func refuse(err error) error { return &refusal{http.StatusBadRequest, err.Error(), err} }

// conflict returns the refusal of what does not go with what has been done.
func conflict(format string, args ...any) error {
	return &refusal{status: http.StatusConflict, text: fmt.Sprintf(format, args...)}
}
