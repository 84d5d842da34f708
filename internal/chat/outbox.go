package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Operation is what an entry of the outbox does to a conversation.
type Operation string

// The operations; all but a topic name the message that they are about by Target, a post the one that it replies to. Text is
// a topic's words, and the emoji of a reaction.
const (
	Post    Operation = "post"
	Edit    Operation = "edit"
	Delete  Operation = "delete"
	Topic   Operation = "topic"
	Pin     Operation = "pin"
	Unpin   Operation = "unpin"
	React   Operation = "react"
	Unreact Operation = "unreact"
)

// Outbox says things on chat platforms in the order in which the verbs decided them, each conversation for itself, at least
// once and with a stable key.
type Outbox struct {
	db        *postgres.DB
	clock     clock.Clock
	platforms map[string]Platform
}

// NewOutbox returns the outbox of the given platforms.
func NewOutbox(db *postgres.DB, clock clock.Clock, platforms ...Platform) *Outbox {
	o := &Outbox{db: db, clock: clock, platforms: map[string]Platform{}}
	for _, p := range platforms {
		o.platforms[p.Name()] = p
	}
	return o
}

// Conversation is an incident's conversation on a platform.
type Conversation struct {
	Incident id.ID
	Private  bool
	Ref      ConversationRef // without an id, entries wait until Opened gives it
}

// Open records a conversation in the verb's transaction and returns its id; the same incident and platform have one.
func (o *Outbox) Open(ctx context.Context, tx pgx.Tx, conversation Conversation) (id.ID, error) {
	scope, err := tenant.From(ctx)
	if err != nil {
		return "", err
	}
	state := "open"
	if conversation.Ref.ID == "" {
		state = "opening"
	}
	now := o.clock.Now()
	var made id.ID
	err = tx.QueryRow(ctx, `
		INSERT INTO muster.chat_conversation (organisation_id, id, incident_id, private, platform, external_id, state, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (organisation_id, incident_id, platform) DO UPDATE SET private = excluded.private
		RETURNING id`,
		scope.Organisation, id.New(now), conversation.Incident, conversation.Private, conversation.Ref.Platform, conversation.Ref.ID, state, now).Scan(&made)
	if err != nil {
		return "", fmt.Errorf("record a conversation on %s: %w", conversation.Ref.Platform, err)
	}
	return made, nil
}

// Opened gives a conversation the id that its platform made; Drain may follow.
func (o *Outbox) Opened(ctx context.Context, conversation id.ID, external string) error {
	return o.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE muster.chat_conversation SET external_id = $2, state = 'open'
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`, conversation, external)
		return err
	})
}

// Moved takes a conversation back to where it has no place on its platform: what waits is said once Opened gives it one.
func (o *Outbox) Moved(ctx context.Context, tx pgx.Tx, conversation id.ID) error {
	_, err := tx.Exec(ctx, `UPDATE muster.chat_conversation SET external_id = '', state = 'opening'
		WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`, conversation)
	if err != nil {
		return fmt.Errorf("take a conversation's place away: %w", err)
	}
	return nil
}

// Waiting is what has not been said in a conversation yet.
type Waiting struct {
	First id.ID // of the entries
	Posts int   // the messages among them
	Since time.Time
}

// Waiting returns what waits in a conversation; zero for nothing.
func (o *Outbox) Waiting(ctx context.Context, conversation id.ID) (w Waiting, err error) {
	err = o.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var first *id.ID
		var since *time.Time
		err := tx.QueryRow(ctx, `
			SELECT (array_agg(id ORDER BY seq))[1], count(*) FILTER (WHERE operation = 'post'), min(created_at) FROM muster.chat_outbox
			WHERE organisation_id = (SELECT muster.current_organisation()) AND conversation_id = $1 AND state = 'waiting'`, conversation).Scan(&first, &w.Posts, &since)
		if err != nil || first == nil {
			return err
		}
		w.First, w.Since = *first, since.UTC()
		return nil
	})
	return w, err
}

// Add puts an entry at the end of a conversation's outbox, in the verb's transaction; a key that is there already adds
// nothing. After the commit somebody calls Drain.
func (o *Outbox) Add(ctx context.Context, tx pgx.Tx, conversation id.ID, operation Operation, message Message) error {
	now := o.clock.Now()
	if message.Key == "" && operation != Post {
		message.Key = string(operation) + "/" + string(id.New(now))
	}
	if err := checkEntry(operation, message); err != nil {
		return err
	}
	message = message.Fit()
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write a message for the outbox: %w", err)
	}
	// The conversation's row is locked first: the number follows the order of commits, and a Drain that is about to rest sees it.
	var seq int64
	err = tx.QueryRow(ctx, `SELECT next_seq FROM muster.chat_conversation
		WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 FOR UPDATE`, conversation).Scan(&seq)
	if postgres.None(err) {
		return problem.Missing("conversation")
	}
	if err != nil {
		return fmt.Errorf("lock a conversation: %w", err)
	}
	added, err := tx.Exec(ctx, `
		INSERT INTO muster.chat_outbox (organisation_id, id, conversation_id, incident_id, private, seq, key, operation, message, next_attempt_at, created_at)
		SELECT organisation_id, $2, id, incident_id, private, $3, $4, $5, $6, $7, $7 FROM muster.chat_conversation
		WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1
		ON CONFLICT (organisation_id, conversation_id, key) DO NOTHING`,
		conversation, id.New(now), seq, message.Key, operation, body, now)
	if err != nil {
		return fmt.Errorf("add to the outbox: %w", err)
	}
	if added.RowsAffected() == 0 {
		return nil
	}
	if err := fold(ctx, tx, entry{conversation: conversation, seq: seq, operation: operation, message: message}); err != nil {
		return fmt.Errorf("fold the outbox: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE muster.chat_conversation SET next_seq = next_seq + 1
		WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`, conversation)
	return err
}

func checkEntry(operation Operation, message Message) error {
	if message.Target == "" && operation != Post && operation != Topic {
		return problem.Field("target", "missing", "This names the message that it is about.")
	}
	switch operation {
	case Post, Edit:
		return message.Check()
	case React, Unreact:
		if message.Text == "" {
			return problem.Field("text", "missing", "A reaction has an emoji.")
		}
	}
	return nil
}

// Due returns conversations of the organisation whose next entry may be sent now, for the sweeper behind the jobs.
func (o *Outbox) Due(ctx context.Context) ([]id.ID, error) {
	var due []id.ID
	err := o.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT c.id FROM muster.chat_conversation c
			CROSS JOIN LATERAL (SELECT next_attempt_at FROM muster.chat_outbox o
				WHERE o.organisation_id = c.organisation_id AND o.conversation_id = c.id AND o.state = 'waiting' ORDER BY o.seq LIMIT 1) first
			WHERE c.organisation_id = (SELECT muster.current_organisation()) AND c.state = 'open' AND first.next_attempt_at <= $1
			ORDER BY c.id LIMIT 500`, o.clock.Now())
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, pgx.RowTo[id.ID])
		return err
	})
	return due, err
}
