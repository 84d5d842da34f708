// Package operators is the page of those who look after the installation: queues, failures, quarantine, crashes.
package operators

import (
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/domain/feature"
	"github.com/musterhq/muster/internal/domain/organisation"
	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs is what the pages are made of.
type Needs struct {
	Control *jobs.Control
	Clock   clock.Clock
	Frame   *page.Frame
	// Organisations and Features are for what is switched on for whom.
	Organisations *organisation.Service
	Features      *feature.Service
	// Tools are further pages for those who work on Muster itself; nil outside of development.
	Tools []Tool
	// Errors are the last errors of this process, newest first; nil where nobody gathers them.
	Errors func() []telemetry.Fault
}

// Tool is a page that the overview leads to.
type Tool struct{ Label, Icon, Href string }

// Pages are the operators' pages.
type Pages struct{ needs Needs }

// New returns the operators' pages.
func New(needs Needs) *Pages { return &Pages{needs: needs} }

// Routes adds the pages to the dashboard's own. To everyone but operators there are none.
func (p *Pages) Routes(mux *http.ServeMux) {
	for pattern, answer := range map[string]handler{
		"GET /operators":                                   p.overview,
		"PUT /operators/pause":                             p.pause,
		"DELETE /operators/pause":                          p.resume,
		"POST /operators/replays":                          p.replay,
		"GET /operators/clearings/new":                     p.askToClear,
		"POST /operators/clearings":                        p.clear,
		"POST /operators/quarantine/{job}/replays":         p.replayQuarantined,
		"DELETE /operators/quarantine/{job}":               p.dropQuarantined,
		"GET /operators/features":                          p.features,
		"PUT /operators/features/{organisation}/{flag}":    p.setFeature,
		"DELETE /operators/features/{organisation}/{flag}": p.resetFeature,
	} {
		mux.Handle(pattern, p.needs.Frame.Handle(p.guard(answer)))
	}
}

type handler func(w http.ResponseWriter, r *http.Request, by jobs.Operator) error

func (p *Pages) guard(answer handler) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		viewer, ok := page.ViewerOf(r.Context())
		if !ok || !viewer.Operator {
			return problem.Missing("page")
		}
		return answer(w, r, jobs.Operator{ID: viewer.Account, Name: viewer.Name})
	}
}

// done says what was done, on the overview.
func done(w http.ResponseWriter, r *http.Request, words string) error {
	return page.Done(w, r, "/operators", words)
}

// selection reads what a form or a link names.
func selection(r *http.Request) (jobs.Selection, error) {
	s := jobs.Selection{
		Queue: event.Queue(r.FormValue("queue")),
		Kind:  jobs.Kind{Event: r.FormValue("event"), Subscriber: r.FormValue("subscriber")},
	}
	if text := r.FormValue("job"); text != "" {
		job, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return s, problem.Missing("job")
		}
		s.Job = job
	}
	return s, nil
}
