package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/blob"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/live"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/supervise"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/api"
	"github.com/musterhq/muster/internal/surface/chatops"
	"github.com/musterhq/muster/internal/surface/inbound"
	"github.com/musterhq/muster/internal/surface/web/design"
	"github.com/musterhq/muster/internal/surface/web/export"
	"github.com/musterhq/muster/internal/surface/web/home"
	"github.com/musterhq/muster/internal/surface/web/incidents"
	"github.com/musterhq/muster/internal/surface/web/login"
	"github.com/musterhq/muster/internal/surface/web/operators"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/people"
	searchpages "github.com/musterhq/muster/internal/surface/web/search"
	"github.com/musterhq/muster/internal/surface/web/settings"
	"github.com/musterhq/muster/internal/surface/web/settings/reference"
	"github.com/musterhq/muster/internal/surface/web/site"
	"github.com/musterhq/muster/internal/surface/web/stream"
)

// drain is how long requests that are in may take after the end was called for; the supervisor grants some more.
const drain = 20 * time.Second

// runWeb answers requests until the context ends.
func (a *App) runWeb(ctx context.Context) error {
	listener, err := supervise.Inherited()
	if err == nil && listener == nil {
		listener, err = net.Listen("tcp", a.Config.Listen)
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	hub := live.NewHub(a.Config.DatabaseDirectURL)
	supervise.Go(ctx, "hear live signals", hub.Run)
	handler, err := a.Handler(ctx, hub)
	if err != nil {
		return err
	}
	server := httpx.NewServer(handler)
	served := make(chan error, 1)
	supervise.Go(ctx, "serve http", func(context.Context) {
		if a.Config.TLSCert != "" {
			served <- server.ServeTLS(listener, a.Config.TLSCert, a.Config.TLSKey)
			return
		}
		served <- server.Serve(listener)
	})
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := server.Shutdown(draining); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// Handler is the whole web surface behind its doors. Live streams, which have no end of their own, end with ctx.
func (a *App) Handler(ctx context.Context, hub *live.Hub) (http.Handler, error) {
	frame := &page.Frame{PushKey: a.Notifications.PublicKey, Reads: func(ctx context.Context, fn func(ctx context.Context) error) error {
		return a.DB.Read(ctx, func(ctx context.Context, _ pgx.Tx) error { return fn(ctx) })
	}}
	whole := site.New(site.Needs{
		Frame: frame, Clock: a.Clock, Incidents: a.Incidents, FollowUps: a.FollowUps, Users: a.Users, Search: a.Search, Ready: a.Ready, Metrics: a.shelf.Handler(),
		Outbox: a.shownOutbox(), Traces: a.watched.journal,
	})
	frame.Nav = whole.Nav
	door := login.New(login.Needs{Frame: frame, Auth: a.Auth, Users: a.Users, Organisations: a.Organisations, Picture: a.picture, Slack: a.signInWithSlack()})

	programs := a.API()
	rules := settings.New(settings.Needs{
		Reference: sync.OnceValue(func() reference.Reference { return reference.Of(programs) }),
		Hints:     a.Hints, Workspaces: a.Workspaces, Channels: a.Channels, Announcements: a.Announcements, Webhooks: a.Webhooks, Picture: a.picture,
		Frame: frame, Clock: a.Clock, Incidents: a.Incidents, FollowUps: a.FollowUps, Forms: a.Forms, Rooms: a.Rooms, Organisations: a.Organisations, Exports: a.Exports, Audit: a.Audit, APIKeys: a.APIKeys, AuditKept: a.Config.AuditKept, Users: a.Users, Notifications: a.Notifications, Subscriptions: a.Subscriptions, Escalations: a.Escalations, Nudges: a.Nudges, Features: a.Features, Browser: people.Browser,
	})

	public := http.NewServeMux()
	whole.Public(public)
	door.Routes(public)
	rules.PublicRoutes(public)
	inbound.New(inbound.Needs{Escalations: a.Escalations}).Routes(public)
	if a.Config.SlackSigningSecret != "" {
		a.SlackDoors.Routes(public)
	}
	api.Routes(public, programs)
	if a.Files != nil {
		public.Handle("GET /files/{key...}", a.Files)
	}
	private, err := a.areas(ctx, frame, hub)
	if err != nil {
		return nil, err
	}
	whole.Routes(private)
	rules.Routes(private)
	doors := httpx.Doors{
		Log: slog.Default(), Trusted: a.Config.TrustedProxies, Origins: []string{a.Config.URL}, Errors: failFor(programs), Limit: bodyLimit,
		Observe: telemetry.Observe(a.Metrics),
		Quiet:   []string{"/assets/", "/files/", "/healthz", "/readyz", "/metrics", "/live", "/nav", "/sw.js", slackHooks},
		Signed:  append([]string{slackHooks}, api.Paths()...),
	}
	if bucket, ok := a.Blobs.(*blob.S3); ok {
		origin, err := bucket.Origin(ctx)
		if err != nil {
			return nil, err
		}
		doors.Images = append(doors.Images, origin)
	}
	return doors.Open(divide(public, soon(door.RequireSession(a.calm(httpx.Routed(private))))))
}

// areas are the pages for those who are signed in.
func (a *App) areas(ctx context.Context, frame *page.Frame, hub *live.Hub) (*http.ServeMux, error) {
	control, err := jobs.NewControl(a.DB.Pool(), a.Queue, a.Bus)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	home.New(home.Needs{Frame: frame, Clock: a.Clock, Incidents: a.Incidents, Actions: a.Actions, FollowUps: a.FollowUps, Questions: a.Questions, Escalations: a.Escalations, Picture: a.picture}).Routes(mux)
	searchpages.New(searchpages.Needs{Frame: frame, Clock: a.Clock, Search: a.Search, Incidents: a.Incidents, Users: a.Users, Features: a.Features, Picture: a.picture}).Routes(mux)
	people.New(people.Needs{Frame: frame, Clock: a.Clock, Users: a.Users, Accounts: a.Accounts, Auth: a.Auth, Incidents: a.Incidents, Blobs: a.Blobs, Picture: a.picture}).Routes(mux)
	var tools []operators.Tool
	if a.Config.Dev {
		design.New(design.Needs{Frame: frame}).Routes(mux)
		tools = []operators.Tool{{Label: "Outbox", Icon: "mail", Href: "/dev/outbox"}, {Label: "Traces", Icon: "activity", Href: "/dev/traces"}, {Label: "Design", Icon: "layers", Href: "/design"}}
	}
	operators.New(operators.Needs{
		Control: control, Clock: a.Clock, Frame: frame, Organisations: a.Organisations, Features: a.Features, Tools: tools, Errors: a.watched.faults.newest,
	}).Routes(mux)

	presence := live.NewPresence(hub, a.Notifier)
	supervise.Go(ctx, "presence", presence.Run)
	rooms := incidents.New(incidents.Needs{
		Hints:    a.Hints,
		Channels: a.Channels,
		Presence: presence,
		Frame:    frame, Clock: a.Clock, Incidents: a.Incidents, Forms: a.Forms, Actions: a.Actions, FollowUps: a.FollowUps, Streams: a.Streams, Escalations: a.Escalations, Rooms: a.Rooms, Attachments: a.Attachments, Timelines: a.Timelines, Redactions: a.Redactions,
		Users: a.Users, Features: a.Features, Nudges: a.Nudges, Views: a.Views, Tutorials: a.Tutorials, Commands: commands{a.Bot}, Picture: a.picture,
		Outside: incidents.Outside{Customers: a.Customers, Questions: a.Questions, Subscriptions: a.Subscriptions, URL: a.Config.URL},
	})
	rooms.Routes(mux)
	export.New(export.Needs{
		Frame: frame, Clock: a.Clock, Incidents: a.Incidents, Actions: a.Actions, Customers: a.Customers, Rooms: a.Rooms, Timelines: a.Timelines,
	}).Routes(mux)

	streams := http.NewServeMux()
	stream.New(stream.Options{DB: a.DB, Hub: hub, Permit: a.permit, Again: a.stillSignedIn, Render: rooms.Push, Presence: presence}).Routes(streams)
	mux.Handle("GET /live", a.counted(endingWith(ctx, streams)))

	mux.Handle("/", frame.Handle(func(http.ResponseWriter, *http.Request) error { return problem.Missing("page") }))
	return mux, nil
}

// commands lets the pages of incidents, which know no other surface, speak to the bot.
type commands struct{ *chatops.Bot }

// IsCommand tells a command from words that begin with a slash.
func (commands) IsCommand(text string) bool { return chatops.IsCommand(text) }

// Complete suggests how a command that is being typed goes on.
func (c commands) Complete(ctx context.Context, in id.ID, prefix string) ([]incidents.Suggestion, error) {
	found, err := c.Bot.Complete(ctx, in, prefix)
	suggestions := make([]incidents.Suggestion, len(found))
	for n, one := range found {
		suggestions[n] = incidents.Suggestion{Command: one.Command, Meaning: one.Meaning}
	}
	return suggestions, err
}

// readPatience is how long a page may take to be read; a longer wait helps nobody.
const readPatience = 10 * time.Second

// soon ends requests that only read before those that bring something; what is sent as a stream has no end to be before.
func soon(next http.Handler) http.Handler {
	patient := httpx.Deadline(readPatience)(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			patient.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// divide sends a request to the public mux when that knows its address, else on to those with a session.
func divide(public *http.ServeMux, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := public.Handler(r); pattern != "" {
			public.ServeHTTP(w, r)
			return
		}
		// The pattern of the inner router is the one for the log.
		defer func() { r.Pattern = httpx.RequestOf(r.Context()).Pattern() }()
		others.ServeHTTP(w, r)
	})
}

// endingWith ends requests when ctx does, so that a server which drains does not wait for streams.
func endingWith(ctx context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ending, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		next.ServeHTTP(w, r.WithContext(ending))
	})
}

// counted shows how many streams are open.
func (a *App) counted(next http.Handler) http.Handler {
	var open atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Metrics.Streams(int(open.Add(1)))
		defer func() { a.Metrics.Streams(int(open.Add(-1))) }()
		next.ServeHTTP(w, r)
	})
}

// pictureLimit lets a picture of 10 MB through with the form around it, fileLimit any file that a room takes.
const (
	pictureLimit = 11 << 20
	fileLimit    = room.MaxFileSize + 1<<20
)

// bodyLimit is how many bytes a request may have, 0 for as many as usual.
func bodyLimit(r *http.Request) int64 {
	switch {
	case strings.HasSuffix(r.URL.Path, "/room/files"):
		return fileLimit
	case isUpload(r):
		return pictureLimit
	default:
		return 0
	}
}

func isUpload(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/room/files") || r.URL.Path == "/me/picture"
}

// shownOutbox is the outbox in development; elsewhere operators set up a mail server.
func (a *App) shownOutbox() *mail.Outbox {
	if !a.Config.Dev {
		return nil
	}
	return a.Outbox
}

// picture is the address of a stored picture, empty when it cannot be had: a page is better without than not at all.
func (a *App) picture(ctx context.Context, key string) string {
	at, err := a.Blobs.SignedURL(ctx, key, time.Hour)
	if err != nil {
		slog.WarnContext(ctx, "a picture has no address", "key", key, "error", err)
		return ""
	}
	return at
}

// stillSignedIn looks a session up again, for streams that outlive it: it must still be the same person's, in the same
// organisation and role, because all of that was decided when the stream began.
func (a *App) stillSignedIn(r *http.Request) error {
	who, err := a.Auth.Authenticate(r.Context(), login.Token(r))
	if err != nil {
		return err
	}
	if began, _ := page.ViewerOf(r.Context()); who.User != began.User || who.Organisation != began.Organisation || who.Role != began.Role {
		return problem.New(problem.Unauthenticated, "session_moved", "The session is another one by now.")
	}
	return nil
}

// permit says whether the viewer in ctx may hear of an incident.
func (a *App) permit(ctx context.Context, in id.ID) error {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return err
	}
	return a.DB.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := incident.Find(ctx, tx, in)
		return err
	})
}
