package peers

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

// The formula of pre-liquidation, written down as a contract of ours on the real Morpho, on random states: the close
// factor, the incentive, the repayment and the withdrawal of collateral, reverts included.
func TestPreLiquidationFormula(t *testing.T) {
	Require(t, append(MorphoContracts(), "PreLiquidationFormula")...)
	r := newMorphoRig(t)
	formula, err := Load("PreLiquidationFormula")
	require.NoError(t, err)
	creation, err := formula.Code(r.morpho.Address, r.morpho.Params.LoanToken)
	require.NoError(t, err)
	at, err := r.evm.Deploy(alice, creation)
	require.NoError(t, err)
	_, err = r.morpho.at(r.evm.Send, r.morpho.Token, alice, r.morpho.Params.LoanToken, "mint", at, new(big.Int).Lsh(big.NewInt(1), 254))
	require.NoError(t, err)
	_, err = r.morpho.Send(r.user, "setAuthorization", at, true)
	require.NoError(t, err)

	states := 50_000
	if testing.Short() {
		states = 1_000
	}
	random, counts, equal := newMorphoRandom(77), map[string]int{}, 0
	var record bytes.Buffer
	for range states {
		m, p, price, now := random.state()
		if m.LLTV < 385e15 || m.LLTV >= 1e18 || now < m.LastUpdate {
			continue
		}
		terms := blue.PreLiquidation{
			PreLLTV: lending.Ratio(random.Uint64N(uint64(m.LLTV))), CloseFactor1: lending.Ratio(random.Uint64N(1e18)),
			Incentive1: 1e18 + lending.Ratio(random.Uint64N(50e15)),
		}
		if random.IntN(2) == 0 {
			terms.PreLLTV = m.LLTV - 1 - lending.Ratio(random.Uint64N(100e15))
		}
		terms.CloseFactor2 = terms.CloseFactor1 + lending.Ratio(random.Uint64N(1e18))
		terms.Incentive2 = terms.Incentive1 + lending.Ratio(random.Uint64N(20e15))
		if terms.Check(m.LLTV) != nil {
			continue
		}
		// Between the two thresholds mostly, at the edges often.
		price.MulDivOverflow(&price, uint256.NewInt(1_000_000+random.Uint64N(50_000)), uint256.NewInt(1_000_000))
		pre := price
		if random.IntN(4) == 0 {
			pre.MulDivOverflow(&pre, uint256.NewInt(990+random.Uint64N(20)), uint256.NewInt(1000))
		}
		family := "liquidateSeized"
		if random.IntN(2) == 0 {
			family = "liquidateRepaid"
		}
		c := random.operation(family, m, p, price, now)
		if random.IntN(2) == 0 { // near what the close factor allows
			if after, _, err := m.Accrue(now); err == nil {
				if allowed, err := after.PreTerms(terms, p, pre); err == nil {
					c.a, c.b = uint256.Int{}, random.part(allowed.Repayable)
				}
			}
		}
		o, err := m.PreLiquidate(terms, p, c.a, c.b, pre, price, now)
		want := ""
		if err != nil {
			want = morphoPreFailure(err)
		} else {
			want = morphoState(&o.Market, &o.Position, &o.Accrual.FeeShares, &o.Liquidation.SeizedAssets, &o.Liquidation.RepaidAssets)
		}
		r.set(&c)
		w := r.params(&c)
		input, err := formula.parsed.Pack("run", MarketParams{w.LoanToken, w.CollateralToken, w.Oracle, w.Irm, w.Lltv.ToBig()},
			struct{ PreLltv, CloseFactor1, CloseFactor2, Incentive1, Incentive2 *big.Int }{
				morphoRatio(terms.PreLLTV), morphoRatio(terms.CloseFactor1), morphoRatio(terms.CloseFactor2), morphoRatio(terms.Incentive1), morphoRatio(terms.Incentive2),
			}, pre.ToBig(), r.user, c.a.ToBig(), c.b.ToBig())
		require.NoError(t, err)
		output, err := r.evm.Send(alice, at, input)
		if err != nil {
			var revert *RevertError
			require.ErrorAs(t, err, &revert)
			got := morphoPreFailure(gaib.DecodeRevert(revert.Data, contract.DecodePreLiquidationError, blue.DecodeError))
			require.Equal(t, got, want, c.line())
			note(&record, terms, pre, &c, got)
			counts[strings.SplitN(got, "(", 2)[0]]++
			continue
		}
		require.Equal(t, r.read(&c, output), want, c.line())
		note(&record, terms, pre, &c, want)
		equal++
	}
	saveMorpho(t, "preLiquidate.formula.gz", &record)
	t.Logf("pre-liquidation: %d equal, 0 mismatches, both revert: %v", equal, counts)
	require.Greater(t, equal, states/20)
}

// note adds a vector, terms and price before the case, as long as few are there.
func note(record *bytes.Buffer, terms blue.PreLiquidation, price uint256.Int, c *morphoCase, result string) {
	if *recordMorpho && bytes.Count(record.Bytes(), []byte{'\n'}) < 600 {
		fmt.Fprintf(record, "%d %d %d %d %d %s %s => %s\n", uint64(terms.PreLLTV), uint64(terms.CloseFactor1), uint64(terms.CloseFactor2), uint64(terms.Incentive1), uint64(terms.Incentive2), price.Dec(), c.line(), result)
	}
}

// saveMorpho writes vectors for package blue if they are asked for.
func saveMorpho(t *testing.T, name string, record *bytes.Buffer) {
	if *recordMorpho {
		writeMorphoVectors(t, "../../../lending/morpho/blue/testdata/"+name, record.Bytes())
	}
}

func morphoPreFailure(err error) string {
	var revert *gaib.RevertError
	var text *blue.ReasonError
	var panicked *gaib.PanicError
	if errors.As(err, &revert) && !errors.As(err, &text) && !errors.As(err, &panicked) && revert.Reason != nil {
		return revert.Reason.Error()
	}
	return morphoFailure(err)
}

func morphoRatio(x lending.Ratio) *big.Int { return new(big.Int).SetUint64(uint64(x)) }

// The formula of MorphoChainlinkOracleV2, written down as a contract of ours over OpenZeppelin's mulDiv.
func TestOracleFormula(t *testing.T) {
	formula := Require(t, "OracleFormula")[0]
	e := newEVM(t)
	at := place(t, e, formula)
	cases := 50_000
	if testing.Short() {
		cases = 2_000
	}
	random := newMorphoRandom(88)
	run := func(method string, args ...any) (uint256.Int, error) {
		input, err := formula.parsed.Pack(method, args...)
		require.NoError(t, err)
		output, err := e.Call(alice, at, input)
		return *new(uint256.Int).SetBytes(output), err
	}
	type side struct{ Decimals, Sample, Feed1Decimals, Feed2Decimals *big.Int }
	counts := [2][2]int{}
	var record bytes.Buffer
	for n := range cases {
		var sides [2]blue.OracleSide
		var theirs [2]side
		for i := range sides {
			s := &sides[i]
			s.Decimals, s.Sample = uint8(random.IntN(40)), uint256.Int{1}
			theirs[i] = side{big.NewInt(int64(s.Decimals)), big.NewInt(1), new(big.Int), new(big.Int)}
			if random.IntN(2) == 0 {
				s.Vault = true
				s.Sample = random.upTo(100)
				s.Sample.AddUint64(&s.Sample, 1)
				theirs[i].Sample = s.Sample.ToBig()
			}
			if d := uint8(random.IntN(27)); random.IntN(2) == 0 {
				s.Feed1, theirs[i].Feed1Decimals = &d, big.NewInt(int64(d))
			}
			if d := uint8(random.IntN(27)); random.IntN(2) == 0 {
				s.Feed2, theirs[i].Feed2Decimals = &d, big.NewInt(int64(d))
			}
		}
		scale, err := blue.ScaleFactor(sides[0], sides[1])
		want, reverted := run("scale", theirs[0], theirs[1])
		require.Equal(t, reverted != nil, err != nil, "%v %v", sides, err)
		require.Equal(t, want, scale)
		counts[0][morphoCount(err == nil)]++
		if *recordMorpho && n < 520 {
			fmt.Fprintf(&record, "scale %v %v => %s %v\n", theirs[0], theirs[1], want.Dec(), reverted == nil)
		}

		if random.IntN(2) == 0 {
			scale = random.edge(256)
		}
		var answers [2]blue.OracleAnswers
		var legs [2][3]*big.Int
		for i := range answers {
			for k, into := range []**uint256.Int{&answers[i].Vault, &answers[i].Feed1, &answers[i].Feed2} {
				legs[i][k] = big.NewInt(1)
				if random.IntN(3) > 0 {
					x := random.upTo(90)
					if random.IntN(32) == 0 {
						x = random.edge(256)
					}
					*into, legs[i][k] = &x, x.ToBig()
				}
			}
		}
		price, err := blue.OraclePrice(scale, answers[0], answers[1])
		want, reverted = run("price", scale.ToBig(), legs[0], legs[1])
		require.Equal(t, reverted != nil, err != nil, "%v: %v, %v", legs, err, reverted)
		require.Equal(t, want, price)
		counts[1][morphoCount(err == nil)]++
		if *recordMorpho && n < 520 {
			fmt.Fprintf(&record, "price %s %v %v => %s %v\n", scale.Dec(), legs[0], legs[1], want.Dec(), reverted == nil)
		}
	}
	saveMorpho(t, "oracle.formula.gz", &record)
	t.Logf("scale: %d equal, %d both revert; price: %d equal, %d both revert; 0 mismatches", counts[0][1], counts[0][0], counts[1][1], counts[1][0])
	require.Greater(t, min(counts[0][0], counts[0][1], counts[1][0], counts[1][1]), cases/100)
}

func morphoCount(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The rate model asked directly, by the totals of any market, utilisations above one among them.
func TestMorphoRates(t *testing.T) {
	r := newMorphoRig(t)
	cases := 50_000
	if testing.Short() {
		cases = 2_000
	}
	random := newMorphoRandom(99)
	var record bytes.Buffer
	for n := range cases {
		m, _, _, now := random.state()
		m.Model, now = blue.AdaptiveCurve, max(now, m.LastUpdate)
		c := morphoCase{market: m, now: now}
		r.set(&c)
		w := contract.IrmMarketParams(r.params(&c))
		input, err := contract.IrmBorrowRateView{MarketParams: w, Market: contract.IrmMarket{
			TotalSupplyAssets: m.TotalSupplyAssets, TotalSupplyShares: m.TotalSupplyShares, TotalBorrowAssets: m.TotalBorrowAssets,
			TotalBorrowShares: m.TotalBorrowShares, LastUpdate: *uint256.NewInt(m.LastUpdate), Fee: uint256.Int{uint64(m.Fee)},
		}}.Encode()
		require.NoError(t, err)
		output, err := r.evm.Call(alice, r.morpho.Params.Irm, input)
		require.NoError(t, err)
		want, err := contract.IrmBorrowRateView{}.DecodeResult(output)
		require.NoError(t, err)
		got, _, err := m.BorrowRate(now)
		require.NoError(t, err)
		require.Equal(t, want, got, c.line())
		if *recordMorpho && n < 520 {
			fmt.Fprintf(&record, "%s %s %d %d => %s\n", m.TotalSupplyAssets.Dec(), m.TotalBorrowAssets.Dec(), m.Rate, now-m.LastUpdate, want.Dec())
		}
	}
	saveMorpho(t, "rate.view.gz", &record)
	t.Logf("borrow rate: %d equal, 0 mismatches", cases)
}
