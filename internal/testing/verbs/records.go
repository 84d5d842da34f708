package verbs

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
)

var recordVerbs = map[string]Verb{
	"Edit": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		name, at := "Edited", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		return a.Incidents.Edit(ctx, incident.Edit{
			Incident: w.Incident, Name: &name, Severity: w.OtherSeverity, Roles: map[id.ID]id.ID{w.Role: w.Member}, Times: map[id.ID]*time.Time{w.Timestamps[0]: &at},
		})
	}),
	"SetCall": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SetCall(ctx, incident.SetCall{Incident: w.Incident, URL: "https://call.example.com/1"})
	}),
	"Record": reads(func(ctx context.Context, a *app.App, w *World) (incident.Record, error) {
		return a.Incidents.Record(ctx, w.Incident)
	}),
	"RecordsOf": reveals(func(ctx context.Context, a *app.App, w *World) ([]incident.Record, error) {
		return a.Incidents.RecordsOf(ctx, w.Incident)
	}),
	"Records": lists(func(ctx context.Context, a *app.App, _ *World) (incident.RecordPage, error) {
		return a.Incidents.Records(ctx, incident.Sift{}, "", 10)
	}),
}
