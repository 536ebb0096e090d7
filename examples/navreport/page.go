package main

import (
	"bytes"
	"html/template"
)

// layout is the page. It follows the reader's colour scheme, as the charts do.
var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>sAID from {{.From.Format "2006-01-02"}} to {{.To.Format "2006-01-02"}}</title>
<style>
:root { --ink: #1d2733; --dim: #5b6776; --line: #e3e7ec; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --dim: #9aa7b5; --line: #2b343e; --paper: #14191f } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 840px; margin: 2rem auto; padding: 0 1rem }
p { color: var(--dim) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
th { color: var(--dim); font-weight: 500 }
th:first-child, td:first-child { text-align: left }
</style>
<h1>sAID from {{.From.Format "2006-01-02"}} to {{.To.Format "2006-01-02"}}</h1>
<p>{{.Source}}.</p>
{{range .Charts}}<figure style="margin: 1rem 0">{{.}}</figure>
{{end}}
{{range .Tables}}<h2>{{.Title}}</h2>
{{with .Note}}<p>{{.}}</p>
{{end}}<table>
<tr>{{range .Head}}<th>{{.}}</th>{{end}}</tr>
{{range .Rows}}<tr>{{range .}}<td>{{.}}</td>{{end}}</tr>
{{end}}</table>
{{end}}</html>
`))

// page returns the report as HTML.
func (r *report) page() ([]byte, error) {
	data := struct {
		*report
		Charts []template.HTML
	}{report: r}
	drawn := []func() ([]byte, error){r.navs.SVG}
	if len(r.rates.Labels) > 0 {
		drawn = append(drawn, r.rates.SVG)
	}
	for _, draw := range append(drawn, r.split.SVG) {
		picture, err := draw()
		if err != nil {
			return nil, err
		}
		data.Charts = append(data.Charts, template.HTML(picture)) // the chart package escapes all text
	}
	var b bytes.Buffer
	if err := layout.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
