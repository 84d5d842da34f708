package verbs

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/testdb"
)

// timestampVerbs are the methods about moments and durations.
var timestampVerbs = map[string]Verb{
	"SetTimestamps": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		at := testdb.Start.Add(-time.Hour)
		return a.Incidents.SetTimestamps(ctx, incident.SetTimestamps{Incident: w.Incident, At: map[id.ID]*time.Time{w.Timestamps[0]: &at}})
	}),
	"CreateTimestamp": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Timestamp, error) {
		return a.Incidents.CreateTimestamp(ctx, incident.CreateTimestamp{Name: "Noticed"})
	})},
	"EditTimestamp": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditTimestamp(ctx, incident.EditTimestamp{ID: w.Timestamps[0], Name: "Edited"})
	}),
	"OrderTimestamps": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderTimestamps(ctx, incident.OrderTimestamps{IDs: w.Timestamps})
	}),
	"ArchiveTimestamp": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveTimestamp(ctx, incident.ArchiveTimestamp{ID: w.Timestamps[2]})
	}),
	"Durations": lists(func(ctx context.Context, a *app.App, _ *World) ([]incident.DurationMetric, error) {
		return a.Incidents.Durations(ctx)
	}),
	"CreateDuration": edits(func(ctx context.Context, a *app.App, w *World) (incident.DurationMetric, error) {
		return a.Incidents.CreateDuration(ctx, incident.CreateDuration{Name: "Between", From: w.Timestamps[0], To: w.Timestamps[1]})
	}),
	"EditDuration": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditDuration(ctx, incident.EditDuration{ID: w.Duration, Name: "Edited", From: w.Timestamps[0], To: w.Timestamps[1]})
	}),
	"OrderDurations": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.OrderDurations(ctx, incident.OrderDurations{IDs: []id.ID{w.Duration}})
	}),
	"ArchiveDuration": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ArchiveDuration(ctx, incident.ArchiveDuration{ID: w.Duration})
	}),
}

// settle adds what the organisation measures.
func (w *World) settle(ctx context.Context, a *app.App) error {
	stamps, err := a.Incidents.Timestamps(ctx)
	if err != nil {
		return err
	}
	for _, one := range stamps {
		w.Timestamps = append(w.Timestamps, one.ID)
	}
	made, err := a.Incidents.CreateDuration(ctx, incident.CreateDuration{Name: Marker + " duration", From: w.Timestamps[0], To: w.Timestamps[1]})
	w.Duration = made.ID
	return err
}
