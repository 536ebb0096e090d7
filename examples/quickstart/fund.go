package main

import (
	"context"
	"fmt"
	"time"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/examples/underwriter/deals"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
	"github.com/gaib-go/gaib/said"
)

// fund is the made-up portfolio of GPU deals behind sAID in this story, and its reports.
type fund struct {
	doc    *gpuasset.Document
	method portfolio.Method
	anchor anchor.Anchor
	issuer anchor.Issuer

	start  gpuasset.Date
	cash   gpuasset.Money // at the start
	assets gpuasset.Money // before fees, by the last report
	fees   gpuasset.Money // of the protocol, not paid yet
	late   string         // the deal whose risk has increased
}

// invest puts a portfolio of deals behind the vault, and a contract in charge of its NAVs that takes signed reports only.
func (l *life) invest(ctx context.Context) error {
	l.heading("What stands behind sAID here: a made-up portfolio of GPU deals, reported in signed reports that set the NAVs")
	l.progress.say("deploying the anchor")
	f := &fund{start: gpuasset.DateOf(l.chain.Now())}
	l.fund = f
	var err error
	signer := l.chain.Accounts().Portfolio
	if f.anchor, l.deployment, err = anchor.Deploy(ctx, l.chain, l.deployment, signer.Address); err != nil {
		return err
	}
	l.progress.done()
	if f.doc, err = deals.Sample(); err != nil {
		return err
	}
	f.issuer = anchor.Issuer{Anchor: f.anchor, Name: "quickstart", Currency: f.doc.Currency, Signer: signer, Secret: []byte("the issuer's secret"), FeeBps: feeBps}
	terms, _ := deals.Assume(f.start)
	f.method = terms.Method
	// What the vault has beside the deals is cash.
	var whole uint256.Int
	whole.Div(&l.state.TotalAssets, uint256.NewInt(1e12))
	if f.assets, err = gpuasset.ParseMoney(gaib.FormatUnits(whole, gpuasset.MoneyDecimals)); err != nil {
		return err
	}
	held, err := portfolio.FromDocument(f.doc, f.start, portfolio.Given{})
	if err != nil {
		return err
	}
	f.cash = f.assets
	for _, p := range held.Positions() {
		f.cash = f.cash.SubFloor(p.Outstanding.Add(p.Accrued))
		l.printf("  %-7s %20s outstanding at %s to %s, on %s in %s\n", p.Deal, usd(p.Outstanding), percent(p.Rate), p.Maturity, p.Model, p.Location)
	}
	l.printf("  %-7s %20s\n", "cash", usd(f.cash))
	return nil
}

func usd(amount gpuasset.Money) string {
	return gaib.Unit{Symbol: "USD", Decimals: gpuasset.MoneyDecimals}.Format(amount.Base())
}

func percent(r gpuasset.Ratio) string { return fmt.Sprintf("%.1f%%", 100*r.Float64()) }

// quarter reports three months, each at its first day, when the deals have paid.
func (l *life) quarter(ctx context.Context) error {
	l.heading("Three months: the deals pay, and the NAV steps up once a month, net of the protocol's 20%%")
	for range 3 {
		month := l.chain.Now().AddDate(0, 1, 0)
		if err := l.chain.TravelTo(time.Date(month.Year(), month.Month(), 1, 12, 0, 0, 0, time.UTC)); err != nil {
			return err
		}
		if _, err := l.publish(ctx); err != nil {
			return err
		}
	}
	return nil
}

// markDown reports a deal whose risk has increased: the Unstaking NAV takes the haircut of its stage off.
func (l *life) markDown(ctx context.Context) error {
	l.fund.late = "lisbon"
	l.heading("The risk of deal %s increases significantly, so it goes to stage 2: from here on the two NAVs differ", l.fund.late)
	if err := l.chain.Travel(24 * time.Hour); err != nil {
		return err
	}
	made, err := l.publish(ctx)
	if err != nil {
		return err
	}
	for _, step := range made.Bridge {
		l.printf("  less %s: %s\n", usd(step.Amount), step.Kind)
	}
	nav := l.navs[len(l.navs)-1]
	l.printf("  Deposit NAV %s, Unstaking NAV %s, haircut %s\n", said.Format(nav.Deposit), said.Format(nav.Unstaking), said.NAV(nav.NAV).Haircut())
	return nil
}

// publish values the portfolio today, reports it, has the report signed and anchored, and holds the vault against it.
func (l *life) publish(ctx context.Context) (*report.Report, error) {
	f, today := l.fund, gpuasset.DateOf(l.chain.Now())
	p, err := portfolio.FromDocument(f.doc, today, portfolio.Given{})
	if err != nil {
		return nil, err
	}
	paid, err := deals.Paid(f.doc, f.start, today)
	if err != nil {
		return nil, err
	}
	p.Cash = f.cash.Add(paid)
	assets := p.Cash
	for i := range p.SPs {
		for j := range p.SPs[i].Positions {
			q := &p.SPs[i].Positions[j]
			q.Stage = credit.StageOf(0, q.Deal == f.late)
			assets = gpuasset.Sum(assets, q.Outstanding, q.Accrued)
		}
	}
	earned := assets.SubFloor(f.assets)
	f.assets, f.fees = assets, f.fees.Add(earned.MulDown(gpuasset.Bps(feeBps)))
	p.Fees, p.Shares.Supply = f.fees, l.state.TotalSupply

	issue, err := f.issuer.Next(&p, f.method, today, l.state)
	if err != nil {
		return nil, err
	}
	if _, err := l.carryOut(ctx, gaib.Plan{issue.Call}, l.manager); err != nil {
		return nil, err
	}
	l.state = issue.Fed.State
	if err := l.checkBooks(ctx); err != nil {
		return nil, err
	}
	nav := l.navs[len(l.navs)-1]
	for _, pair := range []struct {
		what      string
		got, want uint256.Int
	}{{"reported Deposit NAV", nav.Deposit, issue.NAV.Deposit}, {"reported Unstaking NAV", nav.Unstaking, issue.NAV.Unstaking}} {
		if err := l.check(pair.what, pair.got, pair.want); err != nil {
			return nil, err
		}
	}
	l.printf("  %s: the deals earned %s, the vault booked %s of it as fee\n", today, usd(earned), aid.Unit().Format(issue.Fed.Fee))
	return issue.Report, nil
}
