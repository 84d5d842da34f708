package notification

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/mail"
)

func givenByAnother(_ context.Context, _ pgx.Tx, r event.Record, e incident.RoleAssigned) (bool, error) {
	return !e.To.Empty() && e.To != r.Actor.ID, nil
}

func (s *Service) roleGiven(ctx context.Context, r event.Record, e incident.RoleAssigned) error {
	inc, err := s.needs.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	if inc.Mode == incident.Retrospective { // what was over when it was written down calls nobody
		return nil
	}
	for _, held := range inc.Roles {
		if held.Role.ID != e.Role {
			continue
		}
		if held.Holder == nil || held.Holder.ID != e.To {
			return nil // given on meanwhile: who holds it now is told of that
		}
		w := words{
			title: "You are the " + held.Role.Name + " of " + called(inc), body: r.Actor.Name + " gave you the role. " + inc.Name + " · " + situation(inc),
			tag: "role-" + string(e.Incident) + "-" + string(e.Role), path: path(inc), facts: facts(inc), action: "Open the incident",
		}
		w.subject = w.title + ": " + inc.Name
		if held.Note != "" {
			w.body = r.Actor.Name + ": “" + held.Note + "” " + inc.Name + " · " + situation(inc)
			w.facts = append(w.facts, mail.Fact{Name: "Note from " + r.Actor.Name, Value: held.Note})
		}
		if held.Role.Instructions != "" {
			w.facts = append(w.facts, mail.Fact{Name: "What to do", Value: held.Role.Instructions})
		}
		return s.tell(ctx, news{reason: RoleGiven, event: r, incident: inc, users: []id.ID{e.To}, seq: r.Seq, words: w})
	}
	return nil
}
