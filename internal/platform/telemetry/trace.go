package telemetry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracing says where traces go; with neither an endpoint nor a journal nothing is recorded, but log lines name the trace
// that they belong to all the same.
type Tracing struct {
	Process  string   // role of this process ("web")
	Version  string   // of Muster
	Endpoint string   // OTLP over HTTP, "https://collector.example.com:4318"
	Share    float64  // of the traces that go to the endpoint, 0 to 1
	Journal  *Journal // of the local view in development, may be nil
}

// StartTracing sets the tracer of the process and returns a function that sends what is left and stops.
func StartTracing(ctx context.Context, t Tracing) (stop func(context.Context) error, err error) {
	otel.SetTextMapPropagator(carrier)
	sampler := sdk.AlwaysSample()
	switch {
	case t.Journal != nil:
	case t.Endpoint != "":
		sampler = sdk.TraceIDRatioBased(t.Share)
	default:
		sampler = sdk.NeverSample()
	}
	options := []sdk.TracerProviderOption{
		sdk.WithSampler(sdk.ParentBased(sampler)),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "muster"), attribute.String("service.version", t.Version),
			attribute.String("muster.process", t.Process))),
	}
	if t.Endpoint != "" {
		exporter, err := newExporter(ctx, t.Endpoint)
		if err != nil {
			return nil, err
		}
		options = append(options, sdk.WithBatcher(exporter))
	}
	if t.Journal != nil {
		options = append(options, sdk.WithSpanProcessor(t.Journal))
	}
	provider := sdk.NewTracerProvider(options...)
	otel.SetTracerProvider(provider)
	return provider.Shutdown, nil
}

// newExporter takes a password in the address as collectors want it: in a header.
func newExporter(ctx context.Context, endpoint string) (sdk.SpanExporter, error) {
	address, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("the OTLP endpoint is no address") // the address itself may hold a password
	}
	var options []otlptracehttp.Option
	if address.User != nil {
		password, _ := address.User.Password()
		credentials := base64.StdEncoding.EncodeToString([]byte(address.User.Username() + ":" + password))
		options = append(options, otlptracehttp.WithHeaders(map[string]string{"Authorization": "Basic " + credentials}))
		address.User = nil
	}
	if address.Path == "" || address.Path == "/" {
		address.Path = "/v1/traces" // of the OTLP specification
	}
	exporter, err := otlptracehttp.New(ctx, append(options, otlptracehttp.WithEndpointURL(address.String()))...)
	if err != nil {
		return nil, fmt.Errorf("set up the export of traces: %w", err)
	}
	return exporter, nil
}

// Begin starts a span; the function it returns ends it, with the error of the work or nil.
func Begin(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, func(error)) {
	ctx, span := otel.Tracer("muster").Start(ctx, name, trace.WithAttributes(attrs...))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

// Step is Begin for a part of work that is recorded; it begins no trace of its own, and names itself only when it is to be seen.
func Step(ctx context.Context, name func() string) (context.Context, func(error)) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, func(error) {}
	}
	return Begin(ctx, name())
}
