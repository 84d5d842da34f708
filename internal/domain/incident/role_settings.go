package incident

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// CreateRole adds a role after all others.
type CreateRole struct {
	Name, Shortform, Description, Instructions string
	Required                                   bool
}

// EditRole changes a role's texts, and whether it is required where that is said. Version is the one that the editor saw,
// 0 is not checked.
type EditRole struct {
	ID                                         id.ID
	Name, Shortform, Description, Instructions string
	Required                                   *bool
	Version                                    int32
}

// OrderRoles ranks all roles.
type OrderRoles struct{ IDs []id.ID }

// ArchiveRole takes a role out of use. Where it is held in incidents that are not over, the holder gets Replacement unless
// somebody has that already; the others keep it.
type ArchiveRole struct{ ID, Replacement id.ID }

var roles = setting.List[db.MusterIncidentRole]{
	Noun: string(RoleNoun), One: "role", Table: "muster.incident_role", Permits: authz.UpdateOrganisation,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterIncidentRole, error) {
		return db.New(tx).LockRoles(ctx)
	},
	Entry: func(r db.MusterIncidentRole) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name, Description: r.Description}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// roleTexts are the texts of a role, tidied and checked.
type roleTexts struct{ name, shortform, about, instructions string }

var wellFormedShort = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}][\p{Ll}\p{Lo}\p{M}\p{N}_-]{0,29}$`)

func checkRole(all []db.MusterIncidentRole, except id.ID, name, short, about, instructions string) (roleTexts, error) {
	words, err := roles.Check(all, except, setting.Words{Name: name, Description: about})
	problems := problem.All(err)
	short = strings.ToLower(strings.TrimSpace(short))
	switch {
	case !wellFormedShort.MatchString(short):
		problems = append(problems, problem.Field("shortform", "invalid", "The short form is one word to type in a chat, like “comms”: letters, digits, - and _."))
	case slices.ContainsFunc(all, func(r db.MusterIncidentRole) bool { return r.ID != except && r.Shortform == short }):
		problems = append(problems, problem.Field("shortform", "taken", "Another role has the short form %s.", short))
	}
	instructions, err = setting.Text("instructions", instructions, setting.MaxText)
	problems = append(problems, problem.All(err)...)
	return roleTexts{name: words.Name, shortform: short, about: words.Description, instructions: instructions}, problems.Err()
}

// CreateRole adds a role and returns it.
func (s *Service) CreateRole(ctx context.Context, cmd CreateRole) (Role, error) {
	var made Role
	_, err := s.set(ctx, roles.Permits, roles.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, err := roles.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		texts, err := checkRole(all, "", cmd.Name, cmd.Shortform, cmd.Description, cmd.Instructions)
		if err != nil {
			return setting.Change{}, err
		}
		made = Role{
			ID: id.New(t.At), Name: texts.name, Shortform: texts.shortform, Description: texts.about, Instructions: texts.instructions,
			Kind: RoleCustom, Required: cmd.Required, Rank: roles.Next(all), Version: 1, CreatedAt: t.At, UpdatedAt: t.At,
		}
		return insertRole(ctx, t, made)
	})
	return made, err
}

func insertRole(ctx context.Context, t desk, made Role) (setting.Change, error) {
	err := t.q.InsertRole(ctx, db.InsertRoleParams{
		ID: made.ID, Name: made.Name, Description: made.Description, Instructions: made.Instructions,
		Shortform: made.Shortform, RoleType: made.Kind, Required: made.Required, Rank: made.Rank, At: t.At,
	})
	if err != nil {
		return setting.Change{}, fmt.Errorf("write the role: %w", err)
	}
	return setting.Change{What: "created", ID: made.ID, After: map[string]any{"name": made.Name, "shortform": made.Shortform}}, nil
}

// EditRole changes the texts of a role.
func (s *Service) EditRole(ctx context.Context, cmd EditRole) (Outcome, error) {
	return s.set(ctx, roles.Permits, roles.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, old, err := roles.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		texts, err := checkRole(all, cmd.ID, cmd.Name, cmd.Shortform, cmd.Description, cmd.Instructions)
		before := roleTexts{name: old.Name, shortform: old.Shortform, about: old.Description, instructions: old.Instructions}
		required := old.Required
		if cmd.Required != nil {
			required = *cmd.Required
		}
		if err != nil || texts == before && required == old.Required {
			return setting.Change{}, err
		}
		if err := roles.Fresh(roles.Entry(old), cmd.Version); err != nil {
			return setting.Change{}, err
		}
		err = t.q.UpdateRole(ctx, db.UpdateRoleParams{
			Name: texts.name, Description: texts.about, Instructions: texts.instructions, Shortform: texts.shortform, Required: required, At: t.At, ID: cmd.ID,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the role: %w", err)
		}
		return setting.Change{
			What: "edited", ID: cmd.ID,
			Before: map[string]any{"name": old.Name, "shortform": old.Shortform, "description": old.Description, "instructions": old.Instructions, "required": old.Required},
			After:  map[string]any{"name": texts.name, "shortform": texts.shortform, "description": texts.about, "instructions": texts.instructions, "required": required},
		}, nil
	})
}

// OrderRoles gives every role its rank.
func (s *Service) OrderRoles(ctx context.Context, cmd OrderRoles) (Outcome, error) {
	return outcome(roles.Order(ctx, s.settings, cmd.IDs))
}

// ArchiveRole takes a role out of use, unless it is the lead or the reporter, or it is held and nothing takes its place.
func (s *Service) ArchiveRole(ctx context.Context, cmd ArchiveRole) (Outcome, error) {
	return outcome(roles.Archive(ctx, s.settings, setting.Archive(cmd), setting.Retirement[db.MusterIncidentRole]{
		Keep: func(_ []db.MusterIncidentRole, one db.MusterIncidentRole) error {
			if one.RoleType == RoleCustom {
				return nil
			}
			return problem.New(problem.Conflict, "built_in", "Every incident has a lead and a reporter, so %s can be renamed but not archived.", one.Name)
		},
		Uses: usedBy(RoleNoun, cmd.ID),
		Move: func(ctx context.Context, t setting.Turn) error {
			return s.moveRole(ctx, desk{Turn: t, q: db.New(t.Tx)}, cmd.ID, cmd.Replacement)
		},
	}))
}

// moveRole gives those who hold a role in what is not over another one, where nobody has that.
func (s *Service) moveRole(ctx context.Context, t desk, from, to id.ID) error {
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
