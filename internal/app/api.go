package app

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Authenticate finds who has a key of the public API and calls from an address.
type Authenticate = func(ctx context.Context, secret string, from netip.Addr) (rest.Caller, error)

// Caller finds who has a key of the public API and calls from an address: the product's own way.
func (a *App) Caller(ctx context.Context, secret string, from netip.Addr) (rest.Caller, error) {
	known, err := a.APIKeys.Authenticate(ctx, secret, from)
	return rest.Caller{Key: known.Key, Scope: known.Scope, PerMinute: known.PerMinute}, err
}

// API is the public API over the same verbs as all other surfaces.
func (a *App) API() *rest.API { return api.New(a.apiNeeds()) }

func (a *App) apiNeeds() api.Needs {
	return api.Needs{
		Clock: a.Clock, URL: a.Config.URL, Authenticate: a.authenticate, Organisations: a.Organisations, Users: a.Users, Workspaces: a.Workspaces, Forms: a.Forms,
		Incidents: a.Incidents, Channels: a.Channels, Managed: a.Managed, APIKeys: a.APIKeys, Address: a.address, Moment: a.moment,
		Actions: a.Actions, FollowUps: a.FollowUps, Attachments: a.Attachments,
	}
}

// moment reads within one moment.
func (a *App) moment(ctx context.Context, read func(ctx context.Context) error) error {
	return a.DB.Read(ctx, func(ctx context.Context, _ pgx.Tx) error { return read(ctx) })
}

// failFor words what went wrong before a handler had its say: for programs where the API is, for people elsewhere.
func failFor(programs *rest.API) httpx.RenderError {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		if api.Is(r) {
			programs.Fail(w, r, err)
			return
		}
		page.Fail(w, r, err)
	}
}
