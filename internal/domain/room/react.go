package room

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// React puts an emoji under a message: a character, or its name as in ":eyes:".
type React struct {
	Message id.ID
	Emoji   string
	// Origin is the chat platform on which it was chosen, empty in Muster itself.
	Origin string
}

// Unreact takes one's emoji back.
type Unreact struct {
	Message id.ID
	Emoji   string
}

// maxEmojis is how many different emojis one message holds.
const maxEmojis = 30

// React puts the actor's emoji under a message; where it is already, nothing is written.
func (s *Service) React(ctx context.Context, cmd React) (Message, error) {
	scope, err := person(ctx)
	if err != nil {
		return Message{}, err
	}
	emoji, err := emojiOf(cmd.Emoji)
	if err != nil {
		return Message{}, err
	}
	return s.react(ctx, cmd.Message, emoji, true, func(ctx context.Context, q *db.Queries, row db.MusterRoomMessage) (int64, error) {
		others, err := q.CountEmoji(ctx, db.CountEmojiParams{MessageID: row.ID, Emoji: emoji})
		if err != nil {
			return 0, fmt.Errorf("count the reactions: %w", err)
		}
		if others >= maxEmojis {
			return 0, problem.Field("emoji", "too_many", "This message has %d different reactions already. Join one of them.", others)
		}
		return q.InsertReaction(ctx, db.InsertReactionParams{
			OrganisationID: scope.Organisation, MessageID: row.ID, UserID: scope.Actor.ID, Emoji: emoji, IncidentID: row.IncidentID,
			Private: row.Private, ReactedAt: s.clock.Now(), Origin: cmd.Origin,
		})
	})
}

// Unreact takes the actor's emoji back; where there is none, nothing is written.
func (s *Service) Unreact(ctx context.Context, cmd Unreact) (Message, error) {
	scope, err := person(ctx)
	if err != nil {
		return Message{}, err
	}
	emoji, err := emojiOf(cmd.Emoji)
	if err != nil {
		return Message{}, err
	}
	return s.react(ctx, cmd.Message, emoji, false, func(ctx context.Context, q *db.Queries, row db.MusterRoomMessage) (int64, error) {
		return q.DeleteReaction(ctx, db.DeleteReactionParams{MessageID: row.ID, UserID: scope.Actor.ID, Emoji: emoji})
	})
}

// Chosen is an emoji that somebody chose.
type Chosen struct {
	Emoji string
	User  id.ID
}

// Elsewhere returns the emojis under a message that were chosen on a chat platform.
func (s *Service) Elsewhere(ctx context.Context, message id.ID) ([]Chosen, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var chosen []Chosen
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := db.New(tx).ReactionsElsewhere(ctx, message)
		if err != nil {
			return fmt.Errorf("read reactions: %w", err)
		}
		for _, row := range rows {
			chosen = append(chosen, Chosen{Emoji: row.Emoji, User: row.UserID})
		}
		return nil
	})
	return chosen, err
}

func (s *Service) react(ctx context.Context, message id.ID, emoji string, added bool, change func(context.Context, *db.Queries, db.MusterRoomMessage) (int64, error)) (Message, error) {
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		row, err := lock(ctx, tx, message)
		if err != nil {
			return err
		}
		if row.Kind == string(FromEvent) {
			return problem.New(problem.Conflict, "event_line", "This line only tells what happened; react to a message.")
		}
		q := db.New(tx)
		changed, err := change(ctx, q, row)
		if err != nil || changed == 0 {
			return err
		}
		seq, err := event.Next(ctx, tx, row.IncidentID)
		if err != nil {
			return err
		}
		if err := q.Touch(ctx, db.TouchParams{ChangedSeq: seq, ID: row.ID}); err != nil {
			return fmt.Errorf("mark a message as changed: %w", err)
		}
		action := "room.unreacted"
		if added {
			action = "room.reacted"
		}
		entry := audit.Entry{Action: action, TargetType: "room_message", TargetID: row.ID, Incident: row.IncidentID, Private: row.Private}
		if err := audit.Write(ctx, tx, s.clock.Now(), entry); err != nil {
			return err
		}
		if err := s.bus.Publish(ctx, tx, ReactionChanged{Incident: row.IncidentID, Message: row.ID, Private: row.Private}); err != nil {
			return err
		}
		scope, err := tenant.From(ctx)
		if err != nil {
			return err
		}
		return s.obey(ctx, tx, row, scope.Actor.ID, emoji, added)
	})
	if err != nil {
		return Message{}, err
	}
	return s.Message(ctx, message)
}

// emojiOf returns the character of an emoji that was given by name or as itself.
func emojiOf(given string) (string, error) {
	given = strings.TrimSpace(given)
	if character, known := richtext.EmojiCharacter(strings.Trim(given, ":")); known {
		return character, nil
	}
	picture := strings.ContainsFunc(given, func(r rune) bool { return unicode.Is(unicode.So, r) || r == '\u20e3' || r == '‼' || r == '⁉' })
	words := strings.ContainsFunc(given, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsSpace(r) || unicode.IsControl(r) })
	if len(given) > 64 || !picture || words || richtext.Characters(given) != 1 {
		return "", problem.Field("emoji", "unknown_emoji", "That is not one emoji. Choose one from the list.")
	}
	return given, nil
}
