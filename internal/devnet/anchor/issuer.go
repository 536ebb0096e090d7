package anchor

import (
	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/said"
)

// Issuer reports portfolios in a row for one anchor, and signs. It is not safe for concurrent use.
type Issuer struct {
	Anchor   Anchor
	Name     string
	Currency string
	Signer   devnet.Account // in earnest a KMS or a hardware key
	Secret   []byte         // salts the deals of the reports
	FeeBps   uint64         // of the vault
	history  report.History
}

// Issue is a signed report, and what it does on chain.
type Issue struct {
	Report *report.Report
	Hash   report.Hash
	Deals  *report.Deals // to prove single ones
	NAV    said.NAV
	Call   gaib.Call // anchors the report; anyone may bring it
	Fed    Fed       // the books after that
}

// Next returns the next report of a portfolio as of a day, signed, with the signature checked, for a vault whose books are in a state. It
// fails like [report.New], [report.History.Add], [report.Report.Verify], [Anchor.Publish] and [Feed]; then the report does not count as issued.
func (i *Issuer) Next(p *portfolio.Portfolio, method portfolio.Method, asOf gpuasset.Date, books said.State) (*Issue, error) {
	last, previous := i.history.Last()
	header := report.Header{Issuer: i.Name, Number: 1, Previous: previous, AsOf: asOf, Currency: i.Currency}
	if last != nil {
		header.Number = last.Number + 1
	}
	made, deals, err := report.New(header, p, method, i.Secret, Keccak)
	if err != nil {
		return nil, err
	}
	signature, err := i.Anchor.Sign(made, i.Signer)
	if err != nil {
		return nil, err
	}
	if _, err := made.Verify(i.Anchor.Domain(), signature, Keccak, Recover, report.Address(i.Signer.Address)); err != nil {
		return nil, err
	}
	out := &Issue{Report: made, Deals: deals, NAV: said.NAV{Deposit: made.DepositNAV.Int(), Unstaking: made.UnstakingNAV.Int()}}
	if out.Fed, err = Feed(books, i.FeeBps, out.NAV); err != nil {
		return nil, err
	}
	if out.Call, err = i.Anchor.Publish(made, signature); err != nil {
		return nil, err
	}
	if err := i.history.Add(made, Keccak); err != nil {
		return nil, err
	}
	_, out.Hash = i.history.Last()
	return out, nil
}
