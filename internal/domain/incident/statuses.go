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
	_, err := s.set(ctx, authz.UpdateLifecycles, "incident_status", func(ctx context.Context, t setting) (settingChange, error) {
		all, err := t.q.LockStatuses(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the statuses: %w", err)
		}
		name, err := checkLabel(cmd.Name, statusNames(all, ""))
		problems := append(problem.All(configurable(cmd.Category)), problem.All(err)...)
		if err := append(problems, problem.All(checkAbout("description", cmd.Description))...).Err(); err != nil {
			return settingChange{}, err
		}
		made = Status{
			ID: id.New(t.at), Name: name, Description: strings.TrimSpace(clean(cmd.Description)), Category: cmd.Category,
			Version: 1, CreatedAt: t.at, UpdatedAt: t.at,
		}
		for _, one := range all {
			if one.Category == string(cmd.Category) {
				made.Rank = one.Rank + 1
			}
		}
		if err := t.q.ShiftStatuses(ctx, made.Rank); err != nil {
			return settingChange{}, fmt.Errorf("make room for the status: %w", err)
		}
		err = t.q.InsertStatus(ctx, db.InsertStatusParams{
			ID: made.ID, Name: made.Name, Description: made.Description, Category: string(made.Category), Rank: made.Rank, At: t.at,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the status: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: map[string]any{"name": made.Name, "category": made.Category}}, nil
	})
	return made, err
}

// EditStatus changes the texts of a status.
func (s *Service) EditStatus(ctx context.Context, cmd EditStatus) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_status", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := statusIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		name, err := checkLabel(cmd.Name, statusNames(all, cmd.ID))
		problems := append(problem.All(configurable(Category(old.Category))), problem.All(err)...)
		if err := append(problems, problem.All(checkAbout("description", cmd.Description))...).Err(); err != nil {
			return settingChange{}, err
		}
		about := strings.TrimSpace(clean(cmd.Description))
		if name == old.Name && about == old.Description {
			return settingChange{}, nil
		}
		if cmd.Version != 0 && cmd.Version != old.RowVersion {
			return settingChange{}, &Stale{What: "status", Now: old.Name + "\n" + old.Description, Version: old.RowVersion}
		}
		if err := t.q.UpdateStatus(ctx, db.UpdateStatusParams{Name: name, Description: about, At: t.at, ID: cmd.ID}); err != nil {
			return settingChange{}, fmt.Errorf("write the status: %w", err)
		}
		return settingChange{
			change: "edited", id: cmd.ID,
			before: map[string]any{"name": old.Name, "description": old.Description}, after: map[string]any{"name": name, "description": about},
		}, nil
	})
}

// OrderStatuses deals the ranks of a category anew.
func (s *Service) OrderStatuses(ctx context.Context, cmd OrderStatuses) (Outcome, error) {
	return s.order(ctx, authz.UpdateLifecycles, "incident_status", statusTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		if err := configurable(cmd.Category); err != nil {
			return nil, err
		}
		rows, err := q.LockStatuses(ctx)
		rows = slices.DeleteFunc(rows, func(r db.MusterIncidentStatus) bool { return r.Category != string(cmd.Category) })
		return namesOf(rows, func(r db.MusterIncidentStatus) named { return named{r.ID, r.Name} }), err
	})
}

// ArchiveStatus takes a status out of use, unless it is the last of its category, or it is used and nothing takes its place.
func (s *Service) ArchiveStatus(ctx context.Context, cmd ArchiveStatus) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_status", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := statusIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		if err := configurable(Category(old.Category)); err != nil {
			return settingChange{}, err
		}
		siblings := slices.DeleteFunc(all, func(r db.MusterIncidentStatus) bool { return r.Category != old.Category })
		if len(siblings) == 1 {
			return settingChange{}, problem.New(problem.Conflict, "last_one", "%s is the last %s status. Add another before you archive it.",
				old.Name, strings.ToLower(Category(old.Category).Label()))
		}
		among := namesOf(siblings, func(r db.MusterIncidentStatus) named { return named{r.ID, r.Name} })
		did, err := retire(ctx, t, StatusNoun, named{old.ID, old.Name}, named{id: cmd.Replacement}, among, func(ctx context.Context) error {
			return s.moveStatus(ctx, t, cmd.ID, cmd.Replacement)
		})
		if err != nil {
			return settingChange{}, err
		}
		return did, statusTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

// moveStatus gives everything that refers to a status another one.
func (s *Service) moveStatus(ctx context.Context, t setting, from, to id.ID) error {
	if err := t.q.SetByOtherStatus(ctx, db.SetByOtherStatusParams{Replacement: to, At: t.at, Gone: from}); err != nil {
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
	return form.Replace(ctx, t.tx, string(form.Status), string(from), string(to), t.at)
}

// statusIn locks the statuses in use and finds one of them.
func statusIn(ctx context.Context, t setting, wanted id.ID) ([]db.MusterIncidentStatus, db.MusterIncidentStatus, error) {
	all, err := t.q.LockStatuses(ctx)
	if err != nil {
		return nil, db.MusterIncidentStatus{}, fmt.Errorf("read the statuses: %w", err)
	}
	for _, one := range all {
		if one.ID == wanted {
			return all, one, nil
		}
	}
	return nil, db.MusterIncidentStatus{}, problem.Missing("status")
}

func statusNames(all []db.MusterIncidentStatus, except id.ID) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(all, func(s db.MusterIncidentStatus) bool { return s.ID != except && strings.ToLower(s.Name) == name })
	}
}
