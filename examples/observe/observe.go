// Package observe shows how requests to a node become log lines, spans and metrics. Copy what you need: the library itself
// depends on neither.
package observe

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/gaib-go/gaib"
)

// Log returns a hook for gaib.Observe that writes a line per request: a success for debugging, a failure that may pass as a
// warning, any other as an error. A revert is a contract's answer, not a failure of the node.
func Log(logger *slog.Logger) func(context.Context, gaib.Observation) {
	return func(ctx context.Context, one gaib.Observation) {
		level := slog.LevelError
		switch {
		case one.Fault == gaib.NoFault || one.Fault == gaib.Reverted || one.Fault == gaib.Cancelled:
			level = slog.LevelDebug
		case one.Fault.Retryable():
			level = slog.LevelWarn
		}
		if !logger.Enabled(ctx, level) {
			return
		}
		attributes := []slog.Attr{slog.String("method", one.Method), slog.Duration("took", one.Duration.Round(time.Microsecond)), slog.Int("bytes", one.Size)}
		if one.Fault != gaib.NoFault {
			attributes = append(attributes, slog.String("fault", one.Fault.String()), slog.Any("error", one.Err))
		}
		logger.LogAttrs(ctx, level, "node request", attributes...)
	}
}

// Telemetry returns a hook for gaib.Observe that makes a span per request, within the span of its context, and counts its
// duration by method and fault.
func Telemetry(tracer trace.Tracer, meter metric.Meter) (func(context.Context, gaib.Observation), error) {
	durations, err := meter.Float64Histogram("rpc.client.duration", metric.WithUnit("s"), metric.WithDescription("time of a request to the node"))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, one gaib.Observation) {
		method, fault := attribute.String("rpc.method", one.Method), attribute.String("error.type", one.Fault.String())
		end := time.Now()
		_, span := tracer.Start(ctx, one.Method, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(end.Add(-one.Duration)),
			trace.WithAttributes(attribute.String("rpc.system", "jsonrpc"), method, attribute.Int("rpc.response.size", one.Size)))
		if one.Fault != gaib.NoFault {
			span.SetAttributes(fault)
			span.SetStatus(codes.Error, one.Fault.String())
			span.RecordError(one.Err)
		}
		span.End(trace.WithTimestamp(end))
		durations.Record(ctx, one.Duration.Seconds(), metric.WithAttributes(method, fault))
	}, nil
}
