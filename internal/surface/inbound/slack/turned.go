package slack

import (
	"context"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
)

// turned follows that somebody made a channel private, or public.
func (d *Doors) turned(ctx context.Context, got delivery, e platform.Event, in channel.Channel) error {
	by := ""
	if e.User != "" {
		_, who, err := d.as(ctx, e.Team, e.User, got.attempts)
		if err != nil {
			return err
		}
		by = who.Name
	}
	return d.Channels.Turned(ctx, in, e.Kind == platform.ChannelPrivate, by)
}

// renumbered follows a channel to its new id, and reads what was told of it under that one before.
func (d *Doors) renumbered(ctx context.Context, got delivery, e platform.Event, in channel.Channel) error {
	now := platform.Ref(e.Team, e.Moved).ID
	if err := d.Channels.Renumbered(ctx, in, now); err != nil {
		return err
	}
	return d.read(ctx, got.organisation, now, "moved/"+e.Key, platform.Span{})
}

// lookAt follows what happened to a channel itself while nobody heard: its name, and who sees it.
func (d *Doors) lookAt(ctx context.Context, in channel.Channel) error {
	site, err := d.Platform.Look(platform.WithPriority(ctx, platform.Nice), in.Ref(platform.Name))
	if err != nil {
		return err
	}
	if site.Name != in.Name {
		if err := d.Channels.Moved(ctx, in, site.Name, in.State); err != nil {
			return err
		}
	}
	return d.Channels.Turned(ctx, in, site.Private, "")
}
