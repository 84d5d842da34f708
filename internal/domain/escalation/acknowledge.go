package escalation

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/escalation/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Acknowledge answers an escalation: the actor is on it.
type Acknowledge struct {
	Escalation id.ID
	// TakeLead makes the actor the incident's lead as well, both or neither.
	TakeLead bool
}

// Cancel calls an escalation off: nobody is needed any more.
type Cancel struct{ Escalation id.ID }

// Acknowledge answers an escalation, also one that had given up. Whoever answers first has it; to answer again changes
// nothing but may take the lead.
func (s *Service) Acknowledge(ctx context.Context, cmd Acknowledge) (Escalation, error) {
	lead := id.ID("")
	if cmd.TakeLead {
		var err error
		if lead, err = s.leadRole(ctx); err != nil {
			return Escalation{}, err
		}
	}
	var after Escalation
	err := s.on(ctx, authz.EditIncidents, cmd.Escalation, func(ctx context.Context, t turn) error {
		if err := s.acknowledge(ctx, t, ""); err != nil {
			return err
		}
		if t.scope.Actor.Type == tenant.User {
			if _, err := incident.TakePart(ctx, t.tx, t.inc, t.scope.Actor.ID, incident.Collaborator, t.at); err != nil {
				return err
			}
		}
		if cmd.TakeLead {
			_, err := s.needs.Incidents.AssignRole(ctx, incident.AssignRole{Incident: t.inc.ID, Role: lead, Assignee: t.scope.Actor.ID})
			if err != nil {
				return err
			}
		}
		var err error
		after, err = locked(ctx, t.q, t.esc.ID)
		return err
	})
	return after, err
}

func (s *Service) leadRole(ctx context.Context) (id.ID, error) {
	roles, err := s.needs.Incidents.Roles(tenant.Also(ctx, authz.ViewRoles))
	if err != nil {
		return "", err
	}
	for _, role := range roles {
		if role.Kind == incident.RoleLead {
			return role.ID, nil
		}
	}
	return "", problem.Missing("role")
}

// acknowledge ends an open escalation with an answer, given in a pager or, without one, in Muster.
func (s *Service) acknowledge(ctx context.Context, t turn, pager id.ID) error {
	switch t.esc.State {
	case Answered:
		return nil
	case Called:
		return problem.New(problem.Conflict, "escalation_canceled", "%s called this off: nobody is needed any more.", t.esc.By.Name)
	}
	in, user := "", id.ID("")
	if !pager.Empty() {
		for _, target := range t.esc.Targets {
			if target.Pager == pager {
				in = target.Name
			}
		}
	} else if t.scope.Actor.Type == tenant.User {
		user = t.scope.Actor.ID
	}
	if err := s.end(ctx, t, Answered, in); err != nil {
		return err
	}
	err := t.q.AnswerTarget(ctx, db.AnswerTargetParams{EscalationID: t.esc.ID, UserID: user, PagerID: pager})
	if err != nil {
		return fmt.Errorf("write who answered: %w", err)
	}
	return s.bus.Publish(ctx, t.tx, Acknowledged{Call: t.call(), In: in, Pager: pager})
}

func (s *Service) end(ctx context.Context, t turn, state State, in string) error {
	by := t.scope.Actor
	err := t.q.End(ctx, db.EndParams{State: string(state), EndedByType: string(by.Type), EndedByID: by.ID, EndedByName: by.Name, EndedIn: in, At: t.at, ID: t.esc.ID})
	if err != nil {
		return fmt.Errorf("write how the escalation ended: %w", err)
	}
	if err := s.needs.Timers.Clear(ctx, t.tx, stepTimer, t.esc.ID); err != nil {
		return err
	}
	if err := s.needs.Timers.Clear(ctx, t.tx, checkTimer, t.esc.ID); err != nil {
		return err
	}
	return t.audited(ctx, "escalation."+string(state), map[string]any{"state": state, "in": in})
}

// Cancel calls an escalation off that still waits for an answer; one that has ended stays as it is.
func (s *Service) Cancel(ctx context.Context, cmd Cancel) (Escalation, error) {
	var after Escalation
	err := s.on(ctx, authz.CancelEscalations, cmd.Escalation, func(ctx context.Context, t turn) error {
		if t.esc.Open() {
			if err := s.cancel(ctx, t); err != nil {
				return err
			}
		}
		var err error
		after, err = locked(ctx, t.q, t.esc.ID)
		return err
	})
	return after, err
}

func (s *Service) cancel(ctx context.Context, t turn) error {
	if err := s.end(ctx, t, Called, ""); err != nil {
		return err
	}
	return s.bus.Publish(ctx, t.tx, Canceled{t.call()})
}

// AcknowledgeMine answers every escalation of an incident that calls for the actor, or the only one that is open; it
// returns those that it answered.
func (s *Service) AcknowledgeMine(ctx context.Context, inc id.ID) ([]Escalation, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return nil, err
	}
	all, err := s.List(ctx, inc)
	if err != nil {
		return nil, err
	}
	var mine, open []Escalation
	for _, one := range all {
		if !one.Open() {
			continue
		}
		open = append(open, one)
		for _, t := range one.Targets {
			if t.Person != nil && t.Person.ID == scope.Actor.ID {
				mine = append(mine, one)
			}
		}
	}
	if len(mine) == 0 && len(open) == 1 {
		mine = open
	}
	for n, one := range mine {
		if mine[n], err = s.Acknowledge(ctx, Acknowledge{Escalation: one.ID}); err != nil {
			return nil, err
		}
	}
	return mine, nil
}

// incidentMoved calls off what still waits when the incident is over.
func (s *Service) incidentMoved(ctx context.Context, tx pgx.Tx, r event.Record, e incident.StatusChanged) error {
	if e.ToCategory.Ongoing() {
		return nil
	}
	q := db.New(tx)
	pending, err := q.PendingOf(ctx, e.Incident)
	if err != nil || len(pending) == 0 {
		return err
	}
	inc, err := incident.Find(ctx, tx, e.Incident)
	if err != nil {
		return err
	}
	for _, one := range pending {
		t := turn{scope: tenant.Scope{Organisation: r.Organisation, Actor: r.Actor}, tx: tx, q: q, inc: inc, at: r.RecordedAt}
		if t.esc, err = locked(ctx, q, one); err != nil {
			return err
		}
		if err := s.cancel(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
