package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/view"
	"github.com/musterhq/muster/internal/kernel/id"
)

var savedViews = map[string]Verb{
	"List": lists(func(ctx context.Context, a *app.App, _ *World) ([]view.View, error) { return a.Views.List(ctx) }),
	"Save": lists(func(ctx context.Context, a *app.App, _ *World) (id.ID, error) {
		return a.Views.Save(ctx, view.Save{Name: "Mine", Query: "view=live"})
	}),
	"Change": {Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Views.Change(ctx, view.Change{View: w.View, Name: Marker + " view", Query: "view=live", Shared: true, Version: 1})
	}), Forbidden: true},
	"Delete": {Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Views.Delete(ctx, view.Delete{View: w.View})
	}), Forbidden: true},
}
