package room

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Delete takes back one's own message.
type Delete struct{ Message id.ID }

// Delete takes back one's own message: its place and sender stay, and that it was deleted. A second time does nothing.
func (s *Service) Delete(ctx context.Context, cmd Delete) error {
	scope, err := person(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).Lock(ctx, cmd.Message)
		if postgres.None(err) {
			return problem.Missing("message")
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		if row.Kind != string(FromPerson) || row.AuthorID != scope.Actor.ID {
			return problem.New(problem.Forbidden, "not_yours", "Only its author can delete a message.")
		}
		if row.DeletedAt != nil {
			return nil
		}
		return s.remove(ctx, tx, row)
	})
}

func (s *Service) remove(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage) error {
	now := s.clock.Now()
	seq, err := event.Next(ctx, tx, row.IncidentID)
	if err != nil {
		return err
	}
	q := db.New(tx)
	if err := q.SetDeleted(ctx, db.SetDeletedParams{DeletedAt: &now, ChangedSeq: seq, ID: row.ID}); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	if err := q.DeleteFiles(ctx, row.ID); err != nil {
		return fmt.Errorf("take the pictures off a message: %w", err)
	}
	if err := q.DeleteReactions(ctx, row.ID); err != nil {
		return fmt.Errorf("take the reactions off a message: %w", err)
	}
	entry := audit.Entry{Action: "room.message_deleted", TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
	if err := audit.Write(ctx, tx, now, entry); err != nil {
		return err
	}
	if row.PinnedAt != nil {
		if err := s.bus.Publish(ctx, tx, MessageUnpinned{Incident: row.IncidentID, Message: row.ID, Private: row.Private}); err != nil {
			return err
		}
	}
	return s.bus.Publish(ctx, tx, MessageDeleted{Incident: row.IncidentID, Message: row.ID, Private: row.Private})
}
