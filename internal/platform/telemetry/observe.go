package telemetry

import (
	"net/http"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/musterhq/muster/internal/platform/httpx"
)

// Observe traces and counts each request; it is the Observe door of httpx.Doors.
// The trace of a caller is linked, not continued: strangers choose neither our trace ids nor what is recorded.
func Observe(m *Metrics) httpx.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun, method := time.Now(), r.Method
			options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer)}
			if caller := trace.SpanContextFromContext(Extract(r.Context(), r.Header.Get("traceparent"))); caller.IsValid() {
				options = append(options, trace.WithLinks(trace.Link{SpanContext: caller}))
			}
			ctx, span := otel.Tracer("muster").Start(r.Context(), method, options...)
			seen := httpx.Observe(w)
			m.inFlight.Inc()
			defer func() {
				m.inFlight.Dec()
				known := httpx.RequestOf(ctx)
				route := known.Pattern()
				m.request(method, route, seen.Status(), time.Since(begun))
				if route != "" {
					span.SetName(route)
				}
				span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route),
					attribute.Int("http.response.status_code", seen.Status()), attribute.String("muster.request_id", known.ID))
				if seen.Status() >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, http.StatusText(seen.Status()))
				}
				span.End()
			}()
			next.ServeHTTP(seen, r.WithContext(ctx))
		})
	}
}
