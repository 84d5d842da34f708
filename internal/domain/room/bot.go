package room

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// PostBot lets Muster say something once for a key: a second time answers what is there.
type PostBot struct {
	Incident id.ID
	Key      string
	// Blocks are a chat.Message of the chat core.
	Blocks json.RawMessage
	// Thread is the message that it replies to, empty for the room itself.
	Thread id.ID
}

// PutBot makes the message of a key look as given: it is posted, or edited in place.
type PutBot struct {
	Incident id.ID
	Key      string
	Blocks   json.RawMessage
}

// DeleteBot takes back what Muster said for a key, if it did.
type DeleteBot struct {
	Incident id.ID
	Key      string
}

// PostBot says something in Muster's name.
func (s *Service) PostBot(ctx context.Context, cmd PostBot) (Message, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Message{}, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.postBot(ctx, tx, scope, cmd)
	})
	if err != nil && !errors.Is(err, errTwin) {
		return Message{}, err
	}
	return s.byKey(ctx, cmd.Incident, "", cmd.Key)
}

func (s *Service) postBot(ctx context.Context, tx pgx.Tx, scope tenant.Scope, cmd PostBot) error {
	if cmd.Key == "" || len(cmd.Key) > maxKey || !json.Valid(cmd.Blocks) {
		return problem.New(problem.Internal, "bot_message", "A message of Muster has no key or no blocks.")
	}
	private, err := db.New(tx).Hold(ctx, cmd.Incident)
	if postgres.None(err) {
		return problem.Missing("incident")
	}
	if err != nil {
		return fmt.Errorf("enter the room: %w", err)
	}
	q := db.New(tx)
	parent, err := findThread(ctx, q, cmd.Incident, cmd.Thread)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	row := db.InsertMessageParams{
		OrganisationID: scope.Organisation, ID: id.New(now), IncidentID: cmd.Incident, Private: private, ClientKey: cmd.Key,
		Kind: string(FromBot), AuthorName: tenant.Muster.Name, Format: 1, Blocks: cmd.Blocks, PostedAt: now, RecordedAt: now,
		ParentID: parent.ID, InRoom: parent.ID.Empty(),
	}
	if err := s.insert(ctx, tx, &row, nil); err != nil {
		return err
	}
	return thread(ctx, q, parent, row, nil)
}

// PutBot posts what Muster says for a key, or edits it where it stands; the same blocks again write nothing.
func (s *Service) PutBot(ctx context.Context, cmd PutBot) (Message, error) {
	scope, err := tenant.Require(ctx, authz.EditIncidents)
	if err != nil {
		return Message{}, err
	}
	put := func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockByKey(ctx, db.LockByKeyParams{IncidentID: cmd.Incident, ClientKey: cmd.Key})
		if postgres.None(err) {
			return s.postBot(ctx, tx, scope, PostBot{Incident: cmd.Incident, Key: cmd.Key, Blocks: cmd.Blocks})
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		if row.DeletedAt == nil && sameJSON(row.Blocks, cmd.Blocks) {
			return nil
		}
		return s.editBlocks(ctx, tx, row, cmd.Blocks)
	}
	err = s.db.Write(ctx, put)
	if errors.Is(err, errTwin) { // another process posted it in between: now there is one to edit
		err = s.db.Write(ctx, put)
	}
	if err != nil {
		return Message{}, err
	}
	return s.byKey(ctx, cmd.Incident, "", cmd.Key)
}

func (s *Service) editBlocks(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, blocks json.RawMessage) error {
	seq, err := event.Next(ctx, tx, row.IncidentID)
	if err != nil {
		return err
	}
	if err := db.New(tx).SetBlocks(ctx, db.SetBlocksParams{Blocks: blocks, ChangedSeq: seq, ID: row.ID}); err != nil {
		return fmt.Errorf("edit a message: %w", err)
	}
	entry := audit.Entry{Action: "room.message_edited", TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
	if err := audit.Write(ctx, tx, s.clock.Now(), entry); err != nil {
		return err
	}
	return s.bus.Publish(ctx, tx, MessageEdited{Incident: row.IncidentID, Message: row.ID, Mentions: []id.ID{}, Private: row.Private})
}

// DeleteBot takes back what Muster said for a key; where there is nothing it does nothing.
func (s *Service) DeleteBot(ctx context.Context, cmd DeleteBot) error {
	if _, err := tenant.Require(ctx, authz.EditIncidents); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := db.New(tx).LockByKey(ctx, db.LockByKeyParams{IncidentID: cmd.Incident, ClientKey: cmd.Key})
		if postgres.None(err) || (err == nil && row.DeletedAt != nil) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock a message: %w", err)
		}
		return s.remove(ctx, tx, row, tenant.Muster, "")
	})
}

// sameJSON compares as Postgres keeps it: without regard to spaces and the order of keys.
func sameJSON(a, b json.RawMessage) bool {
	canonical := func(raw json.RawMessage) []byte {
		var value any
		if json.Unmarshal(raw, &value) != nil {
			return raw
		}
		text, err := json.Marshal(value)
		if err != nil {
			return raw
		}
		return text
	}
	return bytes.Equal(canonical(a), canonical(b))
}

// HasBot reports whether Muster has said something for a key.
func (s *Service) HasBot(ctx context.Context, incident id.ID, key string) (bool, error) {
	m, err := s.byKey(ctx, incident, "", key)
	if problem.Is(err, problem.NotFound) {
		return false, nil
	}
	return err == nil && !m.Deleted, err
}

// Said returns the messages that Muster said in an incident's room for keys; a key for which there is none is left out.
func (s *Service) Said(ctx context.Context, incident id.ID, keys []string) (map[string]id.ID, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	said := map[string]id.ID{}
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := visible(ctx, tx, incident); err != nil {
			return err
		}
		rows, err := db.New(tx).ByKeys(ctx, db.ByKeysParams{IncidentID: incident, Keys: keys})
		for _, row := range rows {
			said[row.ClientKey] = row.ID
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find what Muster said: %w", err)
	}
	return said, nil
}
