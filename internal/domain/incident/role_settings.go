package incident

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// CreateRole adds a role after all others.
type CreateRole struct{ Name, Shortform, Description, Instructions string }

// EditRole changes a role's texts. Version is the one that the editor saw, 0 is not checked.
type EditRole struct {
	ID                                         id.ID
	Name, Shortform, Description, Instructions string
	Version                                    int32
}

// OrderRoles ranks all roles.
type OrderRoles struct{ IDs []id.ID }

// ArchiveRole takes a role out of use. Where it is held in incidents that are not over, the holder gets Replacement unless
// somebody has that already; the others keep it.
type ArchiveRole struct{ ID, Replacement id.ID }

// roleTexts are the texts of a role, tidied and checked.
type roleTexts struct{ name, shortform, about, instructions string }

var wellFormedShort = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,29}$`)

func checkRole(all []db.MusterIncidentRole, except id.ID, name, short, about, instructions string) (roleTexts, error) {
	name, err := checkLabel(name, func(wanted string) bool {
		return slices.ContainsFunc(all, func(r db.MusterIncidentRole) bool { return r.ID != except && strings.ToLower(r.Name) == wanted })
	})
	problems := problem.All(err)
	short = strings.ToLower(strings.TrimSpace(short))
	switch {
	case !wellFormedShort.MatchString(short):
		problems = append(problems, problem.Field("shortform", "invalid", "The short form is one word to type in a chat, like “comms”: letters, digits, - and _."))
	case slices.ContainsFunc(all, func(r db.MusterIncidentRole) bool { return r.ID != except && r.Shortform == short }):
		problems = append(problems, problem.Field("shortform", "taken", "Another role has the short form %s.", short))
	}
	problems = append(problems, problem.All(checkAbout("description", about))...)
	problems = append(problems, problem.All(checkAbout("instructions", instructions))...)
	return roleTexts{name: name, shortform: short, about: strings.TrimSpace(clean(about)), instructions: strings.TrimSpace(clean(instructions))}, problems.Err()
}

// CreateRole adds a role and returns it.
func (s *Service) CreateRole(ctx context.Context, cmd CreateRole) (Role, error) {
	var made Role
	_, err := s.set(ctx, authz.UpdateLifecycles, "incident_role", func(ctx context.Context, t setting) (settingChange, error) {
		all, err := t.q.LockRoles(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the roles: %w", err)
		}
		texts, err := checkRole(all, "", cmd.Name, cmd.Shortform, cmd.Description, cmd.Instructions)
		if err != nil {
			return settingChange{}, err
		}
		made = Role{
			ID: id.New(t.at), Name: texts.name, Shortform: texts.shortform, Description: texts.about, Instructions: texts.instructions,
			Kind: RoleCustom, Version: 1, CreatedAt: t.at, UpdatedAt: t.at,
		}
		if len(all) > 0 {
			made.Rank = all[len(all)-1].Rank + 1
		}
		err = t.q.InsertRole(ctx, db.InsertRoleParams{
			ID: made.ID, Name: made.Name, Description: made.Description, Instructions: made.Instructions,
			Shortform: made.Shortform, RoleType: made.Kind, Rank: made.Rank, At: t.at,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the role: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: map[string]any{"name": made.Name, "shortform": made.Shortform}}, nil
	})
	return made, err
}

// EditRole changes the texts of a role.
func (s *Service) EditRole(ctx context.Context, cmd EditRole) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_role", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := roleIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		texts, err := checkRole(all, cmd.ID, cmd.Name, cmd.Shortform, cmd.Description, cmd.Instructions)
		before := roleTexts{name: old.Name, shortform: old.Shortform, about: old.Description, instructions: old.Instructions}
		if err != nil || texts == before {
			return settingChange{}, err
		}
		if cmd.Version != 0 && cmd.Version != old.RowVersion {
			return settingChange{}, &Stale{What: "role", Now: old.Name + "\n" + old.Description, Version: old.RowVersion}
		}
		err = t.q.UpdateRole(ctx, db.UpdateRoleParams{
			Name: texts.name, Description: texts.about, Instructions: texts.instructions, Shortform: texts.shortform, At: t.at, ID: cmd.ID,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the role: %w", err)
		}
		return settingChange{
			change: "edited", id: cmd.ID,
			before: map[string]any{"name": old.Name, "shortform": old.Shortform, "description": old.Description, "instructions": old.Instructions},
			after:  map[string]any{"name": texts.name, "shortform": texts.shortform, "description": texts.about, "instructions": texts.instructions},
		}, nil
	})
}

// OrderRoles gives every role its rank.
func (s *Service) OrderRoles(ctx context.Context, cmd OrderRoles) (Outcome, error) {
	return s.order(ctx, authz.UpdateLifecycles, "incident_role", roleTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		rows, err := q.LockRoles(ctx)
		return namesOf(rows, func(r db.MusterIncidentRole) named { return named{r.ID, r.Name} }), err
	})
}

// ArchiveRole takes a role out of use, unless it is the lead or the reporter, or it is held and nothing takes its place.
func (s *Service) ArchiveRole(ctx context.Context, cmd ArchiveRole) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_role", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := roleIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		if old.RoleType != RoleCustom {
			return settingChange{}, problem.New(problem.Conflict, "built_in", "Every incident has a lead and a reporter, so %s can be renamed but not archived.", old.Name)
		}
		among := namesOf(all, func(r db.MusterIncidentRole) named { return named{r.ID, r.Name} })
		did, err := retire(ctx, t, RoleNoun, named{old.ID, old.Name}, named{id: cmd.Replacement}, among, func(ctx context.Context) error {
			return s.moveRole(ctx, t, cmd.ID, cmd.Replacement)
		})
		if err != nil {
			return settingChange{}, err
		}
		return did, roleTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

// moveRole gives those who hold a role in what is not over another one, where nobody has that.
func (s *Service) moveRole(ctx context.Context, t setting, from, to id.ID) error {
	held, err := t.q.OpenWithRole(ctx, from)
	if err != nil {
		return fmt.Errorf("find who holds the role: %w", err)
	}
	for _, one := range held {
		other, err := t.q.Holder(ctx, db.HolderParams{IncidentID: one.IncidentID, RoleID: to})
		if err != nil && !postgres.None(err) {
			return fmt.Errorf("read who holds the role: %w", err)
		}
		if other.Empty() {
			if _, err := s.AssignRole(ctx, AssignRole{Incident: one.IncidentID, Role: to, Assignee: one.UserID}); err != nil {
				return err
			}
		}
		if _, err := s.AssignRole(ctx, AssignRole{Incident: one.IncidentID, Role: from}); err != nil {
			return err
		}
	}
	return nil
}

// roleIn locks the roles in use and finds one of them.
func roleIn(ctx context.Context, t setting, wanted id.ID) ([]db.MusterIncidentRole, db.MusterIncidentRole, error) {
	all, err := t.q.LockRoles(ctx)
	if err != nil {
		return nil, db.MusterIncidentRole{}, fmt.Errorf("read the roles: %w", err)
	}
	for _, one := range all {
		if one.ID == wanted {
			return all, one, nil
		}
	}
	return nil, db.MusterIncidentRole{}, problem.Missing("role")
}
