// Package operators is the page of those who look after the installation: queues, failures, quarantine, crashes.
package operators

import (
	"log/slog"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/httpx"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/platform/telemetry"
	"github.com/musterhq/muster/internal/surface/web/layout"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// Needs is what the pages are made of.
type Needs struct {
	Control *jobs.Control
	Clock   clock.Clock
	// Frame is the frame of a page with a title, in the section "operators".
	Frame func(r *http.Request, title, section string) layout.View
	// Fail answers a request that went wrong.
	Fail httpx.RenderError
	// Errors are the last errors of this process, newest first; nil where nobody gathers them.
	Errors func() []telemetry.Fault
}

// Pages are the operators' pages.
type Pages struct{ needs Needs }

// New returns the operators' pages.
func New(needs Needs) *Pages { return &Pages{needs: needs} }

// Routes adds the pages to the dashboard's own. To everyone but operators there are none.
func (p *Pages) Routes(mux *http.ServeMux) {
	for pattern, answer := range map[string]handler{
		"GET /operators":                           p.overview,
		"PUT /operators/pause":                     p.pause,
		"DELETE /operators/pause":                  p.resume,
		"POST /operators/replays":                  p.replay,
		"GET /operators/clearings/new":             p.askToClear,
		"POST /operators/clearings":                p.clear,
		"POST /operators/quarantine/{job}/replays": p.replayQuarantined,
		"DELETE /operators/quarantine/{job}":       p.dropQuarantined,
	} {
		mux.HandleFunc(pattern, p.guard(answer))
	}
}

type handler func(w http.ResponseWriter, r *http.Request, by jobs.Operator) error

func (p *Pages) guard(answer handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		viewer, ok := page.ViewerOf(r.Context())
		if !ok || !viewer.Operator {
			p.needs.Fail(w, r, problem.Missing("page"))
			return
		}
		if err := answer(w, r, jobs.Operator{ID: viewer.Account, Name: viewer.Name}); err != nil {
			p.needs.Fail(w, r, err)
		}
	}
}

// show renders a page in its frame.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, content templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := content.Render(r.Context(), w); err != nil {
		slog.WarnContext(r.Context(), "the operators' page was not sent to its end", "error", err)
	}
}

// back leads to the overview, which says what was done.
func back(w http.ResponseWriter, r *http.Request, did string, count int64) error {
	http.Redirect(w, r, "/operators?did="+did+"&jobs="+strconv.FormatInt(count, 10), http.StatusSeeOther)
	return nil
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
