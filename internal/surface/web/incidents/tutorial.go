package incidents

import (
	"context"
	"net/http"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/tutorial"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
)

// tutorialView is the checklist of a guided first incident.
type tutorialView struct {
	Path  string
	Steps []tutorial.Step
	Next  *tutorial.Step
	Done  int
	Ended bool
}

// lesson reads the checklist; nil in any other incident.
func (p *Pages) lesson(ctx context.Context, inc incident.Incident) (*tutorialView, error) {
	if inc.Mode != incident.Tutorial {
		return nil, nil
	}
	progress, err := p.Tutorials.Progress(ctx, inc.ID)
	if problem.Is(err, problem.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tutorialView{Path: path(inc), Steps: progress.Steps, Next: progress.Next(), Done: progress.Done(), Ended: progress.Ended}, nil
}

func (p *Pages) startTutorial(w http.ResponseWriter, r *http.Request) error {
	begun, err := p.Tutorials.Start(r.Context())
	if err != nil {
		return err
	}
	return page.Go(w, r, path(incident.Incident{ID: begun.ID}))
}

func (p *Pages) skipTutorial(w http.ResponseWriter, r *http.Request) error {
	found, err := p.here(r)
	if err != nil {
		return err
	}
	if err := p.Tutorials.Skip(r.Context(), tutorial.Skip{Incident: found}); err != nil {
		return err
	}
	return page.Go(w, r, "/")
}
