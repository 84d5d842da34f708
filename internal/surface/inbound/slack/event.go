package slack

import (
	"cmp"
	"context"
	"errors"

	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/domain/workspace"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// happened follows what happened in Slack.
func (d *Doors) happened(ctx context.Context, got delivery, e platform.Event) error {
	switch e.Kind {
	case platform.HomeOpened:
		if e.Tab == "messages" {
			return nil
		}
		return d.openHome(ctx, e.Team, e.User)
	case platform.LinksShared:
		return d.unfurl(ctx, e)
	case platform.PersonChanged:
		p := e.Person
		return d.Workspaces.MemberChanged(ctx, e.Team, platform.Profile{
			ID: p.ID, Name: cmp.Or(p.RealName, p.DisplayName, p.Name), Email: p.Email, Zone: p.Zone, Avatar: p.Avatar, Bot: p.Bot, Deleted: p.Deleted, Guest: p.Guest,
		})
	case platform.Uninstalled:
		return d.Workspaces.Revoked(ctx, e.Team, string(workspace.Uninstalled))
	case platform.TokensRevoked:
		if len(e.Revoked) == 0 { // those of people who signed in
			return nil
		}
		return d.Workspaces.Revoked(ctx, e.Team, string(workspace.TokenGone))
	}
	in, is, err := d.here(ctx, e.Team, e.Channel)
	if err != nil {
		return err
	}
	if !is {
		return d.elsewhere(ctx, e)
	}
	return d.inChannel(ctx, got, e, in)
}

// elsewhere follows what happened in a channel that is no incident's: one that takes announcements again hears them.
func (d *Doors) elsewhere(ctx context.Context, e platform.Event) error {
	switch e.Kind {
	case platform.ChannelUnarchived:
	case platform.MemberJoined:
		if ours, err := d.ours(ctx, e.Team, e.User, nil); err != nil || !ours {
			return err
		}
	default:
		return nil
	}
	names, err := d.namesOf(ctx, e.Team, e.Channel)
	if err != nil {
		return err
	}
	return d.Reachable(ctx, names...)
}

// inChannel follows what happened in an incident's channel.
func (d *Doors) inChannel(ctx context.Context, got delivery, e platform.Event, in channel.Channel) error {
	switch e.Kind {
	case platform.MessagePosted, platform.MessageChanged, platform.MessageDeleted:
		return d.message(ctx, got, e, in)
	case platform.ReactionAdded, platform.ReactionRemoved:
		return d.marked(ctx, got, e, func(ctx context.Context, who id.ID) error {
			emoji := platform.Emoji(e.Emoji)
			if who.Empty() || emoji == "" {
				return nil
			}
			return d.Channels.Reacted(ctx, in, e.TS, emoji, e.Kind == platform.ReactionAdded)
		})
	case platform.Pinned, platform.Unpinned:
		if ours, err := d.ours(ctx, e.Team, e.User, nil); err != nil || ours {
			if err == nil && e.Kind == platform.Pinned {
				err = d.Channels.PinSeen(ctx, in, e.TS)
			}
			return err
		}
		return d.marked(ctx, got, e, func(ctx context.Context, who id.ID) error {
			if who.Empty() {
				return nil
			}
			return d.Channels.Pinned(ctx, in, e.TS, e.Kind == platform.Pinned)
		})
	case platform.MemberJoined:
		return d.joined(ctx, e, in)
	case platform.MemberLeft:
		return d.left(ctx, e, in)
	case platform.ChannelRenamed:
		return d.Channels.Moved(ctx, in, e.Name, in.State)
	case platform.ChannelArchived:
		return d.Channels.Moved(ctx, in, "", channel.Archived)
	case platform.ChannelUnarchived:
		return d.Channels.Moved(ctx, in, "", channel.Opened)
	case platform.ChannelDeleted:
		return d.Channels.Moved(ctx, in, "", channel.Gone)
	case platform.ChannelPrivate, platform.ChannelPublic:
		return d.turned(ctx, got, e, in)
	case platform.ChannelMoved:
		return d.renumbered(ctx, got, e, in)
	case platform.BotRemoved:
		return d.Channels.Moved(ctx, in, "", gone(in)) // archiving puts Muster out too
	}
	return nil
}

// marked does what somebody else than Muster did to a message.
func (d *Doors) marked(ctx context.Context, got delivery, e platform.Event, fn func(ctx context.Context, who id.ID) error) error {
	if ours, err := d.ours(ctx, e.Team, e.User, nil); err != nil || ours {
		return err
	}
	ctx, who, err := d.as(ctx, e.Team, e.User, got.attempts)
	if err != nil {
		return err
	}
	if err := fn(ctx, who.User); problem.Is(err, problem.NotFound) {
		return errors.Join(errEarly, err)
	} else if err != nil {
		return err
	}
	return nil
}
