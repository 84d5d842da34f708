package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// live leaves out what is no emergency: tests, tutorials, and what was over when it was written down.
func live(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Declared) (bool, error) {
	return e.Mode == incident.Standard && e.Category == incident.CategoryLive, nil
}

func (s *Service) declared(ctx context.Context, r event.Record, e incident.Declared) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	title := called(inc) + " declared: " + inc.Name
	if inc.Severity != nil {
		title = inc.Severity.Name + " · " + title
	}
	body := "Declared by " + r.Actor.Name + "."
	if lead := inc.Lead(); lead != nil && lead.ID != r.Actor.ID {
		body += " " + lead.Name + " leads."
	}
	if summary := inc.Summary.Excerpt(300); summary != "" {
		body += " " + summary
	}
	return s.tell(ctx, news{
		reason: IsDeclared, event: r, incident: inc, everyone: true, but: []id.ID{e.Lead}, // the lead hears of the role
		words: words{title: title, body: body, tag: "incident-" + string(inc.ID), path: path(inc), subject: title, facts: facts(inc), action: "Open the incident"},
	})
}
