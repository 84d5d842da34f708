package room

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Bring says in the room what was said in the incident's channel on a chat platform. Its author is who acts; where Muster
// itself acts, somebody whom it does not know, by name.
type Bring struct {
	Incident id.ID
	// Key is the same for every attempt: a key brings one message.
	Key    string
	Origin string
	Name   string
	// Source is Markdown.
	Source string
	Files  []id.ID
	Thread id.ID
	InRoom bool
	At     time.Time
}

// EditBrought follows an edit on the chat platform.
type EditBrought struct {
	Message id.ID
	Source  string
	At      time.Time
}

// Bring says something that was said elsewhere, once for each key. A thread that is gone does not keep it from being said.
func (s *Service) Bring(ctx context.Context, cmd Bring) (Message, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Message{}, err
	}
	author := scope.Actor
	if author.Type != tenant.User {
		author = tenant.Actor{Type: tenant.User, Name: strings.TrimSpace(cmd.Name)}
	}
	if author.Name == "" || cmd.Origin == "" || cmd.At.IsZero() {
		return Message{}, problem.New(problem.Internal, "brought_message", "A message from elsewhere has no author, no place or no time.")
	}
	post := Post{Incident: cmd.Incident, ClientKey: cmd.Key, Source: cmd.Source, Files: cmd.Files, Thread: cmd.Thread, InRoom: cmd.InRoom}
	if err := decidePost(&post); err != nil {
		return Message{}, err
	}
	posted, err := s.bring(ctx, scope, post, saying{author: author, origin: cmd.Origin, at: cmd.At})
	if !post.Thread.Empty() && (problem.Is(err, problem.NotFound) || problem.Is(err, problem.Conflict)) { // its thread is gone: said it was all the same
		post.Thread = ""
		posted, err = s.bring(ctx, scope, post, saying{author: author, origin: cmd.Origin, at: cmd.At})
	}
	if errors.Is(err, errTwin) {
		return s.byKey(ctx, cmd.Incident, author.ID, cmd.Key)
	}
	return posted, err
}

func (s *Service) bring(ctx context.Context, scope tenant.Scope, post Post, said saying) (posted Message, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		posted, err = s.post(ctx, tx, scope, post, said)
		return err
	})
	return posted, err
}

// EditBrought changes the words of a message as they were changed where it was written; deleted ones stay deleted.
func (s *Service) EditBrought(ctx context.Context, cmd EditBrought) (Message, error) {
	err := s.brought(ctx, cmd.Message, func(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage) error {
		source, err := decideText(cmd.Source, true)
		if err != nil || source == row.Source || row.DeletedAt != nil {
			return err
		}
		return s.editText(ctx, tx, row, source, cmd.At)
	})
	if err != nil {
		return Message{}, err
	}
	return s.Message(ctx, cmd.Message)
}

// RemoveBrought takes a message back because it was taken back where it was written.
func (s *Service) RemoveBrought(ctx context.Context, message id.ID) error {
	return s.brought(ctx, message, func(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage) error {
		if row.DeletedAt != nil {
			return nil
		}
		return s.remove(ctx, tx, row, tenant.Actor{Type: tenant.User, ID: row.AuthorID, Name: row.AuthorName}, "")
	})
}

// brought holds a message that was written elsewhere.
func (s *Service) brought(ctx context.Context, message id.ID, fn func(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage) error) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Lock(ctx, message)
		if postgres.None(err) {
			return problem.Missing("message")
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		if row.Origin == "" {
			return problem.New(problem.Forbidden, "written_here", "This message was written in Muster and is changed only there.")
		}
		return fn(ctx, tx, row)
	})
}

// writtenElsewhere refuses what is only possible where the message was written.
func writtenElsewhere(origin string) error {
	place := origin
	if origin == "slack" {
		place = "Slack"
	}
	return problem.New(problem.Conflict, "written_elsewhere", "This was written in %s and can be changed only there. Muster follows.", place)
}
