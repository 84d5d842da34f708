package notification

import (
	"context"

	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

// actionDue tells whoever has the action; the lead where nobody has it.
func (s *Service) actionDue(ctx context.Context, r event.Record, e action.ActionDue) error {
	due, err := s.needs.Actions.Get(ctx, e.Action)
	if problem.Is(err, problem.NotFound) || (err == nil && (due.Status != action.Outstanding || due.Due == nil || !due.Due.Equal(e.Due))) {
		return nil // done with, or put off meanwhile
	}
	if err != nil {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	if inc.Mode == incident.Tutorial { // learning wakes nobody
		return nil
	}
	to, title := due.Assignee, "Your action in "+called(inc)+" is due"
	if to == nil {
		to, title = inc.Lead(), "An action in "+called(inc)+" is due, and nobody has it"
	}
	if to == nil {
		return nil
	}
	return s.tell(ctx, news{
		reason: DueForYou, event: r, incident: inc, users: []id.ID{to.ID},
		words: words{
			title: title, body: due.Description, tag: "action-" + string(e.Action), path: path(inc) + "/actions",
			subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the actions",
		},
	})
}
