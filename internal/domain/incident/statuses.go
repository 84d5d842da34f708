package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// CreateStatus adds a status at the end of the live, learning or closed ones.
type CreateStatus struct {
	Category          Category
	Name, Description string
}

// EditStatus changes a status's texts. Version is the one that the editor saw, 0 is not checked.
type EditStatus struct {
	ID                id.ID
	Name, Description string
	Version           int32
}

// OrderStatuses ranks all statuses of a category.
type OrderStatuses struct {
	Category Category
	IDs      []id.ID
}

// ArchiveStatus takes a status out of use. Incidents that are not over get Replacement; the others keep it.
type ArchiveStatus struct{ ID, Replacement id.ID }

var statuses = setting.List[db.MusterIncidentStatus]{
	Noun: string(StatusNoun), One: "status", Table: "muster.incident_status", Permits: authz.UpdateLifecycles,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterIncidentStatus, error) {
		return db.New(tx).LockStatuses(ctx)
	},
	Entry: func(r db.MusterIncidentStatus) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name, Description: r.Description}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// configurable reports whether an organisation may have statuses of its own in the category.
func configurable(c Category) error {
	switch c {
	case CategoryLive, CategoryLearning, CategoryClosed:
		return nil
	default:
		return problem.Field("category", "not_configurable", "Statuses can be changed among those that are active, post-incident and closed only.")
	}
}

// CreateStatus adds a status and returns it.
func (s *Service) CreateStatus(ctx context.Context, cmd CreateStatus) (Status, error) {
	var made Status
	_, err := s.set(ctx, statuses.Permits, statuses.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, err := statuses.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		words, err := statuses.Check(all, "", setting.Words{Name: cmd.Name, Description: cmd.Description})
		if err := append(problem.All(configurable(cmd.Category)), problem.All(err)...).Err(); err != nil {
			return setting.Change{}, err
		}
		made = Status{
			ID: id.New(t.At), Name: words.Name, Description: words.Description, Category: cmd.Category, Version: 1, CreatedAt: t.At, UpdatedAt: t.At,
		}
		for _, one := range all {
			if one.Category == string(cmd.Category) {
				made.Rank = one.Rank + 1
			}
		}
		if err := t.q.ShiftStatuses(ctx, made.Rank); err != nil {
			return setting.Change{}, fmt.Errorf("make room for the status: %w", err)
		}
		err = t.q.InsertStatus(ctx, db.InsertStatusParams{
			ID: made.ID, Name: made.Name, Description: made.Description, Category: string(made.Category), Rank: made.Rank, At: t.At,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the status: %w", err)
		}
		return setting.Change{What: "created", ID: made.ID, After: map[string]any{"name": made.Name, "category": made.Category}}, nil
	})
	return made, err
}

// EditStatus changes the texts of a status.
func (s *Service) EditStatus(ctx context.Context, cmd EditStatus) (Outcome, error) {
	words := setting.Words{Name: cmd.Name, Description: cmd.Description}
	return outcome(statuses.Edit(ctx, s.settings, setting.Edit{ID: cmd.ID, Words: words, Version: cmd.Version}, func(r db.MusterIncidentStatus) error {
		return configurable(Category(r.Category))
	}))
}

// OrderStatuses deals the ranks of a category anew.
func (s *Service) OrderStatuses(ctx context.Context, cmd OrderStatuses) (Outcome, error) {
	within := statuses
	within.Lock = func(ctx context.Context, tx pgx.Tx) ([]db.MusterIncidentStatus, error) {
		if err := configurable(cmd.Category); err != nil {
			return nil, err
		}
		rows, err := statuses.Lock(ctx, tx)
		return slices.DeleteFunc(rows, func(r db.MusterIncidentStatus) bool { return r.Category != string(cmd.Category) }), err
	}
	return outcome(within.Order(ctx, s.settings, cmd.IDs))
}

// ArchiveStatus takes a status out of use, unless it is the last of its category, or it is used and nothing takes its place.
func (s *Service) ArchiveStatus(ctx context.Context, cmd ArchiveStatus) (Outcome, error) {
	return outcome(statuses.Archive(ctx, s.settings, setting.Archive(cmd), setting.Retirement[db.MusterIncidentStatus]{
		Among: func(all []db.MusterIncidentStatus, one db.MusterIncidentStatus) []db.MusterIncidentStatus {
			return slices.DeleteFunc(all, func(r db.MusterIncidentStatus) bool { return r.Category != one.Category })
		},
		Keep: func(siblings []db.MusterIncidentStatus, one db.MusterIncidentStatus) error {
			if err := configurable(Category(one.Category)); err != nil || len(siblings) > 1 {
				return err
			}
			return problem.New(problem.Conflict, "last_one", "%s is the last %s status. Add another before you archive it.",
				one.Name, strings.ToLower(Category(one.Category).Label()))
		},
		Uses: usedBy(StatusNoun, cmd.ID),
		Move: func(ctx context.Context, t setting.Turn) error {
			return s.moveStatus(ctx, desk{Turn: t, q: db.New(t.Tx)}, cmd.ID, cmd.Replacement)
		},
	}))
}

// moveStatus gives everything that refers to a status another one.
func (s *Service) moveStatus(ctx context.Context, t desk, from, to id.ID) error {
	if err := t.q.SetByOtherStatus(ctx, db.SetByOtherStatusParams{Replacement: to, At: t.At, Gone: from}); err != nil {
		return fmt.Errorf("let the other status set timestamps: %w", err)
	}
	open, err := t.q.OpenWithStatus(ctx, from)
	err = moveAll(ctx, open, err, func(incident id.ID) error {
		_, err := s.ChangeStatus(ctx, ChangeStatus{Incident: incident, Status: to, Gaps: true})
		return err
	})
	if err != nil {
		return err
	}
	return form.Replace(ctx, t.Tx, string(form.Status), string(from), string(to), t.At)
}
