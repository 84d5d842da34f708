package question

import (
	"context"
	"fmt"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// Answer answers a question, or corrects the answer that it has.
type Answer struct {
	Question id.ID
	Text     string
	// Version is the one that the editor saw; 0 is not checked.
	Version int32
}

// Answer answers for all who want to know; the same words again change nothing.
func (s *Service) Answer(ctx context.Context, cmd Answer) (Question, error) {
	text, err := checkText("answer", cmd.Text, "Write the answer, in words that somebody outside understands.", maxAnswer)
	if err != nil {
		return Question{}, err
	}
	return s.on(ctx, authz.EditIncidents, cmd.Question, func(ctx context.Context, t turn) (change, error) {
		needed, err := decideAnswer(t.row, text, cmd.Version)
		if err != nil || !needed {
			return change{}, err
		}
		actor, kind := t.scope.Actor, string(t.scope.Actor.Type)
		err = t.q.SetAnswer(ctx, db.SetAnswerParams{
			Answer: text, AnswererType: &kind, AnswererID: actor.ID, AnswererName: actor.Name, At: &t.at, ID: t.row.ID,
		})
		if err != nil {
			return change{}, fmt.Errorf("write the answer: %w", err)
		}
		if err := s.timers.Clear(ctx, t.tx, unansweredTimer, t.row.ID); err != nil {
			return change{}, err
		}
		return change{
			map[string]any{"state": t.row.State, "answer": t.row.Answer},
			map[string]any{"state": Answered, "answer": text},
			Replied{About: t.about(), Asker: t.row.AskerID, Corrected: State(t.row.State) == Answered},
		}, nil
	})
}

func decideAnswer(row db.MusterQuestion, text string, version int32) (needed bool, err error) {
	switch {
	case State(row.State) == Withdrawn:
		return false, problem.New(problem.Conflict, "withdrawn", "The question was withdrawn; nobody waits for an answer.")
	case row.Answer == text:
		return false, nil
	case version != 0 && version != row.RowVersion && State(row.State) == Answered:
		return false, &incident.Stale{What: "answer", Now: row.Answer, Version: row.RowVersion}
	}
	return true, nil
}
