package channel

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel/internal/db"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Said is something that was written in a channel on its platform, by whoever acts; Name is for those whom Muster does
// not know.
type Said struct {
	Channel  Channel
	External string // the platform's id of the message
	Thread   string // that of the message whose thread it is in; empty outside of threads
	InRoom   bool   // a reply that is shown in the channel too
	Name     string
	Source   string // Markdown
	Files    []id.ID
	At       time.Time
}

// Said brings into the room what was written in its channel, once however often it is told.
func (s *Service) Said(ctx context.Context, cmd Said) (room.Message, error) {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return room.Message{}, err
	}
	ref := cmd.Channel.Ref(s.Platform.Name())
	var thread id.ID
	if cmd.Thread != "" && cmd.Thread != cmd.External {
		link, err := s.Posted.Key(ctx, ref, cmd.Thread)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return room.Message{}, err
		}
		thread = link.RoomMessage
	}
	var brought room.Message
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		brought, err = s.Rooms.Bring(ctx, room.Bring{
			Incident: cmd.Channel.Incident, Key: s.origin() + "/" + ref.ID + "/" + cmd.External, Origin: s.origin(), Name: cmd.Name,
			Source: cmd.Source, Files: cmd.Files, Thread: thread, InRoom: cmd.InRoom, At: cmd.At,
		})
		if err != nil {
			return err
		}
		key := chat.RoomKey(brought.ID)
		added, err := s.Posted.Link(ctx, tx, ref, chat.Link{Key: key, External: cmd.External, RoomMessage: brought.ID, Origin: s.origin()})
		if err != nil || !added {
			return err
		}
		q := db.New(tx)
		row, err := q.Channel(ctx, cmd.Channel.ID)
		if err != nil {
			return fmt.Errorf("read a channel: %w", err)
		}
		return put(ctx, q, row, brought, db.MusterChannelMessage{Key: key, Version: version(brought)})
	})
	return brought, err
}

// Reworded follows an edit in the channel.
func (s *Service) Reworded(ctx context.Context, channel Channel, external, source string, at time.Time) error {
	return s.written(ctx, channel, external, func(ctx context.Context, q *db.Queries, message id.ID) error {
		edited, err := s.Rooms.EditBrought(ctx, room.EditBrought{Message: message, Source: source, At: at})
		if err != nil {
			return err
		}
		return q.SetVersion(ctx, db.SetVersionParams{ConversationID: channel.ID, MessageID: message, Version: version(edited), Deleted: edited.Deleted})
	})
}

// Removed follows a deletion in the channel.
func (s *Service) Removed(ctx context.Context, channel Channel, external string) error {
	return s.written(ctx, channel, external, func(ctx context.Context, _ *db.Queries, message id.ID) error {
		return s.Rooms.RemoveBrought(ctx, message)
	})
}

// written finds a message that was written in the channel; what Muster itself said there is changed by Muster alone.
func (s *Service) written(ctx context.Context, channel Channel, external string, fn func(ctx context.Context, q *db.Queries, message id.ID) error) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	link, err := s.Posted.Key(ctx, channel.Ref(s.Platform.Name()), external)
	if err != nil {
		return err
	}
	if link.Origin != s.origin() || link.RoomMessage.Empty() {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return fn(ctx, db.New(tx), link.RoomMessage) })
}

// Reacted follows an emoji that a person put under a message of the channel, or took away.
func (s *Service) Reacted(ctx context.Context, channel Channel, external, emoji string, added bool) error {
	message, err := s.Message(ctx, channel, external)
	if err != nil {
		return err
	}
	if added {
		_, err = s.Rooms.React(ctx, room.React{Message: message, Emoji: emoji, Origin: s.origin()})
	} else {
		_, err = s.Rooms.Unreact(ctx, room.Unreact{Message: message, Emoji: emoji})
	}
	return err
}

// Pinned follows a pin in the channel, or its end. The room's own pin is the same one, so that it is not made twice.
func (s *Service) Pinned(ctx context.Context, channel Channel, external string, pinned bool) error {
	message, err := s.Message(ctx, channel, external)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if pinned {
			_, err = s.Rooms.Pin(ctx, room.Pin{Message: message})
		} else {
			_, err = s.Rooms.Unpin(ctx, room.Unpin{Message: message})
		}
		if err != nil {
			return err
		}
		return db.New(tx).SetPinned(ctx, db.SetPinnedParams{ConversationID: channel.ID, MessageID: message, Pinned: pinned})
	})
}

// PinSeen notes that a pin which Muster set is on the platform.
func (s *Service) PinSeen(ctx context.Context, channel Channel, external string) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	message, err := s.Message(ctx, channel, external)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).SeePinned(ctx, db.SeePinnedParams{ConversationID: channel.ID, MessageID: message})
	})
}

// PinsThere lists the messages of a channel that were seen pinned on its platform, by the platform's ids; 500 at most.
func (s *Service) PinsThere(ctx context.Context, channel Channel) ([]string, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var there []string
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).PinsThere(ctx, db.PinsThereParams{ConversationID: channel.ID, Conversation: channel.External})
		for _, row := range rows {
			there = append(there, string(row))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the pins of a channel: %w", err)
	}
	return there, nil
}

// Moved follows what was done to the channel itself on its platform: its name, and whether it is archived or gone.
func (s *Service) Moved(ctx context.Context, channel Channel, name string, state State) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		if name != "" {
			if err := q.SetName(ctx, db.SetNameParams{ConversationID: channel.ID, Name: name}); err != nil {
				return fmt.Errorf("follow the name of a channel: %w", err)
			}
		}
		if state == channel.State {
			return nil
		}
		if err := q.SetState(ctx, db.SetStateParams{ConversationID: channel.ID, State: string(state)}); err != nil {
			return fmt.Errorf("follow the state of a channel: %w", err)
		}
		return nil
	})
}
