package channel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/platform/event"
)

// mostUpdates is how far back updates are looked for whose lines have changed.
const mostUpdates = 200

// updates are those of the incident that some of these activities tell of, with words of their own.
func (s *Service) updates(ctx context.Context, row db.MusterChannel, told map[id.ID]timeline.Activity) (map[id.ID]incident.Update, error) {
	wanted := map[id.ID]bool{}
	for _, activity := range told {
		if activity.Kind == (incident.UpdateSent{}).Kind() {
			wanted[activity.Subject] = true
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	all, err := s.Incidents.Updates(ctx, row.IncidentID, mostUpdates)
	if err != nil {
		return nil, fmt.Errorf("read updates: %w", err)
	}
	found := map[id.ID]incident.Update{}
	for _, u := range all {
		if wanted[u.ID] && !u.Message.Empty() {
			found[u.ID] = u
		}
	}
	return found, nil
}

// worded tells whether a line is that of an update with words, which is a message of its own.
func (b *batch) worded(m room.Message) bool {
	_, worded := b.updates[b.told[m.Event].Subject]
	return worded
}

// version counts how often what the channel says for a message has changed.
func (b *batch) version(m room.Message) int32 {
	if update, worded := b.updates[b.told[m.Event].Subject]; worded && m.Kind == room.FromEvent {
		return update.Version
	}
	return version(m)
}

// sent is an update as the channel shows it: what was done, the words, and when the next one comes. In the room the words
// stand on the page beside it.
func sent(update incident.Update, line timeline.Activity) chat.Message {
	blocks := []chat.Block{chat.Context(sentence(line)), chat.Text(update.Message)}
	if update.NextMinutes > 0 {
		blocks = append(blocks, chat.Context(richtext.Literal(fmt.Sprintf("Next update in %d minutes.", update.NextMinutes))))
	}
	message := chat.Say("", blocks...)
	message.Text = "Update by " + update.Author.Name + ": " + update.Message.Excerpt(chat.MostFallback)
	return message
}

// updateEdited lets the line of an update count as changed, so that the channel follows its words.
func (s *Service) updateEdited(ctx context.Context, tx pgx.Tx, _ event.Record, e incident.UpdateEdited) error {
	lines, err := db.New(tx).UpdateLines(ctx, db.UpdateLinesParams{IncidentID: e.Incident, SubjectID: e.Update})
	if err != nil {
		return fmt.Errorf("find the line of an update: %w", err)
	}
	return s.Rooms.Redacted(ctx, tx, e.Incident, lines, nil)
}
