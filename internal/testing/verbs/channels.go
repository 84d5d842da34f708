package verbs

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/musterhq/muster/internal/app"
	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/testing/scenario"
)

// channelWorld is an incident's channel in Slack, in which one message stands that was posted there and one that was
// written there, and a rule about who is invited.
type channelWorld struct {
	Channel    channel.Channel
	InviteRule id.ID
}

const postedThere, writtenThere = "1700000000.000100", "1700000000.000200"

var channels = map[string]Verb{
	"Of": reads(func(ctx context.Context, a *app.App, w *World) (channel.Channel, error) {
		return a.Channels.Of(ctx, w.Incident)
	}),
	"OfMany": reveals(func(ctx context.Context, a *app.App, w *World) (map[id.ID]channel.Channel, error) {
		return a.Channels.OfMany(ctx, w.Incident)
	}),
	// Of what the caller does not see it knows as little as of what has no channel.
	"Seat": lists(func(ctx context.Context, a *app.App, w *World) (channel.Seat, error) {
		return a.Channels.Seat(ctx, w.Incident)
	}),
	"ByExternal": reads(func(ctx context.Context, a *app.App, w *World) (channel.Channel, error) {
		return a.Channels.ByExternal(ctx, w.Channel.External)
	}),
	"Message": reads(func(ctx context.Context, a *app.App, w *World) (id.ID, error) {
		return a.Channels.Message(ctx, w.Channel, postedThere)
	}),
	"GoingOn": lists(func(ctx context.Context, a *app.App, _ *World) ([]channel.Channel, error) {
		return a.Channels.GoingOn(ctx)
	}),
	"Open": edits(func(ctx context.Context, a *app.App, w *World) (channel.Channel, error) {
		return a.Channels.Open(ctx, channel.Open{Incident: w.Incident})
	}),
	"Said": edits(func(ctx context.Context, a *app.App, w *World) (room.Message, error) {
		return a.Channels.Said(ctx, channel.Said{Channel: w.Channel, External: "1700000000.000300", Source: "Said there", At: time.Unix(1700000000, 0).UTC()})
	}),
	"Reworded": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.Reworded(ctx, w.Channel, writtenThere, "Said in other words there", time.Unix(1700000100, 0).UTC())
	}),
	"Removed": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.Removed(ctx, w.Channel, writtenThere)
	}),
	"Reacted": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.Reacted(ctx, w.Channel, postedThere, "👀", true)
	}),
	"PinSeen": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.PinSeen(ctx, w.Channel, postedThere)
	}),
	"PinsThere": lists(func(ctx context.Context, a *app.App, w *World) ([]string, error) {
		return a.Channels.PinsThere(ctx, w.Channel)
	}),
	"Pinned": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.Pinned(ctx, w.Channel, postedThere, true)
	}),
	"Turned": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Channels.Turned(ctx, w.Channel, true, "Somebody")
	})},
	"Renumbered": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Channels.Renumbered(ctx, w.Channel, w.Team+"/C1"+Marker)
	})},
	"Moved": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Channels.Moved(ctx, w.Channel, "inc-1-renamed", channel.Archived)
	})},
	"Left": {Stranger: Nothing, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, w *World) error {
		return a.Channels.Left(ctx, w.Channel, w.Member)
	})},
	"InviteRules": lists(func(ctx context.Context, a *app.App, _ *World) ([]channel.InviteRule, error) {
		return a.Channels.InviteRules(ctx)
	}),
	"SaveInviteRule": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.SaveInviteRule(ctx, channel.SaveInviteRule{Rule: w.InviteRule, People: []id.ID{w.Member}})
	}),
	"ArchiveInviteRule": edits(func(ctx context.Context, a *app.App, w *World) (any, error) {
		return nil, a.Channels.ArchiveInviteRule(ctx, w.InviteRule)
	}),
	"Settings": lists(func(ctx context.Context, a *app.App, _ *World) (channel.Settings, error) {
		return a.Channels.Settings(ctx)
	}),
	"ChangeSettings": {Stranger: Own, Forbidden: true, Call: done(func(ctx context.Context, a *app.App, _ *World) error {
		return a.Channels.ChangeSettings(ctx, channel.ByDefault())
	})},
	"Places": outside("it asks Slack, which no transaction of a test can take back; its permission is tested with the pages"),
	"Find":   outside("it asks Slack, which no transaction of a test can take back; its permission is tested with the pages"),
	"Choose": outside("it asks Slack, which no transaction of a test can take back; its permission is tested with the pages"),
	"Adopt": edits(func(ctx context.Context, a *app.App, w *World) (channel.Channel, error) {
		return a.Channels.Adopt(ctx, channel.Adopt{Incident: w.Incident, Named: w.Channel.External})
	}),
	"Tend": outside("for the worker; it speaks to Slack, which no transaction of a test can take back"),
}

// channel gives the incident a channel without asking Slack.
func (w *World) channel(t testing.TB, s *scenario.Scenario) {
	t.Helper()
	made, err := s.App.Channels.Open(w.Context, channel.Open{Incident: w.Incident})
	if err != nil {
		t.Fatal(err)
	}
	ref := chat.ConversationRef{Platform: "slack", ID: w.Team + "/C0" + Marker}
	err = s.App.DB.Write(w.Context, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.App.ChatOutbox.Opened(ctx, made.ID, ref.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE muster.channel SET state = 'open', external_id = $2, name = $3 WHERE conversation_id = $1", made.ID, ref.ID, Marker)
		if err != nil {
			return err
		}
		for _, link := range []chat.Link{
			{Key: chat.RoomKey(w.Message), External: postedThere, RoomMessage: w.Message, Origin: chat.OriginMuster},
			{Key: chat.RoomKey(w.Brought), External: writtenThere, RoomMessage: w.Brought, Origin: "slack"},
		} {
			if _, err := s.App.Posted.Link(ctx, tx, ref, link); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.Channel, err = s.App.Channels.Of(w.Context, w.Incident); err != nil {
		t.Fatal(err)
	}
	if err := s.App.Channels.SaveInviteRule(w.Context, channel.SaveInviteRule{People: []id.ID{w.Owner}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	rules, err := s.App.Channels.InviteRules(w.Context)
	if err != nil {
		t.Fatal(err)
	}
	w.InviteRule = rules[0].ID
}
