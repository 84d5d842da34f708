package verbs

import (
	"context"
	"testing"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/webhook"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/hooksink"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// webhookWorld is an endpoint and what it was to be told.
type webhookWorld struct{ Webhook, Delivery id.ID }

var webhooks = map[string]Verb{
	"Endpoints": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) ([]webhook.Health, error) {
		return a.Webhooks.Endpoints(ctx)
	})},
	"Endpoint": edits(func(ctx context.Context, a *app.App, w *World) (webhook.Endpoint, error) {
		return a.Webhooks.Endpoint(ctx, w.Webhook)
	}),
	"CreateEndpoint": {Stranger: Own, Forbidden: true, Call: called(func(ctx context.Context, a *app.App, _ *World) (webhook.Endpoint, error) {
		made, _, err := a.Webhooks.CreateEndpoint(ctx, webhook.CreateEndpoint{URL: "https://hooks.example.test/other"})
		return made, err
	})},
	"EditEndpoint": edits(func(ctx context.Context, a *app.App, w *World) (webhook.Endpoint, error) {
		return a.Webhooks.EditEndpoint(ctx, webhook.EditEndpoint{Endpoint: w.Webhook, URL: "https://hooks.example.test/edited"})
	}),
	"SwitchEndpoint": edits(func(ctx context.Context, a *app.App, w *World) (webhook.Endpoint, error) {
		return a.Webhooks.SwitchEndpoint(ctx, webhook.SwitchEndpoint{Endpoint: w.Webhook, Disabled: true})
	}),
	"DeleteEndpoint": edits(func(ctx context.Context, a *app.App, w *World) (webhook.Endpoint, error) {
		return a.Webhooks.DeleteEndpoint(ctx, webhook.DeleteEndpoint{Endpoint: w.Webhook})
	}),
	"RevealSecret": edits(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Webhooks.RevealSecret(ctx, w.Webhook)
	}),
	"RotateSecret": edits(func(ctx context.Context, a *app.App, w *World) (string, error) {
		return a.Webhooks.RotateSecret(ctx, w.Webhook)
	}),
	"Deliveries": edits(func(ctx context.Context, a *app.App, w *World) ([]webhook.Delivery, error) {
		found, _, err := a.Webhooks.Deliveries(ctx, webhook.ListDeliveries{Endpoint: w.Webhook, Most: 10})
		return found, err
	}),
	"Inspect": edits(func(ctx context.Context, a *app.App, w *World) (webhook.Inspected, error) {
		return a.Webhooks.Inspect(ctx, w.Delivery)
	}),
	"ResendFailed": edits(func(ctx context.Context, a *app.App, w *World) (int, error) {
		return a.Webhooks.ResendFailed(ctx, w.Webhook)
	}),
	"Resend":  outside("it speaks to the network, which no transaction of a test can take back; its permission and tenant are tested with it"),
	"Test":    outside("it speaks to the network, which no transaction of a test can take back; its permission and tenant are tested with it"),
	"Deliver": outside("for the worker"),
	"Sweep":   outside("for the clock"),
}

// webhooks makes an endpoint and lets something happen that it is told.
func (w *World) webhooks(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	made, _, err := s.App.Webhooks.CreateEndpoint(w.Context, webhook.CreateEndpoint{URL: hooksink.New(t).URL() + Marker, Description: Marker + " webhook"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.App.Incidents.Rename(w.Context, incident.Rename{Incident: w.Incident, Name: Marker + " incident, told outside"}); err != nil {
		t.Fatal(err)
	}
	if err := s.App.Webhooks.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	told, _, err := s.App.Webhooks.Deliveries(w.Context, webhook.ListDeliveries{Endpoint: made.ID, Most: 1})
	if err != nil || len(told) != 1 {
		t.Fatalf("told to the webhook: %+v, %v", told, err)
	}
	w.Webhook, w.Delivery = made.ID, told[0].ID
}
