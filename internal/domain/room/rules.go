package room

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/domain/audit"
	"github.com/musterhq/muster/internal/domain/room/internal/db"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
	"github.com/musterhq/muster/internal/kernel/tenant"
)

// Purpose is what a reaction does to a message.
type Purpose string

// The purposes. A pinned message stands on the timeline, at the time at which it was said.
const (
	ForPin      Purpose = "pin"
	ForAction   Purpose = "action"
	ForFollowUp Purpose = "follow_up"
)

// usual are the emojis of an organisation that never chose others.
var usual = []Rule{{ForPin, "📌"}, {ForAction, "🛠️"}, {ForFollowUp, "⏭️"}}

// Rule says which emoji does something; an empty one is switched off.
type Rule struct {
	Purpose Purpose
	Emoji   string
}

// Reacted is the message that somebody reacted to.
type Reacted struct {
	Incident, Message id.ID
	// Text is what it says, on one line.
	Text     string
	PostedAt time.Time
	// Key is the same for each reaction to the message with this purpose.
	Key string
}

// OnReaction lets a reaction with the emoji of a purpose do something, in the transaction of the reaction and as the one
// who reacted: once for each message, however many react and take it back. A purpose that nothing does is not offered.
func (s *Service) OnReaction(purpose Purpose, act func(ctx context.Context, m Reacted) error) {
	if s.acts == nil {
		s.acts = map[Purpose]func(context.Context, Reacted) error{}
	}
	s.acts[purpose] = act
}

// ReactionRules lists what reactions do, those that are switched off too.
func (s *Service) ReactionRules(ctx context.Context) ([]Rule, error) {
	if _, err := tenant.Require(ctx, authz.ViewIncidents); err != nil {
		return nil, err
	}
	var rules []Rule
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		rules, err = s.rules(ctx, tx)
		return err
	})
	return rules, err
}

func (s *Service) rules(ctx context.Context, tx pgx.Tx) ([]Rule, error) {
	rows, err := db.New(tx).ReactionRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what reactions do: %w", err)
	}
	var rules []Rule
	for _, rule := range usual {
		if rule.Purpose != ForPin && s.acts[rule.Purpose] == nil {
			continue
		}
		for _, row := range rows {
			if Purpose(row.Purpose) == rule.Purpose {
				rule.Emoji = row.Emoji
			}
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// SetReactionRules chooses the emojis; each does one thing.
type SetReactionRules struct{ Rules []Rule }

// SetReactionRules chooses which emojis do what from now on; what reactions did stays.
func (s *Service) SetReactionRules(ctx context.Context, cmd SetReactionRules) error {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		before, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		after, err := decideRules(before, cmd.Rules)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		for n, rule := range after {
			if rule == before[n] {
				continue
			}
			if err := db.New(tx).SetReactionRule(ctx, db.SetReactionRuleParams{Purpose: string(rule.Purpose), Emoji: rule.Emoji, At: now}); err != nil {
				return fmt.Errorf("write what a reaction does: %w", err)
			}
			scope, err := tenant.From(ctx)
			if err != nil {
				return err
			}
			err = audit.Write(ctx, tx, now, audit.Entry{
				Action: "reaction_rule.changed", TargetType: "organisation", TargetID: scope.Organisation,
				Before: map[string]any{string(rule.Purpose): before[n].Emoji}, After: map[string]any{string(rule.Purpose): rule.Emoji},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// decideRules returns the rules as they will be.
func decideRules(now, wanted []Rule) ([]Rule, error) {
	after := slices.Clone(now)
	for _, rule := range wanted {
		at := slices.IndexFunc(after, func(r Rule) bool { return r.Purpose == rule.Purpose })
		if at < 0 {
			return nil, problem.Field(string(rule.Purpose), "unknown_purpose", "A reaction cannot do this.")
		}
		after[at].Emoji = strings.TrimSpace(rule.Emoji)
		if after[at].Emoji == "" {
			continue
		}
		emoji, err := emojiOf(rule.Emoji)
		if err != nil {
			return nil, problem.Field(string(rule.Purpose), "unknown_emoji", "That is not one emoji.")
		}
		after[at].Emoji = emoji
	}
	for n, rule := range after {
		for _, other := range after[:n] {
			if rule.Emoji != "" && bare(rule.Emoji) == bare(other.Emoji) {
				return nil, problem.Field(string(rule.Purpose), "taken", "%s does something else already. Each emoji does one thing.", rule.Emoji)
			}
		}
	}
	return after, nil
}

// bare leaves out what only tells that an emoji is to be drawn in color: some keyboards send it and some do not.
func bare(emoji string) string { return strings.ReplaceAll(emoji, "\ufe0f", "") }

// obey does what the emoji is for, or takes a pin back when the last one with it went.
func (s *Service) obey(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, by id.ID, emoji string, added bool) error {
	rules, err := s.rules(ctx, tx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rules, func(r Rule) bool { return r.Emoji != "" && bare(r.Emoji) == bare(emoji) })
	if at < 0 {
		return nil
	}
	q, purpose := db.New(tx), rules[at].Purpose
	if !added {
		if purpose != ForPin {
			return nil
		}
		return s.unpinLast(ctx, tx, row, by, emoji)
	}
	if purpose == ForPin && row.PinnedAt != nil || purpose != ForPin && row.Kind != string(FromPerson) {
		return nil
	}
	first, err := q.InsertDone(ctx, db.InsertDoneParams{MessageID: row.ID, Purpose: string(purpose), IncidentID: row.IncidentID, Private: row.Private, At: s.clock.Now()})
	if err != nil {
		return fmt.Errorf("note what a reaction did: %w", err)
	}
	if purpose == ForPin {
		return s.writePin(ctx, tx, row, by, true)
	}
	if first == 0 {
		return nil
	}
	text := plain(row, "").Document.Line()
	if text == "" {
		text = "Look at the file"
	}
	return s.acts[purpose](ctx, Reacted{
		Incident: row.IncidentID, Message: row.ID, Text: richtext.Truncate(text, 300), PostedAt: row.PostedAt, Key: "reaction:" + string(purpose) + ":" + string(row.ID),
	})
}

// unpinLast takes the pin back that a reaction set, when nobody's is left; a pin that was set by hand stays.
func (s *Service) unpinLast(ctx context.Context, tx pgx.Tx, row db.MusterRoomMessage, by id.ID, emoji string) error {
	q := db.New(tx)
	left, err := q.EmojiLeft(ctx, row.ID)
	if err != nil {
		return fmt.Errorf("count the reactions: %w", err)
	}
	if row.PinnedAt == nil || slices.ContainsFunc(left, func(other string) bool { return bare(other) == bare(emoji) }) {
		return nil
	}
	done, err := q.DeleteDone(ctx, db.DeleteDoneParams{MessageID: row.ID, Purpose: string(ForPin)})
	if err != nil {
		return fmt.Errorf("forget what a reaction did: %w", err)
	}
	if done == 0 {
		return nil
	}
	return s.writePin(ctx, tx, row, by, false)
}
