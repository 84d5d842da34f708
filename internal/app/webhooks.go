package app

import (
	"context"
	"encoding/json"

	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/surface/api/events"
	"github.com/musterhq/muster/internal/surface/api/respond"
)

// webhooks is what webhooks work with.
func (a *App) webhooks(options Options) webhook.Needs {
	reach := httpx.Outbound{AllowPrivate: a.Config.AllowPrivateAddresses}
	if options.Webhooks != nil {
		reach = *options.Webhooks
	}
	return webhook.Needs{
		Keys: a.Keys, Mail: a.Mail, Client: httpx.NewClient(reach), Plain: reach.AllowPrivate, Renderer: rendered{a}, Address: a.address,
	}
}

// rendered writes what webhooks say, in the shapes of the public API.
type rendered struct{ app *App }

// Render tells an occasion as the API would show it now.
func (r rendered) Render(ctx context.Context, of webhook.Occasion) (json.RawMessage, bool, error) {
	a, incidents := r.app, r.app.apiNeeds().Shown()
	shown := respond.NewShown(respond.Needs{Incidents: a.Incidents, Actions: a.Actions, FollowUps: a.FollowUps, People: incidents.People})
	return events.Renderer{Needs: events.Needs{
		Incidents: a.Incidents, Shown: incidents, Action: shown.Action, FollowUp: shown.FollowUp, FollowUpV1: shown.FollowUpV1,
		Event: func(ctx context.Context, id id.ID) (event.Record, json.RawMessage, error) {
			return event.Read(ctx, a.DB, id)
		},
	}}.Render(ctx, of)
}

// sendWebhooks sends until the context ends.
func (a *App) sendWebhooks(ctx context.Context) {
	hub := live.NewHub(a.Config.DatabaseDirectURL)
	supervise.Go(ctx, "hear what moves for webhooks", hub.Run)
	webhook.NewPump(a.Webhooks).Run(ctx, hub)
}
