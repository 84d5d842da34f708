package announcement

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/announcement/internal/db"
	"github.com/musterhq/muster/internal/domain/setting"
	"github.com/musterhq/muster/internal/kernel/authz"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// Reason is why a platform refuses to post in a channel: one of those below, which somebody there can mend, or the
// platform's own word.
type Reason string

// The reasons: Muster is not in the channel, does not see it, or may not post there; or it is archived.
const (
	Outside    Reason = "outside"
	Hidden     Reason = "hidden"
	Restricted Reason = "restricted"
	Archived   Reason = "archived"
)

// mendable reports whether somebody in the channel can do something about it, so that it is worth another try.
func (r Reason) mendable() bool {
	return slices.Contains([]Reason{Outside, Hidden, Restricted, Archived}, r)
}

// Refusal is that a channel takes no posts.
type Refusal struct {
	Reason Reason
	Since  time.Time
}

const (
	// refusedRest is how long what was refused rests, unless the incident or the channel changes; overRest, when the
	// incident is over.
	refusedRest = 10 * time.Minute
	overRest    = 6 * time.Hour
	// gather is how long renamed settings wait for others that are renamed with them.
	gather = 5 * time.Second
)

// errRefused is what a channel refused and may take another time.
var errRefused = errors.New("a channel takes no posts")

// Refusals returns the channels that take no posts at the moment, by their ids.
func (s *Service) Refusals(ctx context.Context) (map[string]Refusal, error) {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return nil, err
	}
	var rows []db.MusterAnnouncementRefusal
	err := s.db.Read(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, err = db.New(tx).Refusals(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read which channels take no posts: %w", err)
	}
	refusals := map[string]Refusal{}
	for _, row := range rows {
		refusals[row.Conversation] = Refusal{Reason: Reason(row.Reason), Since: row.Since}
	}
	return refusals, nil
}

// Reachable tries again at once what channels refused, because somebody changed something there.
func (s *Service) Reachable(ctx context.Context, conversations ...string) error {
	if _, err := tenant.Require(ctx, authz.UpdateOrganisation); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).MarkRefused(ctx, db.MarkRefusedParams{Conversations: conversations, At: s.clock.Now()})
	})
	if err != nil {
		return fmt.Errorf("let channels hear what they missed: %w", err)
	}
	return nil
}

// refused notes that a channel took nothing, for a reason that somebody can mend, and answers with errRefused when it is
// tried again: what is news while the incident goes on, and what must go always.
func (w work) refused(ctx context.Context, what deed, err error) error {
	reason := w.s.Reason(err)
	slog.WarnContext(ctx, "a channel refuses an announcement", "what", what, "incident", w.told.inc.ID, "channel", w.ref.ID, "error", err)
	if !reason.mendable() && what != toPost { // it is about the one message
		return nil
	}
	noted := w.s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).PutRefusal(ctx, db.PutRefusalParams{Conversation: w.ref.ID, Reason: string(reason), Since: w.s.clock.Now()})
	})
	ongoing := w.told.inc.Status.Category.Ongoing()
	switch {
	case noted != nil:
		return fmt.Errorf("note that a channel takes no posts: %w", noted)
	case !reason.mendable() || !ongoing && (what != toRemove || reason == Hidden):
		return nil
	case ongoing:
		return &chat.Later{After: refusedRest, Err: errRefused, Paced: true}
	default:
		return &chat.Later{After: overRest, Err: errRefused, Paced: true}
	}
}

// deed is what is done in a channel.
type deed string

const (
	toPost   deed = "post"
	toEdit   deed = "edit"
	toReply  deed = "reply"
	toRemove deed = "remove"
)

// taken notes that a channel takes posts again.
func (w work) taken(ctx context.Context) error {
	if !w.shut {
		return nil
	}
	err := w.s.db.Write(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).DropRefusal(ctx, w.ref.ID) })
	if err != nil {
		return fmt.Errorf("note that a channel takes posts again: %w", err)
	}
	return nil
}

// follow lets posts follow what severities, statuses and the like are called and how they are ordered.
func (s *Service) follow(bus *event.Bus) {
	nouns := []string{"severity", "incident_status", "incident_type", "custom_field", "custom_field_option"}
	event.Within(bus, "announcement.settings", func(ctx context.Context, tx pgx.Tx, _ event.Record, e setting.Changed) error {
		if !slices.Contains(nouns, e.Noun) {
			return nil
		}
		if err := db.New(tx).MarkKnown(ctx, s.clock.Now().Add(gather)); err != nil {
			return fmt.Errorf("let the posts follow the settings: %w", err)
		}
		return nil
	})
}
