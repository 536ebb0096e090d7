package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxPoints is the most points that a line, and the most lines, bars or rows that a chart may have.
const MaxPoints = 100_000

// Line is one series over X.
type Line struct {
	Name      string
	X, Y      []float64 // of one length; X ascending
	Step      bool      // a value holds until the next: for NAVs and prices
	Dashed    bool      // for assumptions and scenarios
	Low, High []float64 // a band around Y, of its length; may be nil
}

// Mark is a vertical line with a text, for an event.
type Mark struct {
	X    float64
	Text string
}

// Lines is a chart of one or more lines.
type Lines struct {
	Title string
	X, Y  Axis
	Lines []Line
	Marks []Mark
}

func (c Lines) scales(ticksX, ticksY int) (x, y scale, err error) {
	if len(c.Lines) == 0 || len(c.Lines) > MaxPoints {
		return x, y, fmt.Errorf("%w: %d lines; give 1 to %d", ErrData, len(c.Lines), MaxPoints)
	}
	lowX, highX, lowY, highY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, line := range c.Lines {
		n := len(line.X)
		switch {
		case n == 0 || n > MaxPoints:
			return x, y, fmt.Errorf("%w: %q has %d points; give 1 to %d", ErrData, line.Name, n, MaxPoints)
		case len(line.Y) != n, len(line.Low) != len(line.High), line.Low != nil && len(line.Low) != n:
			return x, y, fmt.Errorf("%w: %q has %d X, %d Y and a band of %d and %d", ErrData, line.Name, n, len(line.Y), len(line.Low), len(line.High))
		case !slices.IsSorted(line.X):
			return x, y, fmt.Errorf("%w: X of %q is not ascending", ErrData, line.Name)
		}
		if err := extent(&lowX, &highX, line.Name, line.X...); err != nil {
			return x, y, err
		}
		if err := extent(&lowY, &highY, line.Name, slices.Concat(line.Y, line.Low, line.High)...); err != nil {
			return x, y, err
		}
	}
	for _, mark := range c.Marks {
		if err := extent(&lowX, &highX, mark.Text, mark.X); err != nil {
			return x, y, err
		}
	}
	y = c.Y.numbers(lowY, highY, ticksY, false)
	if c.X.Times {
		x, err = c.X.times(lowX, highX, ticksX)
		return x, y, err
	}
	return c.X.numbers(lowX, highX, ticksX, true), y, nil
}

// SVG returns the chart as a picture of 800 by 400. Lines are named at their right end.
func (c Lines) SVG() ([]byte, error) {
	x, y, err := c.scales(7, 6)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(c.Lines))
	for i, line := range c.Lines {
		names[i] = line.Name
	}
	const height = 400.0
	left, top, bottom := 24+longest(y.labels), headRoom+14, height-44
	right := width - 24
	if len(c.Lines) > 1 {
		right = max(width/2, width-20-longest(names))
	}
	px := func(v float64) float64 { return left + x.part(v)*(right-left) }
	py := func(v float64) float64 { return bottom - y.part(v)*(bottom-top) }

	p := newCanvas(c.Title, height)
	p.text(16, 44, "start", "", c.Y.Label)
	for i, tick := range y.ticks {
		p.rule("g", left, py(tick), right, py(tick))
		p.text(left-8, py(tick)+4, "end", "", y.labels[i])
	}
	for i, tick := range x.ticks {
		p.rule("g", px(tick), bottom, px(tick), bottom+5)
		p.text(px(tick), bottom+19, "middle", "", x.labels[i])
	}
	p.rule("z", left, bottom, right, bottom)
	if c.X.Label != "" {
		p.text((left+right)/2, height-8, "middle", "", c.X.Label)
	}
	for _, mark := range c.Marks {
		fmt.Fprintf(p, `<path class="z" stroke-dasharray="2 3" d="M%.1f %.1fV%.1f"/>`+"\n", px(mark.X), top, bottom)
		anchor, at := "start", px(mark.X)+4
		if x.part(mark.X) > 0.75 {
			anchor, at = "end", px(mark.X)-4
		}
		p.text(at, top-3, anchor, "", mark.Text)
	}
	for i, line := range c.Lines {
		if line.Low == nil {
			continue
		}
		lower := trace(line.X, line.Low, line.Step, px, py)
		slices.Reverse(lower)
		fmt.Fprintf(p, `<path class="b" style="fill:var(--c%d)" d="%s"/>`+"\n", i%hues, path(append(trace(line.X, line.High, line.Step, px, py), lower...))+"Z")
	}
	for i, line := range c.Lines {
		dash := ""
		switch {
		case line.Dashed:
			dash = ` stroke-dasharray="6 4"`
		case i >= hues:
			dash = ` stroke-dasharray="1 3"`
		}
		points := trace(line.X, line.Y, line.Step, px, py)
		if len(points) == 1 {
			fmt.Fprintf(p, `<circle cx="%.1f" cy="%.1f" r="3.5" style="fill:var(--c%d)"/>`+"\n", points[0][0], points[0][1], i%hues)
			continue
		}
		fmt.Fprintf(p, `<path class="l" style="stroke:var(--c%d)"%s d="%s"/>`+"\n", i%hues, dash, path(points))
	}
	if len(c.Lines) > 1 {
		c.nameEnds(p, right+8, top, bottom, py)
	}
	return p.done(), nil
}

// nameEnds writes each line's name where it ends, apart from each other.
func (c Lines) nameEnds(p *canvas, at, top, bottom float64, py func(float64) float64) {
	type label struct {
		series int
		y      float64
	}
	labels := make([]label, len(c.Lines))
	for i, line := range c.Lines {
		labels[i] = label{i, py(line.Y[len(line.Y)-1])}
	}
	slices.SortStableFunc(labels, func(a, b label) int { return cmp.Compare(a.y, b.y) })
	gap := min(15, (bottom-top+8)/float64(len(labels)))
	for i := range labels { // pushed down, then up from the bottom
		if i > 0 {
			labels[i].y = max(labels[i].y, labels[i-1].y+gap)
		}
	}
	limit := bottom + 4
	for i := len(labels) - 1; i >= 0; i-- {
		labels[i].y = min(labels[i].y, limit)
		limit = labels[i].y - gap
	}
	for _, l := range labels {
		p.colored(at, l.y+4, l.series, c.Lines[l.series].Name)
	}
}

// trace returns the corners of a line on the canvas.
func trace(xs, ys []float64, step bool, px, py func(float64) float64) [][2]float64 {
	points := make([][2]float64, 0, 2*len(xs))
	for i := range xs {
		if step && i > 0 {
			points = append(points, [2]float64{px(xs[i]), py(ys[i-1])})
		}
		points = append(points, [2]float64{px(xs[i]), py(ys[i])})
	}
	return points
}

func path(points [][2]float64) string {
	var b strings.Builder
	for i, point := range points {
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, point[0], point[1])
	}
	return b.String()
}

// signs mark the lines of a terminal chart.
const signs = "abcdefghijklmnopqrstuvwxyz"

// Terminal returns the chart as text so many characters wide (40 to 400) and 16 lines high and a legend. Each line is drawn
// with a letter; where two meet, the later one is seen.
func (c Lines) Terminal(columns int) (string, error) {
	columns = min(max(columns, 40), 400)
	x, y, err := c.scales(max(2, columns/16), 5)
	if err != nil {
		return "", err
	}
	const rows = 16
	margin := int(longest(y.labels) / letter)
	across := max(10, columns-margin-3)
	grid := make([][]rune, rows)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(" ", across))
	}
	for i, line := range c.Lines {
		at := 0
		for column := range across {
			v := x.low + (x.high-x.low)*float64(column)/float64(across-1)
			for at+1 < len(line.X) && line.X[at+1] <= v {
				at++
			}
			if v < line.X[0]-(x.high-x.low)/float64(2*across) || at == len(line.X)-1 && v > line.X[at]+(x.high-x.low)/float64(2*across) {
				continue
			}
			value := line.Y[at]
			if !line.Step && at+1 < len(line.X) && line.X[at+1] > line.X[at] && v > line.X[at] {
				value += (line.Y[at+1] - value) * (v - line.X[at]) / (line.X[at+1] - line.X[at])
			}
			row := rows - 1 - int(math.Round(y.part(value)*(rows-1)))
			grid[min(max(row, 0), rows-1)][column] = rune(signs[i%len(signs)])
		}
	}
	var b strings.Builder
	title(&b, c.Title, c.Y.Label)
	for row, cells := range grid {
		label := ""
		for i, tick := range y.ticks {
			if rows-1-int(math.Round(y.part(tick)*(rows-1))) == row {
				label = y.labels[i]
			}
		}
		writeRow(&b, fmt.Sprintf("%*s ┤%s", margin, label, string(cells)))
	}
	axis := []rune(strings.Repeat(" ", across+margin+2))
	end := 0
	for i, tick := range x.ticks {
		label := []rune(x.labels[i])
		start := margin + 2 + int(math.Round(x.part(tick)*float64(across-1))) - len(label)/2
		if start >= end && start >= 0 && start+len(label) <= len(axis) {
			copy(axis[start:], label)
			end = start + len(label) + 1
		}
	}
	writeRow(&b, strings.Repeat(" ", margin+1)+"└"+strings.Repeat("─", across))
	writeRow(&b, string(axis))
	if c.X.Label != "" {
		writeRow(&b, strings.Repeat(" ", max(0, (columns-utf8.RuneCountInString(c.X.Label))/2))+c.X.Label)
	}
	for _, mark := range c.Marks {
		writeRow(&b, fmt.Sprintf("  %s: %s", c.X.format(mark.X), mark.Text))
	}
	for i, line := range c.Lines {
		last := len(line.Y) - 1
		text := fmt.Sprintf("  %c %s: %s", signs[i%len(signs)], line.Name, c.Y.format(line.Y[last]))
		if line.Low != nil {
			text += fmt.Sprintf(" (%s to %s)", c.Y.format(line.Low[last]), c.Y.format(line.High[last]))
		}
		writeRow(&b, text)
	}
	return b.String(), nil
}

func title(b *strings.Builder, title, unit string) {
	if unit != "" {
		title += " (" + unit + ")"
	}
	writeRow(b, title)
}

// writeRow writes a line without trailing blanks.
func writeRow(b *strings.Builder, row string) {
	b.WriteString(strings.TrimRight(printable(row), " "))
	b.WriteByte('\n')
}
