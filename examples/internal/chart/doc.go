// Package chart draws the examples' figures as SVG and as text for a terminal.
//
// A chart is a value: [Lines] over numbers or times (a [Line] may be stepped, dashed or have a band around it), horizontal
// [Bars] of one or several series, [Columns] for histograms and flows over time, and a [Tornado] of what moves a result
// most. Each has SVG, which returns a picture of its own, and Terminal, which returns the same in so many characters of
// width.
//
//	picture, err := chart.Lines{
//		Title: "Value of 100,000 AID",
//		X:     chart.Axis{Times: true},
//		Y:     chart.Axis{Label: "AID", Format: chart.Thousands},
//		Lines: []chart.Line{{Name: "stake", X: times, Y: values, Step: true}},
//	}.SVG()
//
// A picture follows the colour scheme of whoever looks at it: it has its own background and a style for light and for dark,
// and series differ by dash or label as well as by colour. It can be written to a file as it is or put into an HTML page;
// its style touches nothing outside of it.
//
// # What it is not for
//
// It is not a plotting library: no logarithmic axes, no interaction. Numbers are float64 and for people.
//
// # Errors
//
// A chart without data, with NaN, infinite numbers, lengths that differ or numbers too large to scale is refused with
// [ErrData], the text saying which.
//
// # Concurrency
//
// Methods read their receiver only and are safe for concurrent use.
package chart
