package escalation

import (
	"context"
	"slices"

	"github.com/musterhq/muster/internal/domain/notification"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// tellAcknowledged tells who called that somebody is on it, and the others who were called that they need not be.
func (s *Service) tellAcknowledged(ctx context.Context, r event.Record, e Acknowledged) error {
	esc, err := s.Get(ctx, e.Escalation)
	if err != nil {
		return err
	}
	users := paged(esc, r.Actor.ID)
	if who := esc.Creator; who.Type == tenant.User && who.ID != r.Actor.ID && !slices.Contains(users, who.ID) {
		users = append(users, who.ID)
	}
	return s.tellQuietly(ctx, r, esc, users, " is on it", esc.Message)
}

// tellCanceled tells those who were called that nobody is needed any more.
func (s *Service) tellCanceled(ctx context.Context, r event.Record, e Canceled) error {
	esc, err := s.Get(ctx, e.Escalation)
	if err != nil {
		return err
	}
	return s.tellQuietly(ctx, r, esc, paged(esc, r.Actor.ID), " called it off: you are not needed any more", esc.Message)
}

// tellQuietly takes the place of the call on the devices that showed it.
func (s *Service) tellQuietly(ctx context.Context, r event.Record, esc Escalation, users []id.ID, what, body string) error {
	if len(users) == 0 {
		return nil
	}
	inc, err := s.needs.Incidents.Get(ctx, esc.Incident)
	if err != nil {
		return err
	}
	_, err = s.needs.Notifications.Reach(ctx, notification.Urgent{
		Event: r, Incident: esc.Incident, Users: users, Quiet: true, DevicesOnly: true, Key: "escalation-" + string(esc.ID), Tag: tag(esc),
		Title: called(inc) + ": " + r.Actor.Name + what, Body: body, Path: incidentPath(inc), Action: "Open the incident",
	})
	return err
}

// tellExpired tells who called, and the lead, that nobody answered: by every way, since somebody has to think again.
func (s *Service) tellExpired(ctx context.Context, r event.Record, e Expired) error {
	esc, err := s.Get(ctx, e.Escalation)
	if err != nil {
		return err
	}
	if esc.State != Unheard {
		return nil // answered after all
	}
	inc, err := s.needs.Incidents.Get(ctx, esc.Incident)
	if err != nil {
		return err
	}
	var users []id.ID
	if esc.Creator.Type == tenant.User {
		users = append(users, esc.Creator.ID)
	}
	if lead := inc.Lead(); lead != nil && !slices.Contains(users, lead.ID) {
		users = append(users, lead.ID)
	}
	if len(users) == 0 {
		return nil
	}
	_, err = s.needs.Notifications.Reach(ctx, notification.Urgent{
		Event: r, Incident: esc.Incident, Users: users, Key: "escalation-" + string(esc.ID) + "-expired", Tag: tag(esc) + "-expired",
		Title: "Nobody answered in " + called(inc), Body: esc.Names() + " did not answer: " + esc.Message + ". Call somebody else, or ring them yourself.",
		Path: incidentPath(inc) + "/escalations/new?again=" + string(esc.ID), Action: "Call somebody else",
	})
	return err
}
