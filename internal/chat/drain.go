package chat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Drained says how far a Drain came.
type Drained struct {
	Sent  int
	Again time.Time // when to call again; zero when nothing waits
}

// lease is how long a worker may hold a conversation without a sign of life; sendTimeout lies well within it.
const (
	lease       = 30 * time.Second
	sendTimeout = 15 * time.Second
	// late is after how long a message says when it was said.
	late = 2 * time.Minute
)

// Drain sends what waits in one conversation, in order, until nothing is due or an entry has to wait; nothing behind it
// goes ahead. It may run anywhere any number of times at once: one works, the others answer when to look again.
func (o *Outbox) Drain(ctx context.Context, conversation id.ID) (Drained, error) {
	var done Drained
	holder := id.New(o.clock.Now())
	for {
		next, again, err := o.claim(ctx, conversation, holder)
		if err != nil || next == nil {
			done.Again = again
			return done, err
		}
		external, sendErr := o.send(ctx, *next)
		if ctx.Err() != nil { // shutting down: nothing is known of the send, the key makes a repetition harmless
			return done, o.release(context.WithoutCancel(ctx), *next, holder)
		}
		if err := o.finish(ctx, *next, external, sendErr); err != nil {
			return done, err
		}
		if sendErr == nil {
			done.Sent++
		}
	}
}

// entry is one row that is being sent.
type entry struct {
	id           id.ID
	conversation id.ID
	seq          int64
	ref          ConversationRef
	operation    Operation
	message      Message
	attempts     int
	target       string // the platform's id of the message that it is about
}

// claim takes the conversation's lease and its next due entry. Without one the lease is given back in the same transaction,
// under the lock that Add takes, so that no entry is left behind without a worker.
func (o *Outbox) claim(ctx context.Context, conversation, holder id.ID) (next *entry, again time.Time, err error) {
	err = o.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		next, again = nil, time.Time{}
		var state string
		var held *time.Time
		e := entry{conversation: conversation}
		err := tx.QueryRow(ctx, `
			SELECT platform, external_id, state, CASE WHEN leased_by <> $2 AND lease_until > clock_timestamp() THEN lease_until END
			FROM muster.chat_conversation WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 FOR UPDATE`,
			conversation, holder).Scan(&e.ref.Platform, &e.ref.ID, &state, &held)
		switch {
		case postgres.None(err):
			return problem.Missing("conversation")
		case err != nil:
			return err
		case held != nil:
			again = held.UTC()
			return nil
		case state == "opening":
			return nil
		}
		found, due, err := o.first(ctx, tx, &e)
		if err != nil {
			return err
		}
		if !found || due.After(o.clock.Now()) {
			if found {
				again = due.UTC()
			}
			return o.unlease(ctx, tx, conversation, holder)
		}
		next = &e
		_, err = tx.Exec(ctx, `UPDATE muster.chat_conversation SET leased_by = $2, lease_until = clock_timestamp() + $3
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`, conversation, holder, lease)
		return err
	})
	return next, again, err
}

func (o *Outbox) first(ctx context.Context, tx pgx.Tx, e *entry) (found bool, due time.Time, err error) {
	var body []byte
	var said time.Time
	err = tx.QueryRow(ctx, `
		SELECT o.id, o.seq, o.operation, o.message, o.attempts, o.next_attempt_at, o.created_at,
			coalesce(
				(SELECT t.external_id FROM muster.chat_outbox t WHERE t.organisation_id = o.organisation_id
					AND t.conversation_id = o.conversation_id AND t.key = o.message->>'target' AND t.operation = 'post' AND t.external_id <> ''),
				(SELECT t.external_id FROM muster.chat_message t WHERE t.organisation_id = o.organisation_id
					AND t.platform = $2 AND t.conversation = $3 AND t.key = o.message->>'target'), '')
		FROM muster.chat_outbox o
		WHERE o.organisation_id = (SELECT muster.current_organisation()) AND o.conversation_id = $1 AND o.state = 'waiting'
		ORDER BY o.seq LIMIT 1`, e.conversation, e.ref.Platform, e.ref.ID).Scan(&e.id, &e.seq, &e.operation, &body, &e.attempts, &due, &said, &e.target)
	if postgres.None(err) {
		return false, time.Time{}, nil
	}
	if err != nil {
		return false, time.Time{}, fmt.Errorf("read the outbox: %w", err)
	}
	if err := json.Unmarshal(body, &e.message); err != nil {
		return false, time.Time{}, fmt.Errorf("read an entry of the outbox: %w", err)
	}
	if e.operation == Post && o.clock.Now().Sub(said) > late {
		e.message.Late = said.UTC()
	}
	return true, due, nil
}

func (o *Outbox) unlease(ctx context.Context, tx pgx.Tx, conversation, holder id.ID) error {
	_, err := tx.Exec(ctx, `UPDATE muster.chat_conversation SET leased_by = NULL, lease_until = NULL
		WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 AND leased_by = $2`, conversation, holder)
	return err
}

// release gives the lease back in the middle of an attempt.
func (o *Outbox) release(ctx context.Context, e entry, holder id.ID) error {
	return o.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE muster.chat_outbox SET attempts = attempts + 1
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1`, e.id)
		if err != nil {
			return err
		}
		return o.unlease(ctx, tx, e.conversation, holder)
	})
}

// send speaks to the platform, outside any transaction.
func (o *Outbox) send(ctx context.Context, e entry) (external string, err error) {
	platform, ok := o.platforms[e.ref.Platform]
	if !ok {
		return "", fmt.Errorf("%w: this installation has no platform %q", ErrRefused, e.ref.Platform)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	message := MessageRef{Conversation: e.ref, ID: e.target}
	if e.target == "" && e.operation != Post && e.operation != Topic {
		return "", fmt.Errorf("%w: the message %q was never posted", ErrRefused, e.message.Target)
	}
	switch e.operation {
	case Post:
		posted, err := post(ctx, platform, message, e.message)
		return posted.ID, err
	case Edit:
		return e.target, platform.Edit(ctx, message, e.message)
	case Delete:
		return e.target, platform.Delete(ctx, message)
	case Topic:
		return "", platform.Topic(ctx, e.ref, e.message.Text)
	default:
		return "", mark(ctx, platform, message, e.operation, e.message.Text)
	}
}

// mark pins or reacts, where the platform can; elsewhere nothing is missing.
func mark(ctx context.Context, platform Platform, message MessageRef, operation Operation, emoji string) error {
	marks, ok := platform.(Marks)
	if !ok {
		return nil
	}
	switch operation {
	case Pin:
		return marks.Pin(ctx, message)
	case Unpin:
		return marks.Unpin(ctx, message)
	case React:
		return marks.React(ctx, message, emoji)
	case Unreact:
		return marks.Unreact(ctx, message, emoji)
	default:
		return fmt.Errorf("%w: there is no operation %q", ErrRefused, operation)
	}
}

// post says something: in the thread of the message that it replies to, where the platform has threads and that message.
func post(ctx context.Context, platform Platform, to MessageRef, message Message) (MessageRef, error) {
	if to.ID != "" && platform.Capabilities().Threads {
		return platform.Reply(ctx, to, message)
	}
	return platform.Post(ctx, to.Conversation, message)
}

// finish records what became of an entry.
func (o *Outbox) finish(ctx context.Context, e entry, external string, sendErr error) error {
	now := o.clock.Now()
	return o.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if sendErr == nil {
			_, err := tx.Exec(ctx, `UPDATE muster.chat_outbox SET state = 'sent', external_id = $2, attempts = attempts + 1, last_error = '', sent_at = $3
				WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 AND state = 'waiting'`, e.id, external, now)
			return err
		}
		if Paced(sendErr) {
			_, err := tx.Exec(ctx, `UPDATE muster.chat_outbox SET next_attempt_at = $2
				WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 AND state = 'waiting'`, e.id, now.Add(wait(e.attempts, sendErr)))
			return err
		}
		state := "waiting"
		if errors.Is(sendErr, ErrRefused) {
			state = "failed"
		}
		slog.WarnContext(ctx, "a chat platform did not take a message", "platform", e.ref.Platform, "conversation", e.conversation,
			"operation", e.operation, "key", e.message.Key, "attempt", e.attempts+1, "state", state, "error", sendErr)
		_, err := tx.Exec(ctx, `UPDATE muster.chat_outbox SET state = $2, attempts = attempts + 1, last_error = left($3, 1000), next_attempt_at = $4
			WHERE organisation_id = (SELECT muster.current_organisation()) AND id = $1 AND state = 'waiting'`,
			e.id, state, sendErr.Error(), now.Add(wait(e.attempts, sendErr)))
		return err
	})
}

// wait returns how long an entry rests after a failure: as long as the platform asks, or 1 s doubling up to 5 minutes.
func wait(attempts int, err error) time.Duration {
	var later *Later
	if errors.As(err, &later) && later.After > 0 {
		return later.After
	}
	return min(time.Second<<min(attempts, 20), 5*time.Minute)
}
