package slack

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/event"
)

// ofCatchUp asks to read a channel's history: Slack tells what happens for some minutes only, and then no more.
const ofCatchUp kind = "catch_up"

const (
	// looksBack is how far a channel is read again at least: from an hour before what was heard of last, or for a day, as
	// what is heard of already may have come after what was missed.
	looksBack, atLeast = time.Hour, 24 * time.Hour
	// mostPast bounds what is read of one channel.
	mostPast = 5_000
)

// Subscribe reads again what happened in channels while Slack did not answer: what it wanted to tell then may be lost.
func (d *Doors) Subscribe(bus *event.Bus) {
	event.After(bus, "slack.catch_up", func(ctx context.Context, r event.Record, _ workspace.CameBack) error {
		return d.readAgain(ctx, r.Organisation, "back/"+string(r.ID))
	}, event.On(event.Chat))
	event.After(bus, "slack.history", d.entered, event.On(event.Chat))
}

// entered reads what was said in a channel while its incident lasted, which was written down only after.
func (d *Doors) entered(ctx context.Context, r event.Record, e channel.Entered) error {
	if !e.History {
		return nil
	}
	inc, err := d.Incidents.Get(ctx, e.Incident)
	if err != nil {
		return err
	}
	span := platform.Span{Oldest: platform.Stamp(inc.DeclaredAt), Latest: platform.Stamp(d.Clock.Now())}
	for _, at := range inc.Timestamps {
		span.Oldest = min(span.Oldest, platform.Stamp(at.At))
	}
	if inc.ClosedAt != nil {
		span.Latest = platform.Stamp(*inc.ClosedAt)
	}
	return d.read(ctx, r.Organisation, e.Channel, "entered/"+string(r.ID), span)
}

// CatchUp lets all channels of incidents that go on be read again, because nobody heard Slack for a while. Several who ask
// within a minute ask once.
func (d *Doors) CatchUp(ctx context.Context) error {
	organisations, err := d.Workspaces.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, organisation := range organisations {
		if err := d.readAgain(tenant.AsSystem(ctx, organisation), organisation, "minute/"+d.Clock.Now().Format("2006-01-02T15:04")); err != nil {
			return err
		}
	}
	return nil
}

// readAgain puts the reading of each channel into its line, once for a reason.
func (d *Doors) readAgain(ctx context.Context, organisation id.ID, reason string) error {
	channels, err := d.Channels.GoingOn(ctx)
	if err != nil {
		return err
	}
	for _, in := range channels {
		if err := d.read(ctx, organisation, in.External, reason, platform.Span{}); err != nil {
			return err
		}
	}
	return nil
}

// read puts the reading of a channel into its line, once for a reason: of a part of its history, or of what is new.
func (d *Doors) read(ctx context.Context, organisation id.ID, where, reason string, span platform.Span) error {
	team, external, _ := strings.Cut(where, "/")
	payload := strings.TrimSpace(strings.Join([]string{where, span.Oldest, span.Latest}, " "))
	from := platform.From{Team: team, Key: "catch_up/" + external + "/" + reason}
	got, fresh, err := d.keep(ctx, from, delivery{kind: ofCatchUp, lane: external, payload: []byte(payload)})
	if err == nil && fresh {
		d.kick(ctx, lane{organisation, got.team, got.lane})
	}
	return err
}

// catchUp reads what was said, changed, taken back, pinned and reacted to in a channel since it was heard of last, and
// brings what is missing into the room, at its own times.
func (d *Doors) catchUp(ctx context.Context, got delivery) error {
	asked := strings.Fields(string(got.payload))
	in, err := d.Channels.ByExternal(ctx, asked[0])
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ref := in.Ref(platform.Name)
	if len(asked) == 3 { // what was said before the incident had the channel
		in.Since = time.Time{}
		return d.readBack(ctx, got, in, platform.Span{Oldest: asked[1], Latest: asked[2]})
	}
	last, err := d.Posted.Newest(ctx, ref)
	if err != nil {
		return err
	}
	span := platform.Span{}
	if at := platform.Time(last); !at.IsZero() {
		span.Oldest = platform.Stamp(earlier(at.Add(-looksBack), d.Clock.Now().Add(-atLeast)))
	}
	if !in.Since.IsZero() {
		span.Oldest = max(span.Oldest, platform.Stamp(in.Since))
	}
	r := reading{Doors: d, got: got, in: in, ref: ref, there: map[string]bool{}}
	whole, err := r.through(ctx, span)
	if err != nil {
		return err
	}
	if err := d.lookAt(ctx, in); err != nil {
		return err
	}
	if whole && span.Oldest != "" {
		if err := r.missing(ctx, span.Oldest); err != nil {
			return err
		}
	}
	return r.pins(ctx)
}

// readBack brings what was said in a channel in a span of time, with the pins that it has.
func (d *Doors) readBack(ctx context.Context, got delivery, in channel.Channel, span platform.Span) error {
	r := reading{Doors: d, got: got, in: in, ref: in.Ref(platform.Name), there: map[string]bool{}}
	if _, err := r.through(ctx, span); err != nil {
		return err
	}
	return r.pins(ctx)
}

// through brings what was said in a span of time, and reports whether that is all of it.
func (r *reading) through(ctx context.Context, span platform.Span) (bool, error) {
	past, whole, err := r.past(ctx, r.ref, span)
	if err != nil {
		return false, fmt.Errorf("read the history of a channel: %w", err)
	}
	for _, m := range past {
		if err := r.message(ctx, m); err != nil {
			return false, err
		}
		if m.Replies == 0 || span.Oldest != "" && m.LatestReply <= span.Oldest {
			continue
		}
		if err := r.thread(ctx, m, span); err != nil {
			return false, err
		}
	}
	return whole, nil
}

func earlier(one, other time.Time) time.Time {
	if one.Before(other) {
		return one
	}
	return other
}

// past reads a part of a channel's history, the oldest first, and reports whether it is all of it.
func (d *Doors) past(ctx context.Context, ref chat.ConversationRef, span platform.Span) (all []platform.Past, whole bool, err error) {
	for cursor := ""; ; {
		page, next, err := d.Client.History(platform.WithPriority(ctx, platform.Nice), ref, span, cursor)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page...)
		if next == "" || len(all) >= mostPast {
			slices.SortStableFunc(all, func(a, b platform.Past) int { return cmp.Compare(a.TS, b.TS) })
			return all, next == "", nil
		}
		cursor = next
	}
}

// reading is one look through a channel's history.
type reading struct {
	*Doors
	got delivery
	in  channel.Channel
	ref chat.ConversationRef
	// there are the messages that stand in the channel.
	there map[string]bool
}

// message brings one message as it stands now.
func (r *reading) message(ctx context.Context, m platform.Past) error {
	r.there[m.TS] = true
	ours, err := r.ours(ctx, r.got.team, m.User, &m.Message)
	if err != nil {
		return err
	}
	if !ours && !silent(m.Message) {
		if err := r.said(ctx, r.got, m.Message, r.in); err != nil && !settled(err) {
			return err
		}
		err := r.Channels.Reworded(ctx, r.in, m.TS, r.source(ctx, r.in, m.Message, nil), r.Clock.Now())
		if err != nil && !settled(err) {
			return err
		}
	}
	return r.reactions(ctx, m)
}

// silent tells of lines that Slack itself writes: who joined, that the topic was set.
func silent(m platform.Message) bool {
	return strings.HasPrefix(m.Subtype, "channel_") || strings.HasPrefix(m.Subtype, "group_") || m.Subtype == "pinned_item" || m.Subtype == "tombstone"
}

func (r *reading) thread(ctx context.Context, parent platform.Past, span platform.Span) error {
	to := chat.MessageRef{Conversation: r.ref, ID: parent.TS}
	for cursor := ""; ; {
		page, next, err := r.Client.Replies(platform.WithPriority(ctx, platform.Nice), to, span, cursor)
		if err != nil {
			return fmt.Errorf("read a thread: %w", err)
		}
		for _, m := range page {
			if m.TS == parent.TS {
				continue
			}
			if err := r.message(ctx, m); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		cursor = next
	}
}

// reactions puts into the room who chose which emoji meanwhile, and takes away what people of the channel took back.
func (r *reading) reactions(ctx context.Context, m platform.Past) error {
	message, err := r.Channels.Message(ctx, r.in, m.TS)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	now := map[string][]id.ID{}
	for _, reaction := range m.Reactions {
		emoji := platform.Emoji(reaction.Name)
		if emoji == "" {
			continue
		}
		for _, user := range reaction.Users {
			if ours, err := r.ours(ctx, r.got.team, user, nil); err != nil || ours {
				if err != nil {
					return err
				}
				continue
			}
			as, who, err := r.as(ctx, r.got.team, user, r.got.attempts)
			if err != nil {
				return err
			}
			if who.User.Empty() {
				continue
			}
			now[emoji] = append(now[emoji], who.User)
			if err := r.Channels.Reacted(as, r.in, m.TS, emoji, true); err != nil && !settled(err) {
				return err
			}
		}
	}
	gone, err := r.Rooms.Elsewhere(ctx, message)
	if err != nil {
		return err
	}
	for _, reaction := range gone {
		if slices.Contains(now[reaction.Emoji], reaction.User) {
			continue
		}
		as, err := r.acting(ctx, reaction.User)
		if problem.Is(err, problem.NotFound) { // they left the workspace
			continue
		}
		if err != nil {
			return err
		}
		if err := r.Channels.Reacted(as, r.in, m.TS, reaction.Emoji, false); err != nil && !settled(err) {
			return err
		}
	}
	return nil
}

// acting returns a context in which a person of Muster acts.
func (r *reading) acting(ctx context.Context, user id.ID) (context.Context, error) {
	slackUser, err := r.Workspaces.SlackUser(ctx, r.got.team, user)
	if err != nil {
		return ctx, err
	}
	as, _, err := r.as(ctx, r.got.team, slackUser, r.got.attempts)
	return as, err
}

// missing takes back in the room what was deleted in the channel since a moment.
func (r *reading) missing(ctx context.Context, oldest string) error {
	links, err := r.Posted.Since(ctx, r.ref, platform.Name, oldest)
	if err != nil {
		return err
	}
	for _, link := range links {
		if r.there[link.External] || r.inThread(ctx, link) {
			continue
		}
		if err := r.Channels.Removed(ctx, r.in, link.External); err != nil && !settled(err) {
			return err
		}
	}
	return nil
}

// inThread reports whether a message is a reply: threads that had no news were not read, so that nothing is known of it.
func (r *reading) inThread(ctx context.Context, link chat.Link) bool {
	m, err := r.Rooms.Message(ctx, link.RoomMessage)
	return err != nil || !m.Parent.Empty()
}

// pins puts on the timeline what was pinned meanwhile, and takes off it what was pinned in the channel and is no more.
func (r *reading) pins(ctx context.Context) error {
	before, err := r.Channels.PinsThere(ctx, r.in)
	if err != nil {
		return err
	}
	pinned, err := r.Client.Pins(platform.WithPriority(ctx, platform.Nice), r.ref)
	if err != nil {
		return fmt.Errorf("read the pins of a channel: %w", err)
	}
	for _, ts := range before {
		if slices.ContainsFunc(pinned, func(pin platform.Pin) bool { return pin.TS == ts }) {
			continue
		}
		if err := r.Channels.Pinned(ctx, r.in, ts, false); err != nil && !settled(err) { // Slack does not tell who did it
			return fmt.Errorf("follow a pin that was taken away: %w", err)
		}
	}
	for _, pin := range pinned {
		as, who, err := r.as(ctx, r.got.team, pin.By, r.got.attempts)
		if err != nil {
			return err
		}
		ours, err := r.ours(ctx, r.got.team, pin.By, nil)
		if err == nil && ours {
			err = r.Channels.PinSeen(ctx, r.in, pin.TS)
		}
		if err != nil && !settled(err) {
			return err
		}
		if ours || who.User.Empty() {
			continue
		}
		if err := r.Channels.Pinned(as, r.in, pin.TS, true); err != nil && !settled(err) {
			return fmt.Errorf("follow a pin: %w", err)
		}
	}
	slog.InfoContext(ctx, "a channel was read again after nobody heard of it", "channel", r.in.External)
	return nil
}
