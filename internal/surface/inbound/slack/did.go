package slack

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/id"
)

// did answers what somebody did with a button, a form or a shortcut.
func (d *Doors) did(ctx context.Context, got delivery, in platform.Interaction) error {
	at := placeOf(got, in)
	switch in.Did {
	case platform.Pressed:
		err := d.answer(ctx, &at, func(ctx context.Context) (chat.Reply, error) {
			return d.ask(ctx, &at, chat.Interaction{Kind: chat.Press, Action: in.Action, Value: in.Value})
		})
		if err == nil && at.home {
			d.warn(ctx, "a Home tab does not show what was done in it", d.openHome(ctx, in.Team, in.User))
		}
		return err
	case platform.Changed:
		return d.changed(ctx, at, in)
	case platform.Submitted: // the process that took it died in its midst: the form is gone
		at = filled(at, in)
		return d.answer(ctx, &at, func(ctx context.Context) (chat.Reply, error) { return d.submit(ctx, &at, in) })
	case platform.Shortcut, platform.OnMessage:
		return d.shortcut(ctx, at, in)
	}
	return nil
}

func placeOf(got delivery, in platform.Interaction) place {
	at := place{
		team: in.Team, user: in.User, channel: in.Channel, ts: in.TS, ephemeral: in.Ephemeral, trigger: in.Trigger, since: got.receivedAt, response: in.ResponseURL,
		key: "slack/" + got.key,
	}
	if in.View != nil {
		at.view, at.home = in.View.ID, in.View.Type == "home"
	}
	return at
}

// changed shows a form anew whose questions depend on an answer that changed.
func (d *Doors) changed(ctx context.Context, at place, in platform.Interaction) error {
	values, _ := platform.Values(*in.View, d.inMuster(ctx, in.Team))
	meta := platform.MetaOf(*in.View)
	at.channel = meta.Channel
	reply, err := d.ask(ctx, &at, chat.Interaction{Kind: chat.Refresh, Action: in.Action, Value: in.Value, Values: values})
	if err != nil || reply.Form == nil {
		return err
	}
	view, err := d.Platform.Modal(ctx, in.Team, *reply.Form, meta)
	if err != nil {
		return err
	}
	d.warn(ctx, "a form did not follow", d.Client.UpdateView(ctx, in.Team, in.View.ID, in.View.Hash, view))
	return nil
}

// inMuster finds who somebody of Slack is in Muster.
func (d *Doors) inMuster(ctx context.Context, team string) func(slackUser string) id.ID {
	return func(slackUser string) id.ID {
		found, err := d.Workspaces.Members(ctx, team, slackUser)
		d.warn(ctx, "somebody who was chosen is not known", err)
		return found[slackUser].User
	}
}
