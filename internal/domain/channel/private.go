package channel

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// hide leaves the open channel of an incident that was made private: a chat platform cannot make a channel private for us,
// so that the public one is closed with a word, and a private one is opened in its place.
func (s *Service) hide(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	private, err := privateThere(row)
	if err != nil || !row.Private || private {
		return row, err
	}
	ref := of(row).Ref(s.Platform.Name())
	goodbye := chat.Say("private/"+string(row.ConversationID), chat.Text(richtext.Literal("This incident is private from here on and goes on elsewhere. Whoever needs to be in it asks in Muster.")))
	if _, err := s.Platform.Post(ctx, ref, goodbye); err != nil && !errors.Is(err, chat.ErrRefused) {
		return row, fmt.Errorf("say that the incident is private: %w", err)
	}
	if row.AdoptedAt == nil { // one that was there before goes on without the incident
		if err := s.Platform.Archive(ctx, ref); err != nil && !errors.Is(err, chat.ErrRefused) {
			return row, fmt.Errorf("archive the channel of what is private now: %w", err)
		}
	}
	return s.rehouse(ctx, row)
}

// rehouse lets a new channel take a channel's place: the room goes on in it from where it was mirrored.
func (s *Service) rehouse(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.Outbox.Moved(ctx, tx, row.ConversationID); err != nil {
			return err
		}
		return db.New(tx).Rehouse(ctx, row.ConversationID)
	})
	if err != nil {
		return row, fmt.Errorf("give a channel up for a new one: %w", err)
	}
	return s.row(ctx, row.ConversationID)
}

// openingKey is the same for every attempt to open a channel, and another for one that takes an earlier one's place.
func openingKey(row db.MusterChannel) string {
	key := fmt.Sprintf("%s/%d", row.ConversationID, row.MirroredSeq)
	if row.Private {
		key += "/private"
	}
	return key
}
