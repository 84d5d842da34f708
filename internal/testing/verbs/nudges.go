package verbs

import (
	"context"
	"time"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/nudge"
)

var nudges = map[string]Verb{
	"Hold": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Nudges.Hold(ctx, nudge.Hold{Incident: w.Incident, Nudge: nudge.NoLead, For: time.Hour})
	})},
	"Dismiss": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Nudges.Dismiss(ctx, nudge.Dismiss{Incident: w.Incident, Nudge: nudge.NoLead})
	})},
	"Change": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Nudges.Change(ctx, nudge.Change{Nudge: nudge.NoLead, Type: w.Type, Rule: nudge.Rule{Enabled: true, Delay: time.Minute, Most: 1}})
	})},
	"Reset": {Forbidden: true, Stranger: Own, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Nudges.Reset(ctx, nudge.Reset{Nudge: nudge.NoLead, Type: w.Type})
	})},
	"Settings": {Forbidden: true, Stranger: Own, Call: called(func(ctx context.Context, a *app.App, _ *World) ([]nudge.Setting, error) {
		return a.Nudges.Settings(ctx)
	})},
	"Showing": reads(func(ctx context.Context, a *app.App, w *World) (nudge.Kind, error) {
		kind, _, err := a.Nudges.Showing(ctx, w.Incident)
		return kind, err
	}),
	"Sweep":     outside("The clock calls it; it goes from organisation to organisation as Muster."),
	"Reminders": outside("The incident asks it in the transaction of its own timer."),
}
