package question

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/question/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Waiting is a question that waits for the actor.
type Waiting struct {
	ID                      id.ID
	Text                    string
	Asker                   tenant.Actor
	At                      time.Time
	Incident                id.ID
	IncidentReference, Name string
}

// List lists an incident's questions but for those withdrawn, the newest first.
func (s *Service) List(ctx context.Context, in id.ID) ([]Question, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var list []Question
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := incident.Find(ctx, tx, in); err != nil {
			return err
		}
		rows, err := db.New(tx).QuestionsOf(ctx, db.QuestionsOfParams{IncidentID: in, Viewer: scope.Actor.ID})
		if err != nil {
			return fmt.Errorf("read the questions: %w", err)
		}
		for _, row := range rows {
			list = append(list, view(row.MusterQuestion, row.Followers, row.Following, scope.Actor.ID))
		}
		return nil
	})
	return list, err
}

// Get returns one question, also a withdrawn one.
func (s *Service) Get(ctx context.Context, question id.ID) (Question, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return Question{}, err
	}
	var found Question
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		found, err = read(ctx, db.New(tx), question, scope.Actor.ID)
		return err
	})
	return found, err
}

// Waiting lists the open questions that wait for the actor, who speaks for their incidents; the oldest first.
func (s *Service) Waiting(ctx context.Context) ([]Waiting, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var list []Waiting
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).Waiting(ctx, scope.Actor.ID)
		if err != nil {
			return fmt.Errorf("read the questions that wait: %w", err)
		}
		for _, row := range rows {
			waiting := Waiting{
				ID: row.ID, Text: row.Text, Asker: tenant.Actor{Type: tenant.User, ID: row.AskerID, Name: row.AskerName}, At: row.CreatedAt,
				Incident: row.IncidentID, Name: row.IncidentName,
			}
			if row.Number != nil {
				waiting.IncidentReference = incident.Reference(*row.Number)
			}
			list = append(list, waiting)
		}
		return nil
	})
	return list, err
}

// Followers lists who wants to know the answer besides the one who asked.
func (s *Service) Followers(ctx context.Context, question id.ID) ([]id.ID, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var users []id.ID
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		users, err = db.New(tx).Followers(ctx, question)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who wants to know: %w", err)
	}
	return users, nil
}
