package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
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

var types = setting.List[db.MusterIncidentType]{
	Noun: string(TypeNoun), One: "incident type", Table: "muster.incident_type", Permits: authz.UpdateOrganisation,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterIncidentType, error) {
		return db.New(tx).LockTypes(ctx)
	},
	Entry: func(r db.MusterIncidentType) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name, Description: r.Description}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// Types lists the incident types in use by rank.
func (s *Service) Types(ctx context.Context) ([]Type, error) {
	return listOf(ctx, s, authz.ViewTypes, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentType, error) { return q.Types(ctx) }, typeOf)
}

// CreateType adds a type and returns it.
func (s *Service) CreateType(ctx context.Context, cmd CreateType) (Type, error) {
	var made Type
	_, err := s.set(ctx, types.Permits, types.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, err := types.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		made, err = checkType(all, Type{
			ID: id.New(t.At), Name: cmd.Name, Description: cmd.Description, CreateInTriage: cmd.CreateInTriage, PrivateOnly: cmd.PrivateOnly,
			Rank: types.Next(all), Version: 1, CreatedAt: t.At, UpdatedAt: t.At,
		})
		if err != nil {
			return setting.Change{}, err
		}
		var model id.ID
		for _, one := range all {
			if one.IsDefault {
				model = one.ID
			}
		}
		err = t.q.InsertType(ctx, db.InsertTypeParams{
			ID: made.ID, Name: made.Name, Description: made.Description, CreateInTriage: made.CreateInTriage, PrivateOnly: made.PrivateOnly, Rank: made.Rank, At: t.At,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the type: %w", err)
		}
		return setting.Change{What: "created", ID: made.ID, After: toldType(made)}, form.Copy(ctx, t.Tx, model, made.ID, t.At)
	})
	return made, err
}

// EditType changes a type.
func (s *Service) EditType(ctx context.Context, cmd EditType) (Outcome, error) {
	return s.set(ctx, types.Permits, types.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, row, err := types.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		old := typeOf(row)
		edited := old
		edited.Name, edited.Description, edited.CreateInTriage, edited.PrivateOnly = cmd.Name, cmd.Description, cmd.CreateInTriage, cmd.PrivateOnly
		if edited, err = checkType(all, edited); err != nil || edited == old {
			return setting.Change{}, err
		}
		if err := types.Fresh(types.Entry(row), cmd.Version); err != nil {
			return setting.Change{}, err
		}
		err = t.q.UpdateType(ctx, db.UpdateTypeParams{
			Name: edited.Name, Description: edited.Description, CreateInTriage: edited.CreateInTriage, PrivateOnly: edited.PrivateOnly, At: t.At, ID: cmd.ID,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the type: %w", err)
		}
		return setting.Change{What: "edited", ID: cmd.ID, Before: toldType(old), After: toldType(edited)}, nil
	})
}

// OrderTypes gives every type its rank.
func (s *Service) OrderTypes(ctx context.Context, cmd OrderTypes) (Outcome, error) {
	return outcome(types.Order(ctx, s.settings, cmd.IDs))
}

// SetDefaultType makes a type the default.
func (s *Service) SetDefaultType(ctx context.Context, cmd SetDefaultType) (Outcome, error) {
	return s.set(ctx, types.Permits, types.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, wanted, err := types.Find(ctx, t.Turn, cmd.ID)
		if err != nil || wanted.IsDefault {
			return setting.Change{}, err
		}
		if err := t.q.ClearDefaultType(ctx); err != nil {
			return setting.Change{}, fmt.Errorf("clear the default type: %w", err)
		}
		if err := t.q.SetDefaultType(ctx, db.SetDefaultTypeParams{At: t.At, ID: cmd.ID}); err != nil {
			return setting.Change{}, fmt.Errorf("write the default type: %w", err)
		}
		was := ""
		for _, one := range all {
			if one.IsDefault {
				was = one.Name
			}
		}
		return setting.Change{What: "made_default", ID: cmd.ID, Before: map[string]any{"default": was}, After: map[string]any{"default": wanted.Name}}, nil
	})
}

// ArchiveType takes a type out of use, unless it is the default.
func (s *Service) ArchiveType(ctx context.Context, cmd ArchiveType) (Outcome, error) {
	return outcome(types.Archive(ctx, s.settings, setting.Archive(cmd), setting.Retirement[db.MusterIncidentType]{
		Keep: func(_ []db.MusterIncidentType, one db.MusterIncidentType) error {
			if !one.IsDefault {
				return nil
			}
			return problem.New(problem.Conflict, "default", "%s is the default type. Make another the default before you archive it.", one.Name)
		},
		Uses: usedBy(TypeNoun, cmd.ID),
		Move: func(ctx context.Context, t setting.Turn) error {
			open, err := db.New(t.Tx).OpenWithType(ctx, cmd.ID)
			err = moveAll(ctx, open, err, func(incident id.ID) error {
				_, err := s.ChangeType(ctx, ChangeType{Incident: incident, Type: cmd.Replacement, Gaps: true})
				return err
			})
			if err != nil {
				return err
			}
			return form.Replace(ctx, t.Tx, string(form.Type), string(cmd.ID), string(cmd.Replacement), t.At)
		},
	}))
}

func checkType(all []db.MusterIncidentType, one Type) (Type, error) {
	words, err := types.Check(all, one.ID, setting.Words{Name: one.Name, Description: one.Description})
	problems := problem.All(err)
	one.Name, one.Description = words.Name, words.Description
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
