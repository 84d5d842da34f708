// Package home is the dashboard's first page: what is live now, what needs the reader, and what was lately.
package home

import (
	"net/http"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/escalation"
	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/lens"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs are what the area works with.
type Needs struct {
	Frame     *page.Frame
	Clock     clock.Clock
	Incidents *incident.Service
	Actions   *action.Service
	FollowUps *followup.Service
	Questions *question.Service
	// Escalations tell who needs the reader.
	Escalations *escalation.Service
	// Picture returns the address of a person's picture by its blob key; initials are shown when it is nil.
	Picture lens.Picture
}

// Pages answers the requests of the area.
type Pages struct{ Needs }

// New returns the area.
func New(needs Needs) *Pages { return &Pages{needs} }

// Routes registers the area; every route needs a session.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.Handle("GET /{$}", p.Frame.Handle(p.Frame.Moment(p.home)))
	mux.Handle("GET /home/regions/{region}", p.Frame.Handle(p.Frame.Moment(p.region)))
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request) error {
	v, err := p.view(r.Context())
	if err != nil {
		return err
	}
	return p.Frame.Show(w, r, page.Page{Title: "Home", Section: "home", Content: homePage(v)})
}

// region answers with the part of the page that follows what happens: all of it, as one act moves several parts.
func (p *Pages) region(w http.ResponseWriter, r *http.Request) error {
	if r.PathValue("region") != "all" {
		return problem.Missing("part of the page")
	}
	v, err := p.view(r.Context())
	if err != nil {
		return err
	}
	return page.Part(w, r, http.StatusOK, everything(v))
}
