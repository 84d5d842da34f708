package incident

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
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

var durations = setting.List[db.MusterDurationMetric]{
	Noun: "duration_metric", One: "duration", Table: "muster.duration_metric", Permits: authz.UpdateLifecycles,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterDurationMetric, error) {
		return db.New(tx).LockDurations(ctx)
	},
	Entry: func(r db.MusterDurationMetric) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// Durations lists the durations in use by rank.
func (s *Service) Durations(ctx context.Context) ([]DurationMetric, error) {
	return listOf(ctx, s, authz.ViewIncidents, func(ctx context.Context, q *db.Queries) ([]db.MusterDurationMetric, error) { return q.Durations(ctx) }, durationOf)
}

// CreateDuration adds a duration and returns it.
func (s *Service) CreateDuration(ctx context.Context, cmd CreateDuration) (DurationMetric, error) {
	var made DurationMetric
	_, err := s.set(ctx, durations.Permits, durations.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, err := durations.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		made = DurationMetric{ID: id.New(t.At), Name: cmd.Name, From: cmd.From, To: cmd.To, Rank: durations.Next(all), Version: 1, CreatedAt: t.At, UpdatedAt: t.At}
		kept, err := checkDuration(ctx, t, all, &made)
		if err != nil {
			return setting.Change{}, err
		}
		err = t.q.InsertDuration(ctx, db.InsertDurationParams{
			ID: made.ID, Name: made.Name, FromTimestamp: made.From, ToTimestamp: made.To, Rank: made.Rank, At: t.At,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the duration: %w", err)
		}
		return setting.Change{What: "created", ID: made.ID, After: kept}, nil
	})
	return made, err
}

// EditDuration changes what a duration is called and between what it is measured.
func (s *Service) EditDuration(ctx context.Context, cmd EditDuration) (Outcome, error) {
	return s.set(ctx, durations.Permits, durations.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		all, row, err := durations.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		old := durationOf(row)
		edited := old
		edited.Name, edited.From, edited.To = cmd.Name, cmd.From, cmd.To
		kept, err := checkDuration(ctx, t, all, &edited)
		if err != nil || edited == old {
			return setting.Change{}, err
		}
		if err := durations.Fresh(durations.Entry(row), cmd.Version); err != nil {
			return setting.Change{}, err
		}
		before, err := checkDuration(ctx, t, all, &old)
		if err != nil {
			return setting.Change{}, err
		}
		err = t.q.UpdateDuration(ctx, db.UpdateDurationParams{Name: edited.Name, FromTimestamp: edited.From, ToTimestamp: edited.To, At: t.At, ID: cmd.ID})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the duration: %w", err)
		}
		return setting.Change{What: "edited", ID: cmd.ID, Before: before, After: kept}, nil
	})
}

// OrderDurations gives every duration its rank.
func (s *Service) OrderDurations(ctx context.Context, cmd OrderDurations) (Outcome, error) {
	return outcome(durations.Order(ctx, s.settings, cmd.IDs))
}

// ArchiveDuration takes a duration out of use.
func (s *Service) ArchiveDuration(ctx context.Context, cmd ArchiveDuration) (Outcome, error) {
	return s.set(ctx, durations.Permits, durations.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		_, old, err := durations.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		return setting.Change{What: "archived", ID: cmd.ID, Before: map[string]any{"name": old.Name}}, durations.Table.Archive(ctx, t.Tx, cmd.ID, t.At)
	})
}

// checkDuration tidies a duration and answers what the audit log keeps of it.
func checkDuration(ctx context.Context, t desk, all []db.MusterDurationMetric, one *DurationMetric) (map[string]any, error) {
	name, err := setting.Name(one.Name, durations.Taken(all, one.ID))
	problems := problem.All(err)
	one.Name = name
	stamps, err := timestampsNow(ctx, t.Tx)
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

func durationOf(row db.MusterDurationMetric) DurationMetric {
	return DurationMetric{
		ID: row.ID, Name: row.Name, From: row.FromTimestampID, To: row.ToTimestampID, Rank: row.Rank, Version: row.RowVersion,
		CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}
