package said_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/gaib-go/gaib/said"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"
)

// books is A = 1000, L = 100, S = 900, so with the virtual unit A+1 = 1001, A-L+1 = 901, S+1 = 901.
var books = said.State{TotalAssets: u(1000), UnrealizedLoss: u(100), TotalSupply: u(900)}

func TestStateConversions(t *testing.T) {
	empty := said.State{}
	for _, c := range []struct {
		name  string
		run   func(uint256.Int) (uint256.Int, error)
		input uint64
		want  uint64
	}{
		{"assets: 90*1001/901 = 99.99", books.ConvertToAssets, 90, 99},
		{"redeem as assets", books.PreviewRedeem, 90, 99},
		{"mint: the same, up", books.PreviewMint, 90, 100},
		{"with loss: 90*901/901", books.ConvertToAssetsWithLoss, 90, 90},
		{"shares: 100*901/1001 = 90.01", books.ConvertToShares, 100, 90},
		{"deposit as shares", books.PreviewDeposit, 100, 90},
		{"withdraw: the same, up", books.PreviewWithdraw, 100, 91},
		{"exact mint stays", books.PreviewMint, 901, 1001},
		{"nothing", books.PreviewMint, 0, 0},
		{"empty vault is 1:1", empty.ConvertToShares, 7, 7},
		{"empty vault is 1:1", empty.PreviewMint, 7, 7},
		{"empty vault is 1:1", empty.ConvertToAssetsWithLoss, 7, 7},
	} {
		got, err := c.run(u(c.input))
		require.NoError(t, err, c.name)
		require.Equal(t, u(c.want), got, c.name)
	}
}

// TestStateNAV is the NAV of mainnet in 2026: with S + 1 = 1e18 and A + 1 = 1055148472560343645 it is that number.
func TestStateNAV(t *testing.T) {
	s := said.State{TotalAssets: n("1055148472560343644"), UnrealizedLoss: n("5486772057313787"), TotalSupply: n("999999999999999999")}
	nav, err := s.NAV()
	require.NoError(t, err)
	require.Equal(t, n("1055148472560343645"), nav.Deposit)
	// 1055148472560343645 - 5486772057313787.
	require.Equal(t, n("1049661700503029858"), nav.Unstaking)
	require.Equal(t, "0.52%", nav.Haircut().String())
}

func TestStateChanges(t *testing.T) {
	after, shares, err := books.Deposit(u(100))
	require.NoError(t, err)
	require.Equal(t, u(90), shares)
	require.Equal(t, said.State{TotalAssets: u(1100), UnrealizedLoss: u(100), TotalSupply: u(990)}, after)

	after, assets, err := books.Mint(u(90))
	require.NoError(t, err)
	require.Equal(t, u(100), assets)
	require.Equal(t, said.State{TotalAssets: u(1100), UnrealizedLoss: u(100), TotalSupply: u(990)}, after)

	// 20 % of 12,349 is 2,469.8: the fee is rounded down, the vault keeps the rest.
	after, fee, err := books.AccrueYield(u(12349), 2000)
	require.NoError(t, err)
	require.Equal(t, u(2469), fee)
	require.Equal(t, u(10880), after.TotalAssets)
	_, fee, err = books.AccrueYield(u(4), 2000)
	require.NoError(t, err)
	require.Equal(t, u(0), fee)
	_, fee, err = books.AccrueYield(u(4), 10_000)
	require.NoError(t, err)
	require.Equal(t, u(4), fee)

	after, err = books.MarkDown(u(900))
	require.NoError(t, err)
	require.Equal(t, said.State{TotalAssets: u(1000), UnrealizedLoss: u(1000), TotalSupply: u(900)}, after)
	after, err = books.MarkUp(u(40))
	require.NoError(t, err)
	require.Equal(t, said.State{TotalAssets: u(1000), UnrealizedLoss: u(60), TotalSupply: u(900)}, after)
	after, err = books.RealizeLoss(u(40))
	require.NoError(t, err)
	require.Equal(t, said.State{TotalAssets: u(960), UnrealizedLoss: u(60), TotalSupply: u(900)}, after)
	require.Equal(t, said.State{TotalAssets: u(1000), UnrealizedLoss: u(100), TotalSupply: u(900)}, books, "a receiver changed")
}

func TestStateErrors(t *testing.T) {
	failure := func(err error, sentinel error) *said.StateError {
		require.ErrorIs(t, err, sentinel)
		var typed *said.StateError
		require.ErrorAs(t, err, &typed)
		return typed
	}
	_, err := books.MarkDown(u(901))
	e := failure(err, said.ErrLossExceedsAssets)
	require.Equal(t, u(900), e.Available)
	require.EqualError(t, err, "said: mark down 901: the loss is larger than the assets it is taken off: 900")
	_, err = books.MarkUp(u(101))
	failure(err, said.ErrExceedsUnrealizedLoss)
	_, err = books.RealizeLoss(u(101))
	failure(err, said.ErrExceedsUnrealizedLoss)
	_, _, err = books.AccrueYield(u(1), 10_001)
	failure(err, said.ErrFee)

	broken := said.State{TotalAssets: u(1), UnrealizedLoss: u(2), TotalSupply: u(1)}
	_, err = broken.ConvertToAssetsWithLoss(u(1))
	failure(err, said.ErrLossExceedsAssets)
	_, err = broken.RealizeLoss(u(2))
	failure(err, said.ErrLossExceedsAssets)
	_, err = broken.MarkDown(u(0))
	failure(err, said.ErrLossExceedsAssets)

	full := said.State{TotalAssets: maxInt, TotalSupply: maxInt}
	for name, run := range map[string]func() error{
		"A + 1":      func() error { _, err := full.ConvertToAssets(u(1)); return err },
		"NAV":        func() error { _, err := full.NAV(); return err },
		"deposit":    func() error { _, _, err := full.Deposit(u(1)); return err },
		"mint":       func() error { _, _, err := full.Mint(u(1)); return err },
		"accrue":     func() error { _, _, err := full.AccrueYield(u(1), 0); return err },
		"add assets": func() error { _, _, err := said.State{TotalAssets: u(9)}.Deposit(maxInt); return err },
		"quotient":   func() error { _, err := said.State{TotalAssets: u(9)}.ConvertToAssets(maxInt); return err },
	} {
		err := run()
		var typed *said.StateError
		require.ErrorAs(t, err, &typed, name)
		require.ErrorContains(t, err, "overflow", name)
	}
}

// bigState is the vault's books in math/big, written from the contract's formulas.
type bigState struct{ a, l, s *big.Int }

func (b bigState) mulDiv(x, to, from *big.Int, up bool) *big.Int {
	one := big.NewInt(1)
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(x, new(big.Int).Add(to, one)), new(big.Int).Add(from, one), new(big.Int))
	if up && r.Sign() > 0 {
		q.Add(q, one)
	}
	return q
}

func (b bigState) net() *big.Int                   { return new(big.Int).Sub(b.a, b.l) }
func (b bigState) assets(shares *big.Int) *big.Int { return b.mulDiv(shares, b.a, b.s, false) }
func (b bigState) withLoss(shares *big.Int) *big.Int {
	return b.mulDiv(shares, b.net(), b.s, false)
}

func (b bigState) settle(shares, assets *big.Int) {
	value := b.assets(shares)
	taken := new(big.Int)
	if value.Cmp(assets) > 0 {
		taken.Sub(value, assets)
		if taken.Cmp(b.l) > 0 {
			taken.Set(b.l)
		}
	}
	b.a.Sub(b.a, assets).Sub(b.a, taken)
	b.l.Sub(b.l, taken)
	b.s.Sub(b.s, shares)
}

func (b bigState) requireEqual(t *testing.T, s said.State) {
	t.Helper()
	require.Equal(t, b.a.String(), s.TotalAssets.Dec())
	require.Equal(t, b.l.String(), s.UnrealizedLoss.Dec())
	require.Equal(t, b.s.String(), s.TotalSupply.Dec())
}

// notLower requires x1/y1 <= x2/y2, each with the virtual unit.
func notLower(t *testing.T, x1, y1, x2, y2 *big.Int, what string) {
	t.Helper()
	plus := func(v *big.Int) *big.Int { return new(big.Int).Add(v, big.NewInt(1)) }
	left := new(big.Int).Mul(plus(x1), plus(y2))
	require.LessOrEqual(t, left.Cmp(new(big.Int).Mul(plus(x2), plus(y1))), 0, what)
}

// randomAmount draws an amount of up to the given number of bits, small ones as often as large ones.
func randomAmount(rng *rand.Rand, bits int) uint256.Int {
	v := uint256.Int{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
	return *v.Rsh(&v, uint(256-rng.IntN(bits+1)))
}

// TestStateWalk compares random sequences of changes with the math/big books and checks what must hold at every step.
func TestStateWalk(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		state := said.State{}
		b := bigState{new(big.Int), new(big.Int), new(big.Int)}
		for range 60 {
			x := randomAmount(rng, 100)
			bx := x.ToBig()
			before := bigState{new(big.Int).Set(b.a), new(big.Int).Set(b.l), new(big.Int).Set(b.s)}
			switch rng.IntN(6) {
			case 0:
				after, shares, err := state.Deposit(x)
				require.NoError(t, err)
				want := b.mulDiv(bx, b.s, b.a, false)
				require.Equal(t, want.String(), shares.Dec())
				b.a.Add(b.a, bx)
				b.s.Add(b.s, want)
				state = after
				back, err := state.ConvertToAssets(shares)
				require.NoError(t, err)
				require.False(t, back.Gt(&x), "a deposit made a profit")
				notLower(t, before.a, before.s, b.a, b.s, "a deposit lowered the deposit NAV")
			case 1:
				after, assets, err := state.Mint(x)
				require.NoError(t, err)
				want := b.mulDiv(bx, b.a, b.s, true)
				require.Equal(t, want.String(), assets.Dec())
				b.a.Add(b.a, want)
				b.s.Add(b.s, bx)
				state = after
				back, err := state.ConvertToAssets(x)
				require.NoError(t, err)
				require.False(t, back.Gt(&assets), "a mint made a profit")
				notLower(t, before.a, before.s, b.a, b.s, "a mint lowered the deposit NAV")
			case 2:
				after, fee, err := state.AccrueYield(x, 2000)
				require.NoError(t, err)
				want := new(big.Int).Div(new(big.Int).Mul(bx, big.NewInt(2)), big.NewInt(10)) // 20 %
				require.Equal(t, want.String(), fee.Dec())
				b.a.Add(b.a, bx).Sub(b.a, want)
				state = after
			case 3:
				after, err := state.MarkDown(x)
				if bx.Cmp(b.net()) > 0 {
					require.ErrorIs(t, err, said.ErrLossExceedsAssets)
					continue
				}
				require.NoError(t, err)
				b.l.Add(b.l, bx)
				state = after
			case 4, 5:
				run := state.MarkUp
				realize := rng.IntN(2) == 0
				if realize {
					run = state.RealizeLoss
				}
				after, err := run(x)
				if bx.Cmp(b.l) > 0 {
					require.ErrorIs(t, err, said.ErrExceedsUnrealizedLoss)
					continue
				}
				require.NoError(t, err)
				b.l.Sub(b.l, bx)
				if realize {
					b.a.Sub(b.a, bx)
				}
				state = after
			}
			b.requireEqual(t, state)
			probe := randomAmount(rng, 100)
			value, err := state.ConvertToAssets(probe)
			require.NoError(t, err)
			exit, err := state.ConvertToAssetsWithLoss(probe)
			require.NoError(t, err)
			require.Equal(t, b.assets(probe.ToBig()).String(), value.Dec())
			require.Equal(t, b.withLoss(probe.ToBig()).String(), exit.Dec())
			require.False(t, exit.Gt(&value), "the exit is worth more than the entry")
		}
	}
}

func TestStateAllocatesNothing(t *testing.T) {
	s := said.State{TotalAssets: n("18440000000000000000000000"), UnrealizedLoss: u(5e18), TotalSupply: n("17476213000000000000000000")}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		nav, err := s.NAV()
		if err != nil || nav.Check() != nil {
			t.Fatal("no NAV")
		}
		_, _, err = s.Deposit(u(1e18))
		if err != nil {
			t.Fatal(err)
		}
		_ = nav.Exit(u(1e18))
		_ = nav.Haircut()
	}))
}

func BenchmarkConvertToAssetsWithLoss(b *testing.B) {
	s := said.State{TotalAssets: n("18440000000000000000000000"), UnrealizedLoss: u(5e18), TotalSupply: n("17476213000000000000000000")}
	shares := u(3e18)
	for b.Loop() {
		if _, err := s.ConvertToAssetsWithLoss(shares); err != nil {
			b.Fatal(err)
		}
	}
}
