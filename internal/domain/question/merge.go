package question

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/platform/event"
)

// Subscribe lets questions that wait for an answer go along when their incident is merged.
func (s *Service) Subscribe(bus *event.Bus) {
	event.Within(bus, "question.merged", s.merged)
}

// merged moves the open questions to where somebody still answers. Those of a public incident stay when it lives on in a
// private one: who asked could not read the answer there.
func (s *Service) merged(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.Merged) error {
	into, err := incident.Find(ctx, tx, e.Into)
	if err != nil {
		return err
	}
	if into.Private && !e.Private {
		return nil
	}
	q, at := db.New(tx), s.clock.Now()
	moved, err := q.MoveOpen(ctx, db.MoveOpenParams{FromID: e.Incident, IntoID: into.ID, Private: into.Private, At: at})
	if err != nil {
		return fmt.Errorf("move the open questions: %w", err)
	}
	for _, row := range moved {
		if err := q.MoveFollowers(ctx, db.MoveFollowersParams{QuestionID: row.ID, IntoID: into.ID, Private: into.Private}); err != nil {
			return fmt.Errorf("move who wants to know: %w", err)
		}
		if err := s.timers.Set(ctx, tx, unansweredTimer, row.ID, at.Add(patience)); err != nil {
			return err
		}
		about := About{About: incident.About{Incident: into.ID, Private: into.Private}, Question: row.ID, Text: row.Text}
		if err := s.bus.Publish(ctx, tx, Moved{About: about, From: e.Incident}); err != nil {
			return err
		}
	}
	return nil
}
