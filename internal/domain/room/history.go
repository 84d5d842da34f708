package room

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// MaxPage is the most messages that one read answers with.
const MaxPage = 200

// History returns up to n messages before a number, or the newest for 0, the oldest of them first, and whether there
// are older ones.
func (s *Service) History(ctx context.Context, incident id.ID, before int64, n int) ([]Message, bool, error) {
	n = min(max(n, 1), MaxPage)
	var more bool
	messages, err := s.list(ctx, incident, func(ctx context.Context, q *db.Queries) ([]db.MusterRoomMessage, error) {
		rows, err := q.Before(ctx, db.BeforeParams{IncidentID: incident, Before: before, Count: int32(n) + 1}) //nolint:gosec // MaxPage bounds it
		if more = len(rows) > n; more {
			rows = rows[:n]
		}
		slices.Reverse(rows)
		return rows, err
	})
	return messages, more, err
}

// After returns up to n messages that were posted or changed after a number, in the order of Changed: who reads on
// from the last one's Changed misses nothing, because numbers are given in the order of commits.
func (s *Service) After(ctx context.Context, incident id.ID, seq int64, n int) ([]Message, error) {
	return s.list(ctx, incident, func(ctx context.Context, q *db.Queries) ([]db.MusterRoomMessage, error) {
		return q.ChangedAfter(ctx, db.ChangedAfterParams{IncidentID: incident, After: seq, Count: int32(min(max(n, 1), MaxPage))}) //nolint:gosec // bounded
	})
}

// Stretch is a part of a room's flow, the oldest message first, and whether there are older and newer ones.
type Stretch struct {
	Messages     []Message
	Older, Newer bool
}

// Around returns a message of the room's flow with up to n before it and n from it on; of a reply that stands in its
// thread alone, the neighbours that it would have.
func (s *Service) Around(ctx context.Context, message id.ID, n int) (Stretch, error) {
	one, err := s.Message(ctx, message)
	if err != nil {
		return Stretch{}, err
	}
	n = min(max(n, 1), MaxPage/2)
	var around Stretch
	if around.Messages, around.Older, err = s.History(ctx, one.Incident, one.Seq, n); err != nil {
		return Stretch{}, err
	}
	later, more, err := s.From(ctx, one.Incident, one.Seq, n)
	around.Messages, around.Newer = append(around.Messages, later...), more
	return around, err
}

// From returns up to n messages of the room's flow from a number on, the oldest first, and whether there are newer ones.
func (s *Service) From(ctx context.Context, incident id.ID, seq int64, n int) ([]Message, bool, error) {
	n = min(max(n, 1), MaxPage)
	var more bool
	messages, err := s.list(ctx, incident, func(ctx context.Context, q *db.Queries) ([]db.MusterRoomMessage, error) {
		rows, err := q.From(ctx, db.FromParams{IncidentID: incident, From: seq, Count: int32(n) + 1}) //nolint:gosec // MaxPage bounds it
		if more = len(rows) > n; more {
			rows = rows[:n]
		}
		return rows, err
	})
	return messages, more, err
}

// Message returns one message as the actor sees it.
func (s *Service) Message(ctx context.Context, message id.ID) (Message, error) {
	return s.single(ctx, func(ctx context.Context, q *db.Queries) (db.MusterRoomMessage, error) { return q.One(ctx, message) })
}

func (s *Service) byKey(ctx context.Context, incident, author id.ID, key string) (Message, error) {
	return s.single(ctx, func(ctx context.Context, q *db.Queries) (db.MusterRoomMessage, error) {
		return q.ByKey(ctx, db.ByKeyParams{IncidentID: incident, AuthorID: author, ClientKey: key})
	})
}

// Latest returns the number of the last change in a room, from which After reads on; 0 where nothing was said.
func (s *Service) Latest(ctx context.Context, incident id.ID) (int64, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return 0, err
	}
	var latest int64
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, incident); err != nil {
			return err
		}
		var err error
		latest, err = db.New(tx).Latest(ctx, incident)
		return err
	})
	return latest, err
}

func (s *Service) single(ctx context.Context, find func(context.Context, *db.Queries) (db.MusterRoomMessage, error)) (Message, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return Message{}, err
	}
	var found []Message
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		row, err := find(ctx, q)
		if postgres.None(err) {
			return problem.Missing("message")
		}
		if err != nil {
			return fmt.Errorf("read a message: %w", err)
		}
		found, err = assemble(ctx, q, scope.Actor.ID, []db.MusterRoomMessage{row})
		return err
	})
	if err != nil {
		return Message{}, err
	}
	return found[0], s.sign(ctx, found)
}

func (s *Service) list(ctx context.Context, incident id.ID, find func(context.Context, *db.Queries) ([]db.MusterRoomMessage, error)) ([]Message, error) {
	scope, err := tenant.Require(ctx, authz.ViewIncidents)
	if err != nil {
		return nil, err
	}
	var messages []Message
	err = s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, incident); err != nil {
			return err
		}
		q := db.New(tx)
		rows, err := find(ctx, q)
		if err != nil {
			return fmt.Errorf("read messages: %w", err)
		}
		messages, err = assemble(ctx, q, scope.Actor.ID, rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	return messages, s.sign(ctx, messages)
}

func visible(ctx context.Context, tx pgx.Tx, at id.ID) error {
	_, err := incident.Find(ctx, tx, at)
	return err
}
