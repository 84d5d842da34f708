package chat

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// idle are entries ($1 the conversation, before $2) that wait and that nobody is sending: whoever holds the lease sends the
// first of them.
const idle = `o.organisation_id = (SELECT muster.current_organisation()) AND o.conversation_id = $1 AND o.seq < $2 AND o.state = 'waiting'
	AND NOT EXISTS (SELECT FROM muster.chat_conversation c WHERE c.organisation_id = o.organisation_id AND c.id = o.conversation_id
		AND c.leased_by IS NOT NULL AND o.seq = (SELECT min(f.seq) FROM muster.chat_outbox f
			WHERE f.organisation_id = o.organisation_id AND f.conversation_id = o.conversation_id AND f.state = 'waiting'))`

// fold takes out of the waiting line what a new entry makes needless: an earlier edit of the same message, an earlier topic
// and, before a deletion, the message itself with everything about it. The conversation is locked.
func fold(ctx context.Context, tx pgx.Tx, added entry) error {
	switch added.operation {
	case Edit:
		written, err := foldIntoPost(ctx, tx, added)
		if err != nil || written {
			return err
		}
		return replace(ctx, tx, added)
	case Topic:
		return replace(ctx, tx, added)
	case Delete:
		return foldPost(ctx, tx, added)
	case Post:
		return foldLine(ctx, tx, added)
	default:
		return nil
	}
}

// replace folds earlier entries of the same kind on the same target into the new one, which waits as long as they would have.
func replace(ctx context.Context, tx pgx.Tx, added entry) error {
	_, err := tx.Exec(ctx, `
		WITH gone AS (
			UPDATE muster.chat_outbox o SET state = 'folded'
			WHERE `+idle+` AND o.operation = $3 AND coalesce(o.message->>'target', '') = $4
			RETURNING o.attempts, o.next_attempt_at),
		rest AS (SELECT max(attempts) AS attempts, max(next_attempt_at) AS until FROM gone HAVING count(*) > 0)
		UPDATE muster.chat_outbox o SET attempts = rest.attempts, next_attempt_at = greatest(o.next_attempt_at, rest.until)
		FROM rest WHERE o.organisation_id = (SELECT muster.current_organisation()) AND o.conversation_id = $1 AND o.seq = $2`,
		added.conversation, added.seq, added.operation, added.message.Target)
	return err
}

// foldIntoPost writes an edit into the message itself where that was never tried.
func foldIntoPost(ctx context.Context, tx pgx.Tx, added entry) (bool, error) {
	words, err := json.Marshal(map[string]any{"text": added.message.Text, "blocks": added.message.Blocks})
	if err != nil {
		return false, err
	}
	written, err := tx.Exec(ctx, `UPDATE muster.chat_outbox o SET message = o.message || $4::jsonb
		WHERE `+idle+` AND o.operation = 'post' AND o.key = $3 AND o.attempts = 0`,
		added.conversation, added.seq, added.message.Target, words)
	if err != nil || written.RowsAffected() == 0 {
		return false, err
	}
	return true, settle(ctx, tx, added)
}

// foldPost takes a message back before it was ever tried, unless somebody replies to it. Where it may have arrived, the
// deletion waits behind it, and only what nobody would see of it any more is left out.
func foldPost(ctx context.Context, tx pgx.Tx, added entry) error {
	taken, err := tx.Exec(ctx, `UPDATE muster.chat_outbox o SET state = 'folded'
		WHERE `+idle+` AND o.operation = 'post' AND o.key = $3 AND o.attempts = 0
		AND NOT EXISTS (SELECT FROM muster.chat_outbox r WHERE r.organisation_id = o.organisation_id AND r.conversation_id = o.conversation_id
			AND r.state = 'waiting' AND r.operation = 'post' AND r.message->>'target' = $3)`,
		added.conversation, added.seq, added.message.Target)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE muster.chat_outbox o SET state = 'folded'
		WHERE `+idle+` AND o.operation NOT IN ('post', 'delete') AND o.message->>'target' = $3`,
		added.conversation, added.seq, added.message.Target)
	if err != nil || taken.RowsAffected() == 0 {
		return err
	}
	return settle(ctx, tx, added)
}

// mostLines is how many lines become one message.
const mostLines = 12

// foldLine puts a line of something done behind the lines that wait at the end and were never tried: whoever comes back to
// a platform that was away reads one message and not a dozen.
func foldLine(ctx context.Context, tx pgx.Tx, added entry) error {
	if !added.message.Line {
		return nil
	}
	blocks, err := json.Marshal(added.message.Blocks)
	if err != nil {
		return err
	}
	put, err := tx.Exec(ctx, `UPDATE muster.chat_outbox o
		SET message = jsonb_set(o.message, '{blocks}', (o.message->'blocks') || $3::jsonb)
		WHERE `+idle+` AND o.operation = 'post' AND o.attempts = 0 AND (o.message->>'line')::boolean
			AND jsonb_array_length(o.message->'blocks') + $4 <= $5
			AND o.seq = (SELECT max(l.seq) FROM muster.chat_outbox l WHERE l.organisation_id = o.organisation_id
				AND l.conversation_id = o.conversation_id AND l.seq < $2 AND l.state <> 'folded')`,
		added.conversation, added.seq, string(blocks), len(added.message.Blocks), mostLines)
	if err != nil || put.RowsAffected() == 0 {
		return err
	}
	return settle(ctx, tx, added)
}

// settle folds the new entry itself: what it asks for is so.
func settle(ctx context.Context, tx pgx.Tx, added entry) error {
	_, err := tx.Exec(ctx, `UPDATE muster.chat_outbox SET state = 'folded'
		WHERE organisation_id = (SELECT muster.current_organisation()) AND conversation_id = $1 AND seq = $2`, added.conversation, added.seq)
	return err
}
