package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/internal/document"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/internal/fixed"
	"github.com/holiman/uint256"
)

// Version is the version of the form.
const Version = 1

var (
	// ErrSum: figures of a report do not add up. The text says which.
	ErrSum = errors.New("figures do not add up")
	// ErrSecret: the secret for the salts is too short. Give 16 random bytes or more.
	ErrSecret = errors.New("report: the secret must have 16 bytes or more")
)

// Report is what is published of a portfolio on a day.
type Report struct {
	Version  int           `json:"version" check:"min=1,max=1"`
	Issuer   string        `json:"issuer" check:"min=1,max=128"`
	Number   int           `json:"number" check:"min=1,max=2147483647"` // 1 is the first
	Previous Hash          `json:"previous"`                            // hash of the report before; zero in the first
	AsOf     gpuasset.Date `json:"as_of"`                               // the end of that day
	Currency string        `json:"currency" check:"min=3,max=3"`

	Shares       Uint           `json:"shares"` // all that have a claim, 18 decimals
	Deposit      gpuasset.Money `json:"deposit"`
	Unstaking    gpuasset.Money `json:"unstaking"`
	DepositNAV   Uint           `json:"deposit_nav"` // per share, 18 decimals, rounded down
	UnstakingNAV Uint           `json:"unstaking_nav"`

	NetOfExpectedLoss bool             `json:"net_of_expected_loss"` // of the Deposit NAV
	Haircuts          []gpuasset.Ratio `json:"haircuts" check:"min=3,max=3"`
	ExitFee           gpuasset.Ratio   `json:"exit_fee" check:"max=1"`
	Lines             []Line           `json:"lines" check:"max=100"`  // assets less liabilities are the NAVs
	Bridge            []Step           `json:"bridge" check:"max=100"` // from the Deposit to the Unstaking NAV

	Deals int  `json:"deals" check:"min=0,max=131072"`
	Root  Hash `json:"deals_root"` // zero without deals
}

// Line is all assets, or all liabilities, of one kind at both values.
type Line struct {
	Kind      string         `json:"kind" check:"min=1,max=64"`
	Liability bool           `json:"liability"`
	Deposit   gpuasset.Money `json:"deposit"`
	Unstaking gpuasset.Money `json:"unstaking"`
}

// Step is one reason for the difference between the NAVs. It lowers the NAV, or raises it if Up.
type Step struct {
	Kind   string         `json:"kind" check:"min=1,max=64"`
	Up     bool           `json:"up"`
	Amount gpuasset.Money `json:"amount"`
}

// Header is what a report says beside the portfolio.
type Header struct {
	Issuer   string
	Number   int
	Previous Hash
	AsOf     gpuasset.Date
	Currency string
}

// New values a portfolio by [portfolio.Portfolio.Value] and returns its report and its deals. Lines and steps of one kind are added up,
// so that the report shows no deal. The secret makes the salts. It fails as Value does, as [Report.Validate] does, with
// [ErrSecret], and with [ErrLeaves] for a deal that one SP holds twice or above [MaxDeals].
func New(header Header, p *portfolio.Portfolio, method portfolio.Method, secret []byte, hash Hasher) (*Report, *Deals, error) {
	if len(secret) < 16 {
		return nil, nil, ErrSecret
	}
	v, err := p.Value(method)
	if err != nil {
		return nil, nil, err
	}
	deals, err := newDeals(p, v, salter(secret, header.Number, hash), hash)
	if err != nil {
		return nil, nil, err
	}
	r := &Report{
		Version: Version, Issuer: header.Issuer, Number: header.Number, Previous: header.Previous, AsOf: header.AsOf, Currency: header.Currency,
		Shares: shares(p.Shares), Deposit: v.Deposit, Unstaking: v.Unstaking, DepositNAV: Uint(v.DepositPerShare), UnstakingNAV: Uint(v.UnstakingPerShare),
		NetOfExpectedLoss: method.NetOfExpectedLoss, Haircuts: method.Haircut[:], ExitFee: method.ExitFee,
		Lines: []Line{}, Bridge: []Step{}, Deals: len(deals.deals), Root: deals.Root(),
	}
	for _, line := range v.Lines {
		r.line(string(line.Kind), line.Liability, line.Deposit, line.Unstaking)
	}
	for _, step := range v.Bridge {
		r.step(string(step.Kind), step.Up, step.Amount)
	}
	return r, deals, r.Validate()
}

// shares returns the sum, which Value has found to fit.
func shares(s portfolio.Shares) (sum Uint) {
	sum.int().Add(&s.Supply, &s.Bridged)
	sum.int().Add(sum.int(), &s.Pending)
	return sum
}

func (r *Report) line(kind string, liability bool, deposit, unstaking gpuasset.Money) {
	for i := range r.Lines {
		if line := &r.Lines[i]; line.Kind == kind && line.Liability == liability {
			line.Deposit, line.Unstaking = line.Deposit.Add(deposit), line.Unstaking.Add(unstaking)
			return
		}
	}
	r.Lines = append(r.Lines, Line{kind, liability, deposit, unstaking})
}

func (r *Report) step(kind string, up bool, amount gpuasset.Money) {
	for i := range r.Bridge {
		if step := &r.Bridge[i]; step.Kind == kind && step.Up == up {
			step.Amount = step.Amount.Add(amount)
			return
		}
	}
	r.Bridge = append(r.Bridge, Step{kind, up, amount})
}

// Parse reads a report in its JSON form, canonical or not, and validates it. Errors are a [*gpuasset.PathError], those of
// [Canonical] and of [Report.Validate] among them.
func Parse(text []byte) (*Report, error) {
	r := new(Report)
	if err := decode(text, r); err != nil {
		return nil, err
	}
	return r, r.Validate()
}

func decode(text []byte, into any) error {
	canonical, err := Canonical(text)
	if err != nil {
		return err
	}
	return located(document.Decode(canonical, into))
}

func located(err error) error {
	var inner *document.Error
	if errors.As(err, &inner) {
		return &gpuasset.PathError{Path: inner.Path, Err: inner.Err}
	}
	return err
}

// JSON returns the canonical form. It fails as [Report.Validate] does.
func (r *Report) JSON() ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return canonical(r)
}

func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Canonical(text)
}

// Hash returns the hash of the canonical form. It fails as [Report.Validate] does.
func (r *Report) Hash(hash Hasher) (Hash, error) {
	text, err := r.JSON()
	if err != nil {
		return Hash{}, err
	}
	return hash(text), nil
}

// Validate holds a report to its form and its figures against each other: lines and bridge add up to the NAVs, the Unstaking NAV is not the
// higher one, NAVs per share follow from totals and shares, rounded down. Errors are a [*gpuasset.PathError], of [ErrSum] where
// figures do not add up, of gpuasset.ErrTwice for a kind that is there twice.
func (r *Report) Validate() error {
	if err := document.Check(r); err != nil {
		return located(err)
	}
	if strings.Trim(r.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return wrong("currency", gpuasset.ErrValue, "%.10q, want three capital letters", r.Currency)
	}
	for i, haircut := range r.Haircuts {
		if haircut > gpuasset.One {
			return wrong(fmt.Sprintf("haircuts[%d]", i), gpuasset.ErrValue, "%s is more than 1", haircut)
		}
	}
	if (r.Number == 1) != (r.Previous == Hash{}) {
		return wrong("previous", gpuasset.ErrTerms, "it is zero in the first report and in no other")
	}
	if (r.Deals == 0) != (r.Root == Hash{}) {
		return wrong("deals_root", gpuasset.ErrTerms, "it is zero without deals and not with any")
	}
	if r.Unstaking.Cmp(r.Deposit) > 0 {
		return wrong("unstaking", ErrSum, "%s is more than the %s of the Deposit NAV", r.Unstaking, r.Deposit)
	}
	if err := r.addsUp(); err != nil {
		return err
	}
	for _, share := range []struct {
		path string
		nav  gpuasset.Money
		want Uint
	}{{"deposit_nav", r.Deposit, r.DepositNAV}, {"unstaking_nav", r.Unstaking, r.UnstakingNAV}} {
		got, err := perShare(share.nav, r.Shares)
		if err != nil {
			return wrong("shares", ErrSum, "no NAV per share: %v", err)
		}
		if got != share.want {
			return wrong(share.path, ErrSum, "%s over %s shares is %s", share.nav, r.Shares, got)
		}
	}
	return nil
}

func wrong(path string, cause error, format string, args ...any) error {
	return &gpuasset.PathError{Path: path, Err: fmt.Errorf("%w: %s", cause, fmt.Sprintf(format, args...))}
}

func (r *Report) addsUp() error {
	type kind struct {
		name string
		flag bool
	}
	seen := map[kind]bool{}
	// in and out are assets, the owed are liabilities; up and down are the two sides of the bridge.
	var in, out, owedIn, owedOut gpuasset.Money
	for i, line := range r.Lines {
		if seen[kind{line.Kind, line.Liability}] {
			return wrong(fmt.Sprintf("lines[%d].kind", i), gpuasset.ErrTwice, "%s", line.Kind)
		}
		seen[kind{line.Kind, line.Liability}] = true
		if line.Liability {
			owedIn, owedOut = owedIn.Add(line.Deposit), owedOut.Add(line.Unstaking)
		} else {
			in, out = in.Add(line.Deposit), out.Add(line.Unstaking)
		}
	}
	if in != owedIn.Add(r.Deposit) {
		return wrong("deposit", ErrSum, "assets are %s, liabilities %s, the NAV %s", in, owedIn, r.Deposit)
	}
	if out != owedOut.Add(r.Unstaking) {
		return wrong("unstaking", ErrSum, "assets are %s, liabilities %s, the NAV %s", out, owedOut, r.Unstaking)
	}
	clear(seen)
	up, down := r.Deposit, r.Unstaking
	for i, step := range r.Bridge {
		if seen[kind{step.Kind, step.Up}] {
			return wrong(fmt.Sprintf("bridge[%d].kind", i), gpuasset.ErrTwice, "%s", step.Kind)
		}
		seen[kind{step.Kind, step.Up}] = true
		if step.Up {
			up = up.Add(step.Amount)
		} else {
			down = down.Add(step.Amount)
		}
	}
	if up != down {
		return wrong("bridge", ErrSum, "it does not lead from %s to %s", r.Deposit, r.Unstaking)
	}
	return nil
}

// perShare returns floor(nav * 10^30 / shares): from 6 decimals over 18 to 18.
func perShare(nav gpuasset.Money, shares Uint) (out Uint, err error) {
	var scale uint256.Int
	if err := fixed.Pow10(&scale, 12+18); err != nil {
		return Uint{}, err
	}
	base := nav.Base()
	return out, fixed.MulDivDown(out.int(), &base, &scale, shares.int())
}
