package chatops

import (
	"context"

	"github.com/musterhq/muster/internal/chat"
	"github.com/musterhq/muster/internal/domain/incident"
)

// rename gives the incident another name.
func (b *Bot) rename(ctx context.Context, in chat.Interaction) (chat.Reply, error) {
	to, err := about(in)
	if err != nil {
		return chat.Reply{}, err
	}
	name := in.Text
	if in.Kind == chat.Submission {
		name = in.Values.Get("name")
	} else if name == "" {
		inc, err := b.Incidents.Get(ctx, to)
		if err != nil {
			return chat.Reply{}, err
		}
		return chat.Ask(chat.Form{
			Action: "incident.rename", Value: string(to), Title: "Rename the incident", Submit: "Rename", Intro: hint("/inc rename Card payments fail at checkout"),
			Inputs: []chat.Input{{Kind: chat.TextInput, Name: "name", Label: "Name", Initial: inc.Name, Required: true, Most: 200}},
		}), nil
	}
	done, err := b.Incidents.Rename(ctx, incident.Rename{Incident: to, Name: name})
	if err != nil {
		return chat.Reply{}, err
	}
	if !done.Changed {
		return say("It is called that already."), nil
	}
	return say("The incident has its new name."), nil
}
