package peers

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/holiman/uint256"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
)

// morphoFamilies are the operations that are compared, each by name.
var morphoFamilies = []string{
	"accrue", "supply", "withdraw", "borrow", "repay", "supplyCollateral", "withdrawCollateral",
	"liquidateSeized", "liquidateRepaid", "setFee",
}

// morphoCase is one operation on one state.
type morphoCase struct {
	family   string
	market   blue.Market
	position blue.Position
	a, b     uint256.Int // assets and shares; seized and repaid shares; the fee
	price    uint256.Int
	now      uint64
}

// predict returns what package blue says of the case, as a line of text.
func (c *morphoCase) predict() string {
	amount := blue.Amount{Assets: c.a, Shares: c.b}
	var o blue.Outcome
	var err error
	switch c.family {
	case "accrue":
		o.Market, o.Accrual, err = c.market.Accrue(c.now)
		o.Position = c.position
	case "supply":
		o, err = c.market.Supply(c.position, amount, c.now)
	case "withdraw":
		o, err = c.market.Withdraw(c.position, amount, c.now)
	case "borrow":
		o, err = c.market.Borrow(c.position, amount, c.price, c.now)
	case "repay":
		o, err = c.market.Repay(c.position, amount, c.now)
	case "supplyCollateral":
		o.Market = c.market
		o.Position, err = c.market.SupplyCollateral(c.position, c.a)
	case "withdrawCollateral":
		o, err = c.market.WithdrawCollateral(c.position, c.a, c.price, c.now)
	case "liquidateSeized", "liquidateRepaid":
		var l blue.LiquidationOutcome
		l, err = c.market.Liquidate(c.position, c.a, c.b, c.price, c.now)
		o = blue.Outcome{Market: l.Market, Position: l.Position, Accrual: l.Accrual,
			Amount: blue.Amount{Assets: l.Liquidation.SeizedAssets, Shares: l.Liquidation.RepaidAssets}}
	case "setFee":
		o, err = c.market.SetFee(lending.Ratio(c.a.Uint64()), c.now)
		o.Position = c.position
	}
	if err != nil {
		return morphoFailure(err)
	}
	return morphoState(&o.Market, &o.Position, &o.Accrual.FeeShares, &o.Amount.Assets, &o.Amount.Shares)
}

func morphoFailure(err error) string {
	var text *blue.ReasonError
	var panicked *gaib.PanicError
	switch {
	case errors.As(err, &text):
		return "revert " + text.Text
	case errors.As(err, &panicked):
		return "panic " + panicked.Code.Dec()
	}
	return err.Error()
}

func morphoState(m *blue.Market, p *blue.Position, feeShares *uint256.Int, results ...*uint256.Int) string {
	var b strings.Builder
	b.WriteString("ok")
	for _, x := range append([]*uint256.Int{
		&m.TotalSupplyAssets, &m.TotalSupplyShares, &m.TotalBorrowAssets, &m.TotalBorrowShares,
		&p.SupplyShares, &p.BorrowShares, &p.Collateral, feeShares,
	}, results...) {
		b.WriteByte(' ')
		b.WriteString(x.Dec())
	}
	fmt.Fprintf(&b, " %d %d %d", m.LastUpdate, uint64(m.Fee), m.Rate)
	return b.String()
}

// line returns the case's inputs as a line of text; the recorded vectors are such lines, an arrow, and the result.
func (c *morphoCase) line() string {
	var b strings.Builder
	b.WriteString(c.family)
	for _, x := range []*uint256.Int{
		&c.market.TotalSupplyAssets, &c.market.TotalSupplyShares, &c.market.TotalBorrowAssets, &c.market.TotalBorrowShares,
		&c.position.SupplyShares, &c.position.BorrowShares, &c.position.Collateral, &c.a, &c.b, &c.price,
	} {
		b.WriteByte(' ')
		b.WriteString(x.Dec())
	}
	fmt.Fprintf(&b, " %d %d %d %d %d %d", c.now, c.market.LastUpdate, uint64(c.market.Fee), uint64(c.market.LLTV), c.market.Model, c.market.Rate)
	return b.String()
}

// morphoRandom makes states: most are such as a market comes to be in, with positions at the edge of health; others
// are wild, with every field anywhere in its type.
type morphoRandom struct{ *rand.Rand }

func newMorphoRandom(seed uint64) morphoRandom { return morphoRandom{rand.New(rand.NewPCG(seed, 0))} }

// upTo returns a number of at most bits bits, its size uniform.
func (r morphoRandom) upTo(bits int) uint256.Int {
	x := uint256.Int{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
	return *x.Rsh(&x, uint(256-r.IntN(bits+1)))
}

// edge is upTo with a weight on what is next to a power of two, and on zero and one.
func (r morphoRandom) edge(bits int) uint256.Int {
	switch r.IntN(8) {
	case 0:
		return uint256.Int{uint64(r.IntN(3))}
	case 1:
		x := uint256.Int{1}
		x.Lsh(&x, uint(bits))
		return *x.SubUint64(&x, 1+uint64(r.IntN(2_000_002)))
	}
	return r.upTo(bits)
}

// part returns floor(x * k / 2^32), k random, now and then a few units off or all.
func (r morphoRandom) part(x uint256.Int) uint256.Int {
	var z uint256.Int
	switch r.IntN(8) {
	case 0:
		z = x
	case 1:
		z.AddUint64(&x, uint64(r.IntN(3)))
	case 2:
		if z.SubUint64(&x, uint64(r.IntN(3))); z.Gt(&x) {
			z.Clear()
		}
	default:
		z.MulDivOverflow(&x, uint256.NewInt(r.Uint64()>>32), uint256.NewInt(1<<32))
	}
	return z
}

func (r morphoRandom) elapsed() uint64 {
	switch r.IntN(10) {
	case 0, 1:
		return 0
	case 2:
		return 1
	case 3:
		return 12
	case 4:
		return uint64(r.IntN(3600))
	case 5:
		return uint64(r.IntN(30 * 86400))
	case 6:
		return uint64(r.IntN(365 * 86400))
	case 7:
		return 100 * 365 * 86400
	case 8:
		return r.Uint64() >> (24 + r.IntN(40))
	}
	return uint64(r.IntN(86400))
}

// cap128 keeps a number within 128 bits.
func cap128(x uint256.Int) uint256.Int {
	if x[2]|x[3] != 0 {
		return uint256.Int{^uint64(0), ^uint64(0)}
	}
	return x
}

var morphoLLTVs = []lending.Ratio{0, 1, 385e15, 625e15, 770e15, 860e15, 915e15, 945e15, 965e15, 980e15, 1e18 - 1, 1e18, 1e18 + 1}

// state returns a market with one position and a price.
func (r morphoRandom) state() (m blue.Market, p blue.Position, price uint256.Int, now uint64) {
	m.LLTV = morphoLLTVs[r.IntN(len(morphoLLTVs))]
	if r.IntN(4) > 0 {
		m.LLTV = morphoLLTVs[2+r.IntN(8)]
	}
	m.LastUpdate = 1_700_000_000
	now = m.LastUpdate + r.elapsed()
	switch r.IntN(5) {
	case 0:
		m.Fee = 0
	case 1:
		m.Fee = 250e15
	default:
		m.Fee = lending.Ratio(r.Uint64N(250e15))
	}
	if m.Model = blue.AdaptiveCurve; r.IntN(8) == 0 {
		m.Model = blue.NoInterest
	}
	if m.Model == blue.AdaptiveCurve {
		switch r.IntN(8) {
		case 0: // not used before
		case 1:
			m.Rate = 31709791
		case 2:
			m.Rate = 63419583967
		default:
			m.Rate = 31709791 + r.Uint64N(63419583967-31709791)
		}
	}
	if r.IntN(8) == 0 {
		m.TotalSupplyAssets, m.TotalSupplyShares = r.edge(128), r.edge(128)
		m.TotalBorrowAssets, m.TotalBorrowShares = r.edge(128), r.edge(128)
		p.SupplyShares, p.BorrowShares, p.Collateral = r.edge(256), r.edge(128), r.edge(128)
		if r.IntN(16) == 0 {
			now = m.LastUpdate - 1
		}
		return m, p, r.edge(256), now
	}
	m.TotalSupplyAssets = r.upTo(104)
	m.TotalBorrowAssets = r.part(m.TotalSupplyAssets)
	shares := func(assets uint256.Int) uint256.Int {
		var z uint256.Int
		// Interest makes a share worth more with time, by up to some thousandths or a multiple here.
		z.MulDivOverflow(&assets, uint256.NewInt(1_000_000<<20/(1+r.Uint64N(8))), uint256.NewInt(1<<20+r.Uint64N(1<<20)))
		return cap128(z)
	}
	m.TotalSupplyShares, m.TotalBorrowShares = shares(m.TotalSupplyAssets), shares(m.TotalBorrowAssets)
	p.SupplyShares, p.BorrowShares = r.part(m.TotalSupplyShares), cap128(r.part(m.TotalBorrowShares))
	p.Collateral = r.upTo(104)
	if r.IntN(10) == 0 {
		p.BorrowShares.Clear()
	}
	// The price at which the position is just healthy once interest has accrued, and thereabouts.
	price = r.upTo(140)
	if after, _, err := m.Accrue(now); err == nil && r.IntN(5) > 0 {
		if edge, ok, err := after.LiquidationPrice(p); err == nil && ok {
			price = edge
			switch r.IntN(4) {
			case 0:
				price.SubUint64(&price, uint64(r.IntN(3)))
			case 1: // below, by up to a half
				price.MulDivOverflow(&price, uint256.NewInt(1<<32-r.Uint64N(1<<31)), uint256.NewInt(1<<32))
			case 2:
				price.MulDivOverflow(&price, uint256.NewInt(1<<32+r.Uint64N(1<<32)), uint256.NewInt(1<<32))
			}
		}
	}
	if r.IntN(32) == 0 {
		price.Clear()
	}
	return m, p, price, now
}

// operation returns the case of a family on a state.
func (r morphoRandom) operation(family string, m blue.Market, p blue.Position, price uint256.Int, now uint64) morphoCase {
	c := morphoCase{family: family, market: m, position: p, price: price, now: now}
	var ofAssets, ofShares uint256.Int
	switch family {
	case "supply":
		ofAssets, ofShares = m.TotalSupplyAssets, m.TotalSupplyShares
	case "withdraw":
		ofAssets, _ = m.SupplyAssets(p)
		ofShares = p.SupplyShares
		if r.IntN(2) == 0 {
			ofAssets, _, _ = m.MaxWithdraw(p)
			ofShares.Clear()
		}
	case "borrow":
		if r.IntN(2) == 0 {
			c.price.Lsh(&c.price, 2)
			price = c.price
		}
		ofAssets = m.Liquidity()
		if after, _, err := m.Accrue(max(now, m.LastUpdate)); err == nil && r.IntN(2) == 0 {
			ofAssets, _ = after.MaxBorrow(p, price)
		}
		ofShares = r.part(m.TotalBorrowShares)
	case "repay":
		ofAssets, _ = m.BorrowAssets(p)
		ofShares = p.BorrowShares
	case "supplyCollateral":
		ofAssets = r.edge(130)
	case "withdrawCollateral":
		ofAssets = p.Collateral
		if r.IntN(2) == 0 {
			c.price.Lsh(&c.price, 2)
			ofAssets, _ = m.MaxWithdrawCollateral(p, c.price)
		}
	case "liquidateSeized":
		ofAssets = p.Collateral
	case "liquidateRepaid":
		ofShares = p.BorrowShares
	case "setFee":
		c.a = uint256.Int{r.Uint64N(260e15)}
		if r.IntN(8) == 0 {
			c.a = uint256.Int{uint64(m.Fee)}
		}
		return c
	case "accrue":
		return c
	}
	switch {
	case r.IntN(64) == 0: // neither, or both below
	case ofShares.IsZero() || r.IntN(2) == 0 && family != "liquidateRepaid":
		c.a = r.part(ofAssets)
	default:
		c.b = r.part(ofShares)
	}
	if r.IntN(64) == 0 {
		c.a = r.edge(256)
	}
	if r.IntN(64) == 0 && family != "supplyCollateral" && family != "withdrawCollateral" {
		c.b = r.edge(256)
	}
	return c
}
