package slack

import (
	"context"
	"strings"
	"time"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/channel"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
)

// typed answers a command.
func (d *Doors) typed(ctx context.Context, got delivery, c platform.SlashCommand) error {
	at := place{team: c.Team, user: c.User, channel: c.Channel, trigger: c.Trigger, since: got.receivedAt, response: c.ResponseURL, key: "slack/" + got.key}
	return d.answer(ctx, &at, func(ctx context.Context) (chat.Reply, error) {
		return d.ask(ctx, &at, chat.Interaction{Kind: chat.Command, Action: c.Word, Text: platform.CommandText(c.Text, d.names(ctx, c.Team))})
	})
}

// ask lets the bot answer as the person who asks.
func (d *Doors) ask(ctx context.Context, at *place, in chat.Interaction) (chat.Reply, error) {
	acting, who, err := d.Workspaces.Act(ctx, at.team, at.user)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.Conflict) {
		return words(problem.All(err)[0].Message), nil
	}
	if err != nil {
		return chat.Reply{}, err
	}
	at.acting = acting
	in.Platform, in.Team, in.User, in.Key = platform.Name, at.team, string(who.ID), at.key
	in.Trigger = platform.Trigger(at.team, at.trigger)
	in.Conversation.Platform = platform.Name
	found, is, err := d.here(ctx, at.team, at.channel)
	if err != nil {
		return chat.Reply{}, err
	}
	if is {
		if _, err := d.Incidents.Brief(acting, found.Incident); problem.Is(err, problem.NotFound) {
			return words("This incident is private, and you are not in it in Muster. Ask somebody here to add you with /inc invite and your name."), nil
		} else if err != nil {
			return chat.Reply{}, err
		}
		at.in, in.Conversation.ID = found, string(found.Incident)
		if in.Message.ID, err = d.standing(ctx, found, at.ts); err != nil {
			return chat.Reply{}, err
		}
	}
	if !is && strings.HasPrefix(at.channel, "C") { // a channel, and no conversation of two
		in.Here = at.ref()
	}
	in.Message.Conversation = in.Conversation
	return d.Bot.Interact(acting, in)
}

// standing is the message of the room that stands in a channel under a ts; empty for none.
func (d *Doors) standing(ctx context.Context, in channel.Channel, ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	message, err := d.Channels.Message(ctx, in, ts)
	if problem.Is(err, problem.NotFound) {
		return "", nil
	}
	return string(message), err
}

// place is where, by whom and through what something was asked, which is where the answer goes.
type place struct {
	team, user, channel string
	// in is the incident's channel, where it is one, and acting whom they are in Muster once that is known.
	in     channel.Channel
	acting context.Context //nolint:containedctx // whoever asked, for what the answer must look up
	// ts is the message whose button was pressed; ephemeral says that they alone saw it.
	ts        string
	ephemeral bool
	// trigger opens a form, for three seconds from since.
	trigger  string
	since    time.Time
	response string
	// view is the form or page in which it was done, and home says that it was the Home tab.
	view string
	home bool
	key  string
	// quote is the message that an incident is declared from.
	quote *platform.Quote
}

// fresh reports whether Slack still takes the trigger.
func (p place) fresh(now time.Time) bool {
	return p.trigger != "" && now.Sub(p.since) < 2800*time.Millisecond
}

// message is the ref of the channel in which it was asked.
func (p place) ref() chat.ConversationRef { return platform.Ref(p.team, p.channel) }

// incident is the one whose channel it is; empty elsewhere.
func (p place) incident() id.ID { return p.in.Incident }
