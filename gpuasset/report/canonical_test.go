package report_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/stretchr/testify/require"
)

// The examples of RFC 8785, sections 3.2.2 to 3.2.4, and of the test data of its reference implementation.
func TestCanonicalPublished(t *testing.T) {
	for in, want := range map[string]string{
		`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
		  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`: //
		`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
		  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`: //
		"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"\U0001F600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		`{ "1": {"f": {"f": "hi","F": 5} ,"\n": 56.0}, "10": { }, "": "empty", "a": { }, "111": [ { } ], "A": { } }`://
		`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{}],"A":{},"a":{}}`,
	} {
		got, err := report.Canonical([]byte(in))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		again, err := report.Canonical(got)
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

// The numbers of RFC 8785, appendix B, by their bits.
func TestCanonicalNumbersPublished(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0", 0x8000000000000000: "0", 0x0000000000000001: "5e-324", 0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308", 0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992", 0xc340000000000000: "-9007199254740992", 0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22", 0x44b52d02c7e14af6: "1e+23", 0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000", 0x444b1ae4d6e2ef4f: "999999999999999900000", 0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7", 0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332", 0x41b3de4355555554: "333333333.33333325", 0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334", 0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333", 0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		text, err := json.Marshal(math.Float64frombits(bits))
		require.NoError(t, err)
		got, err := report.Canonical(text)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestCanonicalRefuses(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	_, err := report.Canonical([]byte(nested(report.MaxDepth)))
	require.NoError(t, err)
	for text, want := range map[string]error{
		"": gpuasset.ErrSyntax, "{": gpuasset.ErrSyntax, "[1 2]": gpuasset.ErrSyntax, "[1,]": gpuasset.ErrSyntax, `{"a":1,}`: gpuasset.ErrSyntax,
		`{"a" 1}`: gpuasset.ErrSyntax, `{a:1}`: gpuasset.ErrSyntax, "1 2": gpuasset.ErrSyntax, "nul": gpuasset.ErrSyntax, "01": gpuasset.ErrSyntax,
		"-": gpuasset.ErrSyntax, "1.": gpuasset.ErrSyntax, "1e999": gpuasset.ErrSyntax, "NaN": gpuasset.ErrSyntax, "\"a\nb\"": gpuasset.ErrSyntax,
		`"a`: gpuasset.ErrSyntax, `"\`: gpuasset.ErrSyntax, `"\x"`: gpuasset.ErrSyntax, `"\u12"`: gpuasset.ErrSyntax, `"\u+123"`: gpuasset.ErrSyntax,
		`"\ud800"`: gpuasset.ErrSyntax, `"\ud800\u0041"`: gpuasset.ErrSyntax, `"\udc00\ud800"`: gpuasset.ErrSyntax, "\"\xff\"": gpuasset.ErrSyntax,
		`{"a":1,"a":2}`: gpuasset.ErrTwice, `{"a":1,"\u0061":2}`: gpuasset.ErrTwice,
		nested(report.MaxDepth + 1): gpuasset.ErrTooLarge, nested(10_000): gpuasset.ErrTooLarge, strings.Repeat("[", 10_000): gpuasset.ErrTooLarge,
		strings.Repeat(" ", report.MaxBytes+1): gpuasset.ErrTooLarge,
	} {
		got, err := report.Canonical([]byte(text))
		require.ErrorIs(t, err, want, "%.40q", text)
		require.Nil(t, got, "%.40q", text)
		var located *gpuasset.PathError
		require.ErrorAs(t, err, &located)
	}
	_, err = report.Canonical([]byte(`{"x":[{"b":1,"b":1}]}`))
	require.ErrorContains(t, err, "x[0].b: ")
}

// Whatever is accepted is what encoding/json accepts, means the same and is stable.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":[1,2.50,-0,1e21],"a":"\ud83d\ude00\u001f"}`, `[null,true,false,{}]`, `"\/"`, `{"a":{"a":{}}}`, "\"\u2028\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := report.Canonical(text)
		if err != nil {
			return
		}
		var want, have any
		require.NoError(t, json.Unmarshal(text, &want))
		require.NoError(t, json.Unmarshal(got, &have))
		require.Equal(t, want, have)
		again, err := report.Canonical(got)
		require.NoError(t, err)
		require.Equal(t, string(got), string(again))
	})
}
