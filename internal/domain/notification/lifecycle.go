package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// subscribeLifecycle waits for decisions about an incident. Those whom they concern are told: who reported it of the
// decision in triage, who works on it of its end or its pause, and its lead when a pause is over.
func (s *Service) subscribeLifecycle(bus *event.Bus) {
	on := event.On(event.Chat)
	event.After(bus, "notification.decided", func(ctx context.Context, r event.Record, e incident.Accepted) error {
		return s.decided(ctx, r, e.Incident, "accepted", "", reporters)
	}, on)
	event.After(bus, "notification.decided", func(ctx context.Context, r event.Record, e incident.Declined) error {
		return s.decided(ctx, r, e.Incident, "declined", incident.CategoryDeclined, reporters)
	}, on)
	event.After(bus, "notification.decided", func(ctx context.Context, r event.Record, e incident.Canceled) error {
		return s.decided(ctx, r, e.Incident, "canceled", incident.CategoryCanceled, workers)
	}, on)
	event.After(bus, "notification.decided", func(ctx context.Context, r event.Record, e incident.Merged) error {
		return s.decided(ctx, r, e.Incident, "merged", incident.CategoryMerged, workers)
	}, on)
	event.After(bus, "notification.decided", func(ctx context.Context, r event.Record, e incident.Paused) error {
		return s.decided(ctx, r, e.Incident, "paused", incident.CategoryPaused, workers)
	}, on)
	event.After(bus, "notification.woken", s.woken, on, event.UnsafeToClear(), event.When(
		func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.Resumed) (bool, error) {
			return e.Woken, nil
		}))
	event.After(bus, "notification.declared", s.unhushed, on, event.When(
		func(_ context.Context, _ pgx.Tx, _ event.Record, e incident.QuietChanged) (bool, error) {
			return !e.Quiet, nil
		}))
	event.After(bus, "notification.declared", s.accepted, on)
}

// reporters are those who brought the incident up.
func reporters(inc incident.Incident) []id.ID {
	if inc.Creator.Type != tenant.User {
		return nil
	}
	return []id.ID{inc.Creator.ID}
}

// workers are those and whoever holds a role.
func workers(inc incident.Incident) []id.ID {
	users := reporters(inc)
	for _, held := range inc.Roles {
		if held.Holder != nil {
			users = append(users, held.Holder.ID)
		}
	}
	return users
}

// decided tells of a decision, as long as it stands: the incident is still of the category that it led to, if one is given. Where a merged one goes
// on is on its page, for those who may see it.
func (s *Service) decided(ctx context.Context, r event.Record, in id.ID, what string, stands incident.Category, whom func(incident.Incident) []id.ID) error {
	inc, err := s.needs.Incidents.Get(ctx, in)
	if err != nil {
		return err
	}
	if stands != "" && inc.Status.Category != stands || inc.Quiet || inc.Mode == incident.Retrospective || inc.Mode == incident.Tutorial {
		return nil
	}
	title := r.Actor.Name + " " + what + " " + called(inc)
	body := inc.Name
	if inc.Aside != nil && inc.Aside.Reason != "" {
		body += " · " + inc.Aside.Reason
	}
	return s.tell(ctx, news{
		reason: Decided, event: r, incident: inc, users: whom(inc),
		words: words{title: title, body: body, tag: "incident-" + string(inc.ID), path: path(inc), subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the incident"},
	})
}

// woken tells the lead that the pause is over, or who reported the incident when nobody leads.
func (s *Service) woken(ctx context.Context, r event.Record, e incident.Resumed) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	if !inc.Live() || inc.Mode == incident.Tutorial {
		return nil
	}
	users := reporters(inc)
	if lead := inc.Lead(); lead != nil {
		users = []id.ID{lead.ID}
	}
	title := "The pause of " + called(inc) + " is over"
	return s.tell(ctx, news{
		reason: Decided, event: r, incident: inc, users: users,
		words: words{
			title: title, body: inc.Name + " · " + situation(inc) + ". Take it up, or pause it again.", tag: "incident-" + string(inc.ID),
			path: path(inc), subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the incident",
		},
	})
}

// unhushed and accepted tell of an incident what its declaration left unsaid.
func (s *Service) unhushed(ctx context.Context, r event.Record, e incident.QuietChanged) error {
	return s.belated(ctx, r, e.Incident)
}

func (s *Service) accepted(ctx context.Context, r event.Record, e incident.Accepted) error {
	return s.belated(ctx, r, e.Incident)
}

func (s *Service) belated(ctx context.Context, r event.Record, in id.ID) error {
	inc, err := s.needs.Incidents.Get(ctx, in)
	if err != nil || inc.Mode != incident.Standard || inc.Quiet || !inc.Live() {
		return err
	}
	return s.announce(ctx, r, inc, reporters(inc))
}
