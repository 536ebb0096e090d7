package yield_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/gaib-go/gaib/yield"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

func record(month int, shares, debt, deposit, unstaking string, since yield.Ledger) yield.Record {
	return yield.Record{
		Time:    time.Date(2026, time.Month(month), 1, 0, 0, 0, 0, time.UTC),
		Holding: yield.Holding{Shares: wad(shares), Debt: wad(debt), NAV: yield.NAV{Deposit: wad(deposit), Unstaking: wad(unstaking)}, Price: wad("1")},
		Since:   since,
	}
}

// A stake of 100 shares and a loop of 30 with 20 of debt, over two months of 1 % on NAVs of 1 without a haircut.
func TestAttributePortfolio(t *testing.T) {
	stake := yield.Position{Name: "stake", Records: []yield.Record{
		record(1, "100", "0", "1", "1", yield.Ledger{}), record(2, "100", "0", "1.01", "1.01", yield.Ledger{}), record(3, "100", "0", "1.02", "1.02", yield.Ledger{}),
	}}
	loop := yield.Position{Name: "loop", Records: []yield.Record{
		record(1, "30", "20", "1", "1", yield.Ledger{}), record(2, "30", "20.1", "1.01", "1.01", yield.Ledger{}), record(3, "30", "15.2", "1.02", "1.02", yield.Ledger{Deposited: wad("5"), Repaid: wad("5")}),
	}}
	p, err := yield.AttributePortfolio(stake, loop)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		got  *big.Int
		want string
	}{
		"start":          {p.Total.Start, "110000000000000000000"}, // 100 + 30 - 20
		"end":            {p.Total.End, "117400000000000000000"},   // 102 + 30.6 - 15.2
		"change":         {p.Total.Change, "7400000000000000000"},
		"flows":          {p.Total.Flows, "5000000000000000000"},
		"profit":         {p.Total.Profit(), "2400000000000000000"}, // 2 + 0.6 - 0.2
		"stake":          {p.Positions[0].Profit(), "2000000000000000000"},
		"loop":           {p.Positions[1].Profit(), "400000000000000000"},
		"loop start":     {p.Positions[1].Start, "10000000000000000000"},
		"loop end":       {p.Positions[1].End, "15400000000000000000"},
		"January":        {p.Periods[0].Profit(), "1200000000000000000"}, // 1 + 0.3 - 0.1
		"February start": {p.Periods[1].Start, "111200000000000000000"},  // 101 + 30.3 - 20.1
		"February":       {p.Periods[1].Profit(), "1200000000000000000"},
	} {
		require.Equal(t, c.want, c.got.String(), name)
	}
	require.Len(t, p.Periods, 2)

	// Records at other times between: no periods in common, the same total.
	loop.Records = append(loop.Records[:1:1], loop.Records[2])
	loop.Records[1].Since.Repaid = wad("5")
	q, err := yield.AttributePortfolio(stake, loop)
	require.NoError(t, err)
	require.Empty(t, q.Periods)
	require.Equal(t, p.Total.Change, q.Total.Change)
	require.Equal(t, p.Total.Profit(), q.Total.Profit())

	var few *yield.TooFewError
	_, err = yield.AttributePortfolio()
	require.ErrorAs(t, err, &few)
	_, err = yield.AttributePortfolio(stake, yield.Position{Name: "empty"})
	require.ErrorAs(t, err, &few)
	late := yield.Position{Name: "late", Records: stake.Records[1:]}
	_, err = yield.AttributePortfolio(stake, late)
	require.ErrorIs(t, err, yield.ErrInput)
	require.ErrorContains(t, err, "position late")
	twice := yield.Position{Name: "twice", Records: []yield.Record{stake.Records[0], stake.Records[2], stake.Records[2]}}
	_, err = yield.AttributePortfolio(stake, twice)
	require.ErrorIs(t, err, yield.ErrInput)
	bad := yield.Position{Name: "bad", Records: []yield.Record{stake.Records[0], record(2, "1", "0", "1", "2", yield.Ledger{}), stake.Records[2]}}
	_, err = yield.AttributePortfolio(bad)
	require.ErrorIs(t, err, yield.ErrNAVInverted)
}

// Parts, positions and periods add up to the last base unit, whatever the numbers.
func FuzzAttributePortfolio(f *testing.F) {
	f.Add(uint64(100), uint64(50), uint64(1e18), uint64(9e17), uint64(1e18), uint64(7), uint64(3))
	f.Add(uint64(1), uint64(0), uint64(3), uint64(2), uint64(999999999999999999), uint64(1), uint64(1))
	f.Fuzz(func(t *testing.T, shares, debt, deposit, unstaking, price, flow, fee uint64) {
		position := func(seed uint64) yield.Position {
			p := yield.Position{Name: "p"}
			for month := range uint64(4) {
				k := seed + month
				d := deposit/(k+1) + 1
				nav := yield.NAV{Deposit: *uint256.NewInt(d), Unstaking: *uint256.NewInt(min(unstaking/(k+2)+1, d))}
				p.Records = append(p.Records, yield.Record{
					Time:    time.Date(2026, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC),
					Holding: yield.Holding{Shares: *uint256.NewInt(shares / (k + 1)), Debt: *uint256.NewInt(debt / (k + 1)), NAV: nav, Price: *uint256.NewInt(price/(k+1) + 1)},
					Since:   yield.Ledger{Deposited: *uint256.NewInt(flow), Withdrawn: *uint256.NewInt(fee / 2), Borrowed: *uint256.NewInt(fee), Repaid: *uint256.NewInt(flow / 3), Incentives: *uint256.NewInt(fee / 5), Fees: *uint256.NewInt(fee)},
				})
			}
			return p
		}
		p, err := yield.AttributePortfolio(position(0), position(3))
		require.NoError(t, err)
		require.Equal(t, p.Total.Change.String(), total(p.Total).String())
		require.Equal(t, p.Total.Change.String(), new(big.Int).Sub(p.Total.End, p.Total.Start).String())
		for _, sums := range [][]yield.Attribution{p.Positions, p.Periods} {
			change, accrual := new(big.Int), new(big.Int)
			for _, part := range sums {
				require.Equal(t, part.Change.String(), total(part).String())
				change.Add(change, part.Change)
				accrual.Add(accrual, part.Accrual)
			}
			require.Equal(t, p.Total.Change.String(), change.String())
			require.Equal(t, p.Total.Accrual.String(), accrual.String())
		}
	})
}
