package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/id"
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
	"Ever": reads(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Ever(ctx, w.FollowUp)
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) ([]followup.FollowUp, error) {
		return a.FollowUps.List(ctx, followup.Filter{Incident: w.Incident})
	}),
	"Replace": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.Replace(ctx, followup.Replace{FollowUp: w.FollowUp, Words: followup.Words{Title: "Replaced"}, Status: followup.Done})
	}),
	"ConnectIssue": edits(func(ctx context.Context, a *app.App, w *World) (followup.FollowUp, error) {
		return a.FollowUps.ConnectIssue(ctx, followup.ConnectIssue{FollowUp: w.FollowUp, Issue: followup.Issue{Provider: "jira", URL: "https://shop.example.test/browse/SHOP-12"}})
	}),
	"Labels": lists(func(ctx context.Context, a *app.App, _ *World) ([]string, error) { return a.FollowUps.Labels(ctx) }),
	"Priorities": lists(func(ctx context.Context, a *app.App, _ *World) ([]followup.Priority, error) {
		return a.FollowUps.Priorities(ctx)
	}),
	"PriorityNames": lists(func(ctx context.Context, a *app.App, _ *World) (map[id.ID]string, error) {
		return a.FollowUps.PriorityNames(ctx)
	}),
	"PriorityUses": reads(func(ctx context.Context, a *app.App, w *World) (setting.Uses, error) {
		return a.FollowUps.PriorityUses(ctx, w.Priorities[0])
	}),
	"CreatePriority": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (followup.Priority, error) {
		return a.FollowUps.CreatePriority(ctx, followup.CreatePriority{Name: "Urgent"})
	})},
	"EditPriority": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.FollowUps.EditPriority(ctx, followup.EditPriority{ID: w.Priorities[2], Name: "At once"})
	}),
	"OrderPriorities": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.FollowUps.OrderPriorities(ctx, followup.OrderPriorities{IDs: []id.ID{w.Priorities[1], w.Priorities[0], w.Priorities[2]}})
	}),
	"ArchivePriority": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.FollowUps.ArchivePriority(ctx, followup.ArchivePriority{ID: w.Priorities[2]})
	}),
	"Any": lists(func(ctx context.Context, a *app.App, _ *World) (bool, error) { return a.FollowUps.Any(ctx) }),
}

// followUps makes one.
func (w *World) followUps(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	all, err := s.App.FollowUps.Priorities(w.Context)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		w.Priorities = append(w.Priorities, one.ID)
	}
	made, err := s.App.FollowUps.Create(w.Context, followup.Create{
		Incident: w.Incident, Words: followup.Words{Title: Marker + " follow-up", Labels: []string{Marker}, Assignee: w.Owner}, Key: Marker,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.FollowUp = made.ID
}
