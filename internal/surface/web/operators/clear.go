package operators

import (
	"net/http"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/jobs"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// clearView asks whether work is to be thrown away.
type clearView struct {
	Target targetView
	Jobs   int64
	// Unsafe are the kinds whose loss would be noticed outside.
	Unsafe []string
}

// askToClear says what would be thrown away, and which of it would be missed, before anything is.
func (p *Pages) askToClear(w http.ResponseWriter, r *http.Request, _ jobs.Operator) error {
	s, err := selection(r)
	if err != nil {
		return err
	}
	queues, err := p.needs.Control.Queues(r.Context())
	if err != nil {
		return err
	}
	v := clearView{Target: targetView{Queue: string(s.Queue), Event: s.Kind.Event, Subscriber: s.Kind.Subscriber, Name: s.String()}}
	for _, queue := range queues {
		for _, kind := range queue.Kinds {
			if (s.Queue != "" && s.Queue != queue.Queue) || (s.Kind != (jobs.Kind{}) && s.Kind != kind.Kind) {
				continue
			}
			loses := kind.Waiting + kind.Retrying + kind.Sleeping + kind.GivenUp + kind.Suspect
			v.Jobs += loses
			if kind.Unsafe && loses > 0 {
				v.Unsafe = append(v.Unsafe, kind.Kind.String())
			}
		}
	}
	if v.Jobs == 0 {
		return problem.Missing("work to clear")
	}
	return p.needs.Frame.Show(w, r, page.Page{Title: "Clear jobs", Section: "operators", Content: clearPage(v)})
}

func (p *Pages) clear(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	s, err := selection(r)
	if err != nil {
		return err
	}
	cleared, err := p.needs.Control.Clear(r.Context(), by, s, r.FormValue("knowing") == "on")
	if err != nil {
		return err
	}
	return done(w, r, "Cleared "+plural(cleared)+".")
}
