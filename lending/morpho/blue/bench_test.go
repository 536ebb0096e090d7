package blue

import (
	"math/rand/v2"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// crowd is a market with 1,024 positions at 50 to 105 % of their limit.
type crowd struct {
	market    Market
	price     uint256.Int
	positions [1024]Position
}

func newCrowd() *crowd {
	r := rand.New(rand.NewPCG(7, 7))
	c := &crowd{market: Market{
		TotalSupplyAssets: *uint256.MustFromDecimal("91234567890123456789012345"),
		TotalSupplyShares: *uint256.MustFromDecimal("88234567890123456789012345678901"),
		TotalBorrowAssets: *uint256.MustFromDecimal("81234567890123456789012345"),
		TotalBorrowShares: *uint256.MustFromDecimal("77234567890123456789012345678901"),
		LastUpdate:        1_700_000_000, Fee: 100e15, LLTV: 860e15, Rate: 1268391679,
	}, price: *uint256.MustFromDecimal("1055148472560343645000000000000000000")}
	for i := range c.positions {
		p := &c.positions[i]
		p.Collateral = uint256.Int{r.Uint64() | 1<<60, r.Uint64() % 4096}
		h, err := c.market.Health(p, &c.price)
		if err != nil {
			panic(err)
		}
		// Shares of 50 to 105 % of the limit.
		p.BorrowShares.MulDivOverflow(&h.MaxBorrow, &c.market.TotalBorrowShares, &c.market.TotalBorrowAssets)
		p.BorrowShares.MulDivOverflow(&p.BorrowShares, uint256.NewInt(500+r.Uint64N(550)), uint256.NewInt(1000))
	}
	return c
}

func BenchmarkHealth(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.market.Health(&c.positions[i&1023], &c.price); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkHealthy(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.market.Healthy(&c.positions[i&1023], &c.price); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkQuoteSeized(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.market.QuoteSeized(&c.positions[i&1023].Collateral, &c.price); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkQuoteRepaid(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.market.QuoteRepaid(&c.positions[i&1023].BorrowShares, &c.price); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkHealthAt(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := c.market.HealthAt(&c.positions[i&1023], &c.price, c.market.LastUpdate+12+uint64(i&1023)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkAccrue(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, _, err := c.market.Accrue(c.market.LastUpdate + 12 + uint64(i&1023)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func TestAllocations(t *testing.T) {
	c := newCrowd()
	now := c.market.LastUpdate + 12
	for name, do := range map[string]func(p *Position) error{
		"health":  func(p *Position) error { _, err := c.market.Health(p, &c.price); return err },
		"healthy": func(p *Position) error { _, err := c.market.Healthy(p, &c.price); return err },
		"seized":  func(p *Position) error { _, err := c.market.QuoteSeized(&p.Collateral, &c.price); return err },
		"repaid":  func(p *Position) error { _, err := c.market.QuoteRepaid(&p.BorrowShares, &c.price); return err },
		"at":      func(p *Position) error { _, err := c.market.HealthAt(p, &c.price, now); return err },
		"accrue":  func(*Position) error { _, _, err := c.market.Accrue(now); return err },
		"repay":   func(p *Position) error { _, err := c.market.Repay(*p, Amount{Shares: p.BorrowShares}, now); return err },
	} {
		t.Run(name, func(t *testing.T) {
			i := 0
			var err error
			require.Zero(t, testing.AllocsPerRun(100, func() {
				if e := do(&c.positions[i&1023]); e != nil {
					err = e
				}
				i++
			}))
			require.NoError(t, err)
		})
	}
}
