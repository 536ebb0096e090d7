package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/said"
)

// demo is all that only a demonstration has: the chains themselves, the keys, and levers that nobody has elsewhere. With
// real nodes and the users' own wallets it falls away, and the rest stays as it is.
type demo struct {
	people   []person
	networks []*network
	chains   map[uint64]*devnet.Chain
	first    map[uint64]uint64 // the block from which a chain may be reorganised
	keys     map[common.Address]devnet.Account
}

// paysOn is when a request to unstake is paid here. GAIB's sources disagree about the rule, so it is assumed.
const paysOn = said.MonthAfterNext

func newDemo(ctx context.Context) (*demo, error) {
	d := &demo{chains: make(map[uint64]*devnet.Chain), first: make(map[uint64]uint64), keys: make(map[common.Address]devnet.Account)}
	for _, kind := range []struct {
		id         uint64
		name, note string
		options    []devnet.Option
		loss       string
	}{
		{1, "Ethereum, embedded", "The amount paid for sAID is fixed when the queue is paid.", nil, "150000"},
		{31337, "Rehearsal, embedded", "The amount paid for sAID is fixed when it is asked for.", []devnet.Option{devnet.WithFixAtRequest()}, ""},
	} {
		chain, err := devnet.New(append(kind.options, devnet.WithChainID(kind.id))...)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.chains[kind.id] = chain
		book := gaib.NewDeployment(kind.id, kind.name)
		for _, name := range gaib.Mainnet().Names() {
			entry, _ := gaib.Mainnet().Entry(name)
			book = book.With(name, entry)
		}
		d.networks = append(d.networks, &network{id: kind.id, name: kind.name, note: kind.note, client: chain.Client(), book: book})
		if kind.loss != "" {
			if err := d.manage(ctx, kind.id, func(v manager.Vault) gaib.Call { return v.MarkDown(aid.MustParse(kind.loss)) }); err != nil {
				return nil, errors.Join(err, d.close())
			}
		}
		d.first[kind.id] = chain.Head().Number.Uint64()
	}
	accounts := d.chains[1].Accounts()
	for _, account := range []devnet.Account{accounts.Alice, accounts.Bob, accounts.Carol} {
		d.people = append(d.people, person{Name: account.Name, Address: account.Address})
		d.keys[account.Address] = account
	}
	return d, nil
}

func (d *demo) close() error {
	var failures []error
	for _, chain := range d.chains {
		failures = append(failures, chain.Close())
	}
	return errors.Join(failures...)
}

// sign is what the user's own wallet would do.
func (d *demo) sign(account common.Address, digest common.Hash) (string, error) {
	key, ok := d.keys[account]
	if !ok {
		return "", fmt.Errorf("there is no demo key of %s", account)
	}
	signature, err := key.SignDigest(digest)
	return "0x" + hex.EncodeToString(signature), err
}

// manage has the vault's manager make a call.
func (d *demo) manage(ctx context.Context, id uint64, call func(manager.Vault) gaib.Call) error {
	chain := d.chains[id]
	made := call(manager.NewVault(said.NewVault(gaib.Mainnet().AllowAssumed())))
	if err := made.Err(); err != nil {
		return err
	}
	_, err := chain.Send(ctx, chain.Accounts().Manager, made.To, nil, made.Data)
	return err
}

// levers are what the page offers to move a chain by.
var levers = map[string]func(*demo, context.Context, *network) (string, error){
	"settle": (*demo).settle,
	"reorg":  (*demo).reorg,
}

// settle lets time pass until the requests of all people are due, puts the liquidity there, and has the queue paid.
func (d *demo) settle(ctx context.Context, n *network) (string, error) {
	chain := d.chains[n.id]
	requests := make([]*gaib.Query[said.UnstakeRequest], len(d.people))
	queries := make([]gaib.Reader, len(d.people))
	for i, p := range d.people {
		requests[i] = n.vault.PendingUnstake(p.Address)
		queries[i] = requests[i]
	}
	if _, err := gaib.Read(ctx, n.client, gaib.Latest, queries...); err != nil {
		return "", err
	}
	// A little more than is pending, since each payment can move the rounding of the next.
	liquidity, due := aid.MustParse("1"), chain.Now()
	waiting := 0
	for _, query := range requests {
		request := query.Value()
		if !request.Active() {
			continue
		}
		waiting++
		liquidity.Add(&liquidity, &request.Pending)
		if date := paysOn.Settlement(request.Time); date.After(due) {
			due = date
		}
	}
	if waiting == 0 {
		return "", refuse(errors.New("nobody waits in the queue of this chain; unstake something first"))
	}
	if due.After(chain.Now()) {
		if err := chain.TravelTo(due); err != nil {
			return "", err
		}
	}
	if err := d.manage(ctx, n.id, func(v manager.Vault) gaib.Call { return v.FundQueueFromIdle(liquidity) }); err != nil {
		return "", err
	}
	if err := d.manage(ctx, n.id, func(manager.Vault) gaib.Call { return n.vault.ProcessUnstakeQueue(uint64(len(d.people))) }); err != nil {
		return "", err
	}
	return fmt.Sprintf("It is %s, and the queue is paid.", chain.Now().Format("2 January 2006")), nil
}

// reorg has another branch win, on which the last block's transactions are not.
func (d *demo) reorg(_ context.Context, n *network) (string, error) {
	chain := d.chains[n.id]
	head := chain.Head().Number.Uint64()
	if head <= d.first[n.id] {
		return "", refuse(errors.New("there is no block to replace yet; send something first"))
	}
	if err := chain.Reorg(1, 2); err != nil {
		return "", err
	}
	return fmt.Sprintf("Block %d was replaced by two empty ones.", head), nil
}
