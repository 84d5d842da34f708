package chatops

import (
	"context"
	"time"

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
	now, err := b.here(ctx)
	if err != nil {
		return chat.Reply{}, err
	}
	cmd := action.Create{Incident: to, Key: in.Key}
	switch {
	case in.Kind == chat.Submission:
		cmd.Description, cmd.Assignee = in.Values.Get("description"), id.ID(in.Values.Get("assignee"))
		if cmd.Due, err = action.ReadDue(in.Values.Get("due"), now); err != nil {
			return chat.Reply{}, err
		}
	case in.Kind == chat.Command && in.Text != "":
		if reply, meant, err := b.numberedAction(ctx, to, in.Text); meant || err != nil {
			return reply, err
		}
		cmd.Message = id.ID(in.Message.ID) // what is typed in a thread is about the message that it hangs on
		text, due := trailingDue(in.Text, now)
		if cmd.Description, cmd.Assignee, err = b.trailing(ctx, text); err != nil {
			return chat.Reply{}, err
		}
		if cmd.Due = due; due.IsZero() && !cmd.Assignee.Empty() { // "Check the pool in 20m @Ana"
			cmd.Description, cmd.Due = trailingDue(cmd.Description, now)
		}
	default:
		return b.actionForm(ctx, to, now)
	}
	made, err := b.Actions.Create(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	due := ""
	if made.Due != nil {
		due = ", due " + toCome(*made.Due, now)
	}
	if made.Assignee != nil {
		return say("Noted for " + made.Assignee.Name + due + "."), nil
	}
	return say("Noted" + due + ". Nobody has it yet; add a name with @ at the end next time, or choose one under Actions."), nil
}

func (b *Bot) actionForm(ctx context.Context, to id.ID, now time.Time) (chat.Reply, error) {
	all, err := b.Actions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	reply := chat.Ask(chat.Form{
		Action: "action.create", Value: string(to), Title: "Add an action", Submit: "Add", Intro: hint("/inc action Tell the shops that called @Lena in 20m"),
		Inputs: []chat.Input{
			{Kind: chat.TextInput, Name: "description", Label: "What is to be done", Required: true, Most: 500},
			{Kind: chat.UserInput, Name: "assignee", Label: "Who does it"},
			{Kind: chat.TextInput, Name: "due", Label: "Due", Placeholder: "in 20m, 14:30 or tomorrow 10:00", Hint: "Whoever does it is reminded then."},
		},
	})
	var open []chat.Block
	for _, a := range all {
		if a.Status != action.Outstanding {
			continue
		}
		open = append(open, chat.Section(richtext.Literal(a.Description+doneBy(a, now)), chat.Button{Action: "action.complete", Value: string(a.ID), Label: "Done"}))
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
