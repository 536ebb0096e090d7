package chart

import (
	"bytes"
	"fmt"
	"html"
	"unicode/utf8"
)

const (
	width    = 800.0
	headRoom = 46.0
	letter   = 7.0 // an upper estimate of a letter's width at 12 px
)

// hues is how many series have a colour of their own; further ones repeat colours with another dash.
const hues = 6

// style is the look in both colour schemes. All rules are below the class of a chart, so that it can be put into a page.
const style = `.gaib-chart{--bg:#fff;--ink:#1d2733;--dim:#5b6776;--grid:#e3e7ec;--c0:#1f66b0;--c1:#c2500a;--c2:#17804f;--c3:#9a2f93;--c4:#8a6a00;--c5:#c0283f;` +
	`font:12px system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif;max-width:100%;height:auto}` +
	`@media(prefers-color-scheme:dark){.gaib-chart{--bg:#14191f;--ink:#e6ebf0;--dim:#9aa7b5;--grid:#2b343e;--c0:#6db3f7;--c1:#ff9d5c;--c2:#52d19a;--c3:#e490dc;--c4:#dcc64f;--c5:#ff8492}}` +
	`.gaib-chart .bg{fill:var(--bg)}.gaib-chart text{fill:var(--dim)}.gaib-chart .h{fill:var(--ink);font-size:15px;font-weight:600}.gaib-chart .v{fill:var(--ink)}` +
	`.gaib-chart .g{stroke:var(--grid);fill:none}.gaib-chart .z{stroke:var(--dim);fill:none}.gaib-chart .l{fill:none;stroke-width:2;stroke-linejoin:round}.gaib-chart .b{opacity:.16;stroke:none}`

type canvas struct {
	bytes.Buffer
	height float64
}

func newCanvas(title string, height float64) *canvas {
	c := &canvas{height: height}
	name := html.EscapeString(printable(title))
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" class="gaib-chart" role="img" aria-label="%s" width="%g" height="%g" viewBox="0 0 %g %g">`, name, width, height, width, height)
	fmt.Fprintf(c, "<style>%s</style>\n<title>%s</title>\n", style, name)
	fmt.Fprintf(c, `<rect class="bg" width="%g" height="%g"/>`+"\n", width, height)
	c.text(16, 26, "start", "h", title)
	return c
}

func (c *canvas) text(x, y float64, anchor, class, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`+"\n", x, y, anchor, class, html.EscapeString(printable(text)))
}

// colored writes a text in the colour of a series.
func (c *canvas) colored(x, y float64, series int, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" style="fill:var(--c%d)">%s</text>`+"\n", x, y, series%hues, html.EscapeString(printable(text)))
}

func (c *canvas) rule(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(c, `<path class="%s" d="M%.1f %.1fL%.1f %.1f"/>`+"\n", class, x1, y1, x2, y2)
}

func (c *canvas) rect(x, y, w, h float64, series int) {
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" style="fill:var(--c%d)"/>`+"\n", x, y, max(w, 0.8), h, series%hues)
}

// legend names the series in a row below the title.
func (c *canvas) legend(names []string) {
	if len(names) < 2 {
		return
	}
	x := 16.0
	for i, name := range names {
		c.rect(x, 36, 10, 10, i)
		c.text(x+15, 45, "start", "v", name)
		x += 30 + letter*float64(utf8.RuneCountInString(name))
	}
}

func (c *canvas) done() []byte {
	c.WriteString("</svg>\n")
	return c.Bytes()
}

// printable replaces what XML does not allow.
func printable(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if r < 0x20 || r == 0xfffe || r == 0xffff {
			runes[i] = ' '
		}
	}
	return string(runes)
}

func longest(labels []string) float64 {
	most := 0
	for _, label := range labels {
		most = max(most, utf8.RuneCountInString(label))
	}
	return letter * float64(most)
}
