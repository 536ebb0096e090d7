package gpuasset_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write schema.json anew")

// The schema that is shipped is the one of the types.
func TestSchema(t *testing.T) {
	made, err := gpuasset.Schema()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("schema.json", made, 0o644))
	}
	shipped, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	require.Equal(t, string(shipped), string(made), "run: go test ./gpuasset -run TestSchema -update")

	var schema struct {
		Defs map[string]struct {
			Properties map[string]map[string]any
			Required   []string
			Enum       []string
			Closed     *bool `json:"additionalProperties"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(made, &schema))
	deal := schema.Defs["Deal"]
	require.False(t, *deal.Closed)
	require.Equal(t, 3.0, deal.Properties["tenor_months"]["minimum"])
	require.Equal(t, 36.0, deal.Properties["tenor_months"]["maximum"])
	require.Equal(t, "#/$defs/Money", deal.Properties["principal"]["$ref"])
	require.Contains(t, deal.Required, "closing")
	require.NotContains(t, deal.Required, "balloon")
	require.Equal(t, []string{"debt", "equity", "hybrid", "mezzanine"}, schema.Defs["Kind"].Enum)
}

func sample(t testing.TB) *gpuasset.Document {
	t.Helper()
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	return doc
}

// The published worked example: 25/75 of over-collateral, 5/75 of reserve, 70M to the underwriter.
func TestPublishedPool(t *testing.T) {
	doc, err := gpuasset.Parse(gpuasset.SamplePool())
	require.NoError(t, err)
	sp := &doc.Portfolios[0]
	cover, ok := sp.Overcollateral()
	require.True(t, ok)
	require.InDelta(t, 0.3333333333, cover, 1e-10)
	reserve, ok := sp.ReserveRatio()
	require.True(t, ok)
	require.InDelta(t, 0.0666666667, reserve, 1e-10)
	require.Equal(t, "70000000", sp.Proceeds().String())
	_, ok = new(gpuasset.Segregated).Overcollateral()
	require.False(t, ok, "no tokens, no ratio")
}

func TestSamplesSayWhatTheyAre(t *testing.T) {
	for _, text := range [][]byte{gpuasset.SamplePool(), gpuasset.SampleCluster()} {
		doc, err := gpuasset.Parse(text)
		require.NoError(t, err)
		require.Contains(t, doc.Label, "SAMPLE")
		require.Contains(t, doc.Label, "ade up")
	}
	cluster, ok := sample(t).Cluster("cluster-1")
	require.True(t, ok)
	require.Equal(t, "30000000", cluster.Cost().String())
}

// What is written is what was read.
func TestRoundTrip(t *testing.T) {
	doc := sample(t)
	doc.Deals[0].Kind = gpuasset.Hybrid
	doc.Deals[0].RevenueShare = &gpuasset.RevenueShare{Tiers: []gpuasset.Tier{{UpToIRR: gpuasset.Bps(2000), Share: gpuasset.Bps(3000)}, {Share: gpuasset.Bps(1000)}}}
	doc.Deals[0].Steps = []gpuasset.RateStep{{FromMonth: 12, Rate: gpuasset.Bps(1750)}}
	text, err := doc.JSON()
	require.NoError(t, err)
	again, err := gpuasset.Parse(text)
	require.NoError(t, err)
	require.Equal(t, doc, again)
	require.Contains(t, string(text), `"principal": "16000000"`)
	require.NotContains(t, string(text), `"balloon"`, "what is not given is not written")
}

// Each edit of the sample is refused, at its place, for its reason.
func TestBadDocuments(t *testing.T) {
	for name, test := range map[string]struct {
		old, new, path string
		err            error
	}{
		"unknown field":        {`"tenor_months": 36`, `"tenor": 36`, "deals[0]", gpuasset.ErrUnknown},
		"case counts":          {`"tenor_months": 36`, `"Tenor_Months": 36`, "deals[0]", gpuasset.ErrUnknown},
		"twice":                {`"tenor_months": 36`, `"tenor_months": 36, "tenor_months": 35`, "deals[0].tenor_months", gpuasset.ErrTwice},
		"missing":              {`"tenor_months": 36,`, ``, "deals[0].tenor_months", gpuasset.ErrMissing},
		"money as number":      {`"principal": "16000000"`, `"principal": 16000000`, "deals[0].principal", gpuasset.ErrType},
		"null":                 {`"principal": "16000000"`, `"principal": null`, "deals[0].principal", gpuasset.ErrType},
		"money with exponent":  {`"principal": "16000000"`, `"principal": "16e6"`, "deals[0].principal", gpuasset.ErrAmount},
		"negative money":       {`"principal": "16000000"`, `"principal": "-1"`, "deals[0].principal", gpuasset.ErrAmount},
		"seven decimals":       {`"principal": "16000000"`, `"principal": "1.0000001"`, "deals[0].principal", gpuasset.ErrAmount},
		"too much money":       {`"principal": "16000000"`, `"principal": "1000000000000000000000001"`, "deals[0].principal", gpuasset.ErrTooMuch},
		"2^256":                {`"principal": "16000000"`, `"principal": "115792089237316195423570985008687907853269984665640564039457584007913129639936"`, "deals[0].principal", gpuasset.ErrTooMuch},
		"no principal":         {`"principal": "16000000"`, `"principal": "0"`, "deals[0].principal", gpuasset.ErrValue},
		"negative rate":        {`"rate": "0.15"`, `"rate": "-0.15"`, "deals[0].rate", gpuasset.ErrAmount},
		"rate of 300 %":        {`"rate": "0.15"`, `"rate": "3"`, "deals[0].rate", gpuasset.ErrValue},
		"ratio beyond 64 bits": {`"rate": "0.15"`, `"rate": "18.4467440737095516161"`, "deals[0].rate", gpuasset.ErrAmount},
		"ratio of 19":          {`"rate": "0.15"`, `"rate": "19"`, "deals[0].rate", gpuasset.ErrTooMuch},
		"tenor 0":              {`"tenor_months": 36`, `"tenor_months": 0`, "deals[0].tenor_months", gpuasset.ErrValue},
		"tenor 37":             {`"tenor_months": 36`, `"tenor_months": 37`, "deals[0].tenor_months", gpuasset.ErrValue},
		"tenor 3.5":            {`"tenor_months": 36`, `"tenor_months": 3.5`, "deals[0].tenor_months", gpuasset.ErrValue},
		"tenor as text":        {`"tenor_months": 36`, `"tenor_months": "36"`, "deals[0].tenor_months", gpuasset.ErrType},
		"odd period":           {`"payment_months": 1`, `"payment_months": 5`, "deals[0].payment_months", gpuasset.ErrTerms},
		"31 February":          {`"closing": "2026-03-01"`, `"closing": "2026-02-31"`, "deals[0].closing", gpuasset.ErrDate},
		"year 9999":            {`"closing": "2026-03-01"`, `"closing": "9999-02-01"`, "deals[0].closing", gpuasset.ErrDate},
		"unknown enum":         {`"amortisation": "level"`, `"amortisation": "levle"`, "deals[0].amortisation", gpuasset.ErrValue},
		"balloon without":      {`"amortisation": "level"`, `"amortisation": "balloon"`, "deals[0].balloon", gpuasset.ErrTerms},
		"sculpted without":     {`"amortisation": "level"`, `"amortisation": "sculpted"`, "deals[0].target_dscr", gpuasset.ErrTerms},
		"equity without":       {`"kind": "debt"`, `"kind": "equity"`, "deals[0].revenue_share", gpuasset.ErrTerms},
		"rate step too late":   {`"rate": "0.15"`, `"rate": "0.15", "rate_steps": [{"from_month": 36, "rate": "0.1"}]`, "deals[0].rate_steps[0].from_month", gpuasset.ErrValue},
		"rate steps backward":  {`"rate": "0.15"`, `"rate": "0.15", "rate_steps": [{"from_month": 6, "rate": "0.1"}, {"from_month": 6, "rate": "0.2"}]`, "deals[0].rate_steps[1].from_month", gpuasset.ErrTerms},
		"draw after maturity":  {`"closing": "2026-03-01"`, `"draws": [{"date": "2026-03-01", "amount": "1"}, {"date": "2029-03-02", "amount": "15999999"}], "closing": "2026-03-01"`, "deals[0].draws[1].date", gpuasset.ErrTerms},
		"draws out of order":   {`"closing": "2026-03-01"`, `"draws": [{"date": "2026-03-01", "amount": "1"}, {"date": "2026-03-01", "amount": "15999999"}], "closing": "2026-03-01"`, "deals[0].draws[1].date", gpuasset.ErrTerms},
		"draws do not add up":  {`"closing": "2026-03-01"`, `"draws": [{"date": "2026-03-01", "amount": "1"}], "closing": "2026-03-01"`, "deals[0].draws", gpuasset.ErrTerms},
		"late base":            {`"base": "payment"`, `"base": "nothing"`, "deals[0].late.base", gpuasset.ErrValue},
		"share over 100 %":     {`"share": "0.8"`, `"share": "1.1"`, "clusters[0].reservations[0].share", gpuasset.ErrValue},
		"reservation backward": {`"end": "2028-01-01"`, `"end": "2026-01-01"`, "clusters[0].reservations[0].end", gpuasset.ErrTerms},
		"PUE below 1":          {`"pue": "1.25"`, `"pue": "0.9"`, "clusters[0].pue", gpuasset.ErrValue},
		"negative watts":       {`"other_watts_per_gpu": 575`, `"other_watts_per_gpu": -1`, "clusters[0].other_watts_per_gpu", gpuasset.ErrValue},
		"unknown model": {`"model": "H100",
      "gpus"`, `"model": "H1000",
      "gpus"`, "clusters[0].model", gpuasset.ErrReference},
		"index of another": {`"model": "H100",
      "gpus"`, `"model": "H200",
      "gpus"`, "clusters[0].spot_index", gpuasset.ErrTerms},
		"unknown index":       {`"spot_index": "sample-h100"`, `"spot_index": "x"`, "clusters[0].spot_index", gpuasset.ErrReference},
		"quotes out of order": {`"date": "2025-10-01"`, `"date": "2024-10-01"`, "indices[0].quotes[1].date", gpuasset.ErrTerms},
		"currency":            {`"currency": "USD"`, `"currency": "usd"`, "currency", gpuasset.ErrValue},
		"version":             {`"version": 1`, `"version": 2`, "version", gpuasset.ErrValue},
		"unknown deal":        {`"deal": "deal-1"`, `"deal": "deal-2"`, "segregated_portfolios[0].participations[0].deal", gpuasset.ErrReference},
		"sold twice":          {`{"deal": "deal-1", "share": "1"}`, `{"deal": "deal-1", "share": "1"}, {"deal": "deal-1", "share": "0.000000000000000001"}`, "segregated_portfolios[0].participations[1].share", gpuasset.ErrTerms},
		"reserve over tokens": {`"reserve": "1000000",
      "participations"`, `"reserve": "17000000",
      "participations"`, "segregated_portfolios[0].reserve", gpuasset.ErrTerms},
		"no underwriter": {`"role": "underwriter"`, `"role": "vault"`, "segregated_portfolios[0].underwriter", gpuasset.ErrReference},
		"cut off":        {`"version": 1`, `"version": `, "version", gpuasset.ErrSyntax},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(string(gpuasset.SampleCluster()), test.old, test.new, 1)
			require.NotEqual(t, string(gpuasset.SampleCluster()), text, "the edit found its place")
			_, err := gpuasset.Parse([]byte(text))
			require.ErrorIs(t, err, test.err)
			var located *gpuasset.PathError
			require.ErrorAs(t, err, &located)
			require.Equal(t, test.path, located.Path, err)
		})
	}
	for name, text := range map[string]string{"nothing": "", "two": string(gpuasset.SamplePool()) + "{}", "list": "[]"} {
		_, err := gpuasset.Parse([]byte(text))
		require.Error(t, err, name)
	}
}

// Reservations that follow each other may each take all.
func TestReservationsInTurn(t *testing.T) {
	doc := sample(t)
	next := doc.Clusters[0].Reservations[0]
	next.Start, next.End, next.Share = next.End, next.End.AddMonths(12), gpuasset.One
	doc.Clusters[0].Reservations = append(doc.Clusters[0].Reservations, next)
	require.NoError(t, doc.Validate())
	doc.Clusters[0].Reservations[1].Start = gpuasset.DateOf(next.Start.Time().AddDate(0, 0, -1))
	require.ErrorIs(t, doc.Validate(), gpuasset.ErrTerms)
	_, err := doc.JSON()
	require.ErrorIs(t, err, gpuasset.ErrTerms, "what would not be read is not written")
}

// A document brings a model of its own.
func TestOwnHardware(t *testing.T) {
	doc := sample(t)
	doc.Hardware = []gpuasset.Model{{ID: "X1", Name: "own", MemoryGB: 1, BoardPowerW: 425, Announced: gpuasset.NewDate(2026, 1, 1), Source: "own", AsOf: gpuasset.NewDate(2026, 1, 1)}}
	doc.Clusters[0].Model, doc.Indices[0].Model = "X1", "X1"
	require.NoError(t, doc.Validate())
	model, ok := doc.Model("X1")
	require.True(t, ok)
	require.Equal(t, 425, model.BoardPowerW)
}

func TestInsured(t *testing.T) {
	p := gpuasset.Protection{InsuranceLimit: gpuasset.Whole(50), InsuranceDeductible: gpuasset.Whole(10), InsuranceShare: gpuasset.Bps(8000)}
	for loss, want := range map[uint64]uint64{5: 0, 10: 0, 60: 40, 1000: 50} {
		require.Equal(t, gpuasset.Whole(want), p.Insured(gpuasset.Whole(loss)), loss)
	}
}

// Texts made to be expensive are refused early.
func TestHugeDocuments(t *testing.T) {
	_, err := gpuasset.Parse(make([]byte, 100<<20))
	require.ErrorIs(t, err, gpuasset.ErrTooLarge)
	_, err = gpuasset.Parse([]byte(`{"deals": ` + strings.Repeat("[", 10_000)))
	require.ErrorIs(t, err, gpuasset.ErrType, "the form has no list of lists")
	_, err = gpuasset.Parse([]byte(`{"hardware": [` + strings.Repeat("{},", 1_000_000) + `{}]}`))
	require.ErrorIs(t, err, gpuasset.ErrMissing, "the first bad item ends it")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"label":"x","currency":"USD","parties":[{"id":"u","role":"underwriter","since":"2020-01-31"}],"segregated_portfolios":[{"id":"s","underwriter":"u","assets":"1.5","tokens":"1"}]}`))
	f.Add([]byte(`{"deals":[{"draws":[{"date":"2026-01-01"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := gpuasset.Parse(text)
		if err != nil {
			var located *gpuasset.PathError
			require.ErrorAs(t, err, &located)
			return
		}
		out, err := doc.JSON()
		require.NoError(t, err)
		again, err := gpuasset.Parse(out)
		require.NoError(t, err)
		text, err = again.JSON()
		require.NoError(t, err)
		require.Equal(t, string(out), string(text))
	})
}

func BenchmarkParse(b *testing.B) {
	text := gpuasset.SampleCluster()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gpuasset.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
