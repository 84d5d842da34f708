package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Whether incidents of a type begin in triage: always, or as who declares wishes.
const (
	TriageAlways   = "always"
	TriageOptional = "optional"
)

// CreateType adds an incident type after all others, with the forms of the default type to begin with.
type CreateType struct {
	Name, Description string
	// CreateInTriage is TriageAlways or TriageOptional; empty is optional.
	CreateInTriage string
	PrivateOnly    bool
}

// EditType changes a type. Version is the one that the editor saw, 0 is not checked.
type EditType struct {
	ID                                id.ID
	Name, Description, CreateInTriage string
	PrivateOnly                       bool
	Version                           int32
}

// OrderTypes puts all types in an order.
type OrderTypes struct{ IDs []id.ID }

// SetDefaultType says of which type incidents are unless somebody says otherwise.
type SetDefaultType struct{ ID id.ID }

// ArchiveType takes a type out of use. Incidents that are not over become of the type Replacement; the others keep it.
type ArchiveType struct{ ID, Replacement id.ID }

// Types lists the incident types in use by rank.
func (s *Service) Types(ctx context.Context) ([]Type, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentType, error) { return q.Types(ctx) }, typeOf)
}

// CreateType adds a type and returns it.
func (s *Service) CreateType(ctx context.Context, cmd CreateType) (Type, error) {
	var made Type
	_, err := s.set(ctx, authz.UpdateLifecycles, string(TypeNoun), func(ctx context.Context, t setting) (settingChange, error) {
		all, err := t.q.LockTypes(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the types: %w", err)
		}
		made, err = checkType(all, Type{
			ID: id.New(t.at), Name: cmd.Name, Description: cmd.Description, CreateInTriage: cmd.CreateInTriage, PrivateOnly: cmd.PrivateOnly,
			Version: 1, CreatedAt: t.at, UpdatedAt: t.at,
		})
		if err != nil {
			return settingChange{}, err
		}
		var model id.ID
		for _, one := range all {
			made.Rank = max(made.Rank, one.Rank+1)
			if one.IsDefault {
				model = one.ID
			}
		}
		err = t.q.InsertType(ctx, db.InsertTypeParams{
			ID: made.ID, Name: made.Name, Description: made.Description, CreateInTriage: made.CreateInTriage, PrivateOnly: made.PrivateOnly, Rank: made.Rank, At: t.at,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the type: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: toldType(made)}, form.Copy(ctx, t.tx, model, made.ID, t.at)
	})
	return made, err
}

// EditType changes a type.
func (s *Service) EditType(ctx context.Context, cmd EditType) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, string(TypeNoun), func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := typeIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		edited := old
		edited.Name, edited.Description, edited.CreateInTriage, edited.PrivateOnly = cmd.Name, cmd.Description, cmd.CreateInTriage, cmd.PrivateOnly
		if edited, err = checkType(all, edited); err != nil || edited == old {
			return settingChange{}, err
		}
		if cmd.Version != 0 && cmd.Version != old.Version {
			return settingChange{}, &Stale{What: "type", Now: old.Name + "\n" + old.Description, Version: old.Version}
		}
		err = t.q.UpdateType(ctx, db.UpdateTypeParams{
			Name: edited.Name, Description: edited.Description, CreateInTriage: edited.CreateInTriage, PrivateOnly: edited.PrivateOnly, At: t.at, ID: cmd.ID,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the type: %w", err)
		}
		return settingChange{change: "edited", id: cmd.ID, before: toldType(old), after: toldType(edited)}, nil
	})
}

// OrderTypes gives every type its rank.
func (s *Service) OrderTypes(ctx context.Context, cmd OrderTypes) (Outcome, error) {
	return s.order(ctx, authz.UpdateLifecycles, string(TypeNoun), typeTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		rows, err := q.LockTypes(ctx)
		return namesOf(rows, func(r db.MusterIncidentType) named { return named{r.ID, r.Name} }), err
	})
}

// SetDefaultType makes a type the default.
func (s *Service) SetDefaultType(ctx context.Context, cmd SetDefaultType) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, string(TypeNoun), func(ctx context.Context, t setting) (settingChange, error) {
		all, wanted, err := typeIn(ctx, t, cmd.ID)
		if err != nil || wanted.Default {
			return settingChange{}, err
		}
		if err := t.q.ClearDefaultType(ctx); err != nil {
			return settingChange{}, fmt.Errorf("clear the default type: %w", err)
		}
		if err := t.q.SetDefaultType(ctx, db.SetDefaultTypeParams{At: t.at, ID: cmd.ID}); err != nil {
			return settingChange{}, fmt.Errorf("write the default type: %w", err)
		}
		was := ""
		for _, one := range all {
			if one.IsDefault {
				was = one.Name
			}
		}
		return settingChange{change: "made_default", id: cmd.ID, before: map[string]any{"default": was}, after: map[string]any{"default": wanted.Name}}, nil
	})
}

// ArchiveType takes a type out of use, unless it is the default.
func (s *Service) ArchiveType(ctx context.Context, cmd ArchiveType) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, string(TypeNoun), func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := typeIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		if old.Default {
			return settingChange{}, problem.New(problem.Conflict, "default", "%s is the default type. Make another the default before you archive it.", old.Name)
		}
		among := namesOf(all, func(r db.MusterIncidentType) named { return named{r.ID, r.Name} })
		did, err := retire(ctx, t, TypeNoun, named{old.ID, old.Name}, named{id: cmd.Replacement}, among, func(ctx context.Context) error {
			open, err := t.q.OpenWithType(ctx, cmd.ID)
			err = moveAll(ctx, open, err, func(incident id.ID) error {
				_, err := s.ChangeType(ctx, ChangeType{Incident: incident, Type: cmd.Replacement, Gaps: true})
				return err
			})
			if err != nil {
				return err
			}
			return form.Replace(ctx, t.tx, string(form.Type), string(cmd.ID), string(cmd.Replacement), t.at)
		})
		if err != nil {
			return settingChange{}, err
		}
		return did, typeTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

func checkType(all []db.MusterIncidentType, one Type) (Type, error) {
	name, err := checkLabel(one.Name, func(wanted string) bool {
		return slices.ContainsFunc(all, func(other db.MusterIncidentType) bool {
			return other.ID != one.ID && strings.ToLower(other.Name) == wanted
		})
	})
	problems := append(problem.All(err), problem.All(checkAbout("description", one.Description))...)
	one.Name, one.Description = name, strings.TrimSpace(clean(one.Description))
	switch one.CreateInTriage {
	case "":
		one.CreateInTriage = TriageOptional
	case TriageAlways, TriageOptional:
	default:
		problems = append(problems, problem.Field("create_in_triage", "unknown", "Incidents of a type begin in triage always or optionally."))
	}
	return one, problems.Err()
}

func toldType(t Type) map[string]any {
	return map[string]any{"name": t.Name, "description": t.Description, "begins in triage": t.CreateInTriage, "private only": t.PrivateOnly}
}

func typeIn(ctx context.Context, t setting, wanted id.ID) ([]db.MusterIncidentType, Type, error) {
	all, err := t.q.LockTypes(ctx)
	if err != nil {
		return nil, Type{}, fmt.Errorf("read the types: %w", err)
	}
	for _, row := range all {
		if row.ID == wanted {
			return all, typeOf(row), nil
		}
	}
	return nil, Type{}, problem.Missing("incident type")
}
