package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/action"
	"github.com/musterhq/muster/internal/domain/form"
	"github.com/musterhq/muster/internal/domain/incident"
)

// close ends the incident; what follows the command is its last update. Bare it asks for that, and tells what is open.
func (b *Bot) close(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	message := in.Text
	if in.Kind == chat.Submission {
		message = in.Values["message"]
	} else if message == "" {
		return b.closeForm(ctx, in)
	}
	cmd := incident.Close{Incident: to, Message: message, Gaps: true, Key: in.Key}
	if in.Kind == chat.Submission {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		cmd.Fields = answers(in.Values, inc.Fields)
	}
	done, err := b.Incidents.Close(ctx, cmd)
	if err != nil {
		return chat.Reply{}, err
	}
	gaps, err := b.gaps(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("The incident is closed already."), nil
	}
	return say("The incident is closed. The room stays open for what comes after; `/inc status` reopens it." + gaps), nil
}

func (b *Bot) closeForm(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.Actions.List(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	open := 0
	for _, a := range all {
		if a.Status == action.Outstanding {
			open++
		}
	}
	intro := hint("/inc close All payments go through again.")
	switch {
	case open == 1:
		block := chat.Context(words("One action is still open; it stays on its list."))
		intro = &block
	case open > 1:
		block := chat.Context(words(blankZero(open) + " actions are still open; they stay on their list."))
		intro = &block
	}
	inc, err := b.Incidents.Get(ctx, to)
	if err != nil {
		return chat.Reply{}, err
	}
	asked, err := b.asked(ctx, inc, form.Resolve)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Ask(chat.Form{
		Action: "incident.close", Value: string(to), Title: "Close the incident", Submit: "Close it", Intro: intro,
		Inputs: append([]chat.Input{{Kind: chat.MultilineInput, Name: "message", Label: "Last update", Hint: "How it ended, for everyone who followed. You can leave it out.", Most: 10_000}}, asked...),
	}), nil
}
