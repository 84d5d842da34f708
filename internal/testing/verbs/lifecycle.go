package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/tutorial"
)

// lifecycleVerbs are what becomes of incidents besides being worked on and closed.
var lifecycleVerbs = map[string]Verb{
	"Accept": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Accept(ctx, incident.Accept{Incident: w.Triage})
	}),
	"Decline": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Decline(ctx, incident.Decline{Incident: w.Triage, Reason: "No."})
	}),
	"Merge": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Merge(ctx, incident.Merge{Incident: w.Incident, Into: w.Joined})
	}),
	"Pause": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Pause(ctx, incident.Pause{Incident: w.Incident, Reason: "Later."})
	}),
	"Resume": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Resume(ctx, incident.Resume{Incident: w.Incident})
	}),
	"Cancel": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.Cancel(ctx, incident.Cancel{Incident: w.Incident})
	}),
	"SetQuiet": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.SetQuiet(ctx, incident.SetQuiet{Incident: w.Incident, Quiet: true})
	}),
	"Source": edits(func(ctx context.Context, a *app.App, w *World) (incident.Source, error) {
		return a.Incidents.Source(ctx, w.Message)
	}),
	"MergedInto": reads(func(ctx context.Context, a *app.App, w *World) (*incident.Related, error) {
		return a.Incidents.MergedInto(ctx, w.Incident)
	}),
	"Related": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Related, error) {
		return a.Incidents.Related(ctx, w.Incident)
	}),
}

var tutorials = map[string]Verb{
	"Start": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (incident.Brief, error) {
		return a.Tutorials.Start(ctx)
	})},
	"Skip": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Tutorials.Skip(ctx, tutorial.Skip{Incident: w.Tutorial})
	}),
	"Progress": reads(func(ctx context.Context, a *app.App, w *World) (tutorial.Progress, error) {
		return a.Tutorials.Progress(ctx, w.Tutorial)
	}),
}
