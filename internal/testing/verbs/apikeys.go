package verbs

import (
	"context"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// viewerKey is what a key is that may do little.
var viewerKey = apikey.What{Name: Marker + " program", Roles: []authz.KeyRole{authz.KeyViewer}}

var apiKeys = map[string]Verb{
	"Allowlist": {Call: called(func(ctx context.Context, a *app.App, _ *World) (apikey.Allowlist, error) {
		return a.APIKeys.Allowlist(ctx)
	}), Stranger: Own},
	"Authenticate": outside("the secret is the right to it"),
	"ChangeAllowlist": {Call: called(func(ctx context.Context, a *app.App, _ *World) (apikey.Allowlist, error) {
		return a.APIKeys.ChangeAllowlist(ctx, apikey.ChangeAllowlist{Version: 1, Entries: []apikey.Allowed{{Value: "192.0.2.1"}}})
	}), Stranger: Own, Forbidden: true},
	"Create": {Call: called(func(ctx context.Context, a *app.App, _ *World) (apikey.Key, error) {
		key, _, err := a.APIKeys.Create(ctx, apikey.Create{What: apikey.What{Name: "Program", Roles: viewerKey.Roles}})
		return key, err
	}), Stranger: Own, Forbidden: true},
	"Edit": {Call: called(func(ctx context.Context, a *app.App, w *World) (apikey.Key, error) {
		return a.APIKeys.Edit(ctx, apikey.Edit{Key: w.APIKey, What: viewerKey})
	}), Forbidden: true},
	"Get": {Call: called(func(ctx context.Context, a *app.App, w *World) (apikey.Key, error) {
		return a.APIKeys.Get(ctx, w.APIKey)
	}), Forbidden: true},
	"List": {Call: called(func(ctx context.Context, a *app.App, _ *World) ([]apikey.Key, error) {
		keys, _, err := a.APIKeys.List(ctx, apikey.List{})
		return keys, err
	}), Stranger: Own, Forbidden: true},
	"Own": {Call: called(func(ctx context.Context, a *app.App, w *World) (apikey.Key, error) {
		scope, err := tenant.From(ctx)
		if err != nil {
			return apikey.Key{}, err
		}
		scope.Actor = tenant.Actor{Type: tenant.APIKey, ID: w.APIKey, Name: Marker}
		return a.APIKeys.Own(tenant.With(ctx, scope))
	})},
	"Revoke": {Call: done(func(ctx context.Context, a *app.App, w *World) error { return a.APIKeys.Revoke(ctx, w.APIKey) }), Forbidden: true},
	"Rotate": {Call: called(func(ctx context.Context, a *app.App, w *World) (apikey.Key, error) {
		key, _, err := a.APIKeys.Rotate(ctx, apikey.Rotate{Key: w.APIKey})
		return key, err
	}), Forbidden: true},
}
