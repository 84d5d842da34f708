// Package api is Muster's public API, wire-compatible with incident.io's: a package a family, which registers its
// operations; wire has the types that several families share.
package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/apikey"
	"github.com/musterhq/muster/internal/domain/attachment"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/managed"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/rest"
	"github.com/musterhq/muster/internal/surface/api/incidents"
	"github.com/musterhq/muster/internal/surface/api/people"
	"github.com/musterhq/muster/internal/surface/api/platform"
	"github.com/musterhq/muster/internal/surface/api/respond"
	"github.com/musterhq/muster/internal/surface/api/settings"
	"github.com/musterhq/muster/internal/surface/api/wire"
)

// Needs is what the API stands on.
type Needs struct {
	Clock clock.Clock
	// URL is Muster's own address.
	URL string
	// Authenticate finds who has a key and calls from an address.
	Authenticate  func(ctx context.Context, secret string, from netip.Addr) (rest.Caller, error)
	Organisations *organisation.Service
	Users         *user.Service
	Workspaces    *workspace.Service
	Forms         *form.Service
	Incidents     *incident.Service
	Channels      *channel.Service
	Managed       *managed.Service
	Actions       *action.Service
	FollowUps     *followup.Service
	Attachments   *attachment.Service
	APIKeys       *apikey.Service
	// Address is the full address of a path of Muster.
	Address func(ctx context.Context, path string) (string, error)
	// Moment reads within one moment, so that what is read hangs together.
	Moment func(ctx context.Context, read func(ctx context.Context) error) error
}

// Shown shows incidents as the API does, for whoever tells other programs of them.
func (n Needs) Shown() wire.Incidents {
	return wire.Incidents{Records: n.Incidents, People: wire.Directory{Users: n.Users, Workspaces: n.Workspaces}, Channels: n.Channels, Address: n.Address, Moment: n.Moment}
}

// New registers every operation.
func New(n Needs) *rest.API {
	api := rest.New(rest.Options{
		Clock: n.Clock, Authenticate: n.Authenticate, Server: n.URL, Title: "Muster", Version: "1.0.0", Description: introduction,
	})
	platform.Register(api, platform.Needs{URL: n.URL, Organisations: n.Organisations, Managed: n.Managed, APIKeys: n.APIKeys, Directory: wire.Directory{Users: n.Users, Workspaces: n.Workspaces}})
	settings.Register(api, settings.Needs{Incidents: n.Incidents, Forms: n.Forms})
	people.Register(api, people.Needs{Users: n.Users, Workspaces: n.Workspaces})
	incidents.Register(api, incidents.Needs{Incidents: n.Incidents, Users: n.Users, Workspaces: n.Workspaces, Shown: n.Shown()})
	respond.Register(api, respond.Needs{
		Incidents: n.Incidents, Actions: n.Actions, FollowUps: n.FollowUps, Attachments: n.Attachments, People: wire.Directory{Users: n.Users, Workspaces: n.Workspaces},
	})
	return api
}

const introduction = `Everything that the dashboard does to incidents can be done by programs too.

Send a key of your organisation with each request, as ` + "`Authorization: Bearer inc_…`" + `. Keys are made in Settings, API keys, and have roles that say what they may do; each operation names the scopes that it asks for.

Lists answer with a page and ` + "`pagination_meta`" + `: send its ` + "`after`" + ` back to read on. What is not there is left out, never null. Times are RFC 3339 in UTC. A mistake is answered with a status from 400 to 499 and says what was wrong, where, and what would be right.`

// prefix lets those in whose base address ends in /api.
const prefix = "/api"

// Is reports whether a request is for the API.
func Is(r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, prefix)
	for _, version := range []string{"/v1", "/v2", "/v3"} {
		if rest, found := strings.CutPrefix(path, version); found && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// Paths are those below which the API is.
func Paths() []string {
	return []string{"/v1/", "/v2/", "/v3/", prefix + "/v1/", prefix + "/v2/", prefix + "/v3/"}
}

// Routes serves the API under its versions, at the root and below /api.
func Routes(mux *http.ServeMux, api http.Handler) {
	for _, version := range []string{"/v1/", "/v2/", "/v3/"} {
		mux.Handle(version, api)
		mux.Handle(prefix+version, http.StripPrefix(prefix, api))
	}
}
