package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/devnet"
)

func TestDemo(t *testing.T) {
	want, err := os.ReadFile("testdata/portfolio.txt")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out))
	require.Equal(t, string(want), out.String())
}

// client counts requests, and fails from one on.
type client struct {
	gaib.Client
	asked atomic.Int32
	fault error
}

func (c *client) CallContext(ctx context.Context, result any, method string, args ...any) error {
	c.asked.Add(1)
	if c.fault != nil {
		return c.fault
	}
	return c.Client.CallContext(ctx, result, method, args...)
}

// A chain whose node is down leaves the others as they are, and nothing assumed is read unasked.
func TestOneChainDown(t *testing.T) {
	node, err := devnet.New()
	require.NoError(t, err)
	defer node.Close()
	away, known := gaib.On(8453)
	require.True(t, known)
	up, down := &client{Client: node.Client()}, &client{fault: errors.New("connection refused")}
	var out bytes.Buffer
	whale := node.Accounts().Whale.Address
	require.NoError(t, show(t.Context(), &out, []*chain{
		{deployment: away, client: down},
		{deployment: standing(gaib.Mainnet()), client: up},
	}, []common.Address{whale}))
	require.EqualValues(t, 1, up.asked.Load(), "one request per chain")
	require.Contains(t, out.String(), "Base could not be read: ")
	require.Contains(t, out.String(), "connection refused")
	require.Contains(t, out.String(), "    1,000,000 sAID, worth 1,055,148.472560343645 AID to enter, 1055148.472560343645 to leave\n")
	require.Contains(t, out.String(), "GAIB vested, to be claimed: Vesting 0x8238884Ec9668Ef77B90C6dfF4D1a9F4F4823BFe: claimable(address): this call is only assumed")
	require.Contains(t, out.String(), whale.Hex()+" has 2,055,148.472560343645 AID, all unstaked and at the present Unstaking NAV, without Base\n")
	require.Contains(t, out.String(), "0 bridged, without Base\n")
}

func TestArguments(t *testing.T) {
	whale := "0xdea644e514c23b9dF0873e848503f3098F35a6a4"
	for want, args := range map[string][]string{
		"not an address":                {"-accounts", "0x12", "1=http://127.0.0.1:1"},
		"no chains":                     {"-accounts", whale},
		"is not CHAINID=URL":            {"-accounts", whale, "http://127.0.0.1:1"},
		"nothing is known of GAIB on c": {"-accounts", whale, "10=http://127.0.0.1:1"},
		"Ethereum: ":                    {"-accounts", whale, "1=nonsense://x"},
	} {
		require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}), want)
	}
	var out bytes.Buffer
	require.ErrorContains(t, run(t.Context(), []string{"-accounts", whale, "1=http://127.0.0.1:1"}, &out), "no chain")
	require.Contains(t, out.String(), "Ethereum could not be read: ")
}
