package channel

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// From when on what waited for the platform is announced before it follows.
const (
	awayFor   = 5 * time.Minute
	awayPosts = 3
)

// announce says in one message how long the platform was away and how much follows, so that whoever looks into the channel
// then knows why it all comes at once.
func (s *Service) announce(ctx context.Context, row db.MusterChannel) (db.MusterChannel, error) {
	waiting, err := s.Outbox.Waiting(ctx, row.ConversationID)
	if err != nil {
		return row, err
	}
	shown, err := drawnOf(row)
	if err != nil {
		return row, err
	}
	now := s.clock.Now()
	if waiting.Posts < awayPosts || now.Sub(waiting.Since) < awayFor || !waiting.Since.After(shown.Told) {
		return row, nil
	}
	words := fmt.Sprintf("Slack could not be reached for %s. %d messages were written in Muster meanwhile; they follow here, in order.", roughly(now.Sub(waiting.Since)), waiting.Posts)
	message := chat.Say("away/"+string(waiting.First), chat.Text(richtext.Literal(words)))
	if _, err := s.Platform.Post(ctx, of(row).Ref(s.Platform.Name()), message); err != nil {
		return row, fmt.Errorf("say what follows: %w", err)
	}
	shown.Told = now
	if row.Drawn, err = json.Marshal(shown); err != nil {
		return row, fmt.Errorf("write how a channel is drawn: %w", err)
	}
	return row, s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SetDrawn(ctx, db.SetDrawnParams{ConversationID: row.ConversationID, Drawn: row.Drawn, DrawnSeq: row.DrawnSeq, ArchiveAt: row.ArchiveAt})
	})
}

// roughly words a duration as people say it.
func roughly(d time.Duration) string {
	switch minutes := int(d.Round(time.Minute).Minutes()); {
	case minutes < 2:
		return "a minute"
	case minutes < 120:
		return fmt.Sprintf("%d minutes", minutes)
	default:
		return fmt.Sprintf("%d hours", int(d.Round(time.Hour).Hours()))
	}
}
