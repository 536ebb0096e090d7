package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/aid/contract"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
	"github.com/gaib-go/gaib/internal/devnet/manager"
	"github.com/gaib-go/gaib/said"
	saidcontract "github.com/gaib-go/gaib/said/contract"
	"github.com/gaib-go/gaib/yield"
)

// teller tells the story and keeps what it told as a report.
type teller struct {
	out        io.Writer
	progress   *progressLine
	chain      *devnet.Chain // nil with -rpc
	client     *counter
	deployment gaib.Deployment
	names      map[common.Address]string
	report     result
}

// The amounts of the story.
var (
	usdcIn   = units("100000", 6)
	firstPay = aid.MustParse("40000") // liquidity for the queue at the first settlement
	nextPay  = aid.MustParse("80000") // and at the second
)

const feeBps = 2000 // the protocol's share of the yield

func units(text string, decimals uint8) uint256.Int {
	amount, err := gaib.ParseUnits(text, decimals)
	if err != nil {
		panic(err) // a constant of this file
	}
	return amount
}

// story takes Alice's 100,000 USDC into AID, into sAID, through a quarter, and back.
func (t *teller) story(ctx context.Context, who devnet.Accounts) error {
	if err := t.probe(ctx); err != nil {
		return err
	}
	if err := t.portfolio(ctx, []common.Address{who.Alice.Address, who.Bob.Address, who.Whale.Address}); err != nil {
		return err
	}
	first := t.chain.Head().Number.Uint64() + 1

	token, vault := aid.NewToken(t.deployment), said.NewVault(t.deployment)
	books := manager.NewVault(vault)
	state, err := books.State().Call(ctx, t.client, gaib.Latest)
	if err != nil {
		return err
	}
	l := &life{teller: t, alice: who.Alice, manager: who.Manager, anyone: who.Carol, token: token, vault: vault, books: books, state: state}
	for _, step := range []func(context.Context) error{l.mint, l.stake, l.invest, l.quarter, l.markDown, l.unstake, l.settle, l.redeem} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := l.history(ctx, who.Alice.Address, first); err != nil {
		return err
	}
	if err := l.yield(); err != nil {
		return err
	}
	t.printf("\nEvery one of %d amounts equals the library's own arithmetic, to the base unit.\n", t.report.Checks)
	return nil
}

// probe compares every binding with the deployed code.
func (t *teller) probe(ctx context.Context) error {
	t.heading("What is deployed, and which functions of the bindings are in its code")
	d := t.deployment
	for _, bound := range []gaib.Bound{
		aid.NewToken(d), said.NewVault(d), aid.NewMinter(d), aid.NewRedeemer(d), aid.NewMigration(d),
		aid.NewAlphaVault(d, gaib.AlphaUSDC), aid.NewAlphaVault(d, gaib.AlphaUSDT), aid.NewVesting(d),
	} {
		if errors.Is(bound.Contract().Err(), gaib.ErrUnknownContract) {
			continue // not on this chain
		}
		t.progress.say("probing " + string(bound.Contract().Name()))
		found, err := gaib.Probe(ctx, t.client, bound)
		line := probeLine{Name: bound.Contract().Name(), Address: bound.Contract().Address(), Evidence: bound.Contract().Entry().Evidence.String()}
		if errors.Is(err, gaib.ErrNoCode) {
			line.Note = "no code"
		} else if err != nil {
			return err
		} else {
			line.Proxy, line.Code, line.CodeHash, line.Functions = found.Proxy.String(), found.Code, found.CodeHash, len(found.Functions)
			for _, item := range found.Missing() {
				line.Missing = append(line.Missing, item.Signature)
			}
			if found.Upgraded {
				line.Note = "upgraded since it was recorded"
			}
		}
		t.progress.done()
		t.report.Probes = append(t.report.Probes, line)
		t.printf("  %-10s %s  %-14s %2d of %2d functions  address %s", line.Name, line.Address, line.Proxy,
			line.Functions-len(line.Missing), line.Functions, line.Evidence)
		if line.Note != "" {
			t.printf("  (%s)", line.Note)
		}
		t.printf("\n")
		for _, missing := range line.Missing {
			t.printf("             missing: %s\n", missing)
		}
	}
	return nil
}

// portfolio reads what accounts have, in one request.
func (t *teller) portfolio(ctx context.Context, accounts []common.Address) error {
	if len(accounts) == 0 {
		return nil
	}
	t.heading("What %d accounts have", len(accounts))
	token, vault := aid.NewToken(t.deployment), said.NewVault(t.deployment)
	if _, ok := t.deployment.Entry(gaib.SAID); !ok {
		return t.balances(ctx, token, accounts)
	}
	nav := vault.NAV()
	queries := []gaib.Reader{nav}
	balances, positions := make([]*gaib.Query[uint256.Int], len(accounts)), make([]*gaib.Query[said.Position], len(accounts))
	for i, account := range accounts {
		balances[i], positions[i] = token.BalanceOf(account), vault.Position(account)
		queries = append(queries, balances[i], positions[i])
	}
	before := t.client.requests
	block, err := gaib.Read(ctx, t.client, gaib.Latest, queries...)
	if err != nil {
		return err
	}
	p := holdings{Block: block.Number, Time: block.Time, Requests: t.client.requests - before,
		DepositNAV: said.Format(nav.Value().Deposit), UnstakingNAV: said.Format(nav.Value().Unstaking)}
	t.printf("  block %d, %s: Deposit NAV %s, Unstaking NAV %s, haircut %s\n", p.Block, p.Time.Format(time.DateTime), p.DepositNAV, p.UnstakingNAV, nav.Value().Haircut())
	for i, account := range accounts {
		position := positions[i].Value()
		line := holding{Account: account, Name: t.names[account], AID: aid.Format(balances[i].Value()), SAID: said.Format(position.Shares),
			Entry: aid.Format(position.Entry), Exit: aid.Format(position.Exit), Pending: aid.Format(position.Request.Pending)}
		p.Accounts = append(p.Accounts, line)
		t.printf("  %-6s %s  %s, %s worth %s to enter and %s to leave\n", line.Name, account,
			aid.Unit().Format(balances[i].Value()), said.Unit().Format(position.Shares), aid.Unit().Format(position.Entry), aid.Unit().Format(position.Exit))
	}
	t.printf("  read in %d request\n", p.Requests)
	t.report.Portfolio = p
	return nil
}

// balances is portfolio on a chain that has AID only.
func (t *teller) balances(ctx context.Context, token aid.Token, accounts []common.Address) error {
	var queries []gaib.Reader
	balances := make([]*gaib.Query[uint256.Int], len(accounts))
	for i, account := range accounts {
		balances[i] = token.BalanceOf(account)
		queries = append(queries, balances[i])
	}
	before := t.client.requests
	block, err := gaib.Read(ctx, t.client, gaib.Latest, queries...)
	if err != nil {
		return err
	}
	t.report.Portfolio = holdings{Block: block.Number, Time: block.Time, Requests: t.client.requests - before}
	for i, account := range accounts {
		t.report.Portfolio.Accounts = append(t.report.Portfolio.Accounts, holding{Account: account, AID: aid.Format(balances[i].Value())})
		t.printf("  %s  %s\n", account, aid.Unit().Format(balances[i].Value()))
	}
	t.printf("  block %d, read in %d request; sAID is not on this chain\n", block.Number, t.report.Portfolio.Requests)
	return nil
}

// life is Alice's way through AID and sAID. state is what the vault's books should be, by the library's arithmetic.
type life struct {
	*teller
	alice, manager, anyone devnet.Account
	token                  aid.Token
	vault                  said.Vault
	fund                   *fund
	books                  manager.Vault
	state                  said.State
	queue                  said.Queue
	liquidity              uint256.Int

	entered, asked, left time.Time
	shares               uint256.Int
	in, out              uint256.Int    // AID staked, AID paid by the queue
	navs                 []yield.Sample // at entry, and after each step
	payments             []said.Payment
}

func (l *life) mint(ctx context.Context) error {
	l.heading("Alice mints AID with USDC")
	minter, usdc := aid.NewMinter(l.deployment), gaib.NewStablecoin(l.deployment, gaib.USDC)
	want, err := aid.QuoteMint(usdcIn, usdc.Unit().Decimals)
	if err != nil {
		return err
	}
	before, err := l.token.BalanceOf(l.alice.Address).Call(ctx, l.client, gaib.Latest)
	if err != nil {
		return err
	}
	plan, err := minter.PlanMint(ctx, l.client, l.alice.Address, usdc, usdcIn)
	if err != nil {
		return err
	}
	if err := l.preview(ctx, plan, l.alice, usdc, l.token.ERC20); err != nil {
		return err
	}
	if _, err := l.carryOut(ctx, plan, l.alice); err != nil {
		return err
	}
	after, err := l.token.BalanceOf(l.alice.Address).Call(ctx, l.client, gaib.Latest)
	if err != nil {
		return err
	}
	return l.check("AID minted", minus(after, before), want)
}

func (l *life) stake(ctx context.Context) error {
	l.heading("She stakes it")
	amount, err := aid.QuoteMint(usdcIn, 6)
	if err != nil {
		return err
	}
	after, want, err := l.state.Deposit(amount)
	if err != nil {
		return err
	}
	plan, err := l.vault.PlanStake(ctx, l.client, l.alice.Address, amount)
	if err != nil {
		return err
	}
	if err := l.preview(ctx, plan, l.alice, l.token.ERC20, l.vault.ERC20); err != nil {
		return err
	}
	if _, err := l.carryOut(ctx, plan, l.alice); err != nil {
		return err
	}
	l.state, l.in, l.entered = after, amount, l.chain.Now()
	if l.shares, err = l.vault.BalanceOf(l.alice.Address).Call(ctx, l.client, gaib.Latest); err != nil {
		return err
	}
	if err := l.check("sAID received", l.shares, want); err != nil {
		return err
	}
	return l.checkBooks(ctx)
}

func (l *life) unstake(ctx context.Context) error {
	l.heading("Alice leaves through the queue")
	plan, err := l.vault.PlanUnstake(ctx, l.client, l.alice.Address, l.shares)
	if err != nil {
		return err
	}
	if _, err := l.carryOut(ctx, plan, l.alice); err != nil {
		return err
	}
	l.asked = l.chain.Now()
	var request said.Request
	if l.queue, l.state, request, err = l.queue.Unstake(l.state, l.alice.Address, l.shares, l.asked); err != nil {
		return err
	}
	worth, err := l.queue.Owed(l.state, request)
	if err != nil {
		return err
	}
	pending, err := l.vault.PendingUnstake(l.alice.Address).Call(ctx, l.client, gaib.Latest)
	if err != nil {
		return err
	}
	if err := l.check("AID pending", pending.Pending, worth); err != nil {
		return err
	}
	// A second request is refused while this one is pending.
	if _, err := l.vault.PlanUnstake(ctx, l.client, l.alice.Address, *uint256.NewInt(1)); !errors.Is(err, said.ErrUnstakePending) {
		return fmt.Errorf("a second request should be refused, got %v", err)
	}
	settles := said.MonthAfterNext.Settlement(l.asked)
	l.printf("  asked %s; by the rule %q it is settled on %s, %d days later\n", l.asked.Format(time.DateOnly), said.MonthAfterNext,
		settles.Format(time.DateOnly), said.WaitDays(said.MonthAfterNext, l.asked))
	return nil
}

// settle pays the queue twice: first there is too little for Alice's request, a month later enough.
func (l *life) settle(ctx context.Context) error {
	date := said.MonthAfterNext.Settlement(l.asked)
	for i, liquidity := range []uint256.Int{firstPay, nextPay} {
		l.heading([]string{"The queue is paid, but there is too little for all of it", "The rest follows at the next settlement"}[i])
		if err := l.chain.TravelTo(date); err != nil {
			return err
		}
		date = said.MonthAfterNext.Next(date)
		if _, err := l.carryOut(ctx, gaib.Plan{l.fund.anchor.Manage(l.books.FundQueueFromIdle(liquidity), "set "+aid.Unit().Format(liquidity)+" aside for the queue")}, l.manager); err != nil {
			return err
		}
		l.liquidity.Add(&l.liquidity, &liquidity)
		want, err := l.queue.Settle(l.state, l.liquidity, 10)
		if err != nil {
			return err
		}
		receipts, err := l.carryOut(ctx, gaib.Plan{l.vault.ProcessUnstakeQueue(10)}, l.anyone)
		if err != nil {
			return err
		}
		l.queue, l.state, l.liquidity = want.Queue, want.State, want.Liquidity
		logs := receipts[0].Decode(l.vault.Payments())
		if len(logs) != 1 || len(want.Payments) != 1 {
			return fmt.Errorf("%d payments, want %d", len(logs), len(want.Payments))
		}
		paid, due := logs[0].Event.(*saidcontract.VaultUnstakeProcessedEvent), want.Payments[0]
		for _, pair := range []struct {
			what      string
			got, want uint256.Int
		}{{"AID paid", paid.Assets, due.Assets}, {"sAID burned", paid.Shares, due.Shares}, {"AID left in the queue", paid.RemainingAssets, due.Remaining}} {
			if err := l.check(pair.what, pair.got, pair.want); err != nil {
				return err
			}
		}
		if err := l.checkBooks(ctx); err != nil {
			return err
		}
		l.out.Add(&l.out, &paid.Assets)
		l.payments = append(l.payments, said.Payment{Time: l.chain.Now(), Assets: paid.Assets})
		l.printf("  %s: paid %s, %s still pending\n", l.chain.Now().Format(time.DateOnly), aid.Unit().Format(paid.Assets), aid.Unit().Format(paid.RemainingAssets))
	}
	l.left = l.chain.Now()
	return nil
}

func (l *life) redeem(ctx context.Context) error {
	l.heading("She redeems it for USDC, less 10 basis points")
	redeemer, usdc := aid.NewRedeemer(l.deployment), gaib.NewStablecoin(l.deployment, gaib.USDC)
	quote, err := redeemer.Quote(ctx, l.client, l.out)
	if err != nil {
		return err
	}
	before, err := usdc.BalanceOf(l.alice.Address).Call(ctx, l.client, gaib.Latest)
	if err != nil {
		return err
	}
	plan, err := redeemer.PlanRedeem(ctx, l.client, l.alice.Address, l.out)
	if err != nil {
		return err
	}
	if err := l.preview(ctx, plan, l.alice, usdc, l.token.ERC20); err != nil {
		return err
	}
	if _, err := l.carryOut(ctx, plan, l.alice); err != nil {
		return err
	}
	after, err := usdc.BalanceOf(l.alice.Address).Call(ctx, l.client, gaib.Latest)
	if err != nil {
		return err
	}
	l.printf("  %s in, fee %s, %s out\n", aid.Unit().Format(l.out), aid.Unit().Format(quote.Fee), usdc.Unit().Format(quote.Out))
	return l.check("USDC received", minus(after, before), quote.Out)
}

// checkBooks holds the vault's books and both NAVs against the arithmetic.
func (l *life) checkBooks(ctx context.Context) error {
	books, nav := l.books.State(), l.vault.NAV()
	if _, err := gaib.Read(ctx, l.client, gaib.Latest, books, nav); err != nil {
		return err
	}
	want, err := l.state.NAV()
	if err != nil {
		return err
	}
	got := books.Value()
	for _, pair := range []struct {
		what      string
		got, want uint256.Int
	}{
		{"total assets", got.TotalAssets, l.state.TotalAssets}, {"unrealised loss", got.UnrealizedLoss, l.state.UnrealizedLoss},
		{"total supply", got.TotalSupply, l.state.TotalSupply}, {"Deposit NAV", nav.Value().Deposit, want.Deposit}, {"Unstaking NAV", nav.Value().Unstaking, want.Unstaking},
	} {
		if err := l.check(pair.what, pair.got, pair.want); err != nil {
			return err
		}
	}
	l.navs = append(l.navs, yield.Sample{Time: l.chain.Now(), NAV: yield.NAV(nav.Value())})
	return nil
}

// check holds an amount of the chain against the arithmetic's.
func (t *teller) check(what string, got, want uint256.Int) error {
	if !got.Eq(&want) {
		return fmt.Errorf("%s: the chain says %s, the library's arithmetic %s base units", what, got.Dec(), want.Dec())
	}
	t.report.Checks++
	return nil
}

func minus(a, b uint256.Int) (difference uint256.Int) {
	difference.Sub(&a, &b)
	return difference
}

// preview says in words what a plan does and shows what it would change.
func (t *teller) preview(ctx context.Context, plan gaib.Plan, from devnet.Account, tokens ...gaib.ERC20) error {
	preview, err := plan.Simulate(ctx, t.client, from.Address)
	if err != nil {
		return err
	}
	t.printf("  preview: %s\n", preview.Describe(tokens...))
	return nil
}

// carryOut turns a plan into unsigned transactions, has the account sign their digests, sends them and waits.
func (t *teller) carryOut(ctx context.Context, plan gaib.Plan, from devnet.Account) ([]gaib.Receipt, error) {
	t.progress.say(plan.Describe())
	defer t.progress.done()
	transactions, err := plan.Transactions(ctx, t.client, from.Address)
	if err != nil {
		return nil, err
	}
	var receipts []gaib.Receipt
	for _, tx := range transactions {
		digest, err := tx.Digest()
		if err != nil {
			return nil, err
		}
		signature, err := from.SignDigest(digest) // here a wallet, a KMS or a hardware key would sign
		if err != nil {
			return nil, err
		}
		hash, err := tx.Send(ctx, t.client, signature)
		if err != nil {
			return nil, err
		}
		receipt, err := tx.Wait(ctx, t.client, hash)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, receipt)
	}
	t.progress.done()
	step := step{Account: from.Name, Plan: plan.Describe(), Block: receipts[len(receipts)-1].BlockNumber}
	for _, receipt := range receipts {
		step.GasUsed += receipt.GasUsed
	}
	t.report.Steps = append(t.report.Steps, step)
	t.printf("  %s: %s\n", from.Name, step.Plan)
	return receipts, nil
}

// history tells what happened to an account from the chain's events alone.
func (l *life) history(ctx context.Context, account common.Address, first uint64) error {
	l.heading("The whole history, from events")
	token, vault, minter, redeemer := l.token, l.vault, aid.NewMinter(l.deployment), aid.NewRedeemer(l.deployment)
	usdc := gaib.NewStablecoin(l.deployment, gaib.USDC).Unit()
	before := l.client.requests
	for block, err := range gaib.Logs(ctx, l.client, first, gaib.Latest,
		minter.Mints(), vault.Deposits(), l.fund.anchor.Reports(), vault.Requests(), vault.Payments(), redeemer.Redemptions(), token.Transfers()) {
		if err != nil {
			return err
		}
		for _, log := range block.Logs {
			if log.Err != nil {
				return log.Err
			}
			text := ""
			switch event := log.Event.(type) {
			case *contract.MinterMintedEvent:
				text = fmt.Sprintf("minted %s", aid.Unit().Format(event.AidAmount))
			case *gaib.ERC4626DepositEvent:
				text = fmt.Sprintf("staked %s for %s", aid.Unit().Format(event.Assets), said.Unit().Format(event.Shares))
			case *anchor.AnchorReportAnchoredEvent:
				text = fmt.Sprintf("report %d: NAV %s to enter, %s to leave", event.Number, said.Format(event.DepositNav), said.Format(event.UnstakingNav))
			case *saidcontract.VaultUnstakeRequestedEvent:
				text = fmt.Sprintf("asked to unstake %s, then worth %s", said.Unit().Format(event.Shares), aid.Unit().Format(event.Assets))
			case *saidcontract.VaultUnstakeProcessedEvent:
				text = fmt.Sprintf("was paid %s, %s pending", aid.Unit().Format(event.Assets), aid.Unit().Format(event.RemainingAssets))
			case *contract.RedeemerRedeemedEvent:
				text = fmt.Sprintf("redeemed %s for %s", aid.Unit().Format(event.AidAmount), usdc.Format(event.StablecoinAmount))
			case *gaib.ERC20TransferEvent:
				continue // the other events say it better
			}
			l.report.History = append(l.report.History, moment{Block: block.Number, Time: block.Time, Event: text})
			l.printf("  block %3d  %s  %s\n", block.Number, block.Time.Format(time.DateOnly), text)
		}
	}
	l.printf("  read in %d requests\n", l.client.requests-before)
	return nil
}
