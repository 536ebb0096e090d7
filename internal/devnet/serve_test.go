package devnet

import (
	"context"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/stretchr/testify/require"
)

func serve(t *testing.T, chain *Chain) (url string, client *rpc.Client) {
	t.Helper()
	url, err := chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	client, err = rpc.DialContext(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return url, client
}

func TestServeHTTP(t *testing.T) {
	chain := newChain(t)
	_, client := serve(t, chain)
	call := func(result any, method string, args ...any) {
		t.Helper()
		require.NoError(t, client.CallContext(t.Context(), result, method, args...), method)
	}
	header := func() *types.Header {
		h := new(types.Header)
		call(h, "eth_getBlockByNumber", "latest", false)
		return h
	}
	who := chain.Accounts()

	var accounts []common.Address
	call(&accounts, "eth_accounts")
	require.Len(t, accounts, 8)
	require.Equal(t, who.Alice.Address, accounts[0])
	var syncing any
	call(&syncing, "eth_syncing")
	require.Equal(t, false, syncing)
	var version string
	call(&version, "web3_clientVersion")
	require.Equal(t, "gaib-devnet", version)
	var hash common.Hash
	call(&hash, "web3_sha3", "0x")
	require.Equal(t, common.HexToHash("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"), hash)

	// A transaction of an unlocked account, and of one that is not.
	start := header()
	call(&hash, "eth_sendTransaction", map[string]any{"from": who.Alice.Address, "to": who.Bob.Address, "value": "0x5"})
	var receipt *types.Receipt
	call(&receipt, "eth_getTransactionReceipt", hash)
	require.Equal(t, uint64(1), receipt.Status)
	require.Equal(t, uint64(21_000), receipt.GasUsed)
	require.Equal(t, start.Time+12, header().Time)
	err := client.CallContext(t.Context(), &hash, "eth_sendTransaction", map[string]any{"from": Addresses().AdminEOA, "to": who.Bob.Address})
	require.ErrorContains(t, err, "no key")
	require.ErrorContains(t, client.CallContext(t.Context(), &hash, "eth_sendTransaction", map[string]any{}), "no key")
	tx := transfer(t, chain, 1, 1e9)
	raw, err := tx.MarshalBinary()
	require.NoError(t, err)
	call(&receipt, "eth_sendRawTransactionSync", hexutil.Bytes(raw))
	require.Equal(t, tx.Hash(), receipt.TxHash)

	// Time.
	before := header().Time
	var sum hexutil.Uint64
	call(&sum, "evm_increaseTime", 100)
	call(&sum, "evm_increaseTime", "0x64")
	require.Equal(t, hexutil.Uint64(200), sum)
	call(nil, "evm_mine")
	require.Equal(t, before+212, header().Time)
	call(nil, "evm_setNextBlockTimestamp", before+1000)
	call(nil, "evm_mine")
	require.Equal(t, before+1000, header().Time)
	call(nil, "evm_mine", before+2000)
	require.Equal(t, before+2000, header().Time)
	call(nil, "evm_mine", map[string]any{"blocks": 3, "timestamp": before + 3000})
	require.Equal(t, before+3024, header().Time)
	for method, arg := range map[string]any{
		"evm_setNextBlockTimestamp": before, "evm_increaseTime": "0xffffffffffffffff",
		"evm_mine": map[string]any{"blocks": maxMine + 1}, "evm_revert": "x",
	} {
		require.Error(t, client.CallContext(t.Context(), nil, method, arg), method)
	}

	// Snapshots.
	var id hexutil.Uint64
	call(&id, "evm_snapshot")
	head := header().Hash()
	call(nil, "evm_mine")
	var ok bool
	call(&ok, "evm_revert", id)
	require.True(t, ok)
	require.Equal(t, head, header().Hash())
	call(&ok, "evm_revert", id)
	require.False(t, ok)

	// Automine off and on.
	call(&ok, "evm_setAutomine", false)
	call(&hash, "eth_sendTransaction", map[string]any{"from": who.Alice.Address, "to": who.Bob.Address, "value": "0x5"})
	receipt = nil
	call(&receipt, "eth_getTransactionReceipt", hash)
	require.Nil(t, receipt)
	call(nil, "evm_mine")
	call(&receipt, "eth_getTransactionReceipt", hash)
	require.NotNil(t, receipt)

	// Namespaces that steer the process are closed.
	for _, method := range []string{"admin_nodeInfo", "miner_setGasPrice", "admin_stopHTTP"} {
		require.ErrorContains(t, client.CallContext(t.Context(), nil, method), "does not exist", method)
	}
}

// The reads that an SDK leans on: traces, simulation, overrides, proofs, fee history, logs.
func TestNodeMethods(t *testing.T) {
	chain := newChain(t)
	g, who := contracts(t, chain), chain.Accounts()
	receipt := g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
	call := func(result any, method string, args ...any) {
		t.Helper()
		require.NoError(t, chain.Client().CallContext(t.Context(), result, method, args...), method)
	}
	message := map[string]any{"from": who.Alice.Address, "to": g.aid.addr, "input": hexutil.Bytes(g.aid.pack("transfer", who.Bob.Address, one))}

	var simulated []struct {
		Calls []struct {
			Status hexutil.Uint64 `json:"status"`
			Logs   []types.Log    `json:"logs"`
		} `json:"calls"`
	}
	call(&simulated, "eth_simulateV1", map[string]any{"blockStateCalls": []any{map[string]any{"calls": []any{message}}}}, "latest")
	require.Equal(t, hexutil.Uint64(1), simulated[0].Calls[0].Status)
	require.Equal(t, g.aid.abi.Events["Transfer"].ID, simulated[0].Calls[0].Logs[0].Topics[0])

	var trace struct {
		Type  string            `json:"type"`
		Calls []json.RawMessage `json:"calls"`
	}
	call(&trace, "debug_traceTransaction", receipt.TxHash, map[string]any{"tracer": "callTracer"})
	require.Equal(t, "CALL", trace.Type)
	require.Len(t, trace.Calls, 1, "the proxy's delegate call")
	call(&trace, "debug_traceCall", message, "latest", map[string]any{"tracer": "callTracer"})

	// Code by override at an address that has none: PUSH1 42 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN.
	var output hexutil.Bytes
	call(&output, "eth_call", map[string]any{"to": common.Address{9}}, "latest",
		map[string]any{common.Address{9}.Hex(): map[string]any{"code": "0x602a5f5260205ff3"}})
	require.Equal(t, big.NewInt(42), new(big.Int).SetBytes(output))

	var logs []types.Log
	call(&logs, "eth_getLogs", map[string]any{"fromBlock": "0x0", "address": g.aid.addr, "topics": []any{g.aid.abi.Events["Transfer"].ID}})
	require.Len(t, logs, 1)
	require.Equal(t, receipt.TxHash, logs[0].TxHash)
	var fees struct {
		BaseFeePerGas []*hexutil.Big `json:"baseFeePerGas"`
	}
	call(&fees, "eth_feeHistory", "0x2", "latest", []int{50})
	require.Len(t, fees.BaseFeePerGas, 3)
	var proof struct {
		CodeHash common.Hash `json:"codeHash"`
	}
	call(&proof, "eth_getProof", g.aid.addr, []string{}, "latest")
	require.NotZero(t, proof.CodeHash)
	var list map[string]any
	call(&list, "eth_createAccessList", message, "latest")
	require.NotEmpty(t, list["accessList"])
}

func TestServeWebSocket(t *testing.T) {
	chain := newChain(t)
	url, _ := serve(t, chain)
	client, err := rpc.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http"))
	require.NoError(t, err)
	defer client.Close()

	heads, logs := make(chan *types.Header, 8), make(chan types.Log, 8)
	sub, err := client.EthSubscribe(t.Context(), heads, "newHeads")
	require.NoError(t, err)
	defer sub.Unsubscribe()
	g, who := contracts(t, chain), chain.Accounts()
	logSub, err := client.EthSubscribe(t.Context(), logs, "logs", map[string]any{"address": g.aid.addr})
	require.NoError(t, err)
	defer logSub.Unsubscribe()

	receipt := g.aid.send(who.Alice, "transfer", who.Bob.Address, aidUnits(1))
	require.Equal(t, receipt.BlockHash, receive(t, heads).Hash())
	require.Equal(t, receipt.TxHash, receive(t, logs).TxHash)

	// A reorg takes the log back.
	require.NoError(t, chain.Fork(chain.Head().ParentHash))
	removed := receive(t, logs)
	require.True(t, removed.Removed)
	require.Equal(t, receipt.TxHash, removed.TxHash)
}

func receive[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(10 * time.Second):
		require.Fail(t, "nothing arrived")
	}
	return value
}

func TestServeLoopbackOnly(t *testing.T) {
	chain := newChain(t)
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.org:80", "nonsense"} {
		_, err := chain.Serve(t.Context(), addr)
		require.Error(t, err, addr)
	}
	url, _ := serve(t, chain)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for host, want := range map[string]int{"evil.example:1": http.StatusForbidden, "localhost:1": http.StatusOK, "[::1]": http.StatusOK} {
		r := request.Clone(t.Context())
		r.Host = host
		r.Body, err = request.GetBody()
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode, host)
	}
}

// A page of another site cannot open a WebSocket.
func TestServeOrigin(t *testing.T) {
	chain := newChain(t)
	url, _ := serve(t, chain)
	url = "ws" + strings.TrimPrefix(url, "http")
	_, err := rpc.DialWebsocket(t.Context(), url, "https://evil.example")
	require.Error(t, err)
	client, err := rpc.DialWebsocket(t.Context(), url, "http://localhost")
	require.NoError(t, err)
	client.Close()
}

// The end of the context closes the port.
func TestServeContext(t *testing.T) {
	chain := newChain(t)
	ctx, cancel := context.WithCancel(t.Context())
	url, err := chain.Serve(ctx, "localhost:0")
	require.NoError(t, err)
	client, err := rpc.DialContext(t.Context(), url)
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.CallContext(t.Context(), nil, "eth_chainId"))
	socket, err := rpc.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http"))
	require.NoError(t, err)
	defer socket.Close()
	sub, err := socket.EthSubscribe(t.Context(), make(chan *types.Header), "newHeads")
	require.NoError(t, err)
	cancel()
	require.Error(t, receive(t, sub.Err()), "the WebSocket is closed too")
	require.Eventually(t, func() bool {
		return client.CallContext(t.Context(), nil, "eth_chainId") != nil
	}, 10*time.Second, 10*time.Millisecond)
}
