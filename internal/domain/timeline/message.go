package timeline

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline/internal/db"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/platform/event"
)

// subscribeRoom puts pinned messages on the timeline, each at the moment at which it was said.
func subscribeRoom(bus *event.Bus) {
	event.Within(bus, "timeline", func(ctx context.Context, tx pgx.Tx, r event.Record, e room.MessagePinned) error {
		if err := writeActivity(ctx, tx, r, Details{}); err != nil {
			return err
		}
		return addItem(ctx, tx, r, "message", e.Message, e.PostedAt)
	})
	event.Within(bus, "timeline", func(ctx context.Context, tx pgx.Tx, r event.Record, e room.MessageUnpinned) error {
		if err := writeActivity(ctx, tx, r, Details{}); err != nil {
			return err
		}
		return removeMessage(ctx, tx, r, e.Message)
	})
	event.Within(bus, "timeline", func(ctx context.Context, tx pgx.Tx, r event.Record, e room.MessageDeleted) error {
		if err := removeMessage(ctx, tx, r, e.Message); err != nil || !e.Pinned {
			return err
		}
		// What people wrote under it is theirs and stays, with the place of the message and without its words.
		if err := db.New(tx).KeepNoted(ctx, db.KeepNotedParams{IncidentID: r.Subject.Stream, Message: e.Message}); err != nil {
			return fmt.Errorf("keep what was written under a message: %w", err)
		}
		return nil
	})
}

func addItem(ctx context.Context, tx pgx.Tx, r event.Record, source string, of id.ID, at time.Time) error {
	err := db.New(tx).UpsertItem(ctx, db.UpsertItemParams{
		ID: r.ID, IncidentID: r.Subject.Stream, Private: r.Subject.Private, Source: source, SourceID: of, OccurredAt: at,
		AddedByType: string(r.Actor.Type), AddedByID: r.Actor.ID, AddedByName: r.Actor.Name, RecordedAt: r.RecordedAt,
	})
	if err != nil {
		return fmt.Errorf("write the timeline: %w", err)
	}
	return nil
}

func removeMessage(ctx context.Context, tx pgx.Tx, r event.Record, message id.ID) error {
	err := db.New(tx).RemoveItem(ctx, db.RemoveItemParams{IncidentID: r.Subject.Stream, Source: "message", SourceID: message, At: r.RecordedAt})
	if err != nil {
		return fmt.Errorf("take a message off the timeline: %w", err)
	}
	return nil
}
