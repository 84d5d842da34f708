package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// CreateDuration adds the time between two timestamps as a duration of its own.
type CreateDuration struct {
	Name     string
	From, To id.ID
}

// EditDuration changes a duration. Version is the one that the editor saw, 0 is not checked.
type EditDuration struct {
	ID       id.ID
	Name     string
	From, To id.ID
	Version  int32
}

// OrderDurations puts all durations in an order for showing them.
type OrderDurations struct{ IDs []id.ID }

// ArchiveDuration takes a duration out of use.
type ArchiveDuration struct{ ID id.ID }

// Durations lists the durations in use by rank.
func (s *Service) Durations(ctx context.Context) ([]DurationMetric, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterDurationMetric, error) { return q.Durations(ctx) }, durationOf)
}

// CreateDuration adds a duration and returns it.
func (s *Service) CreateDuration(ctx context.Context, cmd CreateDuration) (DurationMetric, error) {
	var made DurationMetric
	_, err := s.set(ctx, authz.UpdateLifecycles, "duration_metric", func(ctx context.Context, t setting) (settingChange, error) {
		all, err := t.q.LockDurations(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the durations: %w", err)
		}
		made = DurationMetric{ID: id.New(t.at), Name: cmd.Name, From: cmd.From, To: cmd.To, Version: 1, CreatedAt: t.at, UpdatedAt: t.at}
		kept, err := checkDuration(ctx, t, all, &made)
		if err != nil {
			return settingChange{}, err
		}
		if len(all) > 0 {
			made.Rank = all[len(all)-1].Rank + 1
		}
		err = t.q.InsertDuration(ctx, db.InsertDurationParams{
			ID: made.ID, Name: made.Name, FromTimestamp: made.From, ToTimestamp: made.To, Rank: made.Rank, At: t.at,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the duration: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: kept}, nil
	})
	return made, err
}

// EditDuration changes what a duration is called and between what it is measured.
func (s *Service) EditDuration(ctx context.Context, cmd EditDuration) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "duration_metric", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := durationIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		edited := old
		edited.Name, edited.From, edited.To = cmd.Name, cmd.From, cmd.To
		kept, err := checkDuration(ctx, t, all, &edited)
		if err != nil || edited == old {
			return settingChange{}, err
		}
		if cmd.Version != 0 && cmd.Version != old.Version {
			return settingChange{}, &Stale{What: "duration", Now: old.Name, Version: old.Version}
		}
		before, err := checkDuration(ctx, t, all, &old)
		if err != nil {
			return settingChange{}, err
		}
		err = t.q.UpdateDuration(ctx, db.UpdateDurationParams{Name: edited.Name, FromTimestamp: edited.From, ToTimestamp: edited.To, At: t.at, ID: cmd.ID})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the duration: %w", err)
		}
		return settingChange{change: "edited", id: cmd.ID, before: before, after: kept}, nil
	})
}

// OrderDurations gives every duration its rank.
func (s *Service) OrderDurations(ctx context.Context, cmd OrderDurations) (Outcome, error) {
	return s.order(ctx, authz.UpdateLifecycles, "duration_metric", durationTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		rows, err := q.LockDurations(ctx)
		return namesOf(rows, func(r db.MusterDurationMetric) named { return named{r.ID, r.Name} }), err
	})
}

// ArchiveDuration takes a duration out of use.
func (s *Service) ArchiveDuration(ctx context.Context, cmd ArchiveDuration) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "duration_metric", func(ctx context.Context, t setting) (settingChange, error) {
		_, old, err := durationIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		return settingChange{change: "archived", id: cmd.ID, before: map[string]any{"name": old.Name}}, durationTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

// checkDuration tidies a duration and answers what the audit log keeps of it.
func checkDuration(ctx context.Context, t setting, all []db.MusterDurationMetric, one *DurationMetric) (map[string]any, error) {
	name, err := checkLabel(one.Name, func(wanted string) bool {
		return slices.ContainsFunc(all, func(other db.MusterDurationMetric) bool {
			return other.ID != one.ID && strings.ToLower(other.Name) == wanted
		})
	})
	problems := problem.All(err)
	one.Name = name
	stamps, err := timestampsNow(ctx, t.tx)
	if err != nil {
		return nil, err
	}
	names := map[id.ID]string{}
	for _, stamp := range stamps {
		if !stamp.Archived {
			names[stamp.ID] = stamp.Name
		}
	}
	for field, end := range map[string]id.ID{"from": one.From, "to": one.To} {
		switch {
		case end.Empty():
			problems = append(problems, problem.Field(field, "is_required", "Choose a timestamp."))
		case names[end] == "":
			return nil, problem.Missing("timestamp")
		}
	}
	if one.From == one.To && !one.From.Empty() {
		problems = append(problems, problem.Field("to", "same", "It is measured between two different timestamps."))
	}
	return map[string]any{"name": one.Name, "from": names[one.From], "to": names[one.To]}, problems.Err()
}

func durationIn(ctx context.Context, t setting, wanted id.ID) ([]db.MusterDurationMetric, DurationMetric, error) {
	all, err := t.q.LockDurations(ctx)
	if err != nil {
		return nil, DurationMetric{}, fmt.Errorf("read the durations: %w", err)
	}
	for _, row := range all {
		if row.ID == wanted {
			return all, durationOf(row), nil
		}
	}
	return nil, DurationMetric{}, problem.Missing("duration")
}

func durationOf(row db.MusterDurationMetric) DurationMetric {
	return DurationMetric{
		ID: row.ID, Name: row.Name, From: row.FromTimestampID, To: row.ToTimestampID, Rank: row.Rank, Version: row.RowVersion,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}
