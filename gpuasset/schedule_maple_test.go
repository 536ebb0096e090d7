package gpuasset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// days returns n+1 dates that many days apart.
func days(n, apart int) []Date {
	dates := make([]Date, n+1)
	for i := range dates {
		dates[i] = DateOf(NewDate(2023, 1, 1).at.AddDate(0, 0, i*apart))
	}
	return dates
}

func parse(t *testing.T, text string) Money {
	t.Helper()
	m, err := ParseMoney(text)
	require.NoError(t, err)
	return m
}

// Published schedules of the spreadsheets in the tests of Maple's fixed-term loans (maple-labs/fixed-term-loan, Payments.t.sol), which
// allow their contract 1 to 2 base units per figure: principal 1,000,000 at 13 %, ACT/365, periods of 15 or 30 days.
func TestPublishedSchedules(t *testing.T) {
	for _, test := range []struct {
		name    string
		ending  string // Balloon
		apart   int
		rate    Ratio
		payment string // but the last
		rows    [][3]string
	}{
		{"balloon, 15 days", "350000", 15, Bps(1300), "112237.875576", [][3]string{
			{"106895.409823", "5342.465753", "893104.590177"},
			{"107466.494889", "4771.380687", "785638.095288"},
			{"108040.630958", "4197.244619", "677597.464330"},
			{"108617.834329", "3620.041248", "568979.630001"},
			{"109198.121389", "3039.754188", "459781.508613"},
			{"459781.508613", "2456.366964", "0"},
		}},
		{"balloon, 30 days", "800000", 30, Bps(1300), "43138.893875", [][3]string{
			{"32453.962368", "10684.931507", "967546.037632"},
			{"32800.730733", "10338.163142", "934745.306898"},
			{"33151.204295", "9987.689581", "901594.102603"},
		}},
		{"amortising, 15 days", "0", 15, Bps(1300), "169796.942404", [][3]string{
			{"164454.476651", "5342.465753", "835545.523349"},
			{"165333.069060", "4463.873344", "670212.454289"},
		}},
		{"interest only, 30 days", "1000000", 30, Bps(1000), "8219.178082", [][3]string{
			{"0", "8219.178082", "1000000"}, {"0", "8219.178082", "1000000"}, {"0", "8219.178082", "1000000"},
			{"0", "8219.178082", "1000000"}, {"0", "8219.178082", "1000000"}, {"1000000", "8219.178082", "0"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := &Deal{Principal: Whole(1_000_000), Closing: NewDate(2023, 1, 1), PaymentMonths: 1,
				Amortisation: Balloon, Balloon: parse(t, test.ending), Rate: test.rate, DayCount: Act365}
			s := new(Schedule)
			err := s.fill(d, days(6, test.apart), Course{})
			require.NoError(t, err)
			for i, row := range test.rows {
				p := &s.Payments[i]
				near(t, parse(t, row[0]), p.Principal)
				near(t, parse(t, row[1]), p.Interest)
				near(t, parse(t, row[2]), p.Closing)
				if i < 5 {
					near(t, parse(t, test.payment), p.Service())
				}
			}
			require.Equal(t, Money{}, s.Payments[5].Closing)
		})
	}
}

// near allows the two base units that the published test allows.
func near(t *testing.T, want, got Money) {
	t.Helper()
	require.LessOrEqual(t, want.SubFloor(got).Add(got.SubFloor(want)).Cmp(Units(2)), 0, "want %s, got %s", want, got)
}

// The same source: one day late with 5 % of the balance as a fee, and closing early at 2 %.
func TestPublishedLateAndEarly(t *testing.T) {
	d := &Deal{ID: "d", Borrower: "b", Cluster: "c", Kind: Debt, Principal: Whole(1_000_000), Closing: NewDate(2023, 1, 1), TenorMonths: 6, PaymentMonths: 1,
		Amortisation: Balloon, Balloon: Whole(350_000), Rate: Bps(1300), DayCount: Act365,
		Late: Late{Fee: Bps(500), Base: OnBalance}, Prepayment: Prepayment{Allowed: true, Fee: Bps(200)}}
	s := new(Schedule)
	require.NoError(t, s.fill(d, days(6, 15), Course{}))
	last := &s.Payments[5]
	charge, err := d.LateCharge(last, DateOf(last.Due.at.AddDate(0, 0, 1)))
	require.NoError(t, err)
	require.Equal(t, 1, charge.Days)
	near(t, parse(t, "163.757798"), charge.Interest)
	near(t, parse(t, "22989.075431"), charge.Fee)

	d.Balloon = Whole(800_000)
	require.NoError(t, s.fill(d, days(6, 30), Course{}))
	at := s.Payments[3].Start
	require.NoError(t, s.fill(d, days(6, 30), Course{Early: []Draw{{at, s.Payments[2].Closing}}}))
	near(t, parse(t, "901594.102603"), s.Payments[3].Prepaid)
	near(t, parse(t, "18031.882052"), s.Payments[3].PrepaymentFee)
	for _, p := range s.Payments[3:] {
		require.Equal(t, Money{}, p.Service(), "nothing is left to pay")
	}
}
