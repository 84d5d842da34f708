package incident

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// The kinds of role. Every organisation has one lead and one reporter; the others are its own.
const (
	RoleLead     = "lead"
	RoleReporter = "reporter"
	RoleCustom   = "custom"
)

// AssignRole gives a role of an incident to somebody; no assignee clears it.
type AssignRole struct {
	Incident, Role, Assignee id.ID
	// Invite lets the assignee into a private incident that they do not see yet.
	Invite bool
}

// HandOver passes a role on to somebody else, with a note for them.
type HandOver struct {
	Incident, Role, To id.ID
	Note               string
	// Invite lets the next one into a private incident that they do not see yet.
	Invite bool
}

// AssignRole gives or clears a role.
func (s *Service) AssignRole(ctx context.Context, cmd AssignRole) (Outcome, error) {
	return s.assign(ctx, cmd, false, "")
}

// HandOver passes a role on; the note is kept in the activity log.
func (s *Service) HandOver(ctx context.Context, cmd HandOver) (Outcome, error) {
	if cmd.To.Empty() {
		return Outcome{}, problem.Field("to", "is_required", "Say who takes the role over.")
	}
	if utf8.RuneCountInString(cmd.Note) > 10_000 {
		return Outcome{}, problem.Field("note", "too_long", "A note has 10,000 characters at most.")
	}
	return s.assign(ctx, AssignRole{Incident: cmd.Incident, Role: cmd.Role, Assignee: cmd.To, Invite: cmd.Invite}, true, strings.TrimSpace(clean(cmd.Note)))
}

func (s *Service) assign(ctx context.Context, cmd AssignRole, handOver bool, note string) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		role, err := usableRole(ctx, t.q, cmd.Role)
		if err != nil {
			return err
		}
		if !cmd.Assignee.Empty() {
			if err := activeUser(ctx, t.q, "assignee", cmd.Assignee); err != nil {
				return err
			}
		}
		current, err := t.q.Holder(ctx, db.HolderParams{IncidentID: t.inc.ID, RoleID: role.ID})
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("read who holds the role: %w", err)
		}
		change, err := decideAssignment(t.inc, role, current, cmd.Assignee)
		if err != nil || !change.needed {
			return err
		}
		out.Changed = true
		if cmd.Invite && !change.to.Empty() {
			if err := Admit(ctx, s.bus, t.tx, t.inc, change.to, t.at); err != nil {
				return err
			}
		}
		if change.to.Empty() {
			err = t.q.DeleteRoleAssignment(ctx, db.DeleteRoleAssignmentParams{IncidentID: t.inc.ID, RoleID: role.ID})
		} else {
			err = giveRole(ctx, t.q, t.inc, role.ID, change.to, note, t.scope.Actor, t.at)
		}
		if err != nil {
			return fmt.Errorf("write who holds the role: %w", err)
		}
		err = audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.role_assigned", TargetType: "incident_role", TargetID: role.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"user": change.from}, After: map[string]any{"user": change.to},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, RoleAssigned{
			About: t.inc.About(), Role: role.ID, From: change.from, To: change.to,
			HandedOver: handOver && !change.from.Empty(), Note: note,
		})
	})
	return out, err
}

// roleChange is what an assignment comes to.
type roleChange struct {
	needed   bool
	from, to id.ID
}

func decideAssignment(inc Held, role Role, current, assignee id.ID) (roleChange, error) {
	switch {
	case inc.Category.dismissed():
		return roleChange{}, problem.New(problem.Conflict, "incident_over",
			"The incident was %s, so there is nobody to lead it. Reopen it first.", strings.ToLower(inc.Category.Label()))
	case current == assignee:
		return roleChange{}, nil
	case role.Archived && !assignee.Empty():
		return roleChange{}, problem.Field("role", "archived", "The role %s is archived. Choose another.", role.Name)
	}
	return roleChange{needed: true, from: current, to: assignee}, nil
}

// giveRole writes who holds a role, and makes them a responder who may see the incident.
func giveRole(ctx context.Context, q *db.Queries, inc Held, role, user id.ID, note string, by tenant.Actor, at time.Time) error {
	if _, err := takePart(ctx, q, inc, user, Responder, at); err != nil {
		return err
	}
	err := q.UpsertRoleAssignment(ctx, db.UpsertRoleAssignmentParams{
		IncidentID: inc.ID, RoleID: role, UserID: user, Private: inc.Private, At: at,
		Note: note, GivenByType: string(by.Type), GivenByID: by.ID, GivenByName: by.Name,
	})
	if err != nil {
		return fmt.Errorf("give the role: %w", err)
	}
	return nil
}

// RoleField names the field of a role in problems where there are several.
func RoleField(role id.ID) string { return "role_" + string(role) }

// usableRole reads a role, archived or not.
func usableRole(ctx context.Context, q *db.Queries, role id.ID) (Role, error) {
	if !role.Valid() {
		return Role{}, unknown("role", "role")
	}
	row, err := q.RoleByID(ctx, role)
	if postgres.None(err) {
		return Role{}, unknown("role", "role")
	}
	if err != nil {
		return Role{}, fmt.Errorf("read the role: %w", err)
	}
	return roleOf(row), nil
}

// unknown is the problem of a choice that there is not, named by its field: the incident itself is there.
func unknown(field, noun string) *problem.Error {
	return problem.Missing(noun).In(field)
}

// activeUser checks that a person chosen in a field belongs to the organisation and is not deactivated.
func activeUser(ctx context.Context, q *db.Queries, field string, user id.ID) error {
	if !user.Valid() {
		return unknown(field, "user")
	}
	row, err := q.UserByID(ctx, user)
	if postgres.None(err) {
		return unknown(field, "user")
	}
	if err != nil {
		return fmt.Errorf("read the user: %w", err)
	}
	if row.State == "deactivated" {
		return problem.Field(field, "deactivated", "%s is deactivated. Choose somebody else.", row.Name)
	}
	return nil
}

// ActiveUser checks, for a verb of another domain, that a person chosen in a field belongs to the organisation and is
// not deactivated.
func ActiveUser(ctx context.Context, tx pgx.Tx, field string, user id.ID) error {
	return activeUser(ctx, db.New(tx), field, user)
}
