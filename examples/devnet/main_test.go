package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it serves until the context ends, which is at once
	var out bytes.Buffer
	require.NoError(t, run(ctx, []string{"-addr", "127.0.0.1:0", "-chain", "31337"}, &out))
	require.Contains(t, out.String(), "GAIB on chain 31337 at http://127.0.0.1:")
	require.Contains(t, out.String(), "0xB3B3c527BA57cd61648e2EC2F5e006A0B390A9F8")
	require.ErrorContains(t, run(ctx, []string{"-addr", "0.0.0.0:0"}, &out), "loopback")
	require.ErrorContains(t, run(ctx, []string{"-chain", "0"}, &out), "chain id")
}
