package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
)

// carrier is the W3C trace context (https://www.w3.org/TR/trace-context/), written as one line.
var carrier = propagation.TraceContext{}

// Inject returns the traceparent of the span in ctx, empty without one, for work that goes on elsewhere.
func Inject(ctx context.Context) string {
	carried := propagation.MapCarrier{}
	carrier.Inject(ctx, carried)
	return carried["traceparent"]
}

// Extract returns a context whose spans go on in the trace that Inject wrote down; an empty or broken one changes nothing.
func Extract(ctx context.Context, traceparent string) context.Context {
	return carrier.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}
