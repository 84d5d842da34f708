package incidents

import (
	"context"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/surface/web/page"
	"github.com/musterhq/muster/internal/surface/web/ui"
)

// briefView is an incident in thirty seconds, for those who do not work on it.
type briefView struct {
	incidentView
	// Bad says in plain words how bad the severity is.
	Bad       string
	Updates   []briefUpdate
	Questions []questionView
	Question  askView
	// NextAt is when the next update comes, nil when none is promised.
	NextAt *ui.Moment
}

// briefUpdate is an update with the status that it left.
type briefUpdate struct {
	updateView
	Status string
}

// askView is the line to ask a question with.
type askView struct {
	Key, Label string
	// Off is set where nobody asks any more.
	Off bool
}

// shownUpdates is how many updates the short page tells.
const shownUpdates = 5

func (p *Pages) briefView(r *http.Request) (briefView, error) {
	var updates []incident.Update
	var list []question.Question
	shown, inc, l, err := p.parts(
		r, "", ofTold|ofHears,
		func(ctx context.Context, _ sight, _ incidentView, inc incident.Incident) (err error) {
			updates, err = p.Incidents.Updates(ctx, inc.ID, shownUpdates)
			return err
		},
		func(ctx context.Context, _ sight, _ incidentView, inc incident.Incident) (err error) {
			list, err = p.Questions.List(ctx, inc.ID)
			return err
		},
	)
	if err != nil {
		return briefView{}, err
	}
	p.visited(r.Context(), inc, l)
	v := briefView{incidentView: shown}
	if inc.Severity != nil {
		v.Bad = inc.Severity.Description
	}
	if inc.NextUpdateDueAt != nil {
		at := l.Moment(*inc.NextUpdateDueAt)
		v.NextAt = &at
		v.Due.What = "" // its label says it
	}
	for _, u := range updates {
		v.Updates = append(v.Updates, briefUpdate{updateView: l.update(u), Status: u.ToStatus.Name})
	}
	for _, q := range list {
		v.Questions = append(v.Questions, l.question(inc, q))
	}
	v.Question = askView{Key: string(id.New(l.Now)), Label: "Ask", Off: inc.Mode == incident.Tutorial}
	if keeper := question.Keeper(inc); keeper != nil && keeper.ID != l.Viewer.User {
		v.Question.Label = "Ask " + first(keeper.Name)
	}
	return v, nil
}

func (p *Pages) brief(w http.ResponseWriter, r *http.Request) error {
	v, err := p.briefView(r)
	if err != nil {
		return err
	}
	return p.Frame.ShowPlain(w, r, page.Page{Title: v.title() + " in 30 seconds", Topics: "incident:" + v.ID, Content: briefPage(v)})
}

// briefPart answers with one part of the short page, for a page that is open.
func (p *Pages) briefPart(w http.ResponseWriter, r *http.Request) error {
	v, err := p.briefView(r)
	if err != nil {
		return err
	}
	var part templ.Component
	switch name := r.PathValue("part"); name {
	case "bar":
		part = briefBar(v)
	case "now":
		part = briefNow(v)
	case "questions":
		part = questionsPart(v)
	case "updates":
		part = briefUpdates(v)
	default:
		return problem.New(problem.NotFound, "not_found", "The page has no part %q.", name)
	}
	return page.Part(w, r, http.StatusOK, part)
}

// first is the first word of a name.
func first(name string) string {
	word, _, _ := strings.Cut(name, " ")
	return word
}

// title is what the incident is called in few characters.
func (v incidentView) title() string {
	if v.Reference == "" {
		return v.Name
	}
	return v.Reference
}
