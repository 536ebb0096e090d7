package peers

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/lending"
	"github.com/gaib-go/gaib/lending/aave"
	"github.com/gaib-go/gaib/lending/aave/contract"
	"github.com/gaib-go/gaib/lending/aave/core"
)

var recordAave = flag.Bool("record-aave", false, "write the vectors that lending/aave/core is tested with where the contracts are missing")

// vectorFolder holds what the root module's tests read.
const vectorFolder = "../../../lending/aave/core/testdata"

// walkVector is a walk as recorded: the state it begins in, and what the pool did at each step. A value that changed
// stands under its name, see flatten.
type walkVector struct {
	Start map[string]string `json:"start"`
	Steps []stepVector      `json:"steps"`
}

type stepVector struct {
	Time    string            `json:"time"`
	Prices  []string          `json:"prices"`
	Action  string            `json:"action"`
	Args    []string          `json:"args"`
	Revert  *string           `json:"revert,omitempty"` // the pool's code, empty if it has none
	Changes map[string]string `json:"changes,omitempty"`
	Data    []string          `json:"data,omitempty"` // getUserAccountData before the action, of every dataEvery-th step
}

// dataEvery keeps the files small.
const dataEvery = 6

// flatten names every value of a state.
func flatten(s core.State) map[string]string {
	out := map[string]string{"time": fmt.Sprint(s.Market.Time), "revision": s.Market.Revision.String()}
	put := func(name string, x uint256.Int) { out[name] = x.Dec() }
	for i := range s.Market.Reserves {
		r, b := &s.Market.Reserves[i], s.Account.Balance(i)
		bits, err := r.Config.Bits()
		if err != nil {
			panic(err) // the rig has stored it
		}
		for name, x := range map[string]uint256.Int{
			"config": bits, "liquidityIndex": r.LiquidityIndex, "liquidityRate": r.LiquidityRate, "debtIndex": r.DebtIndex, "debtRate": r.DebtRate,
			"lastUpdate": u(r.LastUpdate), "accruedToTreasury": r.AccruedToTreasury, "scaledSupply": r.ScaledSupply, "scaledDebt": r.ScaledDebt,
			"cash": r.Cash, "deficit": r.Deficit, "isolatedDebt": r.IsolatedDebt, "graceUntil": u(r.GraceUntil), "price": r.Price,
			"optimal": r.Curve.Optimal, "base": r.Curve.Base, "slope1": r.Curve.Slope1, "slope2": r.Curve.Slope2, "supplied": b.Supplied, "debt": b.Debt,
		} {
			put(fmt.Sprintf("%d.%s", i, name), x)
		}
	}
	for _, e := range s.Market.EModes {
		for name, x := range map[string]uint256.Int{
			"ltv": u(uint64(e.LTV)), "threshold": u(uint64(e.LiquidationThreshold)), "bonus": u(uint64(e.LiquidationBonus)), "hasPrice": bit(e.HasPrice), "price": e.Price,
			"collateral": u(e.Collateral[0]), "borrowable": u(e.Borrowable[0]), "zeroLTV": u(e.ZeroLTV[0]), "isolated": bit(e.Isolated),
		} {
			put(fmt.Sprintf("emode%d.%s", e.ID, name), x)
		}
	}
	put("account.config", uint256.Int(s.Account.Config))
	put("account.emode", u(uint64(s.Account.EMode)))
	return out
}

func bit(on bool) uint256.Int {
	if on {
		return u(1)
	}
	return u(0)
}

// args names an action's arguments: reserve ids, amounts, switches.
func (r *aaveRig) args(do action) []string {
	id := func(asset [20]byte) string {
		for i, known := range r.assets {
			if known == asset {
				return fmt.Sprint(i)
			}
		}
		return "none"
	}
	switch f := do.call.(type) {
	case contract.PoolSupply:
		return []string{id(f.Asset), f.Amount.Dec()}
	case contract.PoolWithdraw:
		return []string{id(f.Asset), f.Amount.Dec()}
	case contract.PoolBorrow:
		return []string{id(f.Asset), f.Amount.Dec()}
	case contract.PoolRepay:
		return []string{id(f.Asset), f.Amount.Dec()}
	case contract.PoolSetUserUseReserveAsCollateral:
		return []string{id(f.Asset), fmt.Sprint(f.UseAsCollateral)}
	case contract.PoolSetUserEMode:
		return []string{fmt.Sprint(f.CategoryId)}
	case contract.PoolLiquidationCall:
		return []string{id(f.CollateralAsset), id(f.DebtAsset), f.DebtToCover.Dec(), fmt.Sprint(f.ReceiveAToken)}
	}
	require.FailNow(r.t, "unknown action", do.name)
	return nil
}

// revertCode is what the pool itself said.
func revertCode(t testing.TB, mined error) *string {
	var revert *RevertError
	require.ErrorAs(t, mined, &revert)
	code := ""
	var typed *core.RevertError
	if errors.As(aave.DecodeError(revert.Data), &typed) {
		code = typed.Code
	} else if revert.Reason() == "balance" {
		code = "balance" // the token's word
	}
	return &code
}

// Walks of many actions, with time passing and prices moving, on the real pool: equal after every step.
func TestAaveWalks(t *testing.T) {
	const steps, perFamily = 50, 500
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			c := chance{rand.New(rand.NewPCG(31, uint64(revision)))}
			curves := c.curves(24)
			walks := 1_000
			if testing.Short() {
				walks = 20
			}
			var n tally
			var vectors []walkVector
			recorded := map[string]int{}
			done := 0
			for done < walks {
				done++
				s := c.state(revision, curves)
				for i := range s.Market.Reserves { // a pool that works, for actions to build on each other
					config := &s.Market.Reserves[i].Config
					config.Active, config.Paused, config.Frozen, config.Borrowing = true, false, false, true
					config.ReserveFactor = min(config.ReserveFactor, 10_000)
				}
				r.store(&s)
				vector := walkVector{Start: flatten(s)}
				for range steps {
					s.Market.Time += c.Uint64N(1 << c.IntN(24))
					r.evm.SetTime(s.Market.Time)
					for i := range s.Market.Reserves {
						reserve := &s.Market.Reserves[i]
						if moved := c.about(reserve.Price.Float64() * (0.93 + c.Float64()*0.14)); c.one(3) && !moved.IsZero() {
							reserve.Price = moved
						}
						r.put(aaveOracleAt, wordOf(r.assets[i]), reserve.Price.Bytes32())
					}
					do := c.action(r, s, c.IntN(7))
					step := stepVector{Time: fmt.Sprint(s.Market.Time), Action: do.name, Args: r.args(do)}
					for i := range s.Market.Reserves {
						step.Prices = append(step.Prices, s.Market.Reserves[i].Price.Dec())
					}
					if len(vector.Steps)%dataEvery == 0 {
						step.Data = r.accountData()
					}
					before := flatten(r.fetch(s))
					next, mined := r.play(s, do, &n)
					r.invariants(s, next, do.name, mined == nil)
					if step.Revert = nil; mined != nil {
						step.Revert = revertCode(t, mined)
					}
					step.Changes = map[string]string{}
					for name, value := range flatten(r.fetch(s)) {
						if before[name] != value {
							step.Changes[name] = value
						}
					}
					vector.Steps = append(vector.Steps, step)
					recorded[do.name]++
					s = next
				}
				if *recordAave {
					if vectors = append(vectors, vector); !needMore(recorded, vectors, perFamily) {
						break
					}
				}
			}
			t.Logf("aave %s: %d walks of %d actions: %d equal, %d both revert, 0 mismatches", revision, done, steps, n.equal, n.reverts)
			if *recordAave {
				writeVectors(t, fmt.Sprintf("walks-%s.json.gz", revision), vectors)
			}
		})
	}
}

// accountData returns the six words that the pool answers, nil if it reverts.
func (r *aaveRig) accountData() (words []string) {
	input, err := contract.PoolGetUserAccountData{User: aaveUser}.Encode()
	require.NoError(r.t, err)
	answer, err := r.evm.Call(aaveUser, r.pool, input)
	for ; err == nil && len(answer) >= 32; answer = answer[32:] {
		words = append(words, new(uint256.Int).SetBytes32(answer[:32]).Dec())
	}
	return words
}

// needMore reports whether the recorded walks hold too few of some action.
func needMore(all map[string]int, vectors []walkVector, least int) bool {
	counts := map[string]int{}
	for _, v := range vectors {
		for _, s := range v.Steps {
			counts[s.Action]++
		}
	}
	for name := range all {
		if counts[name] < least {
			return true
		}
	}
	return false
}

func writeVectors(t *testing.T, name string, vectors any) {
	var raw bytes.Buffer
	packer, err := gzip.NewWriterLevel(&raw, gzip.BestCompression)
	require.NoError(t, err)
	require.NoError(t, json.NewEncoder(packer).Encode(vectors))
	require.NoError(t, packer.Close())
	require.NoError(t, os.MkdirAll(vectorFolder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(vectorFolder, name), raw.Bytes(), 0o644))
	t.Logf("%s: %d bytes", name, raw.Len())
}

// invariants are what no action may break.
func (r *aaveRig) invariants(before, next core.State, name string, done bool) {
	if !done {
		return
	}
	for i := range next.Market.Reserves {
		was, is, b := &before.Market.Reserves[i], &next.Market.Reserves[i], next.Account.Balance(i)
		require.False(r.t, is.LiquidityIndex.Lt(&was.LiquidityIndex) || is.DebtIndex.Lt(&was.DebtIndex), "an index fell")
		require.False(r.t, is.ScaledSupply.Lt(&b.Supplied) || is.ScaledDebt.Lt(&b.Debt), "an account has more than there is")
		if r.revision == core.V37 { // half-up rounding can leave a unit of debt without its flag on v3.0
			require.Equal(r.t, next.Account.Config.Borrowing(i), !b.Debt.IsZero(), "the debt flag")
		}
	}
	if name == "borrow" && r.revision == core.V37 { // v3.0 looks at loan-to-values only, rounded
		d, err := next.Data()
		require.NoError(r.t, err)
		require.GreaterOrEqual(r.t, d.Health.Cmp(lending.One), 0, "a borrower is not healthy")
	}
}

// The pool's own view of whole accounts.
func TestAaveAccountData(t *testing.T) {
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			c := chance{rand.New(rand.NewPCG(32, uint64(revision)))}
			curves := c.curves(4)
			input, err := contract.PoolGetUserAccountData{User: aaveUser}.Encode()
			require.NoError(t, err)
			runs := 50_000
			if testing.Short() {
				runs = 1_000
			}
			var n tally
			for range runs {
				s := c.state(revision, curves)
				if c.one(20) {
					s.Market.Reserves[c.IntN(aaveReserves)] = core.Reserve{} // dropped
				}
				r.store(&s)
				answer, mined := r.evm.Call(aaveUser, r.pool, input)
				d, err := s.Data()
				var available uint256.Int
				if err == nil {
					if available, err = d.Available(revision); err != nil {
						err = &core.RevertError{Op: "available", Err: err}
					}
				}
				if mined != nil || err != nil {
					require.Error(t, err, "only the chain reverts: %v; %v", mined, s)
					require.Error(t, mined, "only Go reverts: %v; %v", err, s)
					sameRevert(t, revision, err, mined, s)
					n.reverts++
					continue
				}
				var got contract.PoolGetUserAccountDataResult
				require.NoError(t, got.Decode(answer))
				health := d.Health.Wad
				if d.Health.Infinite {
					health = core.Max()
				}
				require.Equal(t, got, contract.PoolGetUserAccountDataResult{TotalCollateralBase: d.Collateral, TotalDebtBase: d.Debt, AvailableBorrowsBase: available,
					CurrentLiquidationThreshold: u(d.LiquidationThreshold), Ltv: u(d.LTV), HealthFactor: health}, s)
				n.equal++
			}
			require.Greater(t, n.equal, runs/2)
			n.log(t, revision, "account data")
		})
	}
}

// The rate strategies' own answers.
func TestAaveRates(t *testing.T) {
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			c := chance{rand.New(rand.NewPCG(33, uint64(revision)))}
			name := "DefaultReserveInterestRateStrategy"
			if revision == core.V37 {
				name += "V2"
			}
			strategy := r.artifact(name).ABI()
			curves := c.curves(64)
			runs := 50_000
			if testing.Short() {
				runs = 1_000
			}
			var n tally
			for range runs {
				curve := curves[c.IntN(len(curves))]
				f := core.Funds{Debt: c.upTo(130), Cash: c.upTo(130), Unbacked: c.upTo(100), ReserveFactor: uint16(c.IntN(10_100))}
				switch c.IntN(12) {
				case 0:
					f.Debt.Clear()
				case 1:
					f.Debt, f.Cash = c.upTo(256), c.upTo(256)
				case 2, 3, 4: // near the kink
					f.Cash.Mul(&f.Debt, new(uint256.Int).Sub(uint256.MustFromDecimal("1000000000000000000000000000"), &curve.Optimal))
					f.Cash.Div(&f.Cash, &curve.Optimal)
				}
				at := r.strategy
				var input []byte
				var err error
				if revision == core.V37 {
					r.put(at, slotOf(slotNumber(0), r.assets[0]), r.rateData(curve))
					input, err = strategy.Pack("calculateInterestRates", struct {
						Unbacked, LiquidityAdded, LiquidityTaken, TotalDebt, ReserveFactor *big.Int
						Reserve                                                            [20]byte
						UsingVirtualBalance                                                bool
						VirtualUnderlyingBalance                                           *big.Int
					}{f.Unbacked.ToBig(), new(big.Int), new(big.Int), f.Debt.ToBig(), big.NewInt(int64(f.ReserveFactor)), r.assets[0], true, f.Cash.ToBig()})
				} else {
					at = r.strategyOf(curve)
					r.put(r.assets[0], slotOf(slotNumber(3), r.supplied[0]), f.Cash.Bytes32())
					input, err = strategy.Pack("calculateInterestRates", struct {
						Unbacked, LiquidityAdded, LiquidityTaken, TotalStableDebt, TotalVariableDebt, AverageStableBorrowRate, ReserveFactor *big.Int
						Reserve, AToken                                                                                                      [20]byte
					}{f.Unbacked.ToBig(), new(big.Int), new(big.Int), new(big.Int), f.Debt.ToBig(), new(big.Int), big.NewInt(int64(f.ReserveFactor)), r.assets[0], r.supplied[0]})
				}
				require.NoError(t, err)
				answer, mined := r.evm.Call(aaveOwner, at, input)
				rates, err := curve.Rates(revision, f)
				if mined != nil || err != nil {
					require.Error(t, err, "only the chain reverts: %v; %v %v", mined, curve, f)
					require.Error(t, mined, "only Go reverts: %v; %v %v", err, curve, f)
					require.True(t, core.Arithmetic(err), err)
					n.reverts++
					continue
				}
				var supply, borrow uint256.Int
				supply.SetBytes32(answer[:32])
				borrow.SetBytes32(answer[len(answer)-32:])
				require.Equal(t, core.Rates{Supply: supply, Borrow: borrow}, rates, "%v %v", curve, f)
				n.equal++
			}
			require.Greater(t, n.equal, runs/2)
			n.log(t, revision, "rates")
		})
	}
}

// The interest factors, through the pool's own normalized indices: with an index of one ray they are the factors.
func TestAaveInterest(t *testing.T) {
	for _, revision := range aaveRevisions {
		t.Run(revision.String(), func(t *testing.T) {
			r := newAaveRig(t, revision)
			c := chance{rand.New(rand.NewPCG(34, uint64(revision)))}
			s := c.state(revision, c.curves(2))
			r.store(&s)
			runs := 50_000
			if testing.Short() {
				runs = 1_000
			}
			var linear, compounded tally
			base := r.reserveSlot(0)
			for range runs {
				reserve := core.Reserve{LiquidityIndex: c.index(), DebtIndex: c.index(), LiquidityRate: c.rate(), DebtRate: c.rate()}
				if c.one(4) {
					reserve.LiquidityIndex, reserve.DebtIndex, reserve.LiquidityRate, reserve.DebtRate = c.upTo(128), c.upTo(128), c.upTo(128), c.upTo(128)
				}
				now := 1 + c.Uint64N(1<<39)
				reserve.LastUpdate = now - c.Uint64N(min(now, 1<<c.IntN(40)))
				if c.one(50) {
					reserve.LastUpdate = now + c.Uint64N(10)
				}
				r.evm.SetTime(now)
				r.put(r.pool, after(base, 1), packed(field{0, reserve.LiquidityIndex}, field{128, reserve.LiquidityRate}))
				r.put(r.pool, after(base, 2), packed(field{0, reserve.DebtIndex}, field{128, reserve.DebtRate}))
				r.put(r.pool, after(base, 3), packed(field{128, u(reserve.LastUpdate)}))
				income, err := reserve.Income(now)
				r.sameIndex(contract.PoolGetReserveNormalizedIncome{Asset: r.assets[0]}, income, err, &linear)
				owed, err := reserve.OwedIndex(revision, now)
				r.sameIndex(contract.PoolGetReserveNormalizedVariableDebt{Asset: r.assets[0]}, owed, err, &compounded)
			}
			require.Greater(t, linear.equal, runs/2)
			require.Greater(t, compounded.equal, runs/2)
			linear.log(t, revision, "linear interest")
			compounded.log(t, revision, "compounded interest")
		})
	}
}

func (r *aaveRig) sameIndex(function interface{ Encode() ([]byte, error) }, index uint256.Int, err error, n *tally) {
	input, failed := function.Encode()
	require.NoError(r.t, failed)
	answer, mined := r.evm.Call(aaveOwner, r.pool, input)
	if mined != nil || err != nil {
		require.Error(r.t, err, "only the chain reverts: %v", mined)
		require.Error(r.t, mined, "only Go reverts: %v", err)
		require.True(r.t, core.Arithmetic(err), err)
		n.reverts++
		return
	}
	var got uint256.Int
	got.SetBytes32(answer)
	require.Equal(r.t, got, index)
	n.equal++
}
