package credit_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/gaib-go/gaib/gpuasset/economics"
	"github.com/stretchr/testify/require"
)

func TestElevate(t *testing.T) {
	doc, err := gpuasset.Parse(gpuasset.SampleCluster())
	require.NoError(t, err)
	doc.Parties = append(doc.Parties, gpuasset.Party{ID: "third", Role: gpuasset.Underwriter, ThirdParty: true})
	half := []gpuasset.Participation{{Deal: "deal-1", Share: gpuasset.One / 2}}
	doc.Portfolios[0].Participations = half
	doc.Portfolios = append(doc.Portfolios, gpuasset.Segregated{ID: "SP2", Underwriter: "third", Participations: half}, gpuasset.Segregated{ID: "SP3", Underwriter: "third"})
	e, err := credit.Elevate(doc, "deal-1")
	require.NoError(t, err)
	require.Equal(t, credit.Elevation{
		Holders:    []credit.Enforcement{{"SP1", gpuasset.One / 2, "underwriter-1", false}, {"SP2", gpuasset.One / 2, "SP2", true}},
		Unaffected: []string{"SP3"},
	}, e)
	_, err = credit.Elevate(doc, "deal-2")
	require.ErrorIs(t, err, credit.ErrInput)
	doc.Portfolios[2].Underwriter = "nobody"
	_, err = credit.Elevate(doc, "deal-1")
	require.ErrorIs(t, err, gpuasset.ErrReference)
}

// Worked by hand at a discount of 1 % a month: two months still, then 100 twice and a residual of 300.
func TestCompareRemedies(t *testing.T) {
	rate := math.Pow(1.01, 12) - 1
	move := credit.Move{Downtime: 2, Cost: 50, Monthly: []float64{100, 100}, Residual: 300}
	sale := credit.Sale{Value: 600, Liquidation: economics.Liquidation{Factor: .8, Cost: .1, Rate: 0, Days: 90}}
	r, err := credit.CompareRemedies(move, sale, rate, 120)
	require.NoError(t, err)
	require.InDelta(t, -50+100/math.Pow(1.01, 3)+400/math.Pow(1.01, 4), r.Move, 1e-9)
	require.InDelta(t, 432, r.Sale, 1e-9)
	require.Equal(t, 240.0, r.LostRevenue)
	require.Equal(t, 4, r.MoveMonths)
	require.False(t, r.MoveIsBetter())
	sale.Value = r.BreakEvenSale
	again, err := credit.CompareRemedies(move, sale, rate, 120)
	require.NoError(t, err)
	require.InDelta(t, again.Move, again.Sale, 1e-9)
	sale.Value -= 1
	again, err = credit.CompareRemedies(move, sale, rate, 120)
	require.NoError(t, err)
	require.True(t, again.MoveIsBetter())

	sale.Factor = 0
	r, err = credit.CompareRemedies(move, sale, rate, 120)
	require.NoError(t, err)
	require.True(t, math.IsInf(r.BreakEvenSale, 1))
	for name, change := range map[string]func(*credit.Move, *credit.Sale, *float64){
		"rate":     func(_ *credit.Move, _ *credit.Sale, rate *float64) { *rate = -1 },
		"downtime": func(m *credit.Move, _ *credit.Sale, _ *float64) { m.Downtime = -1 },
		"cash":     func(m *credit.Move, _ *credit.Sale, _ *float64) { m.Monthly = []float64{math.NaN()} },
		"factor":   func(_ *credit.Move, s *credit.Sale, _ *float64) { s.Factor = math.NaN() },
		"cost":     func(_ *credit.Move, s *credit.Sale, _ *float64) { s.Cost = 2 },
		"days":     func(_ *credit.Move, s *credit.Sale, _ *float64) { s.Days = -1 },
	} {
		m, s, rate := move, sale, .1
		change(&m, &s, &rate)
		_, err := credit.CompareRemedies(m, s, rate, 0)
		require.ErrorIs(t, err, credit.ErrInput, name)
	}
}

// Worked by hand: 100 comes in, 10 are costs; a senior is owed 50 + 5, two juniors 60 + 6 together.
func TestRecover(t *testing.T) {
	whole := gpuasset.Whole
	claims := []credit.Claim{
		{"senior", 0, whole(50), whole(5)},
		{"junior 1", 1, whole(40), whole(4)},
		{"junior 2", 1, whole(20), whole(2)},
	}
	r, err := credit.Recover(whole(100), whole(10), claims, credit.BySeniority)
	require.NoError(t, err)
	require.Equal(t, &credit.Recovery{Costs: whole(10), Paid: []credit.Paid{
		{"senior", whole(50), whole(5)},
		{"junior 1", gpuasset.Units(19_333_334), whole(4)}, // 29 left for 60 of principal; the odd unit goes first
		{"junior 2", gpuasset.Units(9_666_666), whole(2)},
	}}, r)

	r, err = credit.Recover(whole(122), whole(10), claims, credit.PrincipalFirst)
	require.NoError(t, err)
	require.Equal(t, &credit.Recovery{Costs: whole(10), Paid: []credit.Paid{
		{"senior", whole(50), gpuasset.Units(2_000_000)},
		{"junior 1", whole(40), gpuasset.Money{}},
		{"junior 2", whole(20), gpuasset.Money{}},
	}}, r, "all principal before any interest")

	r, err = credit.Recover(whole(200), whole(10), claims, credit.PrincipalFirst)
	require.NoError(t, err)
	require.Equal(t, whole(69), r.Surplus)
	r, err = credit.Recover(whole(7), whole(10), claims, credit.BySeniority)
	require.NoError(t, err)
	require.Equal(t, whole(7), r.Costs)
	require.True(t, r.Surplus.IsZero())
	_, err = credit.Recover(whole(math.MaxUint64).MulUp(18*gpuasset.One).MulUp(18*gpuasset.One).MulUp(18*gpuasset.One).MulUp(18*gpuasset.One).MulUp(18*gpuasset.One), whole(1), nil, credit.BySeniority)
	require.ErrorIs(t, err, credit.ErrInput)
}

func TestRecoverBounded(t *testing.T) {
	_, err := credit.Recover(gpuasset.Whole(1), gpuasset.Money{}, make([]credit.Claim, credit.MaxClaims+1), credit.BySeniority)
	require.ErrorIs(t, err, credit.ErrInput)
}

// What comes in is paid out, no one gets more than owed, and no rank gets anything before a better one is paid.
func TestRecoverProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	short := 0
	for range 3000 {
		var claims []credit.Claim
		for range r.IntN(6) {
			claims = append(claims, credit.Claim{Holder: "x", Rank: r.IntN(3), Principal: gpuasset.Units(r.Uint64N(50)), Interest: gpuasset.Units(r.Uint64N(10))})
		}
		in, costs := gpuasset.Units(r.Uint64N(250)), gpuasset.Units(r.Uint64N(20))
		order := credit.Order(r.IntN(2))
		got, err := credit.Recover(in, costs, claims, order)
		require.NoError(t, err)
		total := got.Costs.Add(got.Surplus)
		best := 99 // the best rank that lacks principal
		for i, paid := range got.Paid {
			total = gpuasset.Sum(total, paid.Principal, paid.Interest)
			require.LessOrEqual(t, paid.Principal.Cmp(claims[i].Principal), 0)
			require.LessOrEqual(t, paid.Interest.Cmp(claims[i].Interest), 0)
			if paid.Principal.Cmp(claims[i].Principal) < 0 {
				best = min(best, claims[i].Rank)
				short++
			}
		}
		require.Equal(t, in, total)
		for i, paid := range got.Paid {
			if claims[i].Rank > best {
				require.True(t, paid.Principal.IsZero() && paid.Interest.IsZero(), "a worse rank was paid")
			}
		}
		if best < 99 {
			require.True(t, got.Surplus.IsZero())
			if order == credit.PrincipalFirst {
				for _, paid := range got.Paid {
					require.True(t, paid.Interest.IsZero())
				}
			}
		}
	}
	require.Greater(t, short, 500)
}
