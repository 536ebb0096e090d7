package peers

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/lending/aave/core"
)

// The accounts of the rig.
var (
	aaveUser       = common.HexToAddress("0x1111111111111111111111111111111111111111")
	aaveLiquidator = common.HexToAddress("0x2222222222222222222222222222222222222222")
	aaveTreasury   = common.HexToAddress("0x3333333333333333333333333333333333333333")
	aaveOwner      = common.HexToAddress("0x4444444444444444444444444444444444444444")
	aaveOracleAt   = common.HexToAddress("0x5555555555555555555555555555555555555555")
	aaveACLAt      = common.HexToAddress("0x6666666666666666666666666666666666666666")
	aaveSourceAt   = common.HexToAddress("0x7777777777777777777777777777777777777777") // names a category's own price, V30
)

// aaveReserves is how many reserves the rig's pool has.
const aaveReserves = 4

// aaveV37 names the environment variable with the folder of the artefacts of v3.7, which npm does not have: aave37.mjs
// makes them of a checkout of the sources.
const aaveV37 = "GAIB_AAVE_V37"

// aaveRig is a pool of the real code whose whole state is set by writing storage, and read back in the same way.
type aaveRig struct {
	t        testing.TB
	revision core.Revision
	evm      *EVM
	pool     common.Address
	provider common.Address
	assets   [aaveReserves]common.Address
	supplied [aaveReserves]common.Address // aTokens
	debts    [aaveReserves]common.Address
	stable   common.Address
	strategy common.Address // V37, one for all
	curves   map[core.Curve]common.Address
}

func (r *aaveRig) artifact(name string) Artifact {
	if r.revision == core.V30 {
		return Require(r.t, name)[0]
	}
	folder := os.Getenv(aaveV37)
	if folder == "" {
		r.t.Skipf("%s names no folder with the artefacts of Aave v3.7; the recorded vectors in lending/aave/core stand for them", aaveV37)
	}
	raw, err := os.ReadFile(filepath.Join(folder, name+".json"))
	require.NoError(r.t, err)
	artifact, err := Parse(name, raw)
	require.NoError(r.t, err)
	return artifact
}

func (r *aaveRig) deploy(artifact Artifact, args ...any) common.Address {
	code, err := artifact.Code(args...)
	require.NoError(r.t, err)
	address, err := r.evm.Deploy(aaveOwner, code)
	require.NoError(r.t, err, artifact.Name)
	return address
}

func newAaveRig(t testing.TB, revision core.Revision) *aaveRig {
	t.Helper()
	evm, err := NewEVM()
	require.NoError(t, err)
	r := &aaveRig{t: t, revision: revision, evm: evm, curves: map[core.Curve]common.Address{}}
	names := []string{"SupplyLogic", "BorrowLogic", "LiquidationLogic", "PoolLogic", "EModeLogic", "BridgeLogic", "FlashLoanLogic"}
	pool, aToken, debtToken := "Pool", "AToken", "VariableDebtToken"
	if revision == core.V37 {
		names = []string{"SupplyLogic", "BorrowLogic", "LiquidationLogic", "PoolLogic", "FlashLoanLogic"}
		pool, aToken, debtToken = "PoolInstance", "ATokenInstance", "VariableDebtTokenInstance"
	}
	mock := Require(t, "MockERC20", "PoolAddressesProvider")
	libraries := map[string]common.Address{}
	for _, name := range names {
		linked, err := r.artifact(name).Link(libraries)
		require.NoError(t, err)
		libraries[name] = r.deploy(linked)
	}
	r.provider = r.deploy(mock[1], "test", aaveOwner)
	for function, address := range map[string]common.Address{"setPriceOracle": aaveOracleAt, "setACLManager": aaveACLAt} {
		input, err := mock[1].ABI().Pack(function, address)
		require.NoError(t, err)
		_, err = evm.Send(aaveOwner, r.provider, input)
		require.NoError(t, err)
	}
	evm.SetCode(aaveOracleAt, common.FromHex("6004355460005260206000f3")) // answers with the slot that its argument names
	evm.SetCode(aaveACLAt, common.FromHex("600060005260206000f3"))        // answers no
	linked, err := r.artifact(pool).Link(libraries)
	require.NoError(t, err)
	if revision == core.V37 {
		r.strategy = r.deploy(r.artifact("DefaultReserveInterestRateStrategyV2"), r.provider)
		r.pool = r.deploy(linked, r.provider, r.strategy)
	} else {
		r.pool = r.deploy(linked, r.provider)
		r.stable = r.deploy(r.artifact("StableDebtToken"), r.pool)
	}
	for i := range aaveReserves {
		r.assets[i] = r.deploy(mock[0], fmt.Sprint("asset", i), fmt.Sprint("A", i), uint8(18))
		if revision == core.V37 {
			r.supplied[i] = r.deploy(r.artifact(aToken), r.pool, common.Address{}, aaveTreasury)
			r.debts[i] = r.deploy(r.artifact(debtToken), r.pool, common.Address{})
		} else {
			r.supplied[i] = r.deploy(r.artifact(aToken), r.pool)
			r.debts[i] = r.deploy(r.artifact(debtToken), r.pool)
			r.put(r.supplied[i], slotNumber(60), wordOf(aaveTreasury))
		}
		r.put(r.supplied[i], slotNumber(61), wordOf(r.assets[i]))
		r.put(r.debts[i], slotNumber(55), wordOf(r.assets[i]))
		for _, payer := range []common.Address{aaveUser, aaveLiquidator} {
			r.put(r.assets[i], slotOf(slotOf(slotNumber(4), payer), r.pool), ones())
		}
	}
	return r
}

// Storage.

func slotNumber(n uint64) common.Hash { return common.BigToHash(new(big.Int).SetUint64(n)) }

func wordOf(a common.Address) common.Hash { return common.BytesToHash(a[:]) }

func ones() (h common.Hash) {
	for i := range h {
		h[i] = 0xff
	}
	return h
}

// slotOf is the slot of a mapping's value; the mapping is at slot.
func slotOf(slot common.Hash, key common.Address) common.Hash {
	return crypto.Keccak256Hash(common.LeftPadBytes(key[:], 32), slot[:])
}

func slotOfNumber(slot common.Hash, key uint64) common.Hash {
	k := slotNumber(key)
	return crypto.Keccak256Hash(k[:], slot[:])
}

func after(slot common.Hash, n uint64) common.Hash {
	x := new(uint256.Int).SetBytes32(slot[:])
	return x.Add(x, uint256.NewInt(n)).Bytes32()
}

func (r *aaveRig) put(account common.Address, slot, value common.Hash) {
	r.evm.SetStorage(account, slot, value)
}

func (r *aaveRig) get(account common.Address, slot common.Hash) (x uint256.Int) {
	word := r.evm.Storage(account, slot)
	x.SetBytes32(word[:])
	return x
}

// packed joins fields, each at its bit.
func packed(fields ...struct {
	at    uint
	value uint256.Int
}) (word common.Hash) {
	var sum uint256.Int
	for _, f := range fields {
		var x uint256.Int
		sum.Or(&sum, x.Lsh(&f.value, f.at))
	}
	return sum.Bytes32()
}

type field = struct {
	at    uint
	value uint256.Int
}

func u(n uint64) uint256.Int { return *uint256.NewInt(n) }

// part returns the field of so many bits.
func part(word uint256.Int, at, width uint) uint256.Int {
	word.Rsh(&word, at)
	var mask uint256.Int
	mask.SubUint64(mask.Lsh(uint256.NewInt(1), width), 1)
	word.And(&word, &mask)
	return word
}

// market is the base slot of a reserve.
func (r *aaveRig) reserveSlot(i int) common.Hash { return slotOf(slotNumber(52), r.assets[i]) }

// store writes a state. Assets of listed reserves become the rig's.
func (r *aaveRig) store(s *core.State) {
	r.evm.SetTime(s.Market.Time)
	for i := range s.Market.Reserves {
		reserve := &s.Market.Reserves[i]
		if reserve.Asset == (common.Address{}) {
			r.put(r.pool, slotOfNumber(slotNumber(54), uint64(i)), common.Hash{})
			continue
		}
		reserve.Asset = r.assets[i]
		r.put(r.pool, slotOfNumber(slotNumber(54), uint64(i)), wordOf(r.assets[i]))
		base := r.reserveSlot(i)
		config, err := reserve.Config.Bits()
		require.NoError(r.t, err)
		r.put(r.pool, base, config.Bytes32())
		r.put(r.pool, after(base, 1), packed(field{0, reserve.LiquidityIndex}, field{128, reserve.LiquidityRate}))
		r.put(r.pool, after(base, 2), packed(field{0, reserve.DebtIndex}, field{128, reserve.DebtRate}))
		third := []field{{128, u(reserve.LastUpdate)}, {168, u(uint64(i))}}
		eighth := []field{{0, reserve.AccruedToTreasury}}
		if r.revision == core.V37 {
			third = append(third, field{0, reserve.Deficit}, field{184, u(reserve.GraceUntil)})
			eighth = append(eighth, field{128, reserve.Cash})
			r.put(r.strategy, slotOf(slotNumber(0), r.assets[i]), r.rateData(reserve.Curve))
		} else {
			eighth = append(eighth, field{128, reserve.Deficit})
			r.put(r.pool, after(base, 5), wordOf(r.stable))
			r.put(r.pool, after(base, 7), wordOf(r.strategyOf(reserve.Curve)))
			r.put(r.pool, after(base, 9), reserve.IsolatedDebt.Bytes32())
		}
		r.put(r.pool, after(base, 3), packed(third...))
		r.put(r.pool, after(base, 4), wordOf(r.supplied[i]))
		r.put(r.pool, after(base, 6), wordOf(r.debts[i]))
		r.put(r.pool, after(base, 8), packed(eighth...))
		balance := s.Account.Balance(i)
		r.put(r.supplied[i], slotNumber(54), reserve.ScaledSupply.Bytes32())
		r.put(r.debts[i], slotNumber(58), reserve.ScaledDebt.Bytes32())
		r.put(r.supplied[i], slotOf(slotNumber(52), aaveUser), packed(field{0, balance.Supplied}, field{128, reserve.LiquidityIndex}))
		r.put(r.debts[i], slotOf(slotNumber(56), aaveUser), packed(field{0, balance.Debt}, field{128, reserve.DebtIndex}))
		for _, other := range []common.Address{aaveLiquidator, aaveTreasury} {
			r.put(r.supplied[i], slotOf(slotNumber(52), other), common.Hash{})
		}
		r.put(r.assets[i], slotOf(slotNumber(3), r.supplied[i]), reserve.Cash.Bytes32())
		var purse uint256.Int
		purse.Lsh(uint256.NewInt(1), 250)
		for _, payer := range []common.Address{aaveUser, aaveLiquidator} {
			r.put(r.assets[i], slotOf(slotNumber(3), payer), purse.Bytes32())
		}
		r.put(aaveOracleAt, wordOf(r.assets[i]), reserve.Price.Bytes32())
	}
	r.put(r.pool, slotNumber(59), packed(field{64, u(uint64(len(s.Market.Reserves)))}))
	for _, e := range s.Market.EModes {
		base := slotOfNumber(slotNumber(55), uint64(e.ID))
		first := []field{{0, u(uint64(e.LTV))}, {16, u(uint64(e.LiquidationThreshold))}, {32, u(uint64(e.LiquidationBonus))}}
		if r.revision == core.V37 {
			if first = append(first, field{48, uint256.Int{e.Collateral[0], e.Collateral[1]}}); e.Isolated {
				first = append(first, field{176, u(1)})
			}
			r.put(r.pool, after(base, 2), packed(field{0, uint256.Int{e.Borrowable[0], e.Borrowable[1]}}, field{128, uint256.Int{e.ZeroLTV[0], e.ZeroLTV[1]}}))
		} else if e.HasPrice {
			var source uint256.Int
			source.SetBytes(aaveSourceAt[:])
			first = append(first, field{48, source})
			r.put(aaveOracleAt, wordOf(aaveSourceAt), e.Price.Bytes32())
		}
		r.put(r.pool, base, packed(first...))
	}
	config := uint256.Int(s.Account.Config)
	r.put(r.pool, slotOf(slotNumber(53), aaveUser), config.Bytes32())
	r.put(r.pool, slotOf(slotNumber(56), aaveUser), slotNumber(uint64(s.Account.EMode)))
	r.put(r.pool, slotOf(slotNumber(53), aaveLiquidator), common.Hash{})
}

func (r *aaveRig) rateData(c core.Curve) common.Hash {
	inBps := func(x uint256.Int) uint256.Int { return *new(uint256.Int).Div(&x, bpsRay) }
	return packed(field{0, inBps(c.Optimal)}, field{16, inBps(c.Base)}, field{48, inBps(c.Slope1)}, field{80, inBps(c.Slope2)})
}

// bpsRay is a basis point in ray.
var bpsRay = uint256.MustFromDecimal("100000000000000000000000")

func (r *aaveRig) strategyOf(c core.Curve) common.Address {
	if at, ok := r.curves[c]; ok {
		return at
	}
	zero := new(big.Int)
	ray := new(big.Int).Exp(big.NewInt(10), big.NewInt(27), nil)
	at := r.deploy(r.artifact("DefaultReserveInterestRateStrategy"), r.provider, c.Optimal.ToBig(), c.Base.ToBig(), c.Slope1.ToBig(), c.Slope2.ToBig(),
		zero, zero, zero, zero, ray)
	r.curves[c] = at
	return at
}

// fetch returns the state as the storage has it; what no action changes is taken from before.
func (r *aaveRig) fetch(before core.State) core.State {
	s := core.State{Market: before.Market, Account: core.Account{}}
	s.Market.Reserves = append([]core.Reserve(nil), before.Market.Reserves...)
	for i := range s.Market.Reserves {
		reserve := &s.Market.Reserves[i]
		if reserve.Asset == (common.Address{}) {
			continue
		}
		base := r.reserveSlot(i)
		word := func(n uint64) uint256.Int { return r.get(r.pool, after(base, n)) }
		reserve.LiquidityIndex, reserve.LiquidityRate = part(word(1), 0, 128), part(word(1), 128, 128)
		reserve.DebtIndex, reserve.DebtRate = part(word(2), 0, 128), part(word(2), 128, 128)
		at := part(word(3), 128, 40)
		reserve.LastUpdate = at.Uint64()
		reserve.AccruedToTreasury = part(word(8), 0, 128)
		if r.revision == core.V37 {
			reserve.Deficit, reserve.Cash = part(word(3), 0, 128), part(word(8), 128, 128)
		} else {
			reserve.Deficit, reserve.IsolatedDebt = part(word(8), 128, 128), part(word(9), 0, 128)
			reserve.Cash = r.get(r.assets[i], slotOf(slotNumber(3), r.supplied[i]))
		}
		reserve.ScaledSupply = r.get(r.supplied[i], slotNumber(54))
		reserve.ScaledDebt = r.get(r.debts[i], slotNumber(58))
		width := uint(128)
		if r.revision == core.V37 {
			width = 120
		}
		balance := core.Balance{Reserve: i, Supplied: part(r.get(r.supplied[i], slotOf(slotNumber(52), aaveUser)), 0, width),
			Debt: part(r.get(r.debts[i], slotOf(slotNumber(56), aaveUser)), 0, width)}
		s.Account.Balances = append(s.Account.Balances, balance)
	}
	s.Account.Config = core.UserConfig(r.get(r.pool, slotOf(slotNumber(53), aaveUser)))
	mode := part(r.get(r.pool, slotOf(slotNumber(56), aaveUser)), 0, 8)
	s.Account.EMode = uint8(mode.Uint64())
	return s
}
