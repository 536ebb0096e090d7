// Package deals is a made-up portfolio of GPU financing deals for the examples, one document per deal.
package deals

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gaib-go/gaib/gpuasset"
)

//go:embed *.json
var files embed.FS

// Sample returns all documents as one.
func Sample() (*gpuasset.Document, error) {
	all := &gpuasset.Document{Version: gpuasset.Version, Currency: "USD"}
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		doc, err := gpuasset.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := Merge(all, doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, Hold(all)
}

// Merge adds a document to another of the same currency. Ids must differ, which Validate tells.
func Merge(into, doc *gpuasset.Document) error {
	if doc.Currency != into.Currency {
		return fmt.Errorf("amounts are in %s, those of the others in %s", doc.Currency, into.Currency)
	}
	switch into.Label {
	case "", doc.Label:
		into.Label = doc.Label
	default:
		into.Label = "Several documents, each with a label of its own."
	}
	into.Hardware = append(into.Hardware, doc.Hardware...)
	into.Indices = append(into.Indices, doc.Indices...)
	into.Clusters = append(into.Clusters, doc.Clusters...)
	into.Deals = append(into.Deals, doc.Deals...)
	into.Parties = append(into.Parties, doc.Parties...)
	into.Portfolios = append(into.Portfolios, doc.Portfolios...)
	return nil
}

// Hold gives every deal that no segregated portfolio holds one of its own, so that the vault has all of it.
func Hold(doc *gpuasset.Document) error {
	held := map[string]bool{}
	for _, sp := range doc.Portfolios {
		for _, p := range sp.Participations {
			held[p.Deal] = true
		}
	}
	const underwriter = "underwriter of the vault's own deals"
	for i := range doc.Deals {
		deal := &doc.Deals[i]
		if held[deal.ID] {
			continue
		}
		if !slices.ContainsFunc(doc.Parties, func(p gpuasset.Party) bool { return p.ID == underwriter }) {
			doc.Parties = append(doc.Parties, gpuasset.Party{ID: underwriter, Role: gpuasset.Underwriter})
		}
		doc.Portfolios = append(doc.Portfolios, gpuasset.Segregated{ID: "SP " + deal.ID, Underwriter: underwriter, Assets: deal.Principal, Tokens: deal.Principal,
			Participations: []gpuasset.Participation{{Deal: deal.ID, Share: gpuasset.One}}})
	}
	return doc.Validate()
}

// Paid returns what deals have paid after one day up to another: interest, principal and fees that fell due.
func Paid(doc *gpuasset.Document, after, upTo gpuasset.Date) (total gpuasset.Money, err error) {
	for i := range doc.Deals {
		schedule, err := doc.Deals[i].Schedule(gpuasset.Course{})
		if err != nil {
			return gpuasset.Money{}, fmt.Errorf("deal %s: %w", doc.Deals[i].ID, err)
		}
		for j := range schedule.Payments {
			if p := &schedule.Payments[j]; after.Before(p.Due) && !upTo.Before(p.Due) {
				total = total.Add(p.Service())
			}
		}
	}
	return total, nil
}
