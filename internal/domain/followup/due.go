package followup

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/musterhq/muster/internal/domain/followup/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const (
	// dueTimer is the kind of the timer that a follow-up has while somebody is to be reminded of its day.
	dueTimer = "follow_up.due"
	// morning is the hour of that day at which they are, where they are.
	morning = 8
)

// setReminder sets or clears when whoever has the follow-up is reminded: once, in the morning of its day. Where that has
// passed nobody is, as it stands on their page already.
func (s *Service) setReminder(ctx context.Context, tx pgx.Tx, q *db.Queries, followUp, assignee id.ID, status Status, due pgtype.Date) error {
	if status == Outstanding && due.Valid && !assignee.Empty() {
		zone, err := q.ZoneOf(ctx, assignee)
		if err != nil {
			return fmt.Errorf("read where the assignee is: %w", err)
		}
		if at := remindAt(due.Time, zone); at.After(s.clock.Now()) {
			return s.timers.Set(ctx, tx, dueTimer, followUp, at)
		}
	}
	return s.timers.Clear(ctx, tx, dueTimer, followUp)
}

func remindAt(day time.Time, zone string) time.Time {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return time.Date(day.Year(), day.Month(), day.Day(), morning, 0, 0, 0, place)
}

// hold takes the lock under which verbs set and clear the timer of a follow-up.
func hold(ctx context.Context, tx pgx.Tx, followUp id.ID) error {
	if _, err := db.New(tx).Lock(ctx, followUp); err != nil && !postgres.None(err) {
		return fmt.Errorf("lock the follow-up: %w", err)
	}
	return nil
}

// remind says that the day of a follow-up has come.
func (s *Service) remind(ctx context.Context, tx pgx.Tx, followUp id.ID, _ time.Time) error {
	row, err := db.New(tx).Lock(ctx, followUp)
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the follow-up: %w", err)
	}
	inc, err := incident.Find(ctx, tx, row.IncidentID)
	if err != nil || Status(row.Status) != Outstanding || !row.DueOn.Valid || row.AssigneeID.Empty() || inc.Quiet {
		return err
	}
	return s.bus.Publish(ctx, tx, Due{What: What{About: inc.About(), FollowUp: row.ID, Title: row.Title}, Assignee: row.AssigneeID})
}
