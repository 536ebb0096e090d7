package main

import (
	"math"
	"time"

	"github.com/gaib-go/gaib/aid"
)

// realised is what Alice earned, in percent a year.
type realised struct {
	Headline  float64 `json:"headlinePercent"`  // growth of the Deposit NAV while she held sAID
	NetOfExit float64 `json:"netOfExitPercent"` // from the AID she staked to the AID the queue paid, until it had
	Days      float64 `json:"daysToLastPayment"`
	Staked    string  `json:"aidStaked"`
	Paid      string  `json:"aidPaid"`
}

// yield tells the headline yield beside the one that is left after haircut and queue. Floating point begins here.
func (l *life) yield() error {
	l.heading("What it yielded")
	entry, asked := l.headline[0].Deposit.Float64(), l.headline[len(grosses)].Deposit.Float64()
	r := realised{
		Headline:  100 * annual(asked/entry, l.asked.Sub(l.entered)),
		NetOfExit: 100 * annual(l.out.Float64()/l.in.Float64(), l.left.Sub(l.entered)),
		Days:      l.left.Sub(l.entered).Hours() / 24,
		Staked:    aid.Format(l.in),
		Paid:      aid.Format(l.out),
	}
	l.report.Yield = &r
	l.printf("  headline: %.2f%% a year, the growth of the Deposit NAV in %.0f days\n", r.Headline, l.asked.Sub(l.entered).Hours()/24)
	l.printf("  net of exit: %.2f%% a year, from %s staked to %s paid in %.0f days\n", r.NetOfExit, aid.Unit().Format(l.in), aid.Unit().Format(l.out), r.Days)
	return nil
}

// annual returns a growth over a time as a compound rate of a 365-day year.
func annual(growth float64, over time.Duration) float64 {
	return math.Pow(growth, 365*24/over.Hours()) - 1
}
