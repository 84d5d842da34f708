package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/export"
)

var exports = map[string]Verb{
	"Request": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (export.Export, error) {
		return a.Exports.Request(ctx, export.Request{Formats: export.Formats()})
	})},
	"List": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) ([]export.Export, error) {
		return a.Exports.List(ctx)
	})},
	"Stop": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.Exports.Stop(ctx, w.Export) })},
	"Download": {Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		archive, err := a.Exports.Download(ctx, w.Export)
		if err == nil {
			err = archive.Content.Close()
		}
		return err
	})},
	"Take":   outside("only Muster itself may, for the command line"),
	"TakeUp": outside("for the worker, which acts as each organisation"),
	"Run":    outside("for the worker, which acts as each organisation"),
	"Sweep":  outside("for the clock"),
}
