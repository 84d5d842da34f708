package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/hint"
)

var hints = map[string]Verb{
	"Offer": edits(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Hints.Offer(ctx, hint.Offer{Incident: w.Incident, After: hint.Said})
	}),
	"Wanted": lists(func(ctx context.Context, a *app.App, _ *World) (bool, error) { return a.Hints.Wanted(ctx) }),
	"Want": lists(func(ctx context.Context, a *app.App, _ *World) (any, error) {
		return nil, a.Hints.Want(ctx, hint.Want{Wanted: false})
	}),
}
