package slack

import (
	"context"
	"fmt"
	"strings"
	"time"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// message brings into the room what was written, changed or deleted in its channel.
func (d *Doors) message(ctx context.Context, got delivery, e platform.Event, in channel.Channel) error {
	m := e.Message
	if m == nil { // a deletion that does not say of what
		return d.removed(ctx, got, e, in)
	}
	if ours, err := d.ours(ctx, e.Team, m.User, m); err != nil || ours {
		return err
	}
	switch e.Kind {
	case platform.MessagePosted:
		return d.said(ctx, got, *m, in)
	case platform.MessageChanged:
		err := d.Channels.Reworded(ctx, in, m.TS, d.source(ctx, in, *m, nil), e.At)
		if problem.Is(err, problem.NotFound) { // told before the message itself, or what was there before Muster came
			return d.said(ctx, got, *m, in)
		}
		return err
	default:
		return d.removed(ctx, got, e, in)
	}
}

// removed follows a deletion; told before the message itself, that one is said and taken back.
func (d *Doors) removed(ctx context.Context, got delivery, e platform.Event, in channel.Channel) error {
	err := d.Channels.Removed(ctx, in, e.TS)
	if !problem.Is(err, problem.NotFound) {
		return err
	}
	gone := e.Message
	if e.Before != nil {
		gone = e.Before
	}
	if gone == nil || gone.Subtype == "tombstone" || d.Clock.Now().Sub(platform.Time(gone.TS)) > time.Hour {
		return nil
	}
	gone.Files = nil
	if err := d.said(ctx, got, *gone, in); err != nil {
		return err
	}
	return d.Channels.Removed(ctx, in, e.TS)
}

// said brings a message into the room.
func (d *Doors) said(ctx context.Context, got delivery, m platform.Message, in channel.Channel) error {
	_, err := d.Channels.Message(ctx, in, m.TS)
	if err == nil || !problem.Is(err, problem.NotFound) { // it is there
		return err
	}
	if platform.Time(m.TS).Before(in.Since) { // the channel was not the incident's yet
		return nil
	}
	team, _, err := platform.Split(in.Ref(platform.Name))
	if err != nil {
		return err
	}
	cmd := channel.Said{Channel: in, External: m.TS, Thread: m.ThreadTS, InRoom: m.Broadcast, Name: first(m.Username, "An app"), At: platform.Time(m.TS)}
	if cmd.At.IsZero() {
		return fmt.Errorf("slack: a message without a time")
	}
	if m.User != "" {
		speaking, who, err := d.as(ctx, team, m.User, got.attempts)
		if err != nil {
			return err
		}
		if who.Bot {
			speaking = ctx
		}
		ctx, cmd.Name = speaking, first(m.Username, who.Name)
	}
	files, notes, err := d.files(ctx, got, team, in, m)
	if err != nil {
		return err
	}
	cmd.Files, cmd.Source = files, d.source(ctx, in, m, notes)
	if strings.TrimSpace(cmd.Source) == "" && len(cmd.Files) == 0 {
		return nil
	}
	_, err = d.Channels.Said(ctx, cmd)
	return err
}

// source is what a message says, with a line for each file that is not here.
func (d *Doors) source(ctx context.Context, in channel.Channel, m platform.Message, notes []string) string {
	team, _, _ := strings.Cut(in.External, "/")
	text := platform.Source(m, d.names(ctx, team))
	if len(notes) > 0 {
		text = strings.TrimSpace(text + "\n\n" + strings.Join(notes, "\n\n"))
	}
	if len([]rune(text)) > room.MaxCharacters {
		text = richtext.Truncate(text, room.MaxCharacters)
	}
	return text
}
