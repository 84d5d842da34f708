package question

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

const (
	unansweredTimer = "question.unanswered"
	// patience is how long a question waits before whoever speaks for the incident is reminded, and again before the lead is.
	patience = 15 * time.Minute
	// reminders are how many there are: then the question waits without another word.
	reminders = 2
)

// lockFor holds the incident and the question in the order of the verbs.
func lockFor(ctx context.Context, tx pgx.Tx, question id.ID) error {
	_, err := hold(ctx, tx, question, time.Time{})
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

func (s *Service) remind(ctx context.Context, tx pgx.Tx, question id.ID, _ time.Time) error {
	t, err := hold(ctx, tx, question, s.clock.Now())
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if State(t.row.State) != Open || t.inc.Quiet || t.inc.Mode == incident.Tutorial {
		return nil // who it is for was told when it was asked
	}
	count := t.row.Reminders + 1
	if err := t.q.SetReminders(ctx, db.SetRemindersParams{Reminders: count, ID: question}); err != nil {
		return fmt.Errorf("count the reminder: %w", err)
	}
	if count < reminders {
		if err := s.timers.Set(ctx, tx, unansweredTimer, question, t.at.Add(patience)); err != nil {
			return err
		}
	}
	err = audit.Write(ctx, tx, t.at, audit.Entry{Action: "question.unanswered", TargetType: "question", TargetID: question, Incident: t.inc.ID, Private: t.inc.Private})
	if err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, Unanswered{About: t.about(), Reminder: int(count)})
}
