package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/kernel/id"
	"github.com/musterhq/muster/internal/kernel/problem"
	"github.com/musterhq/muster/internal/kernel/richtext"
)

// createAction notes what is to be done and, named at the end, by whom; bare it lists what is open beside the form.
func (b *Bot) createAction(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := action.Create{Incident: to, Key: in.Key}
	switch {
	case in.Kind == chat.Submission:
		cmd.Description, cmd.Assignee = in.Values.Get("description"), id.ID(in.Values.Get("assignee"))
	case in.Kind == chat.Command && in.Text != "":
		if reply, meant, err := b.numberedAction(ctx, to, in.Text); meant || err != nil {
			return reply, err
		}
		if cmd.Description, cmd.Assignee, err = b.trailing(ctx, in.Text); err != nil {
			return chat.Reply{}, err
		}
	default:
		return b.actionForm(ctx, to)
	}
	made, err := b.Actions.Create(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	if made.Assignee != nil {
		return say("Noted for " + made.Assignee.Name + "."), nil
	}
	return say("Noted. Nobody has it yet; add a name with @ at the end next time, or choose one under Actions."), nil
}

func (b *Bot) actionForm(ctx context.Context, to id.ID) (chat.Reply, error) {
	all, err := b.Actions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := chat.Ask(chat.Form{
		Action: "action.create", Value: string(to), Title: "Add an action", Submit: "Add", Intro: hint("/inc action Tell the shops that called @Lena"),
		Inputs: []chat.Input{
			{Kind: chat.TextInput, Name: "description", Label: "What is to be done", Required: true, Most: 500},
			{Kind: chat.UserInput, Name: "assignee", Label: "Who does it"},
		},
	})
	var open []chat.Block
	for _, a := range all {
		if a.Status != action.Outstanding {
			continue
		}
		text := a.Description
		if a.Assignee != nil {
			text += " (" + a.Assignee.Name + ")"
		}
		open = append(open, chat.Section(richtext.Literal(text), chat.Button{Action: "action.complete", Value: string(a.ID), Label: "Done"}))
	}
	if len(open) > 0 {
		list := chat.Say("actions", append([]chat.Block{chat.Text(richtext.Of(richtext.P(richtext.B("Open actions"))))}, open...)...)
		reply.Ephemeral = &list
	}
	return reply, nil
}

// completeAction marks an action as done; the button's value is the action.
func (b *Bot) completeAction(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	if !id.ID(in.Value).Valid() {
		return chat.Reply{}, problem.Missing("action")
	}
	done, err := b.Actions.Complete(ctx, action.Complete{Action: id.ID(in.Value)})
	if err != nil {
		return chat.Reply{}, err
	}
	return say("Done: " + done.Description), nil
}
