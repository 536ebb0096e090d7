package bindbench

import (
	"math/big"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/abigen/fixture"
)

// word returns a word that ends with the given bytes.
func word(tail ...byte) []byte { return common.LeftPadBytes(tail, 32) }

func join(words ...[]byte) []byte {
	var out []byte
	for _, w := range words {
		out = append(out, w...)
	}
	return out
}

var (
	v2 = NewBench()

	// sixWords are six uint128 of up to 16 bytes.
	sixWords = join(word(0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), word(2), word(0x80, 0, 0, 0, 0, 0, 0, 0), word(4), word(0x66, 0, 0, 0), word(6))

	from, to = common.HexToAddress("0x00000000000000000000000000000000000000aa"), common.HexToAddress("0xf0000000000000000000000000000000000000bb")
	topics   = []common.Hash{{}, common.BytesToHash(from[:]), common.BytesToHash(to[:])}

	transferTopics = append([]common.Hash{fixture.HandTransferEvent{}.Item().Topic}, topics[1:]...)
	transferData   = word(0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0)
	transferLog    = &types.Log{Topics: transferTopics, Data: transferData}

	depositTopics = append([]common.Hash{fixture.HandDepositEvent{}.Item().Topic}, topics[1:]...)
	depositData   = join(word(1, 2, 3), word(9, 8, 7))
	depositLog    = &types.Log{Topics: depositTopics, Data: depositData}

	value    = uint256.MustFromDecimal("1250500000000000000000")
	valueBig = value.ToBig()
)

// The code of abigen v2 is what its generator makes of bench.json.
func TestV2IsCurrent(t *testing.T) {
	interfaceJSON, err := os.ReadFile("bench.json")
	require.NoError(t, err)
	want, err := abigen.BindV2([]string{"Bench"}, []string{string(interfaceJSON)}, []string{""}, "bindbench", nil, nil)
	require.NoError(t, err)
	have, err := os.ReadFile("bench_v2_test.go")
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run go generate in internal/devnet/bindbench")
}

// Both sides read and write the same.
func TestEqualResults(t *testing.T) {
	theirs, err := v2.UnpackMarket(sixWords)
	require.NoError(t, err)
	var ours fixture.HandMarketResult
	require.NoError(t, ours.Decode(sixWords))
	require.Equal(t, theirs, MarketOutput{ours.TotalSupplyAssets.ToBig(), ours.TotalSupplyShares.ToBig(), ours.TotalBorrowAssets.ToBig(),
		ours.TotalBorrowShares.ToBig(), ours.LastUpdate.ToBig(), ours.Fee.ToBig()})

	theirStruct, err := v2.UnpackMarketStruct(sixWords)
	require.NoError(t, err)
	ourStruct, err := fixture.HandMarketStruct{}.DecodeResult(sixWords)
	require.NoError(t, err)
	require.Equal(t, theirStruct, Market{ourStruct.TotalSupplyAssets.ToBig(), ourStruct.TotalSupplyShares.ToBig(), ourStruct.TotalBorrowAssets.ToBig(),
		ourStruct.TotalBorrowShares.ToBig(), ourStruct.LastUpdate.ToBig(), ourStruct.Fee.ToBig()})

	theirTransfer, err := v2.UnpackTransferEvent(transferLog)
	require.NoError(t, err)
	var transfer fixture.HandTransferEvent
	require.NoError(t, transfer.DecodeLog(transferTopics, transferData))
	require.Equal(t, fixture.HandTransferEvent{From: from, To: to, Value: *uint256.NewInt(1e18)}, transfer)
	require.Equal(t, []any{theirTransfer.From, theirTransfer.To, theirTransfer.Value}, []any{transfer.From, transfer.To, transfer.Value.ToBig()})

	theirDeposit, err := v2.UnpackDepositEvent(depositLog)
	require.NoError(t, err)
	var deposit fixture.HandDepositEvent
	require.NoError(t, deposit.DecodeLog(depositTopics, depositData))
	require.Equal(t, []any{theirDeposit.Sender, theirDeposit.Owner, theirDeposit.Assets, theirDeposit.Shares},
		[]any{deposit.Sender, deposit.Owner, deposit.Assets.ToBig(), deposit.Shares.ToBig()})

	theirCall, err := v2.TryPackTransfer(to, valueBig)
	require.NoError(t, err)
	ourCall, err := fixture.HandTransfer{To: to, Value: *value}.Encode()
	require.NoError(t, err)
	require.Equal(t, theirCall, ourCall)
}

// What made us write a codec: abigen v2 writes 2^256 as 0 and reads a uint128 that is none.
func TestV2IsLenient(t *testing.T) {
	data, err := v2.TryPackTransfer(to, new(big.Int).Lsh(big.NewInt(1), 256))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 32), data[36:])

	dirty := join(word(append([]byte{1}, make([]byte, 16)...)...), sixWords[32:])
	market, err := v2.UnpackMarket(dirty)
	require.NoError(t, err)
	require.Equal(t, 129, market.TotalSupplyAssets.BitLen())
	require.Error(t, new(fixture.HandMarketResult).Decode(dirty))
}

// pair is one job done by both.
type pair struct {
	name         string
	ours, theirs func() error
}

var pairs = []pair{
	{"DecodeSixWords",
		func() error { var r fixture.HandMarketResult; return r.Decode(sixWords) },
		func() error { _, err := v2.UnpackMarket(sixWords); return err }},
	{"DecodeSixWordStruct",
		func() error { _, err := fixture.HandMarketStruct{}.DecodeResult(sixWords); return err },
		func() error { _, err := v2.UnpackMarketStruct(sixWords); return err }},
	{"DecodeTransferLog",
		func() error { var e fixture.HandTransferEvent; return e.DecodeLog(transferTopics, transferData) },
		func() error { _, err := v2.UnpackTransferEvent(transferLog); return err }},
	{"DecodeDepositLog",
		func() error { var e fixture.HandDepositEvent; return e.DecodeLog(depositTopics, depositData) },
		func() error { _, err := v2.UnpackDepositEvent(depositLog); return err }},
	{"EncodeTransfer",
		func() error { _, err := fixture.HandTransfer{To: to, Value: *value}.Encode(); return err },
		func() error { _, err := v2.TryPackTransfer(to, valueBig); return err }},
}

func BenchmarkBindings(b *testing.B) {
	for _, p := range pairs {
		for _, side := range []struct {
			name string
			run  func() error
		}{{"ours", p.ours}, {"abigen-v2", p.theirs}} {
			b.Run(p.name+"/"+side.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := side.run(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
