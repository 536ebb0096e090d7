package report_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/eip712"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

var (
	whole  = gpuasset.Whole
	secret = []byte("sixteen bytes ok")
)

// example is a small portfolio, of which the figures in the tests are worked by hand:
//
//	           in                    out
//	cash       100 + 10 = 110        110
//	bill       295                   292
//	deals      404 + 100 + 111 = 615 400 + 40 + 99 = 539
//	claims     -20                   -20
//	fees       -5                    -5
//	exit fee                         -1 % of 916 = 9.16
//	           995                   906.84
func example() (*portfolio.Portfolio, portfolio.Method) {
	var supply uint256.Int
	supply.Mul(uint256.NewInt(900), uint256.NewInt(1e18))
	maturity := gpuasset.NewDate(2028, 1, 1)
	return &portfolio.Portfolio{
		Cash:  whole(100),
		Bills: []portfolio.Bill{{ID: "T", Clean: whole(290), Accrued: whole(5), Bid: whole(292)}},
		SPs: []portfolio.SP{
			{ID: "SP1", Cash: whole(10), Positions: []portfolio.Position{
				{Deal: "a", Borrower: "A", Outstanding: whole(400), Accrued: whole(4), Stage: credit.Stage1, Maturity: maturity, Rate: gpuasset.Bps(1500)},
				{Deal: "b", Borrower: "B", Outstanding: whole(100), Accrued: whole(3), Stage: credit.Stage3, Maturity: maturity, ExpectedLoss: whole(50)},
			}},
			{ID: "SP2", Claims: whole(20), Positions: []portfolio.Position{
				{Deal: "a", Borrower: "C", Outstanding: whole(110), Accrued: whole(1), Stage: credit.Stage2, Maturity: maturity},
			}},
		},
		Fees: whole(5), Shares: portfolio.Shares{Supply: supply},
	}, portfolio.Method{Haircut: [3]gpuasset.Ratio{0, gpuasset.Bps(1000), gpuasset.Bps(6000)}, ExitFee: gpuasset.Bps(100)}
}

func header(number int, previous report.Hash) report.Header {
	return report.Header{Issuer: "sample", Number: number, Previous: previous, AsOf: gpuasset.NewDate(2026, 8, 31).AddMonths(number - 1), Currency: "USD"}
}

func made(t *testing.T) (*report.Report, *report.Deals) {
	t.Helper()
	p, method := example()
	r, deals, err := report.New(header(1, report.Hash{}), p, method, secret, keccak)
	require.NoError(t, err)
	return r, deals
}

const canonicalExample = `{"as_of":"2026-08-31","bridge":[{"amount":"3","kind":"bill sold at the bid","up":false},{"amount":"5","kind":"accrued interest left out","up":false},{"amount":"71","kind":"haircut of the stage","up":false},{"amount":"9.16","kind":"exit fee","up":false}],` +
	`"currency":"USD","deals":3,"deals_root":"ROOT","deposit":"995","deposit_nav":"1105555555555555555","exit_fee":"0.01","haircuts":["0","0.1","0.6"],"issuer":"sample",` +
	`"lines":[{"deposit":"110","kind":"cash","liability":false,"unstaking":"110"},{"deposit":"295","kind":"bill","liability":false,"unstaking":"292"},{"deposit":"615","kind":"deal","liability":false,"unstaking":"539"},` +
	`{"deposit":"20","kind":"claims of others","liability":true,"unstaking":"20"},{"deposit":"5","kind":"fees","liability":true,"unstaking":"5"},{"deposit":"0","kind":"exit fee","liability":true,"unstaking":"9.16"}],` +
	`"net_of_expected_loss":false,"number":1,"previous":"0x0000000000000000000000000000000000000000000000000000000000000000","shares":"900000000000000000000","unstaking":"906.84","unstaking_nav":"1007600000000000000","version":1}`

// The whole canonical text, and its hash by the hash function alone.
func TestJSON(t *testing.T) {
	r, deals := made(t)
	text, err := r.JSON()
	require.NoError(t, err)
	want := strings.Replace(canonicalExample, "ROOT", deals.Root().String(), 1)
	require.Equal(t, want, string(text))
	got, err := r.Hash(keccak)
	require.NoError(t, err)
	require.Equal(t, report.Hash(keccak([]byte(want))), got)

	// Another way to write it is the same report.
	var loose any
	require.NoError(t, json.Unmarshal(text, &loose))
	indented, err := json.MarshalIndent(loose, "", "\t")
	require.NoError(t, err)
	back, err := report.Parse([]byte(strings.Replace(string(indented), `"995"`, `"0995.000"`, 1)))
	require.NoError(t, err)
	require.Equal(t, r, back)
	again, err := back.Hash(keccak)
	require.NoError(t, err)
	require.Equal(t, got, again)
}

// One deal is proven without the others, and only as it was.
func TestDeals(t *testing.T) {
	r, deals := made(t)
	require.Equal(t, r.Root, deals.Root())
	list := deals.List()
	require.Len(t, list, 3)
	salts := map[report.Hash]bool{}
	for _, deal := range list {
		salts[deal.Salt] = true
		proof, err := deals.Prove(deal.SP, deal.ID)
		require.NoError(t, err)
		require.Equal(t, deal, proof.Deal)
		text, err := proof.JSON()
		require.NoError(t, err)
		for _, other := range list {
			if other.Borrower != deal.Borrower {
				require.NotContains(t, string(text), `"borrower":"`+other.Borrower)
			}
		}
		back, err := report.ParseProof(text)
		require.NoError(t, err)
		require.Equal(t, proof, back)
		require.NoError(t, back.Verify(r.Root, keccak))
		for name, change := range map[string]func(*report.Proof){
			"outstanding": func(p *report.Proof) { p.Deal.Outstanding = p.Deal.Outstanding.Add(gpuasset.Units(1)) },
			"unrealised":  func(p *report.Proof) { p.Deal.Unrealised = p.Deal.Unrealised.Add(gpuasset.Units(1)) },
			"stage":       func(p *report.Proof) { p.Deal.Stage = p.Deal.Stage%3 + 1 },
			"borrower":    func(p *report.Proof) { p.Deal.Borrower += "x" },
			"salt":        func(p *report.Proof) { p.Deal.Salt[0] ^= 1 },
			"siblings":    func(p *report.Proof) { p.Siblings = p.Siblings[:len(p.Siblings)-1] },
		} {
			changed := proof
			changed.Siblings = slices.Clone(proof.Siblings)
			change(&changed)
			require.ErrorIs(t, changed.Verify(r.Root, keccak), report.ErrProof, name)
		}
	}
	require.Len(t, salts, 3, "the same deal of two SPs has two salts")
	require.Equal(t, "404", list[0].Deposit.String())
	require.Equal(t, "40", list[1].Unstaking.String())
	_, err := deals.Prove("SP3", "a")
	require.ErrorIs(t, err, report.ErrNotIn)

	// Another month and another secret have other leaves.
	p, method := example()
	later, _, err := report.New(header(2, report.Hash{1}), p, method, secret, keccak)
	require.NoError(t, err)
	other, _, err := report.New(header(1, report.Hash{}), p, method, []byte("another sixteen bytes"), keccak)
	require.NoError(t, err)
	require.NotEqual(t, r.Root, later.Root)
	require.NotEqual(t, r.Root, other.Root)

	bad := list[0]
	bad.Stage = 4
	_, err = bad.Content(keccak)
	var located *gpuasset.PathError
	require.ErrorAs(t, err, &located)
	require.Equal(t, "stage", located.Path)
}

func TestNewRefuses(t *testing.T) {
	p, method := example()
	_, _, err := report.New(header(1, report.Hash{}), p, method, secret[:15], keccak)
	require.ErrorIs(t, err, report.ErrSecret)
	p.SPs[0].Positions[1].Deal = "a"
	_, _, err = report.New(header(1, report.Hash{}), p, method, secret, keccak)
	require.ErrorIs(t, err, report.ErrLeaves)
	p.SPs[0].Positions[1].Deal = ""
	_, _, err = report.New(header(1, report.Hash{}), p, method, secret, keccak)
	require.ErrorIs(t, err, gpuasset.ErrValue)
	p, _ = example()
	_, _, err = report.New(header(1, report.Hash{1}), p, method, secret, keccak)
	require.ErrorIs(t, err, gpuasset.ErrTerms)
	p.Shares = portfolio.Shares{}
	_, _, err = report.New(header(1, report.Hash{}), p, method, secret, keccak)
	require.ErrorIs(t, err, portfolio.ErrNoShares)

	empty, _ := example()
	empty.SPs = nil
	r, deals, err := report.New(header(1, report.Hash{}), empty, method, secret, keccak)
	require.NoError(t, err)
	require.Equal(t, report.Hash{}, r.Root)
	_, err = deals.Prove("SP1", "a")
	require.ErrorIs(t, err, report.ErrNotIn)
}

// What is wrong is refused, with the place.
func TestParseRefuses(t *testing.T) {
	r, _ := made(t)
	text, err := r.JSON()
	require.NoError(t, err)
	for _, test := range []struct {
		from, to, path string
		err            error
	}{
		{`"version":1`, `"version":2`, "version", gpuasset.ErrValue},
		{`"version":1`, `"version":1,"x":1`, "", gpuasset.ErrUnknown},
		{`"number":1`, `"number":0`, "number", gpuasset.ErrValue},
		{`"number":1`, `"number":-1`, "number", gpuasset.ErrValue},
		{`"number":1`, `"number":2`, "previous", gpuasset.ErrTerms},
		{`"number":1`, `"number":1.5`, "number", gpuasset.ErrValue},
		{`"number":1`, `"number":1,"number":1`, "number", gpuasset.ErrTwice},
		{`"2026-08-31"`, `"2026-02-30"`, "as_of", gpuasset.ErrDate},
		{`"USD"`, `"usd"`, "currency", gpuasset.ErrValue},
		{`"issuer":"sample"`, `"issuer":""`, "issuer", gpuasset.ErrValue},
		{`"issuer":"sample",`, ``, "issuer", gpuasset.ErrMissing},
		{`"deposit":"995"`, `"deposit":"996"`, "deposit", report.ErrSum},
		{`"deposit":"995"`, `"deposit":-995`, "deposit", gpuasset.ErrType},
		{`"deposit":"995"`, `"deposit":"1000000000000000000000001"`, "deposit", gpuasset.ErrTooMuch},
		{`"unstaking":"906.84"`, `"unstaking":"996"`, "unstaking", report.ErrSum},
		{`"unstaking":"906.84"`, `"unstaking":"906.85"`, "unstaking", report.ErrSum},
		{`"amount":"71"`, `"amount":"72"`, "bridge", report.ErrSum},
		{`"kind":"bill"`, `"kind":"cash"`, "lines[1].kind", gpuasset.ErrTwice},
		{`"kind":"haircut of the stage"`, `"kind":"exit fee"`, "bridge[3].kind", gpuasset.ErrTwice},
		{`"deposit_nav":"1105555555555555555"`, `"deposit_nav":"1105555555555555556"`, "deposit_nav", report.ErrSum},
		{`"unstaking_nav":"1007600000000000000"`, `"unstaking_nav":"1007599999999999999"`, "unstaking_nav", report.ErrSum},
		{`"shares":"900000000000000000000"`, `"shares":"0"`, "shares", report.ErrSum},
		{`"shares":"900000000000000000000"`, `"shares":"0900"`, "shares", report.ErrUint},
		{`"shares":"900000000000000000000"`, `"shares":"0x12"`, "shares", report.ErrUint},
		{`"shares":"900000000000000000000"`, `"shares":"115792089237316195423570985008687907853269984665640564039457584007913129639936"`, "shares", report.ErrUint},
		{`"haircuts":["0","0.1","0.6"]`, `"haircuts":["0","0.1"]`, "haircuts", gpuasset.ErrValue},
		{`"haircuts":["0","0.1","0.6"]`, `"haircuts":["0","0.1","1.6"]`, "haircuts[2]", gpuasset.ErrValue},
		{`"exit_fee":"0.01"`, `"exit_fee":"1.01"`, "exit_fee", gpuasset.ErrValue},
		{`"deals":3`, `"deals":0`, "deals_root", gpuasset.ErrTerms},
		{`"deals":3`, `"deals":200000`, "deals", gpuasset.ErrValue},
		{`"previous":"0x0`, `"previous":"0xg`, "previous", report.ErrHex},
		{`"previous":"0x0`, `"previous":"0x`, "previous", report.ErrHex},
	} {
		changed := strings.Replace(string(text), test.from, test.to, 1)
		require.NotEqual(t, string(text), changed, test.from)
		_, err := report.Parse([]byte(changed))
		require.ErrorIs(t, err, test.err, test.to)
		var located *gpuasset.PathError
		require.ErrorAs(t, err, &located)
		require.Equal(t, test.path, located.Path, test.to)
	}
	_, err = report.Parse([]byte(strings.Repeat("[", 10_000)))
	require.ErrorIs(t, err, gpuasset.ErrTooLarge)
	_, err = report.Parse(make([]byte, 100<<20))
	require.ErrorIs(t, err, gpuasset.ErrTooLarge)
	_, err = report.ParseProof([]byte(`{"deal":{},"siblings":[]}`))
	require.ErrorIs(t, err, gpuasset.ErrMissing)
	_, err = report.ParseProof([]byte(`{"siblings":[`))
	require.ErrorIs(t, err, gpuasset.ErrSyntax)
}

// Reports in a row are taken, others are not.
func TestHistory(t *testing.T) {
	p, method := example()
	next := func(h *report.History, change func(*report.Header)) *report.Report {
		last, previous := h.Last()
		number := 1
		if last != nil {
			number = last.Number + 1
		}
		head := header(number, previous)
		change(&head)
		r, _, err := report.New(head, p, method, secret, keccak)
		require.NoError(t, err)
		return r
	}
	as := func(*report.Header) {}
	var h report.History
	require.ErrorIs(t, h.Add(next(&h, func(head *report.Header) { head.Number, head.Previous = 2, report.Hash{1} }), keccak), report.ErrOrder)
	first := next(&h, as)
	require.NoError(t, h.Add(first, keccak))
	second := next(&h, as)
	for name, test := range map[string]struct {
		report *report.Report
		err    error
	}{
		"twice":         {first, report.ErrTwice},
		"left out":      {next(&h, func(head *report.Header) { head.Number++ }), report.ErrOrder},
		"same day":      {next(&h, func(head *report.Header) { head.AsOf = first.AsOf }), report.ErrOrder},
		"earlier":       {next(&h, func(head *report.Header) { head.AsOf = first.AsOf.AddMonths(-1) }), report.ErrOrder},
		"other branch":  {next(&h, func(head *report.Header) { head.Previous[3] ^= 1 }), report.ErrPrevious},
		"other issuer":  {next(&h, func(head *report.Header) { head.Issuer = "x" }), report.ErrPrevious},
		"other money":   {next(&h, func(head *report.Header) { head.Currency = "EUR" }), report.ErrPrevious},
		"not a report":  {&report.Report{}, gpuasset.ErrValue},
		"does not sum ": {func() *report.Report { r := *second; r.Deposit = r.Deposit.Add(whole(1)); return &r }(), report.ErrSum},
	} {
		require.ErrorIs(t, h.Add(test.report, keccak), test.err, name)
		last, _ := h.Last()
		require.Equal(t, first, last, name)
	}
	require.NoError(t, h.Add(second, keccak))
	require.ErrorIs(t, h.Add(second, keccak), report.ErrTwice)
	require.ErrorIs(t, h.Add(first, keccak), report.ErrOrder, "older than the last one")
	require.NoError(t, h.Add(next(&h, as), keccak))
}

var (
	anchor = common.HexToAddress("0x00000000000000000000000000000000000000a1")
	domain = report.Domain{ChainID: 31337, Contract: report.Address(anchor)}
)

// typed is the same message for an encoder of its own, package eip712, which has recorded vectors.
func typed(t *testing.T, r *report.Report) eip712.TypedData {
	t.Helper()
	content, err := r.Hash(keccak)
	require.NoError(t, err)
	return eip712.TypedData{
		Domain: eip712.Struct{Name: "EIP712Domain", Fields: []eip712.Field{{Name: "name", Type: "string", Value: "PortfolioAnchor"}, {Name: "version", Type: "string", Value: "1"},
			{Name: "chainId", Type: "uint256", Value: uint64(31337)}, {Name: "verifyingContract", Type: "address", Value: anchor}}},
		Message: eip712.Struct{Name: "PortfolioReport", Fields: []eip712.Field{
			{Name: "number", Type: "uint64", Value: uint64(r.Number)}, {Name: "previous", Type: "bytes32", Value: common.Hash(r.Previous)},
			{Name: "asOf", Type: "uint64", Value: uint64(r.AsOf.Time().Unix())}, {Name: "depositNav", Type: "uint256", Value: r.DepositNAV.Int()},
			{Name: "unstakingNav", Type: "uint256", Value: r.UnstakingNAV.Int()}, {Name: "shares", Type: "uint256", Value: r.Shares.Int()},
			{Name: "deals", Type: "uint32", Value: uint64(r.Deals)}, {Name: "dealsRoot", Type: "bytes32", Value: common.Hash(r.Root)}, {Name: "content", Type: "bytes32", Value: common.Hash(content)},
		}},
	}
}

func TestTypedData(t *testing.T) {
	r, _ := made(t)
	digest, err := r.Digest(domain, keccak)
	require.NoError(t, err)
	want, err := typed(t, r).Digest()
	require.NoError(t, err)
	require.Equal(t, want, common.Hash(digest))

	text, err := r.TypedData(domain, keccak)
	require.NoError(t, err)
	expected, err := typed(t, r).MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, strings.ToLower(string(expected)), strings.ToLower(string(text)))

	for name, other := range map[string]report.Domain{"chain": {ChainID: 1, Contract: domain.Contract}, "contract": {ChainID: domain.ChainID}} {
		changed, err := r.Digest(other, keccak)
		require.NoError(t, err)
		require.NotEqual(t, digest, changed, name)
	}
	r.Deposit = whole(1)
	_, err = r.Digest(domain, keccak)
	require.ErrorIs(t, err, report.ErrSum)
	_, err = r.TypedData(domain, keccak)
	require.ErrorIs(t, err, report.ErrSum)
}

// Recovery is passed in; what reaches it is the digest and a plain v. Real curves are used where the embedded chain is.
func TestVerify(t *testing.T) {
	r, _ := made(t)
	digest, err := r.Digest(domain, keccak)
	require.NoError(t, err)
	signer := report.Address{1}
	recover := func(got report.Hash, signature []byte) (report.Address, error) {
		if got != digest || signature[64] != 1 {
			return report.Address{}, errors.New("no point")
		}
		return signer, nil
	}
	signature := make([]byte, 65)
	for _, v := range []byte{1, 28} {
		signature[64] = v
		got, err := r.Verify(domain, signature, keccak, recover, report.Address{9}, signer)
		require.NoError(t, err)
		require.Equal(t, signer, got)
		require.Equal(t, v, signature[64], "it is left as it was")
	}
	_, err = r.Verify(domain, signature, keccak, recover, report.Address{9})
	require.ErrorIs(t, err, report.ErrSigner)
	_, err = r.Verify(domain, signature, keccak, recover)
	require.ErrorIs(t, err, report.ErrSigner)
	_, err = r.Verify(report.Domain{}, signature, keccak, recover, signer)
	require.ErrorIs(t, err, report.ErrSignature)
	for _, v := range []byte{0, 2, 26, 29, 255} {
		signature[64] = v
		_, err = r.Verify(domain, signature, keccak, recover, signer)
		require.ErrorIs(t, err, report.ErrSignature, v)
	}
	_, err = r.Verify(domain, signature[:64], keccak, recover, signer)
	require.ErrorIs(t, err, report.ErrSignature)

	// Half the order of secp256k1 is the largest s: EIP-2.
	signature[64] = 28
	copy(signature[32:64], bytesOf(t, "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"))
	_, err = r.Verify(domain, signature, keccak, recover, signer)
	require.NoError(t, err)
	signature[63]++
	_, err = r.Verify(domain, signature, keccak, recover, signer)
	require.ErrorIs(t, err, report.ErrSignature)
}

// Whatever the portfolio, its report is valid, reads back, and proves every deal.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 200 {
		p, method := example()
		p.SPs = nil
		for i := range r.IntN(4) {
			sp := portfolio.SP{ID: string(rune('A' + i)), Cash: gpuasset.Units(r.Uint64N(1e9)), Claims: gpuasset.Units(r.Uint64N(1e9))}
			for j := range r.IntN(5) {
				sp.Positions = append(sp.Positions, portfolio.Position{Deal: string(rune('a' + j)), Outstanding: gpuasset.Units(r.Uint64N(1e12)), Accrued: gpuasset.Units(r.Uint64N(1e10)),
					ExpectedLoss: gpuasset.Units(r.Uint64N(1e11)), UnrealisedLoss: gpuasset.Units(r.Uint64N(1e11)), Stage: credit.Stage(1 + r.IntN(3)), Maturity: gpuasset.NewDate(2028, 1, 1)})
			}
			p.SPs = append(p.SPs, sp)
		}
		method.NetOfExpectedLoss = r.IntN(2) == 0
		made, deals, err := report.New(header(1, report.Hash{}), p, method, secret, keccak)
		require.NoError(t, err)
		text, err := made.JSON()
		require.NoError(t, err)
		back, err := report.Parse(text)
		require.NoError(t, err)
		require.Equal(t, made, back)
		for _, deal := range deals.List() {
			proof, err := deals.Prove(deal.SP, deal.ID)
			require.NoError(t, err)
			require.NoError(t, proof.Verify(back.Root, keccak))
		}
	}
}

// Whatever is read does not panic, and what is accepted has one form.
func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.Replace(canonicalExample, "ROOT", "0x"+strings.Repeat("1", 64), 1)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := report.Parse(text)
		if err != nil {
			var located *gpuasset.PathError
			require.ErrorAs(t, err, &located)
			return
		}
		once, err := r.JSON()
		require.NoError(t, err)
		back, err := report.Parse(once)
		require.NoError(t, err)
		require.Equal(t, r, back)
	})
}

func BenchmarkNew(b *testing.B) {
	p, method := example()
	p.SPs = nil
	for i := range 10 {
		sp := portfolio.SP{ID: string(rune('A' + i))}
		for j := range 100 {
			sp.Positions = append(sp.Positions, portfolio.Position{Deal: string(rune('a'+j%26)) + string(rune('a'+j/26)), Outstanding: whole(1_000_000), Stage: credit.Stage1, Maturity: gpuasset.NewDate(2028, 1, 1)})
		}
		p.SPs = append(p.SPs, sp)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := report.New(header(1, report.Hash{}), p, method, secret, keccak); err != nil {
			b.Fatal(err)
		}
	}
}
