package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Participation is how somebody takes part in an incident.
type Participation string

// The ways to take part: an observer watches, a collaborator joined in, a responder holds or held a role.
const (
	Observer     Participation = "observer"
	Collaborator Participation = "collaborator"
	Responder    Participation = "responder"
)

var weight = map[Participation]int{"": 0, Observer: 1, Collaborator: 2, Responder: 3}

// Join makes the actor take part.
type Join struct{ Incident id.ID }

// Leave makes the actor watch only.
type Leave struct{ Incident id.ID }

// Join makes the actor a collaborator, unless they take part already.
func (s *Service) Join(ctx context.Context, cmd Join) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.scope.Actor.Type != tenant.User {
			return notPerson()
		}
		raised, err := takePart(ctx, t.q, t.inc, t.scope.Actor.ID, Collaborator, t.at)
		if err != nil || !raised {
			return err
		}
		out.Changed = true
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.joined", TargetType: "user", TargetID: t.scope.Actor.ID, Incident: t.inc.ID, Private: t.inc.Private,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, Joined{About: t.inc.About(), User: t.scope.Actor.ID})
	})
	return out, err
}

// Invite calls somebody into an incident that they may see.
type Invite struct{ Incident, User id.ID }

// Invite makes the person a collaborator, unless they take part already. Into a private incident GrantAccess lets people.
func (s *Service) Invite(ctx context.Context, cmd Invite) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if err := activeUser(ctx, t.q, "user", cmd.User); err != nil {
			return err
		}
		raised, err := takePart(ctx, t.q, t.inc, cmd.User, Collaborator, t.at)
		if err != nil || !raised {
			return err
		}
		out.Changed = true
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.invited", TargetType: "user", TargetID: cmd.User, Incident: t.inc.ID, Private: t.inc.Private,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, Joined{About: t.inc.About(), User: cmd.User})
	})
	return out, err
}

// Leave makes the actor an observer; who holds a role hands it over first.
func (s *Service) Leave(ctx context.Context, cmd Leave) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.ViewIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.scope.Actor.Type != tenant.User {
			return notPerson()
		}
		user := t.scope.Actor.ID
		now, err := t.q.Participation(ctx, db.ParticipationParams{IncidentID: t.inc.ID, UserID: user})
		if postgres.None(err) || (err == nil && Participation(now) == Observer) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read who takes part: %w", err)
		}
		held, err := t.q.HeldRoles(ctx, db.HeldRolesParams{IncidentID: t.inc.ID, UserID: user})
		if err != nil {
			return fmt.Errorf("read the roles held: %w", err)
		}
		if len(held) > 0 {
			return problem.New(problem.Conflict, "holds_role", "You hold a role in this incident. Hand it over before you leave.")
		}
		out.Changed = true
		err = t.q.SetParticipation(ctx, db.SetParticipationParams{Kind: string(Observer), At: t.at, IncidentID: t.inc.ID, UserID: user})
		if err != nil {
			return fmt.Errorf("write who takes part: %w", err)
		}
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.left", TargetType: "user", TargetID: user, Incident: t.inc.ID, Private: t.inc.Private,
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, Left{About: t.inc.About(), User: user})
	})
	return out, err
}

// TakePart lets a user take part at least in the given way; in a private incident only who sees it, else the problem is
// NotInvited. It reports whether that is more than before; it never makes it less.
func TakePart(ctx context.Context, tx pgx.Tx, inc Held, user id.ID, as Participation, at time.Time) (bool, error) {
	return takePart(ctx, db.New(tx), inc, user, as, at)
}

func takePart(ctx context.Context, q *db.Queries, inc Held, user id.ID, as Participation, at time.Time) (bool, error) {
	if err := seesIt(ctx, q, inc, user); err != nil {
		return false, err
	}
	added, err := q.InsertParticipant(ctx, db.InsertParticipantParams{IncidentID: inc.ID, UserID: user, Private: inc.Private, Kind: string(as), At: at})
	if err != nil {
		return false, fmt.Errorf("write who takes part: %w", err)
	}
	if added == 1 {
		return true, nil
	}
	now, err := q.Participation(ctx, db.ParticipationParams{IncidentID: inc.ID, UserID: user})
	if err != nil {
		return false, fmt.Errorf("read who takes part: %w", err)
	}
	if weight[Participation(now)] >= weight[as] {
		return false, nil
	}
	err = q.SetParticipation(ctx, db.SetParticipationParams{Kind: string(as), At: at, IncidentID: inc.ID, UserID: user})
	if err != nil {
		return false, fmt.Errorf("write who takes part: %w", err)
	}
	return true, nil
}

func notPerson() error {
	return problem.New(problem.Forbidden, "not_a_person", "Only people take part in incidents.")
}
