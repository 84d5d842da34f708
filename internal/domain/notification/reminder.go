package notification

import (
	"context"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// updateDue tells those who owe the update: the lead, and whoever sent the last one and promised it; the reporter
// when there is neither.
func (s *Service) updateDue(ctx context.Context, r event.Record, e incident.UpdateDue) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	if inc.NextUpdateDueAt == nil || inc.NextUpdateDueAt.After(e.Due) || !inc.Live() {
		return nil // sent, skipped or put off meanwhile
	}
	var users []id.ID
	if lead := inc.Lead(); lead != nil {
		users = append(users, lead.ID)
	}
	if last := inc.LastUpdate; last != nil && last.Author.Type == tenant.User {
		users = append(users, last.Author.ID)
	}
	if len(users) == 0 && inc.Creator.Type == tenant.User {
		users = append(users, inc.Creator.ID)
	}
	title := "The next update on " + called(inc) + " is due"
	if e.Reminder > 1 {
		title = "The next update on " + called(inc) + " is overdue"
	}
	return s.tell(ctx, news{
		reason: UpdateDue, event: r, incident: inc, users: users,
		words: words{
			title: title, body: inc.Name + " · " + situation(inc) + ". People are waiting to hear where it stands.", tag: "update-due-" + string(inc.ID),
			path: path(inc) + "/updates/new", subject: title + ": " + inc.Name, facts: facts(inc), action: "Write the update",
		},
	})
}
