package room

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Pin marks a message as worth keeping: the timeline takes it in, at the time at which it was said.
type Pin struct{ Message id.ID }

// Unpin takes the mark away.
type Unpin struct{ Message id.ID }

// Pin marks anyone's message; one that is marked stays as it is.
func (s *Service) Pin(ctx context.Context, cmd Pin) (Message, error) {
	scope, err := person(ctx)
	if err != nil {
		return Message{}, err
	}
	return s.setPin(ctx, cmd.Message, scope.Actor.ID, true)
}

// Unpin takes the mark away; one without it stays as it is. Muster itself may, where a chat platform does not tell who did.
func (s *Service) Unpin(ctx context.Context, cmd Unpin) (Message, error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return Message{}, err
	}
	return s.setPin(ctx, cmd.Message, "", false)
}

func (s *Service) setPin(ctx context.Context, message, by id.ID, pinned bool) (Message, error) {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := lock(ctx, tx, message)
		if err != nil {
			return err
		}
		if row.Kind == string(FromEvent) {
			return problem.New(problem.Conflict, "event_line", "This line is in the activity log already; add it to the timeline there.")
		}
		if pinned == (row.PinnedAt != nil) {
			return nil
		}
		return s.writePin(ctx, tx, row, by, pinned)
	})
	if err != nil {
		return Message{}, err
	}
	return s.Message(ctx, message)
}

func (s *Service) writePin(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, by id.ID, pinned bool) error {
	now := s.clock.Now()
	seq, err := event.Next(ctx, tx, row.IncidentID)
	if err != nil {
		return err
	}
	change, action := db.SetPinParams{ChangedSeq: seq, ID: row.ID}, "room.message_unpinned"
	var fact event.Event = MessageUnpinned{Incident: row.IncidentID, Message: row.ID, Private: row.Private}
	if pinned {
		change.PinnedAt, change.PinnedByID, action = &now, by, "room.message_pinned"
		fact = MessagePinned{Incident: row.IncidentID, Message: row.ID, PostedAt: row.PostedAt.UTC().Truncate(time.Microsecond), Private: row.Private}
	}
	if !pinned { // whoever pins it next does so by hand
		if _, err := db.New(tx).DeleteDone(ctx, db.DeleteDoneParams{MessageID: row.ID, Purpose: string(ForPin)}); err != nil {
			return fmt.Errorf("forget what a reaction did: %w", err)
		}
	}
	if err := db.New(tx).SetPin(ctx, change); err != nil {
		return fmt.Errorf("pin a message: %w", err)
	}
	entry := audit.Entry{Action: action, TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
	if err := audit.Write(ctx, tx, now, entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, fact)
}
