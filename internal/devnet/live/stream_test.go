package live

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/aid"
	"github.com/gaib-go/gaib/internal/devnet"
	"github.com/gaib-go/gaib/internal/faultproxy"
	"github.com/gaib-go/gaib/internal/logscan"
	"github.com/gaib-go/gaib/said"
)

// The bloom is the one that go-ethereum makes.
func TestBloomIsGoEthereums(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	word := func() (h common.Hash) {
		for i := range h {
			h[i] = byte(random.Uint32())
		}
		return h
	}
	for range 200 {
		var have logscan.Bloom
		receipt := &types.Receipt{}
		for range random.IntN(20) {
			log := &types.Log{Address: common.BytesToAddress(word().Bytes())}
			for range random.IntN(5) {
				log.Topics = append(log.Topics, word())
			}
			receipt.Logs = append(receipt.Logs, log)
			have.Add(log.Address, log.Topics)
		}
		require.Equal(t, types.CreateBloom(receipt), types.Bloom(have))
		for _, log := range receipt.Logs {
			require.False(t, have.Excludes(logscan.Log{Address: log.Address, Topics: log.Topics}))
		}
	}
}

// TestSoakNode is the node of TestSoak, in a process of its own; it does nothing when run as a test.
func TestSoakNode(t *testing.T) {
	if os.Getenv("GAIB_SOAK_NODE") == "" {
		return
	}
	chain, err := devnet.New()
	require.NoError(t, err)
	defer chain.Close()
	url, err := chain.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	fmt.Printf("serving %s\n", url)
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent is gone
}

func startNode(t *testing.T) (url string) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestSoakNode$", "-test.timeout=0")
	command.Env = append(os.Environ(), "GAIB_SOAK_NODE=1")
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "serving "); ok {
			return url
		}
	}
	t.Fatal("the node did not start")
	return ""
}

// happened is one event that stands.
type happened struct {
	block uint64
	index uint64
	value uint64 // the low bits of its amount
}

func eventsOf(block gaib.BlockLogs) (events []happened) {
	for _, log := range block.Logs {
		one := happened{block: log.BlockNumber, index: log.Index}
		switch event := log.Event.(type) {
		case *gaib.ERC20TransferEvent:
			one.value = event.Value.Uint64()
		case *gaib.ERC4626DepositEvent:
			one.value = event.Shares.Uint64() + 1
		}
		events = append(events, one)
	}
	return events
}

// TestSoak follows a chain that grows and reorganises, over three nodes that fail all the time, with a consumer that is slow,
// stops and goes on from its cursor. In the end it must hold what a look without faults gives, and neither
// goroutines nor memory may have grown. GAIB_SOAK is how long; 15 seconds without it.
func TestSoak(t *testing.T) {
	length := 15 * time.Second
	if text := os.Getenv("GAIB_SOAK"); text != "" {
		var err error
		length, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	upstream := startNode(t)
	direct, err := rpc.DialContext(t.Context(), upstream)
	require.NoError(t, err)
	defer direct.Close()

	baseline := runtime.NumGoroutine()
	var faulty atomic.Bool
	faulty.Store(true)
	var random struct {
		sync.Mutex
		*rand.Rand
	}
	random.Rand = rand.New(rand.NewPCG(uint64(length), 17))
	roll := func(n int) int {
		random.Lock()
		defer random.Unlock()
		return random.IntN(n)
	}
	choose := func(method string) faultproxy.Fault {
		if !faulty.Load() || roll(8) != 0 {
			return faultproxy.None
		}
		return faultproxy.Fault(1 + roll(int(faultproxy.Faults)-1))
	}
	var nodes []gaib.Client
	var proxies []*faultproxy.Proxy
	var clients []*rpc.Client
	for i, scheme := range []string{"http", "http", "ws"} {
		proxy := faultproxy.New(upstream)
		proxy.Choose = choose
		client, err := rpc.DialContext(t.Context(), scheme+strings.TrimPrefix(proxy.URL(), "http"))
		for err != nil && i == 2 { // the handshake is spoilt at times too
			client, err = rpc.DialContext(t.Context(), scheme+strings.TrimPrefix(proxy.URL(), "http"))
		}
		require.NoError(t, err)
		proxies, clients, nodes = append(proxies, proxy), append(clients, client), append(nodes, client)
	}
	var faults, requests atomic.Int64
	failover := gaib.Failover(gaib.FailoverOptions{CheckEvery: time.Second, Rest: 50 * time.Millisecond, Timeout: 2 * time.Second}, nodes...)
	client := gaib.Observe(gaib.Retry(failover, gaib.RetryOptions{Base: 5 * time.Millisecond, Most: 100 * time.Millisecond}), func(_ context.Context, one gaib.Observation) {
		if requests.Add(1); one.Fault != gaib.NoFault {
			faults.Add(1)
		}
	})

	// What happens on the chain.
	deployment := gaib.Mainnet().AllowAssumed()
	token, vault := aid.NewToken(deployment), said.NewVault(deployment)
	chain := activity{t: t, node: direct, token: token, vault: vault, roll: roll}
	chain.prepare()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() {
		for ctx.Err() == nil {
			chain.step()
			time.Sleep(time.Duration(roll(60)) * time.Millisecond)
		}
	})

	// Reads at the head. AID only moves between Alice, Bob and the vault, so that their sum is that of no block when a read
	// mixes two.
	held := func(client gaib.Client) (string, error) {
		parts := []*gaib.Query[uint256.Int]{token.BalanceOf(chain.alice), token.BalanceOf(chain.bob), token.BalanceOf(vault.Address())}
		if _, err := gaib.Read(t.Context(), client, gaib.Latest, parts[0], parts[1], parts[2]); err != nil {
			return "", err
		}
		sum := plus(plus(parts[0].Value(), parts[1].Value()), parts[2].Value())
		return sum.Dec(), nil
	}
	constant, err := held(direct)
	require.NoError(t, err)
	reads, failed := 0, 0
	work.Go(func() {
		for ctx.Err() == nil {
			switch sum, err := held(client); {
			case err == nil && sum != constant:
				t.Errorf("a read gave a sum of %s, at every block it is %s", sum, constant)
			case err == nil:
				reads++
			case !gaib.Retryable(err):
				t.Errorf("a fault became final: %v", err)
			default:
				failed++
			}
			time.Sleep(30 * time.Millisecond)
		}
	})

	// The consumer.
	transfers, shares, deposits := token.Transfers(), vault.Transfers(), vault.Deposits()
	var stands []happened
	stored, undone, restarts, steps := "", 0, 0, 0
	var settled atomic.Pointer[gaib.Header]
	var heaps []uint64
	started, measured := time.Now(), time.Now()
	for done := false; !done; restarts++ {
		cursor, err := gaib.ParseCursor(stored)
		require.NoError(t, err)
		following, stop := context.WithCancel(t.Context())
		options := gaib.FollowOptions{Cursor: cursor, Poll: 20 * time.Millisecond, Window: 64, Timeout: 5 * time.Second, Patience: time.Minute, Progress: func(p gaib.FollowProgress) {
			stored = p.Cursor.String()
			if last := settled.Load(); last != nil && p.Cursor.Hash() == last.Hash {
				done = true
				stop()
			}
		}}
		for step, err := range gaib.Follow(following, client, options, transfers, shares, deposits) {
			if err != nil {
				require.True(t, done, "the stream ended: %v", err)
				break
			}
			steps++
			if step.Undo {
				undone++
				for len(stands) > 0 && stands[len(stands)-1].block == step.Number {
					stands = stands[:len(stands)-1]
				}
				require.True(t, len(stands) == 0 || stands[len(stands)-1].block < step.Number, "what is undone is the newest")
			} else {
				require.True(t, len(stands) == 0 || stands[len(stands)-1].block < step.Number, "block %d comes after %v", step.Number, stands)
				stands = append(stands, eventsOf(step.BlockLogs)...)
			}
			stored = step.Cursor.String()
			if roll(30) == 0 {
				time.Sleep(time.Duration(roll(300)) * time.Millisecond)
			}
			if time.Since(measured) > length/8 {
				measured = time.Now()
				runtime.GC()
				var stats runtime.MemStats
				runtime.ReadMemStats(&stats)
				heaps = append(heaps, stats.HeapAlloc)
			}
			if ctx.Err() != nil && settled.Load() == nil {
				work.Wait()
				chain.settle()
				last, err := gaib.Head(t.Context(), direct, gaib.Latest)
				require.NoError(t, err)
				settled.Store(&last)
			} else if settled.Load() == nil && roll(20) == 0 {
				break // and go on from the cursor
			}
		}
		stop()
	}
	took := time.Since(started)

	var want []happened
	for block, err := range gaib.Logs(t.Context(), direct, 0, gaib.Latest, transfers, shares, deposits) {
		require.NoError(t, err)
		want = append(want, eventsOf(block)...)
	}
	require.Equal(t, want, stands)

	var counts [faultproxy.Faults]int
	for i, proxy := range proxies {
		for fault, count := range proxy.Counts() {
			counts[fault] += count
		}
		clients[i].Close()
		proxy.Close()
	}
	t.Logf("%s: %d events stand, %d steps, %d blocks undone, %d restarts, %d reads and %d that failed; %d requests of which %d failed after retries; faults by kind %v; heap %v",
		took.Round(time.Second), len(stands), steps, undone, restarts, reads, failed, requests.Load(), faults.Load(), counts, heaps)
	for fault := faultproxy.Drop; fault < faultproxy.Faults; fault++ {
		require.Positive(t, counts[fault], "fault %d happened", fault)
	}
	require.Positive(t, undone)
	require.Positive(t, reads)
	require.Greater(t, restarts, 1)
	http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(15 * time.Second); runtime.NumGoroutine() > baseline && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond) // those that end by themselves
	}
	if runtime.NumGoroutine() > baseline {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d at the start:\n%s", runtime.NumGoroutine(), baseline, stacks[:runtime.Stack(stacks, true)])
	}
	if len(heaps) >= 4 {
		require.Less(t, heaps[len(heaps)-1], heaps[1]+16<<20, "the heap stays as it is")
	}
}

// activity makes things happen on a chain.
type activity struct {
	t          *testing.T
	node       *rpc.Client
	token      aid.Token
	vault      said.Vault
	roll       func(int) int
	alice, bob common.Address
	amount     uint64
}

func (a *activity) call(result any, method string, args ...any) {
	a.t.Helper()
	if err := a.node.CallContext(a.t.Context(), result, method, args...); err != nil {
		a.t.Errorf("%s: %v", method, err)
	}
}

func (a *activity) send(from common.Address, call gaib.Call) {
	a.t.Helper()
	if err := call.Err(); err != nil {
		a.t.Error(err)
		return
	}
	var hash common.Hash
	a.call(&hash, "eth_sendTransaction", map[string]any{"from": from, "to": call.To, "input": hexutil.Bytes(call.Data)})
}

func (a *activity) prepare() {
	var accounts []common.Address
	a.call(&accounts, "eth_accounts")
	a.alice, a.bob = accounts[0], accounts[1]
	a.send(a.alice, a.token.Approve(a.vault.Address(), pow2(255)))
}

func (a *activity) step() {
	switch a.roll(12) {
	case 0:
		a.reorganise()
	case 1:
		a.call(nil, "evm_mine", map[string]any{"blocks": 1 + a.roll(5)})
	case 2:
		a.send(a.alice, a.vault.Deposit(aidUnits(uint64(1+a.roll(3))), a.alice))
	default:
		a.transfer()
	}
}

func (a *activity) transfer() {
	a.amount++ // each is another one
	a.send(a.alice, a.token.Transfer(a.bob, u(a.amount)))
}

// reorganise goes back some blocks and takes another branch, a little longer or shorter.
func (a *activity) reorganise() {
	var id hexutil.Uint64
	a.call(&id, "evm_snapshot")
	for range 1 + a.roll(6) {
		a.transfer()
	}
	time.Sleep(time.Duration(a.roll(80)) * time.Millisecond)
	a.call(nil, "evm_revert", id)
	for range 1 + a.roll(7) {
		if a.roll(2) == 0 {
			a.transfer()
		} else {
			a.call(nil, "evm_mine")
		}
	}
}

// settle makes the last branch the longest there ever was.
func (a *activity) settle() {
	a.call(nil, "evm_mine", map[string]any{"blocks": 20})
}
