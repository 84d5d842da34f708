package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/testing/scenario"
)

var followUps = map[string]Verb{
	"Create": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Create(ctx, followup.Create{Incident: w.Incident, Words: followup.Words{Title: "Another"}})
	}),
	"Edit": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Edit(ctx, followup.Edit{FollowUp: w.FollowUp, Words: followup.Words{Title: "Other words"}})
	}),
	"Assign": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Assign(ctx, followup.Assign{FollowUp: w.FollowUp, Assignee: w.Member})
	}),
	"Move": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Move(ctx, followup.Move{FollowUp: w.FollowUp, To: followup.Done})
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Get(ctx, w.FollowUp)
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]followup.FollowUp, error) {
		return a.FollowUps.List(ctx, followup.Filter{Incident: w.Incident})
	}),
	"Labels": lists(func(ctx context.Context, a *app.App, _ *World) ([]string, error) { return a.FollowUps.Labels(ctx) }),
	"Any":    lists(func(ctx context.Context, a *app.App, _ *World) (bool, error) { return a.FollowUps.Any(ctx) }),
}

// followUps makes one.
func (w *World) followUps(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	made, err := s.App.FollowUps.Create(w.Context, followup.Create{
		Incident: w.Incident, Words: followup.Words{Title: Marker + " follow-up", Labels: []string{Marker}, Assignee: w.Owner}, Key: Marker,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.FollowUp = made.ID
}
