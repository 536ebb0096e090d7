package main

import (
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/said"
	"github.com/gaib-go/gaib/yield"
	"github.com/gaib-go/gaib/yield/cashflow"
)

// realised is what Alice earned, in percent a year of 365 days.
type realised struct {
	Headline float64 `json:"headlinePercent"`  // growth of the Deposit NAV while she held sAID
	Net      float64 `json:"netOfExitPercent"` // the same net of haircut and queue, had it been paid on the day of the rule
	Realised float64 `json:"realisedPercent"`  // what she really got, partial payment and delay included
	Days     float64 `json:"daysToLastPayment"`
	Staked   string  `json:"aidStaked"`
	Paid     string  `json:"aidPaid"`
}

// yield tells the headline yield beside those that are left after haircut and queue. Floating point begins here.
func (l *life) yield() error {
	l.heading("What it yielded")
	series, err := yield.NewSeries(l.navs)
	if err != nil {
		return err
	}
	trip, err := series.NetOfExit(l.entered, l.asked, said.MonthAfterNext, yield.AtSettlement, 0)
	if err != nil {
		return err
	}
	flows := []cashflow.Flow{{Time: l.entered, Amount: -yield.Float(l.in, 18)}}
	for _, paid := range l.payments {
		flows = append(flows, cashflow.Flow{Time: paid.Time, Amount: yield.Float(paid.Assets, 18)})
	}
	got, err := cashflow.XIRR(flows, nil, cashflow.Choice{})
	if err != nil {
		return err
	}
	r := realised{Headline: trip.Headline.Percent(), Net: trip.Net.Percent(), Realised: 100 * got.Rate, Days: l.left.Sub(l.entered).Hours() / 24, Staked: aid.Format(l.in), Paid: aid.Format(l.out)}
	l.report.Yield = &r
	l.printf("  headline:    %5.2f%% a year, the growth of the Deposit NAV in %.0f days\n", r.Headline, l.asked.Sub(l.entered).Hours()/24)
	l.printf("  net of exit: %5.2f%% a year, with the haircut and %.0f days in the queue\n", r.Net, trip.Wait().Hours()/24)
	l.printf("  realised:    %5.2f%% a year, from %s staked to %s paid in two parts over %.0f days\n", r.Realised, aid.Unit().Format(l.in), aid.Unit().Format(l.out), r.Days)
	return nil
}
