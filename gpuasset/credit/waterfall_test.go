package credit_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/gpuasset"
	"github.com/gaib-go/gaib/gpuasset/credit"
	"github.com/stretchr/testify/require"
)

func money(t testing.TB, text string) gpuasset.Money {
	t.Helper()
	m, err := gpuasset.ParseMoney(text)
	require.NoError(t, err)
	return m
}

// Published examples of Goldfinch (goldfinch-eng/mono, TranchedPool tests): 100 lent at 10 %, 80 of it senior, a fee of 10 % of the interest; the
// senior tranche nets 8 * (100 - 20 - 10) % = 5.6 and the junior gets the rest.
func TestPublishedTranches(t *testing.T) {
	senior := money(t, "5.6")
	run := func(cash, fee string) (paid, junior gpuasset.Money) {
		d, err := credit.Distribute(credit.Sequential, credit.Period{Cash: money(t, cash), Fees: []credit.Fee{{"protocol", money(t, fee)}},
			Tranches: []credit.Tranche{{Name: "senior", Interest: senior}}})
		require.NoError(t, err)
		require.Equal(t, money(t, fee), d.Fees[0])
		senior = senior.SubFloor(d.Paid[0].Interest)
		return d.Paid[0].Interest, d.Residual
	}
	got, junior := run("10", "1")
	require.Equal(t, "5.6", got.String())
	require.Equal(t, "3.4", junior.String())

	// Too little comes in, then the rest of it in two parts.
	senior = money(t, "5.6")
	got, junior = run("6", "0.6")
	require.Equal(t, "5.4", got.String())
	require.True(t, junior.IsZero())
	got, junior = run("3", "0.3")
	require.Equal(t, "0.2", got.String())
	require.Equal(t, "2.5", junior.String())
	got, junior = run("1", "0.1")
	require.True(t, got.IsZero())
	require.Equal(t, "0.9", junior.String())
}

// Published examples of Tinlake (centrifuge/tinlake, assessor tests): prices are value / supply.
func TestPublishedTranchePrices(t *testing.T) {
	for _, test := range []struct{ pool, senior, seniorWorth, juniorWorth string }{
		{"110", "80", "80", "30"}, // a senior price of 2 for 40 tokens
		{"40", "80", "40", "0"},   // and of 1 when the pool is short
		{"100", "80", "80", "20"}, // a junior price of 1 for 20 tokens
		{"500", "200", "200", "300"},
	} {
		values, err := credit.Value(money(t, test.pool), []credit.Tranche{{Name: "senior", Principal: money(t, test.senior)}, {Name: "junior", Rank: 1}})
		require.NoError(t, err)
		require.Equal(t, test.seniorWorth, values[0].String())
		require.Equal(t, test.juniorWorth, values[1].String())
	}
}

// Worked by hand: 100 of cash and a reserve of 10 for a fee of 2, a senior with 6 of interest and 30 of principal due of 60, and a junior with 4
// and 20 of 40; the reserve is to be 12.
func TestTriggersTurnTheWaterfall(t *testing.T) {
	period := credit.Period{Cash: whole(100), Reserve: whole(10), ReserveTarget: whole(12), Fees: []credit.Fee{{"servicer", whole(2)}},
		Tranches: []credit.Tranche{{"senior", 0, whole(60), whole(6), whole(30)}, {"junior", 1, whole(40), whole(4), whole(20)}}}
	type want struct{ seniorPrincipal, juniorInterest, juniorPrincipal, reserve, trapped, residual uint64 }
	for name, test := range map[string]struct {
		actions []credit.Action
		want    want
	}{
		"none":               {nil, want{30, 4, 20, 12, 0, 36}},
		"cash trap":          {[]credit.Action{credit.CashTrap}, want{30, 4, 20, 12, 36, 0}},
		"turbo":              {[]credit.Action{credit.TurboSenior}, want{60, 4, 20, 12, 0, 6}},
		"early amortisation": {[]credit.Action{credit.EarlyAmortisation}, want{60, 4, 26, 12, 0, 0}},
		"stop junior":        {[]credit.Action{credit.StopJunior}, want{30, 0, 0, 12, 24, 36}},
		"stop and turbo":     {[]credit.Action{credit.StopJunior, credit.TurboSenior}, want{60, 0, 0, 12, 24, 6}},
	} {
		var triggers []credit.Trigger
		for _, action := range test.actions {
			triggers = append(triggers, credit.Trigger{Action: action})
		}
		d, err := credit.Distribute(credit.Sequential, period, triggers...)
		require.NoError(t, err, name)
		require.Equal(t, []gpuasset.Money{whole(2)}, d.Fees, name)
		require.Equal(t, []credit.Paid{{"senior", whole(test.want.seniorPrincipal), whole(6)}, {"junior", whole(test.want.juniorPrincipal), whole(test.want.juniorInterest)}}, d.Paid, name)
		require.Equal(t, whole(test.want.reserve), d.Reserve, name)
		require.Equal(t, whole(test.want.trapped), d.Trapped, name)
		require.Equal(t, whole(test.want.residual), d.Residual, name)
	}

	// 40 of cash: 38 and the reserve of 10 pay 10 of interest, then 38 of the 50 of principal.
	period.Cash = whole(40)
	d, err := credit.Distribute(credit.Sequential, period)
	require.NoError(t, err)
	require.Equal(t, []credit.Paid{{"senior", whole(30), whole(6)}, {"junior", whole(8), whole(4)}}, d.Paid)
	d, err = credit.Distribute(credit.ProRata, period)
	require.NoError(t, err)
	require.Equal(t, money(t, "22.8"), d.Paid[0].Principal)
	require.Equal(t, money(t, "15.2"), d.Paid[1].Principal)
	require.True(t, d.Reserve.IsZero())

	_, err = credit.Distribute(credit.Sequential, period, credit.Trigger{Action: "dance"})
	require.ErrorIs(t, err, credit.ErrInput)
	period.Tranches[0].Scheduled = whole(61)
	_, err = credit.Distribute(credit.Sequential, period)
	require.ErrorIs(t, err, credit.ErrInput)
	_, err = credit.Distribute(credit.Sequential, credit.Period{Fees: make([]credit.Fee, credit.MaxClaims+1)})
	require.ErrorIs(t, err, credit.ErrInput)
	_, err = credit.Value(whole(1), nil)
	require.ErrorIs(t, err, credit.ErrInput)
}

// A report that breaks a trigger turns the waterfall of its month.
func TestTriggersOfAReport(t *testing.T) {
	m, err := credit.NewMonitor(gpuasset.NewDate(2026, 1, 1), gpuasset.Covenants{}, credit.DayLimits{Late30: 30, Late60: 60, Late90: 90, Default: 120},
		credit.Trigger{Figure: credit.FigureDSCR, Below: 1.2, Action: credit.CashTrap}, credit.Trigger{Figure: credit.FigureOvercollateral, Below: 0.2, Action: credit.TurboSenior})
	require.NoError(t, err)
	period := credit.Period{Cash: whole(50), Tranches: []credit.Tranche{{"senior", 0, whole(100), whole(1), whole(10)}}}
	for day, test := range []struct {
		flow           float64
		collateral     uint64
		paid, residual uint64
	}{{130, 150, 10, 39}, {110, 150, 10, 0}, {130, 110, 49, 0}} {
		status, err := m.Add(credit.Report{Date: gpuasset.NewDate(2026, 2, 1+day), CashFlow: test.flow, Service: 100, Balance: whole(100), Collateral: whole(test.collateral)})
		require.NoError(t, err)
		d, err := credit.Distribute(credit.Sequential, period, status.Triggers...)
		require.NoError(t, err)
		require.Equal(t, whole(test.paid), d.Paid[0].Principal)
		require.Equal(t, whole(test.residual), d.Residual)
	}
}

var whole = gpuasset.Whole

// What comes in goes out or is kept, no one is paid twice or too much, and tranche values sum to the pool.
func TestDistributeProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	units := func(n uint64) gpuasset.Money { return gpuasset.Units(r.Uint64N(n)) }
	actions := []credit.Action{credit.CashTrap, credit.TurboSenior, credit.StopJunior, credit.EarlyAmortisation}
	short, turned := 0, 0
	for range 4000 {
		period := credit.Period{Cash: units(1 + r.Uint64N(200)), Reserve: units(20), ReserveTarget: units(30)}
		for range r.IntN(3) {
			period.Fees = append(period.Fees, credit.Fee{Amount: units(5)})
		}
		for range r.IntN(5) {
			principal := r.Uint64N(80)
			period.Tranches = append(period.Tranches, credit.Tranche{Rank: r.IntN(3), Principal: gpuasset.Units(principal), Interest: units(10), Scheduled: units(principal + 1)})
		}
		var triggers []credit.Trigger
		for _, action := range actions {
			if r.IntN(3) == 0 {
				triggers = append(triggers, credit.Trigger{Action: action})
			}
		}
		d, err := credit.Distribute(credit.Mode(r.IntN(2)), period, triggers...)
		require.NoError(t, err)
		total := gpuasset.Sum(d.Reserve, d.Trapped, d.Residual)
		for i, fee := range d.Fees {
			require.LessOrEqual(t, fee.Cmp(period.Fees[i].Amount), 0)
			total = total.Add(fee)
		}
		for i, paid := range d.Paid {
			claim := period.Tranches[i]
			total = gpuasset.Sum(total, paid.Principal, paid.Interest)
			require.LessOrEqual(t, paid.Interest.Cmp(claim.Interest), 0)
			require.LessOrEqual(t, paid.Principal.Cmp(claim.Principal), 0)
			if len(triggers) == 0 {
				require.LessOrEqual(t, paid.Principal.Cmp(claim.Scheduled), 0)
			} else if paid.Principal.Cmp(claim.Scheduled) > 0 {
				turned++
			}
			if paid.Interest.Cmp(claim.Interest) < 0 && len(triggers) == 0 {
				short++
				require.True(t, d.Residual.IsZero() && d.Reserve.IsZero(), "nothing is kept while interest is owed")
				for j, other := range d.Paid {
					if period.Tranches[j].Rank > claim.Rank {
						require.True(t, other.Interest.IsZero(), "a worse rank was paid")
					}
					require.True(t, other.Principal.IsZero(), "principal before interest")
				}
			}
		}
		require.Equal(t, period.Cash.Add(period.Reserve), total)

		if len(period.Tranches) > 0 {
			pool := units(300)
			values, err := credit.Value(pool, period.Tranches)
			require.NoError(t, err)
			require.Equal(t, pool, gpuasset.Sum(values...))
		}
	}
	require.Greater(t, short, 100)
	require.Greater(t, turned, 200)
}
