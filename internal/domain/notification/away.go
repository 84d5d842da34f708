package notification

import (
	"context"

	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Away tells those who work on an incident that the chat platform with its channel does not answer, and where it goes on;
// once for the event, and never of what is over.
func (s *Service) Away(ctx context.Context, r event.Record, in id.ID, platform string) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	if !inc.Status.Category.Ongoing() {
		return nil
	}
	people, err := s.needs.Incidents.People(ctx, in)
	if err != nil {
		return err
	}
	users := make([]id.ID, len(people))
	for n, p := range people {
		users[n] = p.ID
	}
	title := platform + " does not answer; " + called(inc) + " goes on in Muster"
	return s.tell(ctx, news{
		reason: PlatformAway, event: r, incident: inc, users: users,
		words: words{
			title: title, body: inc.Name + " · " + situation(inc) + ". Everything works in Muster's own room, and follows in " + platform + " when it is back.",
			tag: "away-" + string(inc.ID), path: path(inc), subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the room",
		},
	})
}
