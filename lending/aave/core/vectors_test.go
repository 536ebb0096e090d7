package core_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/lending/aave/core"
)

// What the real pools did, recorded by internal/devnet/peers (go test -run TestAaveWalks -record-aave).
type recordedWalk struct {
	Start map[string]string
	Steps []struct {
		Time    string
		Prices  []string
		Action  string
		Args    []string
		Revert  *string
		Changes map[string]string
		Data    []string
	}
}

func readVectors(t testing.TB, name string, into any) {
	file, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(unpacked).Decode(into))
}

func number(t testing.TB, text string) uint256.Int {
	x, err := uint256.FromDecimal(text)
	require.NoError(t, err)
	return *x
}

// parseState is the inverse of flatten.
func parseState(t testing.TB, values map[string]string) core.State {
	get := func(format string, args ...any) uint256.Int { return number(t, values[fmt.Sprintf(format, args...)]) }
	small := func(format string, args ...any) uint64 { x := get(format, args...); return x.Uint64() }
	s := core.State{Market: core.Market{Revision: core.V30, Time: small("time")}}
	if values["revision"] == core.V37.String() {
		s.Market.Revision = core.V37
	}
	for i := 0; values[fmt.Sprintf("%d.config", i)] != ""; i++ {
		s.Market.Reserves = append(s.Market.Reserves, core.Reserve{
			Asset: common.Address{byte(i + 1)}, Config: core.DecodeConfig(get("%d.config", i)),
			LiquidityIndex: get("%d.liquidityIndex", i), LiquidityRate: get("%d.liquidityRate", i), DebtIndex: get("%d.debtIndex", i), DebtRate: get("%d.debtRate", i),
			LastUpdate: small("%d.lastUpdate", i), AccruedToTreasury: get("%d.accruedToTreasury", i), ScaledSupply: get("%d.scaledSupply", i),
			ScaledDebt: get("%d.scaledDebt", i), Cash: get("%d.cash", i), Deficit: get("%d.deficit", i), IsolatedDebt: get("%d.isolatedDebt", i),
			GraceUntil: small("%d.graceUntil", i), Price: get("%d.price", i),
			Curve: core.Curve{Optimal: get("%d.optimal", i), Base: get("%d.base", i), Slope1: get("%d.slope1", i), Slope2: get("%d.slope2", i)},
		})
		s.Account.Balances = append(s.Account.Balances, core.Balance{Reserve: i, Supplied: get("%d.supplied", i), Debt: get("%d.debt", i)})
	}
	s.Market.EModes = []core.EMode{{
		ID: 1, LTV: uint16(small("emode1.ltv")), LiquidationThreshold: uint16(small("emode1.threshold")), LiquidationBonus: uint16(small("emode1.bonus")),
		HasPrice: small("emode1.hasPrice") == 1, Price: get("emode1.price"), Collateral: core.ReserveSet{small("emode1.collateral")},
		Borrowable: core.ReserveSet{small("emode1.borrowable")}, ZeroLTV: core.ReserveSet{small("emode1.zeroLTV")}, Isolated: small("emode1.isolated") == 1,
	}}
	s.Account.Config, s.Account.EMode = core.UserConfig(get("account.config")), uint8(small("account.emode"))
	return s
}

// flatten names every value of a state that an action can change.
func flatten(s core.State) map[string]string {
	out := map[string]string{}
	for i, r := range s.Market.Reserves {
		b := s.Account.Balance(i)
		for name, x := range map[string]uint256.Int{
			"liquidityIndex": r.LiquidityIndex, "liquidityRate": r.LiquidityRate, "debtIndex": r.DebtIndex, "debtRate": r.DebtRate,
			"lastUpdate": {r.LastUpdate}, "accruedToTreasury": r.AccruedToTreasury, "scaledSupply": r.ScaledSupply, "scaledDebt": r.ScaledDebt,
			"cash": r.Cash, "deficit": r.Deficit, "isolatedDebt": r.IsolatedDebt, "supplied": b.Supplied, "debt": b.Debt,
		} {
			out[fmt.Sprintf("%d.%s", i, name)] = x.Dec()
		}
	}
	config := uint256.Int(s.Account.Config)
	out["account.config"], out["account.emode"] = config.Dec(), strconv.Itoa(int(s.Account.EMode))
	return out
}

func perform(t testing.TB, s core.State, action string, args []string) (core.State, error) {
	id := func(i int) int { n, err := strconv.Atoi(args[i]); require.NoError(t, err); return n }
	on := func(i int) bool { b, err := strconv.ParseBool(args[i]); require.NoError(t, err); return b }
	var next core.State
	var err error
	switch action {
	case "supply":
		next, err = s.Supply(id(0), number(t, args[1]))
	case "withdraw":
		next, _, err = s.Withdraw(id(0), number(t, args[1]))
	case "borrow":
		next, err = s.Borrow(id(0), number(t, args[1]))
	case "repay":
		next, _, err = s.Repay(id(0), number(t, args[1]))
	case "collateral":
		next, err = s.SetCollateral(id(0), on(1))
	case "eMode":
		next, err = s.SetEMode(uint8(id(0)))
	case "liquidate":
		next, _, err = s.Liquidate(core.Liquidation{Collateral: id(0), Debt: id(1), Cover: number(t, args[2]), ReceiveAToken: on(3)})
	default:
		t.Fatalf("unknown action %q", action)
	}
	return next, err
}

// accountData is what the pool answers to getUserAccountData.
func accountData(t testing.TB, s core.State) []string {
	d, err := s.Data()
	require.NoError(t, err)
	available, err := d.Available(s.Market.Revision)
	require.NoError(t, err)
	health := d.Health.Wad
	if d.Health.Infinite {
		health = core.Max()
	}
	return []string{d.Collateral.Dec(), d.Debt.Dec(), available.Dec(), strconv.FormatUint(d.LiquidationThreshold, 10), strconv.FormatUint(d.LTV, 10), health.Dec()}
}

// Recorded walks: every step gives what the pool gave, reverts included.
func TestRecordedWalks(t *testing.T) {
	for _, revision := range []string{"v3.0", "v3.7"} {
		t.Run(revision, func(t *testing.T) {
			var walks []recordedWalk
			readVectors(t, "walks-"+revision+".json.gz", &walks)
			counts, reverts := map[string]int{}, 0
			for i, walk := range walks {
				s := parseState(t, walk.Start)
				for j, step := range walk.Steps {
					now := number(t, step.Time)
					s.Market = s.Market.At(now.Uint64())
					for id, price := range step.Prices {
						s.Market.Reserves[id].Price = number(t, price)
					}
					if step.Data != nil {
						require.Equal(t, step.Data, accountData(t, s), "walk %d, step %d", i, j)
						counts["account data"]++
					}
					next, err := perform(t, s, step.Action, step.Args)
					counts[step.Action]++
					where := fmt.Sprintf("walk %d, step %d: %s %v", i, j, step.Action, step.Args)
					if step.Revert != nil {
						var refused *core.RevertError
						require.ErrorAs(t, err, &refused, where)
						switch *step.Revert {
						case "balance": // the token's own word
							require.ErrorIs(t, err, core.ErrCash, where)
						case "":
							require.True(t, core.Arithmetic(err), "%s: %v", where, err)
						default:
							require.Equal(t, *step.Revert, refused.Code, where)
						}
						reverts++
						continue
					}
					require.NoError(t, err, where)
					want := flatten(s)
					maps.Copy(want, step.Changes)
					require.Equal(t, want, flatten(next), where)
					s = next
				}
			}
			for _, action := range []string{"supply", "withdraw", "borrow", "repay", "collateral", "eMode", "liquidate", "account data"} {
				require.GreaterOrEqual(t, counts[action], 500, action)
			}
			t.Logf("%d walks, %v, of which %d reverts", len(walks), counts, reverts)
		})
	}
}
