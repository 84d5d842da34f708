package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/nudge"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// asksToClose picks the one nudge that reaches people outside the room, because nobody may be in it any more.
func asksToClose(_ context.Context, _ pgx.Tx, _ event.Record, e nudge.Raised) (bool, error) {
	return e.Nudge == nudge.CanBeClosed, nil
}

// mayBeClosed asks the lead, or else whoever declared it, whether the incident is over.
func (s *Service) mayBeClosed(ctx context.Context, r event.Record, e nudge.Raised) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	var users []id.ID
	if lead := inc.Lead(); lead != nil {
		users = append(users, lead.ID)
	} else if inc.Creator.Type == tenant.User {
		users = append(users, inc.Creator.ID)
	}
	title := "Can " + called(inc) + " be closed?"
	return s.tell(ctx, news{
		reason: MayBeClosed, event: r, incident: inc, users: users,
		words: words{
			title: title, body: inc.Name + " · " + situation(inc) + ". Nothing has happened there for a while.", tag: "close-" + string(inc.ID),
			path: path(inc), subject: title + " " + inc.Name, facts: facts(inc), action: "Open the incident",
		},
	})
}
