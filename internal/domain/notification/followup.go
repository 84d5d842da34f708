package notification

import (
	"context"

	"github.com/musterhq/muster/internal/domain/followup"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
)

// followUpDue tells whoever has the follow-up in the morning of its day.
func (s *Service) followUpDue(ctx context.Context, r event.Record, e followup.Due) error {
	due, err := s.needs.FollowUps.Get(ctx, e.FollowUp)
	if problem.Is(err, problem.NotFound) || (err == nil && (due.Status != followup.Outstanding || due.Assignee == nil || due.Assignee.ID != e.Assignee)) {
		return nil // done with, or given on meanwhile
	}
	if err != nil {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil || inc.Mode == incident.Tutorial {
		return err
	}
	title := "Your follow-up to " + called(inc) + " is due today"
	return s.tell(ctx, news{
		reason: DueForYou, event: r, incident: inc, users: []id.ID{e.Assignee},
		words: words{
			title: title, body: due.Title, tag: "follow-up-" + string(e.FollowUp), path: path(inc) + "/follow-ups",
			subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the follow-up",
		},
	})
}
