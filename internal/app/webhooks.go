package app

import (
	"context"
	"encoding/json"

	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/supervise"
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

// rendered writes what webhooks say.
type rendered struct{ app *App }

// Render tells which thing it is, and whether its incident is private by now.
func (r rendered) Render(ctx context.Context, of webhook.Occasion) (json.RawMessage, bool, error) {
	inc, err := r.app.Incidents.Get(ctx, of.Incident)
	if err != nil {
		return nil, false, err
	}
	body, err := json.Marshal(map[string]string{"id": string(of.Subject)})
	return body, inc.Private, err
}

// sendWebhooks sends until the context ends.
func (a *App) sendWebhooks(ctx context.Context) {
	hub := live.NewHub(a.Config.DatabaseDirectURL)
	supervise.Go(ctx, "hear what moves for webhooks", hub.Run)
	webhook.NewPump(a.Webhooks).Run(ctx, hub)
}
