package question

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Ask puts a question about an incident to whoever speaks for it.
type Ask struct {
	Incident id.ID
	Text     string
	// Key makes a repeated asking answer with the question of the first.
	Key string
}

// MaxOpen is how many questions of one person may be open in an incident, so that those who answer keep up.
const MaxOpen = 5

// maxKey is how many bytes an idempotency key has at most.
const maxKey = 200

// Ask asks; everyone who may see the incident may.
func (s *Service) Ask(ctx context.Context, cmd Ask) (Question, error) {
	scope, err := person(ctx, authz.ViewIncidents)
	if err != nil {
		return Question{}, err
	}
	text, err := checkText("question", cmd.Text, "Write what you would like to know.", maxText)
	if err != nil {
		return Question{}, err
	}
	if len(cmd.Key) > maxKey {
		return Question{}, problem.Field("idempotency_key", "invalid", "An idempotency key is text of %d characters at most.", maxKey)
	}
	var asked Question
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q, at := db.New(tx), s.clock.Now()
		// The lock on the incident makes a second asking with the same key wait for the first.
		inc, err := incident.Lock(ctx, tx, cmd.Incident)
		if err != nil {
			return err
		}
		if cmd.Key != "" {
			known, err := q.QuestionByKey(ctx, db.QuestionByKeyParams{IncidentID: inc.ID, AskerID: scope.Actor.ID, Key: cmd.Key})
			if err == nil {
				asked, err = read(ctx, q, known, scope.Actor.ID)
				return err
			}
			if !postgres.None(err) {
				return fmt.Errorf("look for the idempotency key: %w", err)
			}
		}
		open, err := q.CountOpen(ctx, db.CountOpenParams{IncidentID: inc.ID, AskerID: scope.Actor.ID})
		if err != nil {
			return fmt.Errorf("count the open questions: %w", err)
		}
		if open >= MaxOpen {
			return problem.Field("question", "too_many_open", "%d of your questions wait for an answer, which is the most. Withdraw one, or wait for an answer.", MaxOpen)
		}
		asked, err = s.ask(ctx, tx, inc, text, cmd.Key, at)
		return err
	})
	return asked, err
}

func (s *Service) ask(ctx context.Context, tx pgx.Tx, inc incident.Held, text, key string, at time.Time) (Question, error) {
	scope, err := person(ctx, authz.ViewIncidents)
	if err != nil {
		return Question{}, err
	}
	q := db.New(tx)
	row := db.InsertQuestionParams{
		ID: id.New(at), IncidentID: inc.ID, Private: inc.Private, Text: text, AskerID: scope.Actor.ID, AskerName: scope.Actor.Name, At: at,
	}
	if key != "" {
		row.IdempotencyKey = &key
	}
	if err := q.InsertQuestion(ctx, row); err != nil {
		return Question{}, fmt.Errorf("write the question: %w", err)
	}
	if err := s.timers.Set(ctx, tx, unansweredTimer, row.ID, at.Add(patience)); err != nil {
		return Question{}, err
	}
	err = audit.Write(ctx, tx, at, audit.Entry{
		Action: "question.asked", TargetType: "question", TargetID: row.ID, Incident: inc.ID, Private: inc.Private, After: map[string]any{"text": text},
	})
	if err != nil {
		return Question{}, err
	}
	if err := s.bus.Publish(ctx, tx, Asked{About{About: inc.About(), Question: row.ID, Text: text}}); err != nil {
		return Question{}, err
	}
	return read(ctx, q, row.ID, scope.Actor.ID)
}

// Reword changes one's own question while nobody has answered it.
type Reword struct {
	Question id.ID
	Text     string
	// Version is the one that the editor saw; 0 is not checked.
	Version int32
}

// Reword changes the words of a question.
func (s *Service) Reword(ctx context.Context, cmd Reword) (Question, error) {
	text, err := checkText("question", cmd.Text, "Write what you would like to know, or withdraw the question.", maxText)
	if err != nil {
		return Question{}, err
	}
	return s.on(ctx, authz.ViewIncidents, cmd.Question, func(ctx context.Context, t turn) (change, error) {
		if err := decideReword(t.row, t.scope.Actor.ID, cmd.Version); err != nil {
			return change{}, err
		}
		if text == t.row.Text {
			return change{}, nil
		}
		if err := t.q.SetText(ctx, db.SetTextParams{Text: text, At: t.at, ID: t.row.ID}); err != nil {
			return change{}, fmt.Errorf("write the question: %w", err)
		}
		about := t.about()
		about.Text = text
		return change{map[string]any{"text": t.row.Text}, map[string]any{"text": text}, Reworded{about}}, nil
	})
}

func decideReword(row db.MusterQuestion, actor id.ID, version int32) error {
	switch {
	case row.AskerID != actor:
		return problem.New(problem.Forbidden, "not_yours", "Only the one who asked can reword a question.")
	case State(row.State) == Answered:
		return problem.New(problem.Conflict, "answered", "The question is answered already. Ask another one.")
	case State(row.State) == Withdrawn:
		return problem.Missing("question")
	case version != 0 && version != row.RowVersion:
		return &incident.Stale{What: "question", Now: row.Text, Version: row.RowVersion}
	}
	return nil
}

// Withdraw takes an open question back.
type Withdraw struct{ Question id.ID }

// Withdraw takes a question back: one's own, or for those who work on the incident any that needs no answer.
func (s *Service) Withdraw(ctx context.Context, cmd Withdraw) (Question, error) {
	return s.on(ctx, authz.ViewIncidents, cmd.Question, func(ctx context.Context, t turn) (change, error) {
		switch {
		case t.row.AskerID != t.scope.Actor.ID && !t.scope.Permissions.Has(authz.EditIncidents):
			return change{}, problem.New(problem.Forbidden, "not_yours", "Only the one who asked can withdraw a question.")
		case State(t.row.State) == Withdrawn:
			return change{}, nil
		case State(t.row.State) == Answered:
			return change{}, problem.New(problem.Conflict, "answered", "The question is answered: others read the answer too.")
		}
		if err := t.q.SetState(ctx, db.SetStateParams{State: string(Withdrawn), At: t.at, ID: t.row.ID}); err != nil {
			return change{}, fmt.Errorf("withdraw the question: %w", err)
		}
		if err := s.timers.Clear(ctx, t.tx, unansweredTimer, t.row.ID); err != nil {
			return change{}, err
		}
		return change{map[string]any{"state": t.row.State}, map[string]any{"state": Withdrawn}, TakenBack{t.about()}}, nil
	})
}
