// Package site is what belongs to the dashboard as a whole: the navigation and the palette, the app's manifest, the
// doors for whoever watches over the process, and in development the mail that would be sent.
package site

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/search"
	"github.com/musterhq/muster/internal/domain/user"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/platform/mail"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/assets"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs are what the area works with.
type Needs struct {
	Frame     *page.Frame
	Clock     clock.Clock
	FollowUps *followup.Service
	Incidents *incident.Service
	Users     *user.Service
	Search    *search.Service
	// Ready says why requests cannot be served at the moment, nil when they can.
	Ready func(ctx context.Context) error
	// Metrics answers in the Prometheus format; nil when nothing is measured.
	Metrics http.Handler
	// Traces are the latest traces, shown in development; nil otherwise.
	Traces *telemetry.Journal
	// Outbox is the mail that would have been sent, shown in development; nil otherwise.
	Outbox *mail.Outbox
}

// Site answers the requests of the area.
type Site struct {
	Needs
	scales scales
}

// New returns the area.
func New(needs Needs) *Site { return &Site{Needs: needs} }

// Public registers what needs no session.
func (s *Site) Public(mux *http.ServeMux) {
	mux.Handle("GET /assets/", assets.Handler())
	mux.Handle("GET /sw.js", assets.Worker())
	mux.HandleFunc("GET /manifest.webmanifest", manifest)
	mux.HandleFunc("GET /icon-192.png", icon)
	mux.HandleFunc("GET /favicon.ico", icon)
	mux.HandleFunc("GET /robots.txt", robots)
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.Metrics != nil {
		mux.Handle("GET /metrics", near(s.Metrics))
	}
	if s.Outbox != nil {
		mux.Handle("GET /dev/outbox", here(s.Frame.Handle(s.outbox)))
		mux.Handle("GET /dev/outbox/{mail}", here(s.Frame.Handle(s.letter)))
		mux.Handle("GET /dev/outbox/{mail}/content", here(s.Frame.Handle(s.content)))
	}
	if s.Traces != nil {
		mux.Handle("GET /dev/traces", here(s.Frame.Handle(s.traces)))
	}
}

// Routes registers what needs a session.
func (s *Site) Routes(mux *http.ServeMux) {
	mux.Handle("GET /nav", s.Frame.Handle(s.nav))
	mux.Handle("GET /palette", s.Frame.Handle(s.palette))
}

// answer writes value as JSON of a media type.
func answer(w http.ResponseWriter, media string, value any) error {
	w.Header().Set("Content-Type", media)
	return json.NewEncoder(w).Encode(value)
}
