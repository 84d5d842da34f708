package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
)

// cancel ends what was declared by mistake; what follows the command is why, and can be left out in the form.
func (b *Bot) cancel(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	reason := in.Text
	if in.Kind == chat.Submission {
		reason = in.Values.Get("reason")
	} else if in.Kind == chat.Press || reason == "" {
		return chat.Ask(chat.Form{
			Action: "incident.cancel", Value: string(to), Title: "Cancel the incident", Submit: "Cancel the incident", Intro: hint("/inc cancel Declared twice"),
			Inputs: []chat.Input{{Kind: chat.TextInput, Name: "reason", Label: "Why", Hint: "You can leave it out.", Most: 500}},
		}), nil
	}
	done, err := b.Incidents.Cancel(ctx, incident.Cancel{Incident: to, Reason: reason})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It was canceled already."), nil
	}
	return say("Canceled. `/inc reopen` undoes it."), nil
}

// reopen begins an incident that was over again.
func (b *Bot) reopen(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	done, err := b.Incidents.Reopen(ctx, incident.Reopen{Incident: to})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It is not over."), nil
	}
	return say("Open again. Tell others with `/inc update`."), nil
}
