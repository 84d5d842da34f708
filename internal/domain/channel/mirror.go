package channel

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/hint"
	"github.com/musterhq/muster/internal/domain/incident"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/domain/timeline"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// mirror puts everything that was said or changed in the room since the last time, up to a value of its stream at least, at
// the end of the channel's outbox. The number up to which it did is written with it, so that each thing is said once
// whatever dies in between.
func (s *Service) mirror(ctx context.Context, row db.MusterChannel, value int64) (db.MusterChannel, error) {
	for from := row.MirroredSeq; ; {
		messages, err := s.Rooms.After(ctx, row.IncidentID, from, room.MaxPage)
		if err != nil {
			return row, err
		}
		if len(messages) == 0 {
			return row, s.mirrored(ctx, row, from, value)
		}
		told, err := s.activities(ctx, messages)
		if err != nil {
			return row, err
		}
		updates, err := s.updates(ctx, row, told)
		if err != nil {
			return row, err
		}
		var now standing
		if begins(messages) {
			if now, err = s.standing(ctx, row); err != nil {
				return row, err
			}
			if row, _, err = tells(row, now); err != nil {
				return row, err
			}
		}
		last := messages[len(messages)-1].Changed
		err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
			q := db.New(tx)
			held, err := q.LockChannel(ctx, row.ConversationID)
			if err != nil {
				return fmt.Errorf("lock a channel: %w", err)
			}
			if held.MirroredSeq != from || held.Private != row.Private { // another worker was here, or it was made private: the next visit goes on
				return nil
			}
			b := batch{s: s, tx: tx, q: q, row: held, told: told, updates: updates, standing: now}
			if err := b.add(ctx, messages); err != nil {
				return err
			}
			return q.SetMirrored(ctx, db.SetMirroredParams{ConversationID: row.ConversationID, MirroredSeq: last})
		})
		if err != nil {
			return row, err
		}
		from = last
	}
}

// mirrored notes that nothing else was said up to a value of the stream.
func (s *Service) mirrored(ctx context.Context, row db.MusterChannel, from, value int64) error {
	if value <= from {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).PassMirrored(ctx, db.PassMirroredParams{ConversationID: row.ConversationID, From: from, Value: value})
	})
}

func (s *Service) activities(ctx context.Context, messages []room.Message) (map[id.ID]timeline.Activity, error) {
	var events []id.ID
	for _, m := range messages {
		if m.Kind == room.FromEvent {
			events = append(append(events, m.Event), m.MoreEvents...)
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	return s.Timelines.Activities(ctx, events)
}

// batch is one reading of the room on its way into the outbox.
type batch struct {
	s    *Service
	tx   pgx.Tx
	q    *db.Queries
	row  db.MusterChannel
	told map[id.ID]timeline.Activity
	// updates are those that are told of.
	updates map[id.ID]incident.Update
	// standing is what the first card tells, where it is among the messages.
	standing standing
	// lines are those of things done that nothing was said between: they become one message.
	lines []room.Message
}

func (b *batch) add(ctx context.Context, messages []room.Message) error {
	ids := make([]id.ID, len(messages))
	for n, m := range messages {
		ids[n] = m.ID
	}
	states, err := b.q.States(ctx, db.StatesParams{ConversationID: b.row.ConversationID, Messages: id.Strings(ids)})
	if err != nil {
		return fmt.Errorf("read what is in a channel: %w", err)
	}
	known := make(map[id.ID]db.MusterChannelMessage, len(states))
	for _, state := range states {
		known[state.MessageID] = state
	}
	again := map[string][]room.Message{}
	for _, m := range messages {
		state, shown := known[m.ID]
		switch {
		case !shown && b.lined(m):
			b.lines = append(b.lines, m)
			continue
		case shown && b.lined(m) && state.Version == reworded:
			again[state.Key] = append(again[state.Key], m)
			continue
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		if err := b.follow(ctx, m, state, shown); err != nil {
			return err
		}
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.reline(ctx, again)
}

// grows tells whether a line may come to tell of more: that one stays a message of its own, which is edited.
func (b *batch) grows(m room.Message) bool { return strings.HasPrefix(b.told[m.Event].Kind, "action.") }

// unsaid are the things done that the channel shows by itself, or that a card of Muster tells.
var unsaid = []string{"incident.declared", "incident.joined", "stream.opened"}

// flush says in one message what was done, a line each.
func (b *batch) flush(ctx context.Context) error {
	lines := b.lines
	b.lines = nil
	var blocks []chat.Block
	var posted []room.Message
	for _, m := range lines {
		activity, told := b.told[m.Event]
		if !told || slices.Contains(unsaid, activity.Kind) {
			continue
		}
		blocks = append(blocks, chat.Context(sentence(activity)))
		posted = append(posted, m)
	}
	if len(posted) == 0 {
		return nil
	}
	key := chat.RoomKey(posted[0].ID)
	message := chat.Say(key, blocks...)
	message.Line = true
	if err := b.s.Outbox.Add(ctx, b.tx, b.row.ConversationID, chat.Post, message); err != nil {
		return err
	}
	for _, m := range posted {
		if err := b.put(ctx, m, db.MusterChannelMessage{Key: key, Version: version(m)}); err != nil {
			return err
		}
	}
	return nil
}

// follow makes the channel show one message as it is now.
func (b *batch) follow(ctx context.Context, m room.Message, state db.MusterChannelMessage, shown bool) error {
	elsewhere := m.Origin == b.s.origin()
	key := chat.RoomKey(m.ID)
	switch {
	case !shown && (m.Deleted || elsewhere):
		return nil
	case !shown:
		if err := b.post(ctx, key, m); err != nil {
			return err
		}
		state = db.MusterChannelMessage{Key: key}
	case m.Deleted && !state.Deleted && !elsewhere:
		if err := b.entry(ctx, chat.Delete, chat.Message{Key: "delete/" + key, Target: state.Key}); err != nil {
			return err
		}
	case !m.Deleted && state.Version != b.version(m) && !elsewhere:
		now, err := b.said(m)
		if err != nil {
			return err
		}
		now.Key, now.Target = fmt.Sprintf("edit/%s/%d", key, m.Changed), state.Key
		if err := b.entry(ctx, chat.Edit, now); err != nil {
			return err
		}
	}
	if m.Kind != room.FromEvent && !m.Deleted {
		if err := b.marks(ctx, m, &state); err != nil {
			return err
		}
	}
	state.Version, state.Deleted = b.version(m), m.Deleted
	return b.put(ctx, m, state)
}

// version counts how often what a message says has changed.
func version(m room.Message) int32 {
	if m.Kind == room.FromEvent {
		return int32(1 + len(m.MoreEvents)) //nolint:gosec // a run of a few minutes
	}
	return int32(m.Version) //nolint:gosec // counts edits
}

func (b *batch) post(ctx context.Context, key string, m room.Message) error {
	now, err := b.said(m)
	if err != nil {
		return err
	}
	now.Key = key
	if !m.Parent.Empty() {
		now.Target, now.Broadcast = chat.RoomKey(m.Parent), m.InRoom
	}
	return b.entry(ctx, chat.Post, now)
}

// marks brings the pin and the emojis that were chosen in Muster to the channel. Emojis of the channel's own people are
// there already.
func (b *batch) marks(ctx context.Context, m room.Message, state *db.MusterChannelMessage) error {
	mark := func(operation chat.Operation, emoji string) error {
		key := fmt.Sprintf("%s/%s/%s/%d", operation, state.Key, emoji, m.Changed)
		return b.entry(ctx, operation, chat.Message{Key: key, Target: state.Key, Text: emoji})
	}
	if pinned := m.PinnedAt != nil; pinned != state.Pinned {
		operation := chat.Unpin
		if pinned {
			operation = chat.Pin
		}
		if err := mark(operation, ""); err != nil {
			return err
		}
		state.Pinned = pinned
	}
	var chosen []string
	for _, reaction := range m.Reactions {
		if reaction.Here {
			chosen = append(chosen, reaction.Emoji)
		}
	}
	for _, emoji := range chosen {
		if !slices.Contains(state.Emoji, emoji) {
			if err := mark(chat.React, emoji); err != nil {
				return err
			}
		}
	}
	for _, emoji := range state.Emoji {
		if !slices.Contains(chosen, emoji) {
			if err := mark(chat.Unreact, emoji); err != nil {
				return err
			}
		}
	}
	state.Emoji = chosen
	return nil
}

func (b *batch) entry(ctx context.Context, operation chat.Operation, message chat.Message) error {
	return b.s.Outbox.Add(ctx, b.tx, b.row.ConversationID, operation, message)
}

func (b *batch) put(ctx context.Context, m room.Message, state db.MusterChannelMessage) error {
	return put(ctx, b.q, b.row, m, state)
}

// put writes what of a message is in the channel.
func put(ctx context.Context, q *db.Queries, row db.MusterChannel, m room.Message, state db.MusterChannelMessage) error {
	if state.Emoji == nil {
		state.Emoji = []string{}
	}
	err := q.PutState(ctx, db.PutStateParams{
		OrganisationID: row.OrganisationID, MessageID: m.ID, ConversationID: row.ConversationID, IncidentID: row.IncidentID, Private: row.Private,
		Key: state.Key, Version: state.Version, Deleted: state.Deleted, Pinned: state.Pinned, Emoji: state.Emoji,
	})
	if err != nil {
		return fmt.Errorf("note what is in a channel: %w", err)
	}
	return nil
}

// said is a message of the room as it is said in the channel, without its key.
func (b *batch) said(m room.Message) (chat.Message, error) {
	if m.Kind == room.FromEvent {
		var all []timeline.Activity
		for _, event := range append([]id.ID{m.Event}, m.MoreEvents...) {
			if activity, told := b.told[event]; told {
				all = append(all, activity)
			}
		}
		if update, worded := b.updates[b.told[m.Event].Subject]; worded {
			return sent(update, all[0]), nil
		}
		return chat.Say("", chat.Context(sentence(all...))), nil
	}
	if m.Kind == room.FromBot {
		message, err := botMessage(m)
		if err == nil && m.ClientKey == firstCard {
			message = b.standing.card(message)
		}
		return message, err
	}
	var blocks []chat.Block
	if !m.Document.Empty() {
		blocks = append(blocks, chat.Text(m.Document))
	}
	for _, file := range m.Files {
		blocks = append(blocks, chat.File(file.ID, file.Name))
	}
	message := chat.Say("", blocks...)
	if message.Text == "" && len(m.Files) > 0 {
		message.Text = m.Files[0].Name
	}
	message.Author = chat.Author{User: string(m.Author.ID), Name: m.Author.Name}
	return message, nil
}

// sentence tells of something done, or of several in a row, with the command that does the same.
func sentence(done ...timeline.Activity) richtext.Document {
	if len(done) == 0 {
		return richtext.Literal("Something was done")
	}
	words := done[0].Sentence("")
	if len(done) > 1 {
		words = timeline.Together(done, "")
	}
	var nodes []richtext.Node
	for _, part := range words {
		switch part.Kind {
		case timeline.Who, timeline.Value:
			nodes = append(nodes, richtext.B(part.Text))
		default:
			nodes = append(nodes, richtext.T(part.Text))
		}
	}
	if command := hint.HowTo(done[0].Kind); command != "" {
		nodes = append(nodes, richtext.T("  ·  "), richtext.C("/inc "+command))
	}
	return richtext.Of(richtext.P(nodes...))
}
