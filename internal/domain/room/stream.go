package room

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/domain/stream"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

const streamPrefix = "stream/"

// StreamKey is the key of the message on which a stream's conversation hangs.
func StreamKey(stream id.ID) string { return streamPrefix + string(stream) }

// Stream is the stream whose conversation hangs on the message, empty for any other message.
func (m Message) Stream() id.ID {
	if of, found := strings.CutPrefix(m.ClientKey, streamPrefix); found && m.Kind == FromBot {
		return id.ID(of)
	}
	return ""
}

// subscribeStreams gives each stream a message in the room, with the stream itself, on which its conversation hangs as a
// thread; whoever leads it takes part in the thread.
func (s *Service) subscribeStreams(bus *event.Bus) {
	line[stream.LeadAssigned](s, bus, nil)
	line[stream.UpdateSent](s, bus, nil)
	line[stream.Closed](s, bus, nil)
	line[stream.Reopened](s, bus, nil)
	event.Within(bus, "room.stream", s.streamOpened)
	event.Within(bus, "room.stream", s.streamLed)
}

func (s *Service) streamOpened(ctx context.Context, tx pgx.Tx, r event.Record, e stream.Opened) error {
	scope, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	key := StreamKey(e.Stream)
	blocks, err := json.Marshal(chat.Say(key, chat.Text(richtext.Of(richtext.P(richtext.T("Stream: "), richtext.B(e.Name))))))
	if err != nil {
		return fmt.Errorf("write the message of a stream: %w", err)
	}
	if err := s.postBot(ctx, tx, scope, PostBot{Incident: e.Incident, Key: key, Blocks: blocks}); err != nil {
		return err
	}
	return s.drawLead(ctx, tx, e.What, []id.ID{e.Lead, r.Actor.ID})
}

func (s *Service) streamLed(ctx context.Context, tx pgx.Tx, _ event.Record, e stream.LeadAssigned) error {
	return s.drawLead(ctx, tx, e.What, []id.ID{e.To})
}

// drawLead lets people take part in a stream's thread, having read what stands there up to now.
func (s *Service) drawLead(ctx context.Context, tx pgx.Tx, of stream.What, users []id.ID) error {
	q := db.New(tx)
	message, err := q.LockByKey(ctx, db.LockByKeyParams{IncidentID: of.Incident, ClientKey: StreamKey(of.Stream)})
	if postgres.None(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the message of a stream: %w", err)
	}
	if err := q.Draw(ctx, db.DrawParams{MessageID: message.ID, Seq: message.ChangedSeq, Users: id.Strings(users)}); err != nil {
		return fmt.Errorf("draw a lead into the stream's thread: %w", err)
	}
	return nil
}
