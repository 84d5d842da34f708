package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
)

// updateVerbs are the methods about updates, who saw them, and what holders of roles are told.
var updateVerbs = map[string]Verb{
	"EditUpdate": edits(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.EditUpdate(ctx, incident.EditUpdate{Incident: w.Incident, Update: w.Update, Message: "Other news."})
	}),
	"UpdateVersions": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.UpdateVersion, error) {
		return a.Incidents.UpdateVersions(ctx, w.Incident, w.Update)
	}),
	"Visit": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Incidents.Visit(ctx, incident.Visit{Incident: w.Incident})
	}),
	"Visitors": reads(func(ctx context.Context, a *app.App, w *World) ([]incident.Visitor, error) {
		return a.Incidents.Visitors(ctx, w.Incident)
	}),
	"ReadRole": reads(func(ctx context.Context, a *app.App, w *World) (incident.Outcome, error) {
		return a.Incidents.ReadRole(ctx, incident.ReadRole{Incident: w.Incident, Role: w.Lead})
	}),
}

// draftVerbs are what the timeline writes for people to make their own.
var draftVerbs = map[string]Verb{
	"Draft": reads(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Timelines.Draft(ctx, w.Incident, 0)
	}),
}
