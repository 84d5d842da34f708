package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/kernel/clock"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/platform/postgres"
)

// Posted knows which message of a chat platform says what Muster calls by a key: what Muster posted there, and what people
// wrote there.
type Posted struct {
	db    *postgres.DB
	clock clock.Clock
}

// NewPosted returns the store.
func NewPosted(db *postgres.DB, clock clock.Clock) *Posted { return &Posted{db: db, clock: clock} }

// OriginMuster is the Link.Origin of what Muster posted; what was written on a platform has the platform's name.
const OriginMuster = "muster"

// Link ties a message of a platform to its key, and to its message in Muster's room where it stands there too.
type Link struct {
	Conversation ConversationRef
	Key          string
	External     string // the platform's id; empty while it is not known whether the message arrived
	RoomMessage  id.ID
	Origin       string
}

// RoomKey is the key under which a message of Muster's room is mirrored.
func RoomKey(message id.ID) string { return "room/" + string(message) }

// PartKey is the key of what did not fit into the message of a key: 1 for the first message after it; 0 is the key itself.
func PartKey(key string, part int) string {
	if part == 0 {
		return key
	}
	return key + "#" + strconv.Itoa(part+1)
}

func roomMessage(key string) id.ID {
	key, _, _ = strings.Cut(key, "#")
	rest, ok := strings.CutPrefix(key, "room/")
	if message := id.ID(rest); ok && message.Valid() {
		return message
	}
	return ""
}

// Claimed is what Claim found.
type Claimed struct {
	External string    // where the message stands, if that is known
	Before   bool      // somebody set out to post it earlier; without External the outcome is not known
	At       time.Time // when the first one did
}

// Claim says that a key is about to be posted, before it is, so that a crash on the way leaves a trace.
func (p *Posted) Claim(ctx context.Context, ref ConversationRef, key string) (claimed Claimed, err error) {
	now := p.clock.Now()
	err = p.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		added, err := tx.Exec(ctx, `
			INSERT INTO muster.chat_message (organisation_id, platform, conversation, key, room_message_id, claimed_at)
			VALUES (muster.current_organisation(), $1, $2, $3,
				(SELECT id FROM muster.room_message WHERE organisation_id = muster.current_organisation() AND id = $4), $5)
			ON CONFLICT (organisation_id, platform, conversation, key) DO NOTHING`,
			ref.Platform, ref.ID, key, roomMessage(key), now)
		if err != nil {
			return fmt.Errorf("claim a message of %s: %w", ref.Platform, err)
		}
		claimed = Claimed{Before: added.RowsAffected() == 0, At: now}
		if !claimed.Before {
			return nil
		}
		return tx.QueryRow(ctx, `SELECT external_id, claimed_at FROM muster.chat_message
			WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2 AND key = $3`,
			ref.Platform, ref.ID, key).Scan(&claimed.External, &claimed.At)
	})
	claimed.At = claimed.At.UTC()
	return claimed, err
}

// Confirm records where the message of a claimed key stands.
func (p *Posted) Confirm(ctx context.Context, ref ConversationRef, key, external string) error {
	return p.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE muster.chat_message SET external_id = $4
			WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2 AND key = $3`,
			ref.Platform, ref.ID, key, external)
		return err
	})
}

// Release takes a claim back when it is certain that nothing was posted.
func (p *Posted) Release(ctx context.Context, ref ConversationRef, key string) error {
	return p.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM muster.chat_message
			WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2 AND key = $3 AND external_id = ''`,
			ref.Platform, ref.ID, key)
		return err
	})
}

// Forget drops what is known of a message that is gone, so that its key can be posted anew.
func (p *Posted) Forget(ctx context.Context, ref ConversationRef, external string) error {
	return p.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM muster.chat_message
			WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2 AND external_id = $3 AND external_id <> ''`,
			ref.Platform, ref.ID, external)
		return err
	})
}

// External returns the platform's id of the message of a key, and a problem when none is known.
func (p *Posted) External(ctx context.Context, ref ConversationRef, key string) (string, error) {
	links, err := p.links(ctx, `platform = $1 AND conversation = $2 AND key = $3 AND external_id <> ''`, ref.Platform, ref.ID, key)
	if err != nil || len(links) == 0 {
		return "", missing(err)
	}
	return links[0].External, nil
}

// Key returns what a platform's message is to Muster, and a problem when it is nothing.
func (p *Posted) Key(ctx context.Context, ref ConversationRef, external string) (Link, error) {
	links, err := p.links(ctx, `platform = $1 AND conversation = $2 AND external_id = $3 AND external_id <> ''`, ref.Platform, ref.ID, external)
	if err != nil || len(links) == 0 {
		return Link{}, missing(err)
	}
	return links[0], nil
}

// OfRoom returns the messages of every platform that a message of the room stands in.
func (p *Posted) OfRoom(ctx context.Context, message id.ID) ([]Link, error) {
	return p.links(ctx, `room_message_id = $1 AND external_id <> ''`, message)
}

// Link records, in a verb's transaction, a message that stands on a platform, and reports whether it was new: a message that
// is known already, or a key that has one, changes nothing.
func (p *Posted) Link(ctx context.Context, tx pgx.Tx, ref ConversationRef, link Link) (bool, error) {
	added, err := tx.Exec(ctx, `
		INSERT INTO muster.chat_message (organisation_id, platform, conversation, key, external_id, room_message_id, origin, claimed_at)
		VALUES (muster.current_organisation(), $1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		ref.Platform, ref.ID, link.Key, link.External, link.RoomMessage, link.Origin, p.clock.Now())
	if err != nil {
		return false, fmt.Errorf("record a message of %s: %w", ref.Platform, err)
	}
	return added.RowsAffected() > 0, nil
}

// Moved follows, in a verb's transaction, a conversation that its platform calls by another id now.
func (p *Posted) Moved(ctx context.Context, tx pgx.Tx, from, to ConversationRef) error {
	_, err := tx.Exec(ctx, `UPDATE muster.chat_message m SET conversation = $3
		WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2
			AND NOT EXISTS (SELECT FROM muster.chat_message there
				WHERE there.organisation_id = m.organisation_id AND there.platform = $1 AND there.conversation = $3
					AND (there.key = m.key OR there.external_id = m.external_id AND m.external_id <> ''))`, from.Platform, from.ID, to.ID)
	if err != nil {
		return fmt.Errorf("follow a conversation to its new id: %w", err)
	}
	return nil
}

// Newest returns the platform's id of the newest message of a room that stands in a conversation, empty where none does. It is for
// platforms whose ids sort by time.
func (p *Posted) Newest(ctx context.Context, ref ConversationRef) (newest string, err error) {
	err = p.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT coalesce(max(external_id), '') FROM muster.chat_message
			WHERE organisation_id = (SELECT muster.current_organisation()) AND platform = $1 AND conversation = $2 AND external_id <> '' AND room_message_id IS NOT NULL`, ref.Platform, ref.ID).Scan(&newest)
	})
	return newest, err
}

// Since returns the messages of an origin that stand in a conversation after an id of its platform, whose ids sort by time.
func (p *Posted) Since(ctx context.Context, ref ConversationRef, origin, after string) ([]Link, error) {
	return p.links(ctx, `platform = $1 AND conversation = $2 AND external_id > $3 AND origin = $4`, ref.Platform, ref.ID, after, origin)
}

func missing(err error) error {
	if err != nil {
		return err
	}
	return problem.Missing("message")
}

func (p *Posted) links(ctx context.Context, where string, args ...any) ([]Link, error) {
	var links []Link
	err := p.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT platform, conversation, key, external_id, coalesce(room_message_id, ''), origin FROM muster.chat_message
			WHERE organisation_id = (SELECT muster.current_organisation()) AND `+where+` ORDER BY platform, conversation, key`, args...)
		if err != nil {
			return err
		}
		links, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Link, err error) {
			err = row.Scan(&l.Conversation.Platform, &l.Conversation.ID, &l.Key, &l.External, &l.RoomMessage, &l.Origin)
			return l, err
		})
		return err
	})
	return links, err
}
