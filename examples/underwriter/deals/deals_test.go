package deals

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/portfolio"
)

func TestSample(t *testing.T) {
	doc, err := Sample()
	require.NoError(t, err)
	require.Len(t, doc.Deals, 4)
	require.Len(t, doc.Portfolios, 4)
	require.Contains(t, doc.Label, "SAMPLE")
	require.NoError(t, Hold(doc))
	require.Len(t, doc.Portfolios, 4, "what is held stays as it is")

	other := *doc
	other.Currency = "EUR"
	require.ErrorContains(t, Merge(doc, &other), "USD")
	require.NoError(t, Merge(doc, doc))
	require.ErrorIs(t, doc.Validate(), gpuasset.ErrReference, "ids are taken")
}

// What deals pay is what their balances and accrued interest lose, and the interest of the time.
func TestPaid(t *testing.T) {
	doc, err := Sample()
	require.NoError(t, err)
	after, upTo := gpuasset.NewDate(2026, 9, 1), gpuasset.NewDate(2026, 12, 1)
	got, err := Paid(doc, after, upTo)
	require.NoError(t, err)
	var want gpuasset.Money
	for i := range doc.Deals {
		schedule, err := doc.Deals[i].Schedule(gpuasset.Course{})
		require.NoError(t, err)
		want = want.Add(schedule.Balance(after)).SubFloor(schedule.Balance(upTo))
		for _, p := range schedule.Payments {
			if p.Due == upTo || p.Due == gpuasset.NewDate(2026, 10, 1) || p.Due == gpuasset.NewDate(2026, 11, 1) {
				want = want.Add(p.Interest)
			}
		}
	}
	require.Equal(t, want, got)
	none, err := Paid(doc, upTo, upTo)
	require.NoError(t, err)
	require.True(t, none.IsZero())
	all, err := portfolio.FromDocument(doc, after, portfolio.Given{})
	require.NoError(t, err)
	require.Len(t, all.Positions(), 4)
}
