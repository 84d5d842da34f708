package slack

import (
	"context"
	"strings"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/domain/room"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// shortcut answers what somebody chose from the menu of Slack, or of a message.
func (d *Doors) shortcut(ctx context.Context, at place, in platform.Interaction) error {
	press := func(action string) chat.Interaction { return chat.Interaction{Kind: chat.Press, Action: action} }
	text := ""
	if in.Message != nil {
		text = platform.Document(*in.Message, d.names(ctx, in.Team)).Plain()
	}
	return d.answer(ctx, &at, func(ctx context.Context) (chat.Reply, error) {
		switch in.Action {
		case platform.DeclareShortcut:
			return d.ask(ctx, &at, press("incident.declare"))
		case platform.DeclareFromMessageShortcut:
			at.quote = d.quote(ctx, in)
			reply, err := d.ask(ctx, &at, press("incident.declare"))
			return begun(reply, "name", line(text, 200)), err
		case platform.TimelineShortcut:
			return d.pinned(ctx, &at)
		case platform.ActionShortcut:
			reply, err := d.ask(ctx, &at, press("action.create"))
			reply.Ephemeral = nil // the open ones are no answer to this
			return begun(reply, "description", line(text, 500)), err
		case platform.FollowUpShortcut:
			reply, err := d.ask(ctx, &at, press("follow_up.create"))
			return begun(reply, "title", line(text, 200)), err
		case platform.AskShortcut:
			reply, err := d.ask(ctx, &at, press("question.ask"))
			return begun(reply, "question", line(text, 500)), err
		default:
			return words("This shortcut is of another version of Muster. Type /inc help for what there is."), nil
		}
	})
}

// pinned puts the message of the shortcut on the timeline.
func (d *Doors) pinned(ctx context.Context, at *place) (chat.Reply, error) {
	in, is, err := d.here(ctx, at.team, at.channel)
	if err != nil {
		return chat.Reply{}, err
	}
	message, err := d.standing(ctx, in, at.ts)
	if err != nil {
		return chat.Reply{}, err
	}
	if !is || message == "" {
		return words("Use this on a message in an incident's channel."), nil
	}
	acting, _, err := d.Workspaces.Act(ctx, at.team, at.user)
	if err != nil {
		return chat.Reply{}, err
	}
	at.in = in
	if _, err := d.Rooms.Pin(acting, room.Pin{Message: id.ID(message)}); err != nil {
		return chat.Reply{}, err
	}
	return words("It is on the timeline."), nil
}

// begun is a form in which an answer stands already.
func begun(reply chat.Reply, input, text string) chat.Reply {
	if reply.Form != nil && text != "" {
		form := reply.Form.Filled(chat.FormValues{input: text})
		reply.Form = &form
	}
	return reply
}

// line is a text as one line of so many characters.
func line(text string, most int) string {
	return richtext.Truncate(strings.Join(strings.Fields(text), " "), most)
}
