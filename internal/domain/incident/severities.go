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

// CreateSeverity adds a severity that is worse than all others; OrderSeverities moves it.
type CreateSeverity struct{ Name, Description string }

// EditSeverity changes a severity's texts. Version is the one that the editor saw, 0 is not checked.
type EditSeverity struct {
	ID                id.ID
	Name, Description string
	Version           int32
}

// OrderSeverities ranks all severities, the mildest first.
type OrderSeverities struct{ IDs []id.ID }

// ArchiveSeverity takes a severity out of use. Incidents that are not over get Replacement; the others keep it.
type ArchiveSeverity struct{ ID, Replacement id.ID }

// CreateSeverity adds a severity and returns it.
func (s *Service) CreateSeverity(ctx context.Context, cmd CreateSeverity) (Severity, error) {
	var made Severity
	_, err := s.set(ctx, authz.UpdateSeverities, "severity", func(ctx context.Context, t setting) (settingChange, error) {
		all, err := t.q.LockSeverities(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the severities: %w", err)
		}
		name, err := checkLabel(cmd.Name, severityNames(all, ""))
		if err := append(problem.All(err), problem.All(checkAbout("description", cmd.Description))...).Err(); err != nil {
			return settingChange{}, err
		}
		made = Severity{ID: id.New(t.at), Name: name, Description: strings.TrimSpace(clean(cmd.Description)), Version: 1, CreatedAt: t.at, UpdatedAt: t.at}
		if len(all) > 0 {
			made.Rank = all[len(all)-1].Rank + 1
		}
		err = t.q.InsertSeverity(ctx, db.InsertSeverityParams{ID: made.ID, Name: made.Name, Description: made.Description, Rank: made.Rank, At: t.at})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the severity: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: map[string]any{"name": made.Name, "rank": made.Rank}}, nil
	})
	return made, err
}

// EditSeverity changes the texts of a severity.
func (s *Service) EditSeverity(ctx context.Context, cmd EditSeverity) (Outcome, error) {
	return s.set(ctx, authz.UpdateSeverities, "severity", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := severityIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		name, err := checkLabel(cmd.Name, severityNames(all, cmd.ID))
		if err := append(problem.All(err), problem.All(checkAbout("description", cmd.Description))...).Err(); err != nil {
			return settingChange{}, err
		}
		about := strings.TrimSpace(clean(cmd.Description))
		if name == old.Name && about == old.Description {
			return settingChange{}, nil
		}
		if cmd.Version != 0 && cmd.Version != old.RowVersion {
			return settingChange{}, &Stale{What: "severity", Now: old.Name + "\n" + old.Description, Version: old.RowVersion}
		}
		if err := t.q.UpdateSeverity(ctx, db.UpdateSeverityParams{Name: name, Description: about, At: t.at, ID: cmd.ID}); err != nil {
			return settingChange{}, fmt.Errorf("write the severity: %w", err)
		}
		return settingChange{
			change: "edited", id: cmd.ID,
			before: map[string]any{"name": old.Name, "description": old.Description}, after: map[string]any{"name": name, "description": about},
		}, nil
	})
}

// OrderSeverities gives every severity its rank.
func (s *Service) OrderSeverities(ctx context.Context, cmd OrderSeverities) (Outcome, error) {
	return s.order(ctx, authz.UpdateSeverities, "severity", severityTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		rows, err := q.LockSeverities(ctx)
		return namesOf(rows, func(r db.MusterSeverity) named { return named{r.ID, r.Name} }), err
	})
}

// ArchiveSeverity takes a severity out of use, unless it is the last one, or it is used and nothing takes its place.
func (s *Service) ArchiveSeverity(ctx context.Context, cmd ArchiveSeverity) (Outcome, error) {
	return s.set(ctx, authz.UpdateSeverities, "severity", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := severityIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		if len(all) == 1 {
			return settingChange{}, problem.New(problem.Conflict, "last_one", "%s is the last severity. Add another before you archive it.", old.Name)
		}
		among := namesOf(all, func(r db.MusterSeverity) named { return named{r.ID, r.Name} })
		did, err := retire(ctx, t, SeverityNoun, named{old.ID, old.Name}, named{id: cmd.Replacement}, among, func(ctx context.Context) error {
			open, err := t.q.OpenWithSeverity(ctx, cmd.ID)
			err = moveAll(ctx, open, err, func(incident id.ID) error {
				_, err := s.ChangeSeverity(ctx, ChangeSeverity{Incident: incident, Severity: cmd.Replacement})
				return err
			})
			if err != nil {
				return err
			}
			return form.Replace(ctx, t.tx, string(form.Severity), string(cmd.ID), string(cmd.Replacement), t.at)
		})
		if err != nil {
			return settingChange{}, err
		}
		return did, severityTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

// severityIn locks the severities in use and finds one of them.
func severityIn(ctx context.Context, t setting, wanted id.ID) ([]db.MusterSeverity, db.MusterSeverity, error) {
	all, err := t.q.LockSeverities(ctx)
	if err != nil {
		return nil, db.MusterSeverity{}, fmt.Errorf("read the severities: %w", err)
	}
	for _, one := range all {
		if one.ID == wanted {
			return all, one, nil
		}
	}
	return nil, db.MusterSeverity{}, problem.Missing("severity")
}

func severityNames(all []db.MusterSeverity, except id.ID) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(all, func(s db.MusterSeverity) bool { return s.ID != except && strings.ToLower(s.Name) == name })
	}
}
