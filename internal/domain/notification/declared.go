package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// live leaves out what is no emergency: tests, tutorials, quiet ones, and what was over when it was written down.
func live(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Declared) (bool, error) {
	return e.Mode == incident.Standard && e.Category == incident.CategoryLive && !e.Quiet, nil
}

func (s *Service) declared(ctx context.Context, r event.Record, e incident.Declared) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	return s.announce(ctx, r, inc, []id.ID{e.Lead}) // the lead hears of the role
}

// announce tells everyone who asked to hear of every incident of this one, but for those who know.
func (s *Service) announce(ctx context.Context, r event.Record, inc incident.Incident, but []id.ID) error {
	title := called(inc) + " declared: " + inc.Name
	if inc.Severity != nil {
		title = inc.Severity.Name + " · " + title
	}
	body := "Declared by " + inc.Creator.Name + "."
	if lead := inc.Lead(); lead != nil && lead.ID != inc.Creator.ID {
		body += " " + lead.Name + " leads."
	}
	if summary := inc.Summary.Excerpt(300); summary != "" {
		body += " " + summary
	}
	return s.tell(ctx, news{
		reason: IsDeclared, event: r, incident: inc, everyone: true, but: but,
		words: words{title: title, body: body, tag: "incident-" + string(inc.ID), path: path(inc), subject: title, facts: facts(inc), action: "Open the incident"},
	})
}
