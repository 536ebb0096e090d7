package anchor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
	"github.com/gaib-go/gaib/gpuasset/report"
	"github.com/gaib-go/gaib/internal/devnet/anchor"
)

// Reports follow one another, the contract takes them, and the vault stands where the arithmetic says; one that fails does not count.
func TestIssuer(t *testing.T) {
	w := newWorld(t)
	issuer := anchor.Issuer{Anchor: w.anchor, Name: "sample", Currency: "USD", Signer: w.who.Carol, Secret: secret, FeeBps: feeBps}
	p := portfolio.Portfolio{Cash: gpuasset.Whole(5_000_000), Shares: portfolio.Shares{Supply: w.supply}}
	day := gpuasset.DateOf(w.chain.Now())
	var previous report.Hash
	for number := 1; number <= 2; number++ {
		_, err := issuer.Next(&portfolio.Portfolio{}, portfolio.Method{}, day, w.state())
		require.ErrorIs(t, err, portfolio.ErrNoShares)
		p.Cash = p.Cash.Add(gpuasset.Whole(1000))
		issue, err := issuer.Next(&p, portfolio.Method{ExitFee: gpuasset.Bps(100)}, day, w.state())
		require.NoError(t, err)
		require.Equal(t, number, issue.Report.Number)
		require.Equal(t, previous, issue.Report.Previous)
		require.NoError(t, w.send(w.who.Alice, issue.Call))
		require.Equal(t, issue.Fed.State, w.state())
		nav, err := w.vault.NAV().Call(t.Context(), w.chain.Client(), gaib.Latest)
		require.NoError(t, err)
		require.Equal(t, issue.NAV, nav)
		previous = issue.Hash
		_, err = issuer.Next(&p, portfolio.Method{}, day, w.state())
		require.ErrorIs(t, err, report.ErrOrder, "a second report of a day")
		day = gpuasset.DateOf(day.Time().AddDate(0, 0, 1))
		require.NoError(t, w.chain.TravelTo(day.Time()))
	}
	issuer.Signer = w.who.Alice
	issue, err := issuer.Next(&p, portfolio.Method{}, day, w.state())
	require.NoError(t, err)
	require.Error(t, w.send(w.who.Alice, issue.Call), "not the anchor's signer")
	issuer.FeeBps = 10_000
	_, err = issuer.Next(&p, portfolio.Method{}, gpuasset.DateOf(day.Time().AddDate(0, 0, 1)), w.state())
	require.Error(t, err)
}
