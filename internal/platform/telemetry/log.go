// Package telemetry tells operators what Muster does: logs, traces, metrics and reports of errors.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/term"

	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/httpx"
)

// Log says how lines are written.
type Log struct {
	Level    slog.Leveler // lines under it are left out, info when nil
	Readable bool         // for people at a terminal instead of JSON for programs
	Colour   bool         // of readable lines
	Process  string       // role of the process ("web"), written into each line unless it is empty
	Faults   func(context.Context, Fault)
}

// NewLog returns a logger that writes to w, adds to each line what its context knows (trace, request, organisation, actor),
// and hands each error to Faults.
func NewLog(w io.Writer, o Log) *slog.Logger {
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	var handler slog.Handler
	if o.Readable {
		handler = newReadable(w, o.Level, o.Colour)
	} else {
		handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: o.Level})
	}
	log := slog.New(contextual{next: handler, faults: o.Faults})
	if o.Process != "" {
		log = log.With("process", o.Process)
	}
	return log
}

// Terminal reports whether people read the file as it is written; without NO_COLOR (https://no-color.org) it may then be coloured.
func Terminal(file *os.File) (readable, colour bool) {
	readable = term.IsTerminal(int(file.Fd()))
	return readable, readable && os.Getenv("NO_COLOR") == ""
}

// ParseLevel reads a level of MUSTER_LOG: debug, info, warn or error.
func ParseLevel(text string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(text))); err != nil {
		return 0, fmt.Errorf("log level %q is none of debug, info, warn, error", text)
	}
	return level, nil
}

// contextual adds what the context knows to each line.
type contextual struct {
	next   slog.Handler
	faults func(context.Context, Fault)
	given  []slog.Attr
}

// Enabled reports whether lines of the level are written.
func (c contextual) Enabled(ctx context.Context, level slog.Level) bool {
	return c.next.Enabled(ctx, level)
}

// Handle writes a line.
func (c contextual) Handle(ctx context.Context, record slog.Record) error {
	known := contextAttrs(ctx)
	record = record.Clone()
	record.AddAttrs(known...)
	if c.faults != nil && record.Level >= slog.LevelError {
		c.faults(ctx, faultOf(record, c.given))
	}
	return c.next.Handle(ctx, record)
}

// WithAttrs returns a handler whose lines carry the attributes.
func (c contextual) WithAttrs(attrs []slog.Attr) slog.Handler {
	c.next = c.next.WithAttrs(attrs)
	c.given = append(c.given[:len(c.given):len(c.given)], attrs...)
	return c
}

// WithGroup returns a handler whose further attributes lie in a group.
func (c contextual) WithGroup(name string) slog.Handler {
	c.next = c.next.WithGroup(name)
	return c
}

func contextAttrs(ctx context.Context) []slog.Attr {
	var attrs []slog.Attr
	if request := httpx.RequestOf(ctx).ID; request != "" {
		attrs = append(attrs, slog.String("request_id", request))
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attrs = append(attrs, slog.String("trace_id", span.TraceID().String()))
	}
	if scope, err := tenant.From(ctx); err == nil {
		attrs = append(attrs, slog.String("organisation", scope.Organisation.String()))
		if scope.Actor.Type != "" {
			attrs = append(attrs, slog.String("actor", strings.TrimSuffix(string(scope.Actor.Type)+":"+scope.Actor.ID.String(), ":")))
		}
	}
	return attrs
}
