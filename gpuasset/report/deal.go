package report

import (
	"encoding/binary"
	"fmt"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/internal/document"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
)

// Deal is one deal as it stands behind a report: a leaf of its tree.
type Deal struct {
	SP           string         `json:"sp" check:"min=1,max=64"`
	ID           string         `json:"deal" check:"min=1,max=64"`
	Borrower     string         `json:"borrower" check:"max=128"`
	Model        string         `json:"model" check:"max=64"`
	Location     string         `json:"location" check:"max=64"`
	Maturity     gpuasset.Date  `json:"maturity"`
	Rate         gpuasset.Ratio `json:"rate"`
	Stage        int            `json:"stage" check:"min=1,max=3"`
	Outstanding  gpuasset.Money `json:"outstanding"`
	Accrued      gpuasset.Money `json:"accrued"`
	ExpectedLoss gpuasset.Money `json:"expected_loss"`
	Unrealised   gpuasset.Money `json:"unrealised_loss"`
	Deposit      gpuasset.Money `json:"deposit"`   // what it counts for in the Deposit NAV
	Unstaking    gpuasset.Money `json:"unstaking"` // and in the Unstaking NAV
	Salt         Hash           `json:"salt" check:"nonzero"`
}

// Content returns the hash of the canonical form, of which the leaf is made.
func (d *Deal) Content(hash Hasher) (Hash, error) {
	if err := document.Check(d); err != nil {
		return Hash{}, located(err)
	}
	text, err := canonical(d)
	if err != nil {
		return Hash{}, err
	}
	return hash(text), nil
}

func (d *Deal) leaf(hash Hasher) (Hash, error) {
	content, err := d.Content(hash)
	return Leaf(content, hash), err
}

// Deals are the deals behind a report, with their tree. Whoever has them can prove each; nobody else can.
type Deals struct {
	deals []Deal
	tree  *Tree // nil without deals
	hash  Hasher
}

// salter returns what makes a salt of an SP and a deal: hash(hash(secret) | number | hash(SP) | hash(deal)).
func salter(secret []byte, number int, hash Hasher) func(sp, deal string) Hash {
	key := hash(secret)
	head := binary.BigEndian.AppendUint64(key[:], uint64(number))
	return func(sp, deal string) Hash {
		a, b := hash([]byte(sp)), hash([]byte(deal))
		return hash(append(append(head[:len(head):len(head)], a[:]...), b[:]...))
	}
}

func newDeals(p *portfolio.Portfolio, v *portfolio.Valuation, salt func(sp, deal string) Hash, hash Hasher) (*Deals, error) {
	d := &Deals{hash: hash}
	// The valuation has a line for every position, in order.
	var lines []portfolio.Line
	for _, line := range v.Lines {
		if line.Kind == portfolio.Deal {
			lines = append(lines, line)
		}
	}
	seen := map[[2]string]bool{}
	var leaves []Hash
	for i := range p.SPs {
		sp := &p.SPs[i]
		for j := range sp.Positions {
			q, line := &sp.Positions[j], lines[len(d.deals)]
			if key := [2]string{sp.ID, q.Deal}; seen[key] {
				return nil, fmt.Errorf("%w: SP %q holds deal %q twice", ErrLeaves, sp.ID, q.Deal)
			} else {
				seen[key] = true
			}
			deal := Deal{
				SP: sp.ID, ID: q.Deal, Borrower: q.Borrower, Model: q.Model, Location: q.Location, Maturity: q.Maturity, Rate: q.Rate, Stage: int(q.Stage),
				Outstanding: q.Outstanding, Accrued: q.Accrued, ExpectedLoss: q.ExpectedLoss, Unrealised: q.UnrealisedLoss, Deposit: line.Deposit, Unstaking: line.Unstaking, Salt: salt(sp.ID, q.Deal),
			}
			leaf, err := deal.leaf(hash)
			if err != nil {
				return nil, fmt.Errorf("SP %q, deal %q: %w", sp.ID, q.Deal, err)
			}
			d.deals, leaves = append(d.deals, deal), append(leaves, leaf)
		}
	}
	if len(leaves) == 0 {
		return d, nil
	}
	var err error
	d.tree, err = NewTree(leaves, hash)
	return d, err
}

// Root returns the root of the tree, zero without deals.
func (d *Deals) Root() Hash {
	if d.tree == nil {
		return Hash{}
	}
	return d.tree.Root()
}

// List returns the deals, salts included, in the order of the portfolio.
func (d *Deals) List() []Deal { return append([]Deal(nil), d.deals...) }

// Prove returns the proof of one deal. It fails with [ErrNotIn].
func (d *Deals) Prove(sp, deal string) (Proof, error) {
	for _, one := range d.deals {
		if one.SP == sp && one.ID == deal {
			leaf, err := one.leaf(d.hash)
			if err != nil {
				return Proof{}, err
			}
			siblings, err := d.tree.Proof(leaf)
			return Proof{one, siblings}, err
		}
	}
	return Proof{}, fmt.Errorf("%w: SP %.64q has no deal %.64q", ErrNotIn, sp, deal)
}

// Proof is one deal and what it takes to find the root from it.
type Proof struct {
	Deal     Deal   `json:"deal"`
	Siblings []Hash `json:"siblings" check:"max=64"`
}

// Verify returns nil if the deal stands behind a report with that root. It fails with [ErrProof], and with a [*gpuasset.PathError] for a
// deal out of form.
func (p *Proof) Verify(root Hash, hash Hasher) error {
	leaf, err := p.Deal.leaf(hash)
	if err != nil {
		return err
	}
	return VerifyProof(root, leaf, p.Siblings, hash)
}

// JSON returns the canonical form of the proof. It fails with a [*gpuasset.PathError] for one out of form.
func (p *Proof) JSON() ([]byte, error) {
	if err := document.Check(p); err != nil {
		return nil, located(err)
	}
	return canonical(p)
}

// ParseProof reads a proof in its JSON form. Errors are a [*gpuasset.PathError]. Reading proves nothing: use [Proof.Verify].
func ParseProof(text []byte) (Proof, error) {
	var p Proof
	if err := decode(text, &p); err != nil {
		return Proof{}, err
	}
	if err := document.Check(&p); err != nil {
		return Proof{}, located(err)
	}
	return p, nil
}
