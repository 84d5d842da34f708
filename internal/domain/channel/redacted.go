package channel

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/redaction"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/platform/event"
)

// reworded is the version of a message whose words were taken out: the channel's are others, whatever they count.
const reworded = -1

// redacted lets the channel say no more what was taken out of the incident.
func (s *Service) redacted(ctx context.Context, tx pgx.Tx, _ event.Record, e redaction.Redacted) error {
	q := db.New(tx)
	if err := q.Recall(ctx, e.Incident); err != nil {
		return fmt.Errorf("recall what was read of a room: %w", err)
	}
	messages, err := q.Reworded(ctx, e.Incident)
	if err != nil {
		return fmt.Errorf("find what a channel says: %w", err)
	}
	return s.Rooms.Redacted(ctx, tx, e.Incident, messages, nil)
}

// lined tells whether a message is one of several lines that stand in one message of the channel.
func (b *batch) lined(m room.Message) bool {
	return m.Kind == room.FromEvent && !b.grows(m) && !b.worded(m)
}

// reline says anew what was done, in the messages whose lines these are, by their keys.
func (b *batch) reline(ctx context.Context, lines map[string][]room.Message) error {
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		var blocks []chat.Block
		var last int64
		for _, m := range lines[key] {
			if activity, told := b.told[m.Event]; told {
				blocks = append(blocks, chat.Context(sentence(activity)))
			}
			last = max(last, m.Changed)
			if err := b.put(ctx, m, db.MusterChannelMessage{Key: key, Version: version(m)}); err != nil {
				return err
			}
		}
		if len(blocks) == 0 {
			continue
		}
		now := chat.Say(fmt.Sprintf("edit/%s/%d", key, last), blocks...)
		now.Target, now.Line = key, true
		if err := b.entry(ctx, chat.Edit, now); err != nil {
			return err
		}
	}
	return nil
}
