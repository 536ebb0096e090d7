package observe_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/gaib-go/gaib"
	"github.com/gaib-go/gaib/examples/observe"
	"github.com/gaib-go/gaib/internal/devnet"
)

func ExampleLog() {
	chain, err := devnet.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer chain.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "took" {
			return slog.Attr{} // so that the output is the same each time
		}
		return a
	}}))
	client := gaib.Observe(chain.Client(), observe.Log(logger))
	_, _ = gaib.ChainID(context.Background(), client)
	_, _ = gaib.Head(context.Background(), client, gaib.AtNumber(7))
	_ = client.CallContext(context.Background(), nil, "eth_nonsense")
	// Output:
	// level=DEBUG msg="node request" method=eth_chainId bytes=5
	// level=DEBUG msg="node request" method=eth_getBlockByNumber bytes=4
	// level=ERROR msg="node request" method=eth_nonsense bytes=0 fault=unsupported error="the method eth_nonsense does not exist/is not available"
}

func TestLogLevels(t *testing.T) {
	for fault, want := range map[gaib.Fault]slog.Level{
		gaib.NoFault: slog.LevelDebug, gaib.Reverted: slog.LevelDebug, gaib.Cancelled: slog.LevelDebug,
		gaib.RateLimited: slog.LevelWarn, gaib.NetworkLost: slog.LevelWarn, gaib.Refused: slog.LevelError,
	} {
		for _, enabled := range []slog.Level{want, want + 1} {
			written := 0
			logger := slog.New(slog.NewTextHandler(writer(func() { written++ }), &slog.HandlerOptions{Level: enabled}))
			observe.Log(logger)(t.Context(), gaib.Observation{Method: "x", Fault: fault, Err: errors.New("why")})
			require.Equal(t, enabled == want, written == 1, "%s at %s", fault, enabled)
		}
	}
}

type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }

func TestTelemetry(t *testing.T) {
	spans, values := &tracer{}, &meter{}
	hook, err := observe.Telemetry(spans, values)
	require.NoError(t, err)
	down := errors.New("connection refused")
	hook(t.Context(), gaib.Observation{Method: "eth_call", Duration: 250 * time.Millisecond, Size: 66})
	hook(t.Context(), gaib.Observation{Method: "eth_chainId", Duration: time.Second, Fault: gaib.NetworkLost, Err: down})

	require.Len(t, spans.made, 2)
	good, bad := spans.made[0], spans.made[1]
	require.Equal(t, "eth_call", good.name)
	require.Contains(t, good.config.Attributes(), attribute.Int("rpc.response.size", 66))
	require.Equal(t, trace.SpanKindClient, good.config.SpanKind())
	require.InDelta(t, 0.25, good.end.Sub(good.config.Timestamp()).Seconds(), 1e-9)
	require.Equal(t, codes.Unset, good.status)
	require.Equal(t, codes.Error, bad.status)
	require.Equal(t, down, bad.err)

	require.Equal(t, []float64{0.25, 1}, values.histogram.seconds)
	require.Equal(t, "network", values.histogram.faults[1])
}

// tracer, span, meter and histogram keep what they are told.
type tracer struct {
	tracenoop.Tracer
	made []*span
}

func (t *tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.NewSpanStartConfig(options...)
	one := &span{name: name, config: &config}
	t.made = append(t.made, one)
	return ctx, one
}

type span struct {
	tracenoop.Span
	name   string
	config *trace.SpanConfig
	status codes.Code
	err    error
	end    time.Time
}

func (s *span) SetStatus(code codes.Code, _ string)           { s.status = code }
func (s *span) RecordError(err error, _ ...trace.EventOption) { s.err = err }
func (s *span) SetAttributes(...attribute.KeyValue)           {}
func (s *span) End(options ...trace.SpanEndOption) {
	s.end = endOf(options)
}

func endOf(options []trace.SpanEndOption) time.Time {
	config := trace.NewSpanEndConfig(options...)
	return config.Timestamp()
}

type meter struct {
	metricnoop.Meter
	histogram histogram
}

func (m *meter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return &m.histogram, nil
}

type histogram struct {
	metricnoop.Float64Histogram
	seconds []float64
	faults  []string
}

func (h *histogram) Record(_ context.Context, value float64, options ...metric.RecordOption) {
	h.seconds = append(h.seconds, value)
	config := metric.NewRecordConfig(options)
	set := config.Attributes()
	fault, _ := set.Value("error.type")
	h.faults = append(h.faults, fault.AsString())
}
