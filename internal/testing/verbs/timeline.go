package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
)

var timelines = map[string]Verb{
	"Activity": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Activity(ctx, w.Incident, 0, 10)
	}),
	"Timeline": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Timeline(ctx, w.Incident)
	}),
	"Whole": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Whole(ctx, w.Incident)
	}),
	"Item": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Item(ctx, w.Incident, w.TimelineItem)
	}),
	"Count": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Count(ctx, w.Incident)
	}),
	"Told": reads(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Told(ctx, w.Incident)
	}),
	"Activities": reveals(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Activities(ctx, []id.ID{w.Activity})
	}),
	"Add": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Timelines.Add(ctx, timeline.Add{Incident: w.Incident, Activity: w.Activity})
	}),
	"Write": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return a.Timelines.Write(ctx, timeline.Write{Incident: w.Incident, Title: "Seen"})
	}),
	"Edit": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Timelines.Edit(ctx, timeline.Edit{Incident: w.Incident, Item: w.TimelineItem, Title: "Seen"})
	}),
	"Hide": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Timelines.Hide(ctx, timeline.Hide{Incident: w.Incident, Item: w.TimelineItem})
	}),
	"Show": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Timelines.Show(ctx, timeline.Show{Incident: w.Incident, Item: w.TimelineItem})
	}),
}
