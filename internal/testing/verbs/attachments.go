package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/attachment"
)

var attachments = map[string]Verb{
	"Attach": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Attachments.Attach(ctx, attachment.Attach{Incident: w.Incident, URL: "https://example.test/page"})
	}),
	"Retitle": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Attachments.Retitle(ctx, attachment.Retitle{Attachment: w.Attachment, Title: "Named"})
	}),
	"Remove": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Attachments.Remove(ctx, attachment.Remove{Attachment: w.Attachment})
	}),
	"List": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Attachments.List(ctx, w.Incident)
	}),
	"Across": reveals(func(ctx context.Context, a *app.App, _ *World) ([]attachment.Attachment, error) {
		return a.Attachments.Across(ctx, attachment.Filter{})
	}),
	"Get": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Attachments.Get(ctx, w.Attachment)
	}),
}
