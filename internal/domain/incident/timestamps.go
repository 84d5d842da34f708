package incident

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident/internal/db"
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

// Timestamps lists the timestamps in use by rank.
func (s *Service) Timestamps(ctx context.Context) ([]Timestamp, error) {
	return listOf(ctx, s, func(ctx context.Context, q *db.Queries) ([]db.MusterIncidentTimestamp, error) {
		return q.Timestamps(ctx, false)
	}, timestampOf)
}

// CreateTimestamp adds a timestamp and returns it.
func (s *Service) CreateTimestamp(ctx context.Context, cmd CreateTimestamp) (Timestamp, error) {
	var made Timestamp
	_, err := s.set(ctx, authz.UpdateLifecycles, "incident_timestamp", func(ctx context.Context, t setting) (settingChange, error) {
		rows, err := t.q.LockTimestamps(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the timestamps: %w", err)
		}
		all := timestampsOf(rows)
		made = Timestamp{
			ID: id.New(t.at), Name: cmd.Name, SetBy: cmd.SetBy, SetByStatus: cmd.SetByStatus, After: cmd.After, Version: 1, CreatedAt: t.at, UpdatedAt: t.at,
		}
		if made, err = checkTimestamp(ctx, t, all, made); err != nil {
			return settingChange{}, err
		}
		if len(all) > 0 {
			made.Rank = all[len(all)-1].Rank + 1
		}
		err = t.q.InsertTimestamp(ctx, db.InsertTimestampParams{
			ID: made.ID, Name: made.Name, Rank: made.Rank, SetBy: made.SetBy, SetByStatusID: made.SetByStatus, AfterID: made.After, At: t.at,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the timestamp: %w", err)
		}
		return settingChange{change: "created", id: made.ID, after: told(all, made)}, nil
	})
	return made, err
}

// EditTimestamp changes what a timestamp is called, what sets it and what it comes after.
func (s *Service) EditTimestamp(ctx context.Context, cmd EditTimestamp) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_timestamp", func(ctx context.Context, t setting) (settingChange, error) {
		all, old, err := timestampIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		edited := old
		edited.Name, edited.SetBy, edited.SetByStatus, edited.After = cmd.Name, cmd.SetBy, cmd.SetByStatus, cmd.After
		if edited, err = checkTimestamp(ctx, t, all, edited); err != nil || edited == old {
			return settingChange{}, err
		}
		if cmd.Version != 0 && cmd.Version != old.Version {
			return settingChange{}, &Stale{What: "timestamp", Now: old.Name, Version: old.Version}
		}
		err = t.q.UpdateTimestamp(ctx, db.UpdateTimestampParams{
			Name: edited.Name, SetBy: edited.SetBy, SetByStatusID: edited.SetByStatus, AfterID: edited.After, At: t.at, ID: cmd.ID,
		})
		if err != nil {
			return settingChange{}, fmt.Errorf("write the timestamp: %w", err)
		}
		return settingChange{change: "edited", id: cmd.ID, before: told(all, old), after: told(all, edited)}, nil
	})
}

// OrderTimestamps gives every timestamp its rank.
func (s *Service) OrderTimestamps(ctx context.Context, cmd OrderTimestamps) (Outcome, error) {
	return s.order(ctx, authz.UpdateLifecycles, "incident_timestamp", timestampTable, cmd.IDs, func(ctx context.Context, q *db.Queries) ([]named, error) {
		rows, err := q.LockTimestamps(ctx)
		return namesOf(rows, func(r db.MusterIncidentTimestamp) named { return named{r.ID, r.Name} }), err
	})
}

// ArchiveTimestamp takes a timestamp out of use, unless a duration is measured by it.
func (s *Service) ArchiveTimestamp(ctx context.Context, cmd ArchiveTimestamp) (Outcome, error) {
	return s.set(ctx, authz.UpdateLifecycles, "incident_timestamp", func(ctx context.Context, t setting) (settingChange, error) {
		_, old, err := timestampIn(ctx, t, cmd.ID)
		if err != nil {
			return settingChange{}, err
		}
		durations, err := t.q.LockDurations(ctx)
		if err != nil {
			return settingChange{}, fmt.Errorf("read the durations: %w", err)
		}
		var users []string
		for _, d := range durations {
			if d.FromTimestampID == cmd.ID || d.ToTimestampID == cmd.ID {
				users = append(users, d.Name)
			}
		}
		if len(users) > 0 {
			return settingChange{}, problem.New(problem.Conflict, "in_use", "The duration %s is measured by %s. Change or archive it first.", strings.Join(users, ", "), old.Name)
		}
		if err := t.q.RelinkTimestamps(ctx, db.RelinkTimestampsParams{AfterID: old.After, At: t.at, Gone: cmd.ID}); err != nil {
			return settingChange{}, fmt.Errorf("close the gap that the timestamp leaves: %w", err)
		}
		return settingChange{change: "archived", id: cmd.ID, before: map[string]any{"name": old.Name}}, timestampTable.Archive(ctx, t.tx, cmd.ID, t.at)
	})
}

// checkTimestamp tidies a timestamp that is new or edited, and refuses what cannot be.
func checkTimestamp(ctx context.Context, t setting, all []Timestamp, one Timestamp) (Timestamp, error) {
	name, err := checkLabel(one.Name, func(wanted string) bool {
		return slices.ContainsFunc(all, func(other Timestamp) bool { return other.ID != one.ID && strings.ToLower(other.Name) == wanted })
	})
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
func told(all []Timestamp, t Timestamp) map[string]any {
	kept := map[string]any{"name": t.Name, "set by": t.SetBy}
	for _, other := range all {
		if other.ID == t.After {
			kept["comes after"] = other.Name
		}
	}
	if !t.SetByStatus.Empty() {
		kept["set by"] = t.SetByStatus
	}
	return kept
}

// timestampIn locks the timestamps in use and finds one of them.
func timestampIn(ctx context.Context, t setting, wanted id.ID) ([]Timestamp, Timestamp, error) {
	rows, err := t.q.LockTimestamps(ctx)
	if err != nil {
		return nil, Timestamp{}, fmt.Errorf("read the timestamps: %w", err)
	}
	all := timestampsOf(rows)
	at := slices.IndexFunc(all, func(one Timestamp) bool { return one.ID == wanted })
	if at < 0 {
		return nil, Timestamp{}, problem.Missing("timestamp")
	}
	return all, all[at], nil
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
