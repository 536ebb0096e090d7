package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/examples/internal/chart"
)

// parse requires well-formed XML of finite numbers, and returns its attributes.
func parse(t *testing.T, picture []byte) []xml.Attr {
	t.Helper()
	var all []xml.Attr
	decoder := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			for _, attr := range start.Attr {
				if attr.Name.Local != "aria-label" {
					require.NotRegexp(t, "NaN|Inf", attr.Value)
				}
				all = append(all, attr)
			}
		}
	}
	return all
}

func at(y int, m time.Month) float64 { return chart.At(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)) }

func nav() chart.Lines {
	months := []float64{at(2026, 1), at(2026, 2), at(2026, 3), at(2026, 4), at(2026, 5), at(2026, 6)}
	return chart.Lines{
		Title: "NAV of sAID", X: chart.Axis{Times: true}, Y: chart.Axis{Label: "AID per sAID", Format: func(x float64) string { return fmt.Sprintf("%.3f", x) }},
		Lines: []chart.Line{
			{Name: "Deposit", X: months, Y: []float64{1, 1.01, 1.02, 1.03, 1.04, 1.05}, Step: true},
			{Name: "Unstaking", X: months, Y: []float64{1, 1.01, 1.01, 1.02, 1.03, 1.04}, Step: true, Dashed: true,
				Low: []float64{1, 1.005, 1.005, 1.01, 1.02, 1.03}, High: []float64{1, 1.01, 1.02, 1.03, 1.04, 1.05}},
		},
		Marks: []chart.Mark{{X: at(2026, 3), Text: "mark-down"}},
	}
}

// A step goes right before it goes up, and the line ends where its numbers say.
func TestLinesGeometry(t *testing.T) {
	picture, err := chart.Lines{Title: "t", Lines: []chart.Line{{Name: "n", X: []float64{0, 10}, Y: []float64{0, 1}, Step: true}}}.SVG()
	require.NoError(t, err)
	parse(t, picture)
	d := regexp.MustCompile(`class="l" .*d="M(\S+) (\S+)L(\S+) (\S+)L(\S+) (\S+)"`).FindStringSubmatch(string(picture))
	require.NotNil(t, d)
	var p [6]float64
	for i := range p {
		p[i], err = strconv.ParseFloat(d[i+1], 64)
		require.NoError(t, err)
	}
	// Labels "0.0" and "1.0" have 3 letters of 7, so the plot is from 24+21 to 800-24 and from 60 to 356.
	require.Equal(t, [6]float64{45, 356, 776, 356, 776, 60}, p)
}

func TestBarsGeometry(t *testing.T) {
	picture, err := chart.Bars{Title: "t", Labels: []string{"abc"}, Series: []chart.Values{{Name: "s", Values: []float64{5}}}}.SVG()
	require.NoError(t, err)
	parse(t, picture)
	// The axis goes from 26+21 to 730, 0 to 5: the bar is all of it.
	require.Contains(t, string(picture), `<rect x="47.0" y="61.0" width="683.0" height="14.0"`)

	picture, err = chart.Columns{Title: "t", Labels: []string{"a", "b"}, Series: []chart.Values{{Name: "s", Values: []float64{5, -5}}}}.SVG()
	require.NoError(t, err)
	parse(t, picture)
	// -6 to 6 in steps of 2 from 324 to 68, so 0 is at 196, 5 at 89.333 and -5 at 302.667.
	require.Contains(t, string(picture), `y="89.3" width="309.0" height="106.7"`)
	require.Contains(t, string(picture), `y="196.0" width="309.0" height="106.7"`)
}

func TestTornadoOrder(t *testing.T) {
	c := chart.Tornado{Title: "t", Base: 10, Rows: []chart.Swing{{"small", 9, 11}, {"large", 14, 6}, {"one side", 11, 13}}}
	text, err := c.Terminal(60)
	require.NoError(t, err)
	order := []string{"large", "one side", "small"}
	last := 0
	for _, name := range order {
		i := strings.Index(text, name)
		require.Greater(t, i, last)
		last = i
	}
	picture, err := c.SVG()
	require.NoError(t, err)
	parse(t, picture)
	require.Equal(t, "small", c.Rows[0].Name, "the argument is left as it was")
}

// Titles and names are text, not markup.
func TestEscapes(t *testing.T) {
	picture, err := chart.Lines{Title: `<script>"&'` + "\x00", Lines: []chart.Line{{Name: "</svg>", X: []float64{1}, Y: []float64{1}}, {Name: "b", X: []float64{1}, Y: []float64{2}}}}.SVG()
	require.NoError(t, err)
	parse(t, picture)
	require.NotContains(t, string(picture), "<script>")
	require.Equal(t, 1, strings.Count(string(picture), "</svg>"))
}

func TestBadData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	one := []float64{1}
	type drawn interface {
		SVG() ([]byte, error)
		Terminal(int) (string, error)
	}
	for name, c := range map[string]drawn{
		"no lines":     chart.Lines{},
		"no points":    chart.Lines{Lines: []chart.Line{{}}},
		"lengths":      chart.Lines{Lines: []chart.Line{{X: []float64{1, 2}, Y: one}}},
		"band":         chart.Lines{Lines: []chart.Line{{X: one, Y: one, Low: one}}},
		"band length":  chart.Lines{Lines: []chart.Line{{X: []float64{1, 2}, Y: []float64{1, 2}, Low: one, High: one}}},
		"descending":   chart.Lines{Lines: []chart.Line{{X: []float64{2, 1}, Y: []float64{1, 2}}}},
		"NaN":          chart.Lines{Lines: []chart.Line{{X: one, Y: []float64{nan}}}},
		"infinite X":   chart.Lines{Lines: []chart.Line{{X: []float64{inf}, Y: one}}},
		"huge":         chart.Lines{Lines: []chart.Line{{X: one, Y: []float64{1e300}}}},
		"NaN mark":     chart.Lines{Lines: []chart.Line{{X: one, Y: one}}, Marks: []chart.Mark{{X: nan}}},
		"no such time": chart.Lines{X: chart.Axis{Times: true}, Lines: []chart.Line{{X: []float64{1e15}, Y: one}}},
		"no labels":    chart.Bars{Series: []chart.Values{{}}},
		"no series":    chart.Bars{Labels: []string{"a"}},
		"values":       chart.Bars{Labels: []string{"a", "b"}, Series: []chart.Values{{Values: one}}},
		"NaN bar":      chart.Columns{Labels: []string{"a"}, Series: []chart.Values{{Values: []float64{nan}}}},
		"no rows":      chart.Tornado{},
		"NaN base":     chart.Tornado{Base: nan, Rows: []chart.Swing{{"a", 1, 2}}},
		"infinite row": chart.Tornado{Rows: []chart.Swing{{"a", 1, inf}}},
	} {
		_, err := c.SVG()
		require.ErrorIs(t, err, chart.ErrData, name)
		_, err = c.Terminal(80)
		require.ErrorIs(t, err, chart.ErrData, name)
	}
}

func TestNumbers(t *testing.T) {
	require.Equal(t, "5.3 %", chart.Percent(0.0525+1e-12))
	for x, want := range map[float64]string{0: "0", -0.4: "0", 999.5: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		require.Equal(t, want, chart.Thousands(x))
	}
}

func ExampleLines_Terminal() {
	text, err := nav().Terminal(72)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(text)
	// Output:
	// NAV of sAID (AID per sAID)
	// 1.060 ┤
	//       ┤
	//       ┤                                                               a
	//       ┤
	//       ┤
	// 1.040 ┤                                                   aaaaaaaaaaaab
	//       ┤
	//       ┤                                      aaaaaaaaaaaaabbbbbbbbbbbb
	//       ┤
	//       ┤
	// 1.020 ┤                         aaaaaaaaaaaaabbbbbbbbbbbbb
	//       ┤
	//       ┤             bbbbbbbbbbbbbbbbbbbbbbbbb
	//       ┤
	//       ┤
	// 1.000 ┤bbbbbbbbbbbbb
	//       └────────────────────────────────────────────────────────────────
	//    Jan 2026                 Mar 2026                 May 2026
	//   2026-03-01: mark-down
	//   a Deposit: 1.050
	//   b Unstaking: 1.040 (1.030 to 1.050)
}

func ExampleBars_Terminal() {
	text, err := chart.Bars{
		Title: "Net of exit", Axis: chart.Axis{Format: chart.Percent}, Labels: []string{"hold", "stake"},
		Series: []chart.Values{{"expected", []float64{0, 0.06}}, {"worst case", []float64{0, -0.03}}},
	}.Terminal(60)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(text)
	// Output:
	// Net of exit
	// hold
	//   expected    0.0 %
	//   worst case  0.0 %
	// stake
	//   expected    6.0 %               █████████████████████████
	//   worst case -3.0 %  █████████████
}

func ExampleTornado_Terminal() {
	text, err := chart.Tornado{
		Title: "IRR of the deal", Axis: chart.Axis{Format: chart.Percent}, Base: 0.12, LowName: "-20 %", HighName: "+20 %",
		Rows: []chart.Swing{{"power price", 0.13, 0.11}, {"rental price", 0.02, 0.21}},
	}.Terminal(64)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Print(text)
	// Output:
	// IRR of the deal
	//               -20 %  +20 %  base 12.0 %
	// rental price  2.0 % 21.0 %  ██████████████████│████████████████
	// power price  13.0 % 11.0 %                   █│█
}

// Whatever the numbers, a chart is drawn of finite numbers or refused.
func FuzzCharts(f *testing.F) {
	f.Add(0.0, 1.0, 2.0, 3.0, 80)
	f.Add(1.05, 1.05, 1.05, 1.05, 0)
	f.Add(-1e99, 1e99, 1e-99, 0.0, 1000)
	f.Add(1.7e9, 1.8e9, 1e15, 1e15+1, -5)
	f.Fuzz(func(t *testing.T, a, b, c, d float64, columns int) {
		x := []float64{min(a, b), max(a, b)}
		for _, times := range []bool{false, true} {
			lines := chart.Lines{Title: "t", X: chart.Axis{Times: times}, Lines: []chart.Line{{Name: "n", X: x, Y: []float64{c, d}, Step: times, Low: []float64{c, c}, High: []float64{d, d}}}}
			if picture, err := lines.SVG(); err == nil {
				parse(t, picture)
				require.Less(t, len(picture), 50_000)
				_, err = lines.Terminal(columns)
				require.NoError(t, err)
			}
		}
		bars := chart.Bars{Labels: []string{"a", "b", "c", "d"}, Series: []chart.Values{{Name: "s", Values: []float64{a, b, c, d}}}}
		if picture, err := bars.SVG(); err == nil {
			parse(t, picture)
			picture, err = chart.Columns(bars).SVG()
			require.NoError(t, err)
			parse(t, picture)
			_, err = bars.Terminal(columns)
			require.NoError(t, err)
		}
		tornado := chart.Tornado{Base: a, Rows: []chart.Swing{{"r", b, c}, {"s", d, a}}}
		if picture, err := tornado.SVG(); err == nil {
			parse(t, picture)
			_, err = tornado.Terminal(columns)
			require.NoError(t, err)
		}
	})
}
