package peers

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/yield/pendle"
	"github.com/gaib-go/gaib/yield/pendle/contract"
)

var (
	pendleOwner  = common.HexToAddress("0x1000000000000000000000000000000000000001")
	pendleTrader = common.HexToAddress("0x2000000000000000000000000000000000000002")
)

// Where the contracts keep what the rig sets.
const (
	pendleSlotLPBalances, pendleSlotLPSupply  = 3, 5
	pendleSlotTotals, pendleSlotRate          = 8, 9 // of a market: totalPt | totalSy, lastLnImpliedRate | the ring's indices
	pendleSlotObservations                    = 10
	pendleSlotBalances                        = 0    // of SY, PT, YT and the vault
	pendleSlotVaultSupply                     = 2    //
	pendleSlotAssetBalances                   = 3    // of the mock token
	pendleSlotInterest, pendleSlotReserve     = 6, 7 // of the YT: by user, index | pendleAccrued; the SY it has
	pendleSlotIndex, pendleSlotAfterExpiry    = 8, 9 // of the YT: block | index, first index after maturity
	pendleEntered                             = 248  // where the reentrancy guard stands beside a supply
	pendleMarkets                             = 24
	pendleSecondsOfAYear, pendleMaxMaturities = 31_536_000, 3
)

// pendleRig is Pendle's real code, whose state is set by writing storage.
type pendleRig struct {
	t       testing.TB
	evm     *EVM
	p       *Pendle
	markets []pendleMarket
	reserve uint64
}

// pendleMarket is what a market cannot change.
type pendleMarket struct {
	at                      common.Address
	scalarRoot, anchor, fee *big.Int
}

func newPendleRig(t testing.TB) *pendleRig {
	Require(t, PendleContracts()...)
	evm, err := NewEVM()
	require.NoError(t, err)
	evm.SetTime(1_700_000_000)
	r := &pendleRig{t: t, evm: evm, reserve: 80}
	r.p, err = DeployPendle(evm, pendleOwner, PendleConfig{})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(7, 7))
	for i := range pendleMarkets {
		m := pendleMarket{
			scalarRoot: pendleLogUniform(random, 1e17, 500e18),
			anchor:     new(big.Int).Add(big.NewInt(1e18), big.NewInt(random.Int64N(1e18))),
			fee:        big.NewInt(random.Int64N(4e16)),
		}
		switch i { // the ends of what a factory takes
		case 0:
			m.scalarRoot, m.anchor, m.fee = big.NewInt(1), big.NewInt(1e18), big.NewInt(0)
		case 1:
			m.scalarRoot, m.fee = new(big.Int).Lsh(big.NewInt(1), 200), big.NewInt(48790164169432003)
		case 2:
			m.scalarRoot = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(1))
		}
		m.at, err = r.p.NewMarket(m.scalarRoot, m.anchor, m.fee)
		require.NoError(t, err)
		r.markets = append(r.markets, m)
		r.send(pendleTrader, m.at, r.p.TokenABI, "approve", r.p.Router, pendleMaxUint())
	}
	require.NoError(t, r.p.Fund(pendleTrader, new(big.Int).Lsh(big.NewInt(1), 130)))
	for _, token := range []common.Address{r.p.SY, r.p.PT, r.p.YT} {
		r.send(pendleTrader, token, r.p.TokenABI, "approve", r.p.Router, pendleMaxUint())
	}
	return r
}

func pendleMaxUint() *big.Int {
	return new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
}

// pendleLogUniform returns a number between low and high, each order of magnitude as likely as another.
func pendleLogUniform(random *rand.Rand, low, high float64) *big.Int {
	bits := new(big.Float).SetFloat64(low * math.Exp2(random.Float64()*math.Log2(high/low)))
	whole, _ := bits.Int(nil)
	return whole
}

func (r *pendleRig) send(from, to common.Address, contract abi.ABI, method string, args ...any) []any {
	r.t.Helper()
	input, err := contract.Pack(method, args...)
	require.NoError(r.t, err)
	output, err := r.evm.Send(from, to, input)
	require.NoError(r.t, err, method)
	values, err := contract.Unpack(method, output)
	require.NoError(r.t, err)
	return values
}

func pendleSlotOf(n int) common.Hash { return common.BigToHash(big.NewInt(int64(n))) }

func pendleSlotOfAccount(account common.Address, n int) common.Hash {
	slot := pendleSlotOf(n)
	return crypto.Keccak256Hash(common.LeftPadBytes(account[:], 32), slot[:])
}

// pendleWord returns the words side by side, the first lowest, each shifted by the sum of the widths before it.
func pendleWord(widthAndValue ...any) common.Hash {
	sum, shift := new(uint256.Int), uint(0)
	for i := 0; i < len(widthAndValue); i += 2 {
		value := widthAndValue[i+1].(uint256.Int)
		sum.Or(sum, new(uint256.Int).Lsh(&value, shift))
		shift += uint(widthAndValue[i].(int))
	}
	return sum.Bytes32()
}

// pendleUnpacked takes a field out of a word.
func pendleUnpacked(word common.Hash, shift, width uint) (x uint256.Int) {
	x.SetBytes32(word[:])
	x.Rsh(&x, shift)
	mask := new(uint256.Int).Lsh(uint256.NewInt(1), width)
	return *x.And(&x, mask.Sub(mask, uint256.NewInt(1)))
}

// pendleCase is one question to a market in one state.
type pendleCase struct {
	family string
	market int
	state  pendle.Market
	now    uint64
	args   []uint256.Int
}

// put writes the state of a case into the contracts.
func (r *pendleRig) put(c pendleCase) {
	m, plenty := r.markets[c.market], *new(uint256.Int).Lsh(uint256.NewInt(1), 129)
	if c.state.ReserveFeePercent != r.reserve {
		r.reserve = c.state.ReserveFeePercent
		r.send(pendleOwner, r.p.MarketFactory, r.p.Factory, "setTreasuryAndFeeReserve", r.p.Treasury, uint8(r.reserve))
	}
	r.evm.SetTime(c.now)
	word := func(x uint256.Int) common.Hash { return x.Bytes32() }
	r.evm.SetStorage(m.at, pendleSlotOf(pendleSlotTotals), pendleWord(128, c.state.TotalPT, 128, c.state.TotalSY))
	one := *uint256.NewInt(1)
	r.evm.SetStorage(m.at, pendleSlotOf(pendleSlotRate), pendleWord(96, c.state.LastLnImpliedRate, 16, uint256.Int{}, 16, one, 16, one))
	r.evm.SetStorage(m.at, pendleSlotOf(pendleSlotObservations), pendleWord(32, *uint256.NewInt(1_600_000_000), 216, uint256.Int{}, 8, one))
	r.evm.SetStorage(m.at, pendleSlotOf(pendleSlotLPSupply), pendleWord(pendleEntered, c.state.TotalLP, 8, one))
	r.evm.SetStorage(m.at, pendleSlotOfAccount(m.at, pendleSlotLPBalances), word(c.state.TotalLP))
	r.evm.SetStorage(m.at, pendleSlotOfAccount(pendleTrader, pendleSlotLPBalances), word(c.state.TotalLP))
	for _, token := range []common.Address{r.p.SY, r.p.PT} {
		for _, account := range []common.Address{m.at, pendleTrader} {
			r.evm.SetStorage(token, pendleSlotOfAccount(account, pendleSlotBalances), word(plenty))
		}
	}
	r.evm.SetStorage(r.p.YT, pendleSlotOfAccount(pendleTrader, pendleSlotBalances), word(plenty))
	// The trader's interest is up to date, so that none accrues on its endless YT.
	r.evm.SetStorage(r.p.YT, pendleSlotOfAccount(pendleTrader, pendleSlotInterest), pendleWord(128, pendleAccrued(c.state).PYIndex, 128, uint256.Int{}))
	r.evm.SetStorage(r.p.SY, pendleSlotOfAccount(r.p.YT, pendleSlotBalances), word(plenty))
	r.evm.SetStorage(r.p.YT, pendleSlotOf(pendleSlotReserve), word(plenty))
	r.evm.SetStorage(r.p.YT, pendleSlotOf(pendleSlotIndex), pendleWord(128, one, 128, c.state.PYIndex))
	r.evm.SetStorage(r.p.YT, pendleSlotOf(pendleSlotAfterExpiry), common.Hash{})
	// The SY's rate is the vault's assets over its shares.
	r.evm.SetStorage(r.p.Vault, pendleSlotOf(pendleSlotVaultSupply), word(*uint256.NewInt(1e18)))
	r.evm.SetStorage(r.p.Asset, pendleSlotOfAccount(r.p.Vault, pendleSlotAssetBalances), word(c.state.SYRate))
}

// after reads what a market stores.
func (r *pendleRig) after(market int) []uint256.Int {
	at := r.markets[market].at
	totals, rate, supply := r.evm.Storage(at, pendleSlotOf(pendleSlotTotals)), r.evm.Storage(at, pendleSlotOf(pendleSlotRate)), r.evm.Storage(at, pendleSlotOf(pendleSlotLPSupply))
	return []uint256.Int{pendleUnpacked(totals, 0, 128), pendleUnpacked(totals, 128, 128), pendleUnpacked(supply, 0, pendleEntered), pendleUnpacked(rate, 0, 96)}
}

func (r *pendleRig) balance(token, account common.Address) (x uint256.Int) {
	word := r.evm.Storage(token, pendleSlotOfAccount(account, pendleSlotBalances))
	return *x.SetBytes32(word[:])
}

// pendleGuessOf returns the guess in a case's arguments from the second on.
func pendleGuessOf(args []uint256.Int) pendle.Guess {
	return pendle.Guess{GuessOffchain: args[1], GuessMin: args[2], GuessMax: args[3], MaxIteration: args[4], Eps: args[5]}
}

// pendleRingOf makes a ring of a case's arguments: duration, index, cardinality, the next one, then time and sum of each slot.
func pendleRingOf(args []uint256.Int) pendle.Observations {
	o := pendle.Observations{
		Index: uint16(args[1].Uint64()), Cardinality: uint16(args[2].Uint64()), CardinalityNext: uint16(args[3].Uint64()),
	}
	for i := 4; i < len(args); i += 2 {
		time := uint32(args[i].Uint64())
		o.Ring = append(o.Ring, pendle.Observation{Time: time, Cumulative: args[i+1], Initialized: time > 1})
	}
	return o
}

type pendleApproxParams struct{ GuessMin, GuessMax, GuessOffchain, MaxIteration, Eps *big.Int }

func pendleRouterGuess(args []uint256.Int) pendleApproxParams {
	return pendleApproxParams{args[2].ToBig(), args[3].ToBig(), args[1].ToBig(), args[4].ToBig(), args[5].ToBig()}
}

// ask puts the case to the contracts: the answers and the market's state afterwards, or what it reverted with.
func (r *pendleRig) ask(c pendleCase) (out []uint256.Int, revert *RevertError) {
	r.put(c)
	at, p := r.markets[c.market].at, r.p
	arg := func(i int) *big.Int { return c.args[i].ToBig() }
	call := func(to common.Address, contract abi.ABI, method string, args ...any) []any {
		input, err := contract.Pack(method, args...)
		require.NoError(r.t, err)
		output, err := r.evm.Send(pendleTrader, to, input)
		if err != nil {
			require.ErrorAs(r.t, err, &revert)
			return nil
		}
		values, err := contract.Unpack(method, output)
		require.NoError(r.t, err)
		return values
	}
	take := func(values []any, indices ...int) {
		for _, i := range indices {
			if values != nil {
				out = append(out, *uint256.MustFromBig(values[i].(*big.Int)))
			}
		}
	}
	limit := pendleEmptyLimit()
	ytBefore := r.balance(p.YT, pendleTrader)
	reserved := func() {
		if revert == nil {
			out = append(out, r.swapEvent("netSyToReserve"))
		}
	}
	switch c.family {
	case "sell":
		take(call(at, p.Market, "swapExactPtForSy", pendleTrader, arg(0), []byte{}), 0, 1)
		reserved()
	case "buy":
		take(call(at, p.Market, "swapSyForExactPt", pendleTrader, arg(0), []byte{}), 0, 1)
		reserved()
	case "add":
		take(call(at, p.Market, "mint", pendleOwner, arg(0), arg(1)), 0, 1, 2)
	case "remove":
		take(call(at, p.Market, "burn", pendleTrader, pendleTrader, arg(0)), 0, 1)
	case "sy-for-pt":
		take(call(p.Router, p.RouterABI, "swapExactSyForPt", pendleTrader, at, arg(0), new(big.Int), pendleRouterGuess(c.args), limit), 0, 1)
	case "sy-for-yt":
		take(call(p.Router, p.RouterABI, "swapExactSyForYt", pendleTrader, at, arg(0), new(big.Int), pendleRouterGuess(c.args), limit), 0, 1)
		if revert == nil {
			yt := r.balance(p.YT, pendleTrader)
			out = append(out, *yt.Sub(&yt, &ytBefore))
		}
	case "yt-for-sy":
		take(call(p.Router, p.RouterABI, "swapExactYtForSy", pendleTrader, at, arg(0), new(big.Int), limit), 0, 1)
	case "add-single":
		take(call(p.Router, p.RouterABI, "addLiquiditySingleSy", pendleOwner, at, arg(0), new(big.Int), pendleRouterGuess(c.args), limit), 0, 1)
	case "remove-single":
		take(call(p.Router, p.RouterABI, "removeLiquiditySingleSy", pendleTrader, at, arg(0), new(big.Int), limit), 0, 1)
	case "mint-py":
		take(call(p.Router, p.RouterABI, "mintPyFromSy", pendleTrader, p.YT, arg(0), new(big.Int)), 0)
	case "redeem-py":
		r.evm.SetStorage(p.YT, pendleSlotOf(pendleSlotAfterExpiry), pendleWord(128, c.args[1], 128, uint256.Int{}))
		take(call(p.Router, p.RouterABI, "redeemPyToSy", pendleTrader, p.YT, arg(0), new(big.Int)), 0)
		if revert == nil {
			out = append(out, pendleUnpacked(r.evm.Storage(p.YT, pendleSlotOf(pendleSlotAfterExpiry)), 128, 128))
		}
	case "interest":
		r.evm.SetStorage(p.YT, pendleSlotOfAccount(pendleTrader, pendleSlotBalances), c.args[2].Bytes32())
		r.evm.SetStorage(p.YT, pendleSlotOfAccount(pendleTrader, pendleSlotInterest), pendleWord(128, c.args[0], 128, c.args[1]))
		take(call(p.YT, p.Yield, "redeemDueInterestAndRewards", pendleTrader, true, false), 0)
	case "observe":
		ring := pendleRingOf(c.args)
		index, size, next := uint256.NewInt(uint64(ring.Index)), uint256.NewInt(uint64(ring.Cardinality)), uint256.NewInt(uint64(ring.CardinalityNext))
		r.evm.SetStorage(at, pendleSlotOf(pendleSlotRate), pendleWord(96, c.state.LastLnImpliedRate, 16, *index, 16, *size, 16, *next))
		for i, o := range ring.Ring {
			initialised := uint256.Int{}
			if o.Initialized {
				initialised.SetOne()
			}
			r.evm.SetStorage(at, pendleSlotOf(pendleSlotObservations+i), pendleWord(32, *uint256.NewInt(uint64(o.Time)), 216, o.Cumulative, 8, initialised))
		}
		if sums := call(at, p.Market, "observe", []uint32{uint32(c.args[0].Uint64())}); sums != nil {
			out = append(out, *uint256.MustFromBig(sums[0].([]*big.Int)[0]))
			take(call(p.Oracle, p.OracleABI, "getPtToAssetRate", at, uint32(c.args[0].Uint64())), 0)
		}
		if revert == nil {
			take(call(p.Oracle, p.OracleABI, "getLpToAssetRate", at, uint32(c.args[0].Uint64())), 0)
		}
		if revert == nil {
			call(at, p.Market, "burn", pendleTrader, pendleTrader, new(big.Int).Rsh(c.state.TotalLP.ToBig(), 1))
		}
		if revert == nil {
			word := r.evm.Storage(at, pendleSlotOf(pendleSlotRate))
			newest := pendleUnpacked(word, 96, 16)
			entry := r.evm.Storage(at, pendleSlotOf(pendleSlotObservations+int(newest.Uint64())))
			return append(out, newest, pendleUnpacked(word, 112, 16), pendleUnpacked(word, 128, 16), pendleUnpacked(entry, 0, 32), pendleUnpacked(entry, 32, 216)), nil
		}
	case "rates":
		for _, name := range []string{"getPtToAssetRate", "getYtToAssetRate", "getLpToAssetRate", "getPtToSyRate", "getYtToSyRate", "getLpToSyRate"} {
			if revert == nil {
				take(call(p.Oracle, p.OracleABI, name, at, uint32(0)), 0)
			}
		}
	default:
		r.t.Fatalf("no family %q", c.family)
	}
	if revert != nil {
		return nil, revert
	}
	return append(out, r.after(c.market)...), nil
}

// swapEvent returns a field of the market's Swap event.
func (r *pendleRig) swapEvent(field string) uint256.Int {
	event := r.p.Market.Events["Swap"]
	for _, log := range r.evm.Logs() {
		if log.Topics[0] == event.ID {
			values := make(map[string]any)
			require.NoError(r.t, event.Inputs.NonIndexed().UnpackIntoMap(values, log.Data))
			return *uint256.MustFromBig(values[field].(*big.Int))
		}
	}
	r.t.Fatal("no Swap event")
	return uint256.Int{}
}

// pendleEvaluate puts the case to this library.
func pendleEvaluate(c pendleCase, anchor uint256.Int) ([]uint256.Int, error) {
	m := c.state
	if err := m.Accrue(m.SYRate); err != nil {
		return nil, err
	}
	var out []uint256.Int
	var err error
	trade := func(t pendle.Trade, failed error) { out, err = []uint256.Int{t.SY, t.Fee, t.Reserve}, failed }
	switch c.family {
	case "sell":
		trade(m.SwapExactPTForSY(c.args[0], c.now))
	case "buy":
		trade(m.SwapSYForExactPT(c.args[0], c.now))
	case "add":
		var l pendle.Liquidity
		l, err = m.AddLiquidity(c.args[0], c.args[1], anchor, c.now)
		out = []uint256.Int{l.LP, l.SY, l.PT}
	case "remove":
		var l pendle.Liquidity
		l, err = m.RemoveLiquidity(c.args[0])
		out = []uint256.Int{l.SY, l.PT}
	case "sy-for-pt":
		var t pendle.Trade
		t, err = m.SwapExactSYForPT(c.args[0], pendleGuessOf(c.args), c.now)
		out = []uint256.Int{t.PT, t.Fee}
	case "sy-for-yt":
		var t pendle.Trade
		var yt uint256.Int
		yt, t, err = m.SwapExactSYForYT(c.args[0], pendleGuessOf(c.args), c.now)
		out = []uint256.Int{t.PT, t.Fee, yt}
	case "yt-for-sy":
		var t pendle.Trade
		var sy uint256.Int
		sy, t, err = m.SwapExactYTForSY(c.args[0], c.now)
		out = []uint256.Int{sy, t.Fee}
	case "add-single":
		var l pendle.Liquidity
		var t pendle.Trade
		l, t, err = m.AddLiquiditySingleSY(c.args[0], pendleGuessOf(c.args), c.now)
		out = []uint256.Int{l.LP, t.Fee}
	case "remove-single":
		var t pendle.Trade
		var sy uint256.Int
		sy, t, err = m.RemoveLiquiditySingleSY(c.args[0], c.now)
		out = []uint256.Int{sy, t.Fee}
	case "mint-py":
		var py uint256.Int
		py, err = m.MintPY(c.args[0], c.now)
		out = []uint256.Int{py}
	case "redeem-py":
		var sy, interest uint256.Int
		if sy, err = m.RedeemPY(c.args[0]); err == nil && m.Expired(c.now) {
			interest, err = m.TreasuryInterest(c.args[0], c.args[1])
		}
		out = []uint256.Int{sy, interest}
	case "interest":
		interest := pendle.Interest{Index: c.args[0], Accrued: c.args[1]}
		var net uint256.Int
		if err = interest.Accrue(c.args[2], m.PYIndex); err == nil {
			net, _, err = interest.Redeem(*uint256.NewInt(3e16))
		}
		out = []uint256.Int{net}
	case "observe":
		ring, duration := pendleRingOf(c.args), uint32(c.args[0].Uint64())
		var sum, rate, price uint256.Int
		if sum, err = ring.Cumulative(uint32(c.now), duration, m.LastLnImpliedRate); err != nil {
			return nil, err
		}
		if rate, err = ring.LnImpliedRate(uint32(c.now), duration, m.LastLnImpliedRate); err != nil {
			return nil, err
		}
		if price, err = m.PTToAsset(rate, c.now); err != nil {
			return nil, err
		}
		var rates pendle.Rates
		if rates, err = m.Rates(rate, c.now); err != nil {
			return nil, err
		}
		if err = ring.Write(uint32(c.now), m.LastLnImpliedRate); err != nil {
			return nil, err
		}
		newest, number := ring.Ring[ring.Index], func(n uint64) uint256.Int { return *uint256.NewInt(n) }
		return []uint256.Int{
			sum, price, rates.LPToAsset, number(uint64(ring.Index)), number(uint64(ring.Cardinality)), number(uint64(ring.CardinalityNext)),
			number(uint64(newest.Time)), newest.Cumulative,
		}, nil
	case "rates":
		var p pendle.Rates
		p, err = m.Rates(m.LastLnImpliedRate, c.now)
		out = []uint256.Int{p.PTToAsset, p.YTToAsset, p.LPToAsset, p.PTToSY, p.YTToSY, p.LPToSY}
	}
	if err != nil {
		if m != pendleAccrued(c.state) {
			return nil, fmt.Errorf("the market was changed by a call that failed: %w", err)
		}
		return nil, err
	}
	return slices.Concat(out, []uint256.Int{m.TotalPT, m.TotalSY, m.TotalLP, m.LastLnImpliedRate}), nil
}

func pendleAccrued(m pendle.Market) pendle.Market {
	if m.PYIndex.Lt(&m.SYRate) {
		m.PYIndex = m.SYRate
	}
	return m
}

// pendleReasonOf is the typed error of revert data; a require without a text has none.
func pendleReasonOf(data []byte) error {
	if len(data) == 0 {
		return &gaib.RevertError{}
	}
	return gaib.DecodeRevert(data, contract.DecodeRevertError).Reason
}
