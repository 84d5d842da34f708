package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/testing/scenario"
)

var streams = map[string]Verb{
	"Open": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.Open(ctx, stream.Open{Incident: w.Incident, Name: "Another"})
	}),
	"Rename": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.Rename(ctx, stream.Rename{Stream: w.Stream, Name: "Other words"})
	}),
	"AssignLead": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.AssignLead(ctx, stream.AssignLead{Stream: w.Stream, Lead: w.Member})
	}),
	"SendUpdate": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.SendUpdate(ctx, stream.SendUpdate{Stream: w.Stream, Message: "It goes on"})
	}),
	"Close": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.Close(ctx, stream.Close{Stream: w.Stream, Outcome: "Done"})
	}),
	"Reopen": edits(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.Reopen(ctx, stream.Reopen{Stream: w.Stream})
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (stream.Stream, error) {
		return a.Streams.Get(ctx, w.Stream)
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]stream.Stream, error) {
		return a.Streams.List(ctx, w.Incident)
	}),
}

// streams opens one with an update.
func (w *World) streams(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	opened, err := s.App.Streams.Open(w.Context, stream.Open{Incident: w.Incident, Name: Marker + " stream", Lead: w.Owner, Key: Marker})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Streams.SendUpdate(w.Context, stream.SendUpdate{Stream: opened.ID, Message: Marker + " news"}); err != nil {
		t.Fatal(err)
	}
	w.Stream = opened.ID
}
