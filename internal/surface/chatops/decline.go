package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
)

// decline decides that what is in triage is no incident; what follows the command is why.
func (b *Bot) decline(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	reason := in.Text
	if in.Kind == chat.Submission {
		reason = in.Values.Get("reason")
	} else if in.Kind == chat.Press || reason == "" {
		return chat.Ask(chat.Form{
			Action: "incident.decline", Value: string(to), Title: "Decline", Submit: "Decline", Intro: hint("/inc decline One slow query, gone by itself"),
			Inputs: []chat.Input{{Kind: chat.TextInput, Name: "reason", Label: "Why is it no incident", Hint: "Whoever reported it reads this.", Required: true, Most: 500}},
		}), nil
	}
	done, err := b.Incidents.Decline(ctx, incident.Decline{Incident: to, Reason: reason})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It was declined already."), nil
	}
	return say("Declined. `/inc reopen` undoes it."), nil
}
