package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// NotInvited is the code of the problem that somebody cannot be given anything in a private incident which they do not
// see. Verbs that give something take Invite to let them in as well.
const NotInvited = "not_invited"

// GrantAccess lets somebody see a private incident.
type GrantAccess struct{ Incident, User id.ID }

// RevokeAccess takes the sight of a private incident from somebody.
type RevokeAccess struct{ Incident, User id.ID }

// Member is somebody who sees a private incident.
type Member struct {
	Person
	GrantedAt time.Time
	// Roles are the names of those that they hold in it.
	Roles []string
}

// AccessRequest is somebody's wish to see a private incident.
type AccessRequest struct {
	ID, Incident id.ID
	Person       Person
	AskedAt      time.Time
	// State is open, allowed or denied; DecidedBy is who said so.
	State, DecidedBy string
}

// Access is who sees a private incident, and who asks to.
type Access struct {
	Members  []Member
	Requests []AccessRequest
}

// Access lists who sees a private incident; a public one has no such list.
func (s *Service) Access(ctx context.Context, incident id.ID) (Access, error) {
	var access Access
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		inc, err := Find(ctx, tx, incident)
		if err != nil || !inc.Private {
			return err
		}
		var members []db.AccessListRow
		err = s.sighted(ctx, func(ctx context.Context, q *db.Queries) error {
			members, err = q.AccessList(ctx, inc.ID)
			return err
		})
		if err != nil {
			return fmt.Errorf("read who has access: %w", err)
		}
		for _, row := range members {
			access.Members = append(access.Members, Member{
				Person: *personOf(row.UserID, &row.Name, row.AvatarKey, &row.State), GrantedAt: row.GrantedAt, Roles: row.Roles,
			})
		}
		requests, err := q.OpenAccessRequests(ctx, inc.ID)
		if err != nil {
			return fmt.Errorf("read who asks for access: %w", err)
		}
		for _, row := range requests {
			access.Requests = append(access.Requests, requestOf(db.FindAccessRequestRow(row)))
		}
		return nil
	})
	return access, err
}

// sighted runs fn within the open transaction, in which the caller was found to see the incident, with the sight of all
// grants: an actor's own sight is of their own grants alone.
func (s *Service) sighted(ctx context.Context, fn func(ctx context.Context, q *db.Queries) error) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	scope.SeesPrivate = true
	return s.db.Read(tenant.With(ctx, scope), func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, db.New(tx)) })
}

// Managing returns a context in which an API key that may say who has access reaches private incidents, which it does
// not read otherwise; for everybody else it is ctx.
func Managing(ctx context.Context) context.Context {
	scope, err := tenant.From(ctx)
	if err != nil || scope.Actor.Type != tenant.APIKey || !scope.Permissions.Has(authz.ManagePrivate) {
		return ctx
	}
	scope.SeesPrivate = true
	return tenant.With(ctx, scope)
}

// GrantAccess lets somebody in, and settles what they asked for.
func (s *Service) GrantAccess(ctx context.Context, cmd GrantAccess) (Outcome, error) {
	ctx = Managing(ctx)
	var out Outcome
	err := s.on(ctx, authz.GrantAccess, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if err := activeUser(ctx, t.q, "user", cmd.User); err != nil {
			return err
		}
		if !t.inc.Private {
			return notPrivate()
		}
		var err error
		out.Changed, err = admit(ctx, s.bus, t.tx, t.inc, cmd.User, t.at, "")
		return err
	})
	return out, err
}

// admit gives access to a private incident within the transaction of a verb on it, and tells of it if that is new. A
// reason is given for those who let themselves in.
func admit(ctx context.Context, bus *event.Bus, tx pgx.Tx, inc Held, user id.ID, at time.Time, reason string) (bool, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return false, err
	}
	q := db.New(tx)
	added, err := q.AddAccess(ctx, db.AddAccessParams{IncidentID: string(inc.ID), Users: []string{string(user)}, At: at})
	if err != nil {
		return false, fmt.Errorf("give access: %w", err)
	}
	if added == 0 {
		return false, nil
	}
	if inc.Mode == Tutorial {
		return false, problem.New(problem.Conflict, "tutorial", "A tutorial is yours alone: nobody else is let in.")
	}
	_, err = q.CloseAccessRequests(ctx, db.CloseAccessRequestsParams{
		State: requestAllowed, At: at, DecidedByID: scope.Actor.ID, DecidedByName: scope.Actor.Name, IncidentID: inc.ID, UserID: user,
	})
	if err != nil {
		return false, fmt.Errorf("settle a request: %w", err)
	}
	err = audit.Write(ctx, tx, at, audit.Entry{
		Action: "incident.access_granted", TargetType: "user", TargetID: user, Incident: inc.ID, Private: true, After: map[string]any{"access": true},
	})
	if err != nil {
		return false, err
	}
	return true, bus.Publish(ctx, tx, AccessGranted{About: inc.About(), User: user, Reason: reason})
}

// Admit lets somebody see a private incident within the transaction of another domain's verb on it; to see a public one
// nobody needs to be let in.
func Admit(ctx context.Context, bus *event.Bus, tx pgx.Tx, inc Held, user id.ID, at time.Time) error {
	if !inc.Private {
		return nil
	}
	_, err := admit(ctx, bus, tx, inc, user, at, "")
	return err
}

// RevokeAccess shuts somebody out: not the last one, nor who holds a role. Who takes it from themselves leaves.
func (s *Service) RevokeAccess(ctx context.Context, cmd RevokeAccess) (Outcome, error) {
	ctx = Managing(ctx)
	var out Outcome
	err := s.on(ctx, authz.RevokeAccess, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		name, err := nameOf(ctx, t.q, cmd.User)
		if err != nil {
			return err
		}
		if !t.inc.Private {
			return notPrivate()
		}
		err = s.sighted(ctx, func(ctx context.Context, q *db.Queries) error {
			there, err := q.HasAccess(ctx, db.HasAccessParams{IncidentID: string(t.inc.ID), UserID: string(cmd.User)})
			if err != nil || !there {
				return err
			}
			others, err := q.OthersWithAccess(ctx, db.OthersWithAccessParams{IncidentID: t.inc.ID, UserID: cmd.User})
			if err != nil {
				return err
			}
			roles, err := q.HeldRoleNames(ctx, db.HeldRoleNamesParams{IncidentID: t.inc.ID, UserID: cmd.User})
			if err != nil {
				return err
			}
			if err := decideRevoke(name, int(others), roles, cmd.User == t.scope.Actor.ID); err != nil {
				return err
			}
			out.Changed = true
			return t.shutOut(ctx, q, cmd.User)
		})
		if err != nil || !out.Changed {
			return err
		}
		return s.bus.Publish(ctx, t.tx, AccessRevoked{About: t.inc.About(), User: cmd.User})
	})
	return out, err
}

// shutOut takes the grant and the place in the room from somebody.
func (t turn) shutOut(ctx context.Context, q *db.Queries, user id.ID) error {
	if err := q.DeleteParticipant(ctx, db.DeleteParticipantParams{IncidentID: t.inc.ID, UserID: user}); err != nil {
		return fmt.Errorf("take somebody out of the room: %w", err)
	}
	if _, err := q.DeleteAccess(ctx, db.DeleteAccessParams{IncidentID: t.inc.ID, UserID: user}); err != nil {
		return fmt.Errorf("take access: %w", err)
	}
	return audit.Write(ctx, t.tx, t.at, audit.Entry{
		Action: "incident.access_revoked", TargetType: "user", TargetID: user, Incident: t.inc.ID, Private: true,
		Before: map[string]any{"access": true}, After: map[string]any{"access": false},
	})
}

// decideRevoke refuses to leave an incident that nobody can open, or a role with somebody who cannot see what it is for.
func decideRevoke(name string, others int, roles []string, self bool) error {
	switch {
	case others == 0 && self:
		return problem.New(problem.Conflict, "last_member", "You are the last one who sees this incident. Invite somebody else first, or make it public.")
	case others == 0:
		return problem.New(problem.Conflict, "last_member", "%s is the last one who sees this incident. Invite somebody else first.", name)
	case len(roles) > 0 && self:
		return problem.New(problem.Conflict, "holds_role", "You have the role %s here. Give it to somebody else first.", strings.Join(roles, " and "))
	case len(roles) > 0:
		return problem.New(problem.Conflict, "holds_role", "%s has the role %s here. Give it to somebody else first.", name, strings.Join(roles, " and "))
	}
	return nil
}

func notPrivate() error {
	return problem.New(problem.Conflict, "not_private", "This incident is not private: everyone in the organisation sees it already.")
}

func nameOf(ctx context.Context, q *db.Queries, user id.ID) (string, error) {
	if !user.Valid() {
		return "", problem.Missing("user")
	}
	row, err := q.UserByID(ctx, user)
	if postgres.None(err) {
		return "", problem.Missing("user")
	}
	if err != nil {
		return "", fmt.Errorf("read the user: %w", err)
	}
	return row.Name, nil
}

// seesIt checks that somebody who is to be given something in an incident sees it: nobody gets to know of a private one
// by being given a task in it.
func seesIt(ctx context.Context, q *db.Queries, inc Held, user id.ID) error {
	outside, err := outsiders(ctx, q, inc, []id.ID{user})
	if err != nil || len(outside) == 0 {
		return err
	}
	return problem.Field("assignee", NotInvited, "%s cannot see this private incident. Invite them as well, or choose somebody who is in it.", outside[0].Name)
}

// NotIn returns those of the people who do not see a private incident, in their order.
func (s *Service) NotIn(ctx context.Context, incident id.ID, users []id.ID) ([]Person, error) {
	var outside []Person
	err := s.read(ctx, func(ctx context.Context, tx pgx.Tx, q *db.Queries) error {
		inc, err := Find(ctx, tx, incident)
		if err != nil {
			return err
		}
		outside, err = outsiders(ctx, q, inc, users)
		return err
	})
	return outside, err
}

func outsiders(ctx context.Context, q *db.Queries, inc Held, users []id.ID) ([]Person, error) {
	if !inc.Private {
		return nil, nil
	}
	var outside []Person
	for _, user := range users {
		in, err := q.HasAccess(ctx, db.HasAccessParams{IncidentID: string(inc.ID), UserID: string(user)})
		if err != nil {
			return nil, fmt.Errorf("look whether somebody has access: %w", err)
		}
		if in {
			continue
		}
		name, err := nameOf(ctx, q, user)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		outside = append(outside, Person{ID: user, Name: name})
	}
	return outside, nil
}
