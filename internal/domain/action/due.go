package action

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/action/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/when"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const (
	// dueTimer is the kind of the timer that an action has while it has a due time.
	dueTimer = "action.due"
	// furthest is how far away a due time may be; what takes longer is a follow-up.
	furthest = 90 * 24 * time.Hour
)

// SetDue says by when an action is to be done; zero for no particular time.
type SetDue struct {
	Action id.ID
	Due    time.Time
}

// SetDue sets or clears when the action is due. Whoever does it is reminded once then.
func (s *Service) SetDue(ctx context.Context, cmd SetDue) (Action, error) {
	return s.on(ctx, authz.UpdateActions, cmd.Action, func(ctx context.Context, t turn) (change, error) {
		due, err := checkDue(cmd.Due, t.at)
		if err != nil || same(due, t.row.DueAt) {
			return change{}, err
		}
		if err := t.q.SetDue(ctx, db.SetDueParams{DueAt: due, At: t.at, ID: t.row.ID}); err != nil {
			return change{}, fmt.Errorf("write when the action is due: %w", err)
		}
		if err := s.setTimer(ctx, t.tx, t.row.ID, due); err != nil {
			return change{}, err
		}
		return change{
			before: map[string]any{"due_at": t.row.DueAt}, after: map[string]any{"due_at": due}, event: ActionDueSet{What: t.what(), Due: due},
		}, nil
	})
}

// ReadDue reads when something is due as people write it: "in 20m", "14:30", "tomorrow 10:00". Nothing, and "none", are
// no particular time, which is zero. now is where the writer is.
func ReadDue(typed string, now time.Time) (time.Time, error) {
	switch strings.ToLower(strings.TrimSpace(typed)) {
	case "", "none", "never", "no time":
		return time.Time{}, nil
	}
	due, ok := when.Until(typed, now)
	if !ok {
		return due, problem.Field("due", "not_a_time", "“%s” is no time to come. Write in 20m, 14:30, tomorrow 10:00, Monday or 2026-03-02 14:00.", typed)
	}
	return due, nil
}

func checkDue(due, at time.Time) (*time.Time, error) {
	switch {
	case due.IsZero():
		return nil, nil
	case !due.After(at):
		return nil, problem.Field("due", "past", "That moment has passed. Choose one to come.")
	case due.After(at.Add(furthest)):
		return nil, problem.Field("due", "too_far", "An action is due within 90 days. Add a follow-up for what comes later.")
	}
	due = due.UTC()
	return &due, nil
}

func same(one, other *time.Time) bool {
	return (one == nil) == (other == nil) && (one == nil || one.Equal(*other))
}

func (s *Service) setTimer(ctx context.Context, tx pgx.Tx, action id.ID, due *time.Time) error {
	if due == nil {
		return s.timers.Clear(ctx, tx, dueTimer, action)
	}
	return s.timers.Set(ctx, tx, dueTimer, action, *due)
}

// hold takes the lock under which verbs set and clear the timer of an action.
func hold(ctx context.Context, tx pgx.Tx, action id.ID) error {
	if _, err := db.New(tx).LockAction(ctx, action); err != nil && !postgres.None(err) {
		return fmt.Errorf("lock the action: %w", err)
	}
	return nil
}

// remind says that an action is due, once, unless it is done with or the incident is not being worked on.
func (s *Service) remind(ctx context.Context, tx pgx.Tx, action id.ID, _ time.Time) error {
	q, at := db.New(tx), s.clock.Now()
	row, err := q.LockAction(ctx, action)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the action: %w", err)
	}
	inc, err := incident.Find(ctx, tx, row.IncidentID)
	if err != nil || !decideReminder(row, inc, at) {
		return err
	}
	if err := q.SetDueTold(ctx, db.SetDueToldParams{At: &at, ID: row.ID}); err != nil {
		return fmt.Errorf("note that the action's due time was told: %w", err)
	}
	what := What{About: inc.About(), Action: row.ID, Description: row.Description}
	return s.bus.Publish(ctx, tx, ActionDue{What: what, Due: *row.DueAt})
}

func decideReminder(row db.MusterAction, inc incident.Held, at time.Time) bool {
	if Status(row.Status) != Outstanding || row.DueAt == nil || row.DueAt.After(at) || row.DueToldAt != nil || inc.Quiet {
		return false
	}
	switch inc.Category {
	case incident.CategoryTriage, incident.CategoryLive, incident.CategoryLearning:
		return true
	default: // a paused one reminds when it wakes
		return false
	}
}

// Subscribe waits for paused incidents that wake: what came due meanwhile is told then.
func (s *Service) Subscribe(bus *event.Bus) {
	event.After(bus, "action.wake", func(ctx context.Context, _ event.Record, e incident.Resumed) error {
		return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			slept, err := db.New(tx).ActionsUntold(ctx, db.ActionsUntoldParams{IncidentID: e.Incident, At: s.clock.Now()})
			if err != nil {
				return fmt.Errorf("find what came due in the pause: %w", err)
			}
			for _, action := range slept {
				if err := s.remind(ctx, tx, action, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
