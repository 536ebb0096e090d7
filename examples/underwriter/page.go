package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"

	"github.com/gaib-go/gaib/examples/internal/chart"
	"github.com/gaib-go/gaib/gpuasset/stress"
)

//go:embed page.html
var pageText string

// page returns the report as one HTML file with everything in it.
func (a *analysis) page() ([]byte, error) {
	view, err := template.New("page").Funcs(template.FuncMap{"money": money, "signed": signed, "percent": percent, "bridge": bridge}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	type deal struct {
		*dealAnalysis
		Figures                []figure
		Cash, DSCR, LTV, Swing template.HTML
	}
	data := struct {
		*analysis
		Deals                 []deal
		Mean                  float64
		Losing                int
		Swing, Losses         template.HTML
		Bridge, ShockedBridge template.HTML
	}{analysis: a, Losing: len(a.losing())}
	data.Mean, _ = a.Losses.Mean()
	var failed error
	draw := func(c interface{ SVG() ([]byte, error) }) template.HTML {
		picture, err := c.SVG()
		if err != nil && failed == nil {
			failed = err
		}
		return template.HTML(picture) // package chart escapes its texts
	}
	for i := range a.Deals {
		d := &a.Deals[i]
		one := deal{dealAnalysis: d, Figures: d.figures(), Cash: draw(d.cash()), DSCR: draw(d.dscr()), LTV: draw(d.ltv())}
		if len(d.Swings) > 0 {
			one.Swing = draw(tornado("Minimum DSCR under one change each", d.Swings, d.Result.MinDSCR, ratio))
		}
		data.Deals = append(data.Deals, one)
	}
	if len(a.Swings) > 0 {
		data.Swing = draw(tornado("Unstaking NAV under one change each", a.Swings, unstaking(a.Base), chart.Thousands))
	}
	if data.Losing > 0 {
		losses, err := a.losses()
		if err != nil {
			return nil, err
		}
		data.Losses = draw(losses)
	}
	data.Bridge, data.ShockedBridge = draw(bridgeChart("From the Deposit NAV to the Unstaking NAV", a.Currency, a.Base)), draw(bridgeChart("The same with rents 40 % lower", a.Currency, a.Shocked))
	if failed != nil {
		return nil, failed
	}
	var out bytes.Buffer
	err = view.Execute(&out, data)
	return out.Bytes(), err
}

// cash is what comes in and what falls due.
func (d *dealAnalysis) cash() chart.Columns {
	c := chart.Columns{Title: "Cash flow and debt service per period", Axis: chart.Axis{Format: chart.Thousands, Zero: true},
		Series: []chart.Values{{Name: "cash for debt service"}, {Name: "debt service"}}}
	for _, p := range d.Periods {
		c.Labels = append(c.Labels, p.End.String()[:7])
		c.Series[0].Values, c.Series[1].Values = append(c.Series[0].Values, p.Cash), append(c.Series[1].Values, p.Service)
	}
	return c
}

func (d *dealAnalysis) dscr() chart.Lines {
	ratio, limit, one := chart.Line{Name: "DSCR"}, chart.Line{Name: "1.35 asked", Dashed: true}, chart.Line{Name: "1.00", Dashed: true}
	for _, p := range d.Periods {
		at := chart.At(p.End.Time())
		for _, line := range []*chart.Line{&ratio, &limit, &one} {
			line.X = append(line.X, at)
		}
		ratio.Y, limit.Y, one.Y = append(ratio.Y, p.DSCR()), append(limit.Y, 1.35), append(one.Y, 1)
	}
	return chart.Lines{Title: "Debt service coverage", X: chart.Axis{Times: true}, Y: chart.Axis{Zero: true}, Lines: []chart.Line{ratio, limit, one}}
}

// ltv is the balance beside what the GPUs are worth.
func (d *dealAnalysis) ltv() chart.Lines {
	balance, value := chart.Line{Name: "balance"}, chart.Line{Name: "value of the GPUs"}
	for _, p := range d.Path {
		at := chart.At(p.Date.Time())
		balance.X, balance.Y = append(balance.X, at), append(balance.Y, p.Balance)
		value.X, value.Y = append(value.X, at), append(value.Y, p.Value)
	}
	return chart.Lines{Title: "Loan against residual value", X: chart.Axis{Times: true}, Y: chart.Axis{Format: chart.Thousands, Zero: true}, Lines: []chart.Line{balance, value}}
}

func tornado(title string, swings []swing, base float64, format func(float64) string) chart.Tornado {
	t := chart.Tornado{Title: title, Axis: chart.Axis{Format: format}, Base: base, LowName: "first change", HighName: "second change"}
	for _, s := range swings {
		t.Rows = append(t.Rows, chart.Swing{Name: s.Name, Low: s.Low, High: s.High})
	}
	return t
}

// losing are the losses above zero.
func (a *analysis) losing() []float64 {
	return slices.DeleteFunc(slices.Clone(a.Losses.Losses), func(loss float64) bool { return loss <= 0 })
}

func (a *analysis) losses() (chart.Columns, error) {
	losing, err := stress.NewDistribution(a.losing(), a.Losses.NAV)
	if err != nil {
		return chart.Columns{}, err
	}
	bins, err := losing.Histogram(24)
	if err != nil {
		return chart.Columns{}, err
	}
	c := chart.Columns{Title: "Losses, present value, on the paths that lose anything", Axis: chart.Axis{Label: "paths", Format: chart.Thousands, Zero: true}, Series: []chart.Values{{Name: "paths"}}}
	for _, bin := range bins {
		c.Labels = append(c.Labels, money(bin.From))
		c.Series[0].Values = append(c.Series[0].Values, float64(bin.Count))
	}
	return c, nil
}

func bridgeChart(title, currency string, r *stress.Result) chart.Bars {
	c := chart.Bars{Title: title, Axis: chart.Axis{Format: chart.Thousands}, Series: []chart.Values{{Name: currency}}}
	add := func(name string, amount float64) {
		c.Labels, c.Series[0].Values = append(c.Labels, name), append(c.Series[0].Values, amount)
	}
	add("Deposit NAV", r.Valuation.Deposit.Float64())
	for _, s := range bridge(r.Valuation) {
		add(s.Name, s.Amount)
	}
	add("Unstaking NAV", r.Valuation.Unstaking.Float64())
	return c
}
