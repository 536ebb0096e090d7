package logscan

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib/internal/node"
)

// reflected is a log as encoding/json reads it.
type reflected struct {
	Address     *common.Address `json:"address"`
	Topics      []common.Hash   `json:"topics"`
	Data        hexutil.Bytes   `json:"data"`
	BlockNumber *hexutil.Uint64 `json:"blockNumber"`
	BlockHash   *common.Hash    `json:"blockHash"`
	BlockTime   hexutil.Uint64  `json:"blockTimestamp"`
	TxHash      common.Hash     `json:"transactionHash"`
	TxIndex     hexutil.Uint64  `json:"transactionIndex"`
	Index       hexutil.Uint64  `json:"logIndex"`
	Removed     bool            `json:"removed"`
}

func (r reflected) log() Log {
	return Log{Address: *r.Address, Topics: r.Topics, Data: r.Data, BlockNumber: uint64(*r.BlockNumber), BlockHash: *r.BlockHash,
		BlockTime: uint64(r.BlockTime), TxHash: r.TxHash, TxIndex: uint64(r.TxIndex), Index: uint64(r.Index)}
}

func randomLog(random *rand.Rand) reflected {
	word := func() (h common.Hash) {
		for i := range h {
			h[i] = byte(random.Uint32())
		}
		return h
	}
	address, hash, number := common.BytesToAddress(word().Bytes()), word(), hexutil.Uint64(random.Uint64()>>random.UintN(64))
	log := reflected{Address: &address, Topics: []common.Hash{}, Data: make([]byte, random.IntN(100)), BlockNumber: &number, BlockHash: &hash,
		BlockTime: hexutil.Uint64(random.Uint32()), TxHash: word(), TxIndex: hexutil.Uint64(random.Uint32()), Index: hexutil.Uint64(random.Uint32())}
	for range random.IntN(5) {
		log.Topics = append(log.Topics, word())
	}
	for i := range log.Data {
		log.Data[i] = byte(random.Uint32())
	}
	return log
}

// What encoding/json reads of a log is what is read here.
func TestWireAgainstReflection(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		logs := make([]reflected, random.IntN(20))
		for i := range logs {
			logs[i] = randomLog(random)
		}
		text, err := json.Marshal(logs)
		require.NoError(t, err)
		if random.IntN(2) == 0 {
			text, err = json.MarshalIndent(logs, "\t", "  ")
			require.NoError(t, err)
		}
		var wire wireLogs
		require.NoError(t, json.Unmarshal(text, &wire))
		require.True(t, wire.present)
		require.Len(t, wire.logs, len(logs))
		for i := range logs {
			want := logs[i].log()
			if len(want.Topics) == 0 {
				want.Topics = nil
			}
			require.Equal(t, want, wire.logs[i])
		}
	}
}

const (
	hash32 = "0x" + "ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01"
	least  = `"address":"0x18f52b3fb465118731d9e0d276d4eb3599d57596","blockNumber":"0x5","blockHash":"` + hash32 + `"`
)

func TestWireForms(t *testing.T) {
	for _, text := range []string{
		`[{` + least + `}]`, " [ {" + least + ` , "removed" : false , "extra" : {"a":[1,"}]",{"b":null}],"c":"\"\\"} } ] `,
		`[{"topics":null,"data":null,"logIndex":null,"transactionHash":null,"removed":null,"blockTimestamp":null,` + least + `}]`,
		`[{"blockTimestamp":1700000000,` + least + `}]`, `[{"blockTimestamp":"1700000000",` + least + `}]`, `[{"data":"0x",` + least + `}]`,
	} {
		var wire wireLogs
		require.NoError(t, wire.UnmarshalJSON([]byte(text)), text)
		require.Len(t, wire.logs, 1)
		require.Equal(t, uint64(5), wire.logs[0].BlockNumber)
		require.Zero(t, wire.logs[0].BlockTime)
	}
	for _, text := range []string{
		``, `{}`, `7`, `"x"`, `[`, `[{`, `[{}]`, `[null]`, `[{` + least, `[{` + least + `}`, `[{` + least + `}]]`, `[{` + least + `}{` + least + `}]`, `[{` + least + `},]`, `[,{` + least + `}]`,
		`[{` + least + `,}]`, `[{"removed":true,` + least + `}]`, `[{"removed":1,` + least + `}]`, `[{"topics":[` + "1" + `],` + least + `}]`, `[{"topics":["` + hash32 + `"` + `,],` + least + `}]`,
		`[{"topics":["` + hash32 + `","` + hash32 + `","` + hash32 + `","` + hash32 + `","` + hash32 + `"],` + least + `}]`, `[{"data":"0x0",` + least + `}]`, `[{"data":"00",` + least + `}]`, `[{"data":7,` + least + `}]`,
		`[{"logIndex":"0x",` + least + `}]`, `[{"logIndex":"0x10000000000000000",` + least + `}]`, `[{"logIndex":"0xg",` + least + `}]`, `[{"logIndex":7,` + least + `}]`, `[{"transactionHash":"0x01",` + least + `}]`,
		`[{"address":null,"blockNumber":"0x5","blockHash":"` + hash32 + `"}]`, `[{"address":"0x18f52b3fb465118731d9e0d276d4eb3599d57596","blockNumber":null,"blockHash":"` + hash32 + `"}]`,
		`[{"address":"0x18f52b3fb465118731d9e0d276d4eb3599d57596","blockNumber":"0x5","blockHash":null}]`, `[{"x":,` + least + `}]`, `[{"x" 1,` + least + `}]`, `[{"x":"\`,
	} {
		var wire wireLogs
		require.ErrorIs(t, wire.UnmarshalJSON([]byte(text)), node.ErrBadAnswer, text)
	}
	var wire wireLogs
	require.NoError(t, wire.UnmarshalJSON([]byte("null")))
	require.False(t, wire.present)
}

// Whatever the bytes are, reading them ends without a panic; and what encoding/json takes as logs is read alike.
func FuzzWire(f *testing.F) {
	f.Add([]byte(`[{` + least + `,"topics":["` + hash32 + `"],"data":"0x01","logIndex":"0x2"}]`))
	f.Add([]byte(`[{"x":{"y":[1,2,"\""]},` + least + `}]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var wire wireLogs
		if err := wire.UnmarshalJSON(data); err != nil {
			require.ErrorIs(t, err, node.ErrBadAnswer)
			return
		}
		var plain []reflected
		if !json.Valid(data) || json.Unmarshal(data, &plain) != nil {
			return // less strict here about what is passed over
		}
		require.Len(t, wire.logs, len(plain))
	})
}

func BenchmarkWire(b *testing.B) {
	random := rand.New(rand.NewPCG(3, 4))
	logs := make([]reflected, 1000)
	for i := range logs {
		logs[i] = randomLog(random)
	}
	text, err := json.Marshal(logs)
	require.NoError(b, err)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var wire wireLogs
		if err := wire.UnmarshalJSON(text); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "logs/s")
}

func TestWireAllocations(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	logs := make([]reflected, 100)
	for i := range logs {
		logs[i] = randomLog(random)
	}
	text, err := json.Marshal(logs)
	require.NoError(t, err)
	require.LessOrEqual(t, testing.AllocsPerRun(20, func() {
		var wire wireLogs
		if wire.UnmarshalJSON(text) != nil {
			t.Fail()
		}
	}), 210.0, "topics and data of each, and the slice of them")
}

func TestBloom(t *testing.T) {
	var bloom Bloom
	address, topic := common.HexToAddress("0x01"), common.HexToHash("0x02")
	bloom.Add(address, []common.Hash{topic})
	require.False(t, bloom.Excludes(Log{Address: address, Topics: []common.Hash{topic}}))
	require.True(t, bloom.Excludes(Log{Address: common.HexToAddress("0x03"), Topics: []common.Hash{topic}}))
	require.True(t, bloom.Excludes(Log{Address: address, Topics: []common.Hash{{9}}}))
	filter := Filter{Addresses: []common.Address{{7}, address}, Topics: [][]common.Hash{nil, {topic, {8}}}}.Blooms()
	require.True(t, filter.MayMatch(&bloom))
	require.False(t, filter.MayMatch(&Bloom{}))
	require.False(t, Filter{Addresses: []common.Address{address}, Topics: [][]common.Hash{{{9}}}}.Blooms().MayMatch(&bloom))
	require.True(t, Filter{}.Blooms().MayMatch(&Bloom{}))
}
