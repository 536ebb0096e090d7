package gaib_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/stretchr/testify/require"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/internal/fakenode"
)

// replay is a client that gives one answer to everything; a benchmark with it measures this library alone.
type replay json.RawMessage

func (r replay) CallContext(_ context.Context, result any, _ string, _ ...any) error {
	return json.Unmarshal(r, result)
}

// recording remembers the last answer of a node.
type recording struct {
	node *fakenode.Node
	last json.RawMessage
}

func (r *recording) CallContext(ctx context.Context, result any, method string, args ...any) error {
	if err := r.node.CallContext(ctx, &r.last, method, args...); err != nil {
		return err
	}
	return json.Unmarshal(r.last, result)
}

func BenchmarkParseUnits(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gaib.ParseUnits("19945311.770392801054623255", 18); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFormatUnits(b *testing.B) {
	amount := *uint256.MustFromDecimal("19945311770392801054623255")
	b.ReportAllocs()
	for b.Loop() {
		_ = gaib.FormatUnits(amount, 18)
	}
}

// BenchmarkRead makes and reads 100 queries; the node's answer is ready.
func BenchmarkRead(b *testing.B) {
	recorder := &recording{node: newChain()}
	_, readers := balances(100)
	_, err := gaib.Read(b.Context(), recorder, gaib.Latest, readers...)
	require.NoError(b, err)
	client := replay(recorder.last)
	b.ReportAllocs()
	for b.Loop() {
		_, readers := balances(100)
		if _, err := gaib.Read(context.Background(), client, gaib.Latest, readers...); err != nil {
			b.Fatal(err)
		}
	}
}

var insufficientBalance = common.FromHex("0xe450d38c" + "000000000000000000000000a11ce00000000000000000000000000000000001" +
	"0000000000000000000000000000000000000000000000000000000000000005" + "0000000000000000000000000000000000000000000000000000000000000007")

func BenchmarkDecodeRevert(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if gaib.DecodeRevert(insufficientBalance).Reason == nil {
			b.Fatal("not decoded")
		}
	}
}

func BenchmarkNewCall(b *testing.B) {
	token := token()
	b.ReportAllocs()
	for b.Loop() {
		if token.Transfer(bob, units(1)).Err() != nil {
			b.Fatal("refused")
		}
	}
}

func TestAllocations(t *testing.T) {
	amount := *uint256.MustFromDecimal("19945311770392801054623255")
	for name, c := range map[string]struct {
		most float64
		run  func()
	}{
		"ParseUnits":   {0, func() { _, _ = gaib.ParseUnits("19,945,311.770392801054623255", 18) }},
		"FormatUnits":  {2, func() { _ = gaib.FormatUnits(amount, 18) }},
		"DecodeRevert": {2, func() { _ = gaib.DecodeRevert(insufficientBalance) }},
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(100, c.run), c.most, name)
	}
}
