package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/redaction"
)

var redactions = map[string]Verb{
	"May": {Call: func(ctx context.Context, a *app.App, w *World) (any, error) { return a.Redactions.May(ctx, w.Incident) }},
	"Find": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Redactions.Find(ctx, redaction.Secret{Incident: w.Incident, Text: Marker + " message"})
	}),
	"Redact": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Redactions.Redact(ctx, redaction.Secret{Incident: w.Incident, Text: Marker + " message"})
	}),
	"FindUpdate": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Redactions.FindUpdate(ctx, redaction.Update{Incident: w.Incident, Update: w.Update})
	}),
	"RedactUpdate": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Redactions.RedactUpdate(ctx, redaction.Update{Incident: w.Incident, Update: w.Update})
	}),
	"Files": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Redactions.Files(ctx, w.Incident)
	}),
	"RemoveFile": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Redactions.RemoveFile(ctx, redaction.RemoveFile{Incident: w.Incident, File: w.Picture})
	}),
}
