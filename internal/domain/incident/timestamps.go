package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Timestamp is one of the organisation's moments that an incident can have.
type Timestamp struct {
	ID   id.ID
	Name string
	Rank int32
	// SetBy names what sets it by itself; empty for by hand, or for a status.
	SetBy string
	// SetByStatus is the status that sets it by being entered.
	SetByStatus id.ID
	// After is the timestamp that it cannot be before; empty for none.
	After     id.ID
	Archived  bool
	Version   int32
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Moments lists what can set a timestamp by itself, besides a status.
func Moments() []string {
	return []string{"reported", "accepted", "declined", "merged", "canceled", "resolved", "closed"}
}

// CreateTimestamp adds a timestamp after all others. SetBy is one of Moments or empty, SetByStatus a status or empty.
type CreateTimestamp struct {
	Name, SetBy        string
	SetByStatus, After id.ID
}

// EditTimestamp changes a timestamp. Version is the one that the editor saw, 0 is not checked.
type EditTimestamp struct {
	ID                 id.ID
	Name, SetBy        string
	SetByStatus, After id.ID
	Version            int32
}

// OrderTimestamps puts all timestamps in an order for showing them.
type OrderTimestamps struct{ IDs []id.ID }

// ArchiveTimestamp takes a timestamp out of use; incidents that have it keep it.
type ArchiveTimestamp struct{ ID id.ID }

var timestamps = setting.List[db.MusterIncidentTimestamp]{
	Noun: string(TimestampNoun), One: "timestamp", Table: "muster.incident_timestamp", Permits: authz.UpdateLifecycles,
	Lock: func(ctx context.Context, tx pgx.Tx) ([]db.MusterIncidentTimestamp, error) {
		return db.New(tx).LockTimestamps(ctx)
	},
	Entry: func(r db.MusterIncidentTimestamp) setting.Entry {
		return setting.Entry{ID: r.ID, Words: setting.Words{Name: r.Name}, Rank: r.Rank, Version: r.RowVersion, CreatedAt: r.CreatedAt}
	},
}

// Timestamps lists the timestamps in use by rank.
func (s *Service) Timestamps(ctx context.Context) ([]Timestamp, error) {
	return listOf(ctx, s, authz.ViewIncidents, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentTimestamp, error) {
		return q.Timestamps(ctx, false)
	}, timestampOf)
}

// CreateTimestamp adds a timestamp and returns it.
func (s *Service) CreateTimestamp(ctx context.Context, cmd CreateTimestamp) (Timestamp, error) {
	var made Timestamp
	_, err := s.set(ctx, timestamps.Permits, timestamps.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		rows, err := timestamps.All(ctx, t.Turn)
		if err != nil {
			return setting.Change{}, err
		}
		made = Timestamp{
			ID: id.New(t.At), Name: cmd.Name, SetBy: cmd.SetBy, SetByStatus: cmd.SetByStatus, After: cmd.After, Rank: timestamps.Next(rows), Version: 1, CreatedAt: t.At, UpdatedAt: t.At,
		}
		if made, err = checkTimestamp(ctx, t, rows, made); err != nil {
			return setting.Change{}, err
		}
		err = t.q.InsertTimestamp(ctx, db.InsertTimestampParams{
			ID: made.ID, Name: made.Name, Rank: made.Rank, SetBy: made.SetBy, SetByStatusID: made.SetByStatus, AfterID: made.After, At: t.At,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the timestamp: %w", err)
		}
		return setting.Change{What: "created", ID: made.ID, After: told(rows, made)}, nil
	})
	return made, err
}

// EditTimestamp changes what a timestamp is called, what sets it and what it comes after.
func (s *Service) EditTimestamp(ctx context.Context, cmd EditTimestamp) (Outcome, error) {
	return s.set(ctx, timestamps.Permits, timestamps.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		rows, row, err := timestamps.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		old := timestampOf(row)
		edited := old
		edited.Name, edited.SetBy, edited.SetByStatus, edited.After = cmd.Name, cmd.SetBy, cmd.SetByStatus, cmd.After
		if edited, err = checkTimestamp(ctx, t, rows, edited); err != nil || edited == old {
			return setting.Change{}, err
		}
		if err := timestamps.Fresh(timestamps.Entry(row), cmd.Version); err != nil {
			return setting.Change{}, err
		}
		err = t.q.UpdateTimestamp(ctx, db.UpdateTimestampParams{
			Name: edited.Name, SetBy: edited.SetBy, SetByStatusID: edited.SetByStatus, AfterID: edited.After, At: t.At, ID: cmd.ID,
		})
		if err != nil {
			return setting.Change{}, fmt.Errorf("write the timestamp: %w", err)
		}
		return setting.Change{What: "edited", ID: cmd.ID, Before: told(rows, old), After: told(rows, edited)}, nil
	})
}

// OrderTimestamps gives every timestamp its rank.
func (s *Service) OrderTimestamps(ctx context.Context, cmd OrderTimestamps) (Outcome, error) {
	return outcome(timestamps.Order(ctx, s.settings, cmd.IDs))
}

// ArchiveTimestamp takes a timestamp out of use, unless a duration is measured by it.
func (s *Service) ArchiveTimestamp(ctx context.Context, cmd ArchiveTimestamp) (Outcome, error) {
	return s.set(ctx, timestamps.Permits, timestamps.Noun, func(ctx context.Context, t desk) (setting.Change, error) {
		_, old, err := timestamps.Find(ctx, t.Turn, cmd.ID)
		if err != nil {
			return setting.Change{}, err
		}
		durations, err := t.q.LockDurations(ctx)
		if err != nil {
			return setting.Change{}, fmt.Errorf("read the durations: %w", err)
		}
		var users []string
		for _, d := range durations {
			if d.FromTimestampID == cmd.ID || d.ToTimestampID == cmd.ID {
				users = append(users, d.Name)
			}
		}
		if len(users) > 0 {
			return setting.Change{}, problem.New(problem.Conflict, "in_use", "The duration %s is measured by %s. Change or archive it first.", strings.Join(users, ", "), old.Name)
		}
		if err := t.q.RelinkTimestamps(ctx, db.RelinkTimestampsParams{AfterID: old.AfterID, At: t.At, Gone: cmd.ID}); err != nil {
			return setting.Change{}, fmt.Errorf("close the gap that the timestamp leaves: %w", err)
		}
		return setting.Change{What: "archived", ID: cmd.ID, Before: map[string]any{"name": old.Name}}, timestamps.Table.Archive(ctx, t.Tx, cmd.ID, t.At)
	})
}

// checkTimestamp tidies a timestamp that is new or edited, and refuses what cannot be.
func checkTimestamp(ctx context.Context, t desk, rows []db.MusterIncidentTimestamp, one Timestamp) (Timestamp, error) {
	all := timestampsOf(rows)
	name, err := setting.Name(one.Name, timestamps.Taken(rows, one.ID))
	problems := problem.All(err)
	one.Name = name
	if one.SetBy != "" && !slices.Contains(Moments(), one.SetBy) {
		problems = append(problems, problem.Field("set_by", "unknown", "Nothing called %q sets a timestamp.", one.SetBy))
	}
	if !one.SetByStatus.Empty() {
		one.SetBy = ""
		if _, err := usableStatus(ctx, t.q, one.SetByStatus); err != nil {
			if problem.Is(err, problem.NotFound) {
				return one, err
			}
			problems = append(problems, problem.All(err)...)
		}
	}
	for before, steps := one.After, 0; !before.Empty(); steps++ {
		at := slices.IndexFunc(all, func(other Timestamp) bool { return other.ID == before })
		switch {
		case at < 0:
			return one, problem.Missing("timestamp")
		case before == one.ID || steps > len(all):
			return one, append(problems, problem.Field("after", "circle", "%s would come after itself. Choose another.", one.Name)).Err()
		}
		before = all[at].After
	}
	return one, problems.Err()
}

// told is what the audit log keeps of a timestamp, in words.
func told(rows []db.MusterIncidentTimestamp, t Timestamp) map[string]any {
	kept := map[string]any{"name": t.Name, "set by": t.SetBy}
	for _, other := range rows {
		if other.ID == t.After {
			kept["comes after"] = other.Name
		}
	}
	if !t.SetByStatus.Empty() {
		kept["set by"] = t.SetByStatus
	}
	return kept
}

func timestampsOf(rows []db.MusterIncidentTimestamp) []Timestamp {
	all := make([]Timestamp, len(rows))
	for n, row := range rows {
		all[n] = timestampOf(row)
	}
	return all
}

func timestampOf(row db.MusterIncidentTimestamp) Timestamp {
	return Timestamp{
		ID: row.ID, Name: row.Name, Rank: row.Rank, SetBy: row.SetBy, SetByStatus: row.SetByStatusID, After: row.AfterID,
		Archived: row.ArchivedAt != nil, Version: row.RowVersion, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

// timestampsNow reads the timestamps in use within a read.
func timestampsNow(ctx context.Context, tx pgx.Tx) ([]Timestamp, error) {
	rows, err := db.New(tx).Timestamps(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read the timestamps: %w", err)
	}
	return timestampsOf(rows), nil
}
