package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/announcement"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// announcementWorld is a rule that announces everything.
type announcementWorld struct{ AnnouncementRule id.ID }

var announcements = map[string]Verb{
	"Rules": lists(func(ctx context.Context, a *app.App, _ *World) ([]announcement.Rule, error) {
		return a.Announcements.Rules(ctx)
	}),
	"Refusals": {Stranger: Nothing, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (map[string]announcement.Refusal, error) {
		return a.Announcements.Refusals(ctx)
	})},
	"Reachable": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Announcements.Reachable(ctx, "T0/C0"+Marker)
	})},
	"SaveRule": edits(func(ctx context.Context, a *app.App, w *World) (announcement.Rule, error) {
		return a.Announcements.SaveRule(ctx, announcement.SaveRule{
			Rule: w.AnnouncementRule, Name: "Renamed", Places: []announcement.Place{{ID: "T1/C1", Name: "incidents"}}, Mode: announcement.Thread, Unmatched: announcement.Leave,
		})
	}),
	"OrderRules": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Announcements.OrderRules(ctx, announcement.OrderRules{Rules: []id.ID{w.AnnouncementRule}})
	}),
	"ArchiveRule": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Announcements.ArchiveRule(ctx, announcement.ArchiveRule{Rule: w.AnnouncementRule})
	}),
	"Preview": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, w *World) (announcement.Preview, error) {
		return a.Announcements.Preview(ctx, form.Groups{{{Subject: "severity", Operation: form.OneOf, Values: []string{string(w.Severity)}}}})
	})},
	"Announce": outside("for the worker; it speaks to Slack, which no transaction of a test can take back"),
	"Run":      outside("for the worker"),
}

// announcement makes a rule.
func (w *World) announcement(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	rule, err := s.App.Announcements.SaveRule(w.Context, announcement.SaveRule{
		Name: Marker, Places: []announcement.Place{{ID: "T0/C0" + Marker, Name: Marker + "-news"}}, Mode: announcement.Broadcast, Unmatched: announcement.Remove, Enabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.AnnouncementRule = rule.ID
}
