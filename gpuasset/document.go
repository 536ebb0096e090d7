package gpuasset

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/gaib-go/gaib/gpuasset/internal/document"
)

// Version is the version of the JSON form.
const Version = 1

// MaxBytes is the size of the largest text that [Parse] reads.
const MaxBytes = 8 << 20

// Causes of a [PathError].
var (
	ErrSyntax  = document.ErrSyntax  // the text is not JSON
	ErrType    = document.ErrType    // a number where a text belongs and the like
	ErrUnknown = document.ErrUnknown // a field that the form does not have
	ErrTwice   = document.ErrTwice   // a field given twice
	ErrMissing = document.ErrMissing // a required field left out
	ErrValue   = document.ErrValue   // a value out of range
	// ErrTooLarge: the text is longer than MaxBytes. Split it.
	ErrTooLarge = errors.New("larger than a document may be")
	// ErrTerms: values that are each allowed do not fit together.
	ErrTerms = errors.New("terms do not fit together")
	// ErrReference: an id names nothing, or two things.
	ErrReference = errors.New("bad reference")
)

// PathError says where in a document what is wrong. Its cause is one of the errors above, or one of a value: [ErrAmount],
// [ErrTooMuch], [ErrDate].
type PathError struct {
	Path string // "deals[0].draws[1].date"; empty for the whole
	Err  error
}

func (e *PathError) Error() string {
	if e.Path == "" {
		return "gpuasset: " + e.Err.Error()
	}
	return "gpuasset: " + e.Path + ": " + e.Err.Error()
}

func (e *PathError) Unwrap() error { return e.Err }

func at(path, format string, args ...any) error {
	return &PathError{path, fmt.Errorf("%w: %s", ErrTerms, fmt.Sprintf(format, args...))}
}

func path(list string, index int, field string) string {
	return list + "[" + strconv.Itoa(index) + "]." + field
}

// prefix puts the path of the thing before the path within it.
func prefix(where string, err error) error {
	var inner *PathError
	if errors.As(err, &inner) {
		return &PathError{document.Join(where, inner.Path), inner.Err}
	}
	return err
}

// Document is a file: hardware, prices, clusters, deals and the structure that holds them.
type Document struct {
	Version    int          `json:"version" check:"min=1,max=1"`
	Label      string       `json:"label" check:"min=1,max=2000"` // what this is, and where its figures come from
	Currency   string       `json:"currency" check:"min=3,max=3"` // ISO 4217, of all amounts
	Hardware   []Model      `json:"hardware,omitzero" check:"max=1000"`
	Indices    []Index      `json:"indices,omitzero" check:"max=1000"`
	Clusters   []Cluster    `json:"clusters,omitzero" check:"max=10000"`
	Deals      []Deal       `json:"deals,omitzero" check:"max=10000"`
	Parties    []Party      `json:"parties,omitzero" check:"max=1000"`
	Portfolios []Segregated `json:"segregated_portfolios,omitzero" check:"max=1000"`
}

// Role is what a party does in the structure.
type Role string

// Roles. Source: GAIB documentation, protocol mechanics: investors, vault, segregated portfolio company, underwriter, GPU
// provider, tokenisation engine.
const (
	Vault       Role = "vault"
	Underwriter Role = "underwriter"
	Provider    Role = "provider"
	Engine      Role = "tokenisation_engine"
	Servicer    Role = "servicer"
)

// Values lists the roles.
func (Role) Values() []string { return list(Vault, Underwriter, Provider, Engine, Servicer) }

// Party is a company with its duties. An underwriter that is not GAIB's own is ThirdParty: after a default its
// participations are elevated.
type Party struct {
	ID          string       `json:"id" check:"min=1,max=64"`
	Role        Role         `json:"role"`
	ThirdParty  bool         `json:"third_party,omitzero"`
	Since       Date         `json:"since,omitzero"` // of its record in this business
	Obligations []Obligation `json:"obligations,omitzero" check:"max=100"`
}

// Obligation is a duty, and how often it falls due.
type Obligation struct {
	Duty      string `json:"duty" check:"min=1,max=512"`
	EveryDays int    `json:"every_days,omitzero" check:"min=0,max=3660"`
}

// Segregated is a segregated portfolio (SP) of the company. No creditor of one has a claim on another.
type Segregated struct {
	ID             string          `json:"id" check:"min=1,max=64"`
	Underwriter    string          `json:"underwriter" check:"min=1"`
	Assets         Money           `json:"assets"`           // face value of what was bought
	Tokens         Money           `json:"tokens"`           // face value of what was sold to the vault
	Reserve        Money           `json:"reserve,omitzero"` // cash kept back from the proceeds
	Participations []Participation `json:"participations,omitzero" check:"max=10000"`
}

// Participation is a share of a deal that was bought from its underwriter.
type Participation struct {
	Deal  string `json:"deal" check:"min=1"`
	Share Ratio  `json:"share" check:"nonzero,max=1"`
}

// Overcollateral returns Assets/Tokens - 1, and false without tokens.
func (s *Segregated) Overcollateral() (float64, bool) {
	ratio, ok := quotient(s.Assets, s.Tokens)
	return ratio - 1, ok
}

// ReserveRatio returns Reserve/Tokens, and false without tokens.
func (s *Segregated) ReserveRatio() (float64, bool) { return quotient(s.Reserve, s.Tokens) }

// Proceeds returns what reaches the underwriter: Tokens - Reserve.
func (s *Segregated) Proceeds() Money { return s.Tokens.SubFloor(s.Reserve) }

func quotient(a, b Money) (float64, bool) {
	if b.IsZero() {
		return 0, false
	}
	return a.Float64() / b.Float64(), true
}

// Parse reads and validates a document. Unknown fields, missing ones and ones given twice are errors, as is anything after the
// document. Errors are a [*PathError]. A text beyond [MaxBytes] is refused unread.
func Parse(text []byte) (*Document, error) {
	if len(text) > MaxBytes {
		return nil, &PathError{"", fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(text), MaxBytes)}
	}
	doc := new(Document)
	if err := document.Decode(text, doc); err != nil {
		return nil, located(err)
	}
	if err := doc.Validate(); err != nil {
		return nil, err
	}
	return doc, nil
}

func located(err error) error {
	var inner *document.Error
	if errors.As(err, &inner) {
		return &PathError{inner.Path, inner.Err}
	}
	return err
}

// JSON returns the document in its JSON form, indented; [Parse] reads it back to the same value. It fails like Validate.
func (d *Document) JSON() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// Validate holds every value and every reference of the document to the rules that [Parse] applies. Errors are a [*PathError].
func (d *Document) Validate() error {
	if err := document.Check(d); err != nil {
		return located(err)
	}
	if strings.Trim(d.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return &PathError{"currency", fmt.Errorf("%w: %.10q, want three capital letters", ErrValue, d.Currency)}
	}
	models := ids{}
	for _, model := range Models() {
		models[model.ID] = true
	}
	indices, clusters, deals, parties, portfolios := ids{}, ids{}, ids{}, ids{}, ids{}
	var errs first
	for i := range d.Hardware {
		errs.add("hardware", i, models.define(d.Hardware[i].ID))
	}
	for i := range d.Indices {
		x := &d.Indices[i]
		errs.add("indices", i, indices.define(x.ID), models.refer("model", x.Model), x.validate())
	}
	for i := range d.Clusters {
		c := &d.Clusters[i]
		errs.add("clusters", i, clusters.define(c.ID), models.refer("model", c.Model), c.validate(), d.indexFits(c))
	}
	for i := range d.Deals {
		deal := &d.Deals[i]
		errs.add("deals", i, deals.define(deal.ID), clusters.refer("cluster", deal.Cluster), deal.validate())
	}
	for i := range d.Parties {
		errs.add("parties", i, parties.define(d.Parties[i].ID))
	}
	sold := map[string]Ratio{}
	for i := range d.Portfolios {
		sp := &d.Portfolios[i]
		errs.add("segregated_portfolios", i, portfolios.define(sp.ID), d.underwriter(sp.Underwriter), sp.validate(deals, sold))
	}
	return errs.err
}

// indexFits holds a cluster's index to exist and to price the cluster's model.
func (d *Document) indexFits(c *Cluster) error {
	if c.SpotIndex == "" {
		return nil
	}
	x, ok := d.Index(c.SpotIndex)
	if !ok {
		return &PathError{"spot_index", fmt.Errorf("%w: there is no %.64q", ErrReference, c.SpotIndex)}
	}
	if x.Model != c.Model {
		return at("spot_index", "%s prices %s, this cluster is of %s", x.ID, x.Model, c.Model)
	}
	return nil
}

func (d *Document) underwriter(id string) error {
	for i := range d.Parties {
		if d.Parties[i].ID == id && d.Parties[i].Role == Underwriter {
			return nil
		}
	}
	return &PathError{"underwriter", fmt.Errorf("%w: no party %.64q is an underwriter", ErrReference, id)}
}

func (s *Segregated) validate(deals ids, sold map[string]Ratio) error {
	if s.Reserve.Cmp(s.Tokens) > 0 {
		return at("reserve", "it comes from the tokens sold, %s", s.Tokens)
	}
	for i, p := range s.Participations {
		if err := deals.refer(path("participations", i, "deal"), p.Deal); err != nil {
			return err
		}
		if sold[p.Deal] += p.Share; sold[p.Deal] > One {
			return at(path("participations", i, "share"), "more than 100 %% of deal %s is sold", p.Deal)
		}
	}
	return nil
}

// Index returns the index of an id.
func (d *Document) Index(id string) (*Index, bool) {
	return find(d.Indices, func(x *Index) bool { return x.ID == id })
}

// Cluster returns the cluster of an id.
func (d *Document) Cluster(id string) (*Cluster, bool) {
	return find(d.Clusters, func(c *Cluster) bool { return c.ID == id })
}

// Model returns the model of an id, from the document's hardware or the catalogue.
func (d *Document) Model(id string) (*Model, bool) {
	return find(append(Models(), d.Hardware...), func(m *Model) bool { return m.ID == id })
}

func find[T any](items []T, match func(*T) bool) (*T, bool) {
	for i := range items {
		if match(&items[i]) {
			return &items[i], true
		}
	}
	return nil, false
}

type ids map[string]bool

func (known ids) define(id string) error {
	if known[id] {
		return &PathError{"id", fmt.Errorf("%w: %.64q is taken", ErrReference, id)}
	}
	known[id] = true
	return nil
}

func (known ids) refer(field, id string) error {
	if !known[id] {
		return &PathError{field, fmt.Errorf("%w: there is no %.64q", ErrReference, id)}
	}
	return nil
}

// first keeps the first error.
type first struct{ err error }

func (f *first) add(list string, index int, errs ...error) {
	for _, err := range errs {
		if err != nil && f.err == nil {
			f.err = prefix(list+"["+strconv.Itoa(index)+"]", err)
		}
	}
}

// Schema returns the JSON Schema (draft 2020-12) of the form, generated from the types; schema.json holds it for other languages.
// Rules across fields are only in [Document.Validate].
func Schema() ([]byte, error) {
	return document.Schema(reflect.TypeFor[Document](), "GPU financing document, version 1", map[reflect.Type]document.Format{
		reflect.TypeFor[Money](): {Pattern: `^[0-9]+(\.[0-9]{1,6})?$`, Description: "amount of the currency, at most 10^24"},
		reflect.TypeFor[Ratio](): {Pattern: `^[0-9]+(\.[0-9]{1,18})?$`, Description: "fraction: 0.125 is 12.5 %; at most 18"},
		reflect.TypeFor[Date]():  {Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, Description: "day in UTC"},
	})
}

//go:embed samples/pool.json
var samplePool string

//go:embed samples/cluster.json
var sampleCluster string

// SamplePool returns a sample: the published worked example of a pool, 100M of assets, 75M of tokens, 5M of reserve. What is not
// published about it is made up, as its label says.
func SamplePool() []byte { return []byte(samplePool) }

// SampleCluster returns a sample: a cluster of 30M with one deal. Its label says which figures are public and which are made up.
func SampleCluster() []byte { return []byte(sampleCluster) }
