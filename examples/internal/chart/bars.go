package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Values is one series of a bar chart.
type Values struct {
	Name   string
	Values []float64 // one for each of the chart's labels
}

// Bars is a chart of horizontal bars from zero, a group of bars for each label: for comparisons.
type Bars struct {
	Title  string
	Axis   Axis
	Labels []string
	Series []Values
}

// Columns is a chart of vertical bars from zero, a group of columns for each label, in order: for histograms and for flows
// over time.
type Columns Bars

// Swing is what one input does to a result.
type Swing struct {
	Name      string
	Low, High float64 // the result with the input at its low and at its high end
}

// Tornado is a chart of what moves a result most. Rows are drawn in order of their width, the widest first.
type Tornado struct {
	Title string
	Axis  Axis
	Base  float64 // the result with all inputs as expected
	// LowName and HighName say what the ends are, such as "-20 %" and "+20 %".
	LowName, HighName string
	Rows              []Swing
}

func (c Bars) check() (low, high float64, err error) {
	if len(c.Labels) == 0 || len(c.Series) == 0 || len(c.Labels) > MaxPoints || len(c.Series) > MaxPoints/len(c.Labels) {
		return 0, 0, fmt.Errorf("%w: %d labels and %d series; give at least one of each and at most %d bars", ErrData, len(c.Labels), len(c.Series), MaxPoints)
	}
	for _, s := range c.Series {
		if len(s.Values) != len(c.Labels) {
			return 0, 0, fmt.Errorf("%w: %q has %d values for %d labels", ErrData, s.Name, len(s.Values), len(c.Labels))
		}
		if err := extent(&low, &high, s.Name, s.Values...); err != nil {
			return 0, 0, err
		}
	}
	return low, high, nil
}

func (c Bars) names() []string {
	names := make([]string, len(c.Series))
	for i, s := range c.Series {
		names[i] = s.Name
	}
	return names
}

// frame draws the axis of horizontal bars and returns where a value lies.
func frame(p *canvas, s scale, left, bottom float64, axis Axis) func(float64) float64 {
	right := width - 70
	px := func(v float64) float64 { return left + s.part(v)*(right-left) }
	for i, tick := range s.ticks {
		p.rule("g", px(tick), headRoom+8, px(tick), bottom)
		p.text(px(tick), bottom+17, "middle", "", s.labels[i])
	}
	if axis.Label != "" {
		p.text((left+right)/2, bottom+36, "middle", "", axis.Label)
	}
	return px
}

// SVG returns the chart as a picture 800 wide, and as high as the bars need.
func (c Bars) SVG() ([]byte, error) {
	low, high, err := c.check()
	if err != nil {
		return nil, err
	}
	const bar, between = 17.0, 12.0
	group := bar*float64(len(c.Series)) + between
	bottom := headRoom + 14 + group*float64(len(c.Labels))
	p := newCanvas(c.Title, bottom+46)
	p.legend(c.names())
	left := min(width/2, 26+longest(c.Labels))
	px := frame(p, c.Axis.numbers(low, high, 6, false), left, bottom, c.Axis)
	for i, label := range c.Labels {
		y := headRoom + 14 + group*float64(i)
		p.text(left-10, y+bar*float64(len(c.Series))/2+4, "end", "v", label)
		for j, s := range c.Series {
			v := s.Values[i]
			start, end := px(min(v, 0)), px(max(v, 0))
			p.rect(start, y+bar*float64(j)+1, end-start, bar-3, j)
			at, anchor := end+5, "start"
			if v < 0 {
				at, anchor = start-5, "end"
			}
			p.text(at, y+bar*float64(j)+12, anchor, "v", c.Axis.format(v))
		}
	}
	p.rule("z", px(0), headRoom+8, px(0), bottom)
	return p.done(), nil
}

// SVG returns the chart as a picture of 800 by 360. Labels that would overlap are left out.
func (c Columns) SVG() ([]byte, error) {
	low, high, err := Bars(c).check()
	if err != nil {
		return nil, err
	}
	const height = 360.0
	y := c.Axis.numbers(low, high, 6, false)
	left, right, top, bottom := 24+longest(y.labels), width-24, headRoom+22, height-36
	py := func(v float64) float64 { return bottom - y.part(v)*(bottom-top) }
	p := newCanvas(c.Title, height)
	p.legend(Bars(c).names())
	p.text(16, top-8, "start", "", c.Axis.Label)
	for i, tick := range y.ticks {
		p.rule("g", left, py(tick), right, py(tick))
		p.text(left-8, py(tick)+4, "end", "", y.labels[i])
	}
	group := (right - left) / float64(len(c.Labels))
	column := group * 0.84 / float64(len(c.Series))
	every := max(1, int(math.Ceil((longest(c.Labels)+8)/group)))
	for i, label := range c.Labels {
		x := left + group*(float64(i)+0.08)
		for j, s := range c.Series {
			v := s.Values[i]
			p.rect(x+column*float64(j), py(max(v, 0)), max(column-1, 0.5), py(min(v, 0))-py(max(v, 0)), j)
		}
		if i%every == 0 {
			p.text(left+group*(float64(i)+0.5), bottom+18, "middle", "", label)
		}
	}
	p.rule("z", left, py(0), right, py(0))
	return p.done(), nil
}

// sorted returns the rows, the widest first, and the range of the results.
func (c Tornado) sorted() (rows []Swing, low, high float64, err error) {
	if len(c.Rows) == 0 || len(c.Rows) > MaxPoints {
		return nil, 0, 0, fmt.Errorf("%w: %d rows; give 1 to %d", ErrData, len(c.Rows), MaxPoints)
	}
	low, high = c.Base, c.Base
	if err := extent(&low, &high, "the base", c.Base); err != nil {
		return nil, 0, 0, err
	}
	for _, row := range c.Rows {
		if err := extent(&low, &high, row.Name, row.Low, row.High); err != nil {
			return nil, 0, 0, err
		}
	}
	rows = slices.Clone(c.Rows)
	slices.SortStableFunc(rows, func(a, b Swing) int { return cmp.Compare(b.width(c.Base), a.width(c.Base)) })
	return rows, low, high, nil
}

func (s Swing) width(base float64) float64 {
	return max(s.Low, s.High, base) - min(s.Low, s.High, base)
}

// SVG returns the chart as a picture 800 wide, and as high as the rows need.
func (c Tornado) SVG() ([]byte, error) {
	rows, low, high, err := c.sorted()
	if err != nil {
		return nil, err
	}
	const row = 30.0
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	bottom := headRoom + 14 + row*float64(len(rows))
	p := newCanvas(c.Title, bottom+46)
	p.legend([]string{or(c.LowName, "low"), or(c.HighName, "high")})
	left := min(width/2, 26+longest(names)) + 64
	px := frame(p, c.Axis.numbers(low, high, 6, false), left, bottom, c.Axis)
	for i, r := range rows {
		y := headRoom + 16 + row*float64(i)
		p.text(left-74, y+14, "end", "v", r.Name)
		ends := []float64{r.Low, r.High}
		for side, v := range ends {
			// Where both ends lie on one side of the base, the halves share the row's height.
			top, tall := y, row-10
			if same := (r.Low-c.Base)*(r.High-c.Base) > 0; same {
				top, tall = y+float64(side)*(row-10)/2, (row-10)/2
			}
			p.rect(px(min(v, c.Base)), top, px(max(v, c.Base))-px(min(v, c.Base)), tall, side)
		}
		p.text(px(min(r.Low, r.High, c.Base))-6, y+14, "end", "", c.Axis.format(min(r.Low, r.High)))
		p.text(px(max(r.Low, r.High, c.Base))+6, y+14, "start", "", c.Axis.format(max(r.Low, r.High)))
	}
	p.rule("z", px(c.Base), headRoom+8, px(c.Base), bottom)
	return p.done(), nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Terminal returns the chart as text so many characters wide (40 to 400), a line for each bar.
func (c Bars) Terminal(columns int) (string, error) {
	low, high, err := c.check()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	title(&b, c.Title, c.Axis.Label)
	names, values := int(longest(c.Labels)/letter), 0
	if len(c.Series) > 1 {
		names = max(names, 2+int(longest(c.names())/letter))
	}
	for _, s := range c.Series {
		for _, v := range s.Values {
			values = max(values, utf8.RuneCountInString(c.Axis.format(v)))
		}
	}
	across := max(10, min(max(columns, 40), 400)-names-values-4)
	for i, label := range c.Labels {
		if len(c.Series) > 1 {
			writeRow(&b, label)
		}
		for _, s := range c.Series {
			if len(c.Series) > 1 {
				label = "  " + s.Name
			}
			writeRow(&b, fmt.Sprintf("%-*s %*s  %s", names, label, values, c.Axis.format(s.Values[i]), blocks(min(s.Values[i], 0), max(s.Values[i], 0), low, high, across)))
		}
	}
	return b.String(), nil
}

// Terminal returns the chart as text so many characters wide (40 to 400), a line for each column.
func (c Columns) Terminal(columns int) (string, error) { return Bars(c).Terminal(columns) }

// Terminal returns the chart as text so many characters wide (40 to 400), a line for each row: the result at the low end
// and at the high end of the input, and the span between them, which the base parts with a bar.
func (c Tornado) Terminal(columns int) (string, error) {
	rows, low, high, err := c.sorted()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	title(&b, c.Title, c.Axis.Label)
	names, values := len(" "), utf8.RuneCountInString(or(c.HighName, "high"))
	values = max(values, utf8.RuneCountInString(or(c.LowName, "low")))
	for _, r := range rows {
		names = max(names, utf8.RuneCountInString(r.Name))
		values = max(values, utf8.RuneCountInString(c.Axis.format(r.Low)), utf8.RuneCountInString(c.Axis.format(r.High)))
	}
	across := max(10, min(max(columns, 40), 400)-names-2*values-5)
	writeRow(&b, fmt.Sprintf("%-*s %*s %*s  base %s", names, "", values, or(c.LowName, "low"), values, or(c.HighName, "high"), c.Axis.format(c.Base)))
	for _, r := range rows {
		bar := []rune(blocks(min(r.Low, r.High, c.Base), max(r.Low, r.High, c.Base), low, high, across))
		if at := column(c.Base, low, high, across); at < len(bar) {
			bar[at] = '│'
		} else {
			bar = append(bar, '│')
		}
		writeRow(&b, fmt.Sprintf("%-*s %*s %*s  %s", names, r.Name, values, c.Axis.format(r.Low), values, c.Axis.format(r.High), string(bar)))
	}
	return b.String(), nil
}

// column returns the character that a value falls on.
func column(v, low, high float64, across int) int {
	if high <= low {
		return 0
	}
	return int(math.Round((v - low) / (high - low) * float64(across)))
}

// blocks returns a bar between two values; one that is not empty has at least a thin mark.
func blocks(from, to, low, high float64, across int) string {
	start, end := column(from, low, high, across), column(to, low, high, across)
	bar := strings.Repeat(" ", start) + strings.Repeat("█", end-start)
	if start == end && from < to {
		bar += "▏"
	}
	return bar
}
