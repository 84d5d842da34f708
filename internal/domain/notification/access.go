package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// accessRequested tells those who are in a private incident; the audience of one is never anybody else.
func (s *Service) accessRequested(ctx context.Context, r event.Record, e incident.AccessRequested) error {
	request, err := s.needs.Incidents.Request(ctx, e.Request)
	if err != nil || request.State != "open" {
		return err
	}
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	title := request.Person.Name + " asks to see " + called(inc)
	return s.tell(ctx, news{
		reason: Access, event: r, incident: inc, everyone: inc.Private,
		words: words{
			title: title, body: inc.Name + " is private. Let them in or not: whoever is in it can.", tag: "access-" + string(e.Request), path: path(inc),
			subject: title + ": " + inc.Name, facts: facts(inc), action: "Decide",
		},
	})
}

func letInByAnother(_ context.Context, _ pgx.Tx, r event.Record, e incident.AccessGranted) (bool, error) {
	return e.User != r.Actor.ID, nil
}

func (s *Service) accessGranted(ctx context.Context, r event.Record, e incident.AccessGranted) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	title := r.Actor.Name + " let you into " + called(inc)
	return s.tell(ctx, news{
		reason: Access, event: r, incident: inc, users: []id.ID{e.User},
		words: words{
			title: title, body: inc.Name + " · " + situation(inc) + ". It is private: only those invited see it.", tag: "access-" + string(e.Incident), path: path(inc),
			subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the incident",
		},
	})
}

func calledByAnother(_ context.Context, _ pgx.Tx, r event.Record, e incident.Joined) (bool, error) {
	return e.User != r.Actor.ID, nil
}

// invited tells who was called into an incident.
func (s *Service) invited(ctx context.Context, r event.Record, e incident.Joined) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	title := r.Actor.Name + " calls you to " + called(inc)
	return s.tell(ctx, news{
		reason: Mentioned, event: r, incident: inc, users: []id.ID{e.User}, seq: r.Seq,
		words: words{
			title: title, body: inc.Name + " · " + situation(inc), tag: "invited-" + string(e.Incident), path: path(inc),
			subject: title + ": " + inc.Name, facts: facts(inc), action: "Open the incident",
		},
	})
}
