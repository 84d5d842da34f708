package slack

import (
	"context"
	"time"

	slackgo "github.com/slack-go/slack"

	"github.com/musterhq/muster/internal/chat"
	platform "github.com/musterhq/muster/internal/chat/slack"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/tenant"
	"github.com/musterhq/muster/internal/platform/supervise"
)

// patience is how long Slack waits for the answer to a form, less what the way takes.
const patience = 2300 * time.Millisecond

// verdict is what becomes of a form that was sent: it closes, is shown anew, or says what is wrong.
type verdict struct {
	Action string                    `json:"response_action"`
	Errors map[string]string         `json:"errors,omitempty"`
	View   *slackgo.ModalViewRequest `json:"view,omitempty"`
}

func shown(view slackgo.ModalViewRequest) verdict { return verdict{Action: "update", View: &view} }

// submitted takes a form. The verb runs on the database alone, so that the form can say at once what is wrong; what takes
// too long goes on, and the form says so meanwhile.
func (d *Doors) submitted(ctx context.Context, got delivery, in platform.Interaction) verdict {
	ready, left := make(chan verdict), make(chan struct{})
	supervise.Go(tenant.AsSystem(context.WithoutCancel(ctx), got.organisation), "take a form from Slack", func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, handling)
		defer cancel()
		at := filled(placeOf(got, in), in)
		reply, err := d.sent(ctx, &at, in)
		d.finish(ctx, got, err)
		said, rest := d.judge(ctx, at, in, reply, err)
		select {
		case ready <- said:
		case <-left:
			d.late(ctx, in, said, rest)
		}
		d.reply(ctx, at, rest)
	})
	waiting := time.NewTimer(patience)
	defer waiting.Stop()
	select {
	case said := <-ready:
		return said
	case <-waiting.C:
		close(left)
		return shown(platform.Loading("Muster"))
	}
}

// filled is where a form was asked for, which is where its answer goes.
func filled(at place, in platform.Interaction) place {
	meta := platform.MetaOf(*in.View)
	at.channel, at.ts, at.view, at.trigger = meta.Channel, meta.Message, "", ""
	if meta.Key != "" { // what was asked for once is done once
		at.key = meta.Key + "/" + in.Action
	}
	return at
}

// sent is submit, which a panic leaves with an error.
func (d *Doors) sent(ctx context.Context, at *place, in platform.Interaction) (reply chat.Reply, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Panicked(ctx, "taking a form from Slack", value)
		}
	}()
	return d.submit(ctx, at, in)
}

// submit does what a form asks for.
func (d *Doors) submit(ctx context.Context, at *place, in platform.Interaction) (chat.Reply, error) {
	values, unknown := platform.Values(*in.View, d.inMuster(ctx, in.Team))
	if len(unknown) > 0 {
		wrong := map[string]string{}
		for _, name := range unknown {
			wrong[name] = "They are not in Muster yet. Whoever uses /inc once is, or an administrator invites them."
		}
		return chat.Reply{Errors: wrong}, nil
	}
	reply, err := d.ask(ctx, at, chat.Interaction{Kind: chat.Submission, Action: in.Action, Value: in.Value, Values: values})
	if err == nil && reply.Redirect != "" {
		d.evidence(ctx, *at, platform.MetaOf(*in.View).Quote, reply.Redirect)
	}
	return reply, err
}

// judge is what a form does with an answer, and what of it is said elsewhere.
func (d *Doors) judge(ctx context.Context, at place, in platform.Interaction, reply chat.Reply, err error) (verdict, chat.Reply) {
	switch {
	case err != nil && settled(err):
		return shown(platform.Notice("Muster", problem.All(err)[0].Message)), chat.Reply{}
	case err != nil:
		d.warn(ctx, "a form from Slack was not taken; it is tried again", err)
		return shown(platform.Notice("Muster", "Muster could not do it just now. It is tried again by itself; look in a moment whether it is done.")), chat.Reply{}
	case len(reply.Errors) > 0 && (reply.Form == nil || asks(*in.View, *reply.Form)):
		if wrong := platform.Errors(*in.View, reply.Errors); wrong != nil {
			return verdict{Action: "errors", Errors: wrong}, chat.Reply{}
		}
		return shown(platform.Notice("Muster", sentences(reply.Errors))), chat.Reply{}
	case reply.Form != nil:
		meta := platform.MetaOf(*in.View)
		view, err := d.Platform.Modal(ctx, in.Team, told(*reply.Form, reply.Errors), meta)
		if err != nil {
			d.warn(ctx, "a form was not shown anew", err)
			return shown(platform.Notice("Muster", sentences(reply.Errors))), chat.Reply{}
		}
		reply.Form, reply.Errors = nil, nil
		return shown(view), reply
	default:
		return verdict{Action: "clear"}, reply
	}
}

// asks reports whether a view shows every question of a form.
func asks(view slackgo.View, form chat.Form) bool {
	there := map[string]bool{}
	for _, b := range view.Blocks.BlockSet {
		there[b.ID()] = true
	}
	for _, in := range form.Inputs {
		if !there[in.Name] {
			return false
		}
	}
	return true
}

// late shows in a form that waits what became of it.
func (d *Doors) late(ctx context.Context, in platform.Interaction, said verdict, rest chat.Reply) {
	view := platform.Notice("Muster", "Done.")
	switch {
	case said.View != nil:
		view = *said.View
	case len(said.Errors) > 0:
		view = platform.Notice("Muster", sentences(said.Errors))
	case rest.Ephemeral != nil:
		view = platform.Notice("Muster", plain(*rest.Ephemeral))
	}
	d.warn(ctx, "a form did not say what became of it", d.Client.UpdateView(platform.WithPriority(ctx, platform.Urgent), in.Team, in.View.ID, "", view))
}
