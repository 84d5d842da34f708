package incident

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// updateDueTimer is the kind of the timer that an incident has while an update is promised.
const updateDueTimer = "incident.update_due"

// Reminders is how often an overdue update is reminded of at most, RemindEvery how long apart.
const (
	Reminders   = 3
	RemindEvery = 10 * time.Minute
)

// LimitReminders lets fn say how often an overdue update of an incident is reminded of, in place of Reminders.
func (s *Service) LimitReminders(fn func(ctx context.Context, tx pgx.Tx, held Held) (int, error)) {
	s.reminders = fn
}

// SnoozeReminder moves the moment at which the next update is due to so many minutes from now.
type SnoozeReminder struct {
	Incident id.ID
	Minutes  int
}

// SkipReminder takes the promise of a next update back.
type SkipReminder struct{ Incident id.ID }

// SnoozeReminder gives the update more time.
func (s *Service) SnoozeReminder(ctx context.Context, cmd SnoozeReminder) (Outcome, error) {
	if cmd.Minutes < 1 || cmd.Minutes > maxNext {
		return Outcome{}, problem.Field("minutes", "out_of_range", "Snooze for 1 minute to 7 days.")
	}
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		until := t.at.Add(time.Duration(cmd.Minutes) * time.Minute)
		if err := decideSnooze(t.inc); err != nil {
			return err
		}
		if t.inc.NextUpdateDueAt.Equal(until) {
			return nil
		}
		out.Changed = true
		if err := s.setReminder(ctx, t, &until); err != nil {
			return err
		}
		err := audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.reminder_snoozed", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"next_update_due_at": t.inc.NextUpdateDueAt}, After: map[string]any{"next_update_due_at": until},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, ReminderSnoozed{About: t.inc.About(), Until: until, Minutes: cmd.Minutes})
	})
	return out, err
}

func decideSnooze(inc Held) error {
	if inc.NextUpdateDueAt == nil {
		return problem.New(problem.Conflict, "no_reminder", "No update is promised, so there is nothing to snooze.")
	}
	return nil
}

// SkipReminder ends the promise; nobody is reminded until the next one.
func (s *Service) SkipReminder(ctx context.Context, cmd SkipReminder) (Outcome, error) {
	var out Outcome
	err := s.on(ctx, authz.EditIncidents, cmd.Incident, &out, func(ctx context.Context, t turn) error {
		if t.inc.NextUpdateDueAt == nil {
			return nil
		}
		out.Changed = true
		if err := s.setReminder(ctx, t, nil); err != nil {
			return err
		}
		err := audit.Write(ctx, t.tx, t.at, audit.Entry{
			Action: "incident.reminder_skipped", TargetType: "incident", TargetID: t.inc.ID, Incident: t.inc.ID, Private: t.inc.Private,
			Before: map[string]any{"next_update_due_at": t.inc.NextUpdateDueAt},
		})
		if err != nil {
			return err
		}
		return s.bus.Publish(ctx, t.tx, ReminderSkipped{About: t.inc.About()})
	})
	return out, err
}

// setReminder sets or, without a time, clears when the next update is due.
func (s *Service) setReminder(ctx context.Context, t turn, due *time.Time) error {
	if err := t.q.SetReminder(ctx, db.SetReminderParams{DueAt: due, ID: t.inc.ID}); err != nil {
		return fmt.Errorf("write when the next update is due: %w", err)
	}
	if due == nil {
		return s.timers.Clear(ctx, t.tx, updateDueTimer, t.inc.ID)
	}
	return s.timers.Set(ctx, t.tx, updateDueTimer, t.inc.ID, *due)
}

// hold takes the lock under which verbs set and clear an incident's timers; who runs them looks whether the incident is there.
func hold(ctx context.Context, tx pgx.Tx, incident id.ID) error {
	if _, err := Lock(ctx, tx, incident); err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	return nil
}

// remind says that an update is due, in the transaction that takes the timer away, and sets the timer for the next
// reminder. When the incident is no longer live, or the promise was kept in the same moment, nothing is said.
func (s *Service) remind(ctx context.Context, tx pgx.Tx, incident id.ID, _ time.Time) error {
	inc, err := Lock(ctx, tx, incident)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	most := Reminders
	if s.reminders != nil {
		if most, err = s.reminders(ctx, tx, inc); err != nil {
			return err
		}
	}
	at := s.clock.Now()
	reminder, again := decideReminder(inc, at, most)
	if reminder == 0 {
		return nil
	}
	err = db.New(tx).SetReminder(ctx, db.SetReminderParams{DueAt: inc.NextUpdateDueAt, Reminders: int32(reminder), ID: inc.ID})
	if err != nil {
		return fmt.Errorf("count the reminder: %w", err)
	}
	if again {
		if err := s.timers.Set(ctx, tx, updateDueTimer, inc.ID, at.Add(RemindEvery)); err != nil {
			return err
		}
	}
	return s.bus.Publish(ctx, tx, UpdateDue{About: inc.About(), Due: *inc.NextUpdateDueAt, Reminder: reminder})
}

// decideReminder returns the number of the reminder that is to be given now, 0 for none, and whether another follows.
func decideReminder(inc Held, at time.Time, most int) (reminder int, again bool) {
	if inc.Category != CategoryLive || inc.Quiet || inc.Mode == Tutorial || inc.NextUpdateDueAt == nil || inc.NextUpdateDueAt.After(at) || inc.Reminders >= most {
		return 0, false
	}
	return inc.Reminders + 1, inc.Reminders+1 < most
}
