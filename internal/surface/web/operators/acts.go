package operators

import (
	"context"
	"net/http"
	"strconv"

	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/jobs"
)

func (p *Pages) pause(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	return p.halt(w, r, by, "Paused.", p.needs.Control.PauseQueue, p.needs.Control.PauseKind)
}

func (p *Pages) resume(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	return p.halt(w, r, by, "Resumed.", p.needs.Control.ResumeQueue, p.needs.Control.ResumeKind)
}

func (p *Pages) halt(w http.ResponseWriter, r *http.Request, by jobs.Operator, words string,
	queue func(ctx context.Context, by jobs.Operator, queue event.Queue) error, kind func(ctx context.Context, by jobs.Operator, kind jobs.Kind) error,
) error {
	s, err := selection(r)
	if err != nil {
		return err
	}
	if s.Kind != (jobs.Kind{}) {
		err = kind(r.Context(), by, s.Kind)
	} else {
		err = queue(r.Context(), by, s.Queue)
	}
	if err != nil {
		return err
	}
	return done(w, r, words)
}

func (p *Pages) replay(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	s, err := selection(r)
	if err != nil {
		return err
	}
	replayed, err := p.needs.Control.Replay(r.Context(), by, s)
	if err != nil {
		return err
	}
	return done(w, r, "Replaying "+plural(replayed)+".")
}

func (p *Pages) replayQuarantined(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	job, err := quarantined(r)
	if err != nil {
		return err
	}
	if err := p.needs.Control.ReplayQuarantined(r.Context(), by, job); err != nil {
		return err
	}
	return done(w, r, "It runs again, alone.")
}

func (p *Pages) dropQuarantined(w http.ResponseWriter, r *http.Request, by jobs.Operator) error {
	job, err := quarantined(r)
	if err != nil {
		return err
	}
	if err := p.needs.Control.DropQuarantined(r.Context(), by, job); err != nil {
		return err
	}
	return done(w, r, "Dropped from quarantine.")
}

func quarantined(r *http.Request) (int64, error) {
	job, err := strconv.ParseInt(r.PathValue("job"), 10, 64)
	if err != nil {
		return 0, problem.Missing("quarantined delivery")
	}
	return job, nil
}
