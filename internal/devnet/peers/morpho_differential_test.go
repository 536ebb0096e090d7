package peers

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/lending/morpho/blue"
	"github.com/gaib-go/gaib/lending/morpho/contract"
)

var recordMorpho = flag.Bool("record-morpho", false, "write the vectors of package blue from the contracts' bytecode")

// The storage of Morpho and of its rate model.
const (
	slotFeeRecipient = 1
	slotPosition     = 2
	slotMarket       = 3
	slotRateAtTarget = 0
)

// morphoRig runs cases on the real contracts: it writes a state into their storage, calls, and reads the state back.
type morphoRig struct {
	t      testing.TB
	evm    *EVM
	morpho *Morpho
	user   common.Address // holds the position and sends
	fees   common.Address // gets the fee shares
}

func newMorphoRig(t testing.TB) *morphoRig {
	Require(t, MorphoContracts()...)
	e := newEVM(t)
	m, err := DeployMorpho(e, alice, MorphoConfig{})
	require.NoError(t, err)
	r := &morphoRig{t: t, evm: e, morpho: m, user: common.HexToAddress("0x05e4"), fees: common.HexToAddress("0xfee5")}
	plenty := new(big.Int).Lsh(big.NewInt(1), 254)
	require.NoError(t, m.Fund(r.user, plenty, plenty))
	for _, token := range []common.Address{m.Params.LoanToken, m.Params.CollateralToken} {
		_, err := m.at(e.Send, m.Token, alice, token, "mint", m.Address, plenty)
		require.NoError(t, err)
	}
	e.SetStorage(m.Address, morphoSlot(slotFeeRecipient), common.BytesToHash(r.fees[:]))
	return r
}

func morphoSlot(n uint64) common.Hash { return uint256.NewInt(n).Bytes32() }

func (r *morphoRig) params(c *morphoCase) contract.MorphoMarketParams {
	p := r.morpho.Params
	w := contract.MorphoMarketParams{LoanToken: p.LoanToken, CollateralToken: p.CollateralToken, Oracle: p.Oracle, Irm: p.Irm, Lltv: uint256.Int{uint64(c.market.LLTV)}}
	if c.market.Model == blue.NoInterest {
		w.Irm = common.Address{}
	}
	return w
}

// morphoMapped returns the slot of a mapping's value: keccak256(key, slot), offset words on.
func morphoMapped(key common.Hash, at common.Hash, offset uint64) common.Hash {
	z := new(uint256.Int).SetBytes(crypto.Keccak256(key[:], at[:]))
	return z.AddUint64(z, offset).Bytes32()
}

// morphoPacked returns two uint128 as one word.
func morphoPacked(low, high *uint256.Int) common.Hash {
	z := new(uint256.Int).Lsh(high, 128)
	return z.Or(z, low).Bytes32()
}

func morphoUnpacked(word common.Hash) (low, high uint256.Int) {
	low.SetBytes(word[16:])
	high.SetBytes(word[:16])
	return low, high
}

type morphoSlots struct {
	market   [3]common.Hash
	position [2]common.Hash
	fees     common.Hash
	rate     common.Hash
}

func (r *morphoRig) slots(id common.Hash) (s morphoSlots) {
	for i := range s.market {
		s.market[i] = morphoMapped(id, morphoSlot(slotMarket), uint64(i))
	}
	inner := morphoMapped(id, morphoSlot(slotPosition), 0)
	for i := range s.position {
		s.position[i] = morphoMapped(common.BytesToHash(r.user[:]), inner, uint64(i))
	}
	s.fees = morphoMapped(common.BytesToHash(r.fees[:]), inner, 0)
	s.rate = morphoMapped(id, morphoSlot(slotRateAtTarget), 0)
	return s
}

func (r *morphoRig) id(c *morphoCase) common.Hash {
	w := r.params(c)
	return blue.Params{LoanToken: w.LoanToken, CollateralToken: w.CollateralToken, Oracle: w.Oracle, IRM: w.Irm, LLTV: c.market.LLTV}.ID()
}

// set writes the state of a case.
func (r *morphoRig) set(c *morphoCase) {
	s := r.slots(r.id(c))
	e, at, irm := r.evm, r.morpho.Address, r.morpho.Params.Irm
	m := &c.market
	e.SetStorage(at, s.market[0], morphoPacked(&m.TotalSupplyAssets, &m.TotalSupplyShares))
	e.SetStorage(at, s.market[1], morphoPacked(&m.TotalBorrowAssets, &m.TotalBorrowShares))
	e.SetStorage(at, s.market[2], morphoPacked(uint256.NewInt(m.LastUpdate), uint256.NewInt(uint64(m.Fee))))
	e.SetStorage(at, s.position[0], c.position.SupplyShares.Bytes32())
	e.SetStorage(at, s.position[1], morphoPacked(&c.position.BorrowShares, &c.position.Collateral))
	e.SetStorage(at, s.fees, common.Hash{})
	e.SetStorage(irm, s.rate, uint256.NewInt(m.Rate).Bytes32())
	e.SetStorage(r.morpho.Params.Oracle, common.Hash{}, c.price.Bytes32())
	e.SetTime(c.now)
}

// run returns what the bytecode makes of a case, as predict does.
func (r *morphoRig) run(c *morphoCase) string {
	r.set(c)
	params, sender := r.params(c), r.user
	var call gaib.Function
	switch c.family {
	case "accrue":
		call = contract.MorphoAccrueInterest{MarketParams: params}
	case "supply":
		call = contract.MorphoSupply{MarketParams: params, Assets: c.a, Shares: c.b, OnBehalf: r.user}
	case "withdraw":
		call = contract.MorphoWithdraw{MarketParams: params, Assets: c.a, Shares: c.b, OnBehalf: r.user, Receiver: r.user}
	case "borrow":
		call = contract.MorphoBorrow{MarketParams: params, Assets: c.a, Shares: c.b, OnBehalf: r.user, Receiver: r.user}
	case "repay":
		call = contract.MorphoRepay{MarketParams: params, Assets: c.a, Shares: c.b, OnBehalf: r.user}
	case "supplyCollateral":
		call = contract.MorphoSupplyCollateral{MarketParams: params, Assets: c.a, OnBehalf: r.user}
	case "withdrawCollateral":
		call = contract.MorphoWithdrawCollateral{MarketParams: params, Assets: c.a, OnBehalf: r.user, Receiver: r.user}
	case "liquidateSeized", "liquidateRepaid":
		call = contract.MorphoLiquidate{MarketParams: params, Borrower: r.user, SeizedAssets: c.a, RepaidShares: c.b}
	case "setFee":
		call = contract.MorphoSetFee{MarketParams: params, NewFee: c.a}
		sender = alice
	}
	input, err := call.Encode()
	require.NoError(r.t, err)
	output, err := r.evm.Send(sender, r.morpho.Address, input)
	if err != nil {
		var revert *RevertError
		require.ErrorAs(r.t, err, &revert)
		return morphoFailure(gaib.DecodeRevert(revert.Data, blue.DecodeError))
	}
	return r.read(c, output)
}

// read returns the state after a case.
func (r *morphoRig) read(c *morphoCase, output []byte) string {
	s := r.slots(r.id(c))
	e, at, irm := r.evm, r.morpho.Address, r.morpho.Params.Irm
	var after blue.Market
	after.TotalSupplyAssets, after.TotalSupplyShares = morphoUnpacked(e.Storage(at, s.market[0]))
	after.TotalBorrowAssets, after.TotalBorrowShares = morphoUnpacked(e.Storage(at, s.market[1]))
	last, fee := morphoUnpacked(e.Storage(at, s.market[2]))
	after.LastUpdate = last.Uint64()
	after.Rate = new(uint256.Int).SetBytes(e.Storage(irm, s.rate).Bytes()).Uint64()
	var position blue.Position
	position.SupplyShares.SetBytes(e.Storage(at, s.position[0]).Bytes())
	position.BorrowShares, position.Collateral = morphoUnpacked(e.Storage(at, s.position[1]))
	feeShares := new(uint256.Int).SetBytes(e.Storage(at, s.fees).Bytes())
	var first, second uint256.Int
	if len(output) == 64 {
		first.SetBytes(output[:32])
		second.SetBytes(output[32:])
	}
	line := morphoState(&after, &position, feeShares, &first, &second)
	// The fee is a Ratio in morphoState; what the contract holds is compared as the word it is.
	return strings.Replace(line, fmt.Sprintf(" %d 0 %d", after.LastUpdate, after.Rate), fmt.Sprintf(" %d %s %d", after.LastUpdate, fee.Dec(), after.Rate), 1)
}

// Every operation on 50,000 random states, set in the storage of the real contracts, beside the prediction: results,
// reverts, the state after, the rate model's and the fee recipient's among it.
func TestMorphoDifferential(t *testing.T) {
	r := newMorphoRig(t)
	states := 50_000
	if testing.Short() {
		states = 1_000
	}
	random := newMorphoRandom(1)
	equal, reverted := map[string]int{}, map[string]map[string]int{}
	begin := time.Now()
	for range states {
		m, p, price, now := random.state()
		for _, family := range morphoFamilies {
			c := random.operation(family, m, p, price, now)
			want, got := r.run(&c), c.predict()
			if want != got {
				require.Equal(t, want, got, c.line())
			}
			if strings.HasPrefix(want, "ok") {
				equal[family]++
				continue
			}
			if reverted[family] == nil {
				reverted[family] = map[string]int{}
			}
			reverted[family][want]++
		}
	}
	for _, family := range morphoFamilies {
		failed := 0
		for _, n := range reverted[family] {
			failed += n
		}
		t.Logf("%-20s %d equal, %d both revert, 0 mismatches %v", family+":", equal[family], failed, reverted[family])
		require.Equal(t, states, equal[family]+failed)
		require.Greater(t, equal[family], states/10, "%s hardly ever succeeds, so little is compared", family)
	}
	t.Logf("%d whole-market states, %d operations, in %s", states, states*len(morphoFamilies), time.Since(begin).Round(time.Second))
}

// The recorder of package blue's vectors: at least 500 cases of each family, from the bytecode.
func TestRecordMorphoVectors(t *testing.T) {
	if !*recordMorpho {
		t.Skip("records only when it is asked to: -record-morpho")
	}
	r := newMorphoRig(t)
	for i, family := range morphoFamilies {
		random := newMorphoRandom(uint64(100 + i))
		var text bytes.Buffer
		for range 520 {
			m, p, price, now := random.state()
			c := random.operation(family, m, p, price, now)
			fmt.Fprintf(&text, "%s => %s\n", c.line(), r.run(&c))
		}
		writeMorphoVectors(t, "../../../lending/morpho/blue/testdata/"+family+".txt.gz", text.Bytes())
	}
}

func writeMorphoVectors(t *testing.T, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, errors.Join(err, w.Close()))
	require.NoError(t, os.WriteFile(name, zipped.Bytes(), 0o644))
}
